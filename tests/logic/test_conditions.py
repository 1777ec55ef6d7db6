from datetime import datetime, timedelta, timezone

import pytest

from wagtail_leads.logic.conditions import Facts, holds, needs

NOW = datetime(2026, 11, 20, tzinfo=timezone.utc)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("tests", "facts", "answer"),
    [
        ([], {}, True),
        ([{"kind": "score", "score": 50}], {"score": 50.0}, True),
        ([{"kind": "score", "score": 50}], {"score": 49.96}, True),
        ([{"kind": "score", "score": 50}], {"score": 49.94}, False),
        ([{"kind": "score"}], {"score": 30, "hot_score": 30}, True),
        ([{"kind": "score", "score": None}], {"score": 29, "hot_score": 30}, False),
        ([{"kind": "stage", "stage": "prospect"}], {"stage": "prospect"}, True),
        ([{"kind": "stage", "stage": "prospect"}], {"stage": "customer"}, False),
        ([{"kind": "did", "what": "click", "days": 3}], {"last_did": {"click": NOW - 3 * DAY}}, True),
        ([{"kind": "did", "what": "click", "days": 3}], {"last_did": {"click": NOW - 4 * DAY}}, False),
        ([{"kind": "did", "what": "click", "days": 3}], {"last_did": {"open": NOW}}, False),
        ([{"kind": "did", "what": "click"}], {"last_did": {"click": NOW - 30 * DAY}}, True),
        ([{"kind": "did", "what": "click", "days": None}], {"last_did": {"click": NOW - 31 * DAY}}, False),
        ([{"kind": "did"}], {"last_did": {"click": NOW}}, False),
        ([{"kind": "score", "score": 1}, {"kind": "stage", "stage": "x"}], {"score": 5, "stage": "x"}, True),
        ([{"kind": "score", "score": 9}, {"kind": "stage", "stage": "x"}], {"score": 5, "stage": "x"}, False),
        ([{"kind": "phase of the moon"}], {"score": 100}, False),
        ([{}], {}, False),
    ],
)
def test_all_tests_must_hold_and_an_unknown_one_does_not(tests, facts, answer):
    assert holds(tests, Facts(now=NOW, **facts)) is answer


def test_only_what_is_asked_for_has_to_be_gathered():
    assert needs([{"kind": "score"}, {"kind": "did", "what": "open"}, {"kind": "score"}]) == {"score", "did"}
    assert needs([]) == set()
