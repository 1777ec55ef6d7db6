"""Files of leads as people have them: CSV in any usual encoding, and XLSX. Rows come one at a time, so memory stays flat.

A row has the number that a spreadsheet shows. What cannot be read is named with its row, never guessed away.
"""

import codecs
import csv
import io
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from wagtail_leads.logic import sheets
from wagtail_leads.logic.lead_headings import known_headings
from wagtail_leads.logic.sheets import FileProblem

#: Offered on the screen, the likeliest first.
ENCODINGS = ("utf-8-sig", "cp932", "euc_jp", "utf-16", "iso2022_jp", "cp1252")
DELIMITERS = (",", "\t", ";")
#: More columns than any list of people has; beyond, something else was uploaded.
MOST_COLUMNS = 200
#: In characters. Longer ones are no rows of people.
_LONGEST_LINE = 2_000_000
#: A heading stands in one of the first lines: some programs write a title above it.
LINES_ABOVE = 15
#: Stands for a NUL byte, which no database takes and older csv modules refuse.
NUL = "\ufdd0"
#: Stands for bytes that are no characters in this encoding.
BROKEN = "\ufffd"
_BLOCK = 1 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head", b"<div")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a file is read."""

    format: str = "csv"
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    #: Names of the sheets that an XLSX has.
    sheets: tuple[str, ...] = ()
    #: Cells of the heading row; empty: the file has none.
    header: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FileRow:
    #: As a spreadsheet counts: the first row is 1.
    number: int
    cells: list[str]
    #: Codes of what was odd in reading ("formula_error", "formula_empty").
    notes: tuple[str, ...] = field(default=())


def recognise(path: str, *, own: tuple[str, ...] = (), encoding="", delimiter="", sheet="", has_header=None) -> Reading:
    """How this file is best read; what the reader chose is not guessed. `own`: labels of own fields. FileProblem."""
    with open(path, "rb") as file:
        head = file.read(8192)
    refuse_what_is_no_table(head, path)
    if head.startswith(b"PK\x03\x04"):
        names = sheets.names(path)
        chosen = sheet if sheet in names else sheets.first_filled(path, names)
        reading = Reading(format="xlsx", sheet=chosen, sheets=tuple(names))
    else:
        encoding = encoding if encoding in ENCODINGS else guess_encoding(path)
        delimiter = delimiter if delimiter in DELIMITERS else _guess_delimiter(path, encoding)
        reading = Reading(encoding=encoding, delimiter=delimiter)
    return replace(reading, header=find_header(path, reading, own=own, has_header=has_header))


def refuse_what_is_no_table(head: bytes, path: str) -> None:
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \r\n\t\x00"):
        raise FileProblem("empty")
    if head.startswith(_OLE):
        raise FileProblem("protected" if _is_encrypted(path) else "old_xls")
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_MARKUP):
        raise FileProblem("html")
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        raise FileProblem("no_table")


def _is_encrypted(path: str) -> bool:
    """An XLSX with a password is an OLE file that holds this name."""
    wanted = "EncryptedPackage".encode("utf-16-le")
    with open(path, "rb") as file:
        return wanted in file.read(1 << 16) or _in_the_end(file, wanted)


def _in_the_end(file: BinaryIO, wanted: bytes) -> bool:
    file.seek(0, os.SEEK_END)
    file.seek(max(file.tell() - (1 << 18), 0))
    return wanted in file.read()


# --- Encoding and delimiter -----------------------------------------------------------------------------------------


def guess_encoding(path: str) -> str:
    """The encoding in which all of the file can be read and looks like text; else the one that gets furthest."""
    with open(path, "rb") as file:
        head = file.read(1 << 16)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or _looks_like_utf16(head):
        return "utf-16"
    if b"\x1b$B" in head or b"\x1b$@" in head:
        return "iso2022_jp"
    reach = {encoding: decodable(path, encoding) for encoding in ("utf-8-sig", "cp932", "euc_jp")}
    if reach["utf-8-sig"] is None or head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    whole = [name for name in ("cp932", "euc_jp") if reach[name] is None] + ["cp1252"]
    best = max(whole, key=lambda name: _sense(head, name))
    furthest = max(reach, key=lambda name: float("inf") if reach[name] is None else reach[name])
    # one broken byte does not make a Japanese file a Western one: every byte is a letter there
    return best if best != "cp1252" or _sense(head, "cp1252") > _sense(head, furthest) else furthest


def _looks_like_utf16(head: bytes) -> bool:
    """Without a mark: every other byte of Latin text is NUL."""
    part = head[:2000]
    return len(part) > 20 and max(part[::2].count(0), part[1::2].count(0)) > len(part) / 5


