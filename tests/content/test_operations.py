from datetime import datetime, timezone

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from wagtail.contrib.frontend_cache.backends.base import BaseBackend
from wagtail.models import GroupPagePermission, Locale, Page, PageLogEntry

from tests.testsite.models import ArticlePage
from wagtail_leads.content.models import PagePolicy, Topic
from wagtail_leads.content.operations import LOG_ACTION, find_or_create_topics, mark_page
from wagtail_leads.content.queries import find_unmarked, topic_names
from wagtail_leads.logic.kinds import ContentKind

NOW = datetime(2026, 10, 1, 9, 0, tzinfo=timezone.utc)
pytestmark = pytest.mark.django_db


@pytest.fixture
def home():
    return Page.objects.get(depth=2)


@pytest.fixture
def page(home):
    return home.add_child(instance=ArticlePage(title="White paper", slug="paper"))


@pytest.fixture
def boss():
    return User.objects.create_superuser("boss", "boss@example.com", "x")


def test_marks_are_written_and_stand_in_the_history_of_the_page(page, boss):
    policy = mark_page(
        page,
        user=boss,
        now=NOW,
        gated=True,
        high_intent=False,
        teaser="Soon",
        topics=["Seals", "シール材"],
        content_kind="catalogue",
    )
    assert (policy.gated, policy.teaser, policy.updated_at) == (True, "Soon", NOW)
    assert topic_names(page.pk) == ["Seals", "シール材"]
    entry = PageLogEntry.objects.get(action=LOG_ACTION)
    assert (entry.user, entry.page_id, entry.data["gated"]) == (boss, page.pk, True)
    assert "gated" in str(entry.message).lower()


def test_marking_again_with_the_same_marks_is_not_logged_twice(page, boss):
    for _again in range(2):
        mark_page(page, user=boss, now=NOW, gated=True, high_intent=True, topics=["A"])
    assert PageLogEntry.objects.filter(action=LOG_ACTION).count() == 1
    mark_page(page, user=boss, now=NOW, gated=False, high_intent=True, topics=["A"])
    newest = PageLogEntry.objects.filter(action=LOG_ACTION).order_by("-pk").first()
    assert newest.data["was_gated"] is True
    assert PagePolicy.objects.count() == 1


def test_translations_get_the_marks_but_keep_their_own_teaser_and_form(page, boss):
    ja = Locale.objects.create(language_code="ja")
    translated = page.copy_for_translation(ja, copy_parents=True)
    PagePolicy.objects.create(page=translated, teaser="もうすぐ", form_id=7, updated_at=NOW)
    mark_page(page, user=boss, now=NOW, gated=True, high_intent=True, teaser="Soon", form_id=3, topics=["A"])
    other = PagePolicy.objects.get(pk=translated.pk)
    assert (other.gated, other.high_intent, other.teaser, other.form_id) == (True, True, "もうすぐ", 7)
    assert topic_names(translated.pk) == ["A"]
    mark_page(page, user=boss, now=NOW, gated=False, high_intent=False, translations=False)
    other.refresh_from_db()
    assert other.gated is True


def test_translations_that_the_editor_may_not_publish_are_left_alone(page):
    ja = Locale.objects.create(language_code="ja")
    translated = page.copy_for_translation(ja, copy_parents=True)
    group = Group.objects.create(name="English editors")
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    for codename in ("change_page", "publish_page"):
        GroupPagePermission.objects.create(
            group=group, page=page, permission=Permission.objects.get(codename=codename)
        )
    editor = User.objects.create_user("ed", "ed@example.com", "x")
    editor.groups.add(group)
    mark_page(page, user=editor, now=NOW, gated=True, high_intent=False)
    assert PagePolicy.objects.filter(pk=page.pk, gated=True).exists()
    assert not PagePolicy.objects.filter(pk=translated.pk).exists()


def test_a_topic_is_found_whatever_its_width_and_case():
    (made,) = find_or_create_topics(["IoT"])
    assert find_or_create_topics(["ＩｏＴ", " iot ", ""]) == [made]
    assert Topic.objects.count() == 1


def test_topics_whose_short_names_collide_are_two_topics():
    made = find_or_create_topics(["C", "C++", "シール", "シ-ル"])
    assert len({topic.slug for topic in made}) == 4
    assert all(topic.slug.isascii() and " " not in topic.slug for topic in made)


def test_very_long_topic_names_are_cut_to_what_fits():
    (made,) = find_or_create_topics(["x" * 300])
    assert find_or_create_topics(["x" * 300]) == [made]


def test_unmarked_price_pages_are_found_and_marked_ones_not(home, boss, django_assert_num_queries):
    price = home.add_child(instance=Page(title="料金", slug="a"))
    home.add_child(instance=Page(title="Priceless", slug="b"))
    home.add_child(instance=Page(title="Pricing (draft)", slug="c", live=False))
    home.add_child(instance=ArticlePage(title="The price of waiting", slug="d"))
    find_unmarked((ContentKind.PRICE,), limit=5)  # content types are cached from here on
    with django_assert_num_queries(1):
        found = find_unmarked((ContentKind.PRICE, ContentKind.CASE_STUDY), limit=5)
    assert [(page.pk, kind) for page, kind in found] == [(price.pk, ContentKind.PRICE)]
    mark_page(price, user=boss, now=NOW, gated=False, high_intent=True)
    assert find_unmarked((ContentKind.PRICE,), limit=5) == []




purged = []


class RecordingBackend(BaseBackend):
    def purge(self, url):
        purged.append(url)


def test_marking_purges_the_front_end_cache(
    page, boss, settings, monkeypatch, django_capture_on_commit_callbacks
):
    # Really installing it would build Wagtail's URLs a second time, which django-ninja refuses.
    real = apps.is_installed
    monkeypatch.setattr(apps, "is_installed", lambda name: name == "wagtail.contrib.frontend_cache" or real(name))
    settings.WAGTAILFRONTENDCACHE = {"test": {"BACKEND": "tests.content.test_operations.RecordingBackend"}}
    purged.clear()
    with django_capture_on_commit_callbacks(execute=True):
        mark_page(page, user=boss, now=NOW, gated=True, high_intent=False)
    assert any(url.endswith("/paper/") for url in purged)
