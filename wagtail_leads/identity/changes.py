"""What a lead's own data was before and became: one place for every writer (form, import, hand, merge, request, site)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from wagtail_leads.identity.models import Lead, LeadChange

#: Columns that a person or a colleague fills; a change of one is noted.
NOTED = (
    "email",
    "name",
    "family_name",
    "given_name",
    "family_kana",
    "given_kana",
    "company_name",
    "company_id",
    "department",
    "job_title",
    "phone",
    "mobile",
    "postal_code",
    "prefecture",
    "address",
    "language",
    "stage",
    "owner_id",
    "origin_id",
    "contact_wish",
    "stopped_at",
    "note",
)
#: What stands before the key of an own field in `LeadChange.field`.
OWN = "extra."


class ByWhat(str, Enum):
    """Which door a change came through (`LeadChange.by_what`)."""

    FORM = "form"
    IMPORT = "import"
    HAND = "hand"
    MERGE = "merge"
    REQUEST = "request"
    SITE = "site"

    __str__ = str.__str__


@dataclass(frozen=True, kw_only=True)
class Author:
    """Who changes a lead, and through which door. `by` is the colleague; None for the person or the system."""

    by_what: str = ByWhat.FORM.value
    by: object = None


def snapshot(lead: Lead) -> dict[str, str]:
    """The lead's own data as text, by field; own fields as `extra.<key>`. No query."""
    return {name: text_of(getattr(lead, name)) for name in NOTED} | {
        f"{OWN}{key}": text_of(value) for key, value in (lead.extra or {}).items()
    }


def changes_since(lead: Lead, before: Mapping[str, str], *, author: Author, now: datetime) -> list[LeadChange]:
    """One unsaved row for each field that differs from the snapshot."""
    after = snapshot(lead)
    return [
        LeadChange(
            lead=lead,
            field=name[:60],
            before=before.get(name, "")[:300],
            after=after.get(name, "")[:300],
            by_what=str(author.by_what)[:20],
            by=author.by,
            at=now,
        )
        for name in [*after, *(gone for gone in before if gone not in after)]
        if before.get(name, "") != after.get(name, "")
    ]


def put_changes(changes: Iterable[LeadChange]) -> None:
    """Write them, in one insert."""
    rows = list(changes)
    if rows:
        LeadChange.objects.bulk_create(rows, batch_size=500)


def text_of(value: object) -> str:
    """As it is kept in a change."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(text_of(one) for one in value)
    return value.isoformat() if isinstance(value, datetime) else str(value)
