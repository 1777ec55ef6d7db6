"""Several worker processes on one database: every mail exactly once, whatever happens to the workers."""

import os
import random
import signal
import socket
import time

import pytest

from tests.concurrency.conftest import REDIS, house


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def engine(request):
    return request.param


@pytest.fixture
def site_of(engine, smtp, tmp_path):
    yield from house(engine, smtp, tmp_path, LEADS_LEASE="60")


@pytest.fixture
def hasty(engine, smtp, tmp_path):
    """Leases are short, so that a killed worker's rows come back soon."""
    yield from house(engine, smtp, tmp_path, LEADS_LEASE="3")


def many(engine: str) -> int:
    """A thousand in `make soak`; fewer in each run. MariaDB is here for its locks, not for numbers."""
    runs = int(os.environ.get("LEADS_RUNS", "300"))
    return min(runs, 200) if engine == "mariadb" else runs


def test_a_thousand_due_at_once_and_four_workers(site_of, engine, mailbox, capsys):
    count = many(engine)
    site_of.do("prepare", str(count))
    began = time.monotonic()
    workers = [site_of.start("work", "500") for _number in range(4)]
    for worker in workers:
        _out, err = worker.communicate(timeout=550)
        assert worker.returncode == 0, err[-3000:]
    seconds = time.monotonic() - began
    told = site_of.do("report")
    assert told["states"] == {"sent": count} and told["runs"] == {"done": count}
    assert len(mailbox.got) == count and set(mailbox.got.values()) == {1}, "every mail exactly once at the server"
    assert told["steps"] == count and told["sent_facts"] == count
    assert told["set_aside"] == 0
    with capsys.disabled():
        print(f"\n{engine}: {count} mails by 4 workers in {seconds:.1f} s ({count / seconds:.0f} a second)", end=" ")


def test_workers_killed_in_the_middle(hasty, engine, mailbox):
    """Nothing is lost or doubled. Of a mail that was on the wire nobody knows: at most one a kill, never sent again."""
    count, kills, chance = 150, 5, random.Random(7)
    hasty.do("prepare", str(count))
    workers = [hasty.start("work", "120", "2") for _number in range(3)]
    done = 0
    deadline = time.monotonic() + 90
    while done < kills and time.monotonic() < deadline:
        seen = sum(mailbox.got.values())
        until = time.monotonic() + 8
        while sum(mailbox.got.values()) < seen + 3 and time.monotonic() < until:  # it is at work
            time.sleep(0.01)
        time.sleep(chance.random() * 0.2)
        victim = chance.randrange(len(workers))
        if workers[victim].poll() is None:
            os.kill(workers[victim].pid, signal.SIGKILL)
            done += 1
        workers[victim] = hasty.start("work", "120", "2")
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    kills = done + len(workers)
    time.sleep(3.5)  # the leases of the dead lapse
    hasty.do("work", "100", "2")
    told = hasty.do("tick")
    unknown = set(told["unknown"])
    assert told["messages"] == count and told["runs"] == {"done": count}, "no run is lost, none made two mails"
    assert set(told["states"]) <= {"sent", "unknown"}
    assert len(unknown) <= kills
    assert max(mailbox.got.values()) == 1, "none was sent twice"
    assert set(mailbox.got) | unknown == {f"reader{n}@mihon.example" for n in range(count)}, "none is lost"
    before = sum(mailbox.got.values())
    time.sleep(3.5)
    hasty.do("tick")
    assert sum(mailbox.got.values()) == before, "an unknown one is never sent again by itself"


def redis_answers() -> bool:
    host, _colon, port = REDIS.removeprefix("redis://").partition("/")[0].partition(":")
    try:
        with socket.create_connection((host, int(port or 6379)), timeout=1):
            return True
    except OSError:
        return False


@pytest.mark.parametrize("broker", ["orm", "redis"])
def test_a_real_cluster_is_woken_and_does_the_work(smtp, mailbox, tmp_path, broker):
    """django-q2's own processes: one wake enrols, advances and sends all."""
    if broker == "redis":
        pytest.importorskip("redis", reason="redis is not installed")
        if not redis_answers():
            pytest.skip("no Redis answers")
    made = house("sqlite", smtp, tmp_path, **({"LEADS_REDIS": REDIS} if broker == "redis" else {}))
    site = next(made)
    try:
        site.do("prepare", "20", "wake")
        cluster = site.command("qcluster")
        deadline = time.monotonic() + 60
        while sum(mailbox.got.values()) < 20 and time.monotonic() < deadline:
            time.sleep(0.1)
        os.killpg(cluster.pid, signal.SIGTERM)
        try:
            out, _none = cluster.communicate(timeout=20)
        except Exception:
            os.killpg(cluster.pid, signal.SIGKILL)
            out, _none = cluster.communicate(timeout=20)
        assert sum(mailbox.got.values()) == 20, out[-2000:]
        assert site.do("report")["states"] == {"sent": 20}
    finally:
        made.close()


@pytest.mark.soak
def test_five_thousand_runs_while_a_worker_dies_every_few_seconds(hasty, engine, mailbox):
    """The same promises over minutes."""
    count, chance = int(os.environ.get("LEADS_SOAK_RUNS", "5000")), random.Random(11)
    hasty.do("prepare", str(count))
    workers, kills = [hasty.start("work", "3000", "2") for _number in range(4)], 0
    deadline = time.monotonic() + 3000
    while any(w.poll() is None for w in workers) and time.monotonic() < deadline:
        time.sleep(2 + chance.random() * 3)
        victim = chance.randrange(len(workers))
        if workers[victim].poll() is None:
            os.kill(workers[victim].pid, signal.SIGKILL)
            kills += 1
            workers[victim] = hasty.start("work", "3000", "2")
    time.sleep(3.5)
    hasty.do("work", "100", "2")
    told = hasty.do("tick")
    assert told["messages"] == count and told["runs"] == {"done": count}
    assert len(told["unknown"]) <= kills and max(mailbox.got.values()) == 1
    assert set(mailbox.got) | set(told["unknown"]) == {f"reader{n}@mihon.example" for n in range(count)}
    print(f"{engine}: {count} runs, {kills} workers killed, {len(told['unknown'])} unknown")
