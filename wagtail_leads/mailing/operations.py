"""Putting mail into the outbox, and taking addresses out of it. Nothing here talks to a server."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import translation
from wagtail.models import Site

from wagtail_leads import background
from wagtail_leads.activity.operations import record
from wagtail_leads.identity.models import Lead
from wagtail_leads.identity.operations import record_consent
from wagtail_leads.logic.addresses import email_key, normalise_email
from wagtail_leads.logic.keys import dedupe_key as key_of
from wagtail_leads.logic.kinds import ActivityKind, MailPurpose, MessageState, ReactionKind
from wagtail_leads.mailing.models import Email, Message, Reaction, Suppression
from wagtail_leads.mailing.rendering import fill_subject, version_of


def queue_email(
    email: Email,
    *,
    lead: Lead,
    dedupe_key: str,
    now: datetime,
    site: Site | None = None,
    context: dict | None = None,
    purpose: MailPurpose | None = None,
    to: str = "",
) -> Message | None:
    """Queue a published mail to a lead (or `to` the address they just typed); None when this cause has its mail."""
    version = version_of(email, now=now)
    return _queue(
        dedupe_key=dedupe_key,
        now=now,
        site=site,
        lead=lead,
        to_address=to or lead.email,
        version=version,
        purpose=(purpose or MailPurpose(email.purpose)).value,
        language=email.language or lead.language,
        subject=fill_subject(version.subject, lead)[:250],
        context=context or {},
    )


def queue_template(
    template: str,
    *,
    to: str,
    dedupe_key: str,
    now: datetime,
    lead: Lead | None = None,
    site: Site | None = None,
    language: str = "",
    context: dict | None = None,
) -> Message | None:
    """Queue one of the mails that ship with the package (`templates/wagtail_leads/mail/<template>.html`)."""
    return _queue(
        dedupe_key=dedupe_key,
        now=now,
        site=site,
        lead=lead,
        to_address=to,
        template=template,
        purpose=MailPurpose.TRANSACTIONAL.value,
        language=language or (translation.get_language() or ""),
        context=context or {},
    )


def _queue(*, dedupe_key: str, now: datetime, to_address: str, **fields) -> Message | None:
    address = normalise_email(to_address) or ""
    try:
        with transaction.atomic():
            message = Message.objects.create(
                dedupe_key=dedupe_key,
                to_address=address or to_address[:254],
                address_key=email_key(address) if address else "",
                state=MessageState.QUEUED.value,
                due_at=now,
                created_at=now,
                **fields,
            )
    except IntegrityError:
        if Message.objects.filter(dedupe_key=dedupe_key).exists():
            return None
        raise
    background.wake("mail", now=now)
    return message


def send_test_mail(*, to: str, site: Site | None, user, now: datetime) -> Message:
    """A short mail to a colleague: does sending work?"""
    return queue_template(
        "test",
        to=to,
        dedupe_key=key_of("test", user.pk, now.isoformat()),
        site=site,
        now=now,
        context={"who": user.get_full_name() or user.get_username()},
    )


def send_sample(email: Email, *, to: str, site: Site | None, user, now: datetime) -> Message:
    """The latest draft or publication of a mail, sent to a colleague."""
    version = version_of(email, now=now)
    return _queue(
        dedupe_key=key_of("sample", user.pk, email.pk, now.isoformat()),
        now=now,
        site=site,
        lead=None,
        to_address=to,
        version=version,
        purpose=MailPurpose.TRANSACTIONAL.value,
        language=email.language or (translation.get_language() or ""),
        subject=fill_subject(version.subject, None)[:250],
        context={"sample": True},
    )


def suppress(key: str, *, scope: str, reason: str, now: datetime) -> bool:
    """Never write to this address again; False when it is so already."""
    _row, made = Suppression.objects.get_or_create(address_key=key, scope=scope, defaults={"reason": reason, "at": now})
    return made


def unsubscribe(message: Message, *, now: datetime, source: str) -> bool:
    """The reader of this mail wants no more marketing mail. Twice is once."""
    with transaction.atomic():
        made = suppress(
            message.address_key,
            scope=Suppression.Scope.MARKETING,
            reason=Suppression.Reason.UNSUBSCRIBED,
            now=now,
        )
        if not made:
            return False
        lead = message.lead or Lead.objects.filter(email_key=message.address_key).first()
        record_consent(lead, key=message.address_key, granted=False, now=now, source=source)
        Reaction.objects.create(
            message=message, kind=ReactionKind.UNSUBSCRIBE.value, at=now, verdict="human", decided_at=now
        )
        record(
            ActivityKind.EMAIL_UNSUBSCRIBED,
            at=now,
            now=now,
            dedupe_key=key_of("unsubscribed", message.address_key, now.isoformat()),
            lead=lead,
            object_kind="message",
            object_id=message.pk,
            title=message.subject,
            data={"message_key": message.dedupe_key},
        )
    return True


def resubscribe(message: Message, *, now: datetime, source: str) -> bool:
    """The reader changed their mind, on the page where they left. Not by an old mail of somebody who was erased since."""
    if not message.to_address:
        return False
    with transaction.atomic():
        gone, _rows = Suppression.objects.filter(
            address_key=message.address_key,
            scope=Suppression.Scope.MARKETING,
            reason=Suppression.Reason.UNSUBSCRIBED,
        ).delete()
        if gone:
            record_consent(message.lead, key=message.address_key, granted=True, now=now, source=source)
    return bool(gone)
