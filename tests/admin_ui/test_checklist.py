"""Today on a new site: nine steps, ticked by what is true."""

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, Site

from tests.admin_ui.rows import browser, lead, person, visit
from wagtail_leads import background
from wagtail_leads.admin_ui.settings_hub import GROUPS
from wagtail_leads.capture.models import FormPageSource
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.mailing.models import Message, SenderDetails
from wagtail_leads.scenarios.models import Scenario
from wagtail_leads.tracking.models import DropCount

pytestmark = pytest.mark.django_db
TODAY = "/cms/leads/today/"


@pytest.fixture
def boss(client, site):
    user = person(superuser=True)
    client.force_login(user)
    return user


def steps(client) -> dict:
    return {step.code: step for step in client.get(TODAY).context["checklist"].steps}


def done(client) -> set[str]:
    return {code for code, step in steps(client).items() if step.done}


def test_a_new_site_begins_with_the_checklist_and_no_empty_sections(client, boss):
    answer = client.get(TODAY)
    page = answer.content.decode()
    assert "Let us begin" in page and "0 of 9" in page and "Whom to call" not in page
    assert not answer.context["living"] and answer.context["checklist"].next.code == "sender"


def test_the_first_open_step_is_unfolded(client, boss):
    page = client.get(TODAY).content.decode()
    assert page.count("<details open>") == 1


def test_the_sender_details_are_done_when_no_legal_field_is_missing(client, boss, site):
    details = SenderDetails.objects.create(site=site, company_name="A", from_address="a@example.com")
    assert "postal address" in steps(client)["sender"].state
    details.postal_address, details.contact = "Tokyo", "03-1"
    details.save()
    assert done(client) == {"sender"}
    Site.objects.create(hostname="other", root_page=site.root_page)
    assert done(client) == set()


def test_ones_own_visit_left_out_as_a_colleagues_is_proof_that_tracking_works(client, boss):
    now = timezone.now()
    DropCount.objects.create(day=timezone.localdate(), reason="bot_agent", count=1, last_at=now)
    assert "tracking" not in done(client)
    DropCount.objects.create(day=timezone.localdate(), reason="staff", count=1, last_at=now)
    assert "tracking" in done(client)
    assert "not counted, because you are colleagues" in client.get(TODAY).content.decode()


def test_a_visit_is_proof_too(client, boss):
    visit(browser(), timezone.now())
    assert "tracking" in done(client)


def test_guessed_pages_are_marked_by_one_click_each(client, boss, home):
    price = home.add_child(instance=Page(title="料金プラン", slug="plans"))
    case = home.add_child(instance=Page(title="導入事例 山田工業", slug="yamada"))
    assert [str(guess["kind"]) for guess in steps(client)["pages"].data["guesses"]] == ["price", "case_study"]
    client.post(reverse("wagtail_leads_mark_guessed"), {"page": price.pk})
    policy = PagePolicy.objects.get()
    assert (policy.page_id, policy.high_intent, policy.content_kind) == (price.pk, True, "price")
    assert "pages" in done(client)
    client.post(reverse("wagtail_leads_mark_guessed"), {"page": [case.pk]})
    policy = PagePolicy.objects.get(pk=case.pk)
    assert (policy.high_intent, policy.content_kind, policy.purchase_stage) == (False, "case_study", "conviction")


def test_one_button_marks_them_all_and_keeps_what_was_decided_before(client, boss, home, article):
    price = home.add_child(instance=Page(title="Prices", slug="prices"))
    PagePolicy.objects.create(page=price, gated=True, teaser="T", updated_at=timezone.now())
    client.post(reverse("wagtail_leads_mark_guessed"), {"page": [price.pk, article.pk]})
    policy = PagePolicy.objects.get(pk=price.pk)
    assert (policy.gated, policy.teaser, policy.content_kind) == (True, "T", "price")
    assert PagePolicy.objects.count() == 2


@pytest.mark.parametrize("pages", [[], ["x"], ["0"], ["9" * 18], ["9" * 40], ["-1"], ["１"]])
def test_marking_nothing_is_not_found(client, boss, pages):
    assert client.post(reverse("wagtail_leads_mark_guessed"), {"page": pages}).status_code == 404


def test_marking_needs_the_right_to_publish(client, home, article):
    client.force_login(person("view_lead", "change_lead"))
    assert client.post(reverse("wagtail_leads_mark_guessed"), {"page": article.pk}).status_code == 302
    assert not PagePolicy.objects.exists()
    assert client.get(reverse("wagtail_leads_mark_guessed")).status_code == 405


