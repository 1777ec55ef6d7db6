"""Double opt-in: a yes counts when the reader of the address has said so by a button; until then nothing is granted."""

import json
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from tests.making import form_block, make_form, make_lead
from tests.public.test_form_doors import action_of
from tests.public.test_gated_parts import BODY, FIRST, SECOND
from tests.testsite.models import PartsPage
from wagtail_leads import conf, tasks
from wagtail_leads.activity.models import Activity
from wagtail_leads.capture import opt_in
from wagtail_leads.capture.models import FormSubmission, LeadForm
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.identity.models import Consent, Lead, VisitorLink
from wagtail_leads.identity.queries import may_write
from wagtail_leads.logic.addresses import email_key
from wagtail_leads.mailing.models import Message, Suppression

pytestmark = pytest.mark.django_db
ADDRESS = "taro@mihon.example"
KEY = email_key(ADDRESS)


@pytest.fixture
def lead_form(site):
    return make_form(name="Papers", blocks=[form_block("email")], double_opt_in=True, consent_wording="May we write?")


@pytest.fixture
def gated(paper, lead_form, now):
    PagePolicy.objects.create(page_id=paper.pk, gated=True, form_id=lead_form.pk, updated_at=now)
    return paper


def send(browser, **answers):
    action = action_of(browser.get("/paper/?leads-form=whole").content.decode())
    return browser.post(action, {"email": ADDRESS, "consent": "on", **answers})


def link() -> str:
    return "/leads/" + Message.objects.filter(template="confirm").latest("pk").context["url"].partition("/leads/")[2]


def test_a_yes_waits_and_what_was_asked_for_does_not(browser, gated):
    assert send(browser).status_code == 303
    assert "The secret text" in browser.get("/paper/").content.decode(), "the paper never depends on the box"
    assert not Consent.objects.exists() and not may_write(KEY)
    assert not Activity.objects.filter(kind__in=["consent_given", "address_confirmed"]).exists()
    row = FormSubmission.objects.get()
    assert row.awaits_confirmation and row.confirmed_at is None
    assert sorted(Message.objects.values_list("template", flat=True)) == ["confirm", "paper"]
    tasks.run_mail()
    text = next(one for one in mail.outbox if "confirm" in one.subject)
    assert "May we write?" in text.body and "/leads/" in text.body


def test_looking_at_the_link_changes_nothing(browser, gated):
    send(browser)
    for method in (browser.get, browser.head, browser.get):
        response = method(link())
        assert response.status_code == 200 and response.headers["Cache-Control"] == "private, no-store"
    html = browser.get(link()).content.decode()
    assert "May we write?" in html and ADDRESS not in html and "mihon" not in html
    assert not Consent.objects.exists() and FormSubmission.objects.get().awaits_confirmation


def test_the_button_makes_the_permission_with_its_proof(browser, gated):
    send(browser)
    url = link()
    assert browser.post(url).status_code == 303
    consent, row = Consent.objects.get(), FormSubmission.objects.get()
    assert consent.granted and consent.confirmed_at and consent.wording == "May we write?" and may_write(KEY)
    assert (consent.page_id, consent.form_version) == (gated.pk, 1) and len(consent.version) == 8
    assert not row.awaits_confirmation and row.confirmed_at == consent.confirmed_at
    assert VisitorLink.objects.get().evidence == "confirmed", "the form's link has become a stronger one"
    assert {"consent_given", "address_confirmed"} <= set(Activity.objects.values_list("kind", flat=True))
    assert "is confirmed" in browser.get(url).content.decode()


def test_twice_is_once(browser, gated):
    send(browser)
    url = link()
    browser.post(url)
    again = browser.post(url)
    assert again.status_code == 200 and "is confirmed" in again.content.decode()
    assert Consent.objects.count() == 1 and Activity.objects.filter(kind="address_confirmed").count() == 1


def test_in_another_browser_it_links_that_one_but_never_takes_somebody_elses(browser, gated):
    send(browser)
    url = link()
    browser.cookies.clear()
    other = make_lead(timezone.now(), "hanako@mihon.example")
    browser.get("/paper/")
    send(browser, email="hanako@mihon.example")
    assert browser.post(url).status_code == 303 and may_write(KEY)
    assert VisitorLink.objects.filter(open_key__isnull=False, lead=other).count() == 1
    assert not VisitorLink.objects.filter(evidence="confirmed").exists()


