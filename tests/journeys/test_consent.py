"""The notice in a real Chromium, with and without JavaScript, on pages that come from Django's cache, under a strict CSP."""

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
    return site.rows("SELECT granted, source, wording <> '' FROM wagtail_leads_consent ORDER BY id")


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
    assert answers(site) == [(choice == "yes", "notice", 1)]
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
    found = tab.evaluate(
        """() => {
          const box = document.querySelector("#leads-notice"), below = document.querySelector("header");
          const [yes, no] = [...box.querySelectorAll("button")].map((b) => {
            const place = b.getBoundingClientRect(), look = getComputedStyle(b);
            return { size: [place.width, place.height], look: [look.color, look.background, look.font, look.border] };
          });
          const text = getComputedStyle(box.firstElementChild.nextElementSibling);
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
    assert answers(site) == [(0, "notice", 1)]
