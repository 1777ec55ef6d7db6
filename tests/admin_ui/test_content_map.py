import pytest
from django.urls import reverse

from tests.admin_ui.rows import NOW, count_queries, person
from tests.testsite.models import ArticlePage
from wagtail_leads.content.models import BuyingStage, PagePolicy, Problem
from wagtail_leads.content.operations import mark_page
from wagtail_leads.content.stages import save_stages, stage_list, take_preset

pytestmark = pytest.mark.django_db
MATRIX, STAGES = "/cms/leads/settings/content-map/", "/cms/leads/settings/stages/"


@pytest.fixture
def boss(client):
    client.force_login(person(superuser=True))
    return client


def add(home, slug, title="", **marks):
    page = home.add_child(instance=ArticlePage(title=title or slug.title(), slug=slug, body=""))
    if marks:
        mark_page(page, user=None, now=NOW, **{"gated": False, "high_intent": False, **marks})
    return page


# --- the matrix -----------------------------------------------------------------------------------------------------------


def test_the_map_counts_pages_and_says_where_there_is_none(boss, home):
    add(home, "a", problem="Machines stand still", purchase_stage="interest")
    add(home, "b", problem="Machines stand still", purchase_stage="interest")
    add(home, "c", purchase_stage="action")
    add(home, "d", problem="Machines stand still", purchase_stage="gone")
    answer = boss.get(MATRIX)
    cells = {problem.name: [cell.count for cell in row] for problem, row in answer.context["rows"]}
    assert cells == {"Machines stand still": [0, 2, 0, 0, 0, 0, 0]}
    assert answer.context["missing"] == 6 and answer.context["off_list"] == 1
    assert [cell.count for cell in answer.context["without_problem"]] == [0, 0, 0, 0, 0, 0, 1]
    problem = Problem.objects.get()
    link = f"/cms/leads/settings/marked-pages/?purchase_stage=interest&problem={problem.pk}"
    assert link.replace("&", "&amp;") in answer.content.decode()
    assert {row.page.title for row in boss.get(link).context["object_list"]} == {"A", "B"}


def test_a_page_and_its_draft_or_alias_do_not_count_twice(boss, home):
    page = add(home, "a", problem="P", purchase_stage="interest")
    page.create_alias(parent=home, update_slug="alias")
    page.copy(update_attrs={"slug": "copy"}, keep_live=False)
    (_problem, cells), = boss.get(MATRIX).context["rows"]
    assert cells[1].count == 1


def test_an_empty_map_says_how_to_begin(boss):
    assert "Write the first problem" in boss.get(MATRIX).content.decode()


def test_who_sees_no_leads_and_no_marks_sees_no_map(client):
    client.force_login(person())
    assert client.get(MATRIX).status_code in (302, 403)


# --- the stages -----------------------------------------------------------------------------------------------------------


def told(rows, **more):
    data = {"form-TOTAL_FORMS": str(len(rows)), "form-INITIAL_FORMS": "0"}
    for number, row in enumerate(rows):
        data |= {f"form-{number}-{name}": value for name, value in row.items()}
    return data | more


def test_the_seven_are_there_from_the_start_each_explained(boss):
    text = boss.get(STAGES).content.decode()
    assert len(stage_list()) == 7 and all(stage.explanation for stage in stage_list())
    assert "Imagination" in text and not BuyingStage.objects.exists()


def test_the_list_is_changed_reordered_and_shortened(boss):
    rows = [
        {"key": "action", "position": "20", "name": "Order", "explanation": "Signs"},
        {"key": "interest", "position": "10", "name": "Interest", "explanation": "wants to know more"},
        {"key": "desire", "position": "15", "name": "Desire", "remove": "on"},
        {"key": "", "position": "30", "name": "Renewal", "explanation": ""},
        {"key": "", "position": "40", "name": "再契約", "explanation": ""},
    ]
    boss.post(STAGES, told(rows))
    assert [(s.key, s.name) for s in stage_list()] == [
        ("interest", "Interest"),
        ("action", "Order"),
        ("renewal", "Renewal"),
        ("stage-1", "再契約"),
    ]
    assert BuyingStage.objects.get(key="interest").name == "", "a shipped name stays translated"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"key": "action", "name": "Order", "remove": "on"}], "Keep at least one stage."),
        ([{"name": "A"}, {"name": "A"}], "Two stages have the same name."),
        ([{"key": "action", "name": ""}], "Give it a name, or remove it."),
        ([{"name": "x" * 61}], "at most 60 characters"),
    ],
)
def test_what_makes_no_list_is_said_and_nothing_changes(boss, rows, words):
    answer = boss.post(STAGES, told(rows))
    assert words in answer.content.decode() and not BuyingStage.objects.exists()


def test_aidma_is_one_press_away_and_back(boss):
    boss.post(STAGES, {"preset": "aidma"})
    assert [stage.key for stage in stage_list()] == ["attention", "interest", "desire", "memory", "action"]
    boss.post(STAGES, {"preset": "seven"})
    assert len(stage_list()) == 7


