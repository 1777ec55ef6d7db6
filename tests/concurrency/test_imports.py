"""A worker that is killed in the middle of an import loses no row and doubles none; two others go on with it."""

import json

import pytest

from tests.concurrency.conftest import house

ROWS = 1_000
#: Dies in its third chunk: everything of it is written, nothing is committed.
WORK_AND_DIE = """
import os, signal
from django.utils import timezone
from wagtail_leads.capture import import_files, imports
now, put = timezone.now(), imports.put_chunk
file = import_files.store("list.csv", [open({path!r}, "rb").read()], now=now)
with import_files.on_disk(file) as path:
    import_files.look_into(file, path)
calls = []
def put_and_die(*args, **kwargs):
    put(*args, **kwargs)
    calls.append(1)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
imports.put_chunk = put_and_die
imports.start(file, now=now)
imports.run_due(now=now)
"""
LOOK = """
import json
from wagtail_leads.models import ImportRow, Lead, LeadImport
f = LeadImport.objects.get()
rows = ImportRow.objects.count()
print(json.dumps({"state": f.state, "done": f.done_rows, "made": f.made, "rows": rows, "leads": Lead.objects.count()}))
"""
#: As if a minute had passed: the dead worker's lease is over.
LATER = '\nLeadImport.objects.update(leased_until="2000-01-01T00:00Z")'


@pytest.fixture(params=["sqlite", "postgres"])
def living_site(request, smtp, tmp_path):
    yield from house(request.param, smtp, tmp_path)


def shell(site, code: str) -> tuple[int, str]:
    made = site.command("shell", "-v0", "-c", code)
    out, _err = made.communicate(timeout=120)
    return made.returncode, out.strip()


def test_a_killed_worker_loses_nothing_and_others_go_on(living_site, tmp_path):
    living_site.do("prepare", "0")
    path = tmp_path / "list.csv"
    path.write_text("氏名,email\n" + "".join(f"人 {n},p{n}@works{n % 50}.jp\n" for n in range(ROWS)), encoding="utf-8")
    code, out = shell(living_site, WORK_AND_DIE.format(path=str(path)))
    assert code == -9, out[-2000:]
    told = json.loads(shell(living_site, LOOK + LATER)[1].splitlines()[-1])
    assert told["state"] == "running" and 0 < told["done"] == told["made"] == told["rows"] == told["leads"] < ROWS
    for other in [living_site.command("leads_tick") for _n in range(2)]:
        out, _err = other.communicate(timeout=180)
        assert other.returncode == 0, out[-2000:]
    told = json.loads(shell(living_site, LOOK)[1].splitlines()[-1])
    assert told == {"state": "done", "done": ROWS, "made": ROWS, "rows": ROWS, "leads": ROWS}
