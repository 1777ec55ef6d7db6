"""Leads as a file: every column of a person, for a spreadsheet. Each export is noted: who, how many, whom, which filters.

One function, `export_leads`; the listing calls it with what its filters found. Memory stays flat: 500 leads at a time.
"""

import csv
import io
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.utils.text import capfirst
from django.utils.timezone import get_current_timezone, make_naive
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from wagtail_leads.admin_ui.exports import BOM, CSV_TIME, for_this_reader, harmless, writable
from wagtail_leads.admin_ui.import_words import field_label
from wagtail_leads.companies.queries import sells_to_companies, survivor_of
from wagtail_leads.identity.models import BASIS_LABELS, AccessRecord, Consent, Lead, LeadField, LeadTagging
from wagtail_leads.logic.kinds import Basis
from wagtail_leads.mailing.models import Suppression
from wagtail_leads.scoring.queries import scores_of

CSV, CP932, XLSX = "csv", "cp932", "xlsx"
FORMATS = (XLSX, CSV, CP932)
CHUNK = 500
#: Columns of the table that go out as they are.
PERSON = (
    "name", "family_name", "given_name", "family_kana", "given_kana", "email", "company_name", "department", "job_title",
    "phone", "mobile", "postal_code", "prefecture", "address", "language",
)  # fmt: skip
#: No cell of a workbook holds more; what is longer goes on in a sheet of its own.
EXCEL_CELL = 32_000
#: Signs that cp932 has under another number; they look the same.
_SAME_IN_CP932 = str.maketrans({"\u301c": "\uff5e", "\u2212": "\uff0d", "\u2016": "\u2225", "\u00a5": "\uffe5", "\u00a0": " "})
#: What Japanese printers put where a type is missing.
MISSING = "〓"


def export_leads(leads: QuerySet, *, form: str, user, detail: str, now: datetime) -> HttpResponse:
    """A file of these leads in their order; `form` is one of FORMATS, `detail` says which list and filters it was.

    The caller has checked `may_export_leads`. Writes the AccessRecord before the first byte goes out.
    """
    pks = list(leads.values_list("pk", flat=True))
    AccessRecord.objects.create(
        what=AccessRecord.What.EXPORTED.value,
        user=user,
        count=len(pks),
        leads=pks,
        detail=f"{form}; {detail}"[:300],
        at=now,
    )
    own = list(LeadField.objects.all())
    name = f"leads-{make_naive(now):%Y-%m-%d}"
    if form == XLSX:
        return _as_workbook(pks, own, name, now)
    if form == CP932:
        return _as_cp932(pks, own, name, now)
    parts = (part.encode("utf-8") for part in for_this_reader(_csv_parts(pks, own, now)))
    response = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


# --- Rows -----------------------------------------------------------------------------------------------------------


def headings(own: list[LeadField]) -> list[str]:
    """Such that an import understands them again."""
    zone = get_current_timezone()
    return [
        *(capfirst(field_label(name, {})) for name in person_columns()),
        *([_("Company")] if sells_to_companies() else []),
        *(capfirst(str(Lead._meta.get_field(name).verbose_name)) for name in ("contact_wish", "stage")),
        _("Score"),
        capfirst(pgettext("leads", "owner")),
        capfirst(str(Lead._meta.get_field("source").verbose_name)),
        capfirst(str(Lead._meta.get_field("origin").verbose_name)),
        capfirst(_("tags")),
        _("May we write?"),
        _("Why we may write"),
        _("About the address"),
        *(f"{capfirst(str(Lead._meta.get_field(n).verbose_name))} ({zone})" for n in _TIMES),
        *(field.label for field in own),
        capfirst(str(Lead._meta.get_field("note").verbose_name)),
    ]


_TIMES = ("created_at", "connected_at", "last_seen_at")


def person_columns() -> list[str]:
    """Where only people are sold to, no company is told."""
    with_company = sells_to_companies()
    return [name for name in PERSON if with_company or name != "company_name"]


def rows(pks: list[int], own: list[LeadField], now: datetime) -> Iterator[list]:
    """One list of values a lead: text, numbers, naive local times. Six queries for each 500."""
    columns, with_company = person_columns(), sells_to_companies()
    for at in range(0, len(pks), CHUNK):
        some = pks[at : at + CHUNK]
        found = Lead.objects.select_related("company__merged_into", "owner", "origin").in_bulk(some)
        facts = _Facts(list(found.values()), now)
        for pk in some:
            if pk in found:  # erased or merged since: nobody's any more
                yield _row(found[pk], facts, own, columns=columns, with_company=with_company)


class _Facts:
    """What stands beside 500 leads."""

    def __init__(self, leads: list[Lead], now: datetime):
        self.scores = scores_of([lead.pk for lead in leads], now=now)
        self.tags: dict[int, list[str]] = {}
        tagged = LeadTagging.objects.filter(lead__in=leads).order_by("tag__name").values_list("lead_id", "tag__name")
        for pk, name in tagged:
            self.tags.setdefault(pk, []).append(name)
        keys = [lead.email_key for lead in leads if lead.email_key]
        answers = Consent.objects.filter(question=Consent.Question.MAIL.value, email_key__in=keys).order_by("pk")
        self.answers = {row.email_key: row for row in answers}
        self.suppressed = set(Suppression.objects.filter(address_key__in=keys).values_list("address_key", flat=True))

    def permission(self, lead: Lead) -> tuple[str, str]:
        """(may we write?, why)"""
        answer = self.answers.get(lead.email_key)
        if lead.stopped_at is not None:
            return _("no: use stopped"), ""
        if lead.email_key in self.suppressed:
            return _("no: unsubscribed or undeliverable"), ""
        if answer is None or not lead.email_key:
            return _("no: no permission"), ""
        if not answer.granted:
            return _("no: refused"), ""
        return _("yes"), f"{BASIS_LABELS[Basis(answer.basis)]} {make_naive(answer.at):%Y-%m-%d}"


