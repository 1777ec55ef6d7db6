"""The clock's half of scenarios: claims, steps, waits, and the race of a reaction with its time-out."""

import pytest
from django.db import OperationalError

from tests.making import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    flow,
    make_email,
    make_fact,
    make_lead,
    make_scenario,
    make_visitor,
    step,
)
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.kinds import EnrolmentState, ReactionKind
from wagtail_leads.mailing.models import Email, Message
from wagtail_leads.mailing.operations import queue_email
from wagtail_leads.mailing.reactions import confirm_by_visit, decide_due, record_reaction
from wagtail_leads.sales.models import Todo
from wagtail_leads.scenarios import advancing, steps
from wagtail_leads.scenarios.advancing import advance_due, end, move_on
from wagtail_leads.scenarios.models import Enrolment, StepRun
from wagtail_leads.scoring.models import LeadScore, ScoreRule

pytestmark = pytest.mark.django_db
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)


@pytest.fixture(autouse=True)
def no_rules(db):
    ScoreRule.objects.all().delete()


@pytest.fixture
def lead(now):
    return make_lead(now - DAY, consent=True)


def start(lead, now, *blocks, **values) -> Enrolment:
    """A run that stands before its first step."""
    make_scenario(now, list(blocks), **values)
    make_fact("form_submitted", now, lead=lead)
    flow(now)
    return Enrolment.objects.get()


def advance(now, limit=50):
    return advance_due(now=now, limit=limit)


def story():
    """What the run did, as text."""
    return " ".join(
        f"{one.step}:{one.outcome}" if one.outcome else one.step for one in StepRun.objects.order_by("sequence")
    )


def wait_for(event="click", key="f", yes=(), no=(), days="3"):
    return step("wait_for", key, event=event, days=days, yes=list(yes), no=list(no))


def mail(key="m", **values):
    return step("mail", key, email=make_email(**values).pk)


END_YES, END_NO = step("todo", "y", title="Call", due_days="1"), step("todo", "n", title="Write", due_days="1")


# --- steps ----------------------------------------------------------------------------------------------------------------


def test_all_steps_that_are_due_are_done_at_once_and_the_run_is_over(lead, now, site):
    run = start(lead, now, mail(), step("todo", "t", title="Call", due_days="2"))
    assert advance(now) == 1 and story() == "m:queued t:made"
    run.refresh_from_db()
    assert (run.state, run.end_reason, run.sequence, run.due_at, run.active_key) == ("done", "finished", 2, None, None)
    todo = Todo.objects.get()
    assert todo.lead == lead and todo.due_at == now + 2 * DAY and "After the paper" in todo.reason
    assert Message.objects.get().lead == lead and advance(now + 9 * DAY) == 0


def test_a_to_do_says_why(lead, now, site):
    make_fact("page_viewed", now - HOUR, lead=lead, high_intent=True, title="Prices")
    LeadScore.objects.create(lead=lead, value=62, as_of=now)
    start(lead, now, step("todo", "t", title="Call", due_days="1"))
    advance(now)
    assert Todo.objects.get().reason == "Scenario “After the paper”, score 62. Looked at: Prices."


WISHES = [
    # wish, what began it, what came of the step, title of the to-do
    ("", "form_submitted", "made", "Call"),
    ("phone_fine", "form_submitted", "made", "Call"),
    ("mail_only", "form_submitted", "made", "Call (by mail only)"),
    ("no_contact", "form_submitted", "skipped", None),
    ("no_contact", "inquiry_made", "made", "Call (by mail only)"),
]


@pytest.mark.parametrize(("wish", "cause", "outcome", "title"), WISHES)
def test_a_to_do_honours_the_wish_how_to_be_contacted(lead, now, wish, cause, outcome, title):
    lead.contact_wish = wish
    lead.save(update_fields=["contact_wish"])
    make_scenario(now, [step("todo", "t", title="Call", due_days="1")], ends_on_inquiry=False)
    make_fact("form_submitted", now, lead=lead)
    flow(now)
    fact = make_fact(cause, now + SECOND, lead=lead)
    Enrolment.objects.update(cause=fact)
    advance(now + SECOND)
    assert story() == f"t:{outcome}"
    made = Todo.objects.filter(title__startswith="Call").values_list("title", flat=True).first()
    assert made == title


