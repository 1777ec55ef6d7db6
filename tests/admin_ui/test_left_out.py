"""What was not counted, why, and what to do when a reason hits the wrong ones."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.admin_ui.rows import person
from wagtail_leads.admin_ui.left_out import EXPLANATIONS, find_reasons
from wagtail_leads.logic.kinds import DropReason
from wagtail_leads.models import DropCount, DropExample, ImportedLog

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client):
    client.force_login(person("view_lead", "export_lead"))
    return client


def count(reason: str, n: int, *, days_ago: int = 0) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    DropCount.objects.create(day=timezone.localtime(at).date(), reason=reason, count=n, last_at=at)


def example(reason: str = "bot_agent", **values) -> None:
    DropExample.objects.create(
        **{"reason": reason, "at": timezone.now(), "path": "/a/", "user_agent": "curl/8", **values}
    )


def page(client, query: str = "") -> str:
    return client.get(reverse("wagtail_leads_left_out") + query).content.decode()


def test_every_reason_is_explained():
    assert set(EXPLANATIONS) == set(DropReason)


def test_a_week_and_a_month_are_summed(site):
    count("bot_agent", 5)
    count("bot_agent", 7, days_ago=6)
    count("bot_agent", 11, days_ago=29)
    count("bot_agent", 1000, days_ago=30)
    count("staff", 1, days_ago=10)
    bots, staff = find_reasons(now=timezone.now())
    assert (bots.week, bots.month, bots.bar) == (12, 23, 20)
    assert (staff.week, staff.month, staff.bar) == (0, 1, 1)


def test_a_reason_of_another_version_is_not_shown(site):
    count("gone", 5)
    assert find_reasons(now=timezone.now()) == []


def test_reasons_are_shown_with_their_meaning(reader, site):
    count("bot_agent", 1234)
    count("staff", 5)
    shown = page(reader)
    assert "1,239" in shown and "1,234" in shown and "Known robot" in shown and "Robots and tools" in shown
    assert "an AI crawler" in shown and "Your own people" in shown


def test_a_reason_shows_its_examples_and_what_to_do(reader, site):
    count("bot_agent", 1)
    example("bot_agent", user_agent="Googlebot/2.1", network="Google LLC", referrer_host="a.example")
    example("staff", path="/only-for-staff/")
    shown = page(reader, "?reason=bot_agent")
    assert "Googlebot/2.1" in shown and "Google LLC" in shown and "a.example" in shown
    assert "/only-for-staff/" not in shown and "Please report the user agent" in shown
    assert "/only-for-staff/" in page(reader)


def test_the_newest_examples_come_first(reader, site):
    for n in range(50):
        example(path=f"/path-{n}/")
    shown = page(reader)
    assert "/path-49/" in shown and "/path-10/" in shown and "/path-9/" not in shown


@pytest.mark.parametrize("query", ["?reason=nonsense", "?reason=%00", "?reason=", "?reason=bot_agent&reason=x", "?x=1"])
def test_any_query_gives_a_page(reader, site, query):
    example()
    assert reader.get(reverse("wagtail_leads_left_out") + query).status_code == 200


def test_a_reason_without_hits_can_be_read_about(reader, site):
    assert "None is kept for this reason." in page(reader, "?reason=data_centre")


def test_nothing_left_out_says_what_to_do(reader, site):
    assert "Is the site public, and is tracking on?" in page(reader)


def test_what_visitors_sent_is_escaped_and_no_formula(reader, site):
    example(user_agent="<script>x</script>", path="=cmd|'/C calc'!A0")
    assert "<script>x" not in page(reader)
    url = reverse("wagtail_leads_left_out_examples")
    export = b"".join(reader.get(url + "?export=csv&reason=bot_agent").streaming_content).decode()
    assert "'=cmd" in export and "<script>x" in export
    assert "=cmd" not in b"".join(reader.get(url + "?export=csv&reason=staff").streaming_content).decode()
    assert reader.get(url).status_code == 200
    assert reader.get(reverse("wagtail_leads_left_out_examples_results")).status_code == 200


def test_imported_logs_are_told_apart_and_nobody_is_accused(reader, site):
    ImportedLog.objects.create(
        fingerprint="f", name="access.log", at=timezone.now(), lines=1200, views=200,
        left_out={"bot_agent": 700, "other_host": 200, "malformed": 100, "gone": 0, "of_a_later_version": 1},
    )  # fmt: skip
    shown = page(reader)
    assert "is tracking on?" not in shown and "The live site left nothing out" in shown
    for words in ("Imported logs", "access.log", "1,200 lines: 200 page views, 1,001 left out", "Known robot", "700"):
        assert words in shown
    assert "Of another host" in shown and "Cannot be read as lines of a log" in shown and "Gone" not in shown


def test_a_file_needs_the_right_to_export(client, site):
    example()
    client.force_login(person("view_lead"))
    assert "export=" not in page(client)
    for name in ("left_out_days", "left_out_examples", "marked_pages"):
        url = reverse(f"wagtail_leads_{name}")
        assert "export=" not in client.get(url).content.decode(), name
        for kind in ("csv", "xlsx"):
            assert client.get(f"{url}?export={kind}").status_code == 302, name


@pytest.mark.parametrize("name", ["left_out", "left_out_days", "left_out_examples"])
def test_only_readers_of_leads_see_it(client, site, name):
    client.force_login(person("view_company"))
    assert client.get(reverse(f"wagtail_leads_{name}")).status_code == 302


def test_the_number_of_queries_does_not_depend_on_the_rows(reader, site, django_assert_max_num_queries):
    for reason in DropReason:
        for days in range(25):
            count(reason.value, days + 1, days_ago=days)
        example(reason.value)
    page(reader)
    with django_assert_max_num_queries(16):
        page(reader)
