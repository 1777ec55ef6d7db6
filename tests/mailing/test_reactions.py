"""Opens and clicks: raw at once, decided once after a hold, and only people's have effects. Leaving and coming back."""

import pytest

from tests.making import DAY, HOUR, SECOND, make_lead, make_message, make_visitor
from wagtail_leads.activity.models import Activity
from wagtail_leads.identity.models import Consent, Lead
from wagtail_leads.identity.queries import may_write
from wagtail_leads.logic.kinds import ReactionKind
from wagtail_leads.mailing.models import Link, Message, Reaction, Suppression
from wagtail_leads.mailing.operations import resubscribe, suppress, unsubscribe
from wagtail_leads.mailing.queries import is_stopped, needing_a_look, reactions_to
from wagtail_leads.mailing.reactions import confirm_by_visit, decide_due, record_reaction, undecided_since

pytestmark = pytest.mark.django_db
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"


@pytest.fixture
def message(lead, site, now):
    return make_message(now, lead, state="sent", sent_at=now, subject="News")


def link_row(number=1):
    return Link.objects.get_or_create(url_key=f"{number:064x}", defaults={"url": f"http://localhost/{number}/"})[0]


def react(message, at, kind="click", agent=CHROME, number=1, **values):
    link = link_row(number) if kind == "click" else None
    return record_reaction(message, ReactionKind(kind), now=at, link=link, user_agent=agent, **values)


def facts(kind="email_clicked"):
    return Activity.objects.filter(kind=kind)


def test_nothing_has_effects_before_the_hold_is_over(message, now):
    one = react(message, now)
    assert decide_due(now=now + 89 * SECOND) == 0 and not facts().exists()
    assert one.verdict == "unknown" and decide_due(now=now + 90 * SECOND) == 1
    fact = facts().get()
    assert fact.at == now and fact.lead == message.lead and fact.object_id == message.pk and fact.title == "News"
    assert fact.data == {"message_key": message.dedupe_key, "url": "http://localhost/1/"}
    message.refresh_from_db()
    assert message.clicked_at == message.opened_at == now, "who clicked has opened"


@pytest.mark.parametrize(
    ("kind", "agent", "verdict", "reason"),
    [
        ("open", CHROME, "human", "alone"),
        ("open", GMAIL, "human", "image_proxy"),
        ("open", YAHOO, "human", "image_proxy"),
        ("open", "Mozilla/5.0", "machine", "no_agent"),
        ("open", "", "machine", "no_agent"),
        ("click", CHROME, "human", "alone"),
        ("click", "", "machine", "no_agent"),
        ("click", "python-requests/2.32", "machine", "agent"),
        ("click", "curl/8.5.0", "machine", "agent"),
        ("click", "Barracuda Sentinel (EE)", "machine", "agent"),
        ("click", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "machine", "agent"),
    ],
)
def test_who_reacts(message, now, kind, agent, verdict, reason):
    one = react(message, now, kind, agent)
    decide_due(now=now + HOUR)
    one.refresh_from_db()
    assert (one.verdict, one.reason) == (verdict, reason)
    assert Activity.objects.count() == int(verdict == "human")
    message.refresh_from_db()
    assert (message.opened_at is None) == (verdict == "machine")


def test_a_burst_is_a_gateways(message, now):
    for number in range(5):
        react(message, now + number * SECOND / 5, number=number)
    later = react(message, now + HOUR, number=1)
    decide_due(now=now + 2 * HOUR)
    later.refresh_from_db()
    assert facts().count() == 1 and later.verdict == "human"
    assert Reaction.objects.filter(verdict="machine", reason="burst").count() == 5


def test_another_mails_clicks_make_no_burst(message, lead, now):
    for number in range(4):
        react(make_message(now, lead, state="sent"), now, number=number)
    decide_due(now=now + HOUR)
    assert facts().count() == 4


def test_a_link_that_is_clicked_again_is_one_fact_with_the_first_time(message, now):
    for hours in (3, 1, 2):
        react(message, now + hours * HOUR)
        decide_due(now=now + DAY)
    assert facts().count() == 1 and Reaction.objects.count() == 3
    message.refresh_from_db()
    assert message.clicked_at == now + HOUR


def test_each_reaction_is_decided_once(message, now):
    react(message, now)
    assert decide_due(now=now + HOUR) == 1 and decide_due(now=now + HOUR) == 0
    Reaction.objects.update(verdict="machine")
    assert decide_due(now=now + HOUR) == 0 and facts().count() == 1


