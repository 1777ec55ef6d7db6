"""Where a lead stands: it climbs by itself; down and to the sales stages by a person."""

import pytest

from tests.making import DAY, flow, flow_again, make_fact, make_lead
from wagtail_leads import signals
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.kinds import Stage
from wagtail_leads.scoring.models import ScoreRule
from wagtail_leads.scoring.operations import ensure_shipped_rules
from wagtail_leads.segments.models import StageChange
from wagtail_leads.segments.operations import set_stage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_rules(db):
    ScoreRule.objects.all().delete()


@pytest.mark.parametrize(
    ("stands", "does", "then", "reason"),
    [
        ("latent", "form_submitted", "interested", "showed interest"),
        ("latent", "email_clicked", "interested", "showed interest"),
        ("latent", "inquiry_made", "prospect", "made an inquiry"),
        ("latent", "page_viewed", "latent", None),
        ("latent", "email_opened", "latent", None),
        ("latent", "email_unsubscribed", "latent", None),
        ("dormant", "form_submitted", "interested", "showed interest"),
        ("dormant", "inquiry_made", "prospect", "made an inquiry"),
        ("interested", "form_submitted", "interested", None),
        ("interested", "inquiry_made", "prospect", "made an inquiry"),
        ("prospect", "form_submitted", "prospect", None),
        ("prospect", "inquiry_made", "prospect", None),
        ("opportunity", "inquiry_made", "opportunity", None),
        ("customer", "inquiry_made", "customer", None),
        ("disqualified", "inquiry_made", "disqualified", None),
    ],
)
def test_a_lead_climbs_and_never_falls_and_what_a_person_said_stands(now, stands, does, then, reason):
    lead = make_lead(now, stage=stands)
    make_fact(does, now, lead=lead)
    flow(now + DAY)
    lead.refresh_from_db()
    assert lead.stage == then
    moves = list(StageChange.objects.values_list("from_stage", "to_stage", "reason", "at"))
    assert moves == ([(stands, then, reason, now + DAY)] if reason else [])


def test_one_batch_is_one_move_to_the_highest_stage(now):
    lead = make_lead(now)
    for kind in ("form_submitted", "inquiry_made", "email_clicked"):
        make_fact(kind, now, lead=lead)
    flow(now)
    flow_again(now)
    move = StageChange.objects.get()
    assert (move.from_stage, move.to_stage) == ("latent", "prospect")


def test_the_score_for_a_call_makes_a_prospect(now, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "HOT_SCORE": 11}
    ensure_shipped_rules()
    lead = make_lead(now)
    make_fact("page_viewed", now, lead=lead)
    flow(now)
    assert not StageChange.objects.exists()
    make_fact("page_viewed", now, lead=lead, high_intent=True)
    flow(now)
    assert StageChange.objects.get().reason == "score for a call reached"
    lead.refresh_from_db()
    assert lead.stage == "prospect"


@pytest.mark.parametrize("field", ["stopped_at", "erased_at"])
def test_who_said_stop_is_not_moved(now, field):
    lead = make_lead(now, **{field: now})
    make_fact("inquiry_made", now, lead=lead)
    flow(now)
    assert not StageChange.objects.exists()


def test_many_leads_move_each_with_a_row_of_their_own(now):
    leads = [make_lead(now, f"p{n}@mihon.example") for n in range(6)]
    for number, lead in enumerate(leads):
        make_fact("inquiry_made" if number % 2 else "form_submitted", now, lead=lead)
    flow(now)
    assert list(Lead.objects.order_by("pk").values_list("stage", flat=True)) == ["interested", "prospect"] * 3
    assert StageChange.objects.count() == 6


def test_the_site_is_told_after_the_commit(now, django_capture_on_commit_callbacks):
    heard = []

    def listen(sender, lead, from_stage, to_stage, reason, **kwargs):
        heard.append((lead.pk, from_stage, to_stage, reason))

    lead = make_lead(now)
    make_fact("inquiry_made", now, lead=lead)
    signals.stage_changed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            flow(now)
            assert heard == []
    finally:
        signals.stage_changed.disconnect(listen)
    assert heard == [(lead.pk, "latent", "prospect", "made an inquiry")]


@pytest.mark.parametrize("stage", [s for s in Stage if s != Stage.INTERESTED])
def test_a_person_moves_a_lead_anywhere_with_a_reason(now, stage):
    lead = make_lead(now, stage="interested")
    change = set_stage(lead, stage, reason="met at the fair " * 20, now=now)
    lead.refresh_from_db()
    assert lead.stage == stage.value and change.pk and change.from_stage == "interested"
    assert change.reason == ("met at the fair " * 20)[:200]
    assert set_stage(lead, stage, reason="again", now=now) is None and StageChange.objects.count() == 1


def test_a_lead_that_a_colleague_dismisses_leaves_a_row_and_its_scenarios(db, admin_user):
    from datetime import datetime, timezone

    from wagtail_leads import pipeline
    from wagtail_leads.identity.models import Lead
    from wagtail_leads.sales.operations import dismiss_lead
    from wagtail_leads.scenarios.models import Enrolment, Scenario, ScenarioVersion

    now = datetime(2026, 11, 20, 3, tzinfo=timezone.utc)
    lead = Lead.objects.create(name="Taro", stage="prospect", created_at=now)
    scenario = Scenario.objects.create(name="Follow up")
    program = {"triggers": [], "steps": [], "ends_on_inquiry": True, "may_repeat": False}
    version = ScenarioVersion.objects.create(
        scenario=scenario, number=1, fingerprint="x", program=program, created_at=now
    )
    run = Enrolment.objects.create(
        scenario=scenario, version=version, lead=lead, state="waiting", started_at=now, due_at=now, active_key="1:1"
    )
    dismiss_lead(lead, by=admin_user, now=now)
    pipeline.process_waiting(now=now, limit=100)
    change = StageChange.objects.get()
    assert (change.from_stage, change.to_stage) == ("prospect", "disqualified")
    run.refresh_from_db()
    assert (run.state, run.end_reason) == ("exited", "no_prospect")
