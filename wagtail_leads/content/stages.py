"""The ordered list of purchase stages: the site's own, or the seven that ship while nobody changed anything."""

from wagtail_leads.content.models import PURCHASE_STAGE_LABELS, BuyingStage
from wagtail_leads.logic.kinds import PurchaseStage

#: Presets: keys in their order. Names and explanations are `PURCHASE_STAGE_LABELS` until somebody writes others.
SEVEN = (
    PurchaseStage.ATTENTION,
    PurchaseStage.INTEREST,
    PurchaseStage.IMAGINATION,
    PurchaseStage.DESIRE,
    PurchaseStage.COMPARISON,
    PurchaseStage.CONVICTION,
    PurchaseStage.ACTION,
)
AIDMA = (
    PurchaseStage.ATTENTION,
    PurchaseStage.INTEREST,
    PurchaseStage.DESIRE,
    PurchaseStage.MEMORY,
    PurchaseStage.ACTION,
)


def stage_choices() -> list[tuple[str, str]]:
    """(key, name with explanation) in order."""
    own = list(BuyingStage.objects.all())
    if not own:
        return [(key.value, str(PURCHASE_STAGE_LABELS[key])) for key in SEVEN]
    return [(stage.key, _words(stage)) for stage in own]


def stage_names() -> dict[str, str]:
    """Name by key, of the list and of the stages that ship."""
    shipped = {key.value: str(label) for key, label in PURCHASE_STAGE_LABELS.items()}
    return shipped | dict(stage_choices())


def _words(stage: BuyingStage) -> str:
    standard = str(PURCHASE_STAGE_LABELS.get(stage.key, ""))
    if not stage.name:
        return standard or stage.key
    return f"{stage.name} – {stage.explanation}" if stage.explanation else stage.name
