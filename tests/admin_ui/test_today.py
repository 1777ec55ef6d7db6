"""Today on a living site: rows, actions, numbers, and a constant number of queries."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin_ui.rows import NOW, activity, browser, company, lead, person, visit
from wagtail_leads.activity.models import Activity
from wagtail_leads.admin_ui.screens import lead_url
from wagtail_leads.capture.models import FormSubmission
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.decay import rank
from wagtail_leads.mailing.models import Switches
from wagtail_leads.reports.words import tel
from wagtail_leads.sales.models import FollowUp, Todo
from wagtail_leads.scoring.models import LeadScore
from wagtail_leads.tracking.models import Visit

pytestmark = pytest.mark.django_db
TODAY = "/cms/leads/today/"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    """Noon in Tokyo, so that "today" has begun."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def boss(client):
    user = person(superuser=True)
    client.force_login(user)
    return user


@pytest.fixture
def rep(client):
    user = person("view_lead", "change_lead")
    client.force_login(user)
    return user


def hot(name="Hot", score=80.0, **values) -> Lead:
    made = lead(name, **values)
    LeadScore.objects.create(lead=made, value=score, as_of=NOW, rank=rank(score, NOW, timedelta(days=30)))
    return made


def todo(of: Lead, due=NOW + HOUR, **values) -> Todo:
    return Todo.objects.create(lead=of, title="Answer the inquiry", due_at=due, created_at=NOW, **values)


def names(client, query="") -> list[str]:
    return [row.call.lead.name for row in client.get(TODAY + query).context["calls"]]


def at(name: str, pk: int) -> str:
    return reverse(f"wagtail_leads_{name}", args=[pk])


# -- who may


def test_who_may_not_see_leads_does_not_see_today(client):
    client.force_login(person("view_company"))
    assert client.get(TODAY).status_code == 302
    client.force_login(person("view_lead"))
    assert client.get(TODAY).status_code == 200


def test_strangers_are_asked_to_log_in(client):
    assert client.get(TODAY)["Location"].startswith(reverse("wagtailadmin_login"))


def test_who_may_only_look_has_no_buttons_and_no_actions(client):
    client.force_login(person("view_lead"))
    made = hot()
    assert "leads-actions" not in client.get(TODAY).content.decode()
    assert client.post(at("lead_dismiss", made.pk)).status_code == 302
    made.refresh_from_db()
    assert made.stage == "latent"


# -- whom to call


def test_overdue_todos_first_then_hot_leads_then_later_todos(client, boss):
    todo(lead("Next week"), due=NOW + 7 * DAY)
    todo(lead("Soon"), due=NOW + HOUR)
    todo(lead("Late"), due=NOW - HOUR)
    hot("Warmer", 60.0)
    hot("Hottest", 90.0)
    hot("Cold", 10.0)
    assert names(client) == ["Late", "Soon", "Hottest", "Warmer", "Next week"]
    assert "overdue" in client.get(TODAY).content.decode()


def test_a_lead_stands_once_with_its_most_urgent_todo(client, boss):
    made = hot("Both")
    todo(made, due=NOW + HOUR)
    todo(made, due=NOW - HOUR)
    (row,) = client.get(TODAY).context["calls"]
    assert row.call.overdue and row.call.more_todos == 1


def test_mine_are_my_todos_and_my_hot_leads(client, boss):
    todo(lead("Mine to do"), owner=boss)
    todo(lead("Theirs to do"), owner=person())
    hot("My hot one", owner=boss)
    hot("Hot one")
    assert names(client, "?owner=me") == ["Mine to do", "My hot one"]
    assert len(names(client)) == 4


@pytest.mark.parametrize("field", ["erased_at", "stopped_at"])
def test_nobody_is_named_who_does_not_want_a_call(client, boss, field):
    gone = hot("Gone")
    todo(gone)
    lead("Other")
    Lead.objects.filter(pk=gone.pk).update(**{field: NOW})
    assert names(client) == []


