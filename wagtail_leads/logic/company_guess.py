"""Which company sits behind a network? A guess, with a confidence and the reason, never a certainty.

The files that answer have a dozen shapes (MaxMind, IPinfo, DB-IP; flat or nested); they are read by the keys they have,
not by the name they give themselves. The rules and their order: research/company-from-ip.md section 3.2.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from wagtail_leads.logic import known_networks
from wagtail_leads.logic.carrier_names import (
    is_a_carrier,
    is_a_known_provider,
    is_same_carrier,
    is_same_name,
    sounds_like_a_carrier,
    tokens,
)

#: Nothing that we store or show of such a record is longer.
_TEXT = 200


class NetworkKind(str, Enum):
    """What is known to be behind a network."""

    __str__ = str.__str__

    COMPANY = "company"
    ISP = "isp"
    HOSTING = "hosting"
    MOBILE = "mobile"
    VPN = "vpn"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkFacts:
    """What one file says of one network. Empty text and None mean: it does not say."""

    #: Whom the block was given to. In an ISP's file this is often the ISP.
    organisation: str = ""
    isp: str = ""
    #: Number of the autonomous system.
    asn: int | None = None
    as_organisation: str = ""
    as_domain: str = ""
    #: Lower case; never an ``.arpa`` name. Often the ISP's.
    domain: str = ""
    #: MaxMind's user_type or IPinfo's type, lower case: business, isp, hosting, education ...
    organisation_type: str = ""
    as_type: str = ""
    #: Lower case: corporate, cable/dsl, cellular, satellite, dialup.
    connection: str = ""
    #: Any of: vpn, tor, proxy, relay, anonymous, hosting, mobile.
    flags: frozenset[str] = frozenset()
    static_ip_score: float | None = None
    #: ISO 3166 alpha-2, upper case.
    country: str = ""
    #: The prefecture or state: its name in Japanese where the file has one, else in English.
    subdivision: str = ""
    #: The file is one that names companies (IPinfo's company file).
    names_companies: bool = False
    #: CIDR of the record.
    network: str = ""
    #: Which file or resolver said so.
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CompanyGuess:
    name: str = ""
    domain: str = ""
    country: str = ""
    subdivision: str = ""
    #: 0 to 100. Below the site's threshold no company is shown, only the label.
    confidence: int = 0
    #: Which rule spoke.
    reason: str = "unknown"
    #: Whose network it is, for display beside an unknown company ("So-net").
    label: str = ""
    network: str = ""
    kind: NetworkKind = NetworkKind.NONE
    asn: int | None = None
    #: A person said that this network is our own: its visits are left out.
    is_ignored: bool = False
    #: What each source said, for "why?": dicts of "source", "says", and where it has them "name", "confidence", "reason".
    evidence: tuple = ()


# --- From a record to facts -----------------------------------------------------------------------------------------

#: What a file can be said to be in the settings, where its keys alone mislead.
FILE_KINDS = ("company", "isp", "asn", "carrier", "city")
_FLAG_KEYS = {
    "vpn": ("is_anonymous_vpn", "is_vpn", "vpn"),
    "tor": ("is_tor_exit_node", "is_tor", "tor"),
    "proxy": ("is_public_proxy", "is_residential_proxy", "is_legitimate_proxy", "is_proxy", "proxy"),
    "relay": ("is_relay", "relay"),
    "anonymous": ("is_anonymous",),
    "hosting": ("is_hosting_provider", "is_hosting", "hosting"),
    "mobile": ("is_mobile", "mobile"),
}
_MOBILE_CODES = ("mobile_country_code", "mobile_network_code", "mcc", "mnc")


def facts_from_record(record: object, kind: str | None, network: str) -> NetworkFacts:
    """Facts out of one record, whatever its shape; an unreadable one gives empty facts.

    ``kind`` is one of `FILE_KINDS` and then holds, or the file's database_type, which only decides where the keys are
    ambiguous. ``network`` is the record's CIDR.
    """
    if not isinstance(record, Mapping):
        return NetworkFacts(network=_text(network))
    if _word(kind) == "city":
        return NetworkFacts(country=_country(record), subdivision=_subdivision(record), network=_text(network))
    flat = {**record, **_mapping(record.get("traits"))}
    facts = NetworkFacts(
        asn=_number(flat.get("autonomous_system_number") or flat.get("asn")),
        organisation=_text(flat.get("organization")),
        isp=_text(flat.get("isp") or flat.get("carrier")),
        as_organisation=_text(flat.get("autonomous_system_organization") or flat.get("as_name")),
        as_domain=_domain(flat.get("as_domain")),
        domain=_domain(flat.get("domain")),
        organisation_type=_word(flat.get("user_type") or flat.get("type")),
        as_type=_word(flat.get("as_type")),
        connection=_word(flat.get("connection_type")),
        flags=_flags(flat, _word(kind)),
        static_ip_score=_float(flat.get("static_ip_score", flat.get("score"))),
        country=_country(record),
        subdivision=_subdivision(record),
        network=_text(network),
    )
    return _with_the_name(facts, flat, _word(kind))


def _with_the_name(facts: NetworkFacts, flat: Mapping, kind: str) -> NetworkFacts:
    """``name``, ``domain`` and ``type`` mean the company in one file, the AS in another, a carrier in a third."""
    name = _text(flat.get("name"))
    if kind == "company":
        return replace(facts, organisation=name or facts.organisation, names_companies=True)
    if kind == "asn":
        return _as_operator(facts, name or facts.as_organisation or facts.isp or facts.organisation)
    if kind == "carrier":
        return replace(facts, isp=name or facts.isp, flags=facts.flags | {"mobile"})
    if not name:
        return facts
    if kind == "isp":
        return replace(facts, isp=facts.isp or name)
    if "carrier" in kind or any(code in flat for code in _MOBILE_CODES):
        return replace(facts, isp=name, flags=facts.flags | {"mobile"})
    if "company" in kind or "as_name" in flat:
        return replace(facts, organisation=name, names_companies=True)
    if "asn" in flat or "asn" in kind:
        return _as_operator(facts, name)
    return replace(facts, organisation=name)


def _as_operator(facts: NetworkFacts, name: str) -> NetworkFacts:
    return replace(
        facts,
        organisation="",
        isp="",
        as_organisation=name,
        as_domain=facts.domain or facts.as_domain,
        domain="",
        as_type=facts.organisation_type or facts.as_type,
        organisation_type="",
    )


def _flags(flat: Mapping, kind: str) -> frozenset[str]:
    found = {flag for flag, keys in _FLAG_KEYS.items() if any(_true(flat.get(key)) for key in keys)}
    if any(flat.get(key) and (_text(flat[key]) or _number(flat[key])) for key in _MOBILE_CODES):
        found.add("mobile")
    # files of residential proxies have no flag: that an address is in them says it
    if "percent_days_seen" in flat or ("residential-proxy" in kind and flat.get("provider_name")):
        found.add("proxy")
    elif flat.get("anonymizer_confidence"):
        found.add("anonymous")
    return frozenset(found)


def _country(record: Mapping) -> str:
    """``country`` is a code, a name or a nested record, as the file likes it; a name alone is no code."""
    candidates = (
        _mapping(record.get("country")).get("iso_code"),
        record.get("country_code"),
        record.get("country"),
        record.get("cc"),
        _mapping(record.get("registered_country")).get("iso_code"),
    )
    codes = (_text(candidate) for candidate in candidates)
    return next((code.upper() for code in codes if len(code) == 2 and code.isascii() and code.isalpha()), "")


def _subdivision(record: Mapping) -> str:
    divisions = record.get("subdivisions")
    first = divisions[0] if isinstance(divisions, list | tuple) and divisions else None
    names = _mapping(_mapping(first).get("names"))
    return (
        _text(names.get("ja")) or _text(names.get("en")) or _text(record.get("region")) or _text(record.get("state1"))
    )


def _mapping(value: object) -> Mapping:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    if not isinstance(value, str):
        return ""
    text = value[: _TEXT * 2]
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in text)
    return " ".join(text.split())[:_TEXT]


def _word(value: object) -> str:
    return _text(value).lower()


def _domain(value: object) -> str:
    domain = _word(value).strip(".")
    return "" if domain.endswith("arpa") or "." not in domain or " " in domain else domain


def _number(value: object) -> int | None:
    """``13335``, ``"13335"`` and ``"AS13335"``; never a bool."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if 0 < value < 2**32 else None
    digits = _text(value).upper().removeprefix("AS")
    return int(digits) if digits.isascii() and digits.isdigit() and 0 < len(digits) <= 10 else None


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9 else None


