"""Gate, gated part, gated document and the site's own form page in a real Chromium, under a strict CSP and behind Django's cache:
what a visitor meets, and what colleagues read afterwards."""

import json

import pytest

from tests.journeys.beacon_site import Browser, Elsewhere, Site
from tests.journeys.demo import CHROMIUM, until

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine"),
]
FORM = "form[data-leads]"
PHONE = {"width": 390, "height": 800}
INQUIRY = {
    "company": "有限会社あおば",
    "name": "佐藤 花子",
    "email": "hanako@aoba.example",
    "message": "お見積りをお願いします。",
}
SEED = """
import django; django.setup()
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.utils import timezone
from wagtail.documents import get_document_model
from wagtail.models import Site
from tests.testsite.models import ArticlePage, ContactField, ContactPage, HandbookPage, PartsPage
from wagtail_leads.capture.documents import mark_document
from wagtail_leads.capture.models import FormPageSource
from wagtail_leads.content.operations import mark_page
from wagtail_leads.mailing.models import SenderDetails
site, now = Site.objects.get(), timezone.now()
admin = get_user_model().objects.create_superuser("admin", "admin@works.example", "changeme")
SenderDetails.objects.create(site=site, company_name="Works", from_name="Works", from_address="info@works.example",
    postal_address="Tokyo", contact="03", staff_addresses="staff@works.example")
add = site.root_page.add_child
book = add(instance=HandbookPage(title="Handbook", slug="handbook", body="The secret text.", search_description="In short."))
mark_page(book, user=admin, now=now, gated=True, high_intent=False)
price = get_document_model().objects.create(title="Price list", file=ContentFile(b"%PDF-1.4 prices", name="prices.pdf"))
mark_document(price, gated=True, form_id=None, teaser="All prices.", topics=[], now=now)
link = f'<p><a linktype="document" id="{price.pk}">Prices</a></p>'
add(instance=ArticlePage(title="Products", slug="products", body=link))
inside = lambda text: {"teaser": "Teaser", "form": None, "inside": [("text", f"<p>{text}</p>")]}
parts = PartsPage(title="Parts", slug="parts")
parts.body = [("text", "<p>For all.</p>"), ("gated", inside("The first figures.")), ("gated", inside("The second figures."))]
add(instance=parts)
contact = add(instance=ContactPage(title="Contact", slug="contact"))
asked = {"Company": "singleline", "Name": "singleline", "Email": "email", "Message": "multiline"}
for number, (label, kind) in enumerate(asked.items()):
    ContactField.objects.create(page=contact, sort_order=number, label=label, field_type=kind, required=True)
mapping = {one: one for one in ("company", "name", "email", "message")}
FormPageSource.objects.create(page=contact, mapping=mapping, owner=admin, updated_at=now)
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
    """Open a person's browser at a page: `opened("/handbook/")`. What a strict CSP refuses fails the test."""
    contexts, said = [], []

    def opened(path, *, script=True, **options):
        context = chromium.visitor(java_script_enabled=script, **options)
        contexts.append(context)
        context.add_cookies([{"name": "leads_consent", "value": "ok", "url": site.url}])
        tab = context.new_page()
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.goto(f"{site.url}{path}")
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert not [text for text in said if "status of 4" not in text], said


def fill_in(tab, number: int = 0, *, email: str, name: str = "山田 太郎") -> None:
    """As a person does: not within a moment."""
    form = tab.locator(FORM).nth(number)
    form.locator("[name=company]").fill("株式会社見本製作所")
    form.locator("[name=name]").fill(name)
    form.locator("[name=email]").fill(email)
    tab.wait_for_timeout(2100)
    form.locator("button[type=submit]").click()
    tab.wait_for_load_state("load")


def own_link(site, to: str) -> str:
    """The person's own address of what was asked for, in the mail that brings it."""
    sql = "SELECT context FROM wagtail_leads_message WHERE template = 'paper' AND to_address = ?"
    ((context,),) = until(lambda: site.rows(sql, to), seconds=10, what="the mail")
    return site.url + "/leads/" + json.loads(context)["url"].partition("/leads/")[2]


def facts_of(site, email: str) -> list[str]:
    sql = (
        "SELECT kind FROM wagtail_leads_activity WHERE lead_id = (SELECT id FROM wagtail_leads_lead WHERE email = ?)"
        " ORDER BY at, id"
    )
    return [kind for (kind,) in site.rows(sql, email)]


