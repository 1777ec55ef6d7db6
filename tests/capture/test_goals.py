from datetime import timedelta
from decimal import Decimal

import pytest

from tests.testsite.models import ArticlePage
from wagtail_leads import pipeline
from wagtail_leads.activity.operations import record
from wagtail_leads.capture.goals import ensure_shipped_goal
from wagtail_leads.capture.models import Conversion, Goal, LeadForm
from wagtail_leads.identity.models import Lead, Visitor
from wagtail_leads.logic.kinds import ActivityKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor(now):
    return Visitor.objects.create(key="a" * 32, client_key="c", first_seen_at=now, last_seen_at=now)


@pytest.fixture
def lead(now):
    return Lead.objects.create(email="a@example.com", email_key="k", created_at=now)


def goal(kind, now, **values) -> Goal:
    Goal.objects.all().delete()
    return Goal.objects.create(name="G", kind=kind, created_at=now, **{"value": Decimal(1000), **values})


def told(kind, now, key="1", **fields):
    record(kind, at=fields.pop("at", now), now=now, dedupe_key=f"{kind}{key}", **fields)
    pipeline.process_waiting(now=now, limit=100)


@pytest.mark.parametrize(
    ("kind", "more", "fact", "fields", "reached"),
    [
        ("inquiry", {}, ActivityKind.INQUIRY_MADE, {}, 1),
        ("inquiry", {}, ActivityKind.FORM_SUBMITTED, {}, 0),
        ("inquiry", {"is_on": False}, ActivityKind.INQUIRY_MADE, {}, 0),
        ("form", {}, ActivityKind.FORM_SUBMITTED, {"object_kind": "form", "object_id": 7}, 1),
        ("form", {}, ActivityKind.INQUIRY_MADE, {"object_kind": "form", "object_id": 7}, 1),
        ("document", {}, ActivityKind.ASSET_DOWNLOADED, {"object_id": 3}, 1),
        ("document", {"document_id": 3}, ActivityKind.ASSET_DOWNLOADED, {"object_id": 3}, 1),
        ("document", {"document_id": 4}, ActivityKind.ASSET_DOWNLOADED, {"object_id": 3}, 0),
        ("event", {"event": "order"}, ActivityKind.CUSTOM, {"title": "order"}, 1),
        ("event", {"event": "order"}, ActivityKind.CUSTOM, {"title": "orders"}, 0),
        ("event", {"event": "order"}, ActivityKind.PAGE_VIEWED, {"title": "order"}, 0),
    ],
)
def test_what_reaches_a_goal(kind, more, fact, fields, reached, lead, now):
    goal(kind, now, **more)
    told(fact, now, lead=lead, **fields)
    assert Conversion.objects.count() == reached
    if reached:
        made = Conversion.objects.get()
        assert (made.lead, made.value, made.at) == (lead, 1000, now)


def test_only_the_goals_own_form_counts_once_it_names_one(lead, now):
    own = LeadForm.objects.create(name="Own", fields=[])
    goal("form", now, form=own)
    told(ActivityKind.FORM_SUBMITTED, now, key="1", lead=lead, object_kind="form", object_id=own.pk + 1)
    told(ActivityKind.FORM_SUBMITTED, now, key="2", lead=lead, object_kind="form", object_id=own.pk)
    assert Conversion.objects.count() == 1


def test_a_page_counts_with_its_aliases_once_a_visit_and_for_nobody_too(home, visitor, now):
    thanks = home.add_child(instance=ArticlePage(title="Thank you", slug="thanks", body=""))
    alias = thanks.create_alias(parent=home, update_slug="thanks-2")
    goal("page", now, page=thanks)
    for number, (page, minutes) in enumerate([(thanks, 0), (thanks, 5), (alias, 20), (alias, 80), (home, 81)]):
        at = now + timedelta(minutes=minutes)
        told(ActivityKind.PAGE_VIEWED, now, key=str(number), visitor=visitor, page_id=page.pk, at=at)
    assert list(Conversion.objects.order_by("at").values_list("at", flat=True)) == [
        now,
        now + timedelta(minutes=80),
    ]


def test_two_views_in_one_batch_and_a_batch_told_twice_are_one(home, visitor, now):
    goal("page", now, page=home)
    for number in range(3):
        record(
            ActivityKind.PAGE_VIEWED,
            at=now + timedelta(seconds=number),
            now=now,
            dedupe_key=f"v{number}",
            visitor=visitor,
            page_id=home.pk,
        )
    pipeline.process_waiting(now=now, limit=100)
    from wagtail_leads.activity.models import Activity

    Activity.objects.update(processed_at=None)
    pipeline.process_waiting(now=now, limit=100)
    assert Conversion.objects.count() == 1


def test_a_conversion_keeps_what_it_was_worth(lead, now):
    made = goal("inquiry", now, value=Decimal(500))
    told(ActivityKind.INQUIRY_MADE, now, lead=lead)
    Goal.objects.filter(pk=made.pk).update(value=9000)
    assert Conversion.objects.get().value == 500


def test_inquiries_are_the_goal_that_ships_and_stay_away_once_removed_beside_others(now):
    Goal.objects.all().delete()
    ensure_shipped_goal(now=now)
    ensure_shipped_goal(now=now)
    assert Goal.objects.get().is_main
    goal("event", now, event="x")
    ensure_shipped_goal(now=now)
    assert Goal.objects.get().kind == "event"


def test_while_no_goal_looks_at_it_a_batch_costs_one_query(django_assert_num_queries, home, visitor, now):
    from wagtail_leads.activity.models import Activity
    from wagtail_leads.activity.turn import Turn
    from wagtail_leads.capture.goals import reach

    Goal.objects.all().delete()
    views = [Activity(pk=n, kind="page_viewed", at=now, visitor=visitor, page_id=home.pk) for n in range(1, 200)]
    with django_assert_num_queries(1):
        reach(Turn(now=now, activities=views))
    goal("page", now, page=home)
    with django_assert_num_queries(4):
        reach(Turn(now=now, activities=views))
