"""A person's rights: export, erase, stop use, and a browser's: to be forgotten. One line per table that points to a
lead or a visitor.

Erasing blanks what names or describes the person and lets go of the lead; what remains are anonymous visits. The hash of
a suppressed address stays, so that the address is never written to again.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q

from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.whose import activities_of
from wagtail_leads.capture.models import Conversion, FormSubmission, ImportRow
from wagtail_leads.companies import reverse_dns
from wagtail_leads.identity.models import (
    AccessRecord,
    Consent,
    Lead,
    LeadChange,
    LeadTagging,
    PrivacyRequest,
    Visitor,
    VisitorLink,
)
from wagtail_leads.identity.queries import family_of
from wagtail_leads.logic.client_address import Address
from wagtail_leads.logic.kinds import ActivityKind, MessageState, SkipReason
from wagtail_leads.mailing.models import Message, Reaction, Suppression
from wagtail_leads.sales.models import FollowUp, Todo
from wagtail_leads.scenarios.models import Enrolment, StepRun
from wagtail_leads.scoring.models import LeadScore, ScoreEntry
from wagtail_leads.scoring.operations import refold
from wagtail_leads.segments.models import StageChange
from wagtail_leads.tracking.models import PageView, ParkedHit, Refusal, Visit

#: What erasing does to each reference: columns to blank (the row stays), or the row goes.
BLANKED = {
    "Activity.lead": (Activity, {"lead": None, "data": {}}),
    "AccessRecord.lead": (AccessRecord, {"lead": None}),
    "Consent.lead": (Consent, {"lead": None}),
    "Conversion.lead": (Conversion, {"lead": None}),
    "ImportRow.lead": (ImportRow, {"lead": None, "cells": []}),
    "PrivacyRequest.lead": (PrivacyRequest, {"lead": None, "details": ""}),
    "FormSubmission.lead": (FormSubmission, {"lead": None, "visitor": None, "data": {}}),
    "Message.lead": (Message, {"lead": None, "to_address": "", "subject": "", "context": {}}),
}
DELETED = {
    "Enrolment.lead": Enrolment,
    "FollowUp.lead": FollowUp,
    "LeadChange.lead": LeadChange,
    "LeadTagging.lead": LeadTagging,
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
    "Visit.visitor": "anonymous statistics; what may name a person in it is blanked (VISIT_BLANKED)",
    "Reaction.visitor": "goes with the message's address and agent (blanked)",
    "FormSubmission.visitor": "blanked with the submission",
    "Consent.visitor": "an answer about visits names no person",
    "VisitorLink.visitor": "goes with the link",
    "Lead.merged_into": "a lead merged into this one is erased with it",
    "LeadMerge.loser": "names two rows that are blank by then",
    "LeadMerge.survivor": "names two rows that are blank by then",
    "NotDuplicate.first": "names two rows that are blank by then",
    "NotDuplicate.second": "names two rows that are blank by then",
    "Conversion.visitor": "anonymous statistics",
}
#: Of a visit: an address in full, the click and words of an advertisement or a search, which a link's author filled in.
VISIT_BLANKED = {"full_address": "", "click_id": "", "term": "", "content": "", "keyword": ""}
#: Rows of a lead that one transaction blanks (no write transaction over 250 ms).
CHUNK = 500


def export(lead: Lead) -> dict:
    """Everything stored about a person, and about the leads merged into theirs; readable by them and by machines."""
    family = family_of(lead)
    leads = Lead.objects.filter(pk__in=family)
    keys = [key for key in leads.values_list("email_key", flat=True) if key]
    links = VisitorLink.objects.filter(lead__in=family)
    held = _held_back(leads)
    visits = Visit.objects.filter(_while_linked(links, begins="started_at", ends="last_at"))
    return {
        "lead": _plain(lead),
        "merged": [_plain(row) for row in leads.exclude(pk=lead.pk)],
        "links": [_plain(row) for row in links],
        "visits": [_plain(row) for row in visits],
        "views": [_plain(row) for row in PageView.objects.filter(visit__in=visits.values("pk"))],
        "activities": [_plain(row) for row in activities_of(lead).order_by("at")],
        "consents": [_plain(row) for row in Consent.objects.filter(Q(email_key__in=keys) | _while_linked(links))],
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


def _while_linked(links, *, begins: str = "at", ends: str = "at") -> Q:
    """Rows of browsers while they were this person's: the same browser may have been another's before or after."""
    covered = Q(pk__in=[])
    for one in links:
        mine = Q(visitor=one.visitor_id)
        mine &= Q(**{f"{ends}__gte": one.from_at}) if one.from_at else Q()
        mine &= Q(**{f"{begins}__lte": one.to_at}) if one.to_at else Q()
        covered |= mine
    return covered


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
    _blank_visits(lead)
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
            family_name="",
            given_name="",
            family_kana="",
            given_kana="",
            mobile="",
            postal_code="",
            prefecture="",
            address="",
            extra={},
            origin=None,
            address_flag="",
            address_key="",
            phone_key="",
            mobile_key="",
            person_key="",
            note="",
            owner=None,
            source="",
            connected_at=None,
            last_seen_at=None,
            erased_at=now,
        )


def _blank_visits(lead: Lead) -> None:
    """While the links are there; what stays is a visit of nobody's browser."""
    links = VisitorLink.objects.filter(lead=lead)
    visits = Visit.objects.filter(_while_linked(links, begins="started_at", ends="last_at"))
    own = list(visits.exclude(**VISIT_BLANKED).values_list("pk", flat=True))
    for start in range(0, len(own), CHUNK):
        Visit.objects.filter(pk__in=own[start : start + CHUNK]).update(**VISIT_BLANKED)


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


