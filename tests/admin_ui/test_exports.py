"""Spreadsheets: no formula of a stranger, no character that breaks the file, times and words as on the screen."""

import csv
import io
from datetime import datetime, timezone

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from wagtail.users.models import UserProfile

from tests.admin_ui import rows
from tests.admin_ui.rows import browser, lead, person
from wagtail_leads.admin_ui.exports import harmless, writable
from wagtail_leads.admin_ui.visits import VisitLedger
from wagtail_leads.companies.models import CompanyNetwork
from wagtail_leads.models import Activity, DropCount, Visit

pytestmark = pytest.mark.django_db
VISITS = VisitLedger.url_name()
AT = datetime(2026, 6, 10, 20, 30, 15, tzinfo=timezone.utc)


@pytest.fixture
def boss(client):
    client.force_login(person(superuser=True))
    return client


def table(client, url) -> list[dict]:
    text = b"".join(client.get(url + "?export=csv").streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def sheet(client, url) -> list[list]:
    book = load_workbook(io.BytesIO(b"".join(client.get(url + "?export=xlsx").streaming_content)))
    return [list(row) for row in book.active.values]


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "\t=1",
        "\rx",
        "＝1+1",
        "＋1",
        "－1",
        "＠x",
        "  =1",
        "\u3000=1",
        '"=1',
        "'=1",
        "\xa0 '\"=1",
    ],
)
def test_no_cell_is_a_formula(cell):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a=1", "東洋精機", "1-2-3", 7, None, True, " a"])
def test_other_cells_stay_as_they_are(cell):
    assert harmless(cell) == cell


def test_what_no_file_can_hold_is_taken_out():
    assert writable("A\x0bB\x00\x1f\ufffe\ud800\tC\n") == "AB\tC\n"
    assert harmless("\x01=1") == "'=1"


def test_a_control_character_breaks_no_sheet(boss):
    who = lead(name="A\x0bB", company=rows.company("C\x0bD"))
    visit = rows.visit(browser(who), AT)
    Visit.objects.filter(pk=visit.pk).update(campaign="x\x01y", entry_path="/\x08")
    Activity.objects.update(title="t\x0bt")
    for name in (
        "wagtail_leads_leads:index",
        "wagtail_leads_companies:index",
        VISITS,
        "leads_activities_modeladmin_index",
    ):
        assert len(sheet(boss, reverse(name))) > 1, name
        assert table(boss, reverse(name)), name


class TestVisits:
    def one(self, **values):
        visit = rows.visit(browser(), AT)
        Visit.objects.filter(pk=visit.pk).update(
            **{"channel": "paid_search", "source": "google", "device": "phone", "engaged_ms": None} | values
        )

    def test_times_are_local_and_say_so(self, boss):
        self.one()
        (row,) = table(boss, reverse(VISITS))
        assert row["Begin (Asia/Tokyo)"] == "2026-06-11 05:30:15"
        assert row["End (Asia/Tokyo)"] == "2026-06-11 05:31:15"
        heading, values = sheet(boss, reverse(VISITS))
        assert values[heading.index("Begin (Asia/Tokyo)")] == datetime(2026, 6, 11, 5, 30, 15)

    def test_the_readers_own_zone_and_language_hold_to_the_end_of_the_file(self, client, settings):
        settings.WAGTAILADMIN_PERMITTED_LANGUAGES = [("en", "English"), ("ja", "Japanese")]
        user = person(superuser=True)
        UserProfile.objects.create(user=user, preferred_language="ja", current_time_zone="Europe/London")
        client.force_login(user)
        self.one()
        (row,) = table(client, reverse(VISITS))
        assert [name for name in row if "Europe/London" in name] and "2026-06-10 21:30:15" in row.values()
        assert row["流入元"] == "google" and "Medium" not in row

    def test_channel_and_device_are_words_and_what_is_unknown_is_empty(self, boss):
        self.one()
        (row,) = table(boss, reverse(VISITS))
        assert (row["Channel"], row["Device"], row["Source"]) == ("paid search", "phone", "google")
        for name in ("Lead", "Company", "Campaign", "Term", "Visible time in seconds", "Click ID of the ad"):
            assert row[name] == "", name
        assert row["Pages"] == "1"

    def test_nought_and_no_are_no_empty_cells(self, boss):
        self.one(engaged_ms=0)
        (row,) = table(boss, reverse(VISITS))
        assert row["Visible time in seconds"] == "0"
        Activity.objects.update(high_intent=False)
        assert table(boss, reverse("leads_activities_modeladmin_index"))[0]["High intent"] == "False"


def test_codes_of_ledgers_are_words(boss):
    rows.visit(browser(), AT)
    kinds = {row["What"] for row in table(boss, reverse("leads_activities_modeladmin_index"))}
    assert kinds and "page_viewed" not in kinds


def test_left_out_days_have_local_times(boss, site):
    DropCount.objects.create(day=AT.date(), reason="bot_agent", count=1, last_at=AT)
    (row,) = table(boss, reverse("wagtail_leads_left_out_days"))
    assert (
        row["Last (Asia/Tokyo)"] == "2026-06-11 05:30:15" and row["Why"] == "known robot" and row["Last example"] == ""
    )


class TestCompanies:
    INDEX = "/cms/leads/companies/"
    OWN = "/cms/leads/companies/networks/own/"

    def test_a_file_of_companies(self, boss):
        one = rows.company(
            "東洋精機", domain="toyo.co.jp", is_guessed=True, note="=x", corporate_number="7000012050002"
        )
        rows.visit(browser(), AT, company=one)
        (row,) = table(boss, self.INDEX)
        assert (row["Name"], row["Kind"], row["Leads"]) == ("東洋精機", "guessed company", "0")
        assert row["Last seen (Asia/Tokyo)"] == "2026-06-11 05:31:15" and row["Note"] == "'=x"
        assert "export=csv" in boss.get(self.INDEX).content.decode()

    @pytest.mark.parametrize(
        "given", [("view_company",), ("change_company",), ("view_company", "view_lead", "export_lead")]
    )
    def test_it_needs_a_right_of_its_own(self, client, given):
        rows.company()
        CompanyNetwork.objects.create(cidr="10.0.0.0/8", action="never", created_at=AT, changed_at=AT)
        client.force_login(person(*given))
        assert "export=" not in client.get(self.INDEX).content.decode()
        assert "export/" not in client.get(self.OWN).content.decode()
        for url in (self.INDEX + "?export=csv", self.INDEX + "?export=xlsx", self.OWN + "export/"):
            assert client.get(url).status_code == 302, url

    def test_who_has_it_gets_both(self, client):
        rows.company()
        CompanyNetwork.objects.create(cidr="10.0.0.0/8", action="never", created_at=AT, changed_at=AT)
        client.force_login(person("view_company", "export_company"))
        assert table(client, self.INDEX)
        assert b"10.0.0.0/8" in b"".join(client.get(self.OWN + "export/").streaming_content)