def test_the_first_gated_paper(client, boss, paper):
    assert [page.pk for page in steps(client)["paper"].data["guesses"]] == []  # an article by its type
    paper.get_parent().add_child(instance=Page(title="White paper on seals", slug="seals"))
    assert len(steps(client)["paper"].data["guesses"]) == 1
    PagePolicy.objects.create(page=paper, gated=True, updated_at=timezone.now())
    assert "paper" in done(client)


def test_the_contact_form_is_found_and_one_click_makes_it_an_inquiry(client, boss, contact):
    assert [page.pk for page in steps(client)["contact"].data["pages"]] == [contact.pk]
    client.post(reverse("wagtail_leads_make_inquiry", args=[contact.pk]))
    source = FormPageSource.objects.get()
    assert source.is_inquiry
    assert source.mapping == {"email": "email", "message": "message", "company": "company", "name": "name"}
    assert "contact" in done(client)


def test_a_form_without_a_recognisable_address_field_leads_to_its_dialog(client, boss, contact):
    contact.form_fields.filter(field_type="email").delete()
    answer = client.post(reverse("wagtail_leads_make_inquiry", args=[contact.pk]))
    assert answer["Location"] == reverse("wagtail_leads_page_marks", args=[contact.pk])
    assert not FormPageSource.objects.exists()


def test_what_is_no_form_cannot_be_an_inquiry(client, boss, article, contact):
    assert client.post(reverse("wagtail_leads_make_inquiry", args=[article.pk])).status_code == 404
    assert client.post(reverse("wagtail_leads_make_inquiry", args=[10**8])).status_code == 404
    assert client.get(reverse("wagtail_leads_make_inquiry", args=[contact.pk])).status_code == 405
    client.force_login(person("change_lead"))
    assert client.post(reverse("wagtail_leads_make_inquiry", args=[contact.pk])).status_code == 302
    assert not FormPageSource.objects.exists()


def test_a_published_scenario_is_done_and_a_draft_is_pointed_at(client, boss):
    scenario = Scenario.objects.create(name="Draft", live=False)
    assert "scenario" not in done(client) and "1" in steps(client)["scenario"].state
    Scenario.objects.filter(pk=scenario.pk).update(live=True)
    assert "scenario" in done(client)


def test_a_test_mail_is_queued_and_ticked_once_a_mail_has_left(client, boss):
    client.post(reverse("wagtail_leads_test_mail"), {"to": "me@example.com"})
    mail = Message.objects.get()
    assert mail.to_address == "me@example.com"
    assert steps(client)["mail"].state == "waiting"
    Message.objects.update(state="sent")
    assert "mail" in done(client)


@pytest.mark.parametrize("to", ["", "nobody", "a@b\nBcc: c@d.example", "x" * 300 + "@example.com"])
def test_a_test_mail_needs_an_address(client, boss, to):
    client.post(reverse("wagtail_leads_test_mail"), {"to": to})
    assert not Message.objects.exists()


def test_a_test_mail_needs_the_right_to_work_with_leads(client, site):
    client.force_login(person("view_lead"))
    client.post(reverse("wagtail_leads_test_mail"), {"to": "me@example.com"})
    assert not Message.objects.exists()


def test_colleagues_are_those_who_may_enter_the_admin(client, boss, django_user_model):
    django_user_model.objects.create_user("customer", "c@example.com", "x")
    assert "colleagues" not in done(client)
    person()
    assert "colleagues" in done(client)


def test_the_engineer_is_asked_for_what_is_missing_with_the_address_we_see(client, boss, settings):
    def text(**headers):
        step = {step.code: step for step in client.get(TODAY, **headers).context["checklist"].steps}["engineer"]
        return step.data["text"]

    assert "qcluster" in text() and "MMDB" in text() and "SPF" in text() and "TRUSTED_PROXIES" not in text()
    behind = text(HTTP_X_FORWARDED_FOR="203.0.113.9", REMOTE_ADDR="10.0.0.7")
    assert "10.0.0.7/32" in behind
    background.Lane.objects.create(name="tick", ran_at=timezone.now())
    assert "qcluster" not in text()
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "TRUSTED_PROXIES": ["10.0.0.0/8"]}
    assert "TRUSTED_PROXIES" not in text(HTTP_X_FORWARDED_FOR="203.0.113.9", REMOTE_ADDR="10.0.0.7")


