"""Own networks and target accounts out of files that were read (`logic.network_files`, `logic.target_files`)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from wagtail_leads.companies.models import Company, CompanyDomain
from wagtail_leads.companies.operations import company_by_name, give_domain
from wagtail_leads.companies.own_networks import Statement, put_networks
from wagtail_leads.companies.queries import survivor_of
from wagtail_leads.logic.japanese import company_match_key
from wagtail_leads.logic.kinds import NetworkAction
from wagtail_leads.logic.network_files import NetworkRow
from wagtail_leads.logic.plain_text import one_line
from wagtail_leads.logic.target_files import TargetRow, domain_of

CHUNK = 500


def import_networks(rows: Sequence[NetworkRow], *, by, now: datetime) -> list[str]:
    """Keep every row; companies that are not known are made. Returns the networks. A constant number of statements a
    chunk of 500, each chunk in a transaction of its own."""
    named = {row.company: row.domain for row in rows if row.action == NetworkAction.COMPANY}
    companies = companies_of_names(named, now=now)
    put_networks(_statements(rows, companies), by=by, now=now)
    return [cidr for row in rows for cidr in row.cidrs]


def _statements(rows: Iterable[NetworkRow], companies: dict[str, Company]) -> Iterable[Statement]:
    for row in rows:
        for cidr in row.cidrs:
            yield Statement(cidr=cidr, action=row.action, company=companies.get(row.company), note=row.note)


def companies_of_names(named: dict[str, str], *, now: datetime) -> dict[str, Company]:
    """Living companies by written name, made when they are new; `named` is name -> domain ('' for none)."""
    found: dict[str, Company] = {}
    names = list(named)
    for at in range(0, len(names), CHUNK):
        found |= _some_companies({name: named[name] for name in names[at : at + CHUNK]}, now=now)
    return found


@transaction.atomic
def _some_companies(named: dict[str, str], *, now: datetime) -> dict[str, Company]:
    keys = {name: company_match_key(name) for name in named}
    wanted = {key: name for name, key in reversed(keys.items()) if key}
    domains = _free_domains(named)
    known = set(Company.objects.filter(match_key__in=list(wanted)).values_list("match_key", flat=True))
    fresh = [
        Company(name=one_line(name)[:200], match_key=key, domain=domains[name], created_at=now)
        for key, name in sorted(wanted.items())
        if key not in known
    ]
    Company.objects.bulk_create(fresh, ignore_conflicts=True)
    rows = Company.objects.filter(match_key__in=list(wanted)).select_related("merged_into")
    living = {row.match_key: survivor_of(row) for row in rows}
    Company.objects.filter(pk__in=sorted({c.pk for c in living.values() if c.is_guessed})).update(is_guessed=False)
    return {name: living[key] for name, key in keys.items() if key in living}


def _free_domains(named: dict[str, str]) -> dict[str, str]:
    """Name -> the domain that was written beside it; '' for none, a mail provider's, or one that a company has."""
    domains = {name: domain_of(text) for name, text in named.items()}
    held = CompanyDomain.objects.filter(domain__in=set(domains.values()) - {""}).values_list("domain", flat=True)
    taken = set(held)
    return {name: "" if domain in taken else domain for name, domain in domains.items()}


def known_targets(rows: Sequence[TargetRow]) -> int:
    """How many of them are companies that we know already. Three queries for each 500."""
    return sum(len(_known(rows[at : at + CHUNK])) for at in range(0, len(rows), CHUNK))


def _known(rows: Sequence[TargetRow]) -> set[int]:
    keys, numbers, domains = (
        {getattr(row, name) for row in rows} - {""} for name in ("key", "corporate_number", "domain")
    )
    known_keys = set(Company.objects.filter(match_key__in=keys).values_list("match_key", flat=True))
    known_numbers = set(Company.objects.filter(corporate_number__in=numbers).values_list("corporate_number", flat=True))
    known_domains = set(CompanyDomain.objects.filter(domain__in=domains).values_list("domain", flat=True))
    return {
        row.number
        for row in rows
        if row.key in known_keys or row.corporate_number in known_numbers or row.domain in known_domains
    }


def import_targets(rows: Sequence[TargetRow], *, by, now: datetime) -> list[str]:
    """Mark each as a target account; those that are not known are made. Returns the networks that were named."""
    networks: list[str] = []
    for row in rows:
        with transaction.atomic():
            company = _company_of(row, now=now)
            if company is None:
                continue
            _complete(company, row, now=now)
        if row.cidrs:
            put_networks(
                [Statement(cidr=c, action=NetworkAction.COMPANY, company=company, note=row.note) for c in row.cidrs],
                by=by,
                now=now,
            )
            networks += row.cidrs
    return networks


def _company_of(row: TargetRow, *, now: datetime) -> Company | None:
    """By its number, its domain, its name; None for a number alone that nobody has."""
    if row.corporate_number:
        found = Company.objects.filter(corporate_number=row.corporate_number).select_related("merged_into").first()
        if found is not None:
            return survivor_of(found)
    if row.domain:
        known = CompanyDomain.objects.filter(domain=row.domain).select_related("company__merged_into").first()
        if known is not None:
            return survivor_of(known.company)
    return company_by_name(row.name or row.domain, now=now, domain=row.domain)


def _complete(company: Company, row: TargetRow, *, now: datetime) -> None:
    company.is_target, company.is_guessed = True, False
    company.note = company.note or row.note
    if row.corporate_number and not company.corporate_number:
        company.corporate_number = row.corporate_number
    if row.domain and give_domain(company, row.domain, now=now).pk == company.pk:
        company.domain = company.domain or row.domain
    company.save(update_fields=["is_target", "is_guessed", "domain", "note", "corporate_number"])
