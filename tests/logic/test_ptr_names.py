"""Host names of the reverse DNS: a company's own, or a line's."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_leads.logic.ptr_names import company_behind_host

IP, IP6 = ip_address("203.0.113.9"), ip_address("2001:db8:12:34::9")


@pytest.mark.parametrize(
    ("host", "domain", "confidence"),
    [
        ("gw.mihon.co.jp.", "mihon.co.jp", 80),
        ("GW1.Mihon.CO.JP", "mihon.co.jp", 80),
        ("ns.univ.ac.jp", "univ.ac.jp", 80),
        ("proxy.city.yokohama.lg.jp", "yokohama.lg.jp", 80),
        ("nat.ministry.go.jp", "ministry.go.jp", 80),
        ("fw.jimusho.or.jp", "jimusho.or.jp", 80),
        ("mail.acme-works.com", "acme-works.com", 70),
        ("host9.acme-works.com", "acme-works.com", 70),
        ("acme-works.com", "acme-works.com", 70),
        ("vpn.acme.de", "acme.de", 70),
        ("fw-tokyo.mihon.jp", "mihon.jp", 70),
    ],
)
def test_a_companys_own_name(host, domain, confidence):
    found = company_behind_host(host, IP)
    assert (found.domain, found.confidence, found.shown) == (domain, confidence, host.lower().strip("."))


@pytest.mark.parametrize(
    "host",
    [
        # endings for networks and their operators
        "gw.mihon.ne.jp", "gw.mihon.ad.jp", "p1234-ipngn100101marunouchi.tokyo.ocn.ne.jp",
        # operators under ordinary endings
        "ec2-203-0-113-9.compute.amazonaws.com", "9.113.0.203.bc.googleusercontent.com", "gw.comcast.net",
        "mail.sakura.ne.jp", "gw.sometelecom.com", "server.best-hosting.com", "gw.zscaler.com", "x.gmail.com",
        # names of lines: the address inside, whole or half, in any form
        "203-0-113-9.mihon.co.jp", "9.113.0.203.mihon.co.jp", "ip-203.0.113.9.mihon.co.jp", "h203000113009.mihon.co.jp",
        "cb007109.mihon.co.jp", "3405803785.mihon.co.jp", "p113-9.mihon.co.jp", "host-9-113.mihon.co.jp",
        "113.9.mihon.co.jp",
        # words for lines
        "dyn1.mihon.co.jp", "dhcp-77.mihon.co.jp", "ppp.mihon.co.jp", "pool-5.mihon.co.jp", "customer.mihon.com",
        "user3.mihon.com", "static.mihon.com", "ftth.mihon.jp", "unassigned.mihon.co.jp", "home.mihon.jp",
        "flets-1.mihon.co.jp", "cable.mihon.co.jp", "wimax.mihon.jp",
        # nobody
        "gw.example.co.jp", "gw.example.com",
    ],
)  # fmt: skip
def test_a_line_or_an_operator_names_nobody(host):
    assert company_behind_host(host, IP).domain == ""


@pytest.mark.parametrize(
    "host", ["", ".", "localhost", "co.jp", "9.113.0.203.in-addr.arpa", "a b.co.jp", "x" * 300, None, 7]
)
def test_what_is_no_host_name(host):
    found = company_behind_host(host, IP)
    assert (found.domain, found.shown) == ("", "")


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("gw.mihon.co.jp", "mihon.co.jp"),
        ("20010db800120034.mihon.co.jp", ""),
        ("2001-db8-12-34.v6.mihon.co.jp", ""),
    ],
)
def test_ipv6(host, domain):
    assert company_behind_host(host, IP6).domain == domain


def test_of_a_lines_name_only_the_domain_is_kept():
    found = company_behind_host("p203-0-113-9.tokyo.ocn.ne.jp", IP)
    assert found.shown == "*.ocn.ne.jp"


@given(st.text(max_size=80))
def test_no_name_does_harm(host):
    company_behind_host(host, IP)
    company_behind_host(host + ".co.jp", IP6)
