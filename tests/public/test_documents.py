"""Gated documents: nobody gets the file without having left a name, and each download is known."""

import json
import re
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from wagtail.documents import get_document_model
from wagtail.models import Collection, CollectionViewRestriction

from wagtail_leads import conf
from wagtail_leads.capture import documents
from wagtail_leads.content.models import DocumentPolicy
from wagtail_leads.logic import tokens
from wagtail_leads.models import Activity, FormSubmission, Lead, Message, VisitorLink

pytestmark = pytest.mark.django_db
CONTENT = b"%PDF-1.4 the whole paper"


@pytest.fixture
def document(db, tmp_path, settings, now):
    settings.MEDIA_ROOT = tmp_path
    if not Collection.objects.exists():  # tables made without migrations
        Collection.add_root(name="Root")
    made = get_document_model()(title="Price list 2027")
    made.file.save("価格表 2027.pdf", ContentFile(CONTENT))
    made.file_size = len(CONTENT)
    made.save()
    return made


@pytest.fixture
def gated(document, now):
    DocumentPolicy.objects.create(document_id=document.pk, gated=True, teaser="All prices.", updated_at=now)
    return document


def body(response) -> bytes:
    if not response.streaming:
        return response.content
    told = b"".join(response.streaming_content)
    for close in response._resource_closers:  # `response.close()` would end the test's connection, too
        close()
    return told


def downloads():
    return Activity.objects.filter(kind="asset_downloaded")


def fill(browser, document, email="taro@mihon.example"):
    html = browser.get(f"/leads/document/{document.pk}/").content.decode()
    action = re.search(r'action="(/leads/f/[^"]+)"', html)[1]
    return browser.post(action, {"company": "見本", "name": "山田", "email": email})


def own_link(lead, document, made_at=None) -> str:
    url = documents.link_of(lead, document.pk, site=None, now=made_at or timezone.now())
    return url.partition("localhost")[2] or url


# --- its own address ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head"])
def test_the_documents_own_address_leads_to_its_form(browser, gated, method):
    response = getattr(browser, method)(gated.url)
    assert response.status_code == 302 and response.headers["Location"] == f"/leads/document/{gated.pk}/"
    assert response.headers["Cache-Control"] == "private, no-store" and CONTENT not in response.content


@pytest.mark.parametrize("headers", [{"HTTP_RANGE": "bytes=0-9"}, {"HTTP_IF_NONE_MATCH": "*"}])
def test_no_kind_of_request_gets_around_the_form(browser, gated, headers):
    assert browser.get(gated.url, **headers).status_code == 302
    assert browser.post(gated.url).status_code == 405


def test_a_document_that_is_not_gated_is_served_by_wagtail_as_ever(browser, document):
    response = browser.get(document.url)
    assert body(response) == CONTENT and "no-store" not in response.headers.get("Cache-Control", "")
    DocumentPolicy.objects.create(document_id=document.pk, gated=False, updated_at=timezone.now())
    assert browser.get(document.url).status_code == 200
    assert browser.get(f"/leads/document/{document.pk}/").headers["Location"] == document.url


def test_the_download_page_has_title_teaser_and_form_and_no_address_of_the_file(browser, gated):
    response = browser.get(f"/leads/document/{gated.pk}/")
    html = response.content.decode()
    assert "Price list 2027" in html and "All prices." in html and "<form" in html
    assert gated.filename not in html and gated.file.url not in html
    assert response.headers["Cache-Control"] == "private, no-store"


def test_who_left_a_name_gets_the_file_at_once_and_nothing_keeps_it(browser, gated):
    response = fill(browser, gated)
    assert response.status_code == 303 and response.headers["Location"] == f"/leads/document/{gated.pk}/"
    html = browser.get(response.headers["Location"]).content.decode()
    url = re.search(r'href="(/documents/[^"]+)"', html)[1]
    served = browser.get(url)
    assert body(served) == CONTENT
    assert served.headers["Cache-Control"] == "private, no-store" and "ETag" not in served.headers
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Content-Type"] == "application/pdf"
    assert "filename*=utf-8''%E4%BE%A1%E6%A0%BC%E8%A1%A8" in served.headers["Content-Disposition"]
    assert int(served.headers["Content-Length"]) == len(CONTENT)


