from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_leads.logic import programs


def program(*steps):
    return {"triggers": [], "steps": list(steps), "ends_on_inquiry": True, "may_repeat": False}


def mail(key, email=1):
    return {"key": key, "kind": "mail", "email": email}


def branch(key, yes=(), no=(), kind="condition", **more):
    return {"key": key, "kind": kind, "yes": list(yes), "no": list(no), **more}


def walk(one, answers):
    """The way through a program when its branches answer like this."""
    way, key = [], programs.first_step(one)
    while key:
        way.append(key)
        key = programs.next_step(one, key, answers.get(key, "no"))
    return way


STRAIGHT = program(mail("a"), mail("b"), mail("c"))
FORK = program(mail("a"), branch("q", [mail("y")], [mail("n1"), mail("n2")]), mail("z"))
NESTED = program(
    branch("q", [mail("y"), branch("r", [mail("ry")], [])], [branch("s", [], [mail("sn")])]),
    mail("z"),
)
ENDING = program(branch("q", [{"key": "e", "kind": "end"}, mail("never")], [mail("n")]), mail("z"))
EMPTY = program(branch("q"), branch("r", kind="wait_for", event="page", days=1))


@pytest.mark.parametrize(
    ("one", "answers", "way"),
    [
        (STRAIGHT, {}, "a b c"),
        (FORK, {"q": "yes"}, "a q y z"),
        (FORK, {"q": "no"}, "a q n1 n2 z"),
        (NESTED, {"q": "yes", "r": "yes"}, "q y r ry z"),
        (NESTED, {"q": "yes", "r": "no"}, "q y r z"),
        (NESTED, {"q": "no", "s": "no"}, "q s sn z"),
        (NESTED, {"q": "no", "s": "yes"}, "q s z"),
        (ENDING, {"q": "yes"}, "q e"),
        (ENDING, {"q": "no"}, "q n z"),
        (EMPTY, {"q": "yes"}, "q r"),
        (EMPTY, {}, "q r"),
        (program(), {}, ""),
    ],
)
def test_branches_join_again_where_the_step_after_them_stands(one, answers, way):
    assert walk(one, answers) == way.split()


def test_a_branch_without_an_answer_goes_on_behind_it():
    assert programs.next_step(FORK, "q", "") == "z"


def test_missing_branches_are_empty_ones():
    assert walk(program({"key": "q", "kind": "condition"}, mail("z")), {"q": "yes"}) == ["q", "z"]
    assert walk(program({"key": "q", "kind": "condition", "yes": None, "no": None}), {}) == ["q"]


def test_a_step_that_is_not_there_is_an_error():
    with pytest.raises(KeyError):
        programs.next_step(STRAIGHT, "gone")


@pytest.mark.parametrize(
    ("one", "codes"),
    [
        (program(), ["empty"]),
        (STRAIGHT, []),
        (NESTED, []),
        (program(mail("a"), mail("a")), ["doubled_keys"]),
        (program(mail("a"), branch("q", [mail("a")])), ["doubled_keys"]),
        (program(branch("w", kind="wait_for", event="click", days=1)), ["reaction_before_mail"]),
        (program(branch("w", kind="wait_for", event="open", days=1), mail("a")), ["reaction_before_mail"]),
        (program(branch("w", kind="wait_for", event="page", days=1)), []),
        (program(mail("a"), branch("w", kind="wait_for", event="click", days=1)), []),
        (program(mail("a"), branch("q", [branch("w", kind="wait_for", event="click", days=1)])), []),
        (program(branch("q", [branch("w", kind="wait_for", event="click", days=1)])), ["reaction_before_mail"]),
        (program(branch("q", [mail("a")]), branch("w", kind="wait_for", event="click", days=1)), []),
    ],
)
def test_what_is_wrong_with_a_program_has_a_code(one, codes):
    assert programs.validate(one) == codes


def test_all_mails_of_a_program_are_found_in_branches_too():
    one = program(mail("a", 3), branch("q", [mail("b", 4)], [branch("r", [], [mail("c", 5)])]), mail("d", None))
    assert programs.mails(one) == {3, 4, 5}


# --- any program --------------------------------------------------------------------------------------------------------

leaves = st.sampled_from(["mail", "wait", "todo", "end"]).map(lambda kind: {"kind": kind, "email": 1, "days": 1})


def trees(children):
    branches = st.lists(children, max_size=3)
    kinds = st.sampled_from(programs.BRANCHING)
    return st.builds(
        lambda kind, yes, no: {"kind": kind, "event": "page", "yes": yes, "no": no}, kinds, branches, branches
    )


any_program = st.lists(st.recursive(leaves, trees, max_leaves=25), max_size=6)


def named(steps, numbers=None):
    """The same steps with a key of their own each."""
    numbers = numbers or count()
    return [
        {**step, "key": f"k{next(numbers)}", **{b: named(step[b], numbers) for b in ("yes", "no") if b in step}}
        for step in steps
    ]


@given(any_program, st.randoms(use_true_random=False))
def test_every_program_comes_to_an_end_and_does_no_step_twice(steps, random):
    one = program(*named(steps))
    way, key = [], programs.first_step(one)
    while key:
        assert key not in way
        way.append(key)
        key = programs.next_step(one, key, random.choice(["yes", "no"]))
    assert set(way) <= set(programs.places(one))


@given(any_program)
def test_a_program_without_wrong_keys_is_a_good_one(steps):
    assert programs.validate(program(*named(steps))) == ([] if steps else ["empty"])
