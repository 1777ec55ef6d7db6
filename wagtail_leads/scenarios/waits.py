"""What a run can wait for, and whether a fact is it."""

from datetime import timedelta

from wagtail_leads import conf
from wagtail_leads.activity.models import Activity
from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.scenarios.models import Enrolment

#: Activity kind -> what a step waits for.
EVENTS = {
    ActivityKind.EMAIL_CLICKED: "click",
    ActivityKind.EMAIL_OPENED: "open",
    ActivityKind.PAGE_VIEWED: "page",
    ActivityKind.FORM_SUBMITTED: "form",
    ActivityKind.INQUIRY_MADE: "form",
}


def kinds_of(event: str) -> list[str]:
    return [kind.value for kind, name in EVENTS.items() if name == event]


def days(number: float) -> timedelta:
    """So many scenario days; the length of a day is a setting, so that a demo need not last a week."""
    return timedelta(seconds=number * conf.get("DAY_SECONDS"))


def answers(run: Enrolment, fact: Activity) -> bool:
    """Is this fact what the run waits for? It counts by the time of the fact, not of its arrival."""
    if fact.pk == run.cause_id:  # the form that started the run is not the next one
        return False
    if EVENTS.get(fact.kind) != run.waits_for or fact.at < run.waits_since or (run.due_at and fact.at > run.due_at):
        return False
    if run.waits_for in ("click", "open"):
        return fact.data.get("message_key") == run.message_key
    if run.waits_for == "page":
        return fact.high_intent
    return True
