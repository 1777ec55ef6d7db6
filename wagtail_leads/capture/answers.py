"""What visitors type, as forms take it: one line is one line, widths and kana are put right, mistakes are told in words."""

import re
import unicodedata

import jaconv
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_KANA = re.compile(r"[ァ-ヺー・゛゜ヽヾ\s]+")


class TextField(forms.CharField):
    """Text. One line stays one line: a name must not bring headers or rows of its own."""

    def __init__(self, *, several_lines: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.several_lines = several_lines

    def to_python(self, value):
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if self.several_lines else " ".join(text.split())


class KanaField(TextField):
    """The reading of a name in katakana; hiragana and half width are taken and turned."""

    def to_python(self, value):
        text = super().to_python(value)
        return jaconv.hira2kata(unicodedata.normalize("NFKC", text)) if text and "\x00" not in text else text

    def validate(self, value):
        super().validate(value)
        if value and not _KANA.fullmatch(value):
            raise ValidationError(_("Please write the reading in kana, such as ヤマダ."))


class PhoneField(TextField):
    def to_python(self, value):
        return unicodedata.normalize("NFKC", super().to_python(value))

    def validate(self, value):
        super().validate(value)
        if value and sum(char.isdigit() for char in value) < 6:
            raise ValidationError(_("Please enter the whole telephone number, with the area code."))


class PostalCodeField(TextField):
    """`１００ー０００１`, `〒1000001` -> `100-0001`; codes of other countries stay as they are."""

    def to_python(self, value):
        text = unicodedata.normalize("NFKC", super().to_python(value)).removeprefix("〒").strip()
        digits = re.sub(r"[-‐‑‒–—―−─ー\s]", "", text)
        return f"{digits[:3]}-{digits[3:]}" if re.fullmatch(r"[0-9]{7}", digits) else text


class NumberField(forms.DecimalField):
    """Also in full width, and with commas between thousands."""

    def to_python(self, value):
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).strip()
            value = value.replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", value) else value
        return super().to_python(value)


class WebField(forms.URLField):
    """A web address of a site: nothing else than http and https may become a link for colleagues."""

    def validate(self, value):
        super().validate(value)
        if value and not value.lower().startswith(("http://", "https://")):
            raise ValidationError(_("Please enter a web address, such as https://example.com."))


class SeveralField(forms.MultipleChoiceField):
    """Several answers of a list, each once."""

    def to_python(self, value):
        return list(dict.fromkeys(super().to_python(value)))
