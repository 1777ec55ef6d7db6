"""Around the serving of each Wagtail page: gate, beacon, the site's own forms. Registered as `on_serve_page`.

Wagtail's own restrictions (password, login, groups) come first: a page that they hold back never gets here. A preview is
an editor's and is neither gated nor counted. RoutablePage's sub-addresses come through here as well.
"""

import logging

from django.http import HttpResponseNotAllowed
from django.utils import timezone
from wagtail.models import Site

from wagtail_leads import conf
from wagtail_leads.capture import form_pages, gate
from wagtail_leads.capture.operations import submit
from wagtail_leads.content.marks import marks_of
from wagtail_leads.public import consent, forms, gates, parts, pop_ups
from wagtail_leads.public.doors import seal, seal_if_marked, visitor_of
from wagtail_leads.tracking import cookies, injection
from wagtail_leads.tracking.recording import Served
from wagtail_leads.tracking.site_rules import rules_of

logger = logging.getLogger(__name__)


def around(next_serve_page):
    """Wagtail's hook: wraps what serves a page."""

    def serve(page, request, args, kwargs):
        if getattr(request, "is_preview", False):
            return next_serve_page(page, request, args, kwargs)
        site = Site.find_for_request(request)
        site_id = site.pk if site else None
        request._leads_served = Served(page_id=page.pk, title=page.title, site_id=site_id)
        found = gate.gate_of(page, request.COOKIES, lambda: cookies.visitor_key(request.COOKIES)[0])
        if found.is_open:
            response = _site_page(next_serve_page, page, request, args, kwargs)
        else:
            response = _closed(request, page, found.policy)
        if found.is_gated:
            seal(response)
        else:
            seal_if_marked(request, response)
        parts_ = _parts(page, site_id) if conf.get("TRACKING") else {}
        pop_up = "" if found.is_gated else _pop_up(page)
        return injection.inject_later(response, **{**parts_, "more": pop_up}) if parts_ or pop_up else response

    return serve


def _closed(request, page, policy):
    """Teaser and form, in place of whatever the page would have answered: none of its code runs."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    request._leads_served.gate_shown = request.method == "GET"
    return gates.gate_page(request, page, policy)


def _parts(page, site_id: int | None) -> dict[str, str]:
    """What goes into the page. Where visitors are to be told and the notice cannot be made, there is no beacon either."""
    top, foot = consent.banner_of(page, site_id)
    is_told = bool(top) or not rules_of(site_id).asks
    beacon = injection.script_tag(page.pk, site_id) if is_told and conf.get("INJECT_BEACON") else ""
    return {"top": top, "foot": foot, "end": beacon}


def _pop_up(page) -> str:
    """The tag of the page's pop-up. Never raises: a page is worth more."""
    try:
        return pop_ups.tag_for(page)
    except Exception:
        logger.exception("A pop-up could not be made")
        return ""


def _site_page(next_serve_page, page, request, args, kwargs):
    """The page as the site serves it; a form page's submission makes a lead on the way."""
    new_key = []

    def take(sent):
        now = timezone.now()
        visitor, key = visitor_of(request, now=now)
        new_key.append(key)
        site = Site.find_for_request(request)
        marks = marks_of([page.pk]).get(page.pk)
        submit(forms.placed(sent, site=site, path=request.path, marks=marks), visitor=visitor, now=now)

    with form_pages.watching(request, page, take), parts.serving(request, page) as hand_over:
        response = next_serve_page(page, request, args, kwargs)
        hand_over(response)
    if new_key and new_key[0]:
        cookies.set_visitor(response, new_key[0], secure=request.is_secure())
    return response
