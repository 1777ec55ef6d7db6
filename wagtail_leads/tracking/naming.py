"""Visits of a network get the company that people or the reverse DNS name for it – also those that were before.

In short transactions, a chunk of visits each. What is known from a lead stays: a person's own word is surer.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from wagtail_leads.companies.held import PTR, SAID_BY_A_PERSON
from wagtail_leads.companies.models import Company, Network
from wagtail_leads.companies.operations import companies_of_guesses
from wagtail_leads.companies.own_networks import Settled, settle
from wagtail_leads.companies.queries import is_company
from wagtail_leads.companies.reverse_dns import NameServer, look_up_due
from wagtail_leads.logic.company_guess import CompanyGuess
from wagtail_leads.tracking.models import Visit

CHUNK = 500
#: Reason of a visit whose company is its lead's (`tracking.placing`).
LEAD = "lead"
#: Visits this long before the question was put are taken for the same address's.
SAME_ADDRESS = timedelta(hours=24)


def settle_visits(cidrs: Iterable[str], *, now: datetime) -> int:
    """After statements about networks were put or dropped: the visits from there follow. Returns how many changed."""
    return sum(_follow(settled, now=now) for settled in settle(cidrs))


def _follow(settled: Settled, *, now: datetime) -> int:
    row = settled.network
    visits = Visit.objects.filter(network=row)
    if settled.has_parts:  # a visit from a part that has its own statement keeps it
        visits = visits.exclude(company_reason__in=SAID_BY_A_PERSON)
    return give_company(visits, _company_id(row, settled.company_id, now), confidence=row.confidence, reason=row.reason)


def _company_id(row: Network, said: int | None, now: datetime) -> int | None:
    if said is not None:
        return said
    found = CompanyGuess(name=row.name, domain=row.domain, confidence=row.confidence, reason=row.reason)
    if not is_company(found):
        return None
    company = companies_of_guesses([found], now=now).get(row.name)
    return company.pk if company else None


def give_company(visits: QuerySet, company_id: int | None, *, confidence: int, reason: str) -> int:
    """Write it on the visits that say something else, 500 at a time. Never on a lead's own. Returns how many."""
    other = Q(company__isnull=False) if company_id is None else Q(company__isnull=True) | ~Q(company=company_id)
    todo = visits.exclude(company_reason=LEAD).filter(other | ~Q(company_reason=reason)).order_by("pk")
    changed, last = 0, 0
    while pks := list(todo.filter(pk__gt=last).values_list("pk", flat=True)[:CHUNK]):
        changed += (
            Visit.objects.filter(pk__in=pks)
            .exclude(company_reason=LEAD)
            .update(company=company_id, company_confidence=confidence, company_reason=reason)
        )
        last = pks[-1]
    return changed


def look_up_names(*, now: datetime, limit: int, resolver: NameServer | None = None) -> int:
    """Reverse DNS: ask what is due, and tell the visits. Returns how many names were asked."""
    return look_up_due(now=now, limit=limit, resolver=resolver, tell=_tell_visits)


def _tell_visits(network: Network, company: Company, confidence: int, asked_at: datetime) -> None:
    """Visits without a company: of the time around the question, or all when one browser made them.

    A /24 may hold strangers, and a visit keeps only its /24: what is older may have been a neighbour's.
    """
    visits = Visit.objects.filter(network=network, company__isnull=True)
    browsers = visits.order_by().values_list("visitor", flat=True).distinct()[:2]
    if len(browsers) > 1 and ":" not in network.cidr:
        visits = visits.filter(last_at__gte=asked_at - SAME_ADDRESS)
    give_company(visits, company.pk, confidence=confidence, reason=PTR)
