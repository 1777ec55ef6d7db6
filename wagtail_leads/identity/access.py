"""Which colleague looked at whose data: one cheap line, written by the doors of the admin."""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.core.cache import cache
from django.db import DatabaseError, transaction

from wagtail_leads.identity.models import AccessRecord

logger = logging.getLogger(__name__)

#: Looking again within this time is one look.
ONE_LOOK_SECONDS = 3600


def record_access(
    what: AccessRecord.What,
    *,
    user,
    now: datetime,
    lead_id: int | None = None,
    leads: Iterable[int] = (),
    detail: str = "",
) -> AccessRecord:
    """`leads`: the pks of an export, so that one can say who was affected."""
    pks = list(leads)
    return AccessRecord.objects.create(
        what=str(what.value),
        user=user,
        lead_id=lead_id,
        count=len(pks) if lead_id is None else 1,
        leads=pks,
        detail=detail[:300],
        at=now,
    )


def note_look(*, user, lead_id: int, now: datetime) -> None:
    """A colleague opened a lead's page: once an hour for each. A record that cannot be written never breaks the page."""
    try:
        if cache.add(f"leads-look-{user.pk}-{lead_id}", 1, timeout=ONE_LOOK_SECONDS):
            with transaction.atomic():
                record_access(AccessRecord.What.VIEWED, user=user, lead_id=lead_id, now=now)
    except DatabaseError:
        logger.exception("A look at lead %s was not recorded", lead_id)
