"""What in an honestly filled form looks like advertising. Soft: such a form is held for a person to look at, never lost.

Told by what robots write into contact forms: code of links, many links, an address where a name belongs, and one text to
everybody. One link in an inquiry, and any script, are fine.
"""

import re
import unicodedata
from collections.abc import Iterable

TRAP, LINK_CODE, MANY_LINKS, LINK_IN_NAME, SAME_TEXT = "trap", "link_code", "many_links", "link_in_name", "same_text"
#: So many different links are nothing unusual in an inquiry (the product, the drawing, the own site).
FINE_LINKS = 3
#: A shorter text is said by many ("please send me a quotation").
LEAST_TEXT = 60

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"'\]）】」、。]+", re.I)
_CODE = re.compile(r"\[(?:url|link)\s*[=\]]|<a\s[^>]*href", re.I)
_IN_NAME = re.compile(r"https?://|www\.\w|\w\.(?:com|net|org|ru|info|xyz|top)/", re.I)


def reason(*, names: Iterable[str], texts: Iterable[str]) -> str:
    """The first reason to hold a form, or ''. `names` are short answers about the person, `texts` are what they wrote."""
    texts = list(texts)
    if any(_IN_NAME.search(name) for name in names):
        return LINK_IN_NAME
    if any(_CODE.search(text) for text in texts):
        return LINK_CODE
    links = {link.lower().rstrip("/.,)") for text in texts for link in _LINK.findall(text)}
    return MANY_LINKS if len(links) > FINE_LINKS else ""


def fingerprint(texts: Iterable[str]) -> str:
    """A text without what varies between two copies of it (widths, case, spaces, digits); '' for one too short to tell."""
    plain = unicodedata.normalize("NFKC", " ".join(texts)).casefold()
    plain = "".join(char for char in plain if char.isalpha())
    return plain if len(plain) >= LEAST_TEXT else ""
