"""Facts in plain words, for the salesperson who has five seconds."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.reports.memo import day, duration, times
from wagtail_leads.reports.queries import Fact


def reason(fact: Fact, now: datetime) -> str:
    """"Pricing: 3 min, twice · yesterday"."""
    words = {"what": _what(fact), "when": day(fact.last_at, now)}
    return _("%(what)s · %(when)s") % words


def _what(fact: Fact) -> str:
    title = fact.title or fact.path or _("a page")
    if fact.kind == ActivityKind.INQUIRY_MADE:
        return _("Made an inquiry (%(title)s)") % {"title": title} if fact.title else _("Made an inquiry")
    if fact.kind == ActivityKind.FORM_SUBMITTED:
        return _("Sent the form of “%(title)s”") % {"title": title}
    if fact.kind == ActivityKind.ASSET_DOWNLOADED:
        return _("Downloaded “%(title)s”") % {"title": title}
    if fact.kind == ActivityKind.EMAIL_CLICKED:
        return _("Clicked in the mail “%(title)s”") % {"title": title}
    return _page(fact, title)


def _page(fact: Fact, title: str) -> str:
    details = []
    if fact.dwell_ms is not None:
        details.append(duration(fact.dwell_ms))
    if fact.count > 1:
        details.append(times(fact.count))
    if not details:
        return _("Opened “%(title)s”") % {"title": title}
    return _("“%(title)s” %(details)s") % {"title": title, "details": pgettext("between names", ", ").join(details)}