def test_snoozed_contacted_and_dismissed_leads_are_left_out(client, boss):
    snoozed, contacted, dismissed, back = hot("S"), hot("C"), hot("D"), hot("Back")
    FollowUp.objects.create(lead=snoozed, snoozed_until=NOW + HOUR)
    FollowUp.objects.create(lead=contacted, contacted_at=NOW - 6 * DAY)
    FollowUp.objects.create(lead=back, contacted_at=NOW - 8 * DAY, snoozed_until=NOW - HOUR)
    Lead.objects.filter(pk=dismissed.pk).update(stage="disqualified")
    assert names(client) == ["Back"]


def test_the_reason_is_told_in_plain_words(client, boss):
    made = hot("Why", phone="(03) 1234-5678")
    visitor = browser(made)
    for hours in (30, 31):
        activity("page_viewed", NOW - hours * HOUR, visitor=visitor, title="Prices", page_id=5, high_intent=True)
        activity("page_read", NOW - hours * HOUR, visitor=visitor, title="Prices", page_id=5, value=95_000)
    (row,) = client.get(TODAY).context["calls"]
    assert [reason.text for reason in row.reasons] == ["“Prices” 3 min, twice · yesterday"]
    page = client.get(TODAY).content.decode()
    assert 'href="tel:0312345678"' in page


def test_the_date_is_as_the_language_writes_it(client, boss):
    lead("A")
    assert "Wednesday, June 10, 2026" in client.get(TODAY).content.decode()


@pytest.mark.parametrize(
    ("phone", "link"),
    [("+81 (0)3-1234-5678", "+810312345678"), ("110", ""), ("ext. 12345", ""), ("+", ""), ("0312+34", "031234"), ("", "")],
)
def test_a_number_that_can_be_dialled_is_a_link(client, boss, phone, link):
    assert tel(phone) == link
    made = hot("A", phone=phone)
    for page in (TODAY, lead_url(made)):
        assert ("tel:" in client.get(page).content.decode()) is bool(link)


def test_an_owner_is_told_by_full_name(client, boss):
    type(boss).objects.filter(pk=boss.pk).update(first_name="Hanako", last_name="Yamada")
    todo(lead("A"), owner=boss)
    hot("B", owner=boss)
    assert client.get(TODAY).content.decode().count("Owner: Hanako Yamada") == 2


def test_what_the_visitor_wrote_is_escaped(client, boss):
    made = hot("<script>alert(1)</script>", company_name="<b>x</b>", phone='"><script>')
    activity("page_viewed", NOW - HOUR, visitor=browser(made), title="<img src=x onerror=alert(2)>", high_intent=True)
    page = client.get(TODAY).content.decode()
    assert "<script>alert(1)" not in page and "<img src=x" not in page and "<b>x</b>" not in page
    assert "tel:" not in page


def test_a_guessed_company_is_always_called_so(client, boss):
    hot("A", company=company("Guess Ltd", is_guessed=True))
    assert "guessed company" in client.get(TODAY).content.decode()


# -- actions


def test_a_todo_is_done_with_its_result(client, rep):
    made = todo(lead("A"))
    answer = client.post(at("todo_finish", made.pk), {"result": "meeting", "note": "Tuesday"}, follow=True)
    made.refresh_from_db()
    assert (made.status, made.result, made.result_note) == ("done", "meeting", "Tuesday")
    assert Activity.objects.get(kind="sales_contact").data["by"] == rep.pk
    assert "Done: A." in answer.content.decode()
    client.post(at("todo_finish", made.pk), {"result": "reached"})
    made.refresh_from_db()
    assert made.result == "meeting"


def test_a_todo_is_taken(client, rep):
    made = todo(lead("A"))
    client.post(at("todo_start", made.pk))
    made.refresh_from_db()
    assert (made.status, made.owner) == ("in_progress", rep)


def test_a_todo_is_put_off_to_a_morning(client, rep):
    made = todo(lead("A"))
    client.post(at("todo_snooze", made.pk), {"days": "1"})
    made.refresh_from_db()
    assert made.snoozed_until.isoformat() == "2026-06-10T21:00:00+00:00"  # 6 o'clock in Tokyo
    assert names(client) == []


