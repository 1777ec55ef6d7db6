"""Rows for the admin's tests: people with permissions, leads with a history, scenarios with runs."""

import itertools
import json
import uuid
from datetime import datetime, timedelta, timezone

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from wagtail_leads.models import (
    Activity,
    Company,
    Consent,
    Email,
    EmailVersion,
    Enrolment,
    Lead,
    LeadScore,
    Message,
    PageView,
    Scenario,
    ScenarioVersion,
    ScoreEntry,
    ScoreRule,
    StageChange,
    StepRun,
    Todo,
    Visit,
    Visitor,
    VisitorLink,
)

NOW = datetime(2026, 6, 10, 3, 0, tzinfo=timezone.utc)
number = itertools.count(1)


def hex_key() -> str:
    return f"{next(number):064x}"


def person(*permissions: str, superuser=False):
    """A colleague who may enter the admin and has these permissions on our tables ("view_lead" …)."""
    name = f"user{next(number)}"
    user = get_user_model().objects.create_user(name, f"{name}@example.com", "x", is_superuser=superuser)
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    for codename in permissions:
        user.user_permissions.add(Permission.objects.get(content_type__app_label="wagtail_leads", codename=codename))
    return user


def company(name="東洋精機", **values) -> Company:
    return Company.objects.create(name=name, match_key=hex_key(), created_at=NOW, **values)


def lead(name="佐藤 健一", *, score=0.0, **values) -> Lead:
    n = next(number)
    made = Lead.objects.create(
        **{"name": name, "email": f"lead{n}@example.co.jp", "email_key": hex_key(), "created_at": NOW, **values}
    )
    if score:
        LeadScore.objects.create(lead=made, value=score, as_of=NOW, rank=score)
    return made


def browser(of: Lead | None = None, *, from_at=None, to_at=None) -> Visitor:
    visitor = Visitor.objects.create(key=uuid.uuid4().hex, client_key="c", first_seen_at=NOW, last_seen_at=NOW, lead=of)
    if of:
        VisitorLink.objects.create(
            visitor=visitor,
            lead=of,
            evidence="form",
            from_at=from_at,
            to_at=to_at,
            created_at=NOW,
            open_key=None if to_at else visitor.pk,
        )
        Lead.objects.filter(pk=of.pk).update(connected_at=NOW)
        of.connected_at = NOW
    return visitor


def activity(kind, at=NOW, **values) -> Activity:
    return Activity.objects.create(kind=kind, at=at, recorded_at=at, processed_at=at, dedupe_key=hex_key(), **values)


def visit(visitor: Visitor, at=NOW, pages=1, *, dwell_ms=42_000, company=None, **marks) -> Visit:
    """A visit with so many page views, each with its dwell and PAGE_READ."""
    made = Visit.objects.create(
        visitor=visitor, started_at=at, last_at=at + timedelta(minutes=pages), page_count=pages, company=company
    )
    for n in range(pages):
        then = at + timedelta(minutes=n)
        view = activity("page_viewed", then, visitor=visitor, title=f"Page {n}", path=f"/p/{n}/", **marks)
        PageView.objects.create(visit=made, activity=view, client_key="c", path="/p/", at=then, dwell_ms=dwell_ms)
        if dwell_ms is not None:
            activity(
                "page_read", then + timedelta(seconds=42), visitor=visitor, title=f"Page {n}", value=dwell_ms, **marks
            )
    return made


