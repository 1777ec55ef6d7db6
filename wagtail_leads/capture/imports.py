"""Files of leads come in: in chunks, each one short transaction in which rows, leads and progress are written together.

A worker holds a file by a lease that each chunk renews by a conditional update; whoever finds `done_rows` changed stops.
So a killed worker loses nothing, two workers double nothing, and a stop holds within one chunk.
"""

import itertools
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q

from wagtail_leads import background, conf
from wagtail_leads.capture import import_files
from wagtail_leads.capture.import_rows import Chunk, Terms, decide, put_chunk, terms_of
from wagtail_leads.capture.models import ImportRow, LeadImport
from wagtail_leads.logic.kinds import ImportState, RowOutcome
from wagtail_leads.logic.lead_files import FileProblem, FileRow, count_rows, opened
from wagtail_leads.logic.lead_rows import Columns, Plan, plan_row

logger = logging.getLogger(__name__)

#: A worker that says nothing for so long is dead: another one goes on.
LEASE = timedelta(seconds=60)
#: While rows that are done already are skipped, the lease is renewed each so many.
RENEW_EACH = 5_000
#: How often a chunk is tried that met another writer.
TRIES = 4
#: Pause after a chunk on SQLite, as a part of its time: writers wait in a queue that is not fair.
PAUSE, SHORTEST_PAUSE, LONGEST_PAUSE = 0.3, 0.005, 0.25
#: Seconds that a transaction may take, and the rows below which smaller chunks bring nothing.
TOO_LONG, SMALLEST = 0.2, 50
_COUNTS = {
    "made": RowOutcome.MADE,
    "updated": RowOutcome.UPDATED,
    "unchanged": RowOutcome.UNCHANGED,
    "skipped": RowOutcome.SKIPPED,
    "bad": RowOutcome.BAD,
}
_OPEN = (ImportState.WAITING.value, ImportState.RUNNING.value)


class Lost(Exception):
    """The file is not ours any more: stopped, or another worker has it."""


# --- Doors ----------------------------------------------------------------------------------------------------------


def start(file: LeadImport, *, now: datetime) -> bool:
    """Put a draft, a stopped or a failed file in line; False when it is on its way already or done."""
    begun = LeadImport.objects.filter(
        pk=file.pk, state__in=[ImportState.DRAFT.value, ImportState.STOPPED.value, ImportState.FAILED.value]
    ).update(state=ImportState.WAITING.value, problem="", leased_until=None)
    if begun:
        background.wake("imports", now=now)
    return bool(begun)


def stop(file: LeadImport) -> bool:
    """A person stops it; what is in stays in, and it goes on from there when it is started again."""
    return bool(
        LeadImport.objects.filter(pk=file.pk, state__in=_OPEN).update(state=ImportState.STOPPED.value, leased_until=None)
    )


def run_due(*, now: datetime) -> int:
    """Take a slice of the next file that waits. Returns how many rows were taken; 0 means that nothing waits."""
    for file in LeadImport.objects.filter(_free(now), state__in=_OPEN).order_by("pk")[:5]:
        run = Run(file, now=now)
        if run.claim():
            return run.work(seconds=conf.get("DRAIN_SECONDS"))
    return 0


def _free(now: datetime) -> Q:
    return Q(leased_until__isnull=True) | Q(leased_until__lt=now)


# --- What a file would do -------------------------------------------------------------------------------------------


@dataclass(kw_only=True)
class Forecast:
    """What the first rows of a file would become."""

    rows: int = 0
    outcomes: Counter = field(default_factory=Counter)
    notes: Counter = field(default_factory=Counter)
    #: The first decisions, for the screen.
    first: Chunk = field(default_factory=Chunk)
    #: False: the file has more rows than were looked at.
    is_whole: bool = True


def columns_of(file: LeadImport) -> Columns:
    return Columns(
        fields={int(number): name for number, name in file.mapping.items()},
        header=tuple(file.header),
        own=import_files.own_fields(),
        region=conf.get("PHONE_REGION"),
    )


def forecast(file: LeadImport, path: str, *, now: datetime, most: int | None = None, shown: int = 10) -> Forecast:
    """Read the first rows (all of them without `most`) and decide each; nothing is written. FileProblem."""
    told, terms, columns = Forecast(), terms_of(file), columns_of(file)
    seen: set[str] = set()
    with opened(path, import_files.reading_of(file)) as rows:
        for batch in _batches(rows if most is None else itertools.islice(rows, most)):
            _forecast_batch(batch, told, terms, columns, seen, shown, now=now)
        told.is_whole = next(rows, None) is None
    return told


