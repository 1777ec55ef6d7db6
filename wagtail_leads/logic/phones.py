"""Telephone numbers: which ways of writing are the same number, and is it a mobile one (phonenumbers, Google's data)."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

#: What looks like a hyphen; NFKC leaves them apart.
_HYPHENS = str.maketrans(dict.fromkeys("‐‑‒–—―−─━ー〜~", "-"))
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
#: "extension 12", "main number": not part of the number.
_BEHIND = re.compile(r"\s*(?:\(?代表?\)?|内線.*|ext\.?.*|x\d+)$", re.I)
#: Lengths of a Japanese number whose leading zero a spreadsheet took away.
_WITHOUT_ZERO = {"JP": (9, 10)}


@dataclass(frozen=True, kw_only=True)
class Phone:
    """One number."""

    #: `+81363446580`; extensions are left out.
    e164: str
    #: As people of its country write it: `03-6344-6580`.
    national: str
    is_mobile: bool
    #: The zero in front was missing, as after a spreadsheet took the cell for a number.
    is_repaired: bool = False


def read_phone(text: object, *, region: str = "JP") -> Phone | None:
    """The number in a text of any width and writing; None when it cannot be one. `region`: ISO code of numbers without +."""
    return _read(str(text or ""), region)


@lru_cache(maxsize=1024)  # an import asks three times for each number, and a reading takes a tenth of a millisecond
def _read(text: str, region: str) -> Phone | None:
    plain = unicodedata.normalize("NFKC", text).translate(_HYPHENS).strip()
    plain = _BEHIND.sub("", plain)
    if not plain or len(plain) > 60:
        return None
    found = _parse(plain, region)
    if found is not None and phonenumbers.is_valid_number(found):
        # phonenumbers reads "9012345678" as a Japanese number too: a zero is added as in "+81 90"
        lost = region == "JP" and plain[:1] not in "+(0" and not plain.startswith("81")
        return _phone(found, is_repaired=lost)
    digits = "".join(char for char in plain if char.isdigit())
    if digits == plain.replace("-", "").replace(" ", "") and len(digits) in _WITHOUT_ZERO.get(region, ()):
        found = _parse(f"0{digits}", region)
        if found is not None and phonenumbers.is_valid_number(found):
            return _phone(found, is_repaired=True)
    return None


def _parse(text: str, region: str):
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        return None


def _phone(found, *, is_repaired: bool) -> Phone:
    return Phone(
        e164=phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164),
        national=phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.NATIONAL),
        is_mobile=phonenumbers.number_type(found) in _MOBILE,
        is_repaired=is_repaired,
    )
