"""What the documentation names exists; what it links to is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
#: `wagtail_leads/tasks.py:run_river` or `tasks.py:run_river` (below the package)
NAMED = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.py)(?::([A-Za-z_][\w.]*))?`")


def resolve(name: str) -> Path | None:
    return next((p for p in (ROOT / "wagtail_leads" / name, ROOT / name) if p.exists()), None)


def names_in(path: Path) -> set[str]:
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
            if isinstance(node, ast.ClassDef):
                found |= {
                    f"{node.name}.{n.name}" for n in node.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))
                }
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {t.id for t in targets if isinstance(t, ast.Name)}
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_files_and_functions_exist(page):
    wrong = []
    for file, function in NAMED.findall(page.read_text(encoding="utf-8")):
        path = resolve(file)
        if path is None or function and function not in names_in(path):
            wrong.append(f"{file}:{function}")
    assert not wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:|#", target):
            continue
        assert (page.parent / target.partition("#")[0]).exists(), target


def test_the_architecture_page_names_much():
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    assert len([name for name in NAMED.findall(text) if name[1]]) > 25


def test_every_check_and_command_is_described():
    checks = set(re.findall(r'id="wagtail_leads\.([EW]\d+)"', (ROOT / "wagtail_leads/checks.py").read_text()))
    page = (ROOT / "docs/reference/checks.md").read_text(encoding="utf-8")
    assert not {c for c in checks if c not in page}
    commands = {p.stem for p in (ROOT / "wagtail_leads/management/commands").glob("leads_*.py")}
    page = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    assert not {c for c in commands if f"`{c}" not in page}


def test_every_kind_of_activity_and_every_signal_is_described():
    from wagtail_leads.logic.kinds import ActivityKind, DropReason

    page = (ROOT / "docs/reference/activities.md").read_text(encoding="utf-8")
    assert not [kind.value for kind in [*ActivityKind, *DropReason] if f"`{kind.value}`" not in page]
    signals = re.findall(r"^(\w+) = Signal\(\)", (ROOT / "wagtail_leads/signals.py").read_text(), flags=re.M)
    page = (ROOT / "docs/reference/signals.md").read_text(encoding="utf-8")
    assert signals and not [s for s in signals if f"`{s}`" not in page]
