"""A person's rights: everything out, everything gone, no use from now on. The suppression outlives them all."""

import json

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from tests.making import (
    DAY,
    HOUR,
    flow,
    make_email,
    make_fact,
    make_lead,
    make_message,
    make_scenario,
    make_visit,
    make_visitor,
    step,
)
from wagtail_leads import pipeline, privacy
from wagtail_leads.activity.models import Activity
from wagtail_leads.capture.models import FormSubmission
from wagtail_leads.capture.operations import Sent, submit
from wagtail_leads.identity.models import Consent, Lead, Visitor
from wagtail_leads.identity.operations import identify, record_consent
from wagtail_leads.identity.queries import may_write
from wagtail_leads.logic.kinds import ReactionKind
from wagtail_leads.mailing.models import Message, Reaction, Suppression
from wagtail_leads.mailing.operations import unsubscribe
from wagtail_leads.mailing.queries import sender_of, why_not
from wagtail_leads.mailing.reactions import decide_due, record_reaction
from wagtail_leads.merging import merge, references
from wagtail_leads.sales.models import FollowUp, Todo
from wagtail_leads.sales.operations import record_contact, snooze_lead
from wagtail_leads.scenarios.models import Enrolment, StepRun
from wagtail_leads.scoring.models import LeadScore, ScoreEntry, ScoreRule
from wagtail_leads.scoring.operations import ensure_shipped_rules
from wagtail_leads.segments.models import StageChange
from wagtail_leads.tracking.models import Visit

pytestmark = pytest.mark.django_db
ADDRESS, NAME, WISH = "taro@mihon.example", "Yamada Taro", "Please call me about the secret project."
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
PERSONAL = ("taro", "Yamada", "secret project", "090-1234", "203.0.113.9", "likes tea", "Sekret")


@pytest.fixture
def life(now, sender):
    """A lead that did everything there is to do."""
    ScoreRule.objects.all().delete()
    ensure_shipped_rules()
    make_scenario(
        now, [step("mail", email=make_email(subject="Hello {name}").pk), step("wait", days=5)], ends_on_inquiry=False
    )
    visitor = make_visitor(now - DAY)
    make_visit(visitor, now - DAY)
    make_fact("page_viewed", now - DAY, visitor=visitor, high_intent=True, title="Prices")
    flow(now - DAY)
    values = {"email": ADDRESS, "fields": {"name": NAME, "phone": "090-1234", "company_name": "Sekret Inc."}}
    answers = [{"label": "Name", "value": NAME}, {"label": "Message", "value": WISH}]
    submit(Sent(key="a", consent=True, form_name="Paper", answers=answers, **values), visitor=visitor, now=now)
    submit(Sent(key="b", is_inquiry=True, form_name="Contact", answers=answers, **values), visitor=visitor, now=now)
    submit(Sent(key="c", spam_reason="trap", form_name="Paper", answers=answers, **values), visitor=visitor, now=now)
    lead = Lead.objects.get()
    Lead.objects.filter(pk=lead.pk).update(note="likes tea")
    flow(now)
    pipeline.advance_scenarios(now=now)
    pipeline.deliver_mail(now=now, worker="w", clock=lambda: now)
    marketing = Message.objects.get(purpose="marketing")
    record_reaction(marketing, ReactionKind.CLICK, now=now, visitor=visitor, user_agent=CHROME, address="203.0.113.9")
    decide_due(now=now + HOUR)
    record_contact(lead, result="reached", note="likes tea", by=None, now=now)
    snooze_lead(lead, until=now + DAY, now=now)
    flow(now + HOUR)
    return Lead.objects.get()


def everything() -> str:
    """Every text in every table of the package."""
    from django.apps import apps

    texts = []
    for model in apps.get_app_config("wagtail_leads").get_models():
        for row in model.objects.all() if hasattr(model, "objects") else []:
            texts.append(f"{model.__name__} {privacy._plain(row)!r}")
    return "\n".join(texts)


