"""What people say of networks: kept, changed, taken back; one at a time or from a file."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network

from django.db import connection, transaction

from wagtail_leads.companies.chain import said_by_a_person, verdict
from wagtail_leads.companies.held import OWN, SAID_BY_A_PERSON, OwnNetwork, forget, held
from wagtail_leads.companies.models import Company, CompanyNetwork, Network
from wagtail_leads.companies.queries import survivor_of
from wagtail_leads.logic.company_guess import NetworkKind
from wagtail_leads.logic.kinds import NetworkAction
from wagtail_leads.logic.networks import PrefixTable, parse_written_networks

#: Rows of one statement, and of one short transaction.
ROWS = 500


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A network and what it is. A company is named for `COMPANY` only."""

    cidr: str
    action: NetworkAction
    company: Company | None = None
    note: str = ""


def put_networks(statements: Iterable[Statement], *, by, now: datetime, clicks: dict | None = None) -> int:
    """Keep what was said; an earlier statement about the same network is replaced. Returns how many.

    One statement per 500 rows, each in a transaction of its own. `clicks`: CIDR -> what `taking_back` needs to take it
    back. ValueError for a company that is not named.
    """
    count, chunk = 0, {}
    for one in statements:
        if one.action == NetworkAction.COMPANY and one.company is None:
            raise ValueError(one.cidr)
        chunk[one.cidr] = one
        if len(chunk) == ROWS:
            count += _put(chunk, by=by, now=now, clicks=clicks or {})
            chunk = {}
    count += _put(chunk, by=by, now=now, clicks=clicks or {})
    forget()
    return count


def _put(chunk: dict[str, Statement], *, by, now: datetime, clicks: dict) -> int:
    rows = [
        CompanyNetwork(
            cidr=one.cidr,
            action=one.action.value,
            company=survivor_of(one.company) if one.action == NetworkAction.COMPANY else None,
            note=one.note[:200],
            created_at=now,
            changed_at=now,
            created_by=by,
            click=clicks.get(one.cidr),
        )
        for one in chunk.values()
    ]
    if rows:
        target = {"unique_fields": ["cidr"]} if connection.features.supports_update_conflicts_with_target else {}
        CompanyNetwork.objects.bulk_create(
            rows,
            batch_size=ROWS,
            update_conflicts=True,
            update_fields=["action", "company", "note", "changed_at", "created_by", "click"],
            **target,
        )
    return len(rows)


def drop_networks(pks: list[int]) -> list[str]:
    """Take statements back. Returns the networks they were about."""
    rows = CompanyNetwork.objects.filter(pk__in=pks)
    gone = list(rows.values_list("cidr", flat=True))
    rows.delete()
    forget()
    return gone


def written_networks(text: str) -> list[str]:
    """Normalised CIDRs out of what a person wrote. BadNetwork says what is wrong."""
    return [str(network) for network in parse_written_networks(text)]


# --- What holds now of the networks that were seen ------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Settled:
    """A seen network of which something else holds than before."""

    network: Network
    company_id: int | None
    #: Parts of it have statements of their own: visits that carry one stay as they are.
    has_parts: bool


def settle(cidrs: Iterable[str]) -> Iterable[Settled]:
    """After statements about `cidrs` were put or dropped: every seen network in them says what holds now.

    Yields each after it was written (one short transaction a network), so that its visits can follow.
    """
    forget()
    own = held().own
    parts = PrefixTable((network, True) for network in _narrow(own))
    changed = PrefixTable((ip_network(cidr), True) for cidr in cidrs)
    for pk, cidr in _seen(changed):
        settled = _settle_one(pk, ip_network(cidr), own, parts)
        if settled is not None:
            yield settled


def _narrow(own: PrefixTable) -> Iterable:
    """The seen networks (/24, /48) that hold statements about parts of themselves."""
    for network, _value in own.items():
        whole = 24 if network.version == 4 else 48
        if network.prefixlen > whole:
            yield network.supernet(new_prefix=whole)


def _seen(changed: PrefixTable) -> list[tuple[int, str]]:
    """(pk, cidr) of the seen networks that the changed ones touch: those inside, and those around a narrower one."""
    around = PrefixTable((network, True) for network in _narrow(changed))
    found = []
    for pk, cidr in Network.objects.values_list("pk", "cidr").iterator(chunk_size=2000):
        network = ip_network(cidr)
        inside = changed.find(network.network_address)
        if (inside and inside[0].prefixlen <= network.prefixlen) or around.find(network.network_address):
            found.append((pk, cidr))
    return found


def _settle_one(pk: int, cidr, own: PrefixTable, parts: PrefixTable) -> Settled | None:
    found = own.find_for(cidr)
    with transaction.atomic():
        row = Network.objects.select_for_update().filter(pk=pk).first()
        if row is None:
            return None
        without = _without_a_persons_word(row)
        _apply(row, without, (str(found[0]), found[1]) if found else None)
        row.save(update_fields=["kind", "name", "domain", "confidence", "reason", "evidence"])
    company_id = found[1].company_id if found else None
    return Settled(network=row, company_id=company_id, has_parts=parts.find(cidr.network_address) is not None)


def _without_a_persons_word(row: Network) -> dict:
    """What files and names say of it."""
    told = next((one for one in row.evidence if one.get("source") == OWN), None)
    if told is not None:
        return told.get("instead_of") or {}
    return {} if row.reason in SAID_BY_A_PERSON else verdict(row)


def _apply(row: Network, without: dict, said: tuple[str, OwnNetwork] | None) -> None:
    row.evidence = [one for one in row.evidence if one.get("source") != OWN]
    holds = {"kind": "none", "name": "", "domain": "", "confidence": 0, "reason": "unknown"} | without
    if said is not None:
        cidr, own = said
        row.evidence.insert(0, said_by_a_person(cidr, own, instead_of=holds))
        holds = _as_said(own, holds["kind"])
    row.kind, row.name, row.domain = holds["kind"], holds["name"][:200], holds["domain"][:253]
    row.confidence, row.reason = holds["confidence"], holds["reason"]


def _as_said(own: OwnNetwork, kind: str) -> dict:
    if own.action == NetworkAction.COMPANY:
        company = NetworkKind.COMPANY.value
        return {"kind": company, "name": own.name, "domain": own.domain, "confidence": 100, "reason": OWN}
    provider = NetworkKind.ISP.value if kind in (NetworkKind.COMPANY.value, NetworkKind.NONE.value) else kind
    return {"kind": provider, "name": "", "domain": "", "confidence": 0, "reason": own.action.value}
