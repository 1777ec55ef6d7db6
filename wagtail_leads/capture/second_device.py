"""Known, but on another device: a link to the address opens there what was open here. Never says who is known."""

from datetime import datetime, timedelta, timezone

from django.db import transaction
from django.urls import NoReverseMatch, reverse
from wagtail.models import Site

from wagtail_leads import conf
from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.operations import record
from wagtail_leads.capture.connecting import connect
from wagtail_leads.capture.placements import Placement, way_in_token
from wagtail_leads.identity.models import Lead, Visitor
from wagtail_leads.identity.queries import surviving
from wagtail_leads.logic.addresses import email_key
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ActivityKind, Evidence
from wagtail_leads.mailing.links import site_url
from wagtail_leads.mailing.operations import queue_template


def find_lead(address: str) -> Lead | None:
    """The lead of a normalised address whom we may write to about it; None for everybody else."""
    lead = Lead.objects.filter(email_key=email_key(address)).first()
    return _usable(lead)


def lead_of(pk: int) -> Lead | None:
    """Whose link it is; of a merged lead its survivor."""
    return _usable(Lead.objects.filter(pk=pk).first() if pk < 2**62 else None)


def _usable(lead: Lead | None) -> Lead | None:
    lead = surviving(lead) if lead is not None else None
    return lead if lead is not None and lead.erased_at is None and lead.stopped_at is None else None


def send_way_in(
    address: str, *, version_id: int | None, placement: Placement, title: str, site: Site | None, now: datetime
) -> None:
    """A mail with the link, where the address is a lead's. For any other the same work is done and taken back: how long
    the answer takes says nothing."""
    lead = find_lead(address)
    token = way_in_token(lead.pk if lead else 0, version_id, placement, made_at=int(now.timestamp()))
    with transaction.atomic():
        queue_template(
            "way_in",
            to=address,
            dedupe_key=dedupe_key("way-in", address, now.isoformat()),
            now=now,
            lead=lead,
            site=site,
            context={"url": _url(token, site), "title": title, "days": conf.get("CONFIRM_DAYS")},
        )
        if lead is None:
            transaction.set_rollback(True)


def _url(token: str, site: Site | None) -> str:
    try:
        return site_url(site) + reverse("wagtail_leads:way_in", args=[token])
    except NoReverseMatch:  # the URL include is missing; a system check says so
        return site_url(site)


def is_over(made_at: int, *, now: datetime) -> bool:
    made = datetime.fromtimestamp(min(made_at, 2**40), tz=timezone.utc) if made_at < 2**36 else now
    return now - made > timedelta(days=conf.get("CONFIRM_DAYS"))


def was_used(token: str) -> bool:
    return Activity.objects.filter(dedupe_key=dedupe_key("way-in-used", token)).exists()


def use_way_in(
    token: str,
    lead: Lead,
    *,
    placement: Placement,
    visitor: Visitor | None,
    with_history: bool,
    title: str,
    site: Site | None,
    now: datetime,
) -> bool:
    """The person says yes on the other device: the address is theirs, and so is that browser. False: the link was used."""
    with transaction.atomic():
        if visitor is not None:  # browser before lead, as in the river
            visitor = Visitor.objects.select_for_update().get(pk=visitor.pk)
        fact = record(
            ActivityKind.ADDRESS_CONFIRMED,
            at=now,
            now=now,
            dedupe_key=dedupe_key("way-in-used", token),
            lead=lead,
            visitor=visitor,
            site=site,
            page_id=placement.page_id or None,
            title=title,
        )
        if fact is None:
            return False
        if visitor is not None:
            connect(
                visitor,
                lead,
                evidence=Evidence.CONFIRMED,
                with_history=with_history,
                now=now,
                site=site,
                page_id=placement.page_id or None,
                title=title,
            )
    return True
