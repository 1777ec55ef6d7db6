"""The list of leads: what its search and each filter find, saved lists, columns."""

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from tests.admin_ui import rows
from tests.admin_ui.rows import count_queries, lead, person
from wagtail_leads.capture.models import Conversion, Goal, ImportRow, LeadImport
from wagtail_leads.identity.models import Consent, Lead, LeadField, LeadSource, LeadTag, LeadTagging
from wagtail_leads.identity.operations import save_lead
from wagtail_leads.logic import decay
from wagtail_leads.mailing.models import Suppression
from wagtail_leads.sales.models import FollowUp, SavedView, Todo
from wagtail_leads.scoring.models import LeadScore
from wagtail_leads.scoring.operations import half_life

pytestmark = pytest.mark.django_db
INDEX = "/cms/leads/"
DAY = timedelta(days=1)


@pytest.fixture
def boss(client):
    client.user = person(superuser=True)
    client.force_login(client.user)
    return client


def found(client, **query) -> set[str]:
    """Names of the leads that the list shows."""
    answer = client.get(INDEX, query)
    assert answer.status_code == 200
    return {one.name for one in answer.context["object_list"]}


def known(name="佐藤 健一", **values) -> Lead:
    """Entered by hand: with its keys."""
    return save_lead(Lead(name=name, **values), now=timezone.now())


def scored(one: Lead, points: float) -> Lead:
    now = timezone.now()
    LeadScore.objects.create(lead=one, value=points, as_of=now, rank=decay.rank(points, now, half_life()))
    return one


SEARCHES = [
    # what is typed, is it found?
    ("佐藤", True),
    ("佐藤健一", True),
    ("佐藤 健一", True),
    ("サトウ", True),
    ("さとう", True),
    ("ｻﾄｳ", True),
    ("SATO@mihon", True),
    ("sato@mihon.example", True),
    ("03-6344-6580", True),
    ("０３（６３４４）６５８０", True),
    ("+81 3 6344 6580", True),
    ("09012345678", True),
    ("東洋精機", True),
    ("佐藤 東洋", True),
    ("展示会", True),
    ("半導体", True),
    ("佐藤 北陸", False),
    ("03-6344-6581", False),
    ("%", False),
    ("_", False),
]


@pytest.mark.parametrize(("typed", "is_found"), SEARCHES)
def test_search(boss, typed, is_found):
    LeadField.objects.create(key="field-1", label="業種")
    one = known(
        email="sato@mihon.example", family_kana="サトウ", given_kana="ケンイチ", phone="03-6344-6580", mobile="090-1234-5678",
        company_name="東洋精機", extra={"field-1": "半導体製造"},
    )  # fmt: skip
    LeadTagging.objects.create(lead=one, tag=LeadTag.objects.create(name="展示会2026"), at=timezone.now())
    known("Other Person")
    assert found(boss, q=typed) == ({"佐藤 健一"} if is_found else set())


@pytest.fixture
def two(boss):
    """One lead of whom everything is said that can be asked for, and one of whom nothing is."""
    now = timezone.now()
    source = LeadSource.objects.create(name="展示会", created_at=now)
    LeadField.objects.create(key="size", label="規模", kind="choice", choices="大\n小")
    LeadField.objects.create(key="uses", label="用途", kind="choices", choices="製造\n検査")
    LeadField.objects.create(key="ok", label="可否", kind="yes_no")
    yes = known(
        "Yes", email="yes@mihon.example", stage="prospect", owner=boss.user, company_name="東洋精機", prefecture="東京都",
        contact_wish="mail_only", source="by_hand", origin=source, extra={"size": "大", "uses": ["検査"], "ok": True},
    )  # fmt: skip
    Lead.objects.filter(pk=yes.pk).update(
        address_flag="disposable", connected_at=now, last_seen_at=now, created_at=now - DAY
    )
    scored(yes, 80)
    LeadTagging.objects.create(lead=yes, tag=LeadTag.objects.create(name="展示会"), at=now)
    Consent.objects.create(lead=yes, email_key=yes.email_key, granted=False, at=now)
    Consent.objects.create(lead=yes, email_key=yes.email_key, granted=True, at=now)
    FollowUp.objects.create(lead=yes, contacted_at=now)
    Todo.objects.create(lead=yes, title="t", due_at=now - DAY, created_at=now)
    file = LeadImport.objects.create(name="a.csv", state="done", created_at=now)
    ImportRow.objects.create(file=file, number=2, lead=yes, outcome="made")
    goal = Goal.objects.create(name="g", kind="form", created_at=now)
    Conversion.objects.create(goal=goal, activity_id=1, lead=yes, at=now)
    no = known("No", email="no@tanin.example", extra={"ok": False})
    Lead.objects.filter(pk=no.pk).update(created_at=now - 200 * DAY)
    Suppression.objects.create(address_key=no.email_key, scope="marketing", reason="unsubscribed", at=now)
    return {
        "file": file.pk,
        "goal": goal.pk,
        "tag": LeadTag.objects.get().pk,
        "origin": source.pk,
        "owner": boss.user.pk,
    }


