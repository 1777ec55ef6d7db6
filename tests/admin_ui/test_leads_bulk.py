"""One thing done with many leads: only with those one may change, noted, in chunks."""

import pytest
from django.test import override_settings

from tests.admin_ui.rows import NOW, lead, person
from wagtail_leads.activity.models import Activity
from wagtail_leads.admin_ui import lead_bulk
from wagtail_leads.identity.models import AccessRecord, Lead, LeadChange, LeadTag, LeadTagging
from wagtail_leads.sales.models import Todo
from wagtail_leads.segments.models import StageChange

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    client.user = person(superuser=True)
    client.force_login(client.user)
    return client


def url(action, *leads, query="") -> str:
    ids = "&".join(f"id={one if isinstance(one, str) else one.pk}" for one in leads)
    return f"/cms/leads/bulk/{action}/?{ids}{query}"


def changed(one) -> list[tuple[str, str, str]]:
    return list(LeadChange.objects.filter(lead=one).order_by("pk").values_list("field", "before", "after"))


def test_owner(boss):
    colleague = person("change_lead")
    mine, free, other = lead(owner=boss.user), lead(), lead()
    asked = boss.get(url("owner", mine, free))
    assert asked.status_code == 200 and asked.context["count"] == 2
    boss.post(url("owner", mine, free), {"owner": str(boss.user.pk)})
    assert {one.owner_id for one in Lead.objects.filter(pk__in=[mine.pk, free.pk])} == {boss.user.pk}
    assert Lead.objects.get(pk=other.pk).owner is None
    assert changed(mine) == [] and changed(free) == [("owner_id", "", str(boss.user.pk))]
    boss.post(url("owner", mine), {"owner": "-"})
    assert Lead.objects.get(pk=mine.pk).owner is None
    assert str(colleague.pk) not in dict(asked.context["form"].fields["owner"].choices)  # may not enter as staff


def test_tags_on_and_off(boss):
    one, other = lead(), lead()
    tag = LeadTag.objects.create(name="展示会")
    LeadTagging.objects.create(lead=one, tag=tag, at=NOW)
    boss.post(url("tag", one, other), {"tag": tag.pk})
    assert LeadTagging.objects.filter(tag=tag).count() == 2
    assert changed(one) == [] and changed(other) == [("tag", "", "展示会")]
    boss.post(url("untag", one, other), {"tag": tag.pk})
    assert not LeadTagging.objects.exists() and changed(other)[-1] == ("tag", "展示会", "")
    boss.post(url("tag", one), {"new": " 新しい  タグ "})
    assert LeadTagging.objects.get().tag.name == "新しい タグ"
    assert "Choose a tag" in boss.post(url("tag", one), {}).content.decode()


def test_stage_leaves_its_trail(boss):
    one, there = lead(stage="latent"), lead(stage="opportunity")
    boss.post(url("stage", one, there), {"stage": "opportunity", "reason": "見積提出"})
    assert set(Lead.objects.values_list("stage", flat=True)) == {"opportunity"}
    trail = StageChange.objects.get()
    assert (trail.lead_id, trail.from_stage, trail.to_stage, trail.reason) == (
        one.pk,
        "latent",
        "opportunity",
        "見積提出",
    )
    assert changed(one) == [("stage", "latent", "opportunity")]


def test_no_prospect_ends_to_dos(boss):
    one = lead(stage="prospect")
    Todo.objects.create(lead=one, title="t", due_at=NOW, created_at=NOW)
    boss.post(url("stage", one), {"stage": "disqualified"})
    assert Todo.objects.get().status == "done" and Activity.objects.filter(kind="sales_contact", lead=one).exists()


def test_contact_wish(boss):
    one = lead()
    boss.post(url("wish", one), {"wish": "mail_only"})
    assert Lead.objects.get().contact_wish == "mail_only" and changed(one) == [("contact_wish", "", "mail_only")]


def test_all_that_match_on_every_page(boss):
    many = [lead(stage="prospect") for _n in range(lead_bulk.CHUNK + 5)]
    other = lead(stage="latent")
    answer = boss.post(
        url("owner", "all", query="&stage=prospect&next=/cms/leads/%3Fstage=prospect"), {"owner": str(boss.user.pk)}
    )
    assert answer.url == "/cms/leads/?stage=prospect"
    assert Lead.objects.filter(owner=boss.user).count() == len(many) and Lead.objects.get(pk=other.pk).owner is None


def test_too_many_at_once_are_refused_with_a_reason(boss, monkeypatch):
    monkeypatch.setattr(lead_bulk, "MOST", 2)
    for _n in range(3):
        lead()
    assert "Too many at once" in boss.get(url("owner", "all")).content.decode()
    boss.post(url("owner", "all"), {"owner": str(boss.user.pk)})
    assert not Lead.objects.filter(owner__isnull=False).exists()


@pytest.mark.parametrize("own_only", [False, True])
def test_leads_of_others_stay_as_they_are(client, own_only):
    user = person("view_lead", "change_lead")
    client.force_login(user)
    mine, foreign = lead(owner=user), lead("Foreign", owner=person())
    with override_settings(WAGTAIL_LEADS={"OWN_LEADS_ONLY": own_only}):
        text = client.get(url("wish", mine, foreign)).content.decode()
        assert ("1 lead of another colleague" in text) is not own_only
        client.post(url("wish", mine, foreign), {"wish": "no_contact"})
        client.post(url("wish", "all"), {"wish": "no_contact"})
    assert Lead.objects.get(pk=mine.pk).contact_wish == "no_contact"
    assert Lead.objects.get(pk=foreign.pk).contact_wish == ""


def test_only_what_one_may(client):
    one = lead()
    client.force_login(person("view_lead"))
    for action in ("owner", "tag", "stage", "wish", "export"):
        assert client.get(url(action, one)).status_code == 302
    assert "data-bulk-action-button" not in client.get("/cms/leads/").content.decode()
    client.force_login(person("view_lead", "export_lead"))
    assert client.get(url("export", one)).status_code == 200
    client.post(url("owner", one), {"owner": "-"})
    assert client.get("/cms/leads/bulk/unknown/?id=1").status_code == 404


def test_export_of_the_chosen_is_noted(boss):
    one, _other = lead("Chosen"), lead("Other")
    answer = boss.post(url("export", one), {"format": "csv"})
    text = b"".join(answer.streaming_content).decode()
    assert "Chosen" in text and "Other" not in text
    assert AccessRecord.objects.get(what="exported").leads == [one.pk]


@pytest.mark.parametrize("query", ["", "?id=", "?id=x&id=-1", "?id=99999999999999999999", "?id=all&stage=x"])
def test_nobody_chosen(boss, query):
    lead()
    assert "Nobody to change" in boss.get(f"/cms/leads/bulk/owner/{query}").content.decode()
    assert boss.post(f"/cms/leads/bulk/owner/{query}", {"owner": "-"}).status_code in (200, 302)
