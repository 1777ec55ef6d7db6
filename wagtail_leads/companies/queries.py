"""Who is behind an address, and which rows are one company."""

import logging
import time

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from wagtail_leads import conf
from wagtail_leads.companies.chain import Chain, chain_of, say_settings
from wagtail_leads.companies.held import held
from wagtail_leads.companies.models import Company, CompanyDomain, Market
from wagtail_leads.companies.resolvers.mmdb import FileHealth, MmdbFiles
from wagtail_leads.logic.client_address import Address
from wagtail_leads.logic.company_guess import CompanyGuess
from wagtail_leads.logic.japanese import company_match_key, company_plain_name
from wagtail_leads.logic.kinds import SellsTo
from wagtail_leads.logic.networks import plain_address

logger = logging.getLogger(__name__)

#: Seconds for which an answer is remembered where a site's own resolver had a say: we cannot see its data change.
RESOLVER_SECONDS = 600
_said: set[str] = set()


def guess_company(ip: Address | None) -> CompanyGuess:
    """The guessed company behind a full address, with all evidence. Never raises, and uses no network.

    From memory: 5 us for an address that was seen before, 90 us else (measured with GeoLite2-ASN, read in pure Python).
    Every two seconds at the most two small queries see whether own networks or answers of the reverse DNS have changed.
    """
    if ip is None:
        return CompanyGuess()
    try:
        chain = _chain()
        moment = int(time.monotonic() // RESOLVER_SECONDS) if chain.resolvers else 0
        return chain.look(plain_address(ip), generation=held().generation, moment=moment)
    except Exception as error:  # a public door: no address is worth a lost visit
        _say_once(error)
        return CompanyGuess()


def mmdb_files() -> MmdbFiles:
    """The configured MMDB files; they reload themselves when they are replaced. ValueError for an unreadable setting."""
    return _chain().files


def mmdb_health() -> list[FileHealth]:
    """How the configured files are; none for a setting that cannot be read (`manage.py check` names the mistake)."""
    try:
        return mmdb_files().health()
    except (TypeError, ValueError):
        return []


def _chain() -> Chain:
    return chain_of(
        say_settings(
            conf.get("MMDB"), conf.get("RESOLVERS"), conf.get("COMPANY_THRESHOLD"), conf.get("GUESS_PRIVATE_ADDRESSES")
        )
    )


def _say_once(error: Exception) -> None:
    text = f"{type(error).__name__}: {error}"[:300]
    if text not in _said and len(_said) < 100:
        _said.add(text)
        logger.exception("No company could be looked up")


def sells_to_companies() -> bool:
    """False where the owner sells to people only: then screens leave companies out."""
    return not Market.objects.filter(sells_to=SellsTo.PEOPLE.value).exists()


def is_company(found: CompanyGuess) -> bool:
    return bool(found.name) and found.confidence >= conf.get("COMPANY_THRESHOLD")


# --- Families: a company and those merged into it -------------------------------------------------------------------


def survivor_of(company: Company) -> Company:
    """The living company that a merged one stands for; itself for a living one."""
    return company.merged_into if company.merged_into_id else company


def family_of(company: Company | int) -> QuerySet:
    """The survivor and all that were merged into it: what names any of them is this company's."""
    pk = company if isinstance(company, int) else company.merged_into_id or company.pk
    return Company.objects.filter(Q(pk=pk) | Q(merged_into=pk))


def living_keys(words: str) -> QuerySet:
    """Keys of the living companies that a search means: by name, alias, domain or corporate number."""
    wanted = Q(name__icontains=words) | Q(domain__icontains=words) | Q(domains__domain__icontains=words)
    if key := company_match_key(words):  # "㈱東都" also means 東都測器株式会社
        wanted |= Q(match_key=key) | Q(name__icontains=company_plain_name(words))
    digits = "".join(char for char in words if char.isascii() and char.isdigit())
    if len(digits) >= 4:
        wanted |= Q(corporate_number__contains=digits)
    return Company.objects.filter(wanted).order_by().annotate(living=Coalesce("merged_into", "pk")).values("living")


def holder_of_domain(domain: str, *, besides: Company) -> Company | None:
    """The living company outside the family of `besides` that a registrable domain belongs to, or that shows it as its
    own. None when it is free. Two queries."""
    family = family_of(besides).values("pk")
    held = (
        CompanyDomain.objects.filter(domain=domain).exclude(company__in=family).select_related("company__merged_into")
    )
    if (row := held.first()) is not None:
        return survivor_of(row.company)
    shown = Q(domain=domain) | Q(domain__endswith=f".{domain}")
    other = Company.objects.filter(shown).exclude(pk__in=family).select_related("merged_into").order_by("pk").first()
    return survivor_of(other) if other is not None else None


def aliases_of(company: Company) -> QuerySet:
    return Company.objects.filter(merged_into=company)
