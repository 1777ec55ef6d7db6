"""Known, but on another device: the answer is the same for every address; only a POST of the mail's reader opens."""

import json
import re
import time

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from wagtail.documents import get_document_model
from wagtail.models import Collection

from tests.making import make_lead
from tests.public.test_gated_parts import BODY, FIRST
from tests.testsite.models import PartsPage
from wagtail_leads import conf, tasks
from wagtail_leads.activity.models import Activity
from wagtail_leads.capture.placements import Placement, Where, way_in_token
from wagtail_leads.content.models import DocumentPolicy, PagePolicy
from wagtail_leads.identity.models import Lead, VisitorLink
from wagtail_leads.mailing.models import Message

pytestmark = pytest.mark.django_db
ADDRESS = "taro@mihon.example"


@pytest.fixture
def gated(paper, now):
    return PagePolicy.objects.create(page_id=paper.pk, gated=True, updated_at=now)


@pytest.fixture
def parts(home):
    return home.add_child(instance=PartsPage(title="Parts", slug="parts", body=json.dumps(BODY[:2])))


@pytest.fixture
def document(site, tmp_path, settings, now):
    settings.MEDIA_ROOT = tmp_path
    if not Collection.objects.exists():  # tables made without migrations
        Collection.add_root(name="Root")
    made = get_document_model().objects.create(title="Prices", file=ContentFile(b"x", name="prices.pdf"))
    DocumentPolicy.objects.create(document_id=made.pk, gated=True, updated_at=now)
    return made


@pytest.fixture
def lead(now):
    return make_lead(now)


def again_of(browser, path="/paper/") -> str:
    return re.search(r'href="(/leads/again/[^"]+)"', browser.get(path).content.decode())[1]


def way_in() -> str:
    return "/leads/" + Message.objects.get().context["url"].partition("/leads/")[2]


def ask(browser, address=ADDRESS, **more):
    url = again_of(browser)
    answer = browser.post(url, {"email": address, **more})
    return answer, (browser.get(answer.headers["Location"]).content if answer.status_code == 303 else b"")


def test_the_answer_is_the_same_for_known_and_unknown_and_only_the_known_get_a_mail(browser, gated, lead):
    known, unknown = ask(browser), ask(browser, "nobody@mihon.example")
    assert known[0].headers["Location"] == unknown[0].headers["Location"] and known[1] == unknown[1]
    assert known[0].status_code == unknown[0].status_code == 303
    assert [row.to_address for row in Message.objects.all()] == [ADDRESS]
    tasks.run_mail()
    assert "White paper" in mail.outbox[0].subject and not mail.outbox[0].to == []
    assert Message.objects.get().purpose == "transactional"


def stop(lead, now):
    Lead.objects.update(stopped_at=now)


def erase(lead, now):
    Lead.objects.update(erased_at=now)


@pytest.mark.parametrize("happens", [stop, erase])
def test_who_asked_us_to_stop_gets_no_mail(browser, gated, lead, now, happens):
    happens(lead, now)
    assert ask(browser)[0].status_code == 303 and not Message.objects.exists()


def test_three_links_an_hour_for_an_address_and_the_answer_stays_the_same(browser, gated, lead):
    answers = {ask(browser)[0].headers["Location"] for _n in range(5)}
    assert len(answers) == 1 and Message.objects.count() == 3


def test_a_network_beyond_its_rate_learns_nothing(browser, gated, lead, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "FORM_POSTS_PER_HOUR": 1}
    ask(browser, "nobody@mihon.example")
    assert ask(browser)[0].status_code == 303 and not Message.objects.exists()


def test_a_robot_in_the_trap_gets_the_same_answer(browser, gated, lead):
    assert ask(browser, website="x")[0].status_code == 303 and not Message.objects.exists()


def test_an_address_that_is_none_is_told_by_its_shape_alone(browser, gated):
    answer, _page = ask(browser, "nonsense")
    assert answer.status_code == 422 and "nonsense" in answer.content.decode() and "role=\"alert\"" in answer.content.decode()


def test_opening_the_link_changes_nothing_and_the_button_opens_the_gate(browser, gated, lead):
    ask(browser)
    url = way_in()
    for _scanner in range(2):
        page = browser.get(url)
        assert page.status_code == 200 and ADDRESS not in page.content.decode() and "山田" not in page.content.decode()
        assert page.headers["Referrer-Policy"] == "no-referrer"
    assert not VisitorLink.objects.exists() and not Activity.objects.filter(kind="address_confirmed").exists()
    done = browser.post(url)
    assert (done.status_code, done.headers["Location"]) == (303, "/paper/")
    assert "The secret text" in browser.get("/paper/").content.decode()
    link = VisitorLink.objects.get()
    assert (link.lead, link.evidence, link.from_at) == (lead, "confirmed", None)
    assert Activity.objects.filter(kind="address_confirmed", lead=lead).count() == 1


def test_a_link_opens_once(browser, gated, lead, client):
    ask(browser)
    url = way_in()
    assert browser.post(url).status_code == 303
    assert browser.get(url).status_code == 303, "in that browser it leads on"
    browser.cookies.clear()
    again = browser.get(url)
    assert again.status_code == 410 and "/leads/again/" in again.content.decode()
    assert browser.post(url).status_code == 410 and VisitorLink.objects.count() == 1


def test_the_history_comes_only_where_the_setting_says_so(browser, gated, lead, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "LINK_HISTORY": "from_now"}
    ask(browser)
    browser.post(way_in())
    assert VisitorLink.objects.get().from_at is not None


def test_customers_get_into_pages_by_stage(browser, gated, lead):
    PagePolicy.objects.update(gate_by="stage", gate_stages="customer")
    Lead.objects.update(stage="customer")
    ask(browser)
    browser.post(way_in())
    assert "The secret text" in browser.get("/paper/").content.decode()


def test_a_link_is_for_one_person_and_days(browser, gated, lead, paper):
    place = Placement(where=Where.GATE, page_id=paper.pk)
    old = int(time.time()) - (conf.get("CONFIRM_DAYS") + 1) * 86400
    url = f"/leads/open/{way_in_token(lead.pk, 0, place, made_at=old)}/"
    assert browser.get(url).status_code == 410 and browser.post(url).status_code == 410
    fresh = way_in_token(lead.pk, 0, place, made_at=int(time.time()))
    assert browser.post(f"/leads/open/{fresh[:-2]}AA/").status_code == 410
    assert browser.post(f"/leads/open/{fresh}/", HTTP_SEC_FETCH_SITE="cross-site").status_code == 400
    Lead.objects.update(stopped_at=lead.created_at)
    assert browser.post(f"/leads/open/{fresh}/").status_code == 410 and not VisitorLink.objects.exists()


def test_a_page_that_is_gone_says_so(browser, gated, lead, paper):
    ask(browser)
    paper.unpublish()
    assert browser.post(way_in()).status_code == 410


def test_a_document_and_a_gated_part_open_too(browser, document, parts, lead):
    for path, target, shown in (
        (f"/leads/document/{document.pk}/", f"/leads/document/{document.pk}/", "Here is your document"),
        ("/parts/", "/parts/#leads-", FIRST),
    ):
        browser.cookies.clear()
        Message.objects.all().delete()
        browser.post(again_of(browser, path), {"email": ADDRESS})
        done = browser.post(way_in())
        assert done.headers["Location"].startswith(target)
        assert shown in browser.get(path).content.decode()


def test_tampered_names_of_the_page_are_refused(browser, gated):
    assert browser.get(again_of(browser)[:-3] + "AA/").status_code == 410