def test_another_browser_still_sees_the_form(browser, gated):
    fill(browser, gated)
    assert Client().get(gated.url).status_code == 302


def test_a_colleague_always_passes_and_is_not_recorded(browser, gated):
    people, address = get_user_model(), "editor@works.example"
    known = {people.USERNAME_FIELD: address, "email": address, "password": "x"}
    browser.force_login(people.objects.create_superuser(**known))
    assert body(browser.get(gated.url)) == CONTENT and not downloads().exists()


def test_a_private_collection_asks_for_its_password_first(browser, gated):
    collection = Collection.objects.get(depth=1).add_child(name="Private")
    gated.collection = collection
    gated.save()
    CollectionViewRestriction.objects.create(collection=collection, restriction_type="password", password="x")
    html = browser.get(gated.url).content.decode()
    assert 'type="password"' in html and "All prices." not in html
    assert browser.get(f"/leads/document/{gated.pk}/").headers["Location"] == gated.url
    lead = Lead.objects.create(email="t@mihon.example", email_key="k" * 64, created_at=timezone.now())
    assert browser.get(own_link(lead, gated)).status_code == 302


def test_a_document_comes_with_the_gated_page_that_links_it(browser, gated, home, now):
    from tests.testsite.models import ArticlePage
    from wagtail_leads.capture import gate
    from wagtail_leads.content.models import PagePolicy

    link = f'<p><a linktype="document" id="{gated.pk}">here</a></p>'
    page = home.add_child(instance=ArticlePage(title="Paper", slug="paper-page", body=link))
    other = home.add_child(instance=ArticlePage(title="Other", slug="other-page", body="x"))
    for one in (page, other):
        PagePolicy.objects.create(page_id=one.pk, gated=True, updated_at=now)
    browser.cookies[gate.PASS_COOKIE] = gate.pass_value({}, {other.pk})
    assert browser.get(gated.url).status_code == 302
    browser.cookies[gate.PASS_COOKIE] = gate.pass_value({}, {page.pk})
    assert body(browser.get(gated.url)) == CONTENT
    PagePolicy.objects.filter(pk=page.pk).update(gated=False)
    assert browser.get(gated.url).status_code == 302, "a page that is open to all brings no document along"


def test_a_document_of_a_members_page_comes_with_the_stage_and_never_with_a_filled_form(browser, gated, home, now):
    from tests.testsite.models import ArticlePage
    from wagtail_leads.capture import gate
    from wagtail_leads.content.models import PagePolicy

    link = f'<p><a linktype="document" id="{gated.pk}">here</a></p>'
    page = home.add_child(instance=ArticlePage(title="Members", slug="members", body=link))
    PagePolicy.objects.create(page_id=page.pk, gated=True, gate_by="stage", gate_stages="customer", updated_at=now)
    action = re.search(r'action="(/leads/f/[^"]+)"', browser.get("/members/").content.decode())[1]
    browser.post(action, {"company": "見本", "name": "山田", "email": "taro@mihon.example"})
    assert page.pk in gate.pass_pages({key: one.value for key, one in browser.cookies.items()})
    assert browser.get(gated.url).status_code == 302, "a stranger who filled in the form is no customer"
    Lead.objects.update(stage="customer")
    assert body(browser.get(gated.url)) == CONTENT


def test_a_document_that_is_opened_to_all_meanwhile_loses_nothing(browser, gated):
    html = browser.get(f"/leads/document/{gated.pk}/").content.decode()
    action = re.search(r'action="(/leads/f/[^"]+)"', html)[1]
    DocumentPolicy.objects.update(gated=False)
    wrong = browser.post(action, {"company": "見本", "name": "", "email": "taro@mihon.example"})
    assert wrong.status_code == 422 and "見本" in wrong.content.decode()
    sent = browser.post(action, {"company": "見本", "name": "山田", "email": "taro@mihon.example"})
    assert sent.status_code == 303 and Lead.objects.filter(email="taro@mihon.example").exists()
    assert browser.get(sent.headers["Location"]).headers["Location"] == gated.url


