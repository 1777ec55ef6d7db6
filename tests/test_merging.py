"""Two leads become one, and back: nothing is deleted, no history re-pointed, no score summed, no unsubscribe lost."""

import pytest

from tests.making import DAY, HOUR, flow, make_fact, make_lead, make_message, make_scenario, make_visitor, step
from wagtail_leads import merging
from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.whose import activities_of
from wagtail_leads.identity.models import Consent, Lead, Visitor, VisitorLink
from wagtail_leads.identity.operations import identify, link
from wagtail_leads.logic.errors import LeadsError
from wagtail_leads.logic.kinds import Evidence
from wagtail_leads.mailing.operations import unsubscribe
from wagtail_leads.mailing.queries import sender_of, why_not
from wagtail_leads.merging import NotMergeable, merge, references, unmerge
from wagtail_leads.privacy import erase
from wagtail_leads.sales.operations import open_todo
from wagtail_leads.scenarios.advancing import advance_due
from wagtail_leads.scenarios.models import Enrolment
from wagtail_leads.scoring.models import LeadScore, ScoreEntry, ScoreRule
from wagtail_leads.scoring.operations import ensure_shipped_rules

pytestmark = pytest.mark.django_db


@pytest.fixture
def old(now):
    """The lead that will be merged: with browser, to-do, consent."""
    lead = make_lead(now - 9 * DAY, "old@mihon.example", consent=True)
    visitor = make_visitor(now - 9 * DAY)
    link(visitor, lead, evidence=Evidence.FORM, now=now - 5 * DAY, with_history=True)
    open_todo(lead=lead, title="Call", reason="", due_at=now, owner=None, dedupe_key=None, now=now)
    lead.refresh_from_db()
    return lead


@pytest.fixture
def new(now):
    return make_lead(now - DAY, "new@mihon.example")


def where(lead):
    return {model.__name__: model.objects.filter(**{field: lead}).count() for model, field in merging.MOVED}


ALL_OF_IT = {"VisitorLink": 1, "Visitor": 1, "Todo": 1, "Consent": 1}


def test_what_must_be_found_at_the_survivor_moves_and_comes_back(old, new, now):
    log = merge(old, new, now=now)
    assert where(new) == ALL_OF_IT and where(old) == dict.fromkeys(ALL_OF_IT, 0)
    assert Lead.objects.get(pk=old.pk).merged_into == new and list(Lead.objects.living()) == [new]
    unmerge(log)
    assert where(old) == ALL_OF_IT and where(new) == dict.fromkeys(ALL_OF_IT, 0)
    assert Lead.objects.get(pk=old.pk).merged_into is None


def test_the_log_can_be_kept_as_json(old, new, now):
    import json

    log = json.loads(json.dumps(merge(old, new, now=now)))
    unmerge(log)
    assert where(old) == ALL_OF_IT


def test_what_the_survivor_had_before_stays_its_own_when_the_merge_is_taken_back(old, new, now):
    visitor = make_visitor(now)
    link(visitor, new, evidence=Evidence.FORM, now=now, with_history=True)
    unmerge(merge(old, new, now=now))
    assert (
        list(new.links.values_list("visitor", flat=True)) == [visitor.pk]
        and Visitor.objects.get(pk=visitor.pk).lead == new
    )


def test_the_survivor_was_connected_first_and_seen_last_as_either_was(old, new, now):
    link(make_visitor(now), new, evidence=Evidence.FORM, now=now, with_history=True)
    log = merge(old, new, now=now)
    new.refresh_from_db()
    assert (new.connected_at, new.last_seen_at) == (now - 5 * DAY, now)
    unmerge(log)
    new.refresh_from_db()
    assert (new.connected_at, new.last_seen_at) == (now, now)


def test_a_survivor_that_had_no_browser_has_none_again(old, new, now):
    log = merge(old, new, now=now)
    new.refresh_from_db()
    assert new.is_connected
    unmerge(log)
    new.refresh_from_db()
    assert new.connected_at is None and new.last_seen_at is None


def test_what_happened_since_the_merge_stays(old, new, now):
    log = merge(old, new, now=now)
    Lead.objects.filter(pk=new.pk).update(last_seen_at=now + DAY)
    unmerge(log)
    new.refresh_from_db()
    assert new.last_seen_at == now + DAY


