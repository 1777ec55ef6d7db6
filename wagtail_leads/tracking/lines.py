"""The ledger's lines that a visit leaves: views, gates, downloads, searches, clicks."""

import unicodedata
from datetime import datetime

from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.operations import insert_many, line, record_many
from wagtail_leads.content.marks import marks_of, titles_of
from wagtail_leads.logic.addresses import without_addresses
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.tracking.models import Visit
from wagtail_leads.tracking.sorting import Sighting

EVENTS = {"link": ActivityKind.LINK_CLICKED, "file": ActivityKind.FILE_CLICKED, "share": ActivityKind.SHARED}


def key_of_view(hit_id: str) -> str:
    return dedupe_key(ActivityKind.PAGE_VIEWED, hit_id)


def of_views(seen: list[tuple[Visit, Sighting]], *, now: datetime) -> list[Activity]:
    """One line a view, in the same order. Marks and titles of all pages: three queries."""
    marks = marks_of({s.hit.page_id for _visit, s in seen})
    titles = titles_of({s.hit.page_id for _visit, s in seen if not s.hit.title})
    return [
        _line(
            ActivityKind.PAGE_VIEWED,
            visit,
            s,
            now=now,
            key=key_of_view(s.hit.hit_id),
            title=s.hit.title or titles.get(s.hit.page_id, ""),
            marks=marks.get(s.hit.page_id),
        )
        for visit, s in seen
    ]


def of_gates(seen: list[tuple[Visit, Sighting]], *, now: datetime) -> list[Activity]:
    shown = [(visit, s) for visit, s in seen if s.hit.gate_shown]
    marks = marks_of({s.hit.page_id for _visit, s in shown})
    return [
        _line(
            ActivityKind.GATE_SHOWN,
            visit,
            s,
            now=now,
            key=dedupe_key(ActivityKind.GATE_SHOWN, s.hit.hit_id),
            title=s.hit.title,
            marks=marks.get(s.hit.page_id),
        )
        for visit, s in shown
    ]


def of_others(seen: list[tuple[Visit, Sighting]], *, now: datetime) -> list[Activity]:
    """Downloads, searches and clicks."""
    told = []
    for visit, s in seen:
        if s.hit.origin == "download":
            told.append(_download(visit, s, now))
        elif s.hit.origin == "search":
            told.append(_search(visit, s, now))
        elif s.hit.event in EVENTS:
            told.append(_event(visit, s, now))
    return told


def record(activities: list[Activity], *, now: datetime, is_history: bool) -> None:
    """Into the ledger. Views were told apart from those told before when the batch began (`operations.untold`)."""
    if not is_history:
        record_many(activities, now=now)
        return
    for activity in activities:
        activity.processed_at = now  # nothing follows from the past: no points, no mail, no alarm
    insert_many(activities)


def _download(visit: Visit, s: Sighting, now: datetime) -> Activity:
    key = dedupe_key(ActivityKind.ASSET_DOWNLOADED, s.hit.hit_id)
    document = {"object_kind": "document", "object_id": s.hit.object_id, "title": s.hit.title}
    return _line(ActivityKind.ASSET_DOWNLOADED, visit, s, now=now, key=key, **document)


def _search(visit: Visit, s: Sighting, now: datetime) -> Activity:
    """The same words on the same day are one search: its second page, a reload, a typing pause."""
    words = without_addresses(" ".join(unicodedata.normalize("NFKC", s.hit.title).split()))[:100]
    key = dedupe_key(ActivityKind.SITE_SEARCHED, visit.visitor_id, words.casefold(), s.at.date())
    return _line(ActivityKind.SITE_SEARCHED, visit, s, now=now, key=key, title=words)


def _event(visit: Visit, s: Sighting, now: datetime) -> Activity:
    """The same target in the same view counts once, so a beacon told again changes nothing."""
    key = dedupe_key(s.hit.event, s.hit.view_id, s.hit.target)
    return _line(
        EVENTS[s.hit.event], visit, s, now=now, key=key, title=s.hit.title or s.hit.target, data={"url": s.hit.target}
    )


def _line(kind, visit: Visit, s: Sighting, *, now: datetime, key: str, **fields) -> Activity:
    return line(
        kind,
        at=s.at,
        now=now,
        dedupe_key=key,
        site_id=s.hit.site_id,
        visitor_id=visit.visitor_id,
        page_id=s.hit.page_id,
        path=s.hit.path,
        **fields,
    )
