from datetime import datetime, timedelta, timezone

import pytest
from django.contrib.auth.models import User

from wagtail_leads.activity.models import Activity
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.sales import operations
from wagtail_leads.sales.models import FollowUp, Todo
from wagtail_leads.sales.queries import left_alone, open_todos, todos_of

NOW = datetime(2026, 10, 1, 9, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def lead():
    return Lead.objects.create(name="Hanako", created_at=NOW)


@pytest.fixture
def rep():
    return User.objects.create_user("rep", "rep@example.com", "x")


def todo_for(lead, *, key="", due=NOW + HOUR, owner=None):
    return operations.open_todo(
        lead=lead, title="Call", reason="Inquiry", due_at=due, owner=owner, dedupe_key=key, now=NOW
    )


def test_the_same_cause_makes_one_todo(lead):
    key = dedupe_key("inquiry", 1)
    assert todo_for(lead, key=key) == todo_for(lead, key=key)
    assert Todo.objects.count() == 1


def test_todos_without_a_key_are_each_their_own(lead):
    assert todo_for(lead) != todo_for(lead)


def test_who_loses_the_race_gets_the_others_todo(lead, monkeypatch):
    key = dedupe_key("inquiry", 2)
    theirs = todo_for(lead, key=key)
    real, seen = Todo.objects.filter, []

    def blind_once(*args, **kwargs):
        if not seen:
            seen.append(1)
            return Todo.objects.none()
        return real(*args, **kwargs)

    monkeypatch.setattr(Todo.objects, "filter", blind_once)
    assert todo_for(lead, key=key) == theirs


def test_starting_takes_it_and_a_second_start_does_nothing(lead, rep):
    todo = todo_for(lead)
    assert operations.start_todo(todo, by=rep, now=NOW)
    assert not operations.start_todo(todo, by=rep, now=NOW)
    todo.refresh_from_db()
    assert (todo.status, todo.owner) == (Todo.Status.IN_PROGRESS, rep)


def test_finishing_is_a_fact_in_the_ledger_and_a_contact(lead, rep):
    todo = todo_for(lead)
    assert operations.finish_todo(todo, result="meeting", note="Tuesday", by=rep, now=NOW)
    fact = Activity.objects.get(kind=str(ActivityKind.SALES_CONTACT))
    assert fact.lead == lead and fact.data == {"result": "meeting", "note": "Tuesday", "by": rep.pk, "from_stage": "latent"}
    assert (fact.object_kind, fact.object_id) == ("todo", todo.pk)
    assert FollowUp.objects.get(pk=lead.pk).contacted_at == NOW
    todo.refresh_from_db()
    assert (todo.status, todo.result, todo.done_at) == (Todo.Status.DONE, "meeting", NOW)


def test_finishing_twice_is_finishing_once(lead, rep):
    todo = todo_for(lead)
    operations.finish_todo(todo, result="meeting", by=rep, now=NOW)
    assert not operations.finish_todo(todo, result="no_prospect", by=rep, now=NOW + HOUR)
    assert Activity.objects.count() == 1
    lead.refresh_from_db()
    assert lead.stage == "latent"


def test_an_unknown_result_is_refused(lead, rep):
    with pytest.raises(ValueError):
        operations.finish_todo(todo_for(lead), result="bogus", by=rep, now=NOW)
    assert Todo.objects.open().count() == 1


def test_no_prospect_dismisses_the_lead_and_its_other_todos(lead, rep):
    first, second = todo_for(lead), todo_for(lead)
    operations.finish_todo(first, result="no_prospect", by=rep, now=NOW)
    lead.refresh_from_db()
    second.refresh_from_db()
    assert lead.stage == "disqualified"
    assert second.status == Todo.Status.DONE


def test_dismissing_a_lead_is_told_to_the_ledger(lead, rep):
    operations.dismiss_lead(lead, by=rep, now=NOW)
    lead.refresh_from_db()
    assert lead.stage == "disqualified"
    assert Activity.objects.get().data["result"] == "no_prospect"


def test_a_contact_without_todo(lead, rep):
    operations.record_contact(lead, result="reached", note="", by=rep, now=NOW)
    assert FollowUp.objects.get(pk=lead.pk).contacted_at == NOW
    assert Activity.objects.count() == 1


def test_open_todos_are_overdue_first_and_without_snoozed_ones(lead, rep):
    later = todo_for(lead, due=NOW + HOUR, owner=rep)
    overdue = todo_for(lead, due=NOW - HOUR)
    snoozed = todo_for(lead, due=NOW - HOUR)
    operations.snooze_todo(snoozed, until=NOW + 24 * HOUR, now=NOW)
    assert list(open_todos(now=NOW)) == [overdue, later]
    assert list(open_todos(now=NOW, owner=rep)) == [later]
    assert snoozed in open_todos(now=NOW + 24 * HOUR)


def test_a_todo_that_is_done_cannot_be_snoozed(lead, rep):
    todo = todo_for(lead)
    operations.finish_todo(todo, result="answered", by=rep, now=NOW)
    assert not operations.snooze_todo(todo, until=NOW + HOUR, now=NOW)


@pytest.mark.parametrize("field", ["erased_at", "stopped_at"])
def test_nobody_is_asked_to_call_who_does_not_want_it(lead, field):
    todo_for(lead)
    Lead.objects.filter(pk=lead.pk).update(**{field: NOW})
    assert list(open_todos(now=NOW)) == []


def test_snoozed_and_recently_contacted_leads_are_left_alone(lead, rep):
    week = timedelta(days=7)
    other = Lead.objects.create(name="Taro", created_at=NOW)
    third = Lead.objects.create(name="Jiro", created_at=NOW)
    operations.snooze_lead(lead, until=NOW + HOUR, now=NOW)
    operations.record_contact(other, result="not_reached", by=rep, now=NOW)
    ids = [lead.pk, other.pk, third.pk]
    assert left_alone(ids, now=NOW, contacted_since=NOW - week) == {lead.pk, other.pk}
    assert left_alone(ids, now=NOW + 2 * week, contacted_since=NOW + week) == set()


def test_all_todos_of_a_lead_open_ones_first(lead, rep):
    done, waiting = todo_for(lead), todo_for(lead)
    operations.finish_todo(done, result="reached", by=rep, now=NOW)
    assert todos_of(lead) == [waiting, done]
