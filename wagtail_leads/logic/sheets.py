"""XLSX: values as people see them, read row by row. Formulas are never calculated: Excel's last result counts."""

import datetime
import itertools
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from wagtail_leads.logic.csv_tables import UnreadableTable

#: A table of 200 MB as CSV is about this large unpacked.
MOST_UNPACKED = 1_000_000_000
#: Texts of all cells are kept in memory by the format's design.
MOST_SHARED = 150_000_000
#: A part that is larger and packed more tightly was made to fill a disk; sheets of real lists are 10 to 40.
MOST_RATIO, RATIO_COUNTS_FROM = 250, 20_000_000
MOST_PARTS, MOST_SHEETS, MOST_COLUMNS = 2_000, 200, 300
_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!")
#: What openpyxl and zipfile raise in the middle of a damaged sheet (an XML error is a SyntaxError).
_BROKEN = (ValueError, KeyError, TypeError, IndexError, SyntaxError, ArithmeticError, zipfile.BadZipFile, OSError, EOFError)
_DIGITS_ONLY = re.compile(r"^[0\-() ]+$")


class FileProblem(UnreadableTable):
    """The file cannot be read. `code` says why, `row` where, `detail` what stands there."""

    def __init__(self, code: str, *, row: int | None = None, detail: str = ""):
        super().__init__(code)
        self.code, self.row, self.detail = code, row, detail


def guard(path: str) -> None:
    """FileProblem for what is no workbook, or one that would fill disk or memory when it is unpacked."""
    try:
        with zipfile.ZipFile(path) as parts:
            infos = parts.infolist()
            names = {info.filename for info in infos}
            if "xl/workbook.xml" not in names:
                raise FileProblem("no_table")
            if len(infos) > MOST_PARTS or len(infos) != len(names):
                raise FileProblem("bomb")
            if any(info.flag_bits & 1 for info in infos):
                raise FileProblem("protected")
            _guard_sizes(infos)
            _guard_entities(parts, infos)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError) as error:
        if isinstance(error, FileProblem):
            raise
        raise FileProblem("broken") from error


def _guard_sizes(infos) -> None:
    if sum(info.file_size for info in infos) > MOST_UNPACKED:
        raise FileProblem("bomb")
    for info in infos:
        ratio = info.file_size / max(info.compress_size, 1)
        if info.file_size > RATIO_COUNTS_FROM and ratio > MOST_RATIO:
            raise FileProblem("bomb")
        if info.filename.endswith("sharedStrings.xml") and info.file_size > MOST_SHARED:
            raise FileProblem("bomb")


def _guard_entities(parts: zipfile.ZipFile, infos) -> None:
    """No workbook declares entities; those that do were made to blow up or to read files of the server."""
    for info in infos:
        if info.filename.endswith((".xml", ".rels")):
            with parts.open(info) as part:
                head = part.read(2048)
            if b"<!DOCTYPE" in head or b"<!ENTITY" in head or b"<\x00!\x00D" in head:
                raise FileProblem("bomb")


@contextmanager
def _workbook(path: str):
    guard(path)
    with open(path, "rb") as file:  # by name, openpyxl refuses whatever does not end in .xlsx
        try:
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        except (InvalidFileException, KeyError, ValueError, TypeError, AttributeError, SyntaxError, OSError) as error:
            raise FileProblem("broken") from error
        try:
            yield book
        finally:
            book.close()


def names(path: str) -> list[str]:
    """The sheets that hold cells, in their order; hidden ones last. FileProblem."""
    with _workbook(path) as book:
        sheets = book.worksheets
        if len(sheets) > MOST_SHEETS:
            raise FileProblem("bomb")
        if not sheets:
            raise FileProblem("empty")
        return [s.title for s in sorted(sheets, key=lambda sheet: sheet.sheet_state != "visible")]


def first_filled(path: str, sheets: list[str]) -> str:
    """The first sheet with a cell in it."""
    for name in sheets:
        with opened(path, name) as rows:
            if any(any(cells) for _number, cells, _notes in itertools.islice(rows, 200)):
                return name
    raise FileProblem("empty")


@contextmanager
def opened(path: str, sheet: str) -> Iterator[Iterator[tuple[int, list[str], tuple[str, ...]]]]:
    """(number, cells, notes) of every row. FileProblem."""
    with _workbook(path) as book:
        found = book[sheet] if sheet in book.sheetnames else book.worksheets[0]
        found.reset_dimensions()  # what programs write there is often wrong
        yield _rows(found, book.epoch)


def _rows(sheet, epoch) -> Iterator[tuple[int, list[str], tuple[str, ...]]]:
    number = 0
    try:
        for row in sheet.iter_rows():
            number += 1
            notes: list[str] = []
            yield number, _without_tail([_as_seen(cell, notes) for cell in row[:MOST_COLUMNS]]), tuple(dict.fromkeys(notes))
    except _BROKEN as error:
        raise FileProblem("broken_row", row=number + 1) from error


def _without_tail(cells: list[str]) -> list[str]:
    """Without the empty cells at the end: a sheet is as wide as its widest row."""
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _as_seen(cell, notes: list[str]) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        if value in _ERRORS:
            notes.append("formula_error")
            return ""
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return _number(value, cell.number_format or "")
    return _moment(value)


def _moment(value) -> str:
    if isinstance(value, datetime.datetime):
        is_day = value.time() == datetime.time()
        return f"{value:%Y-%m-%d}" if is_day else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value)


def _number(value: float, shown_as: str) -> str:
    """A postal code kept as a number is shown with its zeros and hyphen; so is it read."""
    shown_as = shown_as.partition(";")[0].replace('"', "").replace("\\", "")
    if isinstance(value, float) and not value.is_integer():
        if shown_as.endswith("%"):
            return f"{value * 100:g}%"
        return repr(value)
    digits = str(int(value))
    if shown_as.endswith("%"):
        return f"{int(value) * 100}%"
    if len(shown_as) > 1 and _DIGITS_ONLY.match(shown_as) and shown_as.count("0") >= 2 and value >= 0:
        return _by_picture(digits, shown_as)
    return digits


def _by_picture(digits: str, picture: str) -> str:
    """``640941`` as ``000-0000`` is ``064-0941``."""
    places = picture.count("0")
    digits = digits.rjust(places, "0")
    extra, digits = digits[: len(digits) - places], digits[len(digits) - places :]
    left = iter(digits)
    return extra + "".join(next(left) if char == "0" else char for char in picture)
