"""A scenario as a picture: from the program (`logic.programs`) and its counts to boxes and lines. No database, no clock.

`tree(...)` puts words and counts to the steps; `layout(...)` places them from top to bottom, a branch as two columns that
join again. The same tree is drawn as a nested list, for screen readers and phones.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wagtail_leads.conditions.blocks import DID_CHOICES, STAGE_CHOICES
from wagtail_leads.logic.programs import BRANCHING
from wagtail_leads.scenarios.blocks import WAITS

BOX_W, BOX_H = 216, 82
GAP_Y, GAP_X = 34, 24
#: Room under a branch box for the labels "yes" and "no".
FORK, JOIN = 44, 20
MARGIN = 12
#: Half-width characters that fit into one line of a box.
LINE_UNITS = 27

ICONS = {
    "trigger": "pick",
    "mail": "mail",
    "wait": "time",
    "wait_for": "view",
    "condition": "help",
    "todo": "user",
    "end": "check",
}
KIND_NAMES = {
    "trigger": gettext_lazy("Start"),
    "mail": gettext_lazy("Mail"),
    "wait": gettext_lazy("Wait"),
    "wait_for": gettext_lazy("Wait for a reaction"),
    "condition": gettext_lazy("Is it so?"),
    "todo": gettext_lazy("To-do"),
    "end": gettext_lazy("End"),
}


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many runs are where. Keys are the steps' keys."""

    started: int = 0
    done: int = 0
    ended_early: int = 0
    stuck: int = 0
    waiting: Mapping[str, int] = field(default_factory=dict)
    #: (step key, outcome) -> runs that did it.
    passed: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def passed_at(self, key: str) -> int:
        return sum(count for (step, _outcome), count in self.passed.items() if step == key)


@dataclass(frozen=True, kw_only=True)
class Node:
    """One step in words, with its counts."""

    key: str
    kind: str
    title: str
    waiting: int = 0
    passed: int = 0
    #: For a branch: the two ways and how many went each.
    yes: "tuple[Node, ...]" = ()
    no: "tuple[Node, ...]" = ()
    yes_count: int = 0
    no_count: int = 0
    note: str = ""

    @property
    def branches(self) -> bool:
        return self.kind in BRANCHING

    @property
    def icon(self) -> str:
        return ICONS.get(self.kind, "cog")

    @property
    def kind_name(self):
        return KIND_NAMES.get(self.kind, self.kind)

    @property
    def counts_text(self) -> str:
        if self.note:
            return self.note
        return ngettext("%(count)d done", "%(count)d done", self.passed) % {"count": self.passed}


# -- words ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Names:
    """What the numbers in a program stand for: pk -> name."""

    emails: Mapping[int, str] = field(default_factory=dict)
    forms: Mapping[int, str] = field(default_factory=dict)
    pages: Mapping[int, str] = field(default_factory=dict)


def days(number) -> str:
    """ "3 days", "half a day"; below a day in hours or minutes."""
    number = float(number or 0)
    if number <= 0:
        return _("at once")
    if number < 1 / 24:
        minutes = max(1, round(number * 1440))
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    if number < 1:
        hours = round(number * 24)
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    if number != int(number):
        return _("%(count)s days") % {"count": f"{number:g}"}
    return ngettext("%(count)d day", "%(count)d days", int(number)) % {"count": int(number)}


def title_of(step: Mapping, names: Names) -> str:
    kind = step.get("kind")
    if kind == "mail":
        return names.emails.get(step.get("email")) or _("(this mail is gone)")
    if kind == "wait":
        return days(step.get("days"))
    if kind == "todo":
        return step.get("title") or _("To-do")
    if kind == "wait_for":
        event = str(dict(WAITS).get(step.get("event"), step.get("event")))
        return _("%(event)s – at most %(time)s") % {"event": event, "time": days(step.get("days"))}
    if kind == "condition":
        return _(" and ").join(condition(test) for test in step.get("all") or []) or _("(no condition)")
    return _("The scenario ends")


