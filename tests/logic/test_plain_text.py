"""What people type is kept as it is seen."""

import pytest

from wagtail_leads.logic.plain_text import one_line, paragraphs


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("東洋精機株式会社", "東洋精機株式会社"),
        ("㈱ 髙島　商店", "㈱ 髙島 商店"),
        ("A\x0bB", "A B"),
        ("A\u202eB\u200bC\ufeff", "ABC"),
        (" A \t\r\n B\x00 ", "A B"),
        ("A\ud800B", "A B"),
        ("\u202e\u200b", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_a_name_is_one_line_of_what_is_seen(written, kept):
    assert one_line(written) == kept


@pytest.mark.parametrize(
    ("written", "kept"),
    [("a\r\nb\rc", "a\nb\nc"), ("a\x0bb\u202e\n\nc \n", "a b\n\nc"), (None, ""), ("  a", "a")],
)
def test_a_note_keeps_its_lines(written, kept):
    assert paragraphs(written) == kept
