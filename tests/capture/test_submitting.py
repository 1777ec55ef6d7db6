"""A visitor becomes a lead: what a submission makes, and that making it twice is making it once."""

import pytest

from tests.making import DAY, flow, make_email, make_fact, make_lead, make_visitor
from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.whose import activities_of
from wagtail_leads.capture.models import FormSubmission, LeadForm
from wagtail_leads.capture.operations import Sent, submit
from wagtail_leads.identity.models import Consent, Lead, Visitor, VisitorLink
from wagtail_leads.identity.operations import link
from wagtail_leads.logic.errors import BadAddress
from wagtail_leads.logic.kinds import Evidence
from wagtail_leads.mailing.models import Message
from wagtail_leads.scoring.models import ScoreEntry, ScoreRule
from wagtail_leads.scoring.operations import ensure_shipped_rules

pytestmark = pytest.mark.django_db


def sent(key="k", **values):
    return Sent(
        **{"key": key, "email": "taro@mihon.example", "form_name": "Paper", "page_title": "White paper", **values}
    )


def made():
    return {m.__name__: m.objects.count() for m in (Lead, FormSubmission, Message, Consent, VisitorLink, Activity)}


NOTHING = {"Lead": 0, "FormSubmission": 0, "Message": 0, "Consent": 0, "VisitorLink": 0, "Activity": 0}


def test_a_form_makes_lead_facts_link_and_the_answer_that_was_asked_for(now, site):
    visitor = make_visitor(now - DAY)
    row = submit(
        sent(
            fields={"name": "Taro"},
            answers=[{"label": "Name", "value": "Taro"}],
            consent=True,
            wording="May we?",
            site=site,
        ),
        visitor=visitor,
        now=now,
    )
    lead = Lead.objects.get()
    assert row.lead == lead and row.visitor == visitor and lead.name == "Taro" and lead.source == "Paper"
    assert sorted(Activity.objects.values_list("kind", flat=True)) == [
        "consent_given",
        "form_submitted",
        "visitor_linked",
    ]
    assert (Consent.objects.get().wording, Consent.objects.get().granted) == ("May we?", True)
    message = Message.objects.get()
    assert (message.purpose, message.template, message.to_address) == ("transactional", "paper", "taro@mihon.example")


@pytest.mark.parametrize("consent", [False, None])
def test_an_unticked_box_records_nothing_and_the_paper_comes_all_the_same(now, consent):
    lead = make_lead(now - DAY, consent=True)
    submit(sent(consent=consent), visitor=None, now=now)
    assert Consent.objects.get().granted and Consent.objects.get().lead == lead, "and takes back no earlier yes"
    assert Message.objects.get().template == "paper"


@pytest.mark.parametrize("reason", ["trap", "too_fast"])
def test_spam_is_stored_and_makes_no_lead_and_no_mail(now, reason):
    row = submit(sent(spam_reason=reason, consent=True), visitor=make_visitor(now), now=now)
    assert row.is_spam and row.spam_reason == reason and row.lead is None and row.data["email"] == "taro@mihon.example"
    assert made() == {**NOTHING, "FormSubmission": 1}


def test_a_double_click_is_one_submission(now):
    assert submit(sent(), visitor=None, now=now) is not None
    before = made()
    assert submit(sent(), visitor=None, now=now) is None and made() == before
    submit(sent("another"), visitor=None, now=now)
    assert FormSubmission.objects.count() == 2 and Lead.objects.count() == 1


def test_a_bad_address_leaves_nothing(now):
    with pytest.raises(BadAddress):
        submit(sent(email="no address"), visitor=make_visitor(now), now=now)
    assert made() == NOTHING