# --- a browser that refuses -----------------------------------------------------------------------------------------------

#: What a browser did as long as the fact names no lead: it goes. What a person told us under their name stays theirs.
BROWSING = (
    ActivityKind.PAGE_VIEWED,
    ActivityKind.PAGE_READ,
    ActivityKind.GATE_SHOWN,
    ActivityKind.FORM_SEEN,
    ActivityKind.FORM_BEGUN,
    ActivityKind.FORM_LEFT,
    ActivityKind.SITE_SEARCHED,
    ActivityKind.LINK_CLICKED,
    ActivityKind.FILE_CLICKED,
    ActivityKind.SHARED,
    ActivityKind.ASSET_DOWNLOADED,
    ActivityKind.CUSTOM,
)
#: Rows that let go of the browser and stay.
LET_GO = (Activity, FormSubmission, Reaction, Consent, Conversion)
#: Rows that are removed while the browser waits for its answer; the clock does the rest.
AT_ONCE = 2_000
#: How long a forgotten browser's row stays as a tombstone: hits in a spool that nobody read may be as old.
TOMBSTONE = timedelta(days=30)


def forget_browser(visitor: Visitor, *, now: datetime, limit: int = AT_ONCE) -> bool:
    """Remove what is stored of a browser that refused. True when all is done; else `forget_due` does the rest.

    Its visits, views and browsing go, the points that they brought, its links with leads. Forms, mails and answers of
    a person stay without the browser. In pieces, so that nobody waits; safe to repeat.
    """
    if not _is_of_the_day(visitor):
        _bury(visitor, now=now)
    done = 0
    while done < limit:
        removed = _forget_some(visitor)
        if not removed:
            return True
        done += removed
    return False


def forget_due(*, now: datetime) -> int:
    """The clock: go on with one browser that is not wholly forgotten, else remove old tombstones. Returns how many rows."""
    waiting = Visitor.objects.filter(forgotten_at__isnull=False).exclude(client_key="").order_by("pk").first()
    if waiting is not None:
        return _forget_some(waiting) or 1
    old = Visitor.objects.filter(forgotten_at__lt=now - TOMBSTONE).order_by("pk").values_list("pk", flat=True)[:CHUNK]
    old = list(old)
    if old:
        Visitor.objects.filter(pk__in=old).delete()
    return len(old)


