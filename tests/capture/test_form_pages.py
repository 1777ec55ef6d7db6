"""Ordinary form pages of the site as sources of leads; the site's own handling stays as it is, come what may."""

import pytest
from django.test import RequestFactory
from wagtail.contrib.forms.models import FormSubmission as SiteSubmission
from wagtail.models import Locale

from tests.making import make_email
from wagtail_leads.activity.models import Activity
from wagtail_leads.capture import form_pages
from wagtail_leads.capture.form_pages import sent_of, watching
from wagtail_leads.capture.models import FormPageSource, FormSubmission
from wagtail_leads.identity.models import Lead, VisitorLink
from wagtail_leads.mailing.models import Message

pytestmark = pytest.mark.django_db
MAPPING = {"email": "email", "name": "name", "company": "company", "message": "message"}
ANSWERS = {"company": "(株)見本", "name": "鈴木", "email": "suzuki@mihon.example", "message": "Please call me."}


@pytest.fixture
def source(contact, now):
    return FormPageSource.objects.create(page_id=contact.pk, mapping=MAPPING, updated_at=now)


def post(browser, **answers):
    response = browser.post("/contact/", {**ANSWERS, **answers})
    assert response.status_code == 200
    return response


def test_a_submission_of_the_sites_form_makes_a_lead(browser, source, contact):
    assert b"Thank you." in post(browser).content
    lead = Lead.objects.get()
    assert (lead.name, lead.company_name, lead.email) == ("鈴木", "(株)見本", "suzuki@mihon.example")
    fact = Activity.objects.get(kind="inquiry_made")
    assert (
        fact.page_id == contact.pk
        and fact.title == "Contact"
        and fact.data["answers"][-1]["value"] == "Please call me."
    )
    assert Message.objects.get().template == "reply" and SiteSubmission.objects.count() == 1
    assert "leads_visitor" in browser.cookies


@pytest.mark.parametrize("made", ["copy", "alias", "alias of an alias"])
def test_a_copy_and_an_alias_of_a_form_page_make_leads_as_their_original_does(browser, source, contact, home, made):
    other = contact.copy(update_attrs={"slug": "other"}) if made == "copy" else contact.create_alias(update_slug="other")
    if made == "alias of an alias":
        other = other.create_alias(update_slug="third")
    assert browser.post(f"/{other.slug}/", ANSWERS).status_code == 200
    assert Lead.objects.get().name == "鈴木" and Activity.objects.get(kind="inquiry_made").page_id == other.pk


def test_a_translated_form_page_makes_leads_and_answers_in_its_own_language(source, contact, home, admin_user):
    reply = make_email()
    FormPageSource.objects.update(owner=admin_user, reply=reply)
    japanese = Locale.objects.create(language_code="ja")
    home.copy_for_translation(japanese)
    copied = form_pages.source_of(contact.copy_for_translation(japanese))
    assert (copied.mapping, copied.owner, copied.reply) == (MAPPING, admin_user, None)


@pytest.mark.parametrize(("history", "from_at_is_null"), [("all", True), ("from_now", False), ("ask", False)])
def test_earlier_visits_are_linked_as_the_setting_says(browser, source, settings, history, from_at_is_null):
    """The site's own form cannot ask, so `ask` links nothing earlier."""
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "LINK_HISTORY": history}
    post(browser)
    assert (VisitorLink.objects.get().from_at is None) is from_at_is_null


def test_a_form_page_that_is_no_source_makes_no_lead(browser, contact):
    post(browser)
    assert not Lead.objects.exists() and SiteSubmission.objects.count() == 1


def test_answers_that_the_site_refuses_make_no_lead(browser, source):
    response = browser.post("/contact/", {**ANSWERS, "email": "nonsense"})
    assert response.status_code == 200 and not Lead.objects.exists() and not SiteSubmission.objects.exists()


@pytest.mark.parametrize(
    "mapping",
    [{}, {"email": "gone"}, {"email": "message"}, {"name": "name"}, {"email": ""}, {"email": None}],
)
def test_a_mapping_without_an_address_makes_no_lead_and_breaks_nothing(browser, source, mapping):
    FormPageSource.objects.update(mapping=mapping)
    assert b"Thank you." in post(browser).content
    assert not Lead.objects.exists() and SiteSubmission.objects.count() == 1


@pytest.mark.parametrize("mapping", [[], "text", 7, {"email": ["email"]}, {"email": {"a": 1}}])
def test_a_broken_mapping_never_breaks_the_sites_form(browser, source, mapping):
    FormPageSource.objects.update(mapping=mapping)
    assert b"Thank you." in post(browser).content
    assert SiteSubmission.objects.count() == 1 and not Lead.objects.exists()


def test_a_mapping_to_fields_that_are_gone_takes_what_is_there(browser, source):
    FormPageSource.objects.update(mapping={"email": "email", "name": "gone", "phone": "gone", "nonsense": "message"})
    post(browser)
    assert Lead.objects.get().name == ""


@pytest.mark.parametrize("where", ["sent_of", "take"])
def test_a_failure_of_ours_never_breaks_the_sites_form(browser, source, monkeypatch, where, caplog):
    from wagtail_leads.public import serving

    def fail(*args, **kwargs):
        raise RuntimeError("our own mistake")

    if where == "sent_of":
        monkeypatch.setattr(form_pages, "sent_of", fail)
    else:
        monkeypatch.setattr(serving, "submit", fail)
    assert b"Thank you." in post(browser).content
    assert SiteSubmission.objects.count() == 1 and not Lead.objects.exists() and "made no lead" in caplog.text


