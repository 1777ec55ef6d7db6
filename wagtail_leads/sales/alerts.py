"""Exit of the river: a target account is on the site, and our people are told – once a company and day."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import override

from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.turn import Turn
from wagtail_leads.companies.models import Company
from wagtail_leads.companies.queries import sells_to_companies, survivor_of
from wagtail_leads.companies.words import guess_reason, sureness
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.mailing.operations import queue_template
from wagtail_leads.mailing.queries import sender_of
from wagtail_leads.sales.models import TargetAlert

#: Older page views come from a log or a spool that waited: no news.
FRESH = timedelta(hours=6)
#: Pages that a notice names.
MOST_PAGES = 8


def announce(turn: Turn) -> None:
    """An alert and a notice for each target account that opened a page; twice is once. Two queries when there is none."""
    opened = [a for a in turn.activities if a.kind == ActivityKind.PAGE_VIEWED and a.pk in turn.company_of]
    fresh = [a for a in opened if a.at > turn.now - FRESH]
    if not fresh:
        return
    by_target = _by_target(fresh, turn)
    if not by_target or not sells_to_companies():
        return
    keys = {_key(company, pages[0].at): (company, pages) for company, pages in by_target.items()}
    told = set(TargetAlert.objects.filter(dedupe_key__in=list(keys)).values_list("dedupe_key", flat=True))
    for key, (company, pages) in keys.items():
        if key not in told:
            _alert(key, company, pages, turn)


def _by_target(opened: list[Activity], turn: Turn) -> dict[Company, list[Activity]]:
    """Living target account -> the pages that it opened, in the order of their facts."""
    rows = Company.objects.filter(pk__in={turn.company_of[a.pk] for a in opened}).select_related("merged_into")
    living = {row.pk: survivor_of(row) for row in rows}
    found: dict[Company, list[Activity]] = {}
    for activity in sorted(opened, key=lambda a: (a.at, a.pk)):
        company = living.get(turn.company_of[activity.pk])
        if company is not None and company.is_target:
            found.setdefault(company, []).append(activity)
    return found


def _key(company: Company, at: datetime) -> str:
    return dedupe_key("target-alert", company.pk, timezone.localdate(at).isoformat())


def _alert(key: str, company: Company, pages: list[Activity], turn: Turn) -> None:
    try:
        with transaction.atomic():
            TargetAlert.objects.create(company=company, dedupe_key=key, activity_id=pages[0].pk, at=pages[0].at)
    except IntegrityError:  # another worker was first
        return
    context = _context(company, pages, turn)
    for address in sender_of(pages[0].site).staff_list():
        queue_template(
            "target_visit",
            to=address,
            dedupe_key=dedupe_key(key, address),
            now=turn.now,
            site=pages[0].site,
            language=settings.LANGUAGE_CODE,
            context=context,
        )


def _context(company: Company, pages: list[Activity], turn: Turn) -> dict:
    confidence, reason = max((turn.why_company.get(a.pk, (0, "")) for a in pages), key=lambda why: why[0])
    titles = list(dict.fromkeys((a.title or a.path, a.high_intent) for a in pages))
    with override(settings.LANGUAGE_CODE):
        return {
            "company": company.name,
            "confidence": confidence,
            "sureness": sureness(confidence),
            "reason": guess_reason(reason),
            "pages": [{"title": title, "high_intent": intent} for title, intent in titles[:MOST_PAGES]],
            "url": _company_url(company),
        }


def _company_url(company: Company) -> str:
    base = getattr(settings, "WAGTAILADMIN_BASE_URL", "") or ""
    try:
        return base + reverse("wagtail_leads_companies:inspect", args=[company.pk])
    except NoReverseMatch:
        return base
