"""What is put into Wagtail pages: the beacon's script tag at the end, the notice at the top. Only into complete,
uncompressed, non-streaming HTML outside preview. A page that the notice does not fit into gets no beacon either.

Done where the page is served, inside every middleware: so a cached page has it too, and ETag, Content-Length and
compression, which middlewares add further out, are right by themselves. What a page set itself is corrected.
"""

import re
import struct
from functools import lru_cache

from django.conf import settings
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.cache import cc_delim_re
from django.utils.html import format_html
from django.utils.translation import get_language

from wagtail_leads import conf
from wagtail_leads.logic import tokens
from wagtail_leads.logic.kinds import ConsentMode
from wagtail_leads.tracking.site_rules import rules_of

#: What the notice's box is known by, in the page and in its stylesheet.
NOTICE_MARK = 'id="leads-notice"'
#: Looked for from the end, so that a `</body>` in an article is not taken for the page's.
CLOSING = (b"</body", b"</html")
TAIL = 4096
#: What may stand before `<body>`: comments, and tags of which these hold text in which `<body>` is no tag.
_BODY = re.compile(rb"<[bB][oO][dD][yY][\s/>]")
#: Before the body, where its tag is left out (https://html.spec.whatwg.org/#optional-tags): white space, comments,
#: doctype, and these tags. What else comes first begins it.
_BLANK = re.compile(rb"(?:\xef\xbb\xbf)?[\s]*")
_TAG = re.compile(rb"</?([a-zA-Z][^\s/>]*)")
_HEAD = {b"meta", b"link", b"base", b"basefont", b"bgsound", b"title", b"style", b"script", b"noscript", b"template"}
_WHOLE = {b"html", b"head", b"title"}
_MARKUP = re.compile(rb"<(?:(!--)|([a-zA-Z][^\s/>]*))")
_RAW_TEXT = {b"script", b"style", b"title", b"textarea", b"noscript", b"template", b"iframe", b"noembed", b"noframes"}
#: One piece of a tag after its name: a quoted value, other text, or the tag's end.
_PIECE = re.compile(rb"""=\s*(?:"[^"]*"|'[^']*')|[^=>]+|=|(>)""")


def page_token(page_id: int, site_id: int | None) -> str:
    """Names the page to the beacon. The same for all visitors, so the page stays cacheable."""
    return tokens.sign(struct.pack(">II", page_id, site_id or 0), purpose="page", keys=conf.secrets())


def read_page_token(token: str) -> tuple[int, int] | None:
    """(page id, site id or 0) of a token that we made, or None."""
    payload = tokens.unsign(token, purpose="page", keys=conf.secrets())
    return struct.unpack(">II", payload) if payload is not None and len(payload) == 8 else None


def script_tag(page_id: int, site_id: int | None) -> str:
    """The tag; '' when the site records nothing, or the URL include is missing (a system check says so)."""
    rules = rules_of(site_id)
    if rules.mode == ConsentMode.OFF:
        return ""
    source, target = _addresses(settings.ROOT_URLCONF, get_urlconf(), get_script_prefix(), get_language())
    if not source:
        return ""
    asks = rules.mode == ConsentMode.OPT_IN
    return _tag(source, target, page_id, site_id, rules.measures, asks, conf.secrets())


@lru_cache(maxsize=1024)
def _tag(source: str, target: str, page_id: int, site_id: int | None, measures: str, asks: bool, _keys: tuple) -> str:
    token = page_token(page_id, site_id)
    if asks:
        tag = '<script src="{}" data-to="{}" data-page="{}" data-on="{}" data-ask="1" async></script>'
    else:
        tag = '<script src="{}" data-to="{}" data-page="{}" data-on="{}" async></script>'
    return format_html(tag, source, target, token, measures)


@lru_cache(maxsize=64)
def _addresses(_root: str, _urlconf: str | None, _prefix: str, _language: str | None) -> tuple[str, str]:
    """Of the script and of the beacon, looked up once (50 µs each). By language: the include may be in i18n_patterns."""
    try:
        return reverse("wagtail_leads:script"), reverse("wagtail_leads:beacon")
    except NoReverseMatch:
        return "", ""


def inject_later(response, **parts: str):
    """Put them in now, or when a template response is rendered."""
    if hasattr(response, "add_post_render_callback") and not response.is_rendered:
        response.add_post_render_callback(lambda rendered: inject(rendered, **parts))
        return response
    return inject(response, **parts)


