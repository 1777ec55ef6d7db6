"""In the request: make a `Hit` and put it into the buffer. No query, no session, no user, nothing that can fail."""

import logging
import secrets
import time
from dataclasses import dataclass

from wagtail_leads import conf
from wagtail_leads.logic.hits import Hit, hit_from
from wagtail_leads.tracking import buffer, cookies

logger = logging.getLogger(__name__)


@dataclass(kw_only=True, slots=True)
class Served:
    """What the serving of a Wagtail page left on the request for the middleware."""

    page_id: int
    title: str
    site_id: int | None
    gate_shown: bool = False


def note_page(request, response) -> None:
    """Record the view of a Wagtail page. Never raises."""
    served = getattr(request, "_leads_served", None)
    if served is None or not conf.get("TRACKING") or response.status_code == 304:
        return
    try:
        buffer.put(
            hit_of(
                request,
                origin="page",
                status=response.status_code,
                content_type=response.headers.get("Content-Type", ""),
                site_id=served.site_id,
                page_id=served.page_id,
                title=served.title,
                gate_shown=served.gate_shown,
            )
        )
    except Exception:  # tracking never breaks a page
        logger.exception("A hit was lost")


def note_search(request, response) -> None:
    """Record what was asked in the site's own search, whether a Wagtail page answers it or not. Never raises.

    Costs nothing but a look at the end of the path for everything that is no search.
    """
    if not request.path.endswith(tuple(conf.get("SEARCH_PATHS"))):
        return
    try:
        words = _searched_words(request, response)
        if not words or not conf.get("TRACKING") or _is_back_office(request):
            return
        served = getattr(request, "_leads_served", None)
        site = getattr(request, "_wagtail_site", None)  # found already, or found by the flusher from the host
        buffer.put(
            hit_of(
                request,
                origin="search",
                status=response.status_code,
                site_id=served.site_id if served else site.pk if site else None,
                page_id=served.page_id if served else None,
                title=words,
            )
        )
    except Exception:  # tracking never breaks a page
        logger.exception("A search was lost")


def _searched_words(request, response) -> str:
    """At most 100 characters with something readable among them; '' for what is no search that was answered."""
    if request.method != "GET" or response.status_code != 200:
        return ""
    if not response.headers.get("Content-Type", "").lower().startswith("text/html"):
        return ""
    given = (request.GET.get(name, "") for name in conf.get("SEARCH_PARAMETERS"))
    words = " ".join(next((text for text in given if text.strip()), "")[:300].split())[:100]
    return words if any(char.isalnum() for char in words) else ""


def _is_back_office(request) -> bool:
    """The searches of Wagtail's and Django's admin have such paths, too."""
    match = request.resolver_match  # None for a page from the cache, which is a public one
    return match is not None and any(name == "admin" or name.startswith("wagtail") for name in match.namespaces)


def hit_of(request, **fields) -> Hit:
    """A hit from the request's headers, each capped to what is stored or needed to judge."""
    meta = request.META
    key, forged = cookies.visitor_key(request.COOKIES)
    header = conf.get("PROXY_HEADER").upper().replace("-", "_")
    return hit_from(
        {
            "at": time.time(),
            "hit_id": secrets.token_hex(16),
            "method": (request.method or "")[:10],
            "host": f"{request.scheme}://{meta.get('HTTP_HOST', '')[:253]}",
            "path": request.path[:500],
            "query": meta.get("QUERY_STRING", "")[:2000],
            "remote_addr": meta.get("REMOTE_ADDR", "")[:64],
            "forwarded": meta.get(f"HTTP_{header}", "")[:1000] or None,
            "user_agent": meta.get("HTTP_USER_AGENT", "")[:512],
            "referrer": meta.get("HTTP_REFERER", "")[:2000],
            "accept": meta.get("HTTP_ACCEPT", "")[:100],
            "accept_language": meta.get("HTTP_ACCEPT_LANGUAGE", "")[:100],
            "sec_fetch_mode": meta.get("HTTP_SEC_FETCH_MODE", "")[:20],
            "sec_fetch_dest": meta.get("HTTP_SEC_FETCH_DEST", "")[:20],
            "purpose": _purpose(meta),
            "visitor_key": key,
            "forged": forged,
            "is_staff": cookies.is_staff(request.COOKIES),
            "answer": cookies.answer(request.COOKIES),
            "gpc": meta.get("HTTP_SEC_GPC") == "1",
            "dnt": meta.get("HTTP_DNT") == "1",
            **fields,
        }
    )


def _purpose(meta: dict) -> str:
    names = ("HTTP_SEC_PURPOSE", "HTTP_X_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_MOZ", "HTTP_X_PURPOSE")
    return " ".join(meta[name] for name in names if name in meta)[:100]
