"""About what: the marks an editor puts on a page, and the topics pages are about."""

import swapper
from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_leads.logic.kinds import ContentKind, GateBy, PurchaseStage

swapper.set_app_prefix("wagtailcore", "wagtail")
PAGE_MODEL = swapper.get_model_name("wagtailcore", "Page")

PURCHASE_STAGE_LABELS = {
    PurchaseStage.ATTENTION: _("Attention – notices that there is something"),
    PurchaseStage.INTEREST: _("Interest – wants to know more"),
    PurchaseStage.IMAGINATION: _("Imagination – pictures using it"),
    PurchaseStage.DESIRE: _("Desire – would like to have it"),
    PurchaseStage.COMPARISON: _("Comparison – looks at prices and others"),
    PurchaseStage.CONVICTION: _("Conviction – is sure that this is it"),
    PurchaseStage.MEMORY: _("Memory – remembers it when the need comes"),
    PurchaseStage.ACTION: _("Action – wants to buy"),
}
CONTENT_KIND_LABELS = {
    ContentKind.ARTICLE: _("Article"),
    ContentKind.PRODUCT: _("Product"),
    ContentKind.PRICE: _("Price"),
    ContentKind.CASE_STUDY: _("Case study"),
    ContentKind.REVIEW: _("Review"),
    ContentKind.CATALOGUE: _("Catalogue or white paper"),
    ContentKind.HOW_TO_USE: _("How to use"),
    ContentKind.HOW_MADE: _("How it is made"),
    ContentKind.MAKER: _("Who makes it"),
    ContentKind.TRACK_RECORD: _("Track record"),
    ContentKind.ORDERING: _("Ordering"),
    ContentKind.OTHER: _("Something else"),
}


class Topic(models.Model):
    """A product or theme that a page is about; interest is counted by it."""

    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(_("short name"), max_length=50, unique=True)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Problem(models.Model):
    """What troubles a customer (課題) and a page gives an answer to."""

    name = models.CharField(_("problem"), max_length=200, unique=True)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("problem")
        verbose_name_plural = _("problems")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class BuyingStage(models.Model):
    """One purchase stage of the site's own ordered list. Pages name it by its key, so a name may change any time."""

    key = models.SlugField(_("short name"), max_length=20, unique=True)
    #: Empty: the standard name of the key.
    name = models.CharField(_("name"), max_length=60, blank=True)
    explanation = models.CharField(_("explanation"), max_length=200, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("purchase stage")
        verbose_name_plural = _("purchase stages")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name or self.key


class PagePolicy(models.Model):
    """What an editor decided about a page. Its own table: any page type can be marked without a migration of the site.

    Not part of the page's revisions, so publishing an old draft never opens a gate; every change is logged in the
    page's history instead.
    """

    page = models.OneToOneField(PAGE_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    gated = models.BooleanField(
        _("Gated"),
        default=False,
        help_text=_(
            "Visitors see a teaser and a form; they get the page once they leave their name. "
            "Files linked on the page keep their own address: who knows it can open them."
        ),
    )
    high_intent = models.BooleanField(
        _("High intent"),
        default=False,
        help_text=_("Who reads this page thinks about buying. It counts more in the score."),
    )
    teaser = models.TextField(
        _("Teaser"), blank=True, help_text=_("Shown above the form. Empty: the page's search description.")
    )
    show_teaser = models.BooleanField(
        _("Show a teaser"), default=True, help_text=_("Off: only the title and the form are shown.")
    )
    gate_by = models.CharField(
        _("Who gets in"),
        max_length=10,
        choices=[
            (GateBy.FORM.value, _("Whoever fills in the form")),
            (GateBy.STAGE.value, _("Leads of certain stages (a members' page)")),
        ],
        default=GateBy.FORM.value,
    )
    #: Keys of lifecycle stages (`logic.kinds.Stage`) that pass a gate by stage, separated by spaces.
    gate_stages = models.CharField(max_length=120, blank=True)
    #: Primary key of `capture.LeadForm` (a stage above this one, so a value); NULL: the default form.
    form_id = models.PositiveIntegerField(_("Form"), null=True, blank=True)
    topics = models.ManyToManyField(Topic, blank=True, related_name="+", verbose_name=_("Topics"))
    problem = models.ForeignKey(
        Problem,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Problem it answers"),
    )
    #: Key of a `BuyingStage`.
    purchase_stage = models.CharField(_("Purchase stage"), max_length=20, blank=True)
    content_kind = models.CharField(
        _("Kind of content"),
        max_length=20,
        blank=True,
        choices=[(k.value, CONTENT_KIND_LABELS[k]) for k in ContentKind],
    )
    applies_below = models.BooleanField(
        _("Also for the pages below"),
        default=False,
        help_text=_("Pages below that are not marked themselves get these marks, new ones too."),
    )
    #: The page whose marks these are: one above, or the original of an alias; NULL for a page that was marked itself. An
    #: alias whose original is deleted becomes a page of its own, and keeps the marks.
    inherited_from = models.ForeignKey(PAGE_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("page mark")
        verbose_name_plural = _("page marks")

    def __str__(self) -> str:
        return str(self.page_id)


class DocumentPolicy(models.Model):
    """A document of the site that is given out for a name only. The document model is the site's, so its pk is a value."""

    document_id = models.PositiveBigIntegerField(primary_key=True)
    gated = models.BooleanField(
        _("Gated"),
        default=True,
        help_text=_("Visitors get the file once they leave their name; its own address shows the form."),
    )
    #: Primary key of `capture.LeadForm`; NULL: the default form.
    form_id = models.PositiveIntegerField(_("Form"), null=True, blank=True)
    teaser = models.TextField(_("Teaser"), blank=True, help_text=_("Shown above the form."))
    topics = models.ManyToManyField(Topic, blank=True, related_name="+", verbose_name=_("Topics"))
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("document mark")
        verbose_name_plural = _("document marks")

    def __str__(self) -> str:
        return str(self.document_id)
