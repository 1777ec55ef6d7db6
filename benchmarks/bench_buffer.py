"""What is lost when things go wrong: page views that a visitor got an answer to, against page views stored.

A real web server (gunicorn, two workers) at a fixed rate, browsers with a cookie, and then:

    killed     both workers get SIGKILL in the middle          spool: 0 lost; memory: about one flush interval
    stopped    the server gets SIGTERM                         both: 0 lost
    away       nothing can be written for some seconds         both: 0 lost while there is room, the site answers as before
    gone       the database takes no connections (PostgreSQL)  both: 0 lost, beacons are answered as before
    full       the buffer (memory) or the disk (spool) is full what is lost is counted, the site answers as before

killed, stopped and gone ask with beacons of cached pages, each a view with an id of its own, so that "lost" is a list of ids
and no difference of sums; away and full ask for Wagtail pages. The yardstick of "answers as before" is the same server's
latency in the seconds before, in the same run.

    python benchmarks/bench_buffer.py [--rate 200] [--seconds 6] [--database postgres://…] [--json]
"""

import argparse
import json
import os
import resource
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks import stage

#: Of the slow answers against those before: a busy machine's noise is large, a request that waits is larger.
SLOWER = 3.0
#: A thread may wake this much later than it should; the rate is kept over all.
THREADS = 4


class Load:
    """Requests at a fixed rate from some threads; remembers what was answered, and how fast."""

    def __init__(self, port: int, rate: int, *, beacons: bool = False) -> None:
        self.port, self.rate, self.beacons = port, rate, beacons
        self.answered, self.refused = 0, 0
        #: Ids of the views that were answered.
        self.ids: set[str] = set()
        self.began = time.perf_counter()
        self.times: list[tuple[float, float]] = []
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(THREADS)]

    def _run(self, number: int) -> None:
        cookie = visitor_cookie(number)
        headers = {
            "User-Agent": stage.AGENT, "Accept": "text/html", "Accept-Language": "ja", "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document", "Cookie": cookie, "Host": "localhost",
        }  # fmt: skip
        due = time.perf_counter()
        while not self.stopping.is_set():
            due += THREADS / self.rate
            time.sleep(max(due - time.perf_counter(), 0))
            self._ask(headers)

    def _ask(self, headers: dict) -> None:
        began, view = time.perf_counter(), secrets.token_hex(8)
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            if self.beacons:
                told = {"v": view, "t": 0, "p": page_token(3, 1), "u": "/article/", "r": "", "e": 0}
                # each from another network: what one network may tell in a minute is limited
                network = f"198.{secrets.randbelow(250)}.{secrets.randbelow(250)}.7"
                more = {"Sec-Fetch-Site": "same-origin", "X-Forwarded-For": network}
                connection.request("POST", "/leads/b", json.dumps(told), headers | more)
            else:
                connection.request("GET", "/article/", headers=headers)
            response = connection.getresponse()
            response.read()
            good = response.status in (200, 204)
        except (OSError, HTTPException):
            good = False
        finally:
            connection.close()
        with self.lock:
            self.answered += good
            self.refused += not good
            if good:
                self.ids.add(view)
            self.times.append((began, time.perf_counter() - began))

    def __enter__(self):
        [thread.start() for thread in self.threads]
        return self

    def __exit__(self, *_error):
        self.stopping.set()
        self.ended = time.perf_counter()
        [thread.join(timeout=40) for thread in self.threads]

    def slow(self, since: float, until: float) -> float:
        """The 95th percentile of the answers between two times, in seconds."""
        return stage.percentile([spent for began, spent in self.times if since <= began < until] or [0.0], 0.95)


def page_token(page_id: int, site_id: int) -> str:
    from wagtail_leads.tracking import injection

    return injection.page_token(page_id, site_id)


def visitor_cookie(number: int) -> str:
    from django.http import HttpResponse

    from wagtail_leads.tracking import cookies

    response = HttpResponse()
    cookies.set_visitor(response, f"{number + 1:032x}", secure=False)
    return f"leads_visitor={response.cookies['leads_visitor'].value}"


