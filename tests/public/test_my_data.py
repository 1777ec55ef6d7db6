"""What do you know about me: the same words for everybody; a link that opens once; requests by the person's own hand."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.making import make_lead
from wagtail_leads.identity.models import AccessRecord, Lead, PrivacyRequest
from wagtail_leads.logic.kinds import RequestKind
from wagtail_leads.mailing import composing
from wagtail_leads.mailing.links import my_data_url
from wagtail_leads.mailing.models import Message
from wagtail_leads.privacy import erase, requests

pytestmark = pytest.mark.django_db
ASK = "/leads/privacy/my-data/"
ADDRESS, NAME = "taro@mihon.example", "山田 太郎"


@pytest.fixture
def lead(site, sender):
    return make_lead(timezone.now(), ADDRESS)


@pytest.fixture
def page(browser, lead):
    """The path of the link that the person got."""
    browser.post(ASK, {"email": ADDRESS})
    return path_of(my_data_url(Message.objects.get()))


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def text(response) -> str:
    return response.content.decode()


def open_it(browser, page):
    return browser.get(browser.post(page, {"do": "open", "email": ADDRESS}).headers["Location"])


# --- asking -------------------------------------------------------------------------------------------------------------


def test_the_answer_is_the_same_for_known_and_unknown(browser, lead):
    answers, counts = [], []
    for address in (ADDRESS, "nobody@mihon.example"):
        with CaptureQueriesContext(connection) as seen:
            response = browser.post(ASK, {"email": address})
        counts.append(sum("INSERT" in q["sql"] for q in seen.captured_queries if "message" in q["sql"]))
        answers.append(
            (response.status_code, response.headers["Location"], text(browser.get(response.headers["Location"])))
        )
    assert answers[0] == answers[1] and answers[0][0] == 303
    assert counts == [1, 1], "the same work, taken back for a stranger"
    assert [m.to_address for m in Message.objects.all()] == [ADDRESS]


def test_the_mail_names_nobody_and_its_link_is_in_no_table(browser, lead):
    browser.post(ASK, {"email": " TARO@mihon.example "})
    message = Message.objects.get()
    mail = composing.compose(message)
    for body in (mail.body, mail.alternatives[0][0]):
        assert my_data_url(message) in body and NAME not in body
    assert message.lead is None and "http" not in json.dumps(message.context) and "<img" not in mail.alternatives[0][0]


@pytest.mark.parametrize("typed", ["", "no address", "a@b", "x" * 300 + "@mihon.example", "<b>"])
def test_what_is_no_address_is_said_beside_the_field(browser, lead, typed):
    response = browser.post(ASK, {"email": typed})
    assert response.status_code == 422 and "This is no valid mail address." in text(response)
    assert "<b>" not in text(response).split("<main")[-1].split('type="email"')[-1][:200]


def test_a_post_of_another_site_is_refused(browser, lead):
    assert browser.post(ASK, {"email": ADDRESS}, HTTP_SEC_FETCH_SITE="cross-site").status_code == 403
    assert not Message.objects.exists()


def test_links_are_limited_by_address_and_by_network_without_another_answer(browser, lead):
    for _time in range(5):
        assert browser.post(ASK, {"email": ADDRESS}).headers["Location"] == f"{ASK}?sent=1"
    assert Message.objects.count() == 3
    for number in range(12):
        make_lead(timezone.now(), f"p{number}@mihon.example")
        assert browser.post(ASK, {"email": f"p{number}@mihon.example"}).status_code == 303
    assert Message.objects.count() == 8, "ten a network, two of them over the address's three"


def test_it_is_linked_from_the_page_about_privacy(browser, site):
    assert ASK in text(browser.get("/leads/privacy/"))


# --- opening ------------------------------------------------------------------------------------------------------------


def test_a_get_opens_nothing(browser, page):
    html = text(browser.get(page))
    assert "Show my data" in html and ADDRESS not in html and NAME not in html
    assert Message.objects.get().clicked_at is None and browser.head(page).status_code == 200
    assert browser.get(f"{page}download/").status_code == 410


def test_the_button_opens_it_for_this_browser_and_nobody_else(browser, page):
    response = open_it(browser, page)
    html = text(response)
    assert NAME in html and ADDRESS in html and response.headers["Cache-Control"] == "private, no-store"
    found = json.loads(text(browser.get(f"{page}download/")))
    assert found["lead"]["email"] == ADDRESS and [r["kind"] for r in found["requests"]] == ["access"]
    stranger = Client(**browser.defaults)
    for response in (stranger.get(page), stranger.post(page, {"do": "open", "email": ADDRESS}), stranger.get(f"{page}download/")):
        assert response.status_code == 410 and NAME not in text(response) and ADDRESS not in text(response)


def test_the_cookie_is_for_this_page_only(browser, page):
    cookie = browser.post(page, {"do": "open", "email": ADDRESS}).cookies["leads_my_data"]
    assert cookie["httponly"] and cookie["samesite"] == "Strict" and cookie["path"] == ASK and cookie["max-age"] == 3600


def test_after_an_hour_it_is_over(browser, page):
    open_it(browser, page)
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert browser.get(page).status_code == 410 and NAME not in text(browser.get(page))


def test_after_some_days_an_unused_link_is_over(browser, page):
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert browser.get(page).status_code == 410 and browser.post(page, {"do": "open", "email": ADDRESS}).status_code == 410
    assert Message.objects.get().clicked_at is None


def test_another_links_cookie_opens_nothing(browser, page, lead):
    open_it(browser, page)
    other = make_lead(timezone.now(), "other@mihon.example")
    message = requests.send_data_link(other, now=timezone.now(), cause=("x",))
    html = text(browser.get(path_of(my_data_url(message))))
    assert "Show my data" in html and "other@" not in html


@pytest.mark.parametrize("token", ["nonsense", "A" * 900])
def test_a_link_that_is_not_ours(browser, site, token):
    assert browser.get(f"{ASK}{token}/").status_code == 410 and browser.post(f"{ASK}{token}/").status_code == 410


def test_opening_stands_in_the_ledger_and_in_the_log_of_accesses(browser, page, lead):
    open_it(browser, page)
    row = PrivacyRequest.objects.get()
    assert (row.kind, row.channel, row.state, row.lead) == ("access", "self", "done", lead) and row.identity_checked_at
    assert AccessRecord.objects.get().what == "answered"


def test_a_link_from_the_desk_is_no_second_request(browser, lead):
    now = timezone.now()
    row = requests.receive(RequestKind.ACCESS, lead, now=now, evidence="She called")
    message = requests.send_data(row, by=None, now=now)
    open_it(browser, path_of(my_data_url(message)))
    assert PrivacyRequest.objects.get().state == "done"


def test_who_is_erased_meanwhile_has_nothing_to_see(browser, page, lead):
    token_page = page
    erase(lead, now=timezone.now())
    assert NAME not in text(open_it(browser, token_page))


# --- asking for more ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["correct", "stop"])
def test_a_wish_is_a_request_to_the_desk_with_identity_shown(browser, page, lead, kind):
    open_it(browser, page)
    for details in ("My name is 田中", "My name is 田中", "and my phone"):
        response = browser.post(page, {"do": kind, "details": details})
        assert response.status_code == 303
    assert "We have your request" in text(browser.get(response.headers["Location"]))
    row = PrivacyRequest.objects.get(kind=kind)
    assert row.state == "open" and row.channel == "self" and row.identity_checked_at and row.lead == lead
    assert row.details == "My name is 田中\nand my phone"
    assert Lead.objects.get().stopped_at is None, "the desk does it"


def test_erasing_is_asked_about_twice_and_is_a_request(browser, page, lead):
    open_it(browser, page)
    response = browser.post(page, {"do": "erase"})
    assert not PrivacyRequest.objects.filter(kind="erase").exists()
    html = text(browser.get(response.headers["Location"].split("#")[0]))
    assert "Are you sure?" in html and 'name="sure" value="1"' in html
    browser.post(page, {"do": "erase", "sure": "1"})
    assert PrivacyRequest.objects.get(kind="erase").state == "open" and Lead.objects.living().exists()


def test_who_has_the_link_and_not_the_address_sees_nothing_and_does_not_use_it_up(browser, page):
    shown = text(browser.get(page))
    assert NAME not in shown and ADDRESS not in shown and "@" not in shown.split("leads-gate")[1], "not even masked"
    for wrong in ("", "x", "hanako@mihon.example", "taro@mihon.example\0x", "a" * 9999):
        answer = browser.post(page, {"do": "open", "email": wrong})
        assert answer.status_code == 422 and "sent to another address" in text(answer) and NAME not in text(answer)
    assert NAME in text(browser.get(browser.post(page, {"do": "open", "email": " Taro@Mihon.example"}).headers["Location"]))


def test_guessing_the_address_is_soon_over(browser, page):
    for number in range(10):
        browser.post(page, {"do": "open", "email": f"taro{number}@mihon.example"})
    assert browser.post(page, {"do": "open", "email": ADDRESS}).status_code == 422
    assert NAME not in text(browser.get(page))


def test_without_opening_nothing_can_be_asked_for(browser, page):
    for kind in ("correct", "stop", "erase"):
        browser.post(page, {"do": kind, "sure": "1", "details": "x"})
    assert not PrivacyRequest.objects.exists()


@pytest.mark.parametrize("posted", [{}, {"do": "sell"}, {"do": "correct", "details": " \0 "}])
def test_a_wish_that_is_none_changes_nothing(browser, page, posted):
    open_it(browser, page)
    assert browser.post(page, posted).status_code == 303
    assert not PrivacyRequest.objects.exclude(kind="access").exists()


def test_a_japanese_reader_is_spoken_to_in_japanese(browser, lead):
    Lead.objects.update(language="ja")
    browser.post(ASK, {"email": ADDRESS})
    message = Message.objects.get()
    assert message.language == "ja"
