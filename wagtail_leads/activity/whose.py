"""First stage of the river: whose is it? Finds the lead of each activity and locks the batch's leads in pk order."""

from django.db.models import Q

from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.turn import Turn
from wagtail_leads.identity.models import Lead, Visitor, VisitorLink, open_links
from wagtail_leads.identity.operations import link
from wagtail_leads.identity.queries import family_of, lead_at, links_of
from wagtail_leads.logic.kinds import ActivityKind, Evidence


def resolve(turn: Turn) -> None:
    """A fact that names its lead is the lead's; otherwise the browser's owner at that time. Constant query count."""
    browsers = {a.visitor_id for a in turn.activities if a.visitor_id}
    # locked before their links are read: a form that links one of them right now comes wholly before or after us
    list(Visitor.objects.select_for_update().filter(pk__in=browsers).order_by("pk").values_list("pk"))
    _connect_readers(turn)
    links = links_of(browsers)
    for activity in turn.activities:
        lead_id = activity.lead_id or lead_at(links.get(activity.visitor_id, []), activity.at)
        if lead_id is not None:
            turn.lead_of[activity.pk] = lead_id
    turn.leads = _locked(turn.lead_of.values())
    _follow_merges(turn)
    turn.lead_of = {pk: lead_id for pk, lead_id in turn.lead_of.items() if lead_id in turn.leads}


def _connect_readers(turn: Turn) -> None:
    """A click that a person made in a browser of nobody connects it, from now on only: mails are forwarded."""
    clicks = [a for a in turn.activities if a.kind == ActivityKind.EMAIL_CLICKED and a.visitor_id and a.lead_id]
    free = {v.pk: v for v in Visitor.objects.filter(pk__in={a.visitor_id for a in clicks}, lead__isnull=True)}
    leads = {lead.pk: lead for lead in Lead.objects.living().filter(pk__in={a.lead_id for a in clicks})}
    for activity in sorted(clicks, key=lambda a: (a.at, a.pk)):
        if activity.visitor_id in free and activity.lead_id in leads:
            visitor, lead = free.pop(activity.visitor_id), leads[activity.lead_id]
            link(visitor, lead, evidence=Evidence.MAIL_LINK, now=activity.at, with_history=False)


def _locked(lead_ids) -> dict[int, Lead]:
    return {lead.pk: lead for lead in Lead.objects.select_for_update().filter(pk__in=set(lead_ids)).order_by("pk")}


def _follow_merges(turn: Turn) -> None:
    """A merged lead's facts go to the lead it lives on in, which may be merged itself."""
    while moved := {pk: turn.leads[pk].merged_into_id for pk in _gone(turn)}:
        turn.leads.update(_locked(moved.values()))
        turn.lead_of = {pk: moved.get(lead_id, lead_id) for pk, lead_id in turn.lead_of.items()}


def _gone(turn: Turn) -> set[int]:
    return {pk for pk in turn.lead_of.values() if pk in turn.leads and turn.leads[pk].merged_into_id}


def history_of(link_row) -> Q:
    """The activities that a link covers, as a filter: what the browser did while it was the lead's."""
    covered = Q(visitor_id=link_row.visitor_id)
    if link_row.from_at is not None:
        covered &= Q(at__gte=link_row.from_at)
    if link_row.to_at is not None:
        covered &= Q(at__lt=link_row.to_at)
    return covered


def covers(link_row, activity: Activity) -> bool:
    """The same, asked of one activity."""
    return activity.visitor_id == link_row.visitor_id and lead_at([link_row], activity.at) is not None


def activities_of(lead: Lead):
    """Everything a lead and those merged into it did, before and since the name was known; each line once."""
    family = family_of(lead)
    mine = Q(lead__in=family)
    for link_row in VisitorLink.objects.filter(open_links(), lead__in=family):
        mine |= history_of(link_row) & Q(lead__isnull=True)
    return Activity.objects.filter(mine)
