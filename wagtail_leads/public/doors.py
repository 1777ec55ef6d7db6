"""What all public doors share: whose request is this, and does it come from our own pages?"""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse

from wagtail.models import Site

from wagtail_leads.identity.models import Visitor
from wagtail_leads.identity.operations import visitor_of_key
from wagtail_leads.logic.consent import Handling
from wagtail_leads.tracking import cookies
from wagtail_leads.tracking.recording import hit_of
from wagtail_leads.tracking.site_rules import rules_of
from wagtail_leads.tracking.sorting import client_of


def comes_from_us(request: HttpRequest) -> bool:
    """Fetch metadata, or the Origin, of a post must be this host; a browser too old for both is let in."""
    site = request.META.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.META.get("HTTP_ORIGIN")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == request.get_host().lower()
    except ValueError:
        return False


def may_be_known(request: HttpRequest, site_id: int | None = None) -> bool:
    """May this browser have a visitor cookie? Not a colleague's, and only as site, visitor and browser allow."""
    if cookies.is_staff(request.COOKIES):
        return False
    site = Site.find_for_request(request) if site_id is None else None
    rules = rules_of(site.pk if site else site_id)
    return rules.decide(hit_of(request, origin="page")).handling == Handling.KNOWN


def visitor_of(request: HttpRequest, *, now) -> tuple[Visitor | None, str]:
    """The browser's visitor (made when it is new) and a key to set as its cookie ('' when it has one)."""
    if not may_be_known(request):
        return None, ""
    hit = hit_of(request, origin="page")
    key = hit.visitor_key or cookies.new_key()
    _address, client_key = client_of(hit)
    return visitor_of_key(key, client_key=client_key, now=now), "" if hit.visitor_key else key


def never_cache(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "private, no-store"
    return response
