"""A score that halves every half-life, at no cost (forward decay, Cormode et al., ICDE 2009)."""

import math
from datetime import datetime, timedelta


def decayed(value: float, as_of: datetime, now: datetime, half_life: timedelta) -> float:
    """What `value` points of `as_of` are worth `now`. Facts from the future (clock skew) count in full."""
    age = max(now - as_of, timedelta())
    return value * 0.5 ** (age / half_life)


def add(value: float, as_of: datetime, points: float, at: datetime, half_life: timedelta) -> tuple[float, datetime]:
    """(value, as_of) after `points` happened `at`; the order in which facts arrive does not matter."""
    latest = max(as_of, at)
    return decayed(value, as_of, latest, half_life) + decayed(points, at, latest, half_life), latest


def rank(value: float, as_of: datetime, half_life: timedelta) -> float | None:
    """Orders scores at any time: log2(value) + as_of / half-life. None for a score of nothing."""
    if value <= 0:
        return None
    return math.log2(value) + as_of.timestamp() / half_life.total_seconds()


def falls_below(value: float, as_of: datetime, threshold: float, half_life: timedelta) -> datetime | None:
    """When the score sinks to `threshold`; None when it is there already."""
    if value <= threshold or threshold <= 0:
        return None
    return as_of + half_life * math.log2(value / threshold)