@pytest.mark.parametrize(("days", "seconds"), [("3", 3 * 86_400), ("0.5", 43_200), ("0", 0)])
def test_a_wait_is_over_when_its_time_has_come(lead, now, days, seconds):
    run = start(lead, now, step("wait", "w", days=days), step("end", "e"))
    advance(now)
    if seconds:
        assert advance(now + seconds * SECOND - SECOND) == 0 and story() == ""
    advance(now + seconds * SECOND)
    run.refresh_from_db()
    assert run.state == "done" and story() == "w e:ended"


def test_the_length_of_a_day_is_a_setting(lead, now, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "DAY_SECONDS": 10}
    start(lead, now, step("wait", "w", days="3"))
    advance(now)
    assert Enrolment.objects.get().due_at == now + 30 * SECOND


@pytest.mark.parametrize("how", ["deleted", "unpublished", "no_address"])
def test_a_mail_that_cannot_be_sent_is_skipped_and_says_so(lead, now, how):
    run = start(lead, now, mail(), step("todo", "t", title="Call", due_days="1"))
    if how == "deleted":
        Email.objects.all().delete()
    elif how == "unpublished":
        Email.objects.update(live=False)
    else:
        Lead.objects.update(email="", email_key=None)
    advance(now)
    run.refresh_from_db()
    assert run.state == "done" and not Message.objects.exists()
    assert story() == "m:skipped t:made"
    assert StepRun.objects.first().detail == ("no_address" if how == "no_address" else "mail_missing")


@pytest.mark.parametrize("field", ["stopped_at", "erased_at", "merged_into"])
def test_a_lead_that_is_gone_is_led_no_further(lead, now, field):
    run = start(lead, now, mail())
    Lead.objects.filter(pk=lead.pk).update(
        **{field: make_lead(now, "b@mihon.example") if field == "merged_into" else now}
    )
    advance(now)
    run.refresh_from_db()
    assert (run.state, run.end_reason) == ("exited", "lead_gone") and not Message.objects.exists()


def test_mail_goes_out_for_the_site_on_which_the_lead_acted(lead, now, site):
    make_scenario(now, [mail()])
    make_fact("form_submitted", now, lead=lead, site=site)
    flow(now)
    advance(now)
    assert Message.objects.get().site == site


def test_no_run_goes_on_for_ever(lead, now):
    run = start(lead, now, mail())
    Enrolment.objects.update(sequence=500)
    advance(now)
    run.refresh_from_db()
    assert (run.state, run.end_reason) == ("failed", "too_long"), "it is shown: no program can need so many steps"


# --- conditions and branches ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "prepare", "answer"),
    [
        ("score", {"score": 10}, "score 10", "yes"),
        ("score", {"score": 10}, "score 9", "no"),
        ("score", {"score": None}, "score 50", "yes"),
        ("stage", {"stage": "interested"}, "", "yes"),
        ("stage", {"stage": "customer"}, "", "no"),
        ("did", {"what": "high_intent", "days": 3}, "page_viewed high", "yes"),
        ("did", {"what": "high_intent", "days": 3}, "page_viewed", "no"),
        ("did", {"what": "click", "days": 3}, "email_clicked", "yes"),
        ("did", {"what": "open", "days": 3}, "email_opened", "yes"),
        ("did", {"what": "open", "days": 3}, "email_clicked", "no"),
        ("did", {"what": "download", "days": 3}, "asset_downloaded", "yes"),
        ("did", {"what": "inquiry", "days": 3}, "inquiry_made", "yes"),
        ("did", {"what": "inquiry", "days": 3}, "inquiry_made old", "no"),
    ],
)
def test_each_kind_of_condition(lead, now, kind, value, prepare, answer):
    what, _space, more = prepare.partition(" ")
    if what == "score":
        LeadScore.objects.create(lead=lead, value=int(more), as_of=now)
    elif what:
        make_fact(what, now - (4 * DAY if more == "old" else DAY), lead=lead, high_intent=more == "high")
    condition = [{"type": kind, "value": value, "id": "x"}]
    start(lead, now, step("condition", "c", condition=condition, yes=[END_YES], no=[END_NO]))
    advance(now)
    assert story() == f"c:{answer} {answer[0]}:made"


