"""Uploaded files of leads: kept in the database in pieces of a megabyte, read from a temporary file that is gone again
afterwards. Personal data never lies where the web server could hand it out."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from wagtail_leads.capture.models import ImportPiece, LeadImport
from wagtail_leads.identity.models import LeadField
from wagtail_leads.logic import sheets
from wagtail_leads.logic.cell_values import OwnField
from wagtail_leads.logic.lead_files import FileProblem, Reading, first_rows, recognise
from wagtail_leads.logic.lead_headings import mapped

PIECE = 1 << 20
#: In bytes. Larger lists are split.
MOST_BYTES = 300_000_000
#: Rows from which the meaning of columns is guessed, and of which the screen shows samples.
SAMPLES = 50


def own_fields() -> dict[str, OwnField]:
    return {
        row.key: OwnField(key=row.key, label=row.label, kind=row.kind, choices=tuple(row.choice_list()))
        for row in LeadField.objects.all()
    }


def store(name: str, blocks: Iterable[bytes], *, by=None, now: datetime) -> LeadImport:
    """Keep an upload, piece by piece: each in a short transaction of its own. FileProblem when it is too large."""
    made = LeadImport.objects.create(name=os.path.basename(name)[-255:] or "?", created_at=now, by=by)
    number = size = 0
    try:
        for piece in _pieces(blocks):
            size += len(piece)
            if size > MOST_BYTES:
                raise FileProblem("too_large")
            ImportPiece.objects.create(file=made, number=number, data=piece)
            number += 1
    except Exception:
        discard(made)
        raise
    made.size = size
    made.save(update_fields=["size"])
    return made


def _pieces(blocks: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for block in blocks:
        held += block
        while len(held) >= PIECE:
            yield bytes(held[:PIECE])
            del held[:PIECE]
    if held:
        yield bytes(held)


def discard(made: LeadImport) -> None:
    """Take an upload away again, a piece at a time."""
    for pk in list(ImportPiece.objects.filter(file=made).values_list("pk", flat=True)):
        ImportPiece.objects.filter(pk=pk).delete()
    with transaction.atomic():
        made.delete()


@contextmanager
def on_disk(made: LeadImport) -> Iterator[str]:
    """The path of the file, which only this process can read. FileProblem when its pieces are gone."""
    with tempfile.NamedTemporaryFile(prefix="leads-import-", suffix=".part") as file:
        number = 0
        while piece := ImportPiece.objects.filter(file=made, number=number).values_list("data", flat=True).first():
            file.write(piece)
            number += 1
        file.flush()
        if not number:
            raise FileProblem("gone" if made.size else "empty")
        yield file.name


def reading_of(made: LeadImport) -> Reading:
    return Reading(
        format=made.format,
        encoding=made.encoding,
        delimiter=made.delimiter,
        sheet=made.sheet,
        header=tuple(made.header),
    )


def look_into(made: LeadImport, path: str, *, encoding="", delimiter="", sheet="", has_header=None) -> Reading:
    """Find out how the file is read and what its columns mean; what was chosen is taken as it is. Saves. FileProblem."""
    own = {key: field.label for key, field in own_fields().items()}
    labels = tuple(text for pair in own.items() for text in pair)
    reading = recognise(
        path, own=labels, encoding=encoding, delimiter=delimiter, sheet=sheet, has_header=has_header
    )
    samples = [row.cells for row in first_rows(path, reading, SAMPLES)]
    made.format, made.encoding, made.delimiter = reading.format, reading.encoding, reading.delimiter
    made.sheet, made.header = reading.sheet[:100], list(reading.header)
    made.mapping = {str(number): field for number, field in sorted(mapped(reading.header, samples, own=own).items())}
    made.total_rows = None
    made.save(update_fields=["format", "encoding", "delimiter", "sheet", "header", "mapping", "total_rows"])
    return reading


def sheet_names(made: LeadImport, path: str) -> list[str]:
    """Those of a workbook; [] for a CSV file."""
    return sheets.names(path) if made.format == "xlsx" else []
