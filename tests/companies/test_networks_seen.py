"""What is kept of the networks that visits came from, and which names are asked for."""

from datetime import timedelta
from ipaddress import ip_address

import pytest

from wagtail_leads.companies.models import Network, PendingLookup
from wagtail_leads.companies.operations import cidr_of, note_networks
from wagtail_leads.logic.company_guess import CompanyGuess, NetworkKind

pytestmark = pytest.mark.django_db
PROVIDER = CompanyGuess(
    label="So-net", kind=NetworkKind.ISP, confidence=20, reason="network_only", asn=2527, country="JP"
)
COMPANY = CompanyGuess(
    name="Sample Works", label="So-net", kind=NetworkKind.COMPANY, confidence=85, reason="company_file"
)
IP = ip_address("203.0.113.9")


def see(*guesses, now, address="203.0.113.0", ip=IP):
    return note_networks([(address, found, ip) for found in guesses], now=now)


@pytest.mark.parametrize(
    ("address", "cidr"),
    [
        ("203.0.113.0", "203.0.113.0/24"),
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1::", "2001:db8:1::/48"),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_a_network_is_the_24_or_48_of_the_address(address, cidr):
    assert cidr_of(address) == cidr


def test_a_network_is_kept_once_and_its_visits_are_counted(now):
    first = see(PROVIDER, now=now)
    later = see(PROVIDER, PROVIDER, now=now + timedelta(hours=1))
    row = Network.objects.get()
    assert first[("203.0.113.0", "So-net")].pk == later[("203.0.113.0", "So-net")].pk == row.pk
    assert (row.visit_count, row.first_seen_at, row.last_seen_at) == (3, now, now + timedelta(hours=1))
    assert (row.cidr, row.label, row.asn, row.kind, row.country) == ("203.0.113.0/24", "So-net", 2527, "isp", "JP")


def test_a_network_with_two_owners_is_two_rows(now):
    found = see(PROVIDER, COMPANY, now=now)
    assert set(found) == {("203.0.113.0", "So-net"), ("203.0.113.0", "Sample Works")}
    assert Network.objects.count() == 2


def test_an_address_that_is_none_is_left_out(now):
    assert see(PROVIDER, now=now, address="") == {}
    assert note_networks([], now=now) == {}


def test_the_latest_evidence_holds_and_what_reverse_dns_said_stays(now):
    see(PROVIDER, now=now)
    told = {"source": "reverse_dns", "says": "gw.sample.co.jp", "name": "sample.co.jp"}
    Network.objects.update(evidence=[told], reason="ptr", name="sample.co.jp", kind="company", confidence=80)
    see(CompanyGuess(label="So-net", kind=NetworkKind.ISP, evidence=({"source": "asn", "says": "So-net"},)), now=now)
    row = Network.objects.get()
    assert row.evidence == [told, {"source": "asn", "says": "So-net"}]
    assert (row.name, row.kind, row.confidence) == ("sample.co.jp", "company", 80)


def test_the_number_of_queries_does_not_grow(now, django_assert_max_num_queries, settings):
    settings.WAGTAIL_LEADS = {"REVERSE_DNS": True}
    many = [(f"203.0.{n}.0", PROVIDER, ip_address(f"203.0.{n}.7")) for n in range(40)]
    with django_assert_max_num_queries(11):  # five statements, and savepoints around three of them
        note_networks(many, now=now)
    with django_assert_max_num_queries(7):
        note_networks(many, now=now)
    assert PendingLookup.objects.count() == 40


class TestWhoseNameIsAsked:
    @pytest.fixture(autouse=True)
    def switched_on(self, settings):
        settings.WAGTAIL_LEADS = {"REVERSE_DNS": True}

    def test_nothing_waits_while_the_switch_is_off(self, now, settings):
        settings.WAGTAIL_LEADS = {}
        see(PROVIDER, now=now)
        assert not PendingLookup.objects.exists()

    def test_an_unknown_network_waits_once(self, now):
        see(PROVIDER, PROVIDER, now=now)
        see(PROVIDER, now=now)
        assert PendingLookup.objects.get().address == "203.0.113.9"

    @pytest.mark.parametrize(
        "found",
        [
            COMPANY,
            CompanyGuess(label="docomo", kind=NetworkKind.MOBILE),
            CompanyGuess(label="SAKURA", kind=NetworkKind.HOSTING),
            CompanyGuess(label="A VPN", kind=NetworkKind.VPN),
            CompanyGuess(label="Café", kind=NetworkKind.ISP, reason="never"),
        ],
    )
    def test_what_is_known_or_no_company_is_not_asked(self, found, now):
        see(found, now=now)
        assert not PendingLookup.objects.exists()

    def test_without_the_full_address_nothing_can_be_asked(self, now):
        see(PROVIDER, now=now, ip=None)
        assert not PendingLookup.objects.exists()

    @pytest.mark.parametrize(
        ("name", "reason", "days", "asked"),
        [
            ("", "", 6, False),
            ("", "", 8, True),
            ("p1.ocn.ne.jp", "network_only", 8, False),
            ("p1.ocn.ne.jp", "network_only", 31, True),
            ("gw.sample.co.jp", "ptr", 0, False),
            ("gw.sample.co.jp", "ptr", 2, True),  # another address of a network in which companies have names
        ],
    )
    def test_an_answer_holds_for_a_while(self, name, reason, days, asked, now):
        see(PROVIDER, now=now)
        PendingLookup.objects.all().delete()
        Network.objects.update(ptr_at=now, ptr_name=name, reason=reason)
        see(PROVIDER, now=now + timedelta(days=days))
        assert PendingLookup.objects.exists() is asked
