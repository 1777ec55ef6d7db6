"""Finding the company for a name or domain, and making it when it is new."""

from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction

from wagtail_leads import conf
from wagtail_leads.companies.held import OWN, PTR, REVERSE_DNS, SAID_BY_A_PERSON, forget
from wagtail_leads.companies.models import (
    Company,
    CompanyDomain,
    CompanyMerge,
    CompanyNetwork,
    Network,
    PendingLookup,
)
from wagtail_leads.companies.queries import is_company, survivor_of
from wagtail_leads.logic.addresses import domain_of, is_free_mail, is_reserved, registrable_domain
from wagtail_leads.logic.client_address import Address, parse_address, truncate
from wagtail_leads.logic.company_guess import CompanyGuess, NetworkKind
from wagtail_leads.logic.errors import LeadsError
from wagtail_leads.logic.japanese import company_match_key
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.plain_text import one_line


def company_of_address(address: str, *, written_name: str, now: datetime) -> Company | None:
    """The company behind a mail address: by its domain; a free-mail address names none, but a written name does."""
    domain = registrable_domain(domain_of(address)) if address else ""
    if not domain or is_free_mail(domain) or is_reserved(domain):
        return company_by_name(written_name, now=now)
    known = CompanyDomain.objects.select_related("company__merged_into").filter(domain=domain).first()
    if known:
        company = survivor_of(known.company)
        return _known_by_a_lead(company, written_name, now=now) if company.is_guessed else company
    company = company_by_name(written_name or domain, now=now, domain=domain)
    return company and give_domain(company, domain, now=now)


def company_by_name(name: str, *, now: datetime, domain: str = "", is_guessed: bool = False) -> Company | None:
    """Get or make a company by its normalised name, or an alias; None for a name that says nothing."""
    key, name = company_match_key(name), one_line(name)
    if not key:
        return None
    defaults = {"name": name[:200], "domain": domain[:253], "is_guessed": is_guessed, "created_at": now}
    found, _made = Company.objects.select_related("merged_into").get_or_create(match_key=key, defaults=defaults)
    company = survivor_of(found)
    if company.is_guessed and not is_guessed:
        Company.objects.filter(pk=company.pk).update(is_guessed=False, domain=company.domain or domain[:253])
        company.is_guessed = False
    return company


def _known_by_a_lead(company: Company, written_name: str, *, now: datetime) -> Company:
    """A guessed company has its first lead. One that was called by its domain gets the name that the person wrote."""
    Company.objects.filter(pk=company.pk).update(is_guessed=False)
    company.is_guessed = False
    key = company_match_key(written_name)
    if key and company.name == company.domain and not Company.objects.filter(match_key=key).exists():
        rename(company, written_name, now=now)
    return company


def give_domain(company: Company, domain: str, *, now: datetime) -> Company:
    """The domain is this company's from now on, unless another has it. Returns the living company that has it."""
    try:
        with transaction.atomic():
            CompanyDomain.objects.create(company=company, domain=domain, created_at=now)
    except IntegrityError:  # it has its company, or another process was first
        return survivor_of(CompanyDomain.objects.select_related("company__merged_into").get(domain=domain).company)
    return survivor_of(company)


def companies_of_guesses(found: list[CompanyGuess], *, now: datetime) -> dict[str, Company]:
    """Living companies by guessed name: by domain, by name or alias, else made. Four or five queries for any number.

    What a person said of a network names its company: there no domain leads to another.
    Writes `last_seen_at` of those that were there.
    """
    wanted = {one.name: one for one in found if company_match_key(one.name)}
    if not wanted:
        return {}
    by_domain = _by_domain({one.domain for one in wanted.values() if one.domain and one.reason != OWN})
    companies = {
        name: by_domain[one.domain] for name, one in wanted.items() if one.domain in by_domain and one.reason != OWN
    }
    keys = {company_match_key(name): one for name, one in wanted.items() if name not in companies}
    if keys:
        known = set(Company.objects.filter(match_key__in=list(keys)).values_list("match_key", flat=True))
        fresh = [_guessed(key, keys[key], now) for key in sorted(keys.keys() - known)]
        Company.objects.bulk_create(fresh, ignore_conflicts=True)
        rows = Company.objects.filter(match_key__in=list(keys)).select_related("merged_into")
        by_key = {row.match_key: survivor_of(row) for row in rows}
        named = {name: by_key.get(company_match_key(name)) for name in wanted if name not in companies}
        companies |= {name: company for name, company in named.items() if company}
    Company.objects.filter(pk__in=sorted({company.pk for company in companies.values()})).update(last_seen_at=now)
    return companies


def _by_domain(domains: set[str]) -> dict[str, Company]:
    """Whose mail domain a guess names: then it is that company, however the file writes it."""
    if not domains:
        return {}
    rows = CompanyDomain.objects.filter(domain__in=sorted(domains)).select_related("company__merged_into")
    return {row.domain: survivor_of(row.company) for row in rows}


def _guessed(key: str, one: CompanyGuess, now: datetime) -> Company:
    return Company(
        match_key=key, name=one_line(one.name)[:200], domain=one.domain[:253], is_guessed=True, created_at=now
    )


# --- One company under two names ------------------------------------------------------------------------------------


class CannotMerge(LeadsError, ValueError):
    """These two are one company already, or one of them was merged away."""


class NameTaken(LeadsError, ValueError):
    """Another company has this name."""

    def __init__(self, company: Company):
        super().__init__(str(company))
        self.company = company


