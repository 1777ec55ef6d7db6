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
        ({**IPINFO_COMPANY, "as_domain": "I2TS.ne.jp", "as_type": "business"}, "company", "i2ts,inc.", 75,
         "company_file_own_network"),
        ({**IPINFO_COMPANY, "as_domain": "I2TS.ne.jp"}, "isp", "", 0, "company_file_isp"),
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


@pytest.mark.parametrize(
    ("name", "domain", "as_name", "as_domain", "as_type", "expected"),
    [
        # The operator itself, under the type that its offices have.
        ("NTT Communications", "ocn.ne.jp", "OCN NTT Communications Corporation", "ocn.ne.jp", "isp", ""),
        ("NTT Communications", "ntt.com", "OCN NTT Communications Corporation", "ocn.ne.jp", "isp", ""),
        ("Internet Initiative Japan Inc.", "iij.ad.jp", "Internet Initiative Japan Inc.", "iij.ad.jp", "isp", ""),
        ("Cable Television Shinagawa", "cts.ne.jp", "Cable Television Shinagawa", "cts.ne.jp", "isp", ""),
        ("Mihon Hikari", "mihon-hikari.jp", "Mihon Hikari K.K.", "mihon-hikari.ne.jp", "isp", ""),
        ("Mihon Hikari", "mihon-hikari.jp", "Something else", "mihon-hikari.jp", "isp", ""),
        ("ASAHI Net, Inc.", "asahi-net.or.jp", "ARTERIA Networks", "arteria-net.com", "isp", ""),
        ("株式会社オプテージ", "optage.co.jp", "ARTERIA Networks", "arteria-net.com", "isp", ""),
        # Customers, and firms with a network of their own.
        ("Toyota Motor Corporation", "toyota.co.jp", "Toyota Motor Corporation", "toyota.co.jp", "business",
         "Toyota Motor Corporation"),
        ("Foo Telecom Systems Engineering K.K.", "foo-eng.co.jp", "OCN", "ocn.ne.jp", "isp",
         "Foo Telecom Systems Engineering K.K."),
        ("Asahi Breweries", "asahibeer.co.jp", "Asahi Net", "asahi-net.or.jp", "isp", "Asahi Breweries"),
        ("Mihon Works", "", "OCN", "", "isp", "Mihon Works"),
    ],
)  # fmt: skip
def test_a_company_file_calls_providers_businesses_too(name, domain, as_name, as_domain, as_type, expected):
    record = {
        "name": name, "domain": domain, "type": "business", "asn": "AS64500", "as_name": as_name, "as_domain": as_domain,
        "as_type": as_type, "country": "JP",
    }  # fmt: skip
    found = guess_one(record, "ipinfo standard_company.mmdb")
    assert found.name == expected
    assert expected or (found.kind, found.label) == (NetworkKind.ISP, as_name)


@pytest.mark.parametrize(
    ("organisation", "isp", "named"),
    [
        # Providers, by what they are called.
        ("Asahi Net", "ARTERIA", False),
        ("ASAHI Net, Inc.", "NTT Communications Corporation", False),
        ("Open Computer Network", "NTT Communications Corporation", False),
        ("OCN NTT Communications Corporation", "IIJ", False),
        ("So-net Entertainment", "KDDI", False),
        ("Sony Network Communications Inc.", "ARTERIA", False),
        ("BIGLOBE Inc.", "NTT", False),
        ("@nifty", "NTT", False),
        ("株式会社朝日ネット", "ARTERIA", False),
        ("ＮＴＴコミュニケーションズ株式会社", "KDDI", False),
        ("株式会社エネルギア・コミュニケーションズ", "KDDI", False),
        ("ソニーネットワークコミュニケーションズ株式会社", "KDDI", False),
        ("K-Opticom Corporation", "OPTAGE Inc.", False),
        ("J:COM West", "KDDI", False),
        ("みほんケーブルテレビ", "KDDI", False),
        ("Mihon Broadband", "Cogent", False),
        ("Mihon Cable Television", "KDDI", False),
        ("Sony Network Communications Inc.", "Sony Network Communications Inc.", False),
        ("OPTAGE Inc.", "OPTAGE", False),
        ("AT&T Worldnet Services", "AT&T Services", False),
        ("Telstra Pty Ltd", "Telstra Internet", False),
        ("Softbank Tokyo", "KDDI", False),
        ("China Unicom Liaoning", "China Unicom", False),
        ("NTT West", "IIJ", False),
        ("Verizon Business", "MCI", False),
        # Customers, though a word or the beginning is a carrier's.
        ("Hitachi Cable Ltd", "IIJ", True),
        ("Furukawa Fiber Optics K.K.", "IIJ", True),
        ("Asahi Breweries", "Asahi Net", True),
        ("Sony Semiconductor Solutions", "Sony Network Communications Inc.", True),
        ("Telstra Health", "Optus", True),
        ("Mihon Communications Inc.", "KDDI", True),
        ("Orange Life Insurance", "KT", True),
        ("NTT Data Corporation", "NTT", True),
        ("Mihon Wireless Sensors", "OCN", True),
        ("Cloud Nine Kitchens", "OCN", True),
        ("Internet Research Institute, Inc.", "IIJ", True),
        ("三菱ケーブル工業株式会社", "OCN", True),
    ],
)
def test_business_and_corporate_weigh_more_than_one_word(organisation, isp, named):
    traits = {"organization": organisation, "isp": isp, "user_type": "business", "connection_type": "Corporate"}
    found = guess_one({"traits": traits})
    assert (found.name, found.confidence) == ((organisation, 85) if named else ("", 20))


