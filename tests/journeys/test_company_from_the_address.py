"""A visit from a target account's network, from the hit to the notice; reverse DNS for another; our own office left out."""

import pytest

from tests.companies.test_reverse_dns import InMemoryNameServer
from tests.making import flow
from tests.tracking.test_store import page
from wagtail_leads.companies.models import Company, PendingLookup
from wagtail_leads.companies.operations import company_by_name
from wagtail_leads.companies.own_networks import Statement, put_networks
from wagtail_leads.logic.kinds import DropReason, NetworkAction
from wagtail_leads.mailing.models import Message
from wagtail_leads.models import DropCount, Visit
from wagtail_leads.tracking.naming import look_up_names
from wagtail_leads.tracking.operations import store

pytestmark = pytest.mark.django_db


def come(now, address, key):
    store([page(ord(key), now.timestamp(), remote_addr=address, visitor_key=key * 32)], now=now)
    return Visit.objects.order_by("-pk").first()


def test_from_the_address_to_the_notice(site, sender, now, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "REVERSE_DNS": True, "GUESS_PRIVATE_ADDRESSES": True}
    target = company_by_name("東洋精機株式会社", now=now)
    Company.objects.filter(pk=target.pk).update(is_target=True)
    put_networks(
        [
            Statement(cidr="203.0.113.0/24", action=NetworkAction.COMPANY, company=target),
            Statement(cidr="192.0.2.0/24", action=NetworkAction.IGNORE),
        ],
        by=None,
        now=now,
    )

    visit = come(now, "203.0.113.9", "a")
    assert (visit.company, visit.company_confidence, visit.company_reason) == (target, 100, "own_network")
    assert visit.network.evidence[0]["name"] == target.name
    flow(now)
    assert Message.objects.get(template="target_visit").context["confidence"] == 100

    come(now, "192.0.2.77", "b")
    assert Visit.objects.count() == 1
    assert DropCount.objects.get(reason=DropReason.OWN_NETWORK.value).count == 1

    stranger = come(now, "198.51.100.7", "c")
    assert stranger.company is None
    assert PendingLookup.objects.get().address == "198.51.100.7"
    server = InMemoryNameServer({"198.51.100.7": ["gw.mihon.co.jp"]}, {"gw.mihon.co.jp": ["198.51.100.7"]})
    assert look_up_names(now=now, limit=5, resolver=server) == 1
    stranger.refresh_from_db()
    assert (stranger.company.name, stranger.company_reason) == ("mihon.co.jp", "ptr")
    assert come(now, "198.51.100.7", "d").company == stranger.company