FILTERS = [
    # query, does it show the first, the second?
    ({"stage": "prospect"}, True, False),
    ({"stage": ["prospect", "latent"]}, True, True),
    ({"owner": "me"}, True, False),
    ({"owner": "nobody"}, False, True),
    ({"owner": "{owner}"}, True, False),
    ({"score_min": "50"}, True, False),
    ({"score_min": "90"}, False, False),
    ({"score_max": "50"}, False, True),
    ({"score_max": "0"}, False, True),
    ({"spoken": "yes"}, True, False),
    ({"spoken": "no"}, False, True),
    ({"todo": "open"}, True, False),
    ({"todo": "late"}, True, False),
    ({"todo": "none"}, False, True),
    ({"tag": "{tag}"}, True, False),
    ({"company": "東洋"}, True, False),
    ({"prefecture": "東京都"}, True, False),
    ({"mail": "yes"}, True, False),
    ({"mail": "none"}, False, False),
    ({"mail": "suppressed"}, False, True),
    ({"mail": "stopped"}, False, False),
    ({"contact_wish": "mail_only"}, True, False),
    ({"contact_wish": "-"}, False, True),
    ({"address_flag": "disposable"}, True, False),
    ({"connected": "yes"}, True, False),
    ({"connected": "no"}, False, True),
    ({"active": "yes"}, True, False),
    ({"active": "no"}, False, True),
    ({"known": "7"}, True, False),
    ({"source": "by_hand"}, True, False),
    ({"origin": "{origin}"}, True, False),
    ({"file": "{file}"}, True, False),
    ({"goal": "{goal}"}, True, False),
    ({"own-size": "大"}, True, False),
    ({"own-size": "小"}, False, False),
    ({"own-uses": "検査"}, True, False),
    ({"own-ok": "yes"}, True, False),
    ({"own-ok": "no"}, False, True),
    ({"owner": "me", "mail": "yes", "tag": "{tag}", "own-ok": "yes", "q": "yes"}, True, False),
    ({"owner": "me", "mail": "suppressed"}, False, False),
]


def test_filters(boss, two):
    """One table, one database: each filter alone and some together."""
    for query, first, second in FILTERS:
        query = {name: value.format(**two) if isinstance(value, str) else value for name, value in query.items()}
        wanted = {name for name, shown in (("Yes", first), ("No", second)) if shown}
        assert found(boss, **query) == wanted, query


def test_dates(boss, two):
    today = timezone.localdate()
    assert found(boss, created_at_from=str(today - 2 * DAY)) == {"Yes"}
    assert found(boss, last_seen_at_from=str(today - DAY), last_seen_at_to=str(today + DAY)) == {"Yes"}


def test_no_permission_is_whoever_never_said_yes_or_said_no_last(boss):
    now = timezone.now()
    refused = known("Refused", email="a@mihon.example")
    known("Silent", email="b@mihon.example")
    known("No address", phone="03-6344-6580")
    stopped = known("Stopped", email="c@mihon.example")
    Lead.objects.filter(pk=stopped.pk).update(stopped_at=now)
    for granted in (True, False):
        Consent.objects.create(lead=refused, email_key=refused.email_key, granted=granted, at=now)
    assert found(boss, mail="none") == {"Refused", "Silent", "No address"}
    assert found(boss, mail="stopped") == {"Stopped"}


def test_an_empty_result_says_how_to_widen(boss):
    known()
    text = boss.get(INDEX, {"q": "zzz", "owner": "nobody"}).content.decode()
    assert "No lead matches" in text and "Try one word only" in text and "without the search" in text
    assert "Show all leads" in text


def test_an_empty_list_offers_to_begin(boss):
    assert "Enter a lead" in boss.get(INDEX).content.decode()


def test_queries_do_not_grow_with_the_leads(boss):
    LeadField.objects.create(key="size", label="規模")
    tag = LeadTag.objects.create(name="t")
    SavedView.objects.create(
        user=boss.user, columns=["tags", "permission", "todo", "origin", "own.size"], created_at=timezone.now()
    )

    def fill(count):
        for _n in range(count):
            one = lead(company=rows.company(f"c{next(rows.number)}"), owner=boss.user, score=5.0)
            LeadTagging.objects.create(lead=one, tag=tag, at=timezone.now())
            Todo.objects.create(lead=one, title="t", due_at=timezone.now(), created_at=timezone.now())

    fill(3)
    boss.get(INDEX)
    before = count_queries(lambda: boss.get(INDEX))
    fill(15)
    assert count_queries(lambda: boss.get(INDEX)) == before


