"""Two leads become one, and back: nothing is deleted, no history re-pointed, no score summed, no unsubscribe lost."""

import json

import pytest

from tests.making import DAY, HOUR, flow, make_fact, make_lead, make_message, make_scenario, make_visitor, step
from wagtail_leads import merging
from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.whose import activities_of
from wagtail_leads.identity.models import (
    Consent,
    Lead,
    LeadChange,
    LeadMerge,
    LeadSource,
    LeadTag,
    Visitor,
    VisitorLink,
)
from wagtail_leads.identity.operations import identify, link, put_tag, save_lead
from wagtail_leads.identity.queries import tags_of
from wagtail_leads.logic.errors import LeadsError
from wagtail_leads.logic.kinds import Evidence
from wagtail_leads.mailing.operations import unsubscribe
from wagtail_leads.mailing.queries import sender_of, why_not
from wagtail_leads.merging import NotMergeable, NotUndoable, merge, references, restore_link, take_back_link, unmerge
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


ALL_OF_IT = {"VisitorLink": 1, "Visitor": 1, "Todo": 1, "Consent": 1, "PrivacyRequest": 0}


def test_what_must_be_found_at_the_survivor_moves_and_comes_back(old, new, now):
    log = merge(old, new, now=now)
    assert where(new) == ALL_OF_IT and where(old) == dict.fromkeys(ALL_OF_IT, 0)
    assert Lead.objects.get(pk=old.pk).merged_into == new and list(Lead.objects.living()) == [new]
    unmerge(log, now=now)
    assert where(old) == ALL_OF_IT and where(new) == dict.fromkeys(ALL_OF_IT, 0)
    assert Lead.objects.get(pk=old.pk).merged_into is None


def test_the_log_can_be_kept_as_json(old, new, now):
    done = merge(old, new, now=now)
    log = json.loads(json.dumps(done.log))
    assert log == LeadMerge.objects.get().log
    LeadMerge.objects.filter(pk=done.pk).update(log=log)
    unmerge(done, now=now)
    assert where(old) == ALL_OF_IT


def test_what_the_survivor_had_before_stays_its_own_when_the_merge_is_taken_back(old, new, now):
    visitor = make_visitor(now)
    link(visitor, new, evidence=Evidence.FORM, now=now, with_history=True)
    unmerge(merge(old, new, now=now), now=now)
    assert (
        list(new.links.values_list("visitor", flat=True)) == [visitor.pk]
        and Visitor.objects.get(pk=visitor.pk).lead == new
    )


def test_the_survivor_was_connected_first_and_seen_last_as_either_was(old, new, now):
    link(make_visitor(now), new, evidence=Evidence.FORM, now=now, with_history=True)
    log = merge(old, new, now=now)
    new.refresh_from_db()
    assert (new.connected_at, new.last_seen_at) == (now - 5 * DAY, now)
    unmerge(log, now=now)
    new.refresh_from_db()
    assert (new.connected_at, new.last_seen_at) == (now, now)


def test_a_survivor_that_had_no_browser_has_none_again(old, new, now):
    log = merge(old, new, now=now)
    new.refresh_from_db()
    assert new.is_connected
    unmerge(log, now=now)
    new.refresh_from_db()
    assert new.connected_at is None and new.last_seen_at is None


def test_what_happened_since_the_merge_stays(old, new, now):
    log = merge(old, new, now=now)
    Lead.objects.filter(pk=new.pk).update(last_seen_at=now + DAY)
    unmerge(log, now=now)
    new.refresh_from_db()
    assert new.last_seen_at == now + DAY


@pytest.mark.parametrize("who", ["old", "new"])
def test_who_said_stop_is_not_forgotten(old, new, now, who):
    Lead.objects.filter(pk={"old": old, "new": new}[who].pk).update(stopped_at=now)
    log = merge(old, new, now=now)
    assert Lead.objects.get(pk=new.pk).stopped_at == now
    unmerge(log, now=now)
    assert Lead.objects.get(stopped_at__isnull=False) == {"old": old, "new": new}[who]


