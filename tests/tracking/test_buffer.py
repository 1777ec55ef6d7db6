"""The buffer: bounded, never blocks, one thread a process, nothing lost that it took."""

import os
import threading
import time

import pytest
from django.db import OperationalError

from tests.conftest import BROWSER
from wagtail_leads import tasks
from wagtail_leads.logic.hits import Hit, from_json
from wagtail_leads.logic.kinds import DropReason
from wagtail_leads.models import DropCount, PageView
from wagtail_leads.tracking import buffer, operations, spool


def make_hit(number: int = 0, **fields) -> Hit:
    return Hit(
        **{
            "origin": "page",
            "at": time.time(),
            "hit_id": f"{number:032x}",
            "host": "http://localhost",
            "path": f"/p{number}/",
            "remote_addr": "203.0.113.7",
            "user_agent": BROWSER,
            "accept": "text/html",
            "accept_language": "ja",
            "sec_fetch_mode": "navigate",
            "sec_fetch_dest": "document",
            "visitor_key": "ab" * 16,
            **fields,
        }
    )


@pytest.fixture
def conf_of(settings):
    def change(**values):
        settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, **values}
        buffer._buffer = None
        return buffer._here()

    yield change
    if buffer._buffer is not None:
        buffer._buffer.stopping = True
        buffer._buffer.wake.set()
        buffer._buffer.hits.clear()
        buffer._buffer.drops.clear()
    buffer._buffer = None


