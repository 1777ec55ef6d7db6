"""One door for every placement: block, own address, tag, gate; what comes back, and that nothing typed is lost."""

import json
import re
import struct
import time

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import timezone
from wagtail.documents import get_document_model
from wagtail.models import Collection, Locale

from tests.making import flow, form_block, make_email, make_form
from tests.testsite.models import EnquiryField, EnquiryPage, FormsPage, HandbookPage
from wagtail_leads import conf, tasks
from wagtail_leads.activity.models import Activity
from wagtail_leads.capture.forms import find_live_form
from wagtail_leads.capture.models import FormSubmission, LeadForm, LeadFormVersion
from wagtail_leads.capture.placements import Placement, Where, token_for
from wagtail_leads.content.models import DocumentPolicy, PagePolicy, Topic
from wagtail_leads.identity.models import Consent, Lead, LeadField, LeadSource, LeadTag, LeadTagging, VisitorLink
from wagtail_leads.logic import tokens
from wagtail_leads.mailing.models import MailPreference, Message
from wagtail_leads.sales.models import Todo
from wagtail_leads.tracking.models import PageView

pytestmark = pytest.mark.django_db
GOOD = {"email": "taro@mihon.example", "company": "株式会社見本"}


@pytest.fixture
def lead_form(site):
    blocks = [form_block("email"), form_block("company"), form_block("line", id="q1", label="Budget?", required=False)]
    return make_form(name="News", slug="news", blocks=blocks, heading="Our news", thanks_text="See you soon.")


@pytest.fixture
def page(home, lead_form):
    made = FormsPage(title="Forms", slug="forms")
    made.body = [("lead_form", {"form": lead_form})]
    return home.add_child(instance=made)


def action_of(html: str) -> str:
    return re.search(r'action="(/leads/f/[^"]+)"', html)[1]


def send(browser, path="/forms/", **answers):
    return browser.post(action_of(browser.get(path).content.decode()), {**GOOD, **answers})


# --- a block on a page that may be cached ---------------------------------------------------------------------------


def test_a_block_leaves_its_page_the_same_for_all_and_cacheable(browser, client, page):
    first = browser.get("/forms/")
    html = first.content.decode()
    assert "Our news" in html and "Budget?" in html and 'name="consent"' in html
    assert not first.cookies and "cookie" not in first.headers.get("Vary", "").lower()
    assert "no-store" not in first.headers.get("Cache-Control", "")
    assert "csrfmiddlewaretoken" not in html
    assert send(browser).status_code == 303
    assert browser.get("/forms/").content == first.content, "who is known sees the same bytes"


def test_a_block_makes_a_lead_and_says_thank_you_however_often_it_is_reloaded(browser, page, lead_form):
    response = send(browser)
    assert response.status_code == 303
    for _time in range(2):
        thanks = browser.get(response.headers["Location"])
        assert thanks.status_code == 200 and "See you soon." in thanks.content.decode()
        assert "<header>Test site</header>" in thanks.content.decode()
        assert thanks.headers["Cache-Control"] == "private, no-store"
        assert "mihon" not in thanks.content.decode(), "nothing of the person is on it"
    row = FormSubmission.objects.get()
    assert (row.form, row.version.number, row.page_id, row.data["placement"]) == (lead_form, 1, page.pk, "block")
    assert Lead.objects.get().company_name == "株式会社見本"


def test_a_failed_post_brings_the_form_back_with_all_that_was_typed(browser, page):
    response = send(browser, email="nonsense", **{"q-q1": "<b>one million</b>"})
    html = response.content.decode()
    assert response.status_code == 422 and "株式会社見本" in html and "&lt;b&gt;one million" in html
    assert "<b>one" not in html and 'role="alert"' in html and "#leads-" in html, "errors lead to their fields"
    assert "<header>Test site</header>" in html and not Lead.objects.exists()
    again = browser.post(action_of(html), {**GOOD, "q-q1": "one million"})
    assert again.status_code == 303 and FormSubmission.objects.get().page_id == page.pk