@transaction.atomic
def merge(loser: Company, survivor: Company, *, by, now: datetime) -> CompanyMerge:
    """From now on the loser is an alias of the survivor. Nothing is re-pointed: its rows are read with the family's.

    What the survivor lacks (domain, corporate number, the mark as a target) it takes over. CannotMerge for nonsense.
    """
    rows = {
        row.pk: row for row in Company.objects.select_for_update().filter(pk__in=[loser.pk, survivor.pk]).order_by("pk")
    }
    loser, survivor = rows.get(loser.pk), rows.get(survivor.pk)
    if loser is None or survivor is None or loser.pk == survivor.pk or loser.merged_into_id or survivor.merged_into_id:
        raise CannotMerge
    followers = list(Company.objects.filter(merged_into=loser).values_list("pk", flat=True))
    done = CompanyMerge.objects.create(loser=loser, survivor=survivor, followers=followers, at=now, by=by)
    _take_over(loser, survivor)
    Company.objects.filter(pk__in=[loser.pk, *followers]).update(merged_into=survivor)
    _networks_have_changed([loser.pk, survivor.pk, *followers], now=now)
    return done


def _take_over(loser: Company, survivor: Company) -> None:
    number = loser.corporate_number if not survivor.corporate_number else None
    if number:  # unique: it can stand at one of the two only
        Company.objects.filter(pk=loser.pk).update(corporate_number=None)
    seen = [at for at in (loser.last_seen_at, survivor.last_seen_at) if at]
    Company.objects.filter(pk=survivor.pk).update(
        domain=survivor.domain or loser.domain,
        corporate_number=survivor.corporate_number or number,
        is_target=survivor.is_target or loser.is_target,
        is_guessed=survivor.is_guessed and loser.is_guessed,
        last_seen_at=max(seen, default=None),
    )


@transaction.atomic
def undo_merge(done: CompanyMerge, *, now: datetime) -> bool:
    """The loser lives again, with those that came along. False when it was undone before, or merged on since."""
    done = CompanyMerge.objects.select_for_update().select_related("loser", "survivor").get(pk=done.pk)
    if done.undone_at is not None or done.loser.merged_into_id != done.survivor_id:
        return False
    CompanyMerge.objects.filter(pk=done.pk).update(undone_at=now)
    Company.objects.filter(pk=done.loser_id).update(merged_into=None)
    Company.objects.filter(pk__in=done.followers, merged_into=done.survivor_id).update(merged_into=done.loser_id)
    _networks_have_changed([done.loser_id, done.survivor_id, *done.followers], now=now)
    return True


@transaction.atomic
def rename(company: Company, name: str, *, now: datetime) -> None:
    """Another name for a company; the one it had stays as an alias, so that files and forms still find it.

    NameTaken when a company outside the family has it.
    """
    key, name = company_match_key(name), one_line(name)[:200]
    if key == company.match_key or not key:
        Company.objects.filter(pk=company.pk).update(name=name)
    else:
        other = Company.objects.filter(match_key=key).select_related("merged_into").first()
        if other is not None and other.merged_into_id != company.pk:
            raise NameTaken(survivor_of(other))
        _exchange_names(company, other, key, name, now)
    company.name, company.match_key = name, key or company.match_key
    _networks_have_changed([company.pk], now=now)


def _exchange_names(company: Company, alias: Company | None, key: str, name: str, now: datetime) -> None:
    """The key moves to the company; its old one goes to the alias that had it, or to a new one."""
    old = Company.objects.only("name", "match_key").get(pk=company.pk)
    Company.objects.filter(pk=company.pk).update(match_key=f"renaming-{company.pk}")
    if alias is None:
        Company.objects.create(name=old.name, match_key=old.match_key, created_at=now, merged_into=company)
    else:
        Company.objects.filter(pk=alias.pk).update(match_key=f"renaming-{alias.pk}")
    Company.objects.filter(pk=company.pk).update(name=name, match_key=key)
    if alias is not None:
        Company.objects.filter(pk=alias.pk).update(name=old.name, match_key=old.match_key)


def _networks_have_changed(pks: list[int], *, now: datetime) -> None:
    """Own networks carry their company's name; each process holds it until it sees a change."""
    CompanyNetwork.objects.filter(company__in=pks).update(changed_at=now)
    forget()


# --- Networks that visits came from ---------------------------------------------------------------------------------

#: (truncated address, what was guessed, the full address or None) of one visit.
Seen = tuple[str, CompanyGuess, Address | None]
#: How long an answer of the reverse DNS holds: a name, none, and for other addresses of a network with names.
NAME_HOLDS, NO_NAME_HOLDS, NEIGHBOUR_WAITS = timedelta(days=30), timedelta(days=7), timedelta(days=1)
_MAY_BE_A_COMPANY = (NetworkKind.ISP, NetworkKind.NONE, NetworkKind.COMPANY)
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
    """A network is one row for each owner that files name; what people or the reverse DNS say is the operator's row's."""
    by_operator = found.reason in SAID_BY_A_PERSON or found.reason.startswith(PTR)
    return dedupe_key(cidr, found.label if by_operator else found.name or found.label)


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
    if row.reason == PTR and found.reason not in SAID_BY_A_PERSON and (not found.name or found.reason.startswith(PTR)):
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
    if is_company(found) or found.reason == "never" or found.kind not in _MAY_BE_A_COMPANY:
        return False
    if row.ptr_at is None:
        return True
    holds = NAME_HOLDS if row.ptr_name else NO_NAME_HOLDS
    return row.ptr_at < now - (NEIGHBOUR_WAITS if row.reason == PTR else holds)
