"""The forms of a lead: a short one for a phone and a minute, and the whole one in sections."""

from dataclasses import dataclass
from datetime import datetime, time

from django import forms
from django.utils.timezone import get_current_timezone, make_aware
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from wagtail_leads.admin_ui.lead_bulk import colleagues
from wagtail_leads.admin_ui.lead_filters import user_name
from wagtail_leads.companies.queries import sells_to_companies
from wagtail_leads.identity import filling, keys, own_fields
from wagtail_leads.identity.models import BASIS_LABELS, Lead, LeadField, LeadSource, LeadTag, LeadTagging
from wagtail_leads.logic.addresses import email_key, normalise_email
from wagtail_leads.logic.japanese import split_name
from wagtail_leads.logic.kana import full_katakana
from wagtail_leads.logic.kinds import Basis
from wagtail_leads.logic.phones import read_phone
from wagtail_leads.logic.prefectures import prefecture_choices

#: Names of own fields in the form begin with this.
OWN = "own-"
#: What "save and next" keeps: at an exhibition it is the same for everybody.
KEPT = ("tag", "new_tag", "origin", "basis", "basis_detail", "owner")
#: A to-do is due at the end of the day's work.
END_OF_DAY = time(17, 0)
FOR_COMPANIES = ("company_name", "department")
EMAIL = forms.EmailInput(attrs={"inputmode": "email", "autocomplete": "off", "autocapitalize": "off"})
TEL = forms.TextInput(attrs={"inputmode": "tel", "type": "tel", "autocomplete": "off"})
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


@dataclass(frozen=True, kw_only=True)
class Section:
    heading: str
    fields: list
    is_open: bool = True


class LeadForm(forms.ModelForm):
    """What both forms share: owners, sections, names of columns."""

    #: (heading, names of fields, unfolded at once?)
    sections: list = []

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["owner"].queryset = colleagues()
        self.fields["owner"].label_from_instance = user_name
        if not sells_to_companies():
            for name in FOR_COMPANIES:
                self.fields.pop(name, None)

    def section_list(self) -> list[Section]:
        found = []
        for heading, names, is_open in self.sections:
            fields = [self[name] for name in names if name in self.fields]
            is_open = is_open or any(field.errors for field in fields)
            if fields:
                found.append(Section(heading=str(heading), fields=fields, is_open=is_open))
        return found


