"""How a lead came: over all its browsers, only while they were its own."""

from datetime import timedelta

import pytest
from django.urls import reverse
from wagtail.models import Page

from tests.admin_ui.rows import NOW, activity, browser, lead, person
from wagtail_leads.models import Lead, Topic, Visit
from wagtail_leads.reports.timeline import reach_of
from wagtail_leads.reports.touches import sections_of, touches_of, visits_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def came(visitor, days_ago, channel="organic_search", **values) -> Visit:
    at = NOW - days_ago * DAY
    return Visit.objects.create(visitor=visitor, started_at=at, last_at=at, channel=channel, **values)


def touches(one):
    return touches_of(reach_of(one))


def test_first_and_last_touch_over_all_browsers():
    one = lead()
    first = came(browser(one), 30, source="google", keyword="基板 試作", entry_path="/lp/")
    last = came(browser(one), 2, "email", source="news", campaign="november")
    came(browser(one), 1, "direct")
    found = touches(one)
    assert (found.first.visit, found.last.visit) == (first, last) and not found.is_one
    assert found.first.landing == "/lp/" and "基板 試作" in found.first.looked_for
    assert [(row.channel, row.visits, row.share) for row in found.channels] == [
        ("direct", 1, None),
        ("email", 1, 50),
        ("organic_search", 1, 50),
    ]


def test_the_visits_of_a_merged_lead_count():
    one, other = lead(), lead()
    first = came(browser(other), 9)
    Lead.objects.filter(pk=other.pk).update(merged_into=one)
    came(browser(one), 3, "email")
    assert touches(one).first.visit == first


def test_only_while_the_browser_was_the_leads():
    one = lead()
    visitor = browser(one, from_at=NOW - 5 * DAY, to_at=NOW - 2 * DAY)
    for days_ago in (9, 4, 1):
        came(visitor, days_ago)
    assert [v.started_at for v in visits_of(reach_of(one))] == [NOW - 4 * DAY]
    assert touches(one).is_one


def test_without_words_the_landing_page_s_topics_stand_for_them(home):
    Topic.objects.create(slug="pump", name="Pumps")
    page = home.add_child(instance=Page(title="All our pumps", slug="pumps"))
    one = lead()
    came(browser(one), 3, landing_topics="pump", entry_page_id=page.pk, entry_path="/pumps/")
    found = touches(one).first
    assert found.landing == "All our pumps" and "Pumps" in found.looked_for


def test_own_pages_and_no_channel_are_direct():
    one = lead()
    visitor = browser(one)
    for channel in ("internal", "", "direct"):
        came(visitor, 3, channel)
    assert [(row.channel, row.visits, row.share) for row in touches(one).channels] == [("direct", 3, 100)]


def test_nothing_is_known():
    assert touches(lead()).first is None
    one = lead()
    browser(one)
    assert touches(one).channels == ()


def test_a_constant_number_of_queries(django_assert_max_num_queries):
    one = lead()
    visitor = browser(one)
    for days_ago in range(60):
        came(visitor, days_ago, landing_topics="pump")
    reach = reach_of(one)
    with django_assert_max_num_queries(5):
        touches_of(reach)


def test_sections_are_counted_by_the_page_tree(home, django_assert_num_queries):
    products = home.add_child(instance=Page(title="Products", slug="products"))
    pump = products.add_child(instance=Page(title="Pump", slug="pump"))
    one = lead()
    visitor = browser(one)
    for page in (products, pump, pump, home):
        activity("page_viewed", NOW, visitor=visitor, page_id=page.pk)
    activity("page_read", NOW, visitor=visitor, page_id=pump.pk, value=61_000)
    activity("page_viewed", NOW, visitor=visitor, page_id=10**8)
    reach = reach_of(one)
    with django_assert_num_queries(3):
        found = sections_of(reach)
    assert [(s.title, s.views, s.dwell) for s in found] == [("Products", 3, "1 min"), ("Home", 1, "")]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_lead_s_page_shows_them(client, home, language, settings):
    settings.LANGUAGE_CODE = language
    one = lead()
    came(browser(one), 3, source="google", keyword="<b>pump</b>")
    client.force_login(person("view_lead"))
    html = client.get(reverse("wagtail_leads_leads:inspect", args=[one.pk])).content.decode()
    assert 'id="lx-touches"' in html and "&lt;b&gt;pump" in html and "<b>pump" not in html


def test_a_lead_without_visits_says_what_comes(client, home):
    one = lead()
    client.force_login(person("view_lead"))
    html = client.get(reverse("wagtail_leads_leads:inspect", args=[one.pk])).content.decode()
    assert "No visit is known yet." in html and 'id="lx-sections"' not in html
