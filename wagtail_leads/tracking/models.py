"""Visits: views of a page, the visit they belong to, and what was left out and why."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, HelpPanel, InlinePanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.models import Orderable, Site

from wagtail_leads.activity.models import Activity
from wagtail_leads.companies.models import Company, Network
from wagtail_leads.identity.models import Visitor
from wagtail_leads.logic.kinds import ConsentMode, DropReason


class Visit(models.Model):
    """A run of page views of one browser without a gap of 30 minutes, and how it came (its touch)."""

    visitor = models.ForeignKey(Visitor, on_delete=models.CASCADE, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(_("started"))
    last_at = models.DateTimeField(_("last seen"))
    entry_path = models.CharField(_("entry page"), max_length=500, blank=True)
    exit_path = models.CharField(_("exit page"), max_length=500, blank=True)
    entry_page_id = models.PositiveIntegerField(null=True)
    exit_page_id = models.PositiveIntegerField(null=True)
    page_count = models.PositiveIntegerField(_("pages"), default=0)
    #: Visible time of all its views in milliseconds; NULL when no view was measured (that is not 0).
    engaged_ms = models.PositiveBigIntegerField(_("visible time"), null=True)
    channel = models.CharField(_("channel"), max_length=30, blank=True)
    source = models.CharField(_("source"), max_length=100, blank=True)
    medium = models.CharField(max_length=100, blank=True)
    campaign = models.CharField(_("campaign"), max_length=150, blank=True)
    term = models.CharField(max_length=150, blank=True)
    content = models.CharField(max_length=150, blank=True)
    referrer_host = models.CharField(_("came from"), max_length=253, blank=True)
    #: A link with a campaign, a click id, or source and medium began this visit.
    is_tagged = models.BooleanField(default=False)
    #: Name and value of the ad's click id ("gclid=Cj0…"): offline conversions are reported with it.
    click_id = models.CharField(max_length=200, blank=True)
    #: What was searched for, where the engine still tells; else `landing_topics` stand for it.
    keyword = models.CharField(_("searched for"), max_length=100, blank=True)
    #: Slugs of the landing page's topics when the visit began, separated by spaces.
    landing_topics = models.CharField(max_length=255, blank=True)
    device = models.CharField(_("device"), max_length=10, blank=True)
    #: Truncated to /24 or /48; the look-up used the full address in memory.
    address = models.CharField(_("address"), max_length=45, blank=True)
    #: Only with `KEEP_FULL_ADDRESS_DAYS`, and emptied after so many days.
    full_address = models.CharField(max_length=45, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    region = models.CharField(_("prefecture"), max_length=100, blank=True)
    network = models.ForeignKey(Network, on_delete=models.SET_NULL, null=True, related_name="+")
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


class Refusal(models.Model):
    """A browser without cookie said no: hits that it made before may still wait in a buffer. Kept as long as the salt
    that makes its key; what comes later from the same address and agent may be a colleague's, and counts."""

    client_key = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.client_key


class DailySalt(models.Model):
    """The day's secret part of the hash that stands for a browser without cookie. Destroyed after two days: then
    nobody can tell from an address and agent which rows are theirs."""

    #: The UTC day of the hits.
    day = models.DateField(primary_key=True)
    salt = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.day)


CONSENT_MODE_LABELS = {
    ConsentMode.NOTICE: _("Tell visitors, and let them opt out (usual in Japan)"),
    ConsentMode.OPT_IN: _("Ask first: nothing is stored before a yes (EU, UK)"),
    ConsentMode.COOKIELESS: _("Without cookies: a browser is known for one day only"),
    ConsentMode.OFF: _("Record nothing"),
}


@register_setting(icon="view")
class TrackingSettings(BaseSiteSetting, ClusterableModel):
    """What is recorded of a site's visitors, and how they are asked."""

    class DoNotTrack(models.TextChoices):
        IGNORE = "ignore", _("take no notice (the header is obsolete)")
        COOKIELESS = "cookieless", _("record without cookie")
        OFF = "off", _("do not record")

    mode = models.CharField(
        _("how visitors are asked"),
        max_length=12,
        choices=[(m.value, label) for m, label in CONSENT_MODE_LABELS.items()],
        default=ConsentMode.NOTICE.value,
    )
    show_banner = models.BooleanField(
        _("show the notice on each page until it is answered"),
        default=True,
        help_text=_(
            "For “tell visitors”. Switch it off when your site tells them in another way. “Ask first” always asks."
        ),
    )
    do_not_track = models.CharField(
        _("browsers that send “Do Not Track”"),
        max_length=12,
        choices=DoNotTrack.choices,
        default=DoNotTrack.IGNORE,
        help_text=_("Global Privacy Control (Sec-GPC) is always honoured: such browsers get no cookie."),
    )
    measure_links = models.BooleanField(_("clicks on links to other sites"), default=True)
    measure_files = models.BooleanField(_("clicks on files"), default=True)
    measure_shares = models.BooleanField(_("clicks on share buttons"), default=True)
    measure_scroll = models.BooleanField(_("how far pages are scrolled"), default=True)

    panels = [
        HelpPanel(template="wagtail_leads/admin/settings_hub/tracking_help.html"),
        MultiFieldPanel(
            [FieldPanel("mode"), FieldPanel("show_banner"), FieldPanel("do_not_track")], heading=_("Consent")
        ),
        InlinePanel(
            "texts",
            heading=_("Your own wording of the notice"),
            help_text=_(
                "One sentence for each language. Without one our own words are shown. It is kept as proof with each "
                "answer, so write what is true."
            ),
            label=_("Wording"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("measure_links"),
                FieldPanel("measure_files"),
                FieldPanel("measure_shares"),
                FieldPanel("measure_scroll"),
            ],
            heading=_("What the beacon measures besides visible time"),
        ),
        InlinePanel(
            "services",
            heading=_("Other services on this site that visitors' data is sent to"),
            help_text=_(
                "Analytics, maps, videos, chat … They are listed on the page that tells visitors what is sent where."
            ),
            label=_("Service"),
        ),
    ]

    class Meta:
        verbose_name = _("Visitors and privacy")


