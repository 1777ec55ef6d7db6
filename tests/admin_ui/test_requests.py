"""The desk: who may, identity before the answer, every answer, erasing, who looked, how long."""

import json

import pytest
from django.core.cache import cache
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from tests.admin_ui.rows import busy_lead, lead, person
from tests.making import DAY, make_fact, make_visit, make_visitor
from wagtail_leads.identity.access import note_look, record_access
from wagtail_leads.identity.models import AccessRecord, Lead, LeadChange, PrivacyRequest, Retention
from wagtail_leads.logic.kinds import RequestKind
from wagtail_leads.mailing.models import Message, Suppression
from wagtail_leads.privacy import erase_due, requests
from wagtail_leads.privacy.retention import KINDS, note_run

pytestmark = pytest.mark.django_db
DESK = "/cms/leads/requests/"


def url(name, *pks) -> str:
    return reverse(f"wagtail_leads_{name}", args=pks)


@pytest.fixture
def desk(client):
    """Somebody who answers requests, and may do nothing else with leads."""
    client.force_login(person("handle_requests"))
    return client


def ask(of: Lead, kind="access", *, checked=True, **values) -> PrivacyRequest:
    evidence = "She called" if checked else ""
    return requests.receive(RequestKind(kind), of, now=timezone.now(), evidence=evidence, **values)


def words(response) -> str:
    return response.content.decode()


ONLY_THE_DESK = ("requests", "request_new", "retention")


@pytest.mark.parametrize("name", ONLY_THE_DESK)
def test_only_who_handles_requests_comes_in(client, name):
    client.force_login(person("view_lead", "change_lead", "change_any_lead"))
    assert client.get(url(name)).status_code in (302, 403) and "Log in" not in words(client.get(url(name)))
    client.force_login(person("handle_requests"))
    assert client.get(url(name)).status_code == 200


def test_every_address_of_a_request_is_closed_to_others(client):
    row = ask(lead(), "erase")
    client.force_login(person("view_lead", "change_lead", "change_any_lead"))
    for name in ("check", "download", "handed", "send", "stop", "refuse", "erase", "correct"):
        assert client.post(url(f"request_{name}", row.pk)).status_code in (302, 403), name
    client.post(url("request_use_again", row.lead_id))
    row.refresh_from_db()
    assert row.state == "open" and Lead.objects.living().exists() and not AccessRecord.objects.exists()


def test_an_empty_desk_says_so(desk):
    text = words(desk.get(DESK))
    assert "No request is open." in text and "No request has been answered yet." in text


def test_the_list_has_what_is_open_first_and_marks_what_is_overdue(desk, django_assert_max_num_queries):
    rows = [ask(lead(f"Person {n}")) for n in range(12)]
    today = timezone.localdate()
    PrivacyRequest.objects.filter(pk=rows[0].pk).update(due_on=today - DAY)
    requests.refuse(rows[1], why="not ours", by=None, now=timezone.now())
    text = words(desk.get(DESK))
    assert text.count("overdue since") == 1 and text.index("Person 0") < text.index("Person 5") < text.index(
        "Person 1 ·"
    )
    with django_assert_max_num_queries(25):
        desk.get(DESK)


@override_settings(WAGTAIL_LEADS={"OWN_LEADS_ONLY": True})
def test_a_person_is_found_whoever_owns_them_and_the_due_day_runs_from_the_day_it_came(desk):
    theirs = lead("鈴木 花子", email="hana@mihon.example", owner=person("view_lead"))
    found = words(desk.get(url("request_new") + "?q=鈴木"))
    assert "hana@mihon.example" in found and f"?lead={theirs.pk}" in found
    assert "Nobody here matches" in words(desk.get(url("request_new") + "?q=nobody"))
    day = timezone.localdate() - 3 * DAY
    values = {"kind": "stop", "channel": "phone", "details": "No calls", "received_on": day.isoformat()}
    desk.post(url("request_new") + f"?lead={theirs.pk}", values)
    row = PrivacyRequest.objects.get()
    assert (row.lead, row.kind, row.channel, row.due_on) == (theirs, "stop", "phone", day + 14 * DAY)
    assert row.identity_checked_at is None and "First say how" in words(desk.get(url("request", row.pk)))


