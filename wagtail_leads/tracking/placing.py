"""Stage of the river: which company? A known lead's visits are its company's, also those from before the name was known."""

from django.db.models import OuterRef, Subquery

from wagtail_leads.activity.turn import Turn
from wagtail_leads.identity.models import Visitor
from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.tracking.models import PageView, Visit

#: A lead's own company is surer than any guess by network (`research`: domain before network).
CONFIDENCE = 90
KINDS = (ActivityKind.PAGE_VIEWED, ActivityKind.VISITOR_LINKED)


def place(turn: Turn) -> None:
    """Fill in the company of visits that have none; a company guessed by network stays and is shown beside.

    Tells the stages that follow which company each page view came from. Three queries.
    """
    _give_leads_company(turn)
    opened = [a.pk for a in turn.activities if a.kind == ActivityKind.PAGE_VIEWED]
    if opened:
        views = PageView.objects.filter(activity_id__in=opened, visit__company__isnull=False)
        said = ("activity_id", "visit__company_id", "visit__company_confidence", "visit__company_reason")
        for pk, company, confidence, reason in views.values_list(*said):
            turn.company_of[pk], turn.why_company[pk] = company, (confidence, reason)


def _give_leads_company(turn: Turn) -> None:
    visitors = {a.visitor_id for a in turn.activities if a.kind in KINDS and a.visitor_id and a.pk in turn.lead_of}
    if not visitors:
        return
    employer = Visitor.objects.filter(pk=OuterRef("visitor_id")).values("lead__company")[:1]
    known = Visitor.objects.filter(pk__in=visitors, lead__company__isnull=False).values_list("pk", flat=True)
    Visit.objects.filter(visitor_id__in=list(known), company__isnull=True).update(
        company=Subquery(employer), company_reason="lead", company_confidence=CONFIDENCE
    )
