"""Clicks, opens, unsubscribing."""

from datetime import timedelta

import pytest

from wagtail_leads.mailing.links import click_url, open_url, unsubscribe_url
from wagtail_leads.models import Consent, Message, Reaction, Suppression

pytestmark = pytest.mark.django_db


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


@pytest.fixture
def unsubscribe(message):
    return path_of(unsubscribe_url(message))


def test_a_get_asks_and_changes_nothing(browser, unsubscribe):
    response = browser.get(unsubscribe)
    assert response.status_code == 200 and b"t\xe2\x80\xa6@mihon.example" in response.content
    assert response.headers["Cache-Control"] == "private, no-store"
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("append_slash", [True, False])
@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
def test_one_click_is_answered_by_200_without_redirect(client, unsubscribe, settings, append_slash, kind):
    """RFC 8058: from the mail provider's machine, without cookies, Origin or our fetch metadata."""
    settings.APPEND_SLASH = append_slash
    if kind == "multipart":
        response = client.post(unsubscribe, {"List-Unsubscribe": "One-Click"})
    else:
        body = "List-Unsubscribe=One-Click"
        response = client.post(unsubscribe, body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 200 and not response.cookies
    assert Suppression.objects.get().scope == "marketing" and Consent.objects.get().granted is False


def test_twice_is_once_and_the_way_back_needs_a_button(browser, unsubscribe):
    for _time in range(2):
        browser.post(unsubscribe, {"List-Unsubscribe": "One-Click"})
    assert Suppression.objects.count() == 1 and Reaction.objects.filter(kind="unsubscribe").count() == 1
    browser.get(unsubscribe)
    assert Suppression.objects.count() == 1
    browser.post(unsubscribe, {"again": "1"})
    assert not Suppression.objects.exists()


def test_an_unknown_link_to_unsubscribe_is_a_clear_410(browser):
    for method in (browser.get, browser.post):
        response = method("/leads/u/nonsense")
        assert response.status_code == 410 and b"not valid any more" in response.content


def test_a_click_is_stored_raw_and_leads_on(browser, message, link):
    response = browser.get(path_of(click_url(message, link.pk)))
    assert response.status_code == 302 and response.headers["Location"] == link.url
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert Reaction.objects.get().verdict == "unknown"


def test_a_scanners_head_counts_nothing(browser, message, link):
    response = browser.head(path_of(click_url(message, link.pk)))
    assert response.status_code == 302 and not Reaction.objects.exists() and not response.cookies


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://x.example"])
def test_only_web_addresses_are_led_to(browser, message, link, url):
    type(link).objects.update(url=url)
    assert browser.get(path_of(click_url(message, link.pk))).status_code == 410


def test_a_click_of_a_mail_that_is_gone(browser, message, link):
    path = path_of(click_url(message, link.pk))
    Message.objects.all().delete()
    assert browser.get(path).status_code == 410


def test_the_pixel_is_an_image_whatever_happens(browser, message):
    for path in (path_of(open_url(message)), "/leads/o/nonsense", "/leads/o/" + "A" * 3000):
        response = browser.get(path)
        assert response.status_code == 200 and response.headers["Content-Type"] == "image/gif"
        assert response.headers["Cache-Control"] == "no-store" and not response.cookies
    assert Reaction.objects.get().kind == "open"


def test_links_survive_a_change_of_the_key(browser, message, link, unsubscribe, settings):
    click, pixel = path_of(click_url(message, link.pk)), path_of(open_url(message))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert browser.get(click).status_code == 302 and browser.get(pixel).status_code == 200
    assert Reaction.objects.count() == 2
    assert browser.get(unsubscribe).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert browser.get(click).status_code == 410 and browser.get(unsubscribe).status_code == 410


def test_a_key_of_our_own_outlives_any_secret_key(browser, message, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "SECRET": "ours"}
    path = path_of(unsubscribe_url(message))
    settings.SECRET_KEY = "another"
    assert browser.get(path).status_code == 200


def test_a_token_is_for_one_purpose(browser, message):
    token = path_of(open_url(message)).rpartition("/")[2]
    assert browser.post(f"/leads/u/{token}").status_code == 410 and not Suppression.objects.exists()


def test_an_old_link_leads_on_but_counts_no_more_and_opens_nothing(browser, message, link, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "LINK_DAYS": 1}
    message.created_at -= timedelta(days=400)
    message.save()
    response = browser.get(path_of(click_url(message, link.pk)))
    assert response.status_code == 302 and response.headers["Location"] == link.url
    assert not Reaction.objects.exists() and not response.cookies
    assert browser.get(path_of(unsubscribe_url(message))).status_code == 200, "the way out stays open"