@pytest.mark.parametrize(
    "wrong", [{"received_on": "2999-01-01"}, {"kind": "sell"}, {"channel": "self"}, {"received_on": "x"}]
)
def test_a_request_that_cannot_be_is_asked_for_again(desk, wrong):
    values = {"kind": "stop", "channel": "phone", "details": "", "received_on": timezone.localdate().isoformat()}
    response = desk.post(url("request_new") + f"?lead={lead().pk}", values | wrong)
    assert response.status_code == 200 and not PrivacyRequest.objects.exists()


@pytest.mark.parametrize("name", ["download", "handed", "send", "stop", "erase", "correct"])
def test_nothing_is_answered_before_identity_is_checked(desk, name):
    row = ask(lead(), {"stop": "stop", "erase": "erase", "correct": "correct"}.get(name, "access"), checked=False)
    desk.post(url(f"request_{name}", row.pk), {"name": "x"})
    row.refresh_from_db()
    assert row.state == "open" and not AccessRecord.objects.exists() and not Message.objects.exists()
    assert Lead.objects.living().filter(stopped_at__isnull=True).exists()


def test_only_what_was_asked_for_is_done(desk):
    row = ask(lead(), "access")
    for name in ("stop", "erase", "correct"):
        desk.post(url(f"request_{name}", row.pk), {"name": "x"})
    row.refresh_from_db()
    assert row.state == "open" and row.done_by is None
    assert Lead.objects.living().filter(stopped_at__isnull=True).exclude(name="x").exists()
    desk.post(url("request_handed", row.pk))
    late = desk.post(url("request_download", row.pk), {"format": "json"})
    assert late.status_code == 302, "a check of identity is for one answer"


def test_how_it_was_checked_is_kept(desk):
    row = ask(lead(), checked=False)
    desk.post(url("request_check", row.pk), {"how": "other", "more": " "})
    row.refresh_from_db()
    assert row.identity_checked_at is None, "otherwise how?"
    desk.post(url("request_check", row.pk), {"how": "called", "more": "at noon"})
    row.refresh_from_db()
    assert row.identity_checked_at and "at noon" in row.identity_evidence and row.identity_checked_by


def test_the_data_are_handed_over_as_json_and_as_one_page_in_their_language(desk):
    of = busy_lead()
    Lead.objects.filter(pk=of.pk).update(language="ja")
    row = ask(of)
    found = json.loads(words(desk.post(url("request_download", row.pk), {"format": "json"})))
    assert found["lead"]["email"] == of.email and found["activities"] and found["accesses"] == []
    page = desk.post(url("request_download", row.pk), {"format": "html"})
    html = words(page)
    assert 'lang="ja"' in html and of.email in html and "お礼" in html and "Page 1" in html and "src=" not in html
    assert page["Content-Disposition"].startswith("attachment") and "no-store" in page["Cache-Control"]
    assert AccessRecord.objects.filter(what="exported", lead=of, detail=f"request {row.pk}").count() == 2
    desk.post(url("request_handed", row.pk))
    row.refresh_from_db()
    assert row.state == "done" and row.done_by and AccessRecord.objects.filter(what="answered").count() == 1


def test_html_in_the_data_is_text_in_the_page(desk):
    row = ask(lead("<script>alert(1)</script>"))
    html = words(desk.post(url("request_download", row.pk), {"format": "html"}))
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_a_link_is_sent_to_the_address_that_we_have_and_stands_in_no_table(desk, sender):
    of = lead(email="hana@mihon.example")
    row = ask(of)
    desk.post(url("request_send", row.pk))
    message = Message.objects.get()
    assert message.to_address == of.email and message.lead is None and message.template == "my_data"
    assert "http" not in json.dumps(message.context)
    desk.post(url("request_send", row.pk))
    assert Message.objects.count() == 1, "answered is answered"