def _forecast_batch(batch, told: Forecast, terms: Terms, columns: Columns, seen: set[str], shown: int, *, now) -> None:
    plans = [plan_row(row, columns) for row in batch]
    chunk = decide(batch, plans, terms, now=now)
    for one in chunk.decisions:
        # decided without the rows before it, which a real import has written by now
        if one.outcome == RowOutcome.MADE and one.plan.key in seen:
            is_left = terms.file.policy == LeadImport.Policy.SKIP.value
            one.outcome = RowOutcome.SKIPPED if is_left else RowOutcome.UNCHANGED
            one.notes.append("again_in_file")
        if one.outcome == RowOutcome.MADE:
            seen.add(one.plan.key)
    told.rows += len(batch)
    told.outcomes.update(one.outcome.value for one in chunk.decisions)
    told.notes.update(note for one in chunk.decisions for note in one.notes)
    room = max(shown - len(told.first.decisions), 0)
    told.first.decisions += chunk.decisions[:room]


def _chunk() -> int:
    return max(int(conf.get("IMPORT_CHUNK")), 1)


def _batches(rows: Iterator[FileRow]) -> Iterator[list[FileRow]]:
    while batch := list(itertools.islice(rows, _chunk())):
        yield batch


# --- The run --------------------------------------------------------------------------------------------------------


