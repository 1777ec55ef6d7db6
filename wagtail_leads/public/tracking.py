"""The beacon's door: its script, and what it tells."""

import json
import re
import time
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from django.http import HttpResponse, HttpResponseNotAllowed
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt

from wagtail_leads.logic.beacon import FILE, LETTERS, Allowance, Click, read_click
from wagtail_leads.logic.client_address import truncate
from wagtail_leads.logic.hits import Hit
from wagtail_leads.logic.kinds import DropReason
from wagtail_leads.public.doors import comes_from_us, may_be_known, site_here
from wagtail_leads.tracking import buffer, cookies
from wagtail_leads.tracking.injection import read_page_token
from wagtail_leads.tracking.recording import hit_of
from wagtail_leads.tracking.site_rules import rules_of
from wagtail_leads.tracking.sorting import address_of, own_hosts

MAX_BODY = 8192
VIEW_ID = re.compile(r"[0-9a-f]{16}\Z")
#: Messages a minute from one network (/24, /48) and process; a page tells five or six in its first minute.
PER_MINUTE = 1200
_allowance = Allowance(per_minute=PER_MINUTE)


@lru_cache(maxsize=1)
def _source() -> bytes:
    return (Path(__file__).resolve().parent.parent / "static/wagtail_leads/page.min.js").read_bytes()


def script(request):
    """The beacon's script under a name of the site's choice (ad-blockers match names)."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    response = HttpResponse(_source(), content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@csrf_exempt
def beacon(request):
    """One message of the script: always 204, sets the visitor cookie where there is none."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    response = HttpResponse(status=204)
    response.headers["Cache-Control"] = "no-store"
    told = read(request) if comes_from_us(request) else None
    if told is None:
        buffer.count(DropReason.MALFORMED, "beacon")
        return response
    hit = hit_of(request, origin="beacon", **told)
    if not _is_within_rate(hit):
        buffer.count(DropReason.TOO_FAST, "beacon")
        return response
    new_key = ""
    if not hit.visitor_key and may_be_known(request, hit.site_id):
        new_key = cookies.new_key()
        cookies.set_visitor(response, new_key, secure=request.is_secure())
    told |= _click(request, hit)
    buffer.put(
        hit_of(request, origin="beacon", **told, hit_id=hit.hit_id, at=hit.at, visitor_key=new_key or hit.visitor_key)
    )
    return response


def read(request) -> dict | None:
    """The fields of a hit, or None for a body that our script did not write."""
    told = _body(request)
    if not isinstance(told, dict) or not all(isinstance(told.get(k, ""), str) for k in "vpur"):
        return None
    page = read_page_token(told.get("p", ""))
    site_id = site_here(request, page[1] or None) if page is not None else None
    if page is None or not VIEW_ID.match(told.get("v", "")):
        return None
    path, _sign, query = told.get("u", "").partition("?")
    if not path.startswith("/"):
        return None
    scroll = _number(told.get("s"), 100) if "s" in rules_of(site_id).measures else None
    return {
        "view_id": told["v"],
        "dwell_ms": _number(told.get("t"), 24 * 3600 * 1000),
        "scroll": scroll,
        "final": told.get("e") == 1,
        "page_id": page[0],
        "site_id": site_id,
        "path": unquote(path)[:500],
        "query": query[:2000],
        "referrer": told.get("r", "")[:2000],
        "event": told["k"][:1] if isinstance(told.get("k"), str) else "",
        "target": told["x"][:2000] if isinstance(told.get("x"), str) else "",
    }


def _body(request) -> object:
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        return json.loads(request.read(MAX_BODY + 1)) if length <= MAX_BODY else None
    except (ValueError, RecursionError, OSError):
        return None


def _click(request, hit: Hit) -> dict[str, str]:
    """What the message says of a click, or that it says nothing: the reading in it counts all the same."""
    found = None
    if hit.event:
        here = hit.host.partition("://")[2].partition(":")[0]
        found = read_click(hit.event, hit.target, here=here, own_hosts=own_hosts(hit))
    if found is None or LETTERS[found.event] not in rules_of(hit.site_id).measures or _is_recorded_already(found):
        return {"event": "", "target": ""}
    return {"event": found.event, "target": found.target}


def _is_recorded_already(click: Click) -> bool:
    """A document that Wagtail serves itself is recorded when it is fetched (`downloads.note`)."""
    if click.event != FILE or not click.target.startswith("/"):
        return False
    try:
        return resolve(click.target).url_name == "wagtaildocs_serve"
    except Resolver404:
        return False


def _is_within_rate(hit: Hit) -> bool:
    ip = address_of(hit)
    return _allowance.takes(truncate(ip) if ip else "", now=time.monotonic())


def _number(value, limit: int) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
        return None
    return min(int(value), limit)
