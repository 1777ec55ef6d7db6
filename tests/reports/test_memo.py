"""Facts in, words out: a table of cases in English, and that Japanese does not break it."""

from datetime import datetime, timedelta, timezone

import pytest
from django.utils import translation

from wagtail_leads.logic.kinds import Stage
from wagtail_leads.reports.advice import advise
from wagtail_leads.reports.memo import Facts, Tally, day, duration, sentences, times

NOW = datetime(2026, 6, 10, 3, 0, tzinfo=timezone.utc)
NAMES = {"a": "Product A", "b": "Product B"}


def tally(kind, count=1, *, days=1, topics=(), **values) -> Tally:
    return Tally(kind=kind, count=count, last=NOW - timedelta(days=days), topics=topics, **values)


def facts(*tallies, **values) -> Facts:
    return Facts(now=NOW, tallies=tallies, topic_names=NAMES, **values)


def viewed(topic, content, count, seconds=None, **values):
    rows = [tally("page_viewed", count, topics=(topic,), content_kind=content, **values)]
    if seconds is not None:
        rows.append(tally("page_read", count, topics=(topic,), content_kind=content, value=seconds * 1000, **values))
    return rows


def memo(*tallies, **values) -> list[str]:
    return [one.text for one in sentences(facts(*tallies, **values))]


@pytest.mark.parametrize(
    ("tallies", "expected"),
    [
        (viewed("a", "price", 2, 180, high_intent=True), "Product A: strong interest (price page 3 min, twice)."),
        (viewed("a", "price", 2, 59, high_intent=True), "Product A: some interest (price page 59 s, twice)."),
        (viewed("a", "price", 3, 5, high_intent=True), "Product A: strong interest (price page 5 s, 3 times)."),
        (
            [*viewed("a", "price", 2, 10), tally("email_clicked", topics=("a",))],
            "Product A: strong interest (price page 10 s, twice).",
        ),
        (
            [*viewed("a", "price", 3, 300), tally("gate_shown", 3, topics=("a",), content_kind="price")],
            "Product A: a first look (form of a gated page seen, 3 times).",
        ),
        (
            [*viewed("a", "price", 3, 30), tally("gate_shown", 1, topics=("a",), content_kind="price")],
            "Product A: some interest (price page 30 s, twice; form of a gated page seen, once).",
        ),
        (viewed("a", "price", 1, high_intent=True), "Product A: some interest (price page)."),
        (viewed("a", "article", 1, 12), "Product A: a first look (article 12 s)."),
        (viewed("a", "article", 3), "Product A: a first look (article, 3 times)."),
        (viewed("a", "", 1), "Product A: a first look (other page)."),
        (viewed("a", "price", 2, 180, days=90), "Product A: was of interest until March 12 (price page 3 min, twice)."),
        ([tally("email_sent", 2, topics=("b",))], "Product B: 2 mails without reaction."),
        ([tally("email_sent", 1, topics=("b",))], "Product B: 1 mail without reaction."),
        (
            [tally("email_sent", 3, topics=("b",)), tally("email_opened", 1, topics=("b",))],
            "Product B: 3 mails, opened but nothing clicked.",
        ),
        (
            [tally("email_sent", 3, topics=("b",)), tally("email_clicked", 2, topics=("b",))],
            "Product B: 3 mails, clicked twice.",
        ),
        ([tally("email_sent", 2)], "Mail: 2 mails without reaction."),
        ([tally("inquiry_made", days=0)], "Made an inquiry (today)."),
        ([tally("inquiry_made", 3, days=2)], "Made 3 inquiries (the last 2 days ago)."),
        ([tally("form_submitted", days=1)], "Sent a form (yesterday)."),
        ([tally("asset_downloaded", 2, days=40)], "Downloaded documents 2 times (the last May 1)."),
        ([tally("email_unsubscribed", days=3)], "Unsubscribed from mail (3 days ago)."),
        ([tally("email_bounced")], "Mail to this address came back."),
        ([tally("page_viewed", 4)], "Looked at: other pages, 4 times."),
    ],
)
def test_each_fact_has_its_sentence(tallies, expected):
    assert expected in memo(*tallies)


def test_no_data():
    assert memo() == ["Nothing is known yet apart from what stands in the contact details."]


def test_strongest_topic_first_and_its_mails_beside_it():
    found = memo(
        *viewed("b", "article", 1, 10),
        *viewed("a", "price", 3, 300, high_intent=True),
        tally("email_sent", 2, topics=("b",)),
    )
    assert [one.split(":")[0] for one in found[:3]] == ["Product A", "Product B", "Product B"]


def test_hundreds_stay_short():
    kinds = ("price", "case_study", "product", "article", "maker", "other", "")
    rows = [row for kind in kinds for row in viewed("a", kind, 100, 1000)]
    found = memo(*rows)
    assert len(found) == 1
    assert "; 400 other pages" in found[0]
    assert len(found[0]) < 200


def test_each_sentence_leads_to_its_facts():
    (one,) = sentences(facts(*viewed("a", "price", 2, 180)))
    assert one.topic == "Product A"
    assert [(a.topic, a.facts, a.count) for a in one.anchors] == [("a", "pages", 2)]


def test_unmeasured_time_is_not_zero():
    assert memo(*viewed("a", "price", 2)) == ["Product A: some interest (price page, twice)."]


def test_a_topic_that_is_gone_keeps_its_short_name():
    assert memo(*viewed("gone", "price", 2))[0].startswith("gone: ")


