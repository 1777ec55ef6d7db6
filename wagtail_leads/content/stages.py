"""The ordered list of purchase stages: the site's own, or the seven that ship while nobody changed anything."""

import re
from dataclasses import dataclass

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import pgettext

from wagtail_leads.content.models import PURCHASE_STAGE_LABELS, BuyingStage
from wagtail_leads.logic.kinds import PurchaseStage

#: Presets: keys in their order. Names and explanations are `PURCHASE_STAGE_LABELS` until somebody writes others.
PRESETS = {
    "seven": (
        PurchaseStage.ATTENTION,
        PurchaseStage.INTEREST,
        PurchaseStage.IMAGINATION,
        PurchaseStage.DESIRE,
        PurchaseStage.COMPARISON,
        PurchaseStage.CONVICTION,
        PurchaseStage.ACTION,
    ),
    "aidma": (
        PurchaseStage.ATTENTION,
        PurchaseStage.INTEREST,
        PurchaseStage.DESIRE,
        PurchaseStage.MEMORY,
        PurchaseStage.ACTION,
    ),
}
#: Between name and explanation in a label that ships, in English and in Japanese.
_BETWEEN = re.compile(" – |：")


@dataclass(frozen=True, kw_only=True)
class StageWords:
    """One stage as it is shown."""

    key: str
    name: str
    explanation: str = ""


def stage_list() -> list[StageWords]:
    """The stages in their order, with the words of today. One query."""
    own = list(BuyingStage.objects.all())
    return [_own(stage) for stage in own] if own else [shipped(key.value) for key in PRESETS["seven"]]


def shipped(key: str) -> StageWords:
    """A stage that ships, in the reader's language."""
    name, *rest = _BETWEEN.split(str(PURCHASE_STAGE_LABELS.get(key, key)), maxsplit=1)
    return StageWords(key=key, name=name, explanation="".join(rest))


def _own(stage: BuyingStage) -> StageWords:
    if not stage.name:
        return shipped(stage.key)
    return StageWords(key=stage.key, name=stage.name, explanation=stage.explanation)


def stage_choices() -> list[tuple[str, str]]:
    """(key, name with explanation) in order."""
    return [
        (stage.key, pgettext("purchase stage, explanation", "%(name)s – %(explanation)s") % vars(stage))
        if stage.explanation
        else (stage.key, stage.name)
        for stage in stage_list()
    ]


def stage_names() -> dict[str, str]:
    """Name by key: of the list, and of stages that ship and are not on it."""
    known = {key.value: shipped(key.value).name for key in PURCHASE_STAGE_LABELS}
    return known | {stage.key: stage.name for stage in stage_list()}


def save_stages(rows: list[StageWords]) -> None:
    """Make this the list, in this order. A stage without key is new. One that is left out is gone from the list; pages that
    name it keep their mark until somebody changes it."""
    with transaction.atomic():
        kept = []
        for position, row in enumerate(rows):
            key = row.key or _free_key(row.name)
            standard = shipped(key)
            is_standard = (row.name, row.explanation) == (standard.name, standard.explanation)
            words = {"name": "", "explanation": ""} if is_standard else {"name": row.name, "explanation": row.explanation}
            BuyingStage.objects.update_or_create(key=key, defaults={**words, "position": position})
            kept.append(key)
        BuyingStage.objects.exclude(key__in=kept).delete()


def take_preset(name: str) -> None:
    """Replace the list by one that ships. KeyError for an unknown name."""
    save_stages([shipped(key.value) for key in PRESETS[name]])


def _free_key(name: str) -> str:
    """A short name that no stage has: from Latin letters, else numbered."""
    wanted = slugify(name)[:16] or "stage"
    taken = set(BuyingStage.objects.values_list("key", flat=True)) | {key.value for key in PURCHASE_STAGE_LABELS}
    if wanted not in taken and wanted != "stage":
        return wanted
    number = 1
    while f"{wanted}-{number}" in taken:
        number += 1
    return f"{wanted}-{number}"
