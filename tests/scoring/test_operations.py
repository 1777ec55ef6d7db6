"""Points: the shipped rules by example, an entry for every point, decay, caps in the site's day."""

from datetime import datetime, timezone

import pytest

from tests.making import DAY, HOUR, MINUTE, flow, flow_again, make_fact, make_lead, make_visitor
from wagtail_leads.activity.models import Activity
from wagtail_leads.identity.models import Lead
from wagtail_leads.identity.operations import link, unlink
from wagtail_leads.logic.kinds import Evidence
from wagtail_leads.scoring.defaults import SHIPPED, shipped_name
from wagtail_leads.scoring.models import LeadScore, ScoreEntry, ScoreRule
from wagtail_leads.scoring.operations import ensure_shipped_rules, save_rule
from wagtail_leads.scoring.queries import hot_leads, scores_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rules(db):
    ScoreRule.objects.all().delete()
    ensure_shipped_rules()


@pytest.fixture
def taro(now):
    return make_lead(now - 9 * DAY)


def points(**wanted):
    return {entry.rule.key: entry.points for entry in ScoreEntry.objects.filter(**wanted).select_related("rule")}


def score(lead, at):
    return scores_of([lead.pk], now=at).get(lead.pk)


@pytest.mark.parametrize(
    ("kind", "values", "given"),
    [
        ("inquiry_made", {}, {"inquiry": 40}),
        ("form_submitted", {}, {"form": 15}),
        ("page_viewed", {}, {"page": 1}),
        ("page_viewed", {"high_intent": True}, {"page": 1, "high_intent": 10}),
        ("page_read", {"high_intent": True, "value": 60_000}, {"high_intent_read": 10}),
        ("page_read", {"high_intent": True, "value": 59_999}, {}),
        ("page_read", {"value": 600_000}, {}),
        ("page_read", {"content_kind": "case_study", "value": 30_000}, {"case_read": 5}),
        ("page_read", {"content_kind": "case_study", "value": 29_999}, {}),
        ("page_read", {"content_kind": "case_study", "value": None}, {}),
        ("page_read", {"content_kind": "price", "high_intent": True, "value": None}, {}),
        ("email_clicked", {}, {"click": 5}),
        ("email_unsubscribed", {}, {"unsubscribed": -20}),
        ("email_opened", {}, {}),
        ("email_sent", {}, {}),
        ("gate_shown", {"high_intent": True}, {}),
        ("sales_contact", {}, {}),
        ("custom", {}, {}),
    ],
)
def test_the_eight_shipped_rules_by_example(taro, now, kind, values, given):
    fact = make_fact(kind, now, lead=taro, **values)
    flow(now)
    assert points(activity=fact) == given
    assert (score(taro, now) or 0) == sum(given.values())


def test_eight_rules_ship_once_and_what_was_deleted_stays_deleted():
    assert ScoreRule.objects.count() == len(SHIPPED) == 8
    ScoreRule.objects.get(key="page").delete()
    ensure_shipped_rules()
    assert ScoreRule.objects.count() == 7


def test_a_shipped_rule_is_named_in_the_readers_language_until_it_is_renamed():
    rule = ScoreRule.objects.get(key="inquiry")
    assert rule.plain_name == shipped_name(rule.key, rule.name) == "Made an inquiry"
    rule.name = "Asked us"
    assert rule.plain_name == "Asked us"


def test_every_point_has_its_reason(taro, now):
    fact = make_fact("page_viewed", now, lead=taro, high_intent=True, title="Prices")
    flow(now)
    entry = ScoreEntry.objects.get(rule__key="high_intent")
    assert (entry.lead, entry.activity, entry.at, entry.rule_version, entry.points) == (taro, fact, now, 1, 10)


def test_processing_twice_gives_points_once(taro, now):
    make_fact("inquiry_made", now, lead=taro)
    make_fact("page_viewed", now, lead=taro, high_intent=True)
    flow(now)
    flow_again(now)
    assert ScoreEntry.objects.count() == 3 and score(taro, now) == 51


