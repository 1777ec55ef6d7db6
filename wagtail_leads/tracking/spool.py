"""The spool: each hit is one line in an append-only file, so a killed process loses nothing that it took.

One file a process and flush interval. A file that is no longer written to is taken by renaming it (one taker wins),
stored, and removed: by any web process's flusher, or by the clock (`leads_tick`, a worker on the same machine). A taker
that died is followed by the next after five minutes; hits carry ids, so storing twice is once.
"""

import json
import logging
import os
import threading
import time
from datetime import datetime
from pathlib import Path

from django.db import DatabaseError, InterfaceError

from wagtail_leads import conf
from wagtail_leads.logic.hits import Hit, from_json
from wagtail_leads.logic.kinds import DropReason
from wagtail_leads.tracking import operations

logger = logging.getLogger(__name__)

TAKEN_IS_LOST_AFTER = 300


def folder() -> Path:
    path = Path(conf.get("SPOOL_DIR"))
    path.mkdir(parents=True, exist_ok=True)
    return path


class _Writer:
    """This process's open file. The lock keeps a thread from writing into a file that another one just closed."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.lock = threading.Lock()
        self.path: Path | None = None
        self.fd = -1
        #: The disk took half a line: the next one begins on a line of its own.
        self.is_torn = False

    def write(self, line: bytes, *, interval: int) -> None:
        """OSError when the disk would not take it."""
        with self.lock:
            self._open(f"{self.pid}-{interval}.hits")
            line = b"\n" + line if self.is_torn else line
            if os.write(self.fd, line) < len(line):
                self.is_torn = True
                raise OSError("the disk is full")
            self.is_torn = False

    def _open(self, name: str) -> None:
        if self.path is None or self.path.name != name or self.path.parent != Path(conf.get("SPOOL_DIR")):
            self.close()
            self.path = folder() / name
            self.fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            self.is_torn = False

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
        self.path, self.fd = None, -1

    def let_go(self, path: Path) -> None:
        """Nothing was written to this file for a while: it may be taken."""
        with self.lock:
            if self.path == path:
                self.close()


_writer: _Writer | None = None
_writer_lock = threading.Lock()


def _here() -> _Writer:
    """This process's writer; after a fork a new one (the parent's file and lock are the parent's)."""
    global _writer
    if _writer is None or _writer.pid != os.getpid():
        with _writer_lock:
            if _writer is None or _writer.pid != os.getpid():
                _writer = _Writer()
    return _writer


def append(hit: Hit) -> bool:
    """False when the disk would not take it."""
    line = json.dumps(hit.to_json(), ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
    try:
        # the clock only names the file: a new one each flush interval, so that the last can be taken
        _here().write(line, interval=int(hit.at // max(conf.get("FLUSH_SECONDS"), 0.1)))
    except OSError as error:
        logger.error("The spool would not take a hit: %s", error)
        return False
    return True


def drain(*, now: datetime) -> bool:
    """Store every file that is complete. False when the database would not take one (it stays)."""
    pause = conf.get("FLUSH_SECONDS")
    for path in sorted(folder().glob("*.hits")):
        if _age(path) > 2 * pause:
            _here().let_go(path)
            taken = path.with_suffix(".taken")
            try:
                os.rename(path, taken)
            except FileNotFoundError:  # another taker was first
                continue
            os.utime(taken)
            if not _store(taken, now):
                return False
    for path in folder().glob("*.taken"):
        if _age(path) > TAKEN_IS_LOST_AFTER and not _store(path, now):
            return False
    return True


def waiting() -> int:
    """Files that wait in the spool, of all processes of this machine."""
    return sum(1 for _path in folder().glob("*.hits")) + sum(1 for _path in folder().glob("*.taken"))


def _age(path: Path) -> float:
    """Seconds since the last write, by the clock of the file system."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return -1.0


def _store(path: Path, now: datetime) -> bool:
    hits, broken = [], 0
    for line in path.read_bytes().splitlines():
        try:
            hits.append(from_json(json.loads(line)))
        except ValueError:
            broken += 1
    try:
        for start in range(0, len(hits), conf.get("FLUSH_ROWS")):
            operations.store(hits[start : start + conf.get("FLUSH_ROWS")], now=now)
        if broken:
            operations.count_drops({(DropReason.MALFORMED, "spool"): broken}, now=now)
    except (DatabaseError, InterfaceError):
        logger.exception("A spool file could not be stored; it waits")
        os.rename(path, path.with_suffix(".hits"))
        return False
    path.unlink(missing_ok=True)
    return True
