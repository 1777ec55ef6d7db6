import pytest
from django.urls import reverse

from tests.admin_ui import rows
from tests.admin_ui.rows import count_queries, email, lead, person, program, run, scenario, step_id
from wagtail_leads.admin_ui import flow
from wagtail_leads.admin_ui.flow import BOX_H, BOX_W, Counts, Names, days, layout, tree, units, wrap
from wagtail_leads.scenarios.models import Scenario

INDEX = "/cms/leads/scenarios/"


def page_of(one) -> str:
    return reverse("wagtail_leads_scenarios:inspect", args=(one.pk,))


@pytest.fixture
def boss(client, db):
    client.force_login(person(superuser=True))
    return client


def step(kind, n=None, **values) -> dict:
    return {"key": f"k{n if n is not None else next(rows.number)}", "kind": kind, **values}


def branch(kind="wait_for", yes=(), no=(), **values) -> dict:
    return step(kind, event="click", days=3, yes=list(yes), no=list(no), all=[], **values)


def drawn(*steps, counts=None):
    return layout(tree({"triggers": [], "steps": list(steps)}, Names(), counts or Counts()))


def overlaps(a, b) -> bool:
    return a.x < b.x + b.w and b.x < a.x + a.w and a.y < b.y + b.h and b.y < a.y + a.h


PROGRAMS = {
    "nothing": [],
    "one": [step("mail", email=1)],
    "a row": [step("mail", email=1), step("wait", days=1), step("todo", title="t"), step("end")],
    "branches": [branch(yes=[step("mail")], no=[step("wait", days=1), step("mail")]), step("todo", title="t")],
    "empty branches": [branch(), branch("condition", yes=[step("end")])],
    "deep": [branch(yes=[branch("condition", yes=[branch(no=[step("mail")])], no=[step("mail")])], no=[branch()])],
}


class TestLayout:
    @pytest.mark.parametrize("name", PROGRAMS)
    def test_no_box_covers_another_and_all_are_inside(self, name):
        drawing = drawn(*PROGRAMS[name])
        for n, box in enumerate(drawing.boxes):
            assert box.x >= 0 and box.y >= 0
            assert box.x + BOX_W <= drawing.width and box.y + BOX_H <= drawing.height
            assert not any(overlaps(box, other) for other in drawing.boxes[n + 1 :])

    @pytest.mark.parametrize("name", PROGRAMS)
    def test_every_step_has_a_box_and_start_and_end_too(self, name):
        nodes = tree({"triggers": [], "steps": PROGRAMS[name]}, Names(), Counts())
        drawing = layout(nodes)
        assert {box.node.key for box in drawing.boxes} - {""} == flow.keys(nodes)
        assert [drawing.boxes[0].node.kind, drawing.boxes[-1].node.kind] == ["trigger", "end"]

    def test_branches_stand_side_by_side_and_join_again(self):
        drawing = drawn(branch(yes=[step("mail", 1)], no=[step("mail", 2)]), step("todo", 3, title="t"))
        by_key = {box.node.key: box for box in drawing.boxes}
        assert by_key["k1"].y == by_key["k2"].y
        assert by_key["k1"].x < by_key["k3"].x < by_key["k2"].x
        assert by_key["k3"].y > by_key["k1"].y + BOX_H

    def test_counts(self):
        key = "k1"
        counts = Counts(started=9, done=4, ended_early=1, waiting={key: 3}, passed={(key, "yes"): 4, (key, "no"): 1})
        (first, node, last) = tree({"triggers": [], "steps": [branch(n=1) | {"key": key}]}, Names(), counts)
        assert (node.waiting, node.passed, node.yes_count, node.no_count) == (3, 5, 4, 1)
        assert first.counts_text == "9 started"
        assert last.counts_text == "4 finished · 1 ended early"


class TestWords:
    @pytest.mark.parametrize(
        ("number", "words"),
        [
            (0, "at once"),
            (0.01, "14 minutes"),
            (0.5, "12 hours"),
            (1, "1 day"),
            (3.0, "3 days"),
            (1.5, "1.5 days"),
            (None, "at once"),
        ],
    )
    def test_days(self, number, words):
        assert days(number) == words

    @pytest.mark.parametrize(
        ("one", "title"),
        [
            (step("mail", email=7), "Thanks"),
            (step("mail", email=8), "(this mail is gone)"),
            (step("wait", days=2), "2 days"),
            (branch(), "clicks a link in the mail before – at most 3 days"),
            (
                step("condition", all=[{"kind": "score", "score": 40}, {"kind": "stage", "stage": "prospect"}]),
                "score at least 40 and stage is Prospect",
            ),
            (
                step("condition", all=[{"kind": "did", "what": "click", "days": 30}]),
                "clicked a link in a mail within 30 days",
            ),
            (step("condition", all=[{"kind": "never heard of"}]), "something unknown"),
            (step("end"), "The scenario ends"),
        ],
    )
    def test_titles(self, one, title):
        assert flow.title_of(one, Names(emails={7: "Thanks"})) == title

    @pytest.mark.parametrize(
        ("text", "lines"),
        [
            ("", []),
            ("short", ["short"]),
            (
                "clicks a link in the mail before – at most 3 days",
                ["clicks a link in the mail", "before – at most 3 days"],
            ),
            ("価格表を見た方へのご案内メールです", ["価格表を見た方へのご案内メ", "ールです"]),
            ("x" * 100, ["x" * 26, "x" * 25 + "…"]),
        ],
    )
    def test_wrapping(self, text, lines):
        assert wrap(text, 27, 2) == lines
        assert all(units(line) <= 27 for line in wrap(text * 9, 27, 2))


