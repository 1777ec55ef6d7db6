"""What is it worth: rules, an entry for every point, and the decaying score of a lead."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_leads.activity.models import KIND_LABELS, Activity
from wagtail_leads.content.models import CONTENT_KIND_LABELS
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.kinds import ActivityKind, ContentKind

SCORABLE = (
    ActivityKind.PAGE_VIEWED,
    ActivityKind.PAGE_READ,
    ActivityKind.FORM_SUBMITTED,
    ActivityKind.INQUIRY_MADE,
    ActivityKind.ASSET_DOWNLOADED,
    ActivityKind.EMAIL_OPENED,
    ActivityKind.EMAIL_CLICKED,
    ActivityKind.EMAIL_UNSUBSCRIBED,
    ActivityKind.CUSTOM,
)


class ScoreRule(models.Model):
    """When a lead does this, the behaviour score changes by that many points."""

    #: Set on the rules that ship with the package: their name is shown translated.
    key = models.CharField(max_length=40, unique=True, null=True, blank=True, editable=False)
    name = models.CharField(_("in plain words"), max_length=200)
    activity_kind = models.CharField(
        _("when the lead"), max_length=30, choices=[(k.value, KIND_LABELS[k]) for k in SCORABLE]
    )
    high_intent_only = models.BooleanField(_("only on high-intent pages"), default=False)
    content_kind = models.CharField(
        _("only on this kind of page"),
        max_length=20,
        blank=True,
        choices=[(k.value, CONTENT_KIND_LABELS[k]) for k in ContentKind],
    )
    min_seconds = models.PositiveIntegerField(
        _("only from this many seconds"), default=0, help_text=_("Visible time on the page; for “read a page” only.")
    )
    points = models.IntegerField(_("points"), validators=[MinValueValidator(-1000), MaxValueValidator(1000)])
    max_per_day = models.PositiveSmallIntegerField(
        _("at most so often a day"), default=0, help_text=_("0 means as often as it happens.")
    )
    active = models.BooleanField(_("active"), default=True)
    #: Raised on every change; each entry keeps the version that gave its points.
    version = models.PositiveIntegerField(default=1, editable=False)
    order = models.PositiveSmallIntegerField(_("order"), default=100)

    class Meta:
        verbose_name = _("scoring rule")
        verbose_name_plural = _("scoring rules")
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return self.plain_name

    @property
    def plain_name(self) -> str:
        from wagtail_leads.scoring.defaults import shipped_name

        return shipped_name(self.key, self.name)


class ScoreEntry(models.Model):
    """One rule's points for one activity of one lead. The unique constraint makes processing twice harmless."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    rule = models.ForeignKey(ScoreRule, on_delete=models.PROTECT, related_name="entries")
    rule_version = models.PositiveIntegerField()
    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="+")
    points = models.IntegerField(_("points"))
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("score entry")
        verbose_name_plural = _("score entries")
        constraints = [
            models.UniqueConstraint(fields=["lead", "rule", "activity"], name="leads_rule_counts_activity_once")
        ]
        indexes = [models.Index(fields=["lead", "-at"], name="leads_entry_lead")]

    def __str__(self) -> str:
        return f"{self.points:+d}"


class LeadScore(models.Model):
    """(value, as_of): what the score was worth then. `rank` orders all leads without ever being recomputed."""

    lead = models.OneToOneField(Lead, on_delete=models.CASCADE, primary_key=True, related_name="+")
    value = models.FloatField(default=0.0)
    as_of = models.DateTimeField()
    #: log2(value) + as_of / half-life (forward decay, Cormode et al., ICDE 2009); NULL for a score of 0 or less.
    rank = models.FloatField(null=True, db_index=True)

    class Meta:
        verbose_name = _("behaviour score")
        verbose_name_plural = _("behaviour scores")

    def __str__(self) -> str:
        return f"{self.value:.1f}"
