"""What the marketer of the example site set up in wagtail-leads: sender, marks, forms, mails, two scenarios.

Made once: whatever a person changes or deletes afterwards stays as they left it.
"""

import json
import uuid

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import Locale, Page, Site

from example_site import models
from example_site.texts import leads as texts
from wagtail_leads.capture.documents import mark_document
from wagtail_leads.capture.models import FormPageSource, LeadForm
from wagtail_leads.capture.presets import put_preset
from wagtail_leads.content.guesses import guess_mapping
from wagtail_leads.content.operations import mark_page
from wagtail_leads.logic.kinds import ContentKind, PurchaseStage
from wagtail_leads.mailing.models import Email, SenderDetails
from wagtail_leads.scenarios.models import Scenario

#: Keys of steps are derived from it, so that they are the same in every demo.
NAMESPACE = uuid.UUID("5d0a6d2e-3f57-4f0e-9a53-3a5d1f3cf0aa")


def seed(now) -> None:
    put_sales_rights()
    if SenderDetails.objects.exists():
        return
    with transaction.atomic():
        put_sender()
        put_marks(now)
        put_gated_documents(now)
        put_gated_parts()
        for language in texts.LANGUAGES:
            emails = {key: put_email(language, key) for key in ("thanks", "case", "softer")}
            form = put_form(language)
            put_newsletter(language)
            put_inquiry(language, now)
            put_scenario(language, form, emails)


def put_sales_rights() -> None:
    """Salespeople see and edit leads, companies and to-dos."""
    group = Group.objects.filter(name="営業").first()
    if group is None:
        return
    wanted = [f"{do}_{what}" for what in ("lead", "company", "todo") for do in ("view", "add", "change")]
    wanted += ["view_message", "view_email", "view_scenario", "view_activity"]
    found = Permission.objects.filter(content_type__app_label="wagtail_leads", codename__in=wanted)
    group.permissions.add(*found)


def put_sender() -> None:
    SenderDetails.objects.create(site=Site.objects.get(is_default_site=True), **texts.SENDER)


def put_marks(now) -> None:
    """The marks an editor would set with the button "Leads" on each page; translations get them too."""
    admin = get_user_model().objects.get(username="admin")

    def mark(page, topics=(), gated=False, high_intent=False, **more):
        mark_page(page, user=admin, now=now, gated=gated, high_intent=high_intent, topics=topics, **more)

    def pages(model):
        return model.objects.filter(locale__language_code="ja")

    for page in pages(models.ProductPage):
        mark(page, [page.model_number], content_kind=ContentKind.PRODUCT, purchase_stage=PurchaseStage.INTEREST)
    for page in pages(models.PricePage):
        mark(page, high_intent=True, content_kind=ContentKind.PRICE, purchase_stage=PurchaseStage.COMPARISON)
    for page in pages(models.CasePage):
        topic = texts.CASE_TOPICS[page.slug]
        mark(page, [topic], content_kind=ContentKind.CASE_STUDY, purchase_stage=PurchaseStage.CONVICTION)
    for page in pages(models.ArticlePage):
        mark(page, texts.ARTICLE_TOPICS.get(page.slug, ()), content_kind=ContentKind.ARTICLE)
    for page in pages(models.WhitePaperPage):
        mark(page, ["NL-200"], gated=True, content_kind=ContentKind.CATALOGUE)


def put_gated_documents(now) -> None:
    """The paper itself: its own address shows the form, too. It comes with the page that links it."""
    for page in models.WhitePaperPage.objects.select_related("document").exclude(document=None):
        teaser = texts.GATED_DOCUMENT[page.locale.language_code]
        mark_document(page.document, gated=True, form_id=None, teaser=teaser, topics=["NL-200"], now=now)


def put_gated_parts() -> None:
    """A case study whose figures are read for a name; everything else on the page is open."""
    for page in models.CasePage.objects.filter(slug="waterworks"):
        words = texts.GATED_PART[page.locale.language_code]
        body = list(page.body.raw_data)
        part = {"type": "gated", "id": key_of(page.locale.language_code, "part"), "value": {**words, "form": None}}
        page.body = json.dumps([*body[:-1], part, *body[-1:]])
        page.save_revision().publish()


def put_form(language: str) -> LeadForm:
    words = texts.FORMS[language]
    fields = [
        {"type": kind, "id": key_of(language, kind), "value": {"label": "", "required": must, "help_text": ""}}
        for kind, must in (("company", True), ("name", True), ("email", True), ("job_title", False), ("phone", False))
    ]
    return LeadForm.objects.create(
        locale=Locale.objects.get(language_code=language),
        is_default=True,
        purpose=LeadForm.Purpose.DOCUMENT,
        fields=fields,
        owner=get_user_model().objects.get(username="minowa"),
        **words,
    )


def put_newsletter(language: str) -> None:
    """A ready form as the package makes it: at an address of its own, and as a block at the foot of "About us"."""
    form = put_preset("newsletter", Locale.objects.get(language_code=language))
    form.latest_revision.publish()
    page = models.StandardPage.objects.get(slug="about", locale=form.locale)
    page.body.append(("lead_form", {"form": form}))
    page.save_revision().publish()


def put_inquiry(language: str, now) -> None:
    """The ordinary contact page makes leads from now on; nothing about the page itself changes."""
    page = models.ContactPage.objects.get(locale__language_code=language)
    fields = [(field.clean_name, field.field_type, field.label) for field in page.get_form_fields()]
    FormPageSource.objects.create(
        page=page,
        is_inquiry=True,
        mapping=guess_mapping(fields),
        owner=get_user_model().objects.get(username="kuga"),
        updated_at=now,
    )


def put_email(language: str, key: str) -> Email:
    words = texts.EMAILS[language][key]
    body = []
    for number, (kind, value) in enumerate(words["body"]):
        if kind == "button":
            text, page_key = value
            value = {"text": text, "page": find_page(language, page_key).pk, "document": None, "url": ""}
        body.append({"type": kind, "id": key_of(language, key, number), "value": value})
    email = Email(name=words["name"], subject=words["subject"], preheader=words["preheader"], body=body, language=language)
    email.live = False
    email.save()
    email.save_revision().publish()
    return email


def find_page(language: str, slug: str):
    return Page.objects.get(locale__language_code=language, slug=slug)


def put_scenario(language: str, form: LeadForm, emails: dict[str, Email]) -> Scenario:
    """Thanks at once; a click within three days brings the case study, none a softer mail; hot leads a to-do."""
    words = texts.SCENARIOS[language]

    def step(name: str, kind: str, value):
        return {"type": kind, "id": key_of(language, "step", name), "value": value}

    steps = [
        step("thanks", "mail", {"email": emails["thanks"].pk}),
        step(
            "clicked",
            "wait_for",
            {
                "event": "click",
                "days": 3,
                "yes": [step("case", "mail", {"email": emails["case"].pk})],
                "no": [step("softer", "mail", {"email": emails["softer"].pk})],
            },
        ),
        step(
            "hot",
            "wait_for",
            {"event": "score", "days": 14, "yes": [step("call", "todo", {"title": words["todo"], "due_days": 1})], "no": []},
        ),
    ]
    scenario = Scenario(
        name=words["name"],
        purpose=words["purpose"],
        triggers=[{"type": "form", "id": key_of(language, "trigger"), "value": {"form": form.pk}}],
        steps=steps,
    )
    scenario.live = False
    scenario.save()
    scenario.save_revision().publish()
    return scenario


def key_of(*parts) -> str:
    return str(uuid.uuid5(NAMESPACE, "/".join(str(part) for part in parts)))
