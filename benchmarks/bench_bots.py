"""Cost of the check for bots, on the agents of a real log, against what storing the same views costs in the same run.

The agents come in the order of the shared log (where it is not there: a made-up mix in which few agents are many and many
are seen once). The memory of answers begins empty; loading the public lists, once in a process, is told apart. Both are the
median of as many rounds. The budget is 5 % of storing.

A check that finds nothing is quick: so the run also says what was found, on the agents that it timed and on the tables of
the tests. Machines that say so must be found, and not one browser may be dropped.
"""

import argparse
import gzip
import json
import random
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks import stage

REAL = stage.ROOT.parent / "shared" / "data" / "access-log" / "semicomplete-2015-first-half.log.gz"
TABLES = stage.ROOT / "tests" / "logic" / "agents"
BUDGET = 0.05
ROUNDS = 3
#: Part of the machines that must be found.
FOUND = 0.97
#: By itself, so that the detector does not judge itself.
A_MACHINE = re.compile(r"https?://|(?:bot|crawler|spider)[/ ;)]", re.I)
A_BROWSER = re.compile(
    r"Mozilla/5\.0 \((?:Windows NT [\d.]+|Macintosh; Intel Mac OS X [\d_.]+|X11; (?:Ubuntu; )?Linux \w+)[\w;:. ]*\) "
    r"(?:Gecko/[\d.]+ Firefox/[\d.]+|AppleWebKit/[\d.]+ \(KHTML, like Gecko\) "
    r"(?:Chrome/[\d.]+|Version/[\d.]+) Safari/[\d.]+)"
)


def real_agents() -> list[str]:
    from wagtail_leads.logic.access_log import parse

    with gzip.open(REAL, "rb") as log:
        lines = [parse(line) for line in log]
    return [line.user_agent or "" for line in lines if line is not None]


def table(name: str) -> list[str]:
    lines = (TABLES / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("# ")]


def made_up_agents(count: int = 5000) -> list[str]:
    """By Zipf's law: the n-th most frequent agent comes 1/n as often as the first."""
    known = table("browsers.txt") + table("machines.txt")
    chance = random.Random(5)
    chance.shuffle(known)
    return chance.choices(known, weights=[1 / n for n in range(1, len(known) + 1)], k=count)


def what_is_found(agents: list[str]) -> dict:
    """Of the timed agents those of which it is plain what they are, and the tables."""
    from wagtail_leads.logic import bots

    timed = set(agents)
    browsers = {agent for agent in timed if A_BROWSER.fullmatch(agent)} | set(table("browsers.txt"))
    machines = {agent for agent in timed if A_MACHINE.search(agent)} - browsers | set(table("machines.txt"))
    return {
        "machines": len(machines),
        "machines_found": round(sum(map(bots.is_bot, machines)) / len(machines), 4),
        "browsers": len(browsers),
        "browsers_dropped": sum(map(bots.is_bot, browsers)),
        "timed_of_which_it_is_plain": len(timed & (browsers | machines)),
    }


def seconds_of_checking(agents: list[str]) -> float:
    """For all agents in order, from an empty memory."""
    from wagtail_leads.logic import bots

    bots._reason.cache_clear()
    return stage.timed(lambda: [bots.bot_reason(agent) for agent in agents])


def seconds_of_storing(count: int, round_: int) -> float:
    """As many views through the flusher's own function, 500 at a time. Each round's are new."""
    from django.utils import timezone

    from wagtail_leads.logic.hits import Hit
    from wagtail_leads.tracking.operations import store

    now = timezone.now()
    hits = [
        Hit(
            origin="page",
            at=now.timestamp() - count + n,
            hit_id=f"{round_ * count + n:032x}",
            host="http://localhost",
            path=f"/page-{n % 50}/",
            remote_addr=f"198.51.100.{n % 250}",
            user_agent=stage.AGENT,
            accept="text/html",
            accept_language="ja",
            sec_fetch_mode="navigate",
            visitor_key=f"{(round_ * count + n) // 3:032x}",
        )
        for n in range(count)
    ]
    began = time.perf_counter()
    for start in range(0, len(hits), 500):
        store(hits[start : start + 500], now=now)
    return time.perf_counter() - began


def measure() -> dict:
    from wagtail_leads.logic import bots

    lists = stage.timed(bots._public_lists)
    agents = real_agents() if REAL.is_file() else made_up_agents()
    check = statistics.median(seconds_of_checking(agents) for _round in range(ROUNDS)) / len(agents)
    uncached = stage.timed(lambda: [bots._reason.__wrapped__(agent) for agent in set(agents)]) / len(set(agents))
    kept = statistics.median(seconds_of_storing(len(agents), n) for n in range(ROUNDS)) / len(agents)
    found = what_is_found(agents)
    works = found["machines_found"] >= FOUND and not found["browsers_dropped"]
    return {
        "log": "real" if REAL.is_file() else "made up",
        "agents": len(agents),
        "different": len(set(agents)),
        "check_us": round(check * 1e6, 2),
        "check_of_a_new_agent_us": round(uncached * 1e6, 1),
        "yardstick_store_us": round(kept * 1e6, 1),
        "ratio": round(check / kept, 4),
        "lists_loaded_ms": round(lists * 1e3),
        **found,
        "ok": works and check / kept < BUDGET,
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
        print(
            f"found {told['machines_found']:.1%} of {told['machines']} machines (at least {FOUND:.0%}), "
            f"dropped {told['browsers_dropped']} of {told['browsers']} browsers (none)"
        )
    sys.exit(not told["ok"])
