"""Does the domain of a new address take mail at all? Asked of DNS in the background, by a setting; never in a request.

The address is flagged, never refused: name servers fail, and people mistype what can be put right by a call.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import dns.exception
import dns.resolver
from django.core.cache import cache

from wagtail_leads import conf
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.addresses import domain_of
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import AddressFlag

#: Leads of so long ago are asked about; who was there before the setting was switched on is left alone.
NEW = timedelta(days=2)
#: Seconds for which an answer holds; and one that did not come.
HOLDS, RETRY = 86_400, 3_600
#: Seconds that one question may take.
PATIENCE = 3.0
#: New leads that one look considers.
LOOKED_AT = 200


def takes_mail(domain: str) -> bool | None:
    """By MX, else by address (RFC 5321 section 5.1); a "null MX" takes none (RFC 7505). None: nobody answered."""
    resolver = dns.resolver.Resolver()
    resolver.lifetime = PATIENCE
    try:
        answers = resolver.resolve(domain, "MX")
        return any(str(answer.exchange) != "." for answer in answers)
    except dns.resolver.NXDOMAIN:
        return False
    except dns.resolver.NoAnswer:
        return _has_address(resolver, domain)
    except (dns.exception.DNSException, OSError, UnicodeError):
        return None


def _has_address(resolver, domain: str) -> bool | None:
    for kind in ("A", "AAAA"):
        try:
            resolver.resolve(domain, kind)
            return True
        except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
            continue
        except (dns.exception.DNSException, OSError, UnicodeError):
            return None
    return False


def check_due(*, now: datetime, limit: int = 10, ask: Callable[[str], bool | None] = takes_mail) -> int:
    """The clock: flag new leads whose domain takes no mail. Returns how many domains were asked; 0: nothing is left."""
    if not conf.get("CHECK_MAIL_SERVER"):
        return 0
    domains = [domain for domain in _new_domains(now) if cache.get(_key(domain)) is None][:limit]
    for domain in domains:
        verdict = ask(domain)
        cache.set(_key(domain), "no" if verdict is False else "yes", HOLDS if verdict is not None else RETRY)
        if verdict is False:
            _flag(domain, now)
    return len(domains)


def _unflagged(now: datetime):
    open_flags = (AddressFlag.NONE.value, AddressFlag.ROLE.value)
    return Lead.objects.filter(created_at__gt=now - NEW, address_flag__in=open_flags, erased_at__isnull=True).exclude(email="")


def _new_domains(now: datetime) -> list[str]:
    emails = _unflagged(now).order_by("-created_at").values_list("email", flat=True)[:LOOKED_AT]
    return list(dict.fromkeys(domain_of(email) for email in emails))


def _flag(domain: str, now: datetime) -> None:
    _unflagged(now).filter(email__iendswith=f"@{domain}").update(address_flag=AddressFlag.NO_MAIL_SERVER.value)


def _key(domain: str) -> str:
    return f"leads-mail-server-{dedupe_key(domain)[:16]}"