def test_an_unlinked_browser_is_linked(browser, gated):
    send(browser)
    url = link()
    browser.cookies.clear()
    browser.post(url)
    assert sorted(VisitorLink.objects.values_list("evidence", flat=True)) == ["confirmed", "form"]
    assert "The secret text" in browser.get("/paper/").content.decode(), "the page opens here, too"


@pytest.mark.parametrize(("reason", "scope", "is_lifted"), [
    ("unsubscribed", "marketing", True),
    ("complained", "marketing", False),
    ("by_hand", "marketing", False),
    ("bounced", "all", False),
])
def test_a_confirmed_yes_lifts_an_unsubscribe_and_nothing_else(browser, gated, now, reason, scope, is_lifted):
    Suppression.objects.create(address_key=KEY, scope=scope, reason=reason, at=now)
    send(browser)
    assert Suppression.objects.exists(), "a box alone lifts nothing: anybody can type an address"
    browser.post(link())
    assert Suppression.objects.exists() is not is_lifted


def test_a_confirmed_address_is_not_asked_to_confirm_again(browser, gated):
    send(browser)
    browser.post(link())
    browser.cookies.clear()
    send(browser)
    assert Message.objects.filter(template="confirm").count() == 1
    assert Consent.objects.order_by("pk").last().granted and may_write(KEY)


def test_an_unticked_box_asks_for_no_confirmation(browser, gated):
    send(browser, consent="")
    assert not Message.objects.filter(template="confirm").exists() and not FormSubmission.objects.get().awaits_confirmation


def test_a_newsletter_begins_with_the_confirmation(browser, gated):
    LeadForm.objects.update(purpose="newsletter")
    send(browser)
    assert list(Message.objects.values_list("template", flat=True)) == ["confirm"]
    browser.post(link())
    assert sorted(Message.objects.values_list("template", flat=True)) == ["confirm", "subscribed"]


def test_a_link_whose_days_are_over_offers_a_new_one(browser, gated, site):
    send(browser)
    row = FormSubmission.objects.get()
    old = opt_in.url_of(row.pk, site=site, now=timezone.now() - timedelta(days=conf.get("CONFIRM_DAYS") + 1))
    url = "/leads/" + old.partition("/leads/")[2]
    page = browser.get(url)
    assert page.status_code == 410 and "Send me a new link" in page.content.decode()
    Message.objects.filter(template="confirm").delete()
    for _press in range(2):
        assert "on its way" in browser.post(url).content.decode()
    assert Message.objects.filter(template="confirm").count() == 1 and not Consent.objects.exists()
    assert browser.post(link()).status_code == 303 and may_write(KEY)


def test_what_we_did_not_sign_or_is_gone_is_told(browser, gated):
    send(browser)
    url = link()
    assert browser.get(url[:-3] + "AA/").status_code == 410
    assert browser.post(url, HTTP_SEC_FETCH_SITE="cross-site").status_code == 400
    Lead.objects.update(erased_at=timezone.now())
    assert browser.post(url).status_code == 410 and not Consent.objects.exists()


def test_by_mail_only_the_gate_opens_by_the_mail_and_not_by_the_form(browser, gated):
    LeadForm.objects.update(delivery="by_mail")
    response = send(browser)
    assert "/leads/thanks/" in response.headers["Location"]
    assert "The secret text" not in browser.get("/paper/").content.decode()
    tasks.run_mail()
    paper = next(one for one in mail.outbox if "White paper" in one.subject)
    click = re.search(r"http://localhost(/leads/l/\S+)", paper.body)[1].rstrip(")")
    assert browser.get(click).status_code == 302
    assert "The secret text" in browser.get("/paper/").content.decode()


def test_by_mail_only_opens_the_part_of_a_page_that_was_asked_for(browser, home, lead_form):
    LeadForm.objects.update(delivery="by_mail", is_default=True)
    home.add_child(instance=PartsPage(title="Parts", slug="parts", body=json.dumps(BODY[:3])))
    action = action_of(browser.get("/parts/").content.decode())
    browser.post(action, {"email": ADDRESS})
    assert FIRST not in browser.get("/parts/").content.decode()
    tasks.run_mail()
    browser.get(re.search(r"http://localhost(/leads/l/\S+)", mail.outbox[0].body)[1].rstrip(")"))
    html = browser.get("/parts/").content.decode()
    assert FIRST in html and SECOND not in html
