"""MMDB files (MaxMind, IPinfo, DB-IP ...), read in place and exchanged while we run.

The files are read into memory: with mmap a file that is truncated in place (``cp`` over it) kills the process with
SIGBUS, here the web server. The price is one copy of each file per process (GeoLite2-ASN 7 MB) and the pure Python
reader, about 15 us a look-up instead of 1 us (measured: research/company-from-ip.md section 5).
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from itertools import islice

import maxminddb

from wagtail_leads.logic.company_guess import FILE_KINDS, NetworkFacts, facts_from_record

logger = logging.getLogger(__name__)

Address = IPv4Address | IPv6Address
#: (inode, modified, size): a change of any of them is another file.
Signature = tuple[int, int, int]

#: Seconds between two looks at the disk.
CHECK_SECONDS = 5.0
#: A file larger than this is refused: each process would hold all of it.
MAX_BYTES = 1 << 30
#: Records read before a new file is believed, and for the health page.
RECORDS_TO_TRY = 200
#: Addresses tried as well: broken search trees show only there.
_ADDRESSES_TO_TRY = tuple(ip_address(text) for text in ("1.1.1.1", "81.2.69.160", "203.0.113.1", "2001:db8::1"))


@dataclass(frozen=True, kw_only=True, slots=True)
class FileHealth:
    path: str
    #: A usable version is loaded and the file on disk is that version.
    ok: bool
    #: Why not; empty when ok.
    message: str
    database_type: str
    #: None when the file does not say, or says nonsense.
    build_date: datetime | None
    #: How many records were read to try the file.
    records_checked: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Loaded:
    reader: maxminddb.Reader
    database_type: str
    ip_version: int
    build_date: datetime | None
    records_checked: int


class UnusableFile(ValueError):
    """The file is no MMDB file that can be used."""


#: A path, or (path, kind) where the file is to be read as another kind than it looks like.
Entry = str | os.PathLike | tuple[str, str]


def entries(setting: Entry | Sequence[Entry]) -> tuple[tuple[str, str], ...]:
    """The setting ``MMDB`` as (path, kind or ''). ValueError names the entry that is none, or its kind."""
    if isinstance(setting, str | os.PathLike):
        setting = [setting]
    return tuple(_entry(one) for one in setting if one)


def _entry(one: Entry) -> tuple[str, str]:
    if isinstance(one, str | os.PathLike):
        return os.fspath(one), ""
    if not isinstance(one, tuple | list) or len(one) != 2 or not isinstance(one[0], str | os.PathLike):
        raise ValueError(f"{one!r} is neither a path nor (path, kind)")
    if one[1] not in FILE_KINDS:
        raise ValueError(f"{one[1]!r} is no kind of file; the kinds are {', '.join(FILE_KINDS)}")
    return os.fspath(one[0]), one[1]


class MmdbFiles:
    """All files of the setting ``MMDB``, as one resolver. Safe for threads and forks; never raises."""

    name = "mmdb"

    def __init__(self, paths: Entry | Sequence[Entry], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._files = tuple(_File(path, kind, clock) for path, kind in entries(paths))

    def facts(self, ip: Address) -> list[NetworkFacts]:
        """What each file says of the address; files that do not know it are left out."""
        found = (file.facts(ip) for file in self._files)
        return [facts for facts in found if facts is not None]

    lookup = facts

    def health(self) -> list[FileHealth]:
        return [file.health() for file in self._files]

    def versions(self) -> tuple[Signature | None, ...]:
        """What is loaded now; looks at the disk when it is time. Another value: earlier answers no longer hold."""
        return tuple(file.version() for file in self._files)


class _File:
    def __init__(self, path: str, kind: str, clock: Callable[[], float]) -> None:
        self.path = path
        #: Said in the settings; '' lets the file's own name and its keys decide.
        self.kind = kind
        self._clock = clock
        self._loaded: _Loaded | None = None
        #: Of the version that was tried last, good or bad: a bad one is not read again until it changes.
        self._tried: Signature | None = None
        self._message = ""
        #: False until the first look at the disk has ended.
        self._looked = False
        self._next_check = float("-inf")
        self._lock = threading.Lock()
        self._pid = os.getpid()

    def facts(self, ip: Address) -> NetworkFacts | None:
        loaded = self._current()
        if loaded is None or ip.version > loaded.ip_version:
            return None  # an IPv6 address in an IPv4 file
        try:
            record, prefix = loaded.reader.get_with_prefix_len(ip)
            if record is None:
                return None
            facts = facts_from_record(record, self.kind or loaded.database_type, _cidr(ip, prefix))
            return replace(facts, source=loaded.database_type or os.path.basename(self.path))
        except Exception as error:  # a public door: a corrupt record must not lose the visit
            self._complain(f"{type(error).__name__}: {error}"[:300])
            return None

    def version(self) -> Signature | None:
        return self._tried if self._current() else None

    def health(self) -> FileHealth:
        self._next_check = float("-inf")
        loaded = self._current()
        return FileHealth(
            path=self.path,
            ok=loaded is not None and not self._message,
            message=self._message,
            database_type=loaded.database_type if loaded else "",
            build_date=loaded.build_date if loaded else None,
            records_checked=loaded.records_checked if loaded else 0,
        )

    def _current(self) -> _Loaded | None:
        """The newest good version. The old one is dropped, never closed: another thread may be reading it."""
        if self._clock() < self._next_check:
            return self._loaded
        lock = self._lock_of_this_process()
        # One thread looks at the disk, the others go on with what they have; only the first load is worth waiting for.
        if not lock.acquire(blocking=not self._looked):
            return self._loaded
        try:
            if self._clock() >= self._next_check:
                self._look_at_the_disk()
                self._looked = True
                self._next_check = self._clock() + CHECK_SECONDS
        finally:
            lock.release()
        return self._loaded

    def _lock_of_this_process(self) -> threading.Lock:
        """A lock that was held while we forked is held for ever in the child."""
        if self._pid != os.getpid():
            self._pid, self._lock = os.getpid(), threading.Lock()
        return self._lock

    def _look_at_the_disk(self) -> None:
        try:
            signature = _signature(self.path)
            if signature == self._tried:
                return
            self._tried = signature
            loaded = _load(self.path)
            if _signature(self.path) != signature:
                self._tried = None
                raise UnusableFile("the file is being written")
        except Exception as error:  # a public door: whatever the file is, the site goes on
            self._complain(_in_words(error))
            return
        self._loaded, self._message = loaded, ""

    def _complain(self, message: str) -> None:
        if message != self._message:
            logger.warning("MMDB file %s: %s%s", self.path, message, " (the old one stays)" if self._loaded else "")
        self._message = message


def _signature(path: str) -> Signature:
    stat = os.stat(path)
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _load(path: str) -> _Loaded:
    if os.path.isdir(path):
        raise UnusableFile("is a directory")
    size = os.path.getsize(path)
    if not 0 < size <= MAX_BYTES:
        raise UnusableFile("is empty" if not size else f"is larger than {MAX_BYTES} bytes")
    reader = maxminddb.open_database(path, maxminddb.MODE_MEMORY)
    metadata = reader.metadata()
    if metadata.ip_version not in (4, 6):
        raise UnusableFile("says no IP version")
    return _Loaded(
        reader=reader,
        database_type=metadata.database_type if isinstance(metadata.database_type, str) else "",
        ip_version=metadata.ip_version,
        build_date=_date(metadata.build_epoch),
        records_checked=_try_records(reader, metadata.ip_version),
    )


def _try_records(reader: maxminddb.Reader, ip_version: int) -> int:
    """Read some records; an error here means that the file is broken, though it opened."""
    for address in _ADDRESSES_TO_TRY:
        if address.version <= ip_version:
            reader.get_with_prefix_len(address)
    records: Iterator = iter(reader)
    return sum(1 for _network, _record in islice(records, RECORDS_TO_TRY))


def _date(epoch: object) -> datetime | None:
    """Some files claim to be built in the year 584942417355."""
    try:
        return datetime.fromtimestamp(epoch, tz=timezone.utc) if isinstance(epoch, int) and epoch > 0 else None
    except (OverflowError, ValueError, OSError):
        return None


def _cidr(ip: Address, prefix: int) -> str:
    return str(ip_network(f"{ip}/{min(max(prefix, 0), ip.max_prefixlen)}", strict=False))


def _in_words(error: Exception) -> str:
    if isinstance(error, UnusableFile):
        return str(error)
    if isinstance(error, FileNotFoundError):
        return "does not exist"
    if isinstance(error, PermissionError):
        return "may not be read"
    return f"is no usable MMDB file ({type(error).__name__}: {error})"[:300]
