"""What stands beside a person's data, and what happens while it goes: links that were taken back, others' rows and lists, a form
that comes in between, and a site that upgrades."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from tests.making import DAY, HOUR, make_lead, make_visit, make_visitor
from wagtail_leads import privacy
from wagtail_leads.capture.models import FormSubmission, ImportRow, LeadImport
from wagtail_leads.capture.operations import Sent, submit
from wagtail_leads.identity.access import record_access
from wagtail_leads.identity.models import AccessRecord, Lead, Retention, Visitor, VisitorLink
from wagtail_leads.identity.operations import link, unlink
from wagtail_leads.logic.kinds import Evidence
from wagtail_leads.privacy import erasing, retention
from wagtail_leads.reports import health
from wagtail_leads.sales.models import SavedView
from wagtail_leads.tracking.models import Visit

pytestmark = pytest.mark.django_db
ADDRESS = "taro@mihon.example"
OLD = timedelta(days=4 * 366)


def linked(lead, now):
    visitor = make_visitor(now - DAY)
    made, _more = link(visitor, lead, evidence=Evidence.FORM, now=now, with_history=True)
    return visitor, made


# --- a link that was taken back ------------------------------------------------------------------------------------------


def test_the_visits_of_a_browser_that_was_somebody_elses_are_neither_told_nor_blanked(now):
    lead = make_lead(now, ADDRESS)
    visitor, made = linked(lead, now)
    visit = make_visit(visitor, now - HOUR)
    Visit.objects.filter(pk=visit.pk).update(term="another's")
    unlink(made, now=now)
    found = privacy.export(lead)
    assert found["visits"] == found["views"] == [] and [row["id"] for row in found["links"]] == [made.pk]
    privacy.erase(lead, now=now)
    assert Visit.objects.get().term == "another's" and not VisitorLink.objects.exists(), "the link itself goes"


def test_a_forgotten_browser_that_was_taken_back_says_nothing_about_its_lead(now):
    lead = make_lead(now, ADDRESS)
    visitor, made = linked(lead, now)
    unlink(made, now=now)
    Lead.objects.update(last_seen_at=now, connected_at=now)
    privacy.forget_browser(visitor, now=now)
    assert Lead.objects.get().last_seen_at == now


def test_a_lead_whose_only_other_link_was_taken_back_is_not_connected_any_more(now):
    lead = make_lead(now, ADDRESS)
    visitor, _made = linked(lead, now)
    _other, taken_back = linked(lead, now)
    unlink(taken_back, now=now)
    privacy.forget_browser(visitor, now=now)
    assert Lead.objects.get().connected_at is None


def test_a_link_that_was_taken_back_keeps_no_old_browser(now):
    visitor, made = linked(make_lead(now, ADDRESS), now)
    unlink(made, now=now)
    Visitor.objects.filter(pk=visitor.pk).update(last_seen_at=now - OLD)
    while retention.purge_some(now=now)[1]:
        pass
    assert not Visitor.objects.exists()


# --- others' rows ----------------------------------------------------------------------------------------------------------


def test_erasing_leaves_rows_of_files_that_only_look_alike(now):
    lead = make_lead(now, ADDRESS)
    file = LeadImport.objects.create(name="x.csv", state="done", created_at=now)
    cells = (
        ["Taro@mihon.example"],
        ["山田 <taro@mihon.example>"],
        ["kentaro@mihon.example"],
        ["taro@mihon.example.jp"],
    )
    for number, row in enumerate(cells):
        ImportRow.objects.create(file=file, number=number, outcome="bad", cells=row)
    privacy.erase(lead, now=now)
    assert [row.cells for row in ImportRow.objects.order_by("number")] == [[], [], *cells[2:]]


GOES = ("q=taro%40mihon.example", "stage=prospect&q=Stage+Owner", "q=%E5%B1%B1%E7%94%B0%E6%A7%98")
STAYS = ("stage=prospect&owner=3", "q=kentaro%40mihon.example", "ordering=-rank", "")


@pytest.mark.parametrize("name", ["Stage", "山田"])
def test_erasing_takes_only_lists_that_search_for_the_person(now, name):
    user = get_user_model().objects.create_user("kim", password="x")
    lead = make_lead(now, ADDRESS, name=name)
    for query in (*GOES, *STAYS):
        SavedView.objects.create(name="Mine", user=user, query=query, created_at=now)
        record_access(AccessRecord.What.EXPORTED, user=user, now=now, detail=f"csv; leads?{query}")
    named = SavedView.objects.create(name=f"For {name}", user=user, query="stage=prospect", created_at=now)
    privacy.erase(lead, now=now)
    gone = {GOES[0], GOES[1] if name == "Stage" else GOES[2]}
    assert set(SavedView.objects.values_list("query", flat=True)) == {*GOES, *STAYS} - gone
    assert AccessRecord.objects.filter(detail="").count() == len(gone) and not SavedView.objects.filter(pk=named.pk)


def test_a_form_that_comes_in_between_leaves_nothing_with_the_person_who_is_gone(now, monkeypatch):
    lead = make_lead(now, ADDRESS)
    close, visitor = erasing._close, make_visitor(now)

    def form_then_close(*args, **options):
        sent = Sent(key="late", email=ADDRESS, fields={"name": "Yamada Taro"}, form_name="Paper")
        submit(sent, visitor=visitor, now=now)
        close(*args, **options)

    monkeypatch.setattr(erasing, "_close", form_then_close)
    privacy.erase(lead, now=now)
    lead = Lead.objects.get()
    assert lead.erased_at and lead.name == "" and not VisitorLink.objects.exists()
    assert FormSubmission.objects.get().data == {} and Visitor.objects.get().lead is None
    assert Visitor.objects.get().key is None, "its cookie is forgotten"


# --- a site that upgrades ------------------------------------------------------------------------------------------------------


def idle(now) -> Lead:
    made = make_lead(now - OLD, ADDRESS)
    Lead.objects.filter(pk=made.pk).update(updated_at=None)
    return made


def test_no_lead_is_erased_before_somebody_has_saved_the_times(client, now, admin_user):
    idle(now)
    make_visit(make_visitor(now - OLD), now - OLD)
    while privacy.work_due(now=now):
        pass
    assert Lead.objects.living().exists() and not Visit.objects.exists(), "visits have their default"
    (problem,) = health.idle_leads_wait(now)
    client.force_login(admin_user)
    page = client.get(reverse("wagtail_leads_retention")).content.decode()
    assert "1 lead waits for your word" in page and "would be erased: 1" not in page
    edit = reverse("wagtailsettings:edit", args=["wagtail_leads", "retention"])
    shown = client.get(edit, follow=True)
    assert not retention.is_agreed(retention.rules()), "to look at it is not to save it"
    kept = Retention.objects.get()
    times = {kind.field: getattr(kept, kind.field) for kind in retention.KINDS}
    assert client.post(shown.redirect_chain[-1][0], times).status_code == 302
    assert "would be erased: 1 lead" in client.get(reverse("wagtail_leads_retention")).content.decode()
    while privacy.work_due(now=now + DAY):
        pass
    assert not Lead.objects.living().exists() and not list(health.idle_leads_wait(now))


def test_another_time_set_by_code_is_somebodys_word(now):
    Retention.objects.create()
    assert not retention.is_agreed(retention.rules())
    Retention.objects.update(idle_leads_months=24)
    assert retention.is_agreed(retention.rules())


@pytest.mark.parametrize("months", [0, 600])
def test_nothing_waits_when_no_lead_is_over(now, months):
    idle(now)
    Retention.objects.create(idle_leads_months=months)
    while privacy.work_due(now=now):
        pass
    assert not list(health.idle_leads_wait(now)) and Lead.objects.living().exists()
