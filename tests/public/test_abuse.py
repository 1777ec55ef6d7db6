"""Robots, circulars, double posts: held or counted once at every placement, and nothing of a person is lost."""

import pytest
from django.urls import reverse

from tests.making import form_block, make_form, make_lead
from tests.public.test_form_doors import action_of
from tests.testsite.models import FormsPage
from wagtail_leads.capture.models import FormSubmission
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.identity import mail_servers
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.spam import LEAST_TEXT
from wagtail_leads.mailing.models import Message

pytestmark = pytest.mark.django_db
TEXT = "弊社では人材のご紹介を行っております。御社の採用課題をぜひお聞かせください。ご返信をお待ちしております。" * 2
PATHS = ["/forms/", "/paper/", "/leads/form/ask/"]


@pytest.fixture
def lead_form(site, home, paper, now):
    blocks = [form_block("email"), form_block("name", required=False), form_block("message", required=False)]
    made = make_form(name="Ask", slug="ask", blocks=blocks, purpose="inquiry", opens_todo=True)
    page = FormsPage(title="Forms", slug="forms")
    page.body = [("lead_form", {"form": made})]
    home.add_child(instance=page)
    PagePolicy.objects.create(page_id=paper.pk, gated=True, form_id=made.pk, updated_at=now)
    return made


def send(browser, path="/forms/", email="taro@mihon.example", **answers):
    action = action_of(browser.get(path).content.decode())
    return browser.post(action, {"email": email, **answers})


@pytest.mark.parametrize("path", PATHS)
def test_a_robot_in_the_trap_is_held_at_every_placement(browser, lead_form, path):
    response = send(browser, path, website="https://spam.example")
    assert response.status_code == 200 and "look at your entry first" in response.content.decode()
    row = FormSubmission.objects.get()
    assert (row.is_spam, row.spam_reason) == (True, "trap") and not Lead.objects.exists() and not Message.objects.exists()


@pytest.mark.parametrize("path", PATHS)
def test_a_post_repeated_is_one_at_every_placement(browser, lead_form, path):
    action = action_of(browser.get(path).content.decode())
    assert len({browser.post(action, {"email": "taro@mihon.example"}).status_code for _n in range(3)}) == 1
    assert FormSubmission.objects.count() == 1 and Message.objects.filter(lead__isnull=False).count() == 1


@pytest.mark.parametrize("path", ["/paper/", "/leads/form/ask/"])
def test_too_quick_is_asked_once_more_with_all_answers(browser, lead_form, settings, path):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "FORM_MIN_SECONDS": 30}
    response = send(browser, path, name="山田")
    assert response.status_code == 422 and "very quick" in response.content.decode() and "山田" in response.content.decode()


def test_an_inquiry_with_a_link_in_japanese_is_a_persons(browser, lead_form):
    send(browser, message="https://www.works.example/a について、お見積もりをお願いいたします。", name="株式会社見本 山田")
    assert Lead.objects.exists() and not FormSubmission.objects.get().is_spam


@pytest.mark.parametrize(("answers", "reason"), [
    ({"message": "[url=https://a.example]x[/url]"}, "link_code"),
    ({"message": " ".join(f"https://{n}.example" for n in "abcd")}, "many_links"),
    ({"name": "Win https://a.example"}, "link_in_name"),
])
def test_what_looks_like_advertising_is_held_and_not_lost(browser, lead_form, answers, reason):
    assert send(browser, **answers).status_code == 200
    row = FormSubmission.objects.get()
    assert row.is_spam and row.spam_reason == reason and not Lead.objects.exists()
    assert any(value in str(row.data["answers"]) for value in answers.values())


def test_one_text_to_everybody_is_held_from_the_fourth_on(browser, lead_form):
    assert len(TEXT) > LEAST_TEXT
    for number in range(5):
        send(browser, email=f"a{number}@mihon.example", message=f"{TEXT}{number}")
        browser.cookies.clear()
    reasons = FormSubmission.objects.order_by("pk").values_list("spam_reason", flat=True)
    assert list(reasons) == ["", "", "", "same_text", "same_text"]