def test_branches_in_branches_join_again(lead, now):
    always = [{"type": "stage", "value": {"stage": "interested"}, "id": "x"}]
    inner = step("condition", "d", condition=always, yes=[step("todo", "dy", title="A", due_days="1")], no=[])
    start(
        lead,
        now,
        step("condition", "c", condition=always, yes=[inner], no=[END_NO]),
        step("todo", "z", title="Z", due_days="1"),
    )
    advance(now)
    assert story() == "c:yes d:yes dy:made z:made"


def test_an_end_inside_a_branch_ends_all(lead, now):
    always = [{"type": "stage", "value": {"stage": "interested"}, "id": "x"}]
    start(lead, now, step("condition", "c", condition=always, yes=[step("end", "e"), END_NO], no=[]), END_YES)
    advance(now)
    assert story() == "c:yes e:ended" and Enrolment.objects.get().state == "done"


# --- waiting for a reaction -----------------------------------------------------------------------------------------------


def click(at, *, verdict_at=None, message=None, user_agent=CHROME, kind=ReactionKind.CLICK):
    """A click on the run's mail, and its verdict when it is time."""
    message = message or Message.objects.order_by("-pk").first()
    made = record_reaction(message, kind, now=at, visitor=make_visitor(at), user_agent=user_agent)
    if verdict_at:
        decide_due(now=verdict_at)
    return made


@pytest.fixture
def waiting(lead, now, site):
    run = start(lead, now, mail(), wait_for(yes=[END_YES], no=[END_NO]), step("todo", "z", title="Z", due_days="1"))
    advance(now)
    run.refresh_from_db()
    assert (run.state, run.waits_for, run.due_at) == ("waiting", "click", now + 3 * DAY)
    return run


def test_a_click_moves_the_run_at_once(waiting, now):
    click(now + HOUR, verdict_at=now + 2 * HOUR)
    flow(now + 2 * HOUR)
    assert advance(now + 2 * HOUR) == 1 and story() == "m:queued f:yes y:made z:made"


def test_without_a_click_the_time_is_up(waiting, now):
    assert advance(now + 3 * DAY - SECOND) == 0
    advance(now + 3 * DAY)
    assert story() == "m:queued f:no n:made z:made"


def test_a_machines_click_is_no_click(waiting, now):
    click(now + HOUR, verdict_at=now + 2 * HOUR, user_agent="")
    flow(now + 2 * HOUR)
    advance(now + 3 * DAY)
    assert story() == "m:queued f:no n:made z:made"


def test_a_click_on_another_mail_is_not_waited_for(waiting, lead, now):
    other = queue_email(make_email(name="Other"), lead=lead, dedupe_key="other", now=now)
    click(now + HOUR, message=other, verdict_at=now + 2 * HOUR)
    flow(now + 2 * HOUR)
    assert advance(now + 2 * HOUR) == 0


def test_a_time_out_waits_for_a_verdict_on_hold(waiting, now):
    deadline = now + 3 * DAY
    held = click(deadline - SECOND)
    advance(deadline)
    advance(deadline + MINUTE)
    assert story() == "m:queued"
    assert confirm_by_visit([held.visitor_id], now=deadline + MINUTE + SECOND) == 1
    advance(deadline + MINUTE + 20 * SECOND)
    assert story() == "m:queued", "the verdict is there, but not yet through the river"
    flow(deadline + MINUTE + 21 * SECOND)
    advance(deadline + MINUTE + 22 * SECOND)
    assert story() == "m:queued f:yes y:made z:made", "the lease of the hold does not keep the reaction waiting"


def test_a_hold_ends_with_no_when_the_verdict_is_machine(waiting, now):
    deadline = now + 3 * DAY
    click(deadline - SECOND, user_agent="")
    advance(deadline)
    decide_due(now=deadline + 5 * MINUTE)
    advance(deadline + 5 * MINUTE)
    assert story() == "m:queued f:no n:made z:made"


@pytest.mark.parametrize(("seconds", "answer"), [(-1, "yes"), (0, "yes"), (1, "no")])
def test_a_reaction_counts_by_the_time_of_its_fact_not_of_its_arrival(waiting, now, seconds, answer):
    """It arrives when the deadline is over: the worker was away."""
    deadline = now + 3 * DAY
    click(deadline + seconds * SECOND, verdict_at=deadline + HOUR)
    flow(deadline + HOUR)
    advance(deadline + HOUR)
    assert story().startswith(f"m:queued f:{answer}")


