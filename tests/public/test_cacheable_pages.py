"""Pages stay cacheable, tracking costs no query, and a page from a cache is counted by its beacon, once."""

import json
import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from wagtail_leads.content.models import PagePolicy
from wagtail_leads.models import Activity, DropCount, Lead, PageView, TrackingSettings, Visitor
from wagtail_leads.public import serving
from wagtail_leads.tracking import buffer, cookies, site_rules
from wagtail_leads.tracking.injection import page_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_memory(settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "BUFFER": "memory", "FLUSH_SECONDS": 3600}
    buffer._buffer = made = buffer.Buffer()
    made.ensure_thread = lambda: None
    yield made
    buffer._buffer = None


def queries(browser, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert browser.get(path).status_code == 200
    return len(seen)


def assert_cacheable(response):
    assert response.status_code == 200
    assert not response.cookies, response.cookies
    assert "cookie" not in response.headers.get("Vary", "").lower()
    assert "no-store" not in response.headers.get("Cache-Control", "")
    assert "private" not in response.headers.get("Cache-Control", "")


def beacon(browser, html: str, path: str, view: str = "a" * 16):
    token = re.search(r'data-page="([^"]+)"', html)[1]
    body = json.dumps({"v": view, "t": 10, "s": 5, "p": token, "u": path, "r": "", "e": 0})
    return browser.post("/leads/b", body, content_type="text/plain")


def test_first_return_and_identified_visit_carry_no_cookie_and_no_vary(browser, article, paper, now):
    PagePolicy.objects.create(page_id=paper.pk, gated=True, updated_at=now)
    first = browser.get("/article/")
    assert_cacheable(first)
    beacon(browser, first.content.decode(), "/article/")
    second = browser.get("/article/")
    assert_cacheable(second)
    assert second.content == first.content, "the same page for all"
    action = re.search(r'action="(/leads/f/[^"]+)"', browser.get("/paper/").content.decode())[1]
    browser.post(action, {"company": "x", "name": "y", "email": "a@mihon.example"})
    assert_cacheable(browser.get("/article/"))


def test_staff_get_their_marker_in_the_admin_not_on_a_page(admin_client, article):
    admin = admin_client.get("/cms/")
    assert admin.status_code == 200 and "leads_staff" in admin.cookies
    admin_client.cookies.pop("sessionid")
    assert_cacheable(admin_client.get("/article/"))
    assert not PageView.objects.exists()


def test_tracking_asks_the_database_nothing(browser, article, in_memory, settings):
    browser.get("/article/")
    on = queries(browser, "/article/")
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "TRACKING": False}
    assert on == queries(browser, "/article/")
    assert len(in_memory.hits) == 2


def test_the_gate_asks_once(browser, article, in_memory, monkeypatch):
    browser.get("/article/")
    on = queries(browser, "/article/")
    monkeypatch.setattr(serving.gate, "gate_of", lambda *asked: serving.gate.Gate(policy=None, is_open=True))
    assert on - queries(browser, "/article/") == 1


def test_our_middleware_touches_neither_session_nor_user(in_memory):
    from wagtail_leads.middleware import LeadsMiddleware
    from wagtail_leads.tracking.recording import Served

    class Untouchable:
        def __getattr__(self, name):
            raise AssertionError(f"touched: {name}")

    request = RequestFactory().get("/x/")
    request.session, request.user = Untouchable(), Untouchable()
    request._leads_served = Served(page_id=1, title="x", site_id=1)
    LeadsMiddleware(lambda r: HttpResponse("x"))(request)
    assert len(in_memory.hits) == 1
    assert AnonymousUser  # (imported so that the app registry is ready)


MODES = [
    ("notice", {}),
    ("notice", {"show_banner": False}),
    ("opt_in", {}),
    ("cookieless", {}),
    ("off", {}),
]


@pytest.fixture(params=MODES, ids=lambda param: param[0] + ("" if not param[1] else " without the notice"))
def any_mode(request, site):
    name, values = request.param
    TrackingSettings.objects.create(site=site, mode=name, **values)
    site_rules.forget()
    return name


class Untouchable:
    """A session or user whose mere use is a failure (and would make the response vary by cookie)."""

    def __getattr__(self, name):
        raise AssertionError(f"touched: {name}")

    def __bool__(self):
        raise AssertionError("touched")


class NobodyAsks:
    """Middleware below ours: whatever asks for session or user while a page is served fails."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.session = request.user = Untouchable()
        return self.get_response(request)


@pytest.fixture
def untouchable(settings):
    """Without the site's own session and login, whose place is taken by ones that fail when they are used."""
    ours = ("sessions", "auth", "messages", "csrf")
    rest = [name for name in settings.MIDDLEWARE if not any(f".{word}." in name for word in ours)]
    settings.MIDDLEWARE = [*rest, f"{__name__}.NobodyAsks"]


