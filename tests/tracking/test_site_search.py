"""What is asked in the site's own search is recorded as interest, whoever serves it."""

import pytest
from django.http import HttpResponse, HttpResponseRedirect
from django.test import RequestFactory

from tests.conftest import BROWSER
from wagtail_leads.middleware import LeadsMiddleware
from wagtail_leads.models import Activity, PageView
from wagtail_leads.tracking import buffer
from wagtail_leads.tracking.recording import Served


@pytest.fixture
def taken(monkeypatch):
    hits = []
    monkeypatch.setattr(buffer, "put", hits.append)
    return hits


def ask(path, response=None, method="get", **attributes):
    request = getattr(RequestFactory(), method)(path, HTTP_USER_AGENT=BROWSER)
    for name, value in attributes.items():
        setattr(request, name, value)
    return LeadsMiddleware(lambda _request: response or HttpResponse("found"))(request)


@pytest.mark.parametrize(
    "path", ["/search/?query=pump", "/ja/search/?q=pump", "/search/?q=&s=+pump+", "/search/?keyword=pump&page=2"]
)
def test_a_search_is_one_hit(taken, path):
    ask(path)
    (hit,) = taken
    assert (hit.origin, hit.title, hit.site_id, hit.page_id) == ("search", "pump", None, None)


@pytest.mark.parametrize(
    "path",
    ["/search/", "/search/?query=", "/search/?query=++", "/search/?query=***", "/search/?colour=red", "/pump/?q=pump"],
)
def test_what_asks_for_nothing_is_none(taken, path):
    ask(path)
    assert not taken


@pytest.mark.parametrize(
    ("response", "method"),
    [
        (HttpResponse(status=404), "get"),
        (HttpResponse("{}", content_type="application/json"), "get"),
        (HttpResponseRedirect("/search/?query=pump"), "get"),
        (None, "head"),
        (None, "post"),
    ],
)
def test_only_answers_that_are_pages_count(taken, response, method):
    ask("/search/?query=pump", response, method)
    assert not taken


def test_paths_and_parameters_are_settings(taken, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "SEARCH_PATHS": ["/find"], "SEARCH_PARAMETERS": ["word"]}
    ask("/find?word=pump")
    ask("/search/?query=pump")
    assert [hit.title for hit in taken] == ["pump"]


@pytest.mark.parametrize("namespace", ["admin", "wagtailadmin_pages", "wagtailadmin_explore", "wagtaildocs"])
def test_searches_in_the_admin_are_not_the_site_s(taken, namespace):
    class Match:
        namespaces = [namespace]

    ask("/cms/pages/search/?q=pump", resolver_match=Match)
    assert not taken


def test_a_wagtail_page_that_searches_is_a_view_and_a_search(taken):
    ask("/search/?query=pump", _leads_served=Served(page_id=5, title="Search", site_id=2))
    assert [(hit.origin, hit.page_id, hit.site_id) for hit in taken] == [("page", 5, 2), ("search", 5, 2)]


def test_words_are_short_and_clean(taken):
    ask("/search/?query=" + "%E6%BC%A2%0A%00" * 200)
    assert len(taken[0].title) <= 100 and "\n" not in taken[0].title


def test_no_parameter_can_break_the_page(taken):
    assert ask("/search/?" + "&".join(f"q{n}=1" for n in range(5000))).status_code == 200
    assert ask("/search/?query=%ff%fe").status_code == 200


def test_recording_can_be_off(taken, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "TRACKING": False}
    ask("/search/?query=pump")
    assert not taken


@pytest.mark.django_db
def test_the_same_words_are_one_search_of_the_day(browser, home, tell_view):
    search = home.add_child(instance=type(home)(title="Search", slug="search"))
    tell_view(search)
    for path in (
        "/search/?query=Pump",
        "/search/?query=Pump&page=2",
        "/search/?query=ｐｕｍｐ",
        "/search/?query=valve",
    ):
        browser.get(path)
    assert sorted(Activity.objects.filter(kind="site_searched").values_list("title", flat=True)) == ["Pump", "valve"]
    assert PageView.objects.exists()


@pytest.fixture
def tell_view(browser, site):
    """The beacon has told of a page: the browser has its cookie."""
    import json

    from wagtail_leads.tracking.injection import page_token

    def tell(page):
        said = {"v": "a" * 16, "t": 0, "p": page_token(page.pk, site.pk), "u": "/search/", "r": ""}
        browser.post("/leads/b", json.dumps(said), content_type="text/plain")

    return tell
