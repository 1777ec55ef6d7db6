"""What a salesperson has to do, and when a lead was last spoken to."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from wagtail_leads.companies.models import Company
from wagtail_leads.identity.models import Lead


class TodoQuerySet(models.QuerySet):
    def open(self):
        return self.exclude(status=Todo.Status.DONE)


class Todo(models.Model):
    """Something a person has to do about a lead: why, who, until when, and what came of it."""

    class Status(models.TextChoices):
        NEW = "new", pgettext_lazy("leads", "New")
        IN_PROGRESS = "in_progress", pgettext_lazy("leads", "In progress")
        DONE = "done", _("Done")

    class Result(models.TextChoices):
        REACHED = "reached", _("Reached, talk goes on")
        MEETING = "meeting", _("Meeting arranged")
        NOT_REACHED = "not_reached", _("Not reached")
        ANSWERED = "answered", _("Answered by mail")
        NO_NEED = "no_need", _("No need at present")
        NO_PROSPECT = "no_prospect", _("No prospect")

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+", verbose_name=_("lead"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=pgettext_lazy("leads", "owner"),
    )
    title = models.CharField(_("what to do"), max_length=200)
    reason = models.TextField(_("why"), blank=True)
    status = models.CharField(
        pgettext_lazy("leads", "status"), max_length=20, choices=Status.choices, default=Status.NEW
    )
    result = models.CharField(_("result"), max_length=20, choices=Result.choices, blank=True)
    result_note = models.TextField(_("note"), blank=True)
    due_at = models.DateTimeField(_("due"))
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    #: Hex of the cause (an inquiry, a scenario's step): the same cause makes one to-do. NULL for those made by hand.
    dedupe_key = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)

    objects = TodoQuerySet.as_manager()

    class Meta:
        verbose_name = _("to-do")
        verbose_name_plural = _("to-dos")
        indexes = [
            models.Index(fields=["status", "due_at"], name="leads_todo_due"),
            models.Index(fields=["lead", "status"], name="leads_todo_lead"),
        ]

    def __str__(self) -> str:
        return self.title


class FollowUp(models.Model):
    """When a hot lead was last dealt with, so that Today does not ask again too soon."""

    lead = models.OneToOneField(Lead, on_delete=models.CASCADE, primary_key=True, related_name="+")
    snoozed_until = models.DateTimeField(null=True)
    contacted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")

    def __str__(self) -> str:
        return str(self.lead_id)


class TargetAlert(models.Model):
    """We told our people that a target account was on the site: at most once a company and day."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", verbose_name=_("company"))
    #: Hex of (company, local day).
    dedupe_key = models.CharField(max_length=64, unique=True, editable=False)
    #: The page view that caused it (a value: the ledger may be purged).
    activity_id = models.PositiveBigIntegerField(null=True)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("alert of a target account")
        verbose_name_plural = _("alerts of target accounts")
        indexes = [models.Index(fields=["-at"], name="leads_target_alert_at")]

    def __str__(self) -> str:
        return f"{self.company} {self.at:%Y-%m-%d}"


class SavedView(models.Model):
    """A list of leads as a colleague likes it: filters, order and columns; for oneself or for all."""

    name = models.CharField(_("name"), max_length=100)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    is_shared = models.BooleanField(_("for all colleagues"), default=False)
    #: The listing's query string without paging (`stage=prospect&ordering=-rank`).
    query = models.TextField(blank=True)
    #: Names of the columns in their order; empty: the standard ones.
    columns = models.JSONField(default=list)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("saved list")
        verbose_name_plural = _("saved lists")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
