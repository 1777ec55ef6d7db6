"""A version of a lead form as a Django form: its questions, the permission box, the trap for robots."""

from collections.abc import Collection
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from wagtail_leads.capture.models import LeadForm, LeadFormVersion
from wagtail_leads.capture.questions import LEAD_FIELDS, NAME_PARTS, fields_of, in_words, layout_of
from wagtail_leads.logic.addresses import normalise_email
from wagtail_leads.logic.japanese import compose_name

LINKED = _("Earlier visits of this browser to our site will be linked with your name.")
#: Fields of the form itself; no question may have their names.
TRAP, CONSENT, HISTORY = "website", "consent", "history"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question with its bound fields, as a template lays it out."""

    question: dict
    layout: str
    fields: list

    @property
    def first(self):
        return self.fields[0]

    @property
    def has_errors(self) -> bool:
        return any(field.errors for field in self.fields)


class AnyForm(forms.Form):
    """Fields are added by `build`; the names are ours or the block's id, the labels the editor's."""

    use_required_attribute = True
    #: Robots fill it, people do not see it.
    website = forms.CharField(required=False, label=_("Please leave this empty"), max_length=200)

    def clean_email(self):
        address = normalise_email(self.cleaned_data["email"])
        if address is None:
            raise ValidationError(_("Please enter a mail address, such as name@example.com."))
        return address

    @property
    def asked(self) -> list[Asked]:
        """The questions in their order, for templates."""
        return [
            Asked(question=question, layout=layout_of(question), fields=[self[name] for name in names])
            for question, names in self.questions
        ]

    @property
    def wrong(self) -> list:
        """Fields with errors in their order, for the summary on top."""
        return [field for field in self if field.errors]

    def lead_fields(self) -> dict[str, str]:
        """What the answers say about the lead, by column."""
        found = {}
        for question, names in self.questions:
            if question["kind"] == "names":
                found |= {name: self.cleaned_data.get(name, "") for name in names}
            elif question["kind"] in LEAD_FIELDS:
                found[LEAD_FIELDS[question["kind"]]] = self.cleaned_data.get(names[0], "")
        if any(found.get(part) for part in NAME_PARTS):
            found["name"] = compose_name(found.get("family_name", ""), found.get("given_name", ""))
        return {name: value for name, value in found.items() if value}

    def extra(self) -> dict[str, object]:
        """Values of the site's own fields by their key; `identity.own_fields` reads them by their kind."""
        return {
            question["field"]: _plain(self.cleaned_data.get(names[0]))
            for question, names in self.questions
            if question["kind"] == "own_field" and self.cleaned_data.get(names[0]) not in (None, "", [])
        }

    def topics(self) -> dict[str, list[str]]:
        """{"wanted": […], "offered": […]} as slugs; {} when nothing was said about topics."""
        for question, names in self.questions:
            if question["kind"] == "topics" and self.cleaned_data.get(names[0]):
                offered = [slug for slug, _name in question.get("choices", [])]
                return {"wanted": self.cleaned_data[names[0]], "offered": offered}
        return {}

    def answers(self) -> list[dict]:
        """Label and value of each answer in words, for mails and the ledger."""
        found = []
        for question, names in self.questions:
            for name in names:
                value = in_words(question, self.cleaned_data.get(name))
                if value:
                    found.append({"label": str(self.fields[name].label), "value": value})
        return found

    def typed(self) -> list[dict]:
        """What came in, right or wrong: so that it can be given back to whoever typed it."""
        found = []
        for _question, names in self.questions:
            for name in names:
                text = ", ".join(self.data.getlist(name) if hasattr(self.data, "getlist") else [self.data.get(name, "")])
                if text.strip():
                    found.append({"label": str(self.fields[name].label), "value": text[:5000]})
        return found

    def texts(self) -> list[str]:
        """What was written in whole sentences."""
        return [self.cleaned_data.get(name) or "" for name in self._named(("message", "lines"))]

    def names(self) -> list[str]:
        """Short answers about the person."""
        kinds = ("name", "names", "company", "department", "job_title")
        return [self.cleaned_data.get(name) or "" for name in self._named(kinds)]

    def _named(self, kinds) -> list[str]:
        return [name for question, names in self.questions if question["kind"] in kinds for name in names]

    def is_trapped(self) -> bool:
        return bool(self.data.get(TRAP))


