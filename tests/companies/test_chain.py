"""Whose network is it? The chain of sources, its order, its evidence, and what it does when a source fails."""

import logging
from datetime import timedelta
from ipaddress import ip_address

import pytest
from django.db import DatabaseError

from tests.companies.test_mmdb import write
from wagtail_leads.companies import held, queries
from wagtail_leads.companies.models import Company, CompanyNetwork, Network
from wagtail_leads.companies.operations import company_by_name, merge
from wagtail_leads.companies.own_networks import Statement, drop_networks, put_networks
from wagtail_leads.companies.queries import guess_company
from wagtail_leads.logic.company_guess import CompanyGuess, NetworkFacts, NetworkKind
from wagtail_leads.logic.kinds import NetworkAction

pytestmark = pytest.mark.django_db
IP = ip_address("203.0.113.9")


class Directory:
    """A site's own resolver."""

    name = "our directory"

    def lookup(self, ip):
        return [NetworkFacts(organisation="Directory Works", organisation_type="business", names_companies=True)]


class Broken:
    def lookup(self, ip):
        raise RuntimeError("no directory today")


class Nonsense:
    name = "nonsense"

    def lookup(self, ip):
        return ["Acme", None, 7]


broken_instance = Broken()


def own(cidr, action=NetworkAction.COMPANY, name="Mihon Seiki", *, now, **fields):
    company = company_by_name(name, now=now) if action == NetworkAction.COMPANY else None
    put_networks([Statement(cidr=cidr, action=action, company=company, **fields)], by=None, now=now)
    return company


@pytest.fixture
def files(tmp_path, settings):
    """A provider's file that knows the documentation networks."""
    path = write(
        tmp_path / "isp.mmdb",
        {
            "203.0.113.0/24": {"isp": "So-net", "autonomous_system_number": 2527},
            "198.51.100.0/24": {"name": "Acme Works", "type": "business", "as_name": "ARTERIA", "asn": "AS2519"},
        },
    )
    settings.WAGTAIL_LEADS = {"MMDB": [str(path)], "GUESS_PRIVATE_ADDRESSES": True}
    return path


class TestOwnNetworks:
    def test_a_company_is_sure(self, now, files):
        own("203.0.113.0/24", now=now)
        found = guess_company(IP)
        assert (found.name, found.confidence, found.reason, found.kind) == (
            "Mihon Seiki",
            100,
            "own_network",
            "company",
        )
        assert (found.label, found.network) == ("So-net", "203.0.113.0/24")

    def test_our_own_office_is_left_out(self, now):
        own("203.0.113.0/24", NetworkAction.IGNORE, now=now)
        found = guess_company(IP)
        assert found.is_ignored and not found.name

    def test_what_is_never_a_company_keeps_its_label(self, now, files):
        own("198.51.100.0/24", NetworkAction.NEVER, now=now)
        found = guess_company(ip_address("198.51.100.7"))
        assert (found.name, found.reason, found.label, found.kind) == ("", "never", "ARTERIA", "isp")
        assert not found.is_ignored

    def test_the_narrowest_statement_holds(self, now):
        own("203.0.0.0/16", name="The landlord", now=now)
        own("203.0.113.8/29", name="The tenant", now=now)
        assert guess_company(IP).name == "The tenant"
        assert guess_company(ip_address("203.0.113.99")).name == "The landlord"

    @pytest.mark.parametrize("ip", ["192.168.1.7", "100.64.0.9", "fd00::1", "::ffff:192.168.1.7", "169.254.1.1"])
    def test_an_intranet_has_companies_too(self, ip, now, settings):
        settings.WAGTAIL_LEADS = {}
        for number, cidr in enumerate(("192.168.0.0/16", "100.64.0.0/10", "fd00::/16", "169.254.0.0/16")):
            own(cidr, name=f"Branch {number}", now=now)
        assert guess_company(ip_address(ip)).name.startswith("Branch")

    def test_a_change_is_seen_at_once_here_and_within_two_seconds_elsewhere(self, now, monkeypatch):
        own("203.0.113.0/24", now=now)
        assert guess_company(IP).name == "Mihon Seiki"
        # another process: nobody tells this one
        Company.objects.update(name="Elsewhere")
        CompanyNetwork.objects.update(changed_at=now + timedelta(seconds=1))
        assert guess_company(IP).name == "Mihon Seiki"
        monkeypatch.setattr(held.time, "monotonic", lambda: 1e12)
        assert guess_company(IP).name == "Elsewhere"

    def test_taken_back_it_holds_no_longer(self, now):
        own("203.0.113.0/24", now=now)
        assert guess_company(IP).name
        assert drop_networks([CompanyNetwork.objects.get().pk]) == ["203.0.113.0/24"]
        assert not guess_company(IP).name

    def test_a_merged_company_is_named_by_its_survivor(self, now):
        loser = own("203.0.113.0/24", name="Mihon Seiki", now=now)
        survivor = company_by_name("Mihon Holdings", now=now)
        assert guess_company(IP).name == "Mihon Seiki"
        merge(loser, survivor, by=None, now=now + timedelta(minutes=1))
        assert guess_company(IP).name == "Mihon Holdings"

    def test_a_statement_that_is_broken_silences_no_other(self, now):
        own("203.0.113.0/24", now=now)
        CompanyNetwork.objects.create(cidr="nonsense", action="never", created_at=now, changed_at=now)
        CompanyNetwork.objects.create(cidr="10.0.0.0/8", action="what?", created_at=now, changed_at=now)
        held.forget()
        assert guess_company(IP).name == "Mihon Seiki"

    def test_a_database_that_is_away_costs_no_visit(self, now, monkeypatch, caplog):
        own("203.0.113.0/24", now=now)
        assert guess_company(IP).name == "Mihon Seiki"

        def away():
            raise DatabaseError("away")

        monkeypatch.setattr(held, "_refresh", away)
        held.forget()
        assert guess_company(IP).name == "Mihon Seiki"

    def test_nothing_is_read_while_nothing_changes(self, now, django_assert_num_queries):
        own("203.0.113.0/24", now=now)
        guess_company(IP)
        with django_assert_num_queries(0):
            for last in range(200):
                guess_company(ip_address(f"203.0.113.{last}"))
        held.forget()
        with django_assert_num_queries(2):
            guess_company(IP)


