"""Finding the company for a name or domain, and making it when it is new."""

from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction

from wagtail_leads import conf
from wagtail_leads.companies.models import Company, CompanyDomain, Network, PendingLookup
from wagtail_leads.logic.addresses import domain_of, is_free_mail, is_reserved, registrable_domain
from wagtail_leads.logic.client_address import Address, parse_address, truncate
from wagtail_leads.logic.company_guess import CompanyGuess, NetworkKind
from wagtail_leads.logic.japanese import company_match_key
from wagtail_leads.logic.keys import dedupe_key


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


# --- Networks that visits came from ---------------------------------------------------------------------------------

#: (truncated address, what was guessed, the full address or None) of one visit.
Seen = tuple[str, CompanyGuess, Address | None]
#: How long an answer of the reverse DNS holds: a name, none, and for other addresses of a network with names.
NAME_HOLDS, NO_NAME_HOLDS, NEIGHBOUR_WAITS = timedelta(days=30), timedelta(days=7), timedelta(days=1)
#: Source of evidence that outlives a new look-up in the files.
REVERSE_DNS = "reverse_dns"
_FROM_GUESS = ("label", "asn", "kind", "name", "domain", "country", "region", "confidence", "reason", "evidence")


def note_networks(seen: list[Seen], *, now: datetime) -> dict[tuple[str, str], Network]:
    """Keep what is known of the networks of a batch's visits, and line up those whose name is to be asked.

    Each entry of `seen` is one new visit. Returns the row for (address, name or label). At most six queries, in the
    caller's transaction; the rows are locked in key order, so that counts of two processes add up.
    """
    groups: dict[str, list[Seen]] = {}
    for one in seen:
        if cidr := cidr_of(one[0]):
            groups.setdefault(network_key(cidr, one[1]), []).append(one)
    if not groups:
        return {}
    rows = _locked(groups)
    missing = sorted(groups.keys() - rows.keys())
    if missing:
        Network.objects.bulk_create([_new_network(key, groups[key][-1], now) for key in missing], ignore_conflicts=True)
        rows |= _locked(missing)
    for key, row in rows.items():
        _tell(row, groups[key], now)
    _save([rows[key] for key in sorted(rows)])
    _line_up(rows, groups, now)
    return {(address, found.name or found.label): rows[key] for key in rows for address, found, _ip in groups[key]}


def cidr_of(address: str) -> str:
    """``203.0.113.0`` -> ``203.0.113.0/24``, ``2001:db8:1::`` -> ``2001:db8:1::/48``; '' for what is no address."""
    ip = parse_address(address)
    return f"{truncate(ip)}/{24 if ip.version == 4 else 48}" if ip else ""


def network_key(cidr: str, found: CompanyGuess) -> str:
    """A network is one row for each owner in it; a name that reverse DNS gave is the operator's row's."""
    return dedupe_key(cidr, found.label if found.reason == "ptr" else found.name or found.label)


def _locked(keys) -> dict[str, Network]:
    rows = Network.objects.select_for_update().filter(key__in=list(keys)).order_by("key")
    return {row.key: row for row in rows}


def _new_network(key: str, one: Seen, now: datetime) -> Network:
    return Network(key=key, cidr=cidr_of(one[0]), first_seen_at=now, last_seen_at=now)


def _tell(row: Network, visits: list[Seen], now: datetime) -> None:
    """The latest guess holds; what the reverse DNS said of the network stays."""
    found = visits[-1][1]
    told = [one for one in row.evidence if one.get("source") == REVERSE_DNS]
    row.evidence = told + [one for one in found.evidence if not (told and one.get("source") == REVERSE_DNS)]
    row.visit_count += len(visits)
    row.last_seen_at = max(row.last_seen_at, now)
    row.label, row.asn = found.label[:200] or row.label, found.asn or row.asn
    row.country, row.region = found.country or row.country, found.subdivision[:100] or row.region
    if row.reason == "ptr" and not found.name and found.reason != "never":
        return
    row.kind, row.name, row.domain = str(found.kind), found.name[:200], found.domain[:253]
    row.confidence, row.reason = found.confidence, found.reason[:40]


def _save(rows: list[Network]) -> None:
    target = {"unique_fields": ["pk"]} if connection.features.supports_update_conflicts_with_target else {}
    fields = [*_FROM_GUESS, "visit_count", "last_seen_at"]
    Network.objects.bulk_create(rows, batch_size=500, update_conflicts=True, update_fields=fields, **target)


def _line_up(rows: dict[str, Network], groups: dict[str, list[Seen]], now: datetime) -> None:
    if not conf.get("REVERSE_DNS"):
        return
    waiting = []
    for key, row in rows.items():
        ip = next(
            (ip for _a, found, ip in reversed(groups[key]) if ip is not None and wants_a_name(row, found, now)), None
        )
        if ip is not None:
            waiting.append(PendingLookup(network=row, address=str(ip), created_at=now, due_at=now))
    PendingLookup.objects.bulk_create(waiting, ignore_conflicts=True)


def wants_a_name(row: Network, found: CompanyGuess, now: datetime) -> bool:
    """Is the reverse DNS worth asking for this address? Only where nobody has named a company, and not too often."""
    if found.name or found.reason == "never" or found.kind not in (NetworkKind.ISP, NetworkKind.NONE):
        return False
    if row.ptr_at is None:
        return True
    holds = NAME_HOLDS if row.ptr_name else NO_NAME_HOLDS
    return row.ptr_at < now - (NEIGHBOUR_WAITS if row.reason == "ptr" else holds)
