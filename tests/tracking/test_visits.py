"""Which visit a hit falls into: by the time of the event, whatever the order of arrival."""

import random
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl

import pytest

from tests.tracking.test_store import beacon, page
from wagtail_leads.logic.company_guess import CompanyGuess, NetworkKind
from wagtail_leads.logic.kinds import ConsentMode
from wagtail_leads.models import (
    Activity,
    DailySalt,
    DropCount,
    DropExample,
    Network,
    PageView,
    ParkedHit,
    PendingLookup,
    Topic,
    TrackingSettings,
    Visit,
    Visitor,
)
from wagtail_leads.tracking import sorting
from wagtail_leads.tracking.operations import forget_addresses, settle_parked, store, store_log
from wagtail_leads.tracking.salts import destroy_salts

pytestmark = pytest.mark.django_db
MINUTE = 60
CAMPAIGN = "utm_source=news&utm_medium=email&utm_campaign=spring"


@pytest.fixture
def t(now):
    return now.timestamp()


def mode(site, mode: ConsentMode, **values) -> None:
    TrackingSettings.objects.update_or_create(site=site, defaults={"mode": mode.value, **values})


def told(visits=None) -> list[tuple]:
    """Each visit as far as it can be seen: when, what, how it came."""
    rows = (visits or Visit.objects).order_by("started_at", "pk")
    return [
        (v.started_at, v.last_at, v.page_count, v.entry_path, v.exit_path, v.channel, v.source, v.campaign, v.click_id)
        for v in rows
    ]


# --- order of arrival -------------------------------------------------------------------------------------------------


def test_a_late_hit_before_the_beginning_is_the_entry_and_brings_the_touch(site, now, t):
    later = now + timedelta(minutes=2)
    store([page(2, t + MINUTE, path="/b/")], now=later)
    store([page(1, t, path="/a/", referrer="https://www.google.com/")], now=later)
    visit = Visit.objects.get()
    assert (visit.entry_path, visit.exit_path, visit.page_count) == ("/a/", "/b/", 2)
    assert (visit.channel, visit.source) == ("organic_search", "google")


def test_a_late_hit_between_two_visits_makes_them_one(site, now, t):
    later = now + timedelta(hours=1)
    store([page(1, t, path="/a/"), beacon(9, t + 1, path="/a/", view="a" * 16, dwell_ms=5000)], now=later)
    store(
        [
            page(3, t + 40 * MINUTE, path="/c/"),
            beacon(8, t + 40 * MINUTE + 1, path="/c/", view="c" * 16, dwell_ms=2000),
        ],
        now=later,
    )
    assert Visit.objects.count() == 2
    store([page(2, t + 20 * MINUTE, path="/b/")], now=later)
    visit = Visit.objects.get()
    assert (visit.page_count, visit.entry_path, visit.exit_path, visit.engaged_ms) == (3, "/a/", "/c/", 7000)
    assert PageView.objects.filter(visit=visit).count() == 3


def test_a_late_hit_does_not_join_a_visit_that_a_campaign_began(site, now, t):
    later = now + timedelta(hours=1)
    store([page(1, t), page(3, t + 40 * MINUTE, query=CAMPAIGN)], now=later)
    store([page(2, t + 20 * MINUTE, path="/b/")], now=later)
    assert [v.campaign for v in Visit.objects.order_by("started_at")] == ["", "spring"]
    assert [v.page_count for v in Visit.objects.order_by("started_at")] == [2, 1]


@pytest.mark.parametrize("seed", range(12))
def test_any_order_and_any_batches_give_the_same_visits(site, now, t, seed):
    """Two browsers, gaps below and above thirty minutes, told in one sorted batch or shuffled over many."""
    chance = random.Random(seed)
    hits, at = [], t
    for number in range(30):
        at += chance.choice((20, 300, 1500, 2400))
        key = chance.choice(("ab" * 16, "cd" * 16))
        hits.append(page(number, at, path=f"/{number}/", visitor_key=key, referrer=f"https://{number}.example/"))
    later = datetime.fromtimestamp(at + 10, tz=timezone.utc)
    store_log(
        [replace(hit, visitor_key="", user_agent=f"{hit.user_agent} {hit.visitor_key}") for hit in hits], now=later
    )
    expected = told()
    Visit.objects.all().delete()
    Activity.objects.all().delete()
    chance.shuffle(hits)
    while hits:
        size = chance.randint(1, 6)
        batch, hits = hits[:size], hits[size:]
        store(batch, now=later)
    assert told() == expected


