import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_leads.logic import tokens

KEY, OLD, FOREIGN = b"the key of today", b"the key of last year", b"a key of somebody else"


@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_was_signed_comes_back(payload, purpose):
    purpose = purpose.encode("utf-8", "replace").decode()
    token = tokens.sign(payload, purpose=purpose, keys=[KEY])
    # an empty payload is no token: there is nothing to say
    assert tokens.unsign(token, purpose=purpose, keys=[KEY]) == (payload or None)


@given(st.text(max_size=300))
def test_any_text_is_refused_and_nothing_is_raised(text):
    assert tokens.unsign(text, purpose="click", keys=[KEY]) is None
    assert tokens.unsign_numbers(text, 2, purpose="click", keys=[KEY]) is None


@given(st.binary(min_size=1, max_size=40), st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_is_a_forged_token(payload, where, change):
    raw = bytearray(base64.urlsafe_b64decode(_padded(tokens.sign(payload, purpose="p", keys=[KEY]))))
    raw[where % len(raw)] ^= change
    forged = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    assert tokens.unsign(forged, purpose="p", keys=[KEY]) is None


def _padded(token):
    return token + "=" * (-len(token) % 4)


@pytest.mark.parametrize(
    ("token", "why"),
    [
        ("", "empty"),
        ("A", "no base64"),
        ("AAAAAAAAAAAA", "only as long as a mac"),
        ("é" * 12, "not ASCII"),
        ("\x00" * 20, "binary"),
        ("a" * 2001, "huge"),
        ("A" * 2_000_000, "very huge"),
        ("../../etc/passwd", "a path"),
    ],
)
def test_what_we_never_signed_is_refused(token, why):
    assert tokens.unsign(token, purpose="click", keys=[KEY]) is None, why


def test_a_token_for_one_purpose_opens_no_other_door():
    token = tokens.sign_numbers(7, purpose="open", keys=[KEY])
    assert tokens.unsign_numbers(token, 1, purpose="open", keys=[KEY]) == (7,)
    assert tokens.unsign_numbers(token, 1, purpose="unsubscribe", keys=[KEY]) is None


def test_purpose_and_payload_are_kept_apart():
    token = tokens.sign(b"bc", purpose="a", keys=[KEY])
    assert tokens.unsign(token, purpose="ab", keys=[KEY]) is None


def test_keys_rotate_the_first_signs_and_all_verify():
    old = tokens.sign(b"x", purpose="p", keys=[OLD])
    new = tokens.sign(b"x", purpose="p", keys=[KEY, OLD])
    assert tokens.unsign(old, purpose="p", keys=[KEY, OLD]) == b"x", "old links go on working"
    assert tokens.unsign(new, purpose="p", keys=[OLD]) is None, "the first key signed it"
    assert tokens.unsign(old, purpose="p", keys=[KEY]) is None, "a key that was taken away verifies nothing"
    assert tokens.unsign(tokens.sign(b"x", purpose="p", keys=[FOREIGN]), purpose="p", keys=[KEY, OLD]) is None


@pytest.mark.parametrize("spoil", ["{}=", "{}==", " {}", "{}\n", "{}.", "{}%3D", "{}#"])
def test_only_the_canonical_spelling_is_a_token(spoil):
    token = tokens.sign(b"xyz", purpose="p", keys=[KEY])
    assert tokens.unsign(token, purpose="p", keys=[KEY]) == b"xyz"
    assert tokens.unsign(spoil.format(token), purpose="p", keys=[KEY]) is None


def test_spare_bits_of_the_last_character_are_no_second_spelling():
    token = tokens.sign(b"x", purpose="p", keys=[KEY])  # 10 bytes: the last character has spare bits
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twins = [token[:-1] + c for c in alphabet if c != token[-1]]
    same_bytes = [t for t in twins if base64.urlsafe_b64decode(_padded(t)) == base64.urlsafe_b64decode(_padded(token))]
    assert same_bytes, "there are such spellings"
    assert all(tokens.unsign(t, purpose="p", keys=[KEY]) is None for t in same_bytes)


@given(st.lists(st.integers(min_value=0, max_value=2**63 - 1), min_size=1, max_size=4))
def test_numbers_come_back(numbers):
    token = tokens.sign_numbers(*numbers, purpose="n", keys=[KEY])
    assert tokens.unsign_numbers(token, len(numbers), purpose="n", keys=[KEY]) == tuple(numbers)
    assert tokens.unsign_numbers(token, len(numbers) + 1, purpose="n", keys=[KEY]) is None


def test_a_token_is_short_enough_for_a_mail():
    assert len(tokens.sign_numbers(10**9, 10**6, purpose="click", keys=[KEY])) <= 40
