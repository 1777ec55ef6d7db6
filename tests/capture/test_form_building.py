"""A version of a form as a Django form: what is asked, how answers are read, and what they say about the lead."""

import pytest
from wagtail.blocks import StreamBlockValidationError
from wagtail.models import Locale

from tests.making import form_block, make_form
from wagtail_leads.capture.blocks import FormFields
from wagtail_leads.capture.forms import build, find_live_form, form_for
from wagtail_leads.capture.models import LeadForm
from wagtail_leads.capture.versions import standard_version, unsaved_version
from wagtail_leads.content.models import Topic
from wagtail_leads.identity.models import LeadField

pytestmark = pytest.mark.django_db
STANDARD = {"company": "見本", "name": "山田", "email": "taro@mihon.example"}
EMAIL = {"email": "taro@mihon.example"}


def standard(data=None, **more):
    return build(standard_version("en"), data, **more)


def form_of(blocks, data=None, now=None, **values):
    """The Django form of these blocks and an e-mail address."""
    made = make_form(blocks=[form_block("email"), *blocks], **values)
    version = unsaved_version(made, now=now)
    return build(version, None if data is None else {**EMAIL, **data})


def test_our_standard_form_asks_three_things_and_for_permission():
    form = standard(STANDARD)
    assert list(form.fields) == ["company", "name", "email", "website", "consent"]
    assert form.is_valid() and form.lead_fields() == {"company_name": "見本", "name": "山田"}
    assert [a["value"] for a in form.answers()] == ["見本", "山田", "taro@mihon.example"]
    assert form.cleaned_data["consent"] is False and not form.is_trapped()


def test_an_editors_form_asks_what_the_editor_wants():
    blocks = [
        form_block("message", label="Wish", required=False),
        form_block("line", id="b1", label="Budget?"),
        form_block("phone", required=False),
    ]
    data = {"message": "Hi", "q-b1": "1,000", "consent": "on"}
    form = form_of(blocks, data, consent_wording="Write to me?")
    assert list(form.fields) == ["email", "message", "q-b1", "phone", "website", "consent"]
    assert form.fields["q-b1"].label == "Budget?" and str(form.fields["consent"].label) == "Write to me?"
    assert form.is_valid(), form.errors
    assert form.lead_fields() == {} and form.cleaned_data["consent"] is True
    assert form.answers()[1:] == [{"label": "Wish", "value": "Hi"}, {"label": "Budget?", "value": "1,000"}]


def test_only_some_questions_may_be_put():
    version = standard_version("en")
    form = build(version, EMAIL, asked={"email"})
    assert list(form.fields) == ["email", "website", "consent"] and form.is_valid()


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


@pytest.mark.parametrize(
    ("kind", "most"),
    [("name", 200), ("company", 200), ("department", 200), ("job_title", 200), ("address", 300), ("message", 5000),
     ("line", 500), ("lines", 5000)],
)  # fmt: skip
def test_an_answer_is_as_long_as_it_can_be_kept_and_a_longer_one_is_told(kind, most):
    blocks = [form_block(kind, id="x", label="L")]
    name = kind if kind not in ("line", "lines") else "q-x"
    assert form_of(blocks, {name: "長" * most}).is_valid()
    assert list(form_of(blocks, {name: "長" * (most + 1)}).errors) == [name]


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


# --- about the person -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "given", "whole"), [("山田", "太郎", "山田 太郎"), ("Yamada", "Taro", "Taro Yamada"), ("山田", "", "山田")]
)
def test_family_and_given_name_make_the_name(family, given, whole):
    form = form_of([form_block("names", required=False)], {"family_name": family, "given_name": given})
    assert form.is_valid() and form.lead_fields()["name"] == whole
    assert form.lead_fields().get("family_name", "") == family


@pytest.mark.parametrize(
    ("written", "kept"), [("ヤマダ", "ヤマダ"), ("やまだ", "ヤマダ"), ("ﾔﾏﾀﾞ", "ヤマダ"), ("サンプル・ヤー", "サンプル・ヤー")]
)
def test_the_reading_is_kept_in_katakana(written, kept):
    data = {"family_name": "山田", "given_name": "太郎", "family_kana": written, "given_kana": "たろう"}
    form = form_of([form_block("names", kana=True)], data)
    assert form.is_valid(), form.errors
    assert form.lead_fields()["family_kana"] == kept and form.lead_fields()["given_kana"] == "タロウ"


