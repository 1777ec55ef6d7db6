"""From buffered hits to visits, page views and lines of the ledger. Called by the flusher; never in a request."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Max, Q

from wagtail_leads import conf
from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.operations import clean
from wagtail_leads.identity.models import Lead, Visitor
from wagtail_leads.logic.client_address import parse_address
from wagtail_leads.logic.company_guess import CompanyGuess, NetworkKind
from wagtail_leads.logic.hits import Hit, from_json
from wagtail_leads.logic.kinds import DropReason
from wagtail_leads.logic.referrers import split
from wagtail_leads.logic.suspicion import Traces, suspect
from wagtail_leads.mailing.reactions import confirm_by_visit
from wagtail_leads.tracking import site_rules
from wagtail_leads.tracking.desk import Desk
from wagtail_leads.tracking.forgetting import without_forgotten, without_refused
from wagtail_leads.tracking.lines import key_of_view
from wagtail_leads.tracking.models import DropCount, DropExample, PageView, ParkedHit, Visit
from wagtail_leads.tracking.sorting import LeftOut, Sighting, cookieless_key, left_out_later, sort_out

logger = logging.getLogger(__name__)

#: Visible time that proves a reader after a click.
PROOF_MS = 1000
#: Examples kept of each reason.
EXAMPLES = 20


@dataclass(kw_only=True)
class Stored:
    """What became of hits from a log."""

    views: int = 0
    #: Visits, browsers and guessed companies that were not there before.
    visits: int = 0
    visitors: int = 0
    told_before: int = 0
    #: Pks of the guessed companies of the new visits.
    companies: set[int] = field(default_factory=set)
    left_out: list[LeftOut] = field(default_factory=list)


def store(hits: list[Hit], *, now: datetime) -> None:
    """Store one batch: all or, when one hit is poisonous, all but that one. Storing a hit twice is storing it once.

    A database that is away raises (`OperationalError`), and the buffer keeps the hits.
    """
    site_rules.refresh()
    sightings, left_out = sort_out(hits, now=now)
    left_out += _store_some(sightings, now)
    count_left_out(left_out, now=now)


def store_log(hits: list[Hit], *, now: datetime) -> Stored:
    """Store lines of a past log: nothing waits for a beacon, nothing follows from them, nothing is counted twice."""
    sightings, left_out = sort_out(hits, now=now, is_history=True)
    with transaction.atomic():
        fresh = over_midnight(_untold(sightings))
        browsers = Visitor.objects.filter(key__in={s.key for s in fresh})
        before = browsers.count()
        desk = Desk.load(fresh, visitors=_visitors(fresh), now=now, is_history=True)
        for sighting in fresh:
            desk.take(sighting)
        desk.save()
        _note_seen(fresh, desk.visitors)
        made = browsers.count() - before
    return Stored(
        views=len(desk.new_views),
        visits=len(desk.visits.new),
        visitors=made,
        told_before=len(sightings) - len(fresh),
        companies={visit.company_id for visit in desk.visits.new if visit.company_id},
        left_out=left_out,
    )


def _store_some(sightings: list[Sighting], now: datetime) -> list[LeftOut]:
    """Bisects to the hit that the database does not take. Returns what was left out."""
    if not sightings:
        return []
    try:
        with transaction.atomic():
            return _write(sightings, now)
    except (OperationalError, InterfaceError):  # the database is away or busy: nothing is wrong with the hits
        raise
    except Exception:
        if len(sightings) == 1:
            logger.exception("A hit could not be stored")
            return [left_out_later(sightings[0], DropReason.STORE_FAILED)]
        middle = len(sightings) // 2
        return _store_some(sightings[:middle], now) + _store_some(sightings[middle:], now)


def _write(sightings: list[Sighting], now: datetime) -> list[LeftOut]:
    """Constant number of statements for a batch (per 500 rows)."""
    sightings, refused = without_refused(over_midnight(sightings))
    visitors = _visitors([s for s in sightings if has_visitor(s)])
    # asked under the visitors' locks: another process may be storing the same spool file
    sightings, forgotten = without_forgotten(_untold(sightings), visitors)
    desk = Desk.load(sightings, visitors=visitors, now=now)
    for sighting in sightings:
        desk.take(sighting)
    desk.save()
    _note_seen([s for s in sightings if has_visitor(s)], visitors)
    proved = {v.visit.visitor_id for v in desk.touched.values() if (v.dwell_ms or 0) >= PROOF_MS}
    confirm_by_visit(proved, now=now)
    return desk.left_out + refused + forgotten


def has_visitor(s: Sighting) -> bool:
    """A server hit without cookie has none yet: it is parked."""
    return bool(s.hit.visitor_key) or s.hit.origin == "beacon"


def _untold(sightings: list[Sighting]) -> list[Sighting]:
    """Without page views that are in the ledger already: a spool file read twice, a log imported twice."""
    keys = {key_of_view(s.hit.hit_id): s for s in sightings if s.hit.origin == "page"}
    told = (
        set(Activity.objects.filter(dedupe_key__in=list(keys)).values_list("dedupe_key", flat=True)) if keys else set()
    )
    old = {id(keys[key]) for key in told}
    unique = {id(s) for s in keys.values()}
    return [s for s in sightings if s.hit.origin != "page" or (id(s) in unique and id(s) not in old)]


def over_midnight(sightings: list[Sighting]) -> list[Sighting]:
    """Browsers without cookie get another key each day: one whose visit goes on is still yesterday's. One query."""
    before = {cookieless_key(s.previous_key) for s in sightings if s.previous_key and not s.hit.visitor_key}
    if not before:
        return sightings
    gap = timedelta(minutes=conf.get("VISIT_GAP_MINUTES"))
    visits = Visit.objects.filter(visitor__key__in=before).order_by().values_list("visitor__key")
    last = dict(visits.annotate(seen=Max("last_at")))
    followed = []
    for s in sorted(sightings, key=lambda s: s.at):
        yesterday = cookieless_key(s.previous_key)
        if not s.hit.visitor_key and yesterday in last and s.at - last[yesterday] <= gap:
            s = replace(s, still=yesterday)
        last[s.key] = max(last.get(s.key, s.at), s.at)
        followed.append(s)
    return followed


