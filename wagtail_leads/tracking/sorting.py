"""From raw hits to what is worth storing: the address, what is allowed, the judgement, the touch. No writes."""

import logging
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from django.db import DatabaseError, InterfaceError
from wagtail.models import Site

from wagtail_leads import conf
from wagtail_leads.companies.queries import guess_company
from wagtail_leads.logic.channels import Touch, classify
from wagtail_leads.logic.client_address import Address, client_address, parse_networks, truncate
from wagtail_leads.logic.company_guess import CompanyGuess
from wagtail_leads.logic.consent import Decision, Handling
from wagtail_leads.logic.hits import Hit
from wagtail_leads.logic.judging import Drop, JudgeSettings, RequestFacts, judge
from wagtail_leads.logic.kinds import DropReason
from wagtail_leads.tracking import site_rules
from wagtail_leads.tracking.salts import Salts, client_key

logger = logging.getLogger(__name__)

#: Hits from the future are clock skew; they are pulled back to the time of storing.
SKEW = 300


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """One hit that counts, with what is derived from it."""

    hit: Hit
    at: datetime
    #: Truncated to /24 or /48.
    address: str = ""
    #: In memory only: gone when the batch is written (unless the site keeps full addresses for some days).
    ip: Address | None = None
    #: Names the browser when it keeps no cookie: hash of address, agent and the day's salt; and that of the day before.
    client_key: str
    previous_key: str = ""
    #: Yesterday's visitor key, while that browser's visit goes on over midnight (`operations.over_midnight`).
    still: str = ""
    #: May not have a cookie (mode, GPC): known by the client key, and never linked.
    is_anonymous: bool = False
    found: CompanyGuess = field(default_factory=CompanyGuess)

    @property
    def key(self) -> str:
        """The visitor's key: the cookie's, or one made of the client key (a cookie's is hex, so they never meet)."""
        return self.hit.visitor_key or self.still or cookieless_key(self.client_key)


def cookieless_key(client_key: str) -> str:
    return f"~{client_key[:31]}"


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A hit that does not count, as much of it as may be shown as an example."""

    reason: DropReason
    at: datetime
    path: str = ""
    user_agent: str = ""
    network: str = ""
    referrer: str = ""


#: A log that the site's owner brings in: nobody is asked any more, and nobody gets a name by it.
_HISTORY = Decision(handling=Handling.ANONYMOUS)


def sort_out(hits: list[Hit], *, now: datetime, is_history: bool = False) -> tuple[list[Sighting], list[LeftOut]]:
    """(what counts, by event time; what does not, and why)."""
    desk = _Sorter(now=now, is_history=is_history)
    for hit in hits:
        try:
            desk.sort(hit)
        except (DatabaseError, InterfaceError):
            raise
        except Exception:  # one hit that nobody expected does not cost the others
            logger.exception("A hit could not be read")
            desk.left_out.append(_left_out(hit, DropReason.STORE_FAILED, now))
    return sorted(desk.kept, key=lambda s: (s.at, s.hit.origin != "page")), desk.left_out


class _Sorter:
    """One batch: what is the same for all its hits is asked once."""

    def __init__(self, *, now: datetime, is_history: bool) -> None:
        self.now, self.is_history = now, is_history
        self.kept: list[Sighting] = []
        self.left_out: list[LeftOut] = []
        self.salts, self.places, self.settings = Salts(now=now), _Places(), judge_settings()
        self.claim_time = timedelta(seconds=conf.get("CLAIM_SECONDS"))

    def sort(self, hit: Hit) -> None:
        hit = _with_site(hit)
        at = min(datetime.fromtimestamp(min(hit.at, self.now.timestamp() + SKEW), tz=timezone.utc), self.now)
        ip, truncated = self.places.of(hit)
        decision = _HISTORY if self.is_history else site_rules.rules_of(hit.site_id).decide(hit)
        # of who refused nothing is kept, whatever else is wrong with the hit: it is counted without an example
        may_show = decision.reason is None
        if hit.forged:
            self.left_out.append(_left_out(hit, DropReason.FORGED, at, may_show=may_show))
        verdict = judge(_facts(hit, ip, decision), self.settings)
        if isinstance(verdict, Drop):
            self.left_out.append(_left_out(hit, verdict.reason, at, ip, may_show=may_show))
            return
        found = guess_company(ip)
        if found.is_ignored:
            self.left_out.append(_left_out(hit, DropReason.OWN_NETWORK, at))
            return
        self.kept.append(self._sighting(hit, at, ip, truncated, found, decision.handling == Handling.ANONYMOUS))

    def _sighting(
        self, hit: Hit, at: datetime, ip, truncated: str, found: CompanyGuess, is_anonymous: bool
    ) -> Sighting:
        hit = replace(hit, visitor_key="") if is_anonymous and hit.visitor_key else hit
        # yesterday's key: a visit without cookie goes on over midnight, and a beacon may claim a page from before it
        is_near_midnight = at - self.claim_time < at.replace(hour=0, minute=0, second=0, microsecond=0)
        with_yesterday = not hit.visitor_key or is_near_midnight
        today, before = client_keys(hit, ip, at, self.salts, with_yesterday=with_yesterday)
        return Sighting(
            hit=hit,
            at=at,
            address=truncated,
            ip=ip,
            client_key=today,
            previous_key=before,
            is_anonymous=is_anonymous,
            found=found,
        )


class _Places:
    """Addresses of one batch, each worked out once: a browser sends several hits a second."""

    def __init__(self) -> None:
        self._known: dict[tuple, tuple[Address | None, str]] = {}

    def of(self, hit: Hit) -> tuple[Address | None, str]:
        """(full address, truncated)."""
        told = (hit.remote_addr, hit.forwarded)
        if told not in self._known:
            ip = address_of(hit)
            self._known[told] = ip, truncate(ip) if ip else ""
        return self._known[told]


def address_of(hit: Hit) -> Address | None:
    return client_address(
        remote_addr=hit.remote_addr,
        header=hit.forwarded,
        trusted=_networks(tuple(conf.get("TRUSTED_PROXIES"))),
        trust_unix_socket=conf.get("TRUST_UNIX_SOCKET"),
    ).ip


@lru_cache(maxsize=8)
def _networks(texts: tuple[str, ...]):
    return parse_networks(texts)


def judge_settings() -> JudgeSettings:
    return JudgeSettings(
        own_networks=_networks(tuple(conf.get("OWN_NETWORKS"))),
        ignored_paths=tuple(conf.get("IGNORE_PATHS")),
        ignored_agents=tuple(conf.get("SITE_USER_AGENTS_IGNORED")),
    )


def _facts(hit: Hit, ip, decision: Decision) -> RequestFacts:
    beacon = hit.origin == "beacon"
    return RequestFacts(
        method="GET" if beacon else hit.method,
        path=hit.path,
        status=200 if beacon else hit.status,
        content_type="text/html" if hit.origin != "page" else hit.content_type,
        user_agent=hit.user_agent,
        referrer=hit.referrer,
        accept=hit.accept,
        accept_language=hit.accept_language,
        sec_fetch_mode=hit.sec_fetch_mode,
        sec_fetch_dest="" if beacon else hit.sec_fetch_dest,
        purpose="" if beacon else hit.purpose,
        has_headers=not beacon and hit.has_headers,
        agent_known=hit.has_headers or bool(hit.user_agent),
        client_ip=str(ip or ""),
        is_a_page_of_the_site=hit.origin == "page" and hit.page_id is not None,
        is_staff=hit.is_staff,
        refused=decision.reason,
    )


#: What was refused is counted and nothing more: an example would be a record of who said no.
_NO_EXAMPLE = (DropReason.OPTED_OUT, DropReason.NO_CONSENT, DropReason.SITE_OFF, DropReason.STAFF)


def _left_out(
    hit: Hit, reason: DropReason, at: datetime, ip: Address | None = None, *, may_show: bool = True
) -> LeftOut:
    if reason in _NO_EXAMPLE or not may_show:
        return LeftOut(reason=reason, at=at)
    network = guess_company(ip).label
    return LeftOut(
        reason=reason, at=at, path=hit.path, user_agent=hit.user_agent, network=network, referrer=hit.referrer
    )


def left_out_later(s: Sighting, reason: DropReason) -> LeftOut:
    """A hit that was taken for a person's at first."""
    return LeftOut(
        reason=reason,
        at=s.at,
        path=s.hit.path,
        user_agent=s.hit.user_agent,
        network=s.found.label,
        referrer=s.hit.referrer,
    )


