"""To-dos and contacts: what a person shall do about a lead, and what came of it."""

from django.db import IntegrityError, transaction

from wagtail_leads.activity.operations import record
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.keys import dedupe_key as key_of
from wagtail_leads.logic.kinds import ActivityKind, Stage
from wagtail_leads.sales.models import FollowUp, Todo


def open_todo(*, lead, title, reason, due_at, owner, dedupe_key, now) -> Todo:
    """One to-do per cause; the same `dedupe_key` (hex) gives back the to-do that is there. Without a key: a new one."""
    values = {
        "lead": lead,
        "title": str(title)[:200],
        "reason": str(reason),
        "due_at": due_at,
        "owner": owner,
        "created_at": now,
    }
    if not dedupe_key:
        return Todo.objects.create(**values)
    there = Todo.objects.filter(dedupe_key=dedupe_key).first()
    if there:
        return there
    try:
        with transaction.atomic():
            return Todo.objects.create(dedupe_key=dedupe_key, **values)
    except IntegrityError:  # another worker was first
        there = Todo.objects.filter(dedupe_key=dedupe_key).first()
        if there is None:
            raise
        return there


def start_todo(todo: Todo, *, by, now) -> bool:
    """Somebody takes it: in progress, and theirs if it was nobody's. False when it was taken or done already."""
    taken = Todo.objects.filter(pk=todo.pk, status=Todo.Status.NEW).update(
        status=Todo.Status.IN_PROGRESS, snoozed_until=None
    )
    if taken and by is not None:
        Todo.objects.filter(pk=todo.pk, owner__isnull=True).update(owner=by)
    return bool(taken)


def finish_todo(todo: Todo, *, result, note="", by, now) -> bool:
    """Done, with what came of it. Tells the ledger; "no prospect" dismisses the lead. False when it was done before."""
    result = Todo.Result(result)
    with transaction.atomic():
        done = (
            Todo.objects.filter(pk=todo.pk)
            .exclude(status=Todo.Status.DONE)
            .update(status=Todo.Status.DONE, result=result.value, result_note=note, done_at=now)
        )
        if not done:
            return False
        _contacted(todo.lead, result=result, note=note, by=by, now=now, cause=("todo", todo.pk), todo=todo)
    return True


def record_contact(lead: Lead, *, result, note="", by, now) -> None:
    """A colleague called, met or wrote without a to-do."""
    result = Todo.Result(result)
    with transaction.atomic():
        _contacted(lead, result=result, note=note, by=by, now=now, cause=("contact", lead.pk, by and by.pk, now))


def dismiss_lead(lead: Lead, *, by, now) -> None:
    """A person says: no prospect. The lead's open to-dos are done with that.

    Writes `Lead.stage` at once, and a SALES_CONTACT fact with {"result": "no_prospect"}; the river then notes the change
    of stage and ends the lead's scenarios.
    """
    record_contact(lead, result=Todo.Result.NO_PROSPECT, by=by, now=now)


def snooze_todo(todo: Todo, *, until, now) -> bool:
    """Out of sight until then. False when it is done already."""
    open_ = Todo.objects.filter(pk=todo.pk).exclude(status=Todo.Status.DONE)
    return bool(open_.update(snoozed_until=until))


def snooze_lead(lead: Lead, *, until, now) -> None:
    """Today does not name this lead as hot until then."""
    FollowUp.objects.update_or_create(lead=lead, defaults={"snoozed_until": until})


def _contacted(lead: Lead, *, result, note, by, now, cause, todo=None) -> None:
    FollowUp.objects.update_or_create(lead=lead, defaults={"contacted_at": now})
    record(
        ActivityKind.SALES_CONTACT,
        at=now,
        now=now,
        dedupe_key=key_of("sales_contact", *cause),
        lead=lead,
        object_kind="todo" if todo else "",
        object_id=todo.pk if todo else None,
        title=todo.title if todo else "",
        # `segments` writes the change of stage from this fact: it stands above
        data={"result": result.value, "note": note, "by": by.pk if by else None, "from_stage": lead.stage},
    )
    if result == Todo.Result.NO_PROSPECT:
        _disqualify(lead, now=now)


def _disqualify(lead: Lead, *, now) -> None:
    Lead.objects.filter(pk=lead.pk).update(stage=Stage.DISQUALIFIED.value)
    lead.stage = Stage.DISQUALIFIED.value
    open_ = Todo.objects.filter(lead=lead).exclude(status=Todo.Status.DONE)
    open_.update(status=Todo.Status.DONE, result=Todo.Result.NO_PROSPECT.value, done_at=now)
