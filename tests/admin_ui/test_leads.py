from datetime import timedelta

import pytest
from django.urls import reverse

from tests.admin_ui import rows
from tests.admin_ui.rows import NOW, busy_lead, count_queries, lead, person
from wagtail_leads.identity.models import Lead
from wagtail_leads.sales.models import FollowUp, Todo

pytestmark = pytest.mark.django_db

INDEX = "/cms/leads/"


def page_of(one) -> str:
    return reverse("wagtail_leads_leads:inspect", args=(one.pk,))


@pytest.fixture
def boss(client):
    user = person(superuser=True)
    client.force_login(user)
    return client


def login(client, *permissions):
    user = person(*permissions)
    client.force_login(user)
    return user


class TestListing:
    def test_hottest_first_and_those_without_a_score_last(self, boss):
        cold, warm, hot = lead(), lead(score=10), lead(score=90)
        text = boss.get(INDEX).content.decode()
        assert text.index(page_of(hot)) < text.index(page_of(warm)) < text.index(page_of(cold))
        back = boss.get(INDEX, {"ordering": "rank"}).content.decode()
        assert back.index(page_of(warm)) < back.index(page_of(hot)) < back.index(page_of(cold))

    def test_shows_company_job_stage_and_connection(self, boss):
        lead(company=rows.company("北陸化学"), job_title="課長", stage="prospect")
        text = boss.get(INDEX).content.decode()
        for words in ("北陸化学", "課長", "Prospect", "not connected"):
            assert words in text

    @pytest.mark.parametrize(
        "query",
        [
            {"stage": "prospect"},
            {"company": "北陸"},
            {"connected": "yes"},
            {"q": "wanted"},
            {"created_at_from": "2026-06-01"},
        ],
    )
    def test_filters_and_search(self, boss, query):
        wanted = lead("Wanted", stage="prospect", company=rows.company("北陸化学"), connected_at=NOW)
        other = lead("Other", created_at=NOW - timedelta(days=100))
        text = boss.get(INDEX, query).content.decode()
        assert page_of(wanted) in text
        assert page_of(other) not in text

    def test_merged_and_erased_leads_are_gone(self, boss):
        kept = lead("Kept")
        gone = [lead("Merged", merged_into=kept), lead("Erased", erased_at=NOW)]
        text = boss.get(INDEX).content.decode()
        assert page_of(kept) in text
        for one in gone:
            assert page_of(one) not in text
            assert boss.get(page_of(one)).status_code == 404

    def test_as_many_queries_for_fifty_as_for_five(self, boss):
        few, many = 5, 25
        for n in range(few):
            lead(company=rows.company(f"c{n}"), owner=person(), score=n + 1)
        boss.get(INDEX)
        first = count_queries(lambda: boss.get(INDEX))
        for n in range(many):
            lead(company=rows.company(f"d{n}"), owner=person(), score=n + 1)
        assert count_queries(lambda: boss.get(INDEX)) == first

    @pytest.mark.parametrize(
        "query",
        [
            "?p=99999999999999999999",
            "?p=-1",
            "?p=%00",
            "?ordering=owner__password",
            "?stage=%27%3B--",
            "?owner=99999999999999999999999",
            "?owner=x",
            "?q=%00%ff",
            "?created_at_from=0000-99-99",
            "?utm_source=x&company__startswith=a",
            "?export=exe",
            "?connected=maybe&connected=yes",
            "?ordering=-rank&ordering=rank",
        ],
    )
    def test_hostile_queries_give_a_page(self, boss, query):
        lead()
        assert boss.get(INDEX + query).status_code == 200
        assert boss.get(INDEX + "results/" + query).status_code == 200


