"""The page that states what is recorded and sent where: made from what is really enabled, in the reader's language."""

import os
import re

import pytest
from django.core.cache import cache
from django.template import Context, Template
from django.utils import translation
from wagtail.models import Site as WagtailSite

from tests.making import make_message
from wagtail_leads.companies.credits import credits_of
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.models import OutsideService, TrackingSettings, Visitor
from wagtail_leads.tracking import site_rules
from wagtail_leads.tracking.disclosure import disclosure_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def mode(site):
    def mode(name="notice", *, services=(), **values):
        row, _made = TrackingSettings.objects.update_or_create(site=site, defaults={"mode": name, **values})
        for service in services:
            OutsideService.objects.create(settings=row, **service)
        site_rules.forget()

    return mode


def text(browser, path="/leads/privacy/", **headers) -> str:
    response = browser.get(path, **headers)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def whats(told) -> str:
    return "\n".join(row.what for row in (*told.sendings, *told.outside))


def names(told) -> list[str]:
    return [row.name for row in told.cookies]


# --- the page ---------------------------------------------------------------------------------------------------------


def test_it_is_never_cached_and_sets_no_cookie(browser, site):
    response = browser.get("/leads/privacy/")
    assert response.headers["Cache-Control"] == "private, no-store" and not response.cookies
    assert browser.head("/leads/privacy/").status_code == 200
    assert browser.post("/leads/privacy/", {"choice": "out"}).status_code == 405


IN_PATH = pytest.mark.skipif(
    os.environ.get("LEADS_TEST_VARIATION") == "1", reason="on that site the language is in the path, and ours has none"
)


@IN_PATH
def test_the_language_follows_the_request(browser, site):
    # (words that were in the catalogue before)
    assert "当サイトが記録する閲覧情報について" in text(browser, HTTP_ACCEPT_LANGUAGE="ja")
    assert "What we record of your visits" in text(browser, HTTP_ACCEPT_LANGUAGE="en")


def test_from_a_page_it_opens_in_the_pages_language(browser, site):
    response = browser.get("/leads/privacy/?lang=ja", HTTP_ACCEPT_LANGUAGE="en")
    assert (
        "当サイトが記録する閲覧情報について" in response.content.decode()
        and response.headers["Content-Language"] == "ja"
    )
    assert "What we record" in text(browser, "/leads/privacy/?lang=../x", HTTP_ACCEPT_LANGUAGE="en")


@pytest.mark.parametrize(
    ("name", "cookie", "headers", "says", "buttons"),
    [
        ("off", "", {}, "There is nothing to switch off", []),
        ("notice", "", {}, "Visits of this browser are recorded.", ["no"]),
        ("notice", "ok", {}, "Visits of this browser are recorded.", ["no"]),
        ("notice", "no", {}, "because you have said no", ["yes"]),
        ("opt_in", "", {}, "as long as you have not agreed", ["yes", "no"]),
        ("opt_in", "ok", {}, "as long as you have not agreed", ["yes", "no"]),
        ("opt_in", "yes", {}, "as you have agreed", ["no"]),
        ("opt_in", "no", {}, "because you have said no", ["yes"]),
        ("cookieless", "", {}, "recorded without a cookie", ["no"]),
        ("cookieless", "no", {}, "because you have said no", ["yes"]),
        ("notice", "", {"HTTP_SEC_GPC": "1"}, "Your browser asks not to be followed", ["no"]),
        ("notice", "", {"HTTP_DNT": "1"}, "because it asks for that", []),
    ],
)
def test_it_says_how_it_stands_with_this_browser(browser, mode, name, cookie, headers, says, buttons):
    mode(name, do_not_track="off")
    if cookie:
        browser.cookies["leads_consent"] = cookie
    html = text(browser, **headers)
    assert says in html
    assert re.findall(r'name="answer" value="(\w+)"', html) == buttons


def test_a_colleague_is_told_so(browser, admin_client, site):
    admin_client.get("/cms/")
    browser.cookies["leads_staff"] = admin_client.cookies["leads_staff"].value
    html = text(browser)
    assert "member of staff" in html and 'name="answer"' not in html


@pytest.mark.parametrize("name", ["notice", "opt_in", "cookieless"])
def test_the_buttons_do_what_they_say(browser, mode, name):
    mode(name)
    for choice, says in (("no", "because you have said no"), ("yes", "Visits of this browser are recorded")):
        html = text(browser, "/leads/privacy/?lang=en")
        form = html[html.index('<form class="leads-choice__form"') :]
        told = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        response = browser.post("/leads/notice/", {**told, "answer": choice})
        assert response.status_code == 303 and response.headers["Location"] == "/leads/privacy/?lang=en"
        assert says in text(browser)
    from wagtail_leads.models import Consent

    assert list(Consent.objects.order_by("pk").values_list("answer", "granted", "source")) == [
        ("no", False, "privacy page"),
        ("yes", True, "privacy page") if name == "opt_in" else ("ok", False, "privacy page"),
    ]
    assert all(Consent.objects.values_list("wording", flat=True))


