"""What the beacon's script tells, made sense of: clicks on links, files and share buttons, and how much it may tell.

The script says only where a click led (without query); what that means is decided here, so that a changed rule needs
no new script in anybody's cache.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from .channels import is_own
from .referrers import as_text, bare

LINK, FILE, SHARE = "link", "file", "share"
#: The letter that switches each on (`data-on` of the tag).
LETTERS = {LINK: "l", FILE: "f", SHARE: "h"}
TARGET_LENGTH = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Click:
    """A click that counts. ``event`` is LINK, FILE or SHARE."""

    event: str
    #: LINK: "https://host/path". FILE: the same, or "/path" on our own host. SHARE: the network's name ("line").
    target: str


#: Endings of what people download; the script has the same list.
FILE_ENDING = re.compile(
    r"\.(?:pdf|docx?|xls[xm]?|pptx?|od[tsp]|rtf|csv|txt|zip|lzh|7z|rar|t?gz|tar|exe|msi|dmg|apk|epub|mp[34]|m4[av]|mov|"
    r"wav|avi|wmv|webm|jtdc?|jww|dwg|dxf|ste?p|ige?s|stl|ics|vcf)$",
    re.I,
)
#: Host and beginning of the path of share buttons, as each network documents them.
SHARE_PLACES: tuple[tuple[str, re.Pattern], ...] = tuple(
    (network, re.compile(rf"(?:^|\.){place}", re.I))
    for network, place in (
        ("line", r"line\.me/(?:lineit/share|share|R/(?:msg|share)|social-plugin)"),
        ("x", r"(?:twitter|x)\.com/(?:intent|share)"),
        ("facebook", r"facebook\.com/(?:sharer?|dialog)"),
        ("hatena", r"b\.hatena\.ne\.jp/(?:entry|add|my/add|bookmarklet)"),
        ("linkedin", r"linkedin\.com/(?:shar|cws)"),  # shareArticle, sharing/share-offsite
        ("note", r"note\.com/intent"),
        ("threads", r"threads\.(?:net|com)/intent"),
        ("bluesky", r"bsky\.app/intent"),
        ("pinterest", r"pinterest\.[a-z.]{2,6}/pin/create"),
        ("reddit", r"reddit\.com/submit"),
        ("whatsapp", r"wa\.me/|whatsapp\.com/send"),
        ("telegram", r"t\.me/share"),
        ("tumblr", r"tumblr\.com/(?:widgets/)?share"),
        ("pocket", r"getpocket\.com/(?:edit|save)"),
    )
)


def read_click(letter: object, target: object, *, here: str, own_hosts: Collection[str]) -> Click | None:
    """The click that the script told of; None for what is no click of ours (``javascript:``, our own pages, nonsense).

    ``letter`` is what the script took it for; only "f" says more than the address does (a link marked `download`).
    ``here`` is the host of the page, ``own_hosts`` are all hosts of the installation.
    """
    if not isinstance(letter, str) or letter not in LETTERS.values() or not isinstance(target, str):
        return None
    if target == "mailto:":
        return Click(event=SHARE, target="mail")
    scheme, host, path = _parts(target)
    if scheme not in ("http", "https") or not host:
        return None
    if network := share_network(host, path):
        return Click(event=SHARE, target=network)
    own = {bare(one) for one in (here, *own_hosts)}
    is_ours = is_own(bare(host.partition(":")[0]), own)
    if FILE_ENDING.search(path) or (letter == LETTERS[FILE] and is_ours):
        return Click(event=FILE, target=(path if is_ours else f"{scheme}://{host}{path}")[:TARGET_LENGTH])
    return None if is_ours else Click(event=LINK, target=f"{scheme}://{host}{path}"[:TARGET_LENGTH])


def share_network(host: str, path: str) -> str:
    """The name of the network whose share button leads to this address, or ''."""
    place = f"{host}{path}"
    return next((network for network, pattern in SHARE_PLACES if pattern.search(place)), "")


def _parts(url: str) -> tuple[str, str, str]:
    """(scheme, host with a port that is not the usual one, readable path); no user, no query, no fragment."""
    try:
        parts = urlsplit(as_text(url)[: TARGET_LENGTH * 4])
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "", "", ""
    if not re.fullmatch(r"[a-z0-9.-]{1,253}|\[?[0-9a-f:.]+\]?", host):
        return "", "", ""
    host = f"[{host}]" if ":" in host else host
    host = host if port in (None, 80, 443) else f"{host}:{port}"
    return parts.scheme, host, as_text(unquote(parts.path)) or "/"


@dataclass(kw_only=True)
class Allowance:
    """So many messages a minute from one place, and that many at once (a token bucket for each). Times in seconds."""

    per_minute: int
    #: Places that are remembered at once; when there are more, those are forgotten that have their full allowance back.
    places: int = 10_000
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def takes(self, place: str, *, now: float) -> bool:
        """Is one more message allowed?"""
        left, at = self._left.get(place, (float(self.per_minute), now))
        left = min(float(self.per_minute), left + max(0.0, now - at) * self.per_minute / 60)
        if place not in self._left and len(self._left) >= self.places:
            self._forget(now)
        self._left[place] = (max(left - 1, 0.0) if left >= 1 else left, now)
        return left >= 1

    def _forget(self, now: float) -> None:
        self._left = {place: (left, at) for place, (left, at) in self._left.items() if now - at < 60}
        if len(self._left) >= self.places:  # an attack from everywhere: begin anew
            self._left.clear()