class TestResolvers:
    def use(self, settings, *names, **more):
        paths = [f"tests.companies.test_chain.{name}" for name in names]
        settings.WAGTAIL_LEADS = {"RESOLVERS": paths, "GUESS_PRIVATE_ADDRESSES": True, **more}

    def test_a_sites_own_resolver_names_a_company(self, settings):
        self.use(settings, "Directory")
        found = guess_company(IP)
        assert (found.name, found.reason, found.confidence) == ("Directory Works", "company_file", 85)
        assert found.evidence[0]["source"] == "our directory"

    def test_our_files_come_first(self, settings, files):
        mmdb = settings.WAGTAIL_LEADS["MMDB"]
        self.use(settings, "Directory", MMDB=mmdb)
        found = guess_company(ip_address("198.51.100.7"))
        assert found.name == "Acme Works"
        assert [line.get("name") for line in found.evidence] == ["Acme Works", "Directory Works"]
        assert guess_company(IP).name == "Directory Works"  # the file knows only the provider

    @pytest.mark.parametrize("name", ["Broken", "broken_instance", "Nonsense", "Absent"])
    def test_one_that_fails_is_said_once_and_skipped(self, name, settings, caplog):
        self.use(settings, name, "Directory")
        with caplog.at_level(logging.ERROR):
            for last in range(5):
                assert guess_company(ip_address(f"203.0.113.{last}")).name == "Directory Works"
        assert len(caplog.records) == (0 if name == "Nonsense" else 1)

    def test_it_is_asked_anew_after_a_while(self, settings, monkeypatch):
        asked = []
        monkeypatch.setattr(Directory, "lookup", lambda self, ip: asked.append(ip) or [])
        self.use(settings, "Directory")
        queries.chain_of.cache_clear()
        guess_company(IP)
        guess_company(IP)
        assert len(asked) == 1
        monkeypatch.setattr(queries.time, "monotonic", lambda: 1e9)
        guess_company(IP)
        assert len(asked) == 2


class TestReverseDns:
    def named(self, now, *hosts, cidr="203.0.113.0/24"):
        lines = [
            {"source": "reverse_dns", "says": f"gw.{name}", "name": name, "domain": name, "confidence": 80, "reason": "ptr",
             "key": held.address_key(ip_address(ip))}
            for ip, name in hosts
        ]  # fmt: skip
        Network.objects.create(
            key=cidr, cidr=cidr, evidence=lines, reason="ptr", ptr_at=now, first_seen_at=now, last_seen_at=now
        )
        held.forget()

    def test_the_address_that_was_asked_has_its_name(self, now, files):
        self.named(now, ("203.0.113.9", "mihon.co.jp"))
        found = guess_company(IP)
        assert (found.name, found.domain, found.confidence, found.reason) == ("mihon.co.jp", "mihon.co.jp", 80, "ptr")
        assert found.label == "So-net"

    def test_a_neighbour_may_be_a_stranger(self, now, files):
        self.named(now, ("203.0.113.9", "mihon.co.jp"))
        found = guess_company(ip_address("203.0.113.10"))
        assert (found.name, found.reason) == ("", "network_only")
        assert found.evidence[-1]["says"] == "gw.mihon.co.jp"

    def test_two_addresses_of_one_company_speak_for_the_network(self, now, files):
        self.named(now, ("203.0.113.9", "mihon.co.jp"), ("203.0.113.10", "mihon.co.jp"))
        found = guess_company(ip_address("203.0.113.77"))
        assert (found.name, found.confidence, found.reason) == ("mihon.co.jp", 70, "ptr_neighbours")

    def test_two_companies_in_one_network_speak_for_themselves(self, now, files):
        self.named(now, ("203.0.113.9", "mihon.co.jp"), ("203.0.113.10", "acme.co.jp"))
        assert guess_company(ip_address("203.0.113.9")).name == "mihon.co.jp"
        assert guess_company(ip_address("203.0.113.10")).name == "acme.co.jp"
        assert guess_company(ip_address("203.0.113.11")).name == ""

    def test_a_48_is_one_customers(self, now, settings):
        settings.WAGTAIL_LEADS = {"GUESS_PRIVATE_ADDRESSES": True}
        self.named(now, ("2001:db8:1::9", "mihon.co.jp"), cidr="2001:db8:1::/48")
        assert guess_company(ip_address("2001:db8:1:77::1")).name == "mihon.co.jp"
        assert guess_company(ip_address("2001:db8:2::1")).name == ""

    def test_a_file_that_names_a_company_is_believed_first(self, now, files):
        self.named(now, ("198.51.100.7", "mihon.co.jp"), cidr="198.51.100.0/24")
        assert guess_company(ip_address("198.51.100.7")).name == "Acme Works"

    def test_a_person_is_believed_before_all(self, now, files):
        self.named(now, ("203.0.113.9", "mihon.co.jp"))
        own("203.0.113.0/24", name="The tenant", now=now)
        found = guess_company(IP)
        assert found.name == "The tenant"
        assert [line["source"] for line in found.evidence] == ["own_network", "Test-ISP", "reverse_dns"]
        assert "key" not in found.evidence[-1]

    def test_only_what_is_new_is_read(self, now, files, django_assert_num_queries):
        self.named(now, ("203.0.113.9", "mihon.co.jp"))
        guess_company(IP)
        self.named(now + timedelta(hours=1), ("198.51.100.7", "acme.co.jp"), cidr="198.51.100.0/24")
        with django_assert_num_queries(3):
            guess_company(IP)
        assert set(held.held_now().names) == {"203.0.113.0/24", "198.51.100.0/24"}