def test_a_person_who_sends_one_text_again_and_again_is_no_circular(browser, lead_form):
    for number in range(5):
        send(browser, message=TEXT, name=f"山田{number}")
        browser.cookies.clear()
    assert not FormSubmission.objects.filter(is_spam=True).exists()


def test_a_browser_has_its_rate_and_gets_its_words_back(browser, lead_form, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "FORM_POSTS_PER_VISITOR": 2}
    answers = [send(browser, email=f"a{n}@mihon.example", name="山田") for n in range(4)]
    assert [one.status_code for one in answers] == [303, 303, 303, 429], "the first post had no cookie yet"
    assert "from this browser" in answers[-1].content.decode() and "山田" in answers[-1].content.decode()
    browser.cookies.clear()
    assert send(browser, email="b@mihon.example").status_code == 303


# --- the screen -----------------------------------------------------------------------------------------------------


@pytest.fixture
def held(browser, lead_form):
    send(browser, email="taro@mihon.example", message="[url=https://a.example]x[/url]", consent="on")
    browser.cookies.clear()
    send(browser, email="spam@mailinator.com", message="[url=https://b.example]<script>x[/url]")
    return FormSubmission.objects.order_by("pk")


def test_the_screen_shows_what_was_written_and_why_it_is_held(admin_client, held):
    html = admin_client.get(reverse("wagtail_leads_held_forms")).content.decode()
    assert "taro@mihon.example" in html and "code of a link" in html and "throw-away address" in html
    assert "&lt;script&gt;x" in html and "<script>x" not in html


def test_release_lets_it_happen_now_and_delete_makes_it_gone(admin_client, held, django_capture_on_commit_callbacks):
    url = reverse("wagtail_leads_held_forms")
    first, second = held
    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(url, {"do": "release", "pk": [first.pk]})
    lead = Lead.objects.get()
    assert lead.email == "taro@mihon.example" and Message.objects.filter(lead=lead).exists()
    admin_client.post(url, {"do": "delete", "pk": [second.pk, first.pk]})
    assert list(FormSubmission.objects.values_list("pk", flat=True)) == [first.pk], "what happened is not deleted here"
    assert "No form is held" in admin_client.get(url).content.decode()


def test_only_who_may_change_forms_releases(client, held, django_user_model):
    from django.contrib.auth.models import Permission

    reader = django_user_model.objects.create_user("reader", password="x")
    names = ["access_admin", "view_formsubmission"]
    reader.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(reader)
    url = reverse("wagtail_leads_held_forms")
    assert client.get(url).status_code == 200
    client.post(url, {"do": "release", "pk": [held[0].pk]})
    client.post(url, {"do": "delete", "pk": [held[0].pk]})
    assert held.filter(is_spam=True).count() == 2
    reader.user_permissions.set(Permission.objects.filter(codename="access_admin"))
    assert client.get(url).status_code == 302


def test_today_counts_them(admin_client, held):
    html = admin_client.get(reverse("wagtail_leads_today")).content.decode()
    assert "2 forms are held as spam" in html and reverse("wagtail_leads_held_forms") in html


# --- does the domain take mail? -------------------------------------------------------------------------------------


def test_a_domain_is_asked_once_and_its_leads_are_flagged_never_refused(now, settings, db):
    for email in ("a@gone.example", "info@gone.example", "b@fine.example", "c@silent.example"):
        make_lead(now, email)
    asked = []

    def answer(domain):
        asked.append(domain)
        return {"gone.example": False, "fine.example": True}.get(domain)

    assert mail_servers.check_due(now=now, ask=answer) == 0 and not asked, "off by default"
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "CHECK_MAIL_SERVER": True}
    assert mail_servers.check_due(now=now, ask=answer) == 3
    assert mail_servers.check_due(now=now, ask=answer) == 0
    assert sorted(asked) == ["fine.example", "gone.example", "silent.example"]
    flags = dict(Lead.objects.values_list("email", "address_flag"))
    assert flags["a@gone.example"] == flags["info@gone.example"] == "no_mail_server"
    assert flags["b@fine.example"] == flags["c@silent.example"] == ""
