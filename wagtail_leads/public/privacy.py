"""What this site records of its visitors, sent to whom, kept how long; and the switch that stops it."""

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse, HttpResponseNotAllowed
from django.utils import translation
from wagtail.models import Site

from wagtail_leads import conf
from wagtail_leads.capture.gate import PASS_COOKIE
from wagtail_leads.capture.pop_ups import noted_in_browsers
from wagtail_leads.logic.consent import Handling
from wagtail_leads.logic.kinds import DropReason
from wagtail_leads.public.consent import sweep
from wagtail_leads.public.doors import never_cache
from wagtail_leads.public.forms import render
from wagtail_leads.tracking import cookies, notice
from wagtail_leads.tracking.disclosure import disclosure_of
from wagtail_leads.tracking.recording import hit_of
from wagtail_leads.tracking.rendering import fields_of
from wagtail_leads.tracking.site_rules import SiteRules, rules_of

#: What a browser that is refused can be told: why, by the reason for which nothing is stored.
REFUSED = {
    DropReason.SITE_OFF: "off",
    DropReason.OPTED_OUT: "refused",
    DropReason.NO_CONSENT: "not_asked",
}


@transaction.non_atomic_requests
def page(request):
    """The page in the reader's language (`?lang=ja` of the page they come from, else as the request says)."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    asked = request.GET.get("lang", "")
    asked = asked if translation.check_for_language(asked) else translation.get_language()
    language = notice.spoken(asked or settings.LANGUAGE_CODE)
    with translation.override(language):
        html = render(request, "wagtail_leads/public/privacy.html", _context(request, language))
    response = never_cache(HttpResponse(html))
    response.headers["Content-Language"] = language
    sweep(request, response)
    return response


def _context(request, language: str) -> dict:
    site = Site.find_for_request(request)
    rules = rules_of(site.pk if site else None)
    shown = notice.notice_of(rules, site_id=site.pk if site else None, language=language)
    yes, no = notice.ANSWERS.get(rules.mode, ("", ""))
    state = standing(request, rules)
    return {
        "told": disclosure_of(site, pass_cookie=PASS_COOKIE, pop_ups=noted_in_browsers()),
        "state": state,
        "sentence": shown.sentence if shown else "",
        "fields": fields_of(shown) if shown else "",
        "language": language,
        "asks": bool(shown and shown.asks),
        "yes": yes,
        "no": no,
    }


def standing(request, rules: SiteRules) -> str:
    """How it stands with this browser: off, staff, refused, dnt, not_asked, gpc, anonymous or known."""
    if not conf.get("TRACKING"):
        return "off"
    if cookies.is_staff(request.COOKIES):
        return "staff"
    hit = hit_of(request, origin="page")
    decision = rules.decide(hit)
    if decision.handling == Handling.NOTHING:
        is_browsers = decision.reason == DropReason.OPTED_OUT and hit.answer != "no"
        return "dnt" if is_browsers else REFUSED[decision.reason]
    if decision.handling == Handling.ANONYMOUS:
        return "gpc" if hit.gpc or hit.dnt else "anonymous"
    return "known"