def test_scores_are_not_summed_and_facts_are_not_repointed(old, new, now):
    ScoreRule.objects.all().delete()
    ensure_shipped_rules()
    for lead in (old, new):
        make_fact("inquiry_made", now, lead=lead)
    flow(now)
    merge(old, new, now=now)
    points = dict(LeadScore.objects.values_list("lead", "value"))
    assert points == {old.pk: 40, new.pk: 80}, "folded from two inquiries, each once"
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
    unmerge(log, now=now)
    make_fact("inquiry_made", now + HOUR, lead=old)
    flow(now + HOUR)
    assert ScoreEntry.objects.filter(lead=old).count() == 2 and identify(email="old@mihon.example", now=now)[0] == old
    assert not ScoreEntry.objects.filter(lead=new).exists(), "what came meanwhile names the other"


def test_a_run_of_a_merged_lead_ends_by_itself(old, new, now):
    make_scenario(now, [step("wait", days=1)])
    make_fact("form_submitted", now, lead=old)
    flow(now)
    before = Enrolment.objects.values_list("state", "due_at", "waits_for", "active_key").get()
    done = merge(old, new, now=now)
    advance_due(now=now, limit=9)
    run = Enrolment.objects.get()
    assert (run.end_reason, run.active_key, run.ended_at) == ("lead_gone", None, now)
    unmerge(done, now=now + HOUR)
    assert Enrolment.objects.values_list("state", "due_at", "waits_for", "active_key").get() == before
    for days in (2, 4):
        advance_due(now=now + days * DAY, limit=9)
    assert Enrolment.objects.get().end_reason == "finished", "it went on where it was"


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
    unmerge(second_log, now=now)
    unmerge(first_log, now=now)
    assert where(old) == ALL_OF_IT and Lead.objects.living().count() == 3


def test_every_table_that_points_to_a_lead_or_a_browser_is_named():
    moved = {f"{model.__name__}.{field}" for model, field in merging.MOVED}
    assert references() == moved | set(merging.KEPT) and not moved & set(merging.KEPT)


def test_links_are_never_deleted(old, new, now):
    before = list(VisitorLink.objects.values_list("pk", flat=True))
    unmerge(merge(old, new, now=now), now=now)
    assert list(VisitorLink.objects.values_list("pk", flat=True)) == before


# --- a person chooses which value stays ---------------------------------------------------------------------------------


def field(lead, name):
    return getattr(Lead.objects.get(pk=lead.pk), name)


FIELDS = [
    # loser's, survivor's, take, what the survivor has then
    ("phone", "03-1", "", {}, "03-1"),
    ("phone", "", "03-2", {}, "03-2"),
    ("phone", "03-1", "03-2", {}, "03-2"),
    ("phone", "03-1", "03-2", {"phone": "loser"}, "03-1"),
    ("phone", "", "03-2", {"phone": "loser"}, "03-2"),
    ("contact_wish", "no_contact", "phone_fine", {"contact_wish": "survivor"}, "no_contact"),
    ("contact_wish", "", "mail_only", {}, "mail_only"),
    ("contact_wish", "mail_only", "", {}, "mail_only"),
    ("note", "theirs", "mine", {}, "mine\n\ntheirs"),
    ("note", "theirs", "mine", {"note": "survivor"}, "mine"),
    ("note", "theirs", "mine", {"note": "loser"}, "theirs"),
    ("note", "theirs", "", {}, "theirs"),
    ("extra", {"a": 1}, {"b": 2}, {}, {"a": 1, "b": 2}),
    ("extra", {"a": 1}, {"a": 2}, {}, {"a": 2}),
    ("extra", {"a": 1}, {"a": 2}, {"extra.a": "loser"}, {"a": 1}),
    ("stage", "customer", "latent", {}, "latent"),
    ("stage", "customer", "latent", {"stage": "loser"}, "customer"),
    ("name", "佐藤 花子", "山田 太郎", {"name": "loser"}, "佐藤 花子"),
]


