"""From hits to visits, views and lines of the ledger."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DataError

from tests.tracking.test_buffer import make_hit
from wagtail_leads.logic.kinds import DropReason
from wagtail_leads.models import Activity, DropCount, DropExample, Lead, PagePolicy, PageView, ParkedHit, Visit, Visitor
from wagtail_leads.tracking import desk as desk_module
from wagtail_leads.tracking.closing import close_views
from wagtail_leads.tracking.operations import settle_parked, store

pytestmark = pytest.mark.django_db
KEY = "ab" * 16


@pytest.fixture
def t(now):
    return now.timestamp()


def page(number, at, **fields):
    return make_hit(number, at=at, **{"path": "/article/", **fields})


def beacon(number, at, view="a" * 16, **fields):
    return make_hit(
        number, at=at, **{"origin": "beacon", "path": "/article/", "view_id": view, "dwell_ms": 0, **fields}
    )


def test_a_beacon_claims_the_servers_record_of_its_view(site, now, t):
    store([page(1, t), beacon(2, t + 1), beacon(3, t + 9, dwell_ms=8000, scroll=50)], now=now + timedelta(seconds=10))
    view = PageView.objects.get()
    assert view.server_seen and view.dwell_ms == 8000 and view.scroll == 50


def test_in_separate_batches_and_in_any_order(site, now, t):
    for hit in (beacon(3, t + 9, dwell_ms=8000), page(1, t), beacon(2, t + 1, dwell_ms=10)):
        store([hit], now=now + timedelta(seconds=10))
    view = PageView.objects.get()
    assert view.server_seen and view.dwell_ms == 8000, "the largest value told holds"


def test_a_parked_hit_is_claimed_by_the_beacon_that_brought_the_cookie(site, now, t):
    store([page(1, t, visitor_key="", title="A")], now=now)
    assert ParkedHit.objects.count() == 1 and not Visitor.objects.exists()
    assert "203.0.113.7" not in str(ParkedHit.objects.get().hit), "the full address is not stored"
    store([beacon(2, t + 2)], now=now + timedelta(seconds=2))
    assert not ParkedHit.objects.exists()
    view = PageView.objects.get()
    assert view.server_seen and view.visit.visitor.key == KEY and view.activity.title == "A"


def test_a_parked_hit_without_a_beacon_becomes_a_view_after_a_minute(site, now, t):
    store([page(1, t, visitor_key=""), page(2, t + 5, visitor_key="", path="/b/")], now=now + timedelta(seconds=5))
    assert settle_parked(now=now + timedelta(seconds=30)) == 0
    assert settle_parked(now=now + timedelta(seconds=70)) == 2
    assert PageView.objects.count() == 2 and Visit.objects.count() == 1 and Visitor.objects.get().key.startswith("~")


def test_a_page_from_a_cache_is_a_view_of_its_own(site, now, t):
    store([beacon(1, t)], now=now)
    assert not PageView.objects.get().server_seen


def test_the_same_page_opened_twice_is_two_views(site, now, t):
    later = now + timedelta(seconds=20)
    store([page(1, t), beacon(2, t), page(3, t + 10), beacon(4, t + 10, view="b" * 16)], now=later)
    assert PageView.objects.count() == 2 and PageView.objects.filter(server_seen=True).count() == 2


def test_storing_a_batch_twice_is_storing_it_once(site, now, t):
    hits = [page(1, t), beacon(2, t + 1, dwell_ms=5), page(3, t + 2, path="/b/")]
    for _time in range(2):
        store(hits, now=now + timedelta(seconds=3))
    assert PageView.objects.count() == 2 and Activity.objects.filter(kind="page_viewed").count() == 2


def test_thirty_minutes_of_silence_begin_a_new_visit(site, now, t):
    store([page(1, t), page(2, t + 29 * 60, path="/b/")], now=now + timedelta(hours=1))
    store([page(3, t + 60 * 60, path="/c/")], now=now + timedelta(hours=1))
    first, second = Visit.objects.order_by("started_at")
    assert (first.page_count, first.entry_path, first.exit_path) == (2, "/article/", "/b/")
    assert second.page_count == 1


def test_a_campaign_begins_a_new_visit_with_its_touch(site, now, t):
    store(
        [page(1, t), page(2, t + 60, query="utm_source=news&utm_medium=email&utm_campaign=spring")],
        now=now + timedelta(minutes=2),
    )
    assert list(Visit.objects.order_by("pk").values_list("campaign", flat=True)) == ["", "spring"]


def test_the_address_is_truncated(site, now, t):
    store([page(1, t)], now=now)
    assert Visit.objects.get().address == "203.0.113.0"


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        (DropReason.METHOD, {"method": "POST"}),
        (DropReason.STATUS, {"status": 404}),
        (DropReason.NOT_HTML, {"content_type": "application/pdf"}),
        (DropReason.PREFETCH, {"purpose": "prefetch"}),
        (DropReason.STAFF, {"is_staff": True}),
        (DropReason.OPTED_OUT, {"answer": "no"}),
        (DropReason.EMPTY_AGENT, {"user_agent": ""}),
        (DropReason.BOT_AGENT, {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}),
        (DropReason.NOT_A_BROWSER, {"user_agent": "something of our own"}),
        (DropReason.MISSING_HEADERS, {"accept": "", "accept_language": "", "sec_fetch_mode": "", "sec_fetch_dest": ""}),
        (DropReason.PROBE_PATH, {"path": "/wp-login.php"}),
    ],
)
def test_each_drop_is_counted_under_its_name(site, now, t, reason, change):
    store([page(1, t, **change)], now=now)
    assert not PageView.objects.exists() and not ParkedHit.objects.exists()
    row = DropCount.objects.get()
    assert row.reason == reason and row.count == 1
    refused = reason in (DropReason.OPTED_OUT, DropReason.STAFF)
    assert bool(row.example) is not refused and DropExample.objects.filter(reason=reason).exists() is not refused


def test_drops_of_a_day_add_up(site, now, t):
    for number in range(3):
        store([page(number, t, method="POST")], now=now)
    assert DropCount.objects.get().count == 3


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("OWN_NETWORKS", ("203.0.113.0/24",), "own_network"),
        ("IGNORE_PATHS", ("/article",), "ignored_path"),
        ("SITE_USER_AGENTS_IGNORED", ("Chrome/142",), "ignored_agent"),
    ],
)
def test_what_a_setting_leaves_out(site, now, t, settings, setting, value, reason):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, setting: value}
    store([page(1, t)], now=now)
    assert DropCount.objects.get().reason == reason


def test_one_poisonous_hit_does_not_cost_the_others(site, now, t, monkeypatch):
    laid_out = desk_module.Desk._new_view

    def poisoned(self, visitor, s, **kwargs):
        if s.hit.path == "/poison/":
            raise DataError("no such thing")
        return laid_out(self, visitor, s, **kwargs)

    monkeypatch.setattr(desk_module.Desk, "_new_view", poisoned)
    store([page(n, t + n, path="/poison/" if n == 3 else f"/{n}/") for n in range(8)], now=now + timedelta(seconds=9))
    assert PageView.objects.count() == 7
    assert DropCount.objects.get().reason == "store_failed"


def test_a_view_that_falls_silent_is_closed_with_one_fact(site, article, now, t):
    PagePolicy.objects.create(page_id=article.pk, high_intent=True, updated_at=now)
    store(
        [page(1, t, page_id=article.pk, title="A"), beacon(2, t + 40, dwell_ms=40_000)], now=now + timedelta(seconds=40)
    )
    assert close_views(now=now + timedelta(minutes=4)) == 0
    assert close_views(now=now + timedelta(minutes=6)) == 1
    assert close_views(now=now + timedelta(minutes=7)) == 0
    read = Activity.objects.get(kind="page_read")
    assert read.value == 40_000 and read.high_intent and read.title == "A"


def test_nobody_measured_is_not_zero(site, now, t):
    store([page(1, t)], now=now)
    assert PageView.objects.get().dwell_ms is None


def test_a_leads_browser_moves_its_last_visit(site, now, t):
    lead = Lead.objects.create(name="x", created_at=now)
    Visitor.objects.create(key=KEY, client_key="c", first_seen_at=now, last_seen_at=now - timedelta(days=9), lead=lead)
    store([page(1, t)], now=now)
    lead.refresh_from_db()
    assert lead.last_seen_at == now


def test_a_clock_that_runs_ahead_is_pulled_back(site, now, t):
    store([page(1, t + 999_999)], now=now)
    assert PageView.objects.get().at == now


def test_the_number_of_queries_does_not_grow_with_the_batch(site, now, t, django_assert_max_num_queries):
    def batch(count, start):
        return [
            page(start + n, t + n / 10, visitor_key=f"{n:032x}", path=f"/{n % 7}/", remote_addr=f"198.51.100.{n % 250}")
            for n in range(count)
        ]

    later = now + timedelta(seconds=60)
    with django_assert_max_num_queries(40):
        store(batch(20, 0), now=later)
    with django_assert_max_num_queries(80):  # SQLite takes about 40 rows in one statement
        store(batch(400, 10_000), now=later)


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "‮", "x" * 5000, "<script>"])
def test_hostile_text_is_stored_clean_and_capped(site, now, t, text):
    hits = [
        page(1, t, title=text, query=f"utm_source={text}&utm_campaign={text}", referrer=f"http://a.example/{text}"),
        page(2, t, visitor_key="", user_agent=make_hit().user_agent + text, path=f"/{text}"[:500]),
        beacon(3, t, path=f"/{text}"[:500], referrer=text, query=text),
    ]
    store([replace(hit) for hit in hits], now=now)
    assert not DropCount.objects.filter(reason="store_failed").exists()
    assert Activity.objects.filter(kind="page_viewed").count() >= 1
