"""The facts behind the memo of one lead, in a constant number of queries."""

from datetime import datetime

from django.db.models import Count, Max, Min, Q, Sum

from wagtail_leads import conf
from wagtail_leads.activity.models import Activity
from wagtail_leads.identity.models import Lead
from wagtail_leads.identity.queries import may_write
from wagtail_leads.logic.kinds import ActivityKind, EnrolmentState
from wagtail_leads.mailing.models import Suppression
from wagtail_leads.reports.memo import MONTH, Facts, Tally
from wagtail_leads.reports.timeline import Reach, topic_names
from wagtail_leads.reports.words import tel
from wagtail_leads.sales.models import FollowUp, Todo
from wagtail_leads.scenarios.models import Enrolment
from wagtail_leads.tracking.models import Visit

#: Searched words that the memo names.
MOST_SEARCHES = 3
ACTIVE = (EnrolmentState.RUNNING.value, EnrolmentState.WAITING.value)


def gather(lead: Lead, reach: Reach, *, score: float, now: datetime) -> Facts:
    """Nine queries, however much the lead did."""
    tallies = _tallies(reach)
    return Facts(
        now=now,
        tallies=tallies,
        topic_names=topic_names(slug for tally in tallies for slug in tally.topics),
        connected=lead.is_connected,
        known_at=lead.created_at,
        score=score,
        hot_score=conf.get("HOT_SCORE"),
        stage=lead.stage,
        has_phone=bool(tel(lead.phone) or tel(lead.mobile)),
        has_email=bool(lead.email),
        stopped=lead.stopped_at is not None,
        contact_wish=lead.contact_wish,
        unreachable_by_mail=_is_suppressed(lead),
        has_basis=bool(lead.email_key) and may_write(lead.email_key),
        searched_for=_searched_for(reach, tallies),
        **_visits(lead, reach, now),
        **_contact(lead, reach),
        **_scenario(reach),
    )


def _tallies(reach: Reach) -> tuple[Tally, ...]:
    """Grouped by the database: a handful of rows for thousands of activities."""
    rows = (
        Activity.objects.filter(reach.activities())
        .values("kind", "topics", "content_kind", "high_intent")
        .annotate(count=Count("pk"), total=Sum("value"), last_at=Max("at"))
        .order_by("kind", "topics", "content_kind", "high_intent")
    )
    return tuple(
        Tally(
            kind=row["kind"],
            topics=tuple(row["topics"].split()),
            content_kind=row["content_kind"],
            high_intent=row["high_intent"],
            count=row["count"],
            value=row["total"] if row["kind"] == ActivityKind.PAGE_READ else None,
            last=row["last_at"],
        )
        for row in rows
    )


def _searched_for(reach: Reach, tallies: tuple[Tally, ...]) -> tuple[str, ...]:
    """The words that were asked in the site's own search, the newest first, each once."""
    if not any(tally.kind == ActivityKind.SITE_SEARCHED for tally in tallies):
        return ()
    asked = Activity.objects.filter(reach.activities(), kind=ActivityKind.SITE_SEARCHED.value).order_by("-at", "-pk")
    newest = dict.fromkeys(asked.values_list("title", flat=True)[: 10 * MOST_SEARCHES])
    return tuple(newest)[:MOST_SEARCHES]


def _is_suppressed(lead: Lead) -> bool:
    return bool(lead.email_key) and Suppression.objects.filter(address_key=lead.email_key).exists()


def _visits(lead: Lead, reach: Reach, now: datetime) -> dict:
    if not reach.links:
        return {"last_visit_at": lead.last_seen_at}
    visits = Visit.objects.filter(reach.visits())
    counted = visits.aggregate(
        all=Count("pk"),
        month=Count("pk", filter=Q(started_at__gte=now - MONTH)),
        first=Min("started_at"),
        last=Max("last_at"),
    )
    first = visits.order_by("started_at", "pk").first()
    return {
        "visits": counted["all"],
        "visits_this_month": counted["month"],
        "first_visit_at": counted["first"],
        "last_visit_at": counted["last"] or lead.last_seen_at,
        "first_source": first_source(first),
    }


def first_source(visit: Visit | None) -> str:
    """How a visit came, as a name: a source or a host; "" for a direct one."""
    if visit is None or visit.channel == "direct":
        return ""
    return visit.source or visit.referrer_host


def _contact(lead: Lead, reach: Reach) -> dict:
    last = (
        Activity.objects.filter(reach.activities(), kind=ActivityKind.SALES_CONTACT.value)
        .order_by("-at", "-pk")
        .first()
    )
    follow = FollowUp.objects.filter(lead=lead).first()
    results = dict(Todo.Result.choices)
    return {
        "last_contact_at": last.at if last else None,
        "last_contact_result": str(results.get(last.data.get("result"), "")) if last else "",
        "snoozed_until": follow.snoozed_until if follow else None,
    }


def _scenario(reach: Reach) -> dict:
    run = (
        Enrolment.objects.filter(lead__in=reach.lead_ids, state__in=ACTIVE)
        .select_related("scenario")
        .order_by("due_at", "pk")
        .first()
    )
    return {"scenario": run.scenario.name, "scenario_due_at": run.due_at} if run else {}
