"""The notice as visitors see it, for editors, and the ledger of answers to it."""

import pytest
from django.urls import reverse
from wagtail.models import Locale

from tests.admin_ui.rows import NOW, browser, lead, person
from wagtail_leads.models import Consent, NoticeText, TrackingSettings
from wagtail_leads.tracking import site_rules

pytestmark = pytest.mark.django_db
URL = "/cms/leads/settings/notice/"


@pytest.fixture
def boss(client):
    client.force_login(person(superuser=True))
    return client


def test_it_shows_each_language_and_what_was_just_saved(boss, site):
    Locale.objects.get_or_create(language_code="ja")
    row = TrackingSettings.objects.create(site=site, mode="opt_in")
    NoticeText.objects.create(settings=row, language="ja", sentence="記録してもよいですか。")
    html = boss.get(URL).content.decode()
    assert html.count('class="leads-topline"') == 2 and "記録してもよいですか。" in html and 'lang="ja"' in html
    assert html.count('<div class="leads-notice-preview" inert>') == 2, "the buttons do nothing"
    assert "wagtail_leads/notice.css" in html and "Look at your own site too" in html
    assert f"/cms/settings/wagtail_leads/trackingsettings/{site.pk}/" in html


@pytest.mark.parametrize(("mode", "banner"), [("off", True), ("cookieless", True), ("notice", False)])
def test_it_says_when_none_is_shown(boss, site, mode, banner):
    TrackingSettings.objects.create(site=site, mode=mode, show_banner=banner)
    html = boss.get(URL).content.decode()
    assert "leads-topline" not in html and "No notice is shown on the pages of this site." in html


def test_a_language_that_nobody_knows_is_shown_by_its_code(boss, site):
    Locale.objects.create(language_code="tlh")
    site_rules.forget()
    assert ">tlh</h3>" in boss.get(URL).content.decode()


def test_only_who_may_change_the_settings_sees_it(client, site):
    client.force_login(person("view_lead"))
    response = client.get(URL)
    assert response.status_code == 302 or response.status_code == 403
    assert URL not in client.get(reverse("wagtail_leads_settings")).content.decode()
    client.force_login(person("change_trackingsettings"))
    assert client.get(URL).status_code == 200
    assert URL in client.get(reverse("wagtail_leads_settings")).content.decode()
    client.logout()
    assert client.get(URL).status_code == 302


def test_the_hub_leads_to_the_settings_form(boss, site):
    hub = boss.get(reverse("wagtail_leads_settings")).content.decode()
    assert "/cms/settings/wagtail_leads/trackingsettings/" in hub
    assert boss.get("/cms/settings/wagtail_leads/trackingsettings/", follow=True).status_code == 200


def test_the_ledger_tells_answers_about_mail_and_visits_apart(boss, article):
    who = lead(name="秘密 太郎")
    Consent.objects.create(lead=who, email_key="k", granted=True, wording="May we write?", at=NOW)
    row = Consent.objects.create(
        question="tracking",
        visitor=browser(),
        granted=False,
        wording="We record.",
        version="abcd1234",
        source="notice",
        page_id=article.pk,
        at=NOW,
    )
    index = reverse("leads_consents_modeladmin_index")
    everything = boss.get(index).content.decode()
    assert "秘密 太郎" in everything and "abcd1234" in everything and f"Browser {row.visitor_id}" in everything
    visits = boss.get(f"{index}?question__exact=tracking").content.decode()
    assert "abcd1234" in visits and "秘密 太郎" not in visits
    shown = boss.get(f"{index}inspect/{row.pk}/").content.decode()
    assert "We record." in shown and article.title in shown and "notice on a page" in shown
    assert b"abcd1234" in boss.get(f"{index}?export=csv").getvalue()


def test_the_ledger_tells_who_read_a_notice_from_who_agreed(boss, site):
    told = {"question": "tracking", "source": "notice", "at": NOW}
    for answer, version in (("yes", "aaaa1111"), ("ok", "bbbb2222"), ("no", "cccc3333")):
        Consent.objects.create(answer=answer, granted=answer == "yes", basis="", version=version, **told)
    index = reverse("leads_consents_modeladmin_index")
    html = boss.get(index).content.decode()
    assert all(words in html for words in ("agreed", "read the notice", "refused"))
    read = boss.get(f"{index}?answer__exact=ok").content.decode()
    assert "bbbb2222" in read and "aaaa1111" not in read and "cccc3333" not in read
    granted = boss.get(f"{index}?granted__exact=1").content.decode()
    assert "aaaa1111" in granted and "bbbb2222" not in granted
    rows = boss.get(f"{index}?export=csv").getvalue().decode().splitlines()
    assert "False,read the notice," in next(row for row in rows if "bbbb2222" in row)
    row = Consent.objects.get(version="bbbb2222")
    assert "read the notice" in boss.get(f"{index}inspect/{row.pk}/").content.decode()