def condition(test: Mapping) -> str:
    if test.get("kind") == "score":
        if test.get("score"):
            return _("score at least %(score)s") % {"score": test["score"]}
        return _("score is worth a call")
    if test.get("kind") == "stage":
        return _("stage is %(stage)s") % {"stage": dict(STAGE_CHOICES).get(test.get("stage"), test.get("stage"))}
    if test.get("kind") == "did":
        what = dict(DID_CHOICES).get(test.get("what"), test.get("what"))
        return _("%(what)s within %(time)s") % {"what": what, "time": days(test.get("days") or 30)}
    return _("something unknown")


def trigger(test: Mapping, names: Names) -> str:
    kind = test.get("kind")
    if kind == "form":
        name = names.forms.get(test.get("form"))
        return _("form “%(name)s” is sent") % {"name": name} if name else _("any form is sent")
    if kind == "page":
        name = names.pages.get(test.get("page"))
        return _("page “%(name)s” is opened") % {"name": name} if name else _("a high-intent page is opened")
    if kind == "score":
        if test.get("score"):
            return _("score reaches %(score)s") % {"score": test["score"]}
        return _("score is worth a call")
    return _("something happens")


# -- tree -------------------------------------------------------------------------------------------------------------


def tree(program: Mapping, names: Names, counts: Counts) -> list[Node]:
    """The whole scenario: start, steps, end."""
    starts = [trigger(test, names) for test in program.get("triggers") or []]
    first = Node(
        key="",
        kind="trigger",
        title=_(" or ").join(starts) or _("nothing starts it yet"),
        passed=counts.started,
        note=ngettext("%(count)d started", "%(count)d started", counts.started) % {"count": counts.started},
    )
    note = ngettext("%(count)d finished", "%(count)d finished", counts.done) % {"count": counts.done}
    if counts.ended_early:
        early = ngettext("%(count)d ended early", "%(count)d ended early", counts.ended_early)
        note = f"{note} · {early % {'count': counts.ended_early}}"
    last = Node(key="", kind="end", title=_("The scenario ends"), passed=counts.done, note=note)
    return [first, *_nodes(program.get("steps") or [], names, counts), last]


def _nodes(steps: Iterable[Mapping], names: Names, counts: Counts) -> list[Node]:
    return [_node(step, names, counts) for step in steps]


def _node(step: Mapping, names: Names, counts: Counts) -> Node:
    key = step["key"]
    branches = step["kind"] in BRANCHING
    return Node(
        key=key,
        kind=step["kind"],
        title=title_of(step, names),
        waiting=counts.waiting.get(key, 0),
        passed=counts.passed_at(key),
        yes=tuple(_nodes(step.get("yes") or [], names, counts)) if branches else (),
        no=tuple(_nodes(step.get("no") or [], names, counts)) if branches else (),
        yes_count=counts.passed.get((key, "yes"), 0),
        no_count=counts.passed.get((key, "no"), 0),
    )


def keys(nodes: Iterable[Node]) -> set[str]:
    found = set()
    for node in nodes:
        found |= {node.key} | keys(node.yes) | keys(node.no)
    return found - {""}


# -- layout -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Box:
    node: Node
    #: Upper left corner, in pixels.
    x: int
    y: int
    w: int = BOX_W
    h: int = BOX_H

    @property
    def lines(self) -> list[tuple[int, str]]:
        """(y, text) of the title, at most two lines."""
        found = wrap(self.node.title, LINE_UNITS, 2)
        first = self.y + (47 if len(found) == 1 else 40)
        return [(first + 16 * number, text) for number, text in enumerate(found)]

    icon_x = property(lambda self: self.x + 12)
    icon_y = property(lambda self: self.y + 9)
    name_x = property(lambda self: self.x + 32)
    name_y = property(lambda self: self.y + 20)
    text_x = property(lambda self: self.x + 12)
    count_y = property(lambda self: self.y + self.h - 9)
    pill_x = property(lambda self: self.x + self.w - 74)
    pill_y = property(lambda self: self.y + 6)
    pill_text_x = property(lambda self: self.x + self.w - 41)
    pill_text_y = property(lambda self: self.y + 19)


