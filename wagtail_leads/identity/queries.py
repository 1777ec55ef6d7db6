"""Whose is it: leads of visitors at a time, permissions of addresses."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from wagtail_leads.identity.models import Consent, Lead, LeadTagging, Visitor, VisitorLink, open_links
from wagtail_leads.logic.addresses import email_key, normalise_email
from wagtail_leads.logic.kinds import Evidence

#: Evidence that the person gave in this browser. A mail is forwarded, and a colleague may be wrong.
OWN_WORD = (Evidence.LOGIN, Evidence.CONFIRMED, Evidence.FORM)


def links_of(visitor_ids: Iterable[int]) -> dict[int, list[VisitorLink]]:
    """All links that hold, by visitor, newest first; one query."""
    found: dict[int, list[VisitorLink]] = {}
    for one in VisitorLink.objects.filter(open_links(), visitor_id__in=set(visitor_ids)).order_by("-created_at", "-pk"):
        found.setdefault(one.visitor_id, []).append(one)
    return found


def lead_at(links: list[VisitorLink], at: datetime) -> int | None:
    """Whose browser it was at that time. A link begins with its moment, and ends before the next one's."""
    for one in links:
        if (one.from_at is None or one.from_at <= at) and (one.to_at is None or at < one.to_at):
            return one.lead_id
    return None


def known_lead_of(visitor: Visitor | None, now: datetime) -> Lead | None:
    """The lead that this browser strongly is now; None when that is not sure enough to spare them a form.

    Sure is: the person logged in, confirmed their address or sent a form here, nobody took that back, fewer than three
    people used the browser within 30 days, and the person neither stopped the use of their data nor was erased. A click
    in a mail is never enough. One query (more only for a merged lead).
    """
    if visitor is None:
        return None
    begun = Q(from_at__isnull=True) | Q(from_at__lte=now)
    held = VisitorLink.objects.filter(
        begun,
        open_links(),
        open_key=visitor.pk,
        evidence__in=[evidence.value for evidence in OWN_WORD],
        visitor__shared_at__isnull=True,
        visitor__forgotten_at__isnull=True,
    )
    link = held.select_related("lead").first()
    lead = surviving(link.lead) if link else None
    return lead if lead is not None and lead.stopped_at is None and lead.erased_at is None else None


def surviving(lead: Lead) -> Lead:
    """The lead that a merged one lives on in."""
    for _step in range(10):
        if lead.merged_into_id is None:
            break
        lead = Lead.objects.get(pk=lead.merged_into_id)
    return lead


def family_of(lead: Lead) -> list[int]:
    """The lead's pk and those of the leads that were merged into it, however far back."""
    found = newest = [lead.pk]
    while newest := list(Lead.objects.filter(merged_into__in=newest).values_list("pk", flat=True)):
        found = [*found, *newest]
    return found


def tags_of(lead_ids: Iterable[int]) -> dict[int, list[str]]:
    """Lead id -> names of its tags in order; one query."""
    found: dict[int, list[str]] = {}
    rows = LeadTagging.objects.filter(lead_id__in=set(lead_ids)).order_by("tag__name")
    for lead_id, name in rows.values_list("lead_id", "tag__name"):
        found.setdefault(lead_id, []).append(name)
    return found


def may_write(key: str) -> bool:
    """Does the newest answer of this address allow marketing mail? No answer is no."""
    newest = Consent.objects.filter(question=Consent.Question.MAIL.value, email_key=key).order_by("-pk").first()
    return newest is not None and newest.granted


def find_by_address(address: str) -> Lead | None:
    """The living lead of a mail address, or the one that it was merged into."""
    normal = normalise_email(address)
    found = Lead.objects.filter(email_key=email_key(normal)).first() if normal else None
    found = surviving(found) if found else None
    return found if found is not None and found.erased_at is None else None
