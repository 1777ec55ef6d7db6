"""The spool: each hit is one line in an append-only file, so a killed process loses nothing that it took.

One file a process and minute. A file that is no longer written to is taken by renaming it (one taker wins), stored,
and removed. A taker that died is followed by the next after five minutes; hits carry ids, so storing twice is once.
"""

import json
import logging
import os
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
_open: dict = {"name": "", "fd": -1}


def folder() -> Path:
    path = Path(conf.get("SPOOL_DIR"))
    path.mkdir(parents=True, exist_ok=True)
    return path


def append(hit: Hit) -> bool:
    """False when the disk would not take it."""
    line = json.dumps(hit.to_json(), ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
    # the clock only names the file: a new one each flush interval, so that the last can be taken
    name = f"{os.getpid()}-{int(hit.at // max(conf.get('FLUSH_SECONDS'), 0.1))}.hits"
    try:
        os.write(_descriptor(name), line)
    except OSError:
        logger.exception("The spool would not take a hit")
        return False
    return True


def _descriptor(name: str) -> int:
    if _open["name"] != name:
        if _open["fd"] >= 0 and _open["name"].startswith(f"{os.getpid()}-"):
            os.close(_open["fd"])
        _open["fd"] = os.open(folder() / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        _open["name"] = name
    return _open["fd"]


def drain(*, now: datetime) -> bool:
    """Store every file that is complete. False when the database would not take one (it stays)."""
    pause = conf.get("FLUSH_SECONDS")
    for path in sorted(folder().glob("*.hits")):
        if _age(path) > 2 * pause and path.name != _open["name"]:
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
