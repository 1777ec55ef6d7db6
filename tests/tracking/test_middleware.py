"""The one middleware: sync and async, records what was served, never breaks it."""

import asyncio

import pytest
from asgiref.sync import iscoroutinefunction
from django.http import HttpResponse
from django.test import AsyncClient, RequestFactory

from tests.conftest import BROWSER
from wagtail_leads.middleware import LeadsMiddleware
from wagtail_leads.models import DropCount, PageView, ParkedHit, Visit
from wagtail_leads.tracking import buffer
from wagtail_leads.tracking.recording import Served


@pytest.fixture
def taken(monkeypatch):
    hits = []
    monkeypatch.setattr(buffer, "put", hits.append)
    return hits


def served_request(**meta):
    request = RequestFactory().get("/article/?utm_source=x", **meta)
    request._leads_served = Served(page_id=5, title="A page", site_id=2)
    return request


def test_a_served_page_is_one_hit(taken):
    LeadsMiddleware(lambda request: HttpResponse("x"))(
        served_request(HTTP_USER_AGENT=BROWSER, HTTP_REFERER="http://a.example/")
    )
    (hit,) = taken
    assert (hit.page_id, hit.site_id, hit.title) == (5, 2, "A page")
    assert (hit.path, hit.query, hit.referrer, hit.user_agent) == (
        "/article/",
        "utm_source=x",
        "http://a.example/",
        BROWSER,
    )


def test_async_all_the_way(taken):
    async def view(request):
        return HttpResponse("x")

    middleware = LeadsMiddleware(view)
    assert iscoroutinefunction(middleware)
    assert asyncio.run(middleware(served_request())).status_code == 200
    assert len(taken) == 1


def test_what_is_no_wagtail_page_is_not_recorded(taken):
    LeadsMiddleware(lambda request: HttpResponse("x"))(RequestFactory().get("/api/"))
    assert not taken


def test_a_304_is_left_to_the_beacon(taken):
    LeadsMiddleware(lambda request: HttpResponse(status=304))(served_request())
    assert not taken


def test_tracking_switched_off(taken, settings):
    settings.WAGTAIL_LEADS = {"TRACKING": False}
    LeadsMiddleware(lambda request: HttpResponse("x"))(served_request())
    assert not taken


def test_an_error_of_ours_is_logged_and_the_page_leaves(monkeypatch, caplog):
    def explode(hit):
        raise RuntimeError("no")

    monkeypatch.setattr(buffer, "put", explode)
    assert LeadsMiddleware(lambda request: HttpResponse("x"))(served_request()).status_code == 200
    assert "A hit was lost" in caplog.text


@pytest.mark.parametrize("header", ["SEC_PURPOSE", "X_SEC_PURPOSE", "PURPOSE", "X_MOZ", "X_PURPOSE"])
def test_what_a_page_is_fetched_for_is_noted(taken, header):
    LeadsMiddleware(lambda request: HttpResponse("x"))(served_request(**{f"HTTP_{header}": "prefetch"}))
    assert taken[0].purpose == "prefetch"


def test_headers_are_capped(taken):
    long = "x" * 100_000
    LeadsMiddleware(lambda request: HttpResponse("x"))(
        served_request(
            HTTP_USER_AGENT=long, HTTP_REFERER=long, QUERY_STRING=long, HTTP_ACCEPT=long, HTTP_X_FORWARDED_FOR=long
        )
    )
    (hit,) = taken
    assert max(len(v) for v in (hit.user_agent, hit.referrer, hit.query, hit.accept, hit.forwarded)) <= 2000


@pytest.mark.django_db(transaction=True)
def test_the_whole_stack_under_asgi(article, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "BUFFER": "memory", "FLUSH_SECONDS": 3600}
    buffer._buffer = here = buffer.Buffer()
    here.ensure_thread = lambda: None
    headers = {
        "user-agent": BROWSER,
        "accept": "text/html",
        "accept-language": "ja",
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
    }

    async def visit():
        response = await AsyncClient().get("/article/", headers=headers)
        assert response.status_code == 200 and b"data-page" in response.content

    try:
        asyncio.run(visit())
        assert len(here.hits) == 1
        here.flush()
        assert not list(DropCount.objects.values_list("reason", "example"))
        assert ParkedHit.objects.count() == 1 and not DropCount.objects.exists()
    finally:
        buffer._buffer = None


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["view", "visit"])
def test_a_page_by_real_request_lands_in_the_tables(browser, article, field):
    browser.get("/article/")
    assert ParkedHit.objects.get().path == "/article/", "a browser without a cookie waits for its beacon"
    assert not PageView.objects.exists() and not Visit.objects.exists()
