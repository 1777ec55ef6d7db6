"""Who: the anonymous browser (visitor), the named person (lead), the link between them, and what the person allowed."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from wagtail_leads.companies.models import Company
from wagtail_leads.logic.kinds import Basis, Evidence, Stage

STAGE_LABELS = {
    Stage.LATENT: _("Latent"),
    Stage.INTERESTED: _("Interested"),
    Stage.PROSPECT: _("Prospect"),
    Stage.OPPORTUNITY: _("Opportunity"),
    Stage.CUSTOMER: _("Customer"),
    Stage.DORMANT: _("Dormant"),
    Stage.DISQUALIFIED: _("No prospect"),
}


class LeadQuerySet(models.QuerySet):
    def living(self):
        """Leads that were neither merged into another nor erased."""
        return self.filter(merged_into__isnull=True, erased_at__isnull=True)

    def connected(self):
        return self.filter(connected_at__isnull=False)

    def active_prospects(self, since):
        """アクティブプロスペクト: a browser is linked, and it was seen since `since`."""
        return self.living().connected().filter(last_seen_at__gte=since)


class Lead(models.Model):
    """A named person. Shared by all sites of the installation."""

    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    #: sha256 of the normalised address; NULL for a lead without one. Unique: one address, one lead.
    email_key = models.CharField(max_length=64, unique=True, null=True, editable=False)
    name = models.CharField(_("name"), max_length=200, blank=True)
    company_name = models.CharField(_("company (as written)"), max_length=200, blank=True)
    company = models.ForeignKey(
        Company, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("company")
    )
    department = models.CharField(_("department"), max_length=200, blank=True)
    job_title = models.CharField(_("job title"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    stage = models.CharField(
        _("stage"), max_length=20, choices=[(s.value, STAGE_LABELS[s]) for s in Stage], default=Stage.LATENT.value
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=pgettext_lazy("leads", "owner"),
    )
    note = models.TextField(_("note"), blank=True, help_text=_("Written by people; never changed by the system."))
    source = models.CharField(_("source"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("created"))
    #: First link with a browser; a lead with one is "connected".
    connected_at = models.DateTimeField(_("connected"), null=True, blank=True)
    last_seen_at = models.DateTimeField(_("last visit"), null=True, blank=True)
    #: The person asked us not to use their data: no mail, no score, no call.
    stopped_at = models.DateTimeField(_("use stopped"), null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    objects = LeadQuerySet.as_manager()

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        permissions = [("export_lead", "Can export leads")]
        indexes = [
            models.Index(fields=["-last_seen_at"], name="leads_lead_seen"),
            models.Index(fields=["-created_at"], name="leads_lead_created"),
            models.Index(fields=["owner", "stage"], name="leads_lead_owner"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or _("Lead %(pk)s") % {"pk": self.pk}

    @property
    def is_connected(self) -> bool:
        return self.connected_at is not None


class Visitor(models.Model):
    """One browser. Anonymous until a `VisitorLink` says whose it is."""

    #: The cookie's 128 random bits as hex; for a browser without cookie "~" and its client key of the day; NULL for one
    #: that was forgotten.
    key = models.CharField(max_length=32, unique=True, null=True)
    #: Hash of address, agent and day: groups views of a browser that runs no script.
    client_key = models.CharField(max_length=32, db_index=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(db_index=True)
    #: When the visitor refused to be recorded: nothing of this browser is stored any more (`tracking.forgetting`).
    forgotten_at = models.DateTimeField(null=True, db_index=True)
    #: The lead this browser belongs to now (mirror of the open link, so that the hot path needs no join).
    lead = models.ForeignKey(Lead, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")

    def __str__(self) -> str:
        return _("Visitor %(pk)s") % {"pk": self.pk}


EVIDENCE_LABELS = {
    Evidence.LOGIN: _("logged in"),
    Evidence.CONFIRMED: _("confirmed the address"),
    Evidence.FORM: _("sent a form"),
    Evidence.MAIL_LINK: _("clicked a link in a mail (weak: mails are forwarded)"),
    Evidence.MANUAL: _("linked by a colleague"),
}


class VisitorLink(models.Model):
    """A reversible statement: from `from_at` to `to_at` this browser was this lead's. History is never re-pointed."""

    visitor = models.ForeignKey(Visitor, on_delete=models.CASCADE, related_name="links")
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="links")
    evidence = models.CharField(max_length=20, choices=[(e.value, EVIDENCE_LABELS[e]) for e in Evidence])
    #: NULL: the whole history before counts too.
    from_at = models.DateTimeField(null=True)
    to_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    #: The visitor's pk while the link is open, else NULL: one open link per browser, by a plain unique constraint.
    open_key = models.BigIntegerField(unique=True, null=True, editable=False)

    class Meta:
        verbose_name = _("link of a browser")
        verbose_name_plural = _("links of browsers")

    def __str__(self) -> str:
        return f"{self.visitor_id} → {self.lead_id}"


BASIS_LABELS = {
    Basis.CONSENT: _("consent"),
    Basis.BUSINESS_CARD: _("business card"),
    Basis.CUSTOMER: _("customer"),
    Basis.PUBLISHED: _("published address"),
}


class Consent(models.Model):
    """One answer to "may we write to you?" or "may we record your visits?", with the wording shown. Append-only:
    the newest row of an address holds; of a browser its cookie holds, and this is the proof."""

    class Question(models.TextChoices):
        MAIL = "mail", _("may we write?")
        TRACKING = "tracking", _("may we record visits?")

    class Answer(models.TextChoices):
        """Of the question about visits. Who read a notice was told, and has not agreed."""

        YES = "yes", pgettext_lazy("answer to the notice", "agreed")
        OK = "ok", pgettext_lazy("answer to the notice", "read the notice")
        NO = "no", pgettext_lazy("answer to the notice", "refused")

    question = models.CharField(_("question"), max_length=10, choices=Question.choices, default=Question.MAIL.value)
    lead = models.ForeignKey(Lead, on_delete=models.SET_NULL, null=True, related_name="+")
    #: The browser that answered about visits; NULL when it stays unknown.
    visitor = models.ForeignKey(Visitor, on_delete=models.SET_NULL, null=True, related_name="+")
    email_key = models.CharField(max_length=64, db_index=True, blank=True)
    #: Eight hex digits that change with the wording.
    version = models.CharField(_("version of the wording"), max_length=16, blank=True)
    granted = models.BooleanField(_("granted"))
    #: '' for mail.
    answer = models.CharField(_("answer"), max_length=4, choices=Answer.choices, blank=True)
    basis = models.CharField(
        _("basis"), max_length=20, choices=[(b.value, BASIS_LABELS[b]) for b in Basis], default=Basis.CONSENT.value
    )
    wording = models.TextField(_("wording shown"), blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    page_id = models.PositiveIntegerField(null=True)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [models.Index(fields=["email_key", "-id"], name="leads_consent_newest")]

    def __str__(self) -> str:
        return f"{self.lead or self.email_key[:8]}: {self.granted}"