def inject(response, *, top: str = "", foot: str = "", end: str = "", more: str = ""):
    """`top` (the notice) where the body begins, `foot` (what it needs at the end), `end` (the beacon) and `more` (a
    pop-up) where it ends.

    What the page holds already is not put in twice. All or nothing: nobody is recorded untold.
    """
    if not (top or end or more) or not fits(response):
        return response
    before, parts = response.content, (top, foot, end, more)
    after = _with(before, *(part.encode(response.charset or "utf-8", "xmlcharrefreplace") for part in parts))
    if after == before:
        return response
    response.content = after
    if response.has_header("Content-Length"):
        response.headers["Content-Length"] = str(len(after))
    if response.has_header("ETag"):
        response.headers["ETag"] = response.headers["ETag"].rstrip('"') + '-l"'
    return response


def _with(content: bytes, top: bytes, *last: bytes) -> bytes:
    begin = beginning_of_body(content)
    if begin < 0:  # a part of a page
        return content
    if top and NOTICE_MARK.encode() in content:  # placed by hand (`{% leads_consent %}`)
        top = b""
    # placed by hand, wherever (`{% leads_beacon %}`)
    put = b"".join(part for part in last if part and part not in content)
    close = max(_end_of_body(content), begin)
    return content[:begin] + top + content[begin:close] + put + content[close:]


def _end_of_body(content: bytes) -> int:
    """Before `</body>`; where that is left out before `</html>`, or at the end."""
    start = max(0, len(content) - TAIL)
    tail = content[start:].lower()
    found = (tail.rfind(closing) for closing in CLOSING)
    return next((start + place for place in found if place >= 0), len(content))


def beginning_of_body(content: bytes) -> int:
    """Where the first thing of the body stands, also where its tag is left out; -1 for what is no whole page."""
    place = after_opening_body(content)
    return place if place >= 0 else _implied_body(content)


def _implied_body(content: bytes) -> int:
    place, is_whole = _BLANK.match(content).end(), False
    while place >= 0:
        if content.startswith(b"<!--", place):
            place = _after(content, b"-->", place)
        elif content.startswith((b"<!", b"<?"), place):
            is_whole = is_whole or content[place : place + 9].lower() == b"<!doctype"
            place = _after(content, b">", place)
        else:
            tag = _TAG.match(content, place)
            name = tag[1].lower() if tag else b""
            if name in (b"body", b"frameset"):  # one that is never closed; frames have no place for a notice
                return -1
            if name not in _HEAD and name not in _WHOLE:
                return place if is_whole else -1
            is_whole = is_whole or name in _WHOLE
            is_opening = not content.startswith(b"</", place)
            place = _tag_end(content, tag.end())
            if place >= 0 and is_opening and name in _RAW_TEXT:
                place = _after(content, b">", _raw_end(content, name, place) - 1)
        if place >= 0:
            place = _BLANK.match(content, place).end()
    return -1


def _after(content: bytes, what: bytes, place: int) -> int:
    found = content.find(what, place) if place >= 0 else -1
    return found + len(what) if found >= 0 else -1


def after_opening_body(content: bytes) -> int:
    """Where the page's `<body …>` ends; -1 without one. One pass; what is left open hides the rest, as in a browser."""
    place = 0 if _BODY.search(content) else len(content)
    while found := _MARKUP.search(content, place):
        if found[1]:
            closing = content.find(b"-->", found.end())
            place = closing + 3
        else:
            place = _tag_end(content, found.end())
            name = found[2].lower()
            if name == b"body":
                return place
            closing = _raw_end(content, name, place) if name in _RAW_TEXT and place >= 0 else place
            place = closing
        if closing < 0:
            return -1
    return -1


def _tag_end(content: bytes, place: int) -> int:
    """After the `>` of a tag, which may hold others in quoted values; -1 when it is never closed."""
    while piece := _PIECE.match(content, place):
        place = piece.end()
        if piece[1]:
            return place
    return -1


def _raw_end(content: bytes, name: bytes, place: int) -> int:
    found = _closing_of(name).search(content, place)
    return found.end() if found else -1


@lru_cache(maxsize=16)
def _closing_of(name: bytes) -> re.Pattern:
    return re.compile(rb"</" + name + rb"[\s/>]", re.IGNORECASE)


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
