"""``manage.py leads_import_log``: past access logs become visits."""

import json
import time
from datetime import datetime, timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation
from django.utils.dateparse import parse_date, parse_datetime

from wagtail_leads.logic.kinds import DropReason
from wagtail_leads.tracking.log_files import LogFile
from wagtail_leads.tracking.log_import import LogImport, LogOptions, LogSummary
from wagtail_leads.tracking.models import DROP_LABELS

#: What is left out for a reason that only logs know.
WORDS = {
    "outside": "outside --since and --until",
    "other_host": "of another host",
    "no_address": "name no address of the visitor",
    "future": "dated in the future",
}
BAR = 24


class Command(BaseCommand):
    help = (
        "Reads past access logs (Apache's and nginx' common and combined formats, plain or gzip) and makes visits of the "
        "page views in them. Safe to repeat and to interrupt: what is in already is not added again."
    )

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", metavar="FILE", help="Log files in any order; - reads stdin.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would come in; write nothing.")
        parser.add_argument("--json", action="store_true", help="Print the summary as one JSON object.")
        parser.add_argument(
            "--host", default="", help="The site's host where the log names none (default: found out from the log)."
        )
        parser.add_argument("--since", type=moment, metavar="DATE", help="First day, or a time (ISO 8601).")
        parser.add_argument("--until", type=end, metavar="DATE", help="Last day, or a time (ISO 8601).")
        parser.add_argument(
            "--quick",
            action="store_true",
            help="No pauses between the steps: twice as fast on SQLite, for a site that nobody uses meanwhile.",
        )

    def handle(self, *args, files, dry_run, json, host, since, until, quick, verbosity, **options):
        options = LogOptions(host=host.lower().strip(), since=since, until=until, dry_run=dry_run, gentle=not quick)
        bar = Bar(self.stderr._out) if verbosity else Bar(None)
        began = time.monotonic()
        made = LogImport(files=opened(files), options=options, now=timezone.now(), progress=bar.show)
        interrupted = False
        try:
            made.run()
        except KeyboardInterrupt:
            interrupted = True
        except OSError as error:
            raise CommandError(f"{error.filename or 'The log'}: {error.strerror or error}") from error
        finally:
            bar.end()
        seconds = time.monotonic() - began
        if json:
            self.stdout.write(as_json(made.summary, dry_run=dry_run, interrupted=interrupted, seconds=seconds))
        else:
            self.stdout.write("\n".join(as_text(made.summary, dry_run=dry_run, verbosity=verbosity)))
            if verbosity and made.summary.left_out.total() and not (dry_run or interrupted):
                self.stdout.write("What was left out is listed in the admin: Leads, Settings, Left-out hits.")
        if interrupted:
            raise CommandError(
                "Interrupted. What is counted above is in; run the same command again to go on.", returncode=130
            )


def opened(names: list[str]) -> list[LogFile]:
    """CommandError for a file that cannot be read, before anything is."""
    files = []
    for name in names:
        try:
            files.append(LogFile.at(name))
            if name != "-":
                open(name, "rb").close()
        except OSError as error:
            raise CommandError(f"{name}: {error.strerror}") from error
    return files


def moment(text: str) -> datetime:
    """The begin of a day in the site's zone, or a time."""
    try:
        day = parse_date(text)
        at = parse_datetime(text) if day is None else datetime(day.year, day.month, day.day)
    except ValueError:
        at = None
    if at is None:
        raise ValueError(text)
    return at if timezone.is_aware(at) else timezone.make_aware(at)


def end(text: str) -> datetime:
    """The end of a day (so it is the last one), or a time."""
    at = moment(text)
    return at if "T" in text or " " in text else moment(f"{(timezone.localtime(at) + timedelta(hours=36)).date()}")


