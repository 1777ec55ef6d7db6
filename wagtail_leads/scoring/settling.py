"""Points follow the ledger: when facts become another lead's (a merge, a link taken back, and both undone), entries do.

Never summed: each fact gives each rule's points once, within the rule's limit a day, and the score is folded from them.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.whose import activities_of, history_of
from wagtail_leads.identity.models import Lead, VisitorLink
from wagtail_leads.scoring.models import LeadScore, ScoreEntry
from wagtail_leads.scoring.operations import HISTORY_LINES, active_rules, day_of, new_entries, refold


def settle(lead: Lead, *, kin: Iterable[int] = (), now: datetime) -> None:
    """Entries of facts that are not the lead's go; those that other leads (`kin`) hold of facts that are its are copied."""
    own = activities_of(lead)
    with transaction.atomic():
        mine = ScoreEntry.objects.filter(lead=lead)
        strange = list(mine.exclude(activity__in=own).values_list("pk", flat=True))
        ScoreEntry.objects.filter(pk__in=strange).delete()
        there = list(ScoreEntry.objects.filter(lead_id__in=list(kin), activity__in=own).select_related("rule"))
        if there and lead.stopped_at is None:
            _put(_copies(lead, there))
        _fold(lead, now=now)


def _copies(lead: Lead, there: list[ScoreEntry]) -> list[ScoreEntry]:
    """As they were given, oldest first; no fact twice, and no rule more often a day than it may."""
    mine = ScoreEntry.objects.filter(lead=lead).values_list("rule_id", "activity_id", "at")
    known = {(rule, activity) for rule, activity, _at in mine}
    used = Counter((rule, day_of(at)) for rule, _activity, at in mine)
    copies = []
    for entry in sorted(there, key=lambda one: (one.at, one.pk)):
        day, most = (entry.rule_id, day_of(entry.at)), entry.rule.max_per_day
        if (entry.rule_id, entry.activity_id) in known or (most and used[day] >= most):
            continue
        known.add((entry.rule_id, entry.activity_id))
        used[day] += 1
        copies.append(
            ScoreEntry(
                lead=lead,
                rule_id=entry.rule_id,
                rule_version=entry.rule_version,
                activity_id=entry.activity_id,
                points=entry.points,
                at=entry.at,
            )
        )
    return copies


def settle_link(link: VisitorLink, lead: Lead, *, now: datetime) -> None:
    """What a browser did in a link's time counts for the lead (again), by the rules of today."""
    if lead.stopped_at is not None:
        return
    past = Activity.objects.filter(history_of(link), lead__isnull=True, processed_at__isnull=False)
    with transaction.atomic():
        pairs = [(one, lead) for one in past.order_by("-at")[:HISTORY_LINES]]
        rules = active_rules()
        kinds = {rule.activity_kind for rule in rules}
        pairs = [(one, lead) for one, _lead in pairs if one.kind in kinds]
        if pairs:
            _put(new_entries(pairs, rules))
        _fold(lead, now=now)


def _put(entries: list[ScoreEntry]) -> None:
    ScoreEntry.objects.bulk_create(entries, batch_size=500, ignore_conflicts=True)


def _fold(lead: Lead, *, now: datetime) -> None:
    if ScoreEntry.objects.filter(lead=lead).exists():
        LeadScore.objects.get_or_create(lead=lead, defaults={"value": 0.0, "as_of": now})
    refold([lead.pk])
