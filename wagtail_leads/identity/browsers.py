"""By which lead may a browser be let in? Only strong evidence counts: mails are forwarded, and a shared browser is nobody's."""

from wagtail_leads.identity.models import Lead, VisitorLink
from wagtail_leads.logic.kinds import Evidence

#: Merges of merged leads that are followed.
MERGES = 10


def lead_of_browser(visitor_key: str) -> Lead | None:
    """The living lead that this browser surely belongs to; one that was merged is its survivor."""
    if not visitor_key:
        return None
    link = (
        VisitorLink.objects.filter(
            open_key__isnull=False,
            revoked_at__isnull=True,
            visitor__key=visitor_key,
            visitor__shared_at__isnull=True,
            visitor__forgotten_at__isnull=True,
        )
        .exclude(evidence=Evidence.MAIL_LINK.value)
        .select_related("lead")
        .first()
    )
    return _living(link.lead) if link is not None else None


def _living(lead: Lead) -> Lead | None:
    for _step in range(MERGES):
        if lead.merged_into_id is None:
            return lead if lead.erased_at is None else None
        lead = Lead.objects.get(pk=lead.merged_into_id)
    return None


def stage_of_browser(visitor_key: str) -> str:
    """The lifecycle stage of that lead, as it is now; '' for nobody."""
    lead = lead_of_browser(visitor_key)
    return lead.stage if lead is not None else ""
