from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.admin_ui.rows import NOW, count_queries, person
from wagtail_leads.capture.goals import ensure_shipped_goal
from wagtail_leads.capture.models import Conversion, Goal, LeadForm

pytestmark = pytest.mark.django_db
GOALS = "/cms/leads/goals/"


@pytest.fixture
def boss(client):
    client.force_login(person(superuser=True))
    return client


def values(**more):
    return {"name": "Order", "kind": "event", "event": "order", "value": "5000", "is_on": "on", **more}


def test_the_list_says_what_each_goal_waits_for_and_what_it_brought(boss, home):
    Goal.objects.all().delete()
    ensure_shipped_goal(now=NOW)
    made = Goal.objects.create(name="Thanks", kind="page", page=home, value=Decimal(2500), created_at=NOW)
    for number in range(3):
        Conversion.objects.create(goal=made, activity_id=number, value=Decimal(2500), at=timezone.now())
    text = boss.get(GOALS).content.decode()
    assert "Somebody makes an inquiry" in text and f"The page “{home.title}” is opened." in text and "¥7,500" in text


def test_queries_do_not_grow_with_goals(boss, home):
    def make(count):
        for number in range(count):
            Goal.objects.create(name=f"G{number}", kind="page", page=home, created_at=NOW)

    make(2)
    few = count_queries(lambda: boss.get(GOALS))
    make(15)
    assert count_queries(lambda: boss.get(GOALS)) <= few


def test_a_goal_is_made_and_changed(boss):
    Goal.objects.all().delete()
    boss.post(reverse("wagtail_leads_goals:add"), values())
    made = Goal.objects.get()
    assert (made.event, made.value, made.created_at is not None) == ("order", 5000, True)
    form = LeadForm.objects.create(name="F", fields=[])
    boss.post(reverse("wagtail_leads_goals:edit", args=(made.pk,)), values(kind="form", form=form.pk))
    made.refresh_from_db()
    assert (made.kind, made.form, made.event) == ("form", form, "")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"event": ""}, "This kind of goal needs it."),
        ({"kind": "page"}, "This kind of goal needs it."),
        ({"value": "-1"}, "less than nothing"),
        ({"value": "99999999999999"}, "digits"),
    ],
)
def test_what_makes_no_goal_is_said(boss, wrong, message):
    before = Goal.objects.count()
    answer = boss.post(reverse("wagtail_leads_goals:add"), values(**wrong))
    assert message in answer.content.decode() and Goal.objects.count() == before


def test_the_shipped_goal_keeps_its_translated_name(boss):
    Goal.objects.all().delete()
    ensure_shipped_goal(now=NOW)
    made = Goal.objects.get()
    boss.post(
        reverse("wagtail_leads_goals:edit", args=(made.pk,)),
        {"name": "Inquiry", "kind": "inquiry", "value": "10", "is_main": "on", "is_on": "on"},
    )
    made.refresh_from_db()
    assert (made.name, made.value) == ("inquiry", 10)


def test_who_may_not_see_goals_does_not(client):
    client.force_login(person("view_lead"))
    assert client.get(GOALS).status_code in (302, 403)
