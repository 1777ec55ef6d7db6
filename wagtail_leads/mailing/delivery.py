"""The outbox leaves: claim, check, send, note. The row is the truth, so any number of workers may run this.

queued -> claimed (lease) -> sending (committed before SMTP) -> sent | deferred | failed | unknown. An expired claim was
provably not sent and is queued again; an expired `sending` may have left and becomes `unknown`: shown, never resent by
itself. No transaction is open while a server is talked to.
"""

import logging
import re
import smtplib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils import timezone

from wagtail_leads import conf, signals
from wagtail_leads.activity.operations import record
from wagtail_leads.content.marks import Marks
from wagtail_leads.logic import pacing
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ActivityKind, MailPurpose, MessageState, SkipReason
from wagtail_leads.mailing import composing
from wagtail_leads.mailing.models import Message, Suppression, Switches
from wagtail_leads.mailing.operations import suppress
from wagtail_leads.mailing.queries import default_site, free_again_at, sender_of, why_not

logger = logging.getLogger(__name__)

S = MessageState
#: Answers that mean: this address does not exist (RFC 3463 x.1.1, x.1.2, x.1.3, x.1.6, x.1.10). A whole status, not a
#: piece of the IP address that many servers put into their answer.
NO_SUCH_ADDRESS = re.compile(r"(?<![\d.])5\.1\.(?:1|2|3|6|10)(?!\d|\.\d)")

#: How far a server that cannot be reached climbs the ladder of waits (three hours): the tries that are left are for its
#: answers when it is back.
OUTAGE_TRIES = 5


def deliver_due(*, now: datetime, worker: str, clock: Callable[[], datetime]) -> int:
    """Send one batch of what is due over one connection. Returns how many were claimed; `clock` tells the time after."""
    reap(now=now)
    batch = claim(now=now, worker=worker)
    if not batch:
        return 0
    ready = [message for message in batch if _may_leave(message, now=now, worker=worker)]
    if ready:
        _send_all(ready, worker=worker, clock=clock)
    return len(batch)


def reap(*, now: datetime) -> None:
    """Take back what a dead worker held."""
    expired = Message.objects.filter(lease_until__lt=now)
    expired.filter(state=S.CLAIMED.value).update(state=S.QUEUED.value, worker="", lease_until=None)
    expired.filter(state=S.SENDING.value).update(state=S.UNKNOWN.value, lease_until=None)


def claim(*, now: datetime, worker: str) -> list[Message]:
    """Mark a batch as ours by one conditional UPDATE; another worker's rows do not match any more."""
    ids = list(Message.objects.due(now).order_by("due_at", "pk").values_list("pk", flat=True)[: conf.get("MAIL_BATCH")])
    if not ids:
        return []
    default = default_site()
    lease = now + timedelta(seconds=conf.get("MAIL_LEASE_SECONDS"))
    Message.objects.due(now).filter(pk__in=ids).update(state=S.CLAIMED.value, worker=worker, lease_until=lease)
    mine = Message.objects.filter(pk__in=ids, worker=worker, state=S.CLAIMED.value)
    batch = list(mine.select_related("lead__company", "site", "version__email__topic").order_by("due_at", "pk"))
    for message in batch:  # found once for the batch, not six times for each mail
        message.site = message.site or default
    return batch


def _mine(message: Message, worker: str, state: MessageState):
    return Message.objects.filter(pk=message.pk, worker=worker, state=state.value)


def _may_leave(message: Message, *, now: datetime, worker: str) -> bool:
    """May it leave now? Asked before a connection is made, and again for each mail in the step to `sending`."""
    mine = _mine(message, worker, S.CLAIMED)
    if message.to_address and not message.address_key:
        mine.update(state=S.SKIPPED.value, skip_reason=SkipReason.BAD_ADDRESS.value, lease_until=None)
        return False
    later = _later(message, now=now)
    if later is not None:
        mine.update(state=S.QUEUED.value, due_at=later, worker="", lease_until=None)
        return False
    return _not_forbidden(message, mine, now=now)


def _not_forbidden(message: Message, mine, *, now: datetime) -> bool:
    reason = why_not(message, sender_of(message.site), now=now)
    if reason is not None:
        mine.update(state=S.SKIPPED.value, skip_reason=reason.value, lease_until=None)
    return reason is None


def _later(message: Message, *, now: datetime) -> datetime | None:
    """A better time for marketing mail: the send window, the weekly cap."""
    if message.purpose == MailPurpose.TRANSACTIONAL:
        return None
    free = free_again_at(message, now=now)
    opens = pacing.earliest(max(free, now) if free else now, conf.get("SEND_WINDOW"), timezone.get_default_timezone())
    return opens if opens > now else None


# --- over the wire --------------------------------------------------------------------------------------------------


def _send_all(messages: list[Message], *, worker: str, clock: Callable[[], datetime]) -> None:
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        _server_is_down(messages, worker, error, now=clock())
        return
    _server_is_up()
    try:
        for number, message in enumerate(messages):
            if not _alive(connection):
                _server_is_down(messages[number:], worker, OSError("The connection was lost"), now=clock())
                return
            _send_one(message, connection, worker=worker, clock=clock)
    finally:
        _close(connection)


def _alive(connection) -> bool:
    """Is the server still there? Asked before a mail is marked as being sent, so a lost line is no lost mail."""
    server = getattr(connection, "connection", None)
    if not isinstance(server, smtplib.SMTP):
        return True
    try:
        if server.noop()[0] == 250:
            return True
    except (OSError, smtplib.SMTPException):
        pass
    _close(connection)
    try:
        connection.open()
    except (OSError, smtplib.SMTPException):
        return False
    return True