def _true(value: object) -> bool:
    """Real booleans, 1, and the texts of older files: "true"."""
    if value is None:
        return False
    return value is True or (value == 1 and isinstance(value, int)) or _word(value) in ("true", "1", "yes")


# --- From facts to a guess ------------------------------------------------------------------------------------------


def guess(facts: Sequence[NetworkFacts]) -> CompanyGuess:
    """The first rule that has something to say decides; what it says is completed with label, network and country."""
    merged = merge(facts)
    return replace(
        _verdict(merged),
        label=label_of(merged),
        country=merged.country,
        subdivision=merged.subdivision,
        network=merged.network,
        asn=merged.asn,
        evidence=tuple(line for one in facts if (line := evidence_line(one))),
    )


def _verdict(facts: NetworkFacts) -> CompanyGuess:
    return next((found for rule in RULES if (found := rule(facts))), CompanyGuess())


def label_of(facts: NetworkFacts) -> str:
    """Whose network it is, as the file writes it; some files know only the number."""
    operator = facts.isp or facts.as_organisation or facts.organisation
    return operator or known_networks.CALLED.get(facts.asn or 0, "") or (f"AS{facts.asn}" if facts.asn else "")


def evidence_line(facts: NetworkFacts) -> dict | None:
    """What one source says by itself, and what the rules make of that alone; None when it says nothing."""
    operator = facts.isp or facts.as_organisation
    number = f"AS{facts.asn}" if facts.asn else ""
    place = " ".join(part for part in (facts.country, facts.subdivision) if part)
    says = [
        facts.organisation,
        operator if operator != facts.organisation else "",
        number,
        facts.domain,
        facts.connection,
    ]
    says += [facts.organisation_type or facts.as_type, ", ".join(sorted(facts.flags)), place]
    text = " · ".join(part for part in says if part)
    if not text:
        return None
    found = _verdict(facts)
    line = {"source": facts.source, "says": text[: _TEXT * 2], "reason": found.reason}
    return line | ({"name": found.name, "confidence": found.confidence} if found.name else {})


