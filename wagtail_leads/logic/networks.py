"""Networks as people write them, and the longest prefix that an address is in.

A dict for each prefix length answers about 100,000 addresses a second among 50,000 networks, without a dependency
(measured: research/company-from-ip.md section 3.4).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network, summarize_address_range
from typing import Generic, TypeVar

from wagtail_leads.logic.client_address import Address, Network, parse_networks

Value = TypeVar("Value")

#: Wider networks belong to nobody that a person could name.
WIDEST = {4: 8, 6: 16}
#: A range that falls into more pieces than this was not meant.
MOST_PIECES = 32
_DASHES = re.compile(r"[‐‑‒–—―−─ー～〜~]")


class BadNetwork(ValueError):
    """The text names no network that can be kept."""


class NotANetwork(BadNetwork):
    """No address, range or CIDR."""


class TooWide(BadNetwork):
    """Wider than /8 (IPv4) or /16 (IPv6)."""


class PrefixTable(Generic[Value]):
    """Values by network; an address gets that of the narrowest network it is in."""

    def __init__(self, entries: Iterable[tuple[Network, Value]] = ()) -> None:
        self._tables: dict[int, dict[int, dict[int, tuple[Network, Value]]]] = {4: {}, 6: {}}
        for network, value in entries:
            by_length = self._tables[network.version].setdefault(network.prefixlen, {})
            by_length[int(network.network_address)] = (network, value)
        #: The lengths that occur, longest first, with the mask of each.
        self._lengths = {
            version: [(_mask(version, length), tables[length]) for length in sorted(tables, reverse=True)]
            for version, tables in self._tables.items()
        }

    def __len__(self) -> int:
        return sum(len(table) for tables in self._tables.values() for table in tables.values())

    def items(self) -> Iterator[tuple[Network, Value]]:
        for tables in self._tables.values():
            for table in tables.values():
                yield from table.values()

    def find(self, ip: Address) -> tuple[Network, Value] | None:
        number = int(ip)
        for mask, table in self._lengths[ip.version]:
            if found := table.get(number & mask):
                return found
        return None

    def find_for(self, network: Network) -> tuple[Network, Value] | None:
        """What holds for all of a network: the narrowest that contains it, not one that is inside it."""
        number = int(network.network_address)
        for mask, table in self._lengths[network.version]:
            found = table.get(number & mask)
            if found and found[0].prefixlen <= network.prefixlen:
                return found
        return None


def _mask(version: int, length: int) -> int:
    bits = 32 if version == 4 else 128
    return ((1 << length) - 1) << (bits - length)


def plain_address(ip: Address) -> Address:
    """``::ffff:203.0.113.9`` is 203.0.113.9; a scope id goes."""
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return ip.ipv4_mapped
        if ip.scope_id is not None:
            return IPv6Address(int(ip))
    return ip


def parse_written_networks(text: str) -> tuple[Network, ...]:
    """Networks out of "203.0.113.0/24", "203.0.113.9", "203.0.113.10-203.0.113.20", "203.0.113.10-20".

    Full-width digits and all kinds of dashes are read. Host bits are cleared. BadNetwork says what is wrong.
    """
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text or "")).replace(" ", "")
    if len(plain) > 100 or "%" in plain:
        raise NotANetwork(text)
    networks = _of_range(plain) if "-" in plain else _of_cidr(plain)
    for network in networks:
        if network.prefixlen < WIDEST[network.version]:
            raise TooWide(text)
    return networks


def _of_cidr(text: str) -> tuple[Network, ...]:
    try:
        return parse_networks(text)
    except ValueError as error:
        raise NotANetwork(text) from error


def _of_range(text: str) -> tuple[Network, ...]:
    first_text, _dash, last_text = text.partition("-")
    if last_text.isdigit() and first_text.count(".") == 3:
        last_text = first_text.rpartition(".")[0] + "." + last_text
    try:
        first, last = plain_address(ip_address(first_text)), plain_address(ip_address(last_text))
        pieces = tuple(summarize_address_range(first, last)) if first.version == last.version else ()
    except (ValueError, TypeError) as error:
        raise NotANetwork(text) from error
    if not pieces or len(pieces) > MOST_PIECES:
        raise NotANetwork(text)
    return pieces


def seen_network(ip: Address) -> Network:
    """The /24 or /48 that we keep of an address."""
    return ip_network((int(ip), 24) if isinstance(ip, IPv4Address) else (ip.packed, 48), strict=False)


def network_range(cidr: str) -> tuple[str, str]:
    """First and last address in words, for people who do not read CIDR."""
    network = ip_network(cidr)
    return str(network[0]), str(network[-1])
