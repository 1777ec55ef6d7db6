"""The river: one order, in batches; twice is once; a poisonous fact is set aside and the others go on."""

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.making import (
    DAY,
    HOUR,
    SECOND,
    flow,
    flow_again,
    make_email,
    make_fact,
    make_lead,
    make_scenario,
    make_visitor,
    step,
)
from wagtail_leads import pipeline
from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.operations import line, record, record_many
from wagtail_leads.identity.models import Lead
from wagtail_leads.identity.operations import link
from wagtail_leads.logic.kinds import Evidence
from wagtail_leads.mailing.models import Message, Switches
from wagtail_leads.sales.models import Todo
from wagtail_leads.scenarios.models import Enrolment
from wagtail_leads.scoring.models import LeadScore, ScoreEntry, ScoreRule
from wagtail_leads.scoring.operations import ensure_shipped_rules
from wagtail_leads.segments.models import StageChange

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rules(db):
    ScoreRule.objects.all().delete()
    ensure_shipped_rules()


def counts():
    return {m.__name__: m.objects.count() for m in (ScoreEntry, Todo, Message, Enrolment, StageChange)}


# --- doors to the ledger ------------------------------------------------------------------------------------------------


def test_the_same_fact_told_twice_is_one_line(now):
    assert record("custom", at=now, now=now, dedupe_key="k", title="A") is not None
    assert record("custom", at=now, now=now, dedupe_key="k", title="B") is None
    assert Activity.objects.get().title == "A"


def test_many_facts_at_once_leave_out_those_told_before(now):
    record("custom", at=now, now=now, dedupe_key="a")
    lines = [line("custom", at=now, now=now, dedupe_key=key) for key in ("a", "b", "b", "c")]
    fresh = record_many(lines, now=now)
    assert sorted(a.dedupe_key for a in fresh) == ["b", "c"] and all(a.pk for a in fresh)
    assert record_many([], now=now) == []


@pytest.mark.parametrize(
    "text", ["a\x00b", "x" * 9999, "🚀\u202e\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace")]
)
def test_any_text_fits_into_the_ledger(now, text):
    assert record("custom", at=now, now=now, dedupe_key="k", title=text, path=text).pk
    assert len(Activity.objects.get().title) <= 255 and "\x00" not in Activity.objects.get().title


# --- the river ------------------------------------------------------------------------------------------------------------


def inquiry(lead, now, **more):
    data = {"todo": True, "form": "Contact", "answers": [{"label": "Message", "value": "Please call me about it."}]}
    return make_fact("inquiry_made", now, lead=lead, data=data, **more)


def test_processing_twice_equals_processing_once(now, sender):
    make_scenario(now, [step("mail", email=make_email().pk)])
    lead, visitor = make_lead(now, consent=True), make_visitor(now)
    make_fact("page_viewed", now - DAY, visitor=visitor, high_intent=True)
    flow(now)
    made, _new = link(visitor, lead, evidence=Evidence.FORM, now=now, with_history=True)
    make_fact("visitor_linked", now, lead=lead, visitor=visitor, object_kind="link", object_id=made.pk)
    make_fact("form_submitted", now, lead=lead, visitor=visitor)
    inquiry(make_lead(now, "hanako@mihon.example"), now)
    make_fact("email_clicked", now, lead=lead, visitor=make_visitor(now))
    flow(now)
    pipeline.advance_scenarios(now=now)
    before, values = counts(), list(LeadScore.objects.values_list("lead", "value"))
    assert before == {"ScoreEntry": 5, "Todo": 1, "Message": 2, "Enrolment": 1, "StageChange": 2}
    flow_again(now)
    pipeline.advance_scenarios(now=now)
    assert counts() == before and list(LeadScore.objects.values_list("lead", "value")) == values


def test_the_river_takes_batches_in_order_and_says_when_it_is_done(now):
    for _number in range(5):
        make_fact("custom", now)
    assert [pipeline.process_waiting(now=now, limit=2) for _batch in range(4)] == [2, 2, 1, 0]


def test_a_late_fact_is_found_though_newer_ones_are_through(now):
    first, second = make_fact("custom", now), make_fact("custom", now)
    Activity.objects.filter(pk=second.pk).update(processed_at=now)
    assert flow(now) == 1
    first.refresh_from_db()
    assert first.processed_at == now