def test_the_same_post_twice_is_one(browser, page):
    action = action_of(browser.get("/forms/").content.decode())
    assert [browser.post(action, GOOD).status_code for _n in range(3)] == [303, 303, 303]
    assert FormSubmission.objects.count() == 1 and Message.objects.count() == 1


def test_an_own_thank_you_page(browser, page, lead_form, article):
    LeadForm.objects.update(thanks_page=article)
    assert send(browser).headers["Location"] == "/article/"
    article.unpublish()
    assert "/leads/thanks/" in send(browser, email="b@mihon.example").headers["Location"]


def test_a_form_that_is_no_longer_live_is_not_shown_and_the_page_stands(browser, page):
    LeadForm.objects.update(live=False)
    html = browser.get("/forms/").content.decode()
    assert "<h1>Forms</h1>" in html and "leads-form" not in html


def test_a_block_speaks_the_pages_language(browser, page, lead_form):
    ja = lead_form.copy_for_translation(Locale.objects.get_or_create(language_code="ja")[0])
    ja.heading, ja.live = "お知らせ", True
    ja.save()
    FormsPage.objects.update(locale=ja.locale)
    html = browser.get("/forms/").content.decode()
    assert "お知らせ" in html and "Our news" not in html and 'lang="ja"' in html


def test_two_forms_on_a_page_have_ids_of_their_own(browser, page):
    other = make_form(name="Other", blocks=[form_block("email")])
    page.body = [("lead_form", {"form": LeadForm.objects.get(slug="news")}), ("lead_form", {"form": other})]
    page.save()
    ids = re.findall(r'<input[^>]* id="([^"]+)"', browser.get("/forms/").content.decode())
    assert len(ids) == len(set(ids)) >= 4


# --- changed, closed, gone ------------------------------------------------------------------------------------------


def test_a_form_that_changes_while_somebody_fills_it_in_is_judged_by_what_was_shown(browser, page, lead_form):
    action = action_of(browser.get("/forms/").content.decode())
    lead_form.fields = [form_block("email"), form_block("message", label="Why?")]
    lead_form.consent_wording = "Another wording?"
    lead_form.save_revision().publish()
    assert browser.post(action, {**GOOD, "consent": "on"}).status_code == 303
    consent, row = Consent.objects.get(), FormSubmission.objects.get()
    assert consent.wording.startswith("You may write to me") and (consent.form_version, row.version.number) == (1, 1)
    assert (consent.page_id, consent.page_url) == (page.pk, "http://localhost/forms/") and len(consent.version) == 8
    assert "Why?" in browser.get("/forms/").content.decode() and LeadFormVersion.objects.count() == 2


def delete_form():
    LeadForm.objects.all().delete()


def close_form():
    LeadForm.objects.update(live=False)


@pytest.mark.parametrize("happens", [delete_form, close_form])
def test_a_form_closed_meanwhile_says_so_and_gives_back_what_was_typed(browser, page, happens):
    action = action_of(browser.get("/forms/").content.decode())
    happens()
    response = browser.post(action, {**GOOD, "q-q1": "<i>much</i>"})
    html = response.content.decode()
    assert response.status_code == 410 and "closed meanwhile" in html
    assert "株式会社見本" in html and "&lt;i&gt;much" in html and not Lead.objects.exists()


def test_a_page_unpublished_meanwhile_loses_nothing(browser, page):
    action = action_of(browser.get("/forms/").content.decode())
    page.unpublish()
    response = browser.post(action, GOOD)
    assert response.status_code == 303 and browser.get(response.headers["Location"]).status_code == 200
    assert FormSubmission.objects.get().page_id is None and Lead.objects.exists()


