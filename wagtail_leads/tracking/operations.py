"""From buffered hits to visits, page views and lines of the ledger. Called by the flusher; never in a request."""

import logging
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q

from wagtail_leads import conf
from wagtail_leads.activity.operations import clean, line, record_many
from wagtail_leads.identity.models import Lead, Visitor
from wagtail_leads.logic.company_guess import CompanyGuess, NetworkKind
from wagtail_leads.logic.hits import Hit, from_json
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ActivityKind, DropReason
from wagtail_leads.mailing.reactions import confirm_by_visit
from wagtail_leads.tracking.desk import Desk
from wagtail_leads.tracking.models import DropCount, PageView, ParkedHit
from wagtail_leads.tracking.sorting import Sighting, sort_out

logger = logging.getLogger(__name__)

#: Visible time that proves a reader after a click.
PROOF_MS = 1000


def store(hits: list[Hit], *, now: datetime) -> None:
    """Store one batch: all or, when one hit is poisonous, all but that one. Storing a hit twice is storing it once.

    A database that is away raises (`OperationalError`), and the buffer keeps the hits.
    """
    sightings, drops = sort_out(hits, now=now)
    drops += _store_some(sightings, now)
    count_drops(drops, now=now)


def _store_some(sightings: list[Sighting], now: datetime) -> Counter:
    """Bisects to the hit that the database does not take. Returns what was dropped."""
    if not sightings:
        return Counter()
    try:
        with transaction.atomic():
            _write(sightings, now)
    except (OperationalError, InterfaceError):  # the database is away or busy: nothing is wrong with the hits
        raise
    except Exception:
        if len(sightings) == 1:
            logger.exception("A hit could not be stored")
            return Counter({(DropReason.STORE_FAILED, sightings[0].hit.path): 1})
        middle = len(sightings) // 2
        return _store_some(sightings[:middle], now) + _store_some(sightings[middle:], now)
    return Counter()


def _write(sightings: list[Sighting], now: datetime) -> None:
    """Constant number of statements for a batch (per 500 rows)."""
    parked = [s for s in sightings if s.hit.origin != "beacon" and not s.hit.visitor_key]
    named = [s for s in sightings if s.hit.visitor_key]
    desk = Desk.load(sightings, visitors=_visitors(named), now=now)
    for sighting in parked:
        desk.park(sighting)
    for sighting in named:
        if sighting.hit.origin == "beacon":
            desk.take_beacon(sighting)
        else:
            desk.take_server_hit(sighting)
    desk.save()
    _note_seen(desk, named, now)
    proved = {v.visit.visitor_id for v in desk.touched.values() if (v.dwell_ms or 0) >= PROOF_MS}
    confirm_by_visit(proved, now=now)


def _visitors(named: list[Sighting]) -> dict[str, Visitor]:
    """The visitors by key, locked in pk order; new browsers get a row."""
    first: dict[str, Sighting] = {}
    for sighting in named:
        first.setdefault(sighting.hit.visitor_key, sighting)
    known = set(Visitor.objects.filter(key__in=list(first)).values_list("key", flat=True))
    Visitor.objects.bulk_create(
        [
            Visitor(key=key, client_key=s.client_key, first_seen_at=s.at, last_seen_at=s.at)
            for key, s in first.items()
            if key not in known
        ],
        batch_size=500,
        ignore_conflicts=True,
    )
    locked = Visitor.objects.select_for_update().filter(key__in=list(first)).order_by("pk")
    return {visitor.key: visitor for visitor in locked}


def _note_seen(desk: Desk, named: list[Sighting], now: datetime) -> None:
    """`last_seen_at` of browsers, and of the leads they belong to. A batch spans about a second."""
    if not named:
        return
    newest = max(s.at for s in named)
    visitor_ids = [visitor.pk for visitor in desk.visitors.values()]
    Visitor.objects.filter(pk__in=visitor_ids, last_seen_at__lt=newest).update(last_seen_at=newest)
    lead_ids = {visitor.lead_id for visitor in desk.visitors.values() if visitor.lead_id}
    if lead_ids:
        unseen = Q(last_seen_at__isnull=True) | Q(last_seen_at__lt=newest)
        Lead.objects.filter(unseen, pk__in=lead_ids).update(last_seen_at=newest)


