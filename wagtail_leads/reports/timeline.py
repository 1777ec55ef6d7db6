"""One line of time for one lead: everything since becoming known, and what its browsers did before.

`reach_of(lead)` says whose facts count; `page(...)` gives fifty of them, newest first, by keyset; `days(...)` groups them
by day and visit. Read only. The number of queries does not depend on the number of facts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timezone

from django.db.models import Q, Value
from django.db.models.functions import Concat
from django.utils.timezone import localtime

from wagtail_leads.activity.models import KIND_LABELS, Activity
from wagtail_leads.content.models import Topic
from wagtail_leads.identity.models import Lead, VisitorLink, open_links
from wagtail_leads.logic.kinds import ActivityKind, MessageState
from wagtail_leads.mailing.models import Message
from wagtail_leads.reports import memo, words
from wagtail_leads.sales.models import Todo
from wagtail_leads.scenarios.models import Enrolment
from wagtail_leads.segments.models import StageChange
from wagtail_leads.tracking.models import PageView, Visit

PAGE_SIZE = 50
#: PAGE_READ is the dwell of a PAGE_VIEWED, which shows it; a line of its own would tell the same thing twice.
SILENT = (ActivityKind.PAGE_READ.value,)
NOT_SENT = (MessageState.SKIPPED.value, MessageState.FAILED.value, MessageState.UNKNOWN.value)

#: What a filter of the timeline lets through: name -> activity kinds.
FACTS = {
    "pages": (ActivityKind.PAGE_VIEWED, ActivityKind.GATE_SHOWN, ActivityKind.ASSET_DOWNLOADED),
    "mail": (
        ActivityKind.EMAIL_SENT,
        ActivityKind.EMAIL_OPENED,
        ActivityKind.EMAIL_CLICKED,
        ActivityKind.EMAIL_BOUNCED,
        ActivityKind.EMAIL_UNSUBSCRIBED,
    ),
    "forms": (
        ActivityKind.FORM_SUBMITTED,
        ActivityKind.INQUIRY_MADE,
        ActivityKind.ADDRESS_CONFIRMED,
        ActivityKind.CONSENT_GIVEN,
    ),
    "left_forms": (ActivityKind.FORM_LEFT,),
    "documents": (ActivityKind.ASSET_DOWNLOADED,),
    "searches": (ActivityKind.SITE_SEARCHED,),
    "files": (ActivityKind.FILE_CLICKED,),
    "shares": (ActivityKind.SHARED,),
    "links": (ActivityKind.LINK_CLICKED,),
    "contacts": (ActivityKind.SALES_CONTACT,),
}
ICONS = {
    ActivityKind.PAGE_VIEWED.value: "doc-empty",
    ActivityKind.GATE_SHOWN.value: "lock",
    ActivityKind.FORM_SEEN.value: "form",
    ActivityKind.FORM_BEGUN.value: "edit",
    ActivityKind.FORM_LEFT.value: "undo",
    ActivityKind.FORM_SUBMITTED.value: "form",
    ActivityKind.INQUIRY_MADE.value: "comment",
    ActivityKind.ASSET_DOWNLOADED.value: "download",
    ActivityKind.SITE_SEARCHED.value: "search",
    ActivityKind.LINK_CLICKED.value: "link-external",
    ActivityKind.FILE_CLICKED.value: "doc-full",
    ActivityKind.SHARED.value: "resubmit",
    ActivityKind.VISITOR_LINKED.value: "link",
    ActivityKind.ADDRESS_CONFIRMED.value: "check",
    ActivityKind.CONSENT_GIVEN.value: "check",
    ActivityKind.CONSENT_WITHDRAWN.value: "cross",
    ActivityKind.EMAIL_SENT.value: "mail",
    ActivityKind.EMAIL_OPENED.value: "view",
    ActivityKind.EMAIL_CLICKED.value: "link-external",
    ActivityKind.EMAIL_BOUNCED.value: "warning",
    ActivityKind.EMAIL_UNSUBSCRIBED.value: "no-view",
    ActivityKind.SALES_CONTACT.value: "user",
    "todo": "tasks",
    "stage": "arrow-right",
    "message": "warning",
    "run_started": "pick",
    "run_ended": "check",
    "known": "tag",
}


@dataclass(frozen=True, kw_only=True)
class Show:
    """Which facts are asked for: all, or those of one topic (slug) and one group of `FACTS`."""

    topic: str = ""
    facts: str = ""

    @classmethod
    def read(cls, params) -> "Show":
        """From a query string; what makes no sense is ignored."""
        facts = params.get("facts", "")
        return cls(topic=params.get("topic", "")[:50].replace("\0", ""), facts=facts if facts in FACTS else "")

    def __bool__(self) -> bool:
        return bool(self.topic or self.facts)


ALL = Show()


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Whose facts count: the lead, those merged into it, and their browsers, each from when to when."""

    lead_ids: tuple[int, ...]
    links: tuple[VisitorLink, ...] = ()

    @property
    def visitor_ids(self) -> set[int]:
        return {link.visitor_id for link in self.links}

    def owns(self, visitor_id: int | None, at: datetime) -> bool:
        return any(link.visitor_id == visitor_id and _within(link, at) for link in self.links)

    def activities(self) -> Q:
        """Facts that name the lead, and nameless facts of its browsers while they were its. One fact once."""
        mine = Q(lead__in=self.lead_ids)
        for link in self.links:
            mine |= Q(visitor_id=link.visitor_id, lead__isnull=True) & _range(link, "at")
        return mine

    def visits(self) -> Q:
        mine = Q(pk__in=[])
        for link in self.links:
            mine |= Q(visitor_id=link.visitor_id) & _range(link, "started_at")
        return mine


