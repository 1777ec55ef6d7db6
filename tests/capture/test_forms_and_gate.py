"""The pass that opens a page."""

import struct

import pytest

from wagtail_leads import conf
from wagtail_leads.capture import gate
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.logic import tokens

pytestmark = pytest.mark.django_db


# --- the gate -------------------------------------------------------------------------------------------------------------


def cookie(*pages):
    return {gate.PASS_COOKIE: gate.pass_value({}, set(pages))}


def policy(page, now, **values):
    return PagePolicy.objects.create(page_id=page.pk, updated_at=now, **{"gated": True, **values})


def test_a_page_without_marks_or_that_is_not_gated_is_open(article, paper, now, django_assert_num_queries):
    policy(paper, now, gated=False, high_intent=True)
    with django_assert_num_queries(1):
        found = gate.gate_of(article, {})
    assert found.is_open and not found.is_gated and found.policy is None
    assert gate.gate_of(paper, {}).is_open and not gate.gate_of(paper, {}).is_gated


def test_a_gated_page_opens_to_its_pass_only(article, paper, now):
    policy(paper, now)
    assert not gate.gate_of(paper, {}).is_open and not gate.gate_of(paper, cookie(article.pk)).is_open
    assert gate.gate_of(paper, cookie(paper.pk)).is_open and gate.gate_of(paper, cookie(paper.pk)).is_gated


@pytest.mark.parametrize("value", ["", "1", "A" * 40, "=" * 9, "é", "x" * 5000])
def test_a_forged_pass_opens_nothing(paper, now, value):
    policy(paper, now)
    assert not gate.gate_of(paper, {gate.PASS_COOKIE: value}).is_open


def test_a_pass_signed_for_another_purpose_or_of_a_wrong_length_opens_nothing(paper):
    payload = struct.pack(">I", paper.pk)
    wrong = tokens.sign(payload, purpose="form", keys=conf.secrets())
    odd = tokens.sign(payload + b"x", purpose="pass", keys=conf.secrets())
    assert gate.pass_pages({gate.PASS_COOKIE: wrong}) == gate.pass_pages({gate.PASS_COOKIE: odd}) == []


def test_an_alias_stands_for_its_original(home, paper, now):
    alias = paper.create_alias(parent=home, update_slug="alias")
    policy(paper, now)
    assert not gate.gate_of(alias, {}).is_open
    assert gate.gate_of(alias, cookie(paper.pk)).is_open and gate.gate_of(alias, cookie(alias.pk)).is_open
    assert not gate.gate_of(paper, cookie(alias.pk)).is_open


def test_a_pass_grows_and_its_oldest_pages_make_room():
    cookies = {}
    for page in [500, *range(1, 100)]:
        cookies = {gate.PASS_COOKIE: gate.pass_value(cookies, {page})}
    assert len(gate.pass_pages(cookies)) == 100 and 500 in gate.pass_pages(cookies)
    cookies = {gate.PASS_COOKIE: gate.pass_value(cookies, {300})}
    assert 500 not in gate.pass_pages(cookies), "the first that was opened, whatever its number"
    assert {1, 99, 300} <= set(gate.pass_pages(cookies)) and len(gate.pass_pages(cookies)) == 100
    again = gate.pass_value(cookies, {1})
    assert (
        gate.pass_pages({gate.PASS_COOKIE: again})[-1] == 1 and len(gate.pass_pages({gate.PASS_COOKIE: again})) == 100
    )
    assert len(again) < 3500, "a cookie holds 4 kB"
