import pytest
from django.urls import reverse

from tests.admin_ui.rows import NOW, count_queries, email, lead, message, person
from wagtail_leads.mailing.models import Link, Message, Reaction

pytestmark = pytest.mark.django_db

INDEX = "/cms/leads/mail/"


def url(name, mail) -> str:
    return reverse(f"wagtail_leads_mail:{name}", args=(mail.pk,))


@pytest.fixture
def boss(client):
    client.force_login(person(superuser=True))
    return client


def test_listing_tells_human_clicks_and_opens_apart(boss):
    mail = email()
    for n in range(4):
        message(mail, lead(), clicked_at=NOW if n == 0 else None, opened_at=NOW if n < 2 else None)
    message(mail, lead(), state="skipped", sent_at=None)
    text = boss.get(INDEX).content.decode()
    assert "1 (25 %)" in text
    assert "2 (50 %)" in text
    assert "Opens (for orientation)" in text


def test_as_many_queries_for_many_as_for_few(boss):
    def some():
        message(email(), lead())

    some()
    boss.get(INDEX)
    before = count_queries(lambda: boss.get(INDEX))
    for _n in range(15):
        some()
    assert count_queries(lambda: boss.get(INDEX)) == before


def test_page_names_clicked_links_of_people_only(boss):
    mail = email()
    sent = message(mail, lead(), clicked_at=NOW)
    for verdict in ("human", "machine"):
        link = Link.objects.create(url_key=verdict, url=f"https://example.com/{verdict}/")
        Reaction.objects.create(message=sent, link=link, kind="click", at=NOW, verdict=verdict)
    text = boss.get(url("inspect", mail)).content.decode()
    assert "example.com/human/" in text
    assert "example.com/machine/" not in text


def test_editor_offers_a_test(boss):
    mail = email()
    for name in ("edit", "inspect"):
        assert url("test", mail) in boss.get(url(name, mail)).content.decode()


def test_a_test_goes_to_the_address_that_is_asked_for(boss, site):
    mail = email()
    mail.subject = "下書きの件名"
    mail.save_revision()
    assert boss.get(url("test", mail)).status_code == 200
    response = boss.post(url("test", mail), {"to": "me@example.com"})
    assert response.url == url("inspect", mail)
    made = Message.objects.get()
    assert (made.to_address, made.subject, made.lead) == ("me@example.com", "下書きの件名", None)


@pytest.mark.parametrize("to", ["", "x", "a@b.c\nBcc: d@e.f", "a@example.com, b@example.com"])
def test_a_bad_address_sends_nothing(boss, to):
    assert boss.post(url("test", email()), {"to": to}).status_code == 200
    assert not Message.objects.exists()


def test_permissions(client):
    mail = email()
    client.force_login(person("view_email"))
    assert client.get(INDEX).status_code == 200
    assert client.get(url("inspect", mail)).status_code == 200
    assert "Send me a test" not in client.get(url("inspect", mail)).content.decode()
    assert client.get(url("edit", mail)).status_code == 302
    assert client.post(url("test", mail), {"to": "me@example.com"}).status_code == 302
    assert not Message.objects.exists()
    client.force_login(person("view_lead"))
    for target in (INDEX, url("inspect", mail), url("test", mail)):
        assert client.get(target).status_code == 302


@pytest.mark.parametrize("name", ["edit", "inspect", "test"])
@pytest.mark.parametrize("pk", ["0", "9" * 30, "x"])
def test_ids_that_do_not_exist(boss, name, pk):
    assert boss.get(f"/cms/leads/mail/{name}/{pk}/").status_code == 404


@pytest.mark.parametrize("query", ["?live=x", "?purpose=x", "?p=0", "?ordering=body", "?q=%00"])
def test_hostile_queries_give_a_page(boss, query):
    email()
    assert boss.get(INDEX + query).status_code == 200


def test_history_copy_and_preview_are_there(boss):
    mail = email()
    mail.save_revision()
    for name in ("history", "copy"):
        assert boss.get(url(name, mail)).status_code == 200
