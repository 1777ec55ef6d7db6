"""The pieces a mail is written from."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock


class ButtonBlock(blocks.StructBlock):
    """A big link: to a page, a document or an address. The first of them that is filled counts."""

    text = blocks.CharBlock(label=_("Text"), max_length=100)
    page = blocks.PageChooserBlock(label=_("Page"), required=False)
    document = DocumentChooserBlock(label=_("Document"), required=False)
    url = blocks.URLBlock(label=_("Address"), required=False)

    class Meta:
        icon = "link"
        label = _("Button")

    def clean(self, value):
        cleaned = super().clean(value)
        if not (cleaned.get("page") or cleaned.get("document") or cleaned.get("url")):
            raise blocks.StructBlockValidationError(
                block_errors={"page": blocks.stream_block.ValidationError(_("Choose where the button leads."))}
            )
        return cleaned


class MailBody(blocks.StreamBlock):
    """The body of a mail."""

    heading = blocks.CharBlock(label=_("Heading"), icon="title", max_length=150)
    text = blocks.RichTextBlock(label=_("Text"), icon="pilcrow", features=["bold", "italic", "link", "ul", "ol"])
    button = ButtonBlock()
    image = ImageChooserBlock(label=_("Image"))
    divider = blocks.StaticBlock(label=_("Line"), icon="horizontalrule", admin_text=_("A thin line."))

    class Meta:
        required = True