def by_the_book(hits) -> list[tuple]:
    """The definition, written down a second time: in order of time, thirty minutes, a changed campaign or click."""
    visits: list[dict] = []
    for hit in sorted(hits, key=lambda hit: hit.at):
        key = tuple(dict(parse_qsl(hit.query)).get(name, "") for name in ("utm_source", "utm_campaign", "gclid"))
        visit = visits[-1] if visits else None
        is_new = visit is None or hit.at - visit["last"] > 30 * MINUTE or (any(key) and key != visit["key"])
        if is_new:
            visits.append({"begin": hit.at, "key": key, "entry": hit.path, "pages": 0})
        visits[-1].update(last=hit.at, exit=hit.path, pages=visits[-1]["pages"] + 1)
    return [(v["begin"], v["last"], v["pages"], v["entry"], v["exit"], v["key"][1], v["key"][2]) for v in visits]


@pytest.mark.parametrize("seed", range(40))
def test_campaigns_in_any_order_are_as_the_book_says(site, now, t, seed):
    chance = random.Random(seed)
    hits, at, is_sorted = [], t, seed % 4 == 0
    for number in range(14):
        at += chance.choice((20, 300, 1500, 2400))
        # out of order each campaign comes once: what came between two clicks on the same one is not kept
        click, season = ("1", "spring") if is_sorted else (f"{number}", f"spring{number}")
        query = chance.choice(("", "", "", f"gclid={click}", "gclid=2", CAMPAIGN, CAMPAIGN.replace("spring", season)))
        query = query if is_sorted or query not in {hit.query for hit in hits} else ""
        hits.append(page(number, at, path=f"/{number}/", query=query))
    expected = by_the_book(hits)
    if not is_sorted:
        chance.shuffle(hits)
    while hits:
        size = chance.randint(1, 6)
        batch, hits = hits[:size], hits[size:]
        store(batch, now=datetime.fromtimestamp(at + 10, tz=timezone.utc))
    found = [
        (v.started_at.timestamp(), v.last_at.timestamp(), v.page_count, v.entry_path, v.exit_path, v.campaign,
         v.click_id.removeprefix("gclid="))
        for v in Visit.objects.order_by("started_at")
    ]  # fmt: skip
    assert found == expected
    assert all(v.page_count == PageView.objects.filter(visit=v).count() for v in Visit.objects.all())


def test_a_late_click_on_an_ad_in_the_middle_of_a_visit(site, now, t):
    later = now + timedelta(hours=1)
    seen = [page(n, t + n * 60, path=f"/{n}/", page_id=None) for n in (1, 2, 4, 5)]
    read = [beacon(10 + n, t + n * 60 + 5, view=f"{n:016x}", path=f"/{n}/", dwell_ms=1000 * n) for n in (1, 2, 4, 5)]
    store([*seen, *read], now=later)
    store([page(3, t + 180, path="/3/", query="gclid=7")], now=later)
    first, second = Visit.objects.order_by("started_at")
    assert (first.page_count, first.exit_path, first.engaged_ms, first.click_id) == (2, "/2/", 3000, "")
    assert (second.page_count, second.entry_path, second.exit_path, second.engaged_ms) == (3, "/3/", "/5/", 9000)
    assert second.click_id == "gclid=7" and second.channel == "paid_search"


def test_a_hit_told_twice_leaves_no_empty_visit(site, now, t):
    hit = page(1, t)
    store([hit], now=now)
    store([hit], now=now)
    store([replace(hit, at=t + 9999)], now=now + timedelta(hours=3))
    assert Visit.objects.get().page_count == 1 and PageView.objects.count() == 1


def test_the_same_hit_twice_in_one_batch_is_one(site, now, t):
    hit = page(1, t)
    store([hit, replace(hit)], now=now)
    assert Visit.objects.get().page_count == 1