def test_who_refused_before_and_has_a_cookie_again_loses_it_here_too(browser, mode, article):
    mode()
    html = browser.get("/article/").content.decode()
    said = re.search(r'name="said" value="([^"]+)"', html)[1]
    browser.post("/leads/notice/", {"answer": "yes", "said": said})
    browser.cookies["leads_consent"] = "no"
    assert browser.get("/leads/privacy/").cookies["leads_visitor"]["max-age"] == 0
    assert Visitor.objects.get().forgotten_at is not None


def test_hostile_words_of_editors_are_escaped(browser, mode, sender):
    sender.company_name = "<script>alert(1)</script>"
    sender.save()
    mode(services=[{"name": "<b>", "recipient": "<i>", "what": "<u>", "purpose": "<s>", "url": "https://x.example/"}])
    html = browser.get("/leads/privacy/").content.decode()
    assert "<script>alert" not in html and "<b>" not in html and "<u>" not in html and "&lt;u&gt;" in html


# --- what it says -----------------------------------------------------------------------------------------------------


def test_what_when_to_whom_what_for(site, sender, mode):
    mode()
    told = disclosure_of(site)
    assert told.us == "Sample Works Ltd. (our own server, localhost)" and told.contact == sender.contact
    assert all(row.what and row.purpose for row in told.sendings) and not told.outside
    assert "network address (IP)" in told.sendings[0].what and "search for" in whats(told)


def test_only_what_the_script_measures(site, mode):
    mode(measure_links=False, measure_shares=False)
    told = whats(disclosure_of(site))
    assert "how far it is scrolled" in told and "files that are opened" in told
    assert "links to other sites" not in told and "share buttons" not in told


def test_mail_is_told_of_when_there_is_mail(site, mode, now):
    mode()
    assert "mail" not in whats(disclosure_of(site))
    make_message(now)
    told = whats(disclosure_of(site))
    assert "Whether you open a mail from us" in told and "network address (IP), shortened" in told


@pytest.mark.parametrize(
    ("setting", "name", "says"),
    [
        ("all", "notice", "earlier ones too"),
        ("all", "opt_in", "earlier ones too"),
        ("from_now", "notice", "are linked with your name"),
        ("ask", "notice", "are linked with your name"),
        ("all", "cookieless", "To answer you"),
        ("all", "off", "To answer you"),
    ],
)
def test_what_a_form_links(site, mode, settings, setting, name, says):
    mode(name)
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "LINK_HISTORY": setting}
    form = next(row for row in disclosure_of(site).sendings if "form" in row.what)
    assert says in form.purpose and ("linked" in form.purpose) is (name in ("notice", "opt_in"))
    assert ("earlier" in form.purpose) is (setting == "all" and "linked" in form.purpose), "what is true, and no more"


@pytest.mark.parametrize(
    ("name", "cookies"),
    [
        ("off", []),
        ("cookieless", ["leads_consent", "leads_staff"]),
        ("notice", ["leads_visitor", "leads_consent", "leads_staff"]),
        ("opt_in", ["leads_visitor", "leads_consent", "leads_staff"]),
    ],
)
def test_the_cookies_of_the_mode(site, mode, name, cookies):
    mode(name)
    assert names(disclosure_of(site, pass_cookie="leads_pass")) == cookies


def test_the_pass_only_where_pages_are_gated(site, mode, paper, now):
    mode("off")
    PagePolicy.objects.create(page_id=paper.pk, gated=True, updated_at=now)
    told = disclosure_of(site, pass_cookie="leads_pass")
    assert names(told) == ["leads_pass"] and "needed for that" in told.cookies[0].purpose


def test_the_name_and_life_of_the_cookie_are_the_sites(site, mode, settings):
    mode()
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "COOKIE_NAME": "v", "COOKIE_DAYS": 30}
    told = disclosure_of(site)
    assert (told.cookies[0].name, told.cookies[0].life) == ("v", "30 days")
    assert told.cookies[1].life == "6 months; a refusal 183 days", "a refusal holds as long as it is not asked again"


@pytest.mark.parametrize(
    ("days", "says"),
    [(0, "shortened before it is stored"), (1, "kept in full for 1 day,"), (7, "kept in full for 7 days,")],
)
def test_how_long_addresses_are_whole(site, mode, settings, days, says):
    mode()
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "KEEP_FULL_ADDRESS_DAYS": days}
    assert says in "\n".join(disclosure_of(site).remarks)


