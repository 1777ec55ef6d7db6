"""A person's rights, from both sides: the reader looks, chooses and asks; the desk checks who it is, and erases. Real Chromium, a
reader without JavaScript on a phone, under a strict CSP."""

import pytest

from tests.journeys.beacon_site import Browser, Elsewhere, Site
from tests.journeys.demo import CHROMIUM, until

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine"),
]
TARO, HANAKO, NAME = "taro@mihon.example", "hanako@mihon.example", "山田 太郎"
PHONE = {"width": 390, "height": 800}
SEED = """
import django; django.setup()
from pathlib import Path
from django.contrib.auth import get_user_model
from django.utils import timezone
from tests.making import make_email, make_lead, make_message, make_visit, make_visitor
from wagtail_leads.content.models import Topic
from wagtail_leads.identity.operations import link
from wagtail_leads.logic.kinds import Evidence
from wagtail_leads.mailing.links import preferences_url
now = timezone.now()
get_user_model().objects.create_superuser("boss", "boss@mihon.example", "boss")
taro, hanako = make_lead(now, "taro@mihon.example", consent=True), make_lead(now, "hanako@mihon.example", consent=True)
visitor = make_visitor(now)
link(visitor, taro, evidence=Evidence.FORM, now=now, with_history=True)
make_visit(visitor, now)
for name in ("Pumps", "Valves"):
    make_email(name=name, topic=Topic.objects.create(slug=name.lower(), name=name))
Path("FOLDER", "preferences").write_text(preferences_url(make_message(now, hanako)))
"""
LINK = """
import django; django.setup()
from pathlib import Path
from wagtail_leads.mailing.links import my_data_url
from wagtail_leads.mailing.models import Message
Path("FOLDER", "link").write_text(my_data_url(Message.objects.filter(template="my_data").latest("pk")))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    running = Site(tmp_path_factory.mktemp("site"))
    running._python("-c", SEED.replace("FOLDER", str(running.folder)))
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


@pytest.fixture(scope="module")
def reader(chromium):
    context = chromium.visitor(java_script_enabled=False, viewport=PHONE)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def desk(chromium, site):
    context = chromium.visitor(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.wrong = []
    tab.on("pageerror", lambda error: tab.wrong.append(str(error)))
    tab.on("response", lambda answer: tab.wrong.append(answer.url) if answer.status >= 500 else None)
    tab.goto(f"{site.url}/cms/login/")
    tab.fill("input[name=username]", "boss")
    tab.fill("input[name=password]", "boss")
    with tab.expect_navigation():
        tab.locator("input[name=password]").press("Enter")
    yield tab
    context.close()


def written(site, name: str) -> str:
    """The path of an address that the site's own code wrote down."""
    return site.url + "/leads/" + (site.folder / name).read_text().partition("/leads/")[2]


def press(tab, selector: str) -> None:
    with tab.expect_navigation():
        tab.click(selector)


def fits(tab) -> bool:
    return tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def open_data(tab, address: str) -> None:
    tab.fill("input[name=email]", address)
    press(tab, "button[value=open]")


def test_1_a_reader_asks_what_is_known_and_the_link_is_for_them_alone(site, chromium, reader):
    reader.goto(f"{site.url}/leads/privacy/my-data/")
    reader.fill("input[name=email]", TARO)
    press(reader, "form.leads-form button")
    assert reader.locator("[role=status]").count() == 1 and NAME not in reader.content()
    site._python("-c", LINK.replace("FOLDER", str(site.folder)))
    stranger = chromium.visitor(java_script_enabled=False)
    tab = stranger.new_page()
    tab.goto(written(site, "link"))
    open_data(tab, HANAKO)
    assert tab.locator(".leads-error").count() == 1 and NAME not in tab.content() and TARO not in tab.content()
    reader.goto(written(site, "link"))
    open_data(reader, TARO)
    assert NAME in reader.inner_text("main") and TARO in reader.inner_text("main") and fits(reader)
    tab.goto(written(site, "link"))
    assert NAME not in tab.content() and tab.locator("a.leads-button").count() == 1, "it is over: ask for a fresh one"
    stranger.close()


def test_2_they_ask_to_be_erased_and_are_asked_once_more(site, reader):
    press(reader, "button[value=erase]")
    assert site.rows("SELECT COUNT(*) FROM wagtail_leads_privacyrequest WHERE kind = 'erase'") == [(0,)]
    press(reader, "button[value=erase]")
    assert reader.locator("[role=status]").count() == 1
    assert site.rows("SELECT state FROM wagtail_leads_privacyrequest WHERE kind = 'erase'") == [("open",)]


