"""Reads of to-dos: what is open, and who need not be asked again yet."""

from django.db.models import Q

from wagtail_leads.logic.contact import may_mail
from wagtail_leads.logic.kinds import Stage
from wagtail_leads.sales.models import FollowUp, Todo


def open_todos(*, now, owner=None):
    """Open to-dos of living leads that are not snoozed, the longest overdue first."""
    todos = (
        Todo.objects.open()
        .filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=now))
        .filter(lead__merged_into__isnull=True, lead__erased_at__isnull=True, lead__stopped_at__isnull=True)
        .select_related("lead", "lead__company__merged_into", "lead__owner", "owner")
        .order_by("due_at", "pk")
    )
    return todos.filter(owner=owner) if owner is not None else todos


def todos_of(lead):
    """All to-dos of one lead: open ones first, by due time, then what was done, newest first."""
    todos = Todo.objects.filter(lead=lead).select_related("owner")
    return [*todos.open().order_by("due_at", "pk"), *todos.filter(status=Todo.Status.DONE).order_by("-done_at", "-pk")]


def left_alone(lead_ids, *, now, contacted_since) -> set[int]:
    """Of these leads, the ones that Today does not name now: put off, themselves or a to-do, or spoken to since then."""
    quiet = Q(snoozed_until__gt=now) | Q(contacted_at__gte=contacted_since)
    spoken_to = FollowUp.objects.filter(quiet, lead_id__in=lead_ids).values_list("lead_id", flat=True)
    put_off = Todo.objects.open().filter(snoozed_until__gt=now, lead_id__in=lead_ids).values_list("lead_id", flat=True)
    return {*spoken_to, *put_off}


def is_callable(lead) -> bool:
    """A person one may get in touch with of one's own accord: living, not stopped, not dismissed, no wish for no contact."""
    gone = lead.merged_into_id or lead.erased_at or lead.stopped_at
    return not gone and lead.stage != Stage.DISQUALIFIED.value and may_mail(lead.contact_wish)
