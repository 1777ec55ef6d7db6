"""The table of research/company-from-ip.md section 4: R is the visitor, 8.8.8.8 is forged."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_leads.logic.client_address import client_address, is_lookup_worthy, parse_networks, truncate

R = "203.0.112.9"
R6 = "2400:4050::1"
NGINX = ip_network("127.0.0.1/32")
CDN = ip_network("198.51.100.0/24")
CDN6 = ip_network("2001:db8:cd::/48")
LONG = ", ".join(["8.8.8.8"] * 10_000)


@pytest.mark.parametrize(
    ("remote", "header", "trusted", "ip", "source"),
    [
        # No proxy: no header is read, whatever it says.
        (R, None, [], R, "remote_addr"),
        (R, "8.8.8.8", [], R, "remote_addr"),
        (R, "8.8.8.8", [NGINX, CDN], R, "remote_addr"),
        # A full forged chain straight to us, past the proxy.
        (R, "8.8.8.8, 198.51.100.1", [CDN], R, "remote_addr"),
        # One nginx that appends.
        ("127.0.0.1", R, [NGINX], R, "header"),
        ("127.0.0.1", f"8.8.8.8, {R}", [NGINX], R, "header"),
        ("127.0.0.1", f"8.8.8.8,,{R}", [NGINX], R, "header"),
        ("127.0.0.1", f"garbage, {R}", [NGINX], R, "header"),
        ("127.0.0.1", f"{LONG}, {R}", [NGINX], R, "header"),
        # A health check without the header, and headers without an address.
        ("127.0.0.1", None, [NGINX], "127.0.0.1", "remote_addr"),
        ("127.0.0.1", "", [NGINX], "127.0.0.1", "remote_addr"),
        ("127.0.0.1", "unknown", [NGINX], "127.0.0.1", "remote_addr"),
        # CDN and nginx; an optional balancer between them.
        ("127.0.0.1", f"8.8.8.8, {R}, 198.51.100.1", [NGINX, CDN], R, "header"),
        ("127.0.0.1", f"8.8.8.8, {R}, 198.51.100.1, 198.51.100.2", [NGINX, CDN], R, "header"),
        ("127.0.0.1", f"8.8.8.8, {R}", [NGINX, CDN], R, "header"),
        # A token that is no address: the last verified hop.
        ("127.0.0.1", "8.8.8.8, garbage, 198.51.100.1", [NGINX, CDN], "198.51.100.1", "header"),
        ("127.0.0.1", "8.8.8.8, garbage", [NGINX], "127.0.0.1", "remote_addr"),
        # Only trusted hops: the one farthest away.
        ("127.0.0.1", "198.51.100.9, 198.51.100.1", [NGINX, CDN], "198.51.100.9", "header"),
        # An intranet's client behind the proxy.
        ("127.0.0.1", "8.8.8.8, 10.0.0.5", [NGINX], "10.0.0.5", "header"),
        # Ways of writing.
        ("127.0.0.1", f"[{R6}]:443", [NGINX], R6, "header"),
        ("127.0.0.1", f"{R}:51234", [NGINX], R, "header"),
        ("127.0.0.1", f"::ffff:{R}", [NGINX], R, "header"),
        ("127.0.0.1", f'for="[{R6}]:1";proto=https', [NGINX], R6, "header"),
        ("127.0.0.1", f"for=8.8.8.8, for={R};by=x", [NGINX], R, "header"),
        ("::ffff:127.0.0.1", R, [NGINX], R, "header"),
        ("2001:db8:cd::1", f"8.8.8.8, {R6}", [CDN6], R6, "header"),
        # A scope id is free text.
        ("127.0.0.1", "2400:4050::1%<b>x", [NGINX], "127.0.0.1", "remote_addr"),
        ("fe80::1%eth0", None, [], None, "none"),
        # Not an address at all.
        ("", "8.8.8.8", [NGINX], None, "none"),
        ("unix:", "8.8.8.8", [NGINX], None, "none"),
        ("1.2.3", None, [], None, "none"),
        ("١.١.١.١", None, [], None, "none"),
    ],
)
def test_the_client_is_the_first_hop_that_is_not_ours(remote, header, trusted, ip, source):
    found = client_address(remote_addr=remote, header=header, trusted=trusted)
    assert (found.ip, found.source) == (ip and ip_address(ip), source)


@pytest.mark.parametrize(
    ("remote", "header", "ip", "source"),
    [
        ("", f"8.8.8.8, {R}", R, "header"),
        ("", None, None, "none"),
        ("garbage", R, None, "none"),
        (R6, "8.8.8.8", R6, "remote_addr"),
    ],
)
def test_a_unix_socket_is_trusted_only_when_told(remote, header, ip, source):
    found = client_address(remote_addr=remote, header=header, trusted=[], trust_unix_socket=True)
    assert (found.ip, found.source) == (ip and ip_address(ip), source)


@given(st.text(), st.text())
def test_nothing_raises_and_nothing_forged_is_believed(remote, header):
    found = client_address(remote_addr=remote, header=header + ", 203.0.112.9", trusted=[NGINX])
    assert found.ip is None or found.source == "remote_addr" or str(found.ip) == "203.0.112.9"


@pytest.mark.parametrize(
    ("ip", "stored"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2:3::4", "2001:db8:1::"),
        ("::1", "::"),
    ],
)
def test_addresses_are_stored_truncated(ip, stored):
    assert truncate(ip_address(ip)) == stored


@pytest.mark.parametrize(
    ("ip", "worthy"),
    [
        ("8.8.8.8", True),
        ("2400:4050::1", True),
        ("10.0.0.1", False),
        ("127.0.0.1", False),
        ("169.254.1.1", False),
        ("100.64.0.1", False),  # CGNAT
        ("203.0.113.1", False),  # documentation
        ("224.0.0.1", False),  # multicast, "global" in Python
        ("255.255.255.255", False),
        ("0.0.0.0", False),
        ("192.88.99.1", False),
        ("2002:cb00:7101::1", False),  # 6to4, global before Python 3.12
        ("2001:0:1::1", False),  # Teredo
        ("fd00::1", False),
        ("fe80::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("2001:db8::1", False),
    ],
)
def test_only_public_addresses_are_looked_up(ip, worthy):
    assert is_lookup_worthy(ip_address(ip)) is worthy


def test_settings_become_networks():
    assert parse_networks(["10.0.0.1/8", "::ffff:10.0.0.0/104"]) == (ip_network("10.0.0.0/8"), ip_network("10.0.0.0/8"))
    assert parse_networks("127.0.0.1") == (ip_network("127.0.0.1/32"),)
    with pytest.raises(ValueError, match="nonsense"):
        parse_networks(["nonsense"])


@pytest.mark.parametrize(
    "forged",
    [
        'for=8.8.8.8;x="',
        'for="8.8.8.8";by="',
        'for="8.8.8.8"; host="a',
        'for=8.8.8.8;"',
        '"',
        '8.8.8.8"',
        '"8.8.8.8',
        '\\"',
        'for="[2001:db8::1]:8", "',
    ],
)
@pytest.mark.parametrize(
    "appended", ["203.0.112.9", "203.0.112.9:4711", "for=203.0.112.9;proto=https", 'for="203.0.112.9:80"']
)
@pytest.mark.parametrize("hops", ["", ", 10.0.0.2", ", 10.0.0.2, 10.0.0.3"])
def test_a_strangers_quote_swallows_nothing(forged, appended, hops):
    trusted = parse_networks(["10.0.0.0/8"])
    found = client_address(remote_addr="10.0.0.1", header=f"{forged}, {appended}{hops}", trusted=trusted)
    assert str(found.ip) == "203.0.112.9"
