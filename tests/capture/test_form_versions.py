"""What visitors saw of a form never changes; tokens say which version was shown, where and when."""

import threading

import pytest
from django.db import connection
from django.utils import translation

from tests.making import form_block, make_form
from wagtail_leads import conf
from wagtail_leads.capture.models import LeadFormVersion
from wagtail_leads.capture.placements import (
    Placement,
    Shown,
    Where,
    read_old_token,
    read_thanks_token,
    read_token,
    thanks_token,
    token_for,
)
from wagtail_leads.capture.versions import standard_version, version_for
from wagtail_leads.identity.models import LeadField
from wagtail_leads.logic import tokens


@pytest.mark.django_db
class TestVersions:
    def test_showing_a_form_again_makes_no_second_version(self, now, django_assert_num_queries):
        form = make_form()
        first = version_for(form, now=now)
        assert first.number == 1 and first.made_at == now and first.language == "en"
        with django_assert_num_queries(1):
            assert version_for(form, now=now) == first

    @pytest.mark.parametrize(
        "change",
        [
            {"heading": "Another"},
            {"consent_wording": "May we?"},
            {"purpose_text": "For fun."},
            {"thanks_text": "Bye"},
            {"purpose": "inquiry"},
            {"fields": [form_block("email"), form_block("line", label="Budget?")]},
        ],
    )
    def test_whatever_visitors_see_makes_a_new_one_and_the_old_one_stays(self, now, change):
        form = make_form()
        before = version_for(form, now=now)
        old = dict(before.definition)
        for name, value in change.items():
            setattr(form, name, value)
        form.save()
        form.refresh_from_db()
        after = version_for(form, now=now)
        before.refresh_from_db()
        assert (after.number, before.number, before.definition) == (2, 1, old)

    @pytest.mark.parametrize("change", [{"opens_todo": True}, {"notify": "a@b.example"}, {"is_default": True}])
    def test_what_visitors_do_not_see_makes_none(self, now, change):
        form = make_form()
        version_for(form, now=now)
        for name, value in change.items():
            setattr(form, name, value)
        assert version_for(form, now=now).number == 1

    def test_a_change_of_an_own_field_is_a_change_of_the_forms_that_ask_for_it(self, now):
        LeadField.objects.create(key="size", label="Size", kind="choice", choices="S\nL")
        form = make_form(blocks=[form_block("email"), form_block("own_field", id="f", field="size")])
        version_for(form, now=now)
        LeadField.objects.update(choices="S\nM\nL")
        assert version_for(form, now=now).number == 2

    def test_publishing_makes_the_version(self, now):
        form = make_form()
        form.heading = "Published"
        form.save_revision().publish()
        assert LeadFormVersion.objects.get(form=form).definition["heading"] == "Published"

    def test_a_draft_makes_none(self, now):
        form = make_form()
        version_for(form, now=now)
        form.heading = "Draft"
        form.save_revision()
        form.refresh_from_db()
        assert version_for(form, now=now).number == 1

    def test_standard_words_are_in_the_forms_language(self, now):
        with translation.override("ja"):
            version = version_for(make_form(), now=now)
        assert version.consent_wording.startswith("You may write"), "the form is English, whoever looks at it"

    def test_a_deleted_form_leaves_what_was_shown(self, now):
        form = make_form()
        version = version_for(form, now=now)
        form.delete()
        version.refresh_from_db()
        assert version.form_id is None and version.definition["questions"]

    def test_our_standard_form_is_not_stored(self):
        assert standard_version("en").pk is None
        assert [q["name"] for q in standard_version("en").definition["questions"]] == ["company", "name", "email"]


@pytest.mark.django_db(transaction=True)
def test_two_readers_of_a_changed_form_get_one_version(site, now):
    if connection.vendor == "sqlite":
        pytest.skip("an SQLite test database in memory has one connection")
    form, found = make_form(), []

    def read():
        try:
            found.append(version_for(form, now=now).number)
        finally:
            connection.close()

    readers = [threading.Thread(target=read) for _n in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert len(found) == 4 and LeadFormVersion.objects.count() == len(set(found)) == 1


# --- tokens ---------------------------------------------------------------------------------------------------------

DAY = 86_400
NOON = 20_000 * DAY + DAY // 2


@pytest.mark.parametrize(
    "placement",
    [
        Placement(where=Where.GATE, page_id=7),
        Placement(where=Where.OWN_PAGE),
        Placement(where=Where.DOCUMENT, object_id=2**40),
        Placement(where=Where.PART, page_id=7, block="12345678-1234-5678-1234-567812345678"),
    ],
)
def test_a_token_says_which_version_was_shown_where_and_when(placement):
    assert read_token(token_for(3, placement, made_at=NOON)) == Shown(version_id=3, placement=placement, made_at=NOON)
    assert read_thanks_token(thanks_token(3, placement)) == (3, placement)


def test_of_a_page_that_may_be_cached_a_token_is_the_same_all_day():
    placement = Placement(where=Where.BLOCK, page_id=7)
    assert token_for(3, placement, made_at=NOON) == token_for(3, placement, made_at=NOON + 9999)
    assert token_for(3, placement, made_at=NOON) != token_for(3, placement, made_at=NOON + DAY)
    shown = read_token(token_for(3, placement, made_at=NOON))
    assert not shown.is_too_quick(NOON, 5) and not shown.is_too_old(NOON + 40 * DAY) and shown.is_too_old(NOON + 50 * DAY)


def test_a_token_of_the_first_package_is_still_known():
    import struct

    old = tokens.sign(struct.pack(">IIQ", 4, 7, NOON), purpose="form", keys=conf.secrets())
    assert read_token(old) is None
    shown = read_old_token(old)
    assert (shown.form_id, shown.placement.page_id, shown.placement.where) == (4, 7, Where.GATE)


@pytest.mark.parametrize(
    ("purpose", "payload"),
    [("pass", b"x" * 33), ("lead-form", b"x" * 15), ("lead-form", b"\x00" * 33), ("lead-form", b"\x00" * 40),
     ("thanks", b"\x00" * 25), ("form", b"x")],
)  # fmt: skip
def test_a_token_of_another_kind_or_length_is_none(purpose, payload):
    token = tokens.sign(payload, purpose=purpose, keys=conf.secrets())
    for text in (token, "", "A" * 60, token[:-1], token + "A"):
        assert read_token(text) is None and read_old_token(text) is None and read_thanks_token(text) is None