def test_a_gate_whose_form_was_deleted_still_takes_what_was_typed(browser, paper, lead_form, now):
    PagePolicy.objects.create(page_id=paper.pk, gated=True, form_id=lead_form.pk, updated_at=now)
    action = action_of(browser.get("/paper/").content.decode())
    lead_form.delete()
    assert browser.post(action, GOOD).status_code == 303
    assert "The secret text" in browser.get("/paper/").content.decode()


@pytest.mark.parametrize("old", ["first package", "version unknown"])
def test_a_gate_that_somebody_has_had_open_since_before_comes_back_with_all_answers(browser, paper, lead_form, now, old):
    PagePolicy.objects.create(page_id=paper.pk, gated=True, form_id=lead_form.pk, updated_at=now)
    if old == "first package":
        payload = struct.pack(">IIQ", lead_form.pk, paper.pk, int(time.time()))
        token = tokens.sign(payload, purpose="form", keys=conf.secrets())
    else:
        token = token_for(999_999, Placement(where=Where.GATE, page_id=paper.pk), made_at=int(time.time()))
    response = browser.post(f"/leads/f/{token}", GOOD)
    html = response.content.decode()
    assert response.status_code == 422 and "has changed meanwhile" in html and "株式会社見本" in html
    assert browser.post(action_of(html), GOOD).status_code == 303 and Lead.objects.exists()


def test_a_token_of_a_version_that_nobody_knows_says_so(browser, site):
    token = token_for(999_999, Placement(where=Where.OWN_PAGE), made_at=int(time.time()))
    response = browser.post(f"/leads/f/{token}", GOOD)
    assert response.status_code == 410 and "open the page again" in response.content.decode()


def test_a_tampered_token_is_refused(browser, page):
    action = action_of(browser.get("/forms/").content.decode())
    assert browser.post(action[:-2] + "AA", GOOD).status_code == 400 and not Lead.objects.exists()


def test_reloading_the_address_of_the_post_leads_back(browser, page):
    response = browser.get(action_of(browser.get("/forms/").content.decode()))
    assert response.status_code == 302 and response.headers["Location"] == "/forms/"
    response = browser.get(action_of(browser.get("/leads/form/news/").content.decode()))
    assert response.status_code == 302 and response.headers["Location"] == "/leads/form/news/"


# --- its own address, and a tag -------------------------------------------------------------------------------------


def test_a_form_has_a_page_of_its_own_and_its_visit_is_counted(browser, lead_form):
    response = browser.get("/leads/form/news/")
    html = response.content.decode()
    assert response.status_code == 200 and "Our news" in html and "<header>Test site</header>" in html
    token = re.search(r'data-page="([^"]+)"', html)[1]
    told = {"v": "a" * 16, "t": 10, "s": 5, "p": token, "u": "/leads/form/news/", "r": "", "e": 0}
    browser.post("/leads/b", json.dumps(told), content_type="text/plain")
    assert PageView.objects.get().path == "/leads/form/news/" and response.headers["Content-Language"] == "en"
    assert send(browser, "/leads/form/news/").status_code == 303
    fact = Activity.objects.get(kind="form_submitted")
    assert fact.page_id is None and fact.title == "Our news"
    assert flow(fact.at) and VisitorLink.objects.get().lead == Lead.objects.get()


def test_of_a_form_on_a_page_of_its_own_a_failed_post_shows_the_errors_there(browser, lead_form):
    response = send(browser, "/leads/form/news/", email="x")
    assert response.status_code == 422 and "Our news" in response.content.decode()


@pytest.mark.parametrize("slug", ["nothing", "1", "%E3%81%82", "x" * 300])
def test_an_address_without_a_live_form_says_so(browser, lead_form, slug):
    LeadForm.objects.filter(slug="nothing").update(live=False)
    response = browser.get(f"/leads/form/{slug}/")
    assert response.status_code == 404 and "not open" in response.content.decode()