def test_a_time_out_that_looks_back_finds_a_reaction_that_was_missed(waiting, now):
    """The river passed the fact, but the run was not moved (it was set aside, or the process died)."""
    click(now + HOUR, verdict_at=now + 2 * HOUR)
    flow(now + 2 * HOUR)
    Enrolment.objects.update(
        state="waiting", step="f", sequence=1, waits_for="click", waits_since=now, due_at=now + 3 * DAY
    )
    StepRun.objects.filter(step="f").delete()
    advance(now + 3 * DAY)
    assert story().startswith("m:queued f:yes")


@pytest.mark.parametrize("first", ["reaction", "time-out"])
def test_of_a_reaction_and_its_time_out_one_wins(waiting, now, first):
    """Both read the run before either moved it."""
    reaction, time_out = Enrolment.objects.get(), Enrolment.objects.get()
    ways = [("yes", reaction), ("no", time_out)]
    if first == "time-out":
        ways.reverse()
    won = [move_on(run, outcome=outcome, now=now, detail="") for outcome, run in ways]
    assert won == [True, False] and StepRun.objects.filter(step="f").count() == 1
    assert StepRun.objects.get(step="f").outcome == ways[0][0]


def test_an_end_and_a_move_are_one_or_the_other(waiting, now):
    one, other = Enrolment.objects.get(), Enrolment.objects.get()
    assert move_on(one, outcome="no", now=now, detail="")
    assert end(other, EnrolmentState.EXITED, "inquiry", now=now) is False
    assert Enrolment.objects.get().ended_at is None


def test_a_reaction_faster_than_the_worker_counts(lead, now, site):
    """The click is through the river before the run begins to wait."""
    start(lead, now, mail(), step("wait", "w", days="1"), wait_for(yes=[END_YES], no=[END_NO]))
    advance(now)
    click(now + HOUR, verdict_at=now + 2 * HOUR)
    flow(now + 2 * HOUR)
    advance(now + DAY)
    assert story() == "m:queued w f:yes y:made", "a click during the wait before is a click on that mail"
    assert StepRun.objects.get(step="f").detail == "before"


def test_opened_and_then_clicked(lead, now, site):
    start(lead, now, mail(), wait_for("open", "o", yes=[wait_for("click", "k", yes=[END_YES], no=[END_NO])], no=[]))
    advance(now)
    click(now + HOUR, kind=ReactionKind.OPEN)
    click(now + HOUR + SECOND, verdict_at=now + 2 * HOUR)
    flow(now + 2 * HOUR)
    advance(now + 2 * HOUR)
    assert story() == "m:queued o:yes k:yes y:made"


@pytest.mark.parametrize(
    ("event", "kind", "values", "answers"),
    [
        ("page", "page_viewed", {"high_intent": True}, True),
        ("page", "page_viewed", {}, False),
        ("page", "page_read", {"high_intent": True, "value": 1}, False),
        ("form", "form_submitted", {}, True),
        ("form", "inquiry_made", {}, True),
        ("form", "page_viewed", {}, False),
        ("score", "custom", {}, False),
    ],
)
def test_each_kind_of_wait(lead, now, event, kind, values, answers):
    start(lead, now, wait_for(event, yes=[END_YES], no=[END_NO]), ends_on_inquiry=False)
    advance(now)
    make_fact(kind, now + HOUR, lead=lead, **values)
    flow(now + HOUR)
    assert advance(now + HOUR) == int(answers)
    if not answers:
        advance(now + 3 * DAY)
    assert story() == ("f:yes y:made" if answers else "f:no n:made")


def test_the_form_that_started_the_run_is_not_the_next_one(lead, now):
    start(lead, now, wait_for("form", yes=[END_YES], no=[END_NO]))
    advance(now)
    assert story() == "" and Enrolment.objects.get().state == "waiting"
    advance(now + 3 * DAY)
    assert story() == "f:no n:made"


@pytest.mark.parametrize(("before", "story_told"), [(60, "f:yes y:made"), (10, "")])
def test_a_score_that_is_reached_already_is_not_waited_for(lead, now, before, story_told):
    LeadScore.objects.create(lead=lead, value=before, as_of=now)
    start(lead, now, wait_for("score", yes=[END_YES], no=[END_NO]))
    advance(now)
    assert story() == story_told