class TestAnyAddress:
    @pytest.mark.parametrize(
        "ip",
        [
            "0.0.0.0", "255.255.255.255", "127.0.0.1", "10.0.0.1", "100.64.0.1", "169.254.0.1", "192.0.2.1", "224.0.0.1",
            "240.0.0.1", "::", "::1", "fe80::1", "fe80::1%eth0", "ff02::1", "fec0::1", "fd00::1", "2002:c000:204::1",
            "2001::1", "64:ff9b::c000:201", "::ffff:8.8.8.8", "::ffff:10.0.0.1", "2001:db8::1", "2400:4050::1",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("private_too", [False, True])
    def test_none_raises(self, ip, private_too, files, settings):
        settings.WAGTAIL_LEADS |= {"GUESS_PRIVATE_ADDRESSES": private_too}
        assert isinstance(guess_company(ip_address(ip)), CompanyGuess)

    def test_no_address_is_no_guess(self):
        assert guess_company(None) == CompanyGuess()

    def test_a_mapped_address_is_the_plain_one(self, files):
        assert guess_company(ip_address("::ffff:203.0.113.9")) == guess_company(IP)
        assert guess_company(IP).label == "So-net"

    def test_a_private_address_is_not_looked_up(self, files, settings):
        settings.WAGTAIL_LEADS |= {"GUESS_PRIVATE_ADDRESSES": False}
        assert guess_company(IP) == CompanyGuess()

    @pytest.mark.parametrize("bad", [7, [("a.mmdb", "nonsense")], [("a.mmdb",)], [None, 7]])
    def test_a_setting_that_cannot_be_read_costs_no_visit(self, bad, settings):
        settings.WAGTAIL_LEADS = {"MMDB": bad}
        assert guess_company(IP) == CompanyGuess()


def test_a_replaced_file_is_asked_at_once_after_it_was_seen(files, tmp_path, monkeypatch):
    assert guess_company(IP).label == "So-net"
    write(files, {"203.0.113.0/24": {"isp": "OCN"}})
    for file in queries.mmdb_files()._files:
        file._next_check = float("-inf")
    assert guess_company(IP).label == "OCN"


def test_the_kind_of_a_file_can_be_said(tmp_path, settings):
    path = write(tmp_path / "odd.mmdb", {"203.0.113.0/24": {"name": "Acme Works", "type": "business"}})
    settings.WAGTAIL_LEADS = {"MMDB": [(str(path), "company")], "GUESS_PRIVATE_ADDRESSES": True}
    assert (guess_company(IP).name, guess_company(IP).confidence) == ("Acme Works", 85)
    settings.WAGTAIL_LEADS = {"MMDB": [(str(path), "asn")], "GUESS_PRIVATE_ADDRESSES": True}
    assert guess_company(IP).reason == "own_network_type"
    settings.WAGTAIL_LEADS = {"MMDB": [(str(path), "city")], "GUESS_PRIVATE_ADDRESSES": True}
    assert guess_company(IP).name == ""


def test_evidence_tells_what_each_source_says(files):
    found = guess_company(ip_address("198.51.100.7"))
    assert found.evidence == (
        {
            "source": "Test-ISP",
            "says": "Acme Works · ARTERIA · AS2519 · business",
            "reason": "company_file",
            "name": "Acme Works",
            "confidence": 85,
        },
    )
    assert found.asn == 2519 and found.kind == NetworkKind.COMPANY