def test_the_export_holds_everything_and_is_json(life):
    found = json.loads(json.dumps(privacy.export(life), cls=DjangoJSONEncoder))
    assert found["lead"]["email"] == ADDRESS and found["lead"]["note"] == "likes tea"
    empty = [key for key, rows in found.items() if not rows]
    assert empty == ["merged", "suppressions"], "each kind of row is there"
    assert {"page_viewed", "form_submitted", "inquiry_made", "email_sent", "email_clicked", "sales_contact"} <= {
        row["kind"] for row in found["activities"]
    }
    assert len(found["submissions"]) == 3, "what was held as spam too"


def test_the_export_knows_every_table_that_points_to_a_person(life, now):
    exported = set(privacy.export(life))
    assert len(exported) >= 15 and {"visits", "reactions", "steps", "follow_ups", "suppressions", "merged"} <= exported


def test_the_export_holds_what_was_merged(life, now):
    new = make_lead(now, "new@mihon.example")
    merge(life, new, now=now)
    unsubscribe(Message.objects.get(purpose="marketing"), now=now, source="page")
    found = privacy.export(new)
    assert [row["email"] for row in found["merged"]] == [ADDRESS] and len(found["submissions"]) == 3
    assert (
        found["mails"] and found["score"] and found["visits"] and found["suppressions"] and len(found["consents"]) == 2
    )


def test_nobody_elses_data_is_in_the_export(life, now):
    other = make_lead(now, "other@mihon.example")
    make_message(now, other)
    make_fact("page_viewed", now, lead=other, title="Not yours")
    assert "other@" not in json.dumps(privacy.export(life), cls=DjangoJSONEncoder)


# --- erase ----------------------------------------------------------------------------------------------------------------


def test_erasing_leaves_nothing_of_the_person_in_any_table(life, now):
    assert all(word in everything() for word in PERSONAL)
    privacy.erase(life, now=now)
    # the company is one of its own: it was not the person
    left = "\n".join(line for line in everything().splitlines() if not line.startswith("Company"))
    assert [word for word in PERSONAL if word in left] == []
    lead = Lead.objects.get(pk=life.pk)
    assert lead.erased_at == now and lead.email_key is None and not Lead.objects.living().exists()


def test_erasing_keeps_anonymous_visits(life, now):
    before = Activity.objects.count()
    privacy.erase(life, now=now)
    assert Visit.objects.count() == 1 and Activity.objects.count() == before
    viewed = Activity.objects.get(kind="page_viewed")
    assert viewed.title == "Prices" and viewed.visitor is not None and viewed.lead is None and viewed.high_intent
    visitor = Visitor.objects.get()
    assert visitor.lead is None and visitor.key is None, "the browser is nobody's, and its cookie is forgotten"
    assert FormSubmission.objects.count() == 3 and Reaction.objects.filter(visitor__isnull=False).count() == 0


def test_what_describes_the_lead_is_gone(life, now):
    models = (ScoreEntry, LeadScore, StageChange, Todo, FollowUp, Enrolment, StepRun)
    assert all(model.objects.exists() for model in models)
    privacy.erase(life, now=now)
    assert [model.__name__ for model in models if model.objects.exists()] == []


def test_erasing_twice_or_after_a_crash_in_the_middle_is_erasing(life, now, monkeypatch):
    real, calls = privacy._delete_in_chunks, []

    def crash(model, lead):
        calls.append(model)
        if len(calls) == 3:
            raise RuntimeError("killed")
        real(model, lead)

    monkeypatch.setattr(privacy, "_delete_in_chunks", crash)
    with pytest.raises(RuntimeError):
        privacy.erase(life, now=now)
    monkeypatch.setattr(privacy, "_delete_in_chunks", real)
    privacy.erase(Lead.objects.get(pk=life.pk), now=now)
    privacy.erase(Lead.objects.get(pk=life.pk), now=now)
    left = "\n".join(line for line in everything().splitlines() if not line.startswith("Company"))
    assert [word for word in PERSONAL if word in left] == []


