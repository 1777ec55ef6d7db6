"""Who really asked? The client's address behind proxies, and what may be done with it.

REMOTE_ADDR is the only address that nobody can forge. A header is read only when that address belongs to a proxy we
were told to trust, and then from the right: each proxy appends the address it saw, so everything left of the first
stranger was written by the stranger. (django-ipware's own entry point believes any header by default and never checks
REMOTE_ADDR against its list: research/company-from-ip.md section 4.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

# The token parser of python-ipware (it comes with django-ipware): ports, brackets, quotes, RFC 7239 ``for=``, mapped
# and NAT64 addresses, each with upstream tests. Its decision which address to believe is not used.
from python_ipware.modern.parsers import forwarded_for, parse_ip

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: More hops than any real chain; the rest of a longer header is noise.
MAX_HOPS = 30
#: Longer headers are cut on the left, where the stranger writes.
MAX_HEADER = 4096

#: Python calls these global, or did before 3.12; nobody's office is there.
_NOT_A_PLACE = tuple(
    ip_network(text)
    for text in (
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "2002::/16",  # 6to4
        "2001::/32",  # Teredo
        "64:ff9b::/96",  # NAT64; the parser has taken the IPv4 address out of it before
        "fec0::/10",  # site-local, of old
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientAddress:
    #: None when nothing can be believed.
    ip: Address | None
    #: ``remote_addr``, ``header`` (a trusted proxy said so) or ``none``.
    source: str


def client_address(
    *, remote_addr: str, header: str | None, trusted: Sequence[Network], trust_unix_socket: bool = False
) -> ClientAddress:
    """The address of the first hop that we do not trust, seen from here.

    ``header`` is the value of the one configured header (several of the same name joined by commas), or None.
    With ``trust_unix_socket`` an empty REMOTE_ADDR counts as a trusted proxy on the same machine.
    """
    here = parse_address(remote_addr)
    if here is None and not (trust_unix_socket and not _text(remote_addr).strip()):
        return ClientAddress(ip=None, source="none")
    if here is not None and not is_in(here, trusted):
        return ClientAddress(ip=here, source="remote_addr")
    told = _first_stranger(_text(header), trusted)
    if told is None:
        return ClientAddress(ip=here, source="remote_addr" if here else "none")
    return ClientAddress(ip=told, source="header")


def parse_address(token: object) -> Address | None:
    """One address out of a header's token; None for anything else, scope ids included (they are free text)."""
    text = _text(token).strip()
    if not text or len(text) > 100 or "%" in text or "\x00" in text:
        return None
    return parse_ip(forwarded_for(text) if "=" in text else text)


def is_in(ip: Address, networks: Sequence[Network]) -> bool:
    return any(ip.version == network.version and ip in network for network in networks)


def parse_networks(texts: Sequence[str] | str) -> tuple[Network, ...]:
    """CIDRs (or single addresses) as networks. ValueError names the text that is none."""
    texts = [texts] if isinstance(texts, str) else texts
    return tuple(_unmapped(ip_network(str(text).strip(), strict=False)) for text in texts)


def truncate(ip: Address) -> str:
    """What we store: the /24 (IPv4) or /48 (IPv6) that the address is in, as its first address."""
    prefix = 24 if ip.version == 4 else 48
    return str(ip_network((int(ip), prefix) if ip.version == 4 else (ip.packed, prefix), strict=False).network_address)


def is_lookup_worthy(ip: Address) -> bool:
    """May a company sit at this address? Not for private, shared, multicast, documentation or tunnel addresses."""
    if ip.is_multicast or ip.is_reserved or ip.is_unspecified or is_in(ip, _NOT_A_PLACE):
        return False
    return ip.is_global


def _first_stranger(header: str, trusted: Sequence[Network]) -> Address | None:
    """From the right: skip trusted hops; a token that is no address ends the walk at the last verified hop."""
    verified = None
    # at every comma, quoted or not: a stranger's open quote must not swallow what our proxy appended behind it
    for token in reversed(header[-MAX_HEADER:].split(",")[-MAX_HOPS:]):
        hop = parse_address(token)
        if hop is None:
            return verified
        if not is_in(hop, trusted):
            return hop
        verified = hop
    return verified


def _unmapped(network: Network) -> Network:
    """``::ffff:10.0.0.0/104`` as IPv4, the form that hops are compared in."""
    if network.version == 6 and network.prefixlen >= 96 and (mapped := network.network_address.ipv4_mapped):
        return IPv4Network((int(mapped), network.prefixlen - 96))
    return network


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
