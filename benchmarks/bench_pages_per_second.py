"""Pages per second through Django's handler: package on, off, and one INSERT a request, in turn in one run.

A real Wagtail page with its template, gate, hook and injected beacon; SQLite on disk as in production. "On" must be at least
0.97 of "off". "Off" is the same site without our middleware and hooks; "insert" is "off" with one committed row a request,
which is what tracking in the request would cost.

Rounds are short, take turns, and the ratio is the median of the rounds' own ratios, so that a busy machine disturbs all
three alike.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks import stage

BUDGET = 0.97


def measure(rounds: int = 30, requests: int = 60) -> dict:
    """Requests a second of each kind; the database is set up and holds the page."""
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import RequestFactory
    from wagtail import hooks

    from wagtail_leads.models import DropCount

    buffered = stage.still_buffer()
    factory = RequestFactory()

    def handler(middleware):
        settings.MIDDLEWARE = middleware
        return WSGIHandler()

    on, off = (
        handler([*settings.WITHOUT_LEADS[:1], settings.LEADS, *settings.WITHOUT_LEADS[1:]]),
        handler(settings.WITHOUT_LEADS),
    )
    ours = hooks._hooks.get("on_serve_page", [])
    bare = [hook for hook in ours if not hook[0].__module__.startswith("wagtail_leads")]

    def ask(app):
        response = app.get_response(factory.get("/article/", **stage.HEADERS))
        assert response.status_code == 200
        return response

    def run(kind: str) -> float:
        hooks._hooks["on_serve_page"] = ours if kind == "on" else bare
        app = on if kind == "on" else off
        began = time.perf_counter()
        for number in range(requests):
            ask(app)
            if kind == "insert":
                now = settings.BENCH_NOW
                DropCount.objects.create(day=now.date(), reason=f"bench{run.count}-{number}"[:20], last_at=now)
        run.count += 1
        return requests / (time.perf_counter() - began)

    from django.utils import timezone

    settings.BENCH_NOW, run.count = timezone.now(), 0
    hooks._hooks["on_serve_page"] = ours
    assert b"data-page" in ask(on).content
    kinds = ("off", "on", "insert")
    for kind in kinds:
        run(kind)
    speeds: dict[str, list[float]] = {kind: [] for kind in kinds}
    for number in range(rounds):
        order = kinds[number % 3 :] + kinds[: number % 3]
        for kind in order:
            speeds[kind].append(run(kind))
    hooks._hooks["on_serve_page"] = ours
    assert len(buffered.hits) >= rounds * requests
    ratio = statistics.median(a / b for a, b in zip(speeds["on"], speeds["off"], strict=True))
    yardstick = statistics.median(a / b for a, b in zip(speeds["insert"], speeds["off"], strict=True))
    return {
        **{f"{kind}_per_second": round(statistics.median(values), 1) for kind, values in speeds.items()},
        "ratio": round(ratio, 3),
        "yardstick_insert_ratio": round(yardstick, 3),
        "ok": ratio >= BUDGET,
    }


def prepare() -> None:
    stage.make_page()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stage.setup(Path(folder) / "bench.sqlite3")
        prepare()
        told = measure()
    if options.json:
        print(json.dumps(told))
    else:
        print(
            f"pages a second: off {told['off_per_second']}, on {told['on_per_second']}, one INSERT {told['insert_per_second']}"
        )
        print(
            f"ratio on/off {told['ratio']} (budget 0.97); one INSERT a request would be {told['yardstick_insert_ratio']}"
        )
    sys.exit(not told["ok"])
