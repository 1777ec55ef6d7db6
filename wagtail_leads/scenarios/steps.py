"""What each kind of step does, and whether what a run waits for has happened already."""

from datetime import datetime, timedelta

from django.utils import translation
from django.utils.translation import gettext

from wagtail_leads import conf
from wagtail_leads.activity.whose import activities_of
from wagtail_leads.logic import conditions
from wagtail_leads.logic.contact import may_call, may_mail
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.mailing.models import Email
from wagtail_leads.mailing.operations import queue_email
from wagtail_leads.mailing.reactions import undecided_since
from wagtail_leads.sales.operations import open_todo
from wagtail_leads.scenarios.models import Enrolment
from wagtail_leads.scenarios.waits import answers, days, kinds_of
from wagtail_leads.scoring.queries import scores_of


def perform(step: dict, run: Enrolment, *, now: datetime) -> tuple[str, str]:
    """Do one step inside the run's transaction: (outcome, detail for the reader)."""
    return PERFORMERS[step["kind"]](step, run, now)


def _mail(step: dict, run: Enrolment, now: datetime) -> tuple[str, str]:
    email = Email.objects.filter(pk=step["email"], live=True).first()
    if email is None:
        return "skipped", "mail_missing"
    if not run.lead.email:
        return "skipped", "no_address"
    key = dedupe_key("enrolment", run.pk, run.sequence)
    # mail of the site on which the lead acted: sender and links are per site
    queue_email(email, lead=run.lead, dedupe_key=key, now=now, site=run.cause.site if run.cause_id else None)
    run.message_key = key
    return "queued", email.name


def _todo(step: dict, run: Enrolment, now: datetime) -> tuple[str, str]:
    """As the person wishes: no to-do for who wants no contact, unless they asked something; "by mail only" stands in it."""
    asked = run.cause_id is not None and run.cause.kind == ActivityKind.INQUIRY_MADE
    if not may_mail(run.lead.contact_wish, asked=asked):
        return "skipped", "contact_wish"
    open_todo(
        lead=run.lead,
        title=_title(step["title"], run),
        reason=reason_for(run, now=now),
        due_at=now + days(step["due_days"]),
        owner=run.lead.owner,
        dedupe_key=dedupe_key("enrolment-todo", run.pk, run.sequence),
        now=now,
    )
    return "made", ""


def _title(title: str, run: Enrolment) -> str:
    if may_call(run.lead.contact_wish):
        return title
    with translation.override(run.lead.language or translation.get_language()):
        return gettext("%(title)s (by mail only)") % {"title": title[:170]}


def reason_for(run: Enrolment, *, now: datetime) -> str:
    """Why the salesperson should do it: the scenario, the score, and what was done last."""
    score = scores_of([run.lead_id], now=now).get(run.lead_id, 0.0)
    with translation.override(run.lead.language or translation.get_language()):
        lines = [gettext("Scenario “%(name)s”, score %(score).0f.") % {"name": run.scenario.name, "score": score}]
        strong = activities_of(run.lead).filter(high_intent=True, kind=ActivityKind.PAGE_VIEWED).order_by("-at")
        titles = list(dict.fromkeys(strong.values_list("title", flat=True)[:20]))[:3]
        if titles:
            lines.append(gettext("Looked at: %(titles)s.") % {"titles": ", ".join(titles)})
    return " ".join(lines)


def _condition(step: dict, run: Enrolment, now: datetime) -> tuple[str, str]:
    facts = gather(run, conditions.needs(step["all"]), now=now)
    return ("yes" if conditions.holds(step["all"], facts) else "no"), ""


def _end(step: dict, run: Enrolment, now: datetime) -> tuple[str, str]:
    return "ended", ""


#: Kind of step -> what it does. `wait` and `wait_for` do nothing by themselves (`advancing`).
PERFORMERS = {"mail": _mail, "todo": _todo, "condition": _condition, "end": _end}

#: What a condition calls it -> how the ledger does.
DID = {
    "high_intent": {"kind": ActivityKind.PAGE_VIEWED.value, "high_intent": True},
    "click": {"kind": ActivityKind.EMAIL_CLICKED.value},
    "open": {"kind": ActivityKind.EMAIL_OPENED.value},
    "download": {"kind": ActivityKind.ASSET_DOWNLOADED.value},
    "inquiry": {"kind": ActivityKind.INQUIRY_MADE.value},
}


def gather(run: Enrolment, needs: set[str], *, now: datetime) -> conditions.Facts:
    did = {}
    if "did" in needs:
        for what, wanted in DID.items():
            last = activities_of(run.lead).filter(at__gte=now - timedelta(days=366), **wanted).order_by("-at").first()
            if last is not None:
                did[what] = last.at
    return conditions.Facts(
        now=now,
        score=scores_of([run.lead_id], now=now).get(run.lead_id, 0.0) if "score" in needs else 0.0,
        hot_score=conf.get("HOT_SCORE"),
        stage=run.lead.stage,
        last_did=did,
    )


def happened_already(run: Enrolment, *, now: datetime) -> bool:
    """A run that begins to wait looks back first: the reaction may have been faster."""
    if run.waits_for == "score":
        return round(scores_of([run.lead_id], now=now).get(run.lead_id, 0.0), 1) >= conf.get("HOT_SCORE")
    return came_in_time(run)


def came_in_time(run: Enrolment) -> bool:
    """Is there a fact that answers? One not yet through the river is left to it."""
    if not kinds_of(run.waits_for):
        return False
    facts = activities_of(run.lead).filter(kind__in=kinds_of(run.waits_for), at__gte=run.waits_since)
    return any(answers(run, fact) for fact in facts.filter(processed_at__isnull=False))


def still_on_hold(run: Enrolment) -> bool:
    """Is a reaction known that came in time, but not yet decided or not yet through the river?"""
    if run.waits_for in ("click", "open") and undecided_since(run.message_key, run.waits_for, before=run.due_at):
        return True
    kinds = kinds_of(run.waits_for)
    return bool(kinds) and activities_of(run.lead).waiting().filter(kind__in=kinds, at__lte=run.due_at).exists()
