"""The gate: who has no pass sees teaser and form, and no cache keeps either."""

import re
import time

import pytest
from django.core.cache import cache
from django.test import Client

from wagtail_leads.content.models import PagePolicy
from wagtail_leads.models import FormSubmission, Lead
from wagtail_leads.public import layout

pytestmark = pytest.mark.django_db


@pytest.fixture
def gated(paper, now):
    PagePolicy.objects.create(page_id=paper.pk, gated=True, updated_at=now)
    return paper


def action_of(html: str) -> str:
    return re.search(r'action="(/leads/f/[^"]+)"', html)[1]


def fill(browser, **answers):
    html = browser.get("/paper/").content.decode()
    return browser.post(action_of(html), {"company": "見本", "name": "山田", "email": "taro@mihon.example", **answers})


def test_without_a_pass_teaser_and_form_never_cached(browser, gated):
    response = browser.get("/paper/")
    html = response.content.decode()
    assert "The secret text" not in html and "A teaser." in html and "<header>Test site</header>" in html
    assert response.headers["Cache-Control"] == "private, no-store"
    assert not response.cookies, "no CSRF cookie either"
    assert "Earlier visits of this browser" in html


def test_with_a_pass_the_page_is_not_cached_either(browser, gated):
    assert fill(browser).status_code == 303
    response = browser.get("/paper/")
    assert "The secret text" in response.content.decode()
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "The secret text" not in Client().get("/paper/").content.decode(), "the next visitor has no pass"


def test_a_page_is_closed_the_moment_it_is_marked(browser, paper, now):
    assert "The secret text" in browser.get("/paper/").content.decode()
    policy = PagePolicy.objects.create(page_id=paper.pk, gated=True, updated_at=now)
    assert "The secret text" not in browser.get("/paper/").content.decode()
    policy.delete()
    assert "The secret text" in browser.get("/paper/").content.decode()


def test_a_pass_for_one_page_opens_no_other(browser, gated, article, now):
    PagePolicy.objects.create(page_id=article.pk, gated=True, updated_at=now)
    fill(browser)
    assert "All about cameras" not in browser.get("/article/").content.decode()


def test_a_forged_pass_opens_nothing(browser, gated):
    browser.cookies["leads_pass"] = "AAAA" * 8
    assert "The secret text" not in browser.get("/paper/").content.decode()


def test_a_pass_survives_a_change_of_the_key(browser, gated, settings):
    fill(browser)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert "The secret text" in browser.get("/paper/").content.decode()


def test_the_original_and_its_alias_open_together(browser, gated, home):
    gated.create_alias(update_slug="paper-2", parent=home)
    assert "The secret text" not in browser.get("/paper-2/").content.decode()
    fill(browser)
    assert "The secret text" in browser.get("/paper-2/").content.decode()


def test_the_same_for_robots_and_people(client, gated):
    html = client.get("/paper/", HTTP_USER_AGENT="Googlebot/2.1").content.decode()
    assert "The secret text" not in html and "A teaser." in html


def test_wrong_answers_bring_the_form_back_with_what_was_typed(browser, gated):
    response = fill(browser, email="nonsense", company="株式会社見本")
    assert response.status_code == 422 and "株式会社見本" in response.content.decode()
    assert not FormSubmission.objects.exists()


@pytest.mark.parametrize("address", ["taro..yamada@docomo.ne.jp", "taro.@ezweb.ne.jp", "Taro@Mihon.Example"])
def test_old_mobile_addresses_are_taken(browser, gated, address):
    assert fill(browser, email=address).status_code == 303


def test_a_form_is_stored_once_however_often_it_is_sent(browser, gated):
    fill(browser)
    html = browser.get("/paper/").content.decode()
    assert "The secret text" in html
    browser.cookies.pop("leads_pass")
    action = action_of(browser.get("/paper/?leads-form=whole").content.decode())
    for _time in range(3):
        browser.post(action, {"company": "x", "name": "y", "email": "hanako@mihon.example"})
    assert FormSubmission.objects.count() == 2 and Lead.objects.count() == 2


def test_a_form_posted_from_another_site_is_refused(browser, gated):
    action = action_of(browser.get("/paper/").content.decode())
    response = browser.post(action, {"email": "a@b.example"}, HTTP_SEC_FETCH_SITE="cross-site")
    assert response.status_code == 400 and not Lead.objects.exists()


def test_the_trap_for_robots_holds_the_submission_back(browser, gated):
    response = fill(browser, website="http://spam.example")
    assert response.status_code == 200 and "leads_pass" not in response.cookies
    assert FormSubmission.objects.get().is_spam and not Lead.objects.exists()


def test_a_form_sent_too_fast_is_asked_for_once_more(browser, gated, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "FORM_MIN_SECONDS": 5}
    assert fill(browser).status_code == 422 and not FormSubmission.objects.exists()


def test_too_many_posts_from_one_network(browser, gated, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "FORM_POSTS_PER_HOUR": 2}
    cache.clear()
    action = action_of(browser.get("/paper/").content.decode())
    answers = {"company": "x", "name": "y"}
    codes = [browser.post(action, {**answers, "email": f"a{n}@mihon.example"}).status_code for n in range(3)]
    assert codes == [303, 303, 429]


def test_a_page_left_open_for_days_asks_once_more(browser, gated):
    from wagtail_leads.capture.placements import Placement, Where, token_for

    token = token_for(None, Placement(where=Where.GATE, page_id=gated.pk), made_at=int(time.time()) - 3 * 86400)
    response = browser.post(f"/leads/f/{token}", {"company": "x", "name": "y", "email": "a@mihon.example"})
    assert response.status_code == 422 and "once more" in response.content.decode()
    assert browser.get(f"/leads/f/{token}").status_code == 302, "a reload leads back to the page"


def test_a_form_of_a_page_that_is_gone(browser, gated):
    action = action_of(browser.get("/paper/").content.decode())
    gated.unpublish()
    assert browser.post(action, {"email": "a@b.example"}).status_code == 410


def test_visitors_may_be_asked_about_their_history(browser, gated, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "LINK_HISTORY": "ask"}
    html = browser.get("/paper/").content.decode()
    assert 'name="history"' in html and "Earlier visits of this browser" not in html


def test_all_words_of_a_form_are_of_one_language(browser, gated):
    """Where the site speaks its reader's language and the form its page's."""
    from wagtail.models import Locale

    from tests.making import form_block, make_form

    japanese = Locale.objects.create(language_code="ja")
    make_form(locale=japanese, is_default=True, blocks=[form_block("email")], heading="")
    gated.locale = japanese
    gated.save()
    html = browser.get("/paper/").content.decode()
    assert "<h2>続きを無料でお読みいただけます" in html


def test_a_site_without_a_fitting_layout_gets_ours(browser, gated, monkeypatch):
    monkeypatch.setattr(layout, "CANDIDATES", ())
    layout.base_template.cache_clear()
    try:
        html = browser.get("/paper/").content.decode()
        assert "leads-plain" in html and "A teaser." in html
    finally:
        layout.base_template.cache_clear()
