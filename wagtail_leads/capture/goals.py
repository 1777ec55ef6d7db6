"""Stage of the river: which facts are conversions? One a goal and fact; what one is worth is what the goal said then."""

from datetime import timedelta

import swapper
from django.db.models import Q

from wagtail_leads import conf
from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.turn import Turn
from wagtail_leads.capture.models import Conversion, Goal
from wagtail_leads.logic.kinds import ActivityKind, GoalKind

#: The fact that each kind of goal looks at.
FACTS = {
    ActivityKind.INQUIRY_MADE: (GoalKind.INQUIRY, GoalKind.FORM),
    ActivityKind.FORM_SUBMITTED: (GoalKind.FORM,),
    ActivityKind.PAGE_VIEWED: (GoalKind.PAGE,),
    ActivityKind.ASSET_DOWNLOADED: (GoalKind.DOCUMENT,),
    ActivityKind.CUSTOM: (GoalKind.EVENT,),
}
#: A page that is opened again, or a file fetched again, within one visit is one conversion.
ONCE_A_VISIT = (GoalKind.PAGE, GoalKind.DOCUMENT)


def reach(turn: Turn) -> None:
    """Write the conversions of a batch. One query while no goal looks at these facts; at most four, for any number."""
    facts = [a for a in turn.activities if a.kind in FACTS]
    if not facts:
        return
    goals = _goals(facts)
    if not goals:
        return
    pages = _translated({goal.page_id for goal in goals if goal.page_id})
    met = [(goal, a) for a in sorted(facts, key=lambda a: (a.at, a.pk)) for goal in goals if _meets(a, goal, pages)]
    Conversion.objects.bulk_create(
        [
            Conversion(
                goal=goal,
                activity_id=a.pk,
                lead_id=turn.lead_of.get(a.pk),
                visitor_id=a.visitor_id,
                value=goal.value,
                at=a.at,
            )
            for goal, a in _once_a_visit(met)
        ],
        ignore_conflicts=True,
    )


def _goals(facts: list[Activity]) -> list[Goal]:
    kinds = {kind.value for a in facts for kind in FACTS[a.kind]}
    return list(Goal.objects.filter(is_on=True, kind__in=kinds))


def _translated(page_ids: set[int]) -> dict[int, set[int]]:
    """Goal's page -> it and its translations and aliases: a thank-you page counts in every language. One query."""
    if not page_ids:
        return {}
    Page = swapper.load_model("wagtailcore", "Page")
    keys = Page.objects.filter(pk__in=page_ids).values("translation_key")
    same = Page.objects.filter(Q(translation_key__in=keys) | Q(alias_of__in=page_ids))
    rows = list(same.values_list("pk", "translation_key", "alias_of_id"))
    key_of = {pk: key for pk, key, _original in rows}
    return {
        goal_page: {pk for pk, key, original in rows if key == key_of[goal_page] or original == goal_page}
        for goal_page in page_ids
        if goal_page in key_of
    }


def _meets(a: Activity, goal: Goal, pages: dict[int, set[int]]) -> bool:
    """Is this fact what the goal waits for? A goal whose form, page or title was left empty takes any."""
    if goal.kind not in {kind.value for kind in FACTS[a.kind]}:
        return False
    if goal.kind == GoalKind.INQUIRY:
        return True
    if goal.kind == GoalKind.FORM:
        return goal.form_id is None or (a.object_kind == "form" and a.object_id == goal.form_id)
    if goal.kind == GoalKind.PAGE:
        return a.page_id in pages.get(goal.page_id, ())
    if goal.kind == GoalKind.DOCUMENT:
        return goal.document_id is None or a.object_id == goal.document_id
    return a.title == goal.event


def _once_a_visit(met: list[tuple[Goal, Activity]]) -> list[tuple[Goal, Activity]]:
    """Without pages and files that the same browser reached for the same goal shortly before. One query."""
    often = [(goal, a) for goal, a in met if goal.kind in {kind.value for kind in ONCE_A_VISIT} and a.visitor_id]
    if not often:
        return met
    gap = timedelta(minutes=conf.get("VISIT_GAP_MINUTES"))
    times = [a.at for _goal, a in often]
    rows = Conversion.objects.filter(
        goal__in={goal.pk for goal, _a in often},
        visitor__in={a.visitor_id for _goal, a in often},
        at__gte=min(times) - gap,
        at__lte=max(times) + gap,
    ).values_list("goal_id", "visitor_id", "at", "activity_id")
    reached: dict[tuple, list] = {}
    for goal_id, visitor_id, at, activity_id in rows:
        reached.setdefault((goal_id, visitor_id), []).append((at, activity_id))
    kept = []
    for goal, a in met:
        if goal.kind in {kind.value for kind in ONCE_A_VISIT} and a.visitor_id:
            before = reached.setdefault((goal.pk, a.visitor_id), [])
            if any(abs(a.at - at) < gap and other != a.pk for at, other in before):
                continue
            before.append((a.at, a.pk))
        kept.append((goal, a))
    return kept


def ensure_shipped_goal(*, now) -> None:
    """Inquiries are the main goal, once; whoever deletes it while others are there does not get it back."""
    if not Goal.objects.exists():
        Goal.objects.create(name=Goal.INQUIRY, kind=GoalKind.INQUIRY.value, is_main=True, created_at=now)
