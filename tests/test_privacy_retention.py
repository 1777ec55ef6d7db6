"""What goes when its time is over, and above all what does not; in pieces, by the clock and by the command."""

import json
import time
from datetime import datetime, timedelta, timezone
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.making import DAY, flow, make_fact, make_lead, make_message, make_visit, make_visitor, shipped_rules
from wagtail_leads import privacy
from wagtail_leads.activity.models import Activity
from wagtail_leads.capture.models import FormSubmission, ImportPiece, ImportRow, LeadImport
from wagtail_leads.identity.access import record_access
from wagtail_leads.identity.models import AccessRecord, Consent, Lead, LeadChange, PrivacyRequest, Retention, Visitor
from wagtail_leads.identity.operations import link
from wagtail_leads.logic.kinds import Evidence, RequestKind
from wagtail_leads.mailing.models import MailPreference, Reaction, Suppression
from wagtail_leads.privacy import requests, retention
from wagtail_leads.reports import health
from wagtail_leads.sales.models import FollowUp, Todo
from wagtail_leads.scoring.models import LeadScore, ScoreEntry
from wagtail_leads.tracking.models import PageView, Visit

pytestmark = pytest.mark.django_db
YEAR = 366 * DAY
OLD = 4 * YEAR


def purge(now) -> dict:
    """All pieces."""
    done: dict[str, int] = {}
    while (took := retention.purge_some(now=now))[1]:
        done[took[0]] = done.get(took[0], 0) + took[1]
    return done


@pytest.mark.parametrize(
    ("now", "months", "then"),
    [
        ("2026-03-31", 1, "2026-02-28"),
        ("2028-03-31", 1, "2028-02-29"),
        ("2026-01-15", 13, "2024-12-15"),
        ("2026-12-31", 36, "2023-12-31"),
        ("2026-01-01", 99_999, "0001-01-01"),
    ],
)
def test_months_are_those_of_the_calendar(now, months, then):
    at = datetime.fromisoformat(now).replace(tzinfo=timezone.utc)
    assert retention.months_before(at, months).date().isoformat() == then


def test_old_visits_go_with_their_views_browsing_and_points(now):
    shipped_rules()
    lead, visitor = make_lead(now), make_visitor(now - 2 * YEAR)
    link(visitor, lead, evidence=Evidence.FORM, now=now - 2 * YEAR, with_history=True)
    for at in (now - 2 * YEAR, now - DAY):
        visit = make_visit(visitor, at)
        fact = make_fact("page_viewed", at, visitor=visitor, high_intent=True)
        PageView.objects.create(visit=visit, activity=fact, client_key="c", path="/", at=at)
    named = make_fact("form_submitted", now - 2 * YEAR, lead=lead, visitor=visitor)
    flow(now)
    old = make_message(now, lead)
    Reaction.objects.create(message=old, kind="click", at=now - 2 * YEAR, address="203.0.113.9", user_agent="x")
    entries = ScoreEntry.objects.filter(activity__kind="page_viewed")
    points = LeadScore.objects.get().value
    assert retention.count_over(now=now)["visits"] == 4 and entries.count() == 4
    assert purge(now) == {"visits": 4}
    assert Visit.objects.count() == PageView.objects.count() == Activity.objects.filter(kind="page_viewed").count() == 1
    assert Activity.objects.filter(pk=named.pk).exists(), "what a lead did under their name goes with the lead"
    assert entries.count() == 2 and 0 < LeadScore.objects.get().value <= points
    assert Reaction.objects.get().address == "" and Visitor.objects.exists()


def test_a_browser_of_which_nothing_is_left_goes(now):
    gone, linked, lately = (make_visitor(at) for at in (now - 2 * YEAR, now - 2 * YEAR, now))
    link(linked, make_lead(now), evidence=Evidence.FORM, now=now, with_history=False)
    assert purge(now) == {"visits": 1}
    assert set(Visitor.objects.all()) == {linked, lately} and not Visitor.objects.filter(pk=gone.pk).exists()


def idle(now, **values) -> Lead:
    made = make_lead(now - OLD, **values)
    Lead.objects.filter(pk=made.pk).update(updated_at=None)
    return made


