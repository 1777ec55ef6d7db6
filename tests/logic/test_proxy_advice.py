"""Which rule told the client's address, and what is to be set."""

import pytest

from wagtail_leads.logic.client_address import client_address, parse_networks
from wagtail_leads.logic.proxy_advice import advise, rule_of

XFF = "X-Forwarded-For"


def ask(remote, headers=None, trusted=(), header=XFF, unix=False):
    return advise(
        remote_addr=remote,
        headers=headers or {},
        trusted=parse_networks(trusted),
        header=header,
        trust_unix_socket=unix,
    )


@pytest.mark.parametrize(
    ("remote", "headers", "options", "code", "to_set"),
    [
        # nothing in front
        ("198.51.100.7", {}, {}, "fine", {}),
        ("8.8.8.8", {}, {}, "fine", {}),
        ("10.0.0.5", {}, {}, "fine", {}),  # an intranet
        # no address that can be used
        ("nonsense", {XFF: "8.8.8.8"}, {}, "no_address", {}),
        ("fe80::1%eth0", {}, {}, "no_address", {}),
        ("fe80::1%eth0", {XFF: "8.8.8.8"}, {"unix": True}, "no_address", {}),
        # a proxy of one's own that is not trusted
        ("10.0.0.5", {XFF: "8.8.8.8"}, {}, "untrusted_proxy", {"TRUSTED_PROXIES": ["10.0.0.5"]}),
        ("127.0.0.1", {XFF: "8.8.8.8"}, {}, "untrusted_proxy", {"TRUSTED_PROXIES": ["127.0.0.1"]}),
        ("::1", {XFF: "8.8.8.8"}, {}, "untrusted_proxy", {"TRUSTED_PROXIES": ["::1"]}),
        (
            "10.0.0.5", {XFF: "9.9.9.9, 8.8.8.8, 10.0.0.9"}, {}, "untrusted_proxy",
            {"TRUSTED_PROXIES": ["10.0.0.5", "10.0.0.9"]},
        ),
        # the first token is the client, private or not
        ("10.0.0.5", {XFF: "192.168.1.2"}, {}, "untrusted_proxy", {"TRUSTED_PROXIES": ["10.0.0.5"]}),
        ("10.0.0.5", {XFF: "8.8.8.8, nonsense, 10.0.0.9, 10.0.0.9"}, {}, "untrusted_proxy",
         {"TRUSTED_PROXIES": ["10.0.0.5", "10.0.0.9"]}),
        (
            "10.0.0.5", {"X-Real-IP": "8.8.8.8"}, {}, "untrusted_proxy",
            {"TRUSTED_PROXIES": ["10.0.0.5"], "PROXY_HEADER": "X-Real-IP"},
        ),
        # a CDN, or a liar
        (
            "8.8.4.4", {"CF-Connecting-IP": "8.8.8.8"}, {}, "perhaps_proxy",
            {"TRUSTED_PROXIES": ["8.8.4.4"], "PROXY_HEADER": "CF-Connecting-IP"},
        ),
        # a Unix socket
        ("", {XFF: "8.8.8.8"}, {}, "unix_socket", {"TRUST_UNIX_SOCKET": True}),
        ("", {XFF: "8.8.8.8"}, {"unix": True}, "fine", {}),
        # trusted
        ("10.0.0.5", {XFF: "8.8.8.8"}, {"trusted": ["10.0.0.0/8"]}, "fine", {}),
        ("10.0.0.5", {XFF: "nonsense"}, {"trusted": ["10.0.0.0/8"]}, "unreadable_header", {}),
        ("10.0.0.5", {XFF: "8.8.8.8, fe80::1%eth0"}, {"trusted": ["10.0.0.0/8"]}, "unreadable_header", {}),
        ("", {XFF: "nonsense"}, {"unix": True}, "unreadable_header", {}),
        ("10.0.0.5", {}, {"trusted": ["10.0.0.0/8"]}, "no_header", {}),
        ("10.0.0.5", {XFF: "  "}, {"trusted": ["10.0.0.0/8"]}, "no_header", {}),
        ("10.0.0.5", {"X-Real-IP": "8.8.8.8"}, {"trusted": ["10.0.0.0/8"]}, "other_header", {"PROXY_HEADER": "X-Real-IP"}),
    ],
)  # fmt: skip
def test_what_is_to_be_set(remote, headers, options, code, to_set):
    found = ask(remote, headers, **options)
    assert (found.code, found.settings) == (code, to_set)


@pytest.mark.parametrize(
    ("remote", "header", "trusted", "rule"),
    [
        ("8.8.8.8", None, (), "stranger"),
        ("8.8.8.8", "9.9.9.9", (), "stranger"),
        ("10.0.0.5", "9.9.9.9", ("10.0.0.0/8",), "header"),
        ("10.0.0.5", None, ("10.0.0.0/8",), "proxy_itself"),
        ("10.0.0.5", "nonsense", ("10.0.0.0/8",), "proxy_itself"),
        ("", None, (), "nothing"),
        ("nonsense", "9.9.9.9", (), "nothing"),
    ],
)
def test_which_rule_decided(remote, header, trusted, rule):
    networks = parse_networks(trusted)
    client = client_address(remote_addr=remote, header=header, trusted=networks)
    assert rule_of(client, remote_addr=remote, trusted=networks) == rule


def test_what_is_advised_makes_the_visitor_known():
    headers = {XFF: "6.6.6.6, 8.8.8.8, 10.0.0.9"}
    settings = ask("10.0.0.5", headers).settings
    client = client_address(
        remote_addr="10.0.0.5", header=headers[XFF], trusted=parse_networks(settings["TRUSTED_PROXIES"])
    )
    assert str(client.ip) == "8.8.8.8"
