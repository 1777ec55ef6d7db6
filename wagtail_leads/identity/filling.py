"""What somebody typed becomes what a lead holds: cleaned, capped, names put together and taken apart. Nothing is saved."""

import re
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from wagtail_leads.identity import keys
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.addresses import domain_of, is_against_the_rfc, is_disposable, is_nobody, is_role
from wagtail_leads.logic.japanese import compose_name, person_match_name, split_name
from wagtail_leads.logic.kinds import AddressFlag, ContactWish

#: What a form, an import or the host site may fill.
FILLABLE = (
    "name",
    "family_name",
    "given_name",
    "family_kana",
    "given_kana",
    "company_name",
    "department",
    "job_title",
    "phone",
    "mobile",
    "postal_code",
    "prefecture",
    "address",
    "language",
    "contact_wish",
)
#: Columns that `complete` may write.
COMPLETED = ("name", "family_name", "given_name", "address_flag", *keys.KEYS)
_NAME_PARTS = ("family_name", "given_name")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def typed(fields: Mapping[str, object] | None) -> dict[str, str]:
    """What may be filled of it and says something: trimmed, without control characters, capped to the column."""
    cleaned = {}
    for name in FILLABLE:
        raw = (fields or {}).get(name)
        text = "" if raw is None else _CONTROL.sub("", str(raw)).strip()
        if text and (name != "contact_wish" or text in [wish.value for wish in ContactWish]):
            cleaned[name] = text[: Lead._meta.get_field(name).max_length]
    return cleaned


def fill(lead: Lead, values: Mapping[str, str], extra: Mapping | None = None) -> None:
    """Put typed values (`typed`) and own values (`own_fields.read`) on the lead; keys follow."""
    for name, value in _with_names(lead, values).items():
        setattr(lead, name, value)
    if extra:
        lead.extra = {**(lead.extra or {}), **extra}
    keys.set_keys(lead)


def _with_names(lead: Lead, values: Mapping[str, str]) -> dict[str, str]:
    """A name from its parts, or the parts from a name: never parts that belong to another name."""
    values = dict(values)
    if any(part in values for part in _NAME_PARTS):
        if "name" not in values:
            family, given = (values.get(part, getattr(lead, part)) for part in _NAME_PARTS)
            values["name"] = compose_name(family, given)[:200]
        return values
    name = values.get("name", "")
    parts_fit = person_match_name(name) == person_match_name(f"{lead.family_name}{lead.given_name}")
    if name and not parts_fit:
        family, given = split_name(name) or ("", "")
        values["family_name"], values["given_name"] = family[:100], given[:100]
    return values


def split_whole_name(lead: Lead) -> None:
    """Take the name apart where a space makes it certain and nobody did it yet."""
    if lead.name and not (lead.family_name or lead.given_name):
        family, given = split_name(lead.name) or ("", "")
        lead.family_name, lead.given_name = family[:100], given[:100]
    elif not lead.name and (lead.family_name or lead.given_name):
        lead.name = compose_name(lead.family_name, lead.given_name)[:200]


def flag_of(address: str) -> str:
    """What is odd about a normalised address (`AddressFlag`); '' for most. Asks nobody."""
    if not address:
        return AddressFlag.NONE.value
    if is_against_the_rfc(address):
        return AddressFlag.OLD_CARRIER.value
    if is_disposable(domain_of(address)):
        return AddressFlag.DISPOSABLE.value
    return AddressFlag.ROLE.value if is_role(address) or is_nobody(address) else AddressFlag.NONE.value


def complete(lead: Lead, *, now: datetime) -> None:
    """What follows from what a lead holds: the parts of its name, the flag of its address, the keys it is found by."""
    split_whole_name(lead)
    if lead.address_flag != AddressFlag.NO_MAIL_SERVER.value:  # DNS said so; that is not asked here
        lead.address_flag = flag_of(lead.email)
    keys.set_keys(lead)
    lead.updated_at = now


def fill_missing(*, now: datetime, limit: int = 100) -> int:
    """The clock: complete leads that were written before there were keys (`updated_at` is NULL). Returns how many.

    Safe to repeat and to stop; a lead that somebody writes meanwhile is left to them.
    """
    with transaction.atomic():
        rows = list(Lead.objects.select_for_update().filter(updated_at__isnull=True).order_by("pk")[:limit])
        for lead in rows:
            complete(lead, now=lead.created_at or now)
        if rows:
            Lead.objects.bulk_update(rows, [*COMPLETED, "updated_at"], batch_size=50)
    return len(rows)
