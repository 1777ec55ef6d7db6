"""First, last, linear, by position, by age: sums, order, and what a direct visit counts."""

import random
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_leads.logic.attribution import (
    TouchPoint,
    by_channel,
    first_touch,
    last_touch,
    linear,
    position_based,
    time_decay,
)

DAY_0 = datetime(2026, 11, 1, tzinfo=timezone.utc)
MODELS = [linear, position_based, time_decay]


def touch(day, channel="organic_search", **values) -> TouchPoint:
    return TouchPoint(at=DAY_0 + timedelta(days=day), channel=channel, is_direct=channel == "direct", **values)


TOUCHES = st.lists(
    st.builds(
        touch,
        st.integers(0, 4000),
        st.sampled_from(["direct", "organic_search", "email", "paid_social"]),
        source=st.sampled_from(["", "google", "line"]),
        key=st.integers(0, 5),
    ),
    max_size=40,
)


@given(TOUCHES, st.sampled_from(MODELS))
def test_weights_sum_to_one(touches, model):
    shares = model(touches)
    assert bool(shares) == bool(touches)
    assert all(0 <= weight <= 1 for _touch, weight in shares)
    assert sum(weight for _touch, weight in shares) == pytest.approx(1.0 if touches else 0.0)


@given(TOUCHES, st.sampled_from(MODELS), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(touches, model, chance: random.Random):
    mixed = list(touches)
    chance.shuffle(mixed)
    assert model(mixed) == model(touches)
    assert first_touch(mixed) == first_touch(touches)
    assert last_touch(mixed) == last_touch(touches)


@given(TOUCHES)
def test_first_and_last_are_touches_of_the_lead(touches):
    first, last = first_touch(touches), last_touch(touches)
    if not touches:
        assert first is None and last is None
        return
    assert first in touches and last in touches
    assert first.at == min(t.at for t in touches)
    assert last.is_direct == all(t.is_direct for t in touches)


@given(TOUCHES, st.sampled_from(MODELS))
def test_direct_visits_count_only_where_there_is_nothing_else(touches, model):
    counted = [t for t, _weight in model(touches)]
    assert all(t.is_direct for t in touches) or not any(t.is_direct for t in counted)


def test_the_first_touch_may_be_direct_and_the_last_is_not():
    touches = [touch(0, "direct"), touch(1, "email"), touch(2, "direct")]
    assert first_touch(touches) == touches[0]
    assert last_touch(touches) == touches[1]
    assert last_touch(touches[:1]) == touches[0]


def test_no_touch():
    assert first_touch([]) is None and last_touch([]) is None
    assert [model([]) for model in MODELS] == [[], [], []]


@pytest.mark.parametrize(
    ("model", "weights"),
    [
        (linear, [0.25, 0.25, 0.25, 0.25]),
        (position_based, [0.4, 0.1, 0.1, 0.4]),
        (time_decay, [1 / 15, 2 / 15, 4 / 15, 8 / 15]),
    ],
)
def test_four_touches_a_week_apart(model, weights):
    touches = [touch(7 * week) for week in range(4)]
    assert [weight for _touch, weight in model(touches)] == pytest.approx(weights)


@pytest.mark.parametrize("model", MODELS)
def test_one_touch_has_all(model):
    assert model([touch(0)]) == [(touch(0), 1.0)]


def test_two_positions_share():
    assert [weight for _touch, weight in position_based([touch(0), touch(1)])] == [0.5, 0.5]


def test_touches_years_apart_do_not_underflow():
    assert [weight for _touch, weight in time_decay([touch(0), touch(20_000)])] == pytest.approx([0, 1])


def test_the_parts_of_channels():
    shares = linear([touch(0), touch(1, "email"), touch(2), touch(3, "direct")])
    assert by_channel(shares) == pytest.approx({"organic_search": 2 / 3, "email": 1 / 3})
    assert list(by_channel(shares)) == ["organic_search", "email"]