def test_a_correction_is_saved_as_the_persons_word(desk):
    of = lead("鈴木 花子", email="hana@mihon.example")
    row = ask(of, "correct", details="My name is 田中")
    assert "My name is 田中" in words(desk.get(url("request_correct", row.pk)))
    lead("X", email="taken@mihon.example", email_key=requests_key("taken@mihon.example"))
    values = {"email": "taken@mihon.example", "name": "田中 花子"}
    assert "Another lead has this address" in words(desk.post(url("request_correct", row.pk), values))
    assert "no valid mail address" in words(desk.post(url("request_correct", row.pk), values | {"email": "no"}))
    desk.post(url("request_correct", row.pk), values | {"email": of.email})
    row.refresh_from_db()
    assert Lead.objects.get(pk=of.pk).name == "田中 花子" and row.state == "done"
    change = LeadChange.objects.get(field="name")
    assert (change.before, change.after, change.by_what) == ("鈴木 花子", "田中 花子", "request")


def requests_key(address):
    from wagtail_leads.logic.addresses import email_key

    return email_key(address)


def test_use_is_stopped_and_there_is_a_way_back(desk):
    of = lead()
    row = ask(of, "stop")
    desk.post(url("request_stop", row.pk))
    row.refresh_from_db()
    assert Lead.objects.get(pk=of.pk).stopped_at and row.state == "done"
    assert "The person allows it again" in words(desk.get(url("request", row.pk)))
    desk.post(url("request_use_again", of.pk))
    assert Lead.objects.get(pk=of.pk).stopped_at is None
    assert [c.by_what for c in LeadChange.objects.filter(field="stopped_at")] == ["request", "request"]


def test_not_done_needs_a_reason(desk):
    row = ask(lead(), checked=False)
    desk.post(url("request_refuse", row.pk), {"why": "  "})
    assert PrivacyRequest.objects.get().state == "open"
    desk.post(url("request_refuse", row.pk), {"why": "Not the same person"})
    row.refresh_from_db()
    assert row.state == "refused" and "Not the same person" in words(desk.get(url("request", row.pk)))


def test_erasing_says_what_goes_and_what_stays_and_the_ledger_keeps_the_line(desk):
    of = busy_lead()
    row, other = ask(of, "erase", details="Erase Sekret please"), ask(of, "stop", details="Sekret")
    text = words(desk.get(url("request_erase", row.pk)))
    assert "This goes" in text and "This stays" in text and of.email not in text.split("<main")[0]
    desk.post(url("request_erase", row.pk), {"never_again": "1"})
    row.refresh_from_db()
    other.refresh_from_db()
    assert row.state == other.state == "done" and row.lead is None and row.details == "" and row.email_key
    assert not Lead.objects.living().exists() and Suppression.objects.get().scope == "marketing"
    text = words(desk.get(DESK)) + words(desk.get(url("request", row.pk)))
    assert of.email not in text and of.name not in text and "erased, or unknown" in text
    desk.post(url("request_erase", row.pk))
    assert desk.get(url("request_erase", row.pk)).status_code == 302


def test_much_is_erased_by_the_clock_and_nobody_is_written_to_meanwhile(desk, monkeypatch):
    monkeypatch.setattr(requests, "AT_ONCE", 0)
    of = busy_lead()
    row = ask(of, "erase")
    desk.post(url("request_erase", row.pk), {"never_again": "1"})
    row.refresh_from_db()
    assert row.state == "open" and Lead.objects.get(pk=of.pk).stopped_at
    assert "is being erased" in words(desk.get(DESK)) and "Erase the person" not in words(
        desk.get(url("request", row.pk))
    )
    assert erase_due(now=timezone.now()) == 1 and erase_due(now=timezone.now()) == 0
    row.refresh_from_db()
    assert row.state == "done" and not Lead.objects.living().exists()


