"""Opens and clicks: stored raw at once, decided after a hold, and only those of people have effects."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Least

from wagtail_leads import conf
from wagtail_leads.activity.operations import line, record_many
from wagtail_leads.content.marks import Marks
from wagtail_leads.identity.models import Visitor
from wagtail_leads.logic.bots import is_bot
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ActivityKind, ReactionKind, Verdict
from wagtail_leads.logic.reactions import Raw, verdict
from wagtail_leads.mailing.models import Link, Message, Reaction

KINDS = {ReactionKind.CLICK.value: ActivityKind.EMAIL_CLICKED, ReactionKind.OPEN.value: ActivityKind.EMAIL_OPENED}


def record_reaction(
    message: Message,
    kind: ReactionKind,
    *,
    now: datetime,
    link: Link | None = None,
    visitor: Visitor | None = None,
    user_agent: str = "",
    address: str = "",
) -> Reaction:
    """Store one raw reaction; its verdict comes later."""
    return Reaction.objects.create(
        message=message,
        link=link,
        visitor=visitor,
        kind=kind.value,
        at=now,
        user_agent=user_agent[:255],
        address=address,
    )


def confirm_by_visit(visitor_ids: Iterable[int], *, now: datetime) -> int:
    """These browsers really read a page: their clicks on hold are people's, at once."""
    visitor_ids = list(visitor_ids)
    if not visitor_ids:
        return 0
    held = Reaction.objects.filter(
        verdict=Verdict.UNKNOWN.value, kind=ReactionKind.CLICK.value, visitor_id__in=visitor_ids
    )
    proved = list(held.select_related("message__version", "link"))
    return _decide([(one, Verdict.HUMAN, "visit_followed") for one in proved], now=now)


def decide_due(*, now: datetime, limit: int = 200) -> int:
    """Decide the reactions whose hold is over. Returns how many."""
    until = now - timedelta(seconds=conf.get("CLICK_HOLD_SECONDS"))
    due = Reaction.objects.filter(verdict=Verdict.UNKNOWN.value, at__lte=until).order_by("at")
    due = list(due.select_related("message__version", "link")[:limit])
    if not due:
        return 0
    beside: dict[int, list[Raw]] = {}
    for other in Reaction.objects.filter(message_id__in={one.message_id for one in due}):
        beside.setdefault(other.message_id, []).append(_raw(other))
    return _decide([(one, *verdict(_raw(one), beside[one.message_id])) for one in due], now=now)


def _raw(one: Reaction) -> Raw:
    return Raw(
        kind=one.kind,
        at=one.at,
        link_id=one.link_id,
        user_agent=one.user_agent,
        is_bot_agent=bool(one.user_agent) and is_bot(one.user_agent),
    )


def _decide(decisions: list[tuple[Reaction, Verdict, str]], *, now: datetime) -> int:
    """Write the verdicts; each is decided once (compare-and-set), so twice is once."""
    lines = []
    with transaction.atomic():
        for one, decided, reason in decisions:
            undecided = Reaction.objects.filter(pk=one.pk, verdict=Verdict.UNKNOWN.value)
            if undecided.update(verdict=decided.value, reason=reason, decided_at=now) and decided == Verdict.HUMAN:
                lines.append(_line(one, now=now))
                _note(one)
        record_many(lines, now=now)
    return len(decisions)


def _line(one: Reaction, *, now: datetime):
    return line(
        KINDS[one.kind],
        at=one.at,
        now=now,
        dedupe_key=dedupe_key(one.kind, one.message_id, one.link_id or ""),
        lead_id=one.message.lead_id,
        visitor_id=one.visitor_id,
        site_id=one.message.site_id,
        object_kind="message",
        object_id=one.message_id,
        title=one.message.subject,
        marks=Marks(topics=one.message.version.topics if one.message.version_id else ""),
        data={"message_key": one.message.dedupe_key, "url": one.link.url if one.link else ""},
    )


def _note(one: Reaction) -> None:
    """First open and click of a message; who clicked has opened."""
    first = {"opened_at": Least(Coalesce(F("opened_at"), one.at), one.at)}
    if one.kind == ReactionKind.CLICK:
        first["clicked_at"] = Least(Coalesce(F("clicked_at"), one.at), one.at)
    Message.objects.filter(pk=one.message_id).update(**first)


def undecided_since(message_key: str, kind: str, *, before: datetime) -> bool:
    """Is a reaction to this mail, made before that time, still without a verdict?"""
    wanted = Q(kind=kind, verdict=Verdict.UNKNOWN.value, at__lte=before)
    return bool(message_key) and Reaction.objects.filter(wanted, message__dedupe_key=message_key).exists()
