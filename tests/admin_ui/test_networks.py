"""Unknown networks are classified with one click, own networks kept and imported, and one's own address explained."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.admin_ui import rows
from tests.admin_ui.rows import NOW, count_queries, lead, person
from wagtail_leads.admin_ui.csv_import import packed_for_later
from wagtail_leads.companies.models import Company, CompanyNetwork, Network
from wagtail_leads.companies.operations import company_by_name, merge, note_networks
from wagtail_leads.logic.company_guess import CompanyGuess, NetworkKind
from wagtail_leads.tracking.models import Visit

pytestmark = pytest.mark.django_db
NETWORKS, OWN = "/cms/leads/companies/networks/", "/cms/leads/companies/networks/own/"
IMPORT, TARGETS = OWN + "import/", "/cms/leads/companies/targets/import/"
ADDRESS = "/cms/leads/companies/your-address/"
SCREENS = (NETWORKS, OWN, ADDRESS)
CHANGING = (OWN + "add/", IMPORT, TARGETS, "/cms/leads/companies/targets/")
PROVIDER = CompanyGuess(
    label="So-net", kind=NetworkKind.ISP, confidence=20, reason="network_only", country="JP", subdivision="東京都",
    evidence=({"source": "GeoLite2-ASN", "says": "So-net · AS2527", "reason": "network_only"},),
)  # fmt: skip


@pytest.fixture
def boss(client):
    client.force_login(person(superuser=True))
    return client


def seen(address="203.0.113.0", found=PROVIDER, *, who=None, at=NOW, **values) -> Visit:
    """A visit from a network, as the desk stores it."""
    network = next(iter(note_networks([(address, found, None)], now=at).values()))
    visit = rows.visit(rows.browser(who), at, 2)
    Visit.objects.filter(pk=visit.pk).update(network=network, page_count=2, company=None, **values)
    visit.refresh_from_db()
    return visit


def classify(boss, action, *cidrs, company="", **more):
    return boss.post(NETWORKS, {"action": action, "cidr": cidrs or ["203.0.113.0/24"], "company": company, **more})


def undo_word(response) -> str:
    return parse_qs(urlsplit(response.url).query)["done"][0]


def take_back(boss, response) -> str:
    return boss.post(NETWORKS, {"undo": undo_word(response)}, follow=True).content.decode()


def groups(boss, query="") -> list[str]:
    return [group.cidr for group in boss.get(NETWORKS + query).context["groups"]]


class TestUnknownNetworks:
    def test_what_is_seen_there(self, boss):
        seen()
        seen()
        seen("198.51.100.0", CompanyGuess(label="OCN", kind=NetworkKind.ISP))
        Network.objects.filter(label="So-net").update(ptr_name="*.so-net.ne.jp")
        response = boss.get(NETWORKS)
        text = response.content.decode()
        first = response.context["groups"][0]
        assert (first.cidr, first.visits, first.pages, first.operators) == ("203.0.113.0/24", 2, 4, ["So-net"])
        for words in ("*.so-net.ne.jp", "東京都 JP", "2 visits", "4 pages", "So-net · AS2527"):
            assert words in text

    @pytest.mark.parametrize(
        "found",
        [
            CompanyGuess(name="Acme", kind=NetworkKind.COMPANY, confidence=85),
            CompanyGuess(label="docomo", kind=NetworkKind.MOBILE),
            CompanyGuess(label="AWS", kind=NetworkKind.HOSTING),
            CompanyGuess(label="A VPN", kind=NetworkKind.VPN),
            CompanyGuess(label="Café", kind=NetworkKind.ISP, reason="never"),
        ],
    )
    def test_what_is_known_is_not_asked(self, boss, found):
        seen(found=found)
        assert groups(boss) == []

    def test_a_company_that_is_too_unsure_is_asked(self, boss):
        seen(found=CompanyGuess(name="Acme", kind=NetworkKind.COMPANY, confidence=55, reason="isp_file"))
        assert "perhaps Acme (55 %" in boss.get(NETWORKS).content.decode()

    def test_one_network_of_two_operators_is_one_row_and_names_its_known_parts(self, boss):
        seen()
        seen(found=CompanyGuess(label="OCN", kind=NetworkKind.ISP))
        seen(found=CompanyGuess(name="Acme", kind=NetworkKind.COMPANY, confidence=85))
        (group,) = boss.get(NETWORKS).context["groups"]
        assert (group.visits, sorted(group.operators), group.others) == (2, ["OCN", "So-net"], ["Acme"])

    @pytest.mark.parametrize(("query", "found"), [("so-net", 1), ("203.0", 1), ("東京", 1), ("zzz", 0), ("%00", 1)])
    def test_a_search(self, boss, query, found):
        seen()
        assert len(groups(boss, f"?q={query}")) == found

    def test_an_empty_list_says_how_it_fills(self, boss, settings):
        settings.WAGTAIL_LEADS = {}
        text = boss.get(NETWORKS).content.decode()
        assert "No unknown networks" in text and "GeoLite2-ASN" in text

    def test_pages(self, boss):
        for number in range(30):
            seen(f"10.0.{number}.0")
        assert len(groups(boss)) == 25 and len(groups(boss, "?p=2")) == 5 and len(groups(boss, "?p=x")) == 25

    def test_as_many_queries_for_many_as_for_few(self, boss):
        seen()
        boss.get(NETWORKS)
        before = count_queries(lambda: boss.get(NETWORKS))
        for number in range(20):
            seen(f"10.0.{number}.0", who=lead(company=company_by_name(f"C{number}", now=NOW)))
        assert (
            count_queries(lambda: boss.get(NETWORKS)) <= before + 2
        )  # companies of leads are read when there are some


class TestOneClick:
    def test_this_is_a_company(self, boss):
        visit = seen()
        response = classify(boss, "company", company="東洋精機株式会社")
        assert response.status_code == 302
        visit.refresh_from_db()
        company = Company.objects.get()
        assert (visit.company, visit.company_reason, visit.company_confidence) == (company, "own_network", 100)
        assert not company.is_guessed
        row = CompanyNetwork.objects.get()
        assert (row.cidr, row.action, row.company, row.created_by.is_superuser) == (
            "203.0.113.0/24", "company", company, True,
        )  # fmt: skip
        text = boss.get(response.url).content.decode()
        assert "1 earlier visit follows" in text and "Take back" in text
        assert groups(boss) == []

    def test_a_known_company_is_taken_however_it_is_written(self, boss):
        company = company_by_name("東洋精機株式会社", now=NOW)
        seen()
        classify(boss, "company", company="㈱東洋精機")
        assert CompanyNetwork.objects.get().company == company and Company.objects.count() == 1

    @pytest.mark.parametrize(("action", "words"), [("never", "never a company"), ("ignore", "left out")])
    def test_a_provider_or_our_own(self, boss, action, words):
        visit = seen(company_reason="network_only")
        response = classify(boss, action)
        visit.refresh_from_db()
        assert (visit.company, visit.company_reason) == (None, action)
        assert words in boss.get(response.url).content.decode()
        assert groups(boss) == []

    def test_what_became_of_earlier_visits_is_said(self, boss):
        seen()
        text = boss.get(classify(boss, "ignore").url).content.decode()
        assert "1 earlier visit is not shown any more" in text

    def test_what_a_lead_said_is_surer(self, boss):
        company = company_by_name("Of the lead", now=NOW)
        visit = seen()
        Visit.objects.filter(pk=visit.pk).update(company=company, company_reason="lead", company_confidence=90)
        classify(boss, "company", company="Another")
        visit.refresh_from_db()
        assert (visit.company, visit.company_reason) == (company, "lead")

    def test_taken_back_it_is_as_before(self, boss):
        guessed = company_by_name("Guessed", now=NOW, is_guessed=True)
        found = CompanyGuess(
            name="Guessed", label="So-net", kind=NetworkKind.COMPANY, confidence=85, reason="company_file"
        )
        visit = seen(found=found)
        Visit.objects.filter(pk=visit.pk).update(company=guessed, company_reason="company_file", company_confidence=85)
        other = seen("198.51.100.0")
        response = classify(boss, "company", "203.0.113.0/24", "198.51.100.0/24", company="Said")
        visit.refresh_from_db()
        assert visit.company.name == "Said"
        word = undo_word(response)
        boss.post(NETWORKS, {"undo": word})
        visit.refresh_from_db()
        other.refresh_from_db()
        assert (visit.company, visit.company_reason, visit.company_confidence) == (guessed, "company_file", 85)
        assert (other.company, other.company_reason) == (None, "network_only")
        assert not CompanyNetwork.objects.exists()
        row = Network.objects.get(cidr="203.0.113.0/24")
        assert (row.name, row.kind, row.confidence) == ("Guessed", "company", 85)

    def test_many_at_once(self, boss):
        visits = [seen(f"10.0.{n}.0") for n in range(5)]
        classify(boss, "never", *(f"10.0.{n}.0/24" for n in range(5)))
        assert {Visit.objects.get(pk=v.pk).company_reason for v in visits} == {"never"}
        assert CompanyNetwork.objects.count() == 5

    @pytest.mark.parametrize(
        "post",
        [
            {"action": "never"},
            {"action": "what", "cidr": "203.0.113.0/24"},
            {"action": "company", "cidr": "203.0.113.0/24"},
            {"action": "company", "cidr": "203.0.113.0/24", "company": "\x00- "},
            {"action": "never", "cidr": "nonsense"},
            {"action": "never", "cidr": "0.0.0.0/0"},
            {"undo": "x,,9999999999999999999999"},
            {},
        ],
    )
    def test_nonsense_changes_nothing(self, boss, post):
        assert boss.post(NETWORKS, post).status_code == 302
        assert not CompanyNetwork.objects.exists()

    def test_more_visits_than_one_chunk(self, boss, monkeypatch):
        from wagtail_leads.tracking import naming

        monkeypatch.setattr(naming, "CHUNK", 3)
        visits = [seen() for _n in range(8)]
        classify(boss, "company", company="Acme")
        assert {Visit.objects.get(pk=v.pk).company.name for v in visits} == {"Acme"}

    def test_a_part_of_a_network_keeps_its_own_statement(self, boss):
        company_by_name("Tenant", now=NOW)
        tenant = seen(found=CompanyGuess(name="Tenant", label="So-net", confidence=100, kind=NetworkKind.COMPANY,
                                         reason="own_network"))  # fmt: skip
        boss.post(OWN + "add/", {"cidr": "203.0.113.8/29", "action": "company", "company": "Tenant"})
        Visit.objects.filter(pk=tenant.pk).update(company_reason="own_network", company=Company.objects.get())
        landlord = seen()
        classify(boss, "company", company="Landlord")
        tenant.refresh_from_db()
        landlord.refresh_from_db()
        assert (tenant.company.name, landlord.company.name) == ("Tenant", "Landlord")

    def test_a_wide_network_covers_all_that_was_seen_in_it(self, boss):
        inside, outside = seen("10.1.2.0"), seen("10.2.2.0")
        boss.post(OWN + "add/", {"cidr": "10.1.0.0/16", "action": "company", "company": "Acme"})
        inside.refresh_from_db()
        outside.refresh_from_db()
        assert inside.company.name == "Acme" and outside.company is None


class TestTakingBack:
    def test_a_company_that_the_click_made_is_gone_with_it(self, boss):
        visit = seen()
        response = classify(boss, "company", company="Mistyped Wokrs")
        assert Company.objects.get().name == "Mistyped Wokrs"
        assert "Taken back" in take_back(boss, response)
        assert not Company.objects.exists() and not CompanyNetwork.objects.exists()
        visit.refresh_from_db()
        assert visit.company is None

    @pytest.mark.parametrize("by", ["lead", "network", "visit", "alias"])
    def test_it_stays_when_something_else_names_it(self, boss, by):
        seen()
        response = classify(boss, "company", company="Acme")
        company = Company.objects.get()
        if by == "lead":
            lead(company=company)
        elif by == "network":
            boss.post(OWN + "add/", {"cidr": "198.51.100.0/24", "action": "company", "company": "Acme"})
        elif by == "visit":
            rows.visit(rows.browser(), NOW, 1, company=company)
        else:
            alias = company_by_name("Acme alias", now=NOW)
            lead(company=alias)
            merge(alias, company, by=None, now=NOW)
        assert "Taken back" in take_back(boss, response)
        assert Company.objects.filter(pk=company.pk).exists()

    def test_a_company_that_was_there_stays_and_a_guess_is_one_again(self, boss):
        guessed, known = company_by_name("Guessed", now=NOW, is_guessed=True), company_by_name("Known", now=NOW)
        seen()
        for name in ("Guessed", "Known"):
            response = classify(boss, "company", company=name)
            take_back(boss, response)
        guessed.refresh_from_db()
        known.refresh_from_db()
        assert guessed.is_guessed and not known.is_guessed

    def test_a_guess_that_a_lead_has_confirmed_since_stays_known(self, boss):
        guessed = company_by_name("Guessed", now=NOW, is_guessed=True)
        seen()
        response = classify(boss, "company", company="Guessed")
        lead(company=guessed)
        take_back(boss, response)
        guessed.refresh_from_db()
        assert not guessed.is_guessed

    def test_what_was_said_before_holds_again_with_its_note(self, boss):
        visit = seen()
        boss.post(
            OWN + "add/", {"cidr": "203.0.113.0/24", "action": "company", "company": "Acme", "note": "head office"}
        )
        before = CompanyNetwork.objects.values("action", "company", "note", "created_by").get()
        response = classify(boss, "ignore")
        assert CompanyNetwork.objects.get().action == "ignore"
        take_back(boss, response)
        assert CompanyNetwork.objects.values("action", "company", "note", "created_by").get() == before
        visit.refresh_from_db()
        assert (visit.company.name, visit.company_reason) == ("Acme", "own_network")

    def test_an_earlier_company_that_is_gone_is_not_said_again(self, boss):
        seen()
        classify(boss, "company", company="Gone")
        response = classify(boss, "never")
        Company.objects.all().delete()
        assert "Taken back" in take_back(boss, response)
        assert not CompanyNetwork.objects.exists()

    @pytest.mark.parametrize("word", ["abc", "", ".", "abc.1", "abc.x.99999999999999999999999", "\x00", "x" * 9000])
    def test_nonsense_is_not_taken_back(self, boss, word):
        seen()
        classify(boss, "never")
        text = boss.post(NETWORKS, {"undo": word}, follow=True).content.decode()
        assert "Taken back" not in text and "nothing to take back" in text
        assert CompanyNetwork.objects.exists()

    def test_twice_says_so(self, boss):
        seen()
        response = classify(boss, "never")
        take_back(boss, response)
        assert "nothing to take back" in take_back(boss, response)

    def test_what_was_changed_since_stays(self, boss):
        seen()
        response = classify(boss, "never")
        boss.post(f"{OWN}{CompanyNetwork.objects.get().pk}/", {"action": "ignore", "note": "ours"})
        assert "nothing to take back" in take_back(boss, response)
        assert CompanyNetwork.objects.get().action == "ignore"
        assert "Take back" not in boss.get(response.url).content.decode()


class TestSuggestions:
    def offices(self, *, companies=("Acme", "Acme"), days=(0, 1), found=PROVIDER):
        made = [company_by_name(name, now=NOW) if name else None for name in companies]
        from django.utils import timezone

        now = timezone.now()
        for company, day in zip(made, days, strict=True):
            seen(who=lead(company=company), at=now - timedelta(days=day), found=found)

    def suggested(self, boss):
        return boss.get(NETWORKS).context["suggestions"]

    def test_two_people_of_one_company_on_two_days(self, boss):
        self.offices()
        (one,) = self.suggested(boss)
        assert (one.cidr, one.company.name, one.people, one.days) == ("203.0.113.0/24", "Acme", 2, 2)
        assert "It is theirs" in boss.get(NETWORKS).content.decode()
        assert not CompanyNetwork.objects.exists(), "never by itself"

    @pytest.mark.parametrize(
        "case",
        [
            {"companies": ("Acme",), "days": (0,)},
            {"days": (0, 0)},
            {"companies": ("Acme", "Other")},
            {"companies": ("Acme", None)},
            {"companies": ("Acme", "Acme", "Other"), "days": (0, 1, 2)},
            {"days": (100, 120)},
            {"found": CompanyGuess(label="docomo", kind=NetworkKind.MOBILE)},
            {"found": CompanyGuess(label="AWS", kind=NetworkKind.HOSTING)},
            {"found": CompanyGuess(label="VPN", kind=NetworkKind.VPN)},
        ],
    )
    def test_less_says_nothing(self, boss, case):
        self.offices(**case)
        assert self.suggested(boss) == []

    def test_one_person_twice_is_one_person(self, boss):
        from django.utils import timezone

        who = lead(company=company_by_name("Acme", now=NOW))
        for day in (0, 1, 2):
            seen(who=who, at=timezone.now() - timedelta(days=day))
        assert self.suggested(boss) == []

    def test_leads_are_counted_for_those_who_may_see_leads(self, client):
        self.offices()
        client.force_login(person("view_company"))
        assert client.get(NETWORKS).context["suggestions"] == []


class TestOwnNetworks:
    def add(self, boss, **values):
        return boss.post(
            OWN + "add/", {"cidr": "203.0.113.0/24", "action": "company", "company": "Acme", "note": "", **values}
        )

    def test_added_changed_and_taken_off(self, boss):
        visit = seen()
        assert self.add(boss, note="head office").status_code == 302
        row = CompanyNetwork.objects.get()
        text = boss.get(OWN).content.decode()
        assert "203.0.113.0/24" in text and "head office" in text
        edit = f"{OWN}{row.pk}/"
        assert "Acme" in boss.get(edit).content.decode()
        boss.post(edit, {"action": "never", "note": "café"})
        row.refresh_from_db()
        assert (row.cidr, row.action, row.company, row.note) == ("203.0.113.0/24", "never", None, "café")
        boss.post(edit, {"delete": "1"})
        visit.refresh_from_db()
        assert not CompanyNetwork.objects.exists() and visit.company_reason == "network_only"

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"cidr": "nonsense"}, "This is no network"),
            ({"cidr": "0.0.0.0/1"}, "too wide"),
            ({"cidr": "2000::/9"}, "too wide"),
            ({"company": ""}, "Enter the company"),
            ({"company": "--"}, "Enter the company"),
            ({"action": "x"}, "Select a valid choice"),
        ],
    )
    def test_each_mistake_has_its_word(self, boss, values, words):
        assert words in self.add(boss, **values).content.decode()
        assert not CompanyNetwork.objects.exists()

    def test_the_same_network_twice(self, boss):
        self.add(boss)
        assert "in the list already" in self.add(boss, cidr="203.0.113.77/24").content.decode()

    def test_a_range_is_several_networks(self, boss):
        self.add(boss, cidr="203.0.113.8-203.0.113.10")
        assert set(CompanyNetwork.objects.values_list("cidr", flat=True)) == {"203.0.113.8/31", "203.0.113.10/32"}

    def test_search_and_filter(self, boss):
        self.add(boss)
        self.add(boss, cidr="10.0.0.0/16", action="ignore", company="", note="office")
        found = {
            query: [row.cidr for row in boss.get(OWN + query).context["page_obj"]]
            for query in ("", "?q=acme", "?q=office", "?q=10.0", "?action=ignore", "?action=x", "?q=%00")
        }
        both = ["10.0.0.0/16", "203.0.113.0/24"]
        assert found == {
            "": both, "?q=acme": ["203.0.113.0/24"], "?q=office": ["10.0.0.0/16"], "?q=10.0": ["10.0.0.0/16"],
            "?action=ignore": ["10.0.0.0/16"], "?action=x": both, "?q=%00": both,
        }  # fmt: skip

    def test_an_empty_list_says_what_it_is_for(self, boss):
        assert "Nothing said yet" in boss.get(OWN).content.decode()

    def test_ids_that_do_not_exist(self, boss):
        assert boss.get(f"{OWN}9999/").status_code == 404


def upload(boss, url, text, encoding="utf-8", name="n.csv"):
    return boss.post(url, {"file": SimpleUploadedFile(name, text.encode(encoding), content_type="text/csv")})


class TestFiles:
    TEXT = (
        "ネットワーク,企業名,ドメイン,扱い,備考\n203.0.113.0/24,東洋精機㈱,toyo.co.jp,,本社\n198.51.100.8-198.51.100.15,,,自社,\n"
        "192.0.2.0/24,,,プロバイダ,\nnonsense,X,,,\n0.0.0.0/0,X,,,\n203.0.113.0/24,Y,,,\n"
    )

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
    def test_a_preview_changes_nothing_and_then_it_happens(self, boss, encoding):
        visit = seen()
        response = upload(boss, IMPORT, self.TEXT, encoding)
        text = response.content.decode()
        assert not CompanyNetwork.objects.exists() and not Company.objects.exists()
        for words in ("Nothing has been changed yet", "3 rows can be imported", "3 rows have a mistake", "東洋精機㈱",
                      "no address, range or network", "too wide", "the same as row 2"):  # fmt: skip
            assert words in text
        done = boss.post(IMPORT, {"packed": response.context["packed"]})
        assert done.url == OWN
        assert {(row.cidr, row.action) for row in CompanyNetwork.objects.all()} == {
            ("203.0.113.0/24", "company"), ("198.51.100.8/29", "ignore"), ("192.0.2.0/24", "never"),
        }  # fmt: skip
        visit.refresh_from_db()
        assert visit.company.name == "東洋精機㈱" and visit.company.domain == "toyo.co.jp"
        assert "3 networks are in the list. 1 earlier visit follows." in boss.get(OWN).content.decode()
        boss.post(IMPORT, {"packed": response.context["packed"]})
        assert "0 earlier" not in boss.get(OWN).content.decode()

    def test_twice_is_once(self, boss):
        for _n in range(2):
            boss.post(IMPORT, {"packed": upload(boss, IMPORT, self.TEXT).context["packed"]})
        assert CompanyNetwork.objects.count() == 3 and Company.objects.count() == 1

    @pytest.mark.parametrize(
        ("text", "words"),
        [("", "no CSV file"), ("a,b,c,d,e,f,g\n1,2,3,4,5,6,7\n", "No column"), ("x\x00y", "no CSV file")],
    )
    def test_what_is_no_file_of_networks(self, boss, text, words):
        assert words in upload(boss, IMPORT, text).content.decode()

    def test_no_file_and_nonsense_on_the_way_back(self, boss):
        assert "Choose a file" in boss.post(IMPORT, {}).content.decode()
        for packed in ("x", "", "A" * 100, packed_for_later(b"")):
            assert "no CSV file" in boss.post(IMPORT, {"packed": packed}).content.decode()

    def test_a_file_that_is_too_large(self, boss, monkeypatch):
        monkeypatch.setattr("wagtail_leads.admin_ui.csv_import.MOST_BYTES", 100)
        assert "too large" in upload(boss, IMPORT, self.TEXT).content.decode()

    def test_fifty_thousand_rows(self, boss):
        lines = [f"10.{n >> 8}.{n & 255}.0/24,Company {n % 500},,," for n in range(50_000)]
        response = upload(boss, IMPORT, "cidr,company,domain,action,note\n" + "\n".join(lines))
        assert "50,000" in response.content.decode() or "50000" in response.content.decode()
        boss.post(IMPORT, {"packed": response.context["packed"]})
        assert CompanyNetwork.objects.count() == 50_000 and Company.objects.count() == 500

    def test_what_goes_out_comes_in_again(self, boss):
        boss.post(IMPORT, {"packed": upload(boss, IMPORT, self.TEXT).context["packed"]})
        CompanyNetwork.objects.filter(action="never").update(note="=1+1")
        out = b"".join(boss.get(OWN + "export/").streaming_content).decode("utf-8-sig")
        assert "'=1+1" in out
        CompanyNetwork.objects.all().delete()
        response = upload(boss, IMPORT, out)
        assert len(response.context["preview"].errors) == 0
        boss.post(IMPORT, {"packed": response.context["packed"]})
        assert CompanyNetwork.objects.count() == 3

    def test_a_sample_can_be_imported(self, boss):
        for url in (IMPORT, TARGETS):
            sample = boss.get(url + "?sample").content.decode("utf-8-sig")
            assert upload(boss, url, sample).context["preview"].errors == []


class TestTargetFile:
    TEXT = (
        "企業名,ドメイン,ネットワーク,法人番号\n東洋精機㈱,toyo.co.jp,203.0.113.0/24,7000012050002\n"
        "Acme,,,\n,gmail.com,,\nX,,,123\n"
    )

    def test_a_preview_and_then_it_happens(self, boss):
        known = company_by_name("Acme Inc.", now=NOW, is_guessed=True)
        visit = seen()
        response = upload(boss, TARGETS, self.TEXT, "cp932")
        text = response.content.decode()
        for words in ("1 of them are known already, 1 are new", "2 rows can be imported", "mail provider", "13 digits"):
            assert words in text
        known.refresh_from_db()
        assert not known.is_target
        assert boss.post(TARGETS, {"packed": response.context["packed"]}).url == "/cms/leads/companies/targets/"
        known.refresh_from_db()
        visit.refresh_from_db()
        assert known.is_target and not known.is_guessed
        toyo = visit.company
        assert (toyo.name, toyo.is_target, toyo.corporate_number, toyo.domain) == (
            "東洋精機㈱", True, "7000012050002", "toyo.co.jp",
        )  # fmt: skip
        assert toyo.domains.get().domain == "toyo.co.jp"

    def test_a_company_is_found_by_its_number_or_domain(self, boss):
        from wagtail_leads.companies.models import CompanyDomain

        by_number = company_by_name("By number", now=NOW)
        Company.objects.filter(pk=by_number.pk).update(corporate_number="7000012050002")
        by_domain = company_by_name("By domain", now=NOW)
        CompanyDomain.objects.create(company=by_domain, domain="toyo.co.jp", created_at=NOW)
        text = "name,domain,corporate_number\nA,,7000012050002\nB,toyo.co.jp,\n,,1180301018771\n"
        boss.post(TARGETS, {"packed": upload(boss, TARGETS, text).context["packed"]})
        assert set(Company.objects.filter(is_target=True)) == {by_number, by_domain}


class TestYourAddress:
    def page(self, boss, settings, query="", leads=None, **meta):
        settings.WAGTAIL_LEADS = leads or {}
        return boss.get(ADDRESS + query, **meta).content.decode()

    def test_directly_connected(self, boss, settings):
        text = self.page(boss, settings, REMOTE_ADDR="198.51.100.7")
        assert "198.51.100.7" in text and "The address looks right" in text and "no trusted proxy" in text

    def test_behind_a_proxy_that_is_not_trusted(self, boss, settings):
        text = self.page(boss, settings, REMOTE_ADDR="10.0.0.5", HTTP_X_FORWARDED_FOR="198.51.100.7, 10.0.0.9")
        assert "Please set this" in text
        assert "TRUSTED_PROXIES&quot;: [&quot;10.0.0.5&quot;, &quot;10.0.0.9&quot;]" in text

    def test_behind_a_trusted_proxy(self, boss, settings):
        leads = {"TRUSTED_PROXIES": ["10.0.0.0/8"]}
        text = self.page(
            boss, settings, leads=leads, REMOTE_ADDR="10.0.0.5", HTTP_X_FORWARDED_FOR="9.9.9.9, 198.51.100.7"
        )
        assert "its header is believed" in text and "<strong>198.51.100.7</strong>" in text

    @pytest.mark.parametrize(
        ("meta", "leads", "words"),
        [
            ({"REMOTE_ADDR": "fe80::1%eth0"}, {}, "REMOTE_ADDR is no IP address that can be used"),
            ({"REMOTE_ADDR": "10.0.0.5", "HTTP_X_FORWARDED_FOR": "nonsense"}, {"TRUSTED_PROXIES": ["10.0.0.0/8"]},
             "header holds no IP address"),
        ],
    )  # fmt: skip
    def test_what_failed_is_not_green(self, boss, settings, meta, leads, words):
        text = self.page(boss, settings, leads=leads, **meta)
        assert "The address looks right" not in text and words in text and "lx-next--leave" in text

    def test_a_header_is_shown_escaped_and_cut(self, boss, settings):
        text = self.page(boss, settings, REMOTE_ADDR="10.0.0.5", HTTP_X_FORWARDED_FOR="<script>" + "x" * 5000)
        assert "<script>xxx" not in text and "x" * 600 not in text

    def test_settings_that_cannot_be_read(self, boss, settings):
        leads = {"TRUSTED_PROXIES": ["nonsense"], "OWN_NETWORKS": ["nonsense"], "MMDB": 7}
        assert "The address looks right" in self.page(boss, settings, leads=leads)

    @pytest.mark.parametrize(
        ("ip", "words"),
        [
            ("203.0.113.9", "100 % (sure)"),
            ("::ffff:203.0.113.9", "100 % (sure)"),
            ("192.0.2.1", "visits from there are left out"),
            ("10.0.0.1", "private, shared or reserved"),
            ("8.8.8.8", "No company file is set up"),
            ("nonsense", "This is no IP address"),
            ("fe80::1%25eth0", "This is no IP address"),
            ("%00", "What would we say of another address?"),
        ],
    )
    def test_any_address_can_be_tried(self, boss, settings, ip, words):
        boss.post(OWN + "add/", {"cidr": "203.0.113.0/24", "action": "company", "company": "Acme"})
        boss.post(OWN + "add/", {"cidr": "192.0.2.0/24", "action": "ignore"})
        assert words in self.page(boss, settings, f"?ip={ip}")


class TestPermissions:
    @pytest.mark.parametrize("url", [*SCREENS, *CHANGING])
    def test_nobody_without_the_right(self, client, url):
        client.force_login(person("view_lead"))
        assert client.get(url).status_code == 302
        assert client.post(url, {}).status_code in (302, 405)

    @pytest.mark.parametrize("url", SCREENS)
    def test_who_sees_companies_sees_them(self, client, url):
        seen()
        client.force_login(person("view_company"))
        response = client.get(url)
        assert response.status_code == 200
        if not response.streaming:
            text = response.content.decode()
            assert "Access provider" not in text and "Add a network" not in text

    @pytest.mark.parametrize("url", [NETWORKS, *CHANGING])
    def test_who_may_only_look_changes_nothing(self, client, url):
        client.force_login(person("view_company"))
        values = {"cidr": "203.0.113.0/24", "action": "never"}
        packed = packed_for_later(b"cidr,company\n203.0.113.0/24,Acme\n")
        assert client.post(url, {**values, "packed": packed}).status_code in (302, 405)
        assert not CompanyNetwork.objects.exists() and not Company.objects.exists()

    def test_own_networks_by_id(self, boss, client):
        boss.post(OWN + "add/", {"cidr": "203.0.113.0/24", "action": "never"})
        pk = CompanyNetwork.objects.get().pk
        client.force_login(person("view_company"))
        assert client.post(f"{OWN}{pk}/", {"delete": "1"}).status_code == 302
        assert client.get(f"{OWN}{pk}/").status_code == 302
        assert CompanyNetwork.objects.exists()

    def test_each_screen_is_reached_from_the_companies(self, boss):
        text = boss.get("/cms/leads/companies/").content.decode()
        for name in ("networks", "own_networks", "targets", "your_address"):
            assert reverse(f"wagtail_leads_{name}") in text