KEEPS = {
    "a customer": lambda lead, now: Lead.objects.filter(pk=lead.pk).update(stage="customer"),
    "a late visit": lambda lead, now: Lead.objects.filter(pk=lead.pk).update(last_seen_at=now - DAY),
    "a late change": lambda lead, now: Lead.objects.filter(pk=lead.pk).update(updated_at=now - DAY),
    "a late form": lambda lead, now: make_fact("form_submitted", now - DAY, lead=lead),
    "a click in a mail": lambda lead, now: make_fact("email_clicked", now - DAY, lead=lead),
    "a talk": lambda lead, now: make_fact("sales_contact", now - DAY, lead=lead),
    "a call": lambda lead, now: FollowUp.objects.create(lead=lead, contacted_at=now - DAY),
    "put off": lambda lead, now: FollowUp.objects.create(lead=lead, snoozed_until=now + DAY),
    "a to-do": lambda lead, now: Todo.objects.create(lead=lead, title="x", due_at=now, created_at=now - OLD),
    "a permission": lambda lead, now: Consent.objects.create(
        lead=lead, email_key=lead.email_key, granted=True, at=now - DAY
    ),
    "a request": lambda lead, now: requests.receive(RequestKind.ACCESS, lead, now=now - OLD),
    "one merged into it": lambda lead, now: Lead.objects.filter(
        pk=make_lead(now - DAY, "twin@mihon.example").pk
    ).update(merged_into=lead),
}
DOES_NOT = {
    "nothing": lambda lead, now: None,
    "mail that we sent": lambda lead, now: make_fact("email_sent", now - DAY, lead=lead),
    "a to-do that is done": lambda lead, now: Todo.objects.create(
        lead=lead, title="x", due_at=now, created_at=now - OLD, status=Todo.Status.DONE
    ),
}


@pytest.mark.parametrize("what", KEEPS)
def test_a_lead_is_kept_by(now, what):
    lead = idle(now)
    KEEPS[what](lead, now)
    assert retention.count_over(now=now)["idle_leads"] == 0 and "idle_leads" not in purge(now)
    assert Lead.objects.get(pk=lead.pk).erased_at is None


@pytest.mark.parametrize("what", DOES_NOT)
def test_an_idle_lead_is_erased_in_spite_of(now, what):
    lead = idle(now)
    DOES_NOT[what](lead, now)
    assert retention.count_over(now=now)["idle_leads"] == 1 and purge(now)["idle_leads"] == 1
    assert Lead.objects.get(pk=lead.pk).erased_at == now and retention.count_over(now=now)["idle_leads"] == 0


def test_proof_of_consent_goes_three_years_after_the_last_mail_to_nobodys_address(now):
    def proof(key):
        return Consent.objects.create(email_key=key, granted=True, at=now - OLD)

    living = make_lead(now)
    kept = [proof(living.email_key), proof("m" * 64)]
    mailed = make_message(now, None, state="sent", sent_at=now - YEAR)
    type(mailed).objects.filter(pk=mailed.pk).update(address_key="m" * 64)
    proof("x" * 64)
    MailPreference.objects.create(address_key="x" * 64, updated_at=now - OLD)
    kept_choice = MailPreference.objects.create(address_key=living.email_key, updated_at=now - OLD)
    Suppression.objects.create(address_key="x" * 64, scope="all", reason="bounced", at=now - OLD)
    assert purge(now) == {"consents": 2}
    assert set(Consent.objects.all()) == set(kept) and MailPreference.objects.get() == kept_choice
    assert Suppression.objects.exists(), "for ever"


def test_held_forms_accesses_changes_and_files_go(now):
    lead = make_lead(now)
    for at in (now - OLD, now - DAY):
        FormSubmission.objects.create(dedupe_key=f"{at}"[:64], is_spam=True, data={}, at=at)
        FormSubmission.objects.create(dedupe_key=f"ok{at}"[:64], is_spam=False, data={}, at=at)
        record_access(AccessRecord.What.VIEWED, user=None, lead_id=lead.pk, now=at)
        LeadChange.objects.create(lead=lead, field="name", by_what="hand", at=at)
        for state in ("done", "running", "stopped"):
            file = LeadImport.objects.create(name="x.csv", state=state, created_at=at)
            ImportPiece.objects.create(file=file, number=0, data=b"x")
            ImportRow.objects.create(file=file, number=2, outcome="made", lead=lead, cells=["x"])
    assert purge(now) == {"held_forms": 1, "accesses": 1, "changes": 1, "imports": 5}
    assert FormSubmission.objects.count() == 3 and AccessRecord.objects.count() == LeadChange.objects.count() == 1
    assert ImportPiece.objects.count() == 4 and ImportRow.objects.filter(cells=[], lead=lead).count() == 2
    stopped = LeadImport.objects.get(state="failed")
    assert "removed" in stopped.problem and LeadImport.objects.count() == 6


