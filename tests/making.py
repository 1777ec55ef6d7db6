"""Rows for tests, made with as little as the reader of a test has to see."""

import itertools
from datetime import timedelta

from wagtail.models import Site

from wagtail_leads import pipeline
from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.operations import line
from wagtail_leads.capture.models import LeadForm
from wagtail_leads.identity.models import Consent, Lead, Visitor
from wagtail_leads.identity.operations import identify
from wagtail_leads.logic.addresses import email_key
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.mailing.models import Email, Message
from wagtail_leads.scenarios import programs
from wagtail_leads.scenarios.models import Scenario
from wagtail_leads.scoring.operations import ensure_shipped_rules
from wagtail_leads.tracking.models import Visit

numbers = itertools.count(1)
DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


def make_lead(now, email="taro@mihon.example", *, consent=False, **values) -> Lead:
    lead, _created = identify(email=email, now=now, fields={"name": "山田 太郎"})
    if values:
        Lead.objects.filter(pk=lead.pk).update(**values)
        lead.refresh_from_db()
    if consent:
        Consent.objects.create(lead=lead, email_key=lead.email_key, granted=True, at=now)
    return lead


def make_visitor(now, **values) -> Visitor:
    number = next(numbers)
    return Visitor.objects.create(
        **{"key": f"{number:032x}", "client_key": f"c{number}", "first_seen_at": now, "last_seen_at": now, **values}
    )


def make_visit(visitor, now) -> Visit:
    return Visit.objects.create(visitor=visitor, started_at=now, last_at=now)


def make_fact(kind, at, **values) -> Activity:
    """A line of the ledger that waits for the river."""
    values.setdefault("dedupe_key", dedupe_key("test", next(numbers)))
    marks = {name: values.pop(name) for name in ("high_intent", "content_kind") if name in values}
    fact = line(kind, at=at, now=at, **values)
    for name, value in marks.items():
        setattr(fact, name, value)
    fact.save(force_insert=True)
    return fact


def flow(now) -> int:
    """Everything that waits goes through the river."""
    done = 0
    while took := pipeline.process_waiting(now=now, limit=200):
        done += took
    return done


def flow_again(now) -> int:
    """The same facts once more, as after a crash before the last commit."""
    Activity.objects.update(processed_at=None)
    return flow(now)


def shipped_rules(db=None) -> None:
    ensure_shipped_rules()


def make_email(**values) -> Email:
    body = values.pop("body", [("text", "<p>Dear {name}, hello.</p>"), ("button", "http://localhost/case/")])
    raw = [_block(kind, value) for kind, value in body]
    values = {"name": "News", "subject": "News for {name}", "purpose": "marketing", **values}
    return Email.objects.get(pk=Email.objects.create(body=raw, **values).pk)


def _block(kind, value) -> dict:
    if kind == "button":
        value = {"text": "Read on", "page": None, "document": None, "url": value}
    return {"type": kind, "value": value, "id": f"b{next(numbers)}"}


def form_block(kind, *, id="", **value) -> dict:
    """A question of a lead form as the StreamField stores it."""
    if kind == "agreement":
        value = {"link_text": "", "page": None, "url": "", **value}
    elif kind != "hidden":
        value = {"label": "", "required": True, "help_text": "", **value}
    return {"type": kind, "value": value, "id": id or f"b{next(numbers)}"}


def make_form(*, blocks=None, **values) -> LeadForm:
    """A live form; without blocks it asks for the address only."""
    blocks = [form_block("email")] if blocks is None else blocks
    made = LeadForm.objects.create(**{"name": "Own", "fields": blocks, **values})
    return LeadForm.objects.select_related("locale").get(pk=made.pk)


def make_message(now, lead=None, **values) -> Message:
    number = next(numbers)
    address = values.pop("to", lead.email if lead else "someone@mihon.example")
    return Message.objects.create(
        **{
            "dedupe_key": dedupe_key("message", number),
            "lead": lead,
            "site": Site.objects.first(),
            "to_address": address,
            "address_key": email_key(address),
            "purpose": "marketing",
            "template": "test",
            "context": {"who": "Somebody"},
            "state": "queued",
            "due_at": now,
            "created_at": now,
            **values,
        }
    )


def step(kind, key="", **value) -> dict:
    """A block as a StreamField stores it."""
    return {"type": kind, "value": value or None, "id": key or f"s{next(numbers)}"}


def make_scenario(now, steps, *, triggers=None, publish=True, **values) -> Scenario:
    triggers = triggers if triggers is not None else [step("form", form=None)]
    made = Scenario.objects.create(name=values.pop("name", "After the paper"), triggers=triggers, steps=steps, **values)
    made = Scenario.objects.get(pk=made.pk)
    if publish:
        programs.publish(made, now=now)
    return made
