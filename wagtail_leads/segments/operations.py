"""Third stage of the river: where the lead stands. A lead climbs by itself; down and to the sales stages by a person."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from wagtail_leads import conf, signals
from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.operations import insert_many
from wagtail_leads.activity.turn import Turn
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.kinds import ActivityKind, Stage
from wagtail_leads.segments.models import StageChange

#: The stages that behaviour reaches by itself, in order. 商談, 受注 and 対象外 are said by a person.
CLIMB = (Stage.DORMANT, Stage.LATENT, Stage.INTERESTED, Stage.PROSPECT)


def refresh(turn: Turn) -> None:
    """Move leads up: an inquiry or the score for a call makes a prospect, a form or click shows interest."""
    reached: dict[int, tuple[Stage, str]] = {}
    for activity, lead in turn.named():
        stage, reason = _earned(activity.kind)
        if stage and _higher(stage, reached.get(lead.pk, (None, ""))[0]):
            reached[lead.pk] = (stage, reason)
    for lead_id, (_before, after) in turn.scores.items():
        if round(after, 1) >= conf.get("HOT_SCORE") and _higher(Stage.PROSPECT, reached.get(lead_id, (None, ""))[0]):
            reached[lead_id] = (Stage.PROSPECT, gettext_noop("score for a call reached"))
    changes = []
    for lead_id, (stage, reason) in reached.items():
        lead = turn.leads[lead_id]
        if lead.stage in [str(s) for s in CLIMB] and _higher(stage, Stage(lead.stage)):
            changes.append(_move(lead, stage, reason, turn.now))
            turn.stages[lead_id] = (changes[-1].from_stage, changes[-1].to_stage)
    _save(changes)
    insert_many([_dismissed(activity, lead) for activity, lead in turn.named() if _says_no_prospect(activity)])


def _says_no_prospect(activity: Activity) -> bool:
    """A colleague dismissed the lead; `sales` has written the stage, the change is ours to note."""
    said = activity.kind == ActivityKind.SALES_CONTACT and activity.data.get("result") == "no_prospect"
    return said and activity.data.get("from_stage") not in (None, Stage.DISQUALIFIED.value)


def _dismissed(activity: Activity, lead: Lead) -> StageChange:
    return StageChange(
        lead=lead,
        from_stage=activity.data["from_stage"],
        to_stage=Stage.DISQUALIFIED.value,
        reason=gettext_noop("said by a colleague"),
        at=activity.at,
    )


def _earned(kind: str) -> tuple[Stage | None, str]:
    if kind == ActivityKind.INQUIRY_MADE:
        return Stage.PROSPECT, gettext_noop("made an inquiry")
    if kind in (ActivityKind.FORM_SUBMITTED, ActivityKind.EMAIL_CLICKED):
        return Stage.INTERESTED, gettext_noop("showed interest")
    return None, ""


def _higher(stage: Stage, other: Stage | None) -> bool:
    return other is None or CLIMB.index(stage) > CLIMB.index(other)


def _move(lead: Lead, stage: Stage, reason: str, now: datetime) -> StageChange:
    change = StageChange(lead=lead, from_stage=lead.stage, to_stage=stage.value, reason=reason[:200], at=now)
    lead.stage = stage.value
    signals.send_after_commit(
        signals.stage_changed,
        sender=Lead,
        lead=lead,
        from_stage=change.from_stage,
        to_stage=change.to_stage,
        reason=reason,
    )
    return change


def set_stage(lead: Lead, stage: Stage, *, reason: str, now: datetime) -> StageChange | None:
    """A person says where the lead stands; None when it stands there already."""
    if lead.stage == stage.value:
        return None
    change = _move(lead, stage, reason, now)
    with transaction.atomic():
        _save([change])
    return change


def _save(changes: list[StageChange]) -> None:
    """One statement for each stage that is reached, and one for the changes."""
    for stage in {change.to_stage for change in changes}:
        Lead.objects.filter(pk__in=[c.lead_id for c in changes if c.to_stage == stage]).update(stage=stage)
    insert_many(changes)
