"""Visits: views of a page, the visit they belong to, and what was left out and why."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import Site

from wagtail_leads.activity.models import Activity
from wagtail_leads.companies.models import Company
from wagtail_leads.identity.models import Visitor
from wagtail_leads.logic.kinds import DropReason


class Visit(models.Model):
    """A run of page views of one browser without a gap of 30 minutes, and how it came (its touch)."""

    visitor = models.ForeignKey(Visitor, on_delete=models.CASCADE, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(_("started"))
    last_at = models.DateTimeField(_("last seen"))
    entry_path = models.CharField(max_length=500, blank=True)
    exit_path = models.CharField(max_length=500, blank=True)
    page_count = models.PositiveIntegerField(_("pages"), default=0)
    channel = models.CharField(_("channel"), max_length=30, blank=True)
    source = models.CharField(_("source"), max_length=100, blank=True)
    medium = models.CharField(max_length=100, blank=True)
    campaign = models.CharField(_("campaign"), max_length=150, blank=True)
    term = models.CharField(max_length=150, blank=True)
    content = models.CharField(max_length=150, blank=True)
    referrer_host = models.CharField(max_length=253, blank=True)
    device = models.CharField(_("device"), max_length=10, blank=True)
    #: Truncated to /24 or /48; the look-up used the full address in memory.
    address = models.CharField(max_length=45, blank=True)
    company = models.ForeignKey(Company, on_delete=models.SET_NULL, null=True, related_name="+")
    company_confidence = models.PositiveSmallIntegerField(default=0)
    company_reason = models.CharField(max_length=40, blank=True)
    #: What the network calls itself when no company can be named ("So-net").
    network_label = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        indexes = [
            models.Index(fields=["visitor", "-last_at"], name="leads_visit_visitor"),
            models.Index(fields=["-started_at"], name="leads_visit_started"),
            models.Index(fields=["company", "-started_at"], name="leads_visit_company"),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"


class PageView(models.Model):
    """One page opened once. Dwell is visible time; NULL (nobody measured) is not 0."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="views")
    activity = models.OneToOneField(Activity, on_delete=models.SET_NULL, null=True, related_name="+")
    #: 16 hex digits made by the script; NULL while only the server has seen the view.
    view_id = models.CharField(max_length=16, unique=True, null=True)
    #: False while only the beacon has seen it (the page came from a cache).
    server_seen = models.BooleanField(default=True)
    client_key = models.CharField(max_length=32)
    path = models.CharField(max_length=500)
    at = models.DateTimeField()
    dwell_ms = models.PositiveIntegerField(null=True)
    scroll = models.PositiveSmallIntegerField(null=True)
    last_beacon_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("page view")
        verbose_name_plural = _("page views")
        indexes = [
            models.Index(fields=["client_key", "at"], name="leads_view_client"),
            models.Index(fields=["closed_at", "last_beacon_at"], name="leads_view_open"),
        ]

    def __str__(self) -> str:
        return self.path


class ParkedHit(models.Model):
    """A server hit without a cookie. It waits up to `CLAIM_SECONDS` for its beacon to say whose it is."""

    client_key = models.CharField(max_length=32)
    path = models.CharField(max_length=500)
    at = models.DateTimeField(db_index=True)
    hit = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["client_key", "at"], name="leads_parked_client")]

    def __str__(self) -> str:
        return self.path


DROP_LABELS = {
    DropReason.METHOD: _("not a page view"),
    DropReason.STATUS: _("the page was not found or redirected"),
    DropReason.NOT_HTML: _("not a page"),
    DropReason.PREFETCH: _("loaded ahead by the browser, not looked at"),
    DropReason.PREVIEW: _("preview"),
    DropReason.STAFF: _("colleagues who are logged in"),
    DropReason.OWN_NETWORK: _("your own offices"),
    DropReason.IGNORED_PATH: _("path left out by a setting"),
    DropReason.IGNORED_AGENT: _("agent left out by a setting"),
    DropReason.PROBE_PATH: _("somebody looking for holes"),
    DropReason.EMPTY_AGENT: _("no user agent"),
    DropReason.BOT_AGENT: _("known robot"),
    DropReason.NOT_A_BROWSER: _("not a browser"),
    DropReason.MISSING_HEADERS: _("claims to be a browser but is not"),
    DropReason.REFERRER_SPAM: _("referrer spam"),
    DropReason.OPTED_OUT: _("the visitor opted out"),
    DropReason.MALFORMED: _("unreadable"),
    DropReason.FORGED: _("forged"),
    DropReason.BUFFER_FULL: _("the buffer was full"),
    DropReason.STORE_FAILED: _("the database would not take it"),
}


class DropCount(models.Model):
    """How often a reason left a hit out on a day, with the last example."""

    day = models.DateField(_("day"))
    reason = models.CharField(_("reason"), max_length=20, choices=[(r.value, DROP_LABELS[r]) for r in DropReason])
    count = models.PositiveBigIntegerField(_("count"), default=0)
    last_at = models.DateTimeField(_("last"))
    example = models.CharField(_("example"), max_length=255, blank=True)

    class Meta:
        verbose_name = _("left-out hits")
        verbose_name_plural = _("left-out hits")
        constraints = [models.UniqueConstraint(fields=["day", "reason"], name="leads_one_count_a_day_and_reason")]

    def __str__(self) -> str:
        return f"{self.day} {self.reason}: {self.count}"
