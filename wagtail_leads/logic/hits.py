"""What a request leaves in the buffer: small enough to be made in microseconds, complete enough to judge later."""

from dataclasses import asdict, dataclass

from .channels import CLICK_IDS


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One page request, or one message of the beacon. All text is capped where it is made."""

    #: "page" (seen by the server), "beacon" (told by the script), "download" or "search" (the site's own).
    origin: str
    #: Unix time of the event, seconds.
    at: float
    #: 32 hex digits: makes the activity's dedupe key, so that a spool read twice is stored once.
    hit_id: str
    method: str = "GET"
    status: int = 200
    #: Scheme and host ("https://example.com").
    host: str = ""
    path: str = ""
    query: str = ""
    content_type: str = "text/html"
    #: REMOTE_ADDR and the one configured header; made an address by `logic.client_address` in the flusher.
    remote_addr: str = ""
    forwarded: str | None = None
    user_agent: str = ""
    referrer: str = ""
    accept: str = ""
    accept_language: str = ""
    sec_fetch_mode: str = ""
    sec_fetch_dest: str = ""
    purpose: str = ""
    #: The cookie's 32 hex digits, '' without one.
    visitor_key: str = ""
    #: False for a line of a log: then a header that is not there proves nothing.
    has_headers: bool = True
    #: True when the visitor sent a cookie that we did not sign.
    forged: bool = False
    is_staff: bool = False
    #: The visitor's answer to the notice: "yes", "no", "ok" (read it, no consent) or "" (`logic.consent`).
    answer: str = ""
    #: Global Privacy Control, and Do Not Track, as the browser sends them.
    gpc: bool = False
    dnt: bool = False
    site_id: int | None = None
    page_id: int | None = None
    title: str = ""
    #: A gated page that showed its form.
    gate_shown: bool = False
    #: Beacon only: the script's view id (16 hex), visible milliseconds, scroll depth in per cent, is it the last word?
    view_id: str = ""
    dwell_ms: int | None = None
    scroll: int | None = None
    final: bool = False
    #: Beacon only, something else than reading: "link", "file" or "share", and where it leads (without query).
    event: str = ""
    target: str = ""
    #: Download only.
    object_id: int | None = None

    def to_json(self) -> dict:
        """Without what is empty; `has_headers` is true unless it is said."""
        told = {k: v for k, v in asdict(self).items() if v not in (None, "", False)}
        return told if self.has_headers else {**told, "has_headers": False}


def hit_from(values: dict) -> Hit:
    """`Hit(**values)` for the hot path: a frozen dataclass sets 30 fields one by one, 14 µs; this takes 2.

    Fields that are not among `values` are the class's defaults, as ever.
    """
    hit = object.__new__(Hit)
    hit.__dict__.update(values)
    return hit


def from_json(data: dict) -> Hit:
    """The hit of `Hit.to_json`, also one that an older version wrote; ValueError when it is not one."""
    if not isinstance(data, dict):
        raise ValueError("not a hit")
    try:
        return Hit(**{name: value for name, value in data.items() if name in _FIELDS})
    except TypeError as error:
        raise ValueError("not a hit") from error


_FIELDS = frozenset(Hit.__dataclass_fields__)


#: Beginnings of the names of campaign tags (Google's, Matomo's; `amp;` of links whose ampersands were escaped).
_TAGS = ("utm_", "mtm_", "pk_")


def campaign_part(query: str) -> str:
    """What of a query is worth keeping until a hit's beacon comes: the rest may hold addresses, tokens, anything."""
    return "&".join(part for part in query.split("&") if _names_a_campaign(part.partition("=")[0].lower()))


def _names_a_campaign(name: str) -> bool:
    name = name.removeprefix("amp;")
    return name.startswith(_TAGS) or name in _CLICK_IDS


_CLICK_IDS = frozenset(click.parameter for click in CLICK_IDS)