@pytest.mark.django_db
class TestScreens:
    def test_listing_counts_runs(self, boss):
        one = scenario(email())
        for state in ("waiting", "waiting", "done", "exited", "failed"):
            run(one, lead(), state=state)
        (found,) = boss.get(INDEX).context["object_list"]
        assert (found.active_runs, found.done_runs, found.exited_runs, found.stuck_runs) == (2, 1, 1, 1)

    def test_page_draws_the_live_program_with_counts(self, boss):
        one = scenario(email("お礼メール"))
        run(one, lead("佐藤"), step=2, done=(1,))
        run(one, lead("鈴木"), state="done", done=(1, 2, 3), outcome="yes")
        text = boss.get(page_of(one)).content.decode()
        for words in (
            "Flow (live)",
            "お礼メール",
            "1 here",
            "Happened: 1",
            "Did not: 0",
            "2 started",
            "佐藤",
            "clicks a link",
        ):
            assert words in text
        assert "<svg" in text and '<ol class="lx-steps">' in text

    def test_stuck_runs_are_named(self, boss):
        one = scenario(email())
        run(one, lead("田中"), state="failed")
        text = boss.get(page_of(one)).content.decode()
        assert text.index("Stuck – please look") < text.index("田中")

    def test_runs_of_older_versions_are_counted_beside(self, boss):
        one = scenario(email())
        made = run(one, lead())
        made.step = step_id(77)
        made.save()
        assert "1 run stands at a step of an older version" in boss.get(page_of(one)).content.decode()

    def test_draft_is_drawn_when_asked_for_or_never_published(self, boss):
        mail = email()
        one = scenario(mail)
        one.versions.all().delete()
        assert "Flow (draft)" in boss.get(page_of(one)).content.decode()
        assert boss.get(page_of(one) + "?draft=1").status_code == 200

    def test_an_unfinished_draft_is_no_error(self, boss):
        one = Scenario.objects.create(name="n", triggers="[]", steps="[]")
        assert "not complete yet" in boss.get(page_of(one)).content.decode()
        raw = [{"type": "wait", "value": {"days": None}, "id": step_id(1)}]
        Scenario.objects.filter(pk=one.pk).update(steps=raw)
        assert boss.get(page_of(one)).status_code == 200
        assert boss.get(reverse("wagtail_leads_scenarios:edit", args=(one.pk,))).status_code == 200

    def test_the_picture_stands_beside_the_editor(self, boss):
        text = boss.get(reverse("wagtail_leads_scenarios:edit", args=(scenario(email()).pk,))).content.decode()
        assert "Toggle flow diagram" in text
        assert "lx-drawing" in text

    def test_names_of_leads_only_for_those_who_may_see_leads(self, client):
        one = scenario(email())
        run(one, lead("佐藤"))
        client.force_login(person("view_scenario"))
        text = client.get(page_of(one)).content.decode()
        assert "佐藤" not in text
        assert "1 here" in text

    def test_permissions(self, client):
        one = scenario(email())
        client.force_login(person("view_lead"))
        assert client.get(INDEX).status_code == 302
        assert client.get(page_of(one)).status_code == 302
        client.force_login(person("view_scenario"))
        assert client.get(reverse("wagtail_leads_scenarios:edit", args=(one.pk,))).status_code == 302

    def test_as_many_queries_for_many_as_for_few(self, boss):
        one = scenario(email())
        run(one, lead(company=rows.company()))
        for target in (INDEX, page_of(one)):
            boss.get(target)
        before = [count_queries(lambda url=url: boss.get(url)) for url in (INDEX, page_of(one))]
        for n in range(20):
            run(one, lead(company=rows.company(f"c{n}")))
            scenario(email(), name=f"s{n}")
        assert [count_queries(lambda url=url: boss.get(url)) for url in (INDEX, page_of(one))] == before

    @pytest.mark.parametrize("pk", ["0", "9" * 30, "x"])
    def test_ids_that_do_not_exist(self, boss, pk):
        for action in ("inspect", "edit"):
            assert boss.get(f"{INDEX}{action}/{pk}/").status_code == 404

    @pytest.mark.parametrize("query", ["?draft=1&draft=2", "?draft=%00", "?p=x", "?live=x"])
    def test_hostile_queries_give_a_page(self, boss, query):
        one = scenario(email())
        assert boss.get(page_of(one) + query).status_code == 200
        assert boss.get(INDEX + query).status_code == 200

    def test_programs_of_the_test_are_what_the_compiler_makes(self):
        from wagtail_leads.scenarios.programs import compile_program

        mail = email()
        made = compile_program(scenario(mail))
        assert made["steps"] == program(mail)["steps"]