def _visitors(sightings: list[Sighting]) -> dict[str, Visitor]:
    """The visitors by their keys, locked in pk order; new browsers get a row."""
    first: dict[str, Sighting] = {}
    for sighting in sightings:
        first.setdefault(sighting.key, sighting)
    if not first:
        return {}
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


def _note_seen(sightings: list[Sighting], visitors: Mapping[str, Visitor]) -> None:
    """`last_seen_at` of browsers, and of the leads they belong to. A batch spans about a second."""
    here = {s.key for s in sightings}
    seen = {key: visitor for key, visitor in visitors.items() if key in here}
    if not seen:
        return
    newest = max(s.at for s in sightings)
    visitor_ids = [visitor.pk for visitor in seen.values()]
    Visitor.objects.filter(pk__in=visitor_ids, last_seen_at__lt=newest).update(last_seen_at=newest)
    lead_ids = {visitor.lead_id for visitor in seen.values() if visitor.lead_id}
    if lead_ids:
        unseen = Q(last_seen_at__isnull=True) | Q(last_seen_at__lt=newest)
        Lead.objects.filter(unseen, pk__in=lead_ids).update(last_seen_at=newest)


def count_left_out(left_out: Iterable[LeftOut], *, now: datetime) -> None:
    """Add to the day's count of each reason, and keep the newest examples."""
    left_out = list(left_out)
    if not left_out:
        return
    count_drops(Counter((one.reason, (one.user_agent or one.path)[:255]) for one in left_out), now=now)
    newest: dict[DropReason, list[LeftOut]] = {}
    for one in reversed(left_out):
        if (one.path or one.user_agent) and len(newest.setdefault(one.reason, [])) < EXAMPLES:
            newest[one.reason].append(one)
    rows = [_example(one) for some in newest.values() for one in reversed(some)]
    DropExample.objects.bulk_create(rows)
    for reason in newest:
        kept = DropExample.objects.filter(reason=reason.value).order_by("-pk").values_list("pk", flat=True)
        oldest = kept[EXAMPLES - 1 : EXAMPLES].first()
        if oldest is not None:
            DropExample.objects.filter(reason=reason.value, pk__lt=oldest).delete()


