"""From raw hits to what is worth storing: the address, what is allowed, the judgement, the touch. No writes."""

import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import lru_cache

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
    #: May not have a cookie (mode, GPC): known by the client key, and never linked.
    is_anonymous: bool = False
    found: CompanyGuess = field(default_factory=CompanyGuess)

    @property
    def key(self) -> str:
        """The visitor's key: the cookie's, or one made of the client key (a cookie's is hex, so they never meet)."""
        return self.hit.visitor_key or cookieless_key(self.client_key)


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
    kept, left_out, salts = [], [], Salts(now=now)
    for hit in hits:
        at = min(datetime.fromtimestamp(min(hit.at, now.timestamp() + SKEW), tz=timezone.utc), now)
        if hit.forged:
            left_out.append(_left_out(hit, DropReason.FORGED, at))
        ip = address_of(hit)
        decision = _HISTORY if is_history else site_rules.rules_of(hit.site_id).decide(hit)
        verdict = judge(_facts(hit, ip, decision), judge_settings())
        if isinstance(verdict, Drop):
            left_out.append(_left_out(hit, verdict.reason, at))
            continue
        found = guess_company(ip)
        if found.is_ignored:
            left_out.append(_left_out(hit, DropReason.OWN_NETWORK, at))
            continue
        anonymous = decision.handling == Handling.ANONYMOUS
        today, before = client_keys(hit, ip, at, salts)
        kept.append(
            Sighting(
                hit=replace(hit, visitor_key="") if anonymous and hit.visitor_key else hit,
                at=at,
                address=truncate(ip) if ip else "",
                ip=ip,
                client_key=today,
                previous_key=before,
                is_anonymous=anonymous,
                found=found,
            )
        )
    return sorted(kept, key=lambda s: (s.at, s.hit.origin != "page")), left_out


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
        is_staff=hit.is_staff,
        refused=decision.reason,
    )


#: What was refused is counted and nothing more: an example would be a record of who said no.
_NO_EXAMPLE = (DropReason.OPTED_OUT, DropReason.NO_CONSENT, DropReason.SITE_OFF, DropReason.STAFF)


def _left_out(hit: Hit, reason: DropReason, at: datetime) -> LeftOut:
    if reason in _NO_EXAMPLE:
        return LeftOut(reason=reason, at=at)
    return LeftOut(reason=reason, at=at, path=hit.path, user_agent=hit.user_agent, referrer=hit.referrer)


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


def client_keys(hit: Hit, ip, at: datetime, salts: Salts) -> tuple[str, str]:
    """The browser's key today, and the one it had yesterday: a visit goes on over midnight."""
    day = at.date()
    today, before = (client_key(salts.of(d), str(ip or ""), hit.user_agent) for d in (day, day - timedelta(days=1)))
    return today, before


def client_of(hit: Hit) -> tuple[str, str]:
    """(truncated address, key of address, agent and day) of a request that is handled at once."""
    ip = address_of(hit)
    at = datetime.fromtimestamp(hit.at, tz=timezone.utc)
    key = client_key(Salts(now=at).of(at.date()), str(ip or ""), hit.user_agent)
    return (truncate(ip) if ip else ""), key


def touch_of(hit: Hit) -> Touch:
    return classify(url=f"{hit.host}{hit.path}?{hit.query}", referrer=hit.referrer, own_hosts=own_hosts(hit))


def own_hosts(hit: Hit) -> frozenset[str]:
    return _site_hosts(int(time.monotonic() // 60)) | {hit.host.partition("://")[2].partition(":")[0]}


@lru_cache(maxsize=1)
def _site_hosts(minute: int) -> frozenset[str]:
    """Every host of the installation, looked up once a minute."""
    return frozenset(Site.objects.values_list("hostname", flat=True))
