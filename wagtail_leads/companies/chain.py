"""The chain that answers "whose network is this?": own networks, MMDB files, the site's resolvers, reverse DNS.

The first that names a company decides; what all of them say is kept as evidence. Memory only.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from django.utils.module_loading import import_string

from wagtail_leads.companies.held import OWN, PTR, Held, OwnNetwork, held_now, named_by_reverse_dns
from wagtail_leads.companies.resolvers.base import Resolver
from wagtail_leads.companies.resolvers.mmdb import MmdbFiles, Signature, entries
from wagtail_leads.logic.client_address import Address, is_lookup_worthy
from wagtail_leads.logic.company_guess import CompanyGuess, NetworkFacts, NetworkKind, guess
from wagtail_leads.logic.kinds import NetworkAction

logger = logging.getLogger(__name__)

#: Addresses whose answer is remembered; an entry is about 1 kB.
REMEMBERED = 10_000


@dataclass(frozen=True, kw_only=True)
class ChainSettings:
    #: (path, kind or '') of each MMDB file.
    files: tuple[tuple[str, str], ...] = ()
    #: Dotted paths.
    resolvers: tuple[str, ...] = ()
    threshold: int = 60
    private_too: bool = False


class Chain:
    """One set of sources. Safe for threads; `look` never raises."""

    def __init__(self, settings: ChainSettings) -> None:
        self.settings = settings
        self.files = MmdbFiles([(path, kind) if kind else path for path, kind in settings.files])
        self.resolvers = tuple(found for path in settings.resolvers if (found := _resolver(path)))
        self._silenced: set[str] = set()
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._look)

    def look(self, ip: Address, *, generation: int, moment: int) -> CompanyGuess:
        """What is known of the address. Another ``generation`` (of `held`) or ``moment`` asks all sources anew."""
        return self._remembered(ip, self.files.versions(), generation, moment)

    def _look(
        self, ip: Address, _versions: tuple[Signature | None, ...], _generation: int, _moment: int
    ) -> CompanyGuess:
        held = held_now()
        own = held.own.find(ip)
        worth_it = self.settings.private_too or is_lookup_worthy(ip)
        found = guess(self._facts(ip)) if worth_it else CompanyGuess()
        if worth_it and held.names:
            found = self._with_its_name(ip, found, held)
        return _as_a_person_said(found, str(own[0]), own[1]) if own else found

    def _facts(self, ip: Address) -> list[NetworkFacts]:
        found = self.files.facts(ip)
        for resolver in self.resolvers:
            found += self._ask(resolver, ip)
        return found

    def _ask(self, resolver: Resolver, ip: Address) -> list[NetworkFacts]:
        name = str(getattr(resolver, "name", "") or type(resolver).__name__)
        try:
            answers = [one for one in resolver.lookup(ip) or () if isinstance(one, NetworkFacts)]
            return [one if one.source else replace(one, source=name) for one in answers]
        except Exception:  # a public door: somebody else's code; said once, skipped each time
            if name not in self._silenced:
                self._silenced.add(name)
                logger.exception("The resolver %s failed; it is skipped", name)
            return []

    def _with_its_name(self, ip: Address, found: CompanyGuess, held: Held) -> CompanyGuess:
        told = named_by_reverse_dns(ip, held.names)
        if told is None:
            return found
        found = replace(found, evidence=(*found.evidence, {k: v for k, v in told.items() if k != "key"}))
        is_named = found.name and found.confidence >= self.settings.threshold
        if is_named or not told.get("name") or found.kind not in _MAY_BE_A_COMPANY:
            return found
        return replace(
            found,
            kind=NetworkKind.COMPANY,
            name=told["name"],
            domain=told.get("domain", ""),
            confidence=told.get("confidence", 0),
            reason=told.get("reason", PTR),
        )


_MAY_BE_A_COMPANY = (NetworkKind.ISP, NetworkKind.NONE, NetworkKind.COMPANY)


def _as_a_person_said(found: CompanyGuess, cidr: str, own: OwnNetwork) -> CompanyGuess:
    line = said_by_a_person(cidr, own, instead_of=verdict(found))
    found = replace(found, evidence=(line, *found.evidence), network=cidr)
    if own.action == NetworkAction.COMPANY:
        return replace(found, kind=NetworkKind.COMPANY, name=own.name, domain=own.domain, confidence=100, reason=OWN)
    nobody = replace(found, name="", domain="", confidence=0, reason=own.action.value)
    if own.action == NetworkAction.IGNORE:
        return replace(nobody, is_ignored=True)
    return replace(nobody, kind=NetworkKind.ISP if found.kind == NetworkKind.COMPANY else found.kind)


def said_by_a_person(cidr: str, own: OwnNetwork, *, instead_of: dict) -> dict:
    """The line of evidence; it keeps what was said without it, for the day when it is taken back."""
    says = " · ".join(part for part in (cidr, own.note) if part)
    line = {"source": OWN, "says": says, "instead_of": instead_of}
    if own.action == NetworkAction.COMPANY:
        return line | {"name": own.name, "confidence": 100, "reason": OWN}
    return line | {"reason": own.action.value}


def verdict(found) -> dict:
    """What is said of a network, in short: of a guess or of a stored network."""
    return {
        "kind": str(found.kind),
        "name": found.name,
        "domain": found.domain,
        "confidence": found.confidence,
        "reason": found.reason,
    }


def _resolver(path: str) -> Resolver | None:
    try:
        found = import_string(path)
        return found() if isinstance(found, type) else found
    except Exception:  # a public door: `manage.py check` names it, the site goes on
        logger.exception("The resolver %s cannot be made; it is skipped", path)
        return None


@lru_cache(maxsize=4)
def chain_of(settings: ChainSettings) -> Chain:
    return Chain(settings)


def say_settings(mmdb: object, resolvers: Sequence[str] | str, threshold: int, private_too: bool) -> ChainSettings:
    """The settings as they were written, in a form that can be compared. ValueError for an unreadable one."""
    return ChainSettings(
        files=entries(mmdb or ()),
        resolvers=(resolvers,) if isinstance(resolvers, str) else tuple(resolvers or ()),
        threshold=threshold,
        private_too=bool(private_too),
    )
