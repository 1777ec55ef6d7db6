"""The companies of many leads at once, by the rules of `companies.operations.company_of_address`: a constant number of
queries however many there are (a few more for each company that was only guessed until now and gets its name)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from wagtail_leads.companies.models import Company, CompanyDomain
from wagtail_leads.companies.operations import rename
from wagtail_leads.companies.queries import survivor_of
from wagtail_leads.logic.addresses import domain_of, is_free_mail, is_reserved, registrable_domain
from wagtail_leads.logic.japanese import company_match_key
from wagtail_leads.logic.plain_text import one_line

#: (mail address or '', company as written or '').
Written = tuple[str, str]

#: A list names the same companies again and again.
_key = lru_cache(maxsize=8192)(company_match_key)


def companies_of_leads(people: Sequence[Written], *, now: datetime) -> list[Company | None]:
    """The living company of each, made where it is new. Writes; run it in the transaction that writes the leads."""
    domains = [_domain(address) for address, _name in people]
    held = _holders(set(domains))
    names = _names_of(domains, people)
    people = [(address, names.get(domain, name)) for domain, (address, name) in zip(domains, people, strict=True)]
    _no_longer_guessed({held[domain]: name for domain, name in names.items() if domain in held}, now=now)
    wanted = {}
    for domain, (_address, name) in zip(domains, people, strict=True):
        key = "" if domain in held else _key(name) or _key(domain)
        if key and (key not in wanted or domain and not wanted[key][1]):
            wanted[key] = (name if _key(name) else domain, domain)
    named = _named(wanted, now=now)
    fresh = {
        domain: named[_key(name) or _key(domain)]
        for domain, (_address, name) in zip(domains, people, strict=True)
        if domain and domain not in held and (_key(name) or _key(domain)) in named
    }
    held |= _given(fresh, now=now)
    return [
        held.get(domain) or named.get(_key(name) or _key(domain))
        for domain, (_address, name) in zip(domains, people, strict=True)
    ]


def _names_of(domains: Sequence[str], people: Sequence[Written]) -> dict[str, str]:
    """Domain -> the name that most of its people give it; the first one among as many, '' when nobody says a name."""
    told: dict[str, Counter] = {}
    written: dict[tuple[str, str], str] = {}
    for domain, (_address, name) in zip(domains, people, strict=True):
        if domain:
            names, key = told.setdefault(domain, Counter()), _key(name)
            names[key] += 1 if key else 0
            written.setdefault((domain, key), name if key else "")
    return {domain: written[domain, names.most_common(1)[0][0]] for domain, names in told.items()}


@lru_cache(maxsize=8192)
def _domain_of_host(host: str) -> str:
    domain = registrable_domain(host)
    return "" if not domain or is_free_mail(domain) or is_reserved(domain) else domain


def _domain(address: str) -> str:
    """The domain that names a company; '' for a mail provider's."""
    return _domain_of_host(domain_of(address)) if address else ""


def _holders(domains: set[str]) -> dict[str, Company]:
    if not domains - {""}:
        return {}
    rows = CompanyDomain.objects.filter(domain__in=sorted(domains - {""})).select_related("company__merged_into")
    return {row.domain: survivor_of(row.company) for row in rows}


def _no_longer_guessed(known: dict[Company, str], *, now: datetime) -> None:
    """They have a lead now. One that was called by its domain gets the name that stands in the file."""
    guessed = {company: name for company, name in known.items() if company.is_guessed}
    if not guessed:
        return
    Company.objects.filter(pk__in=sorted(company.pk for company in guessed)).update(is_guessed=False)
    nameless = {company: name for company, name in guessed.items() if company.name == company.domain and _key(name)}
    taken = set(Company.objects.filter(match_key__in=[_key(n) for n in nameless.values()]).values_list("match_key", flat=True))
    for company, name in nameless.items():
        if _key(name) not in taken:
            rename(company, name, now=now)
            taken.add(_key(name))


def _named(wanted: dict[str, tuple[str, str]], *, now: datetime) -> dict[str, Company]:
    """Match key -> living company; `wanted`: match key -> (name, domain or '')."""
    if not wanted:
        return {}
    found = _by_key(wanted)
    fresh = [
        Company(match_key=key, name=one_line(wanted[key][0])[:200], domain=wanted[key][1][:253], created_at=now)
        for key in sorted(wanted.keys() - found.keys())
    ]
    if fresh:
        Company.objects.bulk_create(fresh, ignore_conflicts=True)
        found |= _by_key([company.match_key for company in fresh])
    guessed = sorted({company.pk for company in found.values() if company.is_guessed})
    if guessed:
        Company.objects.filter(pk__in=guessed).update(is_guessed=False)
    return found


def _by_key(keys: Iterable[str]) -> dict[str, Company]:
    rows = Company.objects.filter(match_key__in=sorted(keys)).select_related("merged_into")
    return {row.match_key: survivor_of(row) for row in rows}


def _given(fresh: dict[str, Company], *, now: datetime) -> dict[str, Company]:
    """The domains are these companies' from now on, unless another process was first."""
    if not fresh:
        return {}
    CompanyDomain.objects.bulk_create(
        [CompanyDomain(company=fresh[domain], domain=domain, created_at=now) for domain in sorted(fresh)],
        ignore_conflicts=True,
    )
    return _holders(set(fresh))
