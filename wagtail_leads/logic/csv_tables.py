"""Tables that people made in a spreadsheet: any of the usual encodings, separators and headings."""

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wagtail_leads.logic.errors import LeadsError

#: No cell that we keep is longer.
CELL = 500


class UnreadableTable(LeadsError, ValueError):
    """The file is no table that can be read."""


class TooManyRows(UnreadableTable):
    """The file has too many rows."""


class NoKnownColumn(UnreadableTable):
    """No heading of the file is known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    #: Line of the file, the heading being 1.
    number: int
    #: By column; '' for a cell that is not there. Trimmed and capped.
    cells: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Table:
    rows: list[Row]
    #: Headings that nobody knows; their cells are left out.
    unknown: tuple[str, ...] = field(default=())


def read_table(data: bytes, columns: Mapping[str, Sequence[str]], *, most: int) -> Table:
    """Rows of a CSV file. `columns`: name -> headings by which it is known (any case, width and spacing).

    A file without any known heading is read by the order of `columns`, when it has no more cells than those.
    UnreadableTable, TooManyRows or NoKnownColumn.
    """
    lines = _lines(_decoded(data))
    first = next((line for line in lines if any(cell.strip() for cell in line)), None)
    if first is None:
        raise UnreadableTable
    known = {_heading(word): name for name, words in columns.items() for word in (name, *words)}
    names = [known.get(_heading(cell)) for cell in first]
    start = lines.index(first) + 1
    if not any(names):
        if len(first) > len(columns) or len(first) == 1 and not any(char.isdigit() for char in first[0]):
            raise NoKnownColumn
        names, start = list(columns)[: len(first)], lines.index(first)
    if len(lines) - start > most:
        raise TooManyRows
    rows = [_row(number + 1, line, names, columns) for number, line in enumerate(lines) if number >= start]
    unknown = tuple(
        cell.strip()[:50] for cell, name in zip(first, names, strict=False) if name is None and cell.strip()
    )
    return Table(rows=[row for row in rows if any(row.cells.values())], unknown=unknown)


def _row(number: int, line: list[str], names: list, columns: Mapping) -> Row:
    cells = dict.fromkeys(columns, "")
    for name, cell in zip(names, line, strict=False):
        if name is not None:
            cells[name] = " ".join(_printable(cell).split())[:CELL]
    return Row(number=number, cells=cells)


def _decoded(data: bytes) -> str:
    """UTF-8 with or without a mark, UTF-16 with one (Excel's "Unicode text"), else what Japanese Excel writes."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp932")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableTable


def _lines(text: str) -> list[list[str]]:
    if "\x00" in text:
        raise UnreadableTable
    head = text[: text.find("\n") if "\n" in text else None]
    separator = max(",;\t", key=head.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise UnreadableTable from error


def _heading(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
