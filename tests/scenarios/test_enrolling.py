"""Who starts a scenario, and what ends one early."""

import pytest

from tests.making import DAY, HOUR, flow, flow_again, make_fact, make_lead, make_message, make_scenario, step
from wagtail_leads.capture.models import LeadForm
from wagtail_leads.mailing.operations import unsubscribe
from wagtail_leads.scenarios.advancing import advance_due
from wagtail_leads.scenarios.models import Enrolment, Scenario, ScenarioVersion
from wagtail_leads.scenarios.programs import compile_program, problems, publish
from wagtail_leads.scoring.models import ScoreRule
from wagtail_leads.scoring.operations import ensure_shipped_rules

pytestmark = pytest.mark.django_db
WAIT = [{"type": "wait", "value": {"days": "3"}, "id": "w"}]


@pytest.fixture(autouse=True)
def no_rules(db):
    ScoreRule.objects.all().delete()


@pytest.fixture
def lead(now):
    return make_lead(now - DAY)


def runs():
    return Enrolment.objects.count()


@pytest.mark.parametrize(
    ("trigger", "kind", "values", "starts"),
    [
        (("form", {"form": None}), "form_submitted", {}, True),
        (("form", {"form": None}), "inquiry_made", {}, False),
        (("form", {"form": "mine"}), "form_submitted", {"object_kind": "form", "object_id": "mine"}, True),
        (("form", {"form": "mine"}), "inquiry_made", {"object_kind": "form", "object_id": "mine"}, True),
        (("form", {"form": "mine"}), "form_submitted", {"object_kind": "form", "object_id": 99_999}, False),
        (("form", {"form": "mine"}), "form_submitted", {}, False),
        (("page", {"page": None}), "page_viewed", {"high_intent": True}, True),
        (("page", {"page": None}), "page_viewed", {}, False),
        (("page", {"page": "mine"}), "page_viewed", {"page_id": "mine"}, True),
        (("page", {"page": "mine"}), "page_viewed", {"page_id": 99_999, "high_intent": True}, False),
        (("page", {"page": "mine"}), "page_read", {"page_id": "mine"}, False),
        (("score", {"score": None}), "form_submitted", {}, False),
    ],
)
def test_what_starts_a_scenario(lead, home, now, trigger, kind, values, starts):
    kind_of_trigger, settings = trigger
    mine = home.pk if kind_of_trigger == "page" else LeadForm.objects.create(name="Mine", fields=[]).pk
    settings = {k: mine if v == "mine" else v for k, v in settings.items()}
    make_scenario(now, WAIT, triggers=[step(kind_of_trigger, **settings)])
    make_fact(kind, now, lead=lead, **{k: mine if v == "mine" else v for k, v in values.items()})
    flow(now)
    assert runs() == int(starts)


def test_the_score_starts_a_scenario_when_it_crosses_the_threshold(lead, now):
    ensure_shipped_rules()
    make_scenario(now, WAIT, triggers=[step("score", score=12)])
    make_fact("page_viewed", now, lead=lead, high_intent=True)
    flow(now)
    assert runs() == 0
    make_fact("page_viewed", now, lead=lead)
    flow(now)
    assert Enrolment.objects.get().cause is None
    make_fact("page_viewed", now, lead=lead, high_intent=True)
    flow(now)
    flow_again(now)
    assert runs() == 1, "who is above it crosses it no more"


@pytest.mark.parametrize("state", ["draft", "unpublished"])
def test_a_scenario_that_is_not_live_starts_nothing(lead, now, state):
    made = make_scenario(now, WAIT, publish=state != "draft")
    Scenario.objects.filter(pk=made.pk).update(live=False)
    make_fact("form_submitted", now, lead=lead)
    flow(now)
    assert runs() == 0


@pytest.mark.parametrize(("may_repeat", "after_the_first_ended"), [(False, 1), (True, 2)])
def test_one_run_at_a_time_and_again_only_if_it_may(lead, now, may_repeat, after_the_first_ended):
    make_scenario(now, WAIT, may_repeat=may_repeat)
    for hours in (0, 1, 2):
        make_fact("form_submitted", now + hours * HOUR, lead=lead)
    flow(now)
    assert runs() == 1, "not twice while one is active"
    advance_due(now=now, limit=9)
    advance_due(now=now + 4 * DAY, limit=9)
    assert Enrolment.objects.get().state == "done"
    flow_again(now)
    make_fact("form_submitted", now + 5 * DAY, lead=lead)
    flow(now + 5 * DAY)
    assert runs() >= after_the_first_ended and (may_repeat or runs() == 1)


def test_one_cause_starts_one_run_however_often_it_is_processed(lead, now):
    make_scenario(now, WAIT, may_repeat=True)
    make_fact("form_submitted", now, lead=lead)
    for _time in range(3):
        flow_again(now)
        Enrolment.objects.update(active_key=None, ended_at=now, state="done")
    assert runs() == 1


def test_two_scenarios_run_beside_each_other(lead, now):
    make_scenario(now, WAIT)
    make_scenario(now, WAIT, name="Second")
    make_fact("form_submitted", now, lead=lead)
    flow(now)
    assert runs() == 2