def busy_lead(pages=5) -> Lead:
    """A lead with something in every card of its page."""
    made = lead(company=company(f"会社 {next(number)}"), phone="03-1234-5678", score=60.0)
    visitor = browser(made)
    guessed = company(f"推定 {next(number)}", is_guessed=True)
    visit(
        visitor, NOW - timedelta(days=3), pages, topics="pump", high_intent=True, content_kind="price", company=guessed
    )
    activity("form_submitted", NOW, lead=made, visitor=visitor, title="資料請求")
    activity("email_sent", NOW, lead=made, title="お礼")
    StageChange.objects.create(lead=made, from_stage="latent", to_stage="prospect", reason="score", at=NOW)
    Todo.objects.create(lead=made, title="電話する", due_at=NOW, created_at=NOW)
    Consent.objects.create(lead=made, email_key=made.email_key, granted=True, at=NOW)
    rule = ScoreRule.objects.first() or ScoreRule.objects.create(name="r", activity_kind="page_viewed", points=1)
    ScoreEntry.objects.bulk_create(
        ScoreEntry(lead=made, rule=rule, rule_version=1, activity=one, points=3, at=one.at)
        for one in Activity.objects.filter(visitor=visitor, kind="page_viewed")
    )
    return made


def email(name="お礼メール", **values) -> Email:
    body = json.dumps([{"type": "text", "value": "<p>{name}</p>", "id": str(uuid.uuid4())}])
    return Email.objects.create(name=name, subject=f"件名 {name}", body=body, **values)


def message(mail: Email, to: Lead, **values) -> Message:
    version, _made = EmailVersion.objects.get_or_create(
        email=mail, fingerprint="f", defaults={"subject": mail.subject, "html": "", "text": "", "created_at": NOW}
    )
    defaults = {"state": "sent", "sent_at": NOW, "subject": mail.subject, "purpose": "marketing"}
    return Message.objects.create(
        dedupe_key=hex_key(), lead=to, to_address=to.email, address_key="k", version=version, due_at=NOW, created_at=NOW,
        **{**defaults, **values},
    )  # fmt: skip


def step_id(n: int) -> str:
    return f"00000000-0000-4000-8000-{n:012d}"


def program(mail: Email) -> dict:
    """mail, wait for a click (yes: mail, no: wait a day), end."""
    return {
        "triggers": [{"kind": "form", "form": None}],
        "steps": [
            {"key": step_id(1), "kind": "mail", "email": mail.pk},
            {
                "key": step_id(2),
                "kind": "wait_for",
                "event": "click",
                "days": 3.0,
                "yes": [{"key": step_id(3), "kind": "mail", "email": mail.pk}],
                "no": [{"key": step_id(4), "kind": "wait", "days": 1.0}],
            },
        ],
        "ends_on_inquiry": True,
        "may_repeat": False,
    }


def scenario(mail: Email, name="資料請求のフォロー") -> Scenario:
    steps = [
        {"type": "mail", "value": {"email": mail.pk}, "id": step_id(1)},
        {
            "type": "wait_for",
            "value": {
                "event": "click",
                "days": "3",
                "yes": [{"type": "mail", "value": {"email": mail.pk}, "id": step_id(3)}],
                "no": [{"type": "wait", "value": {"days": "1"}, "id": step_id(4)}],
            },
            "id": step_id(2),
        },
    ]
    triggers = [{"type": "form", "value": {"form": None}, "id": step_id(90)}]
    made = Scenario.objects.create(name=name, triggers=json.dumps(triggers), steps=json.dumps(steps))
    ScenarioVersion.objects.create(scenario=made, number=1, fingerprint="f", program=program(mail), created_at=NOW)
    return made


def run(of: Scenario, who: Lead, *, state="waiting", step=2, done=(1,), outcome="") -> Enrolment:
    made = Enrolment.objects.create(
        scenario=of,
        version=of.versions.first(),
        lead=who,
        state=state,
        step=step_id(step) if state in ("running", "waiting", "failed") else "",
        due_at=NOW + timedelta(days=2) if state in ("running", "waiting") else None,
        waits_for="click" if step == 2 else "",
        started_at=NOW,
    )
    for sequence, key in enumerate(done):
        branch = key == 2
        StepRun.objects.create(
            enrolment=made,
            sequence=sequence,
            step=step_id(key),
            kind="wait_for" if branch else "mail",
            outcome=outcome if branch else "",
            at=NOW,
        )
    return made


def count_queries(act) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert act().status_code == 200
    return len(seen)