def _within(link: VisitorLink, at: datetime) -> bool:
    return (link.from_at is None or at >= link.from_at) and (link.to_at is None or at < link.to_at)


def _range(link: VisitorLink, name: str) -> Q:
    times = Q()
    if link.from_at is not None:
        times &= Q(**{f"{name}__gte": link.from_at})
    if link.to_at is not None:
        times &= Q(**{f"{name}__lt": link.to_at})
    return times


def reach_of(lead: Lead) -> Reach:
    """Two queries."""
    merged = Lead.objects.filter(Q(merged_into=lead) | Q(merged_into__merged_into=lead)).values_list("pk", flat=True)
    ids = (lead.pk, *merged)
    links = VisitorLink.objects.filter(open_links(), lead__in=ids).order_by("created_at", "pk")
    return Reach(lead_ids=ids, links=tuple(links))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line. `order` and `pk` break ties, so that no line is skipped or shown twice between pages."""

    at: datetime
    order: int
    pk: int
    #: "activity", "todo", "stage", "message", "run_started", "run_ended" or "known".
    what: str
    row: object = None
    visit: Visit | None = None
    dwell_ms: int | None = None

    @property
    def key(self) -> tuple:
        return (self.at, self.order, self.pk)

    @property
    def anchor(self) -> str:
        return f"{self.what}-{self.pk}"

    @property
    def kind(self) -> str:
        return self.row.kind if self.what == "activity" else self.what

    @property
    def label(self):
        return KIND_LABELS.get(self.row.kind, self.row.kind) if self.what == "activity" else ""

    @property
    def about(self) -> str:
        return words.about(self.row) if self.what == "activity" else ""

    @property
    def result(self):
        """What came of a contact, in words."""
        return dict(Todo.Result.choices).get(self.row.data.get("result"), "") if self.what == "activity" else ""

    @property
    def stage_reason(self) -> str:
        return words.stage_reason(self.row.reason)

    @property
    def subject(self) -> str:
        return words.subject(self.row)

    @property
    def note(self) -> str:
        return str(self.row.data.get("note") or "") if self.what == "activity" else ""

    @property
    def dwell(self) -> str:
        return memo.duration(self.dwell_ms) if self.dwell_ms is not None else ""

    @property
    def icon(self) -> str:
        return ICONS.get(self.kind, "info-circle")


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """Where a page of the timeline begins: after this key."""

    at: datetime
    order: int
    pk: int

    def __str__(self) -> str:
        return f"{int(self.at.timestamp())}.{self.at.microsecond:06d}.{self.order}.{self.pk}"

    @classmethod
    def read(cls, text: str | None) -> "Cursor | None":
        """From a query string; None for anything that we did not write."""
        try:
            seconds, micros, order, pk = (text or "").split(".")
            at = datetime.fromtimestamp(int(seconds), tz=timezone.utc).replace(microsecond=int(micros))
            return cls(at=at, order=int(order), pk=max(0, min(int(pk), 2**63 - 1)))
        except (ValueError, OverflowError, OSError):
            return None


@dataclass(frozen=True, kw_only=True)
class Page:
    entries: tuple[Entry, ...]
    #: Cursor of the next (older) page; None when there is no more.
    older: Cursor | None = None


def page(lead: Lead, reach: Reach, *, show: Show = ALL, after: Cursor | None = None, size: int = PAGE_SIZE) -> Page:
    """The next `size` entries after the cursor, newest first. One query a source, and two for visits and dwell."""
    found = [entry for source in _sources(lead, reach, show) for entry in source.take(after, size + 1)]
    if not show:
        found += _known(lead, after)
    found.sort(key=lambda entry: entry.key, reverse=True)
    entries = with_visits(found[:size], reach)
    last = entries[-1] if len(found) > size else None
    return Page(entries=tuple(entries), older=last and Cursor(at=last.at, order=last.order, pk=last.pk))


def _known(lead: Lead, after: Cursor | None) -> list[Entry]:
    """The line "became known here". Nothing of the same moment is older than it."""
    entry = Entry(at=lead.created_at, order=-1, pk=lead.pk, what="known", row=lead)
    return [entry] if after is None or entry.key < (after.at, after.order, after.pk) else []


@dataclass(frozen=True, kw_only=True)
class _Source:
    what: str
    order: int
    rows: object
    at: str

    def take(self, after: Cursor | None, count: int) -> list[Entry]:
        rows = self.rows.filter(_before(after, self.order, self.at)) if after else self.rows
        rows = rows.order_by(f"-{self.at}", "-pk")[:count]
        return [Entry(at=getattr(row, self.at), order=self.order, pk=row.pk, what=self.what, row=row) for row in rows]


def _before(after: Cursor, order: int, at: str) -> Q:
    if order < after.order:
        return Q(**{f"{at}__lte": after.at})
    if order > after.order:
        return Q(**{f"{at}__lt": after.at})
    return Q(**{f"{at}__lt": after.at}) | Q(**{at: after.at, "pk__lt": after.pk})


def _sources(lead: Lead, reach: Reach, show: Show) -> list[_Source]:
    activities = shown_activities(reach, show).select_related("site")
    sources = [_Source(what="activity", order=0, rows=activities, at="at")]
    if not show.topic and show.facts in ("", "mail"):
        unsent = Message.objects.filter(lead__in=reach.lead_ids, state__in=NOT_SENT).select_related("version")
        sources.append(_Source(what="message", order=1, rows=unsent, at="created_at"))
    if not show.topic and show.facts in ("", "contacts"):
        todos = Todo.objects.filter(lead__in=reach.lead_ids).select_related("owner")
        sources.append(_Source(what="todo", order=2, rows=todos, at="created_at"))
    if not show:
        runs = Enrolment.objects.filter(lead__in=reach.lead_ids).select_related("scenario")
        changes = StageChange.objects.filter(lead__in=reach.lead_ids)
        sources += [
            _Source(what="stage", order=3, rows=changes, at="at"),
            _Source(what="run_started", order=4, rows=runs, at="started_at"),
            _Source(what="run_ended", order=5, rows=runs.filter(ended_at__isnull=False), at="ended_at"),
        ]
    return sources


def shown_activities(reach: Reach, show: Show):
    rows = Activity.objects.filter(reach.activities()).exclude(kind__in=SILENT)
    if show.facts:
        rows = rows.filter(kind__in=[kind.value for kind in FACTS[show.facts]])
    if show.topic:
        spaced = Concat(Value(" "), "topics", Value(" "))
        rows = rows.alias(spaced_topics=spaced).filter(spaced_topics__contains=f" {show.topic} ")
    return rows


def with_visits(entries: list[Entry], reach: Reach) -> list[Entry]:
    """The visit each entry belongs to, and the dwell of page views. Two queries.

    What a browser did belongs to its visit; anything else (a mail, a change of stage) to the visit during which it happened.
    """
    acts = [entry.row for entry in entries if entry.what == "activity"]
    if not acts:
        return entries
    views = {
        view.activity_id: view
        for view in PageView.objects.filter(activity_id__in=[a.pk for a in acts]).only(
            "activity_id", "visit_id", "dwell_ms"
        )
    }
    visits = list(_visits_around(entries, acts, reach))
    return [_with_visit(entry, views, visits, reach) for entry in entries]


def _visits_around(entries: list[Entry], acts: list[Activity], reach: Reach) -> Iterable[Visit]:
    visitors = {a.visitor_id for a in acts if a.visitor_id} | reach.visitor_ids
    if not visitors:
        return []
    newest, oldest = entries[0].at, entries[-1].at
    around = Visit.objects.filter(visitor_id__in=visitors, started_at__lte=newest, last_at__gte=oldest)
    return around.select_related("company__merged_into").order_by("-started_at")


def _with_visit(entry: Entry, views: dict, visits: list[Visit], reach: Reach) -> Entry:
    if entry.what != "activity" or entry.row.visitor_id is None:
        during = (v for v in visits if v.visitor_id in reach.visitor_ids and v.started_at <= entry.at <= v.last_at)
        return replace(entry, visit=next(during, None))
    view = views.get(entry.row.pk)
    if view:
        visit = next((v for v in visits if v.pk == view.visit_id), None)
    else:
        visit = next((v for v in visits if _belongs(entry.row, v)), None)
    return replace(entry, visit=visit, dwell_ms=view.dwell_ms if view else None)


def _belongs(activity: Activity, visit: Visit) -> bool:
    return visit.visitor_id == activity.visitor_id and visit.started_at <= activity.at <= visit.last_at


@dataclass(kw_only=True)
class Group:
    """Entries of one visit without a break, or entries that belong to none."""

    visit: Visit | None
    entries: list[Entry] = field(default_factory=list)
    #: The visit stands above already; something else happened in between.
    goes_on: bool = False

    @property
    def dwell_ms(self) -> int | None:
        """Visible time of the shown pages; None when nobody measured."""
        measured = [entry.dwell_ms for entry in self.entries if entry.dwell_ms is not None]
        return sum(measured) if measured else None

    @property
    def dwell(self) -> str:
        return memo.duration(self.dwell_ms) if self.dwell_ms is not None else ""

    @property
    def came_through(self) -> str:
        return words.came_through(self.visit)

    @property
    def device(self) -> str:
        return words.device(self.visit.device)

    @property
    def guess(self):
        """The company guessed by network; None where the visit only carries the person's own."""
        return words.guessed_company(self.visit)