def test_a_form_in_japanese_speaks_japanese_to_everybody(browser, site):
    ja = Locale.objects.get_or_create(language_code="ja")[0]
    make_form(name="日本語", slug="ja", locale=ja, purpose="inquiry", blocks=[form_block("email"), form_block("prefecture")])
    html = browser.get("/leads/form/ja/").content.decode()
    assert 'lang="ja"' in html and "東京都" in html and ">Tokyo<" not in html and "メール" in html


@pytest.mark.parametrize("named", ["news", "number"])
def test_a_tag_puts_a_form_into_any_template(browser, lead_form, named):
    named = lead_form.pk if named == "number" else named
    request = RequestFactory().get("/")
    template = Template("{% load wagtail_leads_tags %}{% lead_form named %}")
    html = template.render(Context({"request": request, "named": named}))
    assert "Our news" in html
    assert template.render(Context({"named": "unknown"})) == ""
    assert browser.post(action_of(html), GOOD).status_code == 303
    assert FormSubmission.objects.get().data["placement"] == "tag"


# --- what it brings about -------------------------------------------------------------------------------------------


def test_answers_become_the_leads_own_data(browser, site):
    LeadField.objects.create(key="size", label="Size", kind="number")
    blocks = [form_block("email"), form_block("names", kana=True), form_block("prefecture"), form_block("mobile"),
              form_block("contact_wish"), form_block("own_field", id="s", field="size")]  # fmt: skip
    make_form(slug="all", blocks=blocks)
    answers = {"family_name": "山田", "given_name": "太郎", "family_kana": "やまだ", "given_kana": "タロウ",
               "prefecture": "大阪府", "mobile": "090-1234-5678", "contact_wish": "mail_only", "q-s": "１２"}  # fmt: skip
    assert send(browser, "/leads/form/all/", **answers).status_code == 303
    lead = Lead.objects.get()
    assert (lead.name, lead.family_name, lead.given_kana) == ("山田 太郎", "山田", "タロウ")
    assert (lead.prefecture, lead.mobile, lead.contact_wish) == ("大阪府", "090-1234-5678", "mail_only")
    assert lead.extra == {"size": 12}


def test_topics_that_were_offered_and_not_chosen_are_not_wanted(browser, site):
    for slug in ("pump", "lamp"):
        Topic.objects.create(name=slug, slug=slug)
    make_form(slug="t", blocks=[form_block("email"), form_block("topics", required=False, topics=[])])
    send(browser, "/leads/form/t/", topics=["lamp"])
    assert MailPreference.objects.get().refused_topics == ["pump"]
    send(browser, "/leads/form/t/", topics=["lamp", "pump"])
    assert MailPreference.objects.get().refused_topics == []


def test_tag_source_owner_and_todo_of_the_form(browser, site, sender, admin_user, now):
    tag, origin = LeadTag.objects.create(name="Fair"), LeadSource.objects.create(name="Expo", created_at=now)
    make_form(slug="f", purpose="inquiry", tag=tag, origin=origin, owner=admin_user, due_hours=2, opens_todo=True,
              notify="boss@works.example\n\nstaff@works.example")  # fmt: skip
    send(browser, "/leads/form/f/")
    tasks.run_all()
    lead = Lead.objects.get()
    assert (lead.origin, lead.owner, LeadTagging.objects.get().tag) == (origin, admin_user, tag)
    todo = Todo.objects.get()
    assert todo.owner == admin_user and round((todo.due_at - todo.created_at).total_seconds()) == 7200
    told = {to for one in mail.outbox if one.to != ["taro@mihon.example"] for to in one.to}
    assert {"boss@works.example", "staff@works.example"} <= told


def test_a_notice_without_a_todo(browser, site, sender):
    make_form(slug="f", notify="boss@works.example")
    send(browser, "/leads/form/f/")
    tasks.run_all()
    assert not Todo.objects.exists() and ["boss@works.example"] in [one.to for one in mail.outbox]


