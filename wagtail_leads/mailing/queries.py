"""Reads on mail: who may be written to, who writes, what is stopped."""

from datetime import datetime, timedelta

from django.db.models import Max, Q
from wagtail.models import Site

from wagtail_leads import conf
from wagtail_leads.identity.operations import surviving
from wagtail_leads.identity.queries import may_write
from wagtail_leads.logic.kinds import ContactWish, MailPurpose, MessageState, SkipReason
from wagtail_leads.mailing import preferences
from wagtail_leads.mailing.models import Message, SenderDetails, Suppression, Switches

WEEK = timedelta(days=7)


def is_stopped() -> bool:
    """Is the one switch on that stops all sending and all scenarios?"""
    return Switches.objects.filter(sending_stopped=True).exists()


def default_site() -> Site | None:
    """Mail without a site of its own (a scenario's, say) is written for this one."""
    return Site.objects.filter(is_default_site=True).first() or Site.objects.first()


def sender_of(site: Site | None) -> SenderDetails:
    """Who writes for a site; an unsaved, empty row when nobody filled it in."""
    site = site or default_site()
    found = SenderDetails.objects.select_related("site").filter(site=site).first()
    return found or SenderDetails(site=site)


def why_not(message: Message, sender: SenderDetails, *, now: datetime | None = None) -> SkipReason | None:
    """The reason for which this mail must not leave, or None. Asked in the step to `sending`, not when it is queued.

    Without `now` a reader's pause is not asked about.
    """
    if not message.to_address:  # blanked with the person
        return SkipReason.ERASED
    scopes = set(Suppression.objects.filter(address_key=message.address_key).values_list("scope", flat=True))
    if Suppression.Scope.ALL in scopes:
        return SkipReason.BOUNCED
    if message.purpose == MailPurpose.TRANSACTIONAL:
        return None
    lead = surviving(message.lead) if message.lead is not None else None
    if lead is None or lead.erased_at is not None:
        return SkipReason.ERASED
    if lead.stopped_at is not None:
        return SkipReason.STOPPED_USE
    if Suppression.Scope.MARKETING in scopes:
        return SkipReason.SUPPRESSED
    if not may_write(message.address_key):
        return SkipReason.NO_BASIS
    if lead.contact_wish == ContactWish.NO_CONTACT:
        return SkipReason.CONTACT_WISH
    chosen = preferences.preference_of(message.address_key)
    if preferences.refuses(chosen, message):
        return SkipReason.TOPIC_REFUSED
    if now is not None and preferences.outlasts(chosen, message, now=now):
        return SkipReason.PAUSED
    if sender.missing():
        return SkipReason.NO_SENDER
    return None


def free_again_at(message: Message, *, now: datetime) -> datetime | None:
    """When the address may get its next marketing mail (the cap, the reader's pace and pause); None: now."""
    if message.purpose == MailPurpose.TRANSACTIONAL:
        return None
    chosen = preferences.preference_of(message.address_key)
    times = [_free_of_cap(message, now=now), preferences.next_by_frequency(chosen, key=message.address_key, now=now)]
    if preferences.is_paused(chosen, now=now) and not preferences.outlasts(chosen, message, now=now):
        times.append(chosen.paused_until)
    return max((time for time in times if time is not None), default=None)


def _free_of_cap(message: Message, *, now: datetime) -> datetime | None:
    cap = conf.get("MAIL_CAP_PER_WEEK")
    if not cap:
        return None
    sent = Message.objects.filter(
        address_key=message.address_key,
        purpose=MailPurpose.MARKETING.value,
        sent_at__gt=now - WEEK,
    ).order_by("-sent_at")
    times = list(sent.values_list("sent_at", flat=True)[:cap])
    return times[-1] + WEEK if len(times) >= cap else None


def reactions_to(lead) -> dict:
    """When a lead last opened and clicked anything (by people, not machines)."""
    return Message.objects.filter(lead=lead).aggregate(opened=Max("opened_at"), clicked=Max("clicked_at"))


def needing_a_look() -> int:
    """Mails of which nobody knows whether they left."""
    return Message.objects.filter(Q(state=MessageState.UNKNOWN.value)).count()
