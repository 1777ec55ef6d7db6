"""Forms in the admin: ready forms, the editor, previews, translations, copies, and the list."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Locale

from tests.admin_ui.rows import count_queries
from tests.making import DAY, form_block, make_fact, make_form
from tests.testsite.models import FormsPage
from wagtail_leads.capture.models import FormSubmission, LeadForm, LeadFormVersion, PopUp
from wagtail_leads.capture.presets import PURPOSES, preset_of
from wagtail_leads.capture.versions import unsaved_version
from wagtail_leads.content.models import PagePolicy

pytestmark = pytest.mark.django_db


@pytest.fixture
def ja(db):
    return Locale.objects.get_or_create(language_code="ja")[0]


def preset_url(purpose, locale):
    return reverse("wagtail_leads_forms:preset", args=(purpose, locale.pk))


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_one_click_makes_a_whole_form_as_a_draft(admin_client, ja, purpose, language):
    locale = Locale.objects.get(language_code=language)
    response = admin_client.post(preset_url(purpose, locale))
    form = LeadForm.objects.get()
    assert response.status_code == 302 and str(form.pk) in response.url
    assert (form.purpose, form.locale, form.live) == (purpose, locale, False)
    assert all((form.heading, form.intro, form.submit_label, form.thanks_text, form.consent_wording, form.purpose_text))
    assert form.heading.isascii() is (language == "en"), "in the chosen language, whoever clicks"
    form.fields.stream_block.clean(form.fields)
    assert admin_client.get(response.url).status_code == 200
    form.latest_revision.publish()
    assert LeadFormVersion.objects.get().definition["questions"]


def test_a_ready_form_takes_an_address_that_is_free(admin_client, ja):
    for _n in range(3):
        admin_client.post(preset_url("newsletter", ja))
    assert sorted(LeadForm.objects.values_list("slug", flat=True)) == ["", "newsletter", "newsletter-ja"]


def test_a_language_without_ready_forms_gets_english_ones():
    assert preset_of("inquiry", "fr")["heading"] == "Contact us"


def test_ready_forms_are_made_by_post_and_by_who_may(admin_client, client, ja, django_user_model):
    assert admin_client.get(preset_url("seminar", ja)).status_code == 404
    assert admin_client.post(reverse("wagtail_leads_forms:preset", args=("seminar", 9999))).status_code == 404
    assert admin_client.post(reverse("wagtail_leads_forms:preset", args=("nothing", ja.pk))).status_code == 404
    client.force_login(django_user_model.objects.create_user("u"))
    assert client.post(preset_url("seminar", ja)).status_code in (302, 403) and not LeadForm.objects.exists()


def test_ready_forms_are_offered_on_the_empty_list_and_where_one_is_added(admin_client):
    url = reverse("wagtail_leads_forms:list")
    assert "Start with a ready form" in admin_client.get(url).content.decode()
    assert "Start with a ready form" in admin_client.get(reverse("wagtail_leads_forms:add")).content.decode()
    make_form()
    assert "Start with a ready form" not in admin_client.get(url).content.decode()


def test_the_list_says_where_a_form_is_and_what_it_brought(admin_client, paper, now):
    blocks = [form_block("email"), form_block("line", label="Budget")]
    form = make_form(name="資料請求", slug="doc", is_default=True, blocks=blocks)
    PagePolicy.objects.create(page_id=paper.pk, gated=True, form_id=form.pk, updated_at=now)
    for number in range(3):
        FormSubmission.objects.create(dedupe_key=f"{number}", form=form, at=now, is_spam=number == 2)
    html = admin_client.get(reverse("wagtail_leads_forms:list")).content.decode()
    for said in ("資料請求", "Document request", "E-mail, Budget", "1 gated page", "its own address"):
        assert said in html


def test_the_list_knows_the_pages_that_hold_a_form_and_its_pop_ups(admin_client, site):
    form, other = make_form(name="held"), make_form(name="other")
    for number in range(2):
        block = {"type": "lead_form", "value": {"form": form.pk}}
        page = FormsPage(title=f"p{number}", body=json.dumps([block, block]))
        site.root_page.add_child(instance=page)
    page = FormsPage(title="o", body=json.dumps([{"type": "lead_form", "value": {"form": other.pk}}]))
    site.root_page.add_child(instance=page)
    PopUp.objects.create(name="p", form=form)
    html = admin_client.get(reverse("wagtail_leads_forms:list")).content.decode()
    usage = reverse("wagtail_leads_forms:usage", args=(form.pk,))
    assert f'<a href="{usage}">2 pages that hold it</a>, 1 pop-up' in html and "1 page that holds it" in html
    listed = admin_client.get(usage).content.decode()
    assert "p0" in listed and "p1" in listed


def test_the_list_says_how_many_of_those_who_saw_a_form_sent_it(admin_client):
    form, now = make_form(), timezone.now()
    for days in (1, 2, 3, 4, 200):
        make_fact("form_seen", now - DAY * days, object_kind="form", object_id=form.pk)
    make_fact("form_submitted", now - DAY, object_kind="form", object_id=form.pk)
    make_fact("email_clicked", now - DAY, object_kind="message", object_id=form.pk)
    assert "4 → 1 (25 %)" in admin_client.get(reverse("wagtail_leads_forms:list")).content.decode()


def test_as_many_queries_for_many_as_for_few(admin_client, ja):
    make_form(name="a")
    url = reverse("wagtail_leads_forms:list")
    admin_client.get(url)
    before = count_queries(lambda: admin_client.get(url))
    for n in range(10):
        make_form(name=str(n), locale=ja)
    assert count_queries(lambda: admin_client.get(url)) == before


@pytest.mark.parametrize(
    ("values", "field"),
    [({"slug": "12"}, "slug"), ({"slug": "taken"}, "slug"), ({"notify": "a@b.example\nno address"}, "notify")],
)
def test_what_cannot_be_is_told(values, field):
    from django.core.exceptions import ValidationError

    make_form(name="Other", slug="taken")
    with pytest.raises(ValidationError) as raised:
        LeadForm(name="x", **values).clean()
    assert list(raised.value.message_dict) == [field]


@pytest.mark.parametrize(
    ("mode", "says"), [("", "Budget?"), ("errors", "leads-error"), ("thanks", "Thank you, draft.")]
)
def test_previews_show_the_draft_in_the_sites_layout(admin_client, site, mode, says):
    form = make_form(blocks=[form_block("email"), form_block("line", label="Budget?")], thanks_text="Thank you, draft.")
    response = form.make_preview_request(preview_mode=mode)
    html = response.content.decode()
    assert response.status_code == 200 and says in html and "<header>Test site</header>" in html
    assert "/leads/f/" not in html and not LeadFormVersion.objects.exists(), "a preview cannot be sent"


def test_a_translation_is_a_draft_with_an_address_of_its_own(admin_client, ja):
    form = make_form(name="News", slug="news", is_default=True)
    translated = form.copy_for_translation(ja)
    translated.save()
    assert (translated.slug, translated.locale, translated.translation_key) == ("news-ja", ja, form.translation_key)
    html = admin_client.get(reverse("wagtail_leads_forms:edit", args=(translated.pk,))).content.decode()
    assert "Questions" in html and "Afterwards" in html


def test_the_editor_says_where_the_form_is(admin_client):
    form = make_form(slug="news")
    html = admin_client.get(reverse("wagtail_leads_forms:edit", args=(form.pk,))).content.decode()
    assert "/leads/form/news/" in html and "{% lead_form &quot;news&quot; %}" in html


def test_the_editor_saves_a_form_with_questions_of_many_kinds(admin_client, site):
    from wagtail.documents import get_document_model
    from wagtail.test.utils.form_data import nested_form_data, streamfield

    document = get_document_model().objects.create(title="Guide", file="guide.pdf")
    value = {"label": "", "required": "on", "help_text": ""}
    choice = {**value, "label": "Budget?", "choices": "A\nB"}
    fields = streamfield([("email", value), ("names", {**value, "kana": "on"}), ("select", choice)])
    data = {"name": "Full", "purpose": "document", "fields": fields, "delivery": "at_once", "ask_at_most": "0",
            "document_id": str(document.pk), "action-publish": "1"}  # fmt: skip
    response = admin_client.post(reverse("wagtail_leads_forms:add"), nested_form_data(data))
    assert response.status_code == 302, response.context["form"].errors
    form = LeadForm.objects.get()
    assert (form.live, form.document_id, [one.block_type for one in form.fields]) == (
        True,
        document.pk,
        ["email", "names", "select"],
    )
    assert "Guide" in admin_client.get(reverse("wagtail_leads_forms:edit", args=(form.pk,))).content.decode()


def test_a_copy_has_no_address(admin_client):
    form = make_form(slug="news")
    html = admin_client.get(reverse("wagtail_leads_forms:copy", args=(form.pk,))).content.decode()
    assert 'value="news"' not in html


def test_wordings_nobody_wrote_are_in_the_forms_language(ja, now):
    from django.utils import translation

    with translation.override("en"):
        version = unsaved_version(make_form(locale=ja, purpose="newsletter"), now=now)
    assert version.language == "ja" and version.consent_wording