def until(holds, seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return False


def test_a_full_buffer_drops_counts_and_never_blocks(conf_of):
    here = conf_of(BUFFER="memory", BUFFER_SIZE=3, FLUSH_SECONDS=3600)
    here.ensure_thread = lambda: None
    for number in range(10):
        buffer.put(make_hit(number))
    assert buffer.waiting() == 3 and here.drops[(DropReason.BUFFER_FULL, "")] == 7


def test_reasons_counted_at_a_door_are_bounded_too(conf_of):
    here = conf_of(BUFFER="memory", FLUSH_SECONDS=3600)
    here.ensure_thread = lambda: None
    for number in range(3000):
        buffer.count(DropReason.MALFORMED, str(number))
    assert len(here.drops) == 1000


def test_one_thread_starts_on_first_use(conf_of, monkeypatch):
    stored = []
    monkeypatch.setattr(operations, "store", lambda hits, now: stored.extend(hits))
    monkeypatch.setattr(buffer, "close_old_connections", lambda: None)
    here = conf_of(BUFFER="memory", FLUSH_SECONDS=0.05)
    assert here.thread is None
    threads = [threading.Thread(target=buffer.put, args=(make_hit(n),)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert until(lambda: len(stored) == 20)
    assert sum(t.name == "leads-buffer" and t.is_alive() for t in threading.enumerate()) >= 1


def test_many_hits_wake_the_writer_before_its_time(conf_of, monkeypatch):
    stored = []
    monkeypatch.setattr(operations, "store", lambda hits, now: stored.append(len(hits)))
    monkeypatch.setattr(buffer, "close_old_connections", lambda: None)
    conf_of(BUFFER="memory", FLUSH_SECONDS=3600, FLUSH_ROWS=10)
    for number in range(25):
        buffer.put(make_hit(number))
    assert until(lambda: sum(stored) >= 20) and max(stored) == 10


def test_hits_wait_while_the_database_is_away(conf_of, monkeypatch):
    here = conf_of(BUFFER="memory", FLUSH_SECONDS=3600)
    here.ensure_thread = lambda: None
    stored = []

    def away(hits, now):
        raise OperationalError("away")

    monkeypatch.setattr(operations, "store", away)
    monkeypatch.setattr(buffer, "connection", type("C", (), {"close": staticmethod(lambda: None)}))
    for number in range(3):
        buffer.put(make_hit(number))
    assert here.flush() is False and buffer.waiting() == 3
    monkeypatch.setattr(operations, "store", lambda hits, now: stored.extend(hits))
    assert here.flush() is True
    assert [hit.path for hit in stored] == ["/p0/", "/p1/", "/p2/"], "in their order"


def test_what_waits_is_written_at_the_end_of_the_process(conf_of, monkeypatch):
    stored = []
    monkeypatch.setattr(operations, "store", lambda hits, now: stored.extend(hits))
    here = conf_of(BUFFER="memory", FLUSH_SECONDS=3600)
    monkeypatch.setattr(buffer, "connection", type("C", (), {"close": staticmethod(lambda: None)}))
    buffer.put(make_hit())
    here.stop()
    assert len(stored) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_has_a_buffer_of_its_own(conf_of):
    here = conf_of(BUFFER="memory", FLUSH_SECONDS=3600)
    here.ensure_thread = lambda: None
    buffer.put(make_hit())
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(writing, b"own" if buffer._here() is not here and not buffer._here().hits else b"shared")
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(reading, 10) == b"own" and buffer.waiting() == 1


# --- spool ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def spooled(conf_of, tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "_writer", None)
    here = conf_of(BUFFER="spool", SPOOL_DIR=str(tmp_path), FLUSH_SECONDS=0.1)
    here.ensure_thread = lambda: None
    return tmp_path


def put_and_finish(folder, *hits):
    """What a process wrote that was killed afterwards: the file is complete and old."""
    for hit in hits:
        buffer.put(hit)
    for path in folder.glob("*.hits"):
        os.utime(path, (time.time() - 60,) * 2)


def test_a_hit_is_one_line_that_survives_a_killed_process(spooled):
    hit = make_hit(7, title="日本語\nand a new line")
    put_and_finish(spooled, hit)
    (path,) = spooled.glob("*.hits")
    assert path.read_bytes().count(b"\n") == 1 and path.stat().st_mode & 0o777 == 0o600
    import json

    assert from_json(json.loads(path.read_text())) == hit


def test_the_spool_is_stored_and_removed(spooled, db, site, now):
    put_and_finish(spooled, make_hit(1), make_hit(2))
    assert spool.drain(now=buffer.utc_now())
    assert PageView.objects.count() == 2 and not list(spooled.iterdir())


def test_a_spool_read_twice_is_stored_once(spooled, db, site):
    put_and_finish(spooled, make_hit(1), make_hit(2))
    (path,) = spooled.glob("*.hits")
    copy = path.read_bytes()
    spool.drain(now=buffer.utc_now())
    (spooled / "1-1.taken").write_bytes(copy)
    os.utime(spooled / "1-1.taken", (time.time() - 3600,) * 2)
    spool.drain(now=buffer.utc_now())
    assert PageView.objects.count() == 2 and not list(spooled.iterdir())


def test_a_half_written_line_is_counted_and_the_rest_kept(spooled, db, site):
    put_and_finish(spooled, make_hit(1))
    (path,) = spooled.glob("*.hits")
    path.write_bytes(path.read_bytes() + b'{"origin": "pa')
    os.utime(path, (time.time() - 60,) * 2)
    spool.drain(now=buffer.utc_now())
    assert PageView.objects.count() == 1 and DropCount.objects.get().reason == "malformed"


def test_a_file_waits_while_the_database_is_away(spooled, db, monkeypatch):
    put_and_finish(spooled, make_hit(1))

    def away(hits, now):
        raise OperationalError("away")

    monkeypatch.setattr(operations, "store", away)
    assert spool.drain(now=buffer.utc_now()) is False
    assert [p.suffix for p in spooled.iterdir()] == [".hits"]


def test_the_last_file_of_a_quiet_process_is_stored_by_itself(spooled, db, site):
    """Nobody comes any more, so no new file is begun: the old one is let go."""
    put_and_finish(spooled, make_hit(1))
    assert spool.drain(now=buffer.utc_now()) and PageView.objects.count() == 1
    put_and_finish(spooled, make_hit(2))
    assert spool.drain(now=buffer.utc_now()) and PageView.objects.count() == 2


def test_the_clock_stores_what_a_dead_web_process_left(spooled, db, site):
    put_and_finish(spooled, make_hit(1))
    tasks.run_clock()
    assert PageView.objects.count() == 1 and not list(spooled.iterdir())


def test_threads_that_write_while_files_change_lose_nothing(spooled, db, site):
    """A file is closed each interval while others write: no line may land in another file, or in none."""

    def write(first):
        for number in range(first, first + 50):
            buffer.put(make_hit(number, at=1_790_000_000 + number / 7))

    threads = [threading.Thread(target=write, args=(1000 * n,)) for n in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    put_and_finish(spooled)
    assert sum(len(path.read_bytes().splitlines()) for path in spooled.glob("*.hits")) == 200


def test_half_a_line_on_a_full_disk_does_not_spoil_the_next(spooled, db, site, monkeypatch):
    write = os.write
    monkeypatch.setattr(spool.os, "write", lambda fd, data: write(fd, data[:20]))
    buffer.put(make_hit(1))
    monkeypatch.setattr(spool.os, "write", write)
    put_and_finish(spooled, make_hit(2))
    spool.drain(now=buffer.utc_now())
    assert PageView.objects.count() == 1
    assert DropCount.objects.get(reason="malformed").count == 1


def test_a_line_of_an_older_version_is_read(spooled, db, site):
    put_and_finish(spooled, make_hit(1))
    (path,) = spooled.glob("*.hits")
    path.write_bytes(path.read_bytes().replace(b'{"origin"', b'{"opted_out":true,"origin"'))
    os.utime(path, (time.time() - 60,) * 2)
    spool.drain(now=buffer.utc_now())
    assert PageView.objects.count() == 1


def test_a_disk_that_is_full_drops_and_counts(spooled, monkeypatch):
    def full(fd, data):
        raise OSError("No space left on device")

    monkeypatch.setattr(spool.os, "write", full)
    buffer.put(make_hit(1))
    assert buffer._here().drops[(DropReason.BUFFER_FULL, "spool")] == 1
