"""A gated document that a gated page or part links comes with it: nobody is asked for the same thing twice."""

import uuid
from collections.abc import Callable

from django.contrib.contenttypes.models import ContentType
from wagtail.models import ReferenceIndex

from wagtail_leads.capture.gate import Place, block_place, is_stage_in
from wagtail_leads.capture.gated_block import NAMESPACE
from wagtail_leads.content.gates import PAGE
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.logic.kinds import GateBy


def comes_with(document, passed: list[Place], stage: Callable[[], str] = str) -> bool:
    """Does a page or part that is open to this browser link the document? By Wagtail's index of references.

    `stage` is asked only where a page for certain stages links it: there a filled form opens nothing.
    """
    links = ReferenceIndex.objects.filter(
        base_content_type=ContentType.objects.get_for_model(PAGE),
        to_content_type=ContentType.objects.get_for_model(type(document)),
        to_object_id=str(document.pk),
    )
    named = [(int(pk), path) for pk, path in links.values_list("object_id", "content_path")]
    if not named:
        return False
    opened = _opened({pk for pk, _path in named}, passed, stage)
    return any(pk in opened or not _parts_around(pk, path).isdisjoint(passed) for pk, path in named)


def _opened(pages: set[int], passed: list[Place], stage: Callable[[], str]) -> set[int]:
    """Those of the pages whose gate lets this browser in; a pass for a page that is open to all by now is no reason."""
    gated = list(PagePolicy.objects.filter(gated=True, pk__in=pages).only("page_id", "gate_by", "gate_stages"))
    members = [policy for policy in gated if policy.gate_by == GateBy.STAGE]
    here = stage() if members else ""
    let_in = {policy.pk for policy in members if is_stage_in(policy, here)}
    by_form = {policy.pk for policy in gated if policy.gate_by != GateBy.STAGE}
    return let_in | ({place.pk for place in passed if place.kind == "page"} & by_form)


def _parts_around(page_pk: int, content_path: str) -> set[Place]:
    """The gated parts that may stand around a reference: `body.<id of a block>.part.inside.<id of a block>`."""
    steps = content_path.split(".")
    ways = ("/".join(steps[first:last]) for first in range(len(steps)) for last in range(first + 1, len(steps) + 1))
    return {block_place(page_pk, uuid.uuid5(NAMESPACE, way).hex) for way in ways}