def test_a_failure_in_the_middle_leaves_nothing(now, monkeypatch):
    from wagtail_leads.capture import operations

    monkeypatch.setattr(operations, "_reply", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        submit(sent(consent=True), visitor=make_visitor(now), now=now)
    assert made() == NOTHING


def test_an_inquiry_is_the_main_conversion(now, sender, admin_user):
    form = LeadForm.objects.create(name="Contact", fields=[])
    submit(sent(is_inquiry=True, owner=admin_user, form=form, opens_todo=True), visitor=None, now=now)
    fact = Activity.objects.get(kind="inquiry_made")
    assert fact.object_id == form.pk and fact.data["todo"] and fact.data["owner"] == admin_user.pk
    assert not Activity.objects.filter(kind="form_submitted").exists() and Message.objects.get().template == "reply"


def test_the_editors_own_reply_goes_out_as_asked_for_mail(now):
    reply = make_email(subject="Thanks")
    submit(sent(reply=reply), visitor=None, now=now)
    message = Message.objects.get()
    assert (message.purpose, message.subject, message.version.email) == ("transactional", "Thanks", reply)


def test_a_reply_that_is_not_published_gives_way_to_ours(now):
    reply = make_email()
    reply.live = False
    submit(sent(reply=reply), visitor=None, now=now)
    assert Message.objects.get().template == "paper"


def test_the_paper_goes_to_the_address_that_was_typed(now):
    """Also when it belongs to a lead that was merged into another with another address."""
    old, new = make_lead(now), make_lead(now, "new@mihon.example")
    Lead.objects.filter(pk=old.pk).update(merged_into=new)
    submit(sent("a", reply=make_email()), visitor=None, now=now)
    submit(sent("b"), visitor=None, now=now)
    assert set(Message.objects.values_list("to_address", "lead")) == {("taro@mihon.example", new.pk)}


@pytest.mark.parametrize(("with_history", "knows"), [(True, 1), (False, 0)])
def test_earlier_visits_are_linked_or_not(now, with_history, knows):
    ScoreRule.objects.all().delete()
    ensure_shipped_rules()
    visitor = make_visitor(now - DAY)
    before = make_fact("page_viewed", now - DAY, visitor=visitor)
    flow(now - DAY)
    row = submit(sent(with_history=with_history), visitor=visitor, now=now)
    flow(now)
    assert activities_of(row.lead).filter(pk=before.pk).count() == knows
    assert ScoreEntry.objects.filter(activity=before).count() == knows


def test_a_browser_that_only_clicked_in_a_mail_is_confirmed_by_the_form(now):
    ScoreRule.objects.all().delete()
    ensure_shipped_rules()
    lead, visitor = make_lead(now - DAY), make_visitor(now - 2 * DAY)
    before = make_fact("page_viewed", now - 2 * DAY, visitor=visitor)
    flow(now - 2 * DAY)
    link(visitor, lead, evidence=Evidence.MAIL_LINK, now=now - DAY, with_history=False)
    submit(sent(), visitor=visitor, now=now)
    flow(now)
    assert (
        VisitorLink.objects.get().evidence == "form" and ScoreEntry.objects.filter(activity=before, lead=lead).exists()
    )
    submit(sent("again"), visitor=visitor, now=now + DAY)
    assert Activity.objects.filter(kind="visitor_linked").count() == 1


def test_another_persons_form_in_a_known_browser(now):
    visitor = make_visitor(now)
    first = submit(sent("a"), visitor=visitor, now=now - DAY).lead
    second = submit(sent("b", email="hanako@mihon.example"), visitor=visitor, now=now).lead
    assert first != second and Visitor.objects.get().lead == second and VisitorLink.objects.count() == 2


LONG = "長い文" * 2000
AWKWARD = ["🚀🚀", "مرحبا بالعالم", "‮evil‬", LONG, "<script>alert(1)</script>", "a\r\nb", "' OR 1=1 --", "\ufeff\u200b"]


@pytest.mark.parametrize("value", AWKWARD)
def test_any_answer_is_kept_as_it_was_sent(now, value):
    row = submit(sent(fields={"name": value}, answers=[{"label": "Message", "value": value}]), visitor=None, now=now)
    row.refresh_from_db()
    assert row.data["answers"][0]["value"] == value
    assert Activity.objects.get(kind="form_submitted").data["answers"][0]["value"] == value


@pytest.mark.parametrize("address", ["hanako..suzuki@docomo.ne.jp", "taro.@ezweb.ne.jp"])
def test_old_carrier_addresses_get_their_paper(now, address, sender, mailoutbox):
    from wagtail_leads import pipeline

    submit(sent(email=address), visitor=None, now=now)
    pipeline.deliver_mail(now=now, worker="w", clock=lambda: now)
    assert [m.to for m in mailoutbox] == [[address]]
