"""What to do next with a lead, and why: the first of a list of rules that has something to say. Pure: facts in, words out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import formats
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_leads.logic.contact import may_call
from wagtail_leads.logic.kinds import ActivityKind, ContactWish, Stage
from wagtail_leads.reports.memo import (
    BUYING,
    COLD,
    MONTH,
    RECENT,
    SOME,
    Facts,
    day,
    day_ahead,
    details,
    interests,
    times,
)


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What to do next when no to-do says it, and why."""

    #: "call", "write", "send", "wait", "leave" or "complete"
    do: str
    text: str
    reasons: tuple[str, ...] = ()


def advise(facts: Facts) -> Advice:
    """The first rule that holds speaks. Read them from top to bottom."""
    for rule in (_stopped, _no_prospect, _snoozed, _unanswered, _no_contact, _just_contacted, _hot, _warm, _in_scenario, _asleep):
        advice = rule(facts)
        if advice:
            return advice
    if not facts.has_email and not facts.has_phone:
        return Advice(do="complete", text=_("Find out an address or a phone number"), reasons=(_("Neither is known."),))
    return Advice(do="wait", text=_("Wait"), reasons=(_("Nothing points to a purchase yet."),))


def _stopped(facts: Facts) -> Advice | None:
    if facts.stopped:
        return Advice(do="leave", text=_("Leave in peace"), reasons=(_("The person asked us not to use their data."),))
    return None


def _no_prospect(facts: Facts) -> Advice | None:
    if facts.stage == Stage.DISQUALIFIED:
        return Advice(do="leave", text=_("Nothing to do"), reasons=(_("A colleague said: no prospect."),))
    return None


def _snoozed(facts: Facts) -> Advice | None:
    if facts.snoozed_until and facts.snoozed_until > facts.now:
        when = formats.date_format(localtime(facts.snoozed_until), "MONTH_DAY_FORMAT")
        reason = _("A colleague put this lead off until %(when)s.") % {"when": when}
        return Advice(do="wait", text=_("Wait until %(when)s") % {"when": when}, reasons=(reason,))
    return None


def _unanswered(facts: Facts) -> Advice | None:
    asked = facts.last(ActivityKind.INQUIRY_MADE)
    if facts.waits_for_an_answer:
        reason = _("Made an inquiry (%(when)s) that nobody has answered yet.") % {"when": day(asked, facts.now)}
        return _reach_out(facts, [reason, *_why_hot(facts)], asked=True)
    return None


def _no_contact(facts: Facts) -> Advice | None:
    if facts.contact_wish == ContactWish.NO_CONTACT:
        return Advice(do="leave", text=_("Leave in peace"), reasons=(_("The person wishes no contact."),))
    return None


def _just_contacted(facts: Facts) -> Advice | None:
    contact = facts.last_contact_at
    if not contact or facts.now - contact > RECENT:
        return None
    if facts.last_visit_at and facts.last_visit_at > contact + timedelta(hours=12) and _recent_intent(facts, contact):
        return None
    reason = _("Was contacted %(when)s: %(result)s.") % {
        "when": day(contact, facts.now),
        "result": facts.last_contact_result or _("no result noted"),
    }
    return Advice(do="wait", text=_("Give it some days"), reasons=(reason,))


def _hot(facts: Facts) -> Advice | None:
    reasons = _why_hot(facts)
    if facts.score >= facts.hot_score and reasons:
        return _reach_out(facts, reasons)
    return None


def _warm(facts: Facts) -> Advice | None:
    seen = _recent_intent(facts, facts.now - RECENT)
    if not seen or facts.scenario:
        return None
    if not facts.may_be_written_to:
        return _reach_out(facts, _why_hot(facts))
    text = _("Send something that helps to decide")
    return Advice(do="send", text=text, reasons=tuple(_why_hot(facts)))


def _in_scenario(facts: Facts) -> Advice | None:
    if not facts.scenario:
        return None
    words = {"scenario": facts.scenario, "when": facts.scenario_due_at and day_ahead(facts.scenario_due_at, facts.now)}
    if facts.scenario_due_at and facts.scenario_due_at > facts.now:
        reason = _("The scenario “%(scenario)s” goes on %(when)s.") % words
    else:
        reason = _("The scenario “%(scenario)s” is running.") % words
    return Advice(do="wait", text=_("Wait for the scenario"), reasons=(reason,))


def _asleep(facts: Facts) -> Advice | None:
    last = max((t.last for t in facts.tallies if t.kind != ActivityKind.EMAIL_SENT), default=facts.last_visit_at)
    if last is None or facts.now - last < COLD:
        return None
    reason = _("No sign of life since %(when)s.") % {"when": day(last, facts.now)}
    if not facts.may_be_written_to:
        return _reach_out(facts, [reason])
    names = [interest.name for interest in interests(facts)[:1]]
    text = _("Send news about %(topic)s") % {"topic": names[0]} if names else _("Send a sign of life")
    return Advice(do="send", text=text, reasons=(reason,))


def _reach_out(facts: Facts, reasons: list[str], *, asked: bool = False) -> Advice:
    """A call when a number is known, else a personal mail where one may be written, else the number or waiting.

    `asked`: the person waits for an answer, which needs no permission; unsubscribed or bounced addresses get none even then.
    """
    may_ring = may_call(facts.contact_wish)
    if facts.has_phone and may_ring:
        return Advice(do="call", text=_("Call today"), reasons=tuple(reasons))
    if facts.may_be_written_to or asked and facts.has_email and not facts.unreachable_by_mail:
        reasons = [*reasons, _("No phone number is known.") if may_ring else _("The person wishes no call.")]
        return Advice(do="write", text=_("Write a personal mail today"), reasons=tuple(reasons))
    if not may_ring:
        reasons = [*reasons, _("The person wishes no call, and mail cannot or must not be sent.")]
        return Advice(do="wait", text=_("Wait"), reasons=tuple(reasons))
    if asked or not facts.has_email:
        return Advice(do="complete", text=_("Find out a phone number and call"), reasons=tuple(reasons))
    reasons = [*reasons, _("There is no permission to write to this address, and no phone number is known.")]
    return Advice(do="wait", text=_("Wait"), reasons=tuple(reasons))


def _why_hot(facts: Facts) -> list[str]:
    """The reasons to get in touch, strongest first, at most three."""
    reasons = []
    for interest in interests(facts)[:2]:
        if facts.now - interest.last <= MONTH and interest.strength >= SOME:
            words = {"topic": interest.name, "details": details(interest.tallies)}
            reasons.append(_("Interested in %(topic)s: %(details)s.") % words)
    bare = tuple(t for t in facts.tallies if not t.topics and t.high_intent)
    seen = sum(t.count for t in bare if t.kind == ActivityKind.PAGE_VIEWED)
    if not reasons and seen:
        reasons.append(_("Opened high-intent pages %(times)s.") % {"times": times(seen)})
    if facts.visits_this_month > 1:
        reasons.append(
            ngettext("%(count)d visit in 30 days.", "%(count)d visits in 30 days.", facts.visits_this_month)
            % {"count": facts.visits_this_month}
        )
    if facts.score >= facts.hot_score:
        reasons.append(
            _("Score %(score)d, worth a call from %(hot)d.") % {"score": facts.score, "hot": facts.hot_score}
        )
    return reasons[:3]


def _recent_intent(facts: Facts, since: datetime) -> bool:
    viewed = facts.of(ActivityKind.PAGE_VIEWED, ActivityKind.EMAIL_CLICKED)
    return any(t.last >= since and (t.high_intent or t.content_kind in BUYING) for t in viewed)