@pytest.mark.parametrize(
    ("purpose", "template"),
    [("document", "paper"), ("inquiry", "reply"), ("seminar", "registered"), ("newsletter", "subscribed")],
)
def test_each_purpose_is_answered_in_its_own_words(browser, site, sender, purpose, template):
    make_form(slug="f", purpose=purpose)
    send(browser, "/leads/form/f/", consent="on")
    assert Message.objects.get().template == template
    tasks.run_all()
    assert Message.objects.get(template=template).state == "sent"


def test_the_editors_own_reply(browser, site):
    make_form(slug="f", reply=make_email(subject="Hello"))
    send(browser, "/leads/form/f/")
    assert Message.objects.get().subject == "Hello"


def test_the_mail_holds_the_persons_own_link_to_the_forms_document(browser, site, sender):
    from wagtail.documents import get_document_model
    from wagtail.models import Collection

    if not Collection.objects.exists():  # tables made without migrations
        Collection.add_root(name="Root")
    document = get_document_model().objects.create(title="The guide", file="guide.pdf")
    make_form(slug="f", document_id=document.pk)
    send(browser, "/leads/form/f/")
    context = Message.objects.get().context
    assert context["title"] == "The guide" and context["url"].startswith("http://localhost/leads/")
    document.delete()
    assert send(browser, "/leads/form/f/", email="b@mihon.example").status_code == 303, "a document that is gone"


def test_a_device_that_many_use_is_linked_with_nobody(browser, site):
    make_form(slug="f", kiosk=True)
    send(browser, "/leads/form/f/")
    assert Lead.objects.exists() and not VisitorLink.objects.exists()


def test_on_a_device_that_many_use_nothing_opens_for_the_next_and_all_of_them_are_taken(
    browser, paper, lead_form, now, settings
):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "FORM_POSTS_PER_VISITOR": 1, "FORM_POSTS_PER_HOUR": 1}
    LeadForm.objects.update(kiosk=True)
    PagePolicy.objects.create(page_id=paper.pk, gated=True, form_id=lead_form.pk, updated_at=now)
    sent = [send(browser, "/paper/", email=f"v{number}@mihon.example") for number in range(11)]
    assert {"/leads/thanks/" in one.headers["Location"] for one in sent[:10]} == {True} and Lead.objects.count() == 10
    assert sent[10].status_code == 429
    assert "The secret text" not in browser.get("/paper/").content.decode()


def test_what_was_asked_for_may_come_by_mail_only(browser, paper, lead_form, now):
    LeadForm.objects.update(delivery="by_mail")
    PagePolicy.objects.create(page_id=paper.pk, gated=True, form_id=lead_form.pk, updated_at=now)
    response = send(browser, "/paper/")
    assert "/leads/thanks/" in response.headers["Location"] and "leads_pass" not in response.cookies
    assert "The secret text" not in browser.get("/paper/").content.decode()


def test_the_page_that_thanks_knows_nothing_of_the_content_of_a_gated_page(
    browser, home, lead_form, now, settings, tmp_path
):
    """Layouts make `og:` tags of the page: they get it without its content, wherever the form was shown."""
    page = home.add_child(instance=HandbookPage(title="Handbook", slug="handbook", body="The secret text."))
    LeadForm.objects.update(delivery="by_mail")
    PagePolicy.objects.create(page_id=page.pk, gated=True, form_id=lead_form.pk, updated_at=now)
    layout = "<title>{{ page.title }}</title><p>{{ summary }}{{ page.body }}</p>{% block content %}{% endblock %}"
    (tmp_path / "base.html").write_text(layout)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    thanks = browser.get(send(browser, "/handbook/").headers["Location"]).content.decode()
    assert "See you soon." in thanks and "<title>Handbook" in thanks and "The secret text." not in thanks


