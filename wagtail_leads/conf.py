"""Every setting of ``WAGTAIL_LEADS = {...}``: name, default, one sentence.

The only place that reads Django's settings for this package. Settings are read late, so tests may override them.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings


@dataclass(frozen=True, kw_only=True)
class Setting:
    default: Any
    #: One sentence for the reference page; a test holds docs/reference/settings.md against it.
    sentence: str


SETTINGS: dict[str, Setting] = {
    "TRACKING": Setting(default=True, sentence="Record page views on the server."),
    "INJECT_BEACON": Setting(
        default=True, sentence="Put the beacon's script tag into Wagtail pages; turn off to place it by template tag."
    ),
    "BUFFER": Setting(
        default="memory",
        sentence="Where hits wait: `memory` (a thread writes each second), `spool` (a file, survives a kill) or `sync`.",
    ),
    "BUFFER_SIZE": Setting(default=20_000, sentence="Hits that may wait in one process; more are dropped and counted."),
    "FLUSH_SECONDS": Setting(default=1.0, sentence="How often the buffer is written, in seconds."),
    "FLUSH_ROWS": Setting(default=500, sentence="How many hits make the buffer write at once."),
    "SPOOL_DIR": Setting(default="", sentence="Folder of the spool files (with `BUFFER` = `spool`)."),
    "COOKIE_NAME": Setting(default="leads_visitor", sentence="Name of the visitor cookie."),
    "COOKIE_DAYS": Setting(default=395, sentence="Life of the visitor cookie in days."),
    "COOKIE_SECURE": Setting(
        default=None, sentence="Send our cookies over https only; None follows the scheme of the request."
    ),
    "SECRET": Setting(
        default="", sentence="Key that signs links and cookies; empty uses SECRET_KEY and its fallbacks."
    ),
    "BEACON_SCRIPT": Setting(default="page.js", sentence="File name of the beacon's script below the URL include."),
    "BEACON_ENDPOINT": Setting(default="b", sentence="Path that the beacon tells its news to, below the URL include."),
    "IGNORED_REFERRERS": Setting(
        default=(),
        sentence="Hosts that send visitors back (payment, single sign-on): like our own pages they are no source.",
    ),
    "SEARCH_PATHS": Setting(
        default=("/search/",),
        sentence="Endings of the paths of your site's own search; what is asked there is interest.",
    ),
    "SEARCH_PARAMETERS": Setting(
        default=("query", "q", "s", "keyword"), sentence="Names of the parameter that holds the searched words."
    ),
    "MAX_VIEWS_PER_MINUTE": Setting(
        default=60, sentence="A browser without cookie that opens more pages a minute than this is a robot."
    ),
    "VISIT_GAP_MINUTES": Setting(default=30, sentence="Minutes of silence after which a new visit begins."),
    "CLAIM_SECONDS": Setting(default=60, sentence="Within this time a beacon claims the server's record of its view."),
    "CLOSE_AFTER_MINUTES": Setting(default=5, sentence="A page view is closed when its beacon is silent this long."),
    "TRUSTED_PROXIES": Setting(default=(), sentence="Networks (CIDR) whose forwarding header is believed."),
    "PROXY_HEADER": Setting(
        default="X-Forwarded-For", sentence="The one header that a trusted proxy writes the client's address into."
    ),
    "TRUST_UNIX_SOCKET": Setting(
        default=False, sentence="Believe the header when REMOTE_ADDR is empty (the server listens on a Unix socket)."
    ),
    "OWN_NETWORKS": Setting(default=(), sentence="Networks (CIDR) of your own offices; their visits are left out."),
    "IGNORE_PATHS": Setting(default=(), sentence="Path prefixes that are never recorded (health checks, for example)."),
    "KEEP_FULL_ADDRESS_DAYS": Setting(
        default=0, sentence="Days for which a visit keeps its full address; 0 keeps only the truncated one (/24, /48)."
    ),
    "MMDB": Setting(
        default=(),
        sentence="Paths of MMDB files that tell the company or place behind an address; `(path, kind)` overrides what "
        "the file says it is (`company`, `isp`, `asn`, `carrier`, `city`).",
    ),
    "RESOLVERS": Setting(
        default=(), sentence="Dotted paths of your own resolvers (see the Python API), asked after our files."
    ),
    "REVERSE_DNS": Setting(
        default=False,
        sentence="Ask the reverse DNS name of unknown networks, in the background; the network's owner sees the question.",
    ),
    "REVERSE_DNS_PER_MINUTE": Setting(default=20, sentence="Reverse DNS questions a minute at the most."),
    "GUESS_PRIVATE_ADDRESSES": Setting(
        default=False, sentence="Look up private and documentation addresses too (demo and tests)."
    ),
    "COMPANY_THRESHOLD": Setting(
        default=60, sentence="Confidence (0 to 100) from which a network's owner is shown as a guessed company."
    ),
    "LINK_HISTORY": Setting(
        default="all",
        sentence="What a form links to the name: `all` earlier visits of the browser, `from_now`, or `ask` the visitor.",
    ),
    "HALF_LIFE_DAYS": Setting(default=30, sentence="Days after which a point of behaviour score has half its weight."),
    "HOT_SCORE": Setting(default=50, sentence="Behaviour score from which a lead is worth a call."),
    "DAY_SECONDS": Setting(default=86_400, sentence="Seconds that a day of a scenario lasts (shorter for a demo)."),
    "CLICK_HOLD_SECONDS": Setting(
        default=90, sentence="How long a click waits for its verdict (human or machine) before it has effects."
    ),
    "SEND_WINDOW": Setting(
        default=None, sentence="Hours in which marketing mail goes out, as (from, to) in site time; None means always."
    ),
    "MAIL_CAP_PER_WEEK": Setting(default=4, sentence="Marketing mails one address gets in seven days at the most."),
    "MAIL_LEASE_SECONDS": Setting(default=300, sentence="How long a worker may hold a claimed mail, in seconds."),
    "MAIL_BATCH": Setting(default=50, sentence="Mails that one worker claims at once."),
    "RIVER_BATCH": Setting(default=500, sentence="Activities that the river takes at once."),
    "DRAIN_SECONDS": Setting(default=45, sentence="The longest one background run works before it hands over."),
    "WORKER_SILENT_SECONDS": Setting(
        default=120, sentence="A worker that has not been seen for this long is reported by `leads_health`."
    ),
    "CLUSTER": Setting(default="", sentence="Name of the django-q2 cluster for our tasks; empty uses the site's."),
    "SYNC_WAKE": Setting(default=False, sentence="Do background work at once, in the caller (tests only)."),
    "FORM_MIN_SECONDS": Setting(
        default=2, sentence="A form sent sooner than this after it was shown is asked for once more."
    ),
    "FORM_POSTS_PER_HOUR": Setting(default=30, sentence="Form posts that one address may make in an hour."),
    "PASS_DAYS": Setting(default=395, sentence="How long a filled form opens its gated page in that browser, in days."),
    "LINK_DAYS": Setting(
        default=365, sentence="How long links in mails are counted and open gates, in days; they lead on for ever."
    ),
    "TODO_DUE_HOURS": Setting(default=24, sentence="Hours until an inquiry's to-do is due."),
    "PHONE_REGION": Setting(default="JP", sentence="Country (ISO code) of telephone numbers that begin without +."),
    "CURRENCY": Setting(default="JPY", sentence="Currency (ISO code) of costs and of what goals are worth."),
    "OWN_LEADS_ONLY": Setting(
        default=False,
        sentence="Colleagues see only leads they own, and those of nobody; who may change any lead sees all.",
    ),
    "LINK_LOGINS": Setting(
        default=False, sentence="Link the browser of a site user who logs in (Django auth) with the lead of their address."
    ),
    "GATE_API": Setting(
        default=True, sentence="Leave gated pages out of Wagtail's API (v2 and v3) for whoever may not edit them."
    ),
    "DOCUMENT_LINK_DAYS": Setting(default=7, sentence="How long a person's own link to a gated document works, in days."),
    "CHECK_MAIL_SERVER": Setting(
        default=False, sentence="Ask DNS whether an address's domain takes mail; the address is flagged, never refused."
    ),
    "FORM_POSTS_PER_VISITOR": Setting(default=10, sentence="Form posts that one browser may make in an hour."),
    "CONFIRM_DAYS": Setting(
        default=7, sentence="How long the links work that confirm an address or open what was asked for, in days."
    ),
    "REQUEST_DUE_DAYS": Setting(default=14, sentence="Days in which a person's request about their data is to be answered."),
    "IMPORT_CHUNK": Setting(default=200, sentence="Rows of an import that one transaction writes."),
    "SITE_USER_AGENTS_IGNORED": Setting(
        default=(), sentence="Parts of user agents that are left out (your own monitoring, for example)."
    ),
}


def get(name: str) -> Any:
    """The value of one setting; KeyError for a name that does not exist."""
    setting = SETTINGS[name]
    return getattr(settings, "WAGTAIL_LEADS", {}).get(name, setting.default)


def secrets() -> tuple[bytes, ...]:
    """Keys for signing: the first signs, all verify, so tokens survive a change of SECRET_KEY through its fallbacks."""
    own = get("SECRET")
    keys = [own] if own else []
    keys += [settings.SECRET_KEY, *getattr(settings, "SECRET_KEY_FALLBACKS", [])]
    return _encoded(tuple(keys))


@lru_cache(maxsize=8)
def _encoded(keys: tuple) -> tuple[bytes, ...]:
    return tuple(key.encode() if isinstance(key, str) else bytes(key) for key in keys)
