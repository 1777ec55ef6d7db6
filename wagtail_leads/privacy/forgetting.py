"""A browser that refuses is forgotten: its visits and browsing go; what a person told us under their name stays theirs."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from wagtail_leads.activity.models import Activity
from wagtail_leads.capture.models import Conversion, FormSubmission
from wagtail_leads.companies import reverse_dns
from wagtail_leads.identity.models import Consent, Lead, Visitor, VisitorLink, open_links
from wagtail_leads.logic.client_address import Address
from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.mailing.models import Reaction
from wagtail_leads.scoring.models import ScoreEntry
from wagtail_leads.scoring.operations import refold
from wagtail_leads.tracking.models import PageView, ParkedHit, Refusal, Visit

#: Rows that one transaction removes (no write transaction over 250 ms).
CHUNK = 500

#: What a browser did as long as the fact names no lead: it goes. What a person told us under their name stays theirs.
BROWSING = (
    ActivityKind.PAGE_VIEWED,
    ActivityKind.PAGE_READ,
    ActivityKind.GATE_SHOWN,
    ActivityKind.FORM_SEEN,
    ActivityKind.FORM_BEGUN,
    ActivityKind.FORM_LEFT,
    ActivityKind.SITE_SEARCHED,
    ActivityKind.LINK_CLICKED,
    ActivityKind.FILE_CLICKED,
    ActivityKind.SHARED,
    ActivityKind.ASSET_DOWNLOADED,
    ActivityKind.CUSTOM,
)
#: Rows that let go of the browser and stay.
LET_GO = (Activity, FormSubmission, Reaction, Consent, Conversion)
#: Rows that are removed while the browser waits for its answer; the clock does the rest.
AT_ONCE = 2_000
#: How long a forgotten browser's row stays as a tombstone: hits in a spool that nobody read may be as old.
TOMBSTONE = timedelta(days=30)


def forget_browser(visitor: Visitor, *, now: datetime, limit: int = AT_ONCE) -> bool:
    """Remove what is stored of a browser that refused. True when all is done; else `forget_due` does the rest.

    Its visits, views and browsing go, the points that they brought, its links with leads. Forms, mails and answers of
    a person stay without the browser. In pieces, so that nobody waits; safe to repeat.
    """
    if not _is_of_the_day(visitor):
        _bury(visitor, now=now)
    done = 0
    while done < limit:
        removed = _forget_some(visitor)
        if not removed:
            return True
        done += removed
    return False


def forget_due(*, now: datetime) -> int:
    """The clock: go on with one browser that is not wholly forgotten, else remove old tombstones. Returns how many rows."""
    waiting = Visitor.objects.filter(forgotten_at__isnull=False).exclude(client_key="").order_by("pk").first()
    if waiting is not None:
        return _forget_some(waiting) or 1
    old = Visitor.objects.filter(forgotten_at__lt=now - TOMBSTONE).order_by("pk").values_list("pk", flat=True)[:CHUNK]
    old = list(old)
    if old:
        Visitor.objects.filter(pk__in=old).delete()
    return len(old)


def forget_waiting(client_keys: Iterable[str], ip: Address | None, *, now: datetime, remember: bool = True) -> None:
    """Hits without cookie that wait for their beacon (a minute's at most) or in a buffer, and an address that waits for
    its name: whoever has this address and agent."""
    for key in client_keys if remember else ():
        Refusal.objects.update_or_create(client_key=key, defaults={"at": now})
    ParkedHit.objects.filter(client_key__in=client_keys).delete()
    reverse_dns.forget_address(ip)


def _is_of_the_day(visitor: Visitor) -> bool:
    """A browser without cookie may be several (same address, same agent): it goes, but no tombstone may stop the others."""
    return (visitor.key or "").startswith("~")


def _bury(visitor: Visitor, *, now: datetime) -> None:
    """From here on the flusher stores nothing of it (it locks this row too), and no lead has it any more."""
    with transaction.atomic():
        Visitor.objects.select_for_update().get(pk=visitor.pk)
        links = VisitorLink.objects.filter(visitor=visitor)
        # a link that was taken back told nothing about its lead any more
        leads = set(links.filter(open_links()).values_list("lead_id", flat=True))
        links.delete()
        Visitor.objects.filter(pk=visitor.pk, forgotten_at__isnull=True).update(forgotten_at=now)
        Visitor.objects.filter(pk=visitor.pk).update(lead=None)
        for lead in leads:
            _seen_by_others(lead)


def _seen_by_others(lead_id: int) -> None:
    """A lead is connected, and was last seen, as its other browsers say."""
    others = Visitor.objects.filter(lead=lead_id).aggregate(last=Max("last_seen_at"))["last"]
    changes = {"last_seen_at": others}
    if not VisitorLink.objects.filter(open_links(), lead=lead_id).exists():
        changes["connected_at"] = None
    Lead.objects.filter(pk=lead_id).update(**changes)


def _forget_some(visitor: Visitor) -> int:
    """One piece in one transaction. Returns how many rows; 0: nothing is left, and the tombstone says so."""
    steps = (_remove_browsing, _remove_views, _remove_visits, _let_go)
    for step in steps:
        with transaction.atomic():
            removed = step(visitor)
        if removed:
            return removed
    ParkedHit.objects.filter(client_key=visitor.client_key).delete()
    Visitor.objects.filter(pk=visitor.pk, forgotten_at__isnull=False).update(client_key="")
    return 0


def _remove_browsing(visitor: Visitor) -> int:
    """The points it brought go too, and the scores are what the rest makes of them."""
    rows = Activity.objects.select_for_update().filter(visitor=visitor, lead__isnull=True, kind__in=BROWSING)
    found = list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    if found:
        leads = set(ScoreEntry.objects.filter(activity__in=found).values_list("lead_id", flat=True))
        Activity.objects.filter(pk__in=found).delete()
        refold(leads)
    return len(found)


def _remove_views(visitor: Visitor) -> int:
    found = list(PageView.objects.filter(visit__visitor=visitor).order_by("pk").values_list("pk", flat=True)[:CHUNK])
    PageView.objects.filter(pk__in=found).delete()
    return len(found)


def _remove_visits(visitor: Visitor) -> int:
    found = list(Visit.objects.filter(visitor=visitor).order_by("pk").values_list("pk", flat=True)[:CHUNK])
    Visit.objects.filter(pk__in=found).delete()
    return len(found)


def _let_go(visitor: Visitor) -> int:
    for model in LET_GO:
        found = list(model.objects.filter(visitor=visitor).order_by("pk").values_list("pk", flat=True)[:CHUNK])
        if found:
            return model.objects.filter(pk__in=found).update(visitor=None)
    return 0