def forget_waiting(client_keys: Iterable[str], ip: Address | None, *, now: datetime, remember: bool = True) -> None:
    """Hits without cookie that wait for their beacon (a minute's at most) or in a buffer, and an address that waits for
    its name: whoever has this address and agent."""
    for key in client_keys if remember else ():
        Refusal.objects.update_or_create(client_key=key, defaults={"at": now})
    ParkedHit.objects.filter(client_key__in=client_keys).delete()
    reverse_dns.forget_address(ip)


def _is_of_the_day(visitor: Visitor) -> bool:
    """A browser without cookie may be several (same address, same agent): it goes, but no tombstone may stop the others."""
    return (visitor.key or "").startswith("~")


def _bury(visitor: Visitor, *, now: datetime) -> None:
    """From here on the flusher stores nothing of it (it locks this row too), and no lead has it any more."""
    with transaction.atomic():
        Visitor.objects.select_for_update().get(pk=visitor.pk)
        links = VisitorLink.objects.filter(visitor=visitor)
        leads = set(links.values_list("lead_id", flat=True))
        links.delete()
        Visitor.objects.filter(pk=visitor.pk, forgotten_at__isnull=True).update(forgotten_at=now)
        Visitor.objects.filter(pk=visitor.pk).update(lead=None)
        for lead in leads:
            _seen_by_others(lead)


def _seen_by_others(lead_id: int) -> None:
    """A lead is connected, and was last seen, as its other browsers say."""
    others = Visitor.objects.filter(lead=lead_id).aggregate(last=Max("last_seen_at"))["last"]
    changes = {"last_seen_at": others}
    if not VisitorLink.objects.filter(lead=lead_id).exists():
        changes["connected_at"] = None
    Lead.objects.filter(pk=lead_id).update(**changes)


def _forget_some(visitor: Visitor) -> int:
    """One piece in one transaction. Returns how many rows; 0: nothing is left, and the tombstone says so."""
    steps = (_remove_browsing, _remove_views, _remove_visits, _let_go)
    for step in steps:
        with transaction.atomic():
            removed = step(visitor)
        if removed:
            return removed
    ParkedHit.objects.filter(client_key=visitor.client_key).delete()
    Visitor.objects.filter(pk=visitor.pk, forgotten_at__isnull=False).update(client_key="")
    return 0


def _remove_browsing(visitor: Visitor) -> int:
    """The points it brought go too, and the scores are what the rest makes of them."""
    rows = Activity.objects.select_for_update().filter(visitor=visitor, lead__isnull=True, kind__in=BROWSING)
    found = list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    if found:
        leads = set(ScoreEntry.objects.filter(activity__in=found).values_list("lead_id", flat=True))
        Activity.objects.filter(pk__in=found).delete()
        refold(leads)
    return len(found)


def _remove_views(visitor: Visitor) -> int:
    found = list(PageView.objects.filter(visit__visitor=visitor).order_by("pk").values_list("pk", flat=True)[:CHUNK])
    PageView.objects.filter(pk__in=found).delete()
    return len(found)


def _remove_visits(visitor: Visitor) -> int:
    found = list(Visit.objects.filter(visitor=visitor).order_by("pk").values_list("pk", flat=True)[:CHUNK])
    Visit.objects.filter(pk__in=found).delete()
    return len(found)


def _let_go(visitor: Visitor) -> int:
    for model in LET_GO:
        found = list(model.objects.filter(visitor=visitor).order_by("pk").values_list("pk", flat=True)[:CHUNK])
        if found:
            return model.objects.filter(pk__in=found).update(visitor=None)
    return 0
