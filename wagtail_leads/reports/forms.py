"""What became of a form: seen, begun, left, sent, and the field where most leave."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from wagtail_leads.activity.models import Activity
from wagtail_leads.capture.models import FormSubmission, LeadForm
from wagtail_leads.logic.kinds import ActivityKind

STEPS = (ActivityKind.FORM_SEEN, ActivityKind.FORM_BEGUN)
#: Newest forms left half filled in that the table of fields looks at.
LOOKED_AT = 5000
MOST_FIELDS = 10


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """Counts of a period; those of the script are of browsers that may be recorded and run JavaScript."""

    seen: int
    begun: int
    left: int
    sent: int
    held: int
    leads: int
    #: (label of the last field or '', how often it was the last), most often first.
    last_fields: tuple[tuple[str, int], ...]

    @property
    def is_empty(self) -> bool:
        return not (self.seen or self.begun or self.sent or self.held)


def funnel_of(form: LeadForm, *, since: datetime) -> Funnel:
    """Four queries."""
    facts = Activity.objects.filter(
        object_kind="form", object_id=form.pk, at__gte=since, kind__in=[*STEPS, ActivityKind.FORM_LEFT]
    )
    counts = dict(facts.order_by().values_list("kind").annotate(n=Count("pk")))
    left = facts.filter(kind=ActivityKind.FORM_LEFT).order_by("-at").values_list("data", flat=True)[:LOOKED_AT]
    fields = Counter(str(data.get("field", "")) for data in left)
    sent = FormSubmission.objects.filter(form=form, at__gte=since)
    totals = sent.filter(is_spam=False).aggregate(sent=Count("pk"), leads=Count("lead", distinct=True))
    return Funnel(
        seen=counts.get(ActivityKind.FORM_SEEN.value, 0),
        begun=counts.get(ActivityKind.FORM_BEGUN.value, 0),
        left=counts.get(ActivityKind.FORM_LEFT.value, 0),
        sent=totals["sent"],
        held=sent.filter(is_spam=True).count(),
        leads=totals["leads"],
        last_fields=tuple(fields.most_common(MOST_FIELDS)),
    )