@pytest.mark.parametrize("written", ["山田", "Yamada", "ヤマダ1"])
def test_what_is_no_reading_is_told(written):
    data = {"family_name": "山田", "given_name": "太郎", "family_kana": written, "given_kana": "タロウ"}
    assert list(form_of([form_block("names", kana=True)], data).errors) == ["family_kana"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [("1000001", "100-0001"), ("１００ー０００１", "100-0001"), ("〒100-0001", "100-0001"), ("SW1A 1AA", "SW1A 1AA")],
)
def test_a_postal_code_however_it_is_typed(written, kept):
    form = form_of([form_block("postal_code")], {"postal_code": written})
    assert form.is_valid() and form.lead_fields() == {"postal_code": kept}


@pytest.mark.parametrize("kind", ["phone", "mobile"])
def test_a_phone_number_is_a_number(kind):
    form = form_of([form_block(kind)], {kind: "０３－１２３４－５６７８ 内線12"})
    assert form.is_valid() and form.lead_fields()[kind].startswith("03-1234-5678")
    assert list(form_of([form_block(kind)], {kind: "call me"}).errors) == [kind]


@pytest.mark.parametrize(("language", "label"), [("ja", "東京都"), ("en", "Tokyo")])
def test_a_prefecture_is_chosen_in_the_forms_language_and_kept_in_japanese(language, label):
    from django.utils import translation

    with translation.override(language):
        form = form_of([form_block("prefecture")], {"prefecture": "東京都"})
        assert form.is_valid() and form.lead_fields() == {"prefecture": "東京都"}
        assert dict(form.fields["prefecture"].choices)["東京都"] == label and len(form.fields["prefecture"].choices) == 48
        assert list(form_of([form_block("prefecture")], {"prefecture": "Atlantis"}).errors) == ["prefecture"]


@pytest.mark.parametrize("wish", ["mail_only", "phone_fine", "no_contact"])
def test_a_wish_how_to_be_contacted(wish):
    form = form_of([form_block("contact_wish")], {"contact_wish": wish})
    assert form.is_valid() and form.lead_fields() == {"contact_wish": wish}
    assert form.answers()[-1]["value"] and form.answers()[-1]["value"] != wish, "colleagues read words"


def test_topics_that_are_wanted():
    for slug in ("pump", "lamp", "pipe"):
        Topic.objects.create(name=slug.title(), slug=slug)
    form = form_of([form_block("topics", required=False, topics=["pump", "lamp"])], {"topics": ["lamp"]})
    assert form.is_valid() and form.topics() == {"wanted": ["lamp"], "offered": ["lamp", "pump"]}
    assert form.answers()[-1]["value"] == "Lamp"
    assert form_of([form_block("topics", required=False, topics=[])], {}).fields["topics"].choices[0] == ("lamp", "Lamp")


def test_nothing_said_about_topics_is_no_refusal():
    Topic.objects.create(name="Pump", slug="pump")
    form = form_of([form_block("topics", required=False, topics=[])], {})
    assert form.is_valid() and form.topics() == {}


# --- own fields and own questions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("text", " two  words ", "two words"),
        ("long", "a\nb", "a\nb"),
        ("number", "１，２００", "1200"),
        ("date", "2026-11-20", "2026-11-20"),
        ("yes_no", "no", "no"),
        ("choice", "B", "B"),
        ("choices", ["A", "B"], ["A", "B"]),
    ],
)
def test_a_field_of_the_sites_own_is_asked_by_its_kind(kind, typed, kept, now):
    from wagtail_leads.identity import own_fields

    field = LeadField.objects.create(key="own", label="Our own", kind=kind, choices="A\nB")
    form = form_of([form_block("own_field", id="f", field="own")], {"q-f": typed})
    assert form.fields["q-f"].label == "Our own"
    assert form.is_valid(), form.errors
    assert form.extra() == {"own": kept}
    assert own_fields.fits(field, form.extra()["own"]), "identity reads it"


def test_a_field_that_was_deleted_is_not_asked_any_more():
    assert list(form_of([form_block("own_field", id="f", field="gone")]).fields) == ["email", "website", "consent"]


