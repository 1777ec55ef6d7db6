"""Doors where a visitor becomes a lead: our own forms, the site's form pages, what was sent."""

import swapper
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField

from wagtail_leads.capture.blocks import FormFields
from wagtail_leads.identity.models import Lead, Visitor
from wagtail_leads.mailing.models import Email

PAGE_MODEL = swapper.get_model_name("wagtailcore", "Page")


class LeadForm(models.Model):
    """A form that makes leads: shown by a gate now, by blocks and pages later."""

    class Purpose(models.TextChoices):
        DOCUMENT = "document", _("Document request")
        INQUIRY = "inquiry", _("Inquiry")
        NEWSLETTER = "newsletter", _("Newsletter")

    name = models.CharField(_("name"), max_length=200, help_text=_("For you; visitors do not see it."))
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices, default=Purpose.DOCUMENT)
    language = models.CharField(
        _("language"), max_length=10, blank=True, help_text=_("Used for pages in this language; empty: for all.")
    )
    is_default = models.BooleanField(
        _("default for gated pages"), default=False, help_text=_("Used where a gated page names no form of its own.")
    )
    heading = models.CharField(_("heading"), max_length=200, blank=True)
    intro = models.TextField(_("introduction"), blank=True)
    fields = StreamField(FormFields(), verbose_name=_("fields"))
    submit_label = models.CharField(_("text of the button"), max_length=60, blank=True)
    consent_wording = models.TextField(
        _("question for permission to write"),
        blank=True,
        help_text=_("Stands beside an unticked box. Empty: our standard wording. What was shown is kept as proof."),
    )
    purpose_text = models.TextField(
        _("what the data is used for"), blank=True, help_text=_("Shown beside the button. Empty: our standard wording.")
    )
    reply = models.ForeignKey(
        Email,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("automatic reply"),
        help_text=_("Empty: our standard mail with the link to the page."),
    )
    opens_todo = models.BooleanField(_("makes a to-do for sales"), default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner of new leads"),
    )

    panels = [
        FieldPanel("name"),
        FieldPanel("purpose"),
        FieldPanel("heading"),
        FieldPanel("intro"),
        FieldPanel("fields"),
        FieldPanel("submit_label"),
        MultiFieldPanel([FieldPanel("consent_wording"), FieldPanel("purpose_text")], heading=_("Permission")),
        MultiFieldPanel([FieldPanel("reply"), FieldPanel("opens_todo"), FieldPanel("owner")], heading=_("Afterwards")),
        MultiFieldPanel([FieldPanel("is_default"), FieldPanel("language")], heading=_("More")),
    ]

    class Meta:
        verbose_name = _("form")
        verbose_name_plural = _("forms")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class FormPageSource(models.Model):
    """An ordinary Wagtail form page of the site that makes leads; its own handling stays as it is."""

    page = models.OneToOneField(PAGE_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    is_inquiry = models.BooleanField(
        _("is an inquiry"),
        default=True,
        help_text=_("The main conversion: makes a to-do, a reply and a notice to staff."),
    )
    #: Our field ("email", "name", "company", "phone", "job_title", "message") -> the page's field name.
    mapping = models.JSONField(default=dict)
    reply = models.ForeignKey(
        Email, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("automatic reply")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner of new leads"),
    )
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("form page as a source of leads")
        verbose_name_plural = _("form pages as sources of leads")

    def __str__(self) -> str:
        return str(self.page_id)


class FormSubmission(models.Model):
    """What a person sent, as it was sent. Written in the request: acknowledged means durable."""

    #: Hex of form, token and sender: a double click or reload is the same submission.
    dedupe_key = models.CharField(max_length=64, unique=True)
    form = models.ForeignKey(LeadForm, on_delete=models.SET_NULL, null=True, related_name="+")
    lead = models.ForeignKey(Lead, on_delete=models.SET_NULL, null=True, related_name="+")
    visitor = models.ForeignKey(Visitor, on_delete=models.SET_NULL, null=True, related_name="+")
    page_id = models.PositiveIntegerField(null=True)
    data = models.JSONField(_("answers"), default=dict)
    is_inquiry = models.BooleanField(default=False)
    #: Held back as spam until a person releases it.
    is_spam = models.BooleanField(_("held as spam"), default=False)
    spam_reason = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = pgettext_lazy("leads", "form submission")
        verbose_name_plural = _("form submissions")
        indexes = [models.Index(fields=["-at"], name="leads_submission_at")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
