from django.db import models
from django.http import HttpResponse
from modelcluster.fields import ParentalKey
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.api import APIField
from wagtail.contrib.forms.models import AbstractEmailForm, AbstractForm, AbstractFormField
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.search import index

from wagtail_leads import GatedBlock, LeadFormBlock, MakesLeads


class ArticlePage(Page):
    body = RichTextField(blank=True)
    content_panels = [*Page.content_panels, FieldPanel("body")]


class ContactField(AbstractFormField):
    page = ParentalKey("ContactPage", on_delete=models.CASCADE, related_name="form_fields")


class ContactPage(AbstractForm):
    template = "testsite/contact_page.html"
    landing_page_template = "testsite/contact_landing.html"
    content_panels = [*Page.content_panels, InlinePanel("form_fields")]


class HandbookPage(RoutablePageMixin, Page):
    """Sub-addresses of its own, and an answer that browsers may keep."""

    body = RichTextField(blank=True)
    related = models.ForeignKey(Page, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    api_fields = [APIField("body"), APIField("related")]
    search_fields = [*Page.search_fields, index.SearchField("body")]
    template = "testsite/handbook_page.html"

    @path("")
    def whole(self, request):
        response = self.render(request)
        response.headers["ETag"] = '"whole"'
        response.headers["Last-Modified"] = "Mon, 02 Nov 2026 10:00:00 GMT"
        return response

    @path("chapter/<int:number>/")
    def chapter(self, request, number):
        return HttpResponse(f"<html><body>Chapter {number} of {self.body}</body></html>")

    def get_context(self, request, *args, **kwargs):
        return {**super().get_context(request, *args, **kwargs), "summary": self.body}


class Section(blocks.StructBlock):
    heading = blocks.CharBlock()
    part = GatedBlock([("text", blocks.RichTextBlock())])

    class Meta:
        template = "testsite/section.html"


class PartsPage(Page):
    """Gated parts: on their own, two of them, and inside another block."""

    body = StreamField([("text", blocks.RichTextBlock()), ("gated", GatedBlock()), ("section", Section())], blank=True)
    api_fields = [APIField("body")]
    search_fields = [*Page.search_fields, index.SearchField("body")]
    content_panels = [*Page.content_panels, FieldPanel("body")]
    template = "testsite/parts_page.html"


class FormsPage(Page):
    """Forms among other content, on a page that may be cached."""

    body = StreamField([("text", blocks.RichTextBlock()), ("lead_form", LeadFormBlock())], blank=True)
    content_panels = [*Page.content_panels, FieldPanel("body")]
    template = "testsite/parts_page.html"


class EnquiryField(AbstractFormField):
    page = ParentalKey("EnquiryPage", on_delete=models.CASCADE, related_name="form_fields")


class EnquiryPage(MakesLeads, AbstractEmailForm):
    """A form page that makes leads by its class, and sends its own mail as before."""

    template = "testsite/contact_page.html"
    landing_page_template = "testsite/contact_landing.html"
    content_panels = [*Page.content_panels, InlinePanel("form_fields")]