def erase_request_of(desk, site, name: str) -> None:
    desk.goto(f"{site.url}/cms/leads/requests/")
    with desk.expect_navigation():
        desk.locator("main li, main tr").filter(has_text=name).locator("a[href*='/leads/requests/']").first.click()


def test_3_the_desk_erases_whom_the_link_has_shown(site, desk, reader):
    erase_request_of(desk, site, NAME)
    assert TARO in desk.inner_text("main"), "the link has shown who it is: nothing more to check"
    press(desk, "a[href$='/erase/']")
    press(desk, "main form button.no")
    assert NAME not in desk.inner_text("main") and TARO not in desk.content()
    (left,) = site.rows("SELECT name || email FROM wagtail_leads_lead WHERE erased_at IS NOT NULL")
    assert left == ("",) and site.rows("SELECT lead_id FROM wagtail_leads_visitor") == [(None,)]
    assert site.rows("SELECT COUNT(*) FROM wagtail_leads_visit")[0][0] >= 1, "a visit of nobody's stays"
    desk.goto(f"{site.url}/cms/leads/?q={TARO}")
    assert NAME not in desk.inner_text("main")
    reader.goto(written(site, "link"))
    assert NAME not in reader.content() and TARO not in reader.content()


def test_4_a_request_by_phone_is_not_answered_before_somebody_has_checked_who_it_is(site, desk):
    desk.goto(f"{site.url}/cms/leads/requests/new/?q={HANAKO}")
    press(desk, "main a[href^='?lead=']")
    desk.check("input[name=kind][value=erase]")
    desk.select_option("select[name=channel]", "phone")
    desk.fill("textarea[name=details]", "<b>Erase</b> me")
    press(desk, "main form:has([name=kind]) button.button:not([type=button])")
    page = desk.url
    assert "<b>Erase</b> me" in desk.inner_text("main") and desk.wrong == []
    assert desk.locator("main a[href$='/erase/']").count() == 0
    desk.goto(f"{page}erase/")
    assert desk.url == page, "no way round the check"
    desk.check("input[name=how][value=called]")
    press(desk, "form[action$='/check/'] button")
    assert desk.locator("main a[href$='/erase/']").count() == 1 and desk.wrong == []


def test_5_before_that_hanako_chooses_what_she_gets(site, reader):
    reader.goto(written(site, "preferences"))
    assert HANAKO not in reader.content() and NAME not in reader.content() and fits(reader)
    reader.uncheck("input[name=topic][value=pumps]")
    reader.check("input[name=frequency][value=monthly]")
    reader.check("input[name=pause][value='3']")
    press(reader, "button[value=save]")
    chosen = "SELECT frequency, refused_topics, paused_until IS NOT NULL FROM wagtail_leads_mailpreference"
    assert site.rows(chosen) == [("monthly", '["pumps"]', 1)]
    assert not reader.is_checked("input[name=topic][value=pumps]") and reader.is_checked(
        "input[name=topic][value=valves]"
    )
    press(reader, "button[value=stop]")
    key = "SELECT address_key FROM wagtail_leads_mailpreference"
    stopped = f"SELECT scope FROM wagtail_leads_suppression WHERE address_key IN ({key})"
    assert site.rows(stopped) == [("marketing",)] and reader.locator("input[name=topic]").count() == 0
    press(reader, "button[value=again]")
    assert site.rows(stopped) == [] and reader.locator("[role=status]").count() == 1


def test_6_and_once_she_is_erased_her_old_links_name_nobody(site, desk, reader):
    press(desk, "main a[href$='/erase/']")
    press(desk, "main form button.no")
    assert until(lambda: not site.rows("SELECT 1 FROM wagtail_leads_lead WHERE email <> ''"), seconds=5, what="the end")
    assert site.rows("SELECT COUNT(*) FROM wagtail_leads_suppression WHERE reason = 'unsubscribed'") == [(2,)], (
        "never again"
    )
    reader.goto(written(site, "preferences"))
    assert "mihon" not in reader.content() and fits(reader)
    desk.goto(f"{site.url}/cms/leads/accesses/")
    assert "@mihon.example" not in desk.inner_text("main .listing, main table") and desk.wrong == []
