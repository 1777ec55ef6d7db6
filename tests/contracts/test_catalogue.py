"""The Japanese catalogue: nothing empty, nothing uncertain, nothing forgotten."""

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