def merge(facts: Sequence[NetworkFacts]) -> NetworkFacts:
    """Several files' facts as one: of each field the first that says something, files that name companies first.

    Flags add up. The network is the narrowest: the answer must not be used for more addresses than it was given for.
    """
    if not facts:
        return NetworkFacts()
    ordered = sorted(facts, key=lambda one: not one.names_companies)
    names = ("organisation", "isp", "asn", "as_organisation", "as_domain", "domain", "organisation_type", "as_type")
    names += ("connection", "static_ip_score", "country", "subdivision")
    first = {name: next((v for one in ordered if (v := getattr(one, name)) not in ("", None)), None) for name in names}
    return NetworkFacts(
        **{name: value for name, value in first.items() if value is not None},
        flags=frozenset().union(*(one.flags for one in facts)),
        names_companies=ordered[0].names_companies,
        network=max((one.network for one in facts), key=_prefix_length),
    )


def hidden_behind_an_anonymiser(facts: NetworkFacts) -> CompanyGuess | None:
    """Rule 3. IPinfo's and MaxMind's hosting flag comes with "anonymous": alone that is rule 4."""
    flags = facts.flags & {"vpn", "tor", "proxy", "relay"}
    if facts.organisation_type == "consumer_privacy_network" or (facts.asn in known_networks.RELAYS and not flags):
        flags |= {"relay"}
    if not flags and ("anonymous" not in facts.flags or "hosting" in facts.flags):
        return None
    reason = next((flag for flag in ("tor", "vpn", "proxy", "relay") if flag in flags), "anonymous")
    return CompanyGuess(kind=NetworkKind.VPN, reason=reason)


def a_machine_in_a_data_centre(facts: NetworkFacts) -> CompanyGuess | None:
    """Rule 4."""
    types = {"hosting", "content_delivery_network", "search_engine_spider"}
    if "hosting" in facts.flags or facts.organisation_type in types:
        return CompanyGuess(kind=NetworkKind.HOSTING, reason="hosting")
    rented = facts.as_type == "hosting" or facts.asn in known_networks.HOSTING
    if rented and facts.organisation_type not in _EMPLOYERS:
        return CompanyGuess(kind=NetworkKind.HOSTING, reason="hosting")
    return None


def a_telephone(facts: NetworkFacts) -> CompanyGuess | None:
    """Rule 5."""
    if (
        facts.asn in known_networks.MOBILE
        or "mobile" in facts.flags
        or facts.connection == "cellular"
        or facts.organisation_type == "cellular"
    ):
        return CompanyGuess(kind=NetworkKind.MOBILE, reason="mobile")
    return None


#: Types that speak of an organisation with people at desks.
_EMPLOYERS = frozenset("business education government college school university military library".split())


def named_by_a_company_file(facts: NetworkFacts) -> CompanyGuess | None:
    """Rule 6. The same domain as the network's operator: perhaps only the operator."""
    if not facts.names_companies or not facts.organisation:
        return None
    if facts.organisation_type not in _EMPLOYERS or _is_the_provider(facts):
        return CompanyGuess(kind=NetworkKind.ISP, reason="company_file_isp")
    own_network = bool(facts.domain) and facts.domain == facts.as_domain
    return CompanyGuess(
        kind=NetworkKind.COMPANY,
        name=facts.organisation,
        domain=facts.domain,
        confidence=75 if own_network else 85,
        reason="company_file_own_network" if own_network else "company_file",
    )


