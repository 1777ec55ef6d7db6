"""Files of networks and target accounts as people bring them: every encoding, heading and mistake."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_leads.logic.csv_tables import NoKnownColumn, TooManyRows, UnreadableTable, read_table
from wagtail_leads.logic.kinds import NetworkAction
from wagtail_leads.logic.network_files import action_of, read_networks
from wagtail_leads.logic.target_files import domain_of, read_targets

COLUMNS = {"name": ("企業名", "company name"), "note": ("備考",)}


class TestTables:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    def test_every_usual_file_is_read(self, encoding, separator):
        text = f"企業名{separator}備考\r\n東洋精機㈱{separator}重要\r\n".encode(encoding)
        table = read_table(text, COLUMNS, most=10)
        assert [(row.number, row.cells) for row in table.rows] == [(2, {"name": "東洋精機㈱", "note": "重要"})]

    @pytest.mark.parametrize(
        "heading", ["Company Name", "COMPANY_NAME", " company  name ", "ｃｏｍｐａｎｙ ｎａｍｅ", "企業名", "name"]
    )
    def test_a_heading_is_known_however_it_is_written(self, heading):
        assert read_table(f"{heading},x\nA,b\n".encode(), COLUMNS, most=10).rows[0].cells["name"] == "A"

    def test_unknown_headings_are_named_and_left_out(self):
        table = read_table("備考,Umsatz,企業名\nn,9,A\n".encode(), COLUMNS, most=10)
        assert table.unknown == ("Umsatz",)
        assert table.rows[0].cells == {"name": "A", "note": "n"}

    def test_without_a_heading_the_order_counts(self):
        table = read_table(b"A1,n\nB,m\n", COLUMNS, most=10)
        assert [row.cells["name"] for row in table.rows] == ["A1", "B"]

    def test_short_lines_empty_lines_and_quotes(self):
        table = read_table('企業名,備考\n"A, ""x""",n\n\nB\n,,,,\n'.encode(), COLUMNS, most=10)
        assert [(row.number, row.cells["name"], row.cells["note"]) for row in table.rows] == [
            (2, 'A, "x"', "n"),
            (4, "B", ""),
        ]

    def test_long_and_odd_cells_are_cut(self):
        table = read_table(("企業名\n" + "x" * 900 + "\n\x07y  z\n").encode(), COLUMNS, most=10)
        assert [len(row.cells["name"]) for row in table.rows] == [500, 3]

    @pytest.mark.parametrize("data", [b"", b"\n\n", b"\x00\x01\x02", b"\xff\xfe\x00", b"\x81", b"name\x00,x"])
    def test_what_is_no_table(self, data):
        with pytest.raises(UnreadableTable):
            read_table(data, COLUMNS, most=10)

    def test_too_many_rows(self):
        with pytest.raises(TooManyRows):
            read_table(b"name\n" + b"A\n" * 11, COLUMNS, most=10)

    def test_no_heading_and_more_cells_than_columns(self):
        with pytest.raises(NoKnownColumn):
            read_table(b"a,b,c,d,e\n1,2,3,4,5\n", COLUMNS, most=10)

    @given(st.binary(max_size=200))
    def test_no_bytes_do_harm(self, data):
        for read in (read_networks, read_targets):
            try:
                read(data)
            except UnreadableTable:
                pass


