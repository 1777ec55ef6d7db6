"""Where hits wait between the request and the database. Bounded, never blocks; what does not fit is counted.

memory  a deque and one thread a process, started on first use in each pid (preload, fork); writes each second or 500 rows
spool   one ``os.write`` to a file opened O_APPEND; survives a killed process (`spool.py`)
sync    written at once (tests)
"""

import atexit
import logging
import os
import threading
from collections import Counter, deque
from datetime import datetime, timezone

from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from wagtail_leads import conf
from wagtail_leads.logic.hits import Hit
from wagtail_leads.logic.kinds import DropReason
from wagtail_leads.tracking import operations, spool

logger = logging.getLogger(__name__)

BACK_OFF_SECONDS = 30


def put(hit: Hit) -> None:
    """Hand one hit over; microseconds, no I/O with `memory`."""
    kind = conf.get("BUFFER")
    if kind == "sync":
        operations.store([hit], now=utc_now())
    elif kind == "spool":
        if not spool.append(hit):
            _here().drops[(DropReason.BUFFER_FULL, "spool")] += 1
        _here().ensure_thread()
    else:
        _here().append(hit)


def count(reason: DropReason, example: str) -> None:
    """Count something that was dropped at a door, without a query in the request."""
    here = _here()
    if len(here.drops) < 1000:
        here.drops[(reason, example)] += 1
    if conf.get("BUFFER") == "sync":
        here.flush()
    else:
        here.ensure_thread()


def utc_now() -> datetime:
    """The flusher is an entrance of its own (like the middleware and the tasks), so it reads the clock."""
    return datetime.now(tz=timezone.utc)


class Buffer:
    """One process's waiting hits."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.hits: deque[Hit] = deque()
        self.drops: Counter = Counter()
        self.size = conf.get("BUFFER_SIZE")
        self.rows = conf.get("FLUSH_ROWS")
        self.wake = threading.Event()
        self.stopping = False
        self.thread: threading.Thread | None = None
        self.start_lock = threading.Lock()
        self.flush_lock = threading.Lock()

    def append(self, hit: Hit) -> None:
        if len(self.hits) >= self.size:
            self.drops[(DropReason.BUFFER_FULL, "")] += 1
            return
        self.hits.append(hit)
        if len(self.hits) >= self.rows:
            self.wake.set()
        self.ensure_thread()

    def ensure_thread(self) -> None:
        if self.thread is not None and self.thread.is_alive() or self.stopping:
            return
        with self.start_lock:
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self.run, name="leads-buffer", daemon=True)
                self.thread.start()

    def run(self) -> None:
        pause = conf.get("FLUSH_SECONDS")
        while not self.stopping:
            self.wake.wait(pause)
            self.wake.clear()
            close_old_connections()
            pause = conf.get("FLUSH_SECONDS") if self.flush() else min(pause * 2, BACK_OFF_SECONDS)
        connection.close()

    def flush(self) -> bool:
        """Write what waits. False when the database would not take it (it stays in the buffer)."""
        with self.flush_lock:
            self._count()
            if conf.get("BUFFER") == "spool":
                return spool.drain(now=utc_now())
            while self.hits:
                batch = [self.hits.popleft() for _ in range(min(len(self.hits), self.rows))]
                try:
                    operations.store(batch, now=utc_now())
                except (DatabaseError, InterfaceError):  # InterfaceError (a closed line) is no DatabaseError
                    logger.exception("%s hits could not be written; they wait", len(batch))
                    self.hits.extendleft(reversed(batch))
                    connection.close()
                    return False
            return True

    def _count(self) -> None:
        if not self.drops:
            return
        drops, self.drops = self.drops, Counter()
        try:
            operations.count_drops(drops, now=utc_now())
        except (DatabaseError, InterfaceError):
            self.drops.update(drops)

    def stop(self) -> None:
        """At the end of the process: write what is left."""
        self.stopping = True
        self.wake.set()
        if self.thread is not None and self.thread is not threading.current_thread():
            self.thread.join(timeout=5)
        if self.hits or self.drops:
            self.flush()
        connection.close()


_buffer: Buffer | None = None
_buffer_lock = threading.Lock()


def _here() -> Buffer:
    """This process's buffer; a fork makes its own (its parent's thread does not live on in it)."""
    global _buffer
    current = _buffer
    if current is not None and current.pid == os.getpid():
        return current
    with _buffer_lock:
        if _buffer is None or _buffer.pid != os.getpid():
            _buffer = Buffer()
            atexit.register(_buffer.stop)
        return _buffer


def waiting() -> int:
    """How many hits wait in this process."""
    return len(_buffer.hits) if _buffer is not None else 0


def collect(*, now: datetime) -> int:
    """The clock's part: store what lies in this machine's spool, also of web processes that are no more."""
    if conf.get("BUFFER") != "spool":
        return 0
    before = spool.waiting()
    spool.drain(now=now)
    return max(before - spool.waiting(), 0)


def flush() -> None:
    """Write now what this process holds (tests, shutdown hooks)."""
    _here().flush()
