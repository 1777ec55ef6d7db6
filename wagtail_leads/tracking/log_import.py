"""Past access logs become visits. Two passes: all lines are read, judged and sorted on disk; then stored in small steps.

The first pass sees what a single line cannot show: who fetched robots.txt, who loaded no image, who was in the admin.
The second one gives the views to `operations.store_log` in the order of time. A view that is in the ledger already is
told apart by its key, so a run may be repeated, interrupted and continued, and files may overlap.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from itertools import islice
from urllib.parse import parse_qsl, unquote

from django.db import InterfaceError, OperationalError, connection

from wagtail_leads import conf
from wagtail_leads.activity.models import Activity
from wagtail_leads.logic import referrers
from wagtail_leads.logic.access_log import LogLine, parse
from wagtail_leads.logic.hits import Hit, hit_from
from wagtail_leads.logic.judging import Drop, RequestFacts, is_part_of_a_page, judge
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import DropReason
from wagtail_leads.logic.suspicion import suspect_in_log
from wagtail_leads.tracking.lines import key_of_view
from wagtail_leads.tracking.log_files import LogFile
from wagtail_leads.tracking.log_forecast import Forecast
from wagtail_leads.tracking.log_pages import SitePages
from wagtail_leads.tracking.log_scratch import LogView, Scratch
from wagtail_leads.tracking.models import ImportedLog
from wagtail_leads.tracking.operations import Stored, store_log
from wagtail_leads.tracking.sorting import judge_settings

#: Broken lines shown.
SHOWN = 5
#: Seconds that one transaction should take, and the views of the smallest and largest one.
STEP_SECONDS, LEAST, MOST = 0.1, 20, 500
#: Times that a busy database is asked again.
TRIES = 5
#: Hosts and addresses counted for hints; a log of noise must not fill the memory.
MOST_NAMES = 2000


@dataclass(frozen=True, kw_only=True)
class LogOptions:
    #: Host of the lines that name none; empty: found out.
    host: str = ""
    since: datetime | None = None
    until: datetime | None = None
    dry_run: bool = False
    #: Let others write in between (SQLite has one writer at a time, and its queue is not fair).
    gentle: bool = True


@dataclass(kw_only=True)
class LogSummary:
    """What an import did, or would do. Counts of lines add up: views + told_before + left_out = lines."""

    lines: int = 0
    #: Page views that are in now and were not before.
    views: int = 0
    #: In the ledger already: imported before, or twice in the given files.
    told_before: int = 0
    visits: int = 0
    visitors: int = 0
    companies: set = field(default_factory=set)
    #: By drop reason, and by "malformed", "outside", "other_host", "no_address" and "future".
    left_out: Counter = field(default_factory=Counter)
    #: Lines of views whose path is a page of the site today.
    matched: int = 0
    #: Lines whose format names no browser.
    without_agent: int = 0
    first_at: int | None = None
    last_at: int | None = None
    #: Host that the log's lines were taken for.
    host: str = ""
    #: (file, line number, beginning of the line) of the first that cannot be read.
    broken: list[tuple[str, int, str]] = field(default_factory=list)
    #: File -> "truncated" or "damaged".
    problems: dict[str, str] = field(default_factory=dict)
    other_hosts: Counter = field(default_factory=Counter)
    #: The address that nearly all lines come from, when there is one: a proxy that hides the visitors.
    proxy: str = ""


@dataclass(kw_only=True)
class LogImport:
    """One run over some files. `summary` may be read at any time, also after an interruption."""

    files: list[LogFile]
    options: LogOptions
    now: datetime
    #: Told now and then: (step "read" or "store", done, of how many or 0).
    progress: Callable[[str, int, int], None] = lambda step, done, total: None
    summary: LogSummary = field(default_factory=LogSummary)

    def run(self) -> LogSummary:
        scratch = Scratch.open()
        try:
            self.pages = SitePages.load()
            self.judging = judge_settings()
            self._read_all(scratch)
            own = self._settle_host()
            self._leave_robots_out(scratch, own)
            self._store_all(scratch)
        finally:
            scratch.close()
        if not self.options.dry_run:
            self._note()
        return self.summary

    def _note(self) -> None:
        """Left-out hits of a log are told beside those of the live site, never added to them."""
        options, summary = self.options, self.summary
        told = (*sorted(file.digest for file in self.files), options.host, options.since, options.until)
        names = dict.fromkeys(os.path.basename(file.name) for file in self.files)
        ImportedLog.objects.update_or_create(
            fingerprint=dedupe_key("log", *map(str, told)),
            defaults={
                "name": ", ".join(names)[:255],
                "at": self.now,
                "lines": summary.lines,
                "views": summary.views + summary.told_before,
                "first_at": _time(summary.first_at),
                "last_at": _time(summary.last_at),
                "left_out": dict(summary.left_out),
            },
        )

    # --- first pass: reading ------------------------------------------------------------------------------------------

    def _read_all(self, scratch: Scratch) -> None:
        self._asset_hosts: Counter = Counter()
        self._addresses: Counter = Counter()
        total = sum(file.size for file in self.files)
        for number, file in enumerate(self.files):
            done = sum(before.done for before in self.files[:number])
            self._read(file, number, scratch, done, total)
            if file.problem:
                self.summary.problems[file.name] = file.problem
        self.progress("read", total, total)
        address, most = next(iter(self._addresses.most_common(1)), ("", 0))
        if most > 100 and most > 0.9 * (self.summary.lines - self.summary.left_out["malformed"]):
            self.summary.proxy = address

    def _read(self, file: LogFile, number: int, scratch: Scratch, done: int, total: int) -> None:
        summary = self.summary
        for at_line, (raw, is_finished) in enumerate(file.lines(), 1):
            if raw is not None and not raw.strip():
                continue
            summary.lines += 1
            line = parse(raw) if raw is not None else None
            if line is not None and not is_finished and self._may_be_cut(line, file):
                line = None
            if line is None:
                summary.left_out["malformed"] += 1
                if len(summary.broken) < SHOWN:
                    summary.broken.append((file.name, at_line, _shown(raw)))
            elif reason := self._take(line, number, scratch):
                summary.left_out[reason] += 1
            if not at_line % 2000:
                self.progress("read", done + file.done, total)

    def _may_be_cut(self, line: LogLine, file: LogFile) -> bool:
        """The last line without an end: a log that is being written, or a file that was cut off."""
        return bool(file.problem) or (line.user_agent is None and self.summary.without_agent < self.summary.lines - 1)

    def _take(self, line: LogLine, number: int, scratch: Scratch) -> str:
        """Put a view aside for the second pass; else why it is none. What else the client did is noted."""
        if reason := self._outside(line):
            return reason
        self._count_name(self._addresses, line.client)
        if line.user_agent is None:
            self.summary.without_agent += 1
        path = path_of(line.target)
        good = line.status is not None and (200 <= line.status < 300 or line.status == 304)
        if path == "/robots.txt":
            scratch.note(line, robots=1)
            return DropReason.NOT_HTML.value
        if self.pages.is_admin(path):
            if good:
                scratch.note(line, staff=1)
            return DropReason.STAFF.value if good else DropReason.STATUS.value
        verdict = judge(_facts(line, path, is_page=good and self.pages.has_page(path)), self.judging)
        if isinstance(verdict, Drop):
            if verdict.reason is DropReason.PROBE_PATH:
                scratch.note(line, probes=1)
            elif verdict.reason is DropReason.NOT_HTML and is_part_of_a_page(path):
                scratch.note(line, assets=1)
                self._count_name(self._asset_hosts, referrers.split(line.referrer)[0])
            return verdict.reason.value
        if self.pages.is_no_page(path):
            return DropReason.NOT_HTML.value
        scratch.put_view(line, file=number, referrer_host=referrers.split(line.referrer)[0])
        self._note_time(line.at)
        return ""

    def _outside(self, line: LogLine) -> str:
        if line.at > self.now.timestamp() + 86_400:
            return "future"
        since, until = self.options.since, self.options.until
        if (since and line.at < since.timestamp()) or (until and line.at >= until.timestamp()):
            return "outside"
        if line.host and line.host != self.options.host and not self.pages.is_ours(line.host):
            self._count_name(self.summary.other_hosts, line.host)
            return "other_host"
        return "" if line.client else "no_address"

    def _note_time(self, at: int) -> None:
        self.summary.first_at = min(at, self.summary.first_at or at)
        self.summary.last_at = max(at, self.summary.last_at or at)

    @staticmethod
    def _count_name(counter: Counter, name: str) -> None:
        if name and (name in counter or len(counter) < MOST_NAMES):
            counter[name] += 1

    # --- between the passes -------------------------------------------------------------------------------------------

    def _settle_host(self) -> set[str]:
        """What the log's own host is: told, or the one whose pages load this log's images. Returns all own hosts."""
        host, most = next(iter(self._asset_hosts.most_common(1)), ("", 0))
        is_clear = most >= 20 and most * 2 > self._asset_hosts.total()
        self.summary.host = self.options.host or (host if is_clear else "") or self.pages.default_host
        return {referrers.bare(self.summary.host), *self.pages.sites}

    def _leave_robots_out(self, scratch: Scratch, own_hosts: set[str]) -> None:
        habits = scratch.habits(own_hosts)
        most = conf.get("MAX_VIEWS_PER_MINUTE")

        def found() -> Iterator[tuple[int, str]]:
            for client, day, is_staff in scratch.views_of_clients(own_hosts):
                reason = DropReason.STAFF if is_staff else suspect_in_log(day, habits, max_views_per_minute=most)
                if reason:
                    yield client, reason.value

        scratch.leave_out(found())
        self.summary.left_out.update(scratch.count_left_out())

    # --- second pass: storing -----------------------------------------------------------------------------------------

    def _store_all(self, scratch: Scratch) -> None:
        total = self.summary.lines - self.summary.left_out.total()
        views, step, done, kept = scratch.in_order(), 100, 0, 0
        forecast = Forecast(summary=self.summary, is_new=scratch.is_new) if self.options.dry_run else None
        while taken := [(view.client, self._hit(view)) for view in islice(views, step)]:
            began = time.perf_counter()
            fresh = _untold(taken)
            if forecast:
                forecast.take(fresh)
            else:
                self._store([told for _client, hit in fresh for told in (hit, *search_of(hit))])
            kept += len(fresh)
            self.summary.matched += sum(hit.page_id is not None for _client, hit in taken)
            done += len(taken)
            self.progress("store", done, total)
            spent = time.perf_counter() - began
            if not forecast and fresh:
                self._pause(spent)
                step = min(max(int(step * STEP_SECONDS / max(spent, 0.001)), LEAST), MOST)
        self.summary.told_before = total - kept

    def _hit(self, view: LogView) -> Hit:
        line = view.line
        host = line.host or self.summary.host
        site_id = self.pages.site_of(host)
        path = path_of(line.target)
        return hit_from(
            {
                "origin": "page",
                "at": float(line.at),
                "hit_id": view.hit_id,
                "host": f"https://{host}",
                "path": path,
                "query": line.target.partition("?")[2][:2000],
                "remote_addr": line.client,
                "user_agent": (line.user_agent or "")[:512],
                "referrer": line.referrer[:2000],
                "has_headers": False,
                "site_id": site_id,
                "page_id": self.pages.page_of(site_id, path),
            }
        )

    def _store(self, hits: list[Hit]) -> None:
        """Bisects to the line that the database does not take."""
        if not hits:
            return
        try:
            stored = self._stored(hits)
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # one line must not cost the others
            if len(hits) == 1:
                self.summary.left_out[DropReason.STORE_FAILED.value] += 1
                return
            middle = len(hits) // 2
            self._store(hits[:middle])
            self._store(hits[middle:])
            return
        summary = self.summary
        summary.views += stored.views
        summary.visits += stored.visits
        summary.visitors += stored.visitors
        summary.companies |= stored.companies
        summary.left_out.update(one.reason.value for one in stored.left_out)

    def _stored(self, hits: list[Hit]) -> Stored:
        for attempt in range(1, TRIES + 1):
            try:
                return store_log(hits, now=self.now)
            except OperationalError:  # somebody else is writing
                if attempt == TRIES:
                    raise
                time.sleep(0.5 * attempt)
        raise AssertionError

    def _pause(self, spent: float) -> None:
        """On SQLite a form post polls for its turn: half of the time belongs to others, so that it waits for tenths."""
        if self.options.gentle and connection.vendor == "sqlite" and not connection.in_atomic_block:
            time.sleep(min(spent / 2, STEP_SECONDS))


def path_of(target: str) -> str:
    """The path as Django would see it: without query, decoded, capped."""
    path = target.partition("?")[0].partition("#")[0]
    return (unquote(path) if "%" in path else path)[:500] or "/"


def search_of(hit: Hit) -> list[Hit]:
    """What was asked in the site's own search, as a fact beside the view (as `recording.note_search` does it live)."""
    if not hit.query or not hit.path.endswith(tuple(conf.get("SEARCH_PATHS"))):
        return []
    given = dict(reversed(parse_qsl(hit.query, errors="replace")))
    words = " ".join(next((given[name] for name in conf.get("SEARCH_PARAMETERS") if name in given), "").split())[:100]
    if not any(char.isalnum() for char in words):
        return []
    return [replace(hit, origin="search", hit_id=hit.hit_id[::-1], title=words)]


def _facts(line: LogLine, path: str, *, is_page: bool) -> RequestFacts:
    return RequestFacts(
        method=line.method or "-",
        path=path,
        status=line.status,
        user_agent=line.user_agent or "",
        agent_known=line.user_agent is not None,
        referrer=line.referrer,
        has_headers=False,
        client_ip=line.client,
        is_a_page_of_the_site=is_page,
    )


def _untold(views: list[tuple[int, Hit]]) -> list[tuple[int, Hit]]:
    """Those that are not in the ledger yet: one query."""
    keys = {key_of_view(hit.hit_id): (client, hit) for client, hit in views}
    told = set(Activity.objects.filter(dedupe_key__in=list(keys)).values_list("dedupe_key", flat=True))
    return [view for key, view in keys.items() if key not in told]


def _time(at: int | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, tz=timezone.utc)


def _shown(raw: bytes | None) -> str:
    return "…" if raw is None else raw[:120].decode("utf-8", "backslashreplace")
