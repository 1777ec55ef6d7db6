"""Seen, begun, left: once a view, of forms that we showed, of people who may be recorded, and never a value."""

import gzip
import json
import re
from pathlib import Path

import pytest
from django.urls import reverse

import wagtail_leads
from tests.making import form_block, make_form
from tests.testsite.models import FormsPage
from wagtail_leads.activity.models import Activity
from wagtail_leads.identity.models import Visitor
from wagtail_leads.public import form_signals
from wagtail_leads.tracking.models import DropCount, TrackingSettings

pytestmark = pytest.mark.django_db
STATIC = Path(wagtail_leads.__file__).parent / "static/wagtail_leads"
VIEW = "0123456789abcdef"


@pytest.fixture
def lead_form(site):
    blocks = [form_block("email"), form_block("names"), form_block("line", id="q1", label="予算")]
    return make_form(name="Ask", heading="Our papers", blocks=blocks)


@pytest.fixture
def page(home, lead_form):
    made = FormsPage(title="Forms", slug="forms")
    made.body = [("lead_form", {"form": lead_form})]
    return home.add_child(instance=made)


@pytest.fixture
def token(browser, page):
    return re.search(r'action="/leads/f/([^"]+)"', browser.get("/forms/").content.decode())[1]


def tell(browser, token, kind="seen", **more):
    told = {"t": token, "k": kind, "v": VIEW, "f": "", "p": "/forms/", **more}
    response = browser.post("/leads/fs", json.dumps(told), content_type="text/plain", **more.pop("headers", {}))
    assert response.status_code == 204 and not response.content
    return Activity.objects.filter(kind__startswith="form_")


def test_each_step_is_a_fact_once_a_view(browser, token, page, lead_form):
    for kind in ("seen", "seen", "begun", "left", "left"):
        tell(browser, token, kind, f="q-q1")
    facts = Activity.objects.filter(object_kind="form").order_by("pk")
    assert [fact.kind for fact in facts] == ["form_seen", "form_begun", "form_left"]
    assert {(fact.object_id, fact.page_id, fact.path, fact.title) for fact in facts} == {
        (lead_form.pk, page.pk, "/forms/", "Our papers")
    }
    assert [fact.data.get("field") for fact in facts] == [None, None, "予算"]
    tell(browser, token, "seen", v="f" * 16)
    assert Activity.objects.filter(kind="form_seen").count() == 2, "another view"


@pytest.mark.parametrize(("name", "label"), [
    ("email", "E-mail"),
    ("family_name", "Family name"),
    ("consent", "Permission to write"),
    ("taro@mihon.example", None),
    ("<script>", None),
])
def test_a_field_is_told_by_its_label_and_nothing_else_gets_in(browser, token, name, label):
    fact = tell(browser, token, "left", f=name).get()
    assert fact.data.get("field") == label and name not in ("consent",) or fact.data["field"] == label
    assert label is not None or name not in str(fact.data)


def test_a_browser_with_our_cookie_is_named_and_another_counts_for_the_form_alone(browser, token):
    assert tell(browser, token).get().visitor is None
    browser.post("/leads/f/" + token, {"email": "taro@mihon.example", "family_name": "山", "given_name": "太", "q-q1": "x"})
    tell(browser, token, v="f" * 16)
    assert Activity.objects.filter(kind="form_seen").order_by("pk").last().visitor == Visitor.objects.get()


@pytest.mark.parametrize("told", [
    {"t": "forged"},
    {"k": "sent"},
    {"v": "short"},
    {"p": "https://evil.example"},
    {"f": 7},
])
def test_what_our_script_did_not_write_makes_nothing(browser, token, told):
    assert not tell(browser, token, **told).exists()
    assert DropCount.objects.filter(reason="malformed").exists()


@pytest.mark.parametrize("headers", [
    {"HTTP_USER_AGENT": "Googlebot/2.1 (+http://www.google.com/bot.html)"},
    {"HTTP_USER_AGENT": ""},
    {"HTTP_SEC_FETCH_SITE": "cross-site"},
    {"HTTP_COOKIE": "leads_consent=no"},
])
def test_robots_strangers_and_who_refused_make_nothing(browser, token, headers):
    told = {"t": token, "k": "seen", "v": VIEW, "f": "", "p": "/forms/"}
    assert browser.post("/leads/fs", json.dumps(told), content_type="text/plain", **headers).status_code == 204
    assert not Activity.objects.filter(kind="form_seen").exists()


