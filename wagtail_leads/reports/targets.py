"""Target accounts that were on the site, for Today. Read only."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet, Sum

from wagtail_leads.companies.models import Company
from wagtail_leads.companies.queries import survivor_of
from wagtail_leads.companies.words import guess_reason
from wagtail_leads.identity.models import Lead
from wagtail_leads.reports.company_facts import told_visits
from wagtail_leads.sales.models import TargetAlert
from wagtail_leads.tracking.models import Visit

MOST = 10


@dataclass(frozen=True, kw_only=True)
class TargetSeen:
    company: Company
    last_at: datetime
    visits: int
    pages: int
    confidence: int
    reason: str


def find_targets_seen(*, since: datetime, visible: QuerySet[Lead]) -> list[TargetSeen]:
    """Target accounts that staff were told of since then (midnight), with what they did. Two or three queries."""
    alerts = TargetAlert.objects.filter(at__gte=since).select_related("company__merged_into").order_by("-at")[:MOST]
    companies = {company.pk: company for company in (survivor_of(alert.company) for alert in alerts)}
    if not companies:
        return []
    family = Q(company__in=companies) | Q(company__merged_into__in=companies)
    found: dict[int, list[dict]] = {}
    rows = (
        told_visits(Visit.objects.filter(family, last_at__gte=since), visible)
        .order_by()
        .values("company_id", "company__merged_into_id", "company_reason")
        .annotate(n=Count("pk"), pages=Sum("page_count"), last=Max("last_at"), sure=Max("company_confidence"))
    )
    for row in rows:
        found.setdefault(row["company__merged_into_id"] or row["company_id"], []).append(row)
    seen = [_seen(companies[pk], rows) for pk, rows in found.items()]
    return sorted(seen, key=lambda one: one.last_at, reverse=True)


def _seen(company: Company, rows: list[dict]) -> TargetSeen:
    surest = max(rows, key=lambda row: row["sure"])
    return TargetSeen(
        company=company,
        last_at=max(row["last"] for row in rows),
        visits=sum(row["n"] for row in rows),
        pages=sum(row["pages"] or 0 for row in rows),
        confidence=surest["sure"],
        reason=guess_reason(surest["company_reason"]),
    )
