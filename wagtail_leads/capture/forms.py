"""A lead form as a Django form: the fields an editor chose, the permission box, the trap for robots."""

import struct

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from wagtail_leads import conf
from wagtail_leads.capture.blocks import FIELD_LABELS
from wagtail_leads.capture.models import LeadForm
from wagtail_leads.logic import tokens
from wagtail_leads.logic.addresses import normalise_email

#: Fields of our standard form: kind, must it be filled?
STANDARD = (("company", True), ("name", True), ("email", True))
AUTOCOMPLETE = {
    "email": "email",
    "name": "name",
    "company": "organization",
    "job_title": "organization-title",
    "phone": "tel",
}
#: Our field -> the lead's.
LEAD_FIELDS = {
    "name": "name",
    "company": "company_name",
    "department": "department",
    "job_title": "job_title",
    "phone": "phone",
}
CONSENT = _("You may write to me about related topics. I can refuse at any time.")
PURPOSE = _("We use what you enter to send you the document and to answer your questions.")
LINKED = _("Earlier visits of this browser to our site will be linked with your name.")
MAX_AGE = 60 * 60 * 24


class AnyForm(forms.Form):
    """Fields are added by `build`; the names are ours, the labels the editor's."""

    use_required_attribute = True
    #: Robots fill it, people do not see it.
    website = forms.CharField(required=False, label=_("Please leave this empty"), max_length=200)

    def clean_email(self):
        address = normalise_email(self.cleaned_data["email"])
        if address is None:
            raise ValidationError(_("Please enter a mail address, such as name@example.com."))
        return address

    def clean(self):
        cleaned = super().clean()
        for name, value in cleaned.items():
            if isinstance(value, str):
                value = value.replace("\x00", "")
                # one line is one line: a name must not bring headers or rows of its own
                cleaned[name] = value if self.kinds.get(name) == "message" else " ".join(value.split())
        return cleaned

    def lead_fields(self) -> dict[str, str]:
        """What the answers say about the lead."""
        return {
            LEAD_FIELDS[kind]: self.cleaned_data[name]
            for name, kind in self.kinds.items()
            if kind in LEAD_FIELDS and self.cleaned_data.get(name)
        }

    def answers(self) -> list[dict]:
        """Label and value of each answer, for mails and the ledger."""
        return [
            {"label": str(self.fields[name].label), "value": self.cleaned_data[name]}
            for name in self.kinds
            if self.cleaned_data.get(name)
        ]

    def is_trapped(self) -> bool:
        return bool(self.data.get("website"))


def build(lead_form: LeadForm, data=None, *, asks_history: bool = False) -> AnyForm:
    """The Django form of a lead form; bound when `data` is given."""
    form = AnyForm(data, auto_id="leads-%s")
    form.kinds = {}
    for number, (kind, label, required, help_text) in enumerate(_questions(lead_form)):
        name = kind if kind != "line" else f"line{number}"
        form.kinds[name] = kind
        form.fields[name] = _field(kind, label or FIELD_LABELS.get(kind, ""), required, help_text)
    form.fields["consent"] = forms.BooleanField(required=False, label=lead_form.consent_wording or CONSENT)
    if asks_history:
        form.fields["history"] = forms.BooleanField(
            required=False, label=_("Link my earlier visits to this site with my name.")
        )
    form.order_fields([*form.kinds, "website", "consent", "history"])
    return form


def _questions(lead_form: LeadForm):
    if lead_form.pk is None:
        return [(kind, "", required, "") for kind, required in STANDARD]
    return [
        (child.block_type, child.value["label"], child.value["required"], child.value["help_text"])
        for child in lead_form.fields
    ]


def _field(kind: str, label, required: bool, help_text: str) -> forms.Field:
    if kind == "message":
        widget = forms.Textarea(attrs={"rows": 6})
        return forms.CharField(label=label, required=required, help_text=help_text, max_length=5000, widget=widget)
    attrs = {"autocomplete": AUTOCOMPLETE[kind]} if kind in AUTOCOMPLETE else {}
    widget = forms.EmailInput(attrs=attrs) if kind == "email" else forms.TextInput(attrs=attrs)
    if kind == "phone":
        widget.input_type = "tel"
    if kind == "email":
        # Django's own check refuses old docomo and au addresses; `clean_email` knows them
        return forms.CharField(label=label, required=True, help_text=help_text, max_length=254, widget=widget)
    return forms.CharField(label=label, required=required, help_text=help_text, max_length=200, widget=widget)


def form_for(form_id: int | None, language: str = "") -> LeadForm:
    """The form that a gated page shows: its own, the default of its language, the default, or our standard one."""
    language = (language or get_language() or "").split("-")[0]
    if form_id is not None:
        chosen = LeadForm.objects.filter(pk=form_id).first()
        if chosen is not None:
            return chosen
    marked = LeadForm.objects.filter(is_default=True, live=True).select_related("locale").order_by("-pk")
    defaults = {form.locale.language_code.split("-")[0]: form for form in marked}
    own = defaults.get(language) or defaults.get(settings.LANGUAGE_CODE.split("-")[0])
    return own or next(iter(defaults.values()), None) or LeadForm(name=str(_("Standard form")))


def token_for(lead_form: LeadForm, page, *, made_at: int) -> str:
    """Signs which form was shown where and when (no CSRF cookie is needed, so the page sets none)."""
    return tokens.sign(
        struct.pack(">IIQ", lead_form.pk or 0, page.pk if page else 0, made_at), purpose="form", keys=conf.secrets()
    )


def read_token(token: str) -> tuple[int, int, int] | None:
    """(form pk or 0, page pk or 0, made at) of a form we showed, or None."""
    payload = tokens.unsign(token, purpose="form", keys=conf.secrets())
    return struct.unpack(">IIQ", payload) if payload is not None and len(payload) == 16 else None
