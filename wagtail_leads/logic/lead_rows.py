"""What one row of a file of leads says, in our fields. A row goes in, a `Plan` comes out; nothing is written here.

Nothing is lost on the way: what does not fit is a reason to hand the row back, and what has no field goes to the note.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wagtail_leads.logic.addresses import email_key, is_nobody, normalise_email
from wagtail_leads.logic.cell_values import (
    BadValue,
    OwnField,
    contact_wish_of,
    own_value,
    permits_mail,
    refuses_mail,
    stage_of,
)
from wagtail_leads.logic.japanese import compose_name, person_name, split_name
from wagtail_leads.logic.kana import full_katakana, is_japanese
from wagtail_leads.logic.lead_files import BROKEN, NUL, FileRow
from wagtail_leads.logic.lead_headings import OWN
from wagtail_leads.logic.phones import read_phone
from wagtail_leads.logic.prefectures import prefecture_in, prefecture_of

#: Longest texts of a lead's columns (a test holds them against the model). A note has none of its own.
LENGTHS = {
    "email": 254, "name": 200, "family_name": 100, "given_name": 100, "family_kana": 100, "given_kana": 100,
    "company_name": 200, "department": 200, "job_title": 200, "phone": 50, "mobile": 50, "postal_code": 20,
    "prefecture": 40, "address": 300, "note": 20_000, "tag": 60,
}  # fmt: skip
#: What people write where they have no address.
_NOTHING = re.compile(
    r"^(?:none|n/?a|nil|null|no|not ?known|unknown|無し?|なし|ナシ|未登録|未記入|不明|[-‐–—―ー－*.×x]+)$", re.I
)
_BETWEEN_ADDRESSES = re.compile(r"[\s,;、，；／/|]+")
_IN_ANGLES = re.compile(r"<([^<>]+@[^<>]+)>")
#: ="0901234" makes Excel keep a zero; our own files put ' before what a spreadsheet would calculate.
_AS_TEXT = re.compile(r'^="([^"]*)"$')
_HARMLESS = re.compile("^'(?=[=+\\-@\uff1d\uff0b\uff0d\uff20\\t\\r])")
_CONTROL = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff{NUL}]")
_POSTAL = re.compile(r"^〒?\s*(\d{3})[-\s]?(\d{4})$")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a row wants. With `reason` it cannot be taken: it is handed back."""

    number: int
    #: Fields of a lead, cleaned; none is ''.
    values: dict[str, str] = field(default_factory=dict)
    extra: dict[str, object] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    #: As written; the colleague is looked up later.
    owner: str = ""
    email_key: str = ""
    #: E.164 of the mobile number that is the key of a row without an address.
    mobile: str = ""
    #: The file says that this person wants no mail.
    opted_out: bool = False
    #: The file has a column that says who agreed to mail, and it does not say so of this person.
    is_silent_on_mail: bool = False
    #: Codes of repairs and remarks ("zero_restored:phone").
    notes: tuple[str, ...] = ()
    #: Code of why not ("no_key", "too_long:company_name").
    reason: str = ""

    @property
    def key(self) -> str:
        return self.email_key or self.mobile


@dataclass(frozen=True, kw_only=True)
class Columns:
    """What the columns of a file mean."""

    #: Number of the column -> field, or "extra.<key>".
    fields: Mapping[int, str]
    header: Sequence[str] = ()
    own: Mapping[str, OwnField] = field(default_factory=dict)
    #: Country of telephone numbers without +.
    region: str = "JP"


class _Refused(Exception):
    def __init__(self, reason: str):
        self.reason = reason


def plan_row(row: FileRow, columns: Columns) -> Plan:
    """Never raises: a row that cannot be taken has a reason."""
    made = _Row(row, columns)
    try:
        return made.plan()
    except _Refused as refused:
        return Plan(number=row.number, reason=refused.reason, notes=tuple(dict.fromkeys(made.notes)))


