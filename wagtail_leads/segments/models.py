"""Where the lead stands: every change of lifecycle stage has a row of its own."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_leads.identity.models import STAGE_LABELS, Lead
from wagtail_leads.logic.kinds import Stage


class StageChange(models.Model):
    """One move of a lead from stage to stage, with its reason."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    from_stage = models.CharField(max_length=20, choices=[(s.value, STAGE_LABELS[s]) for s in Stage])
    to_stage = models.CharField(max_length=20, choices=[(s.value, STAGE_LABELS[s]) for s in Stage])
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("change of stage")
        verbose_name_plural = _("changes of stage")
        indexes = [models.Index(fields=["lead", "-at"], name="leads_stage_lead")]

    def __str__(self) -> str:
        return f"{self.from_stage} → {self.to_stage}"
