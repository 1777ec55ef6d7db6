"""The beacon's door: its script, and what it tells."""

import json
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from django.http import HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from wagtail_leads.logic.kinds import DropReason
from wagtail_leads.public.doors import comes_from_us, may_be_known
from wagtail_leads.tracking import buffer, cookies
from wagtail_leads.tracking.injection import read_page_token
from wagtail_leads.tracking.recording import hit_of

MAX_BODY = 8192
VIEW_ID = re.compile(r"[0-9a-f]{16}\Z")


@lru_cache(maxsize=1)
def _source() -> bytes:
    return (Path(__file__).resolve().parent.parent / "static/wagtail_leads/page.js").read_bytes()


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
    if not hit.visitor_key and may_be_known(request, hit.site_id):
        key = cookies.new_key()
        cookies.set_visitor(response, key, secure=request.is_secure())
        hit = hit_of(request, origin="beacon", **told, visitor_key=key, hit_id=hit.hit_id, at=hit.at)
    buffer.put(hit)
    return response


def read(request) -> dict | None:
    """The fields of a hit, or None for a body that our script did not write."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        told = json.loads(request.read(MAX_BODY + 1)) if length <= MAX_BODY else None
    except (ValueError, RecursionError, OSError):
        return None
    if not isinstance(told, dict) or not all(isinstance(told.get(k, ""), str) for k in "vpur"):
        return None
    page = read_page_token(told.get("p", ""))
    if page is None or not VIEW_ID.match(told.get("v", "")):
        return None
    path, _sign, query = told.get("u", "").partition("?")
    if not path.startswith("/"):
        return None
    return {
        "view_id": told["v"],
        "dwell_ms": _number(told.get("t"), 24 * 3600 * 1000),
        "scroll": _number(told.get("s"), 100),
        "final": told.get("e") == 1,
        "page_id": page[0],
        "site_id": page[1] or None,
        "path": unquote(path)[:500],
        "query": query[:2000],
        "referrer": told.get("r", "")[:2000],
    }


def _number(value, limit: int) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
        return None
    return min(int(value), limit)
