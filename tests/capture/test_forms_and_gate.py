"""A form as its editor made it, its signed token, and the pass that opens a page."""

import struct

import pytest
from wagtail.blocks import StreamBlockValidationError
from wagtail.models import Locale

from wagtail_leads import conf
from wagtail_leads.capture import forms, gate
from wagtail_leads.capture.blocks import FormFields
from wagtail_leads.capture.forms import build, form_for, read_token, token_for
from wagtail_leads.capture.models import LeadForm
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.logic import tokens

pytestmark = pytest.mark.django_db
STANDARD = {"company": "見本", "name": "山田", "email": "taro@mihon.example"}


def field(kind, label="", required=True, help_text=""):
    return {"type": kind, "value": {"label": label, "required": required, "help_text": help_text}}


@pytest.fixture
def lead_form(db):
    blocks = [
        field("email"),
        field("message", "Wish", required=False),
        field("line", "Budget?"),
        field("phone", required=False),
    ]
    made = LeadForm.objects.create(name="Own", fields=blocks, consent_wording="Write to me?")
    return LeadForm.objects.get(pk=made.pk)


def standard(data=None, **more):
    return build(LeadForm(name="S"), data, **more)


# --- fields ---------------------------------------------------------------------------------------------------------------


def test_our_standard_form_asks_three_things_and_for_permission(db):
    form = standard(STANDARD)
    assert list(form.fields) == ["company", "name", "email", "website", "consent"]
    assert form.is_valid() and form.lead_fields() == {"company_name": "見本", "name": "山田"}
    assert [a["value"] for a in form.answers()] == ["見本", "山田", "taro@mihon.example"]
    assert form.cleaned_data["consent"] is False and not form.is_trapped()


def test_an_editors_form_asks_what_the_editor_wants(lead_form):
    form = build(lead_form, {"email": "taro@mihon.example", "message": "Hi", "line2": "1,000", "consent": "on"})
    assert list(form.fields) == ["email", "message", "line2", "phone", "website", "consent"]
    assert form.fields["line2"].label == "Budget?" and str(form.fields["consent"].label) == "Write to me?"
    assert form.is_valid() and form.lead_fields() == {} and form.cleaned_data["consent"] is True
    assert form.answers()[1:] == [{"label": "Wish", "value": "Hi"}, {"label": "Budget?", "value": "1,000"}]


@pytest.mark.parametrize("missing", STANDARD)
def test_what_must_be_filled_must_be_filled(missing):
    assert list(standard({**STANDARD, missing: " "}).errors) == [missing]


@pytest.mark.parametrize(
    "address", ["taro", "taro@", "a b@c.d", "x" * 300 + "@mihon.example", "taro@mihon..example", "é@mihon.example"]
)
def test_a_bad_address_is_told_in_words(address):
    form = standard({**STANDARD, "email": address})
    assert list(form.errors) == ["email"] and form.errors["email"][0]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Ｔａｒｏ＠ｍｉｈｏｎ．ｅｘａｍｐｌｅ", "taro@mihon.example"),
        ("a..b@docomo.ne.jp", "a..b@docomo.ne.jp"),
        ("info@mihon.co.jp", "info@mihon.co.jp"),
    ],
)
def test_addresses_as_people_really_write_them(written, kept):
    form = standard({**STANDARD, "email": written})
    assert form.is_valid() and form.cleaned_data["email"] == kept


def test_a_field_holds_5000_characters_and_no_more(lead_form):
    data = {"email": "taro@mihon.example", "line2": "x"}
    assert build(lead_form, {**data, "message": "長" * 5000}).is_valid()
    assert list(build(lead_form, {**data, "message": "長" * 5001}).errors) == ["message"]
    assert list(standard({**STANDARD, "name": "長" * 201}).errors) == ["name"]


@pytest.mark.parametrize("name", ["🚀", "مرحبا", "‮evil", "<script>", "' OR 1=1"])
def test_any_writing_is_an_answer(name):
    form = standard({**STANDARD, "name": name})
    assert form.is_valid() and form.lead_fields()["name"] == name


def test_nul_is_no_answer():
    assert list(standard({**STANDARD, "name": "a\x00b"}).errors) == ["name"]


@pytest.mark.parametrize("filled", ["x", "http://spam.example", " "])
def test_who_fills_what_nobody_sees_is_a_robot(filled):
    assert standard({**STANDARD, "website": filled}).is_trapped()


def test_the_visitor_is_asked_about_earlier_visits_when_the_site_wants_it():
    assert "history" in standard(asks_history=True).fields and "history" not in standard().fields


# --- which form -----------------------------------------------------------------------------------------------------------


def test_a_gated_page_shows_its_own_form_or_the_default_of_its_language_or_ours(db):
    own = LeadForm.objects.create(name="Own", fields=[])
    assert form_for(own.pk) == own and form_for(None).pk is None and form_for(99_999).pk is None
    every = LeadForm.objects.create(name="Every", fields=[], is_default=True)
    ja = LeadForm.objects.create(
        name="Ja", fields=[], is_default=True, locale=Locale.objects.get_or_create(language_code="ja")[0]
    )
    assert form_for(None, "ja") == ja == form_for(None, "ja-jp") and form_for(None, "en") == every
    assert form_for(own.pk, "ja") == own


# --- tokens ---------------------------------------------------------------------------------------------------------------


def test_a_form_token_says_which_form_was_shown_where_and_when(lead_form, home):
    assert read_token(token_for(lead_form, home, made_at=1_800_000_000)) == (lead_form.pk, home.pk, 1_800_000_000)
    assert read_token(token_for(LeadForm(), None, made_at=7)) == (0, 0, 7)


@pytest.mark.parametrize("purpose_and_length", [("pass", 16), ("form", 15), ("form", 17), ("form", 1)])
def test_a_token_of_another_kind_or_length_is_none(purpose_and_length):
    purpose, length = purpose_and_length
    assert read_token(tokens.sign(b"x" * length, purpose=purpose, keys=conf.secrets())) is None
    assert read_token("") is None and read_token("A" * 40) is None


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


@pytest.mark.parametrize("kinds", ["name", "email email", "email name name", ""])
def test_a_form_asks_for_the_address_exactly_once_and_for_each_other_thing_once(kinds):
    with pytest.raises(StreamBlockValidationError):
        FormFields().clean(LeadForm(fields=[field(kind) for kind in kinds.split()]).fields)


def test_own_questions_may_be_as_many_as_the_editor_likes():
    FormFields().clean(LeadForm(fields=[field("email"), field("line", "A?"), field("line", "B?")]).fields)


def test_wordings_are_there():
    assert str(forms.CONSENT) and str(forms.PURPOSE) and str(forms.LINKED)