class Run:
    """One worker with one file. `now` is when it began; later moments are counted from there."""

    def __init__(self, file: LeadImport, *, now: datetime, gentle: bool = True, tell: Callable[[LeadImport], None] | None = None):
        self.file, self.began, self.tell, self.gentle = file, now, tell, gentle
        self._clock = time.monotonic()
        #: Rows of the next chunk: fewer where a transaction takes too long on this machine.
        self._size = _chunk()

    @property
    def now(self) -> datetime:
        return self.began + timedelta(seconds=time.monotonic() - self._clock)

    def claim(self) -> bool:
        """The file is ours for the length of a lease, unless another worker has it."""
        now = self.now
        until = now + LEASE
        ours = LeadImport.objects.filter(_free(now), pk=self.file.pk, state__in=_OPEN).update(
            state=ImportState.RUNNING.value, leased_until=until
        )
        if not ours:
            return False
        LeadImport.objects.filter(pk=self.file.pk, started_at__isnull=True).update(started_at=now)
        self.file = LeadImport.objects.select_related("origin", "tag", "by").get(pk=self.file.pk)
        return self.file.leased_until == until

    def work(self, *, seconds: float | None = None) -> int:
        """Take rows until the file ends, time is over (None: never) or somebody stops it. Returns how many were taken."""
        began_with = self.file.done_rows
        try:
            with import_files.on_disk(self.file) as path:
                self._count(path)
                if self._take(path, deadline=None if seconds is None else time.monotonic() + seconds):
                    self._finish(ImportState.DONE)
                else:
                    self._release()
        except FileProblem as problem:
            self._fail(problem)
        except Lost:
            pass
        except BaseException:
            self._release()
            raise
        # at least 1: the caller looks for the next file
        return max(self.file.done_rows - began_with, 1)

    def _count(self, path: str) -> None:
        """How many rows there are, for the progress. Also the first look at the whole file: a broken one stops here."""
        if self.file.total_rows is None:
            total = count_rows(path, import_files.reading_of(self.file))
            self.file.total_rows = total
            self._renew(total_rows=total)

    def _take(self, path: str, *, deadline: float | None) -> bool:
        """True when the file is at its end."""
        terms, columns = terms_of(self.file), columns_of(self.file)
        with opened(path, import_files.reading_of(self.file)) as rows:
            self._skip_done(rows)
            while batch := list(itertools.islice(rows, self._size)):
                began = time.monotonic()
                plans = [plan_row(row, columns) for row in batch]
                planned = time.monotonic()
                self._take_batch(batch, plans, terms)
                if self.tell is not None:
                    self.tell(self.file)
                self._resize(time.monotonic() - planned)
                self._pause(time.monotonic() - planned, rested=planned - began)
                if deadline is not None and time.monotonic() > deadline:
                    return next(rows, None) is None
        return True

    def _skip_done(self, rows: Iterator[FileRow]) -> None:
        left = self.file.done_rows
        while left > 0 and list(itertools.islice(rows, min(left, RENEW_EACH)))[-1:]:
            left -= RENEW_EACH
            self._renew()

    def _take_batch(self, rows: Sequence[FileRow], plans: Sequence[Plan], terms: Terms) -> None:
        """One chunk; on an error that is not the database's the halves, down to the row that is handed back."""
        try:
            self._write(rows, plans, terms)
            return
        except (Lost, OperationalError, InterfaceError):
            raise
        except Exception:
            if len(rows) == 1:
                logger.exception("Row %s of import %s was left out", rows[0].number, self.file.pk)
                plans = [Plan(number=rows[0].number, reason="internal")]
                self._write(rows, plans, terms)
                return
        middle = len(rows) // 2
        self._take_batch(rows[:middle], plans[:middle], terms)
        self._take_batch(rows[middle:], plans[middle:], terms)

    def _write(self, rows: Sequence[FileRow], plans: Sequence[Plan], terms: Terms) -> None:
        """Again when another writer was first: it made a lead with one of these addresses, or a lock was in the way."""
        for attempt in range(1, TRIES + 1):
            try:
                return self._write_once(rows, plans, terms)
            except (IntegrityError, OperationalError):
                if attempt == TRIES:
                    raise
                time.sleep(0.1 * attempt)

    def _write_once(self, rows: Sequence[FileRow], plans: Sequence[Plan], terms: Terms) -> None:
        now, file = self.now, self.file
        until = now + LEASE
        with transaction.atomic():
            ours = LeadImport.objects.filter(
                pk=file.pk, state=ImportState.RUNNING.value, leased_until=file.leased_until, done_rows=file.done_rows
            ).update(done_rows=F("done_rows") + len(rows), leased_until=until)
            if not ours:
                raise Lost
            chunk = decide(rows, plans, terms, now=now, lock=True)
            put_chunk(chunk, terms, now=now)
            counts = {name: chunk.count(outcome) for name, outcome in _COUNTS.items()}
            added = {name: F(name) + count for name, count in counts.items() if count}
            LeadImport.objects.filter(pk=file.pk).update(**added)
        file.done_rows += len(rows)
        file.leased_until = until
        for name, count in counts.items():
            setattr(file, name, getattr(file, name) + count)

    def _resize(self, spent: float) -> None:
        """On SQLite every other writer waits for a chunk to end."""
        if not self.gentle or connection.vendor != "sqlite":
            return
        if spent > TOO_LONG:
            self._size = max(self._size // 2, min(SMALLEST, _chunk()))
        elif spent < TOO_LONG / 3:
            self._size = min(self._size * 2, _chunk())

    def _pause(self, spent: float, *, rested: float) -> None:
        """Whoever writes a form meanwhile gets a turn; the time in which rows were only read (`rested`) is one already.

        Not inside a caller's transaction, where it would help nobody.
        """
        if self.gentle and connection.vendor == "sqlite" and not connection.in_atomic_block:
            time.sleep(min(max(spent * PAUSE - rested, SHORTEST_PAUSE), LONGEST_PAUSE))

    # --- the lease

    def _ours(self):
        return LeadImport.objects.filter(
            pk=self.file.pk, state=ImportState.RUNNING.value, leased_until=self.file.leased_until
        )

    def _renew(self, **values) -> None:
        until = self.now + LEASE
        if not self._ours().update(leased_until=until, **values):
            raise Lost
        self.file.leased_until = until

    def _release(self) -> None:
        self._ours().update(leased_until=None)

    def _finish(self, state: ImportState, problem: str = "") -> None:
        self._ours().update(
            state=state.value,
            problem=problem[:300],
            finished_at=self.now,
            leased_until=None,
            **({"total_rows": self.file.done_rows} if state == ImportState.DONE else {}),
        )
        self.file.state, self.file.problem = state.value, problem

    def _fail(self, problem: FileProblem) -> None:
        """What is in stays in; the reason is kept as a code, and said in the reader's language."""
        self._finish(ImportState.FAILED, f"{problem.code}|{problem.row or ''}|{problem.detail}")


def rows_handed_back(file: LeadImport):
    """Rows that were not taken because something is wrong with them, in their order."""
    return ImportRow.objects.filter(file=file, outcome=RowOutcome.BAD.value).order_by("number")