class QuickForm(LeadForm):
    """A new lead by hand. An address or a telephone number is enough."""

    kana = forms.CharField(
        label=gettext_lazy("Reading (kana)"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    tag = forms.ModelChoiceField(label=gettext_lazy("Tag"), queryset=LeadTag.objects.all(), required=False)
    new_tag = forms.CharField(label=gettext_lazy("Or a new tag"), max_length=60, required=False)
    basis = forms.ChoiceField(label=gettext_lazy("May we write to them?"), required=False)
    basis_detail = forms.CharField(
        label=gettext_lazy("When and how was it given?"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Kept as proof, for example “Card exchanged at our booth, 5 November”."),
    )
    todo = forms.CharField(label=gettext_lazy("Next step"), max_length=200, required=False)
    due_on = forms.DateField(label=gettext_lazy("Until"), required=False, widget=DATE)
    sections = [
        ("", ("email", "mobile", "phone", "name", "kana", "company_name", "job_title"), True),
        (
            gettext_lazy("Where from, and may we write?"),
            ("origin", "tag", "new_tag", "basis", "basis_detail", "contact_wish"),
            True,
        ),
        (gettext_lazy("What next?"), ("note", "todo", "due_on", "owner"), True),
    ]

    class Meta:
        model = Lead
        fields = [
            "email",
            "mobile",
            "phone",
            "name",
            "company_name",
            "job_title",
            "origin",
            "contact_wish",
            "note",
            "owner",
        ]
        labels = {"company_name": gettext_lazy("Company"), "mobile": pgettext_lazy("leads", "Mobile")}
        widgets = {"email": EMAIL, "phone": TEL, "mobile": TEL, "note": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"note": ""}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        bases = [(basis.value, str(BASIS_LABELS[basis]).capitalize()) for basis in Basis]
        self.fields["basis"].choices = [("", _("No permission for marketing mail")), *bases]
        if not self.user.has_perm("wagtail_leads.add_leadtag"):
            self.fields.pop("new_tag")
        for name, model in (("tag", LeadTag), ("origin", LeadSource)):
            if not model.objects.exists():
                self.fields.pop(name)
        self.found: list[Lead] = []

    def clean_email(self):
        email = self.cleaned_data["email"]
        if email and normalise_email(email) is None:
            raise forms.ValidationError(_("This is not a valid e-mail address."))
        return email

    def clean_new_tag(self):
        return " ".join(self.cleaned_data["new_tag"].split())

    def clean(self):
        values = super().clean()
        if self.errors:
            return values
        if not any(values.get(name) for name in ("email", "mobile", "phone")):
            raise forms.ValidationError(_("Enter an e-mail address or a telephone number."))
        if values.get("basis") and not values.get("email"):
            self.add_error("basis", _("A permission needs the address that it is for."))
        if values.get("basis") and not values.get("basis_detail", "").strip():
            self.add_error("basis_detail", _("Say when and how: without that it proves nothing."))
        if values.get("due_on") and not values.get("todo"):
            self.add_error("todo", _("What is to be done until then?"))
        return values

    def _post_clean(self):
        super()._post_clean()
        if self.errors:
            return
        lead = self.instance
        lead.family_kana, lead.given_kana = _kana_parts(self.cleaned_data["kana"])
        if not lead.mobile and lead.phone and _is_mobile(lead.phone):
            lead.mobile, lead.phone = lead.phone, ""
        filling.split_whole_name(lead)
        keys.set_keys(lead)
        self.found = [] if self.data.get("another") else list(self._same_people())
        if self.found:
            self.add_error(None, _("There may be a lead of this person already. Please look below."))

    def _same_people(self):
        """Others with this mobile number, or with this name at this company; the same address is refused on saving."""
        lead = self.instance
        others = Lead.objects.living().select_related("company__merged_into", "owner").order_by("pk")
        address = normalise_email(lead.email) if lead.email else None
        if address and Lead.objects.filter(email_key=email_key(address)).exists():
            return others.none()
        found = others.none()
        for name in ("mobile_key", "person_key"):
            if getattr(lead, name):
                found = found | others.filter(**{name: getattr(lead, name)})
        return found[:5]

    def due_at(self, now: datetime) -> datetime:
        day = self.cleaned_data.get("due_on")
        return make_aware(datetime.combine(day, END_OF_DAY), get_current_timezone()) if day else now


def _kana_parts(text: str) -> tuple[str, str]:
    kana = full_katakana(text)
    family, given = split_name(kana) or (kana, "")
    return family[:100], given[:100]


def _is_mobile(number: str) -> bool:
    phone = read_phone(number)
    return phone is not None and phone.is_mobile


class EditForm(LeadForm):
    """Everything that is known of a person, own fields and tags too."""

    tags = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Tags"), queryset=LeadTag.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )
    person = (
        "name",
        "family_name",
        "given_name",
        "family_kana",
        "given_kana",
        "company_name",
        "department",
        "job_title",
        "language",
    )
    reach = ("email", "phone", "mobile", "contact_wish", "postal_code", "prefecture", "address")
    sales = ("stage", "owner", "tags", "origin", "note")

    class Meta:
        model = Lead
        fields = [
            "name", "family_name", "given_name", "family_kana", "given_kana", "company_name", "department", "job_title",
            "language", "email", "phone", "mobile", "contact_wish", "postal_code", "prefecture", "address", "stage", "owner",
            "origin", "note",
        ]  # fmt: skip
        labels = {"company_name": gettext_lazy("Company"), "mobile": pgettext_lazy("leads", "Mobile")}
        widgets = {
            "email": EMAIL,
            "phone": TEL,
            "mobile": TEL,
            "note": forms.Textarea(attrs={"rows": 5}),
            "postal_code": forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        }
        help_texts = {"note": "", "name": gettext_lazy("As a whole; made of its parts when you empty it.")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.own = list(LeadField.objects.all())
        for field in self.own:
            self.fields[f"{OWN}{field.key}"] = own_form_field(field, (self.instance.extra or {}).get(field.key))
        here = self.instance.prefecture
        listed = prefecture_choices(get_language() or "en")
        other = [(here, here)] if here and here not in dict(listed) else []
        self.fields["prefecture"] = forms.ChoiceField(
            label=self.fields["prefecture"].label, choices=[("", "–"), *listed, *other], required=False
        )
        tagged = LeadTagging.objects.filter(lead=self.instance)
        self.initial["tags"] = list(tagged.values_list("tag_id", flat=True))
        if not LeadTag.objects.exists():
            self.fields.pop("tags")

    @property
    def sections(self):
        own = tuple(f"{OWN}{field.key}" for field in self.own)
        return [
            (gettext_lazy("Person"), self.person, True),
            (gettext_lazy("How to reach them"), self.reach, True),
            (gettext_lazy("More about them"), own, True),
            (pgettext_lazy("part of a form", "Sales"), self.sales, True),
        ]

    def clean(self):
        values = super().clean()
        if not self.errors and not any(
            values.get(name) for name in ("email", "name", "family_name", "phone", "mobile")
        ):
            raise forms.ValidationError(_("Enter at least an e-mail address, a name or a phone number."))
        for field in self.own:
            raw = values.get(f"{OWN}{field.key}")
            if not own_fields.fits(field, raw):
                self.add_error(f"{OWN}{field.key}", _("This is no value of this field."))
        return values

    def own_values(self) -> dict:
        """The lead's own values as they are now; what is no field any more stays."""
        found = dict(self.instance.extra or {})
        for field in self.own:
            value = own_fields.value_of(field, self.cleaned_data.get(f"{OWN}{field.key}"))
            if value in (None, "", []):
                found.pop(field.key, None)
            else:
                found[field.key] = value
        return found


def own_form_field(field: LeadField, value) -> forms.Field:
    """How a value of an own field is asked for."""
    kind, options = LeadField.Kind, {"label": field.label, "help_text": field.help_text, "required": False}
    if field.kind == kind.YES_NO:
        shown = "" if value is None else "yes" if value else "no"
        return forms.ChoiceField(choices=[("", "–"), ("yes", _("yes")), ("no", _("no"))], initial=shown, **options)
    if field.kind in (kind.CHOICE, kind.CHOICES):
        there = field.choice_list()
        choices = [(one, one) for one in there]
        if field.kind == kind.CHOICES:
            return forms.MultipleChoiceField(
                choices=choices, initial=value or [], widget=forms.CheckboxSelectMultiple, **options
            )
        return forms.ChoiceField(choices=[("", "–"), *choices], initial=value or "", **options)
    if field.kind == kind.DATE:
        return forms.CharField(initial=value, widget=forms.TextInput(attrs={"type": "date"}), **options)
    if field.kind == kind.NUMBER:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        return forms.CharField(initial=value, widget=widget, max_length=40, **options)
    if field.kind == kind.LONG:
        return forms.CharField(
            initial=value, widget=forms.Textarea(attrs={"rows": 3}), max_length=own_fields.LONG, **options
        )
    return forms.CharField(initial=value, max_length=own_fields.TEXT, **options)
