"""A browser's agent, but is it a browser? What a client did, or left undone, says more than what it calls itself.

Two questions with the same answer, a reason or None: `suspect` for a live hit whose beacon never came, `suspect_in_log`
for one client's day in an access log. A single odd thing never decides: offices share an address and an agent, privacy
tools take headers away, some people run no scripts. Figures and sources: research/tracking.md section 4.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from .company_guess import NetworkKind
from .kinds import DropReason

# --- Live: a page was served, and its beacon never came ----------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Traces:
    """What is known of a hit that nobody's script told of. The defaults are those of an unsuspicious one."""

    #: Of the network it came from, as far as the files say.
    network_kind: NetworkKind = NetworkKind.NONE
    #: The page carries our script: then silence says something.
    site_has_beacon: bool = True
    #: The same client (address and agent) ran the script on some page lately.
    had_beacon: bool = False
    #: It sent our cookie: only a browser that ran the script, sent a form or followed a mail's link has one.
    has_cookie: bool = False
    #: Page views of the same client in the minute around the hit.
    views_in_minute: int = 1
    user_agent: str = ""
    #: Headers as they came; empty is none. On plain http no browser sends Sec-Fetch-*.
    accept: str = ""
    accept_language: str = ""
    sec_fetch_mode: str = ""
    is_secure: bool = True


def suspect(traces: Traces, *, max_views_per_minute: int = 60, has_headers: bool = True) -> DropReason | None:
    """TOO_FAST, DATA_CENTRE, MISSING_HEADERS, or None for what may be a person without script.

    ``has_headers`` is False for what is known from a log: then a header that is not there proves nothing.
    """
    if traces.had_beacon or traces.has_cookie:
        return None
    if traces.views_in_minute > max_views_per_minute:
        return DropReason.TOO_FAST
    if not traces.site_has_beacon:
        return None  # nobody tells anything there: silence is normal
    if traces.network_kind == NetworkKind.HOSTING:
        return DropReason.DATA_CENTRE
    if has_headers and oddity(traces) >= ODD_ENOUGH:
        return DropReason.MISSING_HEADERS
    return None


def takes_anything(traces: Traces) -> bool:
    """``Accept: */*``: a browser that opens a page names HTML first."""
    return "html" not in traces.accept.lower()


def names_no_language(traces: Traces) -> bool:
    return not traces.accept_language.strip()


def is_modern_without_fetch_metadata(traces: Traces) -> bool:
    """Chromium sends Sec-Fetch-Mode on https since 80, Firefox since 90, Safari since 16.4."""
    return traces.is_secure and not traces.sec_fetch_mode and _is_modern(traces.user_agent)


def is_ancient_with_fetch_metadata(traces: Traces) -> bool:
    """An agent older than the headers that came with it: made up, or a browser whose owner changed the agent."""
    version = _CHROMIUM.search(traces.user_agent)
    return bool(traces.sec_fetch_mode and version and int(version[1]) < 70)


#: What counts how much. Two things that a person's browser hardly ever does together are enough.
ODDITIES: tuple[tuple[Callable[[Traces], bool], int], ...] = (
    (takes_anything, 2),
    (names_no_language, 1),
    (is_modern_without_fetch_metadata, 2),
    (is_ancient_with_fetch_metadata, 2),
)
ODD_ENOUGH = 3

_CHROMIUM = re.compile(r"\bChrome/(\d{1,4})\.")
_MODERN = (
    (_CHROMIUM, 80),
    (re.compile(r"\bFirefox/(\d{1,4})\."), 90),
    (re.compile(r"\bVersion/(\d{1,3})[\d.]* (?:Mobile/\w+ )?Safari/"), 17),
)


def oddity(traces: Traces) -> int:
    """How odd the headers are: 0 for a browser's, `ODD_ENOUGH` and more for a tool's."""
    return sum(points for applies, points in ODDITIES if applies(traces))


def _is_modern(agent: str) -> bool:
    if "wv)" in agent or "CriOS" in agent:
        return False  # a web view asks as its app tells it to
    found = ((pattern.search(agent), since) for pattern, since in _MODERN)
    return any(version and int(version[1]) >= since for version, since in found)


# --- A log: one client's day -------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientDay:
    """One client (address and agent) on one day. Behind one address with one agent there may be a whole office."""

    #: Page views that would count.
    views: int
    #: Images, style sheets, scripts and the like.
    assets: int = 0
    read_robots_txt: bool = False
    #: Requests that look for holes.
    probes: int = 0
    #: The most views in one minute.
    busiest_minute: int = 0
    #: Views that came by a link on the site itself.
    followed_links: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class LogHabits:
    """What the log holds of everybody: on a site whose images lie elsewhere nobody loads one."""

    has_assets: bool = True
    has_links: bool = True


#: Views from which a day without one image and without one followed link is a robot's. A person who has all
#: images in the cache follows links; one whose browser hides the referrer loads images.
MANY_VIEWS = 20


def suspect_in_log(day: ClientDay, habits: LogHabits, *, max_views_per_minute: int = 60) -> DropReason | None:
    """TOO_FAST, BEHAVIOUR, or None. Whoever loads images as people do is left alone, whatever else came from there."""
    if habits.has_assets and day.assets >= day.views:
        return None
    if day.busiest_minute > max_views_per_minute:
        return DropReason.TOO_FAST
    if day.read_robots_txt or day.probes:
        return DropReason.BEHAVIOUR
    walks = day.views >= MANY_VIEWS and day.assets == 0 and day.followed_links == 0
    return DropReason.BEHAVIOUR if walks and habits.has_assets and habits.has_links else None
