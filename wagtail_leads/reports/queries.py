"""What Today reads: why a lead is worth a call, who was there today, and the week's numbers. Read only.

`visible` is always the queryset of leads that the reader may see. The number of queries does not depend on the rows.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet

from wagtail_leads.activity.models import Activity
from wagtail_leads.companies.models import Company
from wagtail_leads.identity.models import Lead, VisitorLink, open_links
from wagtail_leads.logic.kinds import ActivityKind, DropReason
from wagtail_leads.reports.visits import find_names, shown_visits
from wagtail_leads.reports.words import guessed_company, is_guess
from wagtail_leads.sales.queries import is_callable, left_alone, open_todos
from wagtail_leads.scoring.queries import hot_leads, scores_of
from wagtail_leads.tracking.models import DropCount, PageView, Visit

#: What a person did, in the order in which it says something about buying.
TELLING = (
    ActivityKind.INQUIRY_MADE,
    ActivityKind.FORM_SUBMITTED,
    ActivityKind.ASSET_DOWNLOADED,
    ActivityKind.EMAIL_CLICKED,
    ActivityKind.PAGE_VIEWED,
    ActivityKind.PAGE_READ,
)
WEEK = timedelta(days=7)
ACTIVE = timedelta(days=30)
REASON_WINDOW = timedelta(days=30)
#: Facts read at the most for all rows of one screen.
MOST_FACTS = 3000
MOST_VIEWS = 600
#: Hot leads looked at before those who were called already are taken out.
MOST_HOT = 200


@dataclass(kw_only=True)
class Fact:
    """Something a lead did, summed over its repetitions: "Price page, 3 min, twice, yesterday"."""

    kind: str
    title: str
    path: str
    high_intent: bool = False
    count: int = 0
    #: Visible time; None when nobody measured (not 0).
    dwell_ms: int | None = None
    last_at: datetime


@dataclass(kw_only=True)
class Call:
    """One row of "whom to call": a lead, why, and the to-do that asks for it (None: its score does)."""

    lead: Lead
    todo: object = None
    score: float = 0.0
    facts: list[Fact] = field(default_factory=list)
    overdue: bool = False
    #: Other open to-dos of the same lead.
    more_todos: int = 0


def find_calls(*, now: datetime, visible: QuerySet[Lead], owner=None, limit=20) -> list[Call]:
    """Whom to call: overdue to-dos, those due within a day, hot leads by score, then later to-dos. A lead stands once.

    Hot leads that are snoozed, dismissed or were contacted in the last seven days are left out. Nine queries.
    """
    todos = open_todos(now=now, owner=owner).filter(lead__in=visible)[: 5 * limit]
    calls: dict[int, Call] = {}
    for todo in todos:
        call = calls.setdefault(todo.lead_id, Call(lead=todo.lead, todo=todo, overdue=todo.due_at < now))
        call.more_todos += call.todo is not todo
    soon = [call for call in calls.values() if call.todo.due_at <= now + timedelta(days=1)]
    later = [call for call in calls.values() if call.todo.due_at > now + timedelta(days=1)]
    rows = [*soon, *_hot_calls(calls, visible=visible, owner=owner, now=now), *later][:limit]
    _fill(rows, now=now)
    return rows


def _hot_calls(calls: dict[int, Call], *, visible, owner, now) -> list[Call]:
    leads = visible.filter(owner=owner) if owner is not None else visible
    hot = hot_leads(now=now, limit=MOST_HOT, leads=leads)
    hot = [(lead, score) for lead, score in hot if lead.pk not in calls and is_callable(lead)]
    quiet = left_alone([lead.pk for lead, _score in hot], now=now, contacted_since=now - WEEK)
    return [Call(lead=lead, score=score) for lead, score in hot if lead.pk not in quiet]


def _fill(rows: list[Call], *, now: datetime) -> None:
    ids = [call.lead.pk for call in rows]
    facts, scores = find_facts(ids, now=now), scores_of(ids, now=now)
    for call in rows:
        call.facts = facts.get(call.lead.pk, [])
        call.score = scores.get(call.lead.pk, call.score)


def find_facts(lead_ids, *, now: datetime, most=3) -> dict[int, list[Fact]]:
    """Lead id -> its most telling facts of the last 30 days. Three queries, whatever the number of leads."""
    ids = set(lead_ids)
    if not ids:
        return {}
    owner_of = dict(Lead.objects.filter(merged_into__in=ids).values_list("pk", "merged_into_id")) | {
        pk: pk for pk in ids
    }
    links: dict[int, list[VisitorLink]] = {}
    for link in VisitorLink.objects.filter(open_links(), lead_id__in=owner_of):
        links.setdefault(link.visitor_id, []).append(link)
    kinds = [kind.value for kind in TELLING]
    acts = Activity.objects.filter(
        Q(lead_id__in=owner_of) | Q(visitor_id__in=links, lead__isnull=True),
        kind__in=kinds,
        at__gte=now - REASON_WINDOW,
    ).order_by("-at")[:MOST_FACTS]
    told: dict[int, dict[tuple, Fact]] = {}
    for act in acts:
        lead_id = owner_of.get(act.lead_id) or _owner(links.get(act.visitor_id, ()), act.at, owner_of)
        if lead_id in ids:
            _tell(told.setdefault(lead_id, {}), act)
    return {pk: _most_telling(facts.values(), most, now) for pk, facts in told.items()}


def _owner(links, at: datetime, owner_of: dict) -> int | None:
    for link in links:
        if (link.from_at is None or at >= link.from_at) and (link.to_at is None or at < link.to_at):
            return owner_of.get(link.lead_id)
    return None


def _tell(facts: dict[tuple, Fact], act: Activity) -> None:
    """A view and its reading are one fact about one page; everything else is a fact of its own kind."""
    read = act.kind == ActivityKind.PAGE_READ.value
    kind = ActivityKind.PAGE_VIEWED.value if read else act.kind
    key = (kind, act.page_id or act.path or act.title)
    fact = facts.get(key)
    if fact is None:
        fact = facts[key] = Fact(kind=kind, title=act.title, path=act.path, last_at=act.at)
    fact.high_intent = fact.high_intent or act.high_intent
    fact.title = fact.title or act.title
    if read:
        fact.dwell_ms = (fact.dwell_ms or 0) + (act.value or 0) if act.value is not None else fact.dwell_ms
    else:
        fact.count += 1


def _most_telling(facts, most: int, now: datetime) -> list[Fact]:
    order = [kind.value for kind in TELLING]

    def weight(fact: Fact):
        recent = fact.last_at >= now - WEEK
        page = fact.kind == ActivityKind.PAGE_VIEWED.value
        return (not recent, page and not fact.high_intent, order.index(fact.kind), -fact.last_at.timestamp())

    return sorted(facts, key=weight)[:most]


# -- who was there today ------------------------------------------------------------------------------------------------


@dataclass(kw_only=True)
class SeenPage:
    title: str
    path: str
    dwell_ms: int | None
    high_intent: bool


@dataclass(kw_only=True)
class Seen:
    """One visit of today: a named lead, a guessed company, or nobody we know."""

    visit: Visit
    lead: Lead | None = None
    #: A lead is behind it that this reader may not see.
    hidden: bool = False
    company: Company | None = None
    pages: list[SeenPage] = field(default_factory=list)

    @property
    def dwell_ms(self) -> int | None:
        measured = [page.dwell_ms for page in self.pages if page.dwell_ms is not None]
        return sum(measured) if measured else None

    @property
    def is_guess(self) -> bool:
        return self.company is not None and is_guess(self.visit)

    @property
    def kind(self) -> str:
        if self.lead or self.hidden:
            return "named"
        return "company" if self.company else "anonymous"


def find_visits(*, now: datetime, since: datetime, visible: QuerySet[Lead], limit=20) -> list[Seen]:
    """Visits seen since `since` (midnight), newest first. Four queries."""
    visits = list(
        shown_visits(Visit.objects.all())
        .filter(started_at__gte=since - timedelta(hours=12), last_at__gte=since, last_at__lte=now + ACTIVE)
        .select_related("company__merged_into")
        .order_by("-last_at", "-pk")[:limit]
    )
    if not visits:
        return []
    named = find_names(visits, visible)
    seen = {visit.pk: _seen(visit, *named.get(visit.pk, (None, False))) for visit in visits}
    views = PageView.objects.filter(visit_id__in=seen).select_related("activity").order_by("-at", "-pk")[:MOST_VIEWS]
    for view in views:
        act = view.activity
        seen[view.visit_id].pages.append(
            SeenPage(
                title=(act.title if act else "") or view.path,
                path=view.path,
                dwell_ms=view.dwell_ms,
                high_intent=bool(act and act.high_intent),
            )
        )
    return list(seen.values())


def _seen(visit: Visit, lead: Lead | None, hidden: bool) -> Seen:
    # a named visit's company is the person's own: it would name an erased person's, or one this reader may not see
    company = guessed_company(visit) if lead is None and not hidden else None
    return Seen(visit=visit, lead=lead, hidden=hidden, company=company)


# -- numbers ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Number:
    now: int
    before: int

    @property
    def change(self) -> int:
        return self.now - self.before


def find_numbers(*, now: datetime, visible: QuerySet[Lead]) -> dict[str, Number]:
    """The last seven days against the seven before: new leads, active prospects, inquiries. Four queries."""
    return {
        "new_leads": _this_and_last(visible, "created_at", now),
        "active_prospects": Number(
            now=visible.active_prospects(now - ACTIVE).count(), before=_active_at(now - WEEK, visible)
        ),
        "inquiries": _this_and_last(Activity.objects.filter(kind=ActivityKind.INQUIRY_MADE.value), "at", now),
    }


def _this_and_last(rows, at: str, now: datetime) -> Number:
    this = Q(**{f"{at}__gt": now - WEEK, f"{at}__lte": now})
    last = Q(**{f"{at}__gt": now - 2 * WEEK, f"{at}__lte": now - WEEK})
    counts = rows.filter(this | last).aggregate(this=Count("pk", filter=this), last=Count("pk", filter=last))
    return Number(now=counts["this"], before=counts["last"])


def _active_at(then: datetime, visible) -> int:
    """Active prospects as of then: connected by then, with a visit in the 30 days before (`Lead` keeps only the last)."""
    visits = Visit.objects.filter(
        visitor__lead__in=visible.filter(connected_at__lte=then), started_at__lte=then, last_at__gte=then - ACTIVE
    )
    return visits.aggregate(leads=Count("visitor__lead", distinct=True))["leads"]


def last_hit(*, since) -> tuple[datetime | None, datetime | None]:
    """(last recorded visit, last visit of a colleague since that day, left out). Two queries."""
    visit = Visit.objects.aggregate(last=Max("last_at"))["last"]
    staff = DropCount.objects.filter(reason=DropReason.STAFF.value, day__gte=since)
    return visit, staff.aggregate(last=Max("last_at"))["last"]