class NoticeText(Orderable):
    """The notice's one sentence in a language, in the site's own words."""

    settings = ParentalKey(TrackingSettings, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=10, help_text=_("For example en or ja."))
    sentence = models.CharField(_("sentence"), max_length=300)

    panels = [FieldPanel("language"), FieldPanel("sentence")]

    class Meta(Orderable.Meta):
        verbose_name = _("wording of the notice")

    def __str__(self) -> str:
        return self.sentence


class OutsideService(Orderable):
    """A third party that the site itself sends its visitors' data to (外部送信規律 wants it told)."""

    settings = ParentalKey(TrackingSettings, on_delete=models.CASCADE, related_name="services")
    name = models.CharField(_("service"), max_length=100)
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        help_text=_("Empty: shown in every language. Else for example en or ja."),
    )
    recipient = models.CharField(_("sent to"), max_length=100)
    what = models.CharField(_("what is sent"), max_length=300)
    purpose = models.CharField(_("what for"), max_length=300)
    url = models.URLField(_("its privacy page or opt-out"), blank=True)

    panels = [
        FieldPanel("name"),
        FieldPanel("language"),
        FieldPanel("recipient"),
        FieldPanel("what"),
        FieldPanel("purpose"),
        FieldPanel("url"),
    ]

    class Meta(Orderable.Meta):
        verbose_name = _("outside service")

    def __str__(self) -> str:
        return self.name


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
    DropReason.DATA_CENTRE: _("a machine in a data centre"),
    DropReason.TOO_FAST: _("more pages a minute than anybody opens"),
    DropReason.BEHAVIOUR: _("behaves like a robot"),
    DropReason.REFERRER_SPAM: _("referrer spam"),
    DropReason.OPTED_OUT: _("the visitor opted out"),
    DropReason.NO_CONSENT: _("the visitor has not agreed (yet)"),
    DropReason.SITE_OFF: _("recording is off for the site"),
    DropReason.MALFORMED: _("unreadable"),
    DropReason.FORGED: _("forged"),
    DropReason.BUFFER_FULL: _("the buffer was full"),
    DropReason.UNNOTED: _("answers to the notice that hold without a row"),
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


class DropExample(models.Model):
    """A left-out hit as it was, so that a mistake can be seen: the newest few of each reason, nothing of a person."""

    reason = models.CharField(_("reason"), max_length=20, choices=[(r.value, DROP_LABELS[r]) for r in DropReason])
    at = models.DateTimeField(_("time"))
    path = models.CharField(_("path"), max_length=200, blank=True)
    user_agent = models.CharField(_("user agent"), max_length=300, blank=True)
    #: The operator of the network, where it is known.
    network = models.CharField(_("network"), max_length=200, blank=True)
    referrer_host = models.CharField(_("came from"), max_length=253, blank=True)

    class Meta:
        verbose_name = _("example of a left-out hit")
        verbose_name_plural = _("examples of left-out hits")
        indexes = [models.Index(fields=["reason", "-id"], name="leads_drop_example")]

    def __str__(self) -> str:
        return f"{self.reason} {self.path}"


class ImportedLog(models.Model):
    """What `leads_import_log` made of some files: the same files again replace the row, so nothing is counted twice."""

    #: Hex of what the files hold and of the options.
    fingerprint = models.CharField(max_length=64, unique=True, editable=False)
    #: The files' names.
    name = models.CharField(_("files"), max_length=255)
    at = models.DateTimeField(_("imported"))
    lines = models.PositiveBigIntegerField(_("lines"), default=0)
    #: Page views of these files that are in the ledger.
    views = models.PositiveBigIntegerField(_("page views"), default=0)
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    #: Code of a drop reason, or of one that only logs know (`tracking.log_import`) -> lines.
    left_out = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("imported log")
        verbose_name_plural = _("imported logs")

    def __str__(self) -> str:
        return self.name