def test_a_form_at_an_address_below_a_pages_own_leads_back_to_it(browser, home, lead_form, now):
    page = home.add_child(instance=HandbookPage(title="Handbook", slug="handbook", body="x"))
    PagePolicy.objects.create(page_id=page.pk, gated=True, form_id=lead_form.pk, updated_at=now)
    action = action_of(browser.get("/handbook/chapter/7/?size=2").content.decode())

    def sent_from(referer):
        return browser.post(action, GOOD, HTTP_REFERER=referer).headers["Location"]

    assert sent_from("http://localhost/handbook/chapter/7/?size=2") == "/handbook/chapter/7/?size=2"
    elsewhere = ["http://evil.example/handbook/", "http://localhost/other/", f"http://localhost{action}", "http://[", ""]
    assert {sent_from(referer) for referer in elsewhere} == {"/handbook/"}


@pytest.mark.parametrize(
    ("delivery", "kiosk", "is_offered"), [("at_once", False, True), ("by_mail", False, False), ("at_once", True, False)]
)
def test_the_page_that_thanks_offers_the_forms_document_to_whoever_sent_it(
    browser, page, sender, settings, tmp_path, delivery, kiosk, is_offered
):
    settings.MEDIA_ROOT = tmp_path
    if not Collection.objects.exists():
        Collection.add_root(name="Root")
    document = get_document_model().objects.create(title="Prices", file=ContentFile(b"prices", name="prices.pdf"))
    DocumentPolicy.objects.create(document_id=document.pk, gated=True, updated_at=timezone.now())
    LeadForm.objects.update(document_id=document.pk, delivery=delivery, kiosk=kiosk)
    thanks = send(browser).headers["Location"]
    html = browser.get(thanks).content.decode()
    assert (document.url in html) is is_offered
    assert browser.get(document.url).status_code == (200 if is_offered else 302)
    assert document.url not in Client().get(thanks).content.decode(), "the address of the page may be passed on"


@pytest.mark.parametrize("named", ["\x00", "news\x00"])
def test_a_nul_byte_in_an_address_asks_no_database(named, django_assert_num_queries):
    """PostgreSQL would raise."""
    with django_assert_num_queries(0):
        assert find_live_form(named, "en") is None


def test_the_address_of_a_post_that_stood_on_no_page_says_something(browser, site):
    answer = browser.get(f"/leads/f/{token_for(0, Placement(where=Where.TAG), made_at=int(time.time()))}")
    assert answer.status_code == 405 and answer.headers["Allow"] == "POST"
    assert "open the page again" in answer.content.decode()


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", "‮evil", "🚀" * 50, "مرحبا", "{{ 1 }}{% now %}"])
def test_whatever_is_typed_is_text_everywhere(browser, site, sender, evil):
    make_form(slug="f", purpose="inquiry", opens_todo=True, blocks=[form_block("email"), form_block("company"),
              form_block("message")])  # fmt: skip
    assert send(browser, "/leads/form/f/", company=evil, message=evil).status_code == 303
    tasks.run_all()
    assert Lead.objects.get().company_name == evil and Todo.objects.exists()
    for message in mail.outbox:
        assert "<script>alert" not in message.alternatives[0][0]


# --- a form page of the site that makes leads by its class ----------------------------------------------------------


def test_a_form_page_makes_leads_by_its_class_and_keeps_its_own_handling(browser, home):
    page = home.add_child(instance=EnquiryPage(title="Ask", slug="ask", to_address="site@works.example", subject="Asked"))
    for number, (label, kind) in enumerate((("お名前", "singleline"), ("メール", "email"), ("住所", "singleline"))):
        EnquiryField.objects.create(page=page, sort_order=number, label=label, field_type=kind, required=False)
    names = [field.clean_name for field in page.get_form_fields()]
    answers = dict(zip(names, ("山田 太郎", "taro@mihon.example", "大阪市北区1-2"), strict=True))
    assert b"Thank you." in browser.post("/ask/", answers).content
    lead = Lead.objects.get()
    assert (lead.name, lead.address) == ("山田 太郎", "大阪市北区1-2")
    assert Activity.objects.filter(kind="inquiry_made").exists()
    assert [one.to for one in mail.outbox] == [["site@works.example"]], "the page's own mail goes out as before"