def test_an_anonymous_fact_gives_nobody_points(now):
    make_fact("page_viewed", now, visitor=make_visitor(now), high_intent=True)
    flow(now)
    assert not ScoreEntry.objects.exists() and not LeadScore.objects.exists()


@pytest.mark.parametrize("field", ["stopped_at", "erased_at"])
def test_who_said_stop_gets_no_points(taro, now, field):
    Lead.objects.filter(pk=taro.pk).update(**{field: now})
    visitor = make_visitor(now)
    make_fact("inquiry_made", now, lead=taro)
    old = make_fact("page_viewed", now - DAY, visitor=visitor)
    Activity.objects.filter(pk=old.pk).update(processed_at=now)
    made, _new = link(visitor, taro, evidence=Evidence.FORM, now=now, with_history=True)
    linked = made.pk if made else 1  # who was erased is linked with nothing
    make_fact("visitor_linked", now, lead=taro, visitor=visitor, object_kind="link", object_id=linked)
    flow(now)
    assert not ScoreEntry.objects.exists()


# --- the order of facts -------------------------------------------------------------------------------------------------


def test_a_score_decays_by_itself_and_late_facts_count_by_their_own_time(taro, now):
    make_fact("inquiry_made", now, lead=taro)
    flow(now)
    make_fact("inquiry_made", now - 30 * DAY, lead=taro)
    flow(now)
    assert score(taro, now) == pytest.approx(60)
    assert score(taro, now + 30 * DAY) == pytest.approx(30)


def test_hot_leads_are_ordered_without_being_recomputed(now):
    first, second, cold = (make_lead(now, f"{n}@mihon.example") for n in ("a", "b", "c"))
    make_fact("inquiry_made", now - 30 * DAY, lead=first)
    for days in (0, 1):
        make_fact("inquiry_made", now - days * DAY, lead=second)
        make_fact("inquiry_made", now - days * DAY, lead=first)
    make_fact("page_viewed", now, lead=cold)
    flow(now)
    assert [lead for lead, _score in hot_leads(now=now, limit=10)] == [first, second]
    Lead.objects.filter(pk=first.pk).update(stage="disqualified")
    Lead.objects.filter(pk=second.pk).update(stopped_at=now)
    assert hot_leads(now=now, limit=10) == []


def test_a_score_of_nothing_has_no_rank(taro, now):
    make_fact("email_unsubscribed", now, lead=taro)
    flow(now)
    assert LeadScore.objects.get().rank is None and score(taro, now) == -20


# --- caps ---------------------------------------------------------------------------------------------------------------


def test_a_rule_counts_so_often_a_day_at_most(taro, now):
    for minute in range(12):
        make_fact("page_viewed", now + minute * MINUTE, lead=taro)
    flow(now)
    assert ScoreEntry.objects.count() == 10, "also over two batches:"
    make_fact("page_viewed", now + HOUR, lead=taro)
    flow(now)
    assert ScoreEntry.objects.count() == 10
    make_fact("page_viewed", now + DAY, lead=taro)
    flow(now + DAY)
    assert ScoreEntry.objects.count() == 11


def test_a_day_is_the_sites_day(taro):
    """Tokyo: 15:00 UTC is midnight."""
    ScoreRule.objects.filter(key="page").update(max_per_day=1)
    morning, before, after, next_evening = (
        datetime(2026, 11, day, hour, minute, tzinfo=timezone.utc)
        for day, hour, minute in ((20, 0, 0), (20, 14, 59), (20, 15, 0), (21, 14, 0))
    )
    for at in (
        before,
        after,
        datetime(2026, 11, 20, 0, 0, tzinfo=timezone.utc),
        datetime(2026, 11, 21, 14, 0, tzinfo=timezone.utc),
    ):
        make_fact("page_viewed", at, lead=taro)
    flow(after)
    assert sorted(e.at for e in ScoreEntry.objects.all()) == [datetime(2026, 11, 20, tzinfo=timezone.utc), after]