class TestPermissions:
    def test_adding_alone_shows_nobody(self, client):
        login(client, "add_lead")
        one = lead()
        assert client.get(INDEX).status_code == 302  # Wagtail sends home with a message
        assert client.get(page_of(one)).status_code == 302

    def test_viewing_does_not_change(self, client):
        login(client, "view_lead")
        one = lead(note="before")
        assert client.get(page_of(one)).status_code == 200
        assert "Save note" not in client.get(page_of(one)).content.decode()
        for name in ("note", "result", "snooze"):
            client.post(
                reverse(f"wagtail_leads_leads:{name}", args=(one.pk,)), {"note": "x", "result": "reached", "days": "1"}
            )
        assert Lead.objects.get(pk=one.pk).note == "before"
        assert not FollowUp.objects.exists()
        assert client.get(reverse("wagtail_leads_leads:edit", args=(one.pk,))).status_code == 302

    def test_strangers_to_leads_see_nothing_by_id(self, client):
        login(client, "view_company")
        assert client.get(page_of(lead())).status_code == 302

    @pytest.mark.parametrize("pk", [0, 999, 10**18, 10**30])
    def test_ids_that_do_not_exist(self, boss, pk):
        assert boss.get(f"/cms/leads/{pk}/").status_code == 404
        assert boss.get(f"/cms/leads/{pk}/edit/").status_code == 404
        assert boss.get(f"/cms/leads/{pk}/history/").status_code == 404
        assert boss.post(f"/cms/leads/{pk}/note/").status_code == 404

    def test_export_needs_its_own_permission(self, client):
        lead()
        login(client, "view_lead", "change_lead")
        assert client.get(INDEX, {"export": "csv"}).status_code == 302
        assert "Download CSV" not in client.get(INDEX).content.decode()
        login(client, "view_lead", "export_lead")
        assert client.get(INDEX, {"export": "csv"}).status_code == 200


class TestExport:
    def test_cells_are_no_formulas_and_excel_reads_japanese(self, boss):
        lead("=HYPERLINK(1)", score=12.0, phone="+81 3", note="@x")
        text = b"".join(boss.get(INDEX, {"export": "csv"}).streaming_content).decode()
        assert text.startswith("\ufeff")
        assert "'=HYPERLINK(1)" in text
        assert "'+81 3" in text
        assert "'@x" in text

    def test_xlsx(self, boss):
        lead(score=12.0)
        response = boss.get(INDEX, {"export": "xlsx"})
        assert response.status_code == 200
        assert b"".join(response.streaming_content)[:2] == b"PK"


class TestEntering:
    FORM = {"email": "", "name": "", "company_name": "", "phone": "", "job_title": "", "owner": "", "note": ""}

    def test_by_hand(self, boss):
        response = boss.post(INDEX + "new/", {**self.FORM, "email": "Sato@Example.co.jp", "name": "佐藤"})
        made = Lead.objects.get()
        assert response.url == page_of(made)
        assert made.email_key
        assert made.source == "by_hand"
        assert made.owner is not None

    def test_an_address_that_is_taken_leads_to_its_lead(self, boss):
        boss.post(INDEX + "new/", {**self.FORM, "email": "sato@example.co.jp"})
        there = Lead.objects.get()
        response = boss.post(INDEX + "new/", {**self.FORM, "email": "SATO@example.co.jp"})
        assert response.status_code == 200
        assert page_of(there) in response.content.decode()
        assert Lead.objects.count() == 1

    def test_needs_something_to_know_the_person_by(self, boss):
        assert boss.post(INDEX + "new/", self.FORM).status_code == 200
        assert not Lead.objects.exists()

    @pytest.mark.parametrize("email", ["no address", "a@b", "x" * 300 + "@example.com", "a\0@example.com"])
    def test_bad_addresses(self, boss, email):
        assert boss.post(INDEX + "new/", {**self.FORM, "email": email, "name": "n"}).status_code == 200
        assert not Lead.objects.exists()