def test_what_was_merged_into_the_person_is_erased_with_it(life, now):
    new = make_lead(now, "new@mihon.example")
    last = make_lead(now, "last@mihon.example")
    merge(life, new, now=now)
    merge(new, last, now=now)
    privacy.erase(last, now=now)
    assert Lead.objects.filter(erased_at=now).count() == 3
    left = "\n".join(line for line in everything().splitlines() if not line.startswith("Company"))
    assert [word for word in PERSONAL if word in left] == []


def test_erasing_one_leaves_the_others(life, now):
    other = make_lead(now, "other@mihon.example", consent=True)
    make_message(now, other)
    fact = make_fact("inquiry_made", now, lead=other, data={"a": 1})
    privacy.erase(life, now=now)
    other.refresh_from_db()
    fact.refresh_from_db()
    assert other.email == "other@mihon.example" and fact.data == {"a": 1}
    assert Message.objects.get(lead=other).to_address == "other@mihon.example"


def test_mail_that_waited_is_not_sent(life, now, mailoutbox):
    mailoutbox.clear()
    make_message(now, life)
    make_message(now, life, purpose="transactional")
    Message.objects.filter(template="notice").update(state="queued")
    privacy.erase(life, now=now)
    pipeline.deliver_mail(now=now + DAY, worker="w", clock=lambda: now)
    assert mailoutbox == [] and not Message.objects.filter(state__in=["queued", "claimed"]).exists()
    assert {m.skip_reason for m in Message.objects.filter(state="skipped")} == {"erased"}


def test_an_unsubscribe_survives_and_the_address_comes_back_as_a_new_lead(life, now):
    unsubscribe(Message.objects.get(purpose="marketing"), now=now, source="page")
    key = life.email_key
    privacy.erase(life, now=now)
    assert Suppression.objects.get().address_key == key
    lead, created = identify(email=ADDRESS, now=now)
    assert created and lead.pk != life.pk and lead.name == ""
    record_consent(lead, key=key, granted=True, now=now)
    assert may_write(key) and why_not(make_message(now, lead), sender_of(None)) == "suppressed"


def test_permissions_stay_as_proof_without_the_name(life, now):
    privacy.erase(life, now=now)
    proof = Consent.objects.get()
    assert proof.lead is None and proof.email_key and proof.granted


def test_a_fact_that_comes_after_is_nobodys(life, now):
    privacy.erase(life, now=now)
    make_fact("inquiry_made", now + HOUR, lead=life)
    flow(now + HOUR)
    assert not ScoreEntry.objects.exists() and not Activity.objects.exclude(problem="").exists()


def test_long_histories_are_blanked_in_pieces(now, django_assert_max_num_queries, monkeypatch):
    monkeypatch.setattr(privacy, "CHUNK", 10)
    lead = make_lead(now)
    for _n in range(35):
        make_fact("custom", now, lead=lead, data={"a": ADDRESS})
    with django_assert_max_num_queries(70):
        privacy.erase(lead, now=now)
    assert not Activity.objects.exclude(data={}).exists()
    assert connection.in_atomic_block, "the test's own transaction"


def test_every_table_that_points_to_a_lead_or_a_browser_is_named():
    assert references() == {*privacy.BLANKED, *privacy.DELETED, *privacy.CUT}


# --- stop -----------------------------------------------------------------------------------------------------------------


def test_who_says_stop_gets_no_mail_no_score_no_run_and_keeps_the_data(life, now, mailoutbox):
    mailoutbox.clear()
    before = ScoreEntry.objects.count()
    message = make_message(now, life)
    privacy.stop_use(life, now=now)
    make_fact("inquiry_made", now + HOUR, lead=life)
    flow(now + HOUR)
    pipeline.advance_scenarios(now=now + 9 * DAY)
    pipeline.deliver_mail(now=now + 9 * DAY, worker="w", clock=lambda: now)
    message.refresh_from_db()
    assert ScoreEntry.objects.count() == before and mailoutbox == [] and message.skip_reason == "stopped_use"
    assert Enrolment.objects.get().end_reason == "lead_gone" and Lead.objects.get().name == NAME


def test_the_first_stop_counts(life, now):
    privacy.stop_use(life, now=now)
    privacy.stop_use(life, now=now + DAY)
    assert Lead.objects.get().stopped_at == now
