"""Files of leads as people have them: encodings, workbooks, headings, and what a row says."""

import datetime
import io
import random
import zipfile

import openpyxl
import pytest

from wagtail_leads.logic.cell_values import (
    BadValue,
    OwnField,
    contact_wish_of,
    date_of,
    number_of,
    own_value,
    stage_of,
)
from wagtail_leads.logic.lead_files import (
    FileProblem,
    FileRow,
    Reading,
    all_rows,
    count_rows,
    first_rows,
    recognise,
    unreadable_rows,
)
from wagtail_leads.logic.lead_headings import FIELDS, field_of, known_headings, mapped
from wagtail_leads.logic.lead_rows import Columns, plan_row
from wagtail_leads.logic.prefectures import PREFECTURES, prefecture_in, prefecture_of

TEXT = "氏名,会社名,メールアドレス\r\n山田 太郎,㈱青空,taro@aozora.co.jp\r\n髙﨑 花子,有限会社みどり,hana@midori.co.jp\r\n"


@pytest.fixture
def at(tmp_path):
    def write(data, name="list.csv") -> str:
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return str(path)

    return write


@pytest.fixture
def book(tmp_path):
    def write(*rows, sheets=("Sheet1",), formats=None) -> str:
        made = openpyxl.Workbook()
        made.remove(made.active)
        for name in sheets:
            sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for place, shown_as in (formats or {}).items():
            sheet[place].number_format = shown_as
        path = tmp_path / "book.xlsx"
        made.save(path)
        return str(path)

    return write


def cells(path, reading=None) -> list:
    return [row.cells for row in first_rows(path, reading or recognise(path), 100)]