def test_one_leads_cap_is_not_anothers(now):
    ScoreRule.objects.filter(key="page").update(max_per_day=1)
    for name in ("a", "b"):
        make_fact("page_viewed", now, lead=make_lead(now, f"{name}@mihon.example"))
    flow(now)
    assert ScoreEntry.objects.count() == 2


# --- history --------------------------------------------------------------------------------------------------------------


def become(visitor, lead, now, **more):
    made, _new = link(visitor, lead, evidence=Evidence.FORM, now=now, with_history=True)
    return make_fact("visitor_linked", now, lead=lead, visitor=visitor, object_kind="link", object_id=made.pk, **more)


def test_what_a_browser_did_before_counts_when_its_owner_becomes_known(taro, now):
    visitor = make_visitor(now - 3 * DAY)
    make_fact("page_viewed", now - DAY, visitor=visitor, high_intent=True)
    flow(now - DAY)
    waiting = make_fact("page_viewed", now - HOUR, visitor=visitor)
    become(visitor, taro, now)
    flow(now)
    assert points(activity__at=now - DAY) == {"page": 1, "high_intent": 10}
    assert points(activity=waiting) == {"page": 1}
    flow_again(now)
    assert ScoreEntry.objects.count() == 3


def test_history_of_two_browsers_goes_to_its_own_owner_each(taro, now):
    hanako = make_lead(now, "hanako@mihon.example")
    pairs = [(make_visitor(now), taro), (make_visitor(now), hanako)]
    for number, (visitor, _lead) in enumerate(pairs, 1):
        for _view in range(number):
            make_fact("page_viewed", now - DAY, visitor=visitor)
    flow(now - DAY)
    for visitor, lead in pairs:
        become(visitor, lead, now)
    flow(now)
    assert [ScoreEntry.objects.filter(lead=lead).count() for lead in (taro, hanako)] == [1, 2]


def test_the_time_of_another_owner_is_not_my_history(taro, now):
    hanako, visitor = make_lead(now, "hanako@mihon.example"), make_visitor(now)
    make_fact("page_viewed", now - 2 * DAY, visitor=visitor)
    flow(now - 2 * DAY)
    become(visitor, taro, now - DAY)
    flow(now - DAY)
    become(visitor, hanako, now)
    flow(now)
    assert {e.lead for e in ScoreEntry.objects.all()} == {taro}


def test_a_link_taken_back_before_the_river_came_counts_nothing(taro, now):
    visitor = make_visitor(now)
    make_fact("page_viewed", now - DAY, visitor=visitor)
    flow(now - DAY)
    become(visitor, taro, now)
    unlink(taro.links.get(), now=now)
    flow(now)
    assert not ScoreEntry.objects.exists()


# --- rules ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [("points", 2), ("max_per_day", 1), ("min_seconds", 9), ("high_intent_only", True), ("content_kind", "price")],
)
def test_a_changed_rule_is_a_new_version_and_points_given_stay(taro, now, field, value):
    make_fact("page_viewed", now, lead=taro)
    flow(now)
    rule = ScoreRule.objects.get(key="page")
    setattr(rule, field, value)
    save_rule(rule, now=now)
    rule.refresh_from_db()
    assert rule.version == 2 and ScoreEntry.objects.get().points == 1 and ScoreEntry.objects.get().rule_version == 1


def test_a_new_name_is_no_new_version():
    rule = ScoreRule.objects.get(key="page")
    rule.name = "Looked around"
    assert save_rule(rule, now=None).version == 1


def test_new_points_count_for_new_facts_only(taro, now):
    make_fact("page_viewed", now, lead=taro)
    flow(now)
    rule = ScoreRule.objects.get(key="page")
    rule.points = 3
    save_rule(rule, now=now)
    make_fact("page_viewed", now, lead=taro)
    flow(now)
    assert sorted(ScoreEntry.objects.values_list("rule_version", "points")) == [(1, 1), (2, 3)]
    assert score(taro, now) == 4


def test_a_rule_that_is_off_gives_nothing(taro, now):
    ScoreRule.objects.update(active=False)
    make_fact("inquiry_made", now, lead=taro)
    flow(now)
    assert not ScoreEntry.objects.exists()
