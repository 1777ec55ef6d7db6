"""Records as the vendors' sample files have them -> a company, or a network's label, and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_leads.logic.company_guess import CompanyGuess, NetworkFacts, NetworkKind, facts_from_record, guess, merge

IPINFO_COMPANY = {
    "name": "i2ts,inc.", "domain": "i2ts.ne.jp", "type": "business", "asn": "AS2519", "as_name": "ARTERIA Networks",
    "as_domain": "arteria-net.com", "as_type": "isp", "country": "JP",
}  # fmt: skip
ENTERPRISE = {
    "traits": {
        "organization": "Lariat Software", "isp": "Century Link", "user_type": "government",
        "connection_type": "Cable/DSL", "autonomous_system_number": 209, "domain": "centurylink.net",
        "autonomous_system_organization": "Century Link", "static_ip_score": 0.9,
    },
    "country": {"iso_code": "US"},
    "subdivisions": [{"names": {"en": "Washington", "ja": "ワシントン州"}}],
}  # fmt: skip
ASN = {"autonomous_system_number": 2527, "autonomous_system_organization": "So-net Corporation"}


def guess_one(record, kind="", network="203.0.113.0/24") -> CompanyGuess:
    return guess([facts_from_record(record, kind, network)])


@pytest.mark.parametrize(
    ("record", "kind", "name", "confidence", "reason"),
    [
        # 3: anonymisers, even when the file names a company.
        ({**IPINFO_COMPANY, "is_vpn": True}, "vpn", "", 0, "vpn"),
        ({"vpn": "true", "proxy": ""}, "vpn", "", 0, "vpn"),
        ({"relay": True, "service": "Apple"}, "vpn", "", 0, "relay"),
        ({"is_anonymous": True, "is_tor_exit_node": True, "is_hosting_provider": True}, "vpn", "", 0, "tor"),
        ({"is_anonymous": True}, "vpn", "", 0, "anonymous"),
        # 4: data centres.
        ({"is_anonymous": True, "is_hosting_provider": True}, "hosting", "", 0, "hosting"),
        ({"name": "Sakura", "type": "hosting", "as_name": "SAKURA"}, "hosting", "", 0, "hosting"),
        ({"traits": {"user_type": "search_engine_spider", "organization": "X"}}, "hosting", "", 0, "hosting"),
        ({**IPINFO_COMPANY, "type": "isp", "as_type": "hosting"}, "hosting", "", 0, "hosting"),
        # 5: telephones.
        ({"isp": "Verizon Wireless", "mobile_country_code": "310"}, "mobile", "", 0, "mobile"),
        ({"connection_type": "Cellular"}, "mobile", "", 0, "mobile"),
        ({"name": "NTT docomo", "mcc": "440", "mnc": "10", "cc": "jp"}, "mobile", "", 0, "mobile"),
        # 6: a file that names companies.
        (IPINFO_COMPANY, "company", "i2ts,inc.", 85, "company_file"),
        ({**IPINFO_COMPANY, "as_domain": "I2TS.ne.jp"}, "company", "i2ts,inc.", 75, "company_file_own_network"),
        ({**IPINFO_COMPANY, "type": "education"}, "company", "i2ts,inc.", 85, "company_file"),
        ({**IPINFO_COMPANY, "type": "isp"}, "isp", "", 0, "company_file_isp"),
        ({**IPINFO_COMPANY, "type": "something new"}, "isp", "", 0, "company_file_isp"),
        # 7: an ISP's file that says whom the block was given to.
        (ENTERPRISE, "company", "Lariat Software", 65, "isp_file"),
        ({"isp": "Speakeasy", "organization": "Vikco Insurance"}, "company", "Vikco Insurance", 55, "isp_file"),
        (
            {"traits": {"isp": "Andrews & Arnold", "organization": "STONEHOUSE", "connection_type": "Corporate"}},
            "company", "STONEHOUSE", 75, "isp_file",
        ),
        (
            {"traits": {"isp": "Qwest", "organization": "Somebody", "user_type": "residential"}},
            "company", "Somebody", 25, "isp_file_residential",
        ),
        ({"isp": "AT&T Services", "organization": "AT&T Worldnet Services"}, "isp", "", 20, "network_only"),
        ({"isp": "Telstra Internet", "organization": "Telstra Pty Ltd"}, "isp", "", 20, "network_only"),
        ({"isp": "OCN", "organization": "Some Broadband"}, "isp", "", 20, "network_only"),
        ({"organization": "Nobody to compare with"}, "isp", "", 20, "network_only"),
        # 10: the operator's name only.
        (ASN, "isp", "", 20, "network_only"),
        ({"autonomous_system_number": 7018}, "isp", "", 20, "network_only"),
        ({"asn": "AS2527", "as_name": "So-net", "as_domain": "so-net.co.jp", "country_code": "JP"}, "isp", "", 20,
         "network_only"),
        ({"autonomous_system_organization": "University of Tsukuba"}, "company", "University of Tsukuba", 70,
         "own_network_name"),
        ({"asn": "AS1", "name": "Acme Works", "domain": "acme.example", "type": "business"}, "company", "Acme Works",
         70, "own_network_type"),
        ({"asn": "AS2", "name": "Acme Telecom", "domain": "acme.example", "type": "business"}, "isp", "", 20,
         "network_only"),
        # Nothing.
        ({}, "none", "", 0, "unknown"),
        ({"domain": "shoesfin.NET"}, "none", "", 0, "unknown"),
        ("a text", "none", "", 0, "unknown"),
        (None, "none", "", 0, "unknown"),
        ([1, 2], "none", "", 0, "unknown"),
    ],
)  # fmt: skip
def test_the_first_rule_that_applies_decides(record, kind, name, confidence, reason):
    found = guess_one(record)
    assert (found.kind.value, found.name, found.confidence, found.reason) == (kind, name, confidence, reason)


def test_an_unknown_company_has_the_networks_label():
    found = guess_one(ASN, network="210.251.240.0/20")
    assert (found.name, found.label, found.network) == ("", "So-net Corporation", "210.251.240.0/20")


def test_the_domain_is_the_companys_not_the_isps():
    assert guess_one(IPINFO_COMPANY).domain == "i2ts.ne.jp"
    assert guess_one(ENTERPRISE).domain == ""
    record = {"isp": "Speakeasy", "organization": "Vikco Insurance", "domain": "vikco.example"}
    assert guess_one(record).domain == "vikco.example"


def test_country_and_prefecture_come_along():
    assert (guess_one(ENTERPRISE).country, guess_one(ENTERPRISE).subdivision) == ("US", "ワシントン州")


@pytest.mark.parametrize(
    ("record", "country"),
    [
        ({"country": "JP"}, "JP"),
        ({"country": "Japan", "country_code": "JP"}, "JP"),
        ({"country": "Japan"}, ""),
        ({"country": {"iso_code": "jp"}}, "JP"),
        ({"registered_country": {"iso_code": "JP"}}, "JP"),
        ({"country": 5}, ""),
    ],
)
def test_a_country_is_a_code(record, country):
    assert facts_from_record(record, None, "").country == country


@pytest.mark.parametrize(
    ("value", "number"),
    [(13335, 13335), ("AS13335", 13335), ("13335", 13335), ("", None), (True, None), (-1, None), ("ASx", None)],
)
def test_the_number_of_a_network(value, number):
    assert facts_from_record({"asn": value}, None, "").asn == number


def test_several_files_are_one_answer():
    files = [
        facts_from_record(ASN, "GeoLite2-ASN", "203.0.112.0/20"),
        facts_from_record({"country": {"iso_code": "JP"}}, "GeoLite2-City", "203.0.113.0/24"),
        facts_from_record(IPINFO_COMPANY, "ipinfo standard_company.mmdb", "203.0.113.64/29"),
    ]
    found = guess(files)
    assert (found.name, found.network, found.country) == ("i2ts,inc.", "203.0.113.64/29", "JP")
    assert guess([*files, facts_from_record({"is_anonymous_vpn": True}, "", "")]).kind is NetworkKind.VPN


def test_no_file_is_no_guess():
    assert merge([]) == NetworkFacts()
    assert guess([]) == CompanyGuess()


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
KEYS = (
    "traits name domain type asn as_name as_domain as_type isp organization country country_code subdivisions region "
    "connection_type user_type is_vpn vpn hosting mcc static_ip_score score autonomous_system_number registered_country"
).split()


@given(st.dictionaries(st.sampled_from(KEYS), junk) | junk, junk)
def test_no_record_raises(record, kind):
    found = guess([facts_from_record(record, kind, "203.0.113.0/24")])
    assert 0 <= found.confidence <= 100
    assert len(found.name) <= 200
