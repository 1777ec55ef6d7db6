"""The page types of the site. Nothing here knows of wagtail-leads: that is the point of the example."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.contrib.forms.models import AbstractEmailForm, AbstractFormField
from wagtail.contrib.forms.panels import FormSubmissionsPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page

from example_site.blocks import BodyBlock

RICH_TEXT = ["h2", "h3", "bold", "italic", "link", "document-link", "ol", "ul", "blockquote"]


class BasePage(Page):
    """What every page of the site has: a summary for listings and search engines, and a picture."""

    summary = models.TextField(_("summary"), blank=True, help_text=_("One or two sentences, shown in listings."))
    image = models.ForeignKey(
        "wagtailimages.Image",
        verbose_name=_("image"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    content_panels = [*Page.content_panels, FieldPanel("summary"), FieldPanel("image")]

    class Meta:
        abstract = True

    def live_children(self, model: type[Page]):
        """The published pages of one type below this one."""
        return model.objects.child_of(self).live().public().select_related("image")


class HomePage(BasePage):
    eyebrow = models.CharField(_("line above the title"), max_length=120, blank=True)
    headline = models.CharField(_("headline"), max_length=200)
    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)

    parent_page_types = ["wagtailcore.Page"]
    content_panels = [*BasePage.content_panels, FieldPanel("eyebrow"), FieldPanel("headline"), FieldPanel("body")]

    class Meta:
        verbose_name = _("home page")


class ProductIndexPage(BasePage):
    subpage_types = ["example_site.ProductPage"]
    max_count_per_parent = 1

    class Meta:
        verbose_name = _("product list")

    def get_context(self, request, *args, **kwargs):
        return super().get_context(request, *args, **kwargs) | {"products": self.live_children(ProductPage)}


class ProductPage(BasePage):
    model_number = models.CharField(_("model number"), max_length=40)
    tagline = models.CharField(_("tagline"), max_length=200)
    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)

    parent_page_types = ["example_site.ProductIndexPage"]
    content_panels = [*BasePage.content_panels, FieldPanel("model_number"), FieldPanel("tagline"), FieldPanel("body")]

    class Meta:
        verbose_name = _("product")


class PricePage(BasePage):
    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)

    content_panels = [*BasePage.content_panels, FieldPanel("body")]

    class Meta:
        verbose_name = _("price page")


class CaseIndexPage(BasePage):
    subpage_types = ["example_site.CasePage"]
    max_count_per_parent = 1

    class Meta:
        verbose_name = _("case study list")

    def get_context(self, request, *args, **kwargs):
        return super().get_context(request, *args, **kwargs) | {"cases": self.live_children(CasePage)}


class CasePage(BasePage):
    client = models.CharField(_("client"), max_length=120)
    industry = models.CharField(_("industry"), max_length=80)
    product = models.ForeignKey(
        "example_site.ProductPage",
        verbose_name=_("product"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)

    parent_page_types = ["example_site.CaseIndexPage"]
    content_panels = [
        *BasePage.content_panels,
        FieldRowPanel([FieldPanel("client"), FieldPanel("industry")]),
        FieldPanel("product"),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = _("case study")


class BlogIndexPage(BasePage):
    subpage_types = ["example_site.ArticlePage"]
    max_count_per_parent = 1

    class Meta:
        verbose_name = _("blog")

    def get_context(self, request, *args, **kwargs):
        articles = self.live_children(ArticlePage).order_by("-date", "-pk")
        return super().get_context(request, *args, **kwargs) | {"articles": articles}


class ArticlePage(BasePage):
    date = models.DateField(_("date"))
    category = models.CharField(_("category"), max_length=60)
    author = models.CharField(_("author"), max_length=80, blank=True)
    body = RichTextField(_("body"), features=RICH_TEXT)

    parent_page_types = ["example_site.BlogIndexPage"]
    content_panels = [
        *BasePage.content_panels,
        FieldRowPanel([FieldPanel("date"), FieldPanel("category"), FieldPanel("author")]),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = _("article")

    def get_context(self, request, *args, **kwargs):
        others = ArticlePage.objects.sibling_of(self, inclusive=False).live().public().select_related("image")
        return super().get_context(request, *args, **kwargs) | {"others": others.order_by("-date", "-pk")[:3]}


class WhitePaperPage(BasePage):
    document = models.ForeignKey(
        "wagtaildocs.Document",
        verbose_name=_("document"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    intro = RichTextField(_("introduction"), features=RICH_TEXT)
    chapters = RichTextField(_("chapters"), features=["ol", "ul", "bold"])
    audience = RichTextField(_("for whom"), features=["ul", "bold"], blank=True)

    content_panels = [
        *BasePage.content_panels,
        FieldPanel("document"),
        FieldPanel("intro"),
        FieldPanel("chapters"),
        FieldPanel("audience"),
    ]

    class Meta:
        verbose_name = _("white paper")


class StandardPage(BasePage):
    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)

    content_panels = [*BasePage.content_panels, FieldPanel("body")]

    class Meta:
        verbose_name = _("standard page")


class ContactFormField(AbstractFormField):
    page = ParentalKey("ContactPage", on_delete=models.CASCADE, related_name="form_fields")

    class Meta(AbstractFormField.Meta):
        verbose_name = _("form field")


class ContactPage(AbstractEmailForm):
    """An ordinary Wagtail form page."""

    summary = models.TextField(_("summary"), blank=True)
    intro = RichTextField(_("introduction"), features=RICH_TEXT, blank=True)
    thank_you_text = RichTextField(_("thank-you text"), features=RICH_TEXT, blank=True)

    content_panels = [
        *AbstractEmailForm.content_panels,
        FormSubmissionsPanel(),
        FieldPanel("summary"),
        FieldPanel("intro"),
        InlinePanel("form_fields", label=_("Form fields")),
        FieldPanel("thank_you_text"),
        MultiFieldPanel(
            [FieldRowPanel([FieldPanel("from_address"), FieldPanel("to_address")]), FieldPanel("subject")],
            heading=_("Notice by e-mail"),
        ),
    ]

    class Meta:
        verbose_name = _("contact page")