@pytest.mark.parametrize(("name", "theirs", "mine", "take", "becomes"), FIELDS)
def test_which_value_stays(old, new, now, name, theirs, mine, take, becomes):
    Lead.objects.filter(pk=old.pk).update(**{name: theirs})
    Lead.objects.filter(pk=new.pk).update(**{name: mine})
    done = merge(old, new, now=now, take=take)
    assert field(new, name) == becomes and field(old, name) == theirs
    unmerge(done, now=now)
    assert field(new, name) == mine and field(old, name) == theirs


def test_half_a_name_of_another_person_is_not_taken(old, new, now):
    Lead.objects.filter(pk=old.pk).update(name="佐藤 花子", family_name="佐藤", given_name="花子", given_kana="ハナコ")
    merge(old, new, now=now)
    assert field(new, "given_kana") == "" and field(new, "family_name") == "山田"


def test_kana_of_the_same_name_is(old, new, now):
    Lead.objects.filter(pk=old.pk).update(name="山田太郎", family_name="", given_name="", family_kana="ヤマダ")
    merge(old, new, now=now)
    assert (field(new, "family_kana"), field(new, "name")) == ("ヤマダ", "山田 太郎")


def test_either_address_leads_to_the_survivor_whichever_it_keeps(old, new, now):
    done = merge(old, new, now=now, take={"email": "loser"})
    assert field(new, "email") == "old@mihon.example"
    assert all(identify(email=f"{name}@mihon.example", now=now) == (new, False) for name in ("old", "new"))
    unmerge(done, now=now)
    assert [identify(email=f"{name}@mihon.example", now=now)[0] for name in ("old", "new")] == [old, new]


def test_a_survivor_without_address_gets_the_losers(old, now):
    phone_only = save_lead(Lead(name="山田 太郎", mobile="090-1234-5678"), now=now)
    done = merge(old, phone_only, now=now)
    assert field(phone_only, "email") == "old@mihon.example" and field(old, "email_key") is None
    assert identify(email="old@mihon.example", now=now) == (phone_only, False)
    unmerge(done, now=now)
    assert identify(email="old@mihon.example", now=now) == (old, False) and field(phone_only, "email_key") is None


def test_an_address_that_was_changed_since_stays_and_the_loser_gets_its_own_back(old, now):
    survivor = save_lead(Lead(name="山田 太郎"), now=now)
    done = merge(old, survivor, now=now)
    survivor.refresh_from_db()
    survivor.email = "private@mihon.example"
    save_lead(survivor, now=now)
    unmerge(done, now=now)
    assert (field(survivor, "email"), field(old, "email")) == ("private@mihon.example", "old@mihon.example")


def test_tags_are_united_and_come_apart(old, new, now):
    both, theirs = (LeadTag.objects.create(name=name) for name in ("both", "theirs"))
    for lead, tag in ((old, both), (new, both), (old, theirs)):
        put_tag(lead, tag, now=now)
    done = merge(old, new, now=now)
    assert tags_of([new.pk, old.pk]) == {new.pk: ["both", "theirs"], old.pk: ["both", "theirs"]}
    unmerge(done, now=now)
    assert tags_of([new.pk, old.pk]) == {new.pk: ["both"], old.pk: ["both", "theirs"]}


def test_what_a_merge_changed_is_in_the_history(old, new, now, admin_user):
    Lead.objects.filter(pk=old.pk).update(phone="03-1")
    done = merge(old, new, now=now, by=admin_user)
    unmerge(done, now=now + HOUR, by=admin_user)
    told = LeadChange.objects.filter(field="phone").order_by("pk").values_list("lead", "before", "after", "by_what", "by")
    assert list(told) == [(new.pk, "", "03-1", "merge", admin_user.pk), (new.pk, "03-1", "", "merge", admin_user.pk)]
    row = LeadMerge.objects.get()
    assert (row.at, row.by, row.undone_at, row.undone_by) == (now, admin_user, now + HOUR, admin_user)


