"""Makes the catalogues anew from code and templates, and says what is untranslated. `make messages` calls it.

Usage: python .ci/messages.py [--check]   (--check writes nothing and exits 1 when the catalogue is not complete)
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "wagtail_leads"


def make(package: Path) -> None:
    command = [sys.executable, "-m", "django", "makemessages", "-l", "ja", "--no-location", "--no-wrap", "-v", "0"]
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    subprocess.run(command, cwd=package, check=True, env=environment)


def entries(path: Path) -> dict[str, tuple[str, bool]]:
    """msgid (with context) -> (all its msgstr joined by a blank, is it fuzzy?)."""
    found = {}
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        if block.startswith("#~"):
            continue
        context = "".join(re.findall(r'^msgctxt "(.*)"$', block, re.M))
        msgid = _joined(block, r"msgid")
        strings = [_joined(block, rf"msgstr{n}") for n in (r"\[0\]",)] if "msgstr[0]" in block else [_joined(block, "msgstr")]
        if msgid:
            found[context + msgid] = (" ".join(strings), "#, fuzzy" in block)
    return found


def _joined(block: str, word: str) -> str:
    match = re.search(rf'^{word} ((?:".*"\n?)+)', block, re.M)
    return "".join(re.findall(r'"(.*)"', match[1])) if match else ""


def problems(package: Path) -> list[str]:
    found = entries(package / "locale/ja/LC_MESSAGES/django.po")
    empty = [f"untranslated: {msgid[:70]}" for msgid, (text, _fuzzy) in found.items() if not text.strip()]
    return empty + [f"fuzzy: {msgid[:70]}" for msgid, (_text, fuzzy) in found.items() if fuzzy]


def check() -> list[str]:
    """What a fresh catalogue would lack."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "wagtail_leads"
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "migrations"))
        make(copy)
        return problems(copy)


if __name__ == "__main__":
    if "--check" in sys.argv:
        wrong = check()
    else:
        make(PACKAGE)
        subprocess.run(["msgfmt", "--check", "-o", "django.mo", "django.po"], cwd=PACKAGE / "locale/ja/LC_MESSAGES", check=True)
        wrong = problems(PACKAGE)
    print("\n".join(wrong) or "The Japanese catalogue is complete.")
    sys.exit(1 if wrong and "--check" in sys.argv else 0)
