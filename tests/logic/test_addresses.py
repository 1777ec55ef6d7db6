import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_leads.logic.addresses import (
    domain_of,
    email_key,
    is_against_the_rfc,
    is_free_mail,
    is_placeholder,
    is_role,
    is_role_or_placeholder,
    normalise_email,
    registrable_domain,
)


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("Taro@Example.CO.JP", "taro@example.co.jp"),
        (" taro@example.jp\n", "taro@example.jp"),
        ("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ", "taro@example.jp"),
        ("mailto:taro@example.jp", "taro@example.jp"),
        ("taro+news@example.jp", "taro+news@example.jp"),
        ("taro@日本語.jp", "taro@xn--wgv71a119e.jp"),
        ("taro@site.test", "taro@site.test"),
        # Addresses that two carriers gave out until 2009.
        ("taro..x@docomo.ne.jp", "taro..x@docomo.ne.jp"),
        ("taro.@ezweb.ne.jp", "taro.@ezweb.ne.jp"),
        ("taro..x@example.jp", None),
        (".taro@docomo.ne.jp", None),
        ("太郎@example.jp", None),
        ("taro\x00@example.jp", None),
        ("taro@example.jp\r\nBcc: x@example.jp", None),
        ("taro@example.jp\nx", None),
        ("a" * 250 + "@example.jp", None),
        ("taro@" + "a." * 130 + "jp", None),
        ("taro", None),
        ("@example.jp", None),
        ("taro@", None),
        ("taro@localhost", None),
        ("taro@example..jp", None),
        ("ta ro@example.jp", None),
        ('"ta ro"@example.jp', None),
        ("Taro <taro@example.jp>", None),
        ("", None),
        (None, None),
        (b"taro@example.jp", None),
    ],
)
def test_an_address_has_one_form(raw, address):
    assert normalise_email(raw) == address


@given(st.text() | st.emails())
def test_normalising_twice_changes_nothing(raw):
    once = normalise_email(raw)
    assert once is None or normalise_email(once) == once


def test_the_key_is_hex():
    assert email_key("taro@example.jp") == email_key("taro@example.jp")
    assert len(email_key("taro@example.jp")) == 64


def test_old_carrier_addresses_are_marked():
    assert is_against_the_rfc("taro..x@docomo.ne.jp")
    assert not is_against_the_rfc("taro@docomo.ne.jp")
    assert not is_against_the_rfc("taro@example.jp")


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("mail.example.co.jp", "example.co.jp"),
        ("EXAMPLE.com.", "example.com"),
        ("a.b.ac.jp", "b.ac.jp"),
        ("somebody.github.io", "somebody.github.io"),
        ("日本語.jp", "xn--wgv71a119e.jp"),
        ("co.jp", ""),
        ("203.0.113.1", ""),
        ("2001:db8::1", ""),
        ("", ""),
        ("a" * 300, ""),
        ("a..b", ""),
        (None, ""),
    ],
)
def test_the_registrable_domain(host, domain):
    assert registrable_domain(host) == domain


def test_the_domain_of_an_address():
    assert domain_of("taro@mail.Example.co.jp") == "mail.example.co.jp"
    assert domain_of("taro") == ""


@pytest.mark.parametrize(
    "domain", ["gmail.com", "yahoo.co.jp", "docomo.ne.jp", "abc.ocn.ne.jp", "NIFTY.com", "t.vodafone.ne.jp"]
)
def test_anybody_gets_an_address_here(domain):
    assert is_free_mail(domain)


@pytest.mark.parametrize("domain", ["example.co.jp", "notgmail.com", "ne.jp", "jp", "", "yahoo.co.jp.example.com"])
def test_a_companys_domain_is_not_free_mail(domain):
    assert not is_free_mail(domain)


@pytest.mark.parametrize(
    ("address", "role", "placeholder"),
    [
        ("info@acme.co.jp", True, False),
        ("noreply@acme.co.jp", False, True),
        ("no-reply+x@acme.co.jp", False, True),
        ("test@acme.co.jp", False, True),
        ("taro@example.com", False, True),
        ("taro@acme.test", False, True),
        ("taro@acme.co.jp", False, False),
        ("testa@acme.co.jp", False, False),
    ],
)
def test_an_office_or_nobody(address, role, placeholder):
    assert (is_role(address), is_placeholder(address)) == (role, placeholder)
    assert is_role_or_placeholder(address) is (role or placeholder)
