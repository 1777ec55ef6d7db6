"""The building blocks of the pages' bodies."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from wagtail_leads import LeadFormBlock

TEXT_FEATURES = ["h3", "bold", "italic", "link", "document-link", "ol", "ul"]


class FeatureBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"))
    text = blocks.TextBlock(label=_("Text"))


class FeaturesBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"))
    intro = blocks.TextBlock(label=_("Introduction"), required=False)
    items = blocks.ListBlock(FeatureBlock(), label=_("Features"))

    class Meta:
        icon = "list-ul"
        label = _("Features")
        template = "example_site/blocks/features.html"


class FigureBlock(blocks.StructBlock):
    value = blocks.CharBlock(label=_("Value"))
    label = blocks.CharBlock(label=_("Label"))


class FiguresBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"), required=False)
    items = blocks.ListBlock(FigureBlock(), label=_("Figures"))
    note = blocks.CharBlock(label=_("Note"), required=False)

    class Meta:
        icon = "order"
        label = _("Figures")
        template = "example_site/blocks/figures.html"


class SpecBlock(blocks.StructBlock):
    label = blocks.CharBlock(label=_("Label"))
    value = blocks.CharBlock(label=_("Value"))


class SpecsBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"))
    rows = blocks.ListBlock(SpecBlock(), label=_("Rows"))

    class Meta:
        icon = "table"
        label = _("Specifications")
        template = "example_site/blocks/specs.html"


class StepsBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"))
    intro = blocks.TextBlock(label=_("Introduction"), required=False)
    items = blocks.ListBlock(FeatureBlock(), label=_("Steps"))

    class Meta:
        icon = "list-ol"
        label = _("Steps")
        template = "example_site/blocks/steps.html"


class QuoteBlock(blocks.StructBlock):
    text = blocks.TextBlock(label=_("Text"))
    source = blocks.CharBlock(label=_("Source"))

    class Meta:
        icon = "openquote"
        label = _("Quote")
        template = "example_site/blocks/quote.html"


class QuestionBlock(blocks.StructBlock):
    question = blocks.CharBlock(label=_("Question"))
    answer = blocks.TextBlock(label=_("Answer"))


class QuestionsBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"))
    items = blocks.ListBlock(QuestionBlock(), label=_("Questions"))

    class Meta:
        icon = "help"
        label = _("Questions and answers")
        template = "example_site/blocks/questions.html"


class CallBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"))
    text = blocks.TextBlock(label=_("Text"), required=False)
    page = blocks.PageChooserBlock(label=_("Page"))
    button = blocks.CharBlock(label=_("Button"))

    class Meta:
        icon = "link"
        label = _("Call to action")
        template = "example_site/blocks/call.html"


class TeasersBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"))
    intro = blocks.TextBlock(label=_("Introduction"), required=False)
    pages = blocks.ListBlock(blocks.PageChooserBlock(), label=_("Pages"))

    class Meta:
        icon = "doc-empty"
        label = _("Teasers")
        template = "example_site/blocks/teasers.html"


class PlanBlock(blocks.StructBlock):
    name = blocks.CharBlock(label=_("Name"))
    price = blocks.CharBlock(label=_("Price"))
    unit = blocks.CharBlock(label=_("Unit"), required=False)
    text = blocks.TextBlock(label=_("Text"))
    features = blocks.ListBlock(blocks.CharBlock(), label=_("Included"))
    highlight = blocks.BooleanBlock(label=_("Highlight"), required=False)


class PlansBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"))
    intro = blocks.TextBlock(label=_("Introduction"), required=False)
    items = blocks.ListBlock(PlanBlock(), label=_("Plans"))
    note = blocks.CharBlock(label=_("Note"), required=False)

    class Meta:
        icon = "tag"
        label = _("Plans")
        template = "example_site/blocks/plans.html"


class BodyBlock(blocks.StreamBlock):
    text = blocks.RichTextBlock(
        features=["h2", *TEXT_FEATURES], label=_("Text"), template="example_site/blocks/text.html", icon="pilcrow"
    )
    features = FeaturesBlock()
    figures = FiguresBlock()
    specs = SpecsBlock()
    steps = StepsBlock()
    quote = QuoteBlock()
    questions = QuestionsBlock()
    plans = PlansBlock()
    teasers = TeasersBlock()
    call = CallBlock()
    lead_form = LeadFormBlock(template="example_site/blocks/lead_form.html")
    if settings.LEADS_ON:  # a part that is read for a name; without the package the site has no such block
        from wagtail_leads import GatedBlock

        gated = GatedBlock(
            blocks.RichTextBlock(features=["h2", *TEXT_FEATURES], label=_("What opens")),
            template="example_site/blocks/gated.html",
        )
        del GatedBlock
