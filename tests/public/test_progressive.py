"""Who is known is not asked again; nothing of anybody is shown because of a cookie; nothing is skipped by forging."""

import re

import pytest

from tests.making import form_block, make_form
from tests.public.test_form_doors import action_of
from tests.testsite.models import FormsPage
from wagtail_leads.capture.models import FormSubmission, LeadForm
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.identity.models import Consent, Lead, Visitor, VisitorLink

pytestmark = pytest.mark.django_db
ADDRESS = "taro@mihon.example"
FIRST = {"email": ADDRESS, "company": "株式会社見本", "name": "山田 太郎"}


@pytest.fixture
def lead_form(site):
    blocks = [
        form_block("company"),
        form_block("name"),
        form_block("email"),
        form_block("phone", required=False),
        form_block("job_title", required=False),
        form_block("prefecture", required=False),
        form_block("line", id="q1", label="Budget?", required=False),
    ]
    return make_form(name="Papers", slug="papers", blocks=blocks, ask_at_most=2, intro="Please tell us.")


@pytest.fixture
def gated(paper, lead_form, now):
    PagePolicy.objects.create(page_id=paper.pk, gated=True, form_id=lead_form.pk, updated_at=now)
    return paper


@pytest.fixture
def known(browser, gated):
    """A browser whose person sent the form, and whose pass was lost: the gate is shut."""
    assert browser.post(action_of(browser.get("/paper/").content.decode()), FIRST).status_code == 303
    browser.cookies.pop("leads_pass")
    return browser


def asked_in(html: str) -> list[str]:
    form = re.search(r'<form class="leads-form".*?</form>', html, re.S)[0]
    return [name for name in re.findall(r'name="([^"]+)"', form) if name != "website"]


def test_known_fields_are_not_asked_and_never_shown(known):
    response = known.get("/paper/")
    html = response.content.decode()
    assert asked_in(html) == ["phone", "job_title", "consent"], "two new questions at most, and the permission"
    assert not any(value in html for value in FIRST.values()), "a cookie shows nobody's data"
    assert "Please tell us." not in html and "only this is left" in html
    assert "no-store" in response.headers["Cache-Control"]


def test_the_whole_form_is_one_click_away(known):
    html = known.get("/paper/").content.decode()
    link = re.search(r'href="([^"]+leads-form=whole)"', html)[1]
    assert {"email", "company", "name"} <= set(asked_in(known.get(link).content.decode()))


def test_the_next_visit_asks_what_is_still_unknown_and_then_nothing(known):
    known.post(action_of(known.get("/paper/").content.decode()), {"phone": "03-1234-5678", "job_title": "課長", "consent": "on"})
    known.cookies.pop("leads_pass")
    html = known.get("/paper/").content.decode()
    assert asked_in(html) == ["prefecture", "q-q1"], "permission was given: it is not asked for again"
    known.post(action_of(html), {"prefecture": "東京都", "q-q1": "much"})
    known.cookies.pop("leads_pass")
    html = known.get("/paper/").content.decode()
    assert asked_in(html) == [] and "one click is enough" in html and ">Continue</button>" in html
    assert known.post(action_of(html)).status_code == 303
    assert "The secret text" in known.get("/paper/").content.decode()
    lead = Lead.objects.get()
    assert (lead.phone, lead.job_title, lead.prefecture) == ("03-1234-5678", "課長", "東京都")
    assert FormSubmission.objects.count() == 4 and Consent.objects.count() == 1


def test_a_double_click_on_continue_counts_once(known):
    action = action_of(known.get("/paper/").content.decode())
    assert [known.post(action, {}).status_code for _n in range(2)] == [303, 303]
    assert FormSubmission.objects.count() == 2


def test_what_was_not_asked_cannot_be_changed_by_hand(known):
    action = action_of(known.get("/paper/").content.decode())
    known.post(action, {"email": "other@mihon.example", "company": "Evil", "phone": "03-1234-5678"})
    assert Lead.objects.get().company_name == "株式会社見本"


def test_a_required_question_of_the_editor_comes_each_time(known, lead_form):
    blocks = [form_block("email"), form_block("agreement", id="a", text="I agree"), form_block("line", id="q2", label="Which?")]
    lead_form.fields = blocks
    lead_form.save()
    html = known.get("/paper/").content.decode()
    assert asked_in(html) == ["q-a", "q-q2", "consent"] or asked_in(html)[-2:] == ["q-q2", "consent"]
    response = known.post(action_of(html), {})
    assert response.status_code == 422, "nothing that was asked can be left out"
    assert "email" not in asked_in(response.content.decode()), "the form that comes back is the same short one"


def merge_away(known, lead):
    from tests.making import make_lead
    from wagtail_leads import merging

    merging.merge(lead, make_lead(lead.created_at, "second@mihon.example"), now=lead.created_at)