class TestPage:
    def test_stands_in_the_order_of_the_work(self, boss):
        text = boss.get(page_of(busy_lead())).content.decode()
        marks = ["lx-next", 'id="lx-memo"', 'id="lx-note"', 'id="lx-contact"', 'id="timeline"', 'id="score"']
        places = [text.index(mark) for mark in marks]
        assert places == sorted(places)

    def test_the_persons_own_company_is_not_told_as_a_guess(self, boss):
        one = lead()
        made = rows.visit(rows.browser(one), NOW, 1, company=rows.company("Own Ltd"))
        type(made).objects.filter(pk=made.pk).update(company_reason="lead", company_confidence=90)
        text = boss.get(page_of(one)).content.decode()
        assert "Guessed company" not in text and "guessed company" not in text

    def test_says_what_to_do_and_why_without_a_to_do(self, boss):
        one = lead(phone="03-1234-5678", score=90.0)
        rows.activity("inquiry_made", NOW, lead=one, title="お問い合わせ")
        text = boss.get(page_of(one)).content.decode()
        assert "Call today" in text
        assert "nobody has answered" in text

    def test_names_the_guessed_company_with_its_reason(self, boss):
        one = lead()
        guessed = rows.company("推定工業", is_guessed=True)
        made = rows.visit(rows.browser(one), NOW, company=guessed)
        made.company_confidence, made.company_reason = 85, "company_file"
        made.save()
        text = boss.get(page_of(one)).content.decode()
        assert "Guessed company" in text
        assert "85 % sure: the network is registered to this company" in text

    def test_an_empty_lead(self, boss):
        text = boss.get(page_of(lead())).content.decode()
        assert "Nothing is known yet" in text
        assert "Became known here" in text

    def test_as_many_queries_for_fifty_facts_as_for_five(self, boss):
        few, many = busy_lead(pages=5), busy_lead(pages=45)
        for one in (few, many):  # the first look is noted
            boss.get(page_of(one))
        assert count_queries(lambda: boss.get(page_of(few))) == count_queries(lambda: boss.get(page_of(many)))

    @pytest.mark.parametrize(
        "query",
        [
            "?before=x",
            "?before=1.2.3",
            "?before=99999999999999999999.0.0.1",
            "?before=-99999999999.0.0.1",
            "?before=1781000000.0000000001.0.99999999999999999999999999",
            "?before=1781000000.5.-1.-5",
            "?topic=%00&facts=pages",
            "?topic=" + "x" * 4000,
            "?facts=__class__",
            "?facts=pages&topic=pump%25_",
        ],
    )
    def test_hostile_queries_give_a_page(self, boss, query):
        assert boss.get(page_of(busy_lead()) + query).status_code == 200

    def test_what_visitors_wrote_is_escaped(self, boss):
        one = lead("<script>1</script>", company_name="<b>x</b>")
        rows.activity("page_viewed", NOW, lead=one, title="<img src=x>")
        text = boss.get(page_of(one)).content.decode()
        for raw in ("<script>1</script>", "<b>x</b>", "<img src=x>"):
            assert raw not in text

    def test_nothing_inline(self, boss):
        text = boss.get(page_of(busy_lead())).content.decode()
        ours = text[text.index("lx-page") :]
        assert " style=" not in ours[: ours.index("</main>") if "</main>" in ours else None]


class TestActions:
    def url(self, name, one):
        return reverse(f"wagtail_leads_leads:{name}", args=(one.pk,))

    def test_the_note_is_kept(self, boss):
        one = lead()
        boss.post(self.url("note", one), {"note": "部長が決める\0"})
        assert Lead.objects.get(pk=one.pk).note == "部長が決める"

    def test_the_result_of_a_to_do(self, boss):
        one = lead()
        todo = Todo.objects.create(lead=one, title="t", due_at=NOW, created_at=NOW)
        boss.post(self.url("result", one), {"todo": todo.pk, "result": "meeting", "note": "火曜"})
        todo.refresh_from_db()
        assert (todo.status, todo.result, todo.result_note) == ("done", "meeting", "火曜")

    def test_another_leads_to_do_is_not_found(self, boss):
        one, other = lead(), lead()
        todo = Todo.objects.create(lead=other, title="t", due_at=NOW, created_at=NOW)
        assert boss.post(self.url("result", one), {"todo": todo.pk, "result": "meeting"}).status_code == 404
        todo.refresh_from_db()
        assert todo.status == "new"

    def test_a_contact_without_a_to_do(self, boss):
        one = lead()
        boss.post(self.url("result", one), {"result": "reached"})
        assert FollowUp.objects.get(lead=one).contacted_at

    def test_put_off(self, boss):
        one = lead()
        boss.post(self.url("snooze", one), {"days": "7"})
        assert FollowUp.objects.get(lead=one).snoozed_until

    @pytest.mark.parametrize(
        "data",
        [{}, {"result": "x", "days": "x"}, {"days": "99999999999"}, {"todo": "1;", "result": "reached", "days": "1"}],
    )
    def test_nonsense_changes_nothing(self, boss, data):
        one = lead()
        for name in ("result", "snooze"):
            assert boss.post(self.url(name, one), data).status_code < 500
        assert not FollowUp.objects.exists()

    def test_only_by_post(self, boss):
        assert boss.get(self.url("note", lead())).status_code == 405
