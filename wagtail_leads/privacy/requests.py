"""What people ask of us about their data: received, identity checked, answered; a ledger that outlives the person."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from wagtail_leads import background, conf
from wagtail_leads.identity.access import record_access
from wagtail_leads.identity.changes import Author, ByWhat, changes_since, put_changes, snapshot
from wagtail_leads.identity.models import AccessRecord, Lead, PrivacyRequest
from wagtail_leads.identity.operations import save_lead
from wagtail_leads.identity.queries import family_of, surviving
from wagtail_leads.logic.errors import LeadsError
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import RequestKind
from wagtail_leads.mailing.models import Message, Suppression
from wagtail_leads.mailing.operations import queue_template, suppress
from wagtail_leads.privacy.erasing import erase, rows_to_erase
from wagtail_leads.scenarios.ending import end_runs
from wagtail_leads.scoring.settling import settle

State = PrivacyRequest.State
Channel = PrivacyRequest.Channel
#: A lead with more rows is erased in the background.
AT_ONCE = 2_000


class NotChecked(LeadsError, ValueError):
    """Say first how you know that it is this person."""


class NotAsked(LeadsError, ValueError):
    """The person asked for something else."""


class Answered(LeadsError, ValueError):
    """Somebody has answered this request already."""


def receive(
    kind: RequestKind,
    lead: Lead,
    *,
    now: datetime,
    channel: str = Channel.MAIL.value,
    details: str = "",
    evidence: str = "",
    received_at: datetime | None = None,
) -> PrivacyRequest:
    """A request comes in. `evidence`: how it is known already that it is this person (a link in a mail)."""
    received_at = received_at or now
    return PrivacyRequest.objects.create(
        kind=kind.value,
        lead=lead,
        email_key=lead.email_key or "",
        channel=channel,
        details=details,
        received_at=received_at,
        due_on=timezone.localdate(received_at) + timedelta(days=conf.get("REQUEST_DUE_DAYS")),
        identity_evidence=evidence[:300],
        identity_checked_at=now if evidence else None,
    )


def check_identity(request: PrivacyRequest, *, evidence: str, by, now: datetime) -> None:
    """A colleague says how they know that it is this person."""
    open_ones = PrivacyRequest.objects.filter(pk=request.pk, state=State.OPEN.value)
    open_ones.update(identity_evidence=evidence[:300], identity_checked_at=now, identity_checked_by=by)


def _open(request: PrivacyRequest, kind: RequestKind) -> PrivacyRequest:
    """The row, locked; raises `NotChecked`, `Answered`, `NotAsked`."""
    fresh = PrivacyRequest.objects.select_for_update().get(pk=request.pk)
    if fresh.kind != kind.value:
        raise NotAsked
    if fresh.state != State.OPEN or (fresh.done_by_id and fresh.kind == RequestKind.ERASE):
        raise Answered
    if fresh.identity_checked_at is None:
        raise NotChecked
    return fresh


def _close(request: PrivacyRequest, *, answer: str, by, now: datetime, state: str = State.DONE.value) -> None:
    PrivacyRequest.objects.filter(pk=request.pk).update(state=state, answer=answer, done_at=now, done_by=by)


def answer_access(request: PrivacyRequest, *, answer: str, by, now: datetime) -> None:
    """The person has their data (handed over, or by a link)."""
    with transaction.atomic():
        fresh = _open(request, RequestKind.ACCESS)
        record_access(AccessRecord.What.ANSWERED, user=by, lead_id=fresh.lead_id, now=now)
        _close(fresh, answer=answer, by=by, now=now)


def send_data(request: PrivacyRequest, *, by, now: datetime) -> Message | None:
    """Send a link to the person's data to the address that we have; this answers the request."""
    with transaction.atomic():
        fresh = _open(request, RequestKind.ACCESS)
        lead = surviving(fresh.lead)
        message = send_data_link(lead, now=now, cause=("request", fresh.pk), context={"request": fresh.pk})
        answer_access(fresh, answer=gettext("Sent by a link in a mail."), by=by, now=now)
        return message


def send_data_link(
    lead: Lead, *, now: datetime, cause: tuple, site=None, language: str = "", to: str = "", context: dict | None = None
) -> Message | None:
    """A mail with a link that opens the person's data once. It names no lead: its link is not counted, nor followed."""
    return queue_template(
        "my_data",
        to=to or lead.email,
        dedupe_key=dedupe_key("my-data", *cause),
        now=now,
        site=site,
        language=lead.language or language,
        context={"days": conf.get("CONFIRM_DAYS"), **(context or {})},
    )


def note_opened(lead: Lead, *, by_desk: bool, now: datetime) -> None:
    """A person opened the link to their data: in the log of accesses, and in the ledger when nobody at the desk knew."""
    record_access(AccessRecord.What.ANSWERED, user=None, lead_id=lead.pk, now=now)
    if not by_desk:
        made = receive(
            RequestKind.ACCESS,
            lead,
            now=now,
            channel=Channel.SELF.value,
            evidence=gettext("Opened a link in our mail."),
        )
        _close(made, answer=gettext("Seen on the page itself."), by=None, now=now)


