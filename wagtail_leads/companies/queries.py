"""Who is behind an address: the configured files asked, the rules applied."""

from functools import lru_cache

from wagtail_leads import conf
from wagtail_leads.companies.resolvers.mmdb import MmdbFiles
from wagtail_leads.logic.client_address import Address, is_lookup_worthy
from wagtail_leads.logic.company_guess import CompanyGuess, guess


@lru_cache(maxsize=4)
def _files(paths: tuple[str, ...]) -> MmdbFiles:
    return MmdbFiles(paths)


def mmdb_files() -> MmdbFiles:
    """The configured MMDB files; they reload themselves when they are replaced."""
    return _files(tuple(str(path) for path in conf.get("MMDB")))


def guess_company(ip: Address | None) -> CompanyGuess:
    """The guessed company behind a full address. Memory only: no query, no network, never raises."""
    if ip is None or not (conf.get("MMDB") and (conf.get("GUESS_PRIVATE_ADDRESSES") or is_lookup_worthy(ip))):
        return CompanyGuess()
    return guess(mmdb_files().facts(ip))


def is_company(found: CompanyGuess) -> bool:
    return bool(found.name) and found.confidence >= conf.get("COMPANY_THRESHOLD")