@dataclass(kw_only=True)
class Day:
    day: date
    groups: list[Group] = field(default_factory=list)


def days(entries: Iterable[Entry]) -> list[Day]:
    """Newest day first, and within a day strictly by time: what happened during a visit stands in it, at its moment.

    Only two browsers at once interrupt each other: then a visit goes on below, under a heading of its own.
    """
    found: list[Day] = []
    for entry in entries:
        day = localtime(entry.at).date()
        if not found or found[-1].day != day:
            found.append(Day(day=day))
        _put(found[-1], entry)
    return found


def _put(day: Day, entry: Entry) -> None:
    last = day.groups[-1] if day.groups else None
    if last is None or _visit_pk(last.visit) != _visit_pk(entry.visit):
        goes_on = any(_visit_pk(group.visit) == _visit_pk(entry.visit) for group in day.groups)
        last = Group(visit=entry.visit, goes_on=goes_on)
        day.groups.append(last)
    last.entries.append(entry)


def _visit_pk(visit: Visit | None) -> int | None:
    return visit.pk if visit is not None else None


def topic_names(slugs: Iterable[str]) -> dict[str, str]:
    """Slug -> name; a topic that is gone keeps its slug."""
    slugs = set(slugs)
    named = dict(Topic.objects.filter(slug__in=slugs).values_list("slug", "name")) if slugs else {}
    return {slug: named.get(slug, slug) for slug in slugs}