def test_a_removed_stage_stays_on_its_pages(home):
    page = add(home, "a", purchase_stage="imagination")
    take_preset("aidma")
    assert PagePolicy.objects.get(pk=page.pk).purchase_stage == "imagination"
    save_stages([stage_list()[0]])
    assert BuyingStage.objects.count() == 1


# --- kinds that we guess --------------------------------------------------------------------------------------------------


def test_guesses_are_confirmed_many_at_a_time(boss, home):
    price, case = add(home, "price", "Prices"), add(home, "case-studies", "Case studies")
    answer = boss.get(reverse("wagtail_leads_kinds"))
    assert (price.pk, "article") in [(page.pk, guess) for page, guess in answer.context["rows"]]
    boss.post(
        reverse("wagtail_leads_kinds"), {f"kind-{price.pk}": "price", f"kind-{case.pk}": "", "kind-9": "x", "kind-x": "price"}
    )
    assert list(PagePolicy.objects.values_list("page", "content_kind")) == [(price.pk, "price")]
    assert price.pk not in [page.pk for page, _g in boss.get(reverse("wagtail_leads_kinds")).context["rows"]]


def test_confirming_a_kind_opens_no_gate(boss, home):
    page = add(home, "paper", gated=True)
    boss.post(reverse("wagtail_leads_kinds"), {f"kind-{page.pk}": "catalogue"})
    policy = PagePolicy.objects.get(pk=page.pk)
    assert policy.gated and policy.content_kind == "catalogue"


# --- the report -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Alias", "Below", "Price", "Paper"]),
        ("gated=yes", ["Below", "Paper", "Alias"]),
        ("gated=no", ["Price"]),
        ("high_intent=yes", ["Price"]),
        ("content_kind=price", ["Price"]),
        ("problem=none", ["Below", "Paper", "Alias"]),
        ("own=above", ["Below", "Alias"]),
        ("own=own", ["Price", "Paper"]),
        ("page=pric", ["Price"]),
    ],
)
def test_the_report_finds_pages_by_their_marks(boss, home, query, titles):
    paper = add(home, "paper", gated=True, applies_below=True)
    add(paper, "below")
    alias = paper.create_alias(parent=home, update_slug="alias")
    type(alias).objects.filter(pk=alias.pk).update(title="Alias")
    add(home, "price", high_intent=True, content_kind="price", problem="P")
    found = boss.get(f"/cms/leads/settings/marked-pages/?{query}").context["object_list"]
    assert sorted(row.page.title for row in found) == sorted(titles)


def test_the_report_asks_no_more_for_more_pages(boss, home):
    def make(number):
        add(home, f"p{number}", gated=True, topics=["A", "B"], problem="P")

    make(1)
    few = count_queries(lambda: boss.get("/cms/leads/settings/marked-pages/"))
    for number in range(2, 9):
        make(number)
    assert count_queries(lambda: boss.get("/cms/leads/settings/marked-pages/")) <= few


def test_the_report_is_exported_in_words(boss, home):
    add(home, "price", purchase_stage="comparison", topics=["A", "B"])
    answer = boss.get("/cms/leads/settings/marked-pages/?export=csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "Comparison" in text and "A, B" in text


# --- in bulk --------------------------------------------------------------------------------------------------------------


def bulk(pages):
    ids = "&".join(f"id={page.pk}" for page in pages)
    return f"/cms/bulk/{type(pages[0].page_ptr)._meta.label_lower.replace('.', '/')}/leads_marks/?{ids}&next=/cms/"


def test_many_pages_are_marked_at_once_and_keep_what_was_not_chosen(boss, home):
    a, b = add(home, "a", high_intent=True, topics=["X"]), add(home, "b")
    assert boss.get(bulk([a, b])).status_code == 200
    boss.post(bulk([a, b]), {"gated": "yes", "content_kind": "catalogue"})
    policies = {policy.pk: policy for policy in PagePolicy.objects.all()}
    assert all(policies[page.pk].gated and policies[page.pk].content_kind == "catalogue" for page in (a, b))
    assert policies[a.pk].high_intent and [t.name for t in policies[a.pk].topics.all()] == ["X"]


def test_bulk_takes_pages_below_too_when_told_so_but_no_alias(boss, home):
    a = add(home, "a")
    below = add(a, "below")
    alias = below.create_alias(parent=home, update_slug="alias")
    boss.post(bulk([a, alias]), {"high_intent": "yes", "include_descendants": "on"})
    assert set(PagePolicy.objects.filter(inherited_from=None).values_list("pk", flat=True)) == {a.pk, below.pk}


def test_bulk_without_a_choice_says_so(boss, home):
    a = add(home, "a")
    assert "Choose at least one mark" in boss.post(bulk([a]), {}).content.decode()


def test_bulk_leaves_pages_alone_that_the_editor_may_not_publish(client, home):
    a = add(home, "a")
    client.force_login(person("view_lead"))
    client.post(bulk([a]), {"gated": "yes"})
    assert not PagePolicy.objects.exists()
