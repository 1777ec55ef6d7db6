from datetime import datetime, timedelta, timezone
from itertools import permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wagtail_leads.logic import decay

T0 = datetime(2026, 1, 1, tzinfo=timezone.utc)
MONTH = timedelta(days=30)
times = st.integers(min_value=0, max_value=86_400 * 400).map(lambda s: T0 + timedelta(seconds=s))
facts = st.tuples(st.integers(min_value=-50, max_value=100), times)


def fold(items):
    value, as_of = 0.0, items[0][1]
    for points, at in items:
        value, as_of = decay.add(value, as_of, points, at, MONTH)
    return value, as_of


@pytest.mark.parametrize(("half_lives", "worth"), [(0, 80), (1, 40), (2, 20), (3, 10), (0.5, 56.5685)])
def test_a_score_halves_every_half_life(half_lives, worth):
    assert decay.decayed(80, T0, T0 + MONTH * half_lives, MONTH) == pytest.approx(worth, abs=1e-3)


def test_a_fact_from_the_future_counts_in_full_not_more():
    assert decay.decayed(10, T0 + timedelta(hours=1), T0, MONTH) == 10


@given(st.lists(facts, min_size=1, max_size=12), st.randoms())
def test_the_order_in_which_facts_arrive_does_not_matter(items, random):
    shuffled = random.sample(items, len(items))
    later = T0 + timedelta(days=500)
    one, other = (decay.decayed(*fold(way), later, MONTH) for way in (items, shuffled))
    assert one == pytest.approx(other, abs=1e-6)


def test_all_orders_of_a_small_example_agree():
    items = [(10, T0), (5, T0 + MONTH), (-3, T0 + MONTH / 2)]
    worth = {round(decay.decayed(*fold(list(way)), T0 + MONTH * 2, MONTH), 9) for way in permutations(items)}
    assert worth == {round(10 / 4 + 5 / 2 - 3 * 0.5**1.5, 9)}


@given(
    st.floats(min_value=0.01, max_value=1e6),
    times,
    st.floats(min_value=0.01, max_value=1e6),
    times,
    st.integers(min_value=0, max_value=2000),
)
def test_the_order_of_leads_never_changes_with_time(value_a, at_a, value_b, at_b, days):
    rank_a, rank_b = decay.rank(value_a, at_a, MONTH), decay.rank(value_b, at_b, MONTH)
    assume(abs(rank_a - rank_b) > 1e-6)
    now = max(at_a, at_b) + timedelta(days=days)
    worth_a, worth_b = decay.decayed(value_a, at_a, now, MONTH), decay.decayed(value_b, at_b, now, MONTH)
    assert (rank_a > rank_b) == (worth_a > worth_b)


@given(st.floats(min_value=0.1, max_value=1e5), times, times)
def test_a_rank_stays_as_it_is_while_the_score_sinks(value, at, later):
    assume(later >= at)
    sunk = decay.decayed(value, at, later, MONTH)
    assume(sunk > 1e-3)
    assert decay.rank(sunk, later, MONTH) == pytest.approx(decay.rank(value, at, MONTH), abs=1e-6)


@pytest.mark.parametrize("value", [0, 0.0, -1, -0.0001])
def test_who_has_no_points_has_no_rank(value):
    assert decay.rank(value, T0, MONTH) is None


def test_negative_points_take_away_and_fade_too():
    value, as_of = decay.add(20, T0, -30, T0, MONTH)
    assert (value, as_of) == (-10, T0)
    assert decay.decayed(value, as_of, T0 + MONTH, MONTH) == -5


def test_falls_below_is_the_day_on_which_the_score_reaches_the_threshold():
    when = decay.falls_below(100, T0, 25, MONTH)
    assert when == T0 + 2 * MONTH
    assert decay.decayed(100, T0, when, MONTH) == pytest.approx(25)


@pytest.mark.parametrize(("value", "threshold"), [(50, 50), (10, 50), (0, 50), (-5, 50), (50, 0), (50, -1)])
def test_a_score_that_is_below_already_does_not_fall(value, threshold):
    assert decay.falls_below(value, T0, threshold, MONTH) is None
