"""The "Leads" button and the dialog of a page."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from wagtail.models import GroupPagePermission, Locale, PageLogEntry

from tests.admin_ui.rows import person
from tests.testsite.models import EnquiryField, EnquiryPage
from wagtail_leads.admin_ui.form_pages import find_form_pages
from wagtail_leads.admin_ui.page_marks import header_buttons, listing_buttons, marks_in_words
from wagtail_leads.capture.models import FormPageSource, LeadForm
from wagtail_leads.content.models import PagePolicy, Topic
from wagtail_leads.content.queries import topic_names

pytestmark = pytest.mark.django_db


def url(page) -> str:
    return reverse("wagtail_leads_page_marks", args=[page.pk])


@pytest.fixture
def boss(client):
    user = person(superuser=True)
    client.force_login(user)
    return user


def editor_of(page, *codenames):
    """Somebody with these page permissions below `page`."""
    user, group = person(), Group.objects.create(name=f"editors {page.pk}")
    for codename in codenames:
        permission = Permission.objects.get(codename=codename, content_type__app_label="wagtailcore")
        GroupPagePermission.objects.create(group=group, page=page, permission=permission)
    user.groups.add(group)
    return user


def source(**values) -> dict:
    return {f"source-{name}": value for name, value in values.items()}


# -- the button


@pytest.mark.parametrize("buttons", [lambda p, u: header_buttons(p, u, "edit"), listing_buttons])
def test_any_page_type_has_the_button_for_whoever_may_publish(buttons, article, contact, home):
    boss, writer = person(superuser=True), editor_of(home, "change_page")
    for page in (article, contact, home):
        (button,) = buttons(page, boss)
        assert button.url == url(page)
        assert list(buttons(page, writer)) == []
    assert list(buttons(home.get_parent(), boss)) == []


def test_the_button_stands_in_the_editor_and_in_the_listing(client, boss, article, home):
    assert url(article) in client.get(reverse("wagtailadmin_pages:edit", args=[article.pk])).content.decode()
    assert url(article) in client.get(reverse("wagtailadmin_explore", args=[home.pk])).content.decode()


# -- who may


def test_who_may_not_publish_may_not_mark(client, article):
    client.force_login(editor_of(article, "change_page"))
    assert client.get(url(article)).status_code == 302
    client.post(url(article), {"gated": "on"})
    assert not PagePolicy.objects.exists()


def test_an_editor_who_may_publish_marks_without_any_right_to_leads(client, article):
    client.force_login(editor_of(article, "change_page", "publish_page"))
    assert client.get(url(article)).status_code == 200
    assert client.post(url(article), {"gated": "on"}).status_code == 302
    assert PagePolicy.objects.get().gated


def test_strangers_are_asked_to_log_in(client, article):
    assert client.get(url(article))["Location"].startswith(reverse("wagtailadmin_login"))


@pytest.mark.parametrize("pk", ["0", "999999", "9" * 30])
def test_a_page_that_is_not_there_is_not_found(client, boss, pk):
    assert client.get(f"/cms/leads/pages/{pk}/").status_code == 404


def test_the_root_cannot_be_marked(client, boss, home):
    assert client.get(url(home.get_parent())).status_code == 404


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(client, boss, article, method):
    assert getattr(client, method)(url(article)).status_code == 405


# -- the dialog


def test_both_switches_and_the_rest_are_saved_and_noted_in_the_history(client, boss, article):
    form = LeadForm.objects.create(name="Short")
    pump = Topic.objects.create(name="Pumps", slug="pumps")
    answer = client.post(
        url(article),
        {
            "gated": "on",
            "high_intent": "on",
            "content_kind": "catalogue",
            "purchase_stage": "interest",
            "topics": [pump.pk],
            "new_topics": "Valves、シール, ",
            "form_id": form.pk,
            "teaser": "Soon.",
        },
        follow=True,
    )
    policy = PagePolicy.objects.get(pk=article.pk)
    assert (policy.gated, policy.high_intent, policy.content_kind) == (True, True, "catalogue")
    assert (policy.form_id, policy.teaser, policy.purchase_stage) == (form.pk, "Soon.", "interest")
    assert sorted(topic_names(article.pk)) == sorted(["Pumps", "Valves", "シール"])
    assert answer.redirect_chain[0][0] == reverse("wagtailadmin_pages:edit", args=[article.pk])
    history = client.get(reverse("wagtailadmin_pages:history", args=[article.pk])).content.decode()
    assert "Leads: gated, high intent" in history


def test_a_new_dialog_has_good_defaults(client, boss, home):
    from wagtail.models import Page

    price = home.add_child(instance=Page(title="料金プラン", slug="plans"))
    form = client.get(url(price)).context["form"]
    assert (form["content_kind"].value(), form["purchase_stage"].value()) == ("price", "comparison")
    assert (form["gated"].value(), form["high_intent"].value()) == (False, True)


def test_what_was_saved_is_shown_again(client, boss, article):
    client.post(url(article), {"gated": "on", "new_topics": "Pumps", "content_kind": "review"})
    form = client.get(url(article)).context["form"]
    assert form["gated"].value() is True and form["content_kind"].value() == "review"
    assert form["topics"].value() == [Topic.objects.get().pk]


@pytest.mark.parametrize(
    "field, value",
    [
        ("content_kind", "<b>"),
        ("purchase_stage", "nothing"),
        ("form_id", "77"),
        ("form_id", "x"),
        ("topics", "999"),
        ("topics", "'; drop"),
        ("teaser", "x" * 5001),
        ("teaser", "a\0b"),
        ("new_topics", "x" * 501),
    ],
)
def test_nonsense_is_an_error_beside_its_field_and_changes_nothing(client, boss, article, field, value):
    answer = client.post(url(article), {"gated": "on", field: value})
    assert answer.status_code == 200 and answer.context["form"].errors[field]
    assert answer.context["form"].folded_has_errors or answer.context["form"].gate_has_errors
    assert not PagePolicy.objects.exists()


def test_it_goes_back_to_where_the_editor_came_from_but_not_to_another_site(client, boss, article):
    today = reverse("wagtail_leads_today")
    assert client.post(url(article), {"next": today})["Location"] == today
    assert "evil" not in client.post(url(article), {"next": "https://evil.example/"})["Location"]


def test_translations_are_offered_only_where_there_are_any(client, boss, article):
    assert "translations" not in client.get(url(article)).context["form"].fields
    other = article.copy_for_translation(Locale.objects.create(language_code="ja"), copy_parents=True)
    assert "translations" in client.get(url(article)).context["form"].fields
    client.post(url(article), {"gated": "on", "translations": "on"})
    assert PagePolicy.objects.get(pk=other.pk).gated
    client.post(url(article), {})
    assert PagePolicy.objects.get(pk=other.pk).gated
    assert not PagePolicy.objects.get(pk=article.pk).gated


def test_a_start_page_is_warned_of(client, boss, home, article):
    assert client.get(url(home)).context["is_start_page"]
    assert not client.get(url(article)).context["is_start_page"]


def test_marks_in_words_hold_whatever_is_in_the_log():
    assert marks_in_words({"gated": True, "content_kind": "price", "topics": ["A"]}) == "Leads: gated, Price, A"
    assert marks_in_words({"content_kind": "gone"}) == "Leads: open to everyone"


# -- a form page


def test_only_form_pages_are_asked_about_their_form(client, boss, article, contact):
    assert client.get(url(article)).context["form_page_form"] is None
    form = client.get(url(contact)).context["form_page_form"]
    assert form["map_email"].value() == "email" and form["map_company"].value() == "company"
    assert form["makes_leads"].value() is False and form["is_inquiry"].value() is True


def test_what_the_class_says_cannot_be_switched_off_but_mapped(client, boss, home):
    page = home.add_child(instance=EnquiryPage(title="Ask", slug="ask"))
    EnquiryField.objects.create(page=page, sort_order=0, label="Mail", field_type="email", clean_name="mail")
    EnquiryField.objects.create(page=page, sort_order=1, label="Other", field_type="email", clean_name="other")
    assert page.pk not in [found.pk for found in find_form_pages(boss, limit=9)], "it makes leads already"
    for mail in ("mail", "other"):  # before and after the mapping is saved for the first time
        switch = client.get(url(page)).context["form_page_form"]["makes_leads"]
        assert switch.field.disabled and switch.value() is True and "cannot be switched off here" in switch.help_text
        assert client.post(url(page), source(map_email=mail)).status_code == 302
        assert FormPageSource.objects.get(pk=page.pk).mapping == {"email": mail}


def test_a_form_page_becomes_a_source_and_stops_being_one(client, boss, contact):
    fields = source(makes_leads="on", is_inquiry="on", map_email="email", map_name="name", owner=boss.pk)
    assert client.post(url(contact), fields).status_code == 302
    made = FormPageSource.objects.get(pk=contact.pk)
    assert (made.mapping, made.is_inquiry, made.owner) == ({"email": "email", "name": "name"}, True, boss)
    assert client.get(url(contact)).context["form_page_form"]["makes_leads"].value() is True
    client.post(url(contact), {})
    assert not FormPageSource.objects.exists()
    told = PageLogEntry.objects.filter(action="wagtail_leads.form_source").order_by("pk")
    assert [entry.data["makes_leads"] for entry in told] == [True, False]


@pytest.mark.parametrize(
    "fields, wrong",
    [
        ({"map_name": "name"}, "map_email"),
        ({"map_email": "email", "map_name": "email"}, "map_name"),
        ({"map_email": "no_such"}, "map_email"),
        ({"map_email": "email", "owner": "999999"}, "owner"),
        ({"map_email": "email", "reply": "abc"}, "reply"),
    ],
)
def test_a_wrong_mapping_is_refused(client, boss, contact, fields, wrong):
    answer = client.post(url(contact), source(makes_leads="on", **fields))
    assert answer.status_code == 200 and wrong in answer.context["form_page_form"].errors
    assert not FormPageSource.objects.exists() and not PagePolicy.objects.exists()
