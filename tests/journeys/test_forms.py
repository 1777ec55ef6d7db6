"""Forms in a real Chromium, on pages from Django's cache, under a strict CSP: the shorter form, the second device, the confirmed
address, the pop-up, and what is told of a form that nobody sent."""

import json

import pytest

from tests.journeys.beacon_site import Browser, Elsewhere, Site
from tests.journeys.demo import CHROMIUM, until

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine"),
]
FORM, DIALOG, NOTICE = "form[data-leads]", "dialog.leads-pop-up", "#leads-notice"
SEED = """
import django; django.setup()
from django.utils import timezone
from wagtail.models import Page, Site
from tests.making import form_block, make_form
from tests.testsite.models import ArticlePage, FormsPage
from wagtail_leads.capture.models import PopUp
from wagtail_leads.content.models import PagePolicy
home, now = Site.objects.get().root_page, timezone.now()
asked = [form_block("company"), form_block("email"), form_block("phone", required=False)]
ask = make_form(name="Ask", ask_at_most=1, blocks=asked)
forms = FormsPage(title="Forms", slug="forms")
forms.body = [("lead_form", {"form": ask})]
home.add_child(instance=forms)
paper = home.add_child(instance=ArticlePage(title="White paper", slug="paper", body="<p id='secret'>The secret text.</p>"))
PagePolicy.objects.create(page_id=paper.pk, gated=True, form_id=ask.pk, updated_at=now)
make_form(name="News", slug="news", double_opt_in=True, blocks=[form_block("email")])
short = make_form(name="Up", heading="Our news", blocks=[form_block("email")])
PopUp.objects.create(name="Up", form=short, is_on=True, below=Page.objects.get(slug="article"), after_seconds=1, after_scroll=0)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    running = Site(tmp_path_factory.mktemp("site"))
    running._python("-c", SEED)
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
def opened(chromium, site):
    """Open a browser whose reader has answered the notice: `opened("/forms/")`."""
    contexts = []

    def opened(path, *, script=True, answered=True, **options):
        context = chromium.visitor(java_script_enabled=script, **options)
        contexts.append(context)
        if answered:
            context.add_cookies([{"name": "leads_consent", "value": "ok", "url": site.url}])
        tab = context.new_page()
        tab.said = []
        tab.on("console", lambda message: tab.said.append(message.text))
        tab.on("pageerror", lambda error: tab.said.append(str(error)))
        tab.goto(f"{site.url}{path}")
        return tab

    yield opened
    for context in contexts:
        context.close()


def link_of(site, template: str) -> str:
    """The address in the newest mail of this kind."""

    def found():
        rows = site.rows("SELECT context FROM wagtail_leads_message WHERE template = ? ORDER BY id DESC", template)
        return rows and json.loads(rows[0][0])["url"]

    return site.url + "/leads/" + until(found, seconds=10, what="the mail").partition("/leads/")[2]


def told(site, kind: str) -> list[dict]:
    rows = site.rows("SELECT data FROM wagtail_leads_activity WHERE kind = ? ORDER BY id", kind)
    return [json.loads(data) for (data,) in rows]


def become_known(tab, site, email="taro@mihon.example") -> None:
    tab.goto(f"{site.url}/forms/")
    tab.wait_for_timeout(1200)  # long enough to have seen it
    tab.fill(f"{FORM} [name=company]", "株式会社見本")
    tab.fill(f"{FORM} [name=email]", email)
    tab.click(f"{FORM} button[type=submit]")
    tab.wait_for_url("**/leads/thanks/**")


def test_who_is_known_is_asked_less_on_a_cached_page_and_passes_a_gate_with_one_click(opened, site):
    tab = opened("/forms/")
    become_known(tab, site)
    tab.goto(f"{site.url}/forms/")
    tab.wait_for_selector(f"{FORM} [data-whole]")
    assert tab.locator(f"{FORM} [name=email]").count() == 0 and tab.locator(f"{FORM} [name=phone]").count() == 1
    assert "見本" not in tab.content() and "mihon" not in tab.content()
    tab.click("[data-whole]")
    assert tab.locator(f"{FORM} [name=email]").input_value() == "", "the whole form, empty"
    stranger = opened("/forms/")
    stranger.wait_for_timeout(800)
    assert stranger.locator(f"{FORM} [name=email]").count() == 1, "the same cached page"
    tab.goto(f"{site.url}/paper/")
    assert tab.locator(f"{FORM} [name=email]").count() == 0
    tab.click(f"{FORM} button[type=submit]")
    tab.wait_for_selector("#secret")
    assert told(site, "form_seen") and told(site, "form_begun") and not told(site, "form_left"), "it was sent, not left"
    assert [text for text in tab.said if "404" not in text] == [], "nothing that a strict CSP forbids"


def test_a_form_left_half_filled_in_tells_its_last_field_and_no_value(opened, site):
    tab = opened("/forms/")
    tab.fill(f"{FORM} [name=email]", "secret@mihon.example")
    tab.fill(f"{FORM} [name=company]", "秘密")
    # what a page says when it goes is sent by headless Chromium under its own name, a robot's: so it says it while it is there
    tab.evaluate("window.dispatchEvent(new Event('pagehide'))")
    (left,) = until(lambda: told(site, "form_left"), seconds=10, what="the news")
    assert left["field"] and "秘密" not in str(left) and "secret" not in str(left)


def test_on_another_device_a_link_by_mail_opens_the_gate(opened, site):
    become_known(opened("/forms/"), site, "hanako@mihon.example")
    tab = opened("/paper/", script=False, viewport={"width": 390, "height": 800})
    tab.click(".leads-other a")
    tab.fill("input[name=email]", "hanako@mihon.example")
    tab.click(".leads-gate button[type=submit]")
    tab.wait_for_selector("[role=status]")
    tab.goto(link_of(site, "way_in"))
    tab.click(".leads-gate button[type=submit]")
    tab.wait_for_selector("#secret")
    assert tab.url == f"{site.url}/paper/"


def test_a_permission_counts_once_its_reader_has_pressed_the_button(opened, site):
    tab = opened("/leads/form/news/")
    tab.wait_for_timeout(2100)  # quicker would be a robot
    tab.fill(f"{FORM} [name=email]", "jiro@mihon.example")
    tab.check(f"{FORM} [name=consent]")
    tab.click(f"{FORM} button[type=submit]")
    tab.wait_for_url("**/leads/thanks/**")
    granted = "SELECT granted, confirmed_at IS NOT NULL FROM wagtail_leads_consent WHERE question = 'mail'"
    tab.goto(link_of(site, "confirm"))
    assert site.rows(granted) == []
    tab.click(".leads-gate button[type=submit]")
    tab.wait_for_selector("[role=status]")
    assert site.rows(granted) == [(1, 1)]


def test_a_pop_up_waits_for_the_notice_comes_once_and_never_after_it_was_sent(opened, site):
    tab = opened("/article/", answered=False, viewport={"width": 390, "height": 800})
    tab.wait_for_selector(NOTICE)
    tab.wait_for_timeout(2200)
    assert tab.locator(DIALOG).count() == 0, "not over the notice"
    tab.click(f"{NOTICE} button[value=yes]")
    tab.wait_for_selector(DIALOG)
    assert tab.evaluate("document.activeElement.closest('dialog') !== null"), "the keyboard is in it"
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab.keyboard.press("Escape")
    tab.wait_for_selector(DIALOG, state="detached")
    tab.goto(f"{site.url}/article/")
    tab.wait_for_timeout(2200)
    assert tab.locator(DIALOG).count() == 0, "not again for days"
    tab.evaluate("localStorage.clear()")
    tab.goto(f"{site.url}/article/")
    tab.fill(f"{DIALOG} [name=email]", "saburo@mihon.example")
    tab.click(f"{DIALOG} {FORM} button[type=submit]")
    tab.wait_for_url("**/leads/thanks/**")
    tab.evaluate("localStorage.clear()")
    tab.goto(f"{site.url}/article/")
    tab.wait_for_timeout(2200)
    assert tab.locator(DIALOG).count() == 0, "who has sent it is known"
    assert "sent" in tab.evaluate("Object.values(localStorage)")
    assert [text for text in tab.said if "404" not in text] == [], "nothing that a strict CSP forbids"


def test_without_javascript_nothing_comes_up_and_forms_are_whole(opened, site):
    tab = opened("/article/", script=False)
    tab.wait_for_timeout(300)
    assert tab.locator("dialog").count() == 0
    tab.goto(f"{site.url}/forms/")
    assert tab.locator(f"{FORM} [name=email]").count() == 1
