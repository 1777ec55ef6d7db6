"""Which pop-up a page has, held in the process: a page view asks no database for it. One at the most, the nearest."""

import time
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError

from wagtail_leads.capture.models import PopUp

#: Seconds after which the list is read anew.
MAX_AGE = 60.0
#: Seconds after which a database that was away is asked again.
RETRY = 5.0


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A pop-up that is on, as a page view needs it."""

    pk: int
    #: The tree path of the page from which on it is shown; '' for every page.
    path: str
    after_seconds: int
    after_scroll: int
    again_after_days: int


_held: dict = {"offers": (), "until": 0.0}


def offer_for(page) -> Offer | None:
    """The pop-up of a page: the one whose subtree is the smallest, of two the newer."""
    return next((offer for offer in _offers() if page.path.startswith(offer.path)), None)


def _offers() -> tuple[Offer, ...]:
    if time.monotonic() > _held["until"]:
        try:
            _held.update(offers=_read(), until=time.monotonic() + MAX_AGE)
        except (DatabaseError, InterfaceError):  # away: what was held goes on
            _held["until"] = time.monotonic() + RETRY
    return _held["offers"]


def _read() -> tuple[Offer, ...]:
    rows = PopUp.objects.filter(is_on=True, form__live=True).select_related("below")
    offers = [
        Offer(
            pk=row.pk,
            path=row.below.path if row.below is not None else "",
            after_seconds=row.after_seconds,
            after_scroll=min(row.after_scroll, 100),
            again_after_days=row.again_after_days,
        )
        for row in rows
    ]
    return tuple(sorted(offers, key=lambda offer: (len(offer.path), offer.pk), reverse=True))


def noted_in_browsers() -> dict[str, int]:
    """Name in the browser's own storage -> days, for the page about privacy (`static/wagtail_leads/pop_up.js`)."""
    return {f"leads-pop-up-{offer.pk}": offer.again_after_days for offer in _offers()}


def find_on(pk: int) -> PopUp | None:
    """A pop-up that is shown now, with its form."""
    rows = PopUp.objects.select_related("below", "form__locale").filter(pk=pk, is_on=True, form__live=True)
    return rows.first() if pk < 2**63 else None


def covers(pop_up: PopUp, page) -> bool:
    """Is this page one that it belongs to?"""
    return pop_up.below is None or page.path.startswith(pop_up.below.path)


def forget() -> None:
    """The next look reads anew (after a change in this process)."""
    _held["until"] = 0.0