@pytest.mark.parametrize("organisation", ["Hitachi Cable Ltd", "Asahi Breweries", "Telstra Health"])
def test_without_both_one_word_is_enough_to_doubt(organisation):
    traits = {"organization": organisation, "isp": "Asahi Net", "user_type": "business"}
    assert guess_one({"traits": traits}).name == ""


def test_a_maker_of_cables_with_a_network_of_its_own_is_named():
    record = {"asn": "AS64500", "name": "Hitachi Cable", "domain": "hitachi-cable.example", "type": "business"}
    assert guess_one(record).name == "Hitachi Cable"
    assert guess_one({**record, "name": "Asahi Net"}).name == ""


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


# --- The shapes of files (research/company-from-ip.md section 1) ----------------------------------------------------


@pytest.mark.parametrize(
    ("record", "kind", "expected"),
    [
        # MaxMind, flat
        ({"autonomous_system_number": 7018}, "GeoLite2-ASN", {"asn": 7018}),
        ({"domain": "shoesfin.NET"}, "GeoIP2-Domain", {"domain": "shoesfin.net"}),
        ({"domain": "in-addr.arpa"}, "GeoIP2-Domain", {"domain": ""}),
        ({"connection_type": "Satellite"}, "GeoIP2-Connection-Type", {"connection": "satellite"}),
        ({"score": 12.5}, "GeoIP2-Static-IP-Score", {"static_ip_score": 12.5}),
        ({"ipv4_24": 3, "ipv4_32": 1}, "GeoIP2-User-Count", {"organisation": "", "flags": frozenset()}),
        ({}, "GeoIP2-Anonymous-IP", {"flags": frozenset()}),
        (
            {"anonymizer_confidence": 30, "is_anonymous": True, "is_anonymous_vpn": True, "provider_name": "NordVPN"},
            "GeoIP-Anonymous-Plus", {"flags": frozenset({"anonymous", "vpn"})},
        ),
        (
            {"anonymizer_confidence": 90, "network_last_seen": "2026-01-01", "provider_name": "x"},
            "GeoIP-Residential-Proxy", {"flags": frozenset({"proxy"})},
        ),
        # MaxMind, nested
        (
            {"country": {"iso_code": "JP"}, "subdivisions": [{"names": {"en": "Tokyo", "ja": "東京都"}}, {"names": {}}]},
            "GeoIP2-City", {"country": "JP", "subdivision": "東京都"},
        ),
        ({"registered_country": {"iso_code": "us"}}, "GeoLite2-Country", {"country": "US"}),
        (
            {"traits": {"user_type": "consumer_privacy_network", "organization": "X"}}, "GeoIP2-Enterprise",
            {"organisation_type": "consumer_privacy_network"},
        ),
        # IPinfo
        (
            {"asn": "AS13335", "as_name": "Cloudflare", "as_domain": "cloudflare.com", "country": "Australia",
             "country_code": "AU"},
            "ipinfo generic_free.mmdb", {"asn": 13335, "as_organisation": "Cloudflare", "country": "AU", "organisation": ""},
        ),
        ({"country": "Japan", "country_code": "JP"}, "ipinfo lite.mmdb", {"country": "JP", "as_organisation": ""}),
        (
            {"country": "JP", "country_name": "Japan", "asn": "AS2519", "as_name": "ARTERIA", "as_domain": "x.com"},
            "ipinfo country_asn.mmdb", {"country": "JP", "as_organisation": "ARTERIA"},
        ),
        (
            {"asn": "AS2519", "name": "ARTERIA", "domain": "arteria-net.com", "type": "isp", "route": "1.0.16.0/20"},
            "ipinfo standard_asn.mmdb",
            {"as_organisation": "ARTERIA", "as_domain": "arteria-net.com", "as_type": "isp", "organisation": "", "domain": ""},
        ),
        ({**IPINFO_COMPANY, "type": ""}, "ipinfo standard_company.mmdb", {"organisation_type": "", "names_companies": True}),
        (
            {"as_type": "business", "is_anonymous": False, "is_hosting": True, "is_mobile": False, "is_satellite": False},
            "ipinfo core.mmdb", {"flags": frozenset({"hosting"}), "as_type": "business"},
        ),
        ({"vpn": "true", "proxy": "", "tor": "", "hosting": "true", "relay": ""}, "ipinfo privacy.mmdb",
         {"flags": frozenset({"vpn", "hosting"})}),
        ({"vpn": False, "proxy": False, "tor": True, "service": ""}, "ipinfo privacy.mmdb", {"flags": frozenset({"tor"})}),
        ({"service": "x", "last_seen": "2026-01-01", "percent_days_seen": 3}, "ipinfo resproxy.mmdb",
         {"flags": frozenset({"proxy"})}),
        (
            {"carrier": "NTT docomo", "cc": "jp", "mcc": "440", "mnc": "10", "network": "1.66.96.0/20"},
            "ipinfo carrier.mmdb", {"isp": "NTT docomo", "country": "JP", "flags": frozenset({"mobile"})},
        ),
        ({"name": "KDDI", "country": "JP", "mcc": "440", "mnc": "50"}, "ipinfo carrier.mmdb",
         {"isp": "KDDI", "organisation": "", "flags": frozenset({"mobile"})}),
        ({"domain": "ocn.ne.jp", "size": "12"}, "ipinfo rdns.mmdb", {"domain": "ocn.ne.jp", "organisation": ""}),
        (
            {"name": "SONY-NET", "domain": "sony.co.jp", "org": "x", "as_name": "SONY", "as_domain": "sony.co.jp"},
            "ipinfo rir.mmdb", {"organisation": "SONY-NET", "organisation_type": ""},
        ),
        # DB-IP and ip-location-db
        (
            {"traits": {"isp": "OCN", "organization": "Acme", "user_type": "business", "connection_type": "Corporate",
                        "autonomous_system_number": 4713}},
            "DBIP-ISP (compat=Enterprise)",
            {"isp": "OCN", "organisation": "Acme", "organisation_type": "business", "connection": "corporate", "asn": 4713},
        ),
        ({"country_code": "JP"}, "country ipvAll", {"country": "JP"}),
        ({"country_code": "JP", "state1": "Tokyo", "city": "Chiyoda"}, "city ipvAll", {"country": "JP", "subdivision": "Tokyo"}),
        ({"country": "JP", "region": "Osaka", "city": "Osaka"}, "ipinfo location.mmdb", {"subdivision": "Osaka"}),
        # forced by the settings
        ({"name": "Acme", "type": "business"}, "company", {"organisation": "Acme", "names_companies": True}),
        ({"organization": "Acme", "type": "business"}, "company", {"organisation": "Acme", "names_companies": True}),
        ({"name": "OCN"}, "isp", {"isp": "OCN", "organisation": ""}),
        ({"organization": "OCN", "isp": "x"}, "asn", {"as_organisation": "x", "organisation": "", "isp": ""}),
        ({"name": "docomo"}, "carrier", {"isp": "docomo", "flags": frozenset({"mobile"})}),
        ({**ENTERPRISE}, "city", {"country": "US", "subdivision": "ワシントン州", "organisation": "", "isp": "", "asn": None}),
    ],
)  # fmt: skip
def test_every_shape_of_file_is_read(record, kind, expected):
    found = facts_from_record(record, kind, "203.0.113.0/24")
    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("number", "kind", "reason"),
    [
        (16509, "hosting", "hosting"),
        (9370, "hosting", "hosting"),
        (13335, "vpn", "relay"),
        (22616, "vpn", "relay"),
        (9605, "mobile", "mobile"),
        (4713, "isp", "network_only"),
    ],
)
def test_large_operators_are_known_by_their_number(number, kind, reason):
    found = guess_one({"autonomous_system_number": number})
    assert (found.kind.value, found.reason, found.name) == (kind, reason, "")