def test_a_hot_lead_does_not_come_back_while_its_todo_is_put_off(client, rep):
    made = todo(hot("A"))
    client.post(at("todo_snooze", made.pk), {"days": "1"})
    assert names(client) == []
    Todo.objects.filter(pk=made.pk).update(snoozed_until=NOW - HOUR)
    assert names(client) == ["A"]


def test_a_hot_lead_is_contacted_snoozed_dismissed(client, rep):
    one, two, three = hot("1"), hot("2"), hot("3")
    client.post(at("lead_contact", one.pk), {"result": "reached"})
    client.post(at("lead_snooze", two.pk), {"days": "7"})
    client.post(at("lead_dismiss", three.pk))
    assert names(client) == []
    three.refresh_from_db()
    assert three.stage == "disqualified"
    assert Activity.objects.filter(kind="sales_contact").count() == 2


ACTIONS = [
    ("todo_start", {}),
    ("todo_finish", {"result": "reached"}),
    ("todo_snooze", {"days": "1"}),
    ("lead_contact", {"result": "reached"}),
    ("lead_snooze", {"days": "1"}),
    ("lead_dismiss", {}),
]


@pytest.mark.parametrize("name, data", ACTIONS)
def test_actions_are_posts_on_what_exists_by_those_who_may(client, name, data):
    made = todo(hot("A"))
    pk = made.pk if name.startswith("todo") else made.lead_id
    client.force_login(person("view_lead"))
    assert client.post(at(name, pk), data).status_code == 302
    client.force_login(person("change_lead", "view_lead"))
    assert client.get(at(name, pk)).status_code == 405
    assert client.post(f"/cms{at(name, 1)[4:]}".replace("/1/", f"/{'9' * 30}/"), data).status_code == 404
    assert client.post(at(name, 10**8), data).status_code == 404
    made.refresh_from_db()
    assert (made.status, made.snoozed_until) == ("new", None)
    assert not Activity.objects.exists() and not FollowUp.objects.exists()


@pytest.mark.parametrize("data", [{}, {"result": "bogus"}, {"result": "\0"}, {"result": ["reached", "x"]}])
def test_a_result_that_does_not_exist_is_refused(client, rep, data):
    made = todo(lead("A"))
    client.post(at("todo_finish", made.pk), data)
    client.post(at("lead_contact", made.lead_id), data)
    made.refresh_from_db()
    assert made.status == "new" and not Activity.objects.exists()


@pytest.mark.parametrize("days", ["", "0", "-1", "91", "x", "１", "9" * 40])
def test_a_day_that_makes_no_sense_is_refused(client, rep, days):
    made = todo(lead("A"))
    client.post(at("todo_snooze", made.pk), {"days": days})
    client.post(at("lead_snooze", made.lead_id), {"days": days})
    made.refresh_from_db()
    assert made.snoozed_until is None and not FollowUp.objects.exists()


def test_afterwards_one_is_back_but_never_on_another_site(client, rep):
    made = todo(lead("A"))
    assert client.post(at("todo_start", made.pk), {"next": "https://evil.example"})["Location"] == TODAY


# -- visits


def test_named_guessed_and_anonymous_visits_newest_first(client, boss):
    known, guessed = lead("Hanako"), company("推定精機", is_guessed=True)
    visit(browser(known), NOW - HOUR, 2)
    visit(browser(), NOW - 2 * HOUR, 1, company=guessed)
    visit(browser(), NOW - 30 * timedelta(minutes=1), 1, dwell_ms=None)
    visit(browser(), NOW - 2 * DAY, 1)
    rows = client.get(TODAY).context["visits"]
    assert [row.seen.kind for row in rows] == ["anonymous", "named", "company"]
    assert [row.dwell for row in rows] == ["", "1 min", "42 s"]
    page = client.get(TODAY).content.decode()
    assert "Hanako" in page and "推定精機" in page and "guessed company" in page and "Anonymous" in page


