"""Scores as they are worth now."""

from collections.abc import Iterable
from datetime import datetime

from wagtail_leads import conf
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic import decay
from wagtail_leads.logic.kinds import Stage
from wagtail_leads.scoring.models import LeadScore
from wagtail_leads.scoring.operations import half_life


def scores_of(lead_ids: Iterable[int], *, now: datetime) -> dict[int, float]:
    """Current score by lead pk, in points; leads without any are absent. One query."""
    rows = LeadScore.objects.filter(lead_id__in=list(lead_ids))
    return {row.lead_id: decay.decayed(row.value, row.as_of, now, half_life()) for row in rows}


def hot_leads(*, now: datetime, limit: int, leads=None) -> list[tuple[Lead, float]]:
    """Leads from the score for a call upward, hottest first; `leads` narrows whom the reader may see."""
    threshold = decay.rank(conf.get("HOT_SCORE"), now, half_life())
    leads = Lead.objects.living() if leads is None else leads
    leads = leads.filter(stopped_at__isnull=True).exclude(stage=Stage.DISQUALIFIED.value)
    rows = LeadScore.objects.filter(rank__gte=threshold, lead__in=leads).order_by("-rank")
    rows = rows.select_related("lead", "lead__company__merged_into", "lead__owner")[:limit]
    return [(row.lead, decay.decayed(row.value, row.as_of, now, half_life())) for row in rows]
