"""Which visit does a hit fall into? By the time of the event, so the order of arrival does not matter.

A visit ends after `VISIT_GAP_MINUTES` of silence, or when a campaign or an ad's click brings the visitor anew; never at
midnight. A late hit may come before a visit's beginning (then it is the entry, and its touch the visit's), or between
two visits that it makes one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from wagtail_leads import conf
from wagtail_leads.activity.operations import clean, insert_many, upsert_many
from wagtail_leads.companies.operations import companies_of_guesses, note_networks
from wagtail_leads.companies.queries import is_company
from wagtail_leads.content.marks import marks_of
from wagtail_leads.identity.models import Visitor
from wagtail_leads.logic.addresses import without_addresses
from wagtail_leads.logic.channels import Channel, Touch
from wagtail_leads.logic.devices import device_kind
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.tracking.models import PageView, Visit
from wagtail_leads.tracking.sorting import Sighting, touch_of

TOUCH_FIELDS = (
    "channel", "source", "medium", "campaign", "term", "content", "referrer_host", "click_id", "keyword",
)  # fmt: skip
CHANGING = [
    "started_at", "last_at", "page_count", "engaged_ms", "entry_path", "exit_path", "entry_page_id", "exit_page_id",
    "is_tagged", *TOUCH_FIELDS,
]  # fmt: skip
LIMITS = {name: Visit._meta.get_field(name).max_length for name in TOUCH_FIELDS}


@dataclass(kw_only=True)
class VisitBook:
    """The visits near one batch, each row as one object."""

    now: datetime
    #: A past log: networks were seen then, and nobody asks for their names today.
    is_history: bool = False
    by_visitor: dict[int, list[Visit]] = field(default_factory=dict)
    by_pk: dict[int, Visit] = field(default_factory=dict)
    new: list[Visit] = field(default_factory=list)
    changed: dict[int, Visit] = field(default_factory=dict)
    #: (visit, the one that a campaign began within it).
    splits: list[tuple[Visit, Visit]] = field(default_factory=list)
    #: (absorbed, into), in order.
    merged: list[tuple[Visit, Visit]] = field(default_factory=list)
    gap: timedelta = field(default_factory=lambda: timedelta(minutes=conf.get("VISIT_GAP_MINUTES")))

    @classmethod
    def load(cls, sightings: list[Sighting], *, visitors: dict[str, Visitor], now: datetime, **kind) -> "VisitBook":
        book = cls(now=now, **kind)
        if sightings:
            first, last = sightings[0].at - book.gap, sightings[-1].at + book.gap
            ids = [visitor.pk for visitor in visitors.values()]
            near = Visit.objects.filter(visitor_id__in=ids, last_at__gte=first, started_at__lte=last)
            for visit in near.order_by("started_at"):
                book.by_visitor.setdefault(visit.visitor_id, []).append(visit)
                book.by_pk[visit.pk] = visit
        return book

    def know(self, pks: set[int]) -> None:
        """Visits of views that a beacon named after a long time. One query, mostly none."""
        missing = pks - self.by_pk.keys()
        for visit in Visit.objects.filter(pk__in=missing) if missing else ():
            self.by_pk[visit.pk] = visit
            self.by_visitor.setdefault(visit.visitor_id, []).append(visit)

    def visit_of(self, visitor: Visitor, s: Sighting) -> Visit:
        """The visit this hit falls into, made when it begins one. What came later moves to where it would be now."""
        touch = _touch(s) if s.hit.query else None  # without parameters it cannot be a campaign's
        before = self._before(visitor, s.at)
        joins = before is not None and s.at - before.last_at <= self.gap
        if joins and not (touch is not None and is_tagged(s, touch) and not _is_same(before, touch)):
            self.extend(before, s.at)
            self.bridge(before)
            return before
        after = self._after(visitor, s.at)
        if not joins and after is not None and after.started_at - s.at <= self.gap and not after.is_tagged:
            return after  # its new beginning: `add_view` makes it the entry
        begun = self._begin(visitor, s, touch or _touch(s))
        if joins and before.last_at > s.at:
            self._split(before, begun)
        self.bridge(begun)
        return begun

    def _before(self, visitor: Visitor, at: datetime) -> Visit | None:
        earlier = [visit for visit in self.by_visitor.get(visitor.pk, ()) if visit.started_at <= at]
        return max(earlier, key=lambda visit: visit.started_at, default=None)

    def _after(self, visitor: Visitor, at: datetime) -> Visit | None:
        later = [visit for visit in self.by_visitor.get(visitor.pk, ()) if visit.started_at > at]
        return min(later, key=lambda visit: visit.started_at, default=None)

    def bridge(self, visit: Visit) -> None:
        """Visits that follow within the gap, and that nothing but a gap began, are the same visit."""
        while True:
            later = [one for one in self.by_visitor[visit.visitor_id] if one.started_at > visit.started_at]
            following = min(later, key=lambda one: one.started_at, default=None)
            if following is None or following.started_at - visit.last_at > self.gap:
                return
            if following.is_tagged and not _is_same(visit, following):
                return
            self._absorb(following, visit)

    def _split(self, visit: Visit, begun: Visit) -> None:
        """A campaign brought the visitor anew in the middle of a visit: what came after is the new one's.

        Counted anew when all is written (`recount`): this happens to late hits only.
        """
        begun.last_at, visit.last_at = max(visit.last_at, begun.last_at), begun.started_at
        self._change(visit)
        self.splits.append((visit, begun))

    def _begin(self, visitor: Visitor, s: Sighting, touch: Touch) -> Visit:
        visit = Visit(
            visitor=visitor,
            site_id=s.hit.site_id,
            started_at=s.at,
            last_at=s.at,
            address=s.address,
            full_address=str(s.ip) if s.ip is not None and conf.get("KEEP_FULL_ADDRESS_DAYS") else "",
            device=device_kind(s.hit.user_agent),
            country=s.found.country[:2],
            region=clean(s.found.subdivision)[:100],
            network_label=clean(s.found.label)[:200],
            company_reason=s.found.reason[:40],
            company_confidence=s.found.confidence,
        )
        visit.sighting = s
        _set_entry(visit, s, touch)
        visit.exit_path, visit.exit_page_id = visit.entry_path, visit.entry_page_id
        self.by_visitor.setdefault(visitor.pk, []).append(visit)
        self.new.append(visit)
        return visit

    def add_view(self, visit: Visit, s: Sighting) -> None:
        visit.page_count += 1
        if s.at < visit.started_at:
            _set_entry(visit, s, _touch(s))
            self.extend(visit, s.at)
            self.bridge(visit)
        elif s.at >= visit.last_at:
            visit.exit_path, visit.exit_page_id = clean(s.hit.path)[:500], s.hit.page_id
        self.extend(visit, s.at)

    def engage(self, visit: Visit, more_ms: int, *, is_first: bool) -> None:
        """Add what the beacon told more; a first 0 says that the view was measured."""
        if more_ms > 0 or is_first:
            visit.engaged_ms = (visit.engaged_ms or 0) + max(more_ms, 0)
            self._change(visit)

    def extend(self, visit: Visit, at: datetime) -> None:
        visit.started_at = min(visit.started_at, at)
        visit.last_at = max(visit.last_at, at)
        self._change(visit)

    def _change(self, visit: Visit) -> None:
        if visit.pk:
            self.changed[visit.pk] = visit

    def _absorb(self, later: Visit, visit: Visit) -> None:
        """Two visits were one: the hit between them came late."""
        visit.page_count += later.page_count
        if later.engaged_ms is not None:
            visit.engaged_ms = (visit.engaged_ms or 0) + later.engaged_ms
        if later.last_at >= visit.last_at:
            visit.exit_path, visit.exit_page_id = later.exit_path, later.exit_page_id
        self.extend(visit, later.last_at)
        self.by_visitor[visit.visitor_id].remove(later)
        self.changed.pop(later.pk, None)
        self.new = [one for one in self.new if one is not later]
        self.merged.append((later, visit))

    def save(self, views: Iterable[PageView]) -> None:
        """Write visits; the visit of some of the batch's `views` may have been absorbed."""
        into = {id(later): visit for later, visit in self.merged}
        for view in views:
            while id(view.visit) in into:
                view.visit = into[id(view.visit)]
        self._know_more()
        insert_many(self.new)
        upsert_many(list(self.changed.values()), CHANGING)
        for later, visit in self.merged:
            if later.pk:
                PageView.objects.filter(visit_id=later.pk).update(visit_id=visit.pk)
                Visit.objects.filter(pk=later.pk).delete()

    def recount(self) -> None:
        """After the views are written: those after a late campaign hit go to its visit, and both are counted anew."""
        gone = {id(later) for later, _visit in self.merged}
        for visit, begun in self.splits:
            if id(begun) not in gone:
                PageView.objects.filter(visit=visit, at__gte=begun.started_at).update(visit=begun)
                _count_anew(visit)
                _count_anew(begun)

    def _know_more(self) -> None:
        """Company, network and landing topics of new visits."""
        if not self.new:
            return
        found = [visit.sighting.found for visit in self.new]
        companies = companies_of_guesses([one for one in found if is_company(one)], now=self.now)
        networks = self._note_networks()
        marks = marks_of({visit.entry_page_id for visit in self.new})
        for visit, one in zip(self.new, found, strict=True):
            visit.company = companies.get(one.name) if is_company(one) else None
            visit.network = networks.get((visit.address, one.name or one.label))
            if visit.entry_page_id in marks:
                visit.landing_topics = marks[visit.entry_page_id].topics

    def _note_networks(self) -> dict:
        known = [visit for visit in self.new if visit.address]
        if self.is_history:
            then = max(visit.started_at for visit in self.new)
            return note_networks([(visit.address, visit.sighting.found, None) for visit in known], now=then)
        return note_networks([(v.address, v.sighting.found, v.sighting.ip) for v in known], now=self.now)


