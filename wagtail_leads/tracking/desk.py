"""One batch at the desk: what the database knows is loaded first, hits are laid out in memory, then all is saved.

A constant number of statements for any batch (per 500 rows). Visits and claims go by the time of the event, so late
and out-of-order hits land right.
"""

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Q

from wagtail_leads import conf
from wagtail_leads.activity.operations import clean, insert_many, line, record_many, upsert_many
from wagtail_leads.companies.operations import companies_of_guesses
from wagtail_leads.companies.queries import is_company
from wagtail_leads.content.marks import marks_of, titles_of
from wagtail_leads.identity.models import Visitor
from wagtail_leads.logic.channels import Channel
from wagtail_leads.logic.devices import device_kind
from wagtail_leads.logic.hits import from_json
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.tracking.models import PageView, ParkedHit, Visit
from wagtail_leads.tracking.sorting import Sighting, touch_of

MAX_DWELL_MS = 30 * 60 * 1000
TOUCH_FIELDS = ("channel", "source", "medium", "campaign", "term", "content", "referrer_host")


@dataclass(kw_only=True)
class Desk:
    now: datetime
    visitors: dict[str, Visitor]
    visits: dict[int, list[Visit]] = field(default_factory=dict)
    #: Views that may still be claimed, by (visitor or client key, path).
    claimable: dict[tuple, list[PageView]] = field(default_factory=dict)
    by_view_id: dict[str, PageView] = field(default_factory=dict)
    parked: list[ParkedHit] = field(default_factory=list)
    new_parked: list[ParkedHit] = field(default_factory=list)
    new_visits: list[Visit] = field(default_factory=list)
    touched_visits: dict[int, Visit] = field(default_factory=dict)
    new_views: list[tuple[PageView, Sighting]] = field(default_factory=list)
    #: Views that a beacon or a server hit told something new about, by identity (new ones have no key yet).
    touched: dict[int, PageView] = field(default_factory=dict)
    to_close: dict[int, PageView] = field(default_factory=dict)
    downloads: list[tuple[Visit, Sighting]] = field(default_factory=list)

    @classmethod
    def load(cls, sightings: list[Sighting], *, visitors: dict[str, Visitor], now: datetime) -> "Desk":
        desk = cls(now=now, visitors=visitors)
        if not sightings:
            return desk
        first, last = sightings[0].at, sightings[-1].at
        ids = [visitor.pk for visitor in visitors.values()]
        near = Visit.objects.filter(
            visitor_id__in=ids, last_at__gte=first - desk.gap, started_at__lte=last + desk.gap
        ).order_by("started_at")
        for visit in near:
            desk.visits.setdefault(visit.visitor_id, []).append(visit)
        keys = {s.client_key for s in sightings}
        beacons = [s for s in sightings if s.hit.origin == "beacon"]
        recent = Q(at__gte=first - desk.claim_time, at__lte=last + desk.claim_time)
        # only what is still to be claimed: a whole company behind one address must not make a batch dear
        unclaimed = Q(visit__visitor_id__in=ids, view_id__isnull=True)
        unseen = Q(server_seen=False) & (Q(visit__visitor_id__in=ids) | Q(client_key__in=keys))
        named = Q(view_id__in=[s.hit.view_id for s in beacons])
        for view in PageView.objects.filter((recent & (unclaimed | unseen)) | named).select_related("visit", "activity"):
            desk._know(view)
        if beacons:
            desk.parked = list(ParkedHit.objects.filter(recent, client_key__in={s.client_key for s in beacons}))
        return desk

    @property
    def gap(self) -> timedelta:
        return timedelta(minutes=conf.get("VISIT_GAP_MINUTES"))

    @property
    def claim_time(self) -> timedelta:
        return timedelta(seconds=conf.get("CLAIM_SECONDS"))

    def _know(self, view: PageView) -> None:
        self._offer(view)
        if view.view_id:
            self.by_view_id[view.view_id] = view

    def _offer(self, view: PageView) -> None:
        for whose in (view.visit.visitor_id, view.client_key):
            self.claimable.setdefault((whose, view.path), []).append(view)

    # --- laying out -------------------------------------------------------------------------------------------------

    def park(self, s: Sighting) -> None:
        """A server hit without a cookie waits for its beacon – or the beacon was here first."""
        seen = self._nearest(s, s.client_key, lambda v: v.view_id and not v.server_seen)
        if seen is not None:
            seen.server_seen = True
            self._touch(seen)
            return
        plain = {k: clean(v) for k, v in asdict(s.hit).items() if isinstance(v, str)}
        hit = replace(s.hit, **plain | {"remote_addr": "", "forwarded": None}).to_json()
        found = {k: str(v) if k == "kind" else v for k, v in asdict(s.found).items()}
        row = ParkedHit(
            client_key=s.client_key, path=plain["path"], at=s.at, hit={"hit": hit, "address": s.address, "found": found}
        )
        self.new_parked.append(row)

    def take_server_hit(self, s: Sighting) -> None:
        visitor = self._visitor(s)
        if s.hit.origin == "download":
            self.downloads.append((self._visit(visitor, s), s))
            return
        seen = self._nearest(s, visitor.pk, lambda v: v.view_id and not v.server_seen)
        if seen is not None:
            seen.server_seen = True
            self._touch(seen)
            return
        self._new_view(visitor, s, server_seen=True)

    def take_beacon(self, s: Sighting) -> None:
        visitor = self._visitor(s)
        view = self.by_view_id.get(s.hit.view_id)
        if view is not None and view.visit.visitor_id != visitor.pk:
            return  # somebody else's view: the door counted it as what it is when it could tell
        if view is None:
            view = self._claim(visitor, s) or self._new_view(visitor, s, server_seen=False)
            view.view_id = s.hit.view_id
            self.by_view_id[view.view_id] = view
        self._read(view, s)

    def _claim(self, visitor: Visitor, s: Sighting) -> PageView | None:
        """The unclaimed server hit of this view: by visitor, or parked under the same address and agent."""
        view = self._nearest(s, visitor.pk, lambda v: not v.view_id)
        if view is not None:
            return view
        for rows in (self.new_parked, self.parked):
            path = clean(s.hit.path)
            near = [r for r in rows if r.path == path and r.client_key == s.client_key and self._near(r.at, s.at)]
            for row in sorted(near, key=lambda r: abs(r.at - s.at)):
                rows.remove(row)
                if row.pk is None or ParkedHit.objects.filter(pk=row.pk).delete()[0]:
                    server = replace(s, hit=from_json(row.hit["hit"]), at=row.at)
                    return self._new_view(visitor, server, server_seen=True)
        return None

    def _read(self, view: PageView, s: Sighting) -> None:
        """Cumulative visible time: the largest value told holds, so order and repeats do not matter."""
        if s.hit.dwell_ms is not None:
            view.dwell_ms = max(view.dwell_ms or 0, min(s.hit.dwell_ms, MAX_DWELL_MS))
        if s.hit.scroll is not None:
            view.scroll = max(view.scroll or 0, min(s.hit.scroll, 100))
        view.last_beacon_at = max(view.last_beacon_at or s.at, s.at)
        self._extend(view.visit, s.at)
        self._touch(view)
        if s.hit.final and view.closed_at is None:
            self.to_close[id(view)] = view

    def _new_view(self, visitor: Visitor, s: Sighting, *, server_seen: bool) -> PageView:
        visit = self._visit(visitor, s)
        visit.page_count += 1
        if s.at >= visit.last_at:
            visit.exit_path = clean(s.hit.path)[:500]
        if s.at <= visit.started_at:
            visit.entry_path = clean(s.hit.path)[:500]
        self._extend(visit, s.at)
        view = PageView(
            visit=visit, path=clean(s.hit.path)[:500], at=s.at, client_key=s.client_key, server_seen=server_seen
        )
        self._offer(view)
        self.new_views.append((view, s))
        return view

    def _visitor(self, s: Sighting) -> Visitor:
        return self.visitors.get(s.hit.visitor_key) or self.visitors[s.client_key]

    def _near(self, one: datetime, other: datetime) -> bool:
        return abs(one - other) <= self.claim_time

    def _nearest(self, s: Sighting, whose, fits) -> PageView | None:
        """The view of this browser and path that is nearest in time, within the time for claims."""
        views = self.claimable.get((whose, clean(s.hit.path)[:500]), ())
        near = [v for v in views if self._near(v.at, s.at) and fits(v)]
        return min(near, key=lambda v: abs(v.at - s.at), default=None)

    def _touch(self, view: PageView) -> None:
        self.touched[id(view)] = view

    def _extend(self, visit: Visit, at: datetime) -> None:
        visit.started_at = min(visit.started_at, at)
        visit.last_at = max(visit.last_at, at)
        if visit.pk:
            self.touched_visits[visit.pk] = visit

    def _visit(self, visitor: Visitor, s: Sighting) -> Visit:
        """The visit this hit falls into; a new one after the gap, or when a campaign brings the visitor anew."""
        touch = touch_of(s.hit)
        came_anew = bool(touch.campaign or touch.click_id) and touch.channel != Channel.INTERNAL
        for visit in self.visits.get(visitor.pk, ()):
            inside = visit.started_at - self.gap <= s.at <= visit.last_at + self.gap
            if inside and not (came_anew and touch.campaign != visit.campaign):
                return visit
        visit = Visit(
            visitor=visitor,
            site_id=s.hit.site_id,
            started_at=s.at,
            last_at=s.at,
            address=s.address,
            device=device_kind(s.hit.user_agent),
            entry_path=clean(s.hit.path)[:500],
            network_label=clean(s.found.label)[:200],
            company_reason=s.found.reason[:40],
            company_confidence=s.found.confidence,
            **{name: clean(str(getattr(touch, name)))[: _limit(name)] for name in TOUCH_FIELDS},
        )
        visit.found = s.found
        self.visits.setdefault(visitor.pk, []).append(visit)
        self.new_visits.append(visit)
        return visit

    # --- saving -----------------------------------------------------------------------------------------------------

    def save(self) -> None:
        companies = companies_of_guesses([v.found for v in self.new_visits if is_company(v.found)], now=self.now)
        for visit in self.new_visits:
            visit.company = companies.get(visit.found.name)
        insert_many(self.new_visits)
        upsert_many(
            list(self.touched_visits.values()), ["started_at", "last_at", "page_count", "entry_path", "exit_path"]
        )
        ParkedHit.objects.bulk_create(self.new_parked, batch_size=500)
        self._record()
        self._save_views()

    def _record(self) -> None:
        seen = [s for _view, s in self.new_views] + [s for _visit, s in self.downloads]
        page_ids = {s.hit.page_id for s in seen}
        marks = marks_of(page_ids)
        titles = titles_of({s.hit.page_id for s in seen if not s.hit.title})
        opened = []
        for view, s in self.new_views:
            activity = self._line(ActivityKind.PAGE_VIEWED, view.visit, s, marks, titles)
            opened.append((view, activity))
        gates = [
            self._line(ActivityKind.GATE_SHOWN, view.visit, s, marks, titles)
            for view, s in self.new_views
            if s.hit.gate_shown
        ]
        fetched = [
            self._line(
                ActivityKind.ASSET_DOWNLOADED,
                visit,
                s,
                marks,
                titles,
                object_kind="document",
                object_id=s.hit.object_id,
            )
            for visit, s in self.downloads
        ]
        fresh = {a.dedupe_key: a for a in record_many([a for _v, a in opened] + gates + fetched, now=self.now)}
        for view, activity in opened:
            view.activity = fresh.get(activity.dedupe_key)
        # a hit told before (a spool read twice) brings no second view
        self.new_views = [(v, s) for v, s in self.new_views if v.activity is not None]

    def _line(self, kind, visit: Visit, s: Sighting, marks: dict, titles: dict, **fields):
        hit = s.hit
        return line(
            kind,
            at=s.at,
            now=self.now,
            dedupe_key=dedupe_key(kind, hit.hit_id),
            site_id=hit.site_id,
            visitor_id=visit.visitor_id,
            page_id=hit.page_id,
            title=hit.title or titles.get(hit.page_id, ""),
            path=hit.path,
            marks=marks.get(hit.page_id),
            **fields,
        )

    def _save_views(self) -> None:
        from wagtail_leads.tracking.operations import close

        fresh = [view for view, _s in self.new_views]
        for view in fresh:
            view.visit_id = view.visit.pk
        insert_many(fresh)
        new = {id(view) for view in fresh}
        known = [view for view in self.touched.values() if id(view) not in new and view.pk]
        upsert_many(known, ["view_id", "server_seen", "dwell_ms", "scroll", "last_beacon_at"])
        close([view for view in self.to_close.values() if view.pk], now=self.now)


def _limit(name: str) -> int:
    return Visit._meta.get_field(name).max_length
