"""A lead entered by hand in a minute, and the whole form."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.admin_ui.rows import lead, person
from wagtail_leads.identity.models import Consent, Lead, LeadChange, LeadField, LeadSource, LeadTag, LeadTagging
from wagtail_leads.identity.operations import save_lead
from wagtail_leads.sales.models import Todo
from wagtail_leads.segments.models import StageChange

pytestmark = pytest.mark.django_db
NEW = "/cms/leads/new/"


@pytest.fixture
def boss(client):
    client.user = person(superuser=True)
    client.force_login(client.user)
    return client


def known(**values) -> Lead:
    return save_lead(Lead(**values), now=timezone.now())


class TestQuick:
    def test_all_of_it_at_once(self, boss):
        source = LeadSource.objects.create(name="展示会", created_at=timezone.now())
        tomorrow = timezone.localdate() + timedelta(days=1)
        boss.post(
            NEW,
            {
                "email": "Sato@Mihon.example",
                "mobile": "０９０ー１２３４ー５６７８",
                "name": "佐藤 健一",
                "kana": "さとう けんいち",
                "company_name": "東洋精機",
                "job_title": "課長",
                "origin": source.pk,
                "new_tag": "A",
                "basis": "business_card",
                "basis_detail": "名刺交換 11月5日",
                "note": "決裁者",
                "todo": "見積を送る",
                "due_on": tomorrow,
                "owner": "",
            },
        )
        made = Lead.objects.get()
        assert (made.email, made.family_name, made.family_kana, made.given_kana) == (
            "sato@mihon.example",
            "佐藤",
            "サトウ",
            "ケンイチ",
        )
        assert (made.source, made.owner, made.origin, made.note) == ("by_hand", boss.user, source, "決裁者")
        assert LeadTagging.objects.get().tag.name == "A"
        consent = Consent.objects.get()
        assert (consent.granted, consent.basis, consent.wording) == (True, "business_card", "名刺交換 11月5日")
        todo = Todo.objects.get()
        assert (todo.title, timezone.localtime(todo.due_at).date(), todo.owner) == ("見積を送る", tomorrow, boss.user)

    @pytest.mark.parametrize(
        "values", [{"email": "a@mihon.example"}, {"mobile": "09012345678"}, {"phone": "0363446580"}]
    )
    def test_one_way_to_reach_them_is_enough(self, boss, values):
        assert boss.post(NEW, values).status_code == 302
        assert not Consent.objects.exists() and not Todo.objects.exists()

    @pytest.mark.parametrize(
        ("values", "says"),
        [
            ({"name": "佐藤"}, "Enter an e-mail address or a telephone number"),
            ({"email": "x"}, "valid e-mail"),
            ({"mobile": "09012345678", "basis": "consent", "basis_detail": "x"}, "needs the address"),
            ({"email": "a@mihon.example", "basis": "consent"}, "proves nothing"),
            ({"email": "a@mihon.example", "due_on": "2026-12-01"}, "What is to be done"),
            ({"email": "a@mihon.example", "name": "x" * 300}, "200"),
        ],
    )
    def test_what_is_missing_is_said_and_nothing_is_lost(self, boss, values, says):
        answer = boss.post(NEW, values)
        text = answer.content.decode()
        assert answer.status_code == 200 and says in text and not Lead.objects.exists()
        assert all(str(value) in text for value in values.values())

    def test_a_mobile_number_in_the_other_field_is_one(self, boss):
        boss.post(NEW, {"phone": "090-1234-5678"})
        assert (Lead.objects.get().mobile, Lead.objects.get().phone) == ("090-1234-5678", "")

    @pytest.mark.parametrize(
        "values",
        [
            {"mobile": "+81 90 1234 5678"},
            {"name": "佐藤健一", "company_name": "(株)東洋精機", "email": "new@mihon.example"},
        ],
    )
    def test_asks_before_it_makes_the_same_person_twice(self, boss, values):
        there = known(name="佐藤 健一", company_name="株式会社東洋精機", mobile="090-1234-5678")
        text = boss.post(NEW, values).content.decode()
        assert "Is it one of these people?" in text and f"/cms/leads/{there.pk}/" in text
        assert Lead.objects.count() == 1
        assert boss.post(NEW, {**values, "another": "1"}).status_code == 302
        assert Lead.objects.count() == 2

    def test_does_not_tell_of_anothers_lead_one_may_not_see(self, client, settings):
        settings.WAGTAIL_LEADS = {**getattr(settings, "WAGTAIL_LEADS", {}), "OWN_LEADS_ONLY": True}
        known(name="秘密野", mobile="090-1234-5678", owner=person())
        client.force_login(person("add_lead", "view_lead", "change_lead"))
        text = client.post(NEW, {"mobile": "09012345678"}).content.decode()
        assert "Is it one of these people?" in text and "秘密野" not in text

    def test_save_and_next_keeps_what_is_the_same_for_all(self, boss):
        tag = LeadTag.objects.create(name="展示会")
        data = {
            "email": "a@mihon.example",
            "name": "一人目",
            "tag": tag.pk,
            "basis": "business_card",
            "basis_detail": "名刺",
        }
        answer = boss.post(NEW, {**data, "next_one": "1"})
        assert answer.url.startswith(f"{NEW}?")
        text = boss.get(answer.url).content.decode()
        assert 'value="名刺"' in text and "一人目" not in text.partition('id="w-editor-form"')[2]


def whole(client, one) -> dict:
    """What the form would send, as it stands."""
    form = client.get(reverse("wagtail_leads_leads:edit", args=(one.pk,))).context["form"]
    return {name: "" if form[name].value() is None else form[name].value() for name in form.fields}


class TestWhole:
    def post(self, client, one, **values):
        answer = client.post(reverse("wagtail_leads_leads:edit", args=(one.pk,)), {**whole(client, one), **values})
        one.refresh_from_db()
        return answer

    def test_every_column_and_what_was_before(self, boss):
        one = known(email="a@mihon.example", name="佐藤 健一")
        LeadChange.objects.all().delete()
        self.post(boss, one, department="購買部", prefecture="東京都", contact_wish="mail_only", postal_code="100-0001")
        assert (one.department, one.prefecture, one.contact_wish) == ("購買部", "東京都", "mail_only")
        told = {change.field: (change.before, change.after, change.by) for change in LeadChange.objects.all()}
        assert told["department"] == ("", "購買部", boss.user) and "email" not in told and "name" not in told

    def test_own_fields_by_kind(self, boss):
        for kind, choices in (
            ("text", ""),
            ("long", ""),
            ("number", ""),
            ("date", ""),
            ("yes_no", ""),
            ("choice", "大\n小"),
            ("choices", "A\nB"),
        ):
            LeadField.objects.create(key=kind.replace("_", "-"), label=kind, kind=kind, choices=choices)
        one = known(email="a@mihon.example", extra={"gone": "kept"})
        sent = {
            "own-text": "x",
            "own-long": "a\nb",
            "own-number": "１，２００",
            "own-date": "2026-12-01",
            "own-yes-no": "no",
            "own-choice": "大",
            "own-choices": ["A", "B"],
        }
        self.post(boss, one, **sent)
        assert one.extra == {
            "gone": "kept",
            "text": "x",
            "long": "a\nb",
            "number": 1200,
            "date": "2026-12-01",
            "yes-no": False,
            "choice": "大",
            "choices": ["A", "B"],
        }
        assert "no value of this field" in self.post(boss, one, **{"own-number": "viel"}).content.decode()
        self.post(boss, one, **{"own-text": "", "own-choices": []})
        assert "text" not in one.extra and "choices" not in one.extra and one.extra["number"] == 1200

    def test_a_stage_said_by_a_person_leaves_its_trail(self, boss):
        one = known(email="a@mihon.example", stage="latent")
        self.post(boss, one, stage="customer")
        assert one.stage == "customer"
        assert StageChange.objects.get(lead=one).to_stage == "customer"
        assert LeadChange.objects.filter(lead=one, field="stage", after="customer").count() == 1

    def test_tags(self, boss):
        one = known(email="a@mihon.example")
        old, new = LeadTag.objects.create(name="old"), LeadTag.objects.create(name="new")
        LeadTagging.objects.create(lead=one, tag=old, at=timezone.now())
        self.post(boss, one, tags=[new.pk])
        assert LeadTagging.objects.get(lead=one).tag == new

    def test_what_others_wrote_meanwhile_stays(self, boss):
        one = known(email="a@mihon.example", name="佐藤")
        sent = whole(boss, one)
        url = reverse("wagtail_leads_leads:edit", args=(one.pk,))
        form = boss.get(url)
        Lead.objects.filter(pk=one.pk).update(connected_at=timezone.now())
        boss.post(url, {**sent, "department": "購買部"})
        one.refresh_from_db()
        assert form.status_code == 200 and one.connected_at is not None and one.department == "購買部"

    def test_an_address_that_is_taken(self, boss):
        known(email="there@mihon.example")
        one = known(email="a@mihon.example")
        assert "There is a lead with this address" in self.post(boss, one, email="THERE@mihon.example").content.decode()
        assert one.email == "a@mihon.example"

    def test_a_prefecture_in_another_writing_is_kept(self, boss):
        one = lead(prefecture="Bayern")
        self.post(boss, one, department="x")
        assert one.prefecture == "Bayern"

    def test_who_may_not_change_reads_it_on_the_page(self, client):
        LeadField.objects.create(key="size", label="従業員規模")
        one = lead(owner=person(), address="千代田区1-1", extra={"size": "500人"})
        client.force_login(person("view_lead"))
        assert client.get(reverse("wagtail_leads_leads:edit", args=(one.pk,))).status_code == 302
        text = client.get(reverse("wagtail_leads_leads:inspect", args=(one.pk,))).content.decode()
        assert "千代田区1-1" in text and "従業員規模" in text and "500人" in text and "Add a tag" not in text
