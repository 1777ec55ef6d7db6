"""The order of the river, and its two entrances: an activity and the clock. Read this file first.

A fact enters through a door (`public/`, the middleware's flusher, an import) by `activity.operations.record`. Here every
fact passes the stages in one order, in batches. Each stage is idempotent: its effects have a unique constraint on their
cause, so processing twice equals processing once. A poisonous fact is found by bisection, set aside and shown.
"""

import logging
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection, transaction

from wagtail_leads.activity import whose
from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.turn import Turn
from wagtail_leads.capture import goals, imports
from wagtail_leads.identity import filling, mail_servers
from wagtail_leads.mailing import delivery, reactions
from wagtail_leads.mailing.queries import is_stopped
from wagtail_leads.sales import alerts, inquiries
from wagtail_leads.scenarios import advancing, reacting
from wagtail_leads.scoring import operations as scoring
from wagtail_leads.segments import operations as segments
from wagtail_leads.tracking import buffer, closing, naming, placing, salts
from wagtail_leads.tracking import operations as tracking

logger = logging.getLogger(__name__)

#: The river: order is meaning.
STAGES = (
    whose.resolve,  # identity: whose is it? (visitor -> lead)
    placing.place,  # companies: which company? (by network it came with the visit)
    scoring.apply,  # what is it worth?
    segments.refresh,  # where does the lead stand now?
    goals.reach,  # is it what the site is there for?
    reacting.react,  # who waits for this, and what does it start?
    inquiries.hand_over,  # what has a person to do about it?
    alerts.announce,  # who must hear that a target account is here?
)


def process_waiting(*, now: datetime, limit: int) -> int:
    """First entrance: take waiting activities through the river. Returns how many were taken; 0 means all is done."""
    with transaction.atomic():
        ids = list(_waiting(limit))
        if not ids:
            return 0
    return _process(ids, now=now)


def _waiting(limit: int):
    return Activity.objects.waiting().order_by("processed_at", "pk").values_list("pk", flat=True)[:limit]


def _process(ids: list[int], *, now: datetime) -> int:
    """One batch in one transaction; on an error the halves, down to the one that is set aside."""
    try:
        with transaction.atomic():
            return _flow(ids, now=now)
    except (OperationalError, InterfaceError):  # the database is away or busy: nothing is wrong with the facts
        raise
    except Exception as error:
        if len(ids) == 1:
            logger.exception("Activity %s was set aside", ids[0])
            Activity.objects.filter(pk=ids[0]).update(processed_at=now, problem=repr(error)[:255])
            return 1
    middle = len(ids) // 2
    return _process(ids[:middle], now=now) + _process(ids[middle:], now=now)


def _flow(ids: list[int], *, now: datetime) -> int:
    skip = {"skip_locked": True} if connection.features.has_select_for_update_skip_locked else {}
    batch = list(Activity.objects.waiting().filter(pk__in=ids).select_for_update(**skip).order_by("pk"))
    turn = Turn(now=now, activities=batch)
    if batch:
        for stage in STAGES:
            stage(turn)
        Activity.objects.filter(pk__in=[activity.pk for activity in batch]).update(processed_at=now)
    return len(batch)


#: The clock: what becomes due without a new fact. Each returns how much it did; 0 means nothing is due.
def collect_hits(*, now: datetime) -> int:
    """Second entrance, hits: what lies in the spool of this machine."""
    return buffer.collect(now=now)


def settle_visits(*, now: datetime) -> int:
    """Second entrance, visits: parked hits whose beacon never came, views that fell silent, clicks whose hold is over."""
    return tracking.settle_parked(now=now) + closing.close_views(now=now) + reactions.decide_due(now=now)


def ask_names(*, now: datetime, limit: int = 5) -> int:
    """Second entrance, companies: reverse DNS names that are due. Few at a time: a name server may be slow."""
    return naming.look_up_names(now=now, limit=limit)


def forget(*, now: datetime) -> int:
    """Second entrance, privacy: salts that nobody needs any more, full addresses whose days are over."""
    return salts.destroy_salts(now=now) + tracking.forget_addresses(now=now)


def take_imports(*, now: datetime) -> int:
    """Second entrance, files of leads: a slice of the next import. Returns rows taken; 0 means nothing waits."""
    return imports.run_due(now=now)


def complete_leads(*, now: datetime) -> int:
    """Second entrance, leads: keys of duplicates for leads that were written before there were keys. 0: none is left."""
    return filling.fill_missing(now=now, limit=100)


def check_addresses(*, now: datetime) -> int:
    """Second entrance, leads: does the domain of a new address take mail? Off by default; few at a time, a name server may
    be slow."""
    return mail_servers.check_due(now=now, limit=10)


def advance_scenarios(*, now: datetime, limit: int = 50) -> int:
    """Second entrance, scenarios: steps whose time has come."""
    return 0 if is_stopped() else advancing.advance_due(now=now, limit=limit)


def deliver_mail(*, now: datetime, worker: str, clock) -> int:
    """Second entrance, mail: what is due leaves, in one batch over one connection."""
    return 0 if is_stopped() else delivery.deliver_due(now=now, worker=worker, clock=clock)


def next_due(*, now: datetime) -> datetime | None:
    """When the next step of a scenario becomes due; None when nothing waits (or all is stopped)."""
    return None if is_stopped() else advancing.next_due(after=now)
