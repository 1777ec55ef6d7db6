import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_leads.logic.keys import dedupe_key


@pytest.mark.parametrize("parts", [("a",), ("",), (1, 2), ("は", "ハ"), ("x" * 10_000,), ("\ud800",), (None, 3.5)])
def test_a_key_is_64_hex_digits_whatever_it_names(parts):
    assert re.fullmatch(r"[0-9a-f]{64}", dedupe_key(*parts))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", "bc"), ("ab", "c")),
        (("は",), ("ハ",)),
        (("a",), ("A",)),
        (("é",), ("e",)),
        (("a",), ("a ",)),
        (("a", ""), ("a",)),
        ((1, 23), (12, 3)),
    ],
)
def test_different_causes_have_different_keys_also_where_a_collation_folds(one, other):
    assert dedupe_key(*one) != dedupe_key(*other)


@given(st.lists(st.one_of(st.integers(), st.text()), max_size=4))
def test_the_same_cause_has_the_same_key(parts):
    assert dedupe_key(*parts) == dedupe_key(*parts)


def test_a_number_and_its_text_are_the_same_part():
    assert dedupe_key("read", 7) == dedupe_key("read", "7")
