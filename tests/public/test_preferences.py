"""The reader's own page, and that what they chose holds in the step to sending."""

from datetime import timedelta

import pytest

from tests.making import DAY, make_email, make_message
from wagtail_leads.content.models import Topic
from wagtail_leads.logic.kinds import SkipReason
from wagtail_leads.mailing import composing, preferences
from wagtail_leads.mailing.links import preferences_url, unsubscribe_url
from wagtail_leads.mailing.models import MailPreference
from wagtail_leads.mailing.queries import free_again_at, sender_of, why_not
from wagtail_leads.mailing.rendering import version_of
from wagtail_leads.models import Consent, Lead, Message, Suppression
from wagtail_leads.privacy import erase

pytestmark = pytest.mark.django_db


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


@pytest.fixture
def page(message):
    return path_of(preferences_url(message))


@pytest.fixture
def topics(db):
    made = [Topic.objects.create(name=name, slug=name.lower()) for name in ("Pumps", "Valves", "Unused")]
    for topic in made[:2]:
        make_email(name=topic.name, topic=topic)
    return made


def text(response) -> str:
    return response.content.decode()


def test_it_is_linked_from_every_marketing_mail_beside_the_way_out_and_from_no_other(message, sender):
    for purpose, there in (("marketing", True), ("transactional", False)):
        Message.objects.filter(pk=message.pk).update(purpose=purpose, template="test", context={"who": "x"})
        mail = composing.compose(Message.objects.get(pk=message.pk))
        for body in (mail.body, mail.alternatives[0][0]):
            assert (preferences_url(message) in body) is there and (unsubscribe_url(message) in body) is there


def test_a_get_changes_nothing_and_shows_neither_name_nor_address(browser, page, topics, lead):
    html = text(browser.get(page))
    assert "t…@mihon.example" in html and lead.email not in html and lead.name not in html
    assert "Pumps" in html and "Valves" in html and "Unused" not in html, "only topics that mails have"
    assert not MailPreference.objects.exists() and browser.head(page).status_code == 200
    assert browser.get(page).headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("token", ["nonsense", "A" * 900])
def test_a_link_that_is_not_ours_is_over(browser, token):
    assert browser.get(f"/leads/preferences/{token}/").status_code == 410
    assert browser.post(f"/leads/preferences/{token}/", {"do": "stop"}).status_code == 410


def test_a_link_for_something_else_opens_nothing(browser, message):
    token = unsubscribe_url(message).rsplit("/", 1)[1]
    assert browser.get(f"/leads/preferences/{token}/").status_code == 410


def test_it_outlives_a_new_secret_key(browser, message, settings):
    page = path_of(preferences_url(message))
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert browser.get(page).status_code == 200


def test_a_post_of_another_site_changes_nothing(browser, page):
    assert browser.post(page, {"do": "stop"}, HTTP_SEC_FETCH_SITE="cross-site").status_code == 403
    assert not Suppression.objects.exists()


def test_what_is_chosen_is_kept_shown_and_answered_by_a_redirect(browser, page, topics, message):
    response = browser.post(page, {"do": "save", "topic": ["pumps"], "frequency": "weekly", "pause": ""})
    assert response.status_code == 303 and response.headers["Location"] == f"{page}?done=saved"
    row = MailPreference.objects.get()
    assert (row.refused_topics, row.frequency, row.paused_until) == (["valves"], "weekly", None)
    assert row.address_key == message.address_key
    html = text(browser.get(response.headers["Location"]))
    assert "Saved." in html and html.count(" checked") == 3, "a topic, the pace, no pause"


@pytest.mark.parametrize(
    "posted",
    [{}, {"frequency": "hourly", "pause": "99", "topic": ["x", "\0", "<b>"]}, {"pause": "-1", "frequency": ""}],
)
def test_nonsense_is_the_plain_choice(browser, page, posted, topics):
    assert browser.post(page, {"do": "save", **posted}).status_code == 303
    row = MailPreference.objects.get()
    assert row.frequency == "all" and row.paused_until is None and row.refused_topics == ["pumps", "valves"]


def test_a_topic_that_is_not_offered_now_stays_refused(browser, page, topics, message, now):
    preferences.save_preference(message.address_key, frequency="all", refused=["gone"], now=now)
    browser.post(page, {"do": "save", "topic": ["pumps", "valves"]})
    assert MailPreference.objects.get().refused_topics == ["gone"]


def test_a_pause_begins_ends_and_is_left_alone(browser, page):
    browser.post(page, {"do": "save", "pause": "3"})
    until = MailPreference.objects.get().paused_until
    assert until is not None and "You get no marketing mail until" in text(browser.get(page))
    browser.post(page, {"do": "save", "pause": ""})
    assert MailPreference.objects.get().paused_until == until
    browser.post(page, {"do": "save", "pause": "0"})
    assert MailPreference.objects.get().paused_until is None


