"""Networks as people write them, and the longest prefix."""

import random
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_leads.logic.networks import (
    BadNetwork,
    NotANetwork,
    PrefixTable,
    TooWide,
    network_range,
    parse_written_networks,
    plain_address,
    seen_network,
)


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("203.0.113.0/24", ["203.0.113.0/24"]),
        (" 203.0.113.9 ", ["203.0.113.9/32"]),
        ("203.0.113.9/24", ["203.0.113.0/24"]),
        ("２０３．０．１１３．０／２４", ["203.0.113.0/24"]),
        ("203.0.113.0/255.255.255.0", ["203.0.113.0/24"]),
        ("203.0.113.8-203.0.113.15", ["203.0.113.8/29"]),
        ("203.0.113.8-15", ["203.0.113.8/29"]),
        ("203.0.113.8 – 203.0.113.10", ["203.0.113.8/31", "203.0.113.10/32"]),
        ("203.0.113.8～203.0.113.15", ["203.0.113.8/29"]),
        ("203.0.113.8ー15", ["203.0.113.8/29"]),
        ("2001:db8:1::/48", ["2001:db8:1::/48"]),
        ("2001:DB8::1", ["2001:db8::1/128"]),
        ("2001:db8::1-2001:db8::2", ["2001:db8::1/128", "2001:db8::2/128"]),
        ("::ffff:203.0.113.0/120", ["203.0.113.0/24"]),
        ("10.0.0.0/8", ["10.0.0.0/8"]),
        ("100.64.0.0/10", ["100.64.0.0/10"]),
    ],
)
def test_what_people_write_is_read(text, networks):
    assert [str(one) for one in parse_written_networks(text)] == networks


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", NotANetwork),
        ("sample works", NotANetwork),
        ("203.0.113", NotANetwork),
        ("203.0.113.256", NotANetwork),
        ("203.0.113.0/33", NotANetwork),
        ("203.0.113.9-203.0.113.1", NotANetwork),
        ("203.0.113.9-2001:db8::1", NotANetwork),
        ("203.0.113.1-", NotANetwork),
        ("1.0.0.1-2.255.255.254", NotANetwork),  # falls into dozens of pieces
        ("fe80::1%eth0", NotANetwork),
        ("203.0.113.0/24" * 20, NotANetwork),
        ("0.0.0.0/0", TooWide),
        ("10.0.0.0/7", TooWide),
        ("2000::/15", TooWide),
        ("::/0", TooWide),
        ("1.0.0.0-4.255.255.255", TooWide),
    ],
)
def test_what_is_no_network_is_refused(text, error):
    with pytest.raises(error):
        parse_written_networks(text)


@given(st.text(max_size=60))
def test_no_text_does_harm(text):
    try:
        assert parse_written_networks(text)
    except BadNetwork:
        pass


def test_the_narrowest_network_holds():
    texts = ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32", "2001:db8::/32", "2001:db8:1::/48")
    table = PrefixTable((ip_network(text), text) for text in texts)
    cases = {
        "10.9.9.9": "10.0.0.0/8",
        "10.1.9.9": "10.1.0.0/16",
        "10.1.2.9": "10.1.2.0/24",
        "10.1.2.3": "10.1.2.3/32",
        "2001:db8:1::9": "2001:db8:1::/48",
        "2001:db8:2::9": "2001:db8::/32",
    }
    assert {ip: table.find(ip_address(ip))[1] for ip in cases} == cases
    assert table.find(ip_address("11.0.0.1")) is None
    assert PrefixTable().find(ip_address("11.0.0.1")) is None
    assert len(table) == len(texts)


def test_the_narrowest_network_is_that_of_a_slow_search():
    chance = random.Random(7)
    networks = [IPv4Network((chance.getrandbits(32), chance.randint(8, 32)), strict=False) for _ in range(400)]
    networks += [IPv6Network((chance.getrandbits(128), chance.randint(16, 128)), strict=False) for _ in range(100)]
    table = PrefixTable((network, str(network)) for network in networks)
    addresses = [chance.choice(networks)[0] for _ in range(300)] + [
        ip_address(chance.getrandbits(32)) for _ in range(300)
    ]
    for ip in addresses:
        inside = [one for one in networks if one.version == ip.version and ip in one]
        slow = max(inside, key=lambda one: one.prefixlen, default=None)
        found = table.find(ip)
        assert (found and found[0]) == slow


def test_what_holds_for_a_whole_network_is_not_what_holds_for_a_part():
    table = PrefixTable((ip_network(text), text) for text in ("10.0.0.0/8", "10.1.2.0/29"))
    assert table.find_for(ip_network("10.1.2.0/24"))[1] == "10.0.0.0/8"
    assert table.find_for(ip_network("11.1.2.0/24")) is None
    assert {str(network) for network, _value in table.items()} == {"10.0.0.0/8", "10.1.2.0/29"}


@pytest.mark.parametrize(
    ("ip", "plain"),
    [
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::1"),
        ("::1", "::1"),
    ],
)
def test_one_address_has_one_form(ip, plain):
    assert plain_address(ip_address(ip)) == ip_address(plain)


def test_a_network_in_words():
    assert network_range("203.0.113.8/29") == ("203.0.113.8", "203.0.113.15")
    assert str(seen_network(ip_address("203.0.113.77"))) == "203.0.113.0/24"
    assert str(seen_network(ip_address("2001:db8:1:2::7"))) == "2001:db8:1::/48"