class TestSavedLists:
    SAVE = "/cms/leads/lists/save/"

    def save(self, client, query="stage=prospect&ordering=-created_at", **data):
        return client.post(self.SAVE, {"name": "Mein", "query": query, **data})

    def test_keeps_filters_order_and_columns_in_their_order(self, boss):
        answer = self.save(boss, column=["email", "score"], **{"place-email": "1", "place-score": "2"})
        view = SavedView.objects.get()
        assert (view.query, view.columns, view.is_shared) == (
            "stage=prospect&ordering=-created_at",
            ["email", "score"],
            False,
        )
        prospect = lead("Prospect", stage="prospect")
        lead("Other")
        shown = boss.get(answer.url)
        assert {one.name for one in shown.context["object_list"]} == {"Prospect"}
        assert [column.name for column in shown.context["table"].columns.values()] == [
            "bulk_actions",
            "name",
            "email",
            "score",
        ]
        assert prospect.email in shown.content.decode()

    def test_stays_open_while_one_filters_on(self, boss):
        self.save(boss)
        pk = SavedView.objects.get().pk
        text = boss.get(INDEX, {"view": pk, "stage": "prospect"}).content.decode()
        assert f'name="view" value="{pk}"' in text

    def test_one_name_once(self, boss):
        self.save(boss)
        assert "already" in self.save(boss).content.decode()
        assert SavedView.objects.count() == 1

    def test_is_ones_own_unless_shared(self, boss, client):
        self.save(boss)
        view = SavedView.objects.get()
        other = person("view_lead")
        client.force_login(other)
        names = lambda: {tab.name for tab in client.get(INDEX).context["tabs"]}  # noqa: E731
        assert "Mein" not in names()
        SavedView.objects.update(is_shared=True)
        assert "Mein" in names()
        for path in (f"/cms/leads/lists/{view.pk}/", f"/cms/leads/lists/{view.pk}/delete/"):
            assert client.post(path, {"name": "x", "query": ""}).status_code == 404
        assert SavedView.objects.get().name == "Mein"

    def test_sharing_needs_the_right_to_change_leads(self, client):
        client.force_login(person("view_lead"))
        self.save(client, is_shared="on")
        assert SavedView.objects.get().is_shared is False
        client.force_login(person("view_lead", "change_lead"))
        self.save(client, is_shared="on")
        assert SavedView.objects.filter(is_shared=True).count() == 1

    def test_is_renamed_and_deleted_by_its_owner(self, boss):
        self.save(boss)
        path = f"/cms/leads/lists/{SavedView.objects.get().pk}/"
        assert boss.get(path).status_code == 200
        boss.post(path, {"name": "Neu", "query": "stage=latent"})
        assert (SavedView.objects.get().name, SavedView.objects.get().query) == ("Neu", "stage=latent")
        boss.post(f"{path}delete/")
        assert not SavedView.objects.exists()

    def test_columns_of_a_colleague(self, boss):
        asked = boss.get("/cms/leads/lists/columns/")
        assert [choice.name for choice in asked.context["column_choices"] if choice.chosen][:2] == ["score", "stage"]
        boss.post("/cms/leads/lists/columns/", {"column": ["prefecture"]})
        lead(prefecture="東京都")
        assert "東京都" in boss.get(INDEX).content.decode()
        boss.post("/cms/leads/lists/columns/", {"standard": "1"})
        assert not SavedView.objects.exists()

    @pytest.mark.parametrize("key", ["mine", "hot", "new", "no-mail", "not-connected"])
    def test_ready_lists(self, boss, key):
        known(owner=boss.user, email="a@mihon.example")
        tab = next(tab for tab in boss.get(INDEX).context["tabs"] if tab.key == key)
        shown = boss.get(tab.url)
        assert shown.context["is_narrowed"] and f"view={key}" in tab.url
        assert len(shown.context["object_list"]) == (0 if key == "hot" else 1)

    @pytest.mark.parametrize(
        "query",
        ["?view=x", "?view=99999999999999999999", "?view=%00", "?score_min=1e400", "?own-x=1", "?score_min=nan"],
    )
    def test_nonsense_gives_a_page(self, boss, query):
        lead()
        assert boss.get(INDEX + query).status_code == 200
        assert boss.get(self.SAVE + query).status_code == 200

    def test_strangers_to_leads_have_no_lists(self, client):
        client.force_login(person("view_company"))
        assert client.get(self.SAVE).status_code == 302 and client.get("/cms/leads/lists/columns/").status_code == 302


@override_settings(WAGTAIL_LEADS={"OWN_LEADS_ONLY": True})
def test_no_filter_shows_anothers_lead(client):
    known("Foreign", owner=person(), email="foreign@mihon.example", phone="03-6344-6580")
    client.force_login(person("view_lead", "change_lead"))
    for query in ({"q": "foreign@mihon.example"}, {"q": "03-6344-6580"}, {"mail": "none"}, {"owner": "nobody"}, {}):
        assert found(client, **query) == set()