@pytest.mark.parametrize("nested", [False, True])
def test_a_document_comes_with_the_gated_part_that_holds_it(browser, gated, home, nested):
    from wagtail.models import ReferenceIndex

    from tests.testsite.models import PartsPage

    ids = [f"{n}1111111-1111-4111-8111-111111111111" for n in range(4)]
    link = f'<p><a linktype="document" id="{gated.pk}">here</a></p>'
    part = {"teaser": "T", "form": None, "inside": [{"type": "text", "value": link, "id": ids[2]}]}
    child = {"type": "section", "value": {"heading": "H", "part": part}} if nested else {"type": "gated", "value": part}
    page = home.add_child(instance=PartsPage(title="P", slug="p", body=json.dumps([{**child, "id": ids[0]}])))
    ReferenceIndex.create_or_update_for_object(page)
    html = browser.get("/p/").content.decode()
    assert browser.get(gated.url).status_code == 302 and gated.url not in html
    action = re.search(r'action="(/leads/f/[^"]+)"', html)[1]
    browser.post(action, {"company": "見本", "name": "山田", "email": "taro@mihon.example"})
    assert body(browser.get(gated.url)) == CONTENT


# --- recording ------------------------------------------------------------------------------------------------------


def test_each_download_is_one_fact_whatever_the_browser_asks_for(browser, gated):
    fill(browser, gated)
    browser.head(gated.url)
    assert not downloads().exists(), "HEAD fetches nothing"
    for headers in ({}, {"HTTP_RANGE": "bytes=0-4"}, {"HTTP_RANGE": "bytes=5-"}, {}):
        assert body(browser.get(gated.url, **headers)) == CONTENT
    fact = downloads().get()
    assert (fact.object_kind, fact.object_id, fact.title) == ("document", gated.pk, "Price list 2027")
    assert fact.visitor_id and VisitorLink.objects.get(visitor=fact.visitor_id).lead.email == "taro@mihon.example"


def test_the_same_document_an_hour_later_is_another_download(gated, now):
    lead = Lead.objects.create(email="t@mihon.example", email_key="k" * 64, created_at=now)
    for seconds, expected in ((0, 1), (50, 1), (59, 1), (3600, 2)):
        documents.record_download(gated, now=now + timedelta(seconds=seconds), lead=lead)
        assert downloads().count() == expected


def test_a_robot_with_a_persons_link_gets_the_file_and_counts_as_nobody(client, gated, now):
    lead = Lead.objects.create(email="t@mihon.example", email_key="k" * 64, created_at=now)
    response = client.get(own_link(lead, gated), HTTP_USER_AGENT="Googlebot/2.1")
    assert body(response) == CONTENT and not downloads().exists()


# --- a person's own link --------------------------------------------------------------------------------------------


@pytest.fixture
def lead(now):
    return Lead.objects.create(
        email="taro@mihon.example", email_key="k" * 64, name="山田 太郎", language="en", created_at=now
    )


def test_the_mail_brings_a_link_of_ones_own(browser, gated, sender):
    fill(browser, gated)
    message = Message.objects.get(template="paper")
    assert message.context["title"] == "Price list 2027" and "/leads/download/" in message.context["url"]
    path = "/leads/download/" + message.context["url"].partition("/leads/download/")[2]
    assert body(Client().get(path)) == CONTENT, "on any device"


def test_a_forwarded_link_gives_the_file_and_leaves_the_browser_as_it_is(browser, gated, lead):
    fill(browser, gated, email="hanako@mihon.example")
    hanako = VisitorLink.objects.get()
    assert body(browser.get(own_link(lead, gated))) == CONTENT
    fact = downloads().get()
    assert fact.lead == lead and fact.visitor is None and fact.data == {"weak": True}
    assert VisitorLink.objects.get() == hanako, "linked with nobody else"