def count_drops(drops: Mapping, *, now: datetime) -> None:
    """Add to the day's count of each reason. Keys are (reason, example)."""
    for (reason, example), count in drops.items():
        wanted = {"day": now.date(), "reason": reason.value}
        changes = {"count": F("count") + count, "last_at": now}
        if example:
            changes["example"] = clean(example)[:255]
        if not DropCount.objects.filter(**wanted).update(**changes):
            _made, created = DropCount.objects.get_or_create(
                **wanted, defaults={"count": count, "last_at": now, "example": clean(example)[:255]}
            )
            if not created:
                DropCount.objects.filter(**wanted).update(**changes)


def settle_parked(*, now: datetime, limit: int = 500) -> int:
    """Parked hits whose beacon never came become views of a browser without cookie. Returns how many."""
    old = now - timedelta(seconds=conf.get("CLAIM_SECONDS"))
    rows = list(ParkedHit.objects.filter(at__lt=old).order_by("pk")[:limit])
    if not rows:
        return 0
    with transaction.atomic():
        taken = [row for row in rows if ParkedHit.objects.filter(pk=row.pk).delete()[0]]
        sightings = [_unparked(row) for row in sorted(taken, key=lambda row: row.at)]
        if not sightings:
            return 0
        desk = Desk.load(sightings, visitors=_cookieless(sightings), now=now)
        for sighting in sightings:
            desk.take_server_hit(sighting)
        desk.save()
    return len(taken)


def _unparked(row: ParkedHit) -> Sighting:
    found = CompanyGuess(**{**row.hit["found"], "kind": NetworkKind(row.hit["found"]["kind"])})
    hit = from_json(row.hit["hit"])
    return Sighting(hit=hit, at=row.at, address=row.hit["address"], client_key=row.client_key, found=found)


def _cookieless(sightings: list[Sighting]) -> dict[str, Visitor]:
    """Visitors without a cookie, grouped by address, agent and day."""
    found = {}
    for sighting in sightings:
        if sighting.client_key in found:
            continue
        known = Visitor.objects.filter(client_key=sighting.client_key, key__isnull=True).first()
        found[sighting.client_key] = known or Visitor.objects.create(
            client_key=sighting.client_key, first_seen_at=sighting.at, last_seen_at=sighting.at
        )
    return found


def close_views(*, now: datetime, limit: int = 500) -> int:
    """Views that fell silent are closed, each with one PAGE_READ. Returns how many."""
    silent = now - timedelta(minutes=conf.get("CLOSE_AFTER_MINUTES"))
    views = list(
        PageView.objects.filter(closed_at__isnull=True, last_beacon_at__lt=silent)
        .select_related("visit", "activity")
        .order_by("pk")[:limit]
    )
    with transaction.atomic():
        close(views, now=now)
    return len(views)


def close(views: list[PageView], *, now: datetime) -> None:
    """Record PAGE_READ once for each view, with the marks its opening was stamped with."""
    PageView.objects.filter(pk__in=[v.pk for v in views], closed_at__isnull=True).update(closed_at=now)
    record_many([read_line(view, now=now) for view in views if view.dwell_ms is not None], now=now)


def read_line(view: PageView, *, now: datetime):
    opened = view.activity
    activity = line(
        ActivityKind.PAGE_READ,
        at=min(view.last_beacon_at or now, now),
        now=now,
        dedupe_key=dedupe_key("read", view.pk),
        site_id=view.visit.site_id,
        visitor_id=view.visit.visitor_id,
        page_id=opened.page_id if opened else None,
        title=opened.title if opened else "",
        path=view.path,
        value=view.dwell_ms,
    )
    if opened:
        for name in ("high_intent", "content_kind", "purchase_stage", "topics"):
            setattr(activity, name, getattr(opened, name))
    return activity
