"""Whose is it: leads of visitors at a time, permissions of addresses."""

from collections.abc import Iterable
from datetime import datetime

from wagtail_leads.identity.models import Consent, Lead, VisitorLink


def links_of(visitor_ids: Iterable[int]) -> dict[int, list[VisitorLink]]:
    """All links by visitor, newest first; one query."""
    found: dict[int, list[VisitorLink]] = {}
    for one in VisitorLink.objects.filter(visitor_id__in=set(visitor_ids)).order_by("-created_at"):
        found.setdefault(one.visitor_id, []).append(one)
    return found


def lead_at(links: list[VisitorLink], at: datetime) -> int | None:
    """Whose browser it was at that time."""
    for one in links:
        if (one.from_at is None or one.from_at <= at) and (one.to_at is None or at <= one.to_at):
            return one.lead_id
    return None


def family_of(lead: Lead) -> list[int]:
    """The lead's pk and those of the leads that were merged into it, however far back."""
    found = newest = [lead.pk]
    while newest := list(Lead.objects.filter(merged_into__in=newest).values_list("pk", flat=True)):
        found = [*found, *newest]
    return found


def may_write(key: str) -> bool:
    """Does the newest answer of this address allow marketing mail? No answer is no."""
    newest = Consent.objects.filter(question=Consent.Question.MAIL.value, email_key=key).order_by("-pk").first()
    return newest is not None and newest.granted