def test_stop_all_is_the_unsubscribe_and_has_a_way_back(browser, page, message):
    browser.post(page, {"do": "stop"})
    assert Suppression.objects.get().scope == "marketing" and Consent.objects.get().granted is False
    html = text(browser.get(page + "?done=stopped"))
    assert "no more marketing mail" in html and "Get mail again" in html and 'value="save"' not in html
    browser.post(page, {"do": "again"})
    assert not Suppression.objects.exists() and "Done: you will get mail again." in text(
        browser.get(page + "?done=again")
    )


def test_an_address_that_bounced_is_not_set_free_by_a_link(browser, page, message, now):
    Suppression.objects.create(address_key=message.address_key, scope="all", reason="bounced", at=now)
    assert "Get mail again" not in text(browser.get(page))
    browser.post(page, {"do": "again"})
    assert Suppression.objects.exists()


def test_it_speaks_the_mails_language(browser, message):
    Message.objects.filter(pk=message.pk).update(language="ja")
    assert 'value="stop"' in text(browser.get(path_of(preferences_url(message))))


# --- in the step to sending ---------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(lead, sender, now):
    """A newsletter about valves to somebody who allowed it."""
    Consent.objects.create(lead=lead, email_key=lead.email_key, granted=True, at=now)
    topic = Topic.objects.create(name="Valves", slug="valves")
    version = version_of(make_email(topic=topic), now=now)
    made = make_message(now, lead, version=version, template="", context={})
    Message.objects.filter(pk=made.pk).update(address_key=lead.email_key)
    return Message.objects.select_related("lead", "site", "version__email__topic").get(pk=made.pk)


def choose(message, now, **values):
    return preferences.save_preference(message.address_key, **{"frequency": "all", "refused": (), "now": now, **values})


def test_without_a_choice_all_may_leave(waiting, now):
    assert why_not(waiting, sender_of(None), now=now) is None and free_again_at(waiting, now=now) is None


def test_a_refused_topic_is_skipped_and_another_is_not(waiting, now):
    choose(waiting, now, refused=["pumps"])
    assert why_not(waiting, sender_of(None), now=now) is None
    choose(waiting, now, refused=["valves"])
    assert why_not(waiting, sender_of(None), now=now) == SkipReason.TOPIC_REFUSED


@pytest.mark.parametrize(("months", "waits", "reason"), [(1, True, None), (3, False, SkipReason.PAUSED)])
def test_in_a_short_pause_mail_waits_and_a_long_one_would_make_it_stale(waiting, now, months, waits, reason):
    row = choose(waiting, now, pause_months=months)
    assert (free_again_at(waiting, now=now) == row.paused_until) is waits
    assert why_not(waiting, sender_of(None), now=now) == reason
    after = row.paused_until + timedelta(minutes=1)
    assert free_again_at(waiting, now=after) is None and why_not(waiting, sender_of(None), now=after) is None


@pytest.mark.parametrize(("frequency", "days"), [("weekly", 7), ("monthly", 30)])
def test_the_readers_pace_is_kept(waiting, lead, now, frequency, days):
    sent = make_message(now, lead, state="sent", sent_at=now - DAY)
    Message.objects.filter(pk=sent.pk).update(address_key=lead.email_key)
    assert free_again_at(waiting, now=now) is None
    choose(waiting, now, frequency=frequency)
    assert free_again_at(waiting, now=now) == now + (days - 1) * DAY
    assert free_again_at(waiting, now=now + days * DAY) is None


def test_who_wishes_no_contact_gets_no_marketing_mail(waiting, now):
    Lead.objects.update(contact_wish="no_contact")
    fresh = Message.objects.select_related("lead", "version__email__topic").get(pk=waiting.pk)
    assert why_not(fresh, sender_of(None), now=now) == SkipReason.CONTACT_WISH


def test_what_was_asked_for_knows_neither_pause_nor_pace(waiting, now):
    choose(waiting, now, pause_months=6, frequency="monthly", refused=["valves"])
    Lead.objects.update(contact_wish="no_contact")
    Message.objects.filter(pk=waiting.pk).update(purpose="transactional")
    fresh = Message.objects.select_related("lead", "version__email__topic").get(pk=waiting.pk)
    assert why_not(fresh, sender_of(None), now=now) is None and free_again_at(fresh, now=now) is None


def test_old_mail_of_somebody_who_was_erased_since_still_stops_and_brings_nothing_back(browser, page, message, lead, now):
    erase(lead, now=now)
    way_out = path_of(unsubscribe_url(message))
    for address in (page, way_out):
        assert "Nothing is stored about this address." in text(browser.get(address))
    browser.post(page, {"do": "save", "frequency": "monthly"})
    assert not MailPreference.objects.exists()
    browser.post(page, {"do": "stop"})
    assert Suppression.objects.get().scope == "marketing"
    granted = Consent.objects.filter(granted=True).count()
    browser.post(page, {"do": "again"})
    browser.post(way_out, {"again": "1"})
    assert Suppression.objects.exists() and Consent.objects.filter(granted=True).count() == granted
    assert browser.post(way_out, {"List-Unsubscribe": "One-Click"}).status_code == 200