@contextmanager
def server(folder: Path, buffer: str, *, size: int = 20_000):
    """(port, process) of gunicorn with two workers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ, "LEADS_BENCH_BUFFER": buffer, "LEADS_BENCH_SIZE": str(size), "LEADS_BENCH_SPOOL": str(folder / "spool"),
    }  # fmt: skip
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "gunicorn",
        "benchmarks.wsgi:application",
        "-w",
        "2",
        "-b",
        f"127.0.0.1:{port}",
    ]
    command += ["--log-level", "error", "--graceful-timeout", "20", "--timeout", "60"]
    with open(folder / "server.log", "ab") as log:
        process = subprocess.Popen(command, cwd=stage.ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(port)
        yield port, process
    finally:
        process.terminate()
        process.wait(timeout=40)


def _wait_for(port: int) -> None:
    for _try in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            break
    for _round in range(8):  # both workers have served a page
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/article/", headers={"Host": "localhost", "User-Agent": "curl/8"})
        assert connection.getresponse().status == 200
        connection.close()


def workers_of(process: subprocess.Popen) -> list[int]:
    told = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(pid) for pid in told.split()]


def stored() -> tuple[int, int]:
    """(page views stored, page views counted as lost), after what waits on the disk was collected."""
    from django.conf import settings
    from django.db.models import Sum
    from django.utils import timezone

    from wagtail_leads.models import DropCount, PageView
    from wagtail_leads.tracking import spool

    deadline = time.monotonic() + 20
    if settings.WAGTAIL_LEADS["BUFFER"] == "spool":
        while spool.waiting() and time.monotonic() < deadline:
            for path in spool.folder().glob("*.taken"):  # whoever took it was killed
                os.utime(path, (time.time() - 3600,) * 2)
            spool.drain(now=timezone.now())
            time.sleep(0.3)
    lost = DropCount.objects.filter(reason="buffer_full").aggregate(n=Sum("count"))["n"]
    return PageView.objects.count(), lost or 0


def fresh(folder: Path, buffer: str) -> None:
    from django.conf import settings

    from wagtail_leads.models import Activity, DropCount, PageView, Visit, Visitor

    for model in (PageView, Visit, Activity, Visitor, DropCount):
        model.objects.all().delete()
    settings.WAGTAIL_LEADS |= {"BUFFER": buffer, "SPOOL_DIR": str(folder / "spool")}
    for path in (folder / "spool").glob("*"):
        path.unlink()


def told(load: Load, name: str, **more) -> dict:
    from wagtail_leads.models import PageView

    kept, counted = stored()
    lost = load.answered - kept
    if load.beacons:
        lost = len(load.ids - set(PageView.objects.values_list("view_id", flat=True)))
    rate = round(load.answered / (load.ended - load.began))
    return {
        "case": name,
        "a_second": rate,
        "answered": load.answered,
        "stored": kept,
        "lost": lost,
        "counted_as_lost": counted,
        **more,
    }


def killed(folder: Path, buffer: str, options) -> dict:
    fresh(folder, buffer)
    with server(folder, buffer) as (port, process), Load(port, options.rate, beacons=True) as load:
        time.sleep(options.seconds / 2)
        for pid in workers_of(process):
            os.kill(pid, signal.SIGKILL)
        time.sleep(options.seconds / 2)
        load.stopping.set()
        time.sleep(1)
    answer = told(load, f"{buffer}: workers killed")
    answer["ok"] = answer["lost"] == 0 if buffer == "spool" else answer["lost"] <= 2 * options.rate
    return answer


def stopped(folder: Path, buffer: str, options) -> dict:
    fresh(folder, buffer)
    with server(folder, buffer) as (port, process), Load(port, options.rate, beacons=True) as load:
        time.sleep(options.seconds / 2)
        process.terminate()
        process.wait(timeout=40)
    answer = told(load, f"{buffer}: server stopped (SIGTERM)")
    answer["ok"] = answer["lost"] == 0
    return answer


def gone(folder: Path, buffer: str, options) -> dict:
    """PostgreSQL takes no connections, and ends those that are there."""
    fresh(folder, buffer)
    with server(folder, buffer) as (port, _process), Load(port, options.rate, beacons=True) as load:
        time.sleep(options.seconds / 3)
        begin = time.perf_counter()
        before = load.slow(0, begin)
        with no_connections(options.database):
            time.sleep(options.seconds / 3)
            end = time.perf_counter()
        time.sleep(options.seconds / 3)
        load.stopping.set()
        time.sleep(5)
    ratio = load.slow(begin, end) / max(before, 1e-4)
    answer = told(load, f"{buffer}: database gone", refused=load.refused, latency_ratio=round(ratio, 2))
    answer["ok"] = answer["lost"] == 0 and not load.refused and ratio < SLOWER
    return answer


@contextmanager
def no_connections(url: str):
    import psycopg
    from django.db import connection as own

    name = own.settings_dict["NAME"]
    own.close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")


def away(folder: Path, buffer: str, options) -> dict:
    """The database takes no writes: another process holds the write lock (SQLite), or the table (PostgreSQL)."""
    fresh(folder, buffer)
    with server(folder, buffer) as (port, _process), Load(port, options.rate) as load:
        time.sleep(options.seconds / 3)
        begin = time.perf_counter()
        before = load.slow(0, begin)
        with nothing_written():
            time.sleep(options.seconds / 3)
            end = time.perf_counter()
        time.sleep(options.seconds / 3)
        load.stopping.set()
        time.sleep(3)
    ratio = load.slow(begin, end) / max(before, 1e-4)
    answer = told(
        load, f"{buffer}: database stopped taking writes", refused=load.refused, latency_ratio=round(ratio, 2)
    )
    answer["ok"] = answer["lost"] == 0 and not load.refused and ratio < SLOWER
    return answer


def full(folder: Path, buffer: str, options) -> dict:
    """No room: a memory buffer of 10 while the database is away, or a disk that takes 20 kB a file."""
    fresh(folder, buffer)
    small = {"size": 10} if buffer == "memory" else {}
    with server(folder, buffer, **small) as (port, process), Load(port, options.rate) as load:
        time.sleep(options.seconds / 3)
        begin = time.perf_counter()
        before = load.slow(0, begin)
        with nothing_written() if buffer == "memory" else nothing_spooled(process):
            time.sleep(options.seconds / 3)
            end = time.perf_counter()
        time.sleep(options.seconds / 3)
        load.stopping.set()
        time.sleep(3)
    ratio = load.slow(begin, end) / max(before, 1e-4)
    answer = told(
        load,
        f"{buffer}: {'buffer' if buffer == 'memory' else 'disk'} full",
        refused=load.refused,
        latency_ratio=round(ratio, 2),
    )
    answer["ok"] = (
        answer["lost"] > 0 and answer["lost"] == answer["counted_as_lost"] and not load.refused and ratio < SLOWER
    )
    return answer


@contextmanager
def nothing_spooled(process: subprocess.Popen):
    """No file of the workers may grow beyond 1 kB for a while: what a full disk does to the spool."""
    pids = workers_of(process)
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@contextmanager
def nothing_written():
    from django.db import connection

    if connection.vendor == "sqlite":
        locked = sqlite3.connect(os.environ["LEADS_BENCH_DB"], isolation_level=None, timeout=30)
        locked.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            locked.execute("ROLLBACK")
            locked.close()
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE wagtail_leads_visitor IN EXCLUSIVE MODE")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def run(options) -> dict:
    with tempfile.TemporaryDirectory() as name, stage.database_of_its_own(options.database):
        folder = Path(name)
        stage.setup(folder / "bench.sqlite3")
        stage.make_page()
        cases = [
            case(folder, buffer, options) for case in (killed, stopped, away, full) for buffer in ("spool", "memory")
        ]
        if options.verbose:
            print((folder / "server.log").read_text()[-3000:], file=sys.stderr)
    return {"cases": cases, "ok": all(case["ok"] for case in cases)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--database", default="", help="a URL; empty: SQLite in a folder of its own")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    answer = run(options)
    if options.json:
        print(json.dumps(answer))
    else:
        for case in answer["cases"]:
            print(("ok   " if case["ok"] else "BAD  ") + json.dumps({k: v for k, v in case.items() if k != "ok"}))
    sys.exit(not answer["ok"])