def test_a_poisonous_fact_is_set_aside_and_the_others_go_on(now):
    lead = make_lead(now)
    good = [make_fact("form_submitted", now, lead=lead) for _n in range(3)]
    bad = make_fact("inquiry_made", now, lead=lead, data={"todo": True, "answers": "not a list of answers"})
    good += [make_fact("email_clicked", now, lead=lead) for _n in range(3)]
    assert flow(now) == 7
    bad.refresh_from_db()
    assert bad.processed_at == now and "AttributeError" in bad.problem
    assert not Activity.objects.exclude(pk=bad.pk).exclude(problem="").exists()
    assert ScoreEntry.objects.filter(activity__in=good).count() == 5, "two forms and three clicks a day count"
    assert not ScoreEntry.objects.filter(activity=bad).exists(), "what it half did was taken back"


@pytest.mark.parametrize("where", [0, 3, 6])
def test_bisection_finds_the_poison_wherever_it_is(now, where):
    lead = make_lead(now)
    facts = [make_fact("page_viewed", now, lead=lead) for _n in range(7)]
    Activity.objects.filter(pk=facts[where].pk).update(kind="visitor_linked", object_id=2**70 % 2**62, data={})
    Activity.objects.filter(pk=facts[where].pk).update(kind="inquiry_made", data={"todo": True, "answers": [1]})
    flow(now)
    assert list(Activity.objects.exclude(problem="")) == [facts[where]]
    assert ScoreEntry.objects.count() == 6


def test_a_database_that_is_away_sets_nothing_aside(now, monkeypatch):
    make_fact("custom", now)

    def away(turn):
        raise OperationalError("database is locked")

    monkeypatch.setattr(pipeline, "STAGES", (away,))
    with pytest.raises(OperationalError):
        pipeline.process_waiting(now=now, limit=10)
    assert Activity.objects.waiting().count() == 1


def test_a_merged_leads_facts_go_to_the_survivor_however_often_it_was_merged(now):
    a, b, c = (make_lead(now, f"{n}@mihon.example") for n in "abc")
    Lead.objects.filter(pk=a.pk).update(merged_into=b)
    Lead.objects.filter(pk=b.pk).update(merged_into=c)
    fact = inquiry(a, now)
    flow(now)
    assert {e.lead for e in ScoreEntry.objects.all()} == {c} and Todo.objects.get().lead == c
    assert StageChange.objects.get().lead == c
    fact.refresh_from_db()
    assert fact.lead == a, "the fact itself is never re-pointed"


def test_who_said_stop_gets_no_score_no_mail_and_no_run(now, sender):
    make_scenario(now, [step("mail", email=make_email().pk)])
    lead = make_lead(now, consent=True, stopped_at=now)
    make_fact("form_submitted", now, lead=lead)
    flow(now)
    pipeline.advance_scenarios(now=now)
    assert counts() == dict.fromkeys(counts(), 0)


def test_a_browser_of_nobody_passes_without_effects(now):
    make_fact("page_viewed", now, visitor=make_visitor(now), high_intent=True)
    flow(now)
    assert counts() == dict.fromkeys(counts(), 0) and not Activity.objects.waiting().exists()


# --- cost -----------------------------------------------------------------------------------------------------------------


def queries_of(now):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        flow_once = pipeline.process_waiting(now=now, limit=1000)
    assert flow_once
    told = [q["sql"] for q in seen.captured_queries]
    # SQLite takes so many values a statement, so a long INSERT comes in pieces there; each counts once
    pieces = [sql.split("VALUES")[0] if sql.startswith("INSERT") else sql for sql in told]
    return [sql for number, sql in enumerate(pieces) if number == 0 or sql != pieces[number - 1]]


def batch(now, size, leads, kind, **values):
    """Facts of known browsers, one after another, spread over the leads."""
    people = [make_lead(now, f"p{size}x{leads}x{n}@mihon.example") for n in range(leads)]
    browsers = [make_visitor(now) for _lead in people]
    for visitor, lead in zip(browsers, people, strict=True):
        link(visitor, lead, evidence=Evidence.FORM, now=now - HOUR, with_history=True)
    Activity.objects.bulk_create(
        [
            _with_marks(
                line(kind, at=now + n * SECOND, now=now, dedupe_key=f"{size}-{leads}-{n}", visitor=browsers[n % leads]),
                values,
            )
            for n in range(size)
        ]
    )


