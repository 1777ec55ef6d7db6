import importlib.util
import json
from importlib import resources
from pathlib import Path

import pytest

from wagtail_leads.logic import referrers
from wagtail_leads.logic.campaign_sources import is_advertising, kind_of_source
from wagtail_leads.logic.referrers import Referrer, read


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


SHARED = Path(__file__).parents[3] / "shared/data/referrers"


@pytest.mark.skipif(not SHARED.exists(), reason="the folder of real data is not here")
def test_the_list_is_what_its_script_makes_of_the_origin(tmp_path, monkeypatch):
    pytest.importorskip("yaml", reason="pyyaml is not installed")
    spec = importlib.util.spec_from_file_location("refresh", Path(__file__).parents[2] / ".ci/refresh_referrers.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "DATA", tmp_path)
    script.main(SHARED)
    ours = resources.files("wagtail_leads.logic").joinpath("data", "referrers.json").read_text("utf-8")
    assert (tmp_path / "referrers.json").read_text("utf-8") == ours
    with pytest.raises(SystemExit):
        script.main(tmp_path)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("google-ads", True),
        ("Google Ads", True),
        ("fb_ad", True),
        ("adwords", True),
        ("LINE広告", True),
        ("google", False),
        ("downloads", False),
        ("threads", False),
        ("nomads", False),
        ("", False),
    ],
)
def test_a_source_that_says_it_is_an_ad(source, found):
    assert is_advertising(source) is found


def test_names_of_google_s_list_of_sources_are_known():
    """A sample of each kind from the list on https://support.google.com/analytics/answer/9756891 ."""
    kinds = {
        "search": "360.cn aol ask auone baidu bing biglobe.ne.jp centrum.cz cnn daum duckduckgo ecosia.org excite.com "
        "globo go.mail.ru google google-play googlemybusiness kvasir lycos msn naver onet qwant rakuten rambler seznam "
        "so.com sogou startsiden terra tut.by virgilio yahoo yahoo.co.jp yandex",
        "social": "5ch.net ameblo.jp b.hatena.ne.jp blogger.com bsky.app disqus.com exblog.jp facebook fb fc2 flipboard "
        "gree.jp hatena ig instagram kakao line linkedin lnkd.in mbga.jp medium.com mixi.jp okwave.jp pinterest quora "
        "reddit skype smartnews.com snapchat stackoverflow t.co tiktok tumblr twitter vk.com wechat weibo whatsapp "
        "wordpress xing yammer yelp",
        "video": "dailymotion disneyplus.com hulu iqiyi netflix ted twitch vimeo wistia youku youtube",
        "shopping": "alibaba amazon ebay etsy igshopping mercadolibre shop.app shopify shopping.yahoo.co.jp stripe walmart",
    }
    missed = [name for kind, names in kinds.items() for name in names.split() if kind_of_source(name)[0] != kind]
    assert missed == []
