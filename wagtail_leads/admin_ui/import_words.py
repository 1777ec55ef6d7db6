"""What is said about files of leads: fields, reasons, repairs, problems. Codes come from `logic` and `capture`."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from wagtail_leads.identity.models import ADDRESS_FLAG_LABELS, Lead, LeadField
from wagtail_leads.logic.kinds import AddressFlag, ImportState, RowOutcome
from wagtail_leads.logic.lead_files import FileProblem
from wagtail_leads.logic.lead_headings import FIELDS, OWN

_OTHER_LABELS = {
    # "address" alone is an internet address elsewhere
    "address": pgettext_lazy("of a person", "address"),
    "name": pgettext_lazy("of a person", "name"),
    "kana": gettext_lazy("full name in kana"),
    "tags": gettext_lazy("tags"),
    "owner": pgettext_lazy("leads", "owner"),
    "may_mail": gettext_lazy("agreed to mail (yes or no)"),
    "opted_out": gettext_lazy("wants no mail"),
}
STATES = {
    ImportState.DRAFT: gettext_lazy("not started"),
    ImportState.WAITING: gettext_lazy("waits for the worker"),
    ImportState.RUNNING: gettext_lazy("running"),
    ImportState.STOPPED: gettext_lazy("stopped"),
    ImportState.DONE: pgettext_lazy("import", "done"),
    ImportState.FAILED: gettext_lazy("could not be read to its end"),
}
OUTCOMES = {
    RowOutcome.MADE: pgettext_lazy("row of an import", "new"),
    RowOutcome.UPDATED: pgettext_lazy("row of an import", "updated"),
    RowOutcome.UNCHANGED: pgettext_lazy("row of an import", "unchanged"),
    RowOutcome.SKIPPED: pgettext_lazy("row of an import", "left out"),
    RowOutcome.BAD: pgettext_lazy("row of an import", "handed back"),
}
ENCODINGS = {
    "utf-8-sig": gettext_lazy("UTF-8"),
    "cp932": gettext_lazy("Shift-JIS (Excel in Japanese)"),
    "euc_jp": "EUC-JP",
    "utf-16": gettext_lazy("UTF-16 (Excel: Unicode text)"),
    "iso2022_jp": "ISO-2022-JP",
    "cp1252": gettext_lazy("Western European (Windows-1252)"),
}
DELIMITERS = {",": gettext_lazy("comma"), "\t": gettext_lazy("tab"), ";": gettext_lazy("semicolon")}
#: Why a row is handed back. `%(field)s` is the field that the code names.
REASONS = {
    "no_key": gettext_lazy("There is neither an e-mail address nor a mobile number: nobody could be recognised by it."),
    "bad_address": gettext_lazy("The e-mail address cannot be right. Correct it, or leave the cell empty."),
    "too_long": gettext_lazy("The text for “%(field)s” is longer than can be kept. Nothing is cut off: please shorten it."),
    "bad_value": gettext_lazy("“%(field)s” cannot hold this value. Please see which values the field takes."),
    "too_many_cells": gettext_lazy("The row has more cells than there are headings: a comma or tab too much shifts it."),
    "bad_encoding": gettext_lazy("Some characters cannot be read in the chosen encoding."),
    "several_leads": gettext_lazy(
        "Several leads have this mobile number, and the row has no e-mail address to tell whose it is."
    ),
    "internal": gettext_lazy("The row could not be stored. The reason is in the server's log."),
}
#: What was done about a row that was taken, or why it was left alone.
NOTES = {
    "zero_restored": gettext_lazy("%(field)s: the zero in front, lost in a spreadsheet, was put back"),
    "odd_phone": gettext_lazy("%(field)s: not a complete number; kept as it is written"),
    "placeholder_address": gettext_lazy("the address stands for nobody (test@, noreply@ …); it was put into the note"),
    "more_addresses": gettext_lazy("several addresses: the first is used, the others are in the note"),
    "control_removed": gettext_lazy("invisible control characters were taken out"),
    "formula_error": gettext_lazy("a cell held a formula with an error; it counts as empty"),
    "unknown_word": gettext_lazy("%(field)s: this word is not known; it was put into the note"),
    "unknown_owner": gettext_lazy("no colleague has this name; the lead has the owner chosen for the file"),
    "again_in_file": gettext_lazy("the same person stands further up in the file"),
    "known": gettext_lazy("is a lead already"),
    "use_stopped": gettext_lazy("the person asked us to stop using their data"),
    "suppressed": gettext_lazy("must not be written to (unsubscribed or undeliverable); stays so"),
    "refused_before": gettext_lazy("said no to mail before; the no holds"),
    "opted_out": gettext_lazy("the file says: wants no mail"),
    "no_yes": gettext_lazy("the file does not say yes to mail; no permission is noted"),
    "other_owner": gettext_lazy("is the lead of a colleague; only its owner changes it"),
    "stage_kept": gettext_lazy("has another stage already, which stays"),
    "wish_kept": gettext_lazy("wishes no contact; that stays"),
    "note_full": gettext_lazy("the note is too long already; nothing was added to it"),
}
PROBLEMS = {
    "empty": gettext_lazy("The file is empty."),
    "too_large": gettext_lazy("The file is larger than 300 MB. Split it and import the parts one after the other."),
    "old_xls": gettext_lazy(
        "This is a file of an old Excel (.xls). Open it and save it as “Excel workbook (.xlsx)” or “CSV UTF-8”."
    ),
    "protected": gettext_lazy("The workbook is protected by a password. Open it, take the password off, and save it again."),
    "html": gettext_lazy(
        "This is a web page with another ending, as some programs export it. Open it in Excel and save it as .xlsx."
    ),
    "no_table": gettext_lazy("This is neither a CSV file nor an Excel workbook (.xlsx)."),
    "bomb": gettext_lazy(
        "Unpacked, the workbook would be far too large, or it holds what no list holds. Save it as “CSV UTF-8”."
    ),
    "broken": gettext_lazy("The workbook is damaged. Open it in Excel and save it again."),
    "broken_row": gettext_lazy("The workbook is damaged in row %(row)s. Open it in Excel and save it again."),
    "open_quote": gettext_lazy(
        "In the row that begins as number %(row)s a quotation mark is opened and not closed, or a cell is far too long."
    ),
    "too_many_columns": gettext_lazy("There are %(detail)s columns; a list of people has at most 200. Is the delimiter right?"),
    "gone": gettext_lazy("The file was deleted, since it is kept for a while only. Please upload it again."),
}  # fmt: skip


def field_label(name: str, own: dict | None = None) -> str:
    """`own`: key -> label of own fields; asked for where it is not given."""
    if name.startswith(OWN):
        key = name.removeprefix(OWN)
        labels = own if own is not None else dict(LeadField.objects.values_list("key", "label"))
        return labels.get(key, key)
    if name in _OTHER_LABELS:
        return str(_OTHER_LABELS[name])
    try:
        return str(Lead._meta.get_field(name.removesuffix("_id")).verbose_name)
    except Exception:  # FieldDoesNotExist: the name of an own field in a code
        return field_label(f"{OWN}{name}", own)


def field_choices(own: dict[str, str]) -> list[tuple[str, str]]:
    """What a column may be: nothing, ours, the site's own."""
    return [
        ("", _("– leave out –")),
        *((name, field_label(name)) for name in FIELDS),
        *((f"{OWN}{key}", label) for key, label in own.items()),
    ]


def note_words(code: str, own: dict | None = None) -> str:
    """One code of `ImportRow.notes`, or of a reason, in words."""
    name, _colon, field = code.partition(":")
    if name == "flag":
        return str(ADDRESS_FLAG_LABELS.get(AddressFlag(field), field))
    text = REASONS.get(name) or NOTES.get(name)
    return str(text) % {"field": field_label(field, own)} if text and field else str(text or code)


def notes_words(codes: list[str], own: dict | None = None) -> list[str]:
    return [note_words(code, own) for code in codes]


def problem_words(problem: FileProblem | str) -> str:
    """A problem, or what `LeadImport.problem` keeps of one."""
    if isinstance(problem, FileProblem):
        code, row, detail = problem.code, problem.row or "", problem.detail
    else:
        code, row, detail = [*problem.split("|", 2), "", "", ""][:3]
    text = PROBLEMS.get(code)
    return str(text) % {"row": row, "detail": detail} if text else _("The file could not be read.")
