"""Fourth stage of the river: who waits for this, and what does it start? Effects are left to `advancing` (the clock)."""

from datetime import datetime

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
    _enrol(turn, pairs)
    _end_runs(pairs, turn.now)  # after the starts: a form and a later inquiry may come in one batch
    _answer_waits(turn, pairs)
    background.wake("scenarios", now=turn.now)


# --- ends -----------------------------------------------------------------------------------------------------------


def _end_runs(pairs: list[tuple[Activity, Lead]], now: datetime) -> None:
    """An inquiry ends what says so; who unsubscribes, or is dismissed as no prospect, is led no further."""
    inquired = {lead.pk: a.at for a, lead in pairs if a.kind == ActivityKind.INQUIRY_MADE}
    left = {lead.pk: a.at for a, lead in pairs if a.kind == ActivityKind.EMAIL_UNSUBSCRIBED}
    dismissed = {lead.pk: a.at for a, lead in pairs if a.data.get("result") == "no_prospect"}
    if not (inquired or left or dismissed):
        return
    active = Enrolment.objects.filter(lead_id__in={*inquired, *left, *dismissed}, state__in=ACTIVE)
    for run in active.select_related("version"):
        # what happened before a run began does not end it
        if run.lead_id in left and run.started_at <= left[run.lead_id]:
            end(run, EnrolmentState.EXITED, "unsubscribed", now=now)
        elif run.lead_id in dismissed and run.started_at <= dismissed[run.lead_id]:
            end(run, EnrolmentState.EXITED, "no_prospect", now=now)
        elif run.lead_id in inquired and run.started_at < inquired[run.lead_id]:
            if run.version.program["ends_on_inquiry"]:
                end(run, EnrolmentState.EXITED, "inquiry", now=now)


# --- waits ----------------------------------------------------------------------------------------------------------


def _answer_waits(turn: Turn, pairs: list[tuple[Activity, Lead]]) -> None:
    """A reaction moves the run that waits for it, by the same compare-and-set as the time-out: one of the two wins."""
    leads = {lead.pk for _a, lead in pairs} | set(turn.scores)
    waiting = Enrolment.objects.filter(lead_id__in=leads, state=EnrolmentState.WAITING.value).exclude(waits_for="")
    for run in waiting.select_related("version"):
        fact = next((a for a, lead in pairs if lead.pk == run.lead_id and answers(run, a)), None)
        if fact is not None or _score_reached(turn, run):
            detail = str(fact.pk) if fact is not None else "score"
            move_on(run, outcome="yes", now=turn.now, detail=detail, by_reaction=True)


def _score_reached(turn: Turn, run: Enrolment) -> bool:
    score = turn.scores.get(run.lead_id)
    return run.waits_for == "score" and score is not None and round(score[1], 1) >= conf.get("HOT_SCORE")


# --- starts ---------------------------------------------------------------------------------------------------------


def _enrol(turn: Turn, pairs: list[tuple[Activity, Lead]]) -> None:
    wanted = []
    for version in live_versions():
        triggers = version.program["triggers"]
        wanted += [(version, lead, a) for a, lead in pairs if any(_starts(trigger, a) for trigger in triggers)]
        wanted += [
            (version, turn.leads[lead_id], None)
            for lead_id, (before, after) in turn.scores.items()
            if any(_crossed(trigger, before, after) for trigger in triggers)
        ]
    enrol(wanted, now=turn.now)


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


def enrol(wanted: list[tuple[ScenarioVersion, Lead, Activity | None]], *, now: datetime) -> None:
    """Start runs: (version, lead, cause or None). Two statements for any number (the leads are locked by the river).

    None starts where one is active, or was there before and may not repeat, or where this cause started one.
    """
    if not wanted:
        return
    earlier = _earlier(wanted)
    fresh: dict[tuple[int, int], Enrolment] = {}
    for version, lead, cause in wanted:
        key = (version.scenario_id, lead.pk)
        runs = earlier.get(key, [])
        is_over = all(active_key is None for _cause, active_key in runs)
        is_new = cause is None or all(cause.pk != cause_id for cause_id, _key in runs)
        if key not in fresh and is_over and is_new and (version.program["may_repeat"] or not runs):
            fresh[key] = _run(version, lead, cause, now=now)
    Enrolment.objects.bulk_create(fresh.values(), batch_size=500, ignore_conflicts=True)


def _earlier(wanted) -> dict[tuple[int, int], list[tuple[int | None, str | None]]]:
    """(cause, active key) of the runs that were there before, by scenario and lead."""
    runs = Enrolment.objects.filter(
        scenario_id__in={version.scenario_id for version, _l, _c in wanted},
        lead_id__in={lead.pk for _v, lead, _c in wanted},
    )
    found: dict[tuple[int, int], list] = {}
    for scenario_id, lead_id, cause_id, active_key in runs.values_list("scenario", "lead", "cause", "active_key"):
        found.setdefault((scenario_id, lead_id), []).append((cause_id, active_key))
    return found


def _run(version: ScenarioVersion, lead: Lead, cause: Activity | None, *, now: datetime) -> Enrolment:
    return Enrolment(
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
