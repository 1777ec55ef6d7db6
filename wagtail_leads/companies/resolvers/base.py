"""What answers "whose network is this?". A site may add its own: anything with this shape."""

from ipaddress import IPv4Address, IPv6Address
from typing import Protocol

from wagtail_leads.logic.company_guess import NetworkFacts


class Resolver(Protocol):
    """Answers at once (no network) and never raises: an unreadable source is an empty list and a line in the health."""

    #: Short, for logs and for "why do we think so?".
    name: str

    def lookup(self, ip: IPv4Address | IPv6Address) -> list[NetworkFacts]: ...
