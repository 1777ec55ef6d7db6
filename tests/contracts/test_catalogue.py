"""The Japanese catalogue: nothing empty, nothing uncertain, nothing forgotten."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "wagtail_leads"
CATALOGUE = PACKAGE / "locale/ja/LC_MESSAGES/django.po"
needs_gettext = pytest.mark.skipif(
    not (shutil.which("msgfmt") and shutil.which("xgettext") and shutil.which("msgattrib")),
    reason="gettext is not installed",
)


def entries(po: str) -> set[str]:
    """The msgids of a catalogue (with context), obsolete ones left out."""
    found = set()
    for block in po.split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        text = "\n".join(lines)
        match = re.search(r'^msgid ((?:".*"\n?)+)', text, flags=re.M)
        if match:
            context = re.search(r'^msgctxt "(.*)"', text, flags=re.M)
            words = "".join(re.findall(r'"(.*)"', match[1]))
            found.add((context[1] + "|" if context else "") + words)
    return found - {""}


@needs_gettext
def test_every_entry_is_translated_and_certain():
    assert CATALOGUE.exists(), "run make messages"
    for what in ("--untranslated", "--only-fuzzy"):
        told = subprocess.run(
            ["msgattrib", what, "--no-obsolete", CATALOGUE], capture_output=True, text=True, check=True
        )
        assert not entries(told.stdout), what


@needs_gettext
def test_the_catalogue_compiles_and_its_placeholders_fit(tmp_path):
    told = subprocess.run(
        ["msgfmt", "--check-format", "-o", tmp_path / "x.mo", CATALOGUE], capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr
    assert CATALOGUE.with_suffix(".mo").exists(), "the compiled catalogue is in the repository, a wheel needs it"


@needs_gettext
def test_every_text_in_the_code_is_in_the_catalogue(tmp_path):
    copy = tmp_path / "wagtail_leads"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("*.mo", "__pycache__", "migrations"))
    command = [sys.executable, "-m", "django", "makemessages", "-l", "ja", "--no-wrap", "--no-obsolete", "-v", "0"]
    env = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    told = subprocess.run(command, cwd=copy, env=env, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    wanted = entries((copy / "locale/ja/LC_MESSAGES/django.po").read_text(encoding="utf-8"))
    assert not wanted - entries(CATALOGUE.read_text(encoding="utf-8"))


#: Function of Django -> where its texts stand among the arguments; a context before them is told apart.
FIRST = {"gettext": 1, "gettext_lazy": 1, "gettext_noop": 1, "ngettext": 2, "ngettext_lazy": 2}
WITH_CONTEXT = {"pgettext": 1, "pgettext_lazy": 1, "npgettext": 2, "npgettext_lazy": 2}


def texts_of(source: str) -> set[str]:
    """What the functions of Django's translation are called with, by whatever name, also inside of an f-string."""
    tree = ast.parse(source)
    known = {
        name.asname or name.name: name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
    }
    found = set()
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known):
            continue
        function, values = known[node.func.id], [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        if function in FIRST and values:
            found.add(str(values[0]))
        elif function in WITH_CONTEXT and len(values) > 1:
            found.add(f"{values[0]}|{values[1]}")
    return found


def unquoted(entry: str) -> str:
    return ast.literal_eval(f'"{entry}"')


def test_texts_are_found_under_any_name_and_inside_of_f_strings():
    source = (
        "from django.utils.translation import gettext as now_, pgettext\n"
        "now_('one')\nf\"{now_('two')}\"\npgettext('c', 'three')\nother('four')\n"
    )
    assert texts_of(source) == {"one", "two", "c|three"}


def test_no_text_in_the_code_hides_from_the_catalogue():
    """xgettext knows the functions by their usual names only, and does not look into f-strings."""
    catalogue = {unquoted(entry) for entry in entries(CATALOGUE.read_text(encoding="utf-8"))}
    hidden = {
        f"{path.relative_to(PACKAGE)}: {text}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for text in texts_of(path.read_text(encoding="utf-8"))
        if text not in catalogue and "migrations" not in path.parts
    }
    assert not hidden


#: Another word -> the word that docs/glossary.md has for the same thing.
OTHER_WORDS = {
    "ブラウザー": "ブラウザ",
    "やること": "タスク",
    "覚え書き": "メモ",
    "運用者": "運営者",
    "ネットワーク登録": "登録ネットワーク",
    "最初の流入": "初回流入",
    "最後の流入": "直近流入",
    "チャネル": "流入経路",
    "セクション": "ページグループ",
    "購入意欲": "購買意欲",
    "あなた": "ご自身",
}
#: A Latin bracket beside a Japanese letter.
NARROW = re.compile("[\u3040-\u30ff\u4e00-\u9fff][(]|[(][\u3040-\u30ff\u4e00-\u9fff](?![)])")


def test_one_word_for_one_thing():
    text = "\n".join(
        line.partition('"')[2]
        for line in CATALOGUE.read_text(encoding="utf-8").splitlines()
        if line.startswith(("msgstr", '"')) and not line.startswith("#")
    )
    assert not {other: word for other, word in OTHER_WORDS.items() if other in text}
    assert not NARROW.findall(text)


def test_the_glossary_has_each_word_once():
    rows = (PACKAGE.parent / "docs/glossary.md").read_text(encoding="utf-8").splitlines()
    words = [row.split("|")[1].strip() for row in rows if row.startswith("| ")]
    assert len(words) > 40 and len(words) == len(set(words))