def test_the_company_of_the_person_is_no_guess(client, boss):
    lead("Hanako")
    made = visit(browser(), NOW - HOUR, 1, company=company("Own Ltd"))
    Visit.objects.filter(pk=made.pk).update(company_reason="lead", company_confidence=90)
    (row,) = client.get(TODAY).context["visits"]
    assert row.seen.kind == "anonymous" and "Own Ltd" not in client.get(TODAY).content.decode()


def test_a_visit_before_the_agreed_linking_has_no_name(client, boss):
    known = lead("Hanako")
    visitor = browser(known, from_at=NOW - HOUR)
    visit(visitor, NOW - 3 * HOUR, 1)
    visit(visitor, NOW - HOUR, 1)
    assert [row.seen.kind for row in client.get(TODAY).context["visits"]] == ["named", "anonymous"]


def test_an_erased_person_is_anonymous_again(client, boss):
    known = lead("Hanako")
    visit(browser(known), NOW - HOUR)
    Lead.objects.filter(pk=known.pk).update(erased_at=NOW)
    (row,) = client.get(TODAY).context["visits"]
    assert row.seen.kind == "anonymous" and "Hanako" not in client.get(TODAY).content.decode()


def test_at_most_twenty_visits_and_five_pages_each(client, boss):
    for n in range(23):
        visit(browser(), NOW - HOUR - n * timedelta(minutes=1), 7 if n == 0 else 1)
    rows = client.get(TODAY).context["visits"]
    assert len(rows) == 20
    assert [(len(row.pages), row.more) for row in rows if row.more] == [(5, 2)]


# -- numbers and warnings


def test_numbers_compare_seven_days_with_the_seven_before(client, boss):
    lead("New", created_at=NOW - DAY)
    lead("Older", created_at=NOW - 8 * DAY)
    lead("Oldest", created_at=NOW - 15 * DAY)
    active = lead("Active", created_at=NOW - 60 * DAY, last_seen_at=NOW - DAY)
    visit(browser(active), NOW - 10 * DAY)
    Lead.objects.filter(pk=active.pk).update(connected_at=NOW - 50 * DAY)
    activity("inquiry_made", NOW - DAY)
    tiles = {str(tile.label): (tile.number.now, tile.number.before) for tile in client.get(TODAY).context["tiles"]}
    assert tiles == {"New leads": (1, 1), "Active prospects": (1, 1), "Inquiries": (1, 0)}


def test_what_stands_still_is_said(client, boss):
    lead("A")
    Switches.objects.create(sending_stopped=True, smtp_problem="connection refused")
    page = client.get(TODAY).content.decode()
    assert "emergency stop is on" in page and "connection refused" in page


def test_held_forms_are_said_and_lead_to_their_screen(client, boss):
    lead("A")
    FormSubmission.objects.create(dedupe_key="0" * 64, is_spam=True, at=NOW)
    page = client.get(TODAY).content.decode()
    assert "1 form is held as spam" in page and "/leads/submissions/held/" in page


# -- the cost


def queries_of(client) -> int:
    with CaptureQueriesContext(connection, ) as captured:
        assert client.get(TODAY).status_code == 200
    return len(captured)


def test_the_number_of_queries_does_not_grow_with_the_rows(client, boss, article):
    def fill(count):
        for n in range(count):
            made = hot(f"Hot {n}", company=company(f"C {n} {made_before[0]}"), owner=boss)
            made_before[0] += 1
            todo(made, due=NOW - HOUR, owner=boss) if n % 2 else None
            visit(browser(made), NOW - HOUR - n * timedelta(minutes=1), 3, high_intent=True)
            visit(browser(), NOW - 2 * HOUR, 2, company=company(f"G {n} {made_before[0]}", is_guessed=True))

    made_before = [0]
    fill(2)
    queries_of(client)  # sites, content types and permissions are cached from here on
    few = queries_of(client)
    fill(8)
    assert queries_of(client) == few
    assert few <= 64
