"""Who is who by a person's word: two leads become one, and back; a browser's link is taken back, and holds again.

Nothing is deleted and no history is re-pointed: the loser becomes a tombstone that names the survivor, and the river
follows it. What must be found at the survivor (links, to-dos, consents) moves, and the log keeps how to move it back. A
merge never sums scores (they are folded anew from the facts of both, each once) and never loses an unsubscribe
(suppression is by address) or a stop. One line per table that points to a lead.
"""

from collections.abc import Mapping
from datetime import datetime

from django.apps import apps
from django.db import transaction

from wagtail_leads.activity.models import Activity
from wagtail_leads.identity import joining
from wagtail_leads.identity.changes import Author, ByWhat, changes_since, put_changes, snapshot
from wagtail_leads.identity.models import (
    Consent,
    Lead,
    LeadMerge,
    LeadTagging,
    PrivacyRequest,
    Visitor,
    VisitorLink,
)
from wagtail_leads.identity.operations import relink, settle_browsers, unlink
from wagtail_leads.identity.queries import family_of, surviving
from wagtail_leads.logic.errors import LeadsError
from wagtail_leads.sales.models import Todo
from wagtail_leads.scenarios.ending import end_runs, resume_runs
from wagtail_leads.scoring.settling import settle, settle_link

#: Rows that follow the survivor: (model, field). The pks are kept, so that they can be moved back.
MOVED = (
    (VisitorLink, "lead"),
    (Visitor, "lead"),
    (Todo, "lead"),
    (Consent, "lead"),
    (PrivacyRequest, "lead"),
)
#: Rows that stay with the lead they were made for; they are reached through the tombstone.
KEPT = {
    "Activity.lead": "a fact names whom it named; the river follows the tombstone",
    "ScoreEntry.lead": "entries are never summed: the survivor gets its own of the loser's facts (`scoring.settling`)",
    "LeadScore.lead": "one value a lead",
    "StageChange.lead": "history of the lead that it was",
    "FollowUp.lead": "when that one was called",
    "Message.lead": "the mail went to that address",
    "Enrolment.lead": "a run of a merged lead ends (`scenarios.ending`)",
    "FormSubmission.lead": "what that address sent",
    "Lead.merged_into": "the tombstone itself",
    "LeadTagging.lead": "the survivor gets the tags it lacks; the loser keeps its own for the way back",
    "LeadChange.lead": "history of the lead that it was",
    "LeadMerge.loser": "the record of a merge itself",
    "LeadMerge.survivor": "the record of a merge itself",
    "NotDuplicate.first": "what a person said of the two that they were",
    "NotDuplicate.second": "what a person said of the two that they were",
    "AccessRecord.lead": "who looked at that one",
    "Conversion.lead": "what that one reached; counted through the tombstone",
    "Conversion.visitor": "a browser's conversions stay the browser's",
    "ImportRow.lead": "the row made that lead",
    "Activity.visitor": "a browser's facts stay the browser's",
    "Visit.visitor": "a browser's visits stay the browser's",
    "Reaction.visitor": "which browser clicked",
    "FormSubmission.visitor": "which browser sent it",
    "Consent.visitor": "which browser answered",
    "VisitorLink.visitor": "the link is the statement about the browser",
}


class NotMergeable(LeadsError, ValueError):
    """A lead cannot be merged with itself, nor with one that was merged or erased already."""


class NotUndoable(LeadsError, ValueError):
    """This merge cannot be taken back now."""

    #: "undone": it was taken back before; "merged_since": the survivor lives on in another lead, take that merge back
    #: first; "erased": one of the two was erased.
    def __init__(self, reason: str):
        super().__init__(f"{(self.__doc__ or '').strip()} ({reason})")
        self.reason = reason


def merge(loser: Lead, survivor: Lead, *, now: datetime, by=None, take: Mapping[str, str] | None = None) -> LeadMerge:
    """Make `loser` part of `survivor`. A person's decision, never automatic. Raises `NotMergeable`.

    What the survivor lacks is filled; where both differ, `take` says whose value stays ({"phone": "loser"}, see
    `identity.joining.GROUPS`), else the survivor's. Stop, and the wish for less contact, always hold.
    """
    if loser.pk == survivor.pk:
        raise NotMergeable
    with transaction.atomic():
        loser, survivor = _lock(loser.pk, survivor.pk)
        if loser.merged_into_id or survivor.merged_into_id or loser.erased_at or survivor.erased_at:
            raise NotMergeable
        before = snapshot(survivor)
        log = {"moved": _move(loser, survivor)}
        log |= joining.join(loser, survivor, take=take or {}, now=now)
        log["tags"] = _share_tags(loser, survivor, now=now)
        log["runs"] = end_runs(loser.pk, now=now)
        Lead.objects.filter(pk=loser.pk).update(merged_into=survivor)
        settle_browsers(log["moved"]["Visitor.lead"] + _browsers_of(survivor))
        put_changes(changes_since(survivor, before, author=Author(by_what=ByWhat.MERGE, by=by), now=now))
        settle(survivor, kin=[pk for pk in family_of(survivor) if pk != survivor.pk], now=now)
        return LeadMerge.objects.create(loser=loser, survivor=survivor, log=log, at=now, by=by)


