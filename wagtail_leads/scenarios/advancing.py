"""The clock's half of scenarios: steps whose time has come.

A worker claims a due run by a conditional UPDATE with a lease. Then, in one transaction: the step run, its effects
(message row, to-do) and ``sequence + 1 WHERE sequence = n``. A crash before the commit: nothing happened, the lease
lapses, it is done again. After: it is done. Effects carry the run's sequence in their dedupe key.
"""

import logging
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q

from wagtail_leads import background
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic import programs
from wagtail_leads.logic.kinds import EnrolmentState
from wagtail_leads.logic.programs import MAX_STEPS
from wagtail_leads.scenarios import steps
from wagtail_leads.scenarios.models import Enrolment, StepRun
from wagtail_leads.scenarios.waits import days

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
#: A step that fails is tried again after these minutes; then the run is shown as stuck.
RETRY_MINUTES = (1, 5, 30)
#: A time-out waits for clicks whose verdict is on hold, in slices of this length.
HOLD_SLICE = timedelta(seconds=15)


def advance_due(*, now: datetime, limit: int) -> int:
    """Claim and advance runs that are due. Returns how many were claimed."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    due = Enrolment.objects.filter(free, due_at__lte=now, ended_at__isnull=True).order_by("due_at")
    claimed = 0
    for pk, sequence, lead_id in list(due.values_list("pk", "sequence", "lead_id")[:limit]):
        mine = Enrolment.objects.filter(free, pk=pk, sequence=sequence, due_at__lte=now, ended_at__isnull=True)
        if mine.update(lease_until=now + LEASE, attempts=F("attempts") + 1):
            claimed += 1
            _advance_one(pk, lead_id, now=now)
    return claimed


def _advance_one(pk: int, lead_id: int, *, now: datetime) -> None:
    """One run, as many steps as are due now. A failure is this run's own and stops nobody else."""
    try:
        for _step in range(MAX_STEPS):
            with transaction.atomic():
                run = _locked(pk, lead_id)
                if run.ended_at is not None or run.due_at is None or run.due_at > now:
                    break
                if not _do_step(run, now=now):
                    return
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("Run %s failed", pk)
        _put_off(pk, error, now=now)
    else:
        Enrolment.objects.filter(pk=pk).update(lease_until=None)


def _locked(pk: int, lead_id: int) -> Enrolment:
    """The run, and before it its lead, as in the river: a reaction and the beginning of a wait cannot miss each other.

    The version is not locked: it never changes, and all runs share it.
    """
    lead = Lead.objects.select_for_update().get(pk=lead_id)
    run = Enrolment.objects.select_for_update().get(pk=pk)
    run.lead = lead
    return run


def _put_off(pk: int, error: Exception, *, now: datetime) -> None:
    run = Enrolment.objects.get(pk=pk)
    if run.attempts > len(RETRY_MINUTES):
        end(run, EnrolmentState.FAILED, repr(error)[:60], now=now)
        return
    later = now + timedelta(minutes=RETRY_MINUTES[run.attempts - 1])
    Enrolment.objects.filter(pk=pk, sequence=run.sequence).update(due_at=later, lease_until=None)


def _do_step(run: Enrolment, *, now: datetime) -> bool:
    """One step; False when the run has to be left alone for a while (its lease stands)."""
    if run.lead.stopped_at or run.lead.erased_at or run.lead.merged_into_id:
        return end(run, EnrolmentState.EXITED, "lead_gone", now=now)
    place = programs.places(run.version.program).get(run.step)
    if place is None:
        return end(run, EnrolmentState.DONE, "finished", now=now)
    if run.sequence >= MAX_STEPS:
        return end(run, EnrolmentState.FAILED, "too_long", now=now)
    step = place.step
    if run.state == EnrolmentState.WAITING.value:
        return _time_is_up(run, step, now=now)
    if step["kind"] in ("wait", "wait_for"):
        _begin_wait(run, step, now=now)
        return True
    outcome, detail = steps.perform(step, run, now=now)
    return move_on(run, outcome=outcome, now=now, detail=detail)


def _begin_wait(run: Enrolment, step: dict, *, now: datetime) -> None:
    """Stand still until the clock or a reaction moves the run on."""
    since = _waits_since(run, step)
    Enrolment.objects.filter(pk=run.pk, sequence=run.sequence).update(
        state=EnrolmentState.WAITING.value,
        waits_for=step.get("event", ""),
        waits_since=since,
        due_at=now + days(step["days"]),
        attempts=0,
    )
    run.refresh_from_db()
    if run.waits_for and steps.happened_already(run, now=now):
        move_on(run, outcome="yes", now=now, detail="before")


def _waits_since(run: Enrolment, step: dict) -> datetime:
    """A reaction may be faster than we are: it counts from the step before, one to a mail from that mail on."""
    before = StepRun.objects.filter(enrolment=run).order_by("-sequence")
    if step.get("event") in ("click", "open"):
        before = before.filter(kind="mail")
    last = before.first()
    return last.at if last else run.started_at


def _time_is_up(run: Enrolment, step: dict, *, now: datetime) -> bool:
    """False while a reaction is on hold: the run keeps its lease for a while and is looked at again."""
    if steps.still_on_hold(run):
        Enrolment.objects.filter(pk=run.pk, sequence=run.sequence).update(lease_until=now + HOLD_SLICE, attempts=0)
        return False
    outcome = "" if step["kind"] == "wait" else "yes" if steps.came_in_time(run) else "no"
    move_on(run, outcome=outcome, now=now, detail="")
    return True


def move_on(run: Enrolment, *, outcome: str, now: datetime, detail: str, by_reaction: bool = False) -> bool:
    """Compare-and-set to the next step; False when somebody else moved the run first."""
    following = programs.next_step(run.version.program, run.step, outcome)
    changes = {
        "state": EnrolmentState.RUNNING.value,
        "step": following,
        "sequence": run.sequence + 1,
        "due_at": now,
        "waits_for": "",
        "waits_since": None,
        "attempts": 0,
        "message_key": run.message_key,
    }
    if by_reaction:  # a time-out on hold keeps a lease; the reaction need not wait for its end
        changes["lease_until"] = None
    if not following:
        changes.update(_ended(EnrolmentState.DONE, "finished", now))
    with transaction.atomic():
        if not Enrolment.objects.filter(pk=run.pk, sequence=run.sequence, ended_at__isnull=True).update(**changes):
            return False
        StepRun.objects.create(
            enrolment=run,
            sequence=run.sequence,
            step=run.step,
            kind=programs.places(run.version.program)[run.step].step["kind"],
            outcome=outcome,
            detail=detail[:200],
            at=now,
        )
    background.wake("scenarios", now=now)
    return True


def end(run: Enrolment, state: EnrolmentState, reason: str, *, now: datetime) -> bool:
    """End a run, once."""
    mine = Enrolment.objects.filter(pk=run.pk, sequence=run.sequence, ended_at__isnull=True)
    return bool(mine.update(sequence=run.sequence + 1, **_ended(state, reason, now)))


def _ended(state: EnrolmentState, reason: str, now: datetime) -> dict:
    return {
        "state": state.value,
        "due_at": None,
        "waits_for": "",
        "lease_until": None,
        "active_key": None,
        "ended_at": now,
        "end_reason": reason[:60],
    }


def next_due(*, after: datetime) -> datetime | None:
    waiting = Enrolment.objects.filter(due_at__gt=after, ended_at__isnull=True)
    return waiting.order_by("due_at").values_list("due_at", flat=True).first()
