"""Two leads become one, and back: one line per table that points to a lead.

Nothing is deleted and no history is re-pointed: the loser becomes a tombstone that names the survivor, and the river
follows it. What must be found at the survivor (links, to-dos, runs) moves, and the log keeps how to move it back. A merge
never sums scores (they are folded anew from the entries) and never loses an unsubscribe (suppression is by address).
"""

from datetime import datetime

from django.apps import apps
from django.db import transaction

from wagtail_leads.activity.models import Activity
from wagtail_leads.identity.models import Consent, Lead, PrivacyRequest, Visitor, VisitorLink
from wagtail_leads.logic.errors import LeadsError
from wagtail_leads.sales.models import Todo

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
    "ScoreEntry.lead": "entries are never summed by a merge; a rescore folds the survivor's ledger",
    "LeadScore.lead": "one value a lead",
    "StageChange.lead": "history of the lead that it was",
    "FollowUp.lead": "when that one was called",
    "Message.lead": "the mail went to that address",
    "Enrolment.lead": "a run of a merged lead ends by itself (`lead_gone`)",
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


def merge(loser: Lead, survivor: Lead, *, now: datetime) -> dict:
    """Make `loser` part of `survivor`; returns what `unmerge` needs. A person's decision, never automatic."""
    if loser.pk == survivor.pk:
        raise NotMergeable
    moved = {}
    with transaction.atomic():
        # browsers before leads, as in the river: no two can wait for each other
        pair = [loser.pk, survivor.pk]
        list(Visitor.objects.select_for_update().filter(lead__in=pair).order_by("pk").values_list("pk"))
        locked = {lead.pk: lead for lead in Lead.objects.select_for_update().filter(pk__in=pair).order_by("pk")}
        loser, survivor = locked[loser.pk], locked[survivor.pk]
        if loser.merged_into_id or survivor.merged_into_id or loser.erased_at or survivor.erased_at:
            raise NotMergeable
        for model, field in MOVED:
            rows = model.objects.filter(**{field: loser})
            moved[f"{model.__name__}.{field}"] = list(rows.values_list("pk", flat=True))
            rows.update(**{field: survivor})
        Lead.objects.filter(pk=loser.pk).update(merged_into=survivor)
        times = _times(loser, survivor)
        Lead.objects.filter(pk=survivor.pk).update(**times)
    changed = {name: [_text(getattr(survivor, name)), _text(value)] for name, value in times.items()}
    return {"loser": loser.pk, "survivor": survivor.pk, "moved": moved, "changed": changed, "at": now.isoformat()}


def _times(loser: Lead, survivor: Lead) -> dict[str, datetime | None]:
    """The person of both was connected first and seen last when either was; who said stop as either said stop."""
    choices = {"connected_at": min, "last_seen_at": max, "stopped_at": min}
    both = {name: [t for t in (getattr(loser, name), getattr(survivor, name)) if t] for name in choices}
    return {name: choose(both[name], default=None) for name, choose in choices.items()}


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def unmerge(log: dict) -> None:
    """Take a merge back by its log."""
    with transaction.atomic():
        for model, field in MOVED:
            pks = log["moved"].get(f"{model.__name__}.{field}", [])
            model.objects.filter(pk__in=pks, **{f"{field}_id": log["survivor"]}).update(**{f"{field}_id": log["loser"]})
        Lead.objects.filter(pk=log["loser"]).update(merged_into=None)
        survivor = Lead.objects.select_for_update().get(pk=log["survivor"])
        for name, (before, after) in log["changed"].items():
            if _text(getattr(survivor, name)) == after:  # what happened since stays
                setattr(survivor, name, datetime.fromisoformat(before) if before else None)
        survivor.save(update_fields=list(log["changed"]))


def references() -> set[str]:
    """Every foreign key of the package to Lead or Visitor, as 'Model.field' (a test holds the lists against it)."""
    return {
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config(Activity._meta.app_label).get_models()
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model in (Lead, Visitor)
    }