def _touch(s: Sighting) -> Touch:
    """How the hit came, without mail addresses; a click id names a person to the ad's seller, so without cookie it is a hash."""
    touch = touch_of(s.hit)
    plain = {name: without_addresses(value) for name in TOUCH_FIELDS if "@" in (value := str(getattr(touch, name)))}
    if s.is_anonymous and touch.click_id:
        name, _sign, value = touch.click_id.partition("=")
        plain["click_id"] = f"{name}=#{dedupe_key(s.client_key, value)[:12]}"
    return replace(touch, **plain) if plain else touch


def is_tagged(s: Sighting, touch: Touch) -> bool:
    """Does the link say which campaign brought the visitor? A source alone does not (own links carry some)."""
    if touch.channel == Channel.INTERNAL:
        return False
    query = s.hit.query.lower()
    return bool(touch.campaign or touch.click_id) or ("source=" in query and "medium=" in query)


def _is_same(visit: Visit, other: Visit | Touch) -> bool:
    """The same campaign and click: a reload of the landing page, a second click on the same mail."""
    return all(
        clean(str(getattr(visit, name)))[: LIMITS[name]] == clean(str(getattr(other, name)))[: LIMITS[name]]
        for name in ("source", "medium", "campaign", "click_id")
    )


def _set_entry(visit: Visit, s: Sighting, touch: Touch) -> None:
    visit.entry_path, visit.entry_page_id = clean(s.hit.path)[:500], s.hit.page_id
    visit.is_tagged = is_tagged(s, touch)
    for name in TOUCH_FIELDS:
        setattr(visit, name, clean(str(getattr(touch, name)))[: LIMITS[name]])


def _count_anew(visit: Visit) -> None:
    views = list(PageView.objects.filter(visit=visit).select_related("activity").order_by("at", "pk"))
    if not views:
        return
    measured = [view.dwell_ms for view in views if view.dwell_ms is not None]
    last = views[-1]
    Visit.objects.filter(pk=visit.pk).update(
        page_count=len(views),
        engaged_ms=sum(measured) if measured else None,
        last_at=max(max(view.at, view.last_beacon_at or view.at) for view in views),
        exit_path=last.path,
        exit_page_id=last.activity.page_id if last.activity else None,
    )