# --- what begins a visit ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "visits"), [(29, 1), (30, 1), (31, 2)])
def test_thirty_minutes_of_silence_end_a_visit(site, now, t, minutes, visits):
    store([page(1, t), page(2, t + minutes * MINUTE)], now=now + timedelta(hours=1))
    assert Visit.objects.count() == visits


def test_reading_keeps_a_visit_alive(site, now, t):
    """A page that is read for 25 minutes, then the next page 20 minutes later."""
    later = now + timedelta(hours=1)
    store([page(1, t), beacon(2, t + 1)], now=later)
    store([beacon(3, t + 25 * MINUTE, dwell_ms=1_500_000)], now=later)
    store([page(4, t + 45 * MINUTE, path="/b/")], now=later)
    assert Visit.objects.get().page_count == 2


@pytest.mark.parametrize(
    ("first", "second", "visits"),
    [
        ("gclid=1", "gclid=1", 1),  # reload of the landing page
        ("gclid=1", "gclid=2", 2),
        ("", "gclid=1", 2),
        ("gclid=1", "", 1),
        (CAMPAIGN, CAMPAIGN, 1),
        (CAMPAIGN, CAMPAIGN.replace("spring", "summer"), 2),
        (CAMPAIGN, "utm_source=x", 1),  # a source alone begins nothing: own links carry some
        ("", "utm_source=news&utm_medium=email", 2),
        (CAMPAIGN, CAMPAIGN.replace("news", "line"), 2),
        ("page=2", "page=3", 1),
    ],
)
def test_a_changed_campaign_or_click_begins_a_visit(site, now, t, first, second, visits):
    store([page(1, t, query=first), page(2, t + MINUTE, query=second)], now=now + timedelta(minutes=2))
    assert Visit.objects.count() == visits


def test_pages_after_a_campaign_belong_to_its_visit(site, now, t):
    hits = [page(1, t), page(2, t + MINUTE, query=CAMPAIGN), page(3, t + 2 * MINUTE, path="/c/")]
    store(hits, now=now + timedelta(minutes=3))
    store([page(4, t + 3 * MINUTE, path="/d/")], now=now + timedelta(minutes=3))
    assert [v.page_count for v in Visit.objects.order_by("started_at")] == [1, 3]


def test_a_referrer_alone_begins_no_visit(site, now, t):
    hits = [page(1, t), page(2, t + MINUTE, referrer="https://www.bing.com/")]
    store(hits, now=now + timedelta(minutes=2))
    assert Visit.objects.count() == 1


@pytest.mark.parametrize("hour", [0, 15])  # midnight in UTC and in Tokyo
def test_midnight_splits_nothing(site, now, hour):
    before = datetime(2026, 11, 20, hour, tzinfo=timezone.utc) - timedelta(minutes=5)
    for minutes in (0, 10):
        at = before + timedelta(minutes=minutes)
        store([page(minutes, at.timestamp())], now=at)
    assert Visit.objects.count() == 1


def test_midnight_splits_nothing_for_a_browser_without_cookie(site):
    """The salt changes with the day, the visit goes on; tomorrow's visit is another browser's."""
    begin = datetime(2026, 11, 19, 23, 40, tzinfo=timezone.utc)
    for minutes in (0, 15, 30, 55, 80):  # to 01:00
        at = begin + timedelta(minutes=minutes)
        store([page(minutes, at.timestamp(), visitor_key="", path=f"/{minutes}/")], now=at)
        settle_parked(now=at + timedelta(seconds=61))
    visit = Visit.objects.get()
    assert visit.page_count == 5 and Visitor.objects.count() == 1
    at = begin + timedelta(hours=9)
    store([page(900, at.timestamp(), visitor_key="")], now=at)
    settle_parked(now=at + timedelta(seconds=61))
    assert Visitor.objects.count() == 2


def test_midnight_splits_nothing_within_one_batch_either(site):
    """A log: a visit over midnight (UTC), and the same browser hours later."""
    begin = datetime(2026, 11, 19, 23, 50, tzinfo=timezone.utc)
    minutes = (0, 15, 40, 600, 610)
    hits = [page(m, (begin + timedelta(minutes=m)).timestamp(), visitor_key="", path=f"/{m}/") for m in minutes]
    stored = store_log(hits, now=begin + timedelta(days=1))
    assert (stored.visits, stored.visitors) == (2, 2)
    assert [v.page_count for v in Visit.objects.order_by("started_at")] == [3, 2]