class _Row:
    """One row on its way; `values` fill up, `rest` is what goes to the note."""

    def __init__(self, row: FileRow, columns: Columns):
        self.row, self.columns = row, columns
        self.notes: list[str] = list(row.notes)
        self.values: dict[str, str] = {}
        self.rest: list[str] = []
        self.cells: dict[str, list[tuple[int, str]]] = {}

    def plan(self) -> Plan:
        self._sort_cells()
        self._names()
        for name in ("company_name", "department", "job_title"):
            self._put(name, one_line(self._first(name)))
        address = self._email()
        mobile = self._phones(wants_key=not address)
        self._place()
        extra = self._extra()
        stage, wish = self._word("stage", stage_of), self._word("contact_wish", contact_wish_of)
        tags, (opted_out, silent) = self._tags(), self._answer_to_mail()
        self._note()
        if not address and not mobile:
            raise _Refused("no_key")
        return Plan(
            number=self.row.number,
            values={name: value for name, value in {**self.values, "stage": stage, "contact_wish": wish}.items() if value},
            extra=extra,
            tags=tags,
            owner=one_line(self._first("owner")),
            email_key=email_key(address) if address else "",
            mobile=mobile,
            opted_out=opted_out,
            is_silent_on_mail=silent,
            notes=tuple(dict.fromkeys(self.notes)),
        )

    # --- cells

    def _sort_cells(self) -> None:
        """Cells by field, cleaned. Cells beyond the headings are an error: a row is shifted by a stray delimiter."""
        width = len(self.columns.header)
        beyond = [cell for cell in self.row.cells[width:] if cell.strip()] if width else []
        if beyond:
            raise _Refused("too_many_cells")
        for number, name in self.columns.fields.items():
            cell = self.row.cells[number] if number < len(self.row.cells) else ""
            if BROKEN in cell:
                raise _Refused("bad_encoding")
            if cell := self._clean(cell):
                self.cells.setdefault(name, []).append((number, cell))

    def _clean(self, cell: str) -> str:
        cell = cell.strip()
        if cell[:1] in ("=", "'"):
            cell = _HARMLESS.sub("", _AS_TEXT.sub(r"\1", cell))
        if _CONTROL.search(cell):
            self.notes.append("control_removed")
            cell = _CONTROL.sub("", cell)
        return cell.replace("\r\n", "\n").replace("\r", "\n").strip()

    def _first(self, name: str) -> str:
        return self.cells.get(name, [(0, "")])[0][1]

    def _all(self, name: str) -> list[tuple[int, str]]:
        return self.cells.get(name, [])

    def _put(self, name: str, value: str) -> None:
        if len(value) > LENGTHS[name]:
            raise _Refused(f"too_long:{name}")
        if value:
            self.values[name] = value

    def _to_note(self, number: int, text: str) -> None:
        header = self.columns.header
        heading = header[number] if number < len(header) else ""
        self.rest.append(f"{heading}: {text}" if heading else text)

    # --- who

    def _names(self) -> None:
        whole = _tidy(self._first("name"))
        family, given = _tidy(self._first("family_name")), _tidy(self._first("given_name"))
        if whole and not (family or given):
            family, given = split_name(whole) or ("", "")
        self._put("family_name", family)
        self._put("given_name", given)
        self._put("name", whole or compose_name(family, given))
        kana = full_katakana(self._first("kana"))
        parts = kana.split()
        one, two = full_katakana(self._first("family_kana")), full_katakana(self._first("given_kana"))
        if kana and not (one or two):
            one, two = (parts[0], parts[1]) if len(parts) == 2 else (kana, "")
        self._put("family_kana", one)
        self._put("given_kana", two)

    def _email(self) -> str:
        """The first address; others are kept in the note. '' when the row says that there is none."""
        found: list[str] = []
        for number, cell in self._all("email"):
            for text in _addresses_in(cell):
                address = normalise_email(text)
                if address is None:
                    raise _Refused("bad_address")
                if is_nobody(address):
                    self.notes.append("placeholder_address")
                    self._to_note(number, text)
                elif address not in found:
                    found.append(address)
                    if len(found) > 1:
                        self._to_note(number, text)
        if len(found) > 1:
            self.notes.append("more_addresses")
        if found:
            self._put("email", found[0])
        return found[0] if found else ""

    # --- how to reach them

    def _phones(self, *, wants_key: bool) -> str:
        """Numbers into their columns, further ones into the note. Returns the mobile number that can be a key."""
        key = ""
        for name in ("mobile", "phone"):
            for number, cell in self._all(name):
                text, e164, is_mobile = self._phone(name, one_line(cell))
                key = key or (e164 if is_mobile else "")
                place = name if name not in self.values else "mobile" if is_mobile and "mobile" not in self.values else ""
                if place:
                    self._put(place, text)
                elif text not in self.values.values():
                    self._to_note(number, text)
        return key if wants_key else ""

    def _phone(self, name: str, cell: str) -> tuple[str, str, bool]:
        """(as it is kept, E.164 or '', is it a mobile number?)"""
        if _NOTHING.match(cell):
            return "", "", False
        phone = read_phone(cell, region=self.columns.region)
        if phone is None:
            self.notes.append(f"odd_phone:{name}")
            return cell, "", False
        if phone.is_repaired:
            self.notes.append(f"zero_restored:{name}")
            return phone.national, phone.e164, phone.is_mobile
        return cell, phone.e164, phone.is_mobile

    def _place(self) -> None:
        self._put("postal_code", self._postal(one_line(self._first("postal_code"))))
        address = " ".join(dict.fromkeys(one_line(cell) for _number, cell in self._all("address")))
        written = one_line(self._first("prefecture"))
        if is_japanese(address):
            address = _without_gaps(address)
        self._put("prefecture", prefecture_of(written) or written or prefecture_in(address))
        self._put("address", address)

    def _postal(self, text: str) -> str:
        plain = unicodedata.normalize("NFKC", text).translate(_HYPHENS).strip()
        if self.columns.region != "JP":
            return text
        if re.fullmatch(r"\d{6}", plain) and not plain.startswith("0"):
            self.notes.append("zero_restored:postal_code")
            plain = f"0{plain}"
        found = _POSTAL.match(plain)
        return f"{found[1]}-{found[2]}" if found else text

    # --- the rest

    def _extra(self) -> dict[str, object]:
        made = {}
        for name, cells in self.cells.items():
            own = self.columns.own.get(name.removeprefix(OWN)) if name.startswith(OWN) else None
            if own is None:
                continue
            try:
                value = own_value(own, cells[0][1])
            except BadValue as error:
                raise _Refused(f"bad_value:{own.key}") from error
            if value not in ("", None, []):
                made[own.key] = value
        return made

    def _word(self, name: str, read) -> str:
        """A word of a closed list; one that nobody knows goes to the note."""
        for number, cell in self._all(name)[:1]:
            value = read(one_line(cell))
            if value is None:
                self.notes.append(f"unknown_word:{name}")
                self._to_note(number, cell)
            return value or ""
        return ""

    def _tags(self) -> tuple[str, ...]:
        words = [word.strip() for _n, cell in self._all("tags") for word in re.split(r'[,;、，；\n\t|"]+|:::', cell)]
        tags = tuple(dict.fromkeys(one_line(word) for word in words if word and word != "* myContacts"))
        if any(len(tag) > LENGTHS["tag"] for tag in tags):
            raise _Refused("too_long:tags")
        return tags

    def _opted_out(self) -> bool:
        """Any yes counts; a word that nobody knows counts as a yes, since mail to somebody who said no is worse."""
        for _number, cell in self._all("opted_out"):
            value = refuses_mail(cell)
            if value is None:
                self.notes.append("unknown_word:opted_out")
            if value is not False:
                return True
        return False

    def _answer_to_mail(self) -> tuple[bool, bool]:
        """(wants no mail, does not say yes where others of the file do): an empty cell beside ticked ones is no yes."""
        answers = [permits_mail(cell) for cell in self._with_empty("may_mail")]
        refused = self._opted_out() or False in answers
        return refused, not refused and None in answers

    def _with_empty(self, name: str) -> list[str]:
        """The cells of all columns that go to this field; the empty ones, too."""
        numbers = [number for number, found in self.columns.fields.items() if found == name]
        return [self.row.cells[number].strip() if number < len(self.row.cells) else "" for number in numbers]

    def _note(self) -> None:
        """Notes as they are, and what found no column."""
        self._put("note", "\n".join([*(cell for _number, cell in self._all("note")), *self.rest]))


_HYPHENS = str.maketrans(dict.fromkeys("‐‑‒–—―−─━ー〜~", "-"))


def one_line(text: str) -> str:
    return " ".join(text.split())


def _tidy(text: str) -> str:
    """A name without 様; one that is too long for `person_name` stays whole, so that it is refused and not cut."""
    line = one_line(text)
    if not line:
        return ""
    return person_name(line) or line if len(line) <= 100 else line


def _addresses_in(cell: str) -> list[str]:
    """``Taro <taro@…>``, ``a@…; b@…``, ``mailto:a@…``; [] for 無し and the like."""
    text = unicodedata.normalize("NFKC", cell).strip()
    if _NOTHING.match(text):
        return []
    angles = _IN_ANGLES.findall(text)
    parts = angles or [part for part in _BETWEEN_ADDRESSES.split(text) if part]
    # "taro at works": one text that is no address, not three
    if not any("@" in part for part in parts):
        return [text]
    return [part.strip("<>\"'()[]「」") for part in parts if not _NOTHING.match(part)]


def _without_gaps(address: str) -> str:
    """Parts of a Japanese address stand together; a space stays before a building's name in Latin letters."""
    return re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])|(?<=[^\x00-\x7f]) (?=\d)", "", address)
