"""The beacon's door and its script."""

import gzip
import importlib.util
import json
import time
from pathlib import Path

import pytest
from django.test import override_settings
from django.urls import clear_url_caches
from wagtail.models import Site

from wagtail_leads.models import Activity, DropCount, PageView, TrackingSettings, Visit, Visitor
from wagtail_leads.public import doors, tracking
from wagtail_leads.tracking import site_rules
from wagtail_leads.tracking.injection import page_token

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def fresh_allowance(monkeypatch):
    monkeypatch.setattr(tracking, "_allowance", tracking.Allowance(per_minute=tracking.PER_MINUTE))
    site_rules.forget()
    yield
    site_rules.forget()


def tell(browser, page, site, *, view="a" * 16, path="/article/", told=None, **extra):
    said = {"v": view, "t": 10, "s": 5, "p": page_token(page.pk, site.pk), "u": path, "r": "", "e": 0} | (told or {})
    return browser.post("/leads/b", json.dumps(said), content_type="text/plain", **extra)


def test_the_script_is_public_and_cacheable_and_sets_no_cookie(browser):
    response = browser.get("/leads/page.js")
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=3600"
    assert b"sendBeacon" in response.content
    assert not response.cookies and "Cookie" not in response.headers.get("Vary", "")
    assert b"/*" not in response.content, "the readable source stays at home"
    assert browser.head("/leads/page.js").status_code == 200
    assert browser.post("/leads/page.js").status_code == 405


def test_the_script_is_under_two_thousand_bytes_on_the_wire(browser):
    assert len(gzip.compress(browser.get("/leads/page.js").content, 9)) < 2000