def test_a_parked_page_whose_beacon_was_stored_meanwhile_is_counted_once(site, now, t):
    """Another process stored the beacon before it could see the parked hit."""
    store([page(1, t, visitor_key="")], now=now)
    parked = ParkedHit.objects.get()
    parked.delete()
    store([beacon(2, t + 1)], now=now + timedelta(seconds=1))
    parked.save(force_insert=True)
    settle_parked(now=now + timedelta(minutes=2))
    assert PageView.objects.get().server_seen


def test_a_reload_is_not_the_server_s_half_of_a_cached_view(site, now, t):
    store([beacon(1, t)], now=now)
    store([page(2, t + 20)], now=now + timedelta(seconds=20))
    assert PageView.objects.count() == 2


def test_a_beacon_after_midnight_claims_the_page_from_before(site):
    at = datetime(2026, 11, 19, 23, 59, 59, tzinfo=timezone.utc)
    store([page(1, at.timestamp(), visitor_key="")], now=at)
    store([beacon(2, at.timestamp() + 2)], now=at + timedelta(seconds=2))
    assert PageView.objects.get().server_seen and not ParkedHit.objects.exists()


# --- what a visit knows -----------------------------------------------------------------------------------------------


def test_engaged_time_is_the_sum_of_its_views_and_null_is_not_zero(site, now, t):
    later = now + timedelta(minutes=5)
    store([page(1, t), page(2, t + 9, path="/b/")], now=later)
    assert Visit.objects.get().engaged_ms is None
    store([beacon(3, t + 1, dwell_ms=0)], now=later)
    assert Visit.objects.get().engaged_ms == 0
    tellings = [(4000, "a"), (9000, "a"), (6000, "a"), (3000, "b"), (3000, "b")]
    for number, (dwell, view) in enumerate(tellings, 4):
        path = "/article/" if view == "a" else "/b/"
        store([beacon(number, t + number, view=view * 16, path=path, dwell_ms=dwell)], now=later)
    assert Visit.objects.get().engaged_ms == 12_000


def test_the_place_is_kept_when_the_address_is_not(site, now, t, monkeypatch):
    found = CompanyGuess(country="JP", subdivision="東京都", label="OCN")
    monkeypatch.setattr(sorting, "guess_company", lambda ip: found)
    store([page(1, t)], now=now)
    visit = Visit.objects.get()
    assert (visit.country, visit.region, visit.address, visit.full_address) == ("JP", "東京都", "203.0.113.0", "")
    assert visit.network.cidr == "203.0.113.0/24" and visit.network.label == "OCN"


def test_no_full_address_anywhere(site, now, t):
    """Not in visits, not in what waits for a beacon, not in examples of what was left out."""
    store([page(1, t), page(2, t, visitor_key=""), page(3, t, user_agent="curl/8")], now=now)
    for model in (Visit, ParkedHit, Activity, Visitor):
        for row in model.objects.all():
            assert "203.0.113.7" not in str({f.name: getattr(row, f.attname) for f in model._meta.concrete_fields})


def test_a_full_address_is_kept_for_some_days_if_the_site_wants_it(site, now, t, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "KEEP_FULL_ADDRESS_DAYS": 7}
    store([page(1, t), page(2, t, visitor_key="")], now=now)
    settle_parked(now=now + timedelta(seconds=61))
    assert [v.full_address for v in Visit.objects.all()] == ["203.0.113.7"] * 2
    assert forget_addresses(now=now + timedelta(days=6)) == 0
    assert forget_addresses(now=now + timedelta(days=8)) == 2
    assert not Visit.objects.exclude(full_address="").exists()


def test_switching_it_off_empties_what_was_kept(site, now, t, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "KEEP_FULL_ADDRESS_DAYS": 7}
    store([page(1, t)], now=now)
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "KEEP_FULL_ADDRESS_DAYS": 0}
    assert forget_addresses(now=now + timedelta(seconds=1)) == 1


