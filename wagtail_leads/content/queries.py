"""Reads of page marks over more than one table (the marks stamped on facts are in `marks.py`)."""

from functools import reduce
from operator import or_

import swapper
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Q
from wagtail.models import get_page_models

from wagtail_leads.content.guesses import guess_content_kind, words_of
from wagtail_leads.content.models import PagePolicy, Topic
from wagtail_leads.logic.kinds import ContentKind


def topic_names(page_id: int) -> list[str]:
    """Names of a page's topics in alphabetical order."""
    through = PagePolicy.topics.through.objects.filter(pagepolicy_id=page_id)
    return list(Topic.objects.filter(pk__in=through.values("topic_id")).values_list("name", flat=True))


def find_marked_pages():
    """Every policy with its page, the most recently changed first."""
    policies = PagePolicy.objects.select_related("page", "problem", "inherited_from").prefetch_related("topics")
    return policies.order_by("-updated_at", "pk")


def matrix_of() -> dict[tuple[str, int | None], int]:
    """(key of the purchase stage, pk of the problem) -> how many live pages, each with its translations as one. One query."""
    policies = PagePolicy.objects.filter(page__live=True, page__alias_of__isnull=True)
    cells = policies.order_by().values_list("purchase_stage", "problem")
    return {(stage, problem): n for stage, problem, n in cells.annotate(n=Count("page__translation_key", distinct=True))}


def find_without_kind():
    """Live pages of which nobody said what kind of content they are, in the order of the tree."""
    Page = swapper.load_model("wagtailcore", "Page")
    said = PagePolicy.objects.exclude(content_kind="")
    return Page.objects.live().filter(depth__gt=2, alias_of__isnull=True).exclude(pk__in=said.values("pk")).order_by("path")


def guess_kind(page) -> ContentKind:
    """What kind of content a page looks like, by type, title and short name."""
    return guess_content_kind(_type_name(page), page.title, page.slug)


def find_unmarked(kinds: tuple[ContentKind, ...], *, limit: int) -> list[tuple]:
    """(page, guessed kind) of live pages without marks that look like one of `kinds`, by type, title or slug. One query.

    The database searches coarsely (a word anywhere), the guess then decides; so at most `4 * limit` pages are read.
    """
    Page = swapper.load_model("wagtailcore", "Page")
    marked = PagePolicy.objects.exclude(content_kind="", gated=False, high_intent=False)
    pages = (
        Page.objects.live()
        .filter(_looks_like(kinds), depth__gt=2, alias_of__isnull=True)
        .exclude(pk__in=marked.values("pk"))
        .order_by("path")[: 4 * limit]
    )
    guessed = ((page, guess_kind(page)) for page in pages)
    return [(page, kind) for page, kind in guessed if kind in kinds][:limit]


def _looks_like(kinds: tuple[ContentKind, ...]) -> Q:
    words = {spelling for kind in kinds for word in words_of(kind) for spelling in (word, word.replace("-", " "))}
    looks = reduce(or_, (Q(title__icontains=word) | Q(slug__icontains=word) for word in sorted(words)))
    if ContentKind.CASE_STUDY in kinds:
        looks |= Q(slug__startswith="case")
    types = [model for model in get_page_models() if guess_content_kind(model.__name__, "", "") in kinds]
    return looks | Q(content_type__in=ContentType.objects.get_for_models(*types).values())


def _type_name(page) -> str:
    return page.specific_class.__name__ if page.specific_class else ""
