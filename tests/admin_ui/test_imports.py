"""Screens of files of leads: upload, columns, check, start, progress, result, rows to correct, first mail."""

import csv
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from wagtail.users.models import UserProfile

from tests.admin_ui.rows import count_queries, lead, person
from wagtail_leads import tasks
from wagtail_leads.admin_ui import import_words
from wagtail_leads.capture.models import ImportPiece, LeadImport
from wagtail_leads.identity.models import Consent, Lead, LeadSource, LeadTagging
from wagtail_leads.logic.addresses import email_key
from wagtail_leads.logic.kinds import ImportState, RowOutcome
from wagtail_leads.mailing.models import Email

pytestmark = pytest.mark.django_db
LIST = "/cms/leads/import/"
TEXT = (
    "氏名,会社名,メールアドレス,電話\n山田 太郎,㈱青空,taro@aozora.co.jp,9012345678\n"
    '佐藤,,not an address,\n"<script>alert(1)</script>",=1+1,hana@midori.jp,\n'
)
CHOICES = {"basis": "business_card", "basis_detail": "展示会 2026-11-05", "policy": "fill", "new_kind": "exhibition"}


def upload(client, data=TEXT, name="list.csv", **kwargs):
    data = data if isinstance(data, bytes) else data.encode("cp932")
    return client.post(LIST, {"file": SimpleUploadedFile(name, data)}, **kwargs)


@pytest.fixture
def boss(client):
    user = person(superuser=True)
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def draft(boss) -> LeadImport:
    upload(boss)
    return LeadImport.objects.get()


def url(name, file) -> str:
    return reverse(f"wagtail_leads_import{name}", args=(file.pk,))


def columns_of(file) -> dict:
    return {f"column-{number}": name for number, name in file.mapping.items()}


