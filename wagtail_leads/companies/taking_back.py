"""One click says what networks are, and one click takes it back: what was said before holds again.

A company that the click made is gone with it when nothing else has come to name it, and so is any other that a person
made by mistake.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from wagtail_leads.companies.held import forget
from wagtail_leads.companies.models import Company, CompanyDomain, CompanyMerge, CompanyNetwork
from wagtail_leads.companies.operations import company_by_name
from wagtail_leads.companies.own_networks import Statement, put_networks
from wagtail_leads.companies.queries import family_of, survivor_of
from wagtail_leads.logic.errors import LeadsError
from wagtail_leads.logic.japanese import company_match_key

#: Tables whose rows are a company's own and go with it; any other row that names it keeps it.
_ITS_OWN = (Company, CompanyDomain, CompanyMerge)
#: What a statement says.
_SAID = ("action", "company_id", "note", "created_by_id")


class StillNamed(LeadsError, ValueError):
    """Something names this company: a lead, a visit, a network, an alert."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The company that a click names, and what it was before."""

    company: Company
    is_new: bool = False
    was_guessed: bool = False


def choose_company(name: str, *, now: datetime) -> Chosen | None:
    """Get or make the company of that name; None for a name that says nothing."""
    key = company_match_key(name)
    before = Company.objects.select_related("merged_into").filter(match_key=key).first() if key else None
    was_guessed = before is not None and survivor_of(before).is_guessed
    company = company_by_name(name, now=now)
    return company and Chosen(company=company, is_new=before is None, was_guessed=was_guessed)


def click_networks(statements: list[Statement], chosen: Chosen | None, *, by, now: datetime) -> str:
    """Keep what was said. Returns the word by which it can be taken back."""
    word = secrets.token_hex(6)
    before = {row.cidr: row for row in CompanyNetwork.objects.filter(cidr__in=[one.cidr for one in statements])}
    made = {"made": bool(chosen and chosen.is_new), "guessed": bool(chosen and chosen.was_guessed)}
    clicks = {one.cidr: {"word": word, "earlier": _told(before.get(one.cidr))} | made for one in statements}
    put_networks(statements, by=by, now=now, clicks=clicks)
    pks = CompanyNetwork.objects.filter(cidr__in=list(clicks)).order_by("pk").values_list("pk", flat=True)
    return f"{word}.{'.'.join(str(pk) for pk in pks)}"


def _told(row: CompanyNetwork | None) -> dict | None:
    return None if row is None else {name: getattr(row, name) for name in _SAID}


def clicked(word: str) -> list[CompanyNetwork]:
    """The statements of one click that nobody has changed since; none for any other text."""
    name, *numbers = word[:6000].split(".")
    pks = [int(number) for number in numbers if number.isascii() and number.isdigit() and len(number) < 19]
    rows = CompanyNetwork.objects.filter(pk__in=pks, click__isnull=False).select_related("company__merged_into")
    return [row for row in rows.order_by("pk") if isinstance(row.click, dict) and row.click.get("word") == name]


@dataclass(frozen=True, kw_only=True)
class TakenBack:
    cidrs: list[str]
    #: Companies that the click made; and those that it took from "guessed" to "known".
    made: list[Company]
    was_guessed: list[Company]


@transaction.atomic
def take_back(word: str, *, now: datetime) -> TakenBack:
    """What was said before holds again. No networks when it was taken back already, or changed since."""
    rows = clicked(word)
    earlier = {row.pk: row.click.get("earlier") for row in rows}
    living = set(Company.objects.filter(pk__in=_companies(earlier.values())).values_list("pk", flat=True))
    for row in rows:
        told = earlier[row.pk]
        if told and (told["company_id"] is None or told["company_id"] in living):
            CompanyNetwork.objects.filter(pk=row.pk).update(**told, click=None, changed_at=now)
    kept = [pk for pk, told in earlier.items() if told and told["company_id"] in {None, *living}]
    CompanyNetwork.objects.filter(pk__in=[row.pk for row in rows if row.pk not in kept]).delete()
    forget()
    return TakenBack(
        cidrs=[row.cidr for row in rows],
        made=_named(rows, "made"),
        was_guessed=_named(rows, "guessed"),
    )


def _companies(told: Iterable[dict | None]) -> set[int]:
    return {one["company_id"] for one in told if one and one["company_id"]}


def _named(rows: list[CompanyNetwork], what: str) -> list[Company]:
    found = {row.company_id: row.company for row in rows if row.company_id and row.click.get(what)}
    return [survivor_of(company) for company in found.values()]


# --- Companies that nothing names -----------------------------------------------------------------------------------


def is_named(company: Company) -> bool:
    """Does any row besides its own (domains, aliases, merges) name the company or an alias of it?"""
    family = list(family_of(company).values_list("pk", flat=True))
    return any(rows.exists() for rows in _rows_naming(family))


def _rows_naming(family: list[int]) -> Iterable[QuerySet]:
    """One queryset for each foreign key to companies, in whatever stage: they are found, not listed."""
    for relation in Company._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and relation.related_model not in _ITS_OWN:
            yield relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": family})


@transaction.atomic
def delete_company(company: Company) -> None:
    """Take a company away, with its aliases. StillNamed when anything names it."""
    family = family_of(company)
    locked = [row.pk for row in Company.objects.select_for_update().filter(pk__in=family.values("pk")).order_by("pk")]
    if any(rows.exists() for rows in _rows_naming(locked)):
        raise StillNamed
    Company.objects.filter(pk__in=locked).delete()
    forget()