def test_nought_keeps_for_ever(now):
    Retention.objects.create(**{kind.field: 0 for kind in retention.KINDS})
    idle(now)
    make_visit(make_visitor(now - OLD), now - OLD)
    assert set(retention.count_over(now=now).values()) == {0} and purge(now) == {}


def test_the_clock_works_once_a_day_in_pieces(now, monkeypatch):
    kind = retention.KINDS[0]
    monkeypatch.setattr(retention, "KINDS", (retention.Kind(**{**kind.__dict__, "chunk": 2}),))
    visitor = make_visitor(now)
    for _n in range(5):
        make_visit(visitor, now - 2 * YEAR)
    took = []
    while done := privacy.work_due(now=now):
        took.append(done)
    assert took == [2, 2, 1] and retention.last_run() == now
    make_visit(visitor, now - 2 * YEAR)
    assert privacy.work_due(now=now + DAY - timedelta(seconds=1)) == 0
    assert privacy.work_due(now=now + DAY) == 1


def test_health_tells_when_it_has_not_come_to_its_end_for_days(now):
    retention.note_run(now=now)
    assert not list(health.retention_silent(now + 2 * DAY))
    (problem,) = health.retention_silent(now + 4 * DAY)
    assert problem.code == "retention_silent" and "4 days" in problem.message


def test_no_piece_takes_long(now):
    visitor = make_visitor(now)
    Visit.objects.bulk_create(Visit(visitor=visitor, started_at=now - OLD, last_at=now - OLD) for _n in range(600))
    slowest = 0.0
    while True:
        began = time.process_time()
        if not retention.purge_some(now=now)[1]:
            break
        slowest = max(slowest, time.process_time() - began)
    assert slowest < 0.25 and not Visit.objects.exists()


# --- commands -----------------------------------------------------------------------------------------------------------


def run(name, *args) -> str:
    out = StringIO()
    call_command(name, *args, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_leads_purge_counts_first_and_removes_then(now):
    make_visit(make_visitor(now - OLD), now - OLD)
    told = json.loads(run("leads_purge", "--dry-run", "--json"))
    assert told["dry_run"] and told["kinds"]["visits"] == 1 and Visit.objects.exists() and retention.last_run() is None
    told = json.loads(run("leads_purge", "--json"))
    assert told["kinds"]["visits"] == 2 and told["total"] == 2, "the visit, and the browser that had no other"
    assert not Visit.objects.exists() and retention.last_run() is not None
    assert "visits: 0 removed" in run("leads_purge")


def test_leads_export_prints_or_writes_and_is_noted(now, tmp_path):
    lead = make_lead(now)
    assert json.loads(run("leads_export", " TARO@mihon.example"))["lead"]["email"] == lead.email
    file = tmp_path / "taro.html"
    assert run("leads_export", lead.email, "--html", "--output", str(file)) == ""
    assert "<!DOCTYPE html>" in file.read_text() and lead.email in file.read_text()
    assert AccessRecord.objects.filter(lead=lead, what="exported", user=None).count() == 2
    for wrong in (("nobody@mihon.example",), ("nonsense",), (lead.email, "--output", str(tmp_path / "no" / "x"))):
        with pytest.raises(CommandError):
            run("leads_export", *wrong)


def test_leads_erase_asks_unless_told(now, monkeypatch):
    lead = make_lead(now)
    make_fact("custom", now, lead=lead)
    told = json.loads(run("leads_erase", lead.email, "--dry-run", "--json"))
    assert told == {"lead": lead.pk, "rows": 1, "erased": False}
    with pytest.raises(CommandError):
        run("leads_erase", lead.email, "--json")
    monkeypatch.setattr("builtins.input", lambda _question: "no")
    assert "Not erased" in run("leads_erase", lead.email) and Lead.objects.living().exists()
    key = lead.email_key
    assert json.loads(run("leads_erase", lead.email, "--yes", "--never-again", "--json"))["erased"]
    assert not Lead.objects.living().exists() and Suppression.objects.get().address_key == key
    with pytest.raises(CommandError):
        run("leads_erase", lead.email, "--yes")


def test_who_had_us_stop_stays_unwritten_when_erased(now):
    lead = make_lead(now)
    privacy.stop_use(lead, now=now)
    key = Lead.objects.get().email_key
    privacy.erase(Lead.objects.get(), now=now)
    assert Suppression.objects.get().address_key == key and not PrivacyRequest.objects.exists()
