"""名寄せ in the admin: pairs side by side, merged field by field, taken back; and whose leads they may be."""

import pytest
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from tests.admin_ui.rows import lead, person
from tests.making import make_visitor
from wagtail_leads.identity.keys import set_keys
from wagtail_leads.identity.models import Lead, LeadField, LeadMerge, NotDuplicate, VisitorLink
from wagtail_leads.identity.operations import link
from wagtail_leads.logic.kinds import Evidence

pytestmark = pytest.mark.django_db
LIST, MERGES = "/cms/leads/duplicates/", "/cms/leads/duplicates/merged/"
RIGHTS = ("view_lead", "change_lead")


def twin(name="山田 太郎", email="", **values) -> Lead:
    made = lead(name, **{"phone": "03-6344-6580", "email": email, **values})
    set_keys(made)
    made.save()
    return made


def url(name, *pks) -> str:
    return reverse(f"wagtail_leads_{name}", args=pks)


@pytest.fixture
def pair(db):
    return twin(email="old@mihon.example"), twin("山田太郎", email="new@mihon.example")


def login(client, *rights):
    user = person(*(rights or (*RIGHTS, "change_any_lead")))
    client.force_login(user)
    return user


def test_no_pairs_say_so(client, db):
    login(client)
    assert "No two leads look like one person" in client.get(LIST).content.decode()
    assert "No leads were merged yet" in client.get(MERGES).content.decode()


def test_pairs_are_shown_with_their_reasons_and_ways_on(client, pair):
    login(client)
    text = client.get(LIST).content.decode()
    assert "same phone" in text and "1 pair" in text
    assert url("compare", *(one.pk for one in pair)) in text and url("two_people", *(one.pk for one in pair)) in text


def test_the_list_is_paged_at_a_constant_number_of_queries(client, db, django_assert_max_num_queries):
    login(client)
    for number in range(23):
        twin(f"佐藤{number}", phone=f"03-6344-65{number:02}"), twin(f"佐藤{number}", phone=f"03-6344-65{number:02}")
    client.get(LIST)
    with django_assert_max_num_queries(30):
        first = client.get(LIST).content.decode()
    assert first.count("Compare and merge") == 20
    assert client.get(LIST, {"p": "2"}).content.decode().count("Compare and merge") == 3
    assert client.get(LIST, {"p": "x"}).status_code == 200


def test_a_person_chooses_field_by_field_and_takes_it_back(client, pair):
    user = login(client)
    first, second = pair
    LeadField.objects.create(key="size", label="Size of the plant")
    Lead.objects.filter(pk=first.pk).update(job_title="部長", note="met <b>", extra={"size": "S"})
    Lead.objects.filter(pk=second.pk).update(job_title="課長", note="called", extra={"size": "L"})
    there = url("compare", first.pk, second.pk)
    text = client.get(there).content.decode()
    assert "部長" in text and "課長" in text and "Size of the plant" in text and "Keep both" in text and "met &lt;b&gt;" in text
    said = {"keep": "second", "take-email": "second", "take-job_title": "first", "take-note": "both"}
    said["take-extra.size"] = "first"
    answer = client.post(there, said)
    assert answer.url == url("leads:inspect", second.pk)
    kept = Lead.objects.get(pk=second.pk)
    assert (kept.email, kept.job_title, kept.note) == ("new@mihon.example", "部長", "called\n\nmet <b>")
    assert kept.extra == {"size": "S"} and Lead.objects.get(pk=first.pk).merged_into == kept
    done = LeadMerge.objects.get()
    assert done.by == user and "Take back" in client.get(MERGES).content.decode()
    client.post(url("merge_undo", done.pk))
    back = Lead.objects.get(pk=second.pk)
    assert (back.job_title, back.note, back.extra) == ("課長", "called", {"size": "L"})
    assert user.get_username() in client.get(MERGES).content.decode() and "taken back" in client.get(MERGES).content.decode()
    assert "already" in client.post(url("merge_undo", done.pk), follow=True).content.decode()


def test_two_people_disappear_until_somebody_suggests_them_again(client, pair):
    user = login(client)
    client.post(url("two_people", *(one.pk for one in pair)))
    assert NotDuplicate.objects.get().by == user
    assert "No two leads" in client.get(LIST).content.decode()
    assert "Suggest again" in client.get(MERGES).content.decode()
    client.post(url("two_people_undo", NotDuplicate.objects.get().pk))
    assert "1 pair" in client.get(LIST).content.decode()


