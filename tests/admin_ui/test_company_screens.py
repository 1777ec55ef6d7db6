"""Companies: merging, naming, filters, evidence, and what shows when only people are sold to."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.admin_ui import rows
from tests.admin_ui.rows import NOW, count_queries, lead, person
from wagtail_leads.admin_ui.company_files import FILE_KINDS
from wagtail_leads.admin_ui.visits import VisitLedger
from wagtail_leads.companies.models import Company, CompanyDomain, CompanyMerge, CompanyNetwork, Market, Network
from wagtail_leads.companies.operations import company_by_name, merge, rename
from wagtail_leads.identity.models import Lead
from wagtail_leads.sales.models import TargetAlert
from wagtail_leads.tracking.models import Visit

pytestmark = pytest.mark.django_db
INDEX = "/cms/leads/companies/"


@pytest.fixture
def boss(client):
    client.force_login(person(superuser=True))
    return client


def page_of(one) -> str:
    return reverse("wagtail_leads_companies:inspect", args=(one.pk,))


def make(name="東洋精機株式会社", **values) -> Company:
    company = company_by_name(name, now=NOW, is_guessed=values.pop("is_guessed", False))
    Company.objects.filter(pk=company.pk).update(**values)
    company.refresh_from_db()
    return company


def network(cidr="203.0.113.0/24", **values) -> Network:
    return Network.objects.create(**{"key": cidr, "cidr": cidr, "first_seen_at": NOW, "last_seen_at": NOW, **values})


def names(response) -> list[str]:
    return [company.name for company in response.context["object_list"]]


class TestList:
    def test_aliases_are_found_and_counted_with_their_company_and_listed_nowhere(self, boss):
        survivor, loser = make("東洋精機"), make("Toyo Seiki")
        for company in (survivor, loser):
            rows.visit(rows.browser(lead(company=company)), timezone.now() - timedelta(days=1), 1, company=company)
        merge(loser, survivor, by=None, now=NOW)
        response = boss.get(INDEX)
        assert names(response) == ["東洋精機"]
        found = response.context["object_list"][0]
        assert (found.lead_count, found.visit_count) == (2, 2)
        assert names(boss.get(INDEX + "?q=toyo+seiki")) == ["東洋精機"]

    @pytest.mark.parametrize(
        "query",
        [
            "東洋",
            "㈱東洋精機",
            "㈱東洋",
            "株式会社 東洋",
            "ﾄｳﾖｳ",
            "toyo.co.jp",
            "mail.toyo",
            "7-0000-1205",
            "7000012050002",
        ],
    )
    def test_a_search_finds_by_name_domain_and_number(self, boss, query):
        company = make(domain="toyo.co.jp", corporate_number="7000012050002")
        CompanyDomain.objects.create(company=company, domain="mail.toyo.co.jp", created_at=NOW)
        merge(make("トウヨウ"), company, by=None, now=NOW)
        make("Other")
        assert names(boss.get(INDEX, {"q": query})) == ["東洋精機株式会社"]

    def test_filters(self, boss):
        now = timezone.now()
        guessed, target, old = make("Guessed", is_guessed=True), make("Target", is_target=True), make("Old")
        for company, days, place in (
            (guessed, 0, ("JP", "東京都")),
            (target, 5, ("JP", "大阪府")),
            (old, 80, ("US", "")),
        ):
            net = network(f"203.0.{days}.0/24", country=place[0], region=place[1])
            rows.visit(rows.browser(), now - timedelta(days=days), 1, company=company)
            Visit.objects.filter(company=company).update(country=place[0], region=place[1], network=net)
        cases = {
            "?kind=guessed": ["Guessed"],
            "?kind=known": ["Target", "Old"],
            "?is_target=1": ["Target"],
            "?seen=1": ["Guessed"],
            "?seen=7": ["Guessed", "Target"],
            "?seen=90": ["Guessed", "Target", "Old"],
            "?place=JP%7C": ["Guessed", "Target"],
            "?place=JP%7C大阪府": ["Target"],
            "?place=US%7C": ["Old"],
        }
        assert {query: names(boss.get(INDEX + query)) for query in cases} == cases

    def test_without_a_file_it_says_what_one_would_bring(self, boss, settings):
        settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "MMDB": []}
        for text in (boss.get(INDEX).content.decode(), (make(), boss.get(INDEX).content.decode())[1]):
            for words in ("GeoLite2-ASN", "IPinfo Lite", "GeoIP2 Enterprise", "no address leaves it", "MMDB"):
                assert words in text
            for kind in FILE_KINDS:
                assert f'<a href="{kind.url}" rel="noopener">{kind.name}</a>' in text
        settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "MMDB": ["/nowhere.mmdb"]}
        assert "GeoLite2-ASN" not in boss.get(INDEX).content.decode()


class TestPage:
    def test_evidence_is_shown_in_words(self, boss):
        company = make(is_guessed=True)
        evidence = [
            {"source": "own_network", "says": "203.0.113.0/24", "name": company.name, "confidence": 100,
             "reason": "own_network"},
            {"source": "GeoLite2-ASN", "says": "<b>So-net</b> · AS2527", "reason": "network_only"},
            {"source": "reverse_dns", "says": "gw.toyo.co.jp", "name": "toyo.co.jp", "confidence": 80, "reason": "ptr"},
            "nonsense",
        ]  # fmt: skip
        net = network(label="So-net", name=company.name, confidence=85, reason="company_file", evidence=evidence)
        made = rows.visit(rows.browser(), NOW, 1, company=company)
        Visit.objects.filter(pk=made.pk).update(network=net)
        text = boss.get(page_of(company)).content.decode()
        for words in ("Why do we think so?", "own networks", "reverse DNS", "GeoLite2-ASN", "85 %", "quite sure",
                      "the network is registered to this company", "only the provider is known", "203.0.113.0/24"):  # fmt: skip
            assert words in text
        assert "<b>So-net</b>" not in text

    def test_a_merged_company_leads_on_to_the_one_it_is_part_of(self, boss):
        survivor, loser = make("A works"), make("B works")
        merge(loser, survivor, by=None, now=NOW)
        response = boss.get(page_of(loser))
        assert (response.status_code, response.url) == (302, page_of(survivor))

    def test_visits_tell_device_place_and_visible_time(self, boss):
        company = make()
        made = rows.visit(rows.browser(), NOW, 1, company=company)
        Visit.objects.filter(pk=made.pk).update(engaged_ms=185_000, device="phone", region="東京都", country="JP")
        text = boss.get(page_of(company)).content.decode()
        for words in ("3 min", "phone", "東京都 JP"):
            assert words in text

    def test_a_lead_of_a_merged_company_shows_the_survivor(self, boss):
        survivor, loser = make("Survivor works"), make("Loser works")
        who = lead(company=loser)
        merge(loser, survivor, by=None, now=NOW)
        for url in (reverse("wagtail_leads_leads:inspect", args=(who.pk,)), "/cms/leads/"):
            text = boss.get(url).content.decode()
            assert "Survivor works" in text and "Loser works" not in text
        assert who.name in boss.get(page_of(survivor)).content.decode()

    def test_as_many_queries_for_many_networks_and_aliases(self, boss):
        company = make()

        def more(n):
            alias = make(f"alias {n} {next(rows.number)}")
            merge(alias, company, by=None, now=NOW)
            net = network(f"10.{n}.{next(rows.number) % 250}.0/24")
            made = rows.visit(rows.browser(), NOW, 1, company=alias)
            Visit.objects.filter(pk=made.pk).update(network=net)

        more(0)
        boss.get(page_of(company))
        before = count_queries(lambda: boss.get(page_of(company)))
        for n in range(1, 7):
            more(n)
        assert count_queries(lambda: boss.get(page_of(company))) == before


class TestNames:
    def edit(self, boss, company, **values):
        data = {"name": company.name, "domain": company.domain, "corporate_number": "", "note": "", **values}
        return boss.post(reverse("wagtail_leads_companies:edit", args=(company.pk,)), data)

    def test_renaming_keeps_the_old_name_findable(self, boss):
        company = make("TOYO SEIKI")
        self.edit(boss, company, name="東洋精機株式会社", domain="https://www.toyo.co.jp/")
        company.refresh_from_db()
        assert (company.name, company.domain) == ("東洋精機株式会社", "www.toyo.co.jp")
        assert company_by_name("Toyo Seiki", now=NOW) == company
        assert company.domains.get().domain == "toyo.co.jp"
        assert "an earlier name" in boss.get(page_of(company)).content.decode()

    def test_a_name_that_another_has_leads_to_that_one(self, boss):
        company, other = make("A works"), make("B works")
        response = self.edit(boss, company, name="B Works Inc.")
        assert "There is a company with this name" in response.content.decode()
        assert page_of(other) in response.content.decode()
        company.refresh_from_db()
        assert company.name == "A works"

    def test_a_name_without_letters(self, boss):
        assert "no letters" in self.edit(boss, make(), name="---").content.decode()

    @pytest.mark.parametrize(
        ("written", "kept", "words"),
        [
            ("7-0000-1205-0002", "7000012050002", ""),
            ("７００００１２０５０００２", "7000012050002", ""),
            ("", None, ""),
            ("123", None, "13 digits"),
            ("7000012050003", None, "check digit"),
        ],
    )
    def test_the_corporate_number(self, boss, written, kept, words):
        company = make()
        response = self.edit(boss, company, corporate_number=written)
        company.refresh_from_db()
        assert company.corporate_number == kept
        if words:
            assert words in response.content.decode()
        elif kept:
            assert "7-0000-1205-0002" in boss.get(page_of(company)).content.decode()

    def test_a_number_belongs_to_one_company(self, boss):
        other = make("Other", corporate_number="7000012050002")
        response = self.edit(boss, make(), corporate_number="7000012050002")
        assert "belongs to another company" in response.content.decode()
        assert page_of(other) in response.content.decode()

    def test_a_domain_that_is_none(self, boss):
        assert "no domain" in self.edit(boss, make(), domain="nonsense").content.decode()


class TestMerging:
    def url(self, company) -> str:
        return reverse("wagtail_leads_companies:merge", args=(company.pk,))

    def test_one_click_and_taken_back(self, boss):
        one, other = make("東洋精機"), make("東洋精機東日本", is_guessed=True)
        page = boss.get(page_of(one)).content.decode()
        assert "Perhaps the same company" in page and "nearly the same name" in page
        response = boss.post(self.url(one), {"other": other.pk})
        assert response.url == page_of(one)
        other.refresh_from_db()
        assert other.merged_into == one
        text = boss.get(page_of(one)).content.decode()
        assert "Also known as" in text and "東洋精機東日本" in text
        done = CompanyMerge.objects.get()
        boss.post(reverse("wagtail_leads_companies:undo_merge", args=(done.pk,)))
        other.refresh_from_db()
        assert other.merged_into is None
        again = boss.post(reverse("wagtail_leads_companies:undo_merge", args=(done.pk,)), follow=True)
        assert "has been taken back already" in again.content.decode()
        assert again.redirect_chain[-1][0] == page_of(other)

    def test_the_other_name_may_stay(self, boss):
        one, other = make("A works"), make("B works")
        response = boss.post(self.url(one), {"other": other.pk, "keep": "other"})
        assert response.url == page_of(other)
        one.refresh_from_db()
        assert one.merged_into == other

    def test_a_search_finds_what_looks_different(self, boss):
        one, other = make("東洋精機"), make("Toyo Precision")
        text = boss.get(self.url(one), {"q": "precision"}).content.decode()
        assert other.name in text
        assert "No company matches" in boss.get(self.url(one), {"q": "zzz"}).content.decode()

    def test_the_same_domain_is_a_suggestion(self, boss):
        one, other = make("東洋精機", domain="toyo-seiki.co.jp"), make("XYZ", domain="toyo-seiki.com")
        text = boss.get(page_of(one)).content.decode()
        assert other.name in text and "the same domain" in text

    @pytest.mark.parametrize("other", ["", "x", "0", "9" * 30, "self"])
    def test_nonsense_changes_nothing(self, boss, other):
        one = make()
        response = boss.post(self.url(one), {"other": one.pk if other == "self" else other})
        assert response.status_code in (302, 404)
        assert not CompanyMerge.objects.exists()

    def test_merged_companies_cannot_be_merged_again(self, boss):
        one, other = make("A works"), make("B works")
        merge(other, one, by=None, now=NOW)
        assert boss.post(self.url(one), {"other": other.pk}).status_code == 404
        assert boss.get(self.url(other)).status_code == 404

    def test_an_earlier_name_has_nothing_to_take_back(self, boss):
        one = make("A works")
        rename(one, "C works", now=NOW)
        assert "Take back" not in boss.get(page_of(one)).content.decode()


class TestTargets:
    def test_marked_and_unmarked(self, boss):
        one = make()
        url = reverse("wagtail_leads_companies:target", args=(one.pk,))
        for value, expected in (("1", True), ("0", False)):
            assert boss.post(url, {"target": value}).status_code == 302
            one.refresh_from_db()
            assert one.is_target is expected
        assert boss.get(url).status_code == 405

    def test_the_list_says_when_they_were_seen_and_whether_anybody_is_told(self, boss, sender):
        one = make(is_target=True)
        rows.visit(rows.browser(), timezone.now() - timedelta(days=1), 1, company=one)
        make("Not one")
        TargetAlert.objects.create(company=one, dedupe_key="k", at=timezone.now())
        response = boss.get(reverse("wagtail_leads_targets"))
        text = response.content.decode()
        assert [c.name for c in response.context["page_obj"]] == [one.name]
        assert "Nobody gets the notices" not in text
        type(sender).objects.update(staff_addresses="")
        assert "Nobody gets the notices" in boss.get(reverse("wagtail_leads_targets")).content.decode()

    def test_today_tells_of_them(self, boss):
        one, alias = make(is_target=True), make("Toyo alias")
        merge(alias, one, by=None, now=NOW)
        now = timezone.now()
        made = rows.visit(rows.browser(), now, 2, company=alias)
        Visit.objects.filter(pk=made.pk).update(company_confidence=85, company_reason="company_file", page_count=2)
        assert "Target accounts on the site today" not in boss.get("/cms/leads/today/").content.decode()
        TargetAlert.objects.create(company=alias, dedupe_key="k", at=now)
        text = boss.get("/cms/leads/today/").content.decode()
        assert "Target accounts on the site today" in text and one.name in text and "2 pages" in text


class TestPermissions:
    URLS = ("target", "merge")

    def test_who_may_only_look_changes_nothing(self, client):
        one, other = make("A works"), make("B works")
        done = merge(make("C works"), one, by=None, now=NOW)
        client.force_login(person("view_company"))
        for name in self.URLS:
            url = reverse(f"wagtail_leads_companies:{name}", args=(one.pk,))
            assert client.post(url, {"other": other.pk, "target": "1"}).status_code == 302
        client.post(reverse("wagtail_leads_companies:undo_merge", args=(done.pk,)))
        one.refresh_from_db()
        assert not one.is_target and CompanyMerge.objects.filter(undone_at__isnull=True).count() == 1
        text = client.get(page_of(one)).content.decode()
        for words in ("Make it a target account", "Same as another company", "Perhaps the same"):
            assert words not in text

    def test_who_sees_no_companies_sees_nothing(self, client):
        one = make()
        client.force_login(person("view_lead"))
        for url in (INDEX, page_of(one), reverse("wagtail_leads_companies:merge", args=(one.pk,))):
            assert client.get(url).status_code == 302

    def test_changes_need_a_post_with_a_token(self, boss):
        boss.handler.enforce_csrf_checks = True
        one = make()
        assert boss.post(reverse("wagtail_leads_companies:target", args=(one.pk,)), {"target": "1"}).status_code == 403


class TestSellingToPeople:
    @pytest.fixture(autouse=True)
    def people(self, db):
        Market.objects.create(sells_to="people")

    def test_companies_are_left_out_everywhere(self, boss):
        company = make(is_target=True)
        who = lead(company=company, company_name="東洋精機株式会社")
        now = timezone.now()
        rows.visit(rows.browser(), now, 1, company=company)
        TargetAlert.objects.create(company=company, dedupe_key="k", at=now)
        today = boss.get("/cms/leads/today/").content.decode()
        assert company.name not in today and "Target accounts" not in today
        for url in ("/cms/leads/", reverse("wagtail_leads_leads:inspect", args=(who.pk,)), "/cms/leads/settings/"):
            text = boss.get(url).content.decode()
            assert company.name not in text and "Unknown networks" not in text
        assert "Company contains" not in boss.get("/cms/leads/").content.decode()
        form = boss.get(reverse("wagtail_leads_leads:add")).context["form"]
        assert "company_name" not in form.fields

    def test_the_menu_has_no_companies(self, boss):
        assert INDEX not in boss.get("/cms/").content.decode()
        Market.objects.update(sells_to="both")
        assert INDEX in boss.get("/cms/").content.decode()

    @pytest.mark.parametrize(
        "url",
        [
            INDEX, INDEX + "results/", INDEX + "?export=csv", INDEX + "{pk}/", INDEX + "{pk}/edit/", INDEX + "{pk}/history/",
            INDEX + "{pk}/merge/", INDEX + "{pk}/delete/", INDEX + "networks/", INDEX + "targets/",
            INDEX + "targets/import/", INDEX + "targets/import/?sample",
        ],
    )  # fmt: skip
    def test_screens_of_companies_lead_to_settings_with_a_sentence_and_nothing_is_deleted(self, boss, url):
        url = url.format(pk=make().pk)
        response = boss.get(url, follow=True)
        assert response.redirect_chain[-1][0] == "/cms/leads/settings/"
        assert "You sell to people, so companies are left out" in response.content.decode()
        Market.objects.update(sells_to="both")
        assert boss.get(url).status_code == 200 and Company.objects.count() == 1

    def test_posts_change_nothing(self, boss):
        one, other = make("A works"), make("B works")
        done = merge(make("C works"), one, by=None, now=NOW)
        for name, pk in (("target", one.pk), ("merge", one.pk), ("delete", other.pk), ("undo_merge", done.pk)):
            boss.post(reverse(f"wagtail_leads_companies:{name}", args=(pk,)), {"target": "1", "other": other.pk})
        boss.post(INDEX + "networks/", {"cidr": "203.0.113.0/24", "action": "never"})
        one.refresh_from_db()
        assert not one.is_target and Company.objects.living().count() == 2 and not CompanyNetwork.objects.exists()

    def test_own_offices_and_ones_address_stay_reachable(self, client):
        client.force_login(person("change_company"))
        hub = client.get("/cms/leads/settings/")
        shown = {str(card.label): card for _label, cards in hub.context["groups"] for card in cards}
        assert list(shown) == ["Own networks", "Your address as we see it"]
        assert shown["Own networks"].sentence == "Your own offices: their visits are left out."
        for card in shown.values():
            text = client.get(card.url).content.decode()
            assert "Unknown networks" not in text and INDEX + '"' not in text

    def test_own_offices_can_be_entered_without_a_company(self, boss):
        text = boss.get(INDEX + "networks/own/add/").content.decode()
        assert "belongs to a company" not in text and 'name="company"' not in text
        assert "<code>company</code>" not in boss.get(INDEX + "networks/own/import/").content.decode()
        boss.post(INDEX + "networks/own/add/", {"cidr": "203.0.113.0/24", "action": "ignore", "note": "office"})
        assert CompanyNetwork.objects.get().action == "ignore"
        assert "203.0.113.0/24" in boss.get(INDEX + "networks/own/").content.decode()

    def test_nobody_asks_for_a_file_that_names_companies(self, boss, settings):
        settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "MMDB": []}
        step = {s.code: s for s in boss.get("/cms/leads/today/").context["checklist"].steps}["engineer"]
        assert "mmdb" not in step.data["parts"] and "MMDB" not in step.data["text"]
        for url in ("/cms/leads/today/", "/cms/leads/settings/", "/cms/leads/settings/health/"):
            text = boss.get(url).content.decode().lower()
            assert "mmdb" not in text and "company file" not in text and "the company behind" not in text, url
        Market.objects.update(sells_to="companies")
        assert "MMDB" in boss.get("/cms/leads/settings/health/").content.decode()

    def test_visits_tell_of_no_company(self, boss):
        who = lead(name="佐藤 健一", company=make("秘密商事"), company_name="秘密商事株式会社")
        named = rows.visit(rows.browser(who), NOW, 1)
        guessed = rows.visit(rows.browser(), NOW, 1, company=make("推定工業", is_guessed=True))
        Visit.objects.filter(pk=guessed.pk).update(
            network_label="推定ネット", company_confidence=80, company_reason="ptr"
        )
        index = reverse(VisitLedger.url_name())
        text = boss.get(index).content.decode()
        assert "佐藤 健一" in text
        for words in ("秘密商事", "推定工業", "推定ネット", "guessed company", "company known"):
            assert words not in text, words
        for visit in (named, guessed):
            text = boss.get(f"{index}inspect/{visit.pk}/").content.decode()
            for words in ("秘密商事", "推定工業", "Why no company", "Why this company", "guessed company"):
                assert words not in text, words
        export = b"".join(boss.get(index + "?export=csv").streaming_content).decode()
        assert "佐藤 健一" in export and "Company" not in export and "推定" not in export and "秘密" not in export
        export = b"".join(boss.get("/cms/leads/?export=csv").streaming_content).decode()
        assert "佐藤 健一" in export and "Company" not in export and "秘密" not in export

    def test_it_is_a_setting_of_its_own(self, boss):
        url = reverse("wagtailsettings:edit", args=["wagtail_leads", "market"])
        assert boss.get(url, follow=True).status_code == 200
        assert "Whom we sell to" in boss.get("/cms/leads/settings/").content.decode()


class TestDeleting:
    def url(self, company) -> str:
        return reverse("wagtail_leads_companies:delete", args=(company.pk,))

    def test_what_nothing_names_can_be_deleted_with_its_other_names(self, boss):
        company = make("Mistyped")
        rename(company, "Mistyped again", now=NOW)
        CompanyDomain.objects.create(company=company, domain="mistyped.co.jp", created_at=NOW)
        assert self.url(company) in boss.get(page_of(company)).content.decode()
        assert "Nothing names" in boss.get(self.url(company)).content.decode()
        assert boss.post(self.url(company)).url == INDEX
        assert not Company.objects.exists()

    @pytest.mark.parametrize("by", ["lead", "visit", "network", "alert", "alias"])
    def test_what_something_names_stays(self, boss, by):
        company = make()
        named = company
        if by == "alias":
            named = make("Another")
            merge(named, company, by=None, now=NOW)
        if by in ("lead", "alias"):
            lead(company=named)
        elif by == "visit":
            rows.visit(rows.browser(), NOW, 1, company=company)
        elif by == "network":
            CompanyNetwork.objects.create(
                cidr="10.0.0.0/8", action="company", company=company, created_at=NOW, changed_at=NOW
            )
        else:
            TargetAlert.objects.create(company=company, dedupe_key="k", at=NOW)
        assert self.url(company) not in boss.get(page_of(company)).content.decode()
        assert "cannot be deleted" in boss.get(self.url(company)).content.decode()
        assert "stays" in boss.post(self.url(company), follow=True).content.decode()
        assert Company.objects.filter(pk=company.pk).exists()

    def test_it_needs_the_right_to_delete(self, client):
        company = make()
        client.force_login(person("change_company", "view_company"))
        assert self.url(company) not in client.get(page_of(company)).content.decode()
        for act in (client.get, client.post):
            assert act(self.url(company)).status_code == 302
        assert Company.objects.exists()


class TestDomains:
    def edit(self, boss, company, **values):
        data = {"name": company.name, "domain": company.domain, "corporate_number": "", "note": "", **values}
        return boss.post(reverse("wagtail_leads_companies:edit", args=(company.pk,)), data)

    @pytest.mark.parametrize("typed", ["toyo.co.jp", "https://www.toyo.co.jp/x", "taro@mail.toyo.co.jp"])
    @pytest.mark.parametrize("held", ["domains", "shown", "alias"])
    def test_a_domain_of_another_company_is_refused_with_its_name(self, boss, held, typed):
        other, company = make("東洋精機"), make("Acme")
        if held == "shown":
            Company.objects.filter(pk=other.pk).update(domain="www.toyo.co.jp", is_guessed=True)
        else:
            holder = make("Toyo alias") if held == "alias" else other
            CompanyDomain.objects.create(company=holder, domain="toyo.co.jp", created_at=NOW)
            if held == "alias":
                merge(holder, other, by=None, now=NOW)
        text = self.edit(boss, company, domain=typed).content.decode()
        assert "This domain belongs to another company" in text and page_of(other) in text
        company.refresh_from_db()
        assert company.domain == "" and not company.domains.exists()

    def test_ones_own_domain_and_an_unchanged_one_are_fine(self, boss):
        company, twin = make("Acme", domain="acme.co.jp"), make("Twin", domain="acme.co.jp")
        assert self.edit(boss, company, note="n").status_code == 302
        CompanyDomain.objects.create(company=twin, domain="twin.co.jp", created_at=NOW)
        assert self.edit(boss, twin, domain="www.twin.co.jp").status_code == 302
        twin.refresh_from_db()
        assert twin.domain == "www.twin.co.jp"

    @pytest.mark.parametrize("typed", ["gmail.com", "x@yahoo.co.jp", "xxx.ocn.ne.jp"])
    def test_a_mail_providers_domain_is_no_companys(self, boss, typed):
        company = make()
        assert "mail provider" in self.edit(boss, company, domain=typed).content.decode()
        company.refresh_from_db()
        assert company.domain == ""

    def test_names_and_notes_are_kept_as_they_are_seen(self, boss):
        company = make()
        self.edit(boss, company, name="A\x0bB\u202e Works", note="one\r\ntwo\x0b\u202e")
        company.refresh_from_db()
        assert (company.name, company.note) == ("A B Works", "one\ntwo")


class TestVisitsOfLeads:
    """Whoever may not see a lead hears nothing of when that person came."""

    @pytest.fixture
    def company(self):
        company = make("秘密商事")
        who = rows.browser(lead(name="秘密 太郎", company=company))
        made = rows.visit(who, timezone.now() - timedelta(days=1), 1, company=company)
        net = network(label="So-net", kind="isp", reason="network_only", country="JP", region="東京都")
        Visit.objects.filter(pk=made.pk).update(
            company_reason="lead", company_confidence=90, network=net, entry_path="/secret/", engaged_ms=185_000,
            country="JP", region="東京都",
        )  # fmt: skip
        return company

    def test_they_are_not_a_companys_for_who_sees_no_leads(self, client, company):
        client.force_login(person("view_company"))
        text = client.get(page_of(company)).content.decode()
        for words in ("/secret/", "3 min", "90 %", "from the lead", "Page 0", "東京都", "So-net"):
            assert words not in text, words
        (listed,) = client.get(INDEX).context["object_list"]
        assert (listed.visit_count, listed.lead_count, listed.seen_at) == (0, 0, None)
        assert names(client.get(INDEX + "?seen=7")) == [] and names(client.get(INDEX + "?place=JP%7C")) == []

    def test_who_sees_the_lead_sees_them(self, client, company):
        client.force_login(person("view_company", "view_lead"))
        text = client.get(page_of(company)).content.decode()
        for words in ("/secret/", "3 min", "秘密 太郎"):
            assert words in text
        assert client.get(INDEX).context["object_list"][0].visit_count == 1

    def test_a_visit_that_the_network_tells_stays_without_its_person(self, client, company):
        Visit.objects.update(company_reason="company_file", company_confidence=85)
        client.force_login(person("view_company"))
        text = client.get(page_of(company)).content.decode()
        assert "/secret/" in text and "秘密 太郎" not in text

    def test_an_erased_leads_visits_are_nobodys(self, boss, company):
        Lead.objects.update(erased_at=NOW, name="")
        text = boss.get(page_of(company)).content.decode()
        assert "/secret/" not in text

    def test_a_link_names_only_its_time(self, boss, company):
        other = make("Other works")
        who = lead(name="佐藤 健一", company=other)
        rows.visit(rows.browser(who, from_at=NOW), NOW - timedelta(days=3), 1, company=other)
        Visit.objects.filter(company=other).update(company_reason="company_file")
        assert boss.get(page_of(other)).context["visits"][0].lead is None

    def test_where_leads_sit_is_no_evidence(self, boss, company):
        response = boss.get(page_of(company))
        assert response.context["places"] == []
        assert (
            "By what people wrote into forms" in response.content.decode() and "unsure" not in response.content.decode()
        )
