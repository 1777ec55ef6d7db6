"""Cost of the check for bots, on the agents of a real log, against what storing the same views costs in the same run.

The agents come in the order of the shared log (where it is not there: a made-up mix in which few agents are many and many
are seen once). The memory of answers begins empty; loading the public lists, once in a process, is told apart. The budget
is 5 % of storing.
"""

import argparse
import gzip
import json
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks import stage

REAL = stage.ROOT.parent / "shared" / "data" / "access-log" / "semicomplete-2015-first-half.log.gz"
TABLES = stage.ROOT / "tests" / "logic" / "agents"
BUDGET = 0.05
ROUNDS = 5


def real_agents() -> list[str]:
    from wagtail_leads.logic.access_log import parse

    with gzip.open(REAL, "rb") as log:
        lines = [parse(line) for line in log]
    return [line.user_agent or "" for line in lines if line is not None]


def made_up_agents(count: int = 5000) -> list[str]:
    """By Zipf's law: the n-th most frequent agent comes 1/n as often as the first."""
    known = [
        line
        for name in ("browsers.txt", "machines.txt")
        for line in (TABLES / name).read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("# ")
    ]
    chance = random.Random(5)
    chance.shuffle(known)
    return chance.choices(known, weights=[1 / n for n in range(1, len(known) + 1)], k=count)


def seconds_of_checking(agents: list[str]) -> float:
    """For all agents in order, from an empty memory; the best of some rounds."""
    from wagtail_leads.logic import bots

    best = float("inf")
    for _round in range(ROUNDS):
        bots._reason.cache_clear()
        best = min(best, stage.timed(lambda: [bots.bot_reason(agent) for agent in agents]))
    return best


def seconds_of_storing(agents: list[str]) -> float:
    """One view for each agent through the flusher's own function, 500 at a time."""
    from django.utils import timezone

    from wagtail_leads.logic.hits import Hit
    from wagtail_leads.tracking.operations import store

    now = timezone.now()
    hits = [
        Hit(
            origin="page",
            at=now.timestamp() - len(agents) + n,
            hit_id=f"{n:032x}",
            host="http://localhost",
            path=f"/page-{n % 50}/",
            remote_addr=f"198.51.100.{n % 250}",
            user_agent=stage.AGENT,
            accept="text/html",
            accept_language="ja",
            sec_fetch_mode="navigate",
            visitor_key=f"{n // 3:032x}",
        )
        for n in range(len(agents))
    ]
    began = time.perf_counter()
    for start in range(0, len(hits), 500):
        store(hits[start : start + 500], now=now)
    return time.perf_counter() - began


def measure() -> dict:
    from wagtail_leads.logic import bots

    lists = stage.timed(bots._public_lists)
    agents = real_agents() if REAL.is_file() else made_up_agents()
    check = seconds_of_checking(agents) / len(agents)
    uncached = stage.timed(lambda: [bots._reason.__wrapped__(agent) for agent in set(agents)]) / len(set(agents))
    kept = seconds_of_storing(agents) / len(agents)
    return {
        "log": "real" if REAL.is_file() else "made up",
        "agents": len(agents),
        "different": len(set(agents)),
        "check_us": round(check * 1e6, 2),
        "check_of_a_new_agent_us": round(uncached * 1e6, 1),
        "yardstick_store_us": round(kept * 1e6, 1),
        "ratio": round(check / kept, 4),
        "lists_loaded_ms": round(lists * 1e3),
        "ok": check / kept < BUDGET,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stage.setup(Path(folder) / "bench.sqlite3")
        stage.make_page()
        told = measure()
    if options.json:
        print(json.dumps(told))
    else:
        print(
            f"{told['agents']:,} agents of a {told['log']} log ({told['different']} different): check {told['check_us']} µs, "
            f"a new agent {told['check_of_a_new_agent_us']} µs, storing the view {told['yardstick_store_us']} µs"
        )
        print(f"ratio {told['ratio']} (budget {BUDGET}); the public lists load once in {told['lists_loaded_ms']} ms")
    sys.exit(not told["ok"])