@pytest.mark.parametrize("said", [{}, {"keep": "both"}, {"keep": "third", "take-email": "x"}])
def test_nonsense_merges_nothing(client, pair, said):
    login(client)
    client.post(url("compare", *(one.pk for one in pair)), said)
    assert not LeadMerge.objects.exists()


def test_nonsense_in_a_field_is_the_default(client, pair):
    login(client)
    client.post(url("compare", *(one.pk for one in pair)), {"keep": "first", "take-email": "\x00", "take-owner": "first"})
    assert Lead.objects.get(pk=pair[0].pk).email == "old@mihon.example"


def test_one_lead_is_no_pair_and_one_that_is_gone_is_not_found(client, pair):
    login(client)
    first, second = pair
    assert client.get(url("compare", first.pk, first.pk)).status_code == 404
    assert client.post(url("two_people", first.pk, first.pk)).status_code == 404
    Lead.objects.filter(pk=second.pk).update(merged_into=first)
    assert client.get(url("compare", first.pk, second.pk)).status_code == 404
    assert client.post(url("merge_undo", 999)).status_code == 404


def test_from_a_lead_one_searches_the_other(client, pair):
    login(client)
    stranger = twin("鈴木 一郎", phone="")
    there = url("same_person", stranger.pk)
    assert "No other lead looks like this one" in client.get(there).content.decode()
    text = client.get(there, {"q": "old@mihon"}).content.decode()
    assert url("compare", pair[0].pk, stranger.pk) in text and "new@mihon" not in text
    assert "No lead matches" in client.get(there, {"q": "\x00nobody"}).content.decode()
    assert "Perhaps the same person" in client.get(url("same_person", pair[0].pk)).content.decode()
    assert there in client.get(url("leads:inspect", stranger.pk)).content.decode()


@pytest.mark.parametrize("own_only", [False, True])
def test_leads_of_other_owners_are_not_merged(client, pair, own_only):
    """Neither is a pair suggested of which one half may not be changed."""
    first, second = pair
    done = LeadMerge.objects.create(loser=twin(), survivor=second, log={"moved": {}}, at=timezone.now())
    Lead.objects.filter(pk=done.loser_id).update(merged_into=second)
    Lead.objects.filter(pk=second.pk).update(owner=person(*RIGHTS))
    with override_settings(WAGTAIL_LEADS={"OWN_LEADS_ONLY": own_only}):
        login(client, *RIGHTS)
        assert "No two leads" in client.get(LIST).content.decode()
        for name in ("compare", "two_people"):
            client.post(url(name, first.pk, second.pk), {"keep": "first"})
        client.post(url("merge_undo", done.pk))
    assert not NotDuplicate.objects.exists() and LeadMerge.objects.get().undone_at is None


def test_who_only_reads_leads_gets_none_of_it(client, pair):
    login(client, "view_lead")
    pks = [one.pk for one in pair]
    assert {client.get(there).status_code for there in (LIST, MERGES, url("compare", *pks), url("same_person", pks[0]))} == {302}
    assert client.post(url("two_people", *pks)).status_code == 302 and not NotDuplicate.objects.exists()
    assert "Duplicates" not in client.get("/cms/leads/").content.decode()


def test_a_browser_is_taken_back_and_given_again_on_the_leads_page(client, pair):
    user = login(client)
    now = timezone.now()
    row, _new = link(make_visitor(now), pair[0], evidence=Evidence.FORM, now=now, with_history=True)
    page = url("leads:inspect", pair[0].pk)
    assert url("link_take_back", row.pk) in client.get(page).content.decode()
    assert client.post(url("link_take_back", row.pk), {"next": page}).url == page
    row.refresh_from_db()
    assert row.revoked_by == user and url("link_restore", row.pk) in client.get(page).content.decode()
    client.post(url("link_restore", row.pk))
    assert VisitorLink.objects.get().revoked_at is None
    login(client, "view_lead")
    client.post(url("link_take_back", row.pk))
    assert VisitorLink.objects.get().revoked_at is None