def erase(known, lead):
    Lead.objects.update(erased_at=lead.created_at, email="", email_key=None)


def take_link_back(known, lead):
    from wagtail_leads import merging

    merging.take_back_link(VisitorLink.objects.get(), now=lead.created_at)


def share(known, lead):
    Visitor.objects.update(shared_at=lead.created_at)


def lose_cookie(known, lead):
    known.cookies.pop("leads_visitor")


@pytest.mark.parametrize("happens", [erase, take_link_back, share, lose_cookie])
def test_when_the_browser_is_no_longer_surely_theirs_the_whole_form_comes_with_the_input(known, happens):
    action = action_of(known.get("/paper/").content.decode())
    happens(known, Lead.objects.get())
    response = known.post(action, {"phone": "03-1234-5678"})
    html = response.content.decode()
    assert response.status_code == 422 and "03-1234-5678" in html and "email" in asked_in(html)
    assert ADDRESS not in html and FormSubmission.objects.count() == 1
    assert known.post(action_of(html), {**FIRST, "phone": "03-1234-5678"}).status_code == 303


def test_merged_meanwhile_it_is_still_the_same_person(known):
    action = action_of(known.get("/paper/").content.decode())
    merge_away(known, Lead.objects.get(email=ADDRESS))
    assert known.post(action, {"phone": "03-1234-5678"}).status_code == 303
    assert FormSubmission.objects.order_by("pk").last().lead.email == "second@mihon.example"


@pytest.mark.parametrize("change", [{"ask_at_most": 0}, {"kiosk": True}])
def test_a_form_that_wants_all_asks_all(known, change):
    LeadForm.objects.update(**change)
    assert "email" in asked_in(known.get("/paper/").content.decode())


def test_a_click_in_a_mail_spares_nobody_the_form(known):
    VisitorLink.objects.update(evidence="mail_link")
    assert "email" in asked_in(known.get("/paper/").content.decode())


def test_our_standard_form_is_one_click_for_whoever_is_known(known):
    PagePolicy.objects.update(form_id=None)
    html = known.get("/paper/").content.decode()
    assert asked_in(html) == ["consent"] and ">Continue</button>" in html
    assert known.post(action_of(html)).status_code == 303 and "secret" in known.get("/paper/").content.decode()


# --- pages that may be cached ---------------------------------------------------------------------------------------


@pytest.fixture
def page(home, lead_form):
    made = FormsPage(title="Forms", slug="forms")
    made.body = [("lead_form", {"form": lead_form})]
    return home.add_child(instance=made)


def mine_of(html: str) -> str:
    return re.search(r'data-mine="([^"]+)"', html)[1]


def test_a_cacheable_page_is_the_same_for_all_and_a_fragment_is_for_one(known, page, client):
    page_html = known.get("/forms/").content
    fragment = known.get(mine_of(page_html.decode()))
    html = fragment.content.decode()
    assert fragment.status_code == 200 and fragment.headers["Cache-Control"] == "private, no-store"
    assert asked_in(html) == ["phone", "job_title", "consent"] and not any(v in html for v in FIRST.values())
    assert known.post(action_of(html), {"phone": "03-1234-5678"}).status_code == 303
    assert FormSubmission.objects.order_by("pk").last().page_id == page.pk
    known.cookies.clear()
    assert known.get("/forms/").content == page_html
    assert b"email" in page_html


def test_a_stranger_gets_no_fragment_without_a_query(browser, page, django_assert_num_queries):
    url = mine_of(browser.get("/forms/").content.decode())
    with django_assert_num_queries(0):
        assert browser.get(url).status_code == 204
    assert browser.get(url[:-8] + "AA/mine/").status_code == 204


def test_a_fragments_form_comes_back_short_when_something_is_wrong(known, page):
    html = known.get(mine_of(known.get("/forms/").content.decode())).content.decode()
    response = known.post(action_of(html), {"phone": "1"})
    assert response.status_code == 422 and asked_in(response.content.decode()) == ["phone", "job_title", "consent"]


def test_a_form_that_wants_all_asks_for_no_fragment(browser, page, lead_form):
    LeadForm.objects.update(ask_at_most=0)
    assert "data-mine" not in browser.get("/forms/").content.decode()


def test_a_robot_that_was_taken_for_a_person_is_looked_at_all_the_same(known, lead_form):
    lead_form.fields = [form_block("email"), form_block("message", required=False)]
    lead_form.save()
    action = action_of(known.get("/paper/").content.decode())
    assert known.post(action, {"message": "[url=https://a.example]x[/url]"}).status_code == 200
    assert FormSubmission.objects.order_by("pk").last().spam_reason == "link_code"
