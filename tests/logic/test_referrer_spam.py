import json
from importlib import resources

import pytest

from wagtail_leads.logic.referrer_spam import FAMILIES, is_spam
from wagtail_leads.logic.referrers import bare


def data(name):
    return json.loads(resources.files("wagtail_leads.logic").joinpath("data", name).read_text("utf-8"))


def test_the_list_names_its_origin_and_licence():
    found = data("referrer_spam.json")
    assert "matomo" in found["origin"] and found["licence"] == "public domain" and len(found["hosts"]) > 200


@pytest.mark.parametrize(
    "host",
    [
        "semalt.com",
        "site.semalt.com",
        "semaltmedia.com",
        "buttons-for-website.com",
        "buttons-for-your-website.com",
        "free-share-buttons.com",
        "free-social-buttons-ab.xyz",
        "get-your-social-buttons.info",
        "floating-share-buttons.com",
        "get-free-traffic-now.com",
        "get-free-social-traffic.com",
        "buy-cheap-website-traffic.top",
        "webmaster-traffic.com",
        "100dollars-seo.com",
        "best-seo-offer.com",
        "every-lang-seo.com",
        "rank-checker.online",
        "keywords-monitoring-success.com",
        "copyrightclaims.xyz",
        "law-enforcement-check-three.xyz",
        "eu-cookie-law-enforcement2.xyz",
        "o-o-11-o-o.com",
        "ilovevitaly.co",
        "pornhub-forum.ga",
        "xn--80adgcaax6acohn6r.xn--p1ai",
    ],
)
def test_spam_is_known_by_host_or_family(host):
    assert is_spam(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "google.com",
        "best-seo.com",
        "seo-japan.com",
        "real-time-traffic.info",
        "traffic.jp",
        "social-media.com",
        "buttonfactory.co.jp",
        "workshop.xyz",
        "compliance-training.org",
        "drupa.com",
        "lifehacker.com",
        "share.jp",
        "notsemalt.com",
        "econom.jp",
        "free.fr",
    ],
)
def test_real_sites_are_not(host):
    assert not is_spam(host)


def test_no_engine_network_or_assistant_is_taken_for_spam():
    lists = data("referrers.json")
    hosts = [bare(url.split("/")[0]) for kind in ("search", "social", "ai") for url in lists[kind]]
    assert [host for host in hosts if is_spam(host)] == []


def test_families_find_what_the_list_does_not_have_yet():
    found = [host for host in data("referrer_spam.json")["hosts"] if any(f.search(host) for f in FAMILIES)]
    assert len(found) >= 50
