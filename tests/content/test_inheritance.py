"""Marks follow the tree: below, into aliases, with copies and moves; and nothing gated becomes open unnoticed."""

import pytest
from wagtail.actions.convert_alias import ConvertAliasPageAction
from wagtail.models import Locale

from tests.testsite.models import ArticlePage
from wagtail_leads.content.inheritance import settle, source_above
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.content.operations import change_marks, mark_page, unmark_page

pytestmark = pytest.mark.django_db


def add(parent, slug, **values):
    return parent.add_child(instance=ArticlePage(title=slug.title(), slug=slug, body="<p>Secret</p>", **values))


@pytest.fixture
def tree(home):
    """section > a > b, and another section beside it."""
    section = add(home, "section")
    a = add(section, "a")
    return {"section": section, "a": a, "b": add(a, "b"), "other": add(home, "other")}


def marked(page, now, **values):
    return mark_page(page, user=None, now=now, **{"gated": True, "high_intent": False, **values})


def gated(page) -> bool:
    return PagePolicy.objects.filter(pk=page.pk, gated=True).exists()


def test_pages_below_get_the_marks_new_ones_too_and_their_own_win(tree, now):
    marked(tree["b"], now, gated=False, high_intent=True)
    marked(tree["section"], now, applies_below=True, topics=["Seals"], teaser="Members")
    heir = PagePolicy.objects.get(pk=tree["a"].pk)
    assert heir.gated and heir.inherited_from_id == tree["section"].pk and heir.teaser == "Members"
    assert [topic.name for topic in heir.topics.all()] == ["Seals"]
    assert not gated(tree["b"]), "marked itself"
    assert gated(add(tree["a"], "new")) and not gated(tree["other"])


def test_what_is_not_handed_down_any_more_is_taken_back(tree, now):
    marked(tree["section"], now, applies_below=True)
    marked(tree["section"], now, applies_below=False)
    assert gated(tree["section"]) and not gated(tree["a"]) and not gated(tree["b"])


def test_the_nearest_page_above_that_hands_down_counts(tree, now):
    marked(tree["section"], now, applies_below=True)
    marked(tree["a"], now, gated=False, applies_below=True)
    assert not gated(tree["b"])
    unmark_page(tree["a"], user=None, now=now)
    assert gated(tree["a"]) and gated(tree["b"]), "the section's again"
    assert source_above(tree["b"]).pk == tree["section"].pk


def test_changing_one_mark_of_an_heir_makes_the_rest_its_own(tree, now):
    marked(tree["section"], now, applies_below=True, topics=["Seals"], content_kind="article")
    change_marks(tree["a"], user=None, now=now, high_intent=True, add_topics=["Pumps"])
    own = PagePolicy.objects.get(pk=tree["a"].pk)
    assert (own.gated, own.high_intent, own.content_kind, own.inherited_from) == (True, True, "article", None)
    assert sorted(topic.name for topic in own.topics.all()) == ["Pumps", "Seals"]


def test_a_page_moved_in_is_gated_and_one_moved_out_is_open(tree, now):
    marked(tree["section"], now, applies_below=True)
    tree["other"].move(tree["section"], pos="last-child")
    assert gated(tree["other"])
    tree["a"].refresh_from_db()
    tree["a"].move(tree["section"].get_parent(), pos="last-child")
    assert not gated(tree["a"]) and not gated(tree["b"])


def test_a_copy_is_marked_as_its_original_with_all_below(tree, now):
    marked(tree["a"], now, applies_below=True, topics=["Seals"], teaser="Soon")
    marked(tree["b"], now, high_intent=True)
    copy = tree["a"].copy(recursive=True, to=tree["other"], update_attrs={"slug": "copy"}, keep_live=True)
    own = PagePolicy.objects.get(pk=copy.pk)
    assert own.gated and own.applies_below and own.teaser == "Soon" and own.inherited_from is None
    child = copy.get_children().get()
    assert PagePolicy.objects.get(pk=child.pk).high_intent


def test_a_copy_of_an_heir_has_what_its_new_place_gives(tree, now):
    marked(tree["section"], now, applies_below=True)
    outside = tree["a"].copy(to=tree["other"], update_attrs={"slug": "outside"})
    inside = tree["a"].copy(to=tree["section"], update_attrs={"slug": "inside"})
    assert not gated(outside) and gated(inside)


def test_a_translation_is_gated_from_its_first_moment_without_texts_in_another_language(tree, now):
    ja = Locale.objects.get_or_create(language_code="ja")[0]
    marked(tree["a"], now, teaser="Soon", form_id=7, content_kind="price")
    translated = tree["a"].copy_for_translation(ja, copy_parents=True)
    own = PagePolicy.objects.get(pk=translated.pk)
    assert (own.gated, own.content_kind, own.teaser, own.form_id) == (True, "price", "", None)


def test_an_alias_has_its_originals_marks_before_and_after(tree, now):
    before = tree["b"].create_alias(parent=tree["other"], update_slug="before")
    assert not gated(before)
    marked(tree["b"], now, topics=["Seals"])
    after = tree["b"].create_alias(parent=tree["other"], update_slug="after")
    assert gated(before) and gated(after)
    marked(tree["b"], now, gated=False)
    assert not gated(before) and not gated(after)


def test_an_alias_of_an_heir_is_gated_too(tree, now):
    alias = tree["b"].create_alias(parent=tree["other"], update_slug="alias")
    marked(tree["section"], now, applies_below=True)
    assert gated(alias)


def test_an_alias_stays_gated_when_it_becomes_a_page_of_its_own(tree, now, django_user_model):
    marked(tree["b"], now)
    alias = tree["b"].create_alias(parent=tree["other"], update_slug="alias")
    ConvertAliasPageAction(alias).execute(skip_permission_checks=True)
    settle(tree["other"], now=now)
    assert gated(alias) and PagePolicy.objects.get(pk=alias.pk).inherited_from is None


def test_an_alias_stays_gated_when_its_original_is_deleted(tree, now):
    marked(tree["b"], now)
    alias = tree["b"].create_alias(parent=tree["other"], update_slug="alias")
    tree["b"].delete()
    settle(tree["other"], now=now)
    assert gated(alias)


def test_deleting_a_page_takes_its_marks_along(tree, now):
    marked(tree["section"], now, applies_below=True)
    tree["section"].delete()
    assert not PagePolicy.objects.exists()


def test_where_nothing_is_handed_down_a_new_page_costs_little(tree, now, django_assert_max_num_queries):
    marked(tree["b"], now)
    with django_assert_max_num_queries(5):
        settle(tree["a"], now=now)


def test_a_big_section_is_written_in_constant_queries_a_chunk(home, now, django_assert_max_num_queries):
    section = add(home, "big")
    for number in range(60):
        add(section, f"p{number}")
    with django_assert_max_num_queries(45):
        marked(section, now, applies_below=True)
    assert PagePolicy.objects.filter(gated=True).count() == 61
