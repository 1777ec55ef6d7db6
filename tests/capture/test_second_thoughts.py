"""What people do with forms: correct themselves, press twice, come back – and what robots do."""

import re
import time

import pytest

from wagtail_leads import tasks
from wagtail_leads.capture.operations import release
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.models import Consent, FormPageSource, FormSubmission, Lead, Message

pytestmark = pytest.mark.django_db(transaction=True)
ANSWERS = {"company": "株式会社見本", "name": "山田 太郎", "email": "taro@mihon.example"}


@pytest.fixture
def action(browser, paper, sender, now):
    PagePolicy.objects.create(page_id=paper.pk, gated=True, updated_at=now)
    return re.search(r'action="(/leads/f/[^"]+)"', browser.get("/paper/").content.decode())[1]


def test_a_correction_counts_and_so_does_the_box_that_was_ticked_then(browser, action):
    browser.post(action, ANSWERS | {"name": "Wrong"})
    browser.post(action, ANSWERS | {"consent": "on"})
    assert Lead.objects.get().name == "山田 太郎" and Consent.objects.get().granted
    assert FormSubmission.objects.count() == 2


def test_a_double_click_without_a_cookie_is_one_submission(client, browser, action):
    for _twice in range(2):
        browser.cookies.clear()
        assert browser.post(action, ANSWERS).status_code == 303
    assert FormSubmission.objects.count() == 1 and Message.objects.count() == 1


def test_a_mistake_does_not_start_the_clock_of_robots_anew(browser, action, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "FORM_MIN_SECONDS": 1}
    first = browser.post(action, ANSWERS)
    assert first.status_code == 422 and "株式会社見本" in first.content.decode(), "too quick: once more, nothing is lost"
    again = re.search(r'action="(/leads/f/[^"]+)"', first.content.decode())[1]
    time.sleep(1.1)
    assert browser.post(again, ANSWERS | {"email": "broken"}).status_code == 422
    assert browser.post(again, ANSWERS).status_code == 303
    assert Lead.objects.exists()


def test_what_fell_into_the_trap_is_kept_and_a_person_can_release_it(browser, action, now):
    response = browser.post(action, ANSWERS | {"website": "http://spam.example", "consent": "on"})
    assert response.status_code == 200 and not Lead.objects.exists()
    held = FormSubmission.objects.get()
    assert held.is_spam
    release(held, now=now)
    assert Lead.objects.get().company_name == "株式会社見本" and Consent.objects.get().wording
    tasks.run_all()
    assert Message.objects.filter(lead__isnull=False).count() == 1
    with pytest.raises(ValueError):
        release(held, now=now)


def test_the_site_s_own_form_sent_twice_is_one_inquiry(browser, contact, sender, now):
    mapping = {"email": "email", "name": "name", "company": "company", "message": "message"}
    FormPageSource.objects.create(page_id=contact.pk, is_inquiry=True, mapping=mapping, updated_at=now)
    answers = {"company": "A", "name": "B", "email": "b@a-works.example", "message": "Please call."}
    for _twice in range(2):
        browser.post("/contact/", answers)
    browser.post("/contact/", answers | {"message": "And one more question."})
    assert FormSubmission.objects.count() == 2


def test_a_name_is_one_line(browser, action):
    browser.post(action, ANSWERS | {"name": "Evil\r\nBcc: all@mihon.example"})
    assert Lead.objects.get().name == "Evil Bcc: all@mihon.example"
