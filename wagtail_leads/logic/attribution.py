"""Which touches brought a lead? Models over a list of touches; nothing of it is stored, so models can be compared.

A touch is how one visit came. Direct visits bring nobody anew, so they count only where nothing else is known – the
usual rule ("last non-direct click", https://support.google.com/analytics/answer/10596866).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

HALF_LIFE = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class TouchPoint:
    at: datetime
    channel: str
    source: str = ""
    campaign: str = ""
    #: No referrer and no campaign: typed, a bookmark, an app.
    is_direct: bool = False
    #: Tells apart touches of the same moment: the visit's key.
    key: int = 0


#: (touch, weight) in order of time; weights are between 0 and 1, and their sum is 1 where there is a touch.
Shares = list[tuple[TouchPoint, float]]


def first_touch(touches: Iterable[TouchPoint]) -> TouchPoint | None:
    """How the lead came in the beginning, direct or not; None without touches."""
    return min(touches, key=_time, default=None)


def last_touch(touches: Iterable[TouchPoint]) -> TouchPoint | None:
    """The last one that is not direct; the last direct one where there is no other."""
    ordered = _ordered(touches)
    return _counting(ordered)[-1] if ordered else None


def linear(touches: Iterable[TouchPoint]) -> Shares:
    """The same for each."""
    return _shared(touches, lambda ordered: [1.0] * len(ordered))


def position_based(touches: Iterable[TouchPoint]) -> Shares:
    """40 % for the first, 40 % for the last, the rest for those between."""

    def weights(ordered: list[TouchPoint]) -> list[float]:
        between = len(ordered) - 2
        return [1.0] * len(ordered) if between < 1 else [0.4, *[0.2 / between] * between, 0.4]

    return _shared(touches, weights)


def time_decay(touches: Iterable[TouchPoint], *, half_life: timedelta = HALF_LIFE) -> Shares:
    """Half as much for each seven days before the last touch."""

    def weights(ordered: list[TouchPoint]) -> list[float]:
        return [0.5 ** ((ordered[-1].at - touch.at) / half_life) for touch in ordered]

    return _shared(touches, weights)


def by_channel(shares: Shares) -> dict[str, float]:
    """Channel -> its part, the largest first."""
    sums: dict[str, float] = defaultdict(float)
    for touch, weight in shares:
        sums[touch.channel] += weight
    return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))


def _shared(touches: Iterable[TouchPoint], weights: Callable[[list[TouchPoint]], list[float]]) -> Shares:
    counting = _counting(_ordered(touches))
    raw = weights(counting) if counting else []
    total = sum(raw)
    return [(touch, weight / total) for touch, weight in zip(counting, raw, strict=True)]


def _counting(ordered: list[TouchPoint]) -> list[TouchPoint]:
    return [touch for touch in ordered if not touch.is_direct] or ordered


def _ordered(touches: Iterable[TouchPoint]) -> list[TouchPoint]:
    return sorted(touches, key=_time)


def _time(touch: TouchPoint) -> tuple:
    return (touch.at, touch.key, touch.channel, touch.source, touch.campaign)
