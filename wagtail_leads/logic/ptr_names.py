"""Is a host name of the reverse DNS a company's own? Rule 8 of research/company-from-ip.md section 3.2.

Access providers name their customers' lines by the address (``p203-0-113-9.flets.example.ne.jp``); a company that looks
after its own network writes its own domain there.
"""

import re
from dataclasses import dataclass

from wagtail_leads.logic.addresses import is_free_mail, is_reserved, registrable_domain
from wagtail_leads.logic.client_address import Address

#: Registered to one organisation each, by the rules of the registry.
_ONE_ORGANISATION = re.compile(r"\.(?:co|ac|go|lg|or|ed)\.jp$")
#: For networks and their operators.
_FOR_NETWORKS = re.compile(r"\.(?:ne|ad)\.jp$|\.net\.[a-z]{2}$")
#: Parts of host names that stand for a line, not for an owner.
_LINE = re.compile(
    r"(?:^|[.\-_\d])(?:a?dsl|bbtec|broadband|cable|catv|cgn|client|cpe|cust(?:omer)?s?|dhcp|dial(?:in|up)?|dyn(?:amic)?|"
    r"fibre|fiber|flets|ftth|home|ip(?:v?[46])?|ipngn\w*|lease|mobile|nat64|pool|ppp(?:oe)?|res(?:idential)?|rev(?:erse)?|"
    r"static|subscribers?|unassigned|unknown|unused|users?|wifi|wimax|wlan)(?=$|[.\-_\d])"
)
#: Operators whose domain is under an ordinary ending. Access, telephones, hosting, gateways.
_OPERATORS = frozenset(
    """
    bbtec.net infoweb.ne.jp mesh.ad.jp vectant.ne.jp ucom.ne.jp nttpc.ne.jp spmode.ne.jp panda-world.ne.jp au-net.ne.jp
    bmobile.ne.jp openmobile.ne.jp access-internet.ne.jp mineo.jp uqwimax.jp enabler.ne.jp gmobb.jp transix.jp v6plus.jp
    xpass.jp interlink.or.jp asahi-net.or.jp plala.or.jp tcp-ip.or.jp wakwak.com commufa.jp kcn-tv.ne.jp jcom.ne.jp
    comcast.net verizon.net verizon.com rr.com spectrum.com charter.com cox.net att.net sbcglobal.net bellsouth.net
    centurylink.net qwest.net frontiernet.net windstream.net optonline.net tmodns.net myvzw.com sprint.com
    btcentralplus.com bt.com sky.com virginm.net talktalk.net plus.net t-ipconnect.de telekom.de vodafone.com
    vodafone-ip.de arcor-ip.net unitymediagroup.de wanadoo.fr sfr.net proxad.net telecomitalia.it tiscali.it telefonica.es
    hinet.net seed.net.tw kornet.net chinaunicom.com chinatelecom.com telstra.net optusnet.com.au
    amazonaws.com amazon.com compute.internal googleusercontent.com 1e100.net google.com googlebot.com azure.com
    cloudapp.net cloudapp.azure.com microsoft.com oraclecloud.com oraclevcn.com linode.com linodeusercontent.com vultr.com
    vultrusercontent.com digitalocean.com your-server.de hetzner.com ovh.net ovh.ca kimsufi.com scaleway.com
    poneytelecom.eu contabo.net contaboserver.net leaseweb.net leaseweb.com softlayer.com rackspace.com
    hostgator.com bluehost.com dreamhost.com secureserver.net godaddy.com hostinger.com ionos.com 1and1.com kundenserver.de
    akamai.com akamaitechnologies.com akamaiedge.net fastly.net cloudflare.com zscaler.com zscaler.net netskope.com
    sakura.ad.jp sakura.ne.jp xserver.jp lolipop.jp heteml.net conoha.jp gmo-access.jp kagoya.net cpi.ad.jp
    """.split()
)
_OPERATORS_WORD = re.compile(r"telecom|telekom|broadband|hosting|datacent|-isp|isp-|vps|wireless|satellite|cablenet")


@dataclass(frozen=True, kw_only=True, slots=True)
class HostVerdict:
    #: The company's domain; '' when the name is a line's or an operator's.
    domain: str = ""
    confidence: int = 0
    #: What may be kept of the name: all of a company's, of others only the domain – a line's name holds its address.
    shown: str = ""


def company_behind_host(host: str, ip: Address) -> HostVerdict:
    """Whose is the name? The caller has seen that it leads back to the address."""
    name = host.strip().strip(".").lower() if isinstance(host, str) else ""
    domain = registrable_domain(name)
    if not domain or not re.fullmatch(r"[a-z0-9._-]{1,253}", name) or domain.endswith(".arpa"):
        return HostVerdict()
    nobody = HostVerdict(shown=f"*.{domain}"[:253])
    if is_reserved(domain) or is_operators(domain) or names_a_line(name, domain, ip):
        return nobody
    bonus = 10 if _ONE_ORGANISATION.search(domain) else 0
    return HostVerdict(domain=domain, confidence=70 + bonus, shown=name)


def is_operators(domain: str) -> bool:
    """A domain of an access provider, a data centre or a mail provider."""
    if _FOR_NETWORKS.search(domain) or is_free_mail(domain):
        return True
    labels = domain.split(".")
    return any(".".join(labels[at:]) in _OPERATORS for at in range(len(labels))) or bool(
        _OPERATORS_WORD.search(labels[0])
    )


def names_a_line(name: str, domain: str, ip: Address) -> bool:
    """Does the host's part before the domain hold the address, or a word for a line?"""
    host = name.removesuffix(domain).rstrip(".")
    if not host:
        return False
    return bool(_LINE.search(host)) or holds_the_address(host, ip)


def holds_the_address(host: str, ip: Address) -> bool:
    """In decimal or hex, forwards or backwards, with zeros or without, whole or most of it."""
    packed = re.sub(r"[^0-9a-f]", "", host)
    if ip.version == 6:
        whole = ip.packed.hex()
        groups = [f"{int(whole[at : at + 4], 16):x}" for at in range(0, 32, 4)]
        tokens = re.findall(r"[0-9a-f]+", host)
        if any(tokens[at : at + 3] in (groups[n : n + 3] for n in range(6)) for at in range(len(tokens) - 2)):
            return True
        return any(whole[at : at + 8] in packed and whole[at : at + 8] != "0" * 8 for at in range(0, 25, 4))
    octets = list(ip.packed)
    forms = [octets, octets[::-1]]
    if any("".join(f"{octet:03d}" for octet in form) in packed for form in forms):
        return True
    if any("".join(f"{octet:02x}" for octet in form) in packed for form in forms) or str(int(ip)) in packed:
        return True
    numbers = [int(number) for number in re.findall(r"\d+", host) if len(number) <= 4]
    pairs = list(zip(numbers, numbers[1:], strict=False))
    # one number may be chance (host9 at .9); the last two octets side by side are none
    return sum(octet in numbers for octet in octets) >= 3 or any(
        pair in ((octets[2], octets[3]), (octets[3], octets[2])) for pair in pairs
    )