def test_reverse_dns_is_a_sending_to_others_when_it_is_on(site, mode, settings):
    mode()
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "REVERSE_DNS": True}
    (row,) = disclosure_of(site).outside
    assert "sent by our server" in row.what and "Name servers" in row.to
    remarks = "\n".join(disclosure_of(site).remarks)
    assert "kept for up to a day" in remarks and "we do not keep the full one" not in remarks
    mode("off")
    assert not disclosure_of(site).outside


def test_the_company_look_up_and_what_its_files_want_said(site, mode, settings, monkeypatch):
    mode()
    told = "\n".join(disclosure_of(site).remarks)
    assert "guess which company" in told and "country and prefecture" in told, "own lists and known leads need no file"
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "MMDB": ["/nowhere.mmdb"]}
    told = disclosure_of(site)
    assert "guess which company" in "\n".join(told.remarks) and told.credits == (), (
        "a file that is not there says nothing"
    )
    for types, address in (
        (["GeoLite2-ASN", "GeoLite2-City"], "https://www.maxmind.com"),
        (["DBIP-ASN-Lite (compat=GeoLite2-ASN)"], "https://db-ip.com"),
        (["ipinfo ipinfo_lite.mmdb"], "https://ipinfo.io"),
    ):
        assert [credit.url for credit in credits_of(types)] == [address]
    assert credits_of(["Own-Companies", ""]) == []


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("ignore", "“Global Privacy Control” get no cookie."),
        ("cookieless", "or “Do Not Track”"),
        ("off", "nothing is recorded"),
    ],
)
def test_what_browsers_say_is_honoured_as_told(site, mode, setting, says):
    mode(do_not_track=setting)
    assert says in disclosure_of(site).remarks[-1]


def test_other_services_of_the_site_in_their_order(browser, site, mode):
    row = {
        "recipient": "Map Ltd.",
        "what": "Your address",
        "purpose": "To show maps",
        "url": "https://map.example/privacy",
    }
    mode(
        "off",
        services=[{"name": "Maps", "sort_order": 2, **row}, {**row, "name": "Map Ltd.", "url": "", "sort_order": 1}],
    )
    assert [one.to for one in disclosure_of(site).outside] == ["Map Ltd.", "Maps (Map Ltd.)"]
    html = text(browser)
    assert 'href="https://map.example/privacy"' in html and "This site itself records no visits." in html


def test_the_services_of_another_site_are_not_told_here(browser, home, site, mode):
    other = WagtailSite.objects.create(hostname="second.example", port=80, root_page=home)
    row = TrackingSettings.objects.create(site=other)
    OutsideService.objects.create(settings=row, name="Chat", recipient="Chat Ltd.", what="words", purpose="to chat")
    mode(services=[{"name": "Maps", "recipient": "Map Ltd.", "what": "w", "purpose": "p"}])
    assert [one.to for one in disclosure_of(site).outside] == ["Maps (Map Ltd.)"]
    assert [one.to for one in disclosure_of(other).outside] == ["Chat (Chat Ltd.)"]
    assert "Chat Ltd." not in text(browser) and "Chat Ltd." in text(browser, HTTP_HOST="second.example")


def test_when_nothing_is_enabled_it_says_so(browser, site, mode, settings):
    mode("off")
    assert "This site records no visits and sends nothing about them to anybody." in text(browser)
    mode("notice")
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "TRACKING": False}
    html = text(browser)
    assert "This site records no visits and sends nothing" in html and 'name="answer"' not in html


def test_without_sender_details_it_still_names_somebody(site, mode):
    mode()
    site.site_name = ""
    assert disclosure_of(site).us.startswith("the operator of this site")
    assert disclosure_of(None).us


def test_every_sentence_is_made_in_the_readers_language(site, mode):
    mode("cookieless")
    with translation.override("ja"):
        assert disclosure_of(site).cookies[0].life


def test_a_bounded_number_of_queries(site, mode, django_assert_max_num_queries):
    mode(services=[{"name": f"S{n}", "recipient": "R", "what": "w", "purpose": "p"} for n in range(20)])
    site_rules.refresh()
    with django_assert_max_num_queries(7):
        disclosure_of(site, pass_cookie="leads_pass")


# --- the template tag -------------------------------------------------------------------------------------------------


def test_the_tag_states_the_same_for_all_visitors(rf, site, mode, sender):
    mode()
    request = rf.get("/privacy/", HTTP_HOST="localhost")
    html = Template("{% load wagtail_leads_tags %}{% leads_disclosure %}").render(Context({"request": request}))
    assert "leads_visitor" in html and "Sample Works Ltd." in html and 'href="/leads/privacy/?lang=en"' in html
    assert "<form" not in html and "<h1" not in html, "the page around it has its own heading, and stays cacheable"


def test_the_tag_works_without_a_request(site):
    assert "What is sent" in Template("{% load wagtail_leads_tags %}{% leads_disclosure %}").render(Context({}))
    cache.clear()
