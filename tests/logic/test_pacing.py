from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_leads.logic.pacing import RETRY_MINUTES, earliest, next_try

TOKYO, BERLIN, NEW_YORK = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def at(text, zone):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("zone", "window", "now", "leaves"),
    [
        (TOKYO, None, "2026-11-20 03:00", "2026-11-20 03:00"),
        (TOKYO, (9, 9), "2026-11-20 03:00", "2026-11-20 03:00"),
        (TOKYO, (9, 18), "2026-11-20 03:00", "2026-11-20 09:00"),
        (TOKYO, (9, 18), "2026-11-20 09:00", "2026-11-20 09:00"),
        (TOKYO, (9, 18), "2026-11-20 17:59", "2026-11-20 17:59"),
        (TOKYO, (9, 18), "2026-11-20 18:00", "2026-11-21 09:00"),
        (TOKYO, (9, 18), "2026-12-31 23:00", "2027-01-01 09:00"),
        (TOKYO, (9, 24), "2026-11-20 23:59", "2026-11-20 23:59"),
        (TOKYO, (0, 24), "2026-11-20 00:00", "2026-11-20 00:00"),
        # over midnight
        (TOKYO, (22, 6), "2026-11-20 21:59", "2026-11-20 22:00"),
        (TOKYO, (22, 6), "2026-11-20 23:30", "2026-11-20 23:30"),
        (TOKYO, (22, 6), "2026-11-20 05:59", "2026-11-20 05:59"),
        (TOKYO, (22, 6), "2026-11-20 06:00", "2026-11-20 22:00"),
        # the night in which the clock jumps from 2 to 3
        (BERLIN, (9, 18), "2026-03-28 20:00", "2026-03-29 09:00"),
        (BERLIN, (9, 18), "2026-03-29 00:30", "2026-03-29 09:00"),
        (NEW_YORK, (9, 18), "2026-03-07 20:00", "2026-03-08 09:00"),
        # the night in which it is 2 o'clock twice
        (BERLIN, (9, 18), "2026-10-24 20:00", "2026-10-25 09:00"),
        (NEW_YORK, (9, 18), "2026-10-31 20:00", "2026-11-01 09:00"),
        (BERLIN, (22, 6), "2026-10-25 02:30", "2026-10-25 02:30"),
    ],
)
def test_marketing_mail_leaves_when_the_window_is_open_by_the_wall_clock(zone, window, now, leaves):
    assert earliest(at(now, zone), window, zone) == at(leaves, zone)


def test_the_night_of_a_changed_clock_is_an_hour_shorter_or_longer():
    for day, hours in (("2026-03-28 21:00", 11), ("2026-10-24 21:00", 13), ("2026-11-10 21:00", 12)):
        now = at(day, BERLIN).astimezone(timezone.utc)
        assert earliest(now, (9, 18), BERLIN) - now == timedelta(hours=hours), day


hours = st.integers(min_value=0, max_value=23)
moments = st.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2028, 1, 1), timezones=st.just(timezone.utc))


@given(moments, hours, hours, st.sampled_from([TOKYO, BERLIN, NEW_YORK]))
def test_it_is_never_earlier_than_now_and_at_most_a_long_day_away(now, opens, closes, zone):
    leaves = earliest(now, (opens, closes), zone)
    assert now <= leaves.astimezone(timezone.utc) <= now + timedelta(hours=26)


@given(moments, hours, hours, st.just(TOKYO))
def test_at_the_time_it_says_the_window_is_open(now, opens, closes, zone):
    leaves = earliest(now, (opens, closes), zone)
    assert earliest(leaves, (opens, closes), zone) == leaves


def test_the_ladder_of_tries_grows_and_ends_after_about_three_days():
    now, waits, attempts = at("2026-11-20 03:00", TOKYO), [], 0
    while again := next_try(attempts := attempts + 1, now):
        waits.append(again - now)
        now = again
    assert waits == [timedelta(minutes=m) for m in RETRY_MINUTES] and waits == sorted(waits)
    assert timedelta(days=2.5) < sum(waits, timedelta()) < timedelta(days=4)


@pytest.mark.parametrize(("attempts", "minutes"), [(0, 1), (1, 1), (2, 5), (len(RETRY_MINUTES), 1440)])
def test_each_try_waits_its_own_time(attempts, minutes):
    now = at("2026-11-20 03:00", TOKYO)
    assert next_try(attempts, now) == now + timedelta(minutes=minutes)


def test_after_the_last_try_it_is_given_up():
    assert next_try(len(RETRY_MINUTES) + 1, at("2026-11-20 03:00", TOKYO)) is None
