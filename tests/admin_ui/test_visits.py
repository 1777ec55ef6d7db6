"""Visits: names only for those who may know them, companies with their evidence, and nothing to be found by guessing."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Site

from tests.admin_ui import rows
from tests.admin_ui.rows import NOW, activity, browser, count_queries, lead, person
from tests.admin_ui.rows import visit as make_visit
from wagtail_leads.admin_ui import permissions
from wagtail_leads.admin_ui.visits import VisitLedger, moment
from wagtail_leads.companies.words import OWN_COMPANY
from wagtail_leads.models import Network, PageView, Topic, Visit

pytestmark = pytest.mark.django_db
INDEX = VisitLedger.url_name()


@pytest.fixture
def reader(client):
    client.force_login(person("view_lead", "view_company", "export_lead"))
    return client


def shown(client, query: str = "") -> str:
    answer = client.get(reverse(INDEX) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def url_of(visit) -> str:
    return f"{reverse(INDEX)}inspect/{visit.pk}/"


def detail(client, visit) -> str:
    answer = client.get(url_of(visit))
    assert answer.status_code == 200
    return answer.content.decode()


def anonymous(at=NOW, **values) -> Visit:
    visit = make_visit(browser(), at)
    for name, value in values.items():
        setattr(visit, name, value)
    visit.save()
    return visit


class TestList:
    def test_a_lead_is_named_and_linked(self, reader):
        who = lead(name="佐藤 健一", company_name="東洋精機")
        make_visit(browser(who))
        page = shown(reader)
        assert "佐藤 健一" in page and "東洋精機" in page
        assert reverse("wagtail_leads_leads:inspect", args=[who.pk]) in page

    def test_a_guessed_company_is_called_so(self, reader):
        anonymous(company=rows.company("東洋精機", is_guessed=True), company_confidence=75)
        page = shown(reader)
        assert "東洋精機" in page and "guessed company" in page

    def test_a_merged_company_is_shown_under_its_new_name(self, reader):
        new = rows.company("Mihon Holdings")
        anonymous(company=rows.company("Mihon", is_guessed=True, merged_into=new), company_confidence=75)
        assert "Mihon Holdings" in shown(reader)

    def test_a_network_is_only_a_label(self, reader):
        anonymous(network_label="So-net")
        page = shown(reader)
        assert "Anonymous" in page and "So-net" in page and "guessed company" not in page

    def test_how_it_came_and_what_it_read(self, reader):
        anonymous(channel="paid_search", source="google", campaign="spring", keyword="camera", entry_path="/a/",
                  exit_path="/b/", page_count=3, engaged_ms=125_000, device="phone", region="大阪府", country="JP")  # fmt: skip
        page = shown(reader)
        for text in ("paid search (google)", "spring", "camera", "/a/", "/b/", "3 pages", "2 min", "大阪府 JP"):
            assert text in page, text

    def test_what_visitors_sent_is_escaped(self, reader):
        visit = anonymous(source="<script>x</script>", campaign="<b>", entry_path="/<i>", network_label="<u>x")
        for page in (shown(reader), detail(reader, visit)):
            assert "<script>x" not in page and "<b>" not in page and "/<i>" not in page and "<u>x" not in page

    def test_without_visits_it_says_how_to_get_some_and_offers_no_file(self, reader):
        page = shown(reader)
        assert "leads_import_log" in page and "export=" not in page and "pagination" not in page
        anonymous()
        page = shown(reader)
        assert "export=" in page and "pagination" in page

    def test_the_number_of_queries_does_not_depend_on_the_rows(self, reader):
        def fill(times):
            for n in range(times):
                make_visit(browser(lead(name=f"L{n}", company=rows.company(f"C{n}"))))
                anonymous(company=rows.company(f"G{n}", is_guessed=True))

        fill(2)
        few = count_queries(lambda: reader.get(reverse(INDEX)))
        fill(10)
        assert count_queries(lambda: reader.get(reverse(INDEX))) == few


class TestCompanies:
    @pytest.mark.parametrize(
        ("guessed", "reason", "confidence", "words"),
        [
            (True, "company_file", 85, "guessed company"),
            (False, "company_file", 85, "guessed company"),
            (False, "own_network", 100, "company"),
            (True, "own_network", 100, "guessed company"),
        ],
    )
    def test_one_word_on_today_here_and_on_its_page(self, client, site, guessed, reason, confidence, words):
        client.force_login(person(superuser=True))
        company = rows.company("東洋精機", is_guessed=guessed)
        visit = anonymous(timezone.now(), company=company, company_reason=reason, company_confidence=confidence)
        for page in (shown(client), detail(client, visit), client.get(reverse("wagtail_leads_today")).content.decode()):
            assert f'<span class="w-status">{words}</span>' in page
            assert reverse("wagtail_leads_companies:inspect", args=[company.pk]) in page
        own = client.get(reverse("wagtail_leads_companies:inspect", args=[company.pk])).content.decode()
        assert f'<span class="w-status">{"guessed company" if guessed else "company"}</span>' in own

    def test_a_company_leads_to_all_its_visits_and_back(self, reader):
        company, alias = rows.company("東洋精機"), rows.company("Toyo", merged_into=rows.company("X"))
        type(alias).objects.filter(pk=alias.pk).update(merged_into=company)
        mine, of_alias = anonymous(company=company), anonymous(company=alias)
        of_lead = make_visit(browser(lead(company=company)))
        anonymous()
        page = reader.get(reverse("wagtail_leads_companies:inspect", args=[company.pk])).content.decode()
        assert f"{reverse(INDEX)}?company={company.pk}" in page
        assert all(url_of(one) in page for one in (mine, of_alias, of_lead))
        answer = reader.get(f"{reverse(INDEX)}?company={company.pk}")
        assert answer.context["result_count"] == 3
        assert "Back to 東洋精機" in answer.content.decode()

    @pytest.mark.parametrize("value", ["0", "x", "", "٣", "9" * 30])
    def test_another_company_filters_nothing(self, reader, value):
        anonymous()
        assert reader.get(f"{reverse(INDEX)}?company={value}").context["result_count"] == 1

    def test_who_sees_no_companies_cannot_filter_by_one(self, client):
        company = rows.company("東洋精機")
        anonymous(company=company)
        anonymous()
        client.force_login(person("view_lead"))
        answer = client.get(f"{reverse(INDEX)}?company={company.pk}")
        assert answer.context["result_count"] == 2 and "Back to" not in answer.content.decode()


class TestOwnOffices:
    def test_visits_from_before_are_not_shown_any_more(self, client, site):
        client.force_login(person(superuser=True))
        visit = anonymous(timezone.now(), entry_path="/office/", company_reason="ignore")
        today = client.get(reverse("wagtail_leads_today"))
        assert today.context["visits"] == [] and "/office/" not in shown(client)
        assert client.get(url_of(visit)).status_code == 404
        Visit.objects.update(company_reason="network_only")
        assert "/office/" in shown(client)


class TestWhoMaySeeWhat:
    def test_only_readers_of_leads(self, client):
        visit = anonymous()
        for given in ((), ("view_company",), ("add_visit",), ("delete_visit",)):
            client.force_login(person(*given))
            for url in (reverse(INDEX), url_of(visit), reverse(INDEX) + "?export=csv"):
                assert client.get(url).status_code == 302, (given, url)

    def test_a_lead_that_one_may_not_see_is_nobody(self, reader, monkeypatch):
        company = rows.company("秘密商事")
        visit = make_visit(browser(lead(name="秘密 太郎", company=company)), company=company)
        Visit.objects.update(company_reason=OWN_COMPANY, network_label="秘密ネット")
        activity("form_submitted", title="秘密の相談", visitor=visit.visitor)
        visible = permissions.visible_leads
        for module in ("permissions", "visits"):
            monkeypatch.setattr(
                f"wagtail_leads.admin_ui.{module}.visible_leads", lambda user: visible(user).filter(name="x")
            )
        for page in (shown(reader), detail(reader, visit)):
            assert "秘密" not in page and "Anonymous" in page
        assert "秘密" not in b"".join(reader.get(reverse(INDEX) + "?export=csv").streaming_content).decode()
        for query in ("?q=秘密商事", "?q=太郎", "?who=lead"):
            assert reader.get(reverse(INDEX) + query).context["result_count"] == 0, query

    def test_an_erased_person_is_nobody(self, reader):
        visit = make_visit(browser(lead(name="", erased_at=NOW)))
        assert "Anonymous" in detail(reader, visit)

    def test_a_link_names_only_its_time(self, reader):
        who = browser(lead(name="佐藤 健一"), from_at=NOW)
        make_visit(who, NOW - timedelta(days=3))
        assert "佐藤" not in shown(reader)

    def test_export_needs_its_own_permission(self, client):
        anonymous()
        client.force_login(person("view_lead"))
        assert "export=" not in shown(client)
        assert client.get(reverse(INDEX) + "?export=csv").status_code == 302

    def test_an_export_names_people_and_holds_no_formula(self, reader):
        make_visit(browser(lead(name="佐藤 健一", company_name="東洋精機")))
        anonymous(source="=cmd|'/C calc'!A0", engaged_ms=61_000, company=rows.company("Mihon", is_guessed=True))
        text = b"".join(reader.get(reverse(INDEX) + "?export=csv").streaming_content).decode()
        assert "佐藤 健一" in text and "東洋精機" in text and "Mihon" in text and "'=cmd" in text and ",61," in text

    def test_a_sheet_too(self, reader):
        make_visit(browser(lead(name="佐藤 健一")))
        assert reader.get(reverse(INDEX) + "?export=xlsx").status_code == 200

    @pytest.mark.parametrize(
        "query",
        [
            "?visitor__lead__email__startswith=a", "?visitor__lead__owner__password__startswith=p", "?id=1", "?utm_source=x",
            "?company__name__startswith=秘", "?address=1.2.3.4", "?visitor__key=x",
        ],
    )  # fmt: skip
    def test_paths_outside_the_list_do_not_filter(self, reader, query):
        anonymous()
        assert reader.get(reverse(INDEX) + query).context["result_count"] == 1

    @pytest.mark.parametrize(
        "query",
        [
            "?period=x", "?period=-1", "?period=999999999999", "?who=x", "?channel=%00", "?channel=' OR 1", "?site=x",
            "?site=99999999999999999999", "?site=٣", "?device=<b>", "?q=%00'\"--", "?o=99.-x", "?p=999999", "?export=exe",
        ],
    )  # fmt: skip
    def test_senseless_queries_give_a_page(self, reader, query):
        anonymous()
        shown(reader, query)

    @pytest.mark.parametrize("pk", ["0", "999999", "x", "٣", "1" * 30, "-1"])
    def test_an_id_that_is_none_is_not_found(self, reader, pk):
        assert reader.get(f"{reverse(INDEX)}inspect/{pk}/").status_code == 404


class TestFilters:
    def found(self, client, query):
        return client.get(reverse(INDEX) + query).context["result_count"]

    def test_period(self, reader):
        for days in (0, 1, 8, 31, 100):
            anonymous(timezone.now() - timedelta(days=days, minutes=5))
        counts = [self.found(reader, f"?period={days}") for days in (1, 7, 30, 90)]
        assert counts == [2, 2, 3, 4]

    def test_who(self, reader):
        make_visit(browser(lead()))
        anonymous(company=rows.company("Mihon", is_guessed=True))
        anonymous()
        assert [self.found(reader, f"?who={who}") for who in ("lead", "company", "anonymous")] == [1, 1, 1]

    def test_channel_device_and_site(self, reader, site):
        Site.objects.create(hostname="other.example", root_page=site.root_page)
        anonymous(channel="email", device="phone", site=site)
        anonymous(channel="direct", device="desktop", site=None)
        for query in ("channel=email", "device=phone", f"site={site.pk}"):
            assert self.found(reader, f"?{query}") == 1, query

    def test_search(self, reader):
        make_visit(browser(lead(name="佐藤 健一")))
        anonymous(company=rows.company("東洋精機", is_guessed=True), entry_path="/price/", campaign="spring")
        for words in ("佐藤", "東洋", "/price", "spring", "東洋 spring"):
            assert self.found(reader, f"?q={words}") == 1, words
        assert self.found(reader, "?q=nowhere") == 0


class TestOneVisit:
    def test_its_pages_in_order_with_what_was_measured(self, reader):
        visit = make_visit(browser(), pages=2)
        first = PageView.objects.filter(visit=visit).order_by("at").first()
        PageView.objects.filter(pk=first.pk).update(scroll=80, dwell_ms=61_000, server_seen=False)
        page = detail(reader, visit)
        assert "read to 80 %" in page and "1 min" in page and "from a cache" in page
        assert page.index(first.path) < page.rindex(PageView.objects.order_by("at").last().path)

    def test_what_else_happened_meanwhile(self, reader):
        visit = make_visit(browser(), NOW)
        for kind, minutes in (("site_searched", 1), ("email_sent", 1), ("asset_downloaded", 600)):
            activity(kind, NOW + timedelta(minutes=minutes), visitor=visit.visitor, title=f"<{kind}>")
        page = detail(reader, visit)
        assert "Searched the site" in page and "email_sent" not in page and "asset_downloaded" not in page

    def test_how_it_came_in_full(self, reader):
        visit = anonymous(channel="paid_search", source="google", medium="cpc", campaign="spring", term="t1", content="c1",
                          referrer_host="ref.example", click_id="gclid=Cj0", keyword="camera")  # fmt: skip
        page = detail(reader, visit)
        for text in ("paid search", "google", "cpc", "spring", "t1", "c1", "ref.example", "gclid=Cj0", "camera"):
            assert text in page, text

    def test_the_first_pages_topic_stands_for_the_words_that_nobody_tells(self, reader):
        Topic.objects.create(name="Cameras", slug="cameras")
        assert "Cameras" in detail(reader, anonymous(channel="organic_search", landing_topics="cameras"))

    def test_why_that_company(self, reader):
        network = Network.objects.create(
            key=rows.hex_key(), cidr="8.8.8.0/24", label="OCN", kind="company", name="東洋精機", first_seen_at=NOW,
            last_seen_at=NOW, evidence=[{"source": "isp.mmdb", "says": "organisation 東洋精機", "name": "東洋精機",
            "confidence": 75, "reason": "isp_file"}],
        )  # fmt: skip
        company = rows.company("東洋精機", is_guessed=True)
        visit = anonymous(network=network, company=company, company_confidence=75, company_reason="isp_file",
                          address="8.8.8.0", network_label="OCN")  # fmt: skip
        page = detail(reader, visit)
        assert "75 %" in page and "isp.mmdb" in page and "organisation 東洋精機" in page and "OCN" in page
        assert "only its network is kept" in page
        assert reverse("wagtail_leads_companies:inspect", args=[company.pk]) in page

    def test_companies_are_linked_for_those_who_see_them(self, client):
        company = rows.company("東洋精機", is_guessed=True)
        visit = anonymous(company=company)
        client.force_login(person("view_lead"))
        page = detail(client, visit)
        assert "東洋精機" in page and reverse("wagtail_leads_companies:inspect", args=[company.pk]) not in page

    def test_a_visit_from_a_log_says_that_nobody_measured(self, reader):
        assert "Nobody measured" in detail(reader, anonymous(engaged_ms=None))

    def test_the_number_of_queries_does_not_depend_on_its_pages(self, reader):
        short, long = make_visit(browser(), pages=1), make_visit(browser(), pages=40)
        detail(reader, short)
        one = count_queries(lambda: reader.get(url_of(short)))
        assert count_queries(lambda: reader.get(url_of(long))) == one

    def test_a_visit_over_midnight_says_both_days(self):
        begun = timezone.make_aware(timezone.datetime(2026, 11, 20, 23, 50))
        assert "11/21/2026" in moment(Visit(started_at=begun, last_at=begun + timedelta(minutes=20)))


def test_today_and_the_hub_lead_here(client, site):
    client.force_login(person("view_lead"))
    assert reverse(INDEX) in client.get(reverse("wagtail_leads_settings")).content.decode()
    lead()
    make_visit(browser(), timezone.now())
    assert reverse(INDEX) in client.get(reverse("wagtail_leads_today")).content.decode()
