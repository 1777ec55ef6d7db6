"""The marks of pages as plain values, to be stamped on activities when they are recorded."""

from collections.abc import Iterable
from dataclasses import dataclass

from wagtail_leads.content.models import PagePolicy


@dataclass(frozen=True, kw_only=True)
class Marks:
    gated: bool = False
    high_intent: bool = False
    content_kind: str = ""
    purchase_stage: str = ""
    #: Slugs separated by spaces, at most 255 characters.
    topics: str = ""


def marks_of(page_ids: Iterable[int | None]) -> dict[int, Marks]:
    """Marks by page id, two queries for any number of pages; unmarked pages are absent."""
    wanted = {page_id for page_id in page_ids if page_id is not None}
    if not wanted:
        return {}
    policies = PagePolicy.objects.filter(pk__in=wanted).prefetch_related("topics")
    return {
        policy.pk: Marks(
            gated=policy.gated,
            high_intent=policy.high_intent,
            content_kind=policy.content_kind,
            purchase_stage=policy.purchase_stage,
            topics=joined([topic.slug for topic in policy.topics.all()]),
        )
        for policy in policies
    }


def joined(slugs: list[str]) -> str:
    """Slugs as one text of at most 255 characters; what does not fit is left out."""
    text = ""
    for slug in slugs:
        longer = f"{text} {slug}".strip()
        if len(longer) > 255:
            break
        text = longer
    return text


def titles_of(page_ids: Iterable[int | None]) -> dict[int, str]:
    """Titles by page id, one query."""
    wanted = {page_id for page_id in page_ids if page_id is not None}
    if not wanted:
        return {}
    page_model = PagePolicy._meta.get_field("page").related_model
    return dict(page_model.objects.filter(pk__in=wanted).values_list("pk", "title"))
