"""What Today reads."""

from datetime import timedelta

import pytest

from tests.admin_ui.rows import NOW, activity, browser, lead
from wagtail_leads.identity.models import Lead
from wagtail_leads.reports.queries import Fact, find_facts, find_numbers
from wagtail_leads.reports.reasons import reason

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_a_view_and_its_reading_are_one_fact():
    made = lead()
    visitor = browser(made)
    for value in (30_000, None, 60_000):
        activity("page_viewed", NOW - HOUR, visitor=visitor, title="Prices", page_id=1, high_intent=True)
        activity("page_read", NOW - HOUR, visitor=visitor, title="Prices", page_id=1, value=value)
    (fact,) = find_facts([made.pk], now=NOW)[made.pk]
    assert (fact.count, fact.dwell_ms, fact.high_intent) == (3, 90_000, True)


def test_unmeasured_time_is_not_zero():
    made = lead()
    activity("page_viewed", NOW - HOUR, visitor=browser(made), title="Prices")
    (fact,) = find_facts([made.pk], now=NOW)[made.pk]
    assert fact.dwell_ms is None


def test_the_most_telling_comes_first_and_at_most_three():
    made = lead()
    visitor = browser(made)
    activity("page_viewed", NOW - HOUR, visitor=visitor, title="Blog", page_id=1)
    activity("page_viewed", NOW - 2 * HOUR, visitor=visitor, title="Prices", page_id=2, high_intent=True)
    activity("inquiry_made", NOW - 3 * HOUR, lead=made, visitor=visitor, title="Contact")
    activity("form_submitted", NOW - 20 * DAY, lead=made, title="Old paper")
    activity("page_viewed", NOW - 40 * DAY, visitor=visitor, title="Forgotten", page_id=3)
    titles = [fact.title for fact in find_facts([made.pk], now=NOW)[made.pk]]
    assert titles == ["Contact", "Prices", "Blog"]


def test_facts_of_a_browser_count_only_while_it_was_the_leads():
    made = lead()
    visitor = browser(made, from_at=NOW - 2 * DAY, to_at=NOW - DAY)
    activity("page_viewed", NOW - 3 * DAY, visitor=visitor, title="Before", page_id=1)
    activity("page_viewed", NOW - 36 * HOUR, visitor=visitor, title="During", page_id=2)
    activity("page_viewed", NOW - HOUR, visitor=visitor, title="After", page_id=3)
    assert [fact.title for fact in find_facts([made.pk], now=NOW)[made.pk]] == ["During"]


def test_facts_of_a_merged_lead_are_the_survivors():
    made, merged = lead(), lead()
    activity("form_submitted", NOW - HOUR, lead=merged, title="Paper")
    Lead.objects.filter(pk=merged.pk).update(merged_into=made)
    assert [fact.title for fact in find_facts([made.pk], now=NOW)[made.pk]] == ["Paper"]


def test_nobody_asked_nothing_read(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert find_facts([], now=NOW) == {}


def test_numbers_of_an_empty_site_are_zero():
    numbers = find_numbers(now=NOW, visible=Lead.objects.living())
    assert {(n.now, n.before, n.change) for n in numbers.values()} == {(0, 0, 0)}


FACTS = [
    ({"kind": "page_viewed", "count": 2, "dwell_ms": 190_000}, "“T” 3 min, twice · yesterday"),
    ({"kind": "page_viewed", "count": 1, "dwell_ms": 40_000}, "“T” 40 s · yesterday"),
    ({"kind": "page_viewed", "count": 4}, "“T” 4 times · yesterday"),
    ({"kind": "page_viewed", "count": 1}, "Opened “T” · yesterday"),
    ({"kind": "inquiry_made", "count": 1}, "Made an inquiry (T) · yesterday"),
    ({"kind": "inquiry_made", "count": 1, "title": ""}, "Made an inquiry · yesterday"),
    ({"kind": "form_submitted", "count": 1}, "Sent the form of “T” · yesterday"),
    ({"kind": "asset_downloaded", "count": 1}, "Downloaded “T” · yesterday"),
    ({"kind": "email_clicked", "count": 1}, "Clicked in the mail “T” · yesterday"),
    ({"kind": "page_viewed", "count": 1, "title": "", "path": "/x/"}, "Opened “/x/” · yesterday"),
]


@pytest.mark.parametrize("values, words", FACTS)
def test_facts_in_plain_words(values, words):
    fact = Fact(**{"title": "T", "path": "/t/", "last_at": NOW - DAY, **values})
    assert reason(fact, NOW) == words