class Bar:
    """A line on a terminal; nothing anywhere else."""

    def __init__(self, stream) -> None:
        self.stream = stream if stream is not None and stream.isatty() else None
        self.shown_at = float("-inf")

    def show(self, step: str, done: int, total: int) -> None:
        if self.stream is None or time.monotonic() - self.shown_at < 0.2:
            return
        self.shown_at = time.monotonic()
        what = "Reading" if step == "read" else "Storing"
        part = min(done / total, 1) if total else 0
        filled = "#" * int(part * BAR)
        amount = f"{done / 1e6:.0f} MB" if step == "read" else f"{done:,} views"
        percent = f"[{filled:<{BAR}}] {part:4.0%}  " if total else ""
        self.stream.write(f"\r{what} {percent}{amount}\x1b[K")
        self.stream.flush()

    def end(self) -> None:
        if self.stream is not None:
            self.stream.write("\r\x1b[K")
            self.stream.flush()


def as_json(summary: LogSummary, *, dry_run: bool, interrupted: bool, seconds: float) -> str:
    return json.dumps(
        {
            "lines": summary.lines,
            "views": summary.views,
            "told_before": summary.told_before,
            "visits": summary.visits,
            "visitors": summary.visitors,
            "companies": len(summary.companies),
            "left_out": dict(summary.left_out.most_common()),
            "matched": summary.matched,
            "without_agent": summary.without_agent,
            "first": _iso(summary.first_at),
            "last": _iso(summary.last_at),
            "host": summary.host,
            "broken": [{"file": file, "line": line, "text": text} for file, line, text in summary.broken],
            "problems": summary.problems,
            "other_hosts": dict(summary.other_hosts.most_common(10)),
            "proxy": summary.proxy,
            "dry_run": dry_run,
            "interrupted": interrupted,
            "seconds": round(seconds, 1),
        }
    )


def as_text(summary: LogSummary, *, dry_run: bool, verbosity: int) -> list[str]:
    """Lines for people: what came in, what was left out and why, and what looks wrong."""
    if not verbosity:
        return []
    came = "would come in" if dry_run else "came in"
    span = f" from {_day(summary.first_at)} to {_day(summary.last_at)}" if summary.first_at else ""
    told = [
        f"{summary.lines:,} lines read{span}.",
        f"{summary.views:,} page views in {summary.visits:,} visits of {summary.visitors:,} browsers {came}; "
        f"{len(summary.companies):,} companies guessed.",
    ]
    if summary.told_before:
        told.append(f"{summary.told_before:,} page views were in already.")
    told += [
        f"  left out: {count:>9,}  {in_words(reason)}" for reason, count in summary.left_out.most_common() if count
    ]
    return told + list(_hints(summary)) + list(_broken(summary))


def in_words(reason: str) -> str:
    if reason == DropReason.MALFORMED.value:
        return "cannot be read as lines of a log"
    if reason in WORDS:
        return WORDS[reason]
    with translation.override("en"):  # like the rest of the command
        return str(DROP_LABELS[DropReason(reason)])


def _hints(summary: LogSummary):
    if summary.views + summary.told_before and not summary.matched:
        yield "No path is a page of this site today: the views are kept without their pages."
    if summary.host:
        yield f"Links from {summary.host} counted as the site's own (--host says another one)."
    if summary.other_hosts:
        hosts = ", ".join(f"{host} ({count:,})" for host, count in summary.other_hosts.most_common(5))
        yield f"Other hosts in the log: {hosts}. --host takes one of them for the default site."
    if summary.proxy:
        yield f"Nearly all lines come from {summary.proxy}. Is that your proxy? Then its own log names the visitors."
    if summary.without_agent:
        yield f"{summary.without_agent:,} lines name no browser (common format): robots show by what they do only."


def _broken(summary: LogSummary):
    for name, problem in summary.problems.items():
        yield f"{name} is {problem}: what could be read of it is in."
    for name, number, text in summary.broken:
        yield f"  cannot be read: {name} line {number}: {text!r}"


def _iso(at: int | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, tz=timezone.get_current_timezone()).isoformat()


def _day(at: int) -> str:
    return f"{datetime.fromtimestamp(at, tz=timezone.get_current_timezone()):%Y-%m-%d}"
