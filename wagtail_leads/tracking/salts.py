"""The day's salt in the hash that stands for a browser without cookie (address, agent, day). Destroyed after two days."""

import secrets
from datetime import date, datetime, timedelta

from django.db import connection

from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.tracking.models import DailySalt, Refusal

#: Long enough to follow a visit over midnight, and late hits; then the hash can be made by nobody any more.
LIFE = timedelta(hours=48)
_held: dict[date, str] = {}


class Salts:
    """The salts that one batch needs, each read once."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now
        self._read: dict[date, str] = {}

    def of(self, day: date) -> str:
        """The salt of a day, made at its first hit. All processes get the same one: the row decides."""
        if day not in self._read:
            self._read[day] = _held.get(day) or self._from_database(day)
        return self._read[day]

    def _from_database(self, day: date) -> str:
        made = {"salt": secrets.token_hex(32), "created_at": self.now}
        row, _created = DailySalt.objects.get_or_create(day=day, defaults=made)
        if not connection.in_atomic_block:  # a rolled-back row must not live on in this process alone
            if len(_held) > 400:
                _held.clear()
            _held[day] = row.salt
        return row.salt


def client_key(salt: str, address: str, user_agent: str) -> str:
    """32 hex digits: the same browser behind the same address on the same day, and nothing that tells who it is."""
    return dedupe_key(salt, address, user_agent)[:32]


def destroy_salts(*, now: datetime) -> int:
    """Destroy the salts that nobody needs any more. Returns how many."""
    gone = list(DailySalt.objects.filter(created_at__lt=now - LIFE).values_list("day", flat=True))
    for day in gone:
        _held.pop(day, None)
    if not gone:
        return 0
    Refusal.objects.filter(at__lt=now - LIFE).delete()  # nobody can make their keys again
    return DailySalt.objects.filter(day__in=gone).delete()[0]
