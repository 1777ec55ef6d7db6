"""A form's published states. What visitors see is a version, which never changes: a post is judged by the one shown."""

import hashlib
import json
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import get_language, gettext, override

from wagtail_leads.capture.blocks import FIELD_LABELS, list_of
from wagtail_leads.capture.models import LeadForm, LeadFormVersion
from wagtail_leads.content.models import Topic
from wagtail_leads.identity.models import LeadField

#: Questions of our standard form: kind, must it be filled?
STANDARD = (("company", True), ("name", True), ("email", True))
#: Texts of a form that are part of its version.
TEXTS = ("heading", "intro", "submit_label", "thanks_heading", "thanks_text", "purpose", "name")
#: How often a number is tried that others take at the same moment.
TRIES = 5


def consent_wording(purpose: str = "") -> str:
    """Our standard question for permission; a newsletter is asked for by it."""
    if purpose == LeadForm.Purpose.NEWSLETTER:
        return gettext("Please send me the newsletter by mail. I can end it at any time.")
    return gettext("You may write to me about related topics. I can refuse at any time.")


def purpose_text(purpose: str = "") -> str:
    """Our standard sentence on what the data is used for."""
    texts = {
        LeadForm.Purpose.INQUIRY: gettext("We use what you enter to answer your inquiry."),
        LeadForm.Purpose.SEMINAR: gettext("We use what you enter for your registration and for what belongs to the event."),
        LeadForm.Purpose.NEWSLETTER: gettext("We use what you enter to send you the newsletter."),
    }
    return texts.get(purpose) or gettext(
        "We use what you enter to send you the document and to answer your questions."
    )


def version_for(lead_form: LeadForm, *, now: datetime, language: str = "") -> LeadFormVersion:
    """The version that visitors see now, made when the form has changed. Of our standard form one that is not stored."""
    if lead_form.pk is None:
        return standard_version(language or get_language() or settings.LANGUAGE_CODE)
    fresh = unsaved_version(lead_form, now=now)
    newest = LeadFormVersion.objects.filter(form=lead_form.pk).order_by("-number").first()
    made = newest if newest is not None and newest.fingerprint == fresh.fingerprint else _put(fresh)
    made.form = lead_form  # at hand: nobody reads it a second time
    return made


def unsaved_version(lead_form: LeadForm, *, now: datetime) -> LeadFormVersion:
    """What this state of a form would be, for a preview or to compare."""
    language = language_of(lead_form)
    with override(language):
        version = LeadFormVersion(
            form=lead_form if lead_form.pk else None,
            definition=_definition(lead_form),
            consent_wording=lead_form.consent_wording or consent_wording(lead_form.purpose),
            purpose_text=lead_form.purpose_text or purpose_text(lead_form.purpose),
            language=language[:10],
            made_at=now,
        )
    version.fingerprint = _fingerprint(version)
    return version


def standard_version(language: str) -> LeadFormVersion:
    """Our standard form in a language. Not stored: it has no editor who could change it."""
    with override(language):
        questions = [_frozen(kind, kind, {"required": must}) for kind, must in STANDARD]
        return LeadFormVersion(
            number=0,
            definition={"questions": questions, "purpose": LeadForm.Purpose.DOCUMENT.value},
            consent_wording=consent_wording(),
            purpose_text=purpose_text(),
            language=language[:10],
        )


def language_of(lead_form: LeadForm) -> str:
    return lead_form.locale.language_code if lead_form.locale_id else settings.LANGUAGE_CODE


def find_version(pk: int) -> LeadFormVersion | None:
    versions = LeadFormVersion.objects.select_related(
        "form__locale", "form__reply", "form__owner", "form__origin", "form__tag"
    )
    return versions.filter(pk=pk).first()


def _put(fresh: LeadFormVersion) -> LeadFormVersion:
    """Two readers may see a changed form at the same moment: one version is made, both get it."""
    for _try in range(TRIES):
        newest = LeadFormVersion.objects.filter(form=fresh.form_id).order_by("-number").first()
        if newest is not None and newest.fingerprint == fresh.fingerprint:
            return newest
        # from the same look as above: a number asked for anew could be the one behind another reader's version
        fresh.pk, fresh.number = None, (newest.number if newest is not None else 0) + 1
        try:
            with transaction.atomic():
                fresh.save(force_insert=True)
                return fresh
        except IntegrityError:
            continue
    raise IntegrityError("A form's version could not be numbered.")


def _fingerprint(version: LeadFormVersion) -> str:
    told = [version.definition, version.consent_wording, version.purpose_text, version.language]
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def _definition(lead_form: LeadForm) -> dict:
    own = {field.key: field for field in LeadField.objects.all()} if _asks(lead_form, "own_field") else {}
    topics = list(Topic.objects.values_list("slug", "name")) if _asks(lead_form, "topics") else []
    questions = []
    for number, child in enumerate(lead_form.fields):
        kind, value = child.block_type, dict(child.value)
        name = kind if kind in FIELD_LABELS else f"q-{child.id or number}"
        if kind == "own_field":
            if value["field"] not in own:  # the field was deleted: it cannot be asked for any more
                continue
            value = _with_field(value, own[value["field"]])
        if kind == "topics":
            value["choices"] = [pair for pair in topics if not value["topics"] or pair[0] in value["topics"]]
        questions.append(_frozen(kind, name, value))
    texts = {name: getattr(lead_form, name) for name in TEXTS}
    return {"questions": _each_once(questions), **texts}


def _asks(lead_form: LeadForm, kind: str) -> bool:
    return any(child.block_type == kind for child in lead_form.fields)


def _each_once(questions: list[dict]) -> list[dict]:
    """A draft that is being written may ask twice; in a form a name is there once."""
    return list({question["name"]: question for question in reversed(questions)}.values())[::-1]


def _with_field(value: dict, field: LeadField) -> dict:
    value["label"] = value["label"] or field.label
    value["help_text"] = value["help_text"] or field.help_text
    return value | {"field_kind": field.kind, "choices": [(one, one) for one in field.choice_list()]}


def _frozen(kind: str, name: str, value: dict) -> dict:
    """A question as a version keeps it: all that is needed to ask it again as it was asked."""
    question = {
        "kind": kind,
        "name": name,
        "label": value.get("label") or str(FIELD_LABELS.get(kind, "")),
        "required": kind in ("email", "agreement") or bool(value.get("required")),
        "help_text": value.get("help_text") or "",
    }
    if isinstance(value.get("choices"), str):
        question["choices"] = [[one, one] for one in list_of(value["choices"])]
    elif "choices" in value:
        question["choices"] = [list(pair) for pair in value["choices"]]
    for more in ("field", "field_kind", "kana", "value"):
        if value.get(more):
            question[more] = value[more]
    if kind == "agreement":
        question |= {"label": value["text"], "link_text": value.get("link_text") or "", "url": _address(value)}
    return question


def _address(value: dict) -> str:
    page = value.get("page")
    return getattr(page, "url", "") or value.get("url") or ""
