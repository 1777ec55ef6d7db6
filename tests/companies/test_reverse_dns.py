"""Reverse DNS in the background: what is asked, how often, what is kept, and that nothing waits for ever."""

from datetime import timedelta
from ipaddress import ip_address

import pytest

from tests.making import make_visitor
from wagtail_leads.companies.models import Company, CompanyDomain, Network, PendingLookup
from wagtail_leads.companies.operations import company_by_name, merge, note_networks
from wagtail_leads.companies.queries import guess_company
from wagtail_leads.companies.reverse_dns import NoAnswerInTime, SystemNameServer, look_up_due
from wagtail_leads.logic.company_guess import CompanyGuess, NetworkKind
from wagtail_leads.tracking.models import Visit
from wagtail_leads.tracking.naming import look_up_names

pytestmark = pytest.mark.django_db
IP = "203.0.113.9"
PROVIDER = CompanyGuess(label="So-net", kind=NetworkKind.ISP, confidence=20, reason="network_only")


class InMemoryNameServer:
    """Answers from two dictionaries; an exception among them is raised."""

    def __init__(self, names=None, addresses=None):
        self.names, self.addresses, self.asked = names or {}, addresses or {}, []

    def names_of(self, ip):
        self.asked.append(str(ip))
        answer = self.names.get(str(ip), [])
        if isinstance(answer, Exception):
            raise answer
        return answer

    def addresses_of(self, host, version):
        answer = self.addresses.get(host.strip("."), [])
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def switched_on(settings):
    settings.WAGTAIL_LEADS = {"REVERSE_DNS": True, "GUESS_PRIVATE_ADDRESSES": True}


def wait(now, *addresses):
    """Visits from these addresses; their names are to be asked."""
    for address in addresses or (IP,):
        truncated = address.rpartition(".")[0] + ".0"
        note_networks([(truncated, PROVIDER, ip_address(address))], now=now)


def company_server(**more):
    return InMemoryNameServer({IP: ["gw.mihon.co.jp."]}, {"gw.mihon.co.jp": [IP], **more})


