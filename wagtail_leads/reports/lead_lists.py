"""What stands beside the leads of one page of a list: score, tags, permission, the next to-do. Read only, one query each."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from wagtail_leads.identity.models import Consent, Lead
from wagtail_leads.identity.queries import tags_of
from wagtail_leads.mailing.models import Suppression
from wagtail_leads.sales.models import Todo
from wagtail_leads.scoring.queries import scores_of


@dataclass(frozen=True, kw_only=True)
class Beside:
    """By pk of the lead."""

    scores: dict[int, float] = field(default_factory=dict)
    tags: dict[int, list[str]] = field(default_factory=dict)
    #: "yes", "none", "suppressed" or "stopped": the four of the filter.
    permissions: dict[int, str] = field(default_factory=dict)
    #: The open to-do that is due first.
    todos: dict[int, Todo] = field(default_factory=dict)


def beside(leads: Iterable[Lead], *, now: datetime) -> Beside:
    """Five queries, whatever the number of leads."""
    leads = list(leads)
    ids = [lead.pk for lead in leads]
    return Beside(
        scores=scores_of(ids, now=now), tags=tags_of(ids), permissions=permissions_of(leads), todos=_next_todos(ids)
    )


def permissions_of(leads: list[Lead]) -> dict[int, str]:
    """May we write marketing mail to them? Two queries."""
    keys = [lead.email_key for lead in leads if lead.email_key]
    suppressed = set(Suppression.objects.filter(address_key__in=keys).values_list("address_key", flat=True))
    answers = Consent.objects.filter(question=Consent.Question.MAIL.value, email_key__in=keys).order_by("pk")
    newest = dict(answers.values_list("email_key", "granted"))
    return {lead.pk: _permission(lead, suppressed, newest) for lead in leads}


def _permission(lead: Lead, suppressed: set[str], newest: dict[str, bool]) -> str:
    if lead.stopped_at is not None:
        return "stopped"
    if lead.email_key in suppressed:
        return "suppressed"
    return "yes" if lead.email_key and newest.get(lead.email_key) else "none"


def _next_todos(ids: list[int]) -> dict[int, Todo]:
    found: dict[int, Todo] = {}
    for todo in Todo.objects.open().filter(lead_id__in=ids).order_by("due_at", "pk"):
        found.setdefault(todo.lead_id, todo)
    return found