class TestUpload:
    def test_leads_to_the_columns_as_they_were_recognised(self, boss):
        answer = upload(boss, follow=True)
        file = LeadImport.objects.get()
        assert (file.encoding, file.by, file.state) == ("cp932", boss.user, "draft")
        assert file.mapping == {"0": "name", "1": "company_name", "2": "email", "3": "phone"}
        text = answer.content.decode()
        assert "メールアドレス" in text and "taro@aozora.co.jp" in text
        assert "<script>alert(1)" not in text and "&lt;script&gt;alert(1)" in text

    @pytest.mark.parametrize(
        "data, said",
        [
            (b"", "empty"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel"),
            (b"PK\x03\x04zzzz", "damaged"),
            (b"%PDF-1.7", "neither a CSV file"),
        ],
    )
    def test_what_cannot_be_read_says_why_and_leaves_nothing(self, boss, data, said):
        answer = upload(boss, data)
        assert answer.status_code == 200 and said in answer.content.decode()
        assert not LeadImport.objects.exists() and not ImportPiece.objects.exists()

    def test_no_file(self, boss):
        assert "Choose a file" in boss.post(LIST).content.decode()

    def test_the_sample_can_be_imported(self, boss):
        upload(boss, boss.get(LIST, {"sample": ""}).content)
        assert len(LeadImport.objects.get().mapping) == 12

    def test_a_workbook_goes_all_the_way(self, boss):
        book, data = openpyxl.Workbook(), io.BytesIO()
        people = ["山田 太郎", "㈱青空", "taro@aozora.co.jp"], ["佐藤", "", "no"]
        for row in (["顧客名簿"], ["氏名", "会社名", "メールアドレス"], *people):
            book.active.append(row)
        book.save(data)
        upload(boss, data.getvalue(), "名簿.xlsx")
        file = LeadImport.objects.get()
        assert (file.format, file.mapping) == ("xlsx", {"0": "name", "1": "company_name", "2": "email"})
        assert "山田 太郎" in boss.get(url("_columns", file)).content.decode()
        boss.post(url("_check", file), CHOICES)
        tasks.run_imports()
        file.refresh_from_db()
        assert (file.state, file.made, file.bad) == ("done", 1, 1)

    def test_header_only(self, boss):
        assert "There is nobody in this file" in upload(boss, "氏名,email\n", follow=True).content.decode()


class TestColumns:
    def test_another_encoding_is_shown_at_once(self, boss, draft):
        answer = boss.post(
            url("_columns", draft),
            {"reading": "1", "encoding": "utf-8-sig", "delimiter": ",", "has_header": "yes"},
            follow=True,
        )
        assert "cannot be read in this encoding" in answer.content.decode()
        boss.post(url("_columns", draft), {"reading": "1", "encoding": "cp932", "delimiter": ",", "has_header": "no"})
        draft.refresh_from_db()
        assert draft.header == [] and draft.encoding == "cp932"

    def test_the_choice_is_kept(self, boss, draft):
        chosen = columns_of(draft) | {"column-1": "extra.nonsense", "column-0": ""}
        answer = boss.post(url("_columns", draft), chosen)
        draft.refresh_from_db()
        assert answer.url == url("_check", draft) and draft.mapping == {"2": "email", "3": "phone"}

    def test_without_a_column_to_know_people_by_it_goes_no_further(self, boss, draft):
        answer = boss.post(url("_columns", draft), {"column-0": "name"})
        assert answer.status_code == 200 and "people are known by it" in answer.content.decode()


class TestCheck:
    def test_shows_what_each_row_becomes_and_changes_nothing(self, boss, draft):
        text = boss.get(url("_check", draft)).content.decode()
        for words in ("taro@aozora.co.jp", "the zero in front", "cannot be right", "Nothing has been changed yet"):
            assert words in text
        assert "<script>alert(1)" not in text and not Lead.objects.exists()

    def test_known_leads_show_what_changes(self, boss, draft):
        Lead.objects.create(
            email="taro@aozora.co.jp",
            email_key=email_key("taro@aozora.co.jp"),
            name="山田 太郎",
            company_name="旧社名",
            created_at=timezone.now(),
        )
        boss.post(url("_check", draft), {**CHOICES, "policy": "update", "look": "1"})
        text = boss.get(url("_check", draft)).content.decode()
        assert "旧社名" in text and "<del>" in text

    @pytest.mark.parametrize(
        "change, said",
        [
            ({"basis": ""}, "Something is missing"),
            ({"basis_detail": ""}, "the law wants proof"),
            ({"new_cost": "-1"}, "Something is missing"),
        ],
    )
    def test_without_a_reason_to_write_it_does_not_start(self, boss, draft, change, said):
        answer = boss.post(url("_check", draft), CHOICES | change)
        draft.refresh_from_db()
        assert said in answer.content.decode() and draft.state == "draft"

    def test_nobody_may_be_written_to_only_by_choice(self, boss, draft):
        boss.post(url("_check", draft), {"basis": "none", "policy": "fill", "new_kind": "other"})
        tasks.run_imports()
        assert Lead.objects.count() == 2 and not Consent.objects.exists()
        text = boss.get(url("", draft)).content.decode()
        assert "came in without a permission" in text and "0 of those" not in text

    def test_a_new_source_with_date_and_cost_and_a_tag(self, boss, draft):
        boss.post(
            url("_check", draft),
            CHOICES
            | {
                "new_name": "展示会2026",
                "new_date": "2026-11-05",
                "new_cost": "300000",
                "tag": "展示会",
                "owner": boss.user.pk,
            },
        )
        source = LeadSource.objects.get()
        assert (source.kind, str(source.happened_on), source.cost) == ("exhibition", "2026-11-05", 300000)
        tasks.run_imports()
        lead = Lead.objects.get(email="taro@aozora.co.jp")
        assert (lead.origin, lead.owner) == (source, boss.user) and LeadTagging.objects.filter(lead=lead).exists()


@pytest.fixture
def done(boss, draft) -> LeadImport:
    boss.post(url("_check", draft), CHOICES)
    tasks.run_imports()
    draft.refresh_from_db()
    return draft


class TestRunning:
    def test_waiting_with_progress_then_the_result(self, boss, draft):
        boss.post(url("_check", draft), CHOICES)
        text = boss.get(url("", draft)).content.decode()
        assert "data-leads-reload" in text and "waits for the worker" in text
        tasks.run_imports()
        part = boss.get(url("", draft), {"part": ""}).content.decode()
        assert "data-leads-reload" not in part and "<html" not in part
        text = boss.get(url("", draft)).content.decode()
        for words in ("2 of them are not connected yet", "Download 1 row to correct", "展示会 2026-11-05"):
            assert words in text

    def test_stop_and_go_on(self, boss, draft):
        boss.post(url("_check", draft), CHOICES)
        boss.post(url("", draft), {"stop": "1"})
        tasks.run_imports()
        assert not Lead.objects.exists() and "It goes on from there" in boss.get(url("", draft)).content.decode()
        boss.post(url("", draft), {"resume": "1"})
        tasks.run_imports()
        assert Lead.objects.count() == 2

    def test_a_second_press_on_start_starts_nothing_twice(self, boss, done):
        assert boss.post(url("_check", done), CHOICES).url == url("", done)
        tasks.run_imports()
        assert Lead.objects.count() == 2 and LeadImport.objects.get().made == 2

    def test_rows_by_outcome_with_links_to_the_leads(self, boss, done):
        lead = Lead.objects.get(email="taro@aozora.co.jp")
        page = reverse("wagtail_leads_leads:inspect", args=(lead.pk,))
        assert page in boss.get(url("", done), {"outcome": "made"}).content.decode()
        assert page not in boss.get(url("", done), {"outcome": "bad"}).content.decode()

    def test_leads_to_the_list_of_its_leads(self, boss, done):
        other = lead("別の人")
        listed = f"{reverse('wagtail_leads_leads:index')}?file={done.pk}"
        assert listed in boss.get(url("", done)).content.decode()
        text = boss.get(listed).content.decode()
        assert "山田 太郎" in text and other.name not in text

    def test_a_file_that_did_not_start_can_be_deleted(self, boss, draft):
        boss.post(url("", draft), {"delete": "1"})
        assert not LeadImport.objects.exists() and not ImportPiece.objects.exists()

    def test_what_is_in_is_not_deleted_with_a_click(self, boss, done):
        boss.post(url("", done), {"delete": "1"})
        assert LeadImport.objects.filter(pk=done.pk).exists()

    def test_as_many_queries_for_many_rows_as_for_few(self, boss, done):
        boss.get(url("", done))
        few = count_queries(lambda: boss.get(url("", done)))
        rows = "".join(f"人{n},会社{n},p{n}@works{n}.jp,\n" for n in range(40))
        upload(boss, "氏名,会社名,メールアドレス,電話\n" + rows)
        other = LeadImport.objects.exclude(pk=done.pk).get()
        boss.post(url("_check", other), CHOICES)
        tasks.run_imports()
        assert count_queries(lambda: boss.get(url("", other))) <= few


class TestRowsToCorrect:
    def test_have_the_columns_and_the_reason_and_can_be_imported_again(self, boss, done):
        answer = boss.get(url("_bad_rows", done))
        data = b"".join(answer.streaming_content).decode("utf-8")
        assert data.startswith("\ufeff") and "attachment" in answer["Content-Disposition"]
        header, row = list(csv.reader(io.StringIO(data.removeprefix("\ufeff"))))
        assert header[:4] == ["氏名", "会社名", "メールアドレス", "電話"] and "cannot be right" in row[4]
        upload(boss, data.replace("not an address", "sato@works.jp").encode("utf-8"))
        again = LeadImport.objects.exclude(pk=done.pk).get()
        boss.post(url("_check", again), CHOICES)
        tasks.run_imports()
        assert Lead.objects.filter(email="sato@works.jp").exists() and Lead.objects.count() == 3

    def test_no_cell_is_a_formula(self, boss):
        upload(boss, "氏名,email\n=1+1,not an address\n")
        file = LeadImport.objects.get()
        boss.post(url("_check", file), CHOICES)
        tasks.run_imports()
        data = b"".join(boss.get(url("_bad_rows", file)).streaming_content).decode()
        assert "'=1+1" in data and "\n=1+1" not in data

    def test_in_the_reader_s_language(self, boss, done):
        profile = UserProfile.get_for_user(boss.user)
        profile.preferred_language = "ja"
        profile.save()
        assert boss.get(url("_bad_rows", done)).status_code == 200


class TestFirstMail:
    def test_is_a_draft_with_a_button_to_the_site(self, boss, done, site):
        answer = boss.post(url("_first_mail", done))
        made = Email.objects.get()
        assert not made.live and made.purpose == "marketing" and answer.url.endswith(f"/{made.pk}/")
        assert made.body[1].value["page"].pk == site.root_page_id
        assert boss.get(answer.url).status_code == 200

    def test_a_second_click_opens_the_same_draft(self, boss, done, site):
        first = boss.post(url("_first_mail", done)).url
        assert boss.post(url("_first_mail", done)).url == first and Email.objects.count() == 1

    @pytest.mark.parametrize(
        "kind, basis, said",
        [
            ("exhibition", "business_card", "visiting us at 東京 (name) 展"),
            ("customers", "customer", "continued business"),
            ("campaign", "published", "introduce ourselves"),
            ("", "business_card", "giving us your card"),
            ("other", "consent", "allowing us to write"),
        ],
    )
    def test_says_no_more_than_is_true_of_everybody(self, boss, done, site, kind, basis, said):
        source = LeadSource.objects.create(name="東京 {name} 展", kind=kind, created_at=timezone.now()) if kind else None
        LeadImport.objects.filter(pk=done.pk).update(origin=source, basis=basis)
        boss.post(url("_first_mail", done))
        text = Email.objects.get().body[0].value.source
        assert said in text and ("visiting us" in text) == (kind == "exhibition")


class TestWhoMay:
    def test_only_with_the_right_to_import(self, client, boss, done):
        client.force_login(person("view_lead", "change_lead", "export_lead"))
        for address in (LIST, url("", done), url("_columns", done), url("_check", done), url("_bad_rows", done)):
            assert client.get(address).status_code in (302, 403), address
        assert "not an address" not in client.get(url("_bad_rows", done), follow=True).content.decode()
        assert upload(client).status_code in (302, 403) and LeadImport.objects.count() == 1
        client.force_login(person("view_lead", "import_lead"))
        assert client.get(LIST).status_code == 200

    def test_own_leads_only_means_own_files_only(self, client, boss, done, settings):
        settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "OWN_LEADS_ONLY": True}
        client.force_login(person("view_lead", "import_lead"))
        assert client.get(url("", done)).status_code == 404 and "list.csv" not in client.get(LIST).content.decode()

    def test_an_unknown_file(self, boss):
        assert boss.get(f"{LIST}999/").status_code == 404


def test_every_code_has_words():
    assert set(import_words.STATES) == set(ImportState) and set(import_words.OUTCOMES) == set(RowOutcome)
    for code in (
        "no_key",
        "too_long:company_name",
        "bad_value:size",
        "zero_restored:phone",
        "flag:role",
        "unknown_word:stage",
    ):
        text = import_words.note_words(code, {"size": "Employees"})
        assert text != code and "%(" not in text
    assert "row 7" in import_words.problem_words("broken_row|7|") and "300 columns" in import_words.problem_words(
        "too_many_columns||300"
    )
