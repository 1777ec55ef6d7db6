"""Visits as people read them: who it was, as far as this reader may know, and what happened in one visit. Read only."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import QuerySet

from wagtail_leads.activity.models import KIND_LABELS, Activity
from wagtail_leads.companies.models import Company
from wagtail_leads.identity.models import Lead, VisitorLink, open_links
from wagtail_leads.logic.kinds import ActivityKind, NetworkAction
from wagtail_leads.reports import words
from wagtail_leads.reports.timeline import ICONS
from wagtail_leads.tracking.models import PageView, Visit

#: Lines shown of one visit; nobody reads more.
MOST_LINES = 300
#: A fact shortly after the last view (a form that was sent, a file) belongs to the visit.
AFTERWARDS = timedelta(minutes=5)
#: The view itself is shown by its page view; its reading too.
_SHOWN_BY_VIEWS = (ActivityKind.PAGE_VIEWED.value, ActivityKind.PAGE_READ.value)
#: Not done in the visit, though it may fall into its time.
_FROM_ELSEWHERE = (
    ActivityKind.EMAIL_SENT.value,
    ActivityKind.EMAIL_OPENED.value,
    ActivityKind.EMAIL_BOUNCED.value,
    ActivityKind.SALES_CONTACT.value,
)


@dataclass(frozen=True, kw_only=True)
class Who:
    """Who a visit was: a named lead, a (guessed) company, a network's operator, or nobody we know."""

    lead: Lead | None = None
    #: A lead is behind it that this reader may not see: then nothing else is told either.
    hidden: bool = False
    company: Company | None = None
    #: The company is guessed; else a person said so.
    is_guess: bool = False
    #: What the network calls itself ("So-net"); empty for a named visit.
    network: str = ""

    @property
    def kind(self) -> str:
        if self.lead:
            return "lead"
        if self.company:
            return "company"
        return "network" if self.network else "anonymous"


def shown_visits(visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """Without those from networks that somebody called our own since they were recorded."""
    return visits.exclude(company_reason=NetworkAction.IGNORE.value)


def find_who(visits: list[Visit], visible: QuerySet[Lead]) -> dict[int, Who]:
    """Visit id -> who it was. Three queries; visits come with `company__merged_into`."""
    named = find_names(visits, visible)
    return {visit.pk: _who(visit, *named.get(visit.pk, (None, False))) for visit in visits}


def _who(visit: Visit, lead: Lead | None, hidden: bool) -> Who:
    if lead is not None or hidden:
        # a named visit's company is the person's own: it would name one whom this reader may not see
        return Who(lead=lead, hidden=hidden)
    company = words.guessed_company(visit)
    return Who(company=company, is_guess=bool(company) and words.is_guess(visit), network=visit.network_label)


def find_names(visits: list[Visit], visible: QuerySet[Lead]) -> dict[int, tuple[Lead | None, bool]]:
    """Visit id -> (the lead or None, is it hidden). Only what a link's time range covers has a name. Two queries."""
    links: dict[int, list[VisitorLink]] = {}
    held = VisitorLink.objects.filter(open_links(), visitor_id__in={v.visitor_id for v in visits})
    for link in held.select_related("lead"):
        links.setdefault(link.visitor_id, []).append(link)
    covering = {visit.pk: _covering(visit, links.get(visit.visitor_id, ())) for visit in visits}
    ids = {pk: link.lead.merged_into_id or link.lead_id for pk, link in covering.items() if link}
    mine = visible.select_related("company__merged_into").in_bulk(set(ids.values())) if ids else {}
    erased = {pk for pk, link in covering.items() if link and link.lead.erased_at}
    return {pk: (mine.get(lead_id), lead_id not in mine) for pk, lead_id in ids.items() if pk not in erased}


def _covering(visit: Visit, links: Iterable[VisitorLink]) -> VisitorLink | None:
    for link in links:
        begun = link.from_at is None or link.from_at <= visit.last_at
        if begun and (link.to_at is None or link.to_at > visit.started_at):
            return link
    return None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that happened in a visit."""

    at: datetime
    icon: str
    label: str
    about: str
    path: str = ""
    #: Visible milliseconds; None when nobody measured.
    dwell_ms: int | None = None
    #: Per cent; None when nobody measured.
    scroll: int | None = None
    high_intent: bool = False
    #: Seen by the script only: the page came from a cache.
    from_cache: bool = False


@dataclass(kw_only=True)
class Course:
    """What happened in one visit, in order."""

    lines: list[Line] = field(default_factory=list)
    #: More than are shown.
    cut: bool = False


def find_course(visit: Visit, *, with_facts: bool) -> Course:
    """The page views of a visit with what else its browser did meanwhile. Two queries.

    `with_facts` False leaves out what a person wrote or sent (for a reader who may not know who it was).
    """
    views = list(visit.views.select_related("activity").order_by("at", "pk")[: MOST_LINES + 1])
    lines = [_of_view(view) for view in views[:MOST_LINES]]
    if with_facts:
        acts = Activity.objects.filter(
            visitor_id=visit.visitor_id, at__gte=visit.started_at, at__lte=visit.last_at + AFTERWARDS
        ).exclude(kind__in=_SHOWN_BY_VIEWS + _FROM_ELSEWHERE)
        lines += [_of_fact(act) for act in acts.order_by("at", "pk")[:MOST_LINES]]
    return Course(lines=sorted(lines, key=lambda line: line.at), cut=len(views) > MOST_LINES)


def _of_view(view: PageView) -> Line:
    act = view.activity
    return Line(
        at=view.at,
        icon=ICONS[ActivityKind.PAGE_VIEWED.value],
        label="",
        about=(act.title if act else "") or view.path,
        path=view.path,
        dwell_ms=view.dwell_ms,
        scroll=view.scroll,
        high_intent=bool(act and act.high_intent),
        from_cache=not view.server_seen,
    )


def _of_fact(act: Activity) -> Line:
    return Line(
        at=act.at,
        icon=ICONS.get(act.kind, "doc-empty"),
        label=str(KIND_LABELS.get(ActivityKind(act.kind), act.kind)),
        about=words.about(act),
    )