def _plain(value):
    return value if isinstance(value, (str, list, bool)) else str(value)


def build(
    version: LeadFormVersion,
    data=None,
    *,
    asked: Collection[str] | None = None,
    asks_consent: bool = True,
    asks_history: bool = False,
    prefix: str = "leads",
) -> AnyForm:
    """The Django form of a version; bound when `data` is given.

    `asked` holds the names of the questions that are put to this person; None: all. `prefix` keeps the ids of two forms on
    one page apart.
    """
    form = AnyForm(data, auto_id=f"{prefix}-%s")
    form.version, form.questions, form.known = version, [], None
    for question in version.definition.get("questions", []):
        if asked is not None and question["name"] not in asked:
            continue
        fields = fields_of(question)
        form.fields.update(fields)
        form.questions.append((question, list(fields)))
    if asks_consent:
        form.fields[CONSENT] = _consent(version)
    if asks_history:
        form.fields[HISTORY] = forms.BooleanField(
            required=False, label=_("Link my earlier visits to this site with my name.")
        )
    order = [name for _question, names in form.questions for name in names]
    form.order_fields([*order, TRAP, CONSENT, HISTORY])
    return form


def _consent(version: LeadFormVersion) -> forms.Field:
    """Unticked, and never a condition of what is asked for – unless mail is the very thing that is asked for."""
    must = version.definition.get("purpose") == LeadForm.Purpose.NEWSLETTER
    error = _("Please tick the box: without your permission we may not send you the newsletter.")
    return forms.BooleanField(required=must, label=version.consent_wording, error_messages={"required": error})


def form_for(form_id: int | None, language: str = "") -> LeadForm:
    """The form that a gated page shows: its own, the default of its language, the default, or our standard one."""
    language = (language or get_language() or "").split("-")[0]
    if form_id is not None:
        chosen = LeadForm.objects.select_related("locale").filter(pk=form_id, live=True).first()
        if chosen is not None:
            return in_language(chosen, language)
    marked = LeadForm.objects.filter(is_default=True, live=True).select_related("locale").order_by("-pk")
    defaults = {form.locale.language_code.split("-")[0]: form for form in marked}
    own = defaults.get(language) or defaults.get(settings.LANGUAGE_CODE.split("-")[0])
    return own or next(iter(defaults.values()), None) or LeadForm(name=str(_("Standard form")))


def in_language(lead_form: LeadForm, language: str) -> LeadForm:
    """The live translation of a form where it has one in this language; else the form itself."""
    wanted = language.split("-")[0]
    if not wanted or lead_form.locale.language_code.split("-")[0] == wanted:
        return lead_form
    translations = LeadForm.objects.select_related("locale").filter(
        translation_key=lead_form.translation_key, live=True
    )
    return next((one for one in translations if one.locale.language_code.split("-")[0] == wanted), lead_form)


def find_live_form(named: str | int, language: str = "") -> LeadForm | None:
    """A live form by its address or its primary key, in this language where there is a translation."""
    forms_ = LeadForm.objects.select_related("locale").filter(live=True).order_by("pk")
    text = str(named).strip()
    if "\x00" in text:  # PostgreSQL refuses to look for one
        return None
    found = forms_.filter(slug=text).first() if text else None
    if found is None and text.isascii() and text.isdigit() and len(text) < 19:
        found = forms_.filter(pk=int(text)).first()
    return in_language(found, language) if found is not None and language else found

