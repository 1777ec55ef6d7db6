"""``manage.py leads_import``: leads out of CSV and XLSX files; the same engine as the screens."""

import json
import os
from collections import Counter

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from wagtail_leads.admin_ui.import_results import bad_rows
from wagtail_leads.admin_ui.import_words import note_words, problem_words
from wagtail_leads.capture import import_files, imports
from wagtail_leads.capture.models import ImportRow, LeadImport
from wagtail_leads.identity.models import LeadSource, LeadTag
from wagtail_leads.logic.kinds import Basis, ImportState, RowOutcome
from wagtail_leads.logic.lead_files import ENCODINGS, FileProblem
from wagtail_leads.logic.lead_headings import FIELDS, OWN

#: Exit codes: rows were handed back; the file could not be read; interrupted.
SOME_BAD, UNREADABLE, INTERRUPTED = 1, 2, 130
NO_BASIS = "none"
BLOCK = 1 << 20


class Command(BaseCommand):
    help = (
        "Reads leads from a CSV or XLSX file (UTF-8, cp932 …; headings in Japanese or English). Good rows come in, bad rows go "
        "to a file with the reason. Safe to repeat and to interrupt: nobody is doubled. "
        "Exit code 0: all rows are in; 1: some were handed back; 2: the file cannot be read."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", help="A CSV or XLSX file.")
        parser.add_argument(
            "--basis",
            choices=[*(basis.value for basis in Basis), NO_BASIS],
            help="Why we may send them marketing mail; none: we may not. Needed without --dry-run.",
        )
        parser.add_argument(
            "--basis-detail", default="", metavar="TEXT", help="When and how it was given; kept as proof."
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help="What a column is: its heading or number (from 1), and one of "
            f"{', '.join(FIELDS)}, {OWN}<short name> or nothing (left out). May be repeated; other columns are recognised.",
        )
        parser.add_argument(
            "--policy", choices=LeadImport.Policy.values, default="fill", help="What is done to known leads."
        )
        parser.add_argument("--source", default="", metavar="NAME", help="Where they come from; made when it is new.")
        parser.add_argument("--tag", default="", help="A tag for all of them; made when it is new.")
        parser.add_argument("--owner", default="", metavar="LOGIN", help="The colleague who owns new leads.")
        parser.add_argument("--encoding", choices=ENCODINGS, default="", help="Otherwise it is recognised.")
        parser.add_argument(
            "--delimiter", choices=["comma", "tab", "semicolon"], default="", help="Otherwise it is recognised."
        )
        parser.add_argument(
            "--sheet", default="", help="The sheet of an XLSX file; otherwise the first one with rows."
        )
        parser.add_argument("--no-header", action="store_true", help="The first row is a person already.")
        parser.add_argument(
            "--bad-rows", default="", metavar="FILE", help="Where bad rows go (default: FILE.bad.csv)."
        )
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen; write nothing.")
        parser.add_argument("--quick", action="store_true", help="No pauses between the chunks on SQLite.")
        parser.add_argument("--json", action="store_true", help="Print the summary as one JSON object.")

    def handle(self, *args, **options):
        if not options["basis"] and not options["dry_run"]:
            raise CommandError(
                "--basis is needed: why may we write to these people? (none: we may not)", returncode=UNREADABLE
            )
        with translation.override("en"):
            self._run(options)

    def _run(self, options) -> None:
        now = timezone.now()
        file = self._store(options, now)
        kept = False
        try:
            self._read(file, options)
            if options["dry_run"]:
                self._dry_run(file, options)
                return
            self._choose(file, options, now)
            kept = True
            self._import(file, options)
        except FileProblem as problem:
            raise CommandError(problem_words(problem), returncode=UNREADABLE) from problem
        finally:
            if not kept:
                import_files.discard(file)

    def _store(self, options, now) -> LeadImport:
        try:
            with open(options["file"], "rb") as read:
                return import_files.store(
                    os.path.basename(options["file"]), iter(lambda: read.read(BLOCK), b""), now=now
                )
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}", returncode=UNREADABLE) from error
        except FileProblem as problem:
            raise CommandError(problem_words(problem), returncode=UNREADABLE) from problem

    def _read(self, file: LeadImport, options) -> None:
        delimiter = {"comma": ",", "tab": "\t", "semicolon": ";"}.get(options["delimiter"], "")
        with import_files.on_disk(file) as path:
            reading = import_files.look_into(
                file,
                path,
                encoding=options["encoding"],
                delimiter=delimiter,
                sheet=options["sheet"],
                has_header=False if options["no_header"] else None,
            )
        if options["sheet"] and options["sheet"] != reading.sheet:
            raise CommandError(f"There is no sheet “{options['sheet']}”.", returncode=UNREADABLE)
        file.mapping = mapping_of(file, options["map"])
        if not {"email", "mobile", "phone"} & set(file.mapping.values()):
            raise CommandError(
                "No column holds an e-mail address or a mobile number. Say which: --map COLUMN=email",
                returncode=UNREADABLE,
            )
        file.basis = "" if options["basis"] in (None, NO_BASIS) else options["basis"]
        file.basis_detail = options["basis_detail"][:200] if file.basis else ""
        file.policy = options["policy"]
        file.save()

    def _choose(self, file: LeadImport, options, now) -> None:
        if options["owner"]:
            users = get_user_model()
            file.owner = users._default_manager.filter(**{users.USERNAME_FIELD: options["owner"]}).first()
            if file.owner is None:
                raise CommandError(f"Nobody logs in as “{options['owner']}”.", returncode=UNREADABLE)
        if options["source"]:
            file.origin = LeadSource.objects.get_or_create(
                name=options["source"][:150], defaults={"created_at": now}
            )[0]
        if options["tag"]:
            file.tag = LeadTag.objects.get_or_create(name=options["tag"][:60])[0]
        file.state = ImportState.WAITING.value
        file.save()

    def _import(self, file: LeadImport, options) -> None:
        run = imports.Run(file, now=timezone.now(), gentle=not options["quick"], tell=self._progress(options))
        if not run.claim():
            raise CommandError("A background worker was quicker: the import runs there. See Leads, Imports.")
        try:
            run.work()
        except KeyboardInterrupt as error:
            imports.stop(file)
            raise CommandError(
                "Interrupted. What is counted is in; go on in the admin (Leads, Imports), or run the command again.",
                returncode=INTERRUPTED,
            ) from error
        file.refresh_from_db()
        bad = self._write_bad_rows(file, options)
        notes = Counter(
            note for row in ImportRow.objects.filter(file=file).values_list("notes", flat=True) for note in row
        )
        counts = {outcome.value: getattr(file, outcome.value) for outcome in RowOutcome}
        self._say(file, counts, notes, file.done_rows, options, bad_rows_file=bad)
        if file.state != ImportState.DONE.value:
            reason = problem_words(file.problem) if file.problem else "The import was stopped."
            raise CommandError(f"{reason} What is counted above is in.", returncode=UNREADABLE)
        if file.bad:
            raise SystemExit(SOME_BAD)

    def _dry_run(self, file: LeadImport, options) -> None:
        with import_files.on_disk(file) as path:
            told = imports.forecast(file, path, now=timezone.now(), shown=0)
        counts = {outcome.value: told.outcomes[outcome.value] for outcome in RowOutcome}
        self._say(file, counts, told.notes, told.rows, options)
        if counts["bad"]:
            raise SystemExit(SOME_BAD)

    def _progress(self, options):
        out = self.stderr._out
        if options["json"] or not options["verbosity"] or not out.isatty():
            return None

        def tell(file: LeadImport) -> None:
            end = "\n" if file.done_rows >= (file.total_rows or 0) else ""
            out.write(f"\r{file.done_rows:,} of {file.total_rows or 0:,} rows\x1b[K{end}")
            out.flush()

        return tell

    def _write_bad_rows(self, file: LeadImport, options) -> str:
        if not file.bad:
            return ""
        path = options["bad_rows"] or f"{options['file']}.bad.csv"
        own = {key: field.label for key, field in import_files.own_fields().items()}
        with open(path, "w", encoding="utf-8", newline="") as out:
            out.writelines(bad_rows(file, own))
        return path

    def _say(self, file, counts: dict, notes: Counter, rows: int, options, *, bad_rows_file: str = "") -> None:
        if options["json"]:
            told = {"rows": rows, **counts, "notes": dict(notes.most_common()), "mapping": mapping_in_words(file)}
            told |= {"encoding": file.encoding, "sheet": file.sheet, "dry_run": options["dry_run"]}
            told |= {"bad_rows_file": bad_rows_file, "import": None if options["dry_run"] else file.pk}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        if not options["verbosity"]:
            return
        verb = "would be" if options["dry_run"] else "are"
        self.stdout.write(f"{rows:,} rows read ({file.encoding or file.sheet}).")
        for heading, field in mapping_in_words(file).items():
            self.stdout.write(f"  {heading} -> {field}")
        words = {"made": "new", "skipped": "left out", "bad": "handed back"}
        parts = [f"{count:,} {words.get(name, name)}" for name, count in counts.items()]
        self.stdout.write(f"They {verb}: {', '.join(parts)}.")
        for note, count in notes.most_common():
            self.stdout.write(f"  {count:>9,}  {note_words(note)}")
        if bad_rows_file:
            self.stdout.write(f"Rows to correct: {bad_rows_file}")


