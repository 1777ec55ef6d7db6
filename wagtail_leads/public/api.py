"""For the host site's own code: `track` an event, `identify` a person."""

import uuid
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from wagtail_leads import conf
from wagtail_leads.activity.operations import record
from wagtail_leads.identity.changes import ByWhat
from wagtail_leads.identity.models import Lead, Visitor
from wagtail_leads.identity.operations import identify as make_lead
from wagtail_leads.identity.operations import link
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ActivityKind, Evidence
from wagtail_leads.public.doors import known_visitor_of, visitor_of
from wagtail_leads.tracking import cookies


def track(
    title: str,
    *,
    request: HttpRequest | None = None,
    response: HttpResponse | None = None,
    lead: Lead | None = None,
    value: int | None = None,
    data: dict | None = None,
    key: str = "",
    at: datetime | None = None,
) -> bool:
    """Record an event of the site (kind `custom`) for the request's browser or for a lead.

    A browser without our cookie gets one with `response`, where it may have one. `key` names the event, so that telling
    it twice is telling it once. Returns False when it was told before, or when nobody is there to record it for: no lead,
    and a browser that is not known or may not be. Raises ValueError when neither a request nor a lead is given.
    """
    if request is None and lead is None:
        raise ValueError("track() needs a request or a lead")
    now = timezone.now()
    visitor = _browser(request, response, now=now)
    if visitor is None and lead is None:
        return False
    unique = dedupe_key("custom", key) if key else dedupe_key("custom", uuid.uuid4())
    told = record(
        ActivityKind.CUSTOM,
        at=at or now,
        now=now,
        dedupe_key=unique,
        visitor=visitor,
        lead=lead,
        title=title,
        value=value,
        data=data or {},
        path=request.path if request is not None else "",
    )
    return told is not None


def identify(
    *,
    email: str,
    request: HttpRequest | None = None,
    response: HttpResponse | None = None,
    source: str = "",
    extra: dict | None = None,
    **fields: str,
) -> Lead:
    """The lead of an address, made when it is new; the request's browser is linked with it, its history as
    `LINK_HISTORY` says. Words that stand for nobody (test@, noreply@) make a lead and link no browser.

    A browser without our cookie is linked only with `response`, which gets the cookie; else nobody would know it again.
    Fields: `name`, `family_name`, `given_name`, `family_kana`, `given_kana`, `company_name`, `department`, `job_title`,
    `phone`, `mobile`, `postal_code`, `prefecture`, `address`, `language`, `contact_wish`; `extra` holds values of your own
    fields by their short name. Raises `BadAddress` (a ValueError).
    """
    now = timezone.now()
    visitor = _browser(request, response, now=now)
    with transaction.atomic():
        if visitor is not None:  # browser before lead, as in the river: no two can wait for each other
            Visitor.objects.select_for_update().get(pk=visitor.pk)
        lead, _created = make_lead(email=email, now=now, fields=fields, extra=extra, source=source, by_what=ByWhat.SITE)
        if visitor is not None:
            connect(visitor, lead, evidence=Evidence.LOGIN, now=now)
    return lead


def connect(visitor: Visitor, lead: Lead, *, evidence: Evidence, now: datetime) -> bool:
    """Link a browser with a lead, its history as `LINK_HISTORY` says (who is asked only in a form: from now on)."""
    with_history = conf.get("LINK_HISTORY") == "all"
    with transaction.atomic():
        made, is_new = link(visitor, lead, evidence=evidence, now=now, with_history=with_history)
        if is_new:
            record(
                ActivityKind.VISITOR_LINKED,
                at=now,
                now=now,
                dedupe_key=dedupe_key("linked", made.pk),
                lead=lead,
                visitor=visitor,
                object_kind="link",
                object_id=made.pk,
            )
    return is_new


def _browser(request: HttpRequest | None, response: HttpResponse | None, *, now: datetime) -> Visitor | None:
    if request is None:
        return None
    if response is None:
        return known_visitor_of(request, now=now)
    visitor, new_key = visitor_of(request, now=now)
    if new_key:
        cookies.set_visitor(response, new_key, secure=request.is_secure())
    return visitor