def test_once_most_is_done_it_folds_into_one_line_at_the_bottom(client, boss, site, contact, paper):
    now = timezone.now()
    lead("Hanako")
    assert "Set-up" in client.get(TODAY).content.decode()
    SenderDetails.objects.create(
        site=site, company_name="A", from_address="a@example.com", postal_address="x", contact="y"
    )
    visit(browser(), now)
    PagePolicy.objects.create(page=paper, gated=True, high_intent=True, updated_at=now)
    FormPageSource.objects.create(page=contact, updated_at=now)
    Scenario.objects.create(name="S", live=True)
    person()
    page = client.get(TODAY).content.decode()
    assert "Set-up: 7 of 9" in page
    assert page.index("Whom to call") < page.index("Set-up: 7 of 9")


# -- settings hub, health and its neighbours


def test_the_hub_shows_only_what_one_may_open(client, site):
    client.force_login(person("view_topic"))
    groups = client.get(reverse("wagtail_leads_settings")).context["groups"]
    assert [str(card.label) for _label, cards in groups for card in cards] == ["Topics"]
    client.force_login(person())
    assert client.get(reverse("wagtail_leads_settings")).status_code == 302


@pytest.mark.parametrize(
    ("permission", "cards"),
    [
        ("view_visit", None),
        ("add_company", None),
        ("view_company", ["Own networks", "Unknown networks", "Your address as we see it"]),
        (
            "change_company",
            ["Own networks", "Unknown networks", "Target accounts", "Your address as we see it"],
        ),
    ],
)
def test_the_hub_and_its_cards_agree_with_the_screens(client, site, permission, cards):
    client.force_login(person(permission))
    answer = client.get(reverse("wagtail_leads_settings"))
    assert answer.status_code == (302 if cards is None else 200)
    if cards is not None:
        shown = [card for _label, some in answer.context["groups"] for card in some]
        assert [str(card.label) for card in shown] == cards
        assert all(client.get(card.url).status_code == 200 for card in shown)


def test_every_card_of_the_hub_opens(client, boss):
    groups = client.get(reverse("wagtail_leads_settings")).context["groups"]
    shown = [card.url for _label, cards in groups for card in cards]
    assert len(shown) == sum(len(group.cards) for group in GROUPS)
    for url in shown:
        assert client.get(url, follow=True).status_code == 200, url


def test_health_tells_problems_lanes_mails_and_what_a_company_file_would_bring(client, boss):
    background.Lane.objects.create(name="mail", ran_at=timezone.now())
    page = client.get(reverse("wagtail_leads_health")).content.decode()
    assert "No background worker has run yet" in page and "Sending mail" in page
    assert "GeoLite2-ASN" in page and "perhaps sent" in page


def test_a_broken_company_file_is_named_on_the_health_page(client, boss, settings, tmp_path):
    broken = tmp_path / "broken.mmdb"
    broken.write_bytes(b"nonsense")
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "MMDB": [str(broken)]}
    assert str(broken) in client.get(reverse("wagtail_leads_health")).content.decode()


@pytest.mark.parametrize("name", ["settings", "health", "left_out", "marked_pages"])
def test_these_pages_are_read_only_and_not_for_everybody(client, site, name):
    url = reverse(f"wagtail_leads_{name}")
    client.force_login(person())
    assert client.get(url).status_code == 302
    client.force_login(person("view_lead"))
    assert client.get(url).status_code == 200
    assert client.post(url).status_code == 405


def test_left_out_hits_are_listed_with_an_escaped_example_and_exported_without_formulas(client, boss):
    now = timezone.now()
    DropCount.objects.create(
        day=now.date(), reason="bot_agent", count=7, last_at=now, example="=cmd|'/C calc'!A0 <script>x</script>"
    )
    page = client.get(reverse("wagtail_leads_left_out")).content.decode()
    assert "Known robot" in page and "<script>x" not in page
    assert "<script>x" not in client.get(reverse("wagtail_leads_left_out_days")).content.decode()
    export = client.get(reverse("wagtail_leads_left_out_days") + "?export=csv")
    assert b"'=cmd" in b"".join(export.streaming_content)
    assert client.get(reverse("wagtail_leads_left_out_days_results")).status_code == 200


def test_marked_pages_are_listed_with_a_constant_number_of_queries(client, boss, home, django_assert_max_num_queries):
    for n in range(12):
        page = home.add_child(instance=Page(title=f"Page {n}", slug=f"p{n}"))
        PagePolicy.objects.create(page=page, gated=True, updated_at=timezone.now())
    with django_assert_max_num_queries(17):
        answer = client.get(reverse("wagtail_leads_marked_pages"))
    assert "Page 11" in answer.content.decode()
