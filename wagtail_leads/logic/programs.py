"""A scenario as a structured program: a tree of steps whose branches join again. Pure: what comes next?

``{"triggers": [...], "steps": [...], "ends_on_inquiry": bool, "may_repeat": bool}``; a step is a dict with ``key``,
``kind`` and its settings; ``wait_for`` and ``condition`` hold two lists of steps, ``yes`` and ``no``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

BRANCHING = ("wait_for", "condition")
KINDS = ("mail", "wait", "todo", "end", *BRANCHING)
#: A run longer than this is stopped: no published program can need it, so something is wrong.
MAX_STEPS = 500


class ProgramError(ValueError):
    """The scenario cannot be published like this."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A step and what follows it when it is done (and, for a branch, in which list it starts)."""

    step: dict
    #: Key of the step after this one in its list, or after the branch it ends; '' for the end.
    after: str


def places(program: dict) -> dict[str, Place]:
    """Every step of the program by its key, with what follows."""
    return dict(_walk(program["steps"], ""))


def _walk(steps: list[dict], after: str) -> Iterator[tuple[str, Place]]:
    for number, step in enumerate(steps):
        follows = steps[number + 1]["key"] if number + 1 < len(steps) else after
        yield step["key"], Place(step=step, after=follows)
        if step["kind"] in BRANCHING:
            for branch in ("yes", "no"):
                yield from _walk(step.get(branch) or [], follows)


def first_step(program: dict) -> str:
    return program["steps"][0]["key"] if program["steps"] else ""


def next_step(program: dict, key: str, outcome: str = "") -> str:
    """Key of the step after `key` with this outcome ('yes'/'no' at a branch); '' when it is over."""
    place = places(program)[key]
    if place.step["kind"] == "end":
        return ""
    if place.step["kind"] in BRANCHING:
        branch = place.step.get(outcome) or []
        if branch:
            return branch[0]["key"]
    return place.after


def validate(program: dict) -> list[str]:
    """What is wrong, as codes for the editor; [] for a good program."""
    problems = []
    keys = [key for key, _place in _walk(program["steps"], "")]
    if not keys:
        problems.append("empty")
    if len(keys) != len(set(keys)):
        problems.append("doubled_keys")
    problems += [
        "reaction_before_mail" for step in _unmailed_waits(program["steps"], mailed=False)[0]
    ]
    return problems


def _unmailed_waits(steps: list[dict], *, mailed: bool) -> tuple[list[dict], bool]:
    """Waits for a click or an open that no mail can come before."""
    found = []
    for step in steps:
        if step["kind"] == "mail":
            mailed = True
        if step["kind"] == "wait_for" and step["event"] in ("click", "open") and not mailed:
            found.append(step)
        if step["kind"] in BRANCHING:
            ways = [_unmailed_waits(step.get(branch) or [], mailed=mailed) for branch in ("yes", "no")]
            found += [one for way in ways for one in way[0]]
            mailed = mailed or any(way[1] for way in ways)
    return found, mailed


def mails(program: dict) -> set[int]:
    """Primary keys of every mail the program sends; a step whose mail was deleted before has none."""
    found = {place.step["email"] for place in places(program).values() if place.step["kind"] == "mail"}
    return found - {None}