def test_a_run_begins_at_the_time_of_its_fact(lead, now):
    made = make_scenario(now, WAIT)
    make_fact("form_submitted", now - HOUR, lead=lead)
    flow(now)
    run = Enrolment.objects.get()
    assert run.started_at == now - HOUR and run.due_at == now
    assert run.active_key == f"{made.pk}:{lead.pk}" and run.step == "w" and run.version.number == 1


# --- ends -----------------------------------------------------------------------------------------------------------------


def begin(lead, now, **values):
    make_scenario(now, WAIT, **values)
    make_fact("form_submitted", now, lead=lead)
    flow(now)
    advance_due(now=now, limit=9)
    return Enrolment.objects.get()


@pytest.mark.parametrize(
    ("ends_on_inquiry", "kind", "hours", "ended"),
    [
        (True, "inquiry_made", 1, "inquiry"),
        (False, "inquiry_made", 1, ""),
        (True, "inquiry_made", -1, ""),
        (True, "email_unsubscribed", 1, "unsubscribed"),
        (False, "email_unsubscribed", 1, "unsubscribed"),
        (False, "email_unsubscribed", -1, ""),
        (True, "form_submitted", 1, ""),
    ],
)
def test_what_ends_a_run_early(lead, now, ends_on_inquiry, kind, hours, ended):
    run = begin(lead, now, ends_on_inquiry=ends_on_inquiry)
    make_fact(kind, now + hours * HOUR, lead=lead)
    flow(now + 2 * HOUR)
    run.refresh_from_db()
    assert run.end_reason == ended and (run.ended_at is not None) == bool(ended)
    if ended:
        assert (run.state, run.active_key, run.due_at, run.waits_for) == ("exited", None, None, "")
        assert advance_due(now=now + 9 * DAY, limit=9) == 0


def test_an_inquiry_that_starts_a_run_does_not_end_it(lead, now):
    form = LeadForm.objects.create(name="Contact", fields=[])
    make_scenario(now, WAIT, triggers=[step("form", form=form.pk)])
    make_fact("inquiry_made", now, lead=lead, object_kind="form", object_id=form.pk)
    flow(now)
    flow_again(now)
    assert Enrolment.objects.get().ended_at is None


def test_another_leads_inquiry_ends_nothing(lead, now):
    run = begin(lead, now)
    make_fact("inquiry_made", now + HOUR, lead=make_lead(now, "hanako@mihon.example"))
    flow(now + HOUR)
    run.refresh_from_db()
    assert run.ended_at is None


def test_unsubscribing_ends_the_run_in_the_river(lead, now, site):
    run = begin(lead, now)
    unsubscribe(make_message(now, lead), now=now + HOUR, source="one click")
    flow(now + HOUR)
    run.refresh_from_db()
    assert run.end_reason == "unsubscribed"


# --- versions -------------------------------------------------------------------------------------------------------------


def test_a_published_version_never_changes_and_a_run_keeps_its_own(lead, now):
    run = begin(lead, now)
    made = Scenario.objects.get()
    made.steps = [("wait", {"days": 9}), ("end", None)]
    made.save()
    made = Scenario.objects.get()
    second = publish(made, now=now)
    assert second.number == 2 and ScenarioVersion.objects.count() == 2
    run.refresh_from_db()
    assert run.version.number == 1 and run.version.program["steps"][0]["days"] == 3.0
    make_fact("form_submitted", now, lead=make_lead(now, "hanako@mihon.example"))
    flow(now)
    assert Enrolment.objects.order_by("-pk").first().version == second, "who starts now starts with the newest"


def test_publishing_the_same_content_again_is_the_same_version(now):
    made = make_scenario(now, WAIT)
    assert publish(Scenario.objects.get(), now=now + DAY) == ScenarioVersion.objects.get()
    Scenario.objects.update(name="Another name", purpose="words only")
    assert publish(Scenario.objects.get(), now=now + DAY).number == 1
    Scenario.objects.update(ends_on_inquiry=False)
    assert publish(Scenario.objects.get(), now=now + DAY).number == 2 and made.versions.count() == 2


def test_blocks_become_a_program_with_their_ids_as_keys(now):
    inner = [step("todo", "t", title="Call", due_days="2"), step("end", "e")]
    condition = [
        {"type": "score", "value": {"score": None}, "id": "x"},
        {"type": "did", "value": {"what": "click", "days": 3}, "id": "y"},
    ]
    made = make_scenario(
        now,
        [
            step("mail", "m", email=None),
            step("wait_for", "f", event="click", days="0.5", yes=inner, no=[]),
            step("condition", "c", condition=condition, yes=[], no=[]),
        ],
        triggers=[step("score", score=None), step("form", form=None), step("page", page=None)],
    )
    assert compile_program(made) == {
        "triggers": [{"kind": "score", "score": None}, {"kind": "form", "form": None}, {"kind": "page", "page": None}],
        "steps": [
            {"key": "m", "kind": "mail", "email": None},
            {
                "key": "f",
                "kind": "wait_for",
                "event": "click",
                "days": 0.5,
                "yes": [
                    {"key": "t", "kind": "todo", "title": "Call", "due_days": 2.0},
                    {"key": "e", "kind": "end"},
                ],
                "no": [],
            },
            {
                "key": "c",
                "kind": "condition",
                "all": [{"kind": "score"}, {"kind": "did", "what": "click", "days": 3}],
                "yes": [],
                "no": [],
            },
        ],
        "ends_on_inquiry": True,
        "may_repeat": False,
    }
    assert problems(made) == []
