"""Each mode end to end, through the doors a visitor really uses: pages, beacon, forms, documents, mail."""

import json
import re

import pytest
from django.core.files.base import ContentFile
from django.http import HttpResponse
from wagtail.documents import get_document_model
from wagtail.models import Collection

from wagtail_leads.content.models import PagePolicy
from wagtail_leads.mailing.links import click_url, open_url
from wagtail_leads.models import (
    Activity,
    Consent,
    DropCount,
    FormSubmission,
    Lead,
    Message,
    PageView,
    ParkedHit,
    Reaction,
    TrackingSettings,
    Visit,
    Visitor,
    VisitorLink,
)
from wagtail_leads.public.api import identify, track
from wagtail_leads.tracking import cookies, site_rules
from wagtail_leads.tracking.injection import page_token

pytestmark = pytest.mark.django_db
#: Cookies that may be set in any mode: asked for (pass), or naming nobody (the answer).
NEEDED = {"leads_pass", "leads_consent"}


class Walk:
    """A visit to everything: page, beacon, gated page and its form, document, a mail's click and open."""

    def __init__(self, browser, site, article, paper, document, message, link):
        self.browser, self.site, self.article, self.paper = browser, site, article, paper
        self.document, self.message, self.link = document, message, link
        self.cookies: set[str] = set()
        self.html = ""

    def __call__(self, **headers):
        self.headers = headers
        self.html = self.get("/article/").content.decode()
        self.beacon()
        self.get("/paper/")
        self.get(self.document.url)
        self.get("/" + click_url(self.message, self.link.pk).split("/", 3)[3], status=302)
        self.get("/" + open_url(self.message).split("/", 3)[3])
        self.get("/leads/notice.css")
        self.get("/leads/privacy/")
        return self

    def get(self, path, status=200):
        return self.note(self.browser.get(path, **self.headers), status)

    def beacon(self, view="a" * 16):
        token = page_token(self.article.pk, self.site.pk)
        body = json.dumps({"v": view, "t": 2000, "s": 5, "p": token, "u": "/article/", "r": "", "e": 0})
        self.note(self.browser.post("/leads/b", body, content_type="text/plain", **self.headers), 204)

    def form(self):
        action = re.search(r'action="(/leads/f/[^"]+)"', self.get("/paper/").content.decode())[1]
        answers = {"company": "Sample", "name": "Taro", "email": "hanako@mihon.example"}
        return self.note(self.browser.post(action, answers, **self.headers), 303)

    def note(self, response, status):
        assert response.status_code == status
        if response.streaming:
            list(response.streaming_content)  # to its end, where the client closes the file
        self.cookies |= {name for name, morsel in response.cookies.items() if morsel["max-age"] != 0}
        return response