def _with_marks(activity, values):
    for name, value in values.items():
        setattr(activity, name, value)
    return activity


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("page_viewed", {"high_intent": True}),
        ("page_read", {"high_intent": True, "value": 70_000}),
        ("form_submitted", {}),
    ],
)
def test_a_batch_costs_the_same_queries_whether_20_or_200_facts_and_few_or_many_leads(now, kind, values):
    make_scenario(
        now, [step("wait", days=1)], triggers=[step("page", page=None), step("form", form=None), step("score", score=5)]
    )
    make_scenario(now, [step("wait", days=1)], triggers=[step("page", page=None)], name="Second", may_repeat=True)
    used = {}
    for size, leads in ((20, 2), (200, 2), (200, 90)):
        batch(now, size, leads, kind, **values)
        used[size, leads] = queries_of(now)
    few, more, many = used.values()
    assert len(few) == len(more) == len(many), "\n".join(sql[:100] for sql in many)
    assert len(many) < 40
    assert Enrolment.objects.count()


def test_anonymous_facts_cost_next_to_nothing(now):
    visitor = make_visitor(now)
    for number in range(50):
        make_fact("page_viewed", now + number * SECOND, visitor=visitor)
    assert len(queries_of(now)) <= 14


def test_leads_and_browsers_of_a_batch_are_locked_in_order_of_their_keys(now):
    if not connection.features.has_select_for_update:
        pytest.skip("this database locks as a whole")
    batch(now, 20, 5, "page_viewed")
    locks = [sql for sql in queries_of(now) if "FOR UPDATE" in sql]
    tables = [sql.split("FROM")[1].split()[0].strip('"`').removeprefix("wagtail_leads_") for sql in locks]
    assert tables[:3] == ["activity", "visitor", "lead"] and all("ORDER BY" in sql for sql in locks[:3])


# --- the clock ------------------------------------------------------------------------------------------------------------


def test_the_emergency_stop_holds_mail_and_scenarios_and_loses_nothing(now, sender, mailoutbox):
    make_scenario(now, [step("mail", email=make_email().pk)])
    make_fact("form_submitted", now, lead=make_lead(now, consent=True))
    flow(now)
    Switches.load()
    Switches.objects.update(sending_stopped=True)
    assert pipeline.advance_scenarios(now=now) == 0 and pipeline.next_due(now=now - DAY) is None
    assert pipeline.deliver_mail(now=now, worker="w", clock=lambda: now) == 0
    Switches.objects.update(sending_stopped=False)
    assert pipeline.advance_scenarios(now=now) == 1
    assert pipeline.deliver_mail(now=now, worker="w", clock=lambda: now) == 1
    assert len(mailoutbox) == 1


def test_the_next_due_step_is_told(now):
    assert pipeline.next_due(now=now) is None
    make_scenario(now, [step("wait", days=2)])
    make_fact("form_submitted", now, lead=make_lead(now))
    flow(now)
    pipeline.advance_scenarios(now=now)
    assert pipeline.next_due(now=now) == now + 2 * DAY


def test_a_page_that_was_read_is_one_fact_however_often_its_view_is_closed(now):
    from wagtail_leads.tracking.closing import close, close_views
    from wagtail_leads.tracking.models import PageView, Visit

    visit = Visit.objects.create(visitor=make_visitor(now), started_at=now, last_at=now)
    values = {"visit": visit, "client_key": "c", "path": "/", "at": now, "last_beacon_at": now}
    view = PageView.objects.create(**values, dwell_ms=5000)
    PageView.objects.create(**values)  # nobody measured this one
    assert close_views(now=now + HOUR) == 2 and close_views(now=now + HOUR) == 0
    with transaction.atomic():
        close([view], now=now + DAY)
    assert Activity.objects.get(kind="page_read").value == 5000


def test_an_inquiry_of_someone_who_stopped_the_use_of_their_data_is_answered_all_the_same(db):
    from datetime import datetime, timezone

    from wagtail_leads.activity.operations import record
    from wagtail_leads.identity.models import Lead
    from wagtail_leads.sales.models import Todo
    from wagtail_leads.scoring.models import ScoreEntry

    now = datetime(2026, 11, 20, 3, tzinfo=timezone.utc)
    lead = Lead.objects.create(name="Taro", created_at=now, stopped_at=now)
    record("inquiry_made", at=now, now=now, dedupe_key="x", lead=lead, data={"todo": True, "form": "Contact"})
    pipeline.process_waiting(now=now, limit=10)
    assert Todo.objects.get().lead == lead and not ScoreEntry.objects.exists()
