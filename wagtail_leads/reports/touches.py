"""How a lead came: its first and its last touch, and its visits by channel, over all its browsers. Read only."""

from dataclasses import dataclass, field

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from wagtail_leads.activity.models import Activity
from wagtail_leads.content.groups import groups_of
from wagtail_leads.content.marks import titles_of
from wagtail_leads.logic.attribution import TouchPoint, by_channel, first_touch, last_touch, linear
from wagtail_leads.logic.channels import Channel
from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.reports import memo, words
from wagtail_leads.reports.timeline import Reach, topic_names
from wagtail_leads.tracking.models import Visit

#: The newest visits that attribution looks at; the very first one is always among them.
MOST_VISITS = 2000
#: Pages whose sections are counted, the most read first.
MOST_PAGES = 300
#: Not a source of its own: typed, or back from our own pages after a long while.
DIRECT = ("", Channel.DIRECT.value, Channel.INTERNAL.value)


@dataclass(kw_only=True)
class Arrival:
    """One visit, as far as it tells how somebody came."""

    visit: Visit
    #: Title or path of the landing page.
    landing: str
    #: Names of the landing page's topics.
    topics: list[str] = field(default_factory=list)

    @property
    def came_through(self) -> str:
        return words.came_through(self.visit) or words.channel(Channel.DIRECT)

    @property
    def looked_for(self) -> str:
        """The searched words; where the engine keeps them, what the landing page is about stands for them."""
        if self.visit.keyword:
            return _("Searched for “%(words)s”") % {"words": self.visit.keyword}
        if self.topics:
            return _("Interest of the landing page: %(topics)s") % {"topics": ", ".join(self.topics)}
        return ""


@dataclass(frozen=True, kw_only=True)
class ChannelRow:
    channel: str
    visits: int
    #: Per cent by the linear model; None where the channel counts for nothing (direct, beside others).
    share: int | None

    @property
    def name(self) -> str:
        return words.channel(self.channel or Channel.DIRECT)


@dataclass(frozen=True, kw_only=True)
class Touches:
    first: Arrival | None = None
    last: Arrival | None = None
    channels: tuple[ChannelRow, ...] = ()

    @property
    def is_one(self) -> bool:
        return self.first is not None and self.last is not None and self.first.visit.pk == self.last.visit.pk


def touches_of(reach: Reach) -> Touches:
    """First and last touch, and what each channel brought. Six queries at the most."""
    visits = visits_of(reach)
    if not reach.links or not (rows := _rows(visits)):
        return Touches()
    points = [_point(row) for row in rows]
    first, last = first_touch(points), last_touch(points)
    arrivals = _arrivals({first.key, last.key})
    counts = visits.order_by().values("channel").annotate(visits=Count("pk")).order_by("-visits", "channel")
    return Touches(first=arrivals.get(first.key), last=arrivals.get(last.key), channels=_channels(list(counts), points))


def visits_of(reach: Reach):
    """The visits of a lead: each browser's while it was the lead's, and those of leads merged into it."""
    return Visit.objects.filter(reach.visits())


def _rows(visits) -> list[tuple]:
    fields = visits.values_list("pk", "started_at", "channel", "source", "campaign")
    newest = list(fields.order_by("-started_at", "-pk")[:MOST_VISITS])
    if len(newest) < MOST_VISITS:
        return newest
    return list({*newest, *fields.order_by("started_at", "pk")[:1]})


def _point(row: tuple) -> TouchPoint:
    pk, at, channel, source, campaign = row
    is_direct = channel in DIRECT
    channel = Channel.DIRECT.value if is_direct else channel
    return TouchPoint(at=at, channel=channel, source=source, campaign=campaign, is_direct=is_direct, key=pk)


def _arrivals(pks: set[int]) -> dict[int, Arrival]:
    visits = list(Visit.objects.filter(pk__in=pks))
    titles = titles_of(visit.entry_page_id for visit in visits)
    names = topic_names(slug for visit in visits for slug in visit.landing_topics.split())
    return {
        visit.pk: Arrival(
            visit=visit,
            landing=titles.get(visit.entry_page_id) or visit.entry_path,
            topics=[names[slug] for slug in visit.landing_topics.split()],
        )
        for visit in visits
    }


def _channels(counts: list[dict], points: list[TouchPoint]) -> tuple[ChannelRow, ...]:
    shares = by_channel(linear(points))
    visits: dict[str, int] = {}
    for row in counts:  # '' and "internal" are direct for whoever reads it
        channel = Channel.DIRECT.value if row["channel"] in DIRECT else row["channel"]
        visits[channel] = visits.get(channel, 0) + row["visits"]
    return tuple(
        ChannelRow(channel=channel, visits=count, share=round(100 * shares[channel]) if channel in shares else None)
        for channel, count in visits.items()
    )


# -- sections ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Section:
    title: str
    views: int
    #: Visible milliseconds; None when nobody measured.
    dwell_ms: int | None = None

    @property
    def dwell(self) -> str:
        return memo.duration(self.dwell_ms) if self.dwell_ms is not None else ""


def sections_of(reach: Reach) -> list[Section]:
    """Which parts of the site were read, by the page tree, the most opened first. Three queries."""
    told = (ActivityKind.PAGE_VIEWED.value, ActivityKind.PAGE_READ.value)
    rows = (
        Activity.objects.filter(reach.activities(), kind__in=told, page_id__isnull=False)
        .order_by()
        .values("page_id", "kind")
        .annotate(count=Count("pk"), total=Sum("value"))
        .order_by("-count", "page_id")[: 2 * MOST_PAGES]
    )
    rows = list(rows)
    groups = groups_of(row["page_id"] for row in rows)
    found: dict[int, Section] = {}
    for row in rows:
        if row["page_id"] in groups:
            group_id, title = groups[row["page_id"]]
            found[group_id] = _added(found.get(group_id, Section(title=title, views=0)), row)
    return sorted((s for s in found.values() if s.views), key=lambda section: (-section.views, section.title))


def _added(section: Section, row: dict) -> Section:
    if row["kind"] == ActivityKind.PAGE_VIEWED:
        return Section(title=section.title, views=section.views + row["count"], dwell_ms=section.dwell_ms)
    read = section.dwell_ms if row["total"] is None else (section.dwell_ms or 0) + row["total"]
    return Section(title=section.title, views=section.views, dwell_ms=read)