def test_the_script_that_is_served_is_the_one_that_is_read():
    pytest.importorskip("rjsmin", reason="rjsmin is not installed")
    spec = importlib.util.spec_from_file_location("minify_beacon", ROOT / ".ci/minify_beacon.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    served = (ROOT / "wagtail_leads/static/wagtail_leads/page.min.js").read_text()
    assert served == made.minified(), "run .ci/minify_beacon.py"


def test_name_and_endpoint_are_settings(browser, article, site, settings):
    site_urls = importlib.import_module(settings.ROOT_URLCONF)
    import wagtail_leads.urls as urls
    from wagtail_leads.tracking import injection

    own = {**settings.WAGTAIL_LEADS, "BEACON_SCRIPT": "site.js", "BEACON_ENDPOINT": "news/in"}

    def reload():
        importlib.reload(urls)
        importlib.reload(site_urls)
        clear_url_caches()
        injection._addresses.cache_clear()

    with override_settings(WAGTAIL_LEADS=own):
        reload()
        html = browser.get("/article/").content.decode()
        answers = [browser.get("/leads/site.js").status_code, browser.get("/leads/page.js").status_code]
        answers.append(browser.post("/leads/news/in", "{}", content_type="text/plain").status_code)
    reload()
    assert 'src="/leads/site.js" data-to="/leads/news/in"' in html
    assert answers == [200, 404, 204]


@pytest.fixture
def second_site(home):
    return Site.objects.create(hostname="second.example", port=80, root_page=home)


@pytest.mark.parametrize(("here", "there"), [("opt_in", "notice"), ("off", "notice"), ("cookieless", "notice")])
def test_a_page_token_of_another_site_brings_no_rules_with_it(browser, article, site, second_site, here, there):
    TrackingSettings.objects.create(site=site, mode=here)
    TrackingSettings.objects.create(site=second_site, mode=there)
    site_rules.forget()
    response = tell(browser, article, second_site)
    assert response.status_code == 204 and not response.cookies
    assert Visitor.objects.count() == PageView.objects.count() == (1 if here == "cookieless" else 0)
    assert not Visit.objects.filter(site=second_site).exists()
    assert "leads_visitor" in tell(browser, article, second_site, view="b" * 16, HTTP_HOST="second.example").cookies


def test_what_is_measured_is_what_the_site_of_the_host_wants(browser, article, site, second_site):
    TrackingSettings.objects.create(site=site, measure_scroll=False)
    site_rules.forget()
    tell(browser, article, second_site)
    assert PageView.objects.get().scroll is None and Visit.objects.get().site == site


def test_on_a_host_that_is_no_sites_and_between_sites_of_one_host_the_token_is_believed(rf, site, second_site):
    twin = Site.objects.create(hostname="second.example", port=8000, root_page=site.root_page)
    for host, told, held in (
        ("www.elsewhere.example", second_site.pk, second_site.pk),
        ("second.example:8000", second_site.pk, second_site.pk),
        ("SECOND.example", twin.pk, twin.pk),
        ("second.example", site.pk, second_site.pk),
        ("second.example", None, second_site.pk),
        ("[::1]:8000", site.pk, site.pk),
    ):
        assert doors.site_here(rf.post("/leads/b", HTTP_HOST=host), told) == held


def test_the_site_of_the_host_costs_no_query(browser, article, site, rf, django_assert_num_queries):
    doors.site_here(rf.post("/"), site.pk)
    with django_assert_num_queries(0):
        assert doors.site_here(rf.post("/", HTTP_HOST="localhost"), 0) == site.pk


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
        {"p": ["x"]},
        {"u": {"a": 1}},
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
    assert PageView.objects.get().visit.visitor == Visitor.objects.earliest("pk")
    assert DropCount.objects.get().reason == "forged"


def test_who_said_no_is_neither_recorded_nor_given_a_cookie(browser, article, site):
    browser.cookies["leads_consent"] = "no"
    assert not tell(browser, article, site).cookies
    browser.get("/article/")
    assert not Visit.objects.exists() and DropCount.objects.get(reason="opted_out").count == 2
    del browser.cookies["leads_consent"]
    assert "leads_visitor" in tell(browser, article, site).cookies


def test_a_site_that_asks_first_stores_nothing_before_a_yes(browser, article, site):
    TrackingSettings.objects.create(site=site, mode="opt_in")
    site_rules.forget()
    assert not tell(browser, article, site).cookies and not Visit.objects.exists()
    browser.cookies["leads_consent"] = "yes"
    assert "leads_visitor" in tell(browser, article, site).cookies and Visit.objects.count() == 1


def test_views_survive_a_change_of_the_key(browser, article, site, settings):
    tell(browser, article, site)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert not tell(browser, article, site, view="b" * 16).cookies, "the cookie is still good"
    assert Visitor.objects.count() == 1
    settings.SECRET_KEY_FALLBACKS = []
    assert "leads_visitor" in tell(browser, article, site, view="c" * 16).cookies


# --- clicks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("letter", "target", "kind", "title"),
    [
        ("l", "https://partner.example/shop/?id=7#top", "link_clicked", "https://partner.example/shop/"),
        ("f", "http://localhost/media/spec.pdf", "file_clicked", "/media/spec.pdf"),
        ("f", "https://cdn.example/spec.pdf", "file_clicked", "https://cdn.example/spec.pdf"),
        ("h", "https://social-plugins.line.me/lineit/share", "shared", "line"),
        ("h", "mailto:", "shared", "mail"),
    ],
)
def test_a_click_is_a_line_of_the_ledger_and_a_checkpoint_of_its_view(
    browser, article, site, letter, target, kind, title
):
    tell(browser, article, site)
    tell(browser, article, site, told={"t": 4000, "k": letter, "x": target})
    tell(browser, article, site, told={"t": 4000, "k": letter, "x": target})
    told = Activity.objects.get(kind=kind)
    assert told.title == title and told.path == "/article/" and told.page_id == article.pk
    assert PageView.objects.get().dwell_ms == 4000


@pytest.mark.parametrize(
    ("letter", "target"),
    [
        ("l", "http://localhost/paper/"),
        ("l", "http://www.localhost/paper/"),
        ("l", "javascript:alert(1)"),
        ("l", "data:text/html,x"),
        ("l", None),
        ("l", {"a": "b"}),
        ("z", "https://partner.example/"),
        (["l"], "https://partner.example/"),
        ("f", "http://localhost/documents/7/spec.pdf"),  # Wagtail serves it, and the server records it
    ],
)
def test_what_is_no_click_is_reading_all_the_same(browser, article, site, letter, target):
    tell(browser, article, site, told={"t": 4000, "k": letter, "x": target})
    assert PageView.objects.get().dwell_ms == 4000
    assert [a.kind for a in Activity.objects.all()] == ["page_viewed"]