def receive_from_page(kind: RequestKind, lead: Lead, *, details: str, now: datetime) -> PrivacyRequest:
    """Asked for on the person's own page. Asked twice is one request; new words are added."""
    with transaction.atomic():
        same = PrivacyRequest.objects.select_for_update().filter(
            lead=lead, kind=kind.value, channel=Channel.SELF.value, state=State.OPEN.value
        )
        found = same.first()
        if found is None:
            evidence = gettext("Opened a link in our mail.")
            return receive(kind, lead, now=now, channel=Channel.SELF.value, details=details, evidence=evidence)
        if details and details not in found.details:
            found.details = f"{found.details}\n{details}".strip()[:10_000]
            found.save(update_fields=["details"])
        return found


def correct(request: PrivacyRequest, lead: Lead, *, by, now: datetime) -> None:
    """Save the lead as it was corrected; the change says that the person asked. Raises AddressTaken, BadAddress too."""
    with transaction.atomic():
        fresh = _open(request, RequestKind.CORRECT)
        save_lead(lead, now=now, by_what=ByWhat.REQUEST, by=by)
        _close(fresh, answer=gettext("Corrected."), by=by, now=now)


def answer_stop(request: PrivacyRequest, *, by, now: datetime) -> None:
    with transaction.atomic():
        fresh = _open(request, RequestKind.STOP)
        stop_use(surviving(fresh.lead), now=now, by=by)
        _close(fresh, answer=gettext("Use of the data stopped."), by=by, now=now)


def refuse(request: PrivacyRequest, *, why: str, by, now: datetime) -> None:
    """Not done, with the reason. An identity that cannot be checked is a reason."""
    with transaction.atomic():
        fresh = PrivacyRequest.objects.select_for_update().get(pk=request.pk)
        if fresh.state != State.OPEN or (fresh.done_by_id and fresh.kind == RequestKind.ERASE):
            raise Answered
        _close(fresh, answer=why, by=by, now=now, state=State.REFUSED.value)


# --- Stop use -------------------------------------------------------------------------------------------------------


def stop_use(lead: Lead, *, now: datetime, by=None) -> bool:
    """No mail, no score, no call from now on; the data stays until it is to be erased. False: it was so already."""
    with transaction.atomic():
        before = snapshot(lead)
        if not Lead.objects.filter(pk=lead.pk, stopped_at__isnull=True).update(stopped_at=now):
            return False
        lead.stopped_at = now
        put_changes(changes_since(lead, before, author=Author(by_what=ByWhat.REQUEST, by=by), now=now))
        end_runs(lead.pk, now=now)  # mail that waits is stopped in the step to `sending`
    return True


def use_again(lead: Lead, *, now: datetime, by=None) -> bool:
    """The person allows it again: mail, score and calls as before. Scenarios that were ended stay ended."""
    with transaction.atomic():
        before = snapshot(lead)
        if not Lead.objects.filter(pk=lead.pk, stopped_at__isnull=False).update(stopped_at=None):
            return False
        lead.stopped_at = None
        put_changes(changes_since(lead, before, author=Author(by_what=ByWhat.REQUEST, by=by), now=now))
        settle(lead, kin=[pk for pk in family_of(lead) if pk != lead.pk], now=now)
    return True


# --- Erase ----------------------------------------------------------------------------------------------------------


def answer_erase(request: PrivacyRequest, *, by, now: datetime, never_again: bool = True) -> bool:
    """Erase the person: at once when little is stored, else by the clock. True when it is done already.

    `never_again`: the address is not written to when it comes again in a file.
    """
    with transaction.atomic():
        fresh = _open(request, RequestKind.ERASE)
        lead = surviving(fresh.lead)
        if never_again and lead.email_key:
            reason = Suppression.Reason.UNSUBSCRIBED
            suppress(lead.email_key, scope=Suppression.Scope.MARKETING, reason=reason, now=now)
        # no mail, no call while it waits
        Lead.objects.filter(pk=lead.pk, stopped_at__isnull=True).update(stopped_at=now if never_again else None)
        PrivacyRequest.objects.filter(pk=fresh.pk).update(done_by=by, lead=lead)
    if rows_to_erase(lead) > AT_ONCE:
        background.wake("clock", now=now)
        return False
    _erase_for(fresh, lead, now=now)
    return True


def erase_due(*, now: datetime) -> int:
    """The clock: the next erasure that a colleague has ordered. Returns 1, or 0 when none waits."""
    waiting = PrivacyRequest.objects.filter(
        kind=RequestKind.ERASE.value, state=State.OPEN.value, done_by__isnull=False
    ).select_related("lead")
    request = waiting.order_by("pk").first()
    if request is None:
        return 0
    _erase_for(request, request.lead, now=now)
    return 1


def _erase_for(request: PrivacyRequest, lead: Lead | None, *, now: datetime) -> None:
    if lead is not None:
        erase(lead, now=now)
    # other requests of the same person have nothing left to be about
    if request.email_key:
        rest = PrivacyRequest.objects.filter(email_key=request.email_key, state=State.OPEN.value).exclude(pk=request.pk)
        rest.update(state=State.DONE.value, done_at=now, answer=gettext("The person was erased."))
    done = PrivacyRequest.objects.filter(pk=request.pk)
    done.update(state=State.DONE.value, done_at=now, answer=gettext("The person was erased."))
