"""Is the client's address right? What an engineer should set when a proxy stands in front and is not trusted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wagtail_leads.logic.client_address import (
    ClientAddress,
    Network,
    client_address,
    is_in,
    is_lookup_worthy,
    parse_address,
)

#: Headers by which proxies tell the client's address, the usual ones first.
FORWARDING = ("X-Forwarded-For", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP", "Forwarded", "X-Client-IP")


@dataclass(frozen=True, kw_only=True)
class Advice:
    #: fine: nothing to do. Else what is wrong: untrusted_proxy (private address in front), unix_socket, other_header,
    #: no_header (a trusted proxy that tells nothing), unreadable_header (it tells what is no address), no_address
    #: (REMOTE_ADDR is none that can be used), perhaps_proxy (a public address with a header: a CDN or a liar).
    code: str
    #: The settings to add; empty where none helps.
    settings: dict = field(default_factory=dict)


def rule_of(client: ClientAddress, *, remote_addr: str, trusted: Sequence[Network]) -> str:
    """Which rule decided: stranger, header, proxy_itself, or nothing."""
    if client.ip is None:
        return "nothing"
    if client.source == "header":
        return "header"
    here = parse_address(remote_addr)
    return "proxy_itself" if here is not None and is_in(here, trusted) else "stranger"


def advise(
    *, remote_addr: str, headers: Mapping[str, str], trusted: Sequence[Network], header: str, trust_unix_socket: bool
) -> Advice:
    """`headers`: those of `FORWARDING` that the request has. `header` is the configured one."""
    here = parse_address(remote_addr)
    told = next((name for name in (header, *FORWARDING) if headers.get(name, "").strip()), "")
    is_trusted = is_in(here, trusted) if here is not None else trust_unix_socket and not remote_addr.strip()
    if is_trusted:
        if written := headers.get(header, "").strip():
            client = client_address(
                remote_addr=remote_addr, header=written, trusted=trusted, trust_unix_socket=trust_unix_socket
            )
            return Advice(code="fine" if client.source == "header" else "unreadable_header")
        return Advice(code="other_header", settings={"PROXY_HEADER": told}) if told else Advice(code="no_header")
    if here is None:
        if remote_addr.strip():
            return Advice(code="no_address")
        return Advice(code="unix_socket", settings={"TRUST_UNIX_SOCKET": True} | _named(told, header))
    if not told:
        return Advice(code="fine")
    if is_lookup_worthy(here):
        return Advice(code="perhaps_proxy", settings={"TRUSTED_PROXIES": [str(here)]} | _named(told, header))
    proxies = [str(here), *_private_hops(headers[told])]
    return Advice(
        code="untrusted_proxy", settings={"TRUSTED_PROXIES": list(dict.fromkeys(proxies))} | _named(told, header)
    )


def _named(told: str, header: str) -> dict:
    return {"PROXY_HEADER": told} if told and told != header else {}


def _private_hops(value: str) -> list[str]:
    """Proxies of one's own network that stand before the one in front: from the right, up to the first public address."""
    hops = []
    for token in reversed(value[-2000:].split(",")[1:][-10:]):
        ip = parse_address(token)
        if ip is None or is_lookup_worthy(ip):
            break
        hops.append(str(ip))
    return hops
