"""A view is over: one PAGE_READ with its visible time. Rules on dwell look only at that."""

from datetime import datetime, timedelta

from django.db import transaction

from wagtail_leads import conf
from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.operations import line, record_many
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.tracking.models import PageView


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
    if not views:
        return
    PageView.objects.filter(pk__in=[v.pk for v in views], closed_at__isnull=True).update(closed_at=now)
    record_many([read_line(view, now=now) for view in views if view.dwell_ms is not None], now=now)


def read_line(view: PageView, *, now: datetime) -> Activity:
    opened = view.activity
    activity = line(
        ActivityKind.PAGE_READ,
        at=min(view.last_beacon_at or now, now),
        now=now,
        dedupe_key=dedupe_key("read", view.view_id),
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
