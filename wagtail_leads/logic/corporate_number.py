"""法人番号: the 13 digits that the National Tax Agency gives each organisation in Japan.

The first digit is a check digit over the other twelve (ministerial ordinance of 2014, art. 2): 9 - (sum mod 9), where
the digits count 1 and 2 in turns from the right.
"""

import re
import unicodedata

from wagtail_leads.logic.errors import LeadsError

_BETWEEN = re.compile(r"[\s\-‐‑‒–—―−ー－.,・]")


class BadCorporateNumber(LeadsError, ValueError):
    """This is no corporate number: it has 13 digits."""


class WrongCheckDigit(BadCorporateNumber):
    """A digit of the corporate number is wrong: the check digit does not fit."""


def parse_corporate_number(raw: object) -> str:
    """13 ASCII digits out of what a person wrote (full width, hyphens, a leading T of an invoice number); '' for nothing.

    BadCorporateNumber or WrongCheckDigit for anything else.
    """
    if raw is None:
        return ""
    text = _BETWEEN.sub("", unicodedata.normalize("NFKC", str(raw)[:100])).upper()
    if not text:
        return ""
    digits = text.removeprefix("T")
    if len(digits) != 13 or not (digits.isascii() and digits.isdigit()):
        raise BadCorporateNumber
    if int(digits[0]) != check_digit(digits[1:]):
        raise WrongCheckDigit
    return digits


def check_digit(base: str) -> int:
    """Of the twelve digits that follow it."""
    total = sum(int(digit) * (1 if at % 2 == 0 else 2) for at, digit in enumerate(reversed(base)))
    return 9 - total % 9


def formatted(number: str | None) -> str:
    """``1234567890123`` -> ``1-2345-6789-0123``, as the agency prints it."""
    text = number or ""
    return f"{text[0]}-{text[1:5]}-{text[5:9]}-{text[9:]}" if len(text) == 13 else text