def test_today_and_health_tell_those_who_handle_requests(client):
    row = ask(lead())
    PrivacyRequest.objects.filter(pk=row.pk).update(due_on=timezone.localdate() - DAY)
    client.force_login(person("view_lead", "handle_requests"))
    today = words(client.get("/cms/leads/today/"))
    assert "1 person asks about their data." in today and "overdue" in today
    client.force_login(person("view_lead"))
    assert "asks about their data" not in words(client.get("/cms/leads/today/"))
    assert "1 request about personal data is overdue." in words(client.get("/cms/leads/settings/health/"))


# --- who looked ---------------------------------------------------------------------------------------------------------


def test_a_look_at_a_lead_is_one_line_an_hour_and_user(client):
    of = lead()
    page = reverse("wagtail_leads_leads:inspect", args=[of.pk])
    for _who in range(2):
        client.force_login(person("view_lead"))
        for _time in range(3):
            assert client.get(page).status_code == 200
    assert AccessRecord.objects.filter(lead=of, what="viewed").count() == 2
    cache.clear()
    client.get(page)
    assert AccessRecord.objects.count() == 3
    assert "Who looked" not in words(client.get(page))
    client.force_login(person("view_lead", "handle_requests"))
    assert "Who looked" in words(client.get(page))


def test_a_record_that_cannot_be_written_breaks_no_page(client, monkeypatch):
    from django.db import DatabaseError

    def full(**values):
        raise DatabaseError("full")

    monkeypatch.setattr(AccessRecord.objects, "create", full)
    note_look(user=person(), lead_id=1, now=timezone.now())


def test_the_ledger_of_accesses_is_the_desks_alone_and_names_whom_an_export_held(client):
    of, now = lead("鈴木 花子"), timezone.now()
    row = record_access(AccessRecord.What.EXPORTED, user=person(), leads=[of.pk, 999_999], detail="leads", now=now)
    ledger = reverse("leads_accesses_modeladmin_index")
    client.force_login(person("view_lead", "view_accessrecord"))
    assert client.get(ledger).status_code in (302, 403)
    client.force_login(person("handle_requests"))
    assert "exported" in words(client.get(ledger + "?what__exact=exported&nonsense=1"))
    shown = words(client.get(reverse("leads_accesses_modeladmin_inspect", args=[row.pk])))
    assert "鈴木 花子" in shown and "1 more" in shown
    request = ask(of)
    assert "exports that held the person" in words(client.get(url("request", request.pk)))


# --- how long -------------------------------------------------------------------------------------------------------------


def test_the_screen_says_how_long_what_goes_next_and_when_it_ran(client):
    old = lead("古い 人", created_at=timezone.now() - 4 * 366 * DAY)
    visitor = make_visitor(timezone.now() - 500 * DAY)
    make_visit(visitor, timezone.now() - 500 * DAY)
    client.force_login(person("view_lead", "handle_requests"))
    text = words(client.get(url("retention")))
    assert "13 months" in text and "90 days" in text and "It has not run yet." in text
    assert "1 lead waits for your word" in text and "古い 人" in text
    make_fact("sales_contact", timezone.now() - DAY, lead=old)
    note_run(now=timezone.now())
    text = words(client.get(url("retention")))
    assert "would be erased" not in text and "Last run" in text and "Look at the times and save" not in text
    client.force_login(person("handle_requests", "change_retention"))
    assert "Look at the times and save them" in words(client.get(url("retention")))


def test_times_are_set_on_a_form_and_nonsense_is_refused(client):
    client.force_login(person("change_retention"))
    form = reverse("wagtailsettings:edit", args=["wagtail_leads", "retention"])
    page = client.get(form, follow=True)
    assert "0 keeps a kind for ever" in words(page)
    values = {kind.field: "0" for kind in KINDS}
    where = page.redirect_chain[-1][0] if page.redirect_chain else form
    client.post(where, values | {"visits_months": "999999"})
    assert not Retention.objects.filter(visits_months=999_999).exists()
    client.post(where, values)
    assert Retention.objects.get().visits_months == 0
    client.force_login(person("handle_requests"))
    assert "for ever" in words(client.get(url("retention")))
