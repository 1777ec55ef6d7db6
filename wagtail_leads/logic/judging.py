"""Is this request a person's view of a page? Each rule has a name, and each drop a reason that is counted.

A real browser must never be lost: a rule that is only probable belongs into scoring, not here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from . import referrer_spam, referrers
from .bots import bot_reason
from .client_address import Network, is_in, parse_address
from .kinds import DropReason


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestFacts:
    """What is known of one request when it has been answered. The defaults are those of an unsuspicious page view."""

    method: str = "GET"
    #: Path without the query.
    path: str = "/"
    #: None while there is no answer yet, or when nobody wrote it down.
    status: int | None = None
    #: Of the answer; empty when not known.
    content_type: str = ""
    user_agent: str = ""
    #: False for a line of a log whose format holds no agents: then the rule on agents says nothing.
    agent_known: bool = True
    referrer: str = ""
    accept: str = ""
    accept_language: str = ""
    sec_fetch_mode: str = ""
    sec_fetch_dest: str = ""
    #: Sec-Purpose, X-Sec-Purpose, Purpose, X-Purpose and X-Moz, joined by commas or spaces.
    purpose: str = ""
    #: False when only a line of a log is known: then a header that is not there proves nothing.
    has_headers: bool = True
    #: The client's, not the proxy's; empty when not known.
    client_ip: str = ""
    is_staff: bool = False
    #: The site served one of its own pages there: then the path is the editor's, whatever it looks like.
    is_a_page_of_the_site: bool = False
    #: What site and visitor allow (`logic.consent`): why nothing may be stored, or None.
    refused: DropReason | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgeSettings:
    own_networks: tuple[Network, ...] = ()
    #: Prefixes of paths.
    ignored_paths: tuple[str, ...] = ()
    #: Parts of user agents, in any case.
    ignored_agents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Keep:
    """A page view."""


@dataclass(frozen=True, slots=True)
class Drop:
    reason: DropReason


def judge(facts: RequestFacts, settings: JudgeSettings) -> Keep | Drop:
    """The first rule that applies decides."""
    for rule in RULES:
        if reason := rule(facts, settings):
            return Drop(reason)
    return Keep()


# --- The rules, in order: cheap and certain first --------------------------------------------------------------------


def not_a_get(facts: RequestFacts, settings: JudgeSettings) -> DropReason | None:
    return DropReason.METHOD if facts.method.upper() != "GET" else None


def speculative(facts: RequestFacts, settings: JudgeSettings) -> DropReason | None:
    """``Sec-Purpose: prefetch;prerender`` (Chromium, Firefox), ``Purpose: prefetch``, ``X-Moz: prefetch``,
    ``X-Purpose: preview`` (older Safari), ``X-Sec-Purpose: prefetch`` (Turbo). https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Purpose
    """
    purposes = re.split(r"[,;\s]+", facts.purpose.lower())
    return DropReason.PREFETCH if any(p.startswith(("prefetch", "prerender", "preview")) for p in purposes) else None


def not_found_or_moved(facts: RequestFacts, settings: JudgeSettings) -> DropReason | None:
    """304 is a view: the page was there and the browser's copy is still good."""
    if facts.status is None or 200 <= facts.status < 300 and facts.status != 206 or facts.status == 304:
        return None
    return DropReason.STATUS


def probes_for_holes(facts: RequestFacts, settings: JudgeSettings) -> DropReason | None:
    if facts.is_a_page_of_the_site:
        return None
    was_found = facts.status is not None and facts.status < 400
    return DropReason.PROBE_PATH if is_probe(facts.path, was_found=was_found) else None


def not_a_page(facts: RequestFacts, settings: JudgeSettings) -> DropReason | None:
    """By the answer's type when it is known, else by the ending of the path; a fetch for a part of a page is none."""
    if facts.content_type:
        html = facts.content_type.split(";")[0].strip().lower() in ("text/html", "application/xhtml+xml")
        return None if html else DropReason.NOT_HTML
    if _FILE_ENDING.search(facts.path.lower()) or facts.sec_fetch_dest.lower() in _PARTS_OF_A_PAGE:
        return DropReason.NOT_HTML
    return None


