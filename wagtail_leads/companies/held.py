"""What people and the reverse DNS said of networks, held in the process: a look-up asks no database.

Looked at anew every two seconds at the most; what has not changed is not read again.
"""

import hashlib
import hmac
import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_network

from django.db.models import Count, Max
from django.db.models.functions import Coalesce

from wagtail_leads import conf
from wagtail_leads.companies.models import CompanyNetwork, Network
from wagtail_leads.logic.client_address import Address
from wagtail_leads.logic.kinds import NetworkAction
from wagtail_leads.logic.networks import PrefixTable, seen_network

logger = logging.getLogger(__name__)

#: Seconds between two looks at the database.
CHECK_SECONDS = 2.0
#: A process whose clock is behind may write an earlier time than one that was read before.
OVERLAP = timedelta(minutes=1)
#: Source and reason of what the reverse DNS said.
REVERSE_DNS = "reverse_dns"
PTR = "ptr"
#: Reason of an answer that is a person's own: of a company, and of what is none.
OWN = "own_network"
SAID_BY_A_PERSON = (OWN, NetworkAction.NEVER.value, NetworkAction.IGNORE.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnNetwork:
    """What a person said of a network."""

    action: NetworkAction
    #: The living company's, where the action names one.
    company_id: int | None = None
    name: str = ""
    domain: str = ""
    note: str = ""


@dataclass(kw_only=True)
class Held:
    own: PrefixTable[OwnNetwork] = field(default_factory=PrefixTable)
    #: By /24 or /48, and the row's key: the evidence of the reverse DNS, an entry for each address with a company's name.
    names: dict[str, dict[int, tuple[dict, ...]]] = field(default_factory=dict)
    #: Another number: earlier answers no longer hold.
    generation: int = 0
    own_stamp: tuple | None = None
    names_until: datetime | None = None


_held = Held()
_lock = threading.Lock()
_next_check = float("-inf")


def held() -> Held:
    """The present state; looks at the database when it is time. Never raises: a database that is away changes nothing."""
    global _next_check
    if time.monotonic() >= _next_check and _lock.acquire(blocking=False):
        try:
            _next_check = time.monotonic() + CHECK_SECONDS
            _refresh()
        except Exception as error:  # a public door: the visit counts, also without
            logger.warning("Own networks could not be read: %s", error)
        finally:
            _lock.release()
    return _held


def held_now() -> Held:
    """The state as it is, without a look at the database."""
    return _held


def forget() -> None:
    """The next look reads anew (after a change in this process)."""
    global _next_check
    _next_check = float("-inf")


def start_anew() -> None:
    """Nothing is held any more (tests: the database was rolled back)."""
    global _held
    _held = Held(generation=_held.generation + 1)
    forget()


def _refresh() -> None:
    stamp = tuple(CompanyNetwork.objects.aggregate(n=Count("pk"), at=Max("changed_at"), pk=Max("pk")).values())
    if stamp != _held.own_stamp:
        _held.own, _held.own_stamp = PrefixTable(_own_networks()), stamp
        _held.generation += 1
    _read_names()


def _own_networks() -> Iterable[tuple]:
    rows = CompanyNetwork.objects.values_list(
        "cidr",
        "action",
        "note",
        Coalesce("company__merged_into_id", "company_id"),
        Coalesce("company__merged_into__name", "company__name"),
        Coalesce("company__merged_into__domain", "company__domain"),
    )
    for cidr, action, note, pk, name, domain in rows.iterator(chunk_size=2000):
        try:
            own = OwnNetwork(
                action=NetworkAction(action), company_id=pk, name=name or "", domain=domain or "", note=note
            )
            yield ip_network(cidr), own
        except ValueError:  # written past our forms: one row must not silence the others
            logger.warning("Own network %r is none", cidr)


def _read_names() -> None:
    """Only what was answered since the last look: the table grows with the visits."""
    latest = Network.objects.filter(ptr_at__isnull=False).aggregate(at=Max("ptr_at"))["at"]
    if latest == _held.names_until:
        return
    rows = Network.objects.filter(reason=PTR)
    if _held.names_until is not None:
        rows = rows.filter(ptr_at__gte=_held.names_until - OVERLAP)
    for pk, cidr, evidence in rows.values_list("pk", "cidr", "evidence").iterator(chunk_size=2000):
        told = tuple(one for one in evidence if one.get("source") == REVERSE_DNS and one.get("name"))
        _held.names.setdefault(cidr, {})[pk] = told
    _held.names_until = latest
    _held.generation += 1


# --- What the reverse DNS said --------------------------------------------------------------------------------------


def address_key(ip: Address) -> str:
    """Tells an address from its neighbours, and says nothing without our secret: the address itself is not kept."""
    return hmac.new(conf.secrets()[0], str(ip).encode(), hashlib.sha256).hexdigest()[:12]


def named_by_reverse_dns(ip: Address, names: dict[str, dict[int, tuple[dict, ...]]]) -> dict | None:
    """The evidence that holds for this address; None without any.

    A /48 (IPv6) is one customer's. In a /24 (IPv4) neighbours may be strangers: the name is the address's own, or
    that of two other addresses, when no third name is there.
    """
    rows = names.get(str(seen_network(ip)))
    told = [one for row in rows.values() for one in row] if rows else []
    if not told:
        return None
    if ip.version == 6:
        return told[-1]
    key = address_key(ip)
    if own := next((one for one in told if one.get("key") == key), None):
        return own
    if len(told) > 1 and len({one["name"] for one in told}) == 1:
        return {**told[0], "confidence": max(told[0].get("confidence", 0) - 10, 0), "reason": "ptr_neighbours"}
    return {"source": REVERSE_DNS, "says": told[0]["says"], "reason": "ptr_neighbour"}