def test_the_link_survives_a_change_of_the_key(browser, gated, lead, settings):
    link = own_link(lead, gated)
    settings.SECRET_KEY_FALLBACKS = [django_settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert body(browser.get(link)) == CONTENT


@pytest.mark.parametrize("change", ["cut", "letter", "other purpose", "empty"])
def test_a_tampered_link_is_told_so(browser, gated, lead, change):
    token = own_link(lead, gated).split("/")[-2]
    wrong = {
        "cut": token[:-2],
        "letter": ("A" if token[0] != "A" else "B") + token[1:],
        "other purpose": tokens.sign_numbers(lead.pk, gated.pk, 1, purpose="click", keys=conf.secrets()),
        "empty": "x",
    }[change]
    response = browser.get(f"/leads/download/{wrong}/")
    assert response.status_code == 410 and "not valid" in response.content.decode()
    assert response.headers["Cache-Control"] == "private, no-store"


def test_an_expired_link_says_so_and_sends_a_new_one_to_its_owner_only(browser, gated, lead, sender):
    link = own_link(lead, gated, timezone.now() - timedelta(days=8))
    response = browser.get(link)
    html = response.content.decode()
    assert response.status_code == 410 and "Send me a new link" in html and "7 days" in html
    assert lead.email not in html and "山田" not in html and not Message.objects.exists(), "a look sends nothing"
    for _press in range(3):
        answer = browser.post(link)
        assert answer.status_code == 200 and lead.email not in answer.content.decode()
    message = Message.objects.get()
    assert message.to_address == lead.email and message.template == "paper"
    path = "/leads/download/" + message.context["url"].partition("/leads/download/")[2]
    assert body(browser.get(path)) == CONTENT


def test_a_new_link_asked_for_from_another_site_is_refused(browser, gated, lead):
    link = own_link(lead, gated, timezone.now() - timedelta(days=8))
    assert browser.post(link, HTTP_SEC_FETCH_SITE="cross-site").status_code == 400 and not Message.objects.exists()


def test_the_link_of_an_erased_person_gives_nothing_and_says_nothing(browser, gated, lead):
    link = own_link(lead, gated)
    Lead.objects.filter(pk=lead.pk).update(erased_at=timezone.now(), email="", email_key=None)
    assert browser.get(link).status_code == 410
    assert browser.post(link).status_code == 200 and not Message.objects.exists(), "the answer is the same for all"


def test_the_link_of_a_merged_lead_is_its_survivors(browser, gated, lead, now):
    survivor = Lead.objects.create(email="s@mihon.example", email_key="s" * 64, created_at=now)
    Lead.objects.filter(pk=lead.pk).update(merged_into=survivor)
    browser.get(own_link(lead, gated))
    assert downloads().get().lead == survivor


def test_a_link_to_the_document_in_any_mail_becomes_its_readers_own(browser, gated, document, message, now):
    from wagtail_leads.mailing.links import click_url
    from wagtail_leads.models import Link

    message.created_at = timezone.now()
    message.save()
    link = Link.objects.create(url_key="d" * 64, url=f"http://localhost{gated.url}")
    response = browser.get("/leads/l/" + click_url(message, link.pk).rpartition("/")[2])
    assert "/leads/download/" in response.headers["Location"]
    assert (
        body(browser.get("/leads/download/" + response.headers["Location"].partition("/leads/download/")[2])) == CONTENT
    )


# --- what goes away meanwhile ---------------------------------------------------------------------------------------


def test_a_document_that_is_deleted_takes_its_marks_along_and_says_so(browser, gated, lead):
    html = browser.get(f"/leads/document/{gated.pk}/").content.decode()
    action = re.search(r'action="(/leads/f/[^"]+)"', html)[1]
    link, pk = own_link(lead, gated), gated.pk
    gated.delete()
    assert not DocumentPolicy.objects.exists()
    for response in (
        browser.get(f"/leads/document/{pk}/"),
        browser.get(link),
        browser.post(action, {"company": "x", "name": "y", "email": "a@mihon.example"}),
    ):
        assert response.status_code == 410 and "no longer there" in response.content.decode()
    assert not FormSubmission.objects.exists()


def test_a_file_that_is_not_in_the_storage_is_no_crash(browser, gated, lead):
    gated.file.storage.delete(gated.file.name)
    response = browser.get(own_link(lead, gated))
    assert response.status_code == 404 and "not there at the moment" in response.content.decode()


@pytest.mark.parametrize("pk", [0, 999_999, 2**70])
def test_a_document_that_never_was_is_no_crash(browser, db, pk):
    assert browser.get(f"/leads/document/{pk}/").status_code == 410


def test_the_site_may_hand_files_out_by_its_server(browser, gated, lead, settings):
    settings.SENDFILE_BACKEND = "wagtail.utils.sendfile_streaming_backend"
    response = browser.get(own_link(lead, gated), HTTP_IF_MODIFIED_SINCE="Mon, 02 Nov 2099 12:00:00 GMT")
    assert body(response) == CONTENT and "Last-Modified" not in response.headers
    assert response.headers["Cache-Control"] == "private, no-store"