@pytest.mark.parametrize(
    ("switch", "letter", "target"),
    [
        ("measure_links", "l", "https://partner.example/"),
        ("measure_files", "f", "https://partner.example/a.pdf"),
        ("measure_shares", "h", "https://x.com/intent/post"),
    ],
)
def test_what_is_switched_off_is_not_recorded(browser, article, site, switch, letter, target):
    TrackingSettings.objects.create(site=site, **{switch: False})
    site_rules.forget()
    tell(browser, article, site, told={"k": letter, "x": target})
    assert [a.kind for a in Activity.objects.all()] == ["page_viewed"]


def test_scroll_depth_can_be_switched_off(browser, article, site):
    TrackingSettings.objects.create(site=site, measure_scroll=False)
    site_rules.forget()
    tell(browser, article, site, told={"s": 80})
    assert PageView.objects.get().scroll is None
    assert 'data-on="lfh"' in browser.get("/article/").content.decode()


# --- attacks --------------------------------------------------------------------------------------------------------


def test_a_flood_is_cut_off_and_counted(browser, article, site, monkeypatch):
    monkeypatch.setattr(tracking, "_allowance", tracking.Allowance(per_minute=20))
    for number in range(50):
        browser.cookies.clear()
        assert tell(browser, article, site, view=f"{number:016x}").status_code == 204
    assert PageView.objects.count() == 20
    assert DropCount.objects.get(reason="too_fast").count == 30


def test_another_network_is_not_cut_off_by_it(browser, article, site, monkeypatch):
    monkeypatch.setattr(tracking, "_allowance", tracking.Allowance(per_minute=1))
    for address in ("203.0.113.1", "203.0.113.99", "198.51.100.1"):
        browser.cookies.clear()
        tell(browser, article, site, view=f"{hash(address) & (2**63 - 1):016x}", REMOTE_ADDR=address)
    assert PageView.objects.count() == 2, "addresses of one /24 share their allowance"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00" * 8192,
        b"\xff\xfe\xfd",
        b"[1, 2]",
        b"null",
        b'"' + b"a" * 9000 + b'"',
        b"{" * 5000,
        b'{"v": "\xed\xa0\x80"}',
        b"v=1&t=2",
    ],
)
def test_any_bytes_are_answered_and_counted(browser, body):
    assert browser.post("/leads/b", body, content_type="text/plain").status_code == 204
    assert not PageView.objects.exists() and DropCount.objects.get().reason == "malformed"


def test_agents_of_ten_thousand_bytes_and_no_utf8(browser, article, site):
    tell(browser, article, site, HTTP_USER_AGENT=browser.defaults["HTTP_USER_AGENT"] + " x" * 5000)
    assert PageView.objects.count() == 1
    browser.cookies.clear()
    assert tell(browser, article, site, view="b" * 16, HTTP_USER_AGENT="Mozilla \xff\xfe").status_code == 204


def test_replayed_figures_change_nothing(browser, article, site):
    tell(browser, article, site, told={"t": 9000, "s": 70})
    for told in ({"t": 9000, "s": 70}, {"t": 10, "s": 1}, {"t": -5}, {"t": "9e9"}, {"t": True}, {"t": None}):
        tell(browser, article, site, told=told)
    view = PageView.objects.get()
    assert (view.dwell_ms, view.scroll) == (9000, 70)


def test_figures_that_nobody_reads_are_capped(browser, article, site):
    body = json.dumps(
        {"v": "a" * 16, "t": 1, "s": 5000, "p": page_token(article.pk, site.pk), "u": "/article/", "r": ""}
    )
    browser.post("/leads/b", body.replace('"t": 1', '"t": 1e300'), content_type="text/plain")
    view = PageView.objects.get()
    assert view.dwell_ms == 30 * 60 * 1000 and view.scroll == 100


def test_a_page_that_is_gone_or_of_no_site_is_harmless(browser, article, site):
    for page_id, site_id in ((10**9, site.pk), (article.pk, None), (article.pk, 10**9)):
        browser.cookies.clear()
        view = f"{page_id + (site_id or 0):016x}"
        told = {"p": page_token(page_id, site_id), "v": view}
        assert tell(browser, article, site, told=told).status_code == 204


def test_a_clock_that_is_wrong_cannot_be_told(browser, article, site):
    """The time is the server's; a message has no field for it."""
    before = time.time()
    tell(browser, article, site, told={"at": 4_000_000_000, "time": 4_000_000_000})
    assert abs(PageView.objects.get().at.timestamp() - before) < 60
