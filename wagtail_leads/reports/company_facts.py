"""What the page of a company reads: who came, which pages, from which networks, and why we think so. Read only.

A company is read with its family: what names an alias is the company's. The number of queries does not depend on the rows.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet

from wagtail_leads.activity.models import Activity
from wagtail_leads.companies import words
from wagtail_leads.companies.models import Company, CompanyDomain, CompanyMerge, CompanyNetwork, Network
from wagtail_leads.logic.company_names import beginning, look_alike, same_site
from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.logic.networks import network_range
from wagtail_leads.reports.visits import shown_visits
from wagtail_leads.tracking.models import PageView, Visit

#: Rows of each list.
ROWS = 20
NETWORKS = 8
#: Companies that are compared by name, and suggestions that are shown.
COMPARED, SUGGESTED = 300, 5


def told_visits(visits: QuerySet[Visit], visible: QuerySet) -> QuerySet[Visit]:
    """Without those that are a company's by a lead whom the reader may not see: they would tell when that person came."""
    return visits.filter(~Q(company_reason=words.OWN_COMPANY) | Q(visitor__lead__in=visible))


def visits_of(family: list[int], visible: QuerySet) -> QuerySet[Visit]:
    """Visits from its networks, and those of its leads' browsers; `visible`: the leads that the reader may see."""
    leads = visible.filter(company__in=family)
    visits = shown_visits(Visit.objects.filter(Q(company__in=family) | Q(visitor__lead__in=leads)))
    return told_visits(visits, visible)


def pages_of(visits: QuerySet[Visit]) -> list[dict]:
    """Most read pages: title, views, visible time, latest view. One query."""
    views = PageView.objects.filter(visit__in=visits.order_by().values("pk"))
    rows = (
        Activity.objects.filter(pk__in=views.values("activity"), kind=ActivityKind.PAGE_VIEWED.value)
        .values("title", "path", "high_intent")
        .annotate(count=Count("pk"), last=Max("at"))
        .order_by("-count", "-last")
    )
    return list(rows[:ROWS])


# -- why do we think so? ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Line:
    """What one source said."""

    source: str
    says: str
    #: What follows from that alone, in words.
    means: str
    name: str = ""
    confidence: int = 0


@dataclass(kw_only=True)
class Place:
    """A network that the company was seen in."""

    network: Network
    visits: int
    last_at: datetime
    reason: str
    sureness: str
    lines: list[Line] = field(default_factory=list)

    @property
    def range(self) -> tuple[str, str]:
        return network_range(self.network.cidr)


def places_of(family: list[int]) -> list[Place]:
    """The networks that speak of it, the latest first, with all evidence. Two queries.

    Where its leads sat (at home, in a café) says nothing of the company, and of a network that names nobody neither.
    """
    counts = (
        Visit.objects.filter(company__in=family, network__isnull=False)
        .exclude(Q(company_reason=words.OWN_COMPANY) | Q(network__name=""))
        .order_by()
        .values("network")
        .annotate(n=Count("pk"), at=Max("last_at"))
        .order_by("-at")[:NETWORKS]
    )
    seen = {row["network"]: row for row in counts}
    rows = Network.objects.in_bulk(list(seen))
    return [place(rows[pk], visits=row["n"], last_at=row["at"]) for pk, row in seen.items() if pk in rows]


def place(network: Network, *, visits: int, last_at: datetime) -> Place:
    return Place(
        network=network,
        visits=visits,
        last_at=last_at,
        reason=words.guess_reason(network.reason),
        sureness=words.sureness(network.confidence),
        lines=lines_of(network.evidence),
    )


def lines_of(evidence) -> list[Line]:
    return [
        Line(
            source=words.source(str(one.get("source", ""))),
            says=str(one.get("says", "")),
            means=words.guess_reason(str(one.get("reason", ""))),
            name=str(one.get("name", "")),
            confidence=int(one.get("confidence") or 0),
        )
        for one in evidence
        if isinstance(one, dict)
    ]


def own_networks_of(family: list[int]) -> list[CompanyNetwork]:
    return list(CompanyNetwork.objects.filter(company__in=family).select_related("created_by").order_by("cidr")[:ROWS])


def domains_of(family: list[int]) -> list[str]:
    return list(CompanyDomain.objects.filter(company__in=family).order_by("domain").values_list("domain", flat=True))


# -- other names --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Alias:
    company: Company
    #: The merge that made it one; None for an earlier name.
    merge: CompanyMerge | None = None


def aliases_of(company: Company) -> list[Alias]:
    """Names under which it is found as well; a merge that can be undone comes with its alias. Two queries."""
    rows = list(Company.objects.filter(merged_into=company).order_by("name"))
    merges = CompanyMerge.objects.filter(survivor=company, undone_at__isnull=True, loser__in=rows).select_related("by")
    by_loser = {merge.loser_id: merge for merge in merges}
    return [Alias(company=row, merge=by_loser.get(row.pk)) for row in rows]


@dataclass(frozen=True, kw_only=True)
class Twin:
    """A company that may be the same."""

    company: Company
    #: "domain" or "name"
    why: str


def twins_of(company: Company, domains: list[str]) -> list[Twin]:
    """Living companies that look like this one: the same domain or site, nearly the same name. One query."""
    mine = {domain for domain in (*domains, company.domain) if domain}
    start = beginning(company.name)
    near = Q(domain__in=mine) | Q(domains__domain__in=mine)
    for domain in mine:
        near |= Q(domain__startswith=domain.partition(".")[0] + ".")
    if start:
        near |= Q(name__icontains=start)
    found: dict[int, Twin] = {}
    for other in Company.objects.living().filter(near).exclude(pk=company.pk).distinct().order_by("pk")[:COMPARED]:
        if any(other.domain == domain or same_site(other.domain, domain) for domain in mine):
            found[other.pk] = Twin(company=other, why="domain")
        elif look_alike(company.name, other.name):
            found[other.pk] = Twin(company=other, why="name")
    return list(found.values())[:SUGGESTED]
