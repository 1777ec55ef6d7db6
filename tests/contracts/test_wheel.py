"""The built wheel holds everything: each module imports from it, and templates, static files, locale and migrations load."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROBE = """
import importlib, json, pkgutil, sys
sys.path.insert(0, sys.argv[1])
sys.path.append(sys.argv[2])
import django
from django.conf import settings
django.setup()
import wagtail_leads
assert wagtail_leads.__file__.startswith(sys.argv[1]), wagtail_leads.__file__
modules = [m.name for m in pkgutil.walk_packages(wagtail_leads.__path__, "wagtail_leads.")]
for name in modules:
    importlib.import_module(name)
from django.contrib.staticfiles import finders
from django.template.loader import get_template
from pathlib import Path
home = Path(wagtail_leads.__file__).parent
for path in (home / "templates").rglob("*.html"):
    get_template(path.relative_to(home / "templates").as_posix())
assert finders.find("wagtail_leads/page.js").startswith(sys.argv[1])
from wagtail_leads.logic.referrers import *
from wagtail_leads.public.tracking import _source
assert b"sendBeacon" in _source()
from django.db.migrations.loader import MigrationLoader
assert ("wagtail_leads", "0001_initial") in MigrationLoader(None).disk_migrations
print(json.dumps(len(modules)))
"""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    pytest.importorskip("build", reason="build is not installed")
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT]
    told = subprocess.run(command, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout[-2000:] + told.stderr[-2000:]
    (made,) = out.glob("*.whl")
    return made


def test_each_file_of_the_package_is_in_it(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(["git", "ls-files", "wagtail_leads"], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    missing = {name for name in tracked.stdout.split() if (ROOT / name).exists()} - inside
    assert not missing
    assert not [n for n in inside if n.startswith(("tests/", "example_site/", "benchmarks/")) or "__pycache__" in n]


def test_its_metadata_names_what_it_needs(wheel):
    archive = zipfile.ZipFile(wheel)
    meta = archive.read(next(n for n in archive.namelist() if n.endswith("METADATA"))).decode()
    assert "License-Expression: BSD-3-Clause" in meta and "Requires-Python: >=3.10" in meta
    for need in ("Django>=5.2", "wagtail>=7.4", "django-q2", "wagtail-modeladmin"):
        assert f"Requires-Dist: {need}".lower() in meta.lower()
    needs = [line for line in meta.splitlines() if line.startswith("Requires-Dist")]
    assert not [line for line in needs if "<" in line.partition(";")[0]], "no upper bounds"


def test_everything_loads_from_it(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONSAFEPATH": "1",
        "PYTHONPATH": str(tmp_path / "site"),
    }
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROBE, str(tmp_path / "site"), str(ROOT)],
        cwd=tmp_path, env=env, capture_output=True, text=True,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr[-3000:]
    assert json.loads(told.stdout) > 100
