"""What all public doors share: whose request is this, and does it come from our own pages?"""

import time
from functools import lru_cache
from urllib.parse import urlsplit

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from wagtail.models import Site

from wagtail_leads.identity.models import Visitor
from wagtail_leads.identity.operations import visitor_of_key
from wagtail_leads.logic.consent import Handling
from wagtail_leads.logic.keys import dedupe_key
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


def may_be_known(request: HttpRequest, site_id: int | None = None, *, answer: str | None = None) -> bool:
    """May this browser have a visitor cookie? Not a colleague's, and only as site, visitor and browser allow.

    `answer` stands for the cookie's, when the visitor is just giving it.
    """
    if cookies.is_staff(request.COOKIES):
        return False
    given = {} if answer is None else {"answer": answer}
    hit = hit_of(request, origin="page", **given)
    return rules_of(site_id or site_of(request)).decide(hit).handling == Handling.KNOWN


def site_of(request: HttpRequest) -> int | None:
    site = Site.find_for_request(request)
    return site.pk if site else None


def site_here(request: HttpRequest, told: int | None) -> int | None:
    """The site whose rules hold for what a page's token tells: the token's, unless the request came to another's host.

    Of sites that share a host the token's word is taken. Asked from memory.
    """
    here = _sites_by_host(int(time.monotonic() // 60)).get(request.META.get("HTTP_HOST", "").partition(":")[0].lower())
    return here[0] if here and told not in here else told


@lru_cache(maxsize=1)
def _sites_by_host(_minute: int) -> dict[str, list[int]]:
    sites: dict[str, list[int]] = {}
    for host, pk in Site.objects.order_by("port", "pk").values_list("hostname", "pk"):
        sites.setdefault(host.lower(), []).append(pk)
    return sites


def visitor_of(
    request: HttpRequest, *, now, site_id: int | None = None, answer: str | None = None
) -> tuple[Visitor | None, str]:
    """The browser's visitor (made when it is new) and a key to set as its cookie ('' when it has one)."""
    if not may_be_known(request, site_id, answer=answer):
        return None, ""
    hit = hit_of(request, origin="page")
    _address, client_key = client_of(hit)
    if hit.visitor_key:
        known = visitor_of_key(hit.visitor_key, client_key=client_key, now=now)
        if known.forgotten_at is None:
            return known, ""
    # new, or it refused once and has changed its mind: then it begins anew
    key = cookies.new_key()
    return visitor_of_key(key, client_key=client_key, now=now), key


def known_visitor_of(request: HttpRequest, *, now) -> Visitor | None:
    """The browser's visitor, when it may be known and has our cookie; nothing is made for one that has none."""
    hit = hit_of(request, origin="page")
    if not hit.visitor_key or not may_be_known(request):
        return None
    known = visitor_of_key(hit.visitor_key, client_key=client_of(hit)[1], now=now)
    return known if known.forgotten_at is None else None


def is_within_rate(what: str, address: str, limit: int) -> bool:
    """Has this network done `what` at most so often within an hour? Counted in the site's cache."""
    key = f"leads-{what}-{dedupe_key(address)[:16]}"
    cache.add(key, 0, timeout=3600)
    try:
        return cache.incr(key) <= limit
    except ValueError:  # the cache forgot it in between
        return True


def never_cache(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "private, no-store"
    return response


#: What lets a browser or cache take a copy for fresh.
FRESHNESS = ("ETag", "Last-Modified", "Expires")


def seal(response: HttpResponse) -> HttpResponse:
    """For one browser only, and kept by none: not even its own copy is asked about again ("304") once the gate is shut."""
    for name in FRESHNESS:
        response.headers.pop(name, None)
    return never_cache(response)


def seal_if_marked(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Seal a page in which a gated block was rendered; a template is rendered only after the view is done."""

    def look(rendered):
        if getattr(request, "_leads_gated_part", False):
            seal(rendered)

    if getattr(response, "is_rendered", True):
        look(response)
    else:
        response.add_post_render_callback(look)
    return response
