"""A gated document that a gated page or part links comes with it: nobody is asked for the same thing twice."""

import uuid

from django.contrib.contenttypes.models import ContentType
from wagtail.models import ReferenceIndex

from wagtail_leads.capture.gate import Place, block_place
from wagtail_leads.capture.gated_block import NAMESPACE
from wagtail_leads.content.gates import PAGE
from wagtail_leads.content.models import PagePolicy


def comes_with(document, passed: list[Place]) -> bool:
    """Does a page or part that this browser has opened link the document? By Wagtail's index of references."""
    pages = {place.pk for place in passed if place.kind in ("page", "block")}
    if not pages:
        return False
    links = ReferenceIndex.objects.filter(
        base_content_type=ContentType.objects.get_for_model(PAGE),
        object_id__in=[str(pk) for pk in pages],
        to_content_type=ContentType.objects.get_for_model(type(document)),
        to_object_id=str(document.pk),
    )
    named = [(int(pk), path) for pk, path in links.values_list("object_id", "content_path")]
    if not named:
        return False
    # a pass for a page that is open to all by now is no reason
    gated = set(PagePolicy.objects.filter(gated=True, pk__in=pages).values_list("pk", flat=True))
    opened = {place.pk for place in passed if place.kind == "page"} & gated
    return any(pk in opened or not _parts_around(pk, path).isdisjoint(passed) for pk, path in named)


def _parts_around(page_pk: int, content_path: str) -> set[Place]:
    """The gated parts that may stand around a reference: `body.<id of a block>.part.inside.<id of a block>`."""
    steps = content_path.split(".")
    ways = ("/".join(steps[first:last]) for first in range(len(steps)) for last in range(first + 1, len(steps) + 1))
    return {block_place(page_pk, uuid.uuid5(NAMESPACE, way).hex) for way in ways}
