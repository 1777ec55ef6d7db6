"""Values of the fields that the site's own people made (`LeadField`): read by their kind, or left out."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from unicodedata import normalize

from wagtail_leads.identity.models import LeadField

_YES = frozenset({"1", "true", "yes", "y", "on", "はい", "有", "あり", "○", "〇"})
_NO = frozenset({"0", "false", "no", "n", "off", "いいえ", "無", "なし", "×"})
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d")
#: Longest text that is kept; of one line, and of several.
TEXT, LONG = 300, 5000


def read(values: Mapping[str, object] | None, fields: Iterable[LeadField] | None = None) -> dict[str, object]:
    """What of the values is known and fits: {key: value as JSON holds it}. One query unless the fields are given.

    Unknown keys, empty values and values of another kind are left out; `problem_of` says why.
    """
    if not values:
        return {}
    known = {field.key: field for field in (LeadField.objects.all() if fields is None else fields)}
    found = {key: value_of(known[key], raw) for key, raw in values.items() if key in known}
    return {key: value for key, value in found.items() if value not in (None, "", [])}


def value_of(field: LeadField, raw: object) -> object:
    """The value in the field's kind; None when there is none or it does not fit."""
    if raw is None:
        return None
    return _READERS[field.kind](raw, field)


def fits(field: LeadField, raw: object) -> bool:
    """Is it a value of this field? An empty one is."""
    return raw in (None, "", []) or not str(raw).strip() or value_of(field, raw) not in (None, [])


def _plain(raw: object, most: int = TEXT) -> str:
    return str(raw).replace("\x00", "").strip()[:most]


def _number(raw: object, _field: LeadField) -> int | float | None:
    if isinstance(raw, bool):
        return None
    try:
        number = Decimal(normalize("NFKC", _plain(raw)).replace(",", "").replace(" ", ""))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        return None
    return int(number) if number == number.to_integral_value() else float(number)


def _date(raw: object, _field: LeadField) -> str | None:
    if isinstance(raw, datetime):
        return raw.date().isoformat()
    if isinstance(raw, date):
        return raw.isoformat()
    text = normalize("NFKC", _plain(raw))
    for form in _DATES:
        try:
            return datetime.strptime(text, form).date().isoformat()
        except ValueError:
            continue
    return None


def _yes_no(raw: object, _field: LeadField) -> bool | None:
    if isinstance(raw, bool):
        return raw
    word = normalize("NFKC", _plain(raw)).casefold()
    return True if word in _YES else False if word in _NO else None


def _choice(raw: object, field: LeadField) -> str | None:
    wanted = normalize("NFKC", _plain(raw)).casefold()
    return next((one for one in field.choice_list() if normalize("NFKC", one).casefold() == wanted), None)


def _choices(raw: object, field: LeadField) -> list[str]:
    parts = raw if isinstance(raw, (list, tuple, set)) else _parts(str(raw), field)
    found = [_choice(part, field) for part in parts]
    return list(dict.fromkeys(one for one in found if one))


def _parts(text: str, field: LeadField) -> list[str]:
    """A choice may hold a comma itself: the whole text is tried first."""
    if _choice(text, field):
        return [text]
    for mark in ("、", ";", "；", "\n", "/"):
        text = text.replace(mark, ",")
    return text.split(",")


_READERS = {
    LeadField.Kind.TEXT.value: lambda raw, _field: " ".join(_plain(raw).split()) or None,
    LeadField.Kind.LONG.value: lambda raw, _field: _plain(raw, LONG) or None,
    LeadField.Kind.NUMBER.value: _number,
    LeadField.Kind.DATE.value: _date,
    LeadField.Kind.YES_NO.value: _yes_no,
    LeadField.Kind.CHOICE.value: _choice,
    LeadField.Kind.CHOICES.value: _choices,
}
