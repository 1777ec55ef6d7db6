"""From raw hits to what is worth storing: the address, the judgement, the touch. No writes."""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache

from wagtail.models import Site

from wagtail_leads import conf
from wagtail_leads.companies.queries import guess_company
from wagtail_leads.logic.channels import Touch, classify
from wagtail_leads.logic.client_address import Address, client_address, parse_networks, truncate
from wagtail_leads.logic.company_guess import CompanyGuess
from wagtail_leads.logic.hits import Hit
from wagtail_leads.logic.judging import Drop, JudgeSettings, RequestFacts, judge
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import DropReason

#: Hits from the future are clock skew; they are pulled back to the time of storing.
SKEW = 300


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """One hit that counts, with what is derived from it."""

    hit: Hit
    at: datetime
    #: Truncated to /24 or /48; the full one is gone after the look-up.
    address: str = ""
    #: Names the browser when it keeps no cookie: hash of address, agent and day.
    client_key: str
    found: CompanyGuess = field(default_factory=CompanyGuess)


def sort_out(hits: list[Hit], *, now: datetime) -> tuple[list[Sighting], Counter]:
    """(what counts, by event time; how often each (reason, example) was left out)."""
    kept, drops = [], Counter()
    for hit in hits:
        if hit.forged:
            drops[(DropReason.FORGED, hit.path)] += 1
        ip = address_of(hit)
        verdict = judge(_facts(hit, ip), judge_settings())
        if isinstance(verdict, Drop):
            drops[(verdict.reason, _example(hit, verdict.reason))] += 1
            continue
        at = datetime.fromtimestamp(min(hit.at, now.timestamp() + SKEW), tz=timezone.utc)
        kept.append(
            Sighting(
                hit=hit,
                at=min(at, now),
                address=truncate(ip) if ip else "",
                client_key=_client_key(hit, ip),
                found=guess_company(ip),
            )
        )
    return sorted(kept, key=lambda s: (s.at, s.hit.origin != "page")), drops


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


def _facts(hit: Hit, ip) -> RequestFacts:
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
        has_headers=not beacon,
        client_ip=str(ip or ""),
        is_staff=hit.is_staff,
        opted_out=hit.opted_out,
    )


def _example(hit: Hit, reason: DropReason) -> str:
    by_agent = (DropReason.BOT_AGENT, DropReason.NOT_A_BROWSER, DropReason.IGNORED_AGENT, DropReason.MISSING_HEADERS)
    return (hit.user_agent if reason in by_agent else hit.path)[:255]


def _client_key(hit: Hit, ip) -> str:
    return dedupe_key(conf.secrets()[0].hex(), str(ip or ""), hit.user_agent, int(hit.at // 86_400))[:32]


def client_of(hit: Hit) -> tuple[str, str]:
    """(truncated address, key of address, agent and day) of a request that is handled at once."""
    ip = address_of(hit)
    return (truncate(ip) if ip else ""), _client_key(hit, ip)


def touch_of(hit: Hit) -> Touch:
    return classify(url=f"{hit.host}{hit.path}?{hit.query}", referrer=hit.referrer, own_hosts=own_hosts(hit))


def own_hosts(hit: Hit) -> frozenset[str]:
    return _site_hosts(int(time.monotonic() // 60)) | {hit.host.partition("://")[2].partition(":")[0]}


@lru_cache(maxsize=1)
def _site_hosts(minute: int) -> frozenset[str]:
    """Every host of the installation, looked up once a minute."""
    return frozenset(Site.objects.values_list("hostname", flat=True))