def _lock(*pks: int) -> list[Lead]:
    """Browsers before leads, and each in pk order, as in the river: no two can wait for each other."""
    browsers = VisitorLink.objects.filter(lead__in=pks).values("visitor")
    list(Visitor.objects.select_for_update().filter(pk__in=browsers).order_by("pk").values_list("pk"))
    locked = {lead.pk: lead for lead in Lead.objects.select_for_update().filter(pk__in=pks).order_by("pk")}
    return [locked[pk] for pk in pks]


def _move(loser: Lead, survivor: Lead) -> dict[str, list[int]]:
    moved = {}
    for model, field in MOVED:
        rows = model.objects.filter(**{field: loser})
        moved[f"{model.__name__}.{field}"] = list(rows.values_list("pk", flat=True))
        rows.update(**{field: survivor})
    return moved


def _share_tags(loser: Lead, survivor: Lead, *, now: datetime) -> list[int]:
    """The survivor gets the tags that it lacks. Returns the pks of the new rows."""
    has = LeadTagging.objects.filter(lead=survivor).values("tag")
    lacking = LeadTagging.objects.filter(lead=loser).exclude(tag__in=has).order_by("pk").values_list("tag", flat=True)
    return [LeadTagging.objects.create(lead=survivor, tag_id=tag, at=now).pk for tag in list(lacking)]


def _browsers_of(lead: Lead) -> list[int]:
    return list(VisitorLink.objects.filter(lead=lead).values_list("visitor", flat=True))


def unmerge(done: LeadMerge, *, now: datetime, by=None) -> None:
    """Take a merge back: the loser is a lead again, and what was filled or moved goes back, unless it changed since.

    Raises `NotUndoable` with its reason. Facts that came in since stay with whom they name.
    """
    with transaction.atomic():
        done = LeadMerge.objects.select_for_update().get(pk=done.pk)
        loser, survivor = _lock(done.loser_id, done.survivor_id)
        _check_undoable(done, loser, survivor)
        before, log = snapshot(survivor), done.log
        _move_back(log["moved"], loser, survivor)
        joining.part(loser, survivor, log, now=now)
        _hand_on(done, log)
        LeadTagging.objects.filter(pk__in=log.get("tags", []), lead=survivor).delete()
        Lead.objects.filter(pk=loser.pk).update(merged_into=None)
        loser.merged_into = None
        resume_runs(log.get("runs", []))
        settle_browsers(log["moved"].get("Visitor.lead", []) + _browsers_of(survivor) + _browsers_of(loser))
        put_changes(changes_since(survivor, before, author=Author(by_what=ByWhat.MERGE, by=by), now=now))
        settle(loser, kin=[survivor.pk], now=now)
        settle(survivor, now=now)
        LeadMerge.objects.filter(pk=done.pk).update(undone_at=now, undone_by=by)


def _check_undoable(done: LeadMerge, loser: Lead, survivor: Lead) -> None:
    if done.undone_at is not None:
        raise NotUndoable("undone")
    if loser.erased_at or survivor.erased_at:
        raise NotUndoable("erased")
    if survivor.merged_into_id is not None or loser.merged_into_id != survivor.pk:
        raise NotUndoable("merged_since")


def _move_back(moved: Mapping[str, list[int]], loser: Lead, survivor: Lead) -> None:
    for model, field in MOVED:
        pks = moved.get(f"{model.__name__}.{field}", [])
        model.objects.filter(pk__in=pks, **{field: survivor}).update(**{field: loser})


def _hand_on(done: LeadMerge, log: Mapping) -> None:
    """A later merge into the same lead replaced what this one had filled: taken back in its turn, it must not bring that
    value again."""
    later = LeadMerge.objects.select_for_update().filter(survivor=done.survivor_id, undone_at=None, pk__gt=done.pk)
    for other in later.order_by("pk"):
        if joining.forget_filled(other.log, log):
            LeadMerge.objects.filter(pk=other.pk).update(log=other.log)


def take_back_link(row: VisitorLink, *, now: datetime, by=None) -> bool:
    """A person says: this browser is not this lead's. Its history is nobody's again, and the points it brought go."""
    with transaction.atomic():
        if not unlink(row, now=now, by=by):
            return False
        lead = Lead.objects.select_for_update().get(pk=row.lead_id)
        settle(surviving(lead), now=now)
        return True


def restore_link(row: VisitorLink, *, now: datetime) -> bool:
    """Take `take_back_link` back: the link holds and its points count again. Raises `BrowserTaken`."""
    with transaction.atomic():
        if not relink(row):
            return False
        row = VisitorLink.objects.get(pk=row.pk)
        settle_link(row, surviving(Lead.objects.select_for_update().get(pk=row.lead_id)), now=now)
        return True


def references() -> set[str]:
    """Every foreign key of the package to Lead or Visitor, as 'Model.field' (a test holds the lists against it)."""
    return {
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config(Activity._meta.app_label).get_models()
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model in (Lead, Visitor)
    }
