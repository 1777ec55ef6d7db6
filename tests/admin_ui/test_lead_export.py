"""Leads as a file: all columns, every filter, three formats, and a note of who took whom out."""

import csv
import io
import zipfile

import pytest
from openpyxl import load_workbook

from tests.admin_ui.rows import count_queries, lead, person
from tests.making import make_lead
from wagtail_leads.admin_ui import lead_export
from wagtail_leads.identity.models import AccessRecord, Lead, LeadField, LeadSource, LeadTag, LeadTagging
from wagtail_leads.logic.lead_headings import known_headings
from wagtail_leads.mailing.models import Suppression

pytestmark = pytest.mark.django_db
INDEX = "/cms/leads/"


@pytest.fixture
def boss(client):
    client.force_login(person(superuser=True))
    return client


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


def table(client, **query) -> list[dict]:
    text = body(client.get(INDEX, {"export": "csv", **query})).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_all_that_is_known_of_a_person(boss, now):
    LeadField.objects.create(key="size", label="Employees", kind="number")
    origin = LeadSource.objects.create(name="展示会", created_at=now)
    one = make_lead(now, "taro@aozora.co.jp", consent=True, extra={"size": 12}, origin=origin, mobile="090-1234-5678")
    for name in ("VIP", "A"):
        LeadTagging.objects.create(lead=one, tag=LeadTag.objects.create(name=name), at=now)
    row = table(boss)[0]
    assert (row["E-mail"], row["Mobile"], row["Employees"], row["Tags"]) == ("taro@aozora.co.jp", "090-1234-5678", "12", "A, VIP")
    assert row["Acquired at"] == "展示会" and row["May we write?"] == "yes" and row["Why we may write"].startswith("consent")


def test_who_must_not_be_written_to(boss, now):
    one = make_lead(now, "out@works.jp", consent=True)
    Suppression.objects.create(address_key=one.email_key, scope="marketing", reason="unsubscribed", at=now)
    make_lead(now, "never@works.jp")
    make_lead(now, "stop@works.jp", consent=True, stopped_at=now)
    assert {row["E-mail"][:3]: row["May we write?"] for row in table(boss)} == {
        "out": "no: unsubscribed or undeliverable",
        "nev": "no: no permission",
        "sto": "no: use stopped",
    }


def test_with_every_filter_and_noted(boss, now):
    wanted = lead("Wanted", stage="prospect")
    lead("Other")
    assert [row["Name"] for row in table(boss, stage="prospect")] == ["Wanted"]
    noted = AccessRecord.objects.get()
    assert (noted.what, noted.count, noted.leads) == ("exported", 1, [wanted.pk])
    assert "csv" in noted.detail and "stage=prospect" in noted.detail


def test_the_file_can_be_imported_again(boss, now):
    make_lead(now, "taro@aozora.co.jp")
    known = set(known_headings(list(table(boss)[0])).values())
    assert {"name", "email", "company_name", "phone", "mobile", "postal_code", "prefecture", "tags", "note"} <= known


@pytest.mark.parametrize("cell", ["=1+1", "+81 3", "@x", "－1"])
def test_no_cell_is_a_formula(boss, cell):
    lead(cell, note=cell)
    assert table(boss)[0]["Name"] == f"'{cell}"
    book = load_workbook(io.BytesIO(body(boss.get(INDEX, {"export": "xlsx"}))))
    assert book.active["A2"].value == cell and book.active["A2"].data_type == "s"


def test_what_shift_jis_has_not_is_listed_and_not_dropped(boss):
    lead("𠮷野 太郎", note="a — b 〜")
    answer = boss.get(INDEX, {"export": "cp932"})
    assert answer["Content-Disposition"].endswith('.zip"')
    pack = zipfile.ZipFile(io.BytesIO(body(answer)))
    first, second = (pack.read(name) for name in pack.namelist())
    assert "〓野 太郎" in first.decode("cp932") and "～" in first.decode("cp932")
    lost = list(csv.reader(io.StringIO(second.decode("utf-8-sig"))))
    assert [row[1:3] for row in lost[1:]] == [["Name", "𠮷"], ["Note", "—"]]


def test_shift_jis_alone_where_it_has_everything(boss):
    lead("髙﨑 ㈱")
    answer = boss.get(INDEX, {"export": "cp932"})
    assert answer["Content-Disposition"].endswith('.csv"') and "髙﨑 ㈱" in body(answer).decode("cp932")


def test_texts_that_no_cell_holds_go_on_in_a_second_sheet(boss):
    lead("Long", note="x" * 40_000)
    book = load_workbook(io.BytesIO(body(boss.get(INDEX, {"export": "xlsx"}))))
    assert len(book.worksheets[1]["C1"].value) == 40_000 - lead_export.EXCEL_CELL


def read(client):
    answer = client.get(INDEX, {"export": "csv"})
    assert body(answer)
    return answer


def test_as_many_queries_for_many_as_for_few(boss, now):
    for n in range(3):
        make_lead(now, f"p{n}@works{n}.jp")
    few = count_queries(lambda: read(boss))
    for n in range(20):
        make_lead(now, f"q{n}@other{n}.jp")
    assert count_queries(lambda: read(boss)) == few


def test_needs_its_own_right(client):
    one = lead()
    client.force_login(person("view_lead", "change_lead"))
    for form in lead_export.FORMATS:
        assert client.get(INDEX, {"export": form}).status_code == 302
    assert not AccessRecord.objects.exists() and Lead.objects.get() == one