def ignored_path(facts: RequestFacts, settings: JudgeSettings) -> DropReason | None:
    return DropReason.IGNORED_PATH if facts.path.startswith(settings.ignored_paths) else None


def from_staff(facts: RequestFacts, settings: JudgeSettings) -> DropReason | None:
    return DropReason.STAFF if facts.is_staff else None


def not_allowed(facts: RequestFacts, settings: JudgeSettings) -> DropReason | None:
    return facts.refused


def from_our_office(facts: RequestFacts, settings: JudgeSettings) -> DropReason | None:
    if not settings.own_networks:
        return None
    ip = parse_address(facts.client_ip)
    return DropReason.OWN_NETWORK if ip and is_in(ip, settings.own_networks) else None


def ignored_agent(facts: RequestFacts, settings: JudgeSettings) -> DropReason | None:
    agent = facts.user_agent.lower()
    ignored = any(part and part.lower() in agent for part in settings.ignored_agents)
    return DropReason.IGNORED_AGENT if ignored else None


def sent_by_referrer_spammers(facts: RequestFacts, settings: JudgeSettings) -> DropReason | None:
    """Visits that are made up so that somebody looks at the referrer in the reports."""
    host = referrers.split(facts.referrer)[0]
    return DropReason.REFERRER_SPAM if referrer_spam.is_spam(host) else None


def not_a_persons_browser(facts: RequestFacts, settings: JudgeSettings) -> DropReason | None:
    return bot_reason(facts.user_agent) if facts.agent_known else None


def lacks_what_chromium_always_sends(facts: RequestFacts, settings: JudgeSettings) -> DropReason | None:
    """Chromium sends Sec-Fetch-Mode since 80 (secure pages only) and Accept-Language since ever: both missing is a tool
    in disguise. One alone is not enough: plain http has no Sec-Fetch-*, privacy tools take the language away.
    """
    if not facts.has_headers or facts.accept_language or facts.sec_fetch_mode:
        return None
    version = _CHROMIUM.search(facts.user_agent)
    # A web view in an app asks as the app tells it to; it does not always name a language.
    modern = version and int(version[1]) >= 80 and "wv)" not in facts.user_agent and "CriOS" not in facts.user_agent
    return DropReason.MISSING_HEADERS if modern else None


def asks_like_a_library(facts: RequestFacts, settings: JudgeSettings) -> DropReason | None:
    """``Accept: */*`` (or none), no language and no Sec-Fetch-Mode under a browser's name: what libraries send by default.

    Firefox and Safari too name HTML first when they open a page, and name a language; all three missing is no browser.
    """
    if not facts.has_headers or facts.accept_language or facts.sec_fetch_mode or "html" in facts.accept.lower():
        return None
    agent = facts.user_agent
    return DropReason.MISSING_HEADERS if agent.startswith("Mozilla/5.0 (") and "wv)" not in agent else None


RULES: tuple[Callable[[RequestFacts, JudgeSettings], DropReason | None], ...] = (
    not_a_get,
    speculative,
    probes_for_holes,
    not_found_or_moved,
    not_a_page,
    ignored_path,
    from_staff,
    not_allowed,
    from_our_office,
    ignored_agent,
    sent_by_referrer_spammers,
    not_a_persons_browser,
    lacks_what_chromium_always_sends,
    asks_like_a_library,
)

