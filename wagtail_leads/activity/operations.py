"""Writing the ledger: the one way a fact gets in."""

from django.db import IntegrityError, connection, transaction

from wagtail_leads import background
from wagtail_leads.activity.models import Activity
from wagtail_leads.content.marks import Marks


def line(kind, *, at, now, dedupe_key, title="", path="", marks: Marks | None = None, data=None, **fields) -> Activity:
    """An unsaved line of the ledger: text capped, the page's marks stamped on."""
    marks = marks or Marks()
    return Activity(
        kind=str(kind),
        at=at,
        recorded_at=now,
        dedupe_key=dedupe_key,
        title=clean(title)[:255],
        path=clean(path)[:500],
        data=data or {},
        high_intent=marks.high_intent,
        content_kind=marks.content_kind,
        purchase_stage=marks.purchase_stage,
        topics=marks.topics,
        **fields,
    )


def record(kind, *, at, now, dedupe_key, **fields) -> Activity | None:
    """Write one fact and wake the river; None when it was told before.

    Fields: `site`, `visitor`, `lead`, `page_id`, `object_kind`, `object_id`, `title`, `path`, `value`, `data`, `marks`.
    """
    activity = line(kind, at=at, now=now, dedupe_key=dedupe_key, **fields)
    try:
        with transaction.atomic():
            activity.save(force_insert=True)
    except IntegrityError:
        if Activity.objects.filter(dedupe_key=dedupe_key).exists():
            return None
        raise
    background.wake("river", now=now)
    return activity


def record_many(activities: list[Activity], *, now) -> list[Activity]:
    """Write many lines in one statement per 500; those told before are left out. Returns the new ones, with pks."""
    if not activities:
        return []
    first: dict[str, Activity] = {}
    for activity in activities:
        first.setdefault(activity.dedupe_key, activity)
    fresh = list(first.values())
    try:
        with transaction.atomic():
            insert_many(fresh)
    except IntegrityError:  # some were told before: nearly never, so it is asked only now
        fresh = _untold(fresh)
        insert_many(fresh)
    background.wake("river", now=now)
    return fresh


def _untold(activities: list[Activity]) -> list[Activity]:
    keys = [activity.dedupe_key for activity in activities]
    told = set(Activity.objects.filter(dedupe_key__in=keys).values_list("dedupe_key", flat=True))
    for activity in activities:
        activity.pk = None
    return [activity for activity in activities if activity.dedupe_key not in told]


def clean(text: str) -> str:
    """Text from outside without NUL (PostgreSQL refuses it) and other control characters."""
    text = str(text or "")
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def insert_many(rows: list) -> None:
    """`bulk_create` that sets primary keys on every database (MySQL cannot return them: there it is row by row)."""
    if not rows:
        return
    if connection.features.can_return_rows_from_bulk_insert:
        type(rows[0])._default_manager.bulk_create(rows, batch_size=500)
        return
    for row in rows:
        row.save(force_insert=True)


def upsert_many(rows: list, fields: list[str]) -> None:
    """Update many rows in one statement per 500 (an upsert on the primary key; far cheaper than `bulk_update`)."""
    if not rows:
        return
    target = {"unique_fields": ["pk"]} if connection.features.supports_update_conflicts_with_target else {}
    type(rows[0])._default_manager.bulk_create(
        rows, batch_size=500, update_conflicts=True, update_fields=fields, **target
    )