def test_the_landing_pages_topics_stand_for_the_keyword(site, article, now, t):
    from wagtail_leads.models import PagePolicy

    PagePolicy.objects.create(page_id=article.pk, updated_at=now).topics.add(
        Topic.objects.create(name="Cameras", slug="cameras")
    )
    google = "https://www.google.com/"
    store([page(1, t, page_id=article.pk, referrer=google)], now=now)
    visit = Visit.objects.get()
    assert (visit.keyword, visit.landing_topics, visit.entry_page_id) == ("", "cameras", article.pk)


def test_the_searched_words_are_kept_where_they_are_sent(site, now, t):
    store(
        [page(1, t, referrer="https://search.yahoo.co.jp/search?p=%E7%9B%A3%E8%A6%96+%E3%82%AB%E3%83%A1%E3%83%A9")],
        now=now,
    )
    assert Visit.objects.get().keyword == "監視 カメラ"


# --- modes ------------------------------------------------------------------------------------------------------------


def test_without_cookies_the_beacon_claims_its_view_and_no_cookie_is_used(site, now, t):
    mode(site, ConsentMode.COOKIELESS)
    hits = [page(1, t, site_id=site.pk), beacon(2, t + 1, site_id=site.pk, dwell_ms=3000)]
    store(hits, now=now + timedelta(seconds=2))
    view = PageView.objects.get()
    assert view.server_seen and view.dwell_ms == 3000
    assert Visitor.objects.get().key.startswith("~") and Visitor.objects.get().lead is None


def test_without_cookies_a_cached_page_is_counted_by_its_beacon(site, now, t):
    mode(site, ConsentMode.COOKIELESS)
    store([beacon(2, t, site_id=site.pk, dwell_ms=0)], now=now)
    assert PageView.objects.count() == Visitor.objects.count() == 1


@pytest.mark.parametrize("chosen", [ConsentMode.OFF, ConsentMode.OPT_IN])
def test_nothing_at_all_is_stored_before_a_yes(site, now, t, chosen):
    mode(site, chosen)
    hits = [
        page(1, t, site_id=site.pk),
        page(2, t, site_id=site.pk, visitor_key=""),
        beacon(3, t, site_id=site.pk),
        page(4, t, site_id=site.pk, origin="download", object_id=1),
        page(5, t, site_id=site.pk, origin="search", title="words"),
    ]
    store(hits, now=now)
    settle_parked(now=now + timedelta(minutes=2))
    for model in (Visit, Visitor, PageView, ParkedHit, Activity):
        assert not model.objects.exists(), model


def test_a_yes_is_a_yes(site, now, t):
    mode(site, ConsentMode.OPT_IN)
    store([page(1, t, site_id=site.pk, answer="yes")], now=now)
    assert Visitor.objects.get().key == "ab" * 16


@pytest.mark.parametrize("signal", [{"gpc": True}, {"dnt": True}])
def test_what_the_browser_says_takes_the_cookie_away(site, now, t, signal):
    mode(site, ConsentMode.NOTICE, do_not_track="cookieless")
    store(
        [page(1, t, site_id=site.pk, **signal), beacon(2, t + 1, site_id=site.pk, **signal)],
        now=now + timedelta(seconds=1),
    )
    assert Visitor.objects.get().key.startswith("~")


def test_the_mode_holds_from_the_next_batch_on(site, now, t):
    store([page(1, t, site_id=site.pk)], now=now)
    mode(site, ConsentMode.OFF)
    store([page(2, t + 1, site_id=site.pk)], now=now + timedelta(seconds=1))
    assert PageView.objects.count() == 1


def test_salts_are_destroyed_after_two_days(site, now, t):
    store([page(1, t, visitor_key="")], now=now)
    first = set(DailySalt.objects.values_list("salt", flat=True))
    assert destroy_salts(now=now + timedelta(hours=47)) == 0
    assert destroy_salts(now=now + timedelta(hours=49)) == 2 and not DailySalt.objects.exists()
    store([page(1, t, visitor_key="")], now=now)
    assert not first & set(DailySalt.objects.values_list("salt", flat=True))


# --- no beacon came ---------------------------------------------------------------------------------------------------


def settled(hits, now):
    store(hits, now=now)
    settle_parked(now=now + timedelta(seconds=61))
    return PageView.objects.count(), dict(DropCount.objects.values_list("reason", "count"))