def decodable(path: str, encoding: str) -> int | None:
    """None when all of it can be decoded, else how many bytes can."""
    decoder, done = codecs.getincrementaldecoder(encoding)(), 0
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                return done + error.start
            done += len(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return done
    return None


def _sense(head: bytes, encoding: str) -> float:
    """How much of what is not ASCII is usual text: 0 to 1. EUC-JP read as cp932 is half-width katakana, and back
    it is rare characters; Western text read as either is a kana between Latin letters."""
    text = head.decode(encoding, "ignore")
    foreign = [char for char in text if char > "\x7f"]
    if not foreign:
        return 0.0
    if encoding == "cp1252":
        between = sum(
            1 for a, b in itertools.pairwise(text) if b > "\x7f" and b.isalpha() and a.isascii() and a.isalpha()
        )
        return 0.75 * between / len(foreign)
    return sum(map(_is_usual, foreign)) / len(foreign)


def _is_usual(char: str) -> float:
    if "\u3040" <= char <= "\u30ff" or char in "　、。（）・ー－：／＠":
        return 1.0
    if "\uff10" <= char <= "\uff5a":
        return 0.9
    if "\uff66" <= char <= "\uff9f":  # half-width katakana: in bank data and in names, seldom alone
        return 0.35
    if "\u4e00" <= char <= "\u9fff":
        lead = char.encode("cp932", "ignore")[:1]
        return 1.0 if lead and 0x88 <= lead[0] <= 0x97 else 0.3  # the first level of JIS: the everyday ones
    return 0.1


def _guess_delimiter(path: str, encoding: str) -> str:
    """The one that cuts the first lines into the most equal columns."""
    with open(path, "rb") as file:
        text = file.read(1 << 16).decode(encoding, "replace").replace("\x00", "")
    return max(DELIMITERS, key=lambda delimiter: _evenness(text, delimiter))


def _evenness(text: str, delimiter: str) -> float:
    """Columns times the part of the lines that have as many; cells in quotes are whole."""
    try:
        lines = list(itertools.islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 30))
    except csv.Error:
        return 0.0
    widths = [len(line) for line in lines[:-1] or lines if any(line)]
    if not widths or max(widths) < 2:
        return 0.0
    usual = max(set(widths), key=lambda width: (widths.count(width), width))
    return usual * widths.count(usual) / len(widths) if usual > 1 else 0.5


# --- Rows -----------------------------------------------------------------------------------------------------------


@contextmanager
def all_rows(path: str, reading: Reading) -> Iterator[Iterator[FileRow]]:
    """Every row of the file that is not blank, the heading and what stands above it included. FileProblem."""
    if reading.format == "xlsx":
        with sheets.opened(path, reading.sheet) as rows:
            yield (FileRow(number=n, cells=cells, notes=notes) for n, cells, notes in rows if any(map(str.strip, cells)))
        return
    with open(path, encoding=reading.encoding, errors="replace", newline="") as text:
        yield _csv_rows(text, reading.delimiter)


def _csv_rows(text, delimiter: str) -> Iterator[FileRow]:
    reader, number = csv.reader(_lines(text), delimiter=delimiter), 0
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise FileProblem("open_quote", row=number) from error
        if cells is None:
            return
        if number == 1 and cells:
            cells[0] = cells[0].removeprefix("\ufeff")
        if any(map(str.strip, cells)):
            yield FileRow(number=number, cells=cells)


def _lines(text) -> Iterator[str]:
    """A line without an end is refused before it is in memory; the csv module's limit is for one cell."""
    while line := text.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise csv.Error("a line without end")
        yield line.replace("\x00", NUL) if "\x00" in line else line


def data_rows(rows: Iterator[FileRow], header: tuple[str, ...]) -> Iterator[FileRow]:
    """The rows below the heading; all of them for a file without one."""
    if not header:
        yield from rows
        return
    above = list(itertools.islice(rows, LINES_ABOVE))
    at = next((n for n, row in enumerate(above) if tuple(trimmed(row.cells)) == tuple(header)), 0)
    yield from above[at + 1 :]
    yield from rows


@contextmanager
def opened(path: str, reading: Reading) -> Iterator[Iterator[FileRow]]:
    """The rows of people."""
    with all_rows(path, reading) as rows:
        yield data_rows(rows, reading.header)


def count_rows(path: str, reading: Reading) -> int:
    with opened(path, reading) as rows:
        return sum(1 for _row in rows)


def first_rows(path: str, reading: Reading, count: int) -> list[FileRow]:
    with opened(path, reading) as rows:
        return list(itertools.islice(rows, count))


def trimmed(cells: list[str]) -> list[str]:
    """Without the spaces around cells and without empty cells at the end."""
    cells = [cell.replace(NUL, "").strip() for cell in cells]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def find_header(path: str, reading: Reading, *, own: tuple[str, ...] = (), has_header: bool | None = None) -> tuple[str, ...]:
    """The row that holds headings: the one with the most words that we know; () when there is none.

    A first row with an address or a number in it is a person. `has_header` is what the reader said of the first row.
    """
    if has_header is False:
        _checked_width(path, reading)
        return ()
    with all_rows(path, reading) as rows:
        above = [trimmed(row.cells) for row in itertools.islice(rows, LINES_ABOVE)]
    if not above:
        raise FileProblem("empty")
    if max(map(len, above)) > MOST_COLUMNS:
        raise FileProblem("too_many_columns", detail=str(max(map(len, above))))
    scores = [len(known_headings(cells, own=own)) for cells in above]
    best = scores.index(max(scores))
    if scores[best] and (best == 0 or scores[best] > 1):
        return tuple(above[best])
    return tuple(above[0]) if has_header or not _is_a_person(above[0]) else ()


def _checked_width(path: str, reading: Reading) -> None:
    with all_rows(path, reading) as rows:
        first = next(rows, None)
    if first is None:
        raise FileProblem("empty")
    if len(trimmed(first.cells)) > MOST_COLUMNS:
        raise FileProblem("too_many_columns", detail=str(len(first.cells)))


def _is_a_person(cells: list[str]) -> bool:
    return any("@" in cell or "＠" in cell or sum(map(str.isdigit, cell)) >= 6 for cell in cells)


def unreadable_rows(path: str, reading: Reading, *, most: int = 20_000) -> tuple[int, int | None]:
    """(how many of the first rows hold bytes that are no characters in this encoding, the first such row)."""
    found, first = 0, None
    with all_rows(path, reading) as rows:
        for row in itertools.islice(rows, most):
            if any(BROKEN in cell for cell in row.cells):
                found, first = found + 1, first or row.number
    return found, first