def test_a_gate_shows_its_teaser_and_opens_where_the_reader_stood(opened, site):
    tab = opened("/handbook/chapter/7/?size=2")
    assert "In short." in tab.content() and "The secret text." not in tab.content()
    tab.locator(f"{FORM} [name=company]").fill("株式会社見本")
    tab.locator(f"{FORM} button[type=submit]").click()
    tab.wait_for_selector("[role=alert]")
    assert tab.locator(f"{FORM} [name=company]").input_value() == "株式会社見本", "nothing typed is lost"
    tab.goto(f"{site.url}/handbook/chapter/7/?size=2")
    fill_in(tab, email="gate@mihon.example")
    assert tab.url == f"{site.url}/handbook/chapter/7/?size=2" and "The secret text." in tab.content()
    tab.goto(f"{site.url}/handbook/")
    assert "The secret text." in tab.content() and tab.locator(FORM).count() == 0
    stranger = opened("/handbook/")
    assert "The secret text." not in stranger.content() and stranger.locator(FORM).count() == 1


def test_a_gated_part_opens_alone_without_javascript_on_a_phone(opened, site):
    tab = opened("/parts/", script=False, viewport=PHONE, color_scheme="dark")
    assert "For all." in tab.content() and "figures" not in tab.content()
    fill_in(tab, 1, email="part@mihon.example")
    assert "The second figures." in tab.content() and "The first figures." not in tab.content()
    assert tab.url.partition("#")[0] == f"{site.url}/parts/" and tab.locator(f"[id='{tab.url.partition('#')[2]}']").count() == 1
    assert "figures" not in opened("/parts/").content(), "Django's cache kept nothing of it"


def test_a_document_is_given_for_a_name_here_and_by_mail_elsewhere(opened, site):
    tab = opened("/products/")
    tab.get_by_role("link", name="Prices").click()
    tab.wait_for_selector(FORM)
    assert "All prices." in tab.content()
    fill_in(tab, email="document@mihon.example")
    with tab.expect_response("**/documents/**") as served:
        tab.locator("a.leads-button").click()
    assert served.value.status == 200 and served.value.headers["cache-control"] == "private, no-store"
    assert tab.request.get(served.value.url).body() == b"%PDF-1.4 prices"
    link = own_link(site, "document@mihon.example")
    phone = opened("/article/", viewport=PHONE)
    with phone.expect_response("**/leads/download/**") as served:
        phone.evaluate("url => location.assign(url)", link)
    assert served.value.status == 200 and served.value.headers["content-type"] == "application/pdf"
    tampered = phone.request.get(link[:-3] + "xx/")
    assert tampered.status == 410 and b"%PDF" not in tampered.body() and "@" not in tampered.text()
    told = site.told("asset_downloaded")
    assert told == [("asset_downloaded", "Price list")] * 2, "in this browser once, whatever it fetched; by the mail once"


def test_the_sites_own_form_page_makes_a_lead_a_todo_and_a_notice(opened, site):
    tab = opened("/article/")
    tab.goto(f"{site.url}/contact/")
    for name, value in INQUIRY.items():
        tab.fill(f"[name={name}]", value)
    tab.click("main form button")
    tab.wait_for_load_state("load")
    assert "Thank you." in tab.content(), "the site's own page"
    assert site.rows("SELECT COUNT(*) FROM wagtailforms_formsubmission") == [(1,)], "the site's own handling"
    site.tick()
    assert site.rows("SELECT status, owner_id IS NOT NULL, due_at IS NOT NULL FROM wagtail_leads_todo") == [("new", 1, 1)]
    kinds = "template IN ('reply', 'notice')"
    mails = site.rows(f"SELECT template, to_address FROM wagtail_leads_message WHERE {kinds} ORDER BY 1, 2")
    told = ["admin@works.example", "staff@works.example"]
    assert mails == [*(("notice", to) for to in told), ("reply", "hanako@aoba.example")], "owner, staff, and the person"
    facts = facts_of(site, "hanako@aoba.example")
    assert "inquiry_made" in facts and "visitor_linked" in facts


def test_a_colleague_reads_what_the_person_wrote(chromium, site):
    context = chromium.visitor()
    editor = context.new_page()
    editor.goto(f"{site.url}/cms/login/?next=/cms/leads/")
    editor.fill("[name=username]", "admin")
    editor.fill("[name=password]", "changeme")
    editor.click("button[type=submit]")
    editor.get_by_role("link", name="佐藤 花子").first.click()
    editor.wait_for_load_state("load")
    page = editor.inner_text("body")
    context.close()
    for words in INQUIRY.values():
        assert words in page, words