def test_a_silent_view_from_a_data_centre_is_a_machines(site, now, t, monkeypatch):
    hosting = CompanyGuess(kind=NetworkKind.HOSTING, label="Cloud Ltd.")
    monkeypatch.setattr(sorting, "guess_company", lambda ip: hosting)
    assert settled([page(1, t, visitor_key="")], now) == (0, {"data_centre": 1})
    assert DropExample.objects.get().network == "Cloud Ltd."


def test_a_read_view_from_a_data_centre_is_a_persons(site, now, t, monkeypatch):
    """A company's VPN or proxy may stand in one."""
    hosting = CompanyGuess(kind=NetworkKind.HOSTING, label="Cloud Ltd.")
    monkeypatch.setattr(sorting, "guess_company", lambda ip: hosting)
    hits = [page(1, t, visitor_key=""), beacon(2, t + 1, dwell_ms=9)]
    assert settled(hits, now + timedelta(seconds=1)) == (1, {})


def test_more_pages_a_minute_than_anybody_opens(site, now, t):
    hits = [page(n, t + n / 10, visitor_key="", path=f"/{n}/") for n in range(61)]
    assert settled(hits, now.replace(second=30)) == (0, {"too_fast": 61})


def test_a_browser_without_script_is_kept(site, now, t):
    assert settled([page(1, t, visitor_key="")], now) == (1, {})


def test_only_the_newest_examples_are_kept(site, now, t):
    for batch in range(3):
        store([page(100 * batch + n, t, method="POST", path=f"/{batch}-{n}/") for n in range(15)], now=now)
    assert DropExample.objects.count() == 20 and DropCount.objects.get().count == 45
    assert DropExample.objects.order_by("pk").last().path == "/2-14/"


# --- searches and clicks ----------------------------------------------------------------------------------------------


def search(number, at, words, **fields):
    return page(number, at, origin="search", path="/search/", title=words, **fields)


def test_a_search_of_the_site_is_a_fact_and_no_view(site, now, t):
    store([page(1, t), search(2, t + 5, "監視　カメラ")], now=now + timedelta(seconds=5))
    fact = Activity.objects.get(kind="site_searched")
    assert fact.title == "監視 カメラ" and fact.site == site and fact.visitor is not None
    assert PageView.objects.count() == 1 and Visit.objects.get().page_count == 1


def test_the_same_words_on_a_day_are_one_search(site, now, t):
    words = ("camera", "Camera", "ＣＡＭＥＲＡ", "lens")
    store([search(n, t + n, one) for n, one in enumerate(words)], now=now + timedelta(seconds=9))
    store([search(9, t + 30, "camera")], now=now + timedelta(seconds=30))
    assert sorted(Activity.objects.values_list("title", flat=True)) == ["camera", "lens"]


@pytest.mark.parametrize(("event", "kind"), [("link", "link_clicked"), ("file", "file_clicked"), ("share", "shared")])
def test_a_click_is_a_fact_of_its_view_told_once(site, article, now, t, event, kind):
    click = {"event": event, "target": "https://partner.example/page", "dwell_ms": 900, "page_id": article.pk}
    hits = [page(1, t), beacon(2, t + 1), beacon(3, t + 2, **click), beacon(4, t + 3, **click)]
    store(hits, now=now + timedelta(seconds=4))
    fact = Activity.objects.get(kind=kind)
    assert fact.data == {"url": "https://partner.example/page"} and fact.page_id == article.pk
    assert PageView.objects.get().dwell_ms == 900


def test_a_beacon_for_somebody_elses_view_is_forged_and_does_nothing(site, now, t):
    store([page(1, t), beacon(2, t + 1, dwell_ms=10)], now=now + timedelta(seconds=1))
    stranger = {"visitor_key": "ef" * 16, "remote_addr": "198.51.100.9"}
    store([beacon(3, t + 2, dwell_ms=999_999, event="link", target="https://x.example/", **stranger)], now=now)
    assert PageView.objects.get().dwell_ms == 10 and not Activity.objects.filter(kind="link_clicked").exists()
    assert DropCount.objects.get().reason == "forged"