def client_keys(hit: Hit, ip, at: datetime, salts: Salts, *, with_yesterday: bool) -> tuple[str, str]:
    """The browser's key today, and the one it had yesterday."""
    day, address = at.date(), str(ip or "")
    today = client_key(salts.of(day), address, hit.user_agent)
    return today, client_key(salts.of(day - timedelta(days=1)), address, hit.user_agent) if with_yesterday else ""


def client_of(hit: Hit) -> tuple[str, str]:
    """(truncated address, key of address, agent and day) of a request that is handled at once."""
    ip = address_of(hit)
    at = datetime.fromtimestamp(hit.at, tz=timezone.utc)
    key = client_key(Salts(now=at).of(at.date()), str(ip or ""), hit.user_agent)
    return (truncate(ip) if ip else ""), key


def touch_of(hit: Hit) -> Touch:
    return classify(url=f"{hit.host}{hit.path}?{hit.query}", referrer=hit.referrer, own_hosts=own_hosts(hit))


def own_hosts(hit: Hit) -> frozenset[str]:
    """Our sites' hosts, and those that only send visitors back (payment, single sign-on)."""
    return (frozenset(_sites(_minute())) - {""}) | {_host(hit)} | frozenset(conf.get("IGNORED_REFERRERS"))


def _with_site(hit: Hit) -> Hit:
    """The site by the host where no Wagtail page told it (a search), or where an old cached page names one that is gone."""
    sites = _sites(_minute())
    if hit.site_id in sites.values():
        return hit
    return replace(hit, site_id=sites.get(_host(hit), sites.get("")))


def _host(hit: Hit) -> str:
    return hit.host.partition("://")[2].partition(":")[0].lower()


def _minute() -> int:
    return int(time.monotonic() // 60)


@lru_cache(maxsize=1)
def _sites(minute: int) -> dict[str, int]:
    """Host -> pk of every site of the installation, "" -> the default one; looked up once a minute."""
    rows = list(Site.objects.values_list("hostname", "pk", "is_default_site"))
    sites = {host.lower(): pk for host, pk, _default in rows}
    default = next((pk for _host, pk, default in rows if default), None)
    return sites if default is None else {**sites, "": default}
