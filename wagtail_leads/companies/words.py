"""Why a company was guessed, in words for people who sell; and where evidence comes from."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

#: Why a visit's company is known: it is the person's own, not a guess by network (`tracking.placing`).
OWN_COMPANY = "lead"
GUESS_REASONS = {
    OWN_COMPANY: _("from the lead's own address or form"),
    "own_network": _("a colleague said so of this network"),
    "never": _("a colleague said: never a company"),
    "ignore": _("a colleague said: our own, left out"),
    "company_file": _("the network is registered to this company"),
    "company_file_own_network": _("the company runs this network itself"),
    "company_file_isp": _("the network is an access provider's"),
    "isp_file": _("the provider gave this network to the company"),
    "isp_file_residential": _("the provider names the company, but the line looks private"),
    "own_network_type": _("the organisation runs this network itself"),
    "own_network_name": _("the network carries the organisation's name"),
    "ptr": _("the address's name in the DNS is the company's"),
    "ptr_neighbours": _("neighbouring addresses carry the company's name"),
    "ptr_neighbour": _("a neighbouring address carries this name; that alone says nothing"),
    "network_only": _("only the provider is known"),
    "hosting": _("a data centre: a machine, or somebody behind a VPN"),
    "mobile": _("a mobile telephone"),
    "vpn": _("hidden behind a VPN"),
    "tor": _("hidden behind Tor"),
    "proxy": _("hidden behind a proxy"),
    "relay": _("hidden behind a relay or a security gateway"),
    "anonymous": _("hidden on purpose"),
    "unknown": _("nothing is known of this network"),
    "": _("nothing is known of this network"),
}
SOURCES = {
    "own_network": _("own networks"),
    "reverse_dns": _("reverse DNS"),
}


def guess_reason(code: str) -> str:
    return str(GUESS_REASONS.get(code, code))


def source(code: str) -> str:
    """Where a line of evidence comes from; files are called as they call themselves."""
    return str(SOURCES.get(code, code or gettext("unnamed source")))


def sureness(confidence: int) -> str:
    """A percentage for people: nobody is 85 % sure, but "quite sure" is understood."""
    if confidence >= 95:
        return gettext("sure")
    if confidence >= 75:
        return gettext("quite sure")
    return gettext("probably") if confidence >= 60 else gettext("unsure")
