"""The beacon's script tag is put into Wagtail pages: only complete, uncompressed, non-streaming HTML outside preview.

Done where the page is served, inside every middleware: so a cached page has it too, and ETag, Content-Length and
compression, which middlewares add further out, are right by themselves. What a page set itself is corrected.
"""

import struct
from functools import lru_cache

from django.conf import settings
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.cache import cc_delim_re
from django.utils.html import format_html

from wagtail_leads import conf
from wagtail_leads.logic import tokens

#: Looked for from the end, so that a `</body>` in an article is not taken for the page's.
CLOSING = b"</body"
TAIL = 4096


def page_token(page_id: int, site_id: int | None) -> str:
    """Names the page to the beacon. The same for all visitors, so the page stays cacheable."""
    return tokens.sign(struct.pack(">II", page_id, site_id or 0), purpose="page", keys=conf.secrets())


def read_page_token(token: str) -> tuple[int, int] | None:
    """(page id, site id or 0) of a token that we made, or None."""
    payload = tokens.unsign(token, purpose="page", keys=conf.secrets())
    return struct.unpack(">II", payload) if payload is not None and len(payload) == 8 else None


def script_tag(page_id: int, site_id: int | None) -> str:
    """The tag, '' when the URL include is missing (a system check says so)."""
    source, target = _addresses(settings.ROOT_URLCONF, get_urlconf(), get_script_prefix())
    if not source:
        return ""
    return _tag(source, target, page_id, site_id, conf.secrets())


@lru_cache(maxsize=1024)
def _tag(source: str, target: str, page_id: int, site_id: int | None, _keys: tuple[bytes, ...]) -> str:
    tag = '<script src="{}" data-to="{}" data-page="{}" async></script>'
    return format_html(tag, source, target, page_token(page_id, site_id))


@lru_cache(maxsize=64)
def _addresses(_root: str, _urlconf: str | None, _prefix: str) -> tuple[str, str]:
    """Of the script and of the beacon, looked up once (50 µs each)."""
    try:
        return reverse("wagtail_leads:script"), reverse("wagtail_leads:beacon")
    except NoReverseMatch:
        return "", ""


def inject_later(response, page_id: int, site_id: int | None):
    """Put the tag in now, or when a template response is rendered."""
    if hasattr(response, "add_post_render_callback") and not response.is_rendered:
        response.add_post_render_callback(lambda rendered: inject(rendered, page_id, site_id))
        return response
    return inject(response, page_id, site_id)


def inject(response, page_id: int, site_id: int | None):
    if not fits(response):
        return response
    content = response.content
    start = max(0, len(content) - TAIL)
    place = content[start:].lower().rfind(CLOSING)
    tag = script_tag(page_id, site_id).encode(response.charset or "utf-8")
    if place < 0 or tag in content:  # placed by hand, wherever (`{% leads_beacon %}`)
        return response
    place += start
    response.content = content[:place] + tag + content[place:]
    if response.has_header("Content-Length"):
        response.headers["Content-Length"] = str(len(response.content))
    if response.has_header("ETag"):
        response.headers["ETag"] = response.headers["ETag"].rstrip('"') + '-l"'
    return response


def fits(response) -> bool:
    """Complete, uncompressed HTML that its author lets us change."""
    return (
        not response.streaming
        and response.status_code == 200
        and response.headers.get("Content-Type", "").lower().startswith("text/html")
        and not response.has_header("Content-Encoding")
        and not response.has_header("Content-Range")
        and "no-transform" not in cc_delim_re.split(response.headers.get("Cache-Control", "").lower())
    )