@pytest.fixture
def walk(browser, site, article, paper, message, link, now, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    PagePolicy.objects.create(page_id=paper.pk, gated=True, updated_at=now)
    Collection.get_first_root_node() or Collection.add_root(name="Root")
    document = get_document_model().objects.create(title="Guide", file=ContentFile(b"x", name="guide.pdf"))
    return Walk(browser, site, article, paper, document, message, link)


@pytest.fixture
def mode(site):
    def mode(name, **values):
        TrackingSettings.objects.update_or_create(site=site, defaults={"mode": name, **values})
        site_rules.forget()

    return mode


def stored() -> dict:
    """What is there of browsers."""
    models = (Visit, PageView, Visitor, ParkedHit, VisitorLink)
    return {model.__name__: model.objects.count() for model in models if model.objects.exists()}


def reasons() -> set:
    return set(DropCount.objects.values_list("reason", flat=True))


# --- off ------------------------------------------------------------------------------------------------------------------


def test_off_stores_nothing_and_shows_neither_script_nor_notice(walk, mode):
    mode("off")
    walk()
    assert stored() == {} and walk.cookies == set() and reasons() == {"site_off"}
    assert "data-page" not in walk.html and "leads-notice" not in walk.html and "/leads/" not in walk.html
    assert not Activity.objects.exclude(kind__startswith="email").exists()


def test_off_forms_make_leads_all_the_same(walk, mode):
    mode("off")
    walk()
    walk.form()
    assert Lead.objects.filter(email="hanako@mihon.example").exists()
    assert FormSubmission.objects.get().visitor is None and stored() == {} and walk.cookies == {"leads_pass"}
    assert b"The secret text" in walk.get("/paper/").content, "the gate is open"


# --- cookieless -----------------------------------------------------------------------------------------------------------


def test_cookieless_records_and_sets_no_cookie_at_any_door(walk, mode):
    mode("cookieless")
    walk()
    assert walk.cookies == set()
    assert PageView.objects.count() >= 1 and Visitor.objects.get().key.startswith("~")
    assert "leads-notice" not in walk.html and "data-page" in walk.html
    assert Reaction.objects.filter(kind="click").get().visitor is None, "the click counts, the browser is not known"


def test_cookieless_forms_make_leads_and_link_no_browser(walk, mode):
    mode("cookieless")
    walk()
    walk.form()
    assert walk.cookies == {"leads_pass"}, "needed for what was asked for"
    assert not VisitorLink.objects.exists() and FormSubmission.objects.get().visitor is None
    assert Lead.objects.get(email="hanako@mihon.example").connected_at is None


def test_cookieless_a_cookie_of_earlier_times_is_not_used(walk, mode):
    walk()
    assert "leads_visitor" in walk.cookies
    known = Visitor.objects.get(key__regex="^[0-9a-f]")
    before = Visit.objects.filter(visitor=known).count()
    mode("cookieless")
    walk.beacon("b" * 16)
    walk.form()
    assert Visit.objects.filter(visitor=known).count() == before and not VisitorLink.objects.exists()


# --- notice ---------------------------------------------------------------------------------------------------------------


def test_notice_records_at_once_and_tells(walk, mode):
    mode("notice")
    walk()
    assert "leads-notice" in walk.html and "leads_visitor" in walk.cookies
    visitor = Visitor.objects.get()
    assert PageView.objects.filter(visit__visitor=visitor).exists()
    assert Reaction.objects.filter(kind="click").get().visitor == visitor
    walk.form()
    assert VisitorLink.objects.get().visitor == visitor


def test_notice_a_refusal_stops_every_door(walk, mode):
    mode("notice")
    walk()
    walk.note(walk.browser.post("/leads/notice/", {"answer": "no"}), 303)
    walk.cookies.clear()
    Reaction.objects.all().delete()
    walk()
    walk.form()
    assert walk.cookies <= NEEDED
    assert not Visit.objects.exists() and not VisitorLink.objects.exists() and not ParkedHit.objects.exists()
    assert not Visitor.objects.filter(forgotten_at=None).exists()
    assert Reaction.objects.filter(kind="click").get().visitor is None
    assert Lead.objects.filter(email="hanako@mihon.example").exists(), "who sends a form is answered"
    assert "opted_out" in reasons()


# --- opt_in ---------------------------------------------------------------------------------------------------------------


def test_opt_in_stores_nothing_before_a_yes(walk, mode):
    mode("opt_in")
    walk()
    assert stored() == {} and walk.cookies == set()
    assert reasons() == {"no_consent"}, "counted, and nothing more"
    assert not DropCount.objects.exclude(example="").exists()
    assert not Activity.objects.exclude(kind__startswith="email").exists() and not Consent.objects.exists()
    assert 'data-ask="1"' in walk.html and "leads-notice" in walk.html


def test_opt_in_a_click_in_a_mail_counts_for_the_mail_only(walk, mode):
    mode("opt_in")
    walk()
    click = Reaction.objects.get(kind="click")
    assert click.message == walk.message and click.visitor is None
    assert Message.objects.get(pk=walk.message.pk).lead is not None and not VisitorLink.objects.exists()


def test_opt_in_a_form_makes_a_lead_and_links_no_browser(walk, mode):
    mode("opt_in")
    walk()
    walk.form()
    assert walk.cookies == {"leads_pass"} and stored() == {}
    assert Lead.objects.get(email="hanako@mihon.example").connected_at is None
    assert b"The secret text" in walk.get("/paper/").content


def test_opt_in_after_a_yes_all_is_as_with_a_notice(walk, mode, browser):
    mode("opt_in")
    said = re.search(r'name="said" value="([^"]+)"', browser.get("/article/").content.decode())[1]
    walk.note(browser.post("/leads/notice/", {"answer": "yes", "said": said}), 303)
    walk()
    visitor = Visitor.objects.get()
    assert PageView.objects.filter(visit__visitor=visitor).exists()
    walk.form()
    assert VisitorLink.objects.get().visitor == visitor and Lead.objects.get(email="hanako@mihon.example").connected_at


def test_opt_in_a_no_is_as_before_the_yes(walk, mode):
    mode("opt_in")
    walk.browser.post("/leads/notice/", {"answer": "no"})
    walk()
    assert stored() == {} and walk.cookies == set() and reasons() == {"opted_out"}


# --- the site's own code ------------------------------------------------------------------------------------------------


def own_code(rf, key="", answer="", **headers):
    """A request as the site's own view gets it; `key` is the visitor cookie's."""
    request = rf.post("/configurator/", HTTP_HOST="localhost", **headers)
    if key:
        signed = HttpResponse()
        cookies.set_visitor(signed, key, secure=False)
        request.COOKIES["leads_visitor"] = signed.cookies["leads_visitor"].value
    if answer:
        request.COOKIES["leads_consent"] = answer
    return request


KEY = "ab" * 16


@pytest.mark.parametrize(
    ("name", "answer", "headers"),
    [
        ("off", "", {}),
        ("off", "yes", {}),
        ("opt_in", "", {}),
        ("opt_in", "ok", {}),
        ("opt_in", "no", {}),
        ("notice", "no", {}),
        ("cookieless", "", {}),
        ("notice", "", {"HTTP_SEC_GPC": "1"}),
    ],
)
def test_the_sites_own_code_records_no_browser_that_may_not_be_known(rf, mode, site, lead, name, answer, headers):
    mode(name)
    for key in ("", KEY):
        request, response = own_code(rf, key, answer, **headers), HttpResponse()
        assert track("Opened the configurator", request=request) is False
        assert track("Opened the configurator", request=request, response=response) is False
        assert identify(email="taro@mihon.example", request=request, response=response).connected_at is None
        assert stored() == {} and not Activity.objects.exists() and not response.cookies
    assert track("Bought", request=own_code(rf, KEY, answer, **headers), lead=lead) is True
    told = Activity.objects.get()
    assert told.lead == lead and told.visitor is None and stored() == {}


def test_the_sites_own_code_makes_no_browser_that_nobody_knows_again(rf, mode, site, lead):
    mode("notice")
    for _time in range(3):
        assert track("Opened", request=own_code(rf)) is False
        assert identify(email="taro@mihon.example", request=own_code(rf)).connected_at is None
    assert stored() == {} and not Activity.objects.exists()
    assert track("Bought", request=own_code(rf), lead=lead) and Activity.objects.get().visitor is None


def test_the_sites_own_code_knows_a_browser_by_its_cookie(rf, mode, site):
    mode("notice")
    assert track("Opened", request=own_code(rf, KEY), key="1") is True
    assert track("Opened", request=own_code(rf, KEY), key="1") is False, "told before"
    lead = identify(email="taro@mihon.example", request=own_code(rf, KEY))
    visitor = Visitor.objects.get()
    assert visitor.key == KEY and Activity.objects.get(kind="custom").visitor == visitor
    assert VisitorLink.objects.get().lead == lead and lead.pk == Visitor.objects.get().lead_id


@pytest.mark.parametrize(("name", "answer"), [("notice", ""), ("opt_in", "yes")])
def test_with_the_response_a_new_browser_gets_its_cookie(rf, mode, site, name, answer):
    mode(name)
    response = HttpResponse()
    lead = identify(email="taro@mihon.example", request=own_code(rf, "", answer), response=response)
    key, _forged = cookies.visitor_key({"leads_visitor": response.cookies["leads_visitor"].value})
    assert VisitorLink.objects.get().lead == lead and Visitor.objects.get().key == key
    again = HttpResponse()
    assert track("Opened", request=own_code(rf, key, answer), response=again) and not again.cookies
    assert Visitor.objects.count() == 1


def test_the_sites_own_code_does_not_bring_back_a_browser_that_was_forgotten(rf, mode, site, now):
    mode("notice")
    Visitor.objects.create(key=KEY, client_key="", first_seen_at=now, last_seen_at=now, forgotten_at=now)
    assert track("Opened", request=own_code(rf, KEY)) is False
    assert identify(email="taro@mihon.example", request=own_code(rf, KEY)).connected_at is None


# --- what the browser says ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["notice", "opt_in"])
def test_global_privacy_control_acts_as_cookieless_at_every_door(walk, mode, browser, name):
    mode(name)
    browser.cookies["leads_consent"] = "yes"
    walk(HTTP_SEC_GPC="1")
    assert walk.cookies == set() and Visitor.objects.get().key.startswith("~")
    assert Reaction.objects.filter(kind="click").get().visitor is None
    walk.form()
    assert walk.cookies == {"leads_pass"} and not VisitorLink.objects.exists()


def test_global_privacy_control_without_a_yes_where_one_is_needed(walk, mode):
    mode("opt_in")
    walk(HTTP_SEC_GPC="1")
    assert stored() == {} and reasons() == {"no_consent"}


@pytest.mark.parametrize(
    ("setting", "visitors", "dropped"),
    [("ignore", "^[0-9a-f]", set()), ("cookieless", "^~", set()), ("off", None, {"opted_out"})],
)
def test_do_not_track_as_the_site_sets(walk, mode, setting, visitors, dropped):
    mode("notice", do_not_track=setting)
    walk(HTTP_DNT="1")
    assert reasons() == dropped
    if visitors is None:
        assert stored() == {} and walk.cookies == set()
    else:
        assert re.match(visitors, Visitor.objects.order_by("key").last().key)
        assert ("leads_visitor" in walk.cookies) is (setting == "ignore")
