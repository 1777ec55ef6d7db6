"""Each contact and what it brought within a week."""

from datetime import timedelta

import pytest

from tests.admin_ui.rows import NOW, activity, browser, email, lead, message, visit
from wagtail_leads.reports.contacts import contacts_of
from wagtail_leads.reports.timeline import reach_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def told(one) -> list[tuple[str, str, list[str]]]:
    return [(contact.kind, contact.title, contact.brought) for contact in contacts_of(reach_of(one))]


def test_nothing_yet():
    assert told(lead()) == []


def test_a_mail_with_its_own_reaction_and_the_visit_that_followed():
    one = lead()
    visitor = browser(one)
    message(email("M"), one, sent_at=NOW, opened_at=NOW + DAY, clicked_at=NOW + DAY)
    visit(visitor, NOW + DAY, 3)
    activity("inquiry_made", NOW + 2 * DAY, lead=one, title="お問い合わせ")
    assert told(one) == [("mail", "件名 M", ["made an inquiry", "clicked", "opened 3 pages"])]


@pytest.mark.parametrize(("days", "brought"), [(6.9, ["sent 1 form"]), (7.1, []), (-0.1, [])])
def test_only_what_came_within_a_week_after_it(days, brought):
    one = lead()
    message(email("M"), one, sent_at=NOW)
    activity("form_submitted", NOW + days * DAY, lead=one)
    assert told(one) == [("mail", "件名 M", brought)]


def test_a_fact_counts_for_the_last_contact_before_it_only():
    one = lead()
    message(email("Old"), one, sent_at=NOW)
    message(email("New"), one, sent_at=NOW + DAY)
    activity("asset_downloaded", NOW + 2 * DAY, lead=one, title="資料")
    newer, older = contacts_of(reach_of(one))
    assert (newer.brought, newer.titles, older.brought) == (["fetched a document"], ["資料"], [])


def test_displays_of_one_form_within_a_week_are_one_line():
    one = lead()
    visitor = browser(one)
    for hours in (0, 5, 24 * 9):
        activity("gate_shown", NOW - timedelta(hours=hours), visitor=visitor, title="ガイド")
    assert [(c.kind, c.title, c.times) for c in contacts_of(reach_of(one))] == [
        ("display", "ガイド", 2),
        ("display", "ガイド", 1),
    ]


def test_talks_with_their_result():
    one = lead()
    activity("sales_contact", NOW, lead=one, title="電話する", data={"result": "meeting", "note": "火曜"})
    (talk,) = contacts_of(reach_of(one))
    assert (talk.kind, talk.result, talk.note) == ("talk", "Meeting arranged", "火曜")


def test_mail_that_was_not_sent_is_no_contact():
    one = lead()
    message(email("M"), one, state="skipped", sent_at=None)
    assert told(one) == []


def test_as_many_queries_for_many_facts(django_assert_num_queries):
    one = lead()
    visitor = browser(one)
    mail = email("M")
    for n in range(30):
        message(mail, one, sent_at=NOW + n * DAY)
    visit(visitor, NOW, 40)
    reach = reach_of(one)
    with django_assert_num_queries(4):
        assert len(contacts_of(reach)) == 30
