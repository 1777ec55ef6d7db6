"""Spreadsheets that do no harm and speak the reader's language: no formula that a visitor wrote, times as on the screen."""

import datetime
import re
from collections.abc import Iterable, Iterator

from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db.models import DateTimeField
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.text import capfirst

from wagtail_leads.admin_ui.permissions import may_export_leads

#: How a cell begins that a spreadsheet would calculate (OWASP, CSV injection); full-width signs count as well in Japanese.
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
#: What a spreadsheet may take away before it looks at the first character.
_BEFORE = " \t\r\n\x0b\x0c\u00a0\u3000\ufeff\"'"
#: Excel takes a CSV file for cp932 unless it begins with this.
BOM = "\ufeff"
#: No XML can hold these, so no XLSX can; halves of characters are in no file at all.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
CSV_TIME = "%Y-%m-%d %H:%M:%S"


def writable(value):
    """Text without the characters that a spreadsheet cannot hold; anything else as it is."""
    return _UNWRITABLE.sub("", value) if isinstance(value, str) else value


def harmless(value):
    """A cell of a CSV file: never a formula."""
    value = writable(value)
    if isinstance(value, str) and (value[:1] in ("\t", "\r") or value.lstrip(_BEFORE).startswith(FORMULA)):
        return f"'{value}"
    return value


class SafeExport:
    """Put in front of a view with Wagtail's `SpreadsheetExportMixin`."""

    def may_export(self, user) -> bool:
        return may_export_leads(user)

    def dispatch(self, request, *args, **kwargs):
        """Whoever may not export gets no file; a view that knows the reader only later asks once more."""
        if request.GET.get("export") in self.FORMATS and not self.may_export(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @property
    def show_export_buttons(self) -> bool:
        return bool(self.list_export) and self.may_export(self.request.user)

    def get_heading(self, queryset, field) -> str:
        return with_zone(capfirst(super().get_heading(queryset, field)), queryset.model, field)

    def preprocess_field_value(self, field, value, export_format):
        """Local times, words instead of lazy strings, empty cells for what is not known."""
        if value is None:
            return ""
        if isinstance(value, datetime.datetime):
            local = timezone.make_naive(value) if timezone.is_aware(value) else value
            return local.strftime(CSV_TIME) if export_format == self.FORMAT_CSV else local.replace(microsecond=0)
        value = str(value) if isinstance(value, Promise) else value
        value = super().preprocess_field_value(field, value, export_format)
        return harmless(value) if export_format == self.FORMAT_CSV else writable(value)

    def stream_csv(self, queryset) -> Iterator[bytes | str]:
        yield BOM
        yield from super().stream_csv(queryset)

    def write_csv_response(self, queryset):
        response = super().write_csv_response(queryset)
        response.streaming_content = for_this_reader(response.streaming_content)
        return response


def with_zone(heading: str, model, field: str) -> str:
    """The heading of a time says in which zone it is."""
    try:
        is_time = isinstance(model._meta.get_field(field), DateTimeField)
    except FieldDoesNotExist:  # a column of our own
        is_time = False
    return f"{heading} ({timezone.get_current_timezone()})" if is_time else heading


def for_this_reader(parts: Iterable) -> Iterator:
    """A file goes out after its view has ended: it keeps the reader's language and time zone."""
    return _in_words_of(iter(parts), translation.get_language(), timezone.get_current_timezone())


def _in_words_of(parts: Iterator, language: str | None, zone) -> Iterator:
    end = object()
    while True:
        with translation.override(language), timezone.override(zone):
            part = next(parts, end)
        if part is end:
            return
        yield part