def _row(lead: Lead, facts: _Facts, own: list[LeadField], *, columns: list[str], with_company: bool) -> list:
    may, why = facts.permission(lead)
    company = survivor_of(lead.company).name if lead.company else ""
    return [
        *(getattr(lead, name) for name in columns),
        *([company] if with_company else []),
        str(lead.get_contact_wish_display()) if lead.contact_wish else "",
        str(lead.get_stage_display()),
        round(facts.scores.get(lead.pk, 0.0), 1),
        (lead.owner.get_full_name() or lead.owner.get_username()) if lead.owner else "",
        lead.source,
        lead.origin.name if lead.origin else "",
        ", ".join(facts.tags.get(lead.pk, [])),
        may,
        why,
        str(lead.get_address_flag_display()) if lead.address_flag else "",
        *(_local(getattr(lead, name)) for name in _TIMES),
        *(_own_text((lead.extra or {}).get(field.key)) for field in own),
        lead.note,
    ]


def _local(at: datetime | None):
    return "" if at is None else make_naive(at).replace(microsecond=0)


def _own_text(value):
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else value


def _text(value) -> object:
    return value.strftime(CSV_TIME) if isinstance(value, datetime) else value


# --- Files ----------------------------------------------------------------------------------------------------------


class _Echo:
    def write(self, text: str) -> str:
        return text


def _csv_parts(pks: list[int], own: list[LeadField], now: datetime) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield BOM + writer.writerow([harmless(text) for text in headings(own)])
    for row in rows(pks, own, now):
        yield writer.writerow([harmless(_text(value)) for value in row])


def _as_workbook(pks: list[int], own: list[LeadField], name: str, now: datetime) -> FileResponse:
    book = Workbook(write_only=True)
    sheet, long = book.create_sheet(_("Leads")[:31]), []
    names = headings(own)
    sheet.append([_cell(sheet, text) for text in names])
    for number, row in enumerate(rows(pks, own, now), 2):
        for heading, value in zip(names, row, strict=True):
            if isinstance(value, str) and len(value) > EXCEL_CELL:
                long += [(number, heading, value[at : at + EXCEL_CELL]) for at in range(EXCEL_CELL, len(value), EXCEL_CELL)]
        sheet.append([_cell(sheet, value) for value in row])
    if long:
        more = book.create_sheet(_("Long texts")[:31])
        for line in long:
            more.append([_cell(more, value) for value in line])
    out = tempfile.TemporaryFile()
    book.save(out)
    out.seek(0)
    return FileResponse(
        out,
        as_attachment=True,
        filename=f"{name}.xlsx",
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )


def _cell(sheet, value) -> WriteOnlyCell:
    """Text is never taken for a formula."""
    value = writable(value)
    cell = WriteOnlyCell(sheet, value[:EXCEL_CELL] if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"
    if isinstance(value, datetime):
        cell.number_format = "yyyy-mm-dd hh:mm"
    return cell


def _as_cp932(pks: list[int], own: list[LeadField], name: str, now: datetime) -> FileResponse:
    """For programs that read Shift-JIS only. Where a character is not in it, a second file says which and where."""
    names, lost = headings(own), tempfile.SpooledTemporaryFile(max_size=1 << 20)
    out, count = tempfile.TemporaryFile(), 0
    writer, note = csv.writer(_Echo()), csv.writer(_Echo())
    lost.write((BOM + note.writerow([pgettext("import", "Row"), _("Column"), _("Characters"), _("As it is")])).encode("utf-8"))
    out.write(_in_cp932(writer.writerow([harmless(text) for text in names]))[0])
    for number, row in enumerate(rows(pks, own, now), 2):
        cells = [harmless(_text(value)) for value in row]
        for heading, cell in zip(names, cells, strict=True):
            missing = _in_cp932(str(cell))[1]
            if missing:
                count += 1
                lost.write(note.writerow([number, heading, " ".join(missing), harmless(str(cell))]).encode("utf-8"))
        out.write(_in_cp932(writer.writerow(cells))[0])
    out.seek(0)
    if not count:
        lost.close()
        return FileResponse(out, as_attachment=True, filename=f"{name}.csv", content_type="text/csv; charset=cp932")
    not_there = _("not in Shift-JIS")
    return FileResponse(
        _zipped({f"{name}.csv": out, f"{not_there}.csv": lost}),
        as_attachment=True,
        filename=f"{name}.zip",
        content_type="application/zip",
    )


def _in_cp932(text: str) -> tuple[bytes, list[str]]:
    """(the text, with 〓 where cp932 has no character; the characters that it has not)"""
    text = text.translate(_SAME_IN_CP932)
    try:
        return text.encode("cp932"), []
    except UnicodeEncodeError:
        missing = [char for char in dict.fromkeys(text) if not _is_in_cp932(char)]
        return text.translate({ord(char): MISSING for char in missing}).encode("cp932"), missing


def _is_in_cp932(char: str) -> bool:
    try:
        char.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


def _zipped(files: dict[str, io.IOBase]):
    made = tempfile.TemporaryFile()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, file in files.items():
            file.seek(0)
            with pack.open(name, "w") as part:
                while block := file.read(1 << 16):
                    part.write(block)
            file.close()
    made.seek(0)
    return made