class TestCsv:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16", "iso2022_jp"])
    @pytest.mark.parametrize("delimiter", [",", "\t", ";"])
    def test_every_encoding_and_delimiter_is_recognised(self, at, encoding, delimiter):
        text = (
            TEXT
            if encoding in ("utf-8", "utf-8-sig", "cp932", "utf-16")
            else TEXT.replace("㈱", "").replace("髙﨑", "高崎")
        )
        path = at(text.replace(",", delimiter).encode(encoding))
        reading = recognise(path)
        assert (reading.encoding.removesuffix("-sig"), reading.delimiter) == (
            encoding.removesuffix("-sig"),
            delimiter,
        )
        assert reading.header == ("氏名", "会社名", "メールアドレス")
        assert cells(path, reading)[0][0] == "山田 太郎"

    def test_half_width_katakana_in_cp932_is_not_taken_for_euc(self, at):
        path = at("氏名,ﾌﾘｶﾞﾅ,電話\r\n山田,ﾔﾏﾀﾞ,03-1234-5678\r\n".encode("cp932"))
        assert recognise(path).encoding == "cp932"

    def test_western_files(self, at):
        path = at("Name,Email\r\nJürgen Müller,j@works.de\r\nAndré Léger,a@works.fr\r\n".encode("cp1252"))
        assert recognise(path).encoding == "cp1252" and cells(path)[0][0] == "Jürgen Müller"

    def test_what_the_reader_chose_is_not_guessed(self, at):
        reading = recognise(at(TEXT.encode("cp932")), encoding="euc_jp", delimiter=";")
        assert (reading.encoding, reading.delimiter) == ("euc_jp", ";")

    @pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "utf-8"])
    def test_a_broken_byte_does_not_make_it_western(self, at, encoding):
        reading = recognise(at(TEXT.replace("㈱", "株式会社").replace("髙﨑", "高崎").encode(encoding) + b"\xff\xfe\x81"))
        assert reading.encoding.removesuffix("-sig") == encoding

    def test_a_wrong_encoding_names_the_row(self, at):
        path = at(TEXT.encode("cp932"))
        assert unreadable_rows(path, Reading(encoding="utf-8-sig", delimiter=","))[1] == 1
        assert unreadable_rows(path, recognise(path)) == (0, None)

    def test_one_broken_byte_spoils_one_row(self, at):
        path = at(TEXT.encode() + "佐藤,青空,".encode() + b"\xff\xfe@x.jp\r\n")
        reading = recognise(path)
        assert reading.encoding == "utf-8-sig" and unreadable_rows(path, reading) == (1, 4)

    def test_quoted_newlines_blank_rows_and_numbers_as_in_a_spreadsheet(self, at):
        path = at('email,備考\r\n\r\na@x.jp,"一行\n二行"\r\n,\r\nb@x.jp,"say ""hi"""\r\n')
        rows = first_rows(path, recognise(path), 10)
        assert [(row.number, row.cells[1]) for row in rows] == [(3, "一行\n二行"), (5, 'say "hi"')]

    def test_rows_longer_and_shorter_than_the_heading(self, at):
        path = at("email,氏名\na@x.jp\nb@x.jp,山田,more\n")
        assert cells(path) == [["a@x.jp"], ["b@x.jp", "山田", "more"]]

    def test_without_a_heading_the_first_row_is_a_person(self, at):
        path = at("山田 太郎,taro@x.jp\n佐藤 花子,hana@x.jp\n")
        reading = recognise(path)
        assert reading.header == () and count_rows(path, reading) == 2
        assert mapped(reading.header, cells(path), own={}) == {0: "name", 1: "email"}

    def test_a_title_above_the_headings(self, at):
        path = at("名刺データ,,\n出力日 2026-11-01,,\n会社名,氏名,e-mail\n青空,山田,taro@x.jp\n")
        assert recognise(path).header == ("会社名", "氏名", "e-mail") and len(cells(path)) == 1

    def test_header_only(self, at):
        path = at("氏名,email\n")
        assert count_rows(path, recognise(path)) == 0

    def test_nul_bytes(self, at):
        path = at(b"email,name\na@x.jp,Ta\x00ro\n")
        plan = plan_row(first_rows(path, recognise(path), 1)[0], Columns(fields={0: "email", 1: "name"}))
        assert plan.values["name"] == "Taro" and "control_removed" in plan.notes

    def test_a_quotation_mark_that_is_never_closed(self, at):
        path = at('email,name\na@x.jp,"Taro\n' + "b@x.jp,Hana\n" * 20_000)
        with pytest.raises(FileProblem) as caught:
            count_rows(path, Reading(encoding="utf-8", delimiter=",", header=("email", "name")))
        assert (caught.value.code, caught.value.row) == ("open_quote", 2)

    @pytest.mark.parametrize(
        "data, code",
        [
            (b"", "empty"),
            (b"\xef\xbb\xbf\r\n", "empty"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_xls"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "protected"),
            (b"<html><table><tr><td>a</td></tr></table>", "html"),
            (b"%PDF-1.7", "no_table"),
            (b"PK\x03\x04broken", "broken"),
            (b",".join(b"c%d" % n for n in range(300)), "too_many_columns"),
        ],
    )
    def test_what_is_no_table_says_so(self, at, data, code):
        with pytest.raises(FileProblem) as caught:
            recognise(at(data))
        assert caught.value.code == code

    def test_random_bytes_never_break_more_than_this(self, at):
        chance = random.Random(1)
        for size in (3, 50, 3000):
            try:
                path = at(bytes(chance.randrange(256) for _n in range(size)))
                list(first_rows(path, recognise(path), 50))
            except FileProblem:
                pass


class TestWorkbooks:
    def test_numbers_and_dates_as_people_see_them(self, book):
        path = book(
            ["email", "電話", "郵便番号", "日付", "時刻", "率", "はい"],
            [
                "a@x.jp",
                9012345678,
                640941,
                datetime.datetime(2026, 11, 5),
                datetime.datetime(2026, 11, 5, 9, 30),
                0.5,
                True,
            ],
            formats={"C2": "000-0000", "F2": "0%"},
        )
        assert cells(path) == [["a@x.jp", "9012345678", "064-0941", "2026-11-05", "2026-11-05 09:30", "50%", "TRUE"]]

    def test_formulas_are_not_calculated(self, book):
        path = book(["email", "name"], ["a@x.jp", '=HYPERLINK("http://x.example","x")'], ["b@x.jp", "#N/A"])
        assert cells(path) == [["a@x.jp"], ["b@x.jp"]]
        assert first_rows(path, recognise(path), 5)[1].notes == ("formula_error",)

    def test_the_first_sheet_with_rows_and_a_chosen_one(self, tmp_path):
        made = openpyxl.Workbook()
        made.active.title = "表紙"
        for name, email in (("東京", "t@x.jp"), ("大阪", "o@x.jp")):
            sheet = made.create_sheet(name)
            sheet.append(["email"])
            sheet.append([email])
        path = str(tmp_path / "book.xlsx")
        made.save(path)
        reading = recognise(path)
        assert (reading.sheet, reading.sheets) == ("東京", ("表紙", "東京", "大阪"))
        assert cells(path, recognise(path, sheet="大阪")) == [["o@x.jp"]]

    def test_an_empty_workbook(self, book):
        with pytest.raises(FileProblem) as caught:
            recognise(book())
        assert caught.value.code == "empty"

    @pytest.mark.parametrize(
        "parts, code",
        [
            ({"xl/workbook.xml": b"<a/>", "xl/worksheets/sheet1.xml": b"0" * 60_000_000}, "bomb"),
            ({"xl/workbook.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "bomb"),
            ({"word/document.xml": b"<a/>"}, "no_table"),
            ({"xl/workbook.xml": b"<a"}, "broken"),
        ],
    )
    def test_what_was_made_to_do_harm(self, at, parts, code):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
            for name, content in parts.items():
                made.writestr(name, content)
        with pytest.raises(FileProblem) as caught:
            recognise(at(data.getvalue(), "bomb.xlsx"))
        assert caught.value.code == code


class TestHeadings:
    @pytest.mark.parametrize(
        "headings, fields",
        [
            ("会社名,部署名,役職,氏名,e-mail,郵便番号,住所,TEL会社,TEL部門,携帯電話,メモ",
             "company_name department job_title name email postal_code address phone phone mobile note"),  # Eight
            ("First Name,Last Name,Email,Phone Number,Company Name,Job Title,State/Region,Postal Code,Lifecycle Stage,"
             "Contact owner,Unsubscribed from all email",
             "given_name family_name email phone company_name job_title prefecture postal_code stage owner opted_out"),
            ("姓,名,取引先名,役職,メール,電話,携帯,都道府県,市区郡,町名・番地,メール送信除外",  # Salesforce
             "family_name given_name company_name job_title email phone mobile prefecture address address opted_out"),
            ("Email Address,First Name,Last Name,Address,Phone Number,TAGS,NOTES",
             "email given_name family_name address phone tags note"),  # Mailchimp
            ("お名前（必須）,フリガナ,貴社名,E-mail（半角）,ＴＥＬ,備　考", "name kana company_name email phone note"),
            ("セイ,メイ,姓（カナ）,名（カナ）", "family_kana given_kana"),
        ],
    )  # fmt: skip
    def test_of_programs_and_lists(self, headings, fields):
        assert list(known_headings(headings.split(",")).values()) == fields.split()

    def test_the_second_column_of_one_meaning_is_left_out_unless_several_fit(self):
        assert known_headings(["氏名", "名前", "住所1", "住所2"]) == {0: "name", 2: "address", 3: "address"}

    def test_own_fields_by_label_or_key(self):
        assert known_headings(["従業員数", "size"], own={"size": "従業員数"}) == {0: "extra.size"}

    def test_a_person_in_charge_is_ours_only_beside_a_name(self):
        assert known_headings(["会社名", "担当者"])[1] == "name"
        assert known_headings(["氏名", "担当者"])[1] == "owner"

    def test_columns_without_a_known_heading_by_what_stands_in_them(self):
        rows = [["taro@x.jp", "100-0001", "09012345678", "東京都千代田区1", "株式会社青空"]] * 3
        found = mapped(["A", "B", "C", "D", "E"], rows, own={})
        assert list(found.values()) == ["email", "postal_code", "mobile", "address", "company_name"]

    def test_every_field_has_itself_as_a_heading(self):
        assert [field_of(name) for name in FIELDS] == list(FIELDS)


def plan(text, fields, *, own=None, region="JP"):
    columns = Columns(fields=dict(enumerate(fields.split())), own=own or {}, region=region)
    return plan_row(FileRow(number=2, cells=text.split("|")), columns)


class TestRows:
    @pytest.mark.parametrize(
        "cell, email, notes, reason",
        [
            ("Taro＠Works.co.jp", "taro@works.co.jp", (), ""),
            ("mailto:taro@works.jp", "taro@works.jp", (), ""),
            ("山田 <taro@works.jp>", "taro@works.jp", (), ""),
            ("taro@works.jp; hana@works.jp", "taro@works.jp", ("more_addresses",), ""),
            ("a..b.@docomo.ne.jp", "a..b.@docomo.ne.jp", (), ""),
            ("taro.@ezweb.ne.jp", "taro.@ezweb.ne.jp", (), ""),
            ("test@works.jp", None, ("placeholder_address",), "no_key"),
            ("なし", None, (), "no_key"),
            ("－", None, (), "no_key"),
            ("taro at works", None, (), "bad_address"),
            ("taro@", None, (), "bad_address"),
            (f"{'a' * 300}@works.jp", None, (), "bad_address"),
        ],
    )
    def test_addresses(self, cell, email, notes, reason):
        made = plan(cell, "email")
        assert (made.values.get("email"), made.reason) == (email, reason)
        assert set(notes) <= set(made.notes)

    def test_further_addresses_are_kept_in_the_note(self):
        assert "hana@works.jp" in plan("taro@works.jp、hana@works.jp", "email").values["note"]

    @pytest.mark.parametrize(
        "cell, kept, notes",
        [
            ("９０１２３４５６７８", "090-1234-5678", {"zero_restored:phone"}),
            ("363446580", "03-6344-6580", {"zero_restored:phone"}),
            ("０３－６３４４－６５８０", "０３－６３４４－６５８０", set()),
            ("+81 90-1234-5678", "+81 90-1234-5678", set()),
            ('="09012345678"', "09012345678", set()),
            ("内線123", "内線123", {"odd_phone:phone"}),
        ],
    )
    def test_phones(self, cell, kept, notes):
        made = plan(f"a@x.jp|{cell}", "email phone")
        assert made.values["phone"] == kept and set(made.notes) == notes

    def test_a_second_number_is_the_mobile_one_or_goes_to_the_note(self):
        made = plan("a@x.jp|03-6344-6580|090-1234-5678|06-6344-6580", "email phone phone phone")
        assert (made.values["phone"], made.values["mobile"]) == ("03-6344-6580", "090-1234-5678")
        assert "06-6344-6580" in made.values["note"]

    @pytest.mark.parametrize(
        "cells, fields, name, family, given",
        [
            ("山田　太郎 様", "name", "山田 太郎", "山田", "太郎"),
            ("山田太郎", "name", "山田太郎", None, None),
            ("山田|太郎", "family_name given_name", "山田 太郎", "山田", "太郎"),
            ("Smith|John", "family_name given_name", "John Smith", "Smith", "John"),
        ],
    )
    def test_names(self, cells, fields, name, family, given):
        made = plan(f"a@x.jp|{cells}", f"email {fields}").values
        assert (made.get("name"), made.get("family_name"), made.get("given_name")) == (name, family, given)

    def test_kana(self):
        made = plan("a@x.jp|ﾔﾏﾀﾞ　たろう", "email kana").values
        assert (made["family_kana"], made["given_kana"]) == ("ヤマダ", "タロウ")

    @pytest.mark.parametrize(
        "cell, kept",
        [
            ("〒１００－０００１", "100-0001"),
            ("1000001", "100-0001"),
            ("640941", "064-0941"),
            ("SW1A 1AA", "SW1A 1AA"),
        ],
    )
    def test_postal_codes(self, cell, kept):
        assert plan(f"a@x.jp|{cell}", "email postal_code").values["postal_code"] == kept

    def test_addresses_are_put_together_and_name_the_prefecture(self):
        made = plan("a@x.jp|神奈川県|横浜市西区1-2|みなとビル", "email address address address").values
        assert (made["address"], made["prefecture"]) == ("神奈川県横浜市西区1-2 みなとビル", "神奈川県")

    @pytest.mark.parametrize(
        "field, most", [("name", 200), ("company_name", 200), ("address", 300), ("job_title", 200)]
    )
    def test_what_is_too_long_is_handed_back_whole(self, field, most):
        assert plan(f"a@x.jp|{'長' * (most + 1)}", f"email {field}").reason == f"too_long:{field}"

    def test_cells_beyond_the_headings(self):
        columns = Columns(fields={0: "email"}, header=["email", "name"])
        assert plan_row(FileRow(number=2, cells=["a@x.jp", "b", "", "c"]), columns).reason == "too_many_cells"
        assert plan_row(FileRow(number=2, cells=["a@x.jp", "b", "", ""]), columns).reason == ""

    def test_unknown_words_go_to_the_note(self):
        made = plan("a@x.jp|鳩で", "email contact_wish")
        assert made.values["note"] == "鳩で" and made.notes == ("unknown_word:contact_wish",)

    def test_our_own_exports_come_back_as_they_were(self):
        assert plan("a@x.jp|'+81 90-1234-5678|'=1+1", "email phone note").values["note"] == "=1+1"

    @pytest.mark.parametrize(
        "cell", ["<script>x</script>", "\u202eabc", "😀", "=cmd|' /C calc'!A0", "${7*7}", "{{ x }}"]
    )
    def test_any_text_stays_text(self, cell):
        cell = cell.replace("|", "/")
        assert plan(f"a@x.jp|{cell}", "email company_name").values["company_name"] == cell


class TestValues:
    @pytest.mark.parametrize(
        "text",
        ["2026-11-05", "2026/11/5", "2026年11月5日", "令和8年11月5日", "R8.11.5", "20261105", "２０２６／１１／０５"],
    )
    def test_dates(self, text):
        assert date_of(text) == datetime.date(2026, 11, 5)

    @pytest.mark.parametrize("text", ["5.11.", "2026-13-01", "soon", ""])
    def test_no_dates(self, text):
        with pytest.raises(BadValue):
            date_of(text)

    def test_numbers(self):
        assert [number_of(text) for text in ("1,234", "１２", "¥3,000", "-1.5")] == [1234, 12, 3000, -1.5]

    @pytest.mark.parametrize(
        "kind, text, value",
        [
            ("text", " a  b ", "a b"),
            ("yes_no", "はい", True),
            ("choice", "ｂ", "b"),
            ("choices", "a、b、a", ["a", "b"]),
            ("date", "R8.11.5", "2026-11-05"),
        ],
    )
    def test_own_fields(self, kind, text, value):
        assert own_value(OwnField(key="k", label="K", kind=kind, choices=("a", "b")), text) == value

    @pytest.mark.parametrize(
        "kind, text", [("yes_no", "perhaps"), ("choice", "z"), ("choices", "a,z"), ("number", "many")]
    )
    def test_own_fields_refuse(self, kind, text):
        with pytest.raises(BadValue):
            own_value(OwnField(key="k", label="K", kind=kind, choices=("a", "b")), text)

    def test_stages_and_wishes(self):
        assert [stage_of(w) for w in ("見込客", "Customer", "？")] == ["prospect", "customer", None]
        assert [contact_wish_of(w) for w in ("メールのみ", "電話可", "連絡不要", "?")] == [
            "mail_only",
            "phone_fine",
            "no_contact",
            None,
        ]


def test_prefectures():
    assert len(PREFECTURES) == 47
    for text in ("東京都", "東京", "Tokyo", "Tōkyō-to", "tokyo"):
        assert prefecture_of(text) == "東京都"
    assert [prefecture_of(t) for t in ("京都", "Kyoto", "Hokkaidō", "Osaka Pref.", "Bavaria")] == [
        "京都府",
        "京都府",
        "北海道",
        "大阪府",
        "",
    ]
    assert prefecture_in("〒530-0001 大阪府大阪市") == "大阪府" and prefecture_in("大阪市") == ""


def test_memory_stays_flat(at):
    """Rows come one at a time: the reader never holds the file."""
    path = at(TEXT * 2000)
    with all_rows(path, Reading(encoding="utf-8", delimiter=",")) as rows:
        assert next(rows).number == 1 and not isinstance(rows, list)
