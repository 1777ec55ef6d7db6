"""The beacon's door and its script."""

import json

import pytest

from wagtail_leads.models import DropCount, PageView, Visit, Visitor
from wagtail_leads.tracking.injection import page_token

pytestmark = pytest.mark.django_db


def tell(browser, page, site, *, view="a" * 16, path="/article/", **extra):
    body = json.dumps({"v": view, "t": 10, "s": 5, "p": page_token(page.pk, site.pk), "u": path, "r": "", "e": 0})
    return browser.post("/leads/b", body, content_type="text/plain", **extra)


def test_the_script_is_public_and_cacheable_and_sets_no_cookie(browser):
    response = browser.get("/leads/page.js")
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=3600"
    assert b"sendBeacon" in response.content
    assert not response.cookies and "Cookie" not in response.headers.get("Vary", "")
    assert browser.head("/leads/page.js").status_code == 200
    assert browser.post("/leads/page.js").status_code == 405


def test_the_beacon_sets_the_visitor_cookie_once(browser, article, site):
    response = tell(browser, article, site)
    assert response.status_code == 204 and response.content == b""
    cookie = response.cookies["leads_visitor"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and not cookie["secure"]
    assert int(cookie["max-age"]) == 395 * 86400
    again = tell(browser, article, site)
    assert not again.cookies
    assert Visitor.objects.count() == 1 and PageView.objects.count() == 1, "the same view told twice is one"


def test_the_cookie_is_secure_on_https(browser, article, site):
    assert tell(browser, article, site, secure=True).cookies["leads_visitor"]["secure"]


def test_the_secure_flag_can_be_set(browser, article, site, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "COOKIE_SECURE": True}
    assert tell(browser, article, site).cookies["leads_visitor"]["secure"]


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_SEC_FETCH_SITE": "cross-site"},
        {"HTTP_SEC_FETCH_SITE": "same-site"},
        {"HTTP_SEC_FETCH_SITE": None, "HTTP_ORIGIN": "https://evil.example"},
        {"HTTP_SEC_FETCH_SITE": None, "HTTP_ORIGIN": "null"},
        {"HTTP_SEC_FETCH_SITE": None, "HTTP_ORIGIN": "http://[broken"},
    ],
)
def test_another_site_cannot_tell_of_views(browser, article, site, headers):
    headers = dict(headers)
    if headers.get("HTTP_SEC_FETCH_SITE", "") is None:
        browser.defaults.pop("HTTP_SEC_FETCH_SITE")
        headers.pop("HTTP_SEC_FETCH_SITE")
    response = tell(browser, article, site, **headers)
    assert response.status_code == 204 and not response.cookies
    assert "Access-Control-Allow-Origin" not in response.headers
    assert not PageView.objects.exists() and DropCount.objects.get().reason == "malformed"


def test_an_old_browser_without_fetch_metadata_is_believed_by_its_origin(browser, article, site):
    browser.defaults.pop("HTTP_SEC_FETCH_SITE")
    tell(browser, article, site, HTTP_ORIGIN="http://localhost")
    assert PageView.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"v": "short"},
        {"v": "A" * 16},
        {"p": "forged"},
        {"u": "no-slash"},
        {"u": "https://evil.example/"},
        {"v": 7},
        {"r": None},
    ],
)
def test_what_the_script_did_not_write_is_counted_and_left_out(browser, article, site, change):
    told = {"v": "a" * 16, "t": 1, "s": 1, "p": page_token(article.pk, site.pk), "u": "/article/", "r": "", "e": 0}
    assert browser.post("/leads/b", json.dumps(told | change), content_type="text/plain").status_code == 204
    assert not PageView.objects.exists()
    assert DropCount.objects.get().count == 1


def test_a_forged_cookie_is_replaced_and_counted(browser, article, site):
    browser.cookies["leads_visitor"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    assert "leads_visitor" in tell(browser, article, site).cookies
    assert DropCount.objects.get(reason="forged").count >= 1


def test_a_beacon_cannot_change_somebody_elses_view(browser, article, site):
    tell(browser, article, site)
    browser.cookies.clear()
    tell(browser, article, site)
    assert PageView.objects.count() == 1 and PageView.objects.get().visit.visitor == Visitor.objects.earliest("pk")


def test_who_opted_out_is_neither_recorded_nor_given_a_cookie(browser, article, site):
    page = browser.post("/leads/privacy/", {"choice": "out"})
    assert page.status_code == 200 and page.cookies["leads_consent"].value == "no"
    assert not tell(browser, article, site).cookies
    browser.get("/article/")
    assert not Visit.objects.exists()
    browser.post("/leads/privacy/", {"choice": "in"})
    assert "leads_visitor" in tell(browser, article, site).cookies


def test_another_site_cannot_opt_a_visitor_out(browser):
    response = browser.post("/leads/privacy/", {"choice": "out"}, HTTP_SEC_FETCH_SITE="cross-site")
    assert (
        response.status_code < 500
        and response.cookies.get("leads_consent") is None
        or (response.cookies["leads_consent"].value == "")
    )


def test_a_foreign_post_does_not_take_the_opt_out_back(browser):
    browser.post("/leads/privacy/", {"choice": "out"})
    browser.post("/leads/privacy/", {"choice": "in"}, HTTP_SEC_FETCH_SITE="cross-site")
    assert browser.cookies["leads_consent"].value == "no"


def test_views_survive_a_change_of_the_key(browser, article, site, settings):
    tell(browser, article, site)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert not tell(browser, article, site, view="b" * 16).cookies, "the cookie is still good"
    assert Visitor.objects.count() == 1
    settings.SECRET_KEY_FALLBACKS = []
    assert "leads_visitor" in tell(browser, article, site, view="c" * 16).cookies
