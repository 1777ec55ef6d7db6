"""When a marketing mail may go out: hours of the day, and the next try after a server said "later"."""

from datetime import datetime, time, timedelta, tzinfo

#: Waits between tries after a temporary refusal, in minutes; after the last the mail is given up (about three days).
RETRY_MINUTES = (1, 5, 15, 60, 180, 360, 720, 1440, 1440)


def earliest(now: datetime, window: tuple[int, int] | None, zone: tzinfo) -> datetime:
    """`now`, or the next opening of the window (from hour, to hour) in `zone`. 22 to 6 goes over midnight.

    The opening is made from the wall clock, so a day of 23 or 25 hours opens at the right time.
    """
    if window is None or window[0] == window[1]:
        return now
    opens, closes = window
    local = now.astimezone(zone)
    inside = opens <= local.hour < closes if opens < closes else not closes <= local.hour < opens
    if inside:
        return now
    day = local.date() if local.hour < opens else local.date() + timedelta(days=1)
    return datetime.combine(day, time(opens), tzinfo=zone)


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When to try again after `attempts` tries; None when it is time to give up."""
    if attempts > len(RETRY_MINUTES):
        return None
    return now + timedelta(minutes=RETRY_MINUTES[max(attempts, 1) - 1])
