"""What holds the house together: layers, hidden accessors, references to people, clocks, complete lists."""

import ast
import importlib.util
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

from wagtail_leads import conf, merging, models, privacy

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "wagtail_leads"
OUR_MODELS = list(apps.get_app_config("wagtail_leads").get_models(include_auto_created=False))


def stage_of(model) -> str:
    return model.__module__.split(".")[1]


def test_imports_run_one_way():
    linter = Path(sys.executable).with_name("lint-imports")
    if not linter.exists():
        pytest.skip("import-linter is not installed")
    told = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout[-3000:] + told.stderr[-500:]


def test_keys_into_another_stage_leave_no_accessor_there():
    """A reverse accessor is an import that the linter cannot see."""
    visible = [
        f"{model.__name__}.{field.name}"
        for model in OUR_MODELS
        for field in [*model._meta.fields, *model._meta.many_to_many]
        if field.is_relation and field.related_model is not None
        if field.related_model._meta.app_label != "wagtail_leads" or stage_of(field.related_model) != stage_of(model)
        if not field.remote_field.hidden
    ]
    # Wagtail's own mixins name theirs; they are not ours to hide
    wagtails = ("latest_revision", "live_revision", "locked_by", "SenderDetails.site", "TrackingSettings.site")
    assert not [name for name in visible if not name.endswith(wagtails)]


def test_merging_knows_every_reference_to_a_person():
    moved = {f"{model.__name__}.{field}" for model, field in merging.MOVED}
    assert moved | set(merging.KEPT) == merging.references()
    assert not moved & set(merging.KEPT)


def test_privacy_knows_every_reference_to_a_person():
    known = set(privacy.BLANKED) | set(privacy.DELETED) | set(privacy.CUT)
    assert known == merging.references()
    for name, (model, blanks) in privacy.BLANKED.items():
        assert name == f"{model.__name__}.lead" and set(blanks) <= {f.name for f in model._meta.fields}
    for name, model in privacy.DELETED.items():
        assert name == f"{model.__name__}.lead"


def test_the_table_of_contents_is_complete():
    own = {model.__name__ for model in OUR_MODELS}
    assert own <= set(models.__all__), "a table that the host site cannot import"
    assert len(models.__all__) == len(set(models.__all__)), "named twice"
    assert all(hasattr(models, name) for name in models.__all__)


@pytest.mark.django_db
def test_no_migration_is_missing():
    out = StringIO()
    call_command("makemigrations", "wagtail_leads", "testsite", check=True, dry_run=True, stdout=out)


def test_migrations_need_nothing_newer_than_wagtail_7_4():
    """`makemigrations` run with a newer Wagtail names its newest migration, which the LTS does not have."""
    named = {
        name
        for path in (PACKAGE / "migrations").glob("0*.py")
        for name in re.findall(r"'wagtailcore', '([^']+)'", path.read_text(encoding="utf-8"))
    }
    assert named == {"0094_alter_page_locale"}


def test_the_page_of_settings_is_the_list_of_settings():
    spec = importlib.util.spec_from_file_location("settings_page", ROOT / ".ci/settings_page.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text(encoding="utf-8") == module.page(), "run python .ci/settings_page.py"
    for name, setting in conf.SETTINGS.items():
        assert setting.sentence.endswith("."), name


def test_every_setting_is_used():
    code = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    unused = [name for name in conf.SETTINGS if not re.search(rf'(get|_texts|_networks)\("{name}"\)|"{name}", "', code)]
    loose = [name for name in unused if code.count(f'"{name}"') < 2]
    assert not loose


# --- clocks -----------------------------------------------------------------------------------------------------------

CLOCKS = re.compile(r"timezone\.now\b|datetime\.now\(|utcnow\(|date\.today\(|auto_now|localdate\(\)|localtime\(\)")
#: Only the entrances read the clock; the stages get `now` as an argument.
MAY_READ_IT = (
    "tasks.py",
    "apps.py",
    "middleware.py",
    "public/",
    "admin_ui/",
    "management/",
    "tracking/buffer.py",
    "tracking/recording.py",
    "migrations/",
)


def test_only_the_entrances_read_the_clock():
    readers = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if not str(path.relative_to(PACKAGE)).startswith(MAY_READ_IT)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if CLOCKS.search(line.partition("#")[0])
    ]
    assert not readers


# --- house style that a machine can hold ------------------------------------------------------------------------------


def test_no_drawer_for_odds_and_ends():
    assert not [p for p in PACKAGE.rglob("*.py") if p.stem in ("utils", "helpers", "misc", "common")]


def test_files_stay_readable():
    long = {str(p.relative_to(ROOT)): n for p in PACKAGE.rglob("*.py") if (n := len(p.read_text().splitlines())) > 600}
    assert not {name: n for name, n in long.items() if "migrations" not in name}


BANNED = ("time", "socket", "requests", "urllib.request", "random")


def test_logic_reads_no_clock_and_opens_no_socket():
    bad = []
    for path in (PACKAGE / "logic").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
            module = getattr(node, "module", "") or ""
            bad += [
                f"{path.name}: {n}"
                for n in [*names, module]
                if n in ("time", "socket", "requests", "urllib.request", "random")
            ]
    # datetime.time is a type, not a clock
    assert not [b for b in bad if b not in ("pacing.py: time",)]


def test_no_work_is_left_in_a_comment():
    words = re.compile(r"\b(TODO|FIXME|XXX|HACK|GUARD)\b")
    left = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in PACKAGE.rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "#" in line and words.search(line.partition("#")[2])
    ]
    assert not left
