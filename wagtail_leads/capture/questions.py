"""Questions of a form's version as fields of a Django form. Takes the frozen definition only: no block, no query."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from wagtail_leads.capture.answers import (
    KanaField,
    NumberField,
    PhoneField,
    PostalCodeField,
    SeveralField,
    TextField,
    WebField,
)
from wagtail_leads.identity.models import CONTACT_WISH_LABELS, Lead, LeadField
from wagtail_leads.logic.kinds import ContactWish
from wagtail_leads.logic.prefectures import prefecture_choices

#: Our question -> the lead's column.
LEAD_FIELDS = {
    "name": "name",
    "company": "company_name",
    "department": "department",
    "job_title": "job_title",
    "phone": "phone",
    "mobile": "mobile",
    "postal_code": "postal_code",
    "prefecture": "prefecture",
    "address": "address",
    "contact_wish": "contact_wish",
}
NAME_PARTS = ("family_name", "given_name")
KANA_PARTS = ("family_kana", "given_kana")
#: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill
AUTOCOMPLETE = {
    "email": "email",
    "name": "name",
    "family_name": "family-name",
    "given_name": "given-name",
    "company": "organization",
    "job_title": "organization-title",
    "phone": "tel",
    "mobile": "tel",
    "postal_code": "postal-code",
    "prefecture": "address-level1",
    "address": "street-address",
}
INPUT_MODE = {"email": "email", "phone": "tel", "mobile": "tel", "postal_code": "numeric", "number": "decimal"}
#: How a question is laid out: `plain`, `group` (a legend over several boxes), `parts` (several fields), `box`, `hidden`.
LAYOUT = {
    "names": "parts",
    "ticks": "group",
    "radio": "group",
    "topics": "group",
    "contact_wish": "group",
    "yes_no": "group",
    "choices": "group",
    "agreement": "box",
    "tick": "box",
    "hidden": "hidden",
}
PART_LABELS = {
    "family_name": _("Family name"),
    "given_name": _("Given name"),
    "family_kana": pgettext_lazy("question", "Family name in katakana"),
    "given_kana": pgettext_lazy("question", "Given name in katakana"),
}
#: Longest answer to a question of the editor's own.
ONE_LINE, SEVERAL_LINES = 500, 5000


@dataclass(frozen=True, kw_only=True)
class Told:
    """What every maker of a field is told."""

    kind: str
    name: str
    question: dict
    #: label, required, help_text
    words: dict


def fields_of(question: dict) -> dict[str, forms.Field]:
    """Name in the POST -> field. One, but for the names."""
    if question["kind"] == "names":
        return _names(question)
    words = {
        "label": question["label"],
        "required": question.get("required", False),
        "help_text": question.get("help_text", ""),
    }
    told = Told(kind=kind_of(question), name=question["name"], question=question, words=words)
    return {question["name"]: MAKERS.get(told.kind, _text)(told)}


def kind_of(question: dict) -> str:
    """An own field of leads is asked as its kind wants; everything else as its own."""
    return question.get("field_kind", "text") if question["kind"] == "own_field" else question["kind"]


def layout_of(question: dict) -> str:
    return LAYOUT.get(kind_of(question), "plain")


def _names(question: dict) -> dict[str, forms.Field]:
    found = {}
    for part in NAME_PARTS + (KANA_PARTS if question.get("kana") else ()):
        attrs = {"autocomplete": AUTOCOMPLETE.get(part, "off"), "maxlength": _column(part)}
        maker = KanaField if part in KANA_PARTS else TextField
        found[part] = maker(
            label=PART_LABELS[part],
            required=question.get("required", False),
            max_length=_column(part),
            widget=forms.TextInput(attrs=attrs),
        )
    return found


def _column(name: str) -> int:
    return Lead._meta.get_field(name).max_length


def _attrs(told: Told) -> dict:
    attrs = {"autocomplete": AUTOCOMPLETE[told.kind]} if told.kind in AUTOCOMPLETE else {}
    return attrs | ({"inputmode": INPUT_MODE[told.kind]} if told.kind in INPUT_MODE else {})


def _length(kind: str) -> int:
    return _column(LEAD_FIELDS[kind]) if kind in LEAD_FIELDS else ONE_LINE


def _text(told: Told) -> forms.Field:
    return TextField(max_length=_length(told.kind), widget=forms.TextInput(attrs=_attrs(told)), **told.words)


def _several_lines(told: Told) -> forms.Field:
    widget = forms.Textarea(attrs={"rows": 6})
    return TextField(several_lines=True, max_length=SEVERAL_LINES, widget=widget, **told.words)


def _email(told: Told) -> forms.Field:
    # Django's own check refuses old docomo and au addresses; the form's `clean_email` knows them
    words = told.words | {"required": True}
    return forms.CharField(max_length=254, widget=forms.EmailInput(attrs=_attrs(told)), **words)


def _other_email(told: Told) -> forms.Field:
    return forms.EmailField(max_length=254, **told.words)


def _phone(told: Told) -> forms.Field:
    widget = forms.TextInput(attrs=_attrs(told))
    widget.input_type = "tel"
    return PhoneField(max_length=_length(told.kind), widget=widget, **told.words)


def _postal_code(told: Told) -> forms.Field:
    return PostalCodeField(max_length=_length(told.kind), widget=forms.TextInput(attrs=_attrs(told)), **told.words)


def _prefecture(told: Told) -> forms.Field:
    choices = [("", _("Please choose")), *prefecture_choices(get_language() or "")]
    return forms.ChoiceField(choices=choices, widget=forms.Select(attrs=_attrs(told)), **told.words)


def _number(told: Told) -> forms.Field:
    widget = forms.TextInput(attrs={"inputmode": "decimal"})
    return NumberField(max_digits=18, decimal_places=6, widget=widget, **told.words)


def _web(told: Told) -> forms.Field:
    return WebField(max_length=2000, assume_scheme="https", **told.words)


def _box(told: Told) -> forms.Field:
    return forms.BooleanField(**told.words)


def _choices(told: Told) -> list[tuple[str, str]]:
    return [tuple(pair) for pair in told.question.get("choices", [])]


def _drop_down(told: Told) -> forms.Field:
    return forms.ChoiceField(choices=[("", _("Please choose")), *_choices(told)], **told.words)


def _radio(told: Told) -> forms.Field:
    return forms.ChoiceField(choices=_choices(told), widget=forms.RadioSelect, **told.words)


def _wish(told: Told) -> forms.Field:
    choices = [(wish.value, CONTACT_WISH_LABELS[wish]) for wish in ContactWish if wish != ContactWish.NOT_SAID]
    return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **told.words)


def _yes_no(told: Told) -> forms.Field:
    choices = [("yes", pgettext_lazy("answer", "Yes")), ("no", pgettext_lazy("answer", "No"))]
    return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **told.words)


def _boxes(told: Told) -> forms.Field:
    return SeveralField(choices=_choices(told), widget=forms.CheckboxSelectMultiple, **told.words)


def _list_of_several(told: Told) -> forms.Field:
    return SeveralField(choices=_choices(told), widget=forms.SelectMultiple, **told.words)


def _date(told: Told) -> forms.Field:
    widget = forms.DateInput(format="%Y-%m-%d")
    widget.input_type = "date"
    formats = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"]
    return forms.DateField(widget=widget, input_formats=formats, **told.words)


def _date_and_time(told: Told) -> forms.Field:
    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M")
    widget.input_type = "datetime-local"
    formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M"]
    return forms.DateTimeField(widget=widget, input_formats=formats, **told.words)


def _hidden(told: Told) -> forms.Field:
    initial = told.question.get("value", "")
    return TextField(
        label=told.words["label"], required=False, max_length=ONE_LINE, initial=initial, widget=forms.HiddenInput
    )


MAKERS: dict[str, Callable[[Told], forms.Field]] = {
    "email": _email,
    "phone": _phone,
    "mobile": _phone,
    "postal_code": _postal_code,
    "prefecture": _prefecture,
    "message": _several_lines,
    "lines": _several_lines,
    "number": _number,
    "url": _web,
    "other_email": _other_email,
    "tick": _box,
    "agreement": _box,
    "ticks": _boxes,
    "topics": _boxes,
    "select": _drop_down,
    "radio": _radio,
    "multiselect": _list_of_several,
    "date": _date,
    "datetime": _date_and_time,
    "hidden": _hidden,
    "contact_wish": _wish,
    # kinds of `LeadField`
    LeadField.Kind.LONG.value: _several_lines,
    LeadField.Kind.YES_NO.value: _yes_no,
    LeadField.Kind.CHOICE.value: _drop_down,
    LeadField.Kind.CHOICES.value: _boxes,
}


def in_words(question: dict, value) -> str:
    """An answer as a person reads it: labels instead of values. For mails, to-dos and the ledger."""
    kind = kind_of(question)
    if value in (None, "", [], False):
        return ""
    if value is True:
        return str(pgettext_lazy("answer", "Yes"))
    if kind == "yes_no":
        return str(pgettext_lazy("answer", "Yes") if value == "yes" else pgettext_lazy("answer", "No"))
    if kind == "contact_wish":
        return str(CONTACT_WISH_LABELS[ContactWish(value)])
    if isinstance(value, list):
        known = dict(question.get("choices", []))
        return str(pgettext_lazy("between names", ", ")).join(known.get(one, one) for one in value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return _moment(value) if kind == "datetime" else str(value)


def _moment(value) -> str:
    return f"{value:%Y-%m-%d %H:%M}"
