"""The beacon in a real Chromium, on a site with Django's cache in front: each view is counted exactly once."""

import pytest

from tests.journeys.beacon_site import Browser, Elsewhere, Site
from tests.journeys.demo import CHROMIUM, until

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine"),
]
#: Long enough for a page, its script and the buffer.
SETTLED = 900


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    running = Site(tmp_path_factory.mktemp("site"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def engine():
    with playwright.sync_playwright() as p:
        yield p


@pytest.fixture(scope="module")
def elsewhere():
    running = Elsewhere()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def chromium(engine, elsewhere, tmp_path_factory):
    running = Browser(engine, tmp_path_factory.mktemp("chromium") / "profile", elsewhere)
    yield running
    running.kill()


@pytest.fixture
def site(live):
    live.forget()
    return live


@pytest.fixture
def visitor(chromium):
    """A browser with its own cookies."""
    context = chromium.visitor()
    yield context
    context.close()


@pytest.fixture
def tab(visitor):
    return visitor.new_page()


def settle(tab, ms: int = SETTLED) -> None:
    tab.wait_for_timeout(ms)


def open_page(tab, site, path: str = "/article/", query: str = ""):
    answer = tab.goto(f"{site.url}{path}{query}")
    settle(tab)
    return answer


def test_a_page_that_server_and_beacon_saw_is_one_view(site, tab):
    open_page(tab, site, query="?once=1")
    assert site.counts() == (1, 1, 1)
    ((_path, server, beacon, _ms),) = site.views()
    assert server and beacon
    assert site.rows("SELECT COUNT(*) FROM wagtail_leads_parkedhit") == [(0,)]


def test_a_page_from_the_cache_is_one_view_told_by_the_beacon(site, chromium, tab):
    first = open_page(tab, site, query="?cached=1")
    other = chromium.visitor()
    second = open_page(other.new_page(), site, query="?cached=1")
    other.close()
    assert second.headers["x-render"] == first.headers["x-render"], "it came from Django's cache"
    assert "set-cookie" not in second.headers
    assert site.counts() == (2, 2, 2)
    assert [(server, beacon) for _path, server, beacon, _ms in site.views()] == [(1, 1), (0, 1)]


def test_a_reload_is_a_view_of_the_same_visit(site, tab):
    open_page(tab, site)
    tab.reload()
    settle(tab)
    assert site.counts() == (2, 1, 2)


def test_back_and_forward_are_views_even_from_the_browser_s_memory(site, tab):
    open_page(tab, site, "/article/")
    tab.evaluate("window.remembered = true")
    open_page(tab, site, "/second/")
    tab.go_back(wait_until="commit")
    settle(tab)
    assert tab.evaluate("window.remembered") is True, "it came from the back/forward cache"
    tab.go_forward(wait_until="commit")
    settle(tab)
    assert site.counts() == (4, 1, 4)
    assert [path for path, *_rest in site.views()] == ["/article/", "/second/", "/article/", "/second/"]


def test_two_tabs_are_two_views_of_one_browser(site, visitor, tab):
    open_page(tab, site)
    open_page(visitor.new_page(), site)
    assert site.counts() == (2, 1, 2)
    assert site.rows("SELECT COUNT(*) FROM wagtail_leads_visitor") == [(1,)]


def hidden(tab, state: str) -> None:
    """Headless Chromium shows every tab; what a page sees of being hidden is this."""
    tab.evaluate(
        """state => {
            Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )


def test_time_in_the_background_is_not_reading(site, tab):
    open_page(tab, site)
    settle(tab, 1200)
    hidden(tab, "hidden")
    settle(tab, 3000)
    hidden(tab, "visible")
    settle(tab, 1000)
    tab.close()
    (ms,) = until(
        lambda: site.rows("SELECT dwell_ms FROM wagtail_leads_pageview WHERE closed_at > ''"), seconds=5, what="the end"
    )[0]
    assert 2500 <= ms <= 4500, ms


def test_a_tab_in_the_background_is_one_view_and_its_time_begins_when_it_is_looked_at(site, visitor):
    visitor.add_init_script(
        "Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })"
    )
    tab = visitor.new_page()
    tab.goto(f"{site.url}/second/?background=1")
    settle(tab, 1500)
    assert site.counts() == (1, 1, 1) and site.views()[0][3] == 0, "there, but nobody has seen it"
    hidden(tab, "visible")
    settle(tab, 2500)
    assert site.counts() == (1, 1, 1)
    assert 1000 <= site.views()[0][3] <= 3500


def test_a_killed_browser_loses_at_most_half_of_the_time(site, engine, elsewhere, tmp_path):
    doomed = Browser(engine, tmp_path / "doomed", elsewhere)
    tab = doomed.visitor().new_page()
    tab.goto(f"{site.url}/second/?killed=1")
    began = tab.evaluate("performance.now()")
    settle(tab, 6500)
    seen = tab.evaluate("performance.now()") - began
    doomed.kill()
    settle_without(site)
    assert site.counts() == (1, 1, 1)
    ((_path, _server, _beacon, ms),) = site.views()
    assert seen / 2 <= ms <= seen + 1500, (ms, seen)


def settle_without(site) -> None:
    until(lambda: site.counts()[0], seconds=5, what="the view")


def test_without_javascript_the_server_s_view_counts(site, chromium):
    context = chromium.visitor(java_script_enabled=False)
    tab = context.new_page()
    open_page(tab, site, "/second/", query="?plain=1")
    assert site.counts() == (0, 0, 0), "it waits for its beacon"
    settle(tab, 3200)
    site.tick()
    assert site.counts() == (1, 1, 1)
    assert site.views() == [("/second/", 1, 0, None)]
    assert "leads_visitor" not in {cookie["name"] for cookie in context.cookies()}
    context.close()


def test_where_the_script_is_blocked_the_server_s_view_counts(site, visitor, tab):
    visitor.route("**/page.js", lambda route: route.abort())
    open_page(tab, site, "/second/", query="?blocked=1")
    settle(tab, 3200)
    site.tick()
    assert site.counts() == (1, 1, 1) and site.views() == [("/second/", 1, 0, None)]


def test_clicks_are_told_once_and_delay_nothing(site, visitor, tab):
    open_page(tab, site, "/links/")
    tab.click("#out")
    tab.wait_for_url("http://partner.example/**")
    tab.go_back(wait_until="commit")
    settle(tab)
    with visitor.expect_page():
        tab.click("#tab")
    with visitor.expect_page():
        tab.click("#out", button="middle")
    tab.focus("#line")
    tab.keyboard.press("Enter")
    settle(tab)
    assert site.told("link_clicked", "file_clicked", "shared") == [
        ("link_clicked", "http://partner.example/shop/"),
        ("link_clicked", "http://other.example/new-tab/"),
        ("link_clicked", "http://partner.example/shop/"),  # in the view that came back
        ("shared", "line"),
    ]


def test_files_shares_and_our_own_links(site, tab):
    open_page(tab, site, "/links/")
    tab.evaluate(
        "document.getElementById('ours').insertAdjacentHTML('afterend', '<a id=script href=\"javascript:1\">x</a>')"
    )
    for link in ("#mail", "#script"):
        tab.click(link)
        settle(tab, 300)
    tab.click("#file", button="middle")
    tab.click("#ours")
    tab.wait_for_url("**/article/")
    settle(tab)
    assert site.told("link_clicked", "file_clicked", "shared") == [
        ("shared", "mail"),
        ("file_clicked", "/files/part.dxf"),
    ]


def test_a_document_that_wagtail_serves_is_counted_by_the_server_alone(site, tab):
    open_page(tab, site, "/links/")
    tab.click("#paper")
    settle(tab, 1500)
    assert site.told("file_clicked", "asset_downloaded") == [("asset_downloaded", "Paper")]


def test_links_that_come_later_are_heard_too(site, visitor, tab):
    open_page(tab, site, "/second/")
    tab.evaluate(
        """() => {
            const link = document.createElement("a");
            link.href = "http://late.example/x"; link.id = "late"; link.target = "_blank"; link.innerHTML = "<b>late</b>";
            link.addEventListener("click", event => event.stopPropagation());
            document.querySelector("main").append(link);
        }"""
    )
    with visitor.expect_page():
        tab.click("#late b")
    settle(tab)
    assert site.told("link_clicked") == [("link_clicked", "http://late.example/x")]


def test_how_far_a_page_was_scrolled(site, tab):
    open_page(tab, site, "/article/")
    (before,) = site.rows("SELECT scroll FROM wagtail_leads_pageview")[0]
    tab.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    settle(tab, 300)
    tab.evaluate("window.scrollTo(0, 0)")
    tab.goto(f"{site.url}/second/")
    settle(tab)
    (after,) = site.rows("SELECT scroll FROM wagtail_leads_pageview WHERE path = '/article/'")[0]
    assert 0 < before < 50 and after == 100


def test_a_strict_policy_is_kept_without_a_word_on_the_console(site, visitor, tab):
    said = []
    tab.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: said.append(str(error)))
    answer = open_page(tab, site, "/article/", query="?strict=1")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert site.counts() == (1, 1, 1)
    assert [text for text in said if "favicon" not in text] == []


def test_a_prefetched_page_is_no_view_until_it_is_opened(site, tab):
    open_page(tab, site, "/second/", query="?a=1")
    tab.evaluate(
        """path => new Promise(done => {
            const link = document.createElement("link");
            link.rel = "prefetch"; link.href = path; link.onload = link.onerror = done;
            document.head.append(link);
        })""",
        "/article/?prefetched=1",
    )
    settle(tab)
    assert site.counts() == (1, 1, 1) and site.drops() == {"prefetch": 1}
    open_page(tab, site, "/article/", query="?prefetched=1")
    assert site.counts() == (2, 1, 2)


def test_a_prerendered_page_is_no_view_until_it_is_shown(site, chromium):
    context = chromium.visitor(bypass_csp=True)
    tab = context.new_page()
    open_page(tab, site, "/second/", query="?b=1")
    tab.evaluate(
        """path => {
            const rules = document.createElement("script");
            rules.type = "speculationrules";
            rules.textContent = JSON.stringify({ prerender: [{ urls: [path], eagerness: "immediate" }] });
            document.head.append(rules);
        }""",
        "/article/?prerendered=1",
    )
    settle(tab, 1500)
    if not site.drops().get("prefetch"):
        pytest.skip("this Chromium does not prerender")
    assert site.counts() == (1, 1, 1)
    tab.evaluate("path => { location.href = path }", "/article/?prerendered=1")
    settle(tab, 1500)
    assert site.counts() == (2, 1, 2)
    context.close()


def test_a_search_is_recorded_once_with_its_words(site, tab):
    open_page(tab, site, "/article/")
    for page in (1, 2):
        open_page(tab, site, "/find/search/", query=f"?query=%E3%83%9D%E3%83%B3%E3%83%97&page={page}")
    assert site.told("site_searched") == [("site_searched", "ポンプ")]
    assert site.counts() == (1, 1, 1), "the search is no Wagtail page"


def test_who_says_no_is_not_told_of_and_a_yes_begins_at_once(site, visitor, tab):
    sent = []
    visitor.on("request", lambda request: sent.append(request.method) if request.url.endswith("/leads/b") else None)
    visitor.add_cookies([{"name": "leads_consent", "value": "no", "url": site.url}])
    open_page(tab, site, "/second/", query="?no=1")
    settle(tab, 1500)
    assert not sent and site.counts() == (0, 0, 0)
    visitor.add_cookies([{"name": "leads_consent", "value": "yes", "url": site.url}])
    tab.evaluate("document.dispatchEvent(new CustomEvent('leads:consent', { detail: 'yes' }))")
    settle(tab)
    assert len(sent) >= 1 and site.counts()[0] == 1
    visitor.add_cookies([{"name": "leads_consent", "value": "no", "url": site.url}])
    tab.evaluate("document.dispatchEvent(new CustomEvent('leads:consent', { detail: 'no' }))")
    before = len(sent)
    settle(tab, 2500)
    tab.goto("about:blank")
    settle(tab)
    assert len(sent) == before, "nothing more after a no"


def test_a_site_that_asks_first_hears_nothing_before_the_yes_of_its_notice(site, visitor, tab):
    site.ask_first()
    open_page(tab, site, "/second/", query="?before=1")  # the rules are read anew with each batch of hits
    site.forget_visits()
    sent = []
    visitor.on("request", lambda request: sent.append(request.url) if request.url.endswith("/leads/b") else None)
    open_page(tab, site, "/second/", query="?ask=1")
    settle(tab, 1500)
    assert not sent and site.counts() == (0, 0, 0) and set(site.drops()) == {"no_consent"}
    assert {cookie["name"] for cookie in visitor.cookies()} == set()
    tab.click("#leads-notice button[value=yes]")
    settle(tab, 1500)
    assert sent and site.counts() == (1, 1, 1)
    assert site.views()[0][:3] == ("/second/", 0, 1), "the page was opened before the yes: only the script tells of it"
