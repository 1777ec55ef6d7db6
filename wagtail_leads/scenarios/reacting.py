"""Fourth stage of the river: who waits for this, and what does it start? Effects are left to `advancing` (the clock)."""

from datetime import datetime

from django.db import IntegrityError, transaction

from wagtail_leads import background, conf
from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.turn import Turn
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic import programs
from wagtail_leads.logic.kinds import ActivityKind, EnrolmentState
from wagtail_leads.scenarios.advancing import end, move_on
from wagtail_leads.scenarios.models import Enrolment, Scenario, ScenarioVersion
from wagtail_leads.scenarios.waits import answers

ACTIVE = (EnrolmentState.RUNNING.value, EnrolmentState.WAITING.value)


def react(turn: Turn) -> None:
    pairs = turn.named()
    if not pairs and not turn.scores:
        return
    _end_runs(pairs, turn.now)
    _answer_waits(turn, pairs)
    _enrol(turn, pairs)
    background.wake("scenarios", now=turn.now)


# --- ends -----------------------------------------------------------------------------------------------------------


def _end_runs(pairs: list[tuple[Activity, Lead]], now: datetime) -> None:
    """An inquiry ends what says so; who unsubscribes is led no further."""
    inquired = {lead.pk for a, lead in pairs if a.kind == ActivityKind.INQUIRY_MADE}
    left = {lead.pk for a, lead in pairs if a.kind == ActivityKind.EMAIL_UNSUBSCRIBED}
    if not inquired | left:
        return
    inquiries = {lead.pk: a.at for a, lead in pairs if a.kind == ActivityKind.INQUIRY_MADE}
    for run in Enrolment.objects.filter(lead_id__in=inquired | left, state__in=ACTIVE).select_related("version"):
        if run.lead_id in left:
            end(run, EnrolmentState.EXITED, "unsubscribed", now=now)
        elif run.version.program["ends_on_inquiry"] and run.started_at < inquiries[run.lead_id]:
            end(run, EnrolmentState.EXITED, "inquiry", now=now)


# --- waits ----------------------------------------------------------------------------------------------------------


def _answer_waits(turn: Turn, pairs: list[tuple[Activity, Lead]]) -> None:
    """A reaction moves the run that waits for it, by the same compare-and-set as the time-out: one of the two wins."""
    leads = {lead.pk for _a, lead in pairs} | set(turn.scores)
    waiting = Enrolment.objects.filter(lead_id__in=leads, state=EnrolmentState.WAITING.value).exclude(waits_for="")
    for run in waiting.select_related("version"):
        fact = next((a for a, lead in pairs if lead.pk == run.lead_id and answers(run, a)), None)
        if fact is not None or _score_reached(turn, run):
            move_on(run, outcome="yes", now=turn.now, detail=str(fact.pk) if fact else "score")


def _score_reached(turn: Turn, run: Enrolment) -> bool:
    score = turn.scores.get(run.lead_id)
    return run.waits_for == "score" and score is not None and round(score[1], 1) >= conf.get("HOT_SCORE")


# --- starts ---------------------------------------------------------------------------------------------------------


def _enrol(turn: Turn, pairs: list[tuple[Activity, Lead]]) -> None:
    for version in live_versions():
        for activity, lead in pairs:
            if any(_starts(trigger, activity) for trigger in version.program["triggers"]):
                enrol(version, lead, cause=activity, now=turn.now)
        for lead_id, (before, after) in turn.scores.items():
            if any(_crossed(trigger, before, after) for trigger in version.program["triggers"]):
                enrol(version, turn.leads[lead_id], cause=None, now=turn.now)


def live_versions() -> list[ScenarioVersion]:
    """The newest version of each live scenario; one query and one for the versions."""
    live = Scenario.objects.filter(live=True).values_list("pk", flat=True)
    newest: dict[int, ScenarioVersion] = {}
    for version in ScenarioVersion.objects.filter(scenario_id__in=list(live)).order_by("number"):
        newest[version.scenario_id] = version
    return list(newest.values())


def _starts(trigger: dict, activity: Activity) -> bool:
    if trigger["kind"] == "form":
        if activity.kind not in (ActivityKind.FORM_SUBMITTED, ActivityKind.INQUIRY_MADE):
            return False
        if trigger["form"] is None:
            return activity.kind == ActivityKind.FORM_SUBMITTED
        return activity.object_kind == "form" and activity.object_id == trigger["form"]
    if trigger["kind"] == "page" and activity.kind == ActivityKind.PAGE_VIEWED:
        return activity.page_id == trigger["page"] if trigger["page"] else activity.high_intent
    return False


def _crossed(trigger: dict, before: float, after: float) -> bool:
    if trigger["kind"] != "score":
        return False
    threshold = trigger["score"] or conf.get("HOT_SCORE")
    return round(before, 1) < threshold <= round(after, 1)


def enrol(version: ScenarioVersion, lead: Lead, *, cause: Activity | None, now: datetime) -> Enrolment | None:
    """Start a run; None when one is active, or was there before and may not repeat, or this cause started one."""
    if not version.program["may_repeat"]:
        if Enrolment.objects.filter(scenario_id=version.scenario_id, lead=lead).exists():
            return None
    try:
        with transaction.atomic():
            return Enrolment.objects.create(
                scenario_id=version.scenario_id,
                version=version,
                lead=lead,
                cause=cause,
                state=EnrolmentState.RUNNING.value,
                step=programs.first_step(version.program),
                due_at=now,
                active_key=f"{version.scenario_id}:{lead.pk}",
                started_at=cause.at if cause else now,
            )
    except IntegrityError:  # one active run at a time, one run a cause
        return None