def _example(one: LeftOut) -> DropExample:
    return DropExample(
        reason=one.reason.value,
        at=one.at,
        path=clean(one.path)[:200],
        user_agent=clean(one.user_agent)[:300],
        network=clean(one.network)[:200],
        referrer_host=split(clean(one.referrer))[0],
    )


def count_drops(drops: Mapping, *, now: datetime) -> None:
    """Add to the day's count of each reason. Keys are (reason, example). Two statements a reason."""
    by_reason: dict = {}
    for (reason, example), count in drops.items():
        total, newest = by_reason.get(reason, (0, ""))
        by_reason[reason] = (total + count, example or newest)
    for reason, (count, example) in by_reason.items():
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
    due = list(ParkedHit.objects.filter(at__lt=old).order_by("pk").values_list("pk", flat=True)[:limit])
    if not due:
        return 0
    with transaction.atomic():
        taken = list(ParkedHit.objects.select_for_update().filter(pk__in=due).order_by("pk"))
        ParkedHit.objects.filter(pk__in=[row.pk for row in taken]).delete()
        sightings = sorted((_unparked(row) for row in taken), key=lambda s: s.at)
        sightings, left_out = _without_machines(sightings)
        sightings, refused = without_refused(over_midnight(sightings))
        visitors = _visitors(sightings)
        sightings, forgotten = without_forgotten(_untold(sightings), visitors)
        left_out += refused + forgotten
        desk = Desk.load(sightings, visitors=visitors, now=now)
        for sighting in sightings:
            desk.take_server_hit(sighting)
        desk.save()
        _note_seen(sightings, desk.visitors)
    count_left_out(left_out, now=now)
    return len(taken)


def _without_machines(sightings: list[Sighting]) -> tuple[list[Sighting], list[LeftOut]]:
    """No script told of these hits: those that more speaks against than that are left out. One query."""
    if not sightings:
        return [], []
    minutes = Counter((s.client_key, s.at.replace(second=0, microsecond=0)) for s in sightings)
    seen = PageView.objects.filter(client_key__in={s.client_key for s in sightings}, view_id__isnull=False)
    readers = set(seen.filter(at__gte=sightings[0].at - timedelta(days=1)).values_list("client_key", flat=True))
    kept, left_out = [], []
    for s in sightings:
        traces = Traces(
            network_kind=s.found.kind,
            site_has_beacon=conf.get("INJECT_BEACON"),
            had_beacon=s.client_key in readers,
            views_in_minute=minutes[s.client_key, s.at.replace(second=0, microsecond=0)],
            user_agent=s.hit.user_agent,
            accept=s.hit.accept,
            accept_language=s.hit.accept_language,
            sec_fetch_mode=s.hit.sec_fetch_mode,
            is_secure=s.hit.host.startswith("https"),
        )
        reason = suspect(traces, max_views_per_minute=conf.get("MAX_VIEWS_PER_MINUTE"))
        if reason is None:
            kept.append(s)
        else:
            left_out.append(left_out_later(s, reason))
    return kept, left_out


def _unparked(row: ParkedHit) -> Sighting:
    found = CompanyGuess(**{**row.hit["found"], "kind": NetworkKind(row.hit["found"]["kind"])})
    return Sighting(
        hit=replace(from_json(row.hit["hit"]), visitor_key=""),
        at=row.at,
        address=row.hit["address"],
        ip=parse_address(row.hit["ip"]) if "ip" in row.hit else None,
        client_key=row.client_key,
        previous_key=row.hit.get("previous", ""),
        is_anonymous=row.hit.get("anonymous", False),
        found=found,
    )


def forget_addresses(*, now: datetime, limit: int = 500) -> int:
    """Full addresses whose days are over are emptied. Returns how many."""
    old = now - timedelta(days=conf.get("KEEP_FULL_ADDRESS_DAYS"))
    due = list(Visit.objects.filter(started_at__lt=old).exclude(full_address="").values_list("pk", flat=True)[:limit])
    return Visit.objects.filter(pk__in=due).update(full_address="") if due else 0
