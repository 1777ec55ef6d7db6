"""The steps a scenario is written in. The block's id is the step's key."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.snippets.blocks import SnippetChooserBlock

from wagtail_leads.conditions.blocks import ConditionBlock

WAITS = [
    ("click", _("clicks a link in the mail before")),
    ("open", _("opens the mail before")),
    ("page", _("reads a high-intent page")),
    ("form", _("sends a form")),
    ("score", _("reaches the score for a call")),
]


class FormTrigger(blocks.StructBlock):
    """A form was sent."""

    form = SnippetChooserBlock(
        "wagtail_leads.LeadForm", label=_("Form"), required=False, help_text=_("Empty: any form.")
    )

    class Meta:
        icon = "form"
        label = _("A form is sent")


class PageTrigger(blocks.StructBlock):
    """A page was read by a known lead."""

    page = blocks.PageChooserBlock(label=_("Page"), required=False, help_text=_("Empty: any high-intent page."))

    class Meta:
        icon = "doc-full"
        label = _("A page is opened")


class ScoreTrigger(blocks.StructBlock):
    """The behaviour score crossed the threshold."""

    score = blocks.IntegerBlock(
        label=_("Score"), required=False, min_value=1, help_text=_("Empty: the score for a call.")
    )

    class Meta:
        icon = "arrow-up-big"
        label = _("The score is reached")


class Triggers(blocks.StreamBlock):
    form = FormTrigger()
    page = PageTrigger()
    score = ScoreTrigger()

    class Meta:
        required = True


class MailStep(blocks.StructBlock):
    email = SnippetChooserBlock("wagtail_leads.Email", label=_("Mail"))

    class Meta:
        icon = "mail"
        label = _("Send a mail")
        label_format = "{email}"


class WaitStep(blocks.StructBlock):
    days = blocks.DecimalBlock(label=_("Days"), min_value=0, max_value=365, default=3, max_digits=6, decimal_places=2)

    class Meta:
        icon = "time"
        label = _("Wait some days")
        label_format = "{days}"


class TodoStep(blocks.StructBlock):
    title = blocks.CharBlock(label=_("What to do"), max_length=200)
    due_days = blocks.DecimalBlock(
        label=_("Due in days"), min_value=0, max_value=90, default=1, max_digits=5, decimal_places=2
    )

    class Meta:
        icon = "user"
        label = _("To-do for the salesperson")
        label_format = "{title}"


class EndStep(blocks.StaticBlock):
    class Meta:
        icon = "cross"
        label = _("End here")
        admin_text = _("The scenario ends for this lead.")


class SimpleSteps(blocks.StreamBlock):
    """Steps inside a branch."""

    mail = MailStep()
    wait = WaitStep()
    todo = TodoStep()
    end = EndStep()

    class Meta:
        required = False
        label = _("Steps")


def branch_steps(depth: int, label):
    """Steps that may branch again, to a fixed depth (a StreamField cannot contain itself)."""
    if depth == 0:
        return SimpleSteps(required=False, label=label)

    class Steps(SimpleSteps):
        wait_for = wait_for_step(depth - 1)
        condition = condition_step(depth - 1)

    return Steps(required=False, label=label)


def wait_for_step(depth: int):
    class WaitForStep(blocks.StructBlock):
        event = blocks.ChoiceBlock(label=_("Until the lead"), choices=WAITS, default="click")
        days = blocks.DecimalBlock(
            label=_("At most days"), min_value=0, max_value=365, default=3, max_digits=6, decimal_places=2
        )
        yes = branch_steps(depth, _("If it happens"))
        no = branch_steps(depth, _("If it does not"))

        class Meta:
            icon = "view"
            label = _("Wait for a reaction")
            label_format = "{event} {days}"

    return WaitForStep()


def condition_step(depth: int):
    class ConditionStep(blocks.StructBlock):
        condition = ConditionBlock()
        yes = branch_steps(depth, _("If so"))
        no = branch_steps(depth, _("If not"))

        class Meta:
            icon = "help"
            label = _("Is it so?")
            label_format = "{condition}"

    return ConditionStep()


class ScenarioSteps(SimpleSteps):
    wait_for = wait_for_step(2)
    condition = condition_step(2)

    class Meta:
        required = True
