"""Fields, tags and sources that the site's own people make."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from tests.making import make_lead
from wagtail_leads.identity.models import LeadField, LeadSource, LeadTag, LeadTagging

pytestmark = pytest.mark.django_db


def add(client, what, **values):
    return client.post(reverse(f"wagtail_leads_{what}:add"), values)


def add_field(client, **values):
    return add(client, "fields", **{"label": "Size", "kind": "text", "choices": "", "help_text": "", "position": "0", **values})


def test_a_fields_key_comes_from_its_label_and_never_changes(admin_client):
    assert add_field(admin_client, label="Number of staff").status_code == 302
    field = LeadField.objects.get()
    assert field.key == "number-of-staff"
    url = reverse("wagtail_leads_fields:edit", args=(field.pk,))
    admin_client.post(url, {"label": "People", "kind": "number", "choices": "", "help_text": "", "position": "3"})
    field.refresh_from_db()
    assert (field.key, field.label, field.kind, field.position) == ("number-of-staff", "People", "text", 3)


def test_labels_that_give_no_key_are_numbered(admin_client):
    add_field(admin_client, label="従業員数")
    add_field(admin_client, label="業種")
    assert sorted(LeadField.objects.values_list("key", flat=True)) == ["field-1", "field-2"]


@pytest.mark.parametrize("values", [{"kind": "choice"}, {"kind": "choices", "choices": "A\nA\n"}, {"label": " "}])
def test_what_makes_no_field_is_told(admin_client, values):
    assert add_field(admin_client, **values).status_code == 200 and not LeadField.objects.exists()


def test_no_two_fields_of_one_name(admin_client):
    add_field(admin_client)
    assert add_field(admin_client, label=" Size ").status_code == 200 and LeadField.objects.count() == 1


def test_a_list_keeps_its_choices_tidy_and_a_text_has_none(admin_client):
    add_field(admin_client, kind="choice", choices=" A \n\nB\nA")
    add_field(admin_client, label="Other", choices="A\nB")
    assert LeadField.objects.get(label="Size").choices == "A\nB" and LeadField.objects.get(label="Other").choices == ""


def test_a_tag_with_how_many_have_it(admin_client, now):
    add(admin_client, "tags", name=" Big   customer ")
    tag = LeadTag.objects.get(name="Big customer")
    LeadTagging.objects.create(lead=make_lead(now), tag=tag, at=now)
    assert "Big customer" in admin_client.get(reverse("wagtail_leads_tags:index")).content.decode()
    assert add(admin_client, "tags", name="Big customer").status_code == 200, "once"


def test_a_source_with_what_one_lead_of_it_cost(admin_client, now):
    values = {"name": "Expo", "kind": "exhibition", "happened_on": "2026-10-01", "cost": "300000", "campaign": "", "note": ""}
    assert add(admin_client, "sources", **values).status_code == 302
    source = LeadSource.objects.get()
    assert source.created_at
    for number in range(3):
        make_lead(now, f"a{number}@mihon.example", origin=source)
    html = admin_client.get(reverse("wagtail_leads_sources:index")).content.decode()
    assert "100,000" in html and "300,000" in html
    assert add(admin_client, "sources", **{**values, "name": "B", "cost": "-1"}).status_code == 200


@pytest.mark.parametrize("what", ["fields", "tags", "sources"])
def test_only_who_may(client, django_user_model, what):
    user = django_user_model.objects.create_user("u", password="p")
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(user)
    assert client.get(reverse(f"wagtail_leads_{what}:index")).status_code == 302


@pytest.mark.parametrize("what", ["fields", "tags", "sources"])
def test_every_screen_opens(admin_client, what, now):
    LeadField.objects.create(key="k", label="K")
    LeadTag.objects.create(name="K")
    LeadSource.objects.create(name="K", created_at=now)
    row = {"fields": LeadField, "tags": LeadTag, "sources": LeadSource}[what].objects.get()
    for view, args in (("index", ()), ("add", ()), ("edit", (row.pk,)), ("delete", (row.pk,))):
        assert admin_client.get(reverse(f"wagtail_leads_{what}:{view}", args=args)).status_code == 200
    assert reverse(f"wagtail_leads_{what}:index") in admin_client.get(reverse("wagtail_leads_settings")).content.decode()
