"""What happened: the ledger. Append-only; every stage of the river reads it, only doors write it."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import Site

from wagtail_leads.identity.models import Lead, Visitor
from wagtail_leads.logic.kinds import ActivityKind

KIND_LABELS = {
    ActivityKind.PAGE_VIEWED: _("opened a page"),
    ActivityKind.PAGE_READ: _("read a page"),
    ActivityKind.GATE_SHOWN: _("saw the form of a gated page"),
    ActivityKind.FORM_SEEN: _("saw a form"),
    ActivityKind.FORM_BEGUN: _("began to fill in a form"),
    ActivityKind.FORM_LEFT: _("left a form half filled in"),
    ActivityKind.FORM_SUBMITTED: _("sent a form"),
    ActivityKind.INQUIRY_MADE: _("made an inquiry"),
    ActivityKind.ASSET_DOWNLOADED: _("downloaded a document"),
    ActivityKind.SITE_SEARCHED: _("searched the site"),
    ActivityKind.LINK_CLICKED: _("followed a link to another site"),
    ActivityKind.FILE_CLICKED: _("opened a file"),
    ActivityKind.SHARED: _("shared a page"),
    ActivityKind.VISITOR_LINKED: _("became known by name"),
    ActivityKind.ADDRESS_CONFIRMED: _("confirmed the address"),
    ActivityKind.CONSENT_GIVEN: _("allowed mail"),
    ActivityKind.CONSENT_WITHDRAWN: _("withdrew the permission for mail"),
    ActivityKind.EMAIL_SENT: _("was sent a mail"),
    ActivityKind.EMAIL_OPENED: _("opened a mail"),
    ActivityKind.EMAIL_CLICKED: _("clicked a link in a mail"),
    ActivityKind.EMAIL_BOUNCED: _("could not be reached by mail"),
    ActivityKind.EMAIL_UNSUBSCRIBED: _("unsubscribed from mail"),
    ActivityKind.SALES_CONTACT: _("was contacted by a colleague"),
    ActivityKind.CUSTOM: _("did something else"),
}


class ActivityQuerySet(models.QuerySet):
    def waiting(self):
        """Not yet through the river. Never "above the highest id": late commits would be lost."""
        return self.filter(processed_at__isnull=True)


class Activity(models.Model):
    """One fact from outside. The page's marks are stamped on it when it is recorded."""

    kind = models.CharField(_("what"), max_length=30, choices=[(k.value, KIND_LABELS[k]) for k in ActivityKind])
    at = models.DateTimeField(_("time"))
    recorded_at = models.DateTimeField()
    #: Hex of the fact's natural key; the same fact told twice is one line.
    dedupe_key = models.CharField(max_length=64, unique=True)
    site = models.ForeignKey(Site, on_delete=models.SET_NULL, null=True, related_name="+")
    visitor = models.ForeignKey(Visitor, on_delete=models.SET_NULL, null=True, related_name="+")
    #: Whom the fact itself names (a form, a click). What a browser did before is reached through its links.
    lead = models.ForeignKey(Lead, on_delete=models.SET_NULL, null=True, related_name="+")
    page_id = models.PositiveIntegerField(null=True)
    object_kind = models.CharField(max_length=30, blank=True)
    object_id = models.PositiveBigIntegerField(null=True)
    title = models.CharField(_("title"), max_length=255, blank=True)
    path = models.CharField(max_length=500, blank=True)
    #: Milliseconds of visible time for PAGE_READ; otherwise whatever the kind says.
    value = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict, blank=True)
    high_intent = models.BooleanField(default=False)
    content_kind = models.CharField(max_length=20, blank=True)
    purchase_stage = models.CharField(max_length=20, blank=True)
    #: Slugs of the page's topics, separated by spaces.
    topics = models.CharField(max_length=255, blank=True)
    processed_at = models.DateTimeField(null=True)
    #: Why the river set this line aside; empty for all but poisonous ones.
    problem = models.CharField(max_length=255, blank=True)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        indexes = [
            models.Index(fields=["visitor", "at"], name="leads_activity_visitor"),
            models.Index(fields=["lead", "at"], name="leads_activity_lead"),
            models.Index(fields=["processed_at", "id"], name="leads_activity_waiting"),
            models.Index(fields=["kind", "at"], name="leads_activity_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.title}".strip()
