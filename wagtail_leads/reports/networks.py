"""Networks that visits came from and nobody can name: what is seen there, and whose they may be. Read only."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils import timezone

from wagtail_leads import conf
from wagtail_leads.companies.held import SAID_BY_A_PERSON
from wagtail_leads.companies.models import Company, Network
from wagtail_leads.companies.queries import survivor_of
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.company_guess import NetworkKind
from wagtail_leads.reports.company_facts import Line, lines_of
from wagtail_leads.tracking.models import Visit

#: Where somebody at a desk may sit; telephones, data centres and VPNs are what they are.
UNKNOWN = (NetworkKind.ISP.value, NetworkKind.NONE.value)
#: A suggestion needs so many people, on so many days, within this time.
PEOPLE, DAYS, WITHIN = 2, 2, timedelta(days=90)
#: Visits of leads that are looked at for suggestions.
MOST_VISITS = 5000
SUGGESTIONS = 5


def unresolved() -> QuerySet[Network]:
    """Networks of access providers and of nobody, and those whose company is too unsure to be named."""
    unsure = Q(kind=NetworkKind.COMPANY.value, confidence__lt=conf.get("COMPANY_THRESHOLD"))
    return Network.objects.filter(Q(kind__in=UNKNOWN) | unsure).exclude(reason__in=SAID_BY_A_PERSON)


def found_by(networks: QuerySet[Network], words: str) -> QuerySet[Network]:
    return networks.filter(
        Q(cidr__startswith=words)
        | Q(label__icontains=words)
        | Q(ptr_name__icontains=words)
        | Q(region__icontains=words)
    )


def grouped(networks: QuerySet[Network]) -> QuerySet:
    """One row a /24 or /48: {"cidr", "visits", "last"}, the busiest first."""
    return (
        networks.order_by()
        .values("cidr")
        .annotate(visits=Sum("visit_count"), last=Max("last_seen_at"))
        .order_by("-visits", "-last", "cidr")
    )


@dataclass(kw_only=True)
class Group:
    """One /24 or /48 with all that is known of it."""

    cidr: str
    visits: int
    last: datetime
    pages: int = 0
    operators: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    place: str = ""
    #: A company that a source names, but not surely: (name, confidence).
    perhaps: tuple[str, int] | None = None
    lines: list[Line] = field(default_factory=list)
    #: Companies that sources name for other addresses of the same network.
    others: list[str] = field(default_factory=list)


def groups_of(rows: Iterable[dict]) -> list[Group]:
    """The rows of one screen, filled. Three queries."""
    groups = {row["cidr"]: Group(**row) for row in rows}
    networks = list(unresolved().filter(cidr__in=groups).order_by("-visit_count"))
    known = [row.pk for row in networks]
    for cidr, name in Network.objects.filter(cidr__in=groups).exclude(pk__in=known).values_list("cidr", "name"):
        if name and name not in groups[cidr].others:
            groups[cidr].others.append(name)
    pages = Visit.objects.filter(network__in=known).order_by().values("network").annotate(n=Sum("page_count"))
    by_network = {row["network"]: row["n"] or 0 for row in pages}
    for network in networks:
        _fill(groups[network.cidr], network, by_network.get(network.pk, 0))
    return list(groups.values())


def _fill(group: Group, network: Network, pages: int) -> None:
    group.pages += pages
    if network.label and network.label not in group.operators:
        group.operators.append(network.label)
    if network.ptr_name and network.ptr_name not in group.hosts:
        group.hosts.append(network.ptr_name)
    group.place = group.place or " ".join(part for part in (network.region, network.country) if part)
    if network.name and group.perhaps is None:
        group.perhaps = (network.name, network.confidence)
    group.lines = group.lines or lines_of(network.evidence)


# -- whose may it be? ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """So many leads of one company, and of no other, came from here."""

    cidr: str
    operator: str
    company: Company
    people: int
    days: int


def suggestions(*, visible: QuerySet[Lead], now: datetime) -> list[Suggestion]:
    """Networks that may be a known company's office. Never applied by itself. Three queries."""
    visits = Visit.objects.filter(
        network__in=unresolved().values("pk"), visitor__lead__in=visible, last_at__gte=now - WITHIN
    )
    rows = visits.order_by("-last_at").values_list(
        "network__cidr", "network__label", "visitor__lead_id", "visitor__lead__company_id", "started_at"
    )[:MOST_VISITS]
    seen: dict[str, list[tuple]] = {}
    for cidr, *rest in rows:
        seen.setdefault(cidr, []).append(rest)
    ids = {company for rest in seen.values() for _label, _lead, company, _at in rest if company}
    living = {c.pk: survivor_of(c) for c in Company.objects.filter(pk__in=ids).select_related("merged_into")}
    found = [one for cidr, rest in seen.items() if (one := _suggestion(cidr, rest, living))]
    return sorted(found, key=lambda one: (-one.people, -one.days, one.cidr))[:SUGGESTIONS]


def _suggestion(cidr: str, rest: list[tuple], living: dict[int, Company]) -> Suggestion | None:
    companies = {living.get(company) for _label, _lead, company, _at in rest}
    people = {lead for _label, lead, _company, _at in rest}
    days = {timezone.localdate(at) for *_rest, at in rest}
    if len(companies) != 1 or None in companies or len(people) < PEOPLE or len(days) < DAYS:
        return None
    return Suggestion(cidr=cidr, operator=rest[0][0], company=companies.pop(), people=len(people), days=len(days))


def count_unresolved() -> int:
    return unresolved().aggregate(n=Count("cidr", distinct=True))["n"]
