"""A person's rights: export, erase, stop use. One line per table that points to a lead or a visitor.

Erasing blanks what names or describes the person and lets go of the lead; what remains are anonymous visits. The hash of
a suppressed address stays, so that the address is never written to again.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.whose import activities_of
from wagtail_leads.capture.models import FormSubmission
from wagtail_leads.identity.models import Consent, Lead, Visitor, VisitorLink
from wagtail_leads.identity.queries import family_of
from wagtail_leads.logic.kinds import MessageState, SkipReason
from wagtail_leads.mailing.models import Message, Reaction, Suppression
from wagtail_leads.sales.models import FollowUp, Todo
from wagtail_leads.scenarios.models import Enrolment, StepRun
from wagtail_leads.scoring.models import LeadScore, ScoreEntry
from wagtail_leads.segments.models import StageChange
from wagtail_leads.tracking.models import Visit

#: What erasing does to each reference: columns to blank (the row stays), or the row goes.
BLANKED = {
    "Activity.lead": (Activity, {"lead": None, "data": {}}),
    "Consent.lead": (Consent, {"lead": None}),
    "FormSubmission.lead": (FormSubmission, {"lead": None, "visitor": None, "data": {}}),
    "Message.lead": (Message, {"lead": None, "to_address": "", "subject": "", "context": {}}),
}
DELETED = {
    "Enrolment.lead": Enrolment,
    "FollowUp.lead": FollowUp,
    "LeadScore.lead": LeadScore,
    "ScoreEntry.lead": ScoreEntry,
    "StageChange.lead": StageChange,
    "Todo.lead": Todo,
    "VisitorLink.lead": VisitorLink,
}
#: The browser's rows stay as anonymous statistics; its tie to the person is cut.
CUT = {
    "Visitor.lead": "the browser is nobody's again, and its cookie is forgotten",
    "Activity.visitor": "anonymous statistics",
    "Visit.visitor": "anonymous statistics",
    "Reaction.visitor": "goes with the message's address and agent (blanked)",
    "FormSubmission.visitor": "blanked with the submission",
    "Consent.visitor": "an answer about visits names no person",
    "VisitorLink.visitor": "goes with the link",
    "Lead.merged_into": "a lead merged into this one is erased with it",
}
#: Rows of a lead that one transaction blanks (no write transaction over 250 ms).
CHUNK = 500


def export(lead: Lead) -> dict:
    """Everything stored about a person, and about the leads merged into theirs; readable by them and by machines."""
    family = family_of(lead)
    leads = Lead.objects.filter(pk__in=family)
    keys = [key for key in leads.values_list("email_key", flat=True) if key]
    links = VisitorLink.objects.filter(lead__in=family)
    held = _held_back(leads)
    return {
        "lead": _plain(lead),
        "merged": [_plain(row) for row in leads.exclude(pk=lead.pk)],
        "links": [_plain(row) for row in links],
        "visits": [_plain(row) for row in Visit.objects.filter(visitor__in=links.values("visitor"))],
        "activities": [_plain(row) for row in activities_of(lead).order_by("at")],
        "consents": [_plain(row) for row in Consent.objects.filter(email_key__in=keys)],
        "suppressions": [_plain(row) for row in Suppression.objects.filter(address_key__in=keys)],
        "submissions": [_plain(row) for row in FormSubmission.objects.filter(Q(lead__in=family) | held)],
        "mails": [_plain(row) for row in Message.objects.filter(lead__in=family)],
        "reactions": [_plain(row) for row in Reaction.objects.filter(message__lead__in=family)],
        "score": [_plain(row) for row in ScoreEntry.objects.filter(lead__in=family)],
        "stages": [_plain(row) for row in StageChange.objects.filter(lead__in=family)],
        "todos": [_plain(row) for row in Todo.objects.filter(lead__in=family)],
        "follow_ups": [_plain(row) for row in FollowUp.objects.filter(lead__in=family)],
        "scenarios": [_plain(row) for row in Enrolment.objects.filter(lead__in=family)],
        "steps": [_plain(row) for row in StepRun.objects.filter(enrolment__lead__in=family)],
    }


def _plain(row) -> dict:
    return {"id": row.pk, **{f.name: getattr(row, f.attname) for f in row._meta.concrete_fields}}


def _held_back(leads) -> Q:
    """Submissions held as spam name no lead, only the address that was typed."""
    addresses = [address for address in leads.values_list("email", flat=True) if address]
    return Q(lead__isnull=True, data__email__in=addresses) if addresses else Q(pk__in=[])


def erase(lead: Lead, *, now: datetime) -> None:
    """The person is gone; anonymous visits and the suppression stay. In chunks, so that nobody waits."""
    for merged in Lead.objects.filter(merged_into=lead):
        erase(merged, now=now)
    visitors = list(Visitor.objects.filter(lead=lead).values_list("pk", flat=True))
    Reaction.objects.filter(message__lead=lead).update(visitor=None, address="", user_agent="")
    FormSubmission.objects.filter(_held_back(Lead.objects.filter(pk=lead.pk))).update(visitor=None, data={})
    _blank_notices(lead)
    own = list(activities_of(lead).values_list("pk", flat=True))
    for start in range(0, len(own), CHUNK):
        chunk = Activity.objects.filter(pk__in=own[start : start + CHUNK])
        # subjects of mails and titles of to-dos may hold the name; those of pages do not
        chunk.filter(object_kind__in=("message", "todo")).update(title="")
        chunk.update(**BLANKED["Activity.lead"][1])
    for model, blank in BLANKED.values():
        model.objects.filter(lead=lead).update(**blank)
    for model in DELETED.values():
        _delete_in_chunks(model, lead)
    with transaction.atomic():
        Visitor.objects.filter(pk__in=visitors).update(lead=None, key=None)
        Lead.objects.filter(pk=lead.pk).update(
            email="",
            email_key=None,
            name="",
            company_name="",
            company=None,
            department="",
            job_title="",
            phone="",
            note="",
            owner=None,
            source="",
            connected_at=None,
            last_seen_at=None,
            erased_at=now,
        )


def _blank_notices(lead: Lead) -> None:
    """Mails to colleagues about the person: what is written in them goes, and they are sent no more."""
    notices = Message.objects.filter(lead__isnull=True, context__lead=lead.pk)
    waiting = notices.filter(state__in=[MessageState.QUEUED.value, MessageState.DEFERRED.value])
    waiting.update(state=MessageState.SKIPPED.value, skip_reason=SkipReason.ERASED.value)
    notices.update(subject="", context={})


def _delete_in_chunks(model, lead: Lead) -> None:
    while pks := list(model.objects.filter(lead=lead).values_list("pk", flat=True)[:CHUNK]):
        model.objects.filter(pk__in=pks).delete()


def stop_use(lead: Lead, *, now: datetime) -> None:
    """No mail, no score, no call from now on; the data stays until it is to be erased."""
    Lead.objects.filter(pk=lead.pk, stopped_at__isnull=True).update(stopped_at=now)
