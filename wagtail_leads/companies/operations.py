"""Finding the company for a name or domain, and making it when it is new."""

from datetime import datetime

from django.db import IntegrityError, transaction

from wagtail_leads.companies.models import Company, CompanyDomain
from wagtail_leads.logic.addresses import domain_of, is_free_mail, is_reserved, registrable_domain
from wagtail_leads.logic.company_guess import CompanyGuess
from wagtail_leads.logic.japanese import company_match_key


def company_of_address(address: str, *, written_name: str, now: datetime) -> Company | None:
    """The company behind a mail address: by its domain; a free-mail address names none, but a written name does."""
    domain = registrable_domain(domain_of(address)) if address else ""
    if not domain or is_free_mail(domain) or is_reserved(domain):
        return company_by_name(written_name, now=now)
    known = CompanyDomain.objects.select_related("company").filter(domain=domain).first()
    if known:
        return known.company
    company = company_by_name(written_name or domain, now=now, domain=domain)
    if company is not None:
        _give_domain(company, domain, now=now)
    return company


def company_by_name(name: str, *, now: datetime, domain: str = "", is_guessed: bool = False) -> Company | None:
    """Get or make a company by its normalised name; None for a name that says nothing."""
    key = company_match_key(name)
    if not key:
        return None
    defaults = {"name": name.strip()[:200], "domain": domain[:253], "is_guessed": is_guessed, "created_at": now}
    company, _made = Company.objects.get_or_create(match_key=key, defaults=defaults)
    if company.is_guessed and not is_guessed:
        Company.objects.filter(pk=company.pk).update(is_guessed=False, domain=company.domain or domain[:253])
        company.is_guessed = False
    return company


def _give_domain(company: Company, domain: str, *, now: datetime) -> None:
    try:
        with transaction.atomic():
            CompanyDomain.objects.create(company=company, domain=domain, created_at=now)
    except IntegrityError:  # another process was first; the domain has its company
        return


def companies_of_guesses(found: list[CompanyGuess], *, now: datetime) -> dict[str, Company]:
    """Companies by guessed name: two to three queries for any number of guesses."""
    wanted = {company_match_key(one.name): one for one in found}
    wanted.pop("", None)
    if not wanted:
        return {}
    known = set(Company.objects.filter(match_key__in=list(wanted)).values_list("match_key", flat=True))
    Company.objects.bulk_create(
        [
            Company(match_key=k, name=one.name[:200], domain=one.domain[:253], is_guessed=True, created_at=now)
            for k, one in wanted.items()
            if k not in known
        ],
        ignore_conflicts=True,
    )
    rows = Company.objects.filter(match_key__in=list(wanted))
    rows.update(last_seen_at=now)
    by_key = {company.match_key: company for company in rows}
    return {one.name: by_key[key] for key, one in wanted.items() if key in by_key}
