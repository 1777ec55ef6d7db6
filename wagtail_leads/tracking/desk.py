"""One batch at the desk: what the database knows is loaded first, hits are laid out in memory, then all is saved.

A constant number of statements for any batch (per 500 rows). Visits and claims go by the time of the event, so late
and out-of-order hits land right (`visits.py`).
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Q

from wagtail_leads import conf
from wagtail_leads.activity.operations import clean, insert_many, upsert_many
from wagtail_leads.identity.models import Visitor
from wagtail_leads.logic.addresses import without_addresses
from wagtail_leads.logic.hits import campaign_part, from_json
from wagtail_leads.logic.kinds import DropReason
from wagtail_leads.tracking import lines
from wagtail_leads.tracking.closing import read_line
from wagtail_leads.tracking.models import PageView, ParkedHit
from wagtail_leads.tracking.sorting import LeftOut, Sighting, left_out_later
from wagtail_leads.tracking.visits import VisitBook

MAX_DWELL_MS = 30 * 60 * 1000
#: A page is served before its beacon tells of it, by clocks of several machines.
CLOCKS_DIFFER = timedelta(seconds=5)


@dataclass(kw_only=True)
class Desk:
    now: datetime
    #: By their key (`Sighting.key`).
    visitors: dict[str, Visitor]
    visits: VisitBook
    #: Views that may still be claimed, by (visitor or client key, path).
    claimable: dict[tuple, list[PageView]] = field(default_factory=dict)
    by_view_id: dict[str, PageView] = field(default_factory=dict)
    parked: list[ParkedHit] = field(default_factory=list)
    new_parked: list[ParkedHit] = field(default_factory=list)
    claimed: list[int] = field(default_factory=list)
    new_views: list[tuple[PageView, Sighting]] = field(default_factory=list)
    #: Views that a beacon or a server hit told something new about, by identity (new ones have no key yet).
    touched: dict[int, PageView] = field(default_factory=dict)
    to_close: dict[int, PageView] = field(default_factory=dict)
    #: Downloads, searches, clicks on links: facts of a visit that are no view.
    others: list[tuple] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    #: History (a log): the lines are in the ledger, and nothing follows from them.
    is_history: bool = False
    _known: set[int] = field(default_factory=set)
    claim_time: timedelta = field(default_factory=lambda: timedelta(seconds=conf.get("CLAIM_SECONDS")))

    @classmethod
    def load(cls, sightings: list[Sighting], *, visitors: dict[str, Visitor], now: datetime, **kind) -> "Desk":
        sightings = sorted(sightings, key=lambda s: s.at)
        book = VisitBook.load(sightings, visitors=visitors, now=now, **kind)
        desk = cls(now=now, visitors=visitors, visits=book, **kind)
        if not sightings or desk.is_history:
            return desk
        recent = {"at__gte": sightings[0].at - desk.claim_time, "at__lte": sightings[-1].at + desk.claim_time}
        beacons = [s for s in sightings if s.hit.origin == "beacon"]
        # three questions with an index each: as one with OR, a database reads the whole table
        views = PageView.objects.select_related("activity")
        open_ones = Q(view_id__isnull=True) | Q(server_seen=False)
        desk._know(views.filter(open_ones, visit_id__in=list(desk.visits.by_pk), **recent))
        # by client key only what is still to be claimed: a whole company behind one address must not make a batch dear
        clients = {key for s in sightings for key in (s.client_key, s.previous_key) if key}
        desk._know(views.filter(server_seen=False, client_key__in=clients, **recent))
        if beacons:
            desk._know(views.filter(view_id__in={s.hit.view_id for s in beacons}))
            keys = {key for s in beacons for key in (s.client_key, s.previous_key)}
            rows = ParkedHit.objects.filter(client_key__in=keys, **recent)
            desk.parked = list(rows.select_for_update().order_by("pk"))
        return desk

    def _know(self, views: Iterable[PageView]) -> None:
        fresh = [view for view in views if view.pk not in self._known]
        self.visits.know({view.visit_id for view in fresh})
        for view in fresh:
            self._known.add(view.pk)
            view.visit = self.visits.by_pk[view.visit_id]
            self._offer(view)
            if view.view_id:
                self.by_view_id[view.view_id] = view

    def _offer(self, view: PageView) -> None:
        for whose in (view.visit.visitor_id, view.client_key):
            self.claimable.setdefault((whose, view.path), []).append(view)

    # --- laying out -------------------------------------------------------------------------------------------------

    def take(self, s: Sighting) -> None:
        if s.hit.origin == "beacon":
            self.take_beacon(s)
        elif s.hit.visitor_key or self.is_history:
            self.take_server_hit(s)
        else:
            self.park(s)

    def park(self, s: Sighting) -> None:
        """A server hit without a cookie waits for its beacon – or the beacon was here first."""
        if s.hit.origin == "page" and self._seen_by_its_beacon(s, s.client_key, s.previous_key):
            return
        plain = {k: clean(v) for k, v in asdict(s.hit).items() if isinstance(v, str)}
        query, title = without_addresses(campaign_part(plain["query"])), without_addresses(plain["title"])
        plain |= {"remote_addr": "", "forwarded": None, "query": query, "title": title}
        hit = replace(s.hit, **plain).to_json()
        found = {k: str(v) if k == "kind" else v for k, v in asdict(s.found).items()}
        told = {
            "hit": hit,
            "address": s.address,
            "found": found,
            "previous": s.previous_key,
            "anonymous": s.is_anonymous,
        }
        if s.ip is not None and conf.get("KEEP_FULL_ADDRESS_DAYS"):
            told["ip"] = str(s.ip)
        self.new_parked.append(ParkedHit(client_key=s.client_key, path=plain["path"], at=s.at, hit=told))

    def take_server_hit(self, s: Sighting) -> None:
        visitor = self.visitors[s.key]
        if s.hit.origin != "page":
            self.others.append((self.visits.visit_of(visitor, s), s))
        elif self.is_history or not self._seen_by_its_beacon(s, *self._names(visitor, s)):
            self._new_view(visitor, s, server_seen=True)

    def _names(self, visitor: Visitor, s: Sighting) -> tuple:
        """What a view of this browser may be known by: without a cookie also by its client keys, for its beacon brought one."""
        return (visitor.pk,) if s.hit.visitor_key else (visitor.pk, s.client_key, s.previous_key)

    def _seen_by_its_beacon(self, s: Sighting, *names) -> bool:
        """The beacon was here first. It is sent after the page: a view that is older than that was another one."""
        for whose in names:
            seen = self._nearest(s, whose, lambda v: v.view_id and not v.server_seen and s.at <= v.at + CLOCKS_DIFFER)
            if seen is not None:
                seen.server_seen = True
                self._touch(seen)
                return True
        return False

    def take_beacon(self, s: Sighting) -> None:
        visitor = self.visitors[s.key]
        view = self.by_view_id.get(s.hit.view_id)
        if view is not None and view.visit.visitor_id != visitor.pk:
            self.left_out.append(left_out_later(s, DropReason.FORGED))  # somebody else's view
            return
        if view is None:
            view = self._claim(visitor, s) or self._new_view(visitor, _when_it_began(s), server_seen=False)
            view.view_id = s.hit.view_id
            self.by_view_id[view.view_id] = view
        if s.hit.event:
            self.others.append((view.visit, s))
        self._read(view, s)

    def _claim(self, visitor: Visitor, s: Sighting) -> PageView | None:
        """The unclaimed server hit of this view: by visitor, or parked under the same address and agent."""
        view = self._nearest(s, visitor.pk, lambda v: not v.view_id and v.at <= s.at + CLOCKS_DIFFER)
        if view is not None:
            return view
        path, keys = clean(s.hit.path), (s.client_key, s.previous_key)
        for rows in (self.new_parked, self.parked):
            fit = [row for row in rows if row.path == path and row.client_key in keys and self._near(row.at, s.at)]
            fit = [row for row in fit if row.hit["hit"]["origin"] == "page" and row.at <= s.at + CLOCKS_DIFFER]
            if fit:
                row = min(fit, key=lambda row: abs(row.at - s.at))
                rows.remove(row)
                if row.pk is not None:
                    self.claimed.append(row.pk)
                server = replace(s, hit=from_json(row.hit["hit"]), at=row.at)
                return self._new_view(visitor, server, server_seen=True)
        return None

    def _read(self, view: PageView, s: Sighting) -> None:
        """Cumulative visible time: the largest value told holds, so order and repeats do not matter."""
        if s.hit.dwell_ms is not None:
            told = min(s.hit.dwell_ms, MAX_DWELL_MS)
            self.visits.engage(view.visit, told - (view.dwell_ms or 0), is_first=view.dwell_ms is None)
            view.dwell_ms = max(view.dwell_ms or 0, told)
        if s.hit.scroll is not None:
            view.scroll = max(view.scroll or 0, min(s.hit.scroll, 100))
        view.last_beacon_at = max(view.last_beacon_at or s.at, s.at)
        self.visits.extend(view.visit, s.at)
        self.visits.bridge(view.visit)
        self._touch(view)
        if s.hit.final and view.closed_at is None:
            self.to_close[id(view)] = view

    def _new_view(self, visitor: Visitor, s: Sighting, *, server_seen: bool) -> PageView:
        visit = self.visits.visit_of(visitor, s)
        self.visits.add_view(visit, s)
        view = PageView(
            visit=visit, path=clean(s.hit.path)[:500], at=s.at, client_key=s.client_key, server_seen=server_seen
        )
        self._offer(view)
        self.new_views.append((view, s))
        return view

    def _near(self, one: datetime, other: datetime) -> bool:
        return abs(one - other) <= self.claim_time

    def _nearest(self, s: Sighting, whose, fits) -> PageView | None:
        """The view of this browser and path that is nearest in time, within the time for claims."""
        views = self.claimable.get((whose, clean(s.hit.path)[:500]), ())
        near = [v for v in views if self._near(v.at, s.at) and fits(v)]
        return min(near, key=lambda v: abs(v.at - s.at), default=None)

    def _touch(self, view: PageView) -> None:
        self.touched[id(view)] = view

    # --- saving -----------------------------------------------------------------------------------------------------

    def save(self) -> None:
        self.visits.save([*(view for view, _s in self.new_views), *self.touched.values()])
        ParkedHit.objects.bulk_create(self.new_parked, batch_size=500)
        if self.claimed:
            ParkedHit.objects.filter(pk__in=self.claimed).delete()
        self._record()
        self._save_views()
        self.visits.recount()

    def _record(self) -> None:
        """The ledger's lines of this batch; a view knows its own."""
        views = [(view.visit, s) for view, s in self.new_views]
        made = lines.of_views(views, now=self.now)
        for (view, _s), activity in zip(self.new_views, made, strict=True):
            view.activity = activity
        closing = list(self.to_close.values())
        read = [read_line(view, now=self.now) for view in closing if view.dwell_ms is not None]
        told = [*made, *read, *lines.of_others(self.others, now=self.now), *lines.of_gates(views, now=self.now)]
        lines.record(told, now=self.now, is_history=self.is_history)

    def _save_views(self) -> None:
        for view in self.to_close.values():
            view.closed_at = self.now
        for view, _s in self.new_views:
            # given again: they have their keys now (setting `visit_id` would make Django read the visit anew)
            view.visit, view.activity = view.visit, view.activity
        # without a line in the ledger another process stored the same hit a moment ago
        fresh = [view for view, _s in self.new_views if view.activity.pk is not None]
        insert_many(fresh)
        new = {id(view) for view in fresh}
        known = [view for view in self.touched.values() if id(view) not in new and view.pk]
        told = ["view_id", "server_seen", "dwell_ms", "scroll", "last_beacon_at"]
        # who is not closed here may have been closed by the clock meanwhile
        upsert_many([view for view in known if id(view) in self.to_close], [*told, "closed_at"])
        upsert_many([view for view in known if id(view) not in self.to_close], told)


def _when_it_began(s: Sighting) -> Sighting:
    """A view that only its beacon tells of began when its visible time began, also when the first message was lost."""
    return replace(s, at=s.at - timedelta(milliseconds=min(s.hit.dwell_ms or 0, MAX_DWELL_MS)))