def mapping_of(file: LeadImport, given: list[str]) -> dict[str, str]:
    """What was recognised, with the columns that were named. CommandError for one that is not there."""
    mapping, own = dict(file.mapping), import_files.own_fields()
    for text in given:
        column, _equals, field = text.rpartition("=")
        number = _number_of(column.strip(), file.header)
        field = field.strip()
        if number is None:
            raise CommandError(f"--map {text}: no column “{column}”.", returncode=UNREADABLE)
        if field and field not in FIELDS and field.removeprefix(OWN) not in own:
            raise CommandError(f"--map {text}: no field “{field}”.", returncode=UNREADABLE)
        field = field if field in FIELDS or field.startswith(OWN) or not field else f"{OWN}{field}"
        mapping = {n: f for n, f in mapping.items() if n != str(number)} | ({str(number): field} if field else {})
    return mapping


def _number_of(column: str, header: list[str]) -> int | None:
    if column in header:
        return header.index(column)
    if column.isdecimal() and 0 < int(column) <= (len(header) or 200):
        return int(column) - 1
    return None


def mapping_in_words(file: LeadImport) -> dict[str, str]:
    header = file.header
    return {
        (header[int(n)] if int(n) < len(header) else "") or str(int(n) + 1): field
        for n, field in file.mapping.items()
    }
