"""First stage of the river: whose is it? Finds the lead of each activity and locks the batch's leads in pk order."""

from django.db.models import Q

from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.turn import Turn
from wagtail_leads.identity.models import Lead, Visitor
from wagtail_leads.identity.operations import link
from wagtail_leads.identity.queries import lead_at, links_of
from wagtail_leads.logic.kinds import ActivityKind, Evidence


def resolve(turn: Turn) -> None:
    """A fact that names its lead is the lead's; otherwise the browser's owner at that time. Constant query count."""
    _connect_readers(turn)
    links = links_of(a.visitor_id for a in turn.activities if a.visitor_id)
    for activity in turn.activities:
        lead_id = activity.lead_id or lead_at(links.get(activity.visitor_id, []), activity.at)
        if lead_id is not None:
            turn.lead_of[activity.pk] = lead_id
    wanted = set(turn.lead_of.values())
    locked = Lead.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
    turn.leads = {lead.pk: lead for lead in locked}
    _follow_merges(turn)
    turn.lead_of = {pk: lead_id for pk, lead_id in turn.lead_of.items() if lead_id in turn.leads}


def _connect_readers(turn: Turn) -> None:
    """A click that a person made in a browser of nobody connects it, from now on only: mails are forwarded."""
    for activity in turn.activities:
        if activity.kind == ActivityKind.EMAIL_CLICKED and activity.visitor_id and activity.lead_id:
            visitor = Visitor.objects.filter(pk=activity.visitor_id, lead__isnull=True).first()
            lead = Lead.objects.living().filter(pk=activity.lead_id).first()
            if visitor is not None and lead is not None:
                link(visitor, lead, evidence=Evidence.MAIL_LINK, now=activity.at, with_history=False)


def _follow_merges(turn: Turn) -> None:
    """A merged lead's facts go to the lead it lives on in."""
    moved = {lead.pk: lead.merged_into_id for lead in turn.leads.values() if lead.merged_into_id}
    if not moved:
        return
    targets = Lead.objects.select_for_update().filter(pk__in=set(moved.values())).order_by("pk")
    turn.leads.update({lead.pk: lead for lead in targets})
    turn.lead_of = {pk: moved.get(lead_id, lead_id) for pk, lead_id in turn.lead_of.items()}


def history_of(link_row) -> Q:
    """The activities that a link covers, as a filter: what the browser did while it was the lead's."""
    covered = Q(visitor_id=link_row.visitor_id)
    if link_row.from_at is not None:
        covered &= Q(at__gte=link_row.from_at)
    if link_row.to_at is not None:
        covered &= Q(at__lte=link_row.to_at)
    return covered


def activities_of(lead: Lead):
    """Everything a lead did, before and since the name was known; a queryset, each line once."""
    mine = Q(lead=lead)
    for link_row in lead.links.all():
        mine |= history_of(link_row) & (Q(lead__isnull=True) | Q(lead=lead))
    return Activity.objects.filter(mine)
