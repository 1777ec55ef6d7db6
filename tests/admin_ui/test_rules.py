import pytest
from django.urls import reverse
from django.utils import translation

from tests.admin_ui.rows import NOW, activity, count_queries, lead, person
from wagtail_leads.admin_ui.rules import sentence
from wagtail_leads.capture.models import LeadForm
from wagtail_leads.content.models import Topic
from wagtail_leads.scoring.models import ScoreEntry, ScoreRule
from wagtail_leads.scoring.operations import ensure_shipped_rules

pytestmark = pytest.mark.django_db

RULES = "/cms/leads/rules/"


@pytest.fixture
def boss(client):
    client.force_login(person(superuser=True))
    return client


@pytest.fixture
def shipped(db):
    ensure_shipped_rules()
    return {rule.key: rule for rule in ScoreRule.objects.all()}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"activity_kind": "inquiry_made", "points": 40}, "The lead made an inquiry: +40 points."),
        (
            {"activity_kind": "page_viewed", "points": 10, "high_intent_only": True, "max_per_day": 3},
            "The lead opened a page (high-intent pages only): +10 points, at most 3 times a day.",
        ),
        (
            {
                "activity_kind": "page_read",
                "points": 1,
                "content_kind": "case_study",
                "min_seconds": 30,
                "max_per_day": 1,
            },
            "The lead read a page (Case study, from 30 seconds): +1 point, at most once a day.",
        ),
        ({"activity_kind": "page_viewed", "points": 1, "min_seconds": 30}, "The lead opened a page: +1 point."),
        ({"activity_kind": "email_unsubscribed", "points": -20}, "The lead unsubscribed from mail: -20 points."),
    ],
)
def test_a_rule_says_what_it_does(values, words):
    assert sentence(ScoreRule(**values)) == words


def test_listing_in_plain_words(boss, shipped):
    text = boss.get(RULES).content.decode()
    assert "Opened a high-intent page" in text
    assert "at most 3 times a day" in text


def form_of(rule, **changes) -> dict:
    names = ("name", "activity_kind", "content_kind", "min_seconds", "max_per_day", "points")
    data = {name: getattr(rule, name) for name in names} | {"active": "on" if rule.active else ""}
    if rule.high_intent_only:
        data["high_intent_only"] = "on"
    return data | changes


def test_a_change_is_a_new_version_and_old_points_stay(boss, shipped):
    rule = shipped["page"]
    who = lead()
    ScoreEntry.objects.create(
        lead=who, rule=rule, rule_version=1, activity=activity("page_viewed", lead=who), points=1, at=NOW
    )
    url = reverse("wagtail_leads_rules:edit", args=(rule.pk,))
    assert boss.get(url).status_code == 200
    boss.post(url, form_of(rule, points=2))
    rule.refresh_from_db()
    assert (rule.points, rule.version) == (2, 2)
    assert ScoreEntry.objects.get().points == 1


def test_a_shipped_name_stays_translated_until_it_is_changed(boss, shipped):
    rule = shipped["page"]
    url = reverse("wagtail_leads_rules:edit", args=(rule.pk,))
    boss.post(url, form_of(rule, name=rule.plain_name, points=3))
    rule.refresh_from_db()
    assert rule.name == "Opened any page"
    boss.post(url, form_of(rule, name="My own words"))
    rule.refresh_from_db()
    with translation.override("ja"):
        assert rule.plain_name == "My own words"


@pytest.mark.parametrize("changes", [{"points": 10**9}, {"points": "x"}, {"activity_kind": "x"}, {"min_seconds": -1}])
def test_bad_values_are_refused(boss, shipped, changes):
    rule = shipped["page"]
    assert boss.post(reverse("wagtail_leads_rules:edit", args=(rule.pk,)), form_of(rule, **changes)).status_code == 200
    rule.refresh_from_db()
    assert (rule.points, rule.version) == (1, 1)


def test_a_rule_cannot_be_deleted(boss, shipped):
    assert boss.post(f"{RULES}delete/{shipped['page'].pk}/").status_code == 404


def test_rules_of_ones_own(boss):
    data = {"name": "n", "activity_kind": "custom", "min_seconds": 0, "max_per_day": 0, "points": 5, "active": "on"}
    boss.post(f"{RULES}new/", data)
    assert ScoreRule.objects.get(name="n").version == 1


@pytest.mark.parametrize(
    ("path", "model"),
    [(RULES, "scorerule"), ("/cms/leads/topics/", "topic"), ("/cms/leads/forms/", "leadform")],
)
def test_permissions(client, path, model):
    client.force_login(person("view_lead"))
    assert client.get(path).status_code == 302
    client.force_login(person(f"change_{model}"))
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", [RULES, "/cms/leads/topics/", "/cms/leads/forms/"])
@pytest.mark.parametrize("query", ["?p=x", "?q=%00", "?ordering=x", "?utm_source=1"])
def test_hostile_queries_give_a_page(boss, shipped, path, query):
    assert boss.get(path + query).status_code == 200
    assert boss.get(f"{path}edit/{'9' * 30}/").status_code == 404


class TestTopics:
    def post(self, client, **data):
        return client.post("/cms/leads/topics/new/", {"name": "", "slug": "", **data})

    def test_a_short_name_is_made(self, boss):
        for name in ("Flow sensor", "精密ポンプ", "流量センサー", "Flow sensor"):
            self.post(boss, name=name)
        assert list(Topic.objects.order_by("pk").values_list("slug", flat=True)) == [
            "flow-sensor", "topic-1", "topic-2", "flow-sensor-2"
        ]  # fmt: skip

    @pytest.mark.parametrize("slug", ["two words", "日本", "a" * 80])
    def test_short_names_are_one_ascii_word(self, boss, slug):
        assert self.post(boss, name="n", slug=slug).status_code == 200
        assert not Topic.objects.exists()

    def test_the_short_name_stays(self, boss):
        topic = Topic.objects.create(name="Pump", slug="pump")
        boss.post(reverse("wagtail_leads_topics:edit", args=(topic.pk,)), {"name": "Pumps", "slug": "other"})
        topic.refresh_from_db()
        assert (topic.name, topic.slug) == ("Pumps", "pump")


class TestForms:
    def test_listing_names_the_questions(self, boss):
        field = {"type": "email", "value": {"label": "", "required": True}, "id": "x"}
        LeadForm.objects.create(name="資料請求", fields=[field])
        text = boss.get("/cms/leads/forms/").content.decode()
        assert "資料請求" in text
        assert "E-mail" in text
        assert boss.get(reverse("wagtail_leads_forms:edit", args=(LeadForm.objects.get().pk,))).status_code == 200

    def test_as_many_queries_for_many_as_for_few(self, boss):
        LeadForm.objects.create(name="a", fields=[])
        boss.get("/cms/leads/forms/")
        before = count_queries(lambda: boss.get("/cms/leads/forms/"))
        for n in range(10):
            LeadForm.objects.create(name=str(n), fields=[])
        assert count_queries(lambda: boss.get("/cms/leads/forms/")) == before