_CHROMIUM = re.compile(r"\bChrome/(\d{1,4})\.")
_PARTS_OF_A_PAGE = frozenset(
    "audio audioworklet font image manifest object paintworklet report script serviceworker sharedworker style track "
    "video worker xslt json embed".split()
)
#: Endings of what is not a page. ``.html`` and ``.php`` are; so is a slug with a dot in it.
_FILE_ENDING = re.compile(
    r"\.(?:css|js|mjs|map|json|xml|rss|atom|txt|csv|ico|png|jpe?g|gif|webp|avif|svg|bmp|tiff?|woff2?|ttf|otf|eot|"
    r"mp[34]|m4[av]|webm|og[gv]|wav|mov|avi|zip|gz|tgz|bz2|7z|rar|tar|dmg|exe|msi|apk|iso|bin|wasm|webmanifest|"
    r"pdf|docx?|xlsx?|pptx?|od[tsp]|epub|ics|vcf|eml|log|conf|ini|ya?ml|xslt?|xsd|dtd|swf|flv|jar|deb|rpm|sh|bat|"
    r"xz|zst|cur|heic|m3u8|vtt|dwg|dxf|stp|step|igs|jww)$"
)

#: What a browser loads with a page by itself.
_PART = re.compile(r"\.(?:css|js|mjs|png|jpe?g|gif|webp|avif|svg|woff2?|ttf|otf|eot)$")

#: Shapes of paths that no page of a Wagtail site has and that scanners try everywhere. Each ends at a border: there are
#: makers of actuators and sellers of SSL-VPNs, and their product pages are no probes.
_PROBE = re.compile(
    r"(?:^|/)(?:"
    r"wp-(?:login|admin|content|includes|json|config|cron|signup|links)(?=$|[/.])|xmlrpc\.php|wlwmanifest\.xml|"
    r"\.(?:env|git|svn|hg|aws|ssh|docker|vscode|idea|ds_store|htaccess|htpasswd|npmrc|bash_history)(?=$|[./_-])|"
    r"php-?my-?admin[\d.]*(?=$|/)|phpinfo(?=$|[/.])|adminer[\w-]*\.php|(?:myadmin|mysqladmin|dbadmin)(?=$|/)|"
    r"cgi-(?:bin|mod)(?=$|/)|vendor/phpunit(?=$|/)|eval-stdin\.php|(?:boaform|gponform|goform)(?=$|/)|hnap1(?=$|/)|"
    r"setup\.cgi|_ignition/|dana-na/|\+cscoe\+|etc/passwd(?=$|\x00|\.)|proc/self/\w+(?=$|\x00)|"
    r"(?:win\.ini|web\.config|id_rsa)(?=$|\x00)|(?:dump|backup|db|database)\.(?:sql|zip|tar|gz)(?=$|\.)"
    r")|\.\./|\.\.\\|\x00|<script|\$\{jndi|;wget[ +]|union[ +]+(?:all[ +]+)?select[ +(]",
    re.I,
)
#: Doors of other software. They are made of words that a page of ours may be called by as well, so they count only at
#: the root, where scanners knock, and only where nothing was found.
_OTHER_DOORS = re.compile(
    r"/+(?:(?:api|app|admin|management|v\d)/)?(?:"
    r"actuator/(?:env|health|info|beans|mappings|gateway|heapdump)|jmx-console|manager/html|solr/admin|telescope/requests|"
    r"owa/auth|ecp/(?:current|default)|autodiscover/autodiscover|remote/(?:login|fgt_lang|logincheck)|server-status"
    r")(?=$|[/.;])",
    re.I,
)
#: Pages in a language that the site is not written in. Past logs of another site hold such pages: then they were found.
_FOREIGN_SCRIPT = re.compile(r"\.(?:php[3-7s]?|phtml|aspx?|ashx|asmx|jspx?|cfm|cgi|sql|bak|swp)$", re.I)


def is_part_of_a_page(path: str) -> bool:
    """An image, a style sheet, a script or a font: what robots leave aside."""
    return bool(_PART.search(path.lower()))


def is_probe(path: str, *, was_found: bool = False) -> bool:
    """Somebody looks for holes. The path is decoded twice: scanners hide behind %252e."""
    plain = unquote(unquote(path[:2000]))
    if was_found:
        return bool(_PROBE.search(plain))
    return any((_PROBE.search(plain), _OTHER_DOORS.match(plain), _FOREIGN_SCRIPT.search(plain)))
