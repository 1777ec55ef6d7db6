"""While a log is imported the site goes on: on SQLite there is one writer at a time, and its queue is not fair."""

import json

import pytest

from tests.concurrency.conftest import house
from tests.tracking.logs import line

#: Seconds within which 99 of 100 form posts are done (DESIGN, rule 12).
BUDGET = 1.0
LINES = 20_000


@pytest.fixture
def living_site(smtp, tmp_path):
    yield from house("sqlite", smtp, tmp_path)


def test_form_posts_hardly_wait_while_a_log_is_imported(living_site, tmp_path, capsys):
    living_site.do("prepare", "1")
    log = tmp_path / "access.log"
    lines = (line(n * 30, f"/{n % 40}/", client=f"198.51.{n // 250 % 250}.{n % 250}") for n in range(LINES))
    log.write_text("\n".join(lines) + "\n")
    importer = living_site.command("leads_import_log", str(log), "--json")
    told = living_site.do("post_forms", "200")
    was_running = importer.poll() is None
    out, _err = importer.communicate(timeout=240)
    assert importer.returncode == 0, out[-2000:]
    imported = json.loads(out.splitlines()[-1])
    times = told["times"]
    p99 = times[int(len(times) * 0.99) - 1]
    with capsys.disabled():
        print(
            f"[form posts p50 {times[len(times) // 2]:.3f} s, p99 {p99:.3f} s; import {imported['seconds']} s]", end=" "
        )
    assert was_running, "the import ended before the posts did: it proves nothing"
    assert imported["views"] == LINES
    assert p99 < BUDGET