def test_a_page_from_a_cache_may_name_a_site_that_is_gone(site, now, t):
    store([beacon(1, t, site_id=99_999)], now=now)
    assert Visit.objects.get().site == site and not DropCount.objects.exists()


def test_networks_of_a_log_were_seen_then_and_are_not_asked(site, now, t, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "REVERSE_DNS": True}
    store_log([page(1, t - 86_400, visitor_key="")], now=now)
    assert Network.objects.get().last_seen_at == now - timedelta(days=1) and not PendingLookup.objects.exists()
    store([page(2, t)], now=now)
    assert Network.objects.get().last_seen_at == now and PendingLookup.objects.count() == 1
    store_log([page(3, t - 90_000, visitor_key="", path="/b/")], now=now)
    assert Network.objects.get().last_seen_at == now


# --- what must not be stored ------------------------------------------------------------------------------------------

LETTER = "utm_source=news&utm_medium=email&utm_campaign=x&utm_content=hanako%40example.jp&email=hanako@example.jp&token=s3cret"


@pytest.mark.parametrize("key", ["ab" * 16, ""])
def test_no_address_and_no_token_of_a_link_is_stored(site, now, t, key):
    store([page(1, t, visitor_key=key, query=LETTER), search(2, t + 1, "mail to taro@example.jp")], now=now)
    stored = [str(list(model.objects.values())) for model in (Visit, ParkedHit, Activity, PageView)]
    settle_parked(now=now + timedelta(minutes=2))
    stored += [str(list(model.objects.values())) for model in (Visit, Activity, PageView)]
    assert not [text for text in stored if "hanako" in text or "s3cret" in text or "taro@" in text]
    assert Visit.objects.get(campaign="x").content == "(e-mail)"


def test_without_cookies_a_click_id_is_a_hash(site, now, t):
    mode(site, ConsentMode.COOKIELESS)
    hits = [page(n, t + n, query="gclid=Cj0KCQ", path=f"/{n}/", site_id=site.pk) for n in (1, 2)]
    store(hits, now=now + timedelta(seconds=3))
    settle_parked(now=now + timedelta(minutes=2))
    visit = Visit.objects.get()
    assert visit.channel == "paid_search" and visit.click_id.startswith("gclid=#") and "Cj0KCQ" not in visit.click_id


def test_of_who_refused_there_is_no_example_whatever_else_was_wrong(site, now, t):
    mode(site, ConsentMode.OPT_IN)
    hits = [
        page(1, t, site_id=site.pk, forged=True, answer="no"),
        page(2, t, site_id=site.pk, method="HEAD"),
        page(3, t, site_id=site.pk, purpose="prefetch"),
    ]
    store(hits, now=now)
    assert DropCount.objects.exists() and not DropExample.objects.exists()
    assert not DropCount.objects.exclude(example="").exists()


def test_late_hits_of_who_refused_are_counted_and_nothing_more(site, now, t):
    Visitor.objects.create(key="ab" * 16, client_key="c", first_seen_at=now, last_seen_at=now, forgotten_at=now)
    store([page(1, t), beacon(2, t + 1)], now=now + timedelta(seconds=1))
    assert dict(DropCount.objects.values_list("reason", "count")) == {"opted_out": 2}
    assert not DropExample.objects.exists() and not PageView.objects.exists()


# --- visible time is believable ---------------------------------------------------------------------------------------


def test_nobody_reads_longer_than_half_an_hour(site, now, t):
    store([page(1, t), beacon(2, t + 1), beacon(3, t + 10, dwell_ms=86_000_000)], now=now + timedelta(seconds=10))
    assert PageView.objects.get().dwell_ms == 30 * 60 * 1000


def test_a_first_message_that_was_lost_costs_no_time(site, now, t):
    store([beacon(1, t + 60, dwell_ms=58_000)], now=now + timedelta(minutes=1))
    view = PageView.objects.get()
    assert view.dwell_ms == 58_000 and view.at == now + timedelta(seconds=2)


def test_a_page_of_the_site_is_no_probe_whatever_its_path(site, article, now, t):
    store([page(1, t, path="/wp-login.php", page_id=article.pk), page(2, t, path="/wp-login.php")], now=now)
    assert PageView.objects.count() == 1 and DropCount.objects.get().reason == "probe_path"