def test_visits():
    known = {"connected": True, "known_at": NOW - timedelta(days=5), "last_visit_at": NOW}
    first = {"first_visit_at": NOW - timedelta(days=23), "first_source": "google"}
    found = memo(tally("page_viewed"), visits_this_month=4, **known, **first)
    assert "4 visits in the last 30 days (the last today)." in found
    assert "First came May 18 through google, 18 days before leaving the name." in found
    gone = memo(tally("page_viewed"), connected=True, last_visit_at=NOW - timedelta(days=74))
    assert "Not seen for 74 days." in gone


@pytest.mark.parametrize(
    ("ms", "words"), [(0, "0 s"), (40_400, "40 s"), (59_600, "1 min"), (180_000, "3 min"), (3_900_000, "1 h 5 min")]
)
def test_durations(ms, words):
    assert duration(ms) == words


def test_days_and_times():
    assert [times(n) for n in (1, 2, 3)] == ["once", "twice", "3 times"]
    assert day(NOW - timedelta(days=400), NOW) == "May 6, 2025"
    assert day(NOW + timedelta(days=3), NOW) == "June 13"  # a clock that runs ahead


HOT = {"score": 80.0, "has_phone": True}
PRICE = viewed("a", "price", 2, 180, high_intent=True)


@pytest.mark.parametrize(
    ("tallies", "known", "do", "why"),
    [
        ([], {}, "wait", "Nothing points to a purchase yet."),
        ([], {"has_email": False}, "complete", "Neither is known."),
        ([tally("inquiry_made", days=0)], {"has_phone": True}, "call", "nobody has answered yet"),
        ([tally("inquiry_made", days=0)], {}, "write", "No phone number is known."),
        ([tally("inquiry_made", days=0)], {"has_email": False}, "complete", "nobody has answered yet"),
        (PRICE, HOT, "call", "Interested in Product A: price page 3 min, twice."),
        (
            PRICE,
            {**HOT, "last_contact_at": NOW - timedelta(days=2), "last_contact_result": "Not reached"},
            "wait",
            "Not reached",
        ),
        (PRICE, {**HOT, "stopped": True}, "leave", "asked us not to use"),
        (PRICE, {**HOT, "stage": Stage.DISQUALIFIED.value}, "leave", "no prospect"),
        (PRICE, {**HOT, "snoozed_until": NOW + timedelta(days=3)}, "wait", "put this lead off until June 13"),
        (PRICE, {"score": 12.0}, "send", "Interested in Product A"),
        (PRICE, {"score": 12.0, "unreachable_by_mail": True, "has_phone": True}, "call", "Interested in Product A"),
        (PRICE, {"score": 12.0, "scenario": "Follow-up"}, "wait", "“Follow-up” is running"),
        ([tally("page_viewed", days=90)], {}, "send", "No sign of life since March 12"),
        ([tally("page_viewed", days=90)], {"unreachable_by_mail": True, "has_phone": True}, "call", "No sign of life"),
        ([tally("page_viewed", days=90)], {"unreachable_by_mail": True}, "wait", "no permission to write"),
        ([tally("page_viewed", days=90)], {"has_basis": False}, "wait", "no permission to write"),
        ([tally("page_viewed", days=90)], {"has_basis": False, "has_phone": True}, "call", "No sign of life"),
        (PRICE, {"score": 80.0, "has_basis": False}, "wait", "no permission to write"),
        (PRICE, {"score": 80.0, "unreachable_by_mail": True}, "wait", "no permission to write"),
        (PRICE, {"score": 80.0, "has_basis": False, "has_phone": True}, "call", "Interested in Product A"),
        (PRICE, {"score": 12.0, "has_basis": False}, "wait", "no permission to write"),
        # the answer was asked for; an unsubscribed or bounced address gets none even so
        ([tally("inquiry_made", days=0)], {"has_basis": False}, "write", "nobody has answered yet"),
        ([tally("inquiry_made", days=0)], {"unreachable_by_mail": True}, "complete", "nobody has answered yet"),
        # the wish how to be contacted
        (PRICE, {**HOT, "contact_wish": "phone_fine"}, "call", "Interested in Product A"),
        (PRICE, {**HOT, "contact_wish": "mail_only"}, "write", "wishes no call"),
        (PRICE, {**HOT, "contact_wish": "mail_only", "has_basis": False}, "wait", "mail cannot or must not be sent"),
        (PRICE, {**HOT, "contact_wish": "no_contact"}, "leave", "wishes no contact"),
        ([tally("inquiry_made", days=0)], {"has_phone": True, "contact_wish": "no_contact"}, "write", "nobody has answered"),
    ],
)
def test_advice(tallies, known, do, why):
    advice = advise(facts(*tallies, **known))
    assert advice.do == do
    assert why in " ".join(advice.reasons)


def test_an_answered_inquiry_is_not_asked_for_again():
    known = {"last_contact_at": NOW - timedelta(days=8), "last_contact_result": "Reached"}
    assert advise(facts(tally("inquiry_made", days=9), **known)).do == "wait"


@pytest.mark.parametrize("language", ["ja", "de", "ar"])
def test_other_languages_say_the_same_without_breaking(language):
    everything = [
        *PRICE,
        *viewed("b", "article", 5),
        tally("inquiry_made", 3),
        tally("email_sent", 3),
        tally("sales_contact"),
    ]
    known = {**HOT, "connected": True, "visits_this_month": 3, "last_visit_at": NOW, "known_at": NOW,
             "first_visit_at": NOW - timedelta(days=9), "first_source": "google", "last_contact_at": NOW}  # fmt: skip
    with translation.override(language):
        assert all(one.text and "%(" not in one.text for one in sentences(facts(*everything, **known)))
        assert advise(facts(*everything, **known)).text