@dataclass(frozen=True, kw_only=True)
class Line:
    #: "x,y x,y …" for a polyline.
    points: str
    arrow: bool = True


@dataclass(frozen=True, kw_only=True)
class Label:
    x: int
    y: int
    text: str
    way: str


@dataclass(kw_only=True)
class Drawing:
    width: int = 0
    height: int = 0
    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)


def layout(nodes: list[Node]) -> Drawing:
    """Everything placed; the drawing is as wide as its widest row of branches."""
    drawing = Drawing()
    width = _width(nodes)
    bottom = _stack(drawing, nodes, center=MARGIN + width // 2, top=MARGIN)
    drawing.width, drawing.height = width + 2 * MARGIN, bottom + MARGIN
    return drawing


def _width(nodes: Iterable[Node]) -> int:
    return max((_node_width(node) for node in nodes), default=BOX_W)


def _node_width(node: Node) -> int:
    if not node.branches:
        return BOX_W
    return _width(node.yes) + GAP_X + _width(node.no)


def _stack(drawing: Drawing, nodes: Iterable[Node], *, center: int, top: int) -> int:
    """Places a list of steps below each other and gives back the bottom of the last one."""
    y, bottom = top, None
    for node in nodes:
        if bottom is not None:
            drawing.lines.append(Line(points=f"{center},{bottom} {center},{y}"))
        bottom = _place(drawing, node, center=center, top=y)
        y = bottom + GAP_Y
    return top if bottom is None else bottom


def _place(drawing: Drawing, node: Node, *, center: int, top: int) -> int:
    drawing.boxes.append(Box(node=node, x=center - BOX_W // 2, y=top))
    bottom = top + BOX_H
    if not node.branches:
        return bottom
    left, right = _width(node.yes), _width(node.no)
    start = center - (left + GAP_X + right) // 2
    centers = {"yes": start + left // 2, "no": start + left + GAP_X + right // 2}
    ends = {}
    for way, x in centers.items():
        branch = getattr(node, way)
        fork = bottom + FORK
        drawing.lines.append(
            Line(points=f"{center},{bottom} {center},{bottom + 10} {x},{bottom + 10} {x},{fork}", arrow=bool(branch))
        )
        drawing.labels.append(Label(x=x + 8, y=bottom + 28, text=_way(node, way), way=way))
        ends[way] = _stack(drawing, branch, center=x, top=fork) if branch else fork
    joined = max(ends.values()) + JOIN
    for way, x in centers.items():
        drawing.lines.append(Line(points=f"{x},{ends[way]} {x},{joined} {center},{joined}", arrow=False))
    return joined


def _way(node: Node, way: str) -> str:
    if node.kind == "wait_for":
        word = _("Happened") if way == "yes" else _("Did not")
    else:
        word = _("Yes") if way == "yes" else _("No")
    return f"{word}: {node.yes_count if way == 'yes' else node.no_count}"


def units(text: str) -> int:
    """Width in half-width characters; Japanese characters count two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def wrap(text: str, width: int, most: int) -> list[str]:
    """At most `most` lines of at most `width` units; the last one ends with … when something is left out."""
    lines, line = [], ""
    for word in _pieces(" ".join(text.split())):
        if units(line + word.rstrip()) <= width:
            line += word
            continue
        lines.append(line.rstrip())
        line = word.lstrip()
    lines = [one for one in [*lines, line.rstrip()] if one]
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while units(last) > width - 2:
        last = last[:-1]
    return [*lines[: most - 1], last.rstrip() + "…"]


def _pieces(text: str) -> Iterable[str]:
    """Where a line may break: after a space, and between wide characters. Long words are cut."""
    piece = ""
    for char in text:
        piece += char
        if char == " " or unicodedata.east_asian_width(char) in "WF" or units(piece) >= LINE_UNITS - 1:
            yield piece
            piece = ""
    if piece:
        yield piece
