import pytest

from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.logic.scoring import Fact, Rule, applies, matching


def rule(**more):
    return Rule(**{"id": 1, "version": 1, "activity_kind": "page_read", "points": 5, **more})


@pytest.mark.parametrize(
    ("conditions", "fact", "counts"),
    [
        ({}, {}, True),
        ({"activity_kind": "page_viewed"}, {}, False),
        ({"high_intent_only": True}, {}, False),
        ({"high_intent_only": True}, {"high_intent": True}, True),
        ({}, {"high_intent": True}, True),
        ({"content_kind": "price"}, {}, False),
        ({"content_kind": "price"}, {"content_kind": "article"}, False),
        ({"content_kind": "price"}, {"content_kind": "price"}, True),
        ({"min_seconds": 60}, {"value": 59_999}, False),
        ({"min_seconds": 60}, {"value": 60_000}, True),
        ({"min_seconds": 60, "high_intent_only": True}, {"value": 90_000}, False),
        ({"min_seconds": 0}, {"value": 0}, True),
    ],
)
def test_a_rule_gives_points_when_all_it_says_is_so(conditions, fact, counts):
    assert applies(rule(**conditions), Fact(**{"kind": "page_read", "value": 1000, **fact})) is counts


def test_a_view_that_nobody_measured_is_not_one_of_no_time():
    assert not applies(rule(min_seconds=0), Fact(kind="page_read", value=None))
    assert applies(rule(min_seconds=0), Fact(kind="page_read", value=0))


@pytest.mark.parametrize("kind", [k for k in ActivityKind if k != ActivityKind.PAGE_READ])
def test_visible_time_is_asked_of_read_pages_only(kind):
    assert applies(rule(activity_kind=str(kind), min_seconds=60), Fact(kind=str(kind), value=None))


def test_every_rule_that_matches_counts():
    rules = [rule(id=1), rule(id=2, high_intent_only=True), rule(id=3, activity_kind="email_clicked")]
    assert [r.id for r in matching(rules, Fact(kind="page_read", high_intent=True, value=1))] == [1, 2]
    assert matching([], Fact(kind="page_read", value=1)) == []
