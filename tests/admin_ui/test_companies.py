from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.admin_ui import rows
from tests.admin_ui.rows import NOW, company, count_queries, lead, person
from wagtail_leads.companies.models import Company
from wagtail_leads.sales.models import Todo

pytestmark = pytest.mark.django_db

INDEX = "/cms/leads/companies/"


def page_of(one) -> str:
    return reverse("wagtail_leads_companies:inspect", args=(one.pk,))


@pytest.fixture
def boss(client):
    client.force_login(person(superuser=True))
    return client


def crowd(n: int) -> Company:
    made = company(f"会社 {n} {next(rows.number)}", is_guessed=bool(n % 2))
    one = lead(company=made, owner=person())
    rows.visit(rows.browser(one), timezone.now() - timedelta(days=1), 2, company=made)
    Todo.objects.create(lead=one, title="電話", due_at=NOW, created_at=NOW)
    return made


def test_listing_counts_without_multiplying(boss):
    one = company("東洋精機")
    now = timezone.now()
    for _n in range(3):
        who = lead(company=one)
        visitor = rows.browser(who)
        for _m in range(2):
            rows.visit(visitor, now - timedelta(days=1), 1, company=one)
    rows.visit(rows.browser(), now - timedelta(days=60), 1, company=one)
    found = boss.get(INDEX).context["object_list"]
    assert [(c.lead_count, c.visit_count) for c in found] == [(3, 6)]


def test_guessed_companies_say_so(boss):
    one = company("推定工業", is_guessed=True)
    assert "guessed company" in boss.get(INDEX).content.decode()
    assert "It may be a neighbour" in boss.get(page_of(one)).content.decode()


def test_page_shows_visits_pages_leads_and_to_dos(boss):
    text = boss.get(page_of(crowd(1))).content.decode()
    for words in ("佐藤 健一", "Page 0", "電話", "Pages they read"):
        assert words in text


def test_a_visit_of_an_unknown_browser_is_anonymous(boss):
    one = company()
    rows.visit(rows.browser(), NOW, company=one)
    assert "anonymous" in boss.get(page_of(one)).content.decode()


def test_names_of_leads_only_for_those_who_may_see_leads(client):
    one = crowd(1)
    client.force_login(person("view_company"))
    text = client.get(page_of(one)).content.decode()
    assert "佐藤 健一" not in text
    assert "電話" not in text
    assert client.get(INDEX).context["object_list"][0].lead_count == 0


def test_edit_name_domain_note_and_target(boss):
    one = company()
    url = reverse("wagtail_leads_companies:edit", args=(one.pk,))
    assert boss.get(url).status_code == 200
    boss.post(url, {"name": "新社名", "domain": "new.example.jp", "note": "n", "is_target": "on"})
    one.refresh_from_db()
    assert (one.name, one.domain, one.note, one.is_target) == ("新社名", "new.example.jp", "n", True)


def test_viewing_does_not_change(client):
    one = company()
    client.force_login(person("view_company"))
    assert client.get(reverse("wagtail_leads_companies:edit", args=(one.pk,))).status_code == 302
    client.force_login(person("view_lead"))
    assert client.get(page_of(one)).status_code == 302
    assert client.get(INDEX).status_code == 302


@pytest.mark.parametrize("url", [INDEX, "page"])
def test_as_many_queries_for_many_as_for_few(boss, url):
    one = crowd(0)
    target = INDEX if url == INDEX else page_of(one)
    boss.get(target)
    before = count_queries(lambda: boss.get(target))
    for n in range(20):
        crowd(n)
        who = lead(company=one, owner=person())
        rows.visit(rows.browser(who), NOW, 2, company=one)
    assert count_queries(lambda: boss.get(target)) == before


@pytest.mark.parametrize(
    "query", ["?kind=x", "?is_target=9", "?p=x", "?q=%00", "?ordering=note", "?ordering=-lead_count"]
)
def test_hostile_queries_give_a_page(boss, query):
    company()
    assert boss.get(INDEX + query).status_code == 200


@pytest.mark.parametrize("pk", [0, 10**30])
def test_ids_that_do_not_exist(boss, pk):
    for path in ("", "edit/", "history/"):
        assert boss.get(f"{INDEX}{pk}/{path}").status_code == 404
