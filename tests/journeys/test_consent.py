"""The notice in a real Chromium, with and without JavaScript, on pages that come from Django's cache, under a strict CSP."""

import time

import pytest

from tests.journeys.beacon_site import Browser, Elsewhere, Site
from tests.journeys.demo import CHROMIUM, until

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine"),
]
BOX = "#leads-notice"
with_and_without_script = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    running = Site(tmp_path_factory.mktemp("site"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    elsewhere = Elsewhere()
    with playwright.sync_playwright() as engine:
        running = Browser(engine, tmp_path_factory.mktemp("chromium") / "profile", elsewhere)
        yield running
        running.kill()
    elsewhere.stop()


@pytest.fixture
def site(live):
    live.forget()
    return live


@pytest.fixture
def opened(chromium, site):
    """Open a browser: `opened(script=False)` gives a tab whose console is kept in `tab.said`."""
    contexts = []

    def opened(**options):
        script = options.pop("script", True)
        context = chromium.visitor(java_script_enabled=script, **options)
        contexts.append(context)
        tab = context.new_page()
        tab.said = []
        tab.on("console", lambda message: tab.said.append(message.text))
        tab.on("pageerror", lambda error: tab.said.append(str(error)))
        tab.goto(f"{site.url}/article/")
        return tab

    yield opened
    for context in contexts:
        context.close()


def cookies(tab) -> dict:
    return {cookie["name"]: cookie["value"] for cookie in tab.context.cookies()}


def answers(site) -> list[tuple]:
    return site.rows("SELECT answer, source, wording <> '' FROM wagtail_leads_consent ORDER BY id")


def press(tab, choice: str) -> None:
    tab.click(f"{BOX} button[value={choice}]")
    tab.wait_for_selector(BOX, state="hidden")


@with_and_without_script
@pytest.mark.parametrize(("choice", "cookie"), [("yes", "ok"), ("no", "no")])
def test_who_answers_is_not_asked_again_though_pages_come_from_the_cache(opened, site, script, choice, cookie):
    tab = opened(script=script)
    assert tab.is_visible(BOX)
    press(tab, choice)
    until(lambda: cookies(tab).get("leads_consent") == cookie, seconds=10, what="the answer")
    assert tab.url == f"{site.url}/article/"
    until(lambda: answers(site), seconds=10, what="the row")
    assert answers(site) == [(cookie, "notice", 1)]
    for path in ("/article/", "/second/"):
        first, second = tab.goto(f"{site.url}{path}"), tab.goto(f"{site.url}{path}")
        assert first.headers["x-render"] == second.headers["x-render"], "it comes from the cache"
        assert tab.locator(BOX).count() == 1 and not tab.is_visible(BOX)
    assert [text for text in tab.said if "404" not in text] == [], "nothing that a strict CSP forbids"
    other = opened(script=script)
    assert other.is_visible(BOX), "the next visitor is asked, on the same cached page"


@with_and_without_script
def test_a_no_removes_what_was_recorded_and_the_cookie(opened, site, script):
    tab = opened(script=script)
    press(tab, "yes")
    tab.goto(f"{site.url}/second/")
    tab.goto(f"{site.url}/links/?script={script}")
    until(lambda: site.counts()[0] >= 1, seconds=10, what="the views")
    tab.goto(f"{site.url}/leads/privacy/")
    tab.click("button[value=no]")
    until(lambda: cookies(tab) == {"leads_consent": "no"}, seconds=10, what="the cookie to go")
    tab.goto(f"{site.url}/links/?later=1")
    tab.wait_for_timeout(1500)
    assert site.counts() == (0, 0, 0)
    assert site.rows("SELECT forgotten_at IS NOT NULL, client_key FROM wagtail_leads_visitor") == [(1, "")]


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_lies_over_nothing_and_both_answers_look_alike(opened, width, scheme):
    tab = opened(viewport={"width": width, "height": 700}, color_scheme=scheme)
    tab.wait_for_selector(BOX)
    found = tab.evaluate(
        """() => {
          const box = document.querySelector("#leads-notice"), below = document.querySelector("header");
          const [yes, no] = [...box.querySelectorAll("button")].map((b) => {
            const place = b.getBoundingClientRect(), look = getComputedStyle(b);
            return { size: [place.width, place.height], look: [look.color, look.background, look.font, look.border] };
          });
          const text = getComputedStyle(box.firstElementChild);
          return {
            yes, no, gap: below.getBoundingClientRect().top - box.getBoundingClientRect().bottom,
            wide: document.documentElement.scrollWidth > innerWidth, colours: [text.color, text.backgroundColor],
            position: text.position,
          };
        }"""
    )
    assert found["yes"]["look"] == found["no"]["look"]
    assert found["yes"]["size"] == pytest.approx(found["no"]["size"], abs=1) and found["yes"]["size"][1] >= 44
    assert found["gap"] >= 0 and found["position"] == "static" and not found["wide"]
    assert contrast(*found["colours"]) >= 7


def contrast(*colours: str) -> float:
    """Of two "rgb(r, g, b)", by WCAG 2."""
    lights = sorted(_light(colour) for colour in colours)
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _light(colour: str) -> float:
    parts = [int(part) / 255 for part in colour[4:-1].split(",")]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_by_keyboard_it_comes_first_and_lets_go(opened, site):
    tab = opened()
    stops = []
    for _time in range(4):
        tab.keyboard.press("Tab")
        stops.append(tab.evaluate("document.activeElement.value || document.activeElement.tagName"))
    assert stops[:3] == ["A", "yes", "no"] and stops[3] not in ("yes", "no"), "no trap"
    assert tab.get_by_role("region").first.is_visible()
    tab.keyboard.press("Shift+Tab")
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.keyboard.press("Enter")
    tab.wait_for_selector(BOX, state="hidden")
    until(lambda: cookies(tab).get("leads_consent") == "no", seconds=10, what="the answer")


def test_the_page_that_the_browser_kept_is_older_than_the_answer(opened, site):
    tab = opened()
    tab.goto(f"{site.url}/second/")
    press(tab, "no")
    tab.evaluate("void setTimeout(() => history.back(), 0)")
    tab.wait_for_url(f"{site.url}/article/", wait_until="commit")
    tab.wait_for_selector(BOX, state="hidden")


def test_an_answer_that_the_script_cannot_send_is_sent_as_the_form_it_is(opened, site):
    tab = opened()
    tab.evaluate("void (window.fetch = () => Promise.reject(new Error('blocked')))")
    press(tab, "no")
    until(lambda: cookies(tab).get("leads_consent") == "no", seconds=10, what="the answer")
    until(lambda: answers(site), seconds=10, what="the row")
    assert answers(site) == [("no", "notice", 1)]


# --- on sites that nobody here has made ---------------------------------------------------------------------------------

BAR = "display: block; height: 80px; background: #234; color: #fff;"
LAYOUTS = {
    "plain": "",
    "fixed header": f"header {{ position: fixed; top: 0; left: 0; right: 0; z-index: 100; {BAR} }} main {{ padding-top: 80px }}",
    "fixed header, body with padding": (
        f"header {{ position: fixed; top: 0; left: 0; right: 0; z-index: 100; {BAR} }} body {{ padding-top: 80px }}"
    ),
    "fixed header that slides": (
        f"header {{ position: fixed; inset: 0 0 auto; z-index: 2147483000; transition: all .5s; {BAR} }}"
        " main { padding-top: 80px }"
    ),
    "absolute header": f"header {{ position: absolute; top: 0; left: 0; right: 0; {BAR} }} main {{ padding-top: 80px }}",
    "absolute header in a relative body": (
        "body { position: relative; margin: 40px 0 0 }"
        f"header {{ position: absolute; top: 0; left: 0; width: 100%; {BAR} }} main {{ padding-top: 80px }}"
    ),
    "sticky header": f"header {{ position: sticky; top: 0; {BAR} }}",
    "row": f"body {{ display: flex }} header {{ width: 200px; {BAR} }} main {{ flex: 1 }}",
    "row in the middle": f"body {{ display: flex; align-items: center; justify-content: center; gap: 2em }} header {{ {BAR} }}",
    "column": f"body {{ display: flex; flex-direction: column; min-height: 100vh }} header {{ {BAR} }} main {{ flex: 1 }}",
    "grid": (
        "body { display: grid; grid-template-columns: 200px 1fr; grid-template-areas: 'head main'; margin: 0 }"
        f"header {{ grid-area: head; {BAR} }} main {{ grid-area: main }}"
    ),
    "margin and padding": "body { margin: 48px auto; padding: 30px; max-width: 700px; border: 5px solid #888 }",
    "row in a relative body with a margin": (
        f"body {{ display: flex; position: relative; margin: 40px; max-width: 900px }} header {{ width: 200px; {BAR} }}"
    ),
    "pulled up": f"header {{ {BAR} }} main {{ margin-top: -60px; position: relative; background: #eee }}",
    "hidden means hidden": "[hidden] { display: none !important } * { box-sizing: border-box; margin: 0; padding: 0 }",
}
SEEN = """() => {
  const box = document.querySelector("#leads-notice"), place = box.getBoundingClientRect();
  const mine = (x, y) => box.contains(document.elementFromPoint(x, y));
  const covered = [];
  for (const element of box.querySelectorAll("p, a, button")) {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    for (const x of [left + 3, (left + right) / 2, right - 3])
      for (const y of [top + 3, (top + bottom) / 2, bottom - 3])
        if (!mine(x, y)) covered.push([element.tagName, Math.round(x), Math.round(y)]);
  }
  const across = (other) => other.left < place.right - 1 && other.right > place.left + 1;
  const down = (other) => other.top < place.bottom - 1 && other.bottom > place.top + 1;
  const under = [...document.querySelectorAll("header, h1, main p")]
    .filter((element) => across(element.getBoundingClientRect()) && down(element.getBoundingClientRect()))
    .map((element) => element.tagName);
  return {
    covered, under, top: Math.round(place.top + scrollY), wide: place.width / document.documentElement.clientWidth,
    overflow: document.documentElement.scrollWidth - innerWidth,
  };
}"""
PLACES = """() => [...document.querySelectorAll("header, main")].map((element) => {
  const { left, top, width } = element.getBoundingClientRect();
  return [left, top + scrollY, width].map(Math.round);
})"""


def styled(tab, css: str, **changes: str) -> None:
    """The site's pages as a site with this stylesheet (and other words) would send them."""

    def page(route):
        answer = route.fetch()
        html = answer.text().replace("</head>", '<link rel="stylesheet" href="/layout.css"></head>', 1)
        for old, new in changes.items():
            html = html.replace(old, new)
        route.fulfill(response=answer, body=html)

    tab.route("**/second/*", page)
    tab.route("**/layout.css", lambda route: route.fulfill(content_type="text/css", body=css or "b {}"))


def restyled(tab, css: str) -> None:
    """Another stylesheet for the same tab."""
    tab.unroute_all()
    styled(tab, css)


@pytest.mark.parametrize("width", [1280, 360])
def test_it_is_seen_whatever_the_site_looks_like_and_covers_nothing(opened, site, width):
    """One tab for all layouts: a browser for each would take minutes."""
    tab = opened(viewport={"width": width, "height": 700})
    for layout, css in LAYOUTS.items():
        tab.context.clear_cookies()
        restyled(tab, css)
        tab.goto(f"{site.url}/second/")
        tab.wait_for_selector(BOX)
        found = tab.evaluate(SEEN)
        assert found["covered"] == [], f"{layout}: each word and button is in sight"
        assert found["under"] == [], f"{layout}: and lies over nothing"
        assert found["top"] <= 120 and found["overflow"] <= 0, layout
        assert found["wide"] > 0.94 or layout == "margin and padding", layout
        press(tab, "yes")
        after = tab.evaluate(PLACES)
        tab.goto(f"{site.url}/second/?without")
        assert tab.evaluate(PLACES) == after, f"{layout}: nothing of it stays behind"


def test_a_fixed_header_is_back_at_the_top_when_the_notice_is_scrolled_away(opened, site):
    tab = opened(viewport={"width": 1000, "height": 500})
    styled(tab, LAYOUTS["fixed header"] + " main { height: 3000px }")
    tab.goto(f"{site.url}/second/")
    tab.wait_for_selector(BOX)
    top = "document.querySelector('header').getBoundingClientRect().top"
    assert tab.evaluate(top) > 40
    tab.evaluate("scrollTo(0, 800)")
    until(lambda: tab.evaluate(top) == 0, seconds=5, what="the header to go up")
    tab.evaluate("scrollTo(0, 0)")
    until(lambda: tab.evaluate(top) > 40, seconds=5, what="the header to make room again")
    tab.set_viewport_size({"width": 400, "height": 700})
    until(lambda: tab.evaluate(SEEN)["covered"] == [], seconds=5, what="room for more lines")


def test_without_script_it_is_seen_too(opened, site):
    tab = opened(script=False, viewport={"width": 1280, "height": 700})
    for layout in ("plain", "fixed header", "absolute header", "sticky header", "row", "column", "grid"):
        restyled(tab, LAYOUTS[layout])
        tab.goto(f"{site.url}/second/")
        assert tab.is_visible(BOX) and tab.evaluate(SEEN)["covered"] == [], layout


SLOW = 4


@with_and_without_script
def test_the_page_is_there_long_before_slow_files_of_the_notice(opened, site, script):
    tab = opened(script=script)
    happened = {}
    client = tab.context.new_cdp_session(tab)
    client.send("Page.enable")
    client.send("Page.setLifecycleEventsEnabled", {"enabled": True})
    client.on("Page.lifecycleEvent", lambda event: happened.setdefault(event["name"], event["timestamp"]))

    def later(route):
        time.sleep(SLOW)
        route.continue_()

    tab.context.clear_cookies()
    tab.route("**/notice.*", later)
    happened.clear()
    tab.goto(f"{site.url}/second/?slow={script}", wait_until="commit")
    until(lambda: tab.is_visible(BOX), seconds=4 * SLOW, what="the notice")
    took = {name: at - happened["init"] for name, at in happened.items()}
    assert took["firstContentfulPaint"] < SLOW / 2
    assert not script or took["DOMContentLoaded"] < SLOW / 2, "the site's own scripts do not wait either"


def test_who_has_answered_sees_nothing_move_and_asks_the_site_for_nothing(opened, site):
    tab = opened()
    press(tab, "yes")
    until(lambda: cookies(tab).get("leads_consent") == "ok", seconds=10, what="the answer")
    asked = []
    tab.on("request", lambda request: asked.append(request.url.partition("?")[0]))
    tab.goto(f"{site.url}/second/")
    tab.wait_for_timeout(500)
    assert [url for url in asked if url.endswith("notice.css")] == []
    assert tab.evaluate(SHIFT) == 0


SHIFT = """() => new Promise((resolve) => {
  let moved = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { moved += entry.value; }))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(moved), 300);
})"""


@pytest.mark.parametrize(("width", "most"), [(1280, 0.06), (390, 0.2)])
def test_the_page_moves_once_by_the_height_of_the_notice_at_the_most(opened, site, width, most):
    tab = opened(viewport={"width": width, "height": 844 if width < 800 else 800})
    tab.goto(f"{site.url}/article/?anew")
    tab.wait_for_selector(BOX)
    assert tab.evaluate(SHIFT) <= most


def test_an_answer_in_another_tab_is_heard(opened, site):
    first = opened()
    first.wait_for_selector(BOX)
    second = first.context.new_page()
    second.goto(f"{site.url}/second/")
    second.wait_for_selector(BOX)
    press(second, "no")
    first.bring_to_front()
    first.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    first.wait_for_selector(BOX, state="hidden")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_long_words_and_labels_stay_inside_a_small_screen(opened, site, language):
    tab = opened(viewport={"width": 320, "height": 700})
    words = {"So that we can": "https://example.example/" + "x" * 90 + " So that"}
    if language == "ja":
        words |= {"Do not record my visits": "閲覧を記録しない", "So that we can": "あ" * 80}
    styled(tab, "", **words)
    tab.goto(f"{site.url}/second/")
    tab.wait_for_selector(BOX)
    assert tab.evaluate(SEEN)["overflow"] <= 0
    inside = "[...document.querySelectorAll('#leads-notice *')].every((e) => e.scrollWidth <= e.clientWidth || !e.clientWidth)"
    assert tab.evaluate(inside)
    lines = "(b => b.clientHeight - 2 * parseFloat(getComputedStyle(b).paddingTop))(document.querySelector('button[value=no]'))"
    assert language == "en" or tab.evaluate(lines) <= 44, "a Japanese label is one line"


def test_on_paper_there_is_no_notice(opened, site):
    tab = opened()
    tab.wait_for_selector(BOX)
    tab.emulate_media(media="print")
    assert not tab.is_visible(".leads-topline")