@pytest.mark.parametrize(
    ("kind", "typed", "words"),
    [
        ("line", "one\r\nline", "one line"),
        ("lines", "two\r\nlines", "two\nlines"),
        ("number", "1,200.50", "1200.5"),
        ("url", "example.com/a", "https://example.com/a"),
        ("other_email", "boss@mihon.example", "boss@mihon.example"),
        ("tick", "on", "Yes"),
        ("ticks", ["A", "C"], "A, C"),
        ("select", "B", "B"),
        ("multiselect", ["A", "B"], "A, B"),
        ("radio", "C", "C"),
        ("date", "2026-11-20", "2026-11-20"),
        ("datetime", "2026-11-20T09:30", "2026-11-20 09:30"),
        ("hidden", "spring", "spring"),
    ],
)
def test_own_questions_of_each_kind(kind, typed, words):
    form = form_of([form_block(kind, id="x", label="Q", choices="A\nB\n\nC\nA", value="v")], {"q-x": typed})
    assert form.is_valid(), form.errors
    assert form.answers()[1:] == [{"label": "Q", "value": words}]


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("number", "many"),
        ("number", "NaN"),
        ("url", "javascript:alert(1)"),
        ("url", "no address"),
        ("other_email", "nobody"),
        ("ticks", ["A", "Z"]),
        ("select", "Z"),
        ("radio", ""),
        ("date", "tomorrow"),
        ("datetime", "2026-13-40T99:99"),
        ("tick", ""),
    ],
)
def test_what_does_not_fit_a_question_is_told(kind, typed):
    form = form_of([form_block(kind, id="x", label="Q", choices="A\nB")], {"q-x": typed})
    assert list(form.errors) == ["q-x"]


def test_an_agreement_must_be_ticked_and_is_no_permission_to_write():
    blocks = [form_block("agreement", id="a", text="I agree.", link_text="Policy", url="https://example.com/p")]
    assert list(form_of(blocks, {}).errors) == ["q-a"]
    form = form_of(blocks, {"q-a": "on"})
    assert form.is_valid() and form.cleaned_data["consent"] is False
    assert form.asked[-1].question["url"] == "https://example.com/p" and form.asked[-1].layout == "box"


def test_a_newsletter_is_sent_to_nobody_who_did_not_tick():
    assert list(form_of([], {}, purpose="newsletter").errors) == ["consent"]
    assert form_of([], {"consent": "on"}, purpose="newsletter").is_valid()
    assert form_of([], {}, purpose="document").is_valid(), "the paper never depends on the box"


# --- which questions make a form ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kinds", ["name", "email email", "email name name", "email name names", ""])
def test_a_form_asks_for_the_address_exactly_once_and_for_each_other_thing_once(kinds):
    with pytest.raises(StreamBlockValidationError):
        FormFields().clean(LeadForm(fields=[form_block(kind) for kind in kinds.split()]).fields)


def test_own_questions_may_be_as_many_as_the_editor_likes():
    blocks = [form_block("email"), form_block("line", label="A?"), form_block("line", label="B?")]
    FormFields().clean(LeadForm(fields=blocks).fields)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("line", {"label": ""}),
        ("select", {"label": "Q", "choices": "only one"}),
        ("agreement", {"text": "I agree", "link_text": "Policy"}),
        ("own_field", {"field": "unknown"}),
    ],
)
def test_a_question_that_cannot_be_asked_is_told_to_the_editor(kind, value):
    with pytest.raises(StreamBlockValidationError):
        FormFields().clean(LeadForm(fields=[form_block("email"), form_block(kind, **value)]).fields)


# --- which form -----------------------------------------------------------------------------------------------------


def test_a_gated_page_shows_its_own_form_or_the_default_of_its_language_or_ours():
    own = make_form(name="Own")
    assert form_for(own.pk) == own and form_for(None).pk is None and form_for(99_999).pk is None
    every = make_form(name="Every", is_default=True)
    ja = make_form(name="Ja", is_default=True, locale=Locale.objects.get_or_create(language_code="ja")[0])
    assert form_for(None, "ja") == ja == form_for(None, "ja-jp") and form_for(None, "en") == every
    assert form_for(own.pk, "ja") == own


def test_a_form_that_has_a_translation_is_shown_in_the_pages_language():
    own = make_form(name="Own", slug="news")
    ja = own.copy_for_translation(Locale.objects.get_or_create(language_code="ja")[0])
    ja.live = True
    ja.save()
    assert form_for(own.pk, "ja") == ja and form_for(ja.pk, "en") == own
    assert ja.slug == "news-ja", "an address leads to one form"
    LeadForm.objects.filter(pk=ja.pk).update(live=False)
    assert form_for(own.pk, "ja") == own, "a draft is shown to nobody"


def test_a_form_is_found_by_its_address_or_number_while_it_is_live():
    own = make_form(name="Own", slug="news")
    assert find_live_form("news") == find_live_form(str(own.pk)) == find_live_form(own.pk) == own
    for wrong in ("", "x", "0", "9" * 30, "²"):
        assert find_live_form(wrong) is None
    LeadForm.objects.filter(pk=own.pk).update(live=False)
    assert find_live_form("news") is None