def test_colleagues_make_nothing(browser, token, admin_user):
    browser.force_login(admin_user)
    browser.get("/cms/")
    assert not tell(browser, token).exists()


def test_a_site_that_asks_first_records_nothing_before_a_yes(browser, token, site):
    from wagtail_leads.tracking import site_rules

    TrackingSettings.objects.create(site=site, mode="opt_in")
    site_rules.forget()
    assert not tell(browser, token).exists()
    assert 'data-ask="1"' in browser.get("/forms/").content.decode()
    browser.cookies["leads_consent"] = "yes"
    assert tell(browser, token).exists()


def test_a_network_has_its_rate(browser, token, monkeypatch):
    monkeypatch.setattr(form_signals, "_allowance", form_signals.Allowance(per_minute=2))
    for number in range(4):
        tell(browser, token, v=f"{number:016x}")
    assert Activity.objects.filter(kind="form_seen").count() == 2
    assert DropCount.objects.filter(reason="too_fast").exists()


def test_get_is_refused(browser, token):
    assert browser.get("/leads/fs").status_code == 405


@pytest.mark.parametrize("name", ["forms.js", "pop_up.js"])
def test_the_scripts_are_small_and_first_party(name):
    source = (STATIC / name).read_bytes()
    rjsmin = pytest.importorskip("rjsmin")
    assert len(gzip.compress(rjsmin.jsmin(source.decode()).encode())) < 1500
    assert b"//" not in re.sub(rb"(?m)//.*$|/\*.*?\*/", b"", source, flags=re.S) and b"http" not in source


# --- the form's own report ------------------------------------------------------------------------------------------


def test_the_report_leads_from_seeing_to_sending_and_shows_where_people_leave(browser, admin_client, token, lead_form):
    for number in range(4):
        tell(browser, token, "seen", v=f"{number:016x}")
    for number in range(2):
        tell(browser, token, "begun", v=f"{number:016x}")
    tell(browser, token, "left", f="q-q1")
    browser.post("/leads/f/" + token, {"email": "taro@mihon.example", "family_name": "山", "given_name": "太", "q-q1": "x"})
    url = reverse("wagtail_leads_form_report", args=[lead_form.pk])
    html = " ".join(admin_client.get(url).content.decode().split())
    assert "50% of the step before" in html and "予算" in html and "1 lead sent it" in html
    assert admin_client.get(url + "?days=nonsense").status_code == 200
    assert url in admin_client.get(reverse("wagtail_leads_forms:edit", args=[lead_form.pk])).content.decode()


def test_a_form_that_nobody_saw_says_so(admin_client, lead_form):
    html = admin_client.get(reverse("wagtail_leads_form_report", args=[lead_form.pk])).content.decode()
    assert "Nobody has seen this form" in html


def test_the_timeline_tells_them(browser, token, admin_client, now):
    from wagtail_leads.reports.words import about

    fact = tell(browser, token, "left", f="q-q1").get()
    assert about(fact) == "Our papers (last field: 予算)" and fact.get_kind_display() == "left a form half filled in"


def test_the_memo_tells_of_a_form_left_until_one_was_sent(now):
    from datetime import timedelta

    from wagtail_leads.reports.memo import Facts, Tally, sentences

    left = Tally(kind="form_left", count=2, last=now - timedelta(days=1))
    sent = Tally(kind="form_submitted", count=1, last=now)
    assert "Began to fill in a form and left it (yesterday)." in [one.text for one in sentences(Facts(now=now, tallies=(left,)))]
    assert not any("left it" in one.text for one in sentences(Facts(now=now, tallies=(left, sent))))


def test_submissions_tell_of_throw_away_addresses_and_what_waits(browser, admin_client, token):
    answers = {"email": "a@mailinator.com", "family_name": "山", "given_name": "太", "q-q1": "x"}
    browser.post("/leads/f/" + token, answers)
    html = admin_client.get(reverse("leads_submissions_modeladmin_index")).content.decode()
    assert "throw-away address" in html
