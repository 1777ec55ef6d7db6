"""Forms under load while the web server's workers are killed: every acknowledged post is there once.

A real web server (gunicorn, two workers), some people at a time. Each opens the gated page, fills in the form and sends it,
at the rate that the site can take; both workers get SIGKILL twice on the way. Whoever gets no answer sends the same form
again, as a person would. Then the database is asked: each acknowledged post is one submission, one lead and one fact; none is
missing and none is there twice.

The yardstick of the rate is the same page opened without sending anything, in the same run.

    python benchmarks/bench_form_posts.py [--seconds 30] [--people 4] [--database postgres://…] [--json]
"""

import argparse
import json
import os
import re
import signal
import sys
import tempfile
import threading
import time
from html import unescape
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks import stage
from benchmarks.bench_buffer import server, workers_of

ACTION = re.compile(r'<form[^>]*action="([^"]*/leads/f/[^"]+)"')
FIELD = re.compile(r'<(?:input|select|textarea)[^>]*\bname="([^"]+)"')
#: What fills a field of a name; anything else stays empty.
ANSWERS = {"email": "{address}", "name": "Person {number}", "company": "Company {number}"}
PAGE = "/paper/"
#: Seconds of the yardstick before.
YARDSTICK = 5


class People:
    """Some people who fill in the form again and again, each time as somebody else."""

    def __init__(self, port: int, count: int) -> None:
        self.port = port
        self.lock, self.stopping = threading.Lock(), threading.Event()
        self.sent: list[str] = []
        self.again, self.refused = 0, []
        self.times: list[float] = []
        self.threads = [threading.Thread(target=self._live, args=(n,), daemon=True) for n in range(count)]

    def _live(self, number: int) -> None:
        turn = 0
        while not self.stopping.is_set():
            turn += 1
            self._fill_in(number * 1_000_000 + turn)

    def _fill_in(self, number: int) -> None:
        address = f"person{number}@example.com"
        # each from another network: what one network may send in an hour is limited
        network = f"{100 + number // 1_000_000}.{number % 250}.{number // 250 % 250}.7"
        shown = self._until_answered("GET", PAGE, network)
        found = ACTION.search(shown[1])
        if found is None:
            self.refused.append((shown[0], shown[1][:200]))
            time.sleep(0.1)
            return
        told = {
            name: ANSWERS[name].format(address=address, number=number)
            for name in FIELD.findall(shown[1])
            if name in ANSWERS
        }
        began = time.perf_counter()
        status, text = self._until_answered("POST", unescape(found[1]), network, urlencode(told))
        with self.lock:
            if status == 303:
                self.sent.append(address)
                self.times.append(time.perf_counter() - began)
            else:
                self.refused.append((status, text[:200]))

    def _until_answered(self, method: str, path: str, network: str, body: str = "") -> tuple[int, str]:
        """(status, text); sent again as long as the server is away."""
        while True:
            answer = ask(self.port, method, path, network, body)
            if answer is not None:
                return answer
            with self.lock:
                self.again += 1
            time.sleep(0.05)

    def __enter__(self):
        [thread.start() for thread in self.threads]
        return self

    def __exit__(self, *_error):
        self.stopping.set()
        [thread.join(timeout=60) for thread in self.threads]


def ask(port: int, method: str, path: str, network: str, body: str = "") -> tuple[int, str] | None:
    headers = {
        "User-Agent": stage.AGENT, "Accept": "text/html", "Accept-Language": "ja", "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-origin", "Host": "localhost", "X-Forwarded-For": network,
        "Content-Type": "application/x-www-form-urlencoded",
    }  # fmt: skip
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body or None, headers)
        response = connection.getresponse()
        return response.status, response.read().decode(errors="replace")
    except (OSError, HTTPException):  # the worker was killed
        return None
    finally:
        connection.close()


def opened_a_second(port: int, people: int) -> float:
    """The yardstick: how often the page with the form is opened, by as many at a time."""
    counts, end = [0] * people, time.perf_counter() + YARDSTICK

    def look(number: int) -> None:
        while time.perf_counter() < end:
            counts[number] += ask(port, "GET", PAGE, f"203.0.113.{number + 1}") is not None

    threads = [threading.Thread(target=look, args=(n,)) for n in range(people)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return sum(counts) / YARDSTICK


def gated_page() -> None:
    from django.utils import timezone
    from wagtail.models import Site

    from tests.testsite.models import ArticlePage
    from wagtail_leads.content.operations import mark_page

    home = Site.objects.get(is_default_site=True).root_page
    page = home.add_child(instance=ArticlePage(title="Paper", slug="paper", body="<p>Secret.</p>"))
    mark_page(page, user=None, now=timezone.now(), gated=True, high_intent=False)


def run(folder: Path, *, seconds: float, people: int) -> dict:
    """Kill all workers after a third and after two thirds of the time; then count."""
    with server(folder, "memory") as (port, process):
        yardstick = opened_a_second(port, people)
        with People(port, people) as crowd:
            kills = 0
            for _third in range(3):
                time.sleep(seconds / 3)
                if kills < 2:
                    kills += 1
                    for pid in workers_of(process):
                        os.kill(pid, signal.SIGKILL)
    return counted(crowd) | {
        "kills": kills,
        "a_second": round(len(crowd.sent) / seconds, 1),
        "pages_a_second": round(yardstick, 1),
        "ratio": round(len(crowd.sent) / seconds / max(yardstick, 0.1), 3),
        "p50": round(stage.percentile(crowd.times or [0.0], 0.5), 3),
        "p99": round(stage.percentile(crowd.times or [0.0], 0.99), 3),
    }


def counted(crowd: People) -> dict:
    """What the database holds of what was acknowledged."""
    from collections import Counter

    from wagtail_leads.models import Activity, FormSubmission, Lead

    submissions = Counter(FormSubmission.objects.values_list("lead__email", flat=True))
    leads = Counter(Lead.objects.values_list("email", flat=True))
    facts = Counter(Activity.objects.filter(kind="form_submitted").values_list("lead__email", flat=True))
    told = crowd.sent
    counts = (submissions, leads, facts)
    return {
        "acknowledged": len(told),
        "sent_again": crowd.again,
        "refused": len(crowd.refused),
        "why_refused": crowd.refused[:3],
        "missing": sum(any(not found[address] for found in counts) for address in told),
        "doubled": sum(any(found[address] > 1 for found in counts) for address in told),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--database", default="", help="URL of a server; default: SQLite in a folder of its own")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "spool").mkdir()
        if options.database:
            with stage.database_of_its_own(options.database):
                answer = measured(folder, options)
        else:
            stage.setup(str(folder / "forms.sqlite3"))
            answer = measured(folder, options)
    if options.json:
        print(json.dumps(answer))
    else:
        for key, value in answer.items():
            print(f"{key:16} {value}")
    sys.exit(0 if not answer["missing"] and not answer["doubled"] and answer["acknowledged"] else 1)


def measured(folder: Path, options) -> dict:
    stage.make_page()
    gated_page()
    return run(folder, seconds=options.seconds, people=options.people)


if __name__ == "__main__":
    main()
