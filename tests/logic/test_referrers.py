import json
from importlib import resources

import pytest

from wagtail_leads.logic import referrers
from wagtail_leads.logic.referrers import Referrer, kind_of_source, read


def test_the_list_names_its_origin():
    data = json.loads(resources.files("wagtail_leads.logic").joinpath("data", "referrers.json").read_text("utf-8"))
    assert "matomo" in data["origin"]
    assert data["licence"] == "CC0-1.0"


def test_each_social_network_and_assistant_of_the_list_is_found_by_its_hosts():
    data = json.loads(resources.files("wagtail_leads.logic").joinpath("data", "referrers.json").read_text("utf-8"))
    hosts = [*data["social"], *data["ai"]]
    missed = [host for host in hosts if read(f"https://{host}/").kind not in ("social", "ai", "video", "email")]
    assert missed == []


def test_each_search_engine_of_the_list_is_found():
    data = json.loads(resources.files("wagtail_leads.logic").joinpath("data", "referrers.json").read_text("utf-8"))
    urls = [url.replace("{}", "de" if "{}." in url else "co.jp") for url in data["search"] if "//" not in url]
    missed = [url for url in urls if read(f"https://{url}").kind == "other"]
    assert missed == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("google", ("search", "google")),
        ("Google", ("search", "google")),
        ("fb", ("social", "facebook")),
        ("x", ("social", "twitter")),
        ("youtube", ("video", "youtube")),
        ("chatgpt.com", ("ai", "chatgpt")),
        ("www.facebook.com", ("social", "facebook")),
        ("newsletter", ("other", "newsletter")),
        ("", ("other", "")),
    ],
)
def test_a_campaigns_source_is_recognised(source, found):
    assert kind_of_source(source) == found


@pytest.mark.parametrize(
    "junk", ["", None, "javascript:alert(1)", "http://", "//x.com", "https://%00/", "http://[::1", 3]
)
def test_what_is_no_address_is_none(junk):
    assert read(junk).kind in ("none", "other")
    assert read("http://[::1") == Referrer()


def test_the_host_is_ascii_and_without_www():
    assert referrers.split("https://www.日本語.jp:80/a?b=c") == ("xn--wgv71a119e.jp", "/a", "b=c")