def visitors(browser, article):
    """(who, cookies) of each kind of visitor."""

    def held() -> dict:
        return {name: morsel.value for name, morsel in browser.cookies.items()}

    said = re.search(r'name="said" value="([^"]+)"', browser.get("/article/").content.decode())
    yield "first", {}
    beacon(browser, f'data-page="{page_token(article.pk, None)}"', "/article/")
    yield "return", held()
    if said:
        browser.post("/leads/notice/", {"answer": "yes", "said": said[1]})
        yield "agreed", held()
    Visitor.objects.update(
        lead=Lead.objects.create(email="a@mihon.example", email_key="e" * 64, created_at=timezone.now())
    )
    yield "identified", held()
    browser.post("/leads/notice/", {"answer": "no"})
    yield "refused", held()
    signed = HttpResponse()
    cookies.set_staff(signed, secure=False)
    yield "staff", {"leads_staff": signed.cookies["leads_staff"].value}


def test_in_each_mode_the_same_bytes_for_every_visitor(browser, article, any_mode, untouchable):
    pages = {}
    for who, held in list(visitors(browser, article)):
        browser.cookies.clear()
        for name, value in held.items():
            browser.cookies[name] = value
        for headers in ({}, {"HTTP_SEC_GPC": "1"}, {"HTTP_DNT": "1"}):
            response = browser.get("/article/", **headers)
            assert_cacheable(response)
            pages[response.content] = who
    assert len(pages) == 1, pages.values()
    html = next(iter(pages)).decode()
    assert ("leads-notice" in html) is (any_mode == "opt_in" or (any_mode == "notice" and _shows()))
    assert ("data-page" in html) is (any_mode != "off")


def _shows() -> bool:
    return TrackingSettings.objects.get().show_banner


def test_the_second_visitor_gets_the_firsts_bytes_from_the_sites_cache(browser, article, any_mode, settings):
    update, fetch = "django.middleware.cache.UpdateCacheMiddleware", "django.middleware.cache.FetchFromCacheMiddleware"
    ours = "wagtail_leads.middleware.LeadsMiddleware"
    rest = [name for name in settings.MIDDLEWARE if name != ours]
    settings.MIDDLEWARE = [ours, update, *rest, fetch]
    caches["default"].clear()
    first = browser.get("/article/")
    article.body = "<p>Changed meanwhile.</p>"
    article.save()
    browser.cookies.clear()
    browser.cookies["leads_consent"] = "no"
    second = browser.get("/article/")
    assert second.content == first.content and "Cookie" not in second.headers.get("Vary", "")
    assert not first.cookies and not second.cookies
    assert browser.get("/leads/notice.css").content == b"#leads-notice{display:none!important}"
    browser.cookies.clear()
    assert browser.get("/leads/notice.css").content != b"#leads-notice{display:none!important}", "this is not kept"


def test_a_gated_page_is_kept_by_no_cache_in_any_mode(browser, paper, now, any_mode):
    PagePolicy.objects.create(page_id=paper.pk, gated=True, updated_at=now)
    response = browser.get("/paper/")
    assert response.headers["Cache-Control"] == "private, no-store" and not response.cookies


@pytest.mark.parametrize("place", ["below", "above"])
def test_a_page_from_the_sites_cache_is_counted_by_its_beacon_once(browser, article, settings, place):
    ours = "wagtail_leads.middleware.LeadsMiddleware"
    rest = [name for name in settings.MIDDLEWARE if name != ours]
    update, fetch = "django.middleware.cache.UpdateCacheMiddleware", "django.middleware.cache.FetchFromCacheMiddleware"
    settings.MIDDLEWARE = [ours, update, *rest, fetch] if place == "below" else [update, ours, *rest, fetch]
    caches["default"].clear()
    for number in range(3):
        browser.cookies.clear()
        browser.defaults["REMOTE_ADDR"] = f"203.0.{number}.7"
        html = browser.get("/article/").content.decode()
        beacon(browser, html, "/article/", view=str(number) * 16)
    assert PageView.objects.count() == 3, "one filled the cache, two came from it"
    assert PageView.objects.filter(server_seen=True).count() == 1
    assert Activity.objects.filter(kind="page_viewed").count() == 3


def test_a_conditional_get_is_no_second_server_view(browser, article, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.http.ConditionalGetMiddleware"]
    first = browser.get("/article/")
    beacon(browser, first.content.decode(), "/article/")
    again = browser.get("/article/", HTTP_IF_NONE_MATCH=first.headers["ETag"])
    assert again.status_code == 304
    beacon(browser, first.content.decode(), "/article/", view="b" * 16)
    assert PageView.objects.count() == 2
    assert not DropCount.objects.exists()


def test_a_failure_of_tracking_is_not_the_visitors(browser, article, monkeypatch):
    def explode(hit):
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(buffer, "put", explode)
    assert browser.get("/article/").status_code == 200
