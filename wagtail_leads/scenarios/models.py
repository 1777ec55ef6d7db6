"""Who waits for what: scenarios, their immutable versions, and each lead's way through one."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import DraftStateMixin, LockableMixin, RevisionMixin

from wagtail_leads.activity.models import Activity
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.kinds import EnrolmentState
from wagtail_leads.scenarios.blocks import ScenarioSteps, Triggers


class Scenario(DraftStateMixin, LockableMixin, RevisionMixin, models.Model):
    """What happens after what. Written as blocks; publishing makes a version that never changes."""

    name = models.CharField(_("name"), max_length=200)
    purpose = models.TextField(
        _("what it is for"), blank=True, help_text=_("For whom and why – in one sentence, for your colleagues.")
    )
    triggers = StreamField(Triggers(), verbose_name=_("starts when"))
    steps = StreamField(ScenarioSteps(), verbose_name=_("steps"))
    ends_on_inquiry = models.BooleanField(
        _("end when the lead makes an inquiry"),
        default=True,
        help_text=_("From then on a person takes care; automatic mail would disturb."),
    )
    may_repeat = models.BooleanField(
        _("may start again for the same lead"), default=False, help_text=_("Only after the earlier run has ended.")
    )

    panels = [
        FieldPanel("name"),
        FieldPanel("purpose"),
        FieldPanel("triggers"),
        FieldPanel("steps"),
        FieldPanel("ends_on_inquiry"),
        FieldPanel("may_repeat"),
    ]

    class Meta:
        verbose_name = _("scenario")
        verbose_name_plural = _("scenarios")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ScenarioVersion(models.Model):
    """A published scenario as a program. An enrolment keeps the version it began with."""

    scenario = models.ForeignKey(Scenario, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    #: sha256 of the program; publishing the same content again makes no new version.
    fingerprint = models.CharField(max_length=64)
    #: `logic.programs`: {"triggers": [...], "steps": [...], "ends_on_inquiry": bool, "may_repeat": bool}
    program = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("version of a scenario")
        verbose_name_plural = _("versions of scenarios")
        constraints = [models.UniqueConstraint(fields=["scenario", "number"], name="leads_version_numbered_once")]

    def __str__(self) -> str:
        return f"{self.scenario_id} v{self.number}"


ENROLMENT_LABELS = {
    EnrolmentState.RUNNING: _("running"),
    EnrolmentState.WAITING: _("waiting"),
    EnrolmentState.DONE: _("finished"),
    EnrolmentState.EXITED: _("ended early"),
    EnrolmentState.FAILED: _("stuck – please look"),
}


class Enrolment(models.Model):
    """One lead's way through one version: the cursor (step, sequence number, due_at, waits_for)."""

    scenario = models.ForeignKey(Scenario, on_delete=models.CASCADE, related_name="enrolments")
    version = models.ForeignKey(ScenarioVersion, on_delete=models.PROTECT, related_name="+")
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    cause = models.ForeignKey(Activity, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(
        max_length=10, choices=[(s.value, ENROLMENT_LABELS[s]) for s in EnrolmentState], default="running"
    )
    #: Key of the step that is next (the block's id); empty once it is over.
    step = models.CharField(max_length=40, blank=True)
    #: Counts the steps done. Every move is `... SET sequence = n + 1 WHERE sequence = n`.
    sequence = models.PositiveIntegerField(default=0)
    #: When the clock moves it on. NULL once it is over.
    due_at = models.DateTimeField(null=True)
    #: What it waits for beside the clock ("click", "page", "score" …); empty if nothing.
    waits_for = models.CharField(max_length=20, blank=True)
    #: A reaction counts from here on (by the time of its fact).
    waits_since = models.DateTimeField(null=True)
    #: The last mail this run sent; clicks and opens are waited for on it.
    message_key = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    #: "<scenario>:<lead>" while it is active, else NULL: one active run, by a plain unique constraint.
    active_key = models.CharField(max_length=50, unique=True, null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("run of a scenario")
        verbose_name_plural = _("runs of scenarios")
        indexes = [
            models.Index(fields=["due_at"], name="leads_enrolment_due"),
            models.Index(fields=["lead", "waits_for"], name="leads_enrolment_waits"),
            models.Index(fields=["scenario", "state"], name="leads_enrolment_state"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["scenario", "lead", "cause"], name="leads_cause_enrols_once"),
        ]

    def __str__(self) -> str:
        return f"{self.scenario_id}/{self.lead_id} #{self.sequence}"


class StepRun(models.Model):
    """One step done in one run, and what came of it."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="runs")
    sequence = models.PositiveIntegerField()
    step = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    outcome = models.CharField(max_length=30, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("step done")
        verbose_name_plural = _("steps done")
        constraints = [models.UniqueConstraint(fields=["enrolment", "sequence"], name="leads_step_done_once")]
        indexes = [models.Index(fields=["step", "outcome"], name="leads_steprun_step")]

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome}".strip()
