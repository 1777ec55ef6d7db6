"""The value handed from stage to stage: one batch of activities and what the stages found out about it."""

from dataclasses import dataclass, field
from datetime import datetime

from wagtail_leads.activity.models import Activity
from wagtail_leads.identity.models import Lead


@dataclass(kw_only=True)
class Turn:
    now: datetime
    activities: list[Activity]
    #: Activity pk -> lead pk: whose it is. Filled by identity; an anonymous activity is absent.
    lead_of: dict[int, int] = field(default_factory=dict)
    #: The batch's leads, locked in pk order. Filled by identity.
    leads: dict[int, Lead] = field(default_factory=dict)
    #: Activity pk -> company pk: from which company a page was opened. Filled by `tracking.placing`.
    company_of: dict[int, int] = field(default_factory=dict)
    #: The same activity pk -> (confidence in percent, code of the reason), as the visit says it.
    why_company: dict[int, tuple[int, str]] = field(default_factory=dict)
    #: Lead pk -> (score before, score after), at `now`. Filled by scoring for leads whose score changed.
    scores: dict[int, tuple[float, float]] = field(default_factory=dict)
    #: Lead pk -> (from stage, to stage). Filled by segments.
    stages: dict[int, tuple[str, str]] = field(default_factory=dict)

    def named(self, *, stopped_too: bool = False) -> list[tuple[Activity, Lead]]:
        """The activities whose lead is known and may be worked with, with the lead, in the order of their facts.

        `stopped_too`: also leads who asked us not to use their data – for what they themselves ask of us.
        """
        pairs = [(a, self.leads[self.lead_of[a.pk]]) for a in self.activities if a.pk in self.lead_of]
        return sorted(
            [(a, lead) for a, lead in pairs if lead.erased_at is None and (stopped_too or lead.stopped_at is None)],
            key=lambda pair: (pair[0].at, pair[0].pk),
        )