def test_a_visit_that_is_looked_at_proves_a_person_at_once(message, now):
    visitor, stranger = make_visitor(now), make_visitor(now)
    held = react(message, now, agent="", visitor=visitor)
    react(message, now, "open", visitor=visitor)
    assert confirm_by_visit([stranger.pk], now=now) == 0 and confirm_by_visit([], now=now) == 0
    assert confirm_by_visit([visitor.pk], now=now + SECOND) == 1 and confirm_by_visit([visitor.pk], now=now) == 0
    held.refresh_from_db()
    assert (held.verdict, held.reason, held.decided_at) == ("human", "visit_followed", now + SECOND)
    assert facts().get().visitor == visitor and not facts("email_opened").exists(), "an open is still on hold"


def test_what_is_on_hold_is_known_by_its_mail_and_time(message, now):
    react(message, now)
    key = message.dedupe_key
    assert undecided_since(key, "click", before=now) and not undecided_since(key, "click", before=now - SECOND)
    assert not undecided_since(key, "open", before=now) and not undecided_since("other", "click", before=now)
    assert not undecided_since("", "click", before=now)
    decide_due(now=now + HOUR)
    assert not undecided_since(key, "click", before=now)


def test_a_long_agent_is_cut(message, now):
    assert len(react(message, now, agent="x" * 5000).user_agent) == 255


def test_many_reactions_are_decided_in_few_queries(message, now, django_assert_max_num_queries):
    for number in range(3):
        react(message, now, number=number)
    with django_assert_max_num_queries(20):
        decide_due(now=now + HOUR)


def test_reactions_of_a_lead_and_mails_that_need_a_look(message, lead, now):
    react(message, now)
    decide_due(now=now + HOUR)
    make_message(now, lead, state="unknown")
    assert reactions_to(lead) == {"opened": now, "clicked": now} and needing_a_look() == 1 and not is_stopped()


# --- leaving and coming back ----------------------------------------------------------------------------------------------


def test_unsubscribing_is_kept_by_address_and_tells_the_ledger(message, lead, now):
    assert unsubscribe(message, now=now, source="one click") is True
    gone = Suppression.objects.get()
    assert (gone.address_key, gone.scope, gone.reason) == (lead.email_key, "marketing", "unsubscribed")
    assert facts("email_unsubscribed").get().lead == lead and not may_write(lead.email_key)
    answer = Consent.objects.order_by("-pk").first()
    assert (answer.granted, answer.source) == (False, "one click")
    assert Reaction.objects.get().kind == "unsubscribe"


def test_unsubscribing_twice_is_once(message, lead, now):
    other = make_message(now, lead, state="sent")
    assert unsubscribe(message, now=now, source="a") and not unsubscribe(message, now=now + SECOND, source="b")
    assert not unsubscribe(other, now=now + SECOND, source="b"), "also from another mail"
    assert facts("email_unsubscribed").count() == 1 and Consent.objects.filter(granted=False).count() == 1


def test_who_comes_back_may_leave_again(message, lead, now):
    for hours in range(3):
        assert unsubscribe(message, now=now + hours * HOUR, source="page")
        assert resubscribe(message, now=now + hours * HOUR, source="page") and may_write(lead.email_key)
        assert not resubscribe(message, now=now + hours * HOUR, source="page")
    assert facts("email_unsubscribed").count() == 3 and not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("scope", "reason"), [("all", "bounced"), ("marketing", "by_hand"), ("marketing", "complained")]
)
def test_coming_back_takes_back_only_what_the_reader_did(message, lead, now, scope, reason):
    suppress(lead.email_key, scope=scope, reason=reason, now=now)
    assert resubscribe(message, now=now, source="page") is False and Suppression.objects.count() == 1


def test_an_erased_readers_old_mail_still_unsubscribes_the_address(message, lead, now):
    Message.objects.update(lead=None, to_address="")
    Lead.objects.filter(pk=lead.pk).update(email="", email_key=None, erased_at=now)
    message.refresh_from_db()
    assert unsubscribe(message, now=now, source="page") and Suppression.objects.get().address_key == lead.email_key
    assert facts("email_unsubscribed").get().lead is None


def test_a_mail_to_a_colleague_unsubscribes_the_lead_of_that_address(lead, site, now):
    sample = make_message(now, None, to=lead.email)
    assert unsubscribe(sample, now=now, source="page")
    assert facts("email_unsubscribed").get().lead == lead == make_lead(now)


def test_suppressing_twice_is_once(lead, now):
    assert suppress(lead.email_key, scope="all", reason="bounced", now=now)
    assert not suppress(lead.email_key, scope="all", reason="complained", now=now)
    assert Suppression.objects.get().reason == "bounced"