@pytest.mark.parametrize("who", ["old", "new"])
def test_who_said_stop_is_not_forgotten(old, new, now, who):
    Lead.objects.filter(pk={"old": old, "new": new}[who].pk).update(stopped_at=now)
    log = merge(old, new, now=now)
    assert Lead.objects.get(pk=new.pk).stopped_at == now
    unmerge(log)
    assert Lead.objects.get(stopped_at__isnull=False) == {"old": old, "new": new}[who]


def test_scores_are_not_summed_and_facts_are_not_repointed(old, new, now):
    ScoreRule.objects.all().delete()
    ensure_shipped_rules()
    for lead in (old, new):
        make_fact("inquiry_made", now, lead=lead)
    flow(now)
    merge(old, new, now=now)
    assert list(LeadScore.objects.values_list("value", flat=True)) == [40, 40]
    assert ScoreEntry.objects.filter(lead=old).count() == Activity.objects.filter(lead=old).count() == 1
    assert activities_of(new).count() == 2, "the survivor's story holds both"


def test_what_comes_later_goes_to_the_survivor_and_after_unmerging_back(old, new, now):
    ScoreRule.objects.all().delete()
    ensure_shipped_rules()
    log = merge(old, new, now=now)
    make_fact("inquiry_made", now, lead=old)
    assert identify(email="old@mihon.example", now=now) == (new, False)
    flow(now)
    assert ScoreEntry.objects.get().lead == new
    unmerge(log)
    make_fact("inquiry_made", now + HOUR, lead=old)
    flow(now + HOUR)
    assert ScoreEntry.objects.filter(lead=old).count() == 1 and identify(email="old@mihon.example", now=now)[0] == old


def test_a_run_of_a_merged_lead_ends_by_itself(old, new, now):
    make_scenario(now, [step("wait", days=1)])
    make_fact("form_submitted", now, lead=old)
    flow(now)
    merge(old, new, now=now)
    advance_due(now=now, limit=9)
    assert Enrolment.objects.get().end_reason == "lead_gone"


def test_an_unsubscribe_survives_the_merge_and_a_new_form_of_the_same_address(old, new, sender, now):
    message = make_message(now, old)
    unsubscribe(message, now=now, source="page")
    merge(old, new, now=now)
    lead, _created = identify(email="old@mihon.example", now=now)
    Consent.objects.create(lead=lead, email_key=message.address_key, granted=True, at=now)
    assert lead == new and why_not(make_message(now, new, to="old@mihon.example"), sender_of(None)) == "suppressed"
    Consent.objects.create(lead=new, email_key=new.email_key, granted=True, at=now)
    assert why_not(make_message(now, new), sender_of(None)) is None, "the other address was not unsubscribed"


@pytest.mark.parametrize(
    "case", ["itself", "merged already", "into one that is merged", "erased", "into one that is erased"]
)
def test_what_cannot_be_merged(old, new, now, case):
    third = make_lead(now, "third@mihon.example")
    if "merged" in case:
        merge(old, third, now=now)
    if "erased" in case:
        erase(old, now=now)
    pair = {"itself": (new, new), "merged already": (old, new), "erased": (old, new)}.get(case, (new, old))
    with pytest.raises(NotMergeable) as caught:
        merge(*pair, now=now)  # the rows at hand are stale: the database decides
    assert isinstance(caught.value, (LeadsError, ValueError)) and str(caught.value)


def test_a_chain_of_merges_and_back(old, new, now):
    third = make_lead(now, "third@mihon.example")
    first_log, second_log = merge(old, new, now=now), merge(new, third, now=now)
    assert where(third) == ALL_OF_IT
    unmerge(second_log)
    unmerge(first_log)
    assert where(old) == ALL_OF_IT and Lead.objects.living().count() == 3


def test_every_table_that_points_to_a_lead_or_a_browser_is_named():
    moved = {f"{model.__name__}.{field}" for model, field in merging.MOVED}
    assert references() == moved | set(merging.KEPT) and not moved & set(merging.KEPT)


def test_links_are_never_deleted(old, new, now):
    before = list(VisitorLink.objects.values_list("pk", flat=True))
    unmerge(merge(old, new, now=now))
    assert list(VisitorLink.objects.values_list("pk", flat=True)) == before
