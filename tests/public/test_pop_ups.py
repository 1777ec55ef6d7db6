"""A pop-up is a tag in the page, the same for all; its form comes when its time has come, and not where it does not belong."""

import re

import pytest
from django.urls import reverse

from tests.making import form_block, make_form
from tests.public.test_form_doors import action_of
from wagtail_leads.capture import pop_ups
from wagtail_leads.capture.models import FormSubmission, LeadForm, PopUp
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.tracking.disclosure import disclosure_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead_form(site):
    return make_form(name="News", heading="Our news", blocks=[form_block("email"), form_block("company", required=False)])


@pytest.fixture
def pop_up(lead_form):
    made = PopUp.objects.create(name="News", form=lead_form, is_on=True, after_seconds=5, after_scroll=50, again_after_days=14)
    pop_ups.forget()
    return made


def source_of(html: str) -> str:
    found = re.search(r'data-from="([^"]+)"', html)
    return found[1].replace("&amp;", "&") if found else ""


def test_a_page_with_a_pop_up_stays_the_same_for_all(browser, article, pop_up):
    first = browser.get("/article/")
    html = first.content.decode()
    assert 'data-seconds="5" data-scroll="50" data-days="14"' in html and "<dialog" not in html
    assert not first.cookies and "no-store" not in first.headers.get("Cache-Control", "")
    browser.cookies["leads_visitor"] = "x"
    assert browser.get("/article/").content == first.content
    assert html.index("pop_up.js") > html.index("All about cameras")


def test_the_dialog_is_fetched_for_one_and_its_form_makes_a_lead(browser, article, pop_up):
    response = browser.get(source_of(browser.get("/article/").content.decode()))
    html = response.content.decode()
    assert response.status_code == 200 and response.headers["Cache-Control"] == "private, no-store"
    assert '<dialog class="leads-pop-up" aria-label="Our news"' in html and 'method="dialog"' in html
    assert "<script" not in html, "a script would not run in what is fetched"
    sent = browser.post(action_of(html), {"email": "taro@mihon.example"})
    assert sent.status_code == 303 and "/leads/thanks/" in sent.headers["Location"]
    row = FormSubmission.objects.get()
    assert (row.page_id, row.data["placement"]) == (article.pk, "pop_up")


def test_whoever_has_sent_it_never_sees_it_again(browser, article, pop_up):
    url = source_of(browser.get("/article/").content.decode())
    browser.post(action_of(browser.get(url).content.decode()), {"email": "taro@mihon.example"})
    assert browser.get(url).status_code == 204


def switch_off(pop_up):
    PopUp.objects.update(is_on=False)


def close_form(pop_up):
    LeadForm.objects.update(live=False)


def delete(pop_up):
    pop_up.delete()


@pytest.mark.parametrize("happens", [switch_off, close_form, delete])
def test_what_is_off_is_nowhere(browser, article, pop_up, happens):
    url = source_of(browser.get("/article/").content.decode())
    happens(pop_up)
    assert browser.get(url).status_code == 410, "a page from a cache brings nothing"
    pop_ups.forget()
    assert not source_of(browser.get("/article/").content.decode())


def test_not_on_gated_pages(browser, paper, pop_up, now):
    PagePolicy.objects.create(page_id=paper.pk, gated=True, updated_at=now)
    assert not source_of(browser.get("/paper/").content.decode())
    assert browser.get(f"/leads/pop-up/{pop_up.pk}/?page={paper.pk}").status_code == 410


def test_only_below_its_page_and_the_nearest_wins(browser, article, paper, pop_up, lead_form):
    near = PopUp.objects.create(name="Near", form=lead_form, is_on=True, below=article)
    pop_ups.forget()
    assert f"/pop-up/{near.pk}/" in source_of(browser.get("/article/").content.decode())
    assert f"/pop-up/{pop_up.pk}/" in source_of(browser.get("/paper/").content.decode())
    assert browser.get(f"/leads/pop-up/{near.pk}/?page={paper.pk}").status_code == 410


@pytest.mark.parametrize("page", ["", "?page=", "?page=x", "?page=999999", "?page=-1", "?page=99999999999999999999"])
def test_nonsense_brings_nothing(browser, pop_up, page):
    assert browser.get(f"/leads/pop-up/{pop_up.pk}/{page}").status_code == 410


def test_without_tracking_it_comes_all_the_same(browser, article, pop_up, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "TRACKING": False}
    assert source_of(browser.get("/article/").content.decode())


def test_a_page_view_asks_no_database_for_it(browser, article, pop_up, django_assert_num_queries):
    pop_ups.offer_for(article)
    with django_assert_num_queries(0):
        assert pop_ups.offer_for(article).pk == pop_up.pk


def test_the_page_about_privacy_tells_what_the_browser_keeps(site, pop_up):
    names = [row.name for row in disclosure_of(site, pop_ups=pop_ups.noted_in_browsers()).cookies]
    assert f"leads-pop-up-{pop_up.pk}" in names


# --- the admin ------------------------------------------------------------------------------------------------------


def post_of(lead_form, **values):
    told = {"name": "A", "form": lead_form.pk, "below": "", "after_seconds": 5, "after_scroll": 50, "again_after_days": 7}
    return {**told, "is_on": "on", **values}


def test_it_is_made_changed_and_deleted_in_the_admin(admin_client, browser, article, lead_form):
    admin_client.post(reverse("wagtail_leads_pop_ups:add"), post_of(lead_form))
    made = PopUp.objects.get()
    index = admin_client.get(reverse("wagtail_leads_pop_ups:index")).content.decode()
    assert "After 5 seconds, or 50% of the page" in index and "every page" in index
    admin_client.post(reverse("wagtail_leads_pop_ups:edit", args=[made.pk]), post_of(lead_form, after_scroll=0))
    assert pop_ups.offer_for(article).after_scroll == 0, "at once, in this process"
    admin_client.post(reverse("wagtail_leads_pop_ups:delete", args=[made.pk]))
    assert pop_ups.offer_for(article) is None


@pytest.mark.parametrize(("values", "says"), [
    ({"after_scroll": 101}, "no more than 100"),
    ({"form": ""}, "required"),
    ({"after_seconds": -1}, "greater than or equal to 0"),
])
def test_nonsense_is_told(admin_client, lead_form, values, says):
    html = admin_client.post(reverse("wagtail_leads_pop_ups:add"), post_of(lead_form, **values)).content.decode()
    assert says in html and not PopUp.objects.exists()


def test_a_draft_cannot_be_shown(admin_client, lead_form):
    LeadForm.objects.update(live=False)
    html = admin_client.post(reverse("wagtail_leads_pop_ups:add"), post_of(lead_form)).content.decode()
    assert "not published" in html and not PopUp.objects.exists()


def test_the_preview_shows_it_and_sends_nothing(admin_client, client, pop_up):
    url = reverse("wagtail_leads_pop_ups:preview", args=[pop_up.pk])
    html = admin_client.get(url).content.decode()
    assert "<dialog" in html and " open" in html and "Our news" in html and 'action="/leads/f/' not in html
    assert url in admin_client.get(reverse("wagtail_leads_pop_ups:edit", args=[pop_up.pk])).content.decode()
    client.logout()
    assert client.get(url).status_code == 302
