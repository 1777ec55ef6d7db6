"""Words as people see them: nothing in them that is not shown, turns the direction, or cannot be written to a file."""

import unicodedata

#: Control characters and halves of characters; and what is not shown but turns or joins what is (U+202E, U+200B …).
_BREAKS, _UNSEEN = ("Cc", "Cs", "Zl", "Zp"), ("Cf",)


def one_line(text: object) -> str:
    """A name: single spaces, no control characters, nothing unseen; '' for what is no text."""
    if not isinstance(text, str):
        return ""
    return " ".join("".join(_shown(char) for char in text).split())


def paragraphs(text: object) -> str:
    """A note: its lines stay."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if isinstance(text, str) else []
    return "\n".join("".join(_shown(char) for char in line).rstrip() for line in lines).strip()


def _shown(char: str) -> str:
    kind = unicodedata.category(char)
    if kind in _BREAKS:
        return " "
    return "" if kind in _UNSEEN else char