def _close(connection) -> None:
    try:
        connection.close()
    except (OSError, smtplib.SMTPException):
        logger.debug("The mail server was gone before we were", exc_info=True)


def _server_is_down(messages: list[Message], worker: str, error: Exception, *, now: datetime) -> None:
    """Nothing left us: all wait, longer each time, and the admin says so."""
    logger.warning("The mail server cannot be reached: %s", error)
    for message in messages:
        attempts = max(message.attempts, min(message.attempts + 1, OUTAGE_TRIES))
        _mine(message, worker, S.CLAIMED).update(
            state=S.DEFERRED.value,
            attempts=attempts,
            due_at=pacing.next_try(min(attempts, OUTAGE_TRIES), now),
            error=str(error)[:255],
            worker="",
            lease_until=None,
        )
    Switches.load()
    Switches.objects.update(smtp_problem=str(error)[:255] or type(error).__name__, smtp_problem_at=now)


def _server_is_up() -> None:
    Switches.objects.exclude(smtp_problem="").update(smtp_problem="", smtp_problem_at=None)


def _send_one(message: Message, connection, *, worker: str, clock: Callable[[], datetime]) -> None:
    try:
        mail = composing.compose(message)
        mail.message()  # what cannot be put into MIME (a header with a line break) is found out before anything leaves
    except Exception as error:
        logger.exception("Mail %s could not be made", message.pk)
        _mine(message, worker, S.CLAIMED).update(state=S.FAILED.value, error=repr(error)[:255], lease_until=None)
        return
    if not _begin(message, mail, worker=worker, now=clock()):
        return
    try:
        connection.send_messages([mail])
    except smtplib.SMTPResponseException as error:
        _refused(message, worker, error.smtp_code, error.smtp_error, now=clock())
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        _refused(message, worker, code, answer, now=clock())
    except (OSError, smtplib.SMTPException, ValueError) as error:
        # the line broke somewhere between MAIL FROM and the server's last word: nobody knows
        _lost(message, worker, error)
    except BaseException as error:
        # a worker told to stop (django-q2 raises SystemExit in the task) leaves the same doubt
        _lost(message, worker, error)
        raise
    else:
        _sent(message, worker, now=clock())


def _begin(message: Message, mail: EmailMultiAlternatives, *, worker: str, now: datetime) -> bool:
    """The step to `sending`, committed before SMTP. Who unsubscribed or was erased a moment ago is caught here.

    So is who got a mail a moment ago (the weekly cap): the row and its lead are read anew.
    """
    fresh = _mine(message, worker, S.CLAIMED).select_related("lead", "site", "version__email__topic").first()
    if fresh is None or not _may_leave(fresh, now=now, worker=worker):
        return False
    message.subject = mail.subject[:250]
    lease = now + timedelta(seconds=conf.get("MAIL_LEASE_SECONDS"))
    return bool(
        _mine(message, worker, S.CLAIMED).update(
            state=S.SENDING.value,
            attempts=message.attempts + 1,
            subject=message.subject,
            message_id=mail.extra_headers["Message-ID"][:150],
            lease_until=lease,
        )
    )


def about(message: Message) -> Marks:
    """What the mail is about, to be stamped on its facts."""
    return Marks(topics=message.version.topics if message.version_id else "")


def _sent(message: Message, worker: str, *, now: datetime) -> None:
    if not _mine(message, worker, S.SENDING).update(state=S.SENT.value, sent_at=now, error="", lease_until=None):
        return  # the lease was over and the row is `unknown` now; a person looks
    if message.lead_id is not None:
        record(
            ActivityKind.EMAIL_SENT,
            at=now,
            now=now,
            dedupe_key=dedupe_key("sent", message.pk),
            lead_id=message.lead_id,
            site_id=message.site_id,
            object_kind="message",
            object_id=message.pk,
            title=message.subject,
            marks=about(message),
            data={"message_key": message.dedupe_key},
        )
    signals.send_after_commit(signals.message_sent, sender=Message, message=message)


def _refused(message: Message, worker: str, code: int, answer, *, now: datetime) -> None:
    """4xx: later. 5xx: never; an address that does not exist is never written to again."""
    text = f"{code} {answer.decode('utf-8', 'replace') if isinstance(answer, bytes) else answer}"[:255]
    attempts = message.attempts + 1
    again = pacing.next_try(attempts, now) if 400 <= code < 500 else None
    state = S.DEFERRED if again else S.FAILED
    changes = {"due_at": again} if again else {}
    _mine(message, worker, S.SENDING).update(
        state=state.value, error=text, attempts=attempts, lease_until=None, worker="", **changes
    )
    if again is None and NO_SUCH_ADDRESS.search(text):
        _bounced(message, text, now=now)


def _bounced(message: Message, text: str, *, now: datetime) -> None:
    suppress(message.address_key, scope=Suppression.Scope.ALL, reason=Suppression.Reason.BOUNCED, now=now)
    if message.lead_id is not None:
        record(
            ActivityKind.EMAIL_BOUNCED,
            at=now,
            now=now,
            dedupe_key=dedupe_key("bounced", message.pk),
            lead_id=message.lead_id,
            object_kind="message",
            object_id=message.pk,
            title=message.subject,
            marks=about(message),
            data={"answer": text, "message_key": message.dedupe_key},
        )


def _lost(message: Message, worker: str, error: BaseException) -> None:
    logger.warning("Nobody knows whether mail %s left: %r", message.pk, error)
    _mine(message, worker, S.SENDING).update(state=S.UNKNOWN.value, error=repr(error)[:255], lease_until=None)
