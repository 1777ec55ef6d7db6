"""A worker that is killed in the middle of an import loses no row and doubles none; another one goes on."""

import json
import time

import pytest

from tests.concurrency.conftest import house

ROWS = 3_000
LOOK = """
import json
from wagtail_leads.models import ImportRow, Lead, LeadImport
f = LeadImport.objects.order_by("pk").first()
rows = ImportRow.objects.count()
print(json.dumps({"state": f.state, "done": f.done_rows, "made": f.made, "rows": rows, "leads": Lead.objects.count()}))
"""
#: As if a minute had passed: the dead worker's lease is over.
LATER = 'from wagtail_leads.models import LeadImport; LeadImport.objects.update(leased_until="2000-01-01T00:00Z")'


@pytest.fixture(params=["sqlite", "postgres"])
def living_site(request, smtp, tmp_path):
    yield from house(request.param, smtp, tmp_path)


def shell(site, code: str) -> str:
    out, _err = site.command("shell", "-v0", "-c", code).communicate(timeout=60)
    return out.strip().splitlines()[-1] if out.strip() else ""


def test_a_killed_worker_loses_nothing_and_another_goes_on(living_site, tmp_path):
    living_site.do("prepare", "0")
    path = tmp_path / "list.csv"
    path.write_text("氏名,email\n" + "".join(f"人 {n},p{n}@works{n % 50}.jp\n" for n in range(ROWS)), encoding="utf-8")
    worker = living_site.command("leads_import", str(path), "--basis", "none")
    first = _wait_until_some_are_in(living_site)
    worker.kill()
    worker.wait()
    assert 0 < first["done"] < ROWS, "it was killed before or after the work: it proves nothing"
    shell(living_site, LATER)
    others = [living_site.command("leads_tick") for _n in range(2)]
    for other in others:
        out, _err = other.communicate(timeout=180)
        assert other.returncode == 0, out[-2000:]
    told = _look(living_site)
    assert told == {"state": "done", "done": ROWS, "made": ROWS, "rows": ROWS, "leads": ROWS}


def _look(site) -> dict:
    return json.loads(shell(site, LOOK))


def _wait_until_some_are_in(site) -> dict:
    for _try in range(60):
        try:
            told = _look(site)
        except (ValueError, IndexError):  # no import yet
            told = {"done": 0}
        if told["done"]:
            return told
        time.sleep(0.2)
    raise AssertionError("the import did not begin")