def test_a_company_on_rented_machines_is_still_the_companys_if_a_file_says_so():
    record = {**IPINFO_COMPANY, "asn": "AS16509", "as_type": ""}
    assert guess_one(record).name == "i2ts,inc."


def test_a_number_without_a_name_has_a_label():
    assert guess_one({"autonomous_system_number": 4713}).label == "OCN (NTT)"
    assert guess_one({"autonomous_system_number": 7018}).label == "AS7018"


def test_a_city_file_gives_the_place_and_another_the_company():
    city = {"country": {"iso_code": "JP"}, "subdivisions": [{"names": {"en": "Hiroshima", "ja": "広島県"}}]}
    for facts in (
        [facts_from_record(city, "GeoLite2-City", ""), facts_from_record(IPINFO_COMPANY, "company", "")],
        [facts_from_record(ASN, "", ""), facts_from_record(city, "GeoLite2-City", "")],
    ):
        found = guess(facts)
        assert (found.country, found.subdivision) == ("JP", "広島県")


def test_each_source_is_evidence_with_what_it_means_alone():
    facts = [
        facts_from_record(ASN, "GeoLite2-ASN", ""),
        facts_from_record({"vpn": True}, "ipinfo privacy.mmdb", ""),
        facts_from_record({}, "", ""),
    ]
    found = guess(facts)
    assert (found.kind, found.name) == (NetworkKind.VPN, "")
    assert [(line["says"], line["reason"]) for line in found.evidence] == [
        ("So-net Corporation · AS2527", "network_only"),
        ("vpn", "vpn"),
    ]
