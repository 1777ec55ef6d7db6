"""A browser is linked with a lead, and the ledger says so."""

from datetime import datetime

from wagtail_leads.activity.operations import record
from wagtail_leads.identity.models import Lead, Visitor
from wagtail_leads.identity.operations import link
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ActivityKind, Evidence


def connect(
    visitor: Visitor,
    lead: Lead,
    *,
    evidence: Evidence,
    with_history: bool,
    now: datetime,
    site=None,
    page_id: int | None = None,
    title: str = "",
) -> None:
    """Link them; where that says more than before, earlier visits may count from here."""
    made, is_new = link(visitor, lead, evidence=evidence, now=now, with_history=with_history)
    if not is_new:
        return
    record(
        ActivityKind.VISITOR_LINKED,
        at=now,
        now=now,
        dedupe_key=dedupe_key("linked", made.pk),
        lead=lead,
        visitor=visitor,
        site=site,
        object_kind="link",
        object_id=made.pk,
        page_id=page_id,
        title=title,
    )
