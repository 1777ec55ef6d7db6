"""Second stage of the river: points. An entry for every point; the score decays by itself."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db import transaction
from django.utils import timezone

from wagtail_leads import conf
from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.operations import upsert_many
from wagtail_leads.activity.turn import Turn
from wagtail_leads.activity.whose import covers, history_of
from wagtail_leads.identity.models import Lead, VisitorLink, open_links
from wagtail_leads.logic import decay
from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.logic.scoring import Fact, Rule, matching
from wagtail_leads.scoring.defaults import SHIPPED
from wagtail_leads.scoring.models import LeadScore, ScoreEntry, ScoreRule

#: How much of a browser's earlier history counts when its owner becomes known.
HISTORY_LINES = 1000


def half_life() -> timedelta:
    return timedelta(days=conf.get("HALF_LIFE_DAYS"))


def apply(turn: Turn) -> None:
    """Give the batch's activities their points. Constant query count; twice is once (unique entry)."""
    pairs = [(activity, lead) for activity, lead in turn.named()]
    pairs += _history(turn)
    rules = active_rules()
    kinds = {rule.activity_kind for rule in rules}
    pairs = [(a, lead) for a, lead in pairs if a.kind in kinds]
    if not pairs:
        return
    fresh = new_entries(pairs, rules)
    if not fresh:
        return
    ScoreEntry.objects.bulk_create(fresh, batch_size=500, ignore_conflicts=True)
    _add_up(turn, fresh)


def _history(turn: Turn) -> list[tuple[Activity, Lead]]:
    """A browser became somebody's: what it did before is that lead's, and counts from now on."""
    lead_of = {a.object_id: lead for a, lead in turn.named() if a.kind == ActivityKind.VISITOR_LINKED}
    links = list(VisitorLink.objects.filter(open_links(), pk__in=list(lead_of))) if lead_of else []
    if not links:
        return []
    covered = reduce(or_, (history_of(row) for row in links))
    past = Activity.objects.filter(covered, lead__isnull=True, processed_at__isnull=False).order_by("-at")
    found = list(past[: HISTORY_LINES * len(links)])
    return [(one, lead_of[row.pk]) for row in links for one in found if covers(row, one)]


def active_rules() -> list[Rule]:
    return [_value(rule) for rule in ScoreRule.objects.filter(active=True)]


def _value(rule: ScoreRule) -> Rule:
    return Rule(
        id=rule.pk,
        version=rule.version,
        activity_kind=rule.activity_kind,
        points=rule.points,
        high_intent_only=rule.high_intent_only,
        content_kind=rule.content_kind,
        min_seconds=rule.min_seconds,
        max_per_day=rule.max_per_day,
    )


def new_entries(pairs: list[tuple[Activity, Lead]], rules: list[Rule]) -> list[ScoreEntry]:
    pairs = sorted(dict.fromkeys(pairs), key=lambda pair: (pair[0].at, pair[0].pk))
    leads = {lead.pk for _a, lead in pairs}
    there = set(
        ScoreEntry.objects.filter(activity_id__in=[a.pk for a, _l in pairs], lead_id__in=leads).values_list(
            "lead_id", "rule_id", "activity_id"
        )
    )
    used = _used_per_day(pairs, leads)
    entries = []
    for activity, lead in pairs:
        fact = Fact(
            kind=activity.kind,
            high_intent=activity.high_intent,
            content_kind=activity.content_kind,
            value=activity.value,
        )
        for rule in matching(rules, fact):
            day = (lead.pk, rule.id, day_of(activity.at))
            if (lead.pk, rule.id, activity.pk) in there or (rule.max_per_day and used[day] >= rule.max_per_day):
                continue
            used[day] += 1
            entries.append(
                ScoreEntry(
                    lead=lead,
                    rule_id=rule.id,
                    rule_version=rule.version,
                    activity=activity,
                    points=rule.points,
                    at=activity.at,
                )
            )
    return entries


def day_of(at: datetime):
    return timezone.localdate(at)


def _used_per_day(pairs, leads) -> Counter:
    first, last = pairs[0][0].at - timedelta(days=1), pairs[-1][0].at + timedelta(days=1)
    rows = ScoreEntry.objects.filter(lead_id__in=leads, at__gte=first, at__lte=last)
    return Counter((lead, rule, day_of(at)) for lead, rule, at in rows.values_list("lead_id", "rule_id", "at"))


def _add_up(turn: Turn, entries: list[ScoreEntry]) -> None:
    by_lead: dict[int, list[ScoreEntry]] = {}
    for entry in entries:
        by_lead.setdefault(entry.lead_id, []).append(entry)
    known = {score.lead_id: score for score in LeadScore.objects.select_for_update().filter(lead_id__in=by_lead)}
    changed = []
    for lead_id, news in by_lead.items():
        score = known.get(lead_id) or LeadScore(lead_id=lead_id, value=0.0, as_of=news[0].at)
        before = decay.decayed(score.value, score.as_of, turn.now, half_life())
        for entry in news:
            score.value, score.as_of = decay.add(score.value, score.as_of, entry.points, entry.at, half_life())
        score.rank = decay.rank(score.value, score.as_of, half_life())
        turn.scores[lead_id] = (before, decay.decayed(score.value, score.as_of, turn.now, half_life()))
        changed.append(score)
    LeadScore.objects.bulk_create([s for s in changed if s.lead_id not in known])
    upsert_many([s for s in changed if s.lead_id in known], ["value", "as_of", "rank"])


def refold(lead_ids: Iterable[int]) -> None:
    """Make the scores of these leads anew from the entries that are there (some were removed with their activity)."""
    wanted = sorted(set(lead_ids))
    if not wanted:
        return
    with transaction.atomic():
        scores = {s.lead_id: s for s in LeadScore.objects.select_for_update().filter(lead_id__in=wanted).order_by("pk")}
        for score in scores.values():
            score.value = 0.0
        entries = ScoreEntry.objects.filter(lead_id__in=list(scores)).values_list("lead_id", "points", "at")
        for lead_id, points, at in entries.iterator(chunk_size=2000):
            score = scores[lead_id]
            score.value, score.as_of = decay.add(score.value, score.as_of, points, at, half_life())
        for score in scores.values():
            score.rank = decay.rank(score.value, score.as_of, half_life())
        upsert_many(list(scores.values()), ["value", "as_of", "rank"])


def save_rule(rule: ScoreRule, *, now: datetime) -> ScoreRule:
    """Save a rule; a change makes a new version. Points given before keep theirs."""
    with transaction.atomic():
        if rule.pk:
            before = ScoreRule.objects.select_for_update().get(pk=rule.pk)
            if _value(before) != _value(rule):
                rule.version = before.version + 1
        rule.save()
    return rule


def ensure_shipped_rules() -> None:
    """The eight rules that ship, once; a rule that somebody changed or deleted on purpose is not brought back."""
    if ScoreRule.objects.exists():
        return
    ScoreRule.objects.bulk_create(
        [
            ScoreRule(
                key=key,
                name=name,
                activity_kind=str(kind),
                high_intent_only=high_intent,
                content_kind=str(content),
                min_seconds=seconds,
                points=points,
                max_per_day=per_day,
                order=10 * number,
            )
            for number, (key, name, kind, high_intent, content, seconds, points, per_day) in enumerate(SHIPPED, 1)
        ],
        ignore_conflicts=True,
    )
