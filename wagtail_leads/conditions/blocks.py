"""How a condition is written in the admin. `logic.conditions` evaluates its stored form."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from wagtail_leads.logic.kinds import Stage

STAGE_CHOICES = [
    (Stage.LATENT.value, _("Latent")),
    (Stage.INTERESTED.value, _("Interested")),
    (Stage.PROSPECT.value, _("Prospect")),
    (Stage.OPPORTUNITY.value, _("Opportunity")),
    (Stage.CUSTOMER.value, _("Customer")),
]
DID_CHOICES = [
    ("high_intent", _("read a high-intent page")),
    ("click", _("clicked a link in a mail")),
    ("open", _("opened a mail")),
    ("download", _("downloaded a document")),
    ("inquiry", _("made an inquiry")),
]


class ScoreCondition(blocks.StructBlock):
    score = blocks.IntegerBlock(
        label=_("Score at least"), required=False, min_value=1, help_text=_("Empty: the score for a call.")
    )

    class Meta:
        icon = "arrow-up-big"
        label = _("Score")


class StageCondition(blocks.StructBlock):
    stage = blocks.ChoiceBlock(label=_("Stage is"), choices=STAGE_CHOICES, default=Stage.PROSPECT.value)

    class Meta:
        icon = "tag"
        label = _("Stage")


class DidCondition(blocks.StructBlock):
    what = blocks.ChoiceBlock(label=_("The lead"), choices=DID_CHOICES, default="high_intent")
    days = blocks.IntegerBlock(label=_("Within days"), min_value=1, max_value=365, default=30)

    class Meta:
        icon = "history"
        label = _("Behaviour")


class ConditionBlock(blocks.StreamBlock):
    """All of these must hold."""

    score = ScoreCondition()
    stage = StageCondition()
    did = DidCondition()

    class Meta:
        required = True
        label = _("All of these hold")