class TestTheAnswer:
    def test_a_name_that_leads_back_names_a_company(self, now):
        wait(now)
        assert look_up_due(now=now, limit=10, resolver=company_server()) == 1
        row = Network.objects.get()
        assert (row.ptr_name, row.name, row.confidence, row.reason, row.kind) == (
            "gw.mihon.co.jp",
            "mihon.co.jp",
            80,
            "ptr",
            "company",
        )
        assert row.ptr_at == now
        company = Company.objects.get()
        assert company.is_guessed and company.domains.get().domain == "mihon.co.jp"
        assert guess_company(ip_address(IP)).name == "mihon.co.jp"

    def test_the_address_is_gone_with_the_answer(self, now):
        wait(now)
        look_up_due(now=now, limit=10, resolver=company_server())
        assert not PendingLookup.objects.exists()
        assert IP not in str(list(Network.objects.values()))

    def test_a_name_that_does_not_lead_back_is_anybodys(self, now):
        wait(now)
        server = InMemoryNameServer({IP: ["gw.mihon.co.jp"]}, {"gw.mihon.co.jp": ["198.51.100.1"]})
        look_up_due(now=now, limit=10, resolver=server)
        row = Network.objects.get()
        assert (row.name, row.ptr_name, row.ptr_at) == ("", "*.mihon.co.jp", now)

    def test_a_lines_name_is_kept_without_its_address(self, now):
        wait(now)
        server = InMemoryNameServer({IP: ["p203-0-113-9.tokyo.ocn.ne.jp"]})
        look_up_due(now=now, limit=10, resolver=server)
        assert Network.objects.get().ptr_name == "*.ocn.ne.jp"

    def test_no_name_is_an_answer(self, now):
        wait(now)
        look_up_due(now=now, limit=10, resolver=InMemoryNameServer())
        row = Network.objects.get()
        assert (row.ptr_name, row.ptr_at) == ("", now)
        assert not PendingLookup.objects.exists()

    def test_the_best_of_several_names_counts(self, now):
        wait(now)
        names = ["p9.ocn.ne.jp", "host.acme-works.com", "gw.mihon.co.jp"]
        server = InMemoryNameServer({IP: names}, {"host.acme-works.com": [IP], "gw.mihon.co.jp": [IP]})
        look_up_due(now=now, limit=10, resolver=server)
        assert Network.objects.get().name == "mihon.co.jp"

    @pytest.mark.parametrize("names", [["\udcff"], ["x" * 400], ["<script>.co.jp"], [""]])
    def test_names_that_are_none_do_no_harm(self, names, now):
        wait(now)
        look_up_due(now=now, limit=10, resolver=InMemoryNameServer({IP: names}))
        assert Network.objects.get().ptr_at == now

    def test_a_known_domain_is_its_companys(self, now):
        old, company = company_by_name("Old", now=now), company_by_name("ミホン", now=now)
        CompanyDomain.objects.create(company=old, domain="mihon.co.jp", created_at=now)
        merge(old, company, by=None, now=now)
        wait(now)
        look_up_due(now=now, limit=10, resolver=company_server())
        assert Network.objects.get().name == "ミホン"

    def test_what_a_person_said_meanwhile_stays(self, now):
        wait(now)
        Network.objects.update(reason="never", kind="isp")
        look_up_due(now=now, limit=10, resolver=company_server())
        row = Network.objects.get()
        assert (row.reason, row.name) == ("never", "")
        assert row.evidence[0]["name"] == "mihon.co.jp"

    def test_a_network_that_was_deleted_meanwhile_is_no_error(self, now):
        wait(now)
        Network.objects.all().delete()
        assert look_up_due(now=now, limit=10, resolver=company_server()) == 0

    def test_a_second_company_in_the_network_stands_beside_the_first(self, now):
        wait(now)
        look_up_due(now=now, limit=10, resolver=company_server())
        later = now + timedelta(days=2)
        wait(later, "203.0.113.77")
        server = InMemoryNameServer({"203.0.113.77": ["gw.acme.co.jp"]}, {"gw.acme.co.jp": ["203.0.113.77"]})
        look_up_due(now=later, limit=10, resolver=server)
        assert guess_company(ip_address(IP)).name == "mihon.co.jp"
        assert guess_company(ip_address("203.0.113.77")).name == "acme.co.jp"


