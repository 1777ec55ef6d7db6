"""Which visit does a hit fall into? By the time of the event, so the order of arrival does not matter.

A visit ends after `VISIT_GAP_MINUTES` of silence, or when a campaign or an ad's click brings the visitor anew; never at
midnight. A late hit may come before a visit's beginning (then it is the entry, and its touch the visit's), or between
two visits that it makes one.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from wagtail_leads import conf
from wagtail_leads.activity.operations import clean, insert_many, upsert_many
from wagtail_leads.companies.operations import companies_of_guesses, note_networks
from wagtail_leads.companies.queries import is_company
from wagtail_leads.content.marks import marks_of
from wagtail_leads.identity.models import Visitor
from wagtail_leads.logic.channels import Channel, Touch
from wagtail_leads.logic.devices import device_kind
from wagtail_leads.tracking.models import PageView, Visit
from wagtail_leads.tracking.sorting import Sighting, touch_of

TOUCH_FIELDS = (
    "channel", "source", "medium", "campaign", "term", "content", "referrer_host", "click_id", "keyword",
)  # fmt: skip
CHANGING = [
    "started_at", "last_at", "page_count", "engaged_ms", "entry_path", "exit_path", "entry_page_id", "exit_page_id",
    *TOUCH_FIELDS,
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
        touch = touch_of(s.hit) if s.hit.query else None  # without parameters it cannot be a campaign's
        inside = [v for v in self.by_visitor.get(visitor.pk, ()) if self._reaches(v, s.at)]
        if touch is not None and _comes_anew(touch):
            inside = [v for v in inside if (v.campaign, v.click_id) == _campaign(touch)]
        if not inside:
            return self._begin(visitor, s, touch or touch_of(s.hit))
        begun = [v for v in inside if v.started_at <= s.at]
        found = max(begun, key=lambda v: v.started_at) if begun else min(inside, key=lambda v: v.started_at)
        following = [v for v in inside if v is not found and v.started_at > s.at and v.started_at - s.at <= self.gap]
        for later in following:
            if not (later.campaign or later.click_id) or _campaign(later) == _campaign(found):
                self._absorb(later, found)
        return found

    def _reaches(self, visit: Visit, at: datetime) -> bool:
        return visit.started_at - self.gap <= at <= visit.last_at + self.gap

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
            _set_entry(visit, s, touch_of(s.hit))
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

    def save(self, views: list[tuple[PageView, Sighting]]) -> None:
        """Write visits; `views` are the batch's new ones, whose visit may have been absorbed."""
        into = {id(later): visit for later, visit in self.merged}
        for view, _s in views:
            while id(view.visit) in into:
                view.visit = into[id(view.visit)]
        self._know_more()
        insert_many(self.new)
        upsert_many(list(self.changed.values()), CHANGING)
        for later, visit in self.merged:
            if later.pk:
                PageView.objects.filter(visit_id=later.pk).update(visit_id=visit.pk)
                Visit.objects.filter(pk=later.pk).delete()

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


def _campaign(what) -> tuple[str, str]:
    """(campaign, click id) of a visit or a touch, as they are stored."""
    return clean(what.campaign)[: LIMITS["campaign"]], clean(what.click_id)[: LIMITS["click_id"]]


def _comes_anew(touch: Touch) -> bool:
    return bool(touch.campaign or touch.click_id) and touch.channel != Channel.INTERNAL


def _set_entry(visit: Visit, s: Sighting, touch: Touch) -> None:
    visit.entry_path, visit.entry_page_id = clean(s.hit.path)[:500], s.hit.page_id
    for name in TOUCH_FIELDS:
        setattr(visit, name, clean(str(getattr(touch, name)))[: LIMITS[name]])
