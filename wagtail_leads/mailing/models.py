"""Mail: what editors write, the outbox, its links and reactions, and who must not be written to."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, BaseSiteSetting, register_setting
from wagtail.fields import StreamField
from wagtail.models import DraftStateMixin, LockableMixin, PreviewableMixin, RevisionMixin, Site

from wagtail_leads.content.models import Topic
from wagtail_leads.identity.models import Lead, Visitor
from wagtail_leads.logic.kinds import MailPurpose, MessageState, ReactionKind, SkipReason, Verdict
from wagtail_leads.mailing.blocks import MailBody


@register_setting(icon="mail")
class SenderDetails(BaseSiteSetting):
    """Who writes. The law (特定電子メール法 art. 4) wants name, address and contact in every marketing mail."""

    company_name = models.CharField(_("company name"), max_length=200, blank=True)
    from_name = models.CharField(_("name of the sender"), max_length=200, blank=True)
    from_address = models.EmailField(_("sender's address"), blank=True)
    reply_to = models.EmailField(_("answers go to"), blank=True)
    postal_address = models.CharField(_("postal address"), max_length=300, blank=True)
    contact = models.CharField(
        _("contact for questions and complaints"),
        max_length=300,
        blank=True,
        help_text=_("A phone number, an address or a page."),
    )
    staff_addresses = models.TextField(
        _("notices to staff go to"), blank=True, help_text=_("One address a line. Told of each inquiry.")
    )
    privacy_url = models.CharField(
        _("privacy policy"),
        max_length=300,
        blank=True,
        help_text=_("Linked from forms and mails: a path or an address."),
    )

    panels = [
        MultiFieldPanel(
            [
                FieldPanel("company_name"),
                FieldPanel("from_name"),
                FieldPanel("from_address"),
                FieldPanel("reply_to"),
            ],
            heading=_("Sender"),
        ),
        MultiFieldPanel(
            [FieldPanel("postal_address"), FieldPanel("contact"), FieldPanel("privacy_url")],
            heading=_("What the law wants in every mail"),
        ),
        FieldPanel("staff_addresses"),
    ]

    class Meta:
        verbose_name = _("Sender details")

    #: The fields without which no marketing mail leaves.
    LEGAL_FIELDS = ("company_name", "from_address", "postal_address", "contact")

    def missing(self) -> list[str]:
        """Names (translated) of the legal fields that are still empty."""
        return [str(self._meta.get_field(f).verbose_name) for f in self.LEGAL_FIELDS if not getattr(self, f).strip()]

    def staff_list(self) -> list[str]:
        return [line.strip() for line in self.staff_addresses.splitlines() if line.strip()]


@register_setting(icon="cog")
class Switches(BaseGenericSetting):
    """The one switch that stops all sending and all scenarios."""

    sending_stopped = models.BooleanField(
        _("Stop all mail and all scenarios"),
        default=False,
        help_text=_("Nothing is lost: what is due waits until the switch is off again."),
    )
    #: Set when the server would not take mail; shown until a mail goes through.
    smtp_problem = models.CharField(max_length=255, blank=True, editable=False)
    smtp_problem_at = models.DateTimeField(null=True, blank=True, editable=False)

    panels = [FieldPanel("sending_stopped")]

    class Meta:
        verbose_name = _("Emergency stop")


class Email(DraftStateMixin, LockableMixin, RevisionMixin, PreviewableMixin, models.Model):
    """A mail that a marketer wrote. Each publication is compiled once (`EmailVersion`)."""

    name = models.CharField(_("name"), max_length=200, help_text=_("For you; readers do not see it."))
    subject = models.CharField(
        _("subject"),
        max_length=200,
        help_text=_("You may use {name} and {company}; they are replaced for each reader."),
    )
    preheader = models.CharField(
        _("preview line"), max_length=200, blank=True, help_text=_("Shown by mail programs beside the subject.")
    )
    body = StreamField(MailBody(), verbose_name=_("body"))
    purpose = models.CharField(
        _("kind"),
        max_length=20,
        choices=[
            (MailPurpose.MARKETING.value, _("Marketing (needs a permission, can be unsubscribed)")),
            (MailPurpose.TRANSACTIONAL.value, _("Asked for (a reply or a document the reader requested)")),
        ],
        default=MailPurpose.MARKETING.value,
    )
    language = models.CharField(_("language"), max_length=10, blank=True)
    topic = models.ForeignKey(
        Topic,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("topic"),
        help_text=_("Readers may refuse single topics; then they do not get this mail."),
    )

    panels = [
        FieldPanel("name"),
        FieldPanel("subject"),
        FieldPanel("preheader"),
        FieldPanel("body"),
        MultiFieldPanel([FieldPanel("purpose"), FieldPanel("topic"), FieldPanel("language")], heading=_("More")),
    ]

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self):
        super().clean()
        if "\n" in self.subject or "\r" in self.subject:
            raise ValidationError({"subject": _("The subject must be one line.")})

    @property
    def preview_modes(self):
        return [("html", _("As HTML")), ("text", _("As plain text"))]

    def serve_preview(self, request, mode_name):
        from django.http import HttpResponse

        from wagtail_leads.mailing.rendering import compile_email, fill_sample

        site = Site.find_for_request(request)
        sender = SenderDetails.objects.filter(site=site).first() or SenderDetails(site=site)
        html, text = fill_sample(compile_email(self), sender)
        if mode_name == "text":
            return HttpResponse(text, content_type="text/plain; charset=utf-8")
        response = HttpResponse(html)
        # mail lives by inline styles; a site's strict policy would show it bare
        response.headers["Content-Security-Policy"] = "default-src 'none'; img-src * data:; style-src 'unsafe-inline'"
        return response


class EmailVersion(models.Model):
    """One publication of an `Email`, compiled: CSS inlined, links numbered, text part made. Never changes."""

    email = models.ForeignKey(Email, on_delete=models.CASCADE, related_name="versions")
    #: sha256 of what was compiled; the same content is one version.
    fingerprint = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    html = models.TextField()
    text = models.TextField()
    #: Slugs of the topics of the pages it leads to, separated by spaces: what the mail is about.
    topics = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("version of a mail")
        verbose_name_plural = _("versions of mails")
        constraints = [models.UniqueConstraint(fields=["email", "fingerprint"], name="leads_one_version_a_content")]

    def __str__(self) -> str:
        return self.subject


class Link(models.Model):
    """A destination in mails. The token names this row, so there is no open redirect and a link can be repaired."""

    #: sha256 of the address (an address is too long for a unique column).
    url_key = models.CharField(max_length=64, unique=True)
    url = models.TextField()
    label = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")

    def __str__(self) -> str:
        return self.url


STATE_LABELS = {
    MessageState.QUEUED: _("waiting"),
    MessageState.CLAIMED: _("about to be sent"),
    MessageState.SENDING: _("being sent"),
    MessageState.SENT: _("sent"),
    MessageState.DEFERRED: _("will be tried again"),
    MessageState.FAILED: _("refused"),
    MessageState.UNKNOWN: _("perhaps sent – please look"),
    MessageState.SKIPPED: _("not sent"),
}
SKIP_LABELS = {
    SkipReason.NO_BASIS: _("no permission to write to this address"),
    SkipReason.SUPPRESSED: _("the reader unsubscribed"),
    SkipReason.BOUNCED: _("the address does not exist"),
    SkipReason.NO_SENDER: _("the sender details are not complete"),
    SkipReason.STOPPED_USE: _("the person asked us to stop using their data"),
    SkipReason.BAD_ADDRESS: _("the address is not valid"),
    SkipReason.ERASED: _("the person was erased"),
    SkipReason.PAUSED: _("the reader asked for a pause"),
    SkipReason.TOPIC_REFUSED: _("the reader does not want this topic"),
    SkipReason.CONTACT_WISH: _("the person wishes no contact"),
}


class MessageQuerySet(models.QuerySet):
    def due(self, now):
        return self.filter(state__in=[MessageState.QUEUED.value, MessageState.DEFERRED.value], due_at__lte=now)


class Message(models.Model):
    """One mail to one address: the outbox. This row is the truth; the queue only wakes workers."""

    #: Hex of the cause; the same cause is one mail.
    dedupe_key = models.CharField(max_length=64, unique=True)
    site = models.ForeignKey(Site, on_delete=models.SET_NULL, null=True, related_name="+")
    #: NULL for a notice to staff.
    lead = models.ForeignKey(Lead, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    to_address = models.CharField(_("to"), max_length=254)
    address_key = models.CharField(max_length=64)
    purpose = models.CharField(max_length=20, choices=[(p.value, p.value) for p in MailPurpose])
    #: Either a compiled version of an `Email` or the name of a template that ships with the package.
    version = models.ForeignKey(EmailVersion, on_delete=models.PROTECT, null=True, related_name="+")
    template = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10, blank=True)
    context = models.JSONField(default=dict, blank=True)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    state = models.CharField(
        _("state"),
        max_length=20,
        choices=[(s.value, STATE_LABELS[s]) for s in MessageState],
        default=MessageState.QUEUED.value,
    )
    skip_reason = models.CharField(
        _("why not"), max_length=20, blank=True, choices=[(s.value, SKIP_LABELS[s]) for s in SkipReason]
    )
    due_at = models.DateTimeField(_("due"))
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=40, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    message_id = models.CharField(max_length=150, blank=True)
    error = models.CharField(_("server's answer"), max_length=255, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(_("sent"), null=True)
    opened_at = models.DateTimeField(_("opened"), null=True)
    clicked_at = models.DateTimeField(_("clicked"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("sent mail")
        verbose_name_plural = _("sent mail")
        indexes = [
            models.Index(fields=["state", "due_at"], name="leads_message_due"),
            models.Index(fields=["lead", "-created_at"], name="leads_message_lead"),
            models.Index(fields=["address_key", "sent_at"], name="leads_message_cap"),
            models.Index(fields=["state", "lease_until"], name="leads_message_lease"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to_address}"


class Reaction(models.Model):
    """A raw open, click or unsubscribe, with a verdict decided after a hold. Only human ones have effects."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reactions")
    link = models.ForeignKey(Link, on_delete=models.SET_NULL, null=True, related_name="+")
    visitor = models.ForeignKey(Visitor, on_delete=models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=15, choices=[(k.value, k.value) for k in ReactionKind])
    at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=255, blank=True)
    verdict = models.CharField(
        max_length=10, choices=[(v.value, v.value) for v in Verdict], default=Verdict.UNKNOWN.value
    )
    reason = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("reaction")
        verbose_name_plural = _("reactions")
        indexes = [
            models.Index(fields=["verdict", "at"], name="leads_reaction_undecided"),
            models.Index(fields=["message", "kind"], name="leads_reaction_message"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class Suppression(models.Model):
    """An address that must not be written to. Kept by hash: it outlives merge, erasure and import."""

    class Scope(models.TextChoices):
        MARKETING = "marketing", _("marketing mail")
        ALL = "all", _("all mail")

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
        BOUNCED = "bounced", _("address does not exist")
        COMPLAINED = "complained", _("complained")
        BY_HAND = "by_hand", _("entered by a colleague")

    address_key = models.CharField(max_length=64)
    scope = models.CharField(_("scope"), max_length=10, choices=Scope.choices)
    reason = models.CharField(_("reason"), max_length=15, choices=Reason.choices)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        constraints = [models.UniqueConstraint(fields=["address_key", "scope"], name="leads_one_suppression_a_scope")]

    def __str__(self) -> str:
        return f"{self.address_key[:8]} {self.scope}"


class MailPreference(models.Model):
    """What the reader of an address chose on the preference page. Without a row: everything, as it comes."""

    class Frequency(models.TextChoices):
        ALL = "all", _("as it comes")
        WEEKLY = "weekly", _("once a week at the most")
        MONTHLY = "monthly", _("once a month at the most")

    address_key = models.CharField(max_length=64, primary_key=True)
    frequency = models.CharField(_("how often"), max_length=10, choices=Frequency.choices, default=Frequency.ALL.value)
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    #: Slugs of `content.Topic`s that the reader does not want.
    refused_topics = models.JSONField(default=list)
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("mail preference")
        verbose_name_plural = _("mail preferences")

    def __str__(self) -> str:
        return self.address_key[:8]