def test_a_filled_value_that_was_changed_since_stays(old, new, now):
    Lead.objects.filter(pk=old.pk).update(phone="03-1", mobile="090-1234-5678")
    done = merge(old, new, now=now)
    identify(email="new@mihon.example", now=now, fields={"phone": "03-9"})
    unmerge(done, now=now)
    assert (field(new, "phone"), field(new, "mobile"), field(new, "mobile_key")) == ("03-9", "", "")


def test_a_source_that_is_gone_by_now_is_none_when_a_merge_is_taken_back(old, new, now):
    fair, cards = (LeadSource.objects.create(name=name, created_at=now) for name in ("Fair", "Cards"))
    Lead.objects.filter(pk=old.pk).update(origin=fair)
    Lead.objects.filter(pk=new.pk).update(origin=cards)
    done = merge(old, new, now=now, take={"origin": "loser"})
    cards.delete()
    unmerge(done, now=now)
    assert field(new, "origin") is None


# --- undone in any order ------------------------------------------------------------------------------------------------


def test_of_two_merges_into_one_lead_the_first_can_be_undone_first(old, new, now):
    third = make_lead(now, "third@mihon.example")
    Lead.objects.filter(pk=old.pk).update(phone="03-1")
    Lead.objects.filter(pk=third.pk).update(phone="03-3")
    first, second = merge(old, new, now=now), merge(third, new, now=now, take={"phone": "loser"})
    unmerge(first, now=now)
    assert field(new, "phone") == "03-3", "what the second said stays"
    unmerge(second, now=now)
    assert field(new, "phone") == "", "and does not bring back what the first had filled"


@pytest.mark.parametrize("case", ["undone", "merged_since", "erased"])
def test_what_cannot_be_taken_back_says_why(old, new, now, case):
    done = merge(old, new, now=now)
    if case == "undone":
        unmerge(done, now=now)
    if case == "merged_since":
        merge(new, make_lead(now, "third@mihon.example"), now=now)
    if case == "erased":
        erase(new, now=now)
    with pytest.raises(NotUndoable) as caught:
        unmerge(done, now=now)
    assert caught.value.reason == case


# --- points -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def rules(db):
    ScoreRule.objects.all().delete()
    ensure_shipped_rules()


def score(lead):
    return LeadScore.objects.filter(lead=lead).values_list("value", flat=True).first() or 0


def test_a_limit_a_day_holds_for_the_person_of_both(rules, old, new, now):
    ScoreRule.objects.filter(activity_kind="inquiry_made").update(max_per_day=1)
    for lead in (old, new):
        make_fact("inquiry_made", now, lead=lead)
    flow(now)
    done = merge(old, new, now=now)
    assert score(new) == 40
    unmerge(done, now=now)
    assert (score(old), score(new)) == (40, 40)


def test_what_came_in_for_the_loser_meanwhile_counts_for_it_afterwards(rules, old, new, now):
    done = merge(old, new, now=now)
    make_fact("inquiry_made", now, lead=old)
    flow(now)
    assert score(new) == 40
    unmerge(done, now=now)
    assert (score(old), score(new)) == (40, 0)


def test_points_of_a_browser_go_with_its_link_and_come_back(rules, new, now, admin_user):
    browser = make_visitor(now - DAY)
    make_fact("page_viewed", now - HOUR, visitor=browser, high_intent=True)
    flow(now)
    row, _new = link(browser, new, evidence=Evidence.FORM, now=now, with_history=True)
    make_fact("visitor_linked", now, lead=new, visitor=browser, object_kind="link", object_id=row.pk)
    flow(now)
    points = score(new)
    assert points > 0
    assert take_back_link(row, now=now, by=admin_user) and not take_back_link(row, now=now)
    assert score(new) == 0 and not ScoreEntry.objects.exists() and not field(new, "connected_at")
    row.refresh_from_db()
    assert (row.revoked_at, row.revoked_by, row.open_key) == (now, admin_user, None)
    assert restore_link(row, now=now + HOUR) and not restore_link(row, now=now)
    assert score(new) == pytest.approx(points) and Visitor.objects.get(pk=browser.pk).lead == new