def test_a_score_that_is_reached_moves_the_run(lead, now):
    from wagtail_leads.scoring.operations import ensure_shipped_rules

    start(lead, now, wait_for("score", yes=[END_YES], no=[END_NO]))
    advance(now)
    ensure_shipped_rules()
    LeadScore.objects.create(lead=lead, value=20, as_of=now)
    make_fact("inquiry_made", now - SECOND, lead=lead)
    flow(now + HOUR)
    advance(now + HOUR)
    assert story() == "f:yes y:made"


# --- workers, crashes, failures -------------------------------------------------------------------------------------------


def test_two_workers_do_not_do_one_step_twice(lead, now, monkeypatch, site):
    """The second looks for work while the first is in the middle of its step."""
    start(lead, now, mail())
    real, inside = steps.perform, []

    def perform(*args, **kwargs):
        inside.append(advance_due(now=now, limit=9))
        return real(*args, **kwargs)

    monkeypatch.setattr(steps, "perform", perform)
    assert advance(now) == 1 and inside == [0]
    assert Message.objects.count() == 1 and story() == "m:queued"


def test_a_crash_between_claim_and_commit_leaves_nothing_and_the_lease_lapses(lead, now, monkeypatch, site):
    run = start(lead, now, mail())
    real = steps.perform

    def killed(*args, **kwargs):
        real(*args, **kwargs)
        raise SystemExit

    monkeypatch.setattr(steps, "perform", killed)
    with pytest.raises(SystemExit):
        advance(now)
    monkeypatch.setattr(steps, "perform", real)
    assert not Message.objects.exists() and story() == ""
    assert advance(now + 30 * SECOND) == 0, "the lease stands"
    assert advance(now + 61 * SECOND) == 1 and story() == "m:queued"
    run.refresh_from_db()
    assert run.state == "done" and Message.objects.count() == 1


def test_a_step_that_fails_is_tried_again_and_then_shown_as_stuck(lead, now, monkeypatch):
    run = start(lead, now, mail())
    other = make_lead(now, "hanako@mihon.example", consent=True)
    make_fact("form_submitted", now, lead=other)
    flow(now)
    real = steps.perform

    def perform(step, run_, *, now):
        if run_.lead_id == lead.pk:
            raise ValueError("broken picture")
        return real(step, run_, now=now)

    monkeypatch.setattr(steps, "perform", perform)
    at = now
    for wait in advancing.RETRY_MINUTES:
        advance(at)
        run.refresh_from_db()
        assert run.ended_at is None and run.due_at == at + wait * MINUTE and run.lease_until is None
        at = run.due_at
    advance(at)
    run.refresh_from_db()
    assert run.state == "failed" and "broken picture" in run.end_reason and run.active_key is None
    assert Enrolment.objects.exclude(pk=run.pk).get().state == "done", "one run's failure stops nobody else"


def test_a_step_that_works_again_goes_on(lead, now, monkeypatch, site):
    run = start(lead, now, mail(), step("wait", "w", days="1"))
    real = steps.perform
    monkeypatch.setattr(steps, "perform", lambda *a, **k: 1 / 0)
    advance(now)
    monkeypatch.setattr(steps, "perform", real)
    advance(now + MINUTE)
    run.refresh_from_db()
    assert story() == "m:queued" and run.state == "waiting" and run.attempts == 0


def test_a_database_that_is_away_is_nobodys_failure(lead, now, monkeypatch):
    run = start(lead, now, mail())

    def away(*args, **kwargs):
        raise OperationalError("database is locked")

    monkeypatch.setattr(steps, "perform", away)
    with pytest.raises(OperationalError):
        advance(now)
    run.refresh_from_db()
    assert run.due_at == now and run.ended_at is None


def test_at_most_so_many_runs_are_taken_at_once_the_longest_due_first(now):
    make_scenario(now, [step("wait", "w", days="1")])
    for number in range(5):
        make_fact("form_submitted", now - number * MINUTE, lead=make_lead(now, f"p{number}@mihon.example"))
    flow(now)
    assert [advance(now, limit=2) for _time in range(4)] == [2, 2, 1, 0]


def test_many_waits_on_hold_are_no_failures(waiting, now):
    deadline = now + 3 * DAY
    click(deadline - SECOND)
    for number in range(8):
        advance(deadline + number * 20 * SECOND)
    assert Enrolment.objects.get().attempts <= 1