def test_a_failure_in_the_database_is_ours_alone(browser, source, monkeypatch):
    from wagtail_leads.public import serving

    real = serving.submit

    def fail(*args, **kwargs):
        real(*args, **kwargs)
        FormSubmission.objects.create(dedupe_key=FormSubmission.objects.get().dedupe_key, at=kwargs["now"])

    monkeypatch.setattr(serving, "submit", fail)
    assert b"Thank you." in post(browser).content
    assert SiteSubmission.objects.count() == 1 and not Lead.objects.exists() and not FormSubmission.objects.exists()


@pytest.mark.parametrize("value", ["🚀", "مرحبا", "‮evil", "長" * 5000, "<script>alert(1)</script>"])
def test_any_answer_passes(browser, source, value):
    post(browser, message=value, name=value[:200])
    assert FormSubmission.objects.get().data["answers"][-1]["value"] == value


def test_the_inquiry_mark_makes_the_difference(browser, source):
    FormPageSource.objects.update(is_inquiry=False)
    post(browser)
    assert (
        Activity.objects.filter(kind="form_submitted").exists()
        and not Activity.objects.filter(kind="inquiry_made").exists()
    )
    assert Activity.objects.get(kind="form_submitted").data["todo"] is False


# --- only while the page itself is served -----------------------------------------------------------------------------------


def store(page, **values):
    return SiteSubmission.objects.create(page=page, form_data={**ANSWERS, **values})


def test_only_a_post_to_a_form_page_is_watched(source, contact, article):
    taken = []
    for method, page in (("get", contact), ("post", article)):
        with watching(getattr(RequestFactory(), method)("/"), page, taken.append):
            store(contact)
    store(contact)
    assert taken == []
    with watching(RequestFactory().post("/"), contact, taken.append):
        mine = store(contact)
        mine.save()
    assert len(taken) == 1, "a submission that is saved again is not a new one"


def test_another_pages_submission_is_not_this_pages(source, contact, home):
    from tests.testsite.models import ContactPage

    other = home.add_child(instance=ContactPage(title="Other", slug="other"))
    taken = []
    with watching(RequestFactory().post("/"), contact, taken.append):
        store(other)
    assert taken == []


@pytest.mark.parametrize("value", [["a", "b"], None, 7, True])
def test_answers_of_any_kind_become_text(source, contact, value):
    sent = sent_of(source, contact, store(contact, message=value))
    text = {"['a', 'b']": "a, b"}.get(str(value), "" if value is None else str(value))
    assert [a["value"] for a in sent.answers if a["label"] == "Message"] == ([text] if text else [])


def test_the_same_answers_within_minutes_have_one_key(source, contact):
    first, second = (sent_of(source, contact, store(contact)) for _n in range(2))
    assert first.key == second.key


# --- mapping of every field -----------------------------------------------------------------------------------------


@pytest.fixture
def long_form(home):
    from tests.testsite.models import ContactField, ContactPage

    page = home.add_child(instance=ContactPage(title="Contact", slug="contact"))
    labels = [("Family", "singleline"), ("Given", "singleline"), ("Mail", "email"), ("Wish", "singleline"),
              ("Staff", "number"), ("Newsletter please", "checkbox")]  # fmt: skip
    for number, (label, kind) in enumerate(labels):
        ContactField.objects.create(page=page, sort_order=number, label=label, field_type=kind, required=False)
    return ContactPage.objects.get(pk=page.pk)


@pytest.fixture
def all_mapped(long_form, now):
    from wagtail_leads.identity.models import LeadField

    LeadField.objects.create(key="staff", label="Staff", kind="number")
    mapping = {"email": "mail", "family_name": "family", "given_name": "given", "contact_wish": "wish",
               "extra.staff": "staff", "consent": "newsletter_please"}  # fmt: skip
    return FormPageSource.objects.create(page_id=long_form.pk, mapping=mapping, updated_at=now)


FULL = {"family": "山田", "given": "太郎", "mail": "taro@mihon.example", "wish": "電話でもよい", "staff": "12"}


def test_names_in_parts_wish_and_own_fields_come_from_the_sites_form(browser, all_mapped):
    browser.post("/contact/", FULL)
    lead = Lead.objects.get()
    assert (lead.name, lead.family_name, lead.given_name) == ("山田 太郎", "山田", "太郎")
    assert (lead.contact_wish, lead.extra) == ("phone_fine", {"staff": 12})


@pytest.mark.parametrize(("ticked", "wordings"), [(True, ["Newsletter please"]), (False, [])])
def test_the_sites_own_box_is_a_permission_with_its_label_as_wording(browser, all_mapped, ticked, wordings):
    from wagtail_leads.identity.models import Consent

    browser.post("/contact/", FULL | ({"newsletter_please": "on"} if ticked else {}))
    assert list(Consent.objects.values_list("wording", flat=True)) == wordings and Lead.objects.exists()


@pytest.mark.parametrize(
    ("answer", "wish"),
    [
        ("電話可", "phone_fine"),
        ("Please call me", "phone_fine"),
        ("メールのみ", "mail_only"),
        ("By mail only", "mail_only"),
        ("連絡不要", "no_contact"),
        ("Please do not contact me by phone", "no_contact"),
        ("blue", ""),
    ],
)
def test_a_wish_in_the_sites_own_words(answer, wish):
    assert form_pages.wish_of(answer) == wish