class TestManners:
    def test_switched_off_nothing_is_asked_and_nothing_waits(self, now, settings):
        wait(now)
        settings.WAGTAIL_LEADS = {}
        server = company_server()
        assert look_up_due(now=now, limit=10, resolver=server) == 0
        assert server.asked == [] and not PendingLookup.objects.exists()

    def test_after_a_day_it_is_forgotten_unasked(self, now):
        wait(now)
        server = company_server()
        assert look_up_due(now=now + timedelta(hours=25), limit=10, resolver=server) == 0
        assert server.asked == [] and not PendingLookup.objects.exists()

    def test_no_more_a_minute_than_allowed(self, now, settings):
        settings.WAGTAIL_LEADS |= {"REVERSE_DNS_PER_MINUTE": 3}
        wait(now, *(f"203.0.{n}.9" for n in range(8)))
        server = InMemoryNameServer()
        assert look_up_due(now=now, limit=10, resolver=server) == 3
        assert look_up_due(now=now + timedelta(seconds=20), limit=10, resolver=server) == 0
        assert look_up_due(now=now + timedelta(seconds=61), limit=10, resolver=server) == 3

    def test_no_more_at_once_than_the_caller_wants(self, now):
        wait(now, *(f"203.0.{n}.9" for n in range(8)))
        assert look_up_due(now=now, limit=2, resolver=InMemoryNameServer()) == 2

    def test_a_time_out_is_tried_three_times(self, now):
        wait(now)
        server, at, tries = InMemoryNameServer({IP: NoAnswerInTime()}), now, []
        for minutes in (0, 0.5, 1, 5, 11, 12, 60, 80):
            at = now + timedelta(minutes=minutes)
            tries.append(look_up_due(now=at, limit=10, resolver=server))
        assert tries == [1, 0, 1, 0, 1, 0, 0, 0]
        assert not PendingLookup.objects.exists()
        assert Network.objects.get().ptr_at == now + timedelta(minutes=11)

    def test_a_name_server_that_is_away_is_left_alone_for_a_while(self, now):
        addresses = [f"203.0.{n}.9" for n in range(9)]
        wait(now, *addresses)
        server = InMemoryNameServer({address: NoAnswerInTime() for address in addresses})
        assert look_up_due(now=now, limit=20, resolver=server) == 4
        assert look_up_due(now=now + timedelta(minutes=5), limit=20, resolver=server) == 0
        server.names = {}
        assert look_up_due(now=now + timedelta(minutes=11), limit=20, resolver=server) == 9

    def test_one_time_out_among_answers_is_no_reason_to_pause(self, now):
        addresses = [f"203.0.{n}.9" for n in range(9)]
        wait(now, *addresses)
        server = InMemoryNameServer({address: NoAnswerInTime() for address in addresses[::2]})
        assert look_up_due(now=now, limit=20, resolver=server) == 9

    def test_of_two_workers_one_asks(self, now):
        wait(now)

        class Slow(InMemoryNameServer):
            def names_of(self, ip):
                if not self.asked:
                    self.asked.append(str(ip))
                    assert look_up_due(now=now, limit=10, resolver=self) == 0
                return []

        assert look_up_due(now=now, limit=10, resolver=Slow()) == 1

    def test_the_systems_name_server_translates_what_it_hears(self, monkeypatch):
        import dns.exception
        import dns.resolver

        def answering(error):
            def ask(*args, **kwargs):
                assert kwargs["lifetime"] <= 2
                raise error

            return ask

        server = SystemNameServer()
        for error in (dns.resolver.NXDOMAIN(), dns.resolver.NoAnswer(response=_Response())):
            monkeypatch.setattr(dns.resolver, "resolve_address", answering(error))
            assert server.names_of(ip_address(IP)) == []
        for error in (dns.exception.Timeout(), dns.resolver.NoNameservers(), OSError("no network")):
            monkeypatch.setattr(dns.resolver, "resolve", answering(error))
            with pytest.raises(NoAnswerInTime):
                server.addresses_of("gw.mihon.co.jp", 4)


class _Response:
    question = ()


class TestVisits:
    def visit(self, now, visitor=None, **fields):
        at = fields.pop("at", now)
        return Visit.objects.create(
            visitor=visitor or make_visitor(now), started_at=at, last_at=at, network=Network.objects.get(), **fields
        )

    def test_visits_of_the_network_get_the_company(self, now):
        wait(now)
        one, other = self.visit(now), self.visit(now)
        assert look_up_names(now=now, limit=10, resolver=company_server()) == 1
        for visit in (one, other):
            visit.refresh_from_db()
            assert (visit.company.name, visit.company_reason, visit.company_confidence) == ("mihon.co.jp", "ptr", 80)

    def test_a_visit_that_has_a_company_keeps_it(self, now):
        wait(now)
        company = company_by_name("Acme", now=now)
        theirs = self.visit(now, company=company, company_reason="lead", company_confidence=90)
        look_up_names(now=now, limit=10, resolver=company_server())
        theirs.refresh_from_db()
        assert (theirs.company, theirs.company_reason) == (company, "lead")

    def test_older_visits_of_other_browsers_may_be_a_neighbours(self, now):
        wait(now)
        old, fresh = self.visit(now, at=now - timedelta(days=40)), self.visit(now)
        look_up_names(now=now, limit=10, resolver=company_server())
        old.refresh_from_db()
        fresh.refresh_from_db()
        assert fresh.company is not None and old.company is None

    def test_older_visits_of_the_same_browser_are_theirs(self, now):
        wait(now)
        visitor = make_visitor(now)
        old = self.visit(now, visitor, at=now - timedelta(days=40))
        self.visit(now, visitor)
        look_up_names(now=now, limit=10, resolver=company_server())
        old.refresh_from_db()
        assert old.company is not None