class TestNetworks:
    def read(self, text):
        return read_networks(text.encode())

    def test_a_file_with_everything(self):
        found = self.read(
            "cidr,company,domain,action,note\n"
            "203.0.113.0/24,東洋精機株式会社,toyo.co.jp,company,本社\n"
            "203.0.114.8-203.0.114.15,Acme,,,\n"
            "１９２．０．２．１,,,自社,事務所\n"
            "198.51.100.0/24,,,プロバイダ,カフェ\n"
        )
        assert not found.errors
        assert [(row.cidrs, row.action.value, row.company) for row in found.rows] == [
            (("203.0.113.0/24",), "company", "東洋精機株式会社"),
            (("203.0.114.8/29",), "company", "Acme"),
            (("192.0.2.1/32",), "ignore", ""),
            (("198.51.100.0/24",), "never", ""),
        ]
        assert (found.rows[0].domain, found.rows[0].note) == ("toyo.co.jp", "本社")

    @pytest.mark.parametrize(
        ("row", "code"),
        [
            ("nonsense,Acme", "not_a_network"),
            (",Acme", "not_a_network"),
            ("0.0.0.0/0,Acme", "too_wide"),
            ("2000::/8,Acme", "too_wide"),
            ("203.0.113.0/24,", "no_company"),
            ("203.0.113.0/24,株式会社", None),
            ("203.0.113.0/24,-", "no_company"),
        ],
    )
    def test_each_mistake_has_its_word(self, row, code):
        found = self.read(f"cidr,company\n{row}\n")
        assert [error.code for error in found.errors] == ([code] if code else [])

    def test_an_unknown_action(self):
        found = self.read("cidr,company,action\n203.0.113.0/24,Acme,maybe\n203.0.113.0/24,,company\n")
        assert [(error.number, error.code) for error in found.errors] == [(2, "unknown_action"), (3, "no_company")]

    def test_the_same_network_twice(self):
        found = self.read("cidr,company\n203.0.113.0/24,Acme\n203.0.113.9/24,Other\n203.0.113.0-203.0.113.255,Third\n")
        assert [(error.number, error.code, error.first) for error in found.errors] == [(3, "twice", 2), (4, "twice", 2)]
        assert len(found.rows) == 1

    def test_without_a_heading(self):
        found = self.read("203.0.113.0/24,Acme,acme.co.jp\n")
        assert (found.rows[0].company, found.rows[0].domain) == ("Acme", "acme.co.jp")

    def test_fifty_thousand_rows(self):
        lines = "".join(f"10.{n >> 8}.{n & 255}.0/24,Company {n % 900}\n" for n in range(50_000))
        assert len(self.read("cidr,company\n" + lines).rows) == 50_000

    @pytest.mark.parametrize(
        ("word", "action"),
        [
            ("Company", "company"), ("企業", "company"), ("not_a_company", None), ("not_company", "never"), ("ISP", "never"),
            ("プロバイダー", "never"), ("ﾌﾟﾛﾊﾞｲﾀﾞ", "never"), ("除外", "ignore"), ("OWN", "ignore"), ("x", None),
        ],
    )  # fmt: skip
    def test_words_for_what_a_network_is(self, word, action):
        found = action_of(word, has_company=True)
        assert (found.value if found else None) == action
        assert action_of("", has_company=True) == NetworkAction.COMPANY
        assert action_of("", has_company=False) is None


class TestTargets:
    def read(self, text):
        return read_targets(text.encode())

    def test_a_file_with_everything(self):
        found = self.read(
            "企業名,ドメイン,ネットワーク,法人番号,備考\n"
            "東洋精機㈱,https://www.toyo.co.jp/,203.0.113.0/24,7-0000-1205-0002,重点\n"
            ",taro@acme.co.jp,,,\n"
        )
        assert not found.errors
        first, second = found.rows
        assert (first.name, first.domain, first.cidrs, first.corporate_number, first.note) == (
            "東洋精機㈱",
            "toyo.co.jp",
            ("203.0.113.0/24",),
            "7000012050002",
            "重点",
        )
        assert (second.name, second.domain) == ("", "acme.co.jp")

    @pytest.mark.parametrize(
        ("row", "code"),
        [
            (",,,", None),
            ("Acme,gmail.com,,", "not_a_domain"),
            ("Acme,nonsense,,", "not_a_domain"),
            ("Acme,,999.1.1.1,", "not_a_network"),
            ("Acme,,0.0.0.0/0,", "too_wide"),
            ("Acme,,,1234", "not_a_number"),
            ("Acme,,,7000012050003", "check_digit"),
            ("Acme,,,7.00001E+12", "not_a_number"),
            (",,203.0.113.0/24,", "no_name"),
            (",,,7000012050002", None),
        ],
    )
    def test_each_mistake_has_its_word(self, row, code):
        found = self.read(f"name,domain,cidr,corporate_number\n{row}\n")
        assert [error.code for error in found.errors] == ([code] if code else [])

    def test_the_same_company_twice(self):
        found = self.read("name\n東洋精機株式会社\n㈱東洋精機\n")
        assert [(error.number, error.code, error.first) for error in found.errors] == [(3, "twice", 2)]

    @pytest.mark.parametrize(
        ("text", "domain"),
        [
            ("https://www.toyo.co.jp/about?x=1", "toyo.co.jp"), ("TOYO.CO.JP", "toyo.co.jp"), ("a@b.toyo.co.jp", "toyo.co.jp"),
            ("toyo.co.jp:8080", "toyo.co.jp"), ("co.jp", ""), ("", ""), ("203.0.113.1", ""), ("docomo.ne.jp", ""),
            ("例え.jp", "xn--r8jz45g.jp"),
        ],
    )  # fmt: skip
    def test_domains_as_people_write_them(self, text, domain):
        assert domain_of(text) == domain
