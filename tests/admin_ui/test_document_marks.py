"""Gating a document in the admin: from its edit screen, from the listing, and the list in the settings."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage
from django.urls import reverse
from wagtail.documents import get_document_model
from wagtail.models import Collection, GroupCollectionPermission

from wagtail_leads import checks
from wagtail_leads.capture.documents import mark_document, record_download
from wagtail_leads.content.models import DocumentPolicy
from wagtail_leads.models import Lead


class Bucket(Storage):
    """A storage that is elsewhere: it has addresses and no paths."""

    def url(self, name):
        return f"https://bucket.example/{name}"


pytestmark = pytest.mark.django_db


@pytest.fixture
def document(db, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    if not Collection.objects.exists():  # tables made without migrations
        Collection.add_root(name="Root")
    made = get_document_model()(title="価格表")
    made.file.save("prices.pdf", ContentFile(b"%PDF"))
    made.save()
    return made


@pytest.fixture
def admin(client):
    user = get_user_model().objects.create_superuser("boss", "boss@works.example", "x")
    client.force_login(user)
    return client


def editor_of(collection, action="change_document"):
    """A colleague who may change the documents of this collection only."""
    user = get_user_model().objects.create_user("ed", "ed@works.example", "x")
    group = Group.objects.create(name="Document people")
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    model = get_document_model()
    permission = Permission.objects.get(content_type__app_label=model._meta.app_label, codename=action)
    GroupCollectionPermission.objects.create(group=group, collection=collection, permission=permission)
    user.groups.add(group)
    return user


def test_the_documents_edit_screen_leads_to_its_gate(admin, document):
    html = admin.get(reverse("wagtaildocs:edit", args=[document.pk])).content.decode()
    assert f'href="{reverse("wagtail_leads_document_marks", args=[document.pk])}?next=' in html
    assert "Gate for leads" in html and "Delete" in html


def test_a_document_is_gated_and_opened_again(admin, document):
    url = reverse("wagtail_leads_document_marks", args=[document.pk])
    assert admin.get(url).status_code == 200
    sent = {"gated": "on", "form_id": "", "teaser": "全価格", "new_topics": "Pumps、Valves"}
    response = admin.post(url, sent)
    assert response.status_code == 302 and response.headers["Location"] == reverse(
        "wagtaildocs:edit", args=[document.pk]
    )
    policy = DocumentPolicy.objects.get()
    assert policy.gated and policy.teaser == "全価格"
    assert sorted(policy.topics.values_list("name", flat=True)) == ["Pumps", "Valves"]
    html = admin.get(url).content.decode()
    assert "全価格" in html and f"/leads/document/{document.pk}/" in html
    admin.post(url, {"teaser": "全価格"})
    assert not DocumentPolicy.objects.get().gated


@pytest.mark.parametrize("wrong", [{"form_id": "99999"}, {"form_id": "x"}, {"topics": ["9"]}, {"teaser": "x" * 5001}])
def test_bad_input_is_shown_and_changes_nothing(admin, document, wrong):
    response = admin.post(reverse("wagtail_leads_document_marks", args=[document.pk]), {"gated": "on", **wrong})
    assert response.status_code == 200 and not DocumentPolicy.objects.exists()


def test_only_who_may_change_the_document_decides(client, document):
    own = Collection.objects.get(depth=1).add_child(name="Own")
    client.force_login(editor_of(own))
    url = reverse("wagtail_leads_document_marks", args=[document.pk])
    assert client.get(url).status_code in (302, 403) and client.post(url, {"gated": "on"}).status_code in (302, 403)
    assert not DocumentPolicy.objects.exists()
    document.collection = own
    document.save()
    assert client.get(url).status_code == 200


def test_a_document_that_is_not_there(admin, db):
    assert admin.get(reverse("wagtail_leads_document_marks", args=[99])).status_code == 404


def test_many_are_gated_from_the_listing(admin, document, now):
    mark_document(document, gated=False, form_id=None, teaser="Stays", topics=["Pumps"], now=now)
    model = get_document_model()
    url = reverse("wagtail_bulk_action", args=[model._meta.app_label, model._meta.model_name, "leads_gate"])
    assert "価格表" in admin.get(f"{url}?id={document.pk}").content.decode()
    assert admin.post(f"{url}?id={document.pk}", {"gated": "on"}).status_code == 302
    policy = DocumentPolicy.objects.get()
    assert policy.gated and policy.teaser == "Stays" and policy.topics.get().name == "Pumps"


def test_the_list_counts_downloads_in_a_constant_number_of_queries(admin, document, now, django_assert_max_num_queries):
    from django.utils import timezone

    lead = Lead.objects.create(email="t@mihon.example", email_key="k" * 64, created_at=now)
    mark_document(document, gated=True, form_id=None, teaser="", topics=[], now=now)
    record_download(document, now=timezone.now(), lead=lead)
    record_download(document, now=now.replace(year=2020), lead=lead)
    for number in range(12):
        other = get_document_model().objects.create(title=f"Other {number}", file=f"o{number}.pdf")
        mark_document(other, gated=True, form_id=None, teaser="", topics=[], now=now)
    with django_assert_max_num_queries(40):
        html = admin.get(reverse("wagtail_leads_gated_documents")).content.decode()
    assert "価格表" in html and "Other 11" in html
    assert admin.get(reverse("wagtail_leads_gated_documents") + "?export=csv").status_code == 200
    assert "Gated documents" in admin.get(reverse("wagtail_leads_settings")).content.decode()


def test_the_list_has_only_documents_that_the_colleague_may_change(client, document, now):
    mark_document(document, gated=True, form_id=None, teaser="", topics=[], now=now)
    own = Collection.objects.get(depth=1).add_child(name="Own")
    client.force_login(editor_of(own))
    html = client.get(reverse("wagtail_leads_gated_documents")).content.decode()
    assert "価格表" not in html


@pytest.mark.parametrize(
    ("method", "storage", "code"),
    [
        (None, None, "W016"),
        ("serve_view", None, "W016"),
        ("direct", None, "W015"),
        ("redirect", None, "W015"),
        (None, "/srv/private", ""),
        ("serve_view", "bucket", "W015"),
    ],
)
def test_settings_that_lead_past_the_gate_are_warned_of(document, now, settings, monkeypatch, method, storage, code):
    settings.WAGTAILDOCS_SERVE_METHOD = method
    if storage:
        made = Bucket() if storage == "bucket" else FileSystemStorage(location=storage)
        monkeypatch.setattr(get_document_model()._meta.get_field("file"), "storage", made)
    assert checks.document_gates(None, databases=["default"]) == [], "nothing is gated yet"
    mark_document(document, gated=True, form_id=None, teaser="", topics=[], now=now)
    found = checks.document_gates(None, databases=["default"])
    assert [warning.id for warning in found] == ([f"wagtail_leads.{code}"] if code else [])
    assert all(warning.hint for warning in found) and checks.document_gates(None, databases=None) == []
