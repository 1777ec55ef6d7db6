"""What the reader of an address chose: topics, how often, a pause, nothing at all. Honoured in the step to `sending`.

A pause: mail that was queued up to `WAIT` before its end waits for it; what would be older by then is left out (PAUSED).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from wagtail_leads.content.models import Topic
from wagtail_leads.logic.kinds import MailPurpose
from wagtail_leads.mailing.models import Email, MailPreference, Message

Frequency = MailPreference.Frequency
#: Mail that a pause would make older than this is not sent any more.
WAIT = timedelta(days=31)
#: Months of a pause that the page offers; a month is 30 days.
PAUSES = (1, 3, 6)
MONTH = timedelta(days=30)
#: The least time between two marketing mails to one address.
GAPS = {Frequency.WEEKLY.value: timedelta(days=7), Frequency.MONTHLY.value: MONTH}


def preference_of(key: str) -> MailPreference | None:
    return MailPreference.objects.filter(pk=key).first() if key else None


def topics_of_mails() -> list[Topic]:
    """The topics that mails have: others cannot be refused. By name."""
    used = Email.objects.filter(topic__isnull=False, purpose=MailPurpose.MARKETING.value).values("topic")
    return list(Topic.objects.filter(pk__in=used).order_by("name"))


def save_preference(
    key: str,
    *,
    frequency: str,
    refused: Iterable[str],
    now: datetime,
    pause_months: int | None = None,
) -> MailPreference:
    """Put what the reader chose. `pause_months`: from now; 0 ends a pause, None leaves it."""
    with transaction.atomic():
        row = MailPreference.objects.select_for_update().filter(pk=key).first() or MailPreference(address_key=key)
        row.frequency = frequency if frequency in Frequency.values else Frequency.ALL.value
        row.refused_topics = sorted(set(refused))
        if pause_months is not None:
            row.paused_until = now + pause_months * MONTH if pause_months else None
        row.updated_at = now
        row.save()
    return row


def is_paused(row: MailPreference | None, *, now: datetime) -> bool:
    return bool(row and row.paused_until and row.paused_until > now)


def refuses(row: MailPreference | None, message: Message) -> bool:
    """Does the reader refuse the topic that this mail is about?"""
    if row is None or not row.refused_topics or message.version_id is None:
        return False
    topic = message.version.email.topic
    return topic is not None and topic.slug in row.refused_topics


def outlasts(row: MailPreference | None, message: Message, *, now: datetime) -> bool:
    """Does the pause last so long that this mail would be stale at its end?"""
    return is_paused(row, now=now) and row.paused_until - message.created_at > WAIT


def next_by_frequency(row: MailPreference | None, *, key: str, now: datetime) -> datetime | None:
    """When the reader's own pace allows the next marketing mail; None: now."""
    gap = GAPS.get(row.frequency) if row else None
    if gap is None:
        return None
    sent = Message.objects.filter(address_key=key, purpose=MailPurpose.MARKETING.value, sent_at__gt=now - gap)
    last = sent.order_by("-sent_at").values_list("sent_at", flat=True).first()
    return last + gap if last else None
