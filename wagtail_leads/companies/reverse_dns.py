"""Reverse DNS: the name of an address that no file knows, asked in the background and only where it is switched on.

The owner of the address's network sees the question. So: off by default, one address a network, few a minute, answers
and their absence are kept, and a name counts only when it leads back to the address.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Protocol

from django.db import transaction

from wagtail_leads import conf
from wagtail_leads.companies.held import PTR, REVERSE_DNS, SAID_BY_A_PERSON, address_key, forget
from wagtail_leads.companies.models import Company, CompanyDomain, Network, PendingLookup
from wagtail_leads.companies.operations import company_by_name
from wagtail_leads.companies.queries import survivor_of
from wagtail_leads.logic.client_address import Address, parse_address
from wagtail_leads.logic.company_guess import NetworkKind
from wagtail_leads.logic.ptr_names import HostVerdict, company_behind_host

logger = logging.getLogger(__name__)

#: A waiting address is gone after this, asked or not.
LIFE = timedelta(hours=24)
#: After a time-out it is asked again so much later; then never.
BACK_OFF = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
#: How long a worker may hold a question.
LEASE = timedelta(minutes=2)
#: So many time-outs in a row mean that the name server is away: all wait.
TIME_OUTS, PAUSE = 4, timedelta(minutes=10)
#: Seconds for one question.
SECONDS = 2.0
#: Names of one address that are looked at, and addresses of one network whose names are kept.
NAMES, KEPT = 5, 32


class NoAnswerInTime(Exception):
    """The name server did not answer, or could not."""


class NameServer(Protocol):
    """Where names are asked. NoAnswerInTime when there is no answer; an empty list is an answer."""

    def names_of(self, ip: Address) -> list[str]: ...

    def addresses_of(self, host: str, version: int) -> list[str]: ...


class SystemNameServer:
    """The name server that the machine uses."""

    def names_of(self, ip: Address) -> list[str]:
        return [str(answer.target) for answer in self._ask("resolve_address", str(ip))]

    def addresses_of(self, host: str, version: int) -> list[str]:
        return [answer.address for answer in self._ask("resolve", host, "A" if version == 4 else "AAAA")]

    def _ask(self, how: str, *args) -> list:
        import dns.exception
        import dns.resolver

        try:
            return list(getattr(dns.resolver, how)(*args, lifetime=SECONDS))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN):
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise NoAnswerInTime(str(error)) from error


#: Told of each network that got a company's name: (network, company, confidence, when its question was put).
Told = Callable[[Network, Company, int, datetime], None]


def look_up_due(*, now: datetime, limit: int, resolver: NameServer | None = None, tell: Told | None = None) -> int:
    """Ask the names that are due, `limit` at the most. Returns how many were asked; call it outside transactions."""
    if not conf.get("REVERSE_DNS"):  # switched off: nobody will ask, so nothing waits
        PendingLookup.objects.all().delete()
        return 0
    PendingLookup.objects.filter(created_at__lt=now - LIFE).delete()
    asked = silent = 0
    server = resolver or SystemNameServer()
    for waiting in _due(now, min(limit, _left_this_minute(now))):
        if not _claim(waiting, now):
            continue
        asked += 1
        try:
            verdict = _ask(server, waiting.address)
        except NoAnswerInTime:
            silent += 1
            _later(waiting, now)
            if silent >= TIME_OUTS:
                PendingLookup.objects.filter(due_at__lt=now + PAUSE).update(due_at=now + PAUSE)
                logger.warning("The name server does not answer; reverse DNS pauses for %s", PAUSE)
                break
            continue
        silent = 0
        _keep(waiting, verdict, now=now, tell=tell)
    return asked


def forget_address(ip: Address | None) -> None:
    """Who refused to be recorded is not asked for either."""
    PendingLookup.objects.filter(address=str(ip)).delete()


def _due(now: datetime, limit: int) -> list[PendingLookup]:
    return list(PendingLookup.objects.filter(due_at__lte=now).order_by("due_at")[: max(limit, 0)])


def _left_this_minute(now: datetime) -> int:
    recent = now - timedelta(minutes=1)
    used = (
        Network.objects.filter(ptr_at__gt=recent).count()
        + PendingLookup.objects.filter(tries__gt=0, due_at__gt=now, due_at__lte=now + BACK_OFF[0]).count()
    )
    return conf.get("REVERSE_DNS_PER_MINUTE") - used


def _claim(waiting: PendingLookup, now: datetime) -> bool:
    """A conditional update: of two workers one gets it."""
    mine = PendingLookup.objects.filter(pk=waiting.pk, due_at=waiting.due_at).update(due_at=now + LEASE)
    return bool(mine)


def _ask(server: NameServer, address: str) -> HostVerdict:
    """The best verdict on the address's names that lead back to it."""
    ip = parse_address(address)
    verdicts = [HostVerdict()]
    for host in (server.names_of(ip) if ip else [])[:NAMES]:
        verdict = company_behind_host(host, ip)
        if verdict.domain and not _leads_back(server, host, ip):
            verdict = HostVerdict(shown=f"*.{verdict.domain}")
        verdicts.append(verdict)
    return max(verdicts, key=lambda one: (one.confidence, bool(one.shown)))