def _is_the_provider(facts: NetworkFacts) -> bool:
    """ "business" is said of access providers too: of their own offices, and of the lines they let."""
    if is_a_known_provider(facts.organisation):
        return True
    if facts.as_type != "isp" or facts.organisation_type != "business":
        return False
    own_domain = bool(facts.domain) and facts.domain == facts.as_domain
    return own_domain or bool(facts.as_organisation and is_same_carrier(facts.organisation, facts.as_organisation))


def named_by_an_isp_file(facts: NetworkFacts) -> CompanyGuess | None:
    """Rule 7. The block was given to somebody who is not the carrier."""
    name = facts.organisation
    carriers = [carrier for carrier in (facts.isp, facts.as_organisation) if carrier]
    if facts.names_companies or not name:
        return None
    if not carriers or _is_a_carriers_name(name, carriers, facts):
        return None
    confidence = 55 + sum(weight for applies, weight in _WEIGHTS if applies(facts))
    return CompanyGuess(
        kind=NetworkKind.COMPANY,
        name=name,
        domain=_domain_of_the_company(facts),
        confidence=max(0, min(100, confidence)),
        reason="isp_file_residential" if facts.organisation_type == "residential" else "isp_file",
    )


def _is_a_carriers_name(name: str, carriers: Sequence[str], facts: NetworkFacts) -> bool:
    """A word is enough, or the same beginning; unless the file says twice that people work there."""
    if facts.organisation_type in _EMPLOYERS and facts.connection == "corporate":
        return is_a_carrier(name) or any(is_same_carrier(name, carrier) for carrier in carriers)
    return sounds_like_a_carrier(name) or any(is_same_name(name, carrier) for carrier in carriers)


_WEIGHTS: tuple[tuple[Callable[[NetworkFacts], bool], int], ...] = (
    (lambda facts: facts.connection == "corporate", 20),
    (lambda facts: facts.organisation_type in _EMPLOYERS, 10),
    (lambda facts: (facts.static_ip_score or 0) >= 20, 5),
    (lambda facts: facts.organisation_type in ("residential", "cafe", "traveler", "dialup"), -30),
)


def an_organisation_with_a_network_of_its_own(facts: NetworkFacts) -> CompanyGuess | None:
    """Rule 10, first half: the operator itself is a university, an authority or a firm, says the file or its name."""
    name = facts.as_organisation
    typed = facts.as_type in _EMPLOYERS
    if not name or (is_a_carrier(name) if typed else sounds_like_a_carrier(name)):
        return None
    if typed or _PUBLIC_BODY.search(name):
        return CompanyGuess(
            kind=NetworkKind.COMPANY,
            name=name,
            domain=facts.as_domain,
            confidence=70,
            reason="own_network_type" if typed else "own_network_name",
        )
    return None


def only_the_operator_is_known(facts: NetworkFacts) -> CompanyGuess | None:
    """Rule 10, second half: with free files this is the usual answer. It names a network, not a company."""
    if not (facts.as_organisation or facts.isp or facts.organisation or facts.asn):
        return None
    return CompanyGuess(kind=NetworkKind.ISP, confidence=20, reason="network_only")


RULES: tuple[Callable[[NetworkFacts], CompanyGuess | None], ...] = (
    hidden_behind_an_anonymiser,
    a_machine_in_a_data_centre,
    a_telephone,
    named_by_a_company_file,
    named_by_an_isp_file,
    an_organisation_with_a_network_of_its_own,
    only_the_operator_is_known,
)

#: Words of those who run a network for themselves.
_PUBLIC_BODY = re.compile(
    r"\b(?:universit\w*|college|institute of technology|polytechnic|hochschule|school district|academy|"
    r"ministry|government|parliament|city of|county of|state of|prefectur\w*|municipal\w*|hospital)\b|"
    r"大学|県庁|市役所|病院",
    re.I,
)


def _domain_of_the_company(facts: NetworkFacts) -> str:
    """The domain of an ISP's file is mostly the ISP's; believed only when it looks like the organisation's name."""
    if not facts.domain or facts.domain == facts.as_domain:
        return ""
    label = re.sub(r"\W|_", "", facts.domain.split(".")[0])
    words = tokens(facts.organisation)
    return facts.domain if len(label) > 2 and words and ("".join(words).startswith(label) or words[0] in label) else ""


def _prefix_length(network: str) -> int:
    length = network.rpartition("/")[2]
    return int(length) if length.isascii() and length.isdigit() and len(length) < 4 else -1
