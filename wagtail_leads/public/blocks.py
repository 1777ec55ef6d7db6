"""A lead form inside the site's own pages: a block for any StreamField.

`from wagtail_leads.public.blocks import LeadFormBlock`. In the site's migrations it is an ordinary StructBlock.
"""

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.snippets.blocks import SnippetChooserBlock


class LeadFormBlock(blocks.StructBlock):
    """The page stays cacheable: the form is the same for all visitors and sets no cookie."""

    form = SnippetChooserBlock("wagtail_leads.LeadForm", label=_("Form"))

    class Meta:
        icon = "form"
        label = _("Lead form")
        description = _("One of your forms. Whoever sends it becomes a lead.")
        template = "wagtail_leads/public/block.html"

    def get_context(self, value, parent_context=None):
        context = super().get_context(value, parent_context)
        return context | {"form_html": self._html(value, context)}

    def _html(self, value, context) -> str:
        """'' for a form that is not live: visitors see nothing, and the page is not broken."""
        # the site's models import this module, before there are tables to import
        from wagtail_leads.capture.forms import in_language
        from wagtail_leads.capture.placements import Placement, Where
        from wagtail_leads.public.forms import form_html, language_of

        page = context.get("page") or context.get("self_page")
        language = language_of(page) if page is not None else get_language() or ""
        lead_form = value.get("form")
        lead_form = in_language(lead_form, language) if lead_form is not None else None
        if lead_form is None or not lead_form.live:
            return ""
        placement = Placement(where=Where.BLOCK, page_id=getattr(page, "pk", None) or 0)
        return form_html(context.get("request"), lead_form, placement)