def _leads_back(server: NameServer, host: str, ip: Address) -> bool:
    try:
        return ip in {ip_address(text) for text in server.addresses_of(host, ip.version)}
    except ValueError:
        return False


def _later(waiting: PendingLookup, now: datetime) -> None:
    """After the third time-out the network counts as asked, without a name."""
    if waiting.tries + 1 >= len(BACK_OFF):
        _keep(waiting, HostVerdict(), now=now, tell=None)
        return
    PendingLookup.objects.filter(pk=waiting.pk).update(
        tries=waiting.tries + 1, due_at=now + BACK_OFF[min(waiting.tries, len(BACK_OFF) - 1)]
    )


def _keep(waiting: PendingLookup, verdict: HostVerdict, *, now: datetime, tell: Told | None) -> None:
    """The answer in one short transaction; the address is gone with it."""
    with transaction.atomic():
        network = Network.objects.select_for_update().filter(pk=waiting.pk).first()
        PendingLookup.objects.filter(pk=waiting.pk).delete()
        if network is None:
            return
        company = _company(verdict, now=now) if verdict.domain else None
        if company is not None:
            _name(network, company, verdict, address_key(parse_address(waiting.address)))
        elif network.reason != PTR:
            network.ptr_name = verdict.shown
        network.ptr_at = now
        network.save()
    forget()
    if company is not None and tell is not None:
        tell(network, company, verdict.confidence, waiting.created_at)


def _company(verdict: HostVerdict, *, now: datetime) -> Company | None:
    known = CompanyDomain.objects.select_related("company__merged_into").filter(domain=verdict.domain).first()
    if known is not None:
        return survivor_of(known.company)
    made = company_by_name(verdict.domain, now=now, domain=verdict.domain, is_guessed=True)
    if made is not None and made.is_guessed:
        CompanyDomain.objects.get_or_create(domain=verdict.domain, defaults={"company": made, "created_at": now})
    return made


def _name(network: Network, company: Company, verdict: HostVerdict, key: str) -> None:
    line = {
        "source": REVERSE_DNS,
        "says": verdict.shown,
        "name": company.name,
        "domain": verdict.domain,
        "confidence": verdict.confidence,
        "reason": PTR,
        "key": key,
    }
    told = [one for one in network.evidence if one.get("source") == REVERSE_DNS and one.get("key") != key]
    others = [one for one in network.evidence if one.get("source") != REVERSE_DNS]
    network.evidence = [line, *told[: KEPT - 1], *others]
    if network.reason in SAID_BY_A_PERSON:
        return
    network.ptr_name, network.kind, network.reason = verdict.shown, NetworkKind.COMPANY.value, PTR
    network.name, network.domain, network.confidence = company.name[:200], verdict.domain, verdict.confidence
