"""Exit of the river: an inquiry becomes a to-do with owner and due time, and a notice to staff."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext, override

from wagtail_leads import conf
from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.turn import Turn
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.mailing.operations import queue_template
from wagtail_leads.mailing.queries import sender_of
from wagtail_leads.sales.operations import open_todo

#: The longest piece of an inquiry that a to-do quotes.
QUOTE = 500
#: Bytes; what is shorter is a name or a number.
LEAST_QUOTE = 20


def hand_over(turn: Turn) -> None:
    """A to-do and notices for each inquiry of the batch; twice is once (their causes are unique)."""
    # who asked us not to use their data and then writes to us wants an answer
    for activity, lead in turn.named(stopped_too=True):
        if activity.kind not in (ActivityKind.INQUIRY_MADE, ActivityKind.FORM_SUBMITTED):
            continue
        if activity.data.get("todo"):
            _take(activity, lead, now=turn.now)
        elif activity.data.get("notify"):
            _tell(activity, lead, activity.data["notify"], now=turn.now)


def _take(activity: Activity, lead: Lead, *, now: datetime) -> None:
    owner = _owner(activity, lead)
    is_inquiry = activity.kind == ActivityKind.INQUIRY_MADE
    with override(settings.LANGUAGE_CODE):
        open_todo(
            lead=lead,
            title=gettext("Answer the inquiry") if is_inquiry else gettext("Follow up the request"),
            reason="\n".join(part for part in (activity.data.get("form", ""), _message(activity, lead)) if part),
            due_at=now + timedelta(hours=activity.data.get("due_hours") or conf.get("TODO_DUE_HOURS")),
            owner=owner,
            dedupe_key=dedupe_key("inquiry-todo", activity.pk),
            now=now,
        )
    if owner is not None and lead.owner_id is None:
        Lead.objects.filter(pk=lead.pk, owner__isnull=True).update(owner=owner)
    _tell(activity, lead, _staff(activity, owner), now=now)


def _tell(activity: Activity, lead: Lead, addresses: list[str], *, now: datetime) -> None:
    for address in addresses:
        queue_template(
            "notice",
            to=address,
            dedupe_key=dedupe_key("notice", activity.pk, address),
            now=now,
            site=activity.site,
            language=settings.LANGUAGE_CODE,
            context=_context(activity, lead),
        )


def _owner(activity: Activity, lead: Lead):
    if lead.owner_id is not None:
        return lead.owner
    return get_user_model().objects.filter(pk=activity.data.get("owner") or 0, is_active=True).first()


def _message(activity: Activity, lead: Lead) -> str:
    """What the person wrote: the longest answer that the lead's own data does not tell; '' for a word or two."""
    told = {getattr(lead, name) for name in ("email", "name", "company_name", "department", "job_title", "address")}
    values = [str(answer.get("value", "")) for answer in activity.data.get("answers", [])]
    longest = max((value for value in values if value not in told), key=len, default="")
    # in bytes: a sentence in Japanese is half as long
    return longest[:QUOTE] if len(longest.encode()) > LEAST_QUOTE else ""


def _staff(activity: Activity, owner) -> list[str]:
    addresses = [*sender_of(activity.site).staff_list(), *activity.data.get("notify", [])]
    return list(dict.fromkeys([*addresses, *([owner.email] if owner is not None and owner.email else [])]))


def _context(activity: Activity, lead: Lead) -> dict:
    return {
        "lead": lead.pk,  # erasing the person finds the notice by this
        "lead_name": str(lead),
        "reply_to": lead.email,
        "company": lead.company_name,
        "form_name": activity.data.get("form", ""),
        "answers": activity.data.get("answers", []),
        "url": _lead_url(lead),
    }


def _lead_url(lead: Lead) -> str:
    base = getattr(settings, "WAGTAILADMIN_BASE_URL", "") or ""
    try:
        return base + reverse("wagtail_leads_leads:inspect", args=[lead.pk])
    except NoReverseMatch:
        return base
