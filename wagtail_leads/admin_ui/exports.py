"""Spreadsheets that do no harm: cells that a visitor wrote are never formulas, and Excel reads the Japanese."""

from collections.abc import Iterator

#: How a cell begins that a spreadsheet would calculate (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Excel takes a CSV file for cp932 unless it begins with this.
BOM = "\ufeff"


def harmless(value):
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


class SafeExport:
    """Put in front of a view with Wagtail's `SpreadsheetExportMixin`."""

    def preprocess_field_value(self, field, value, export_format):
        value = super().preprocess_field_value(field, value, export_format)
        return harmless(value) if export_format == self.FORMAT_CSV else value

    def stream_csv(self, queryset) -> Iterator[str]:
        yield BOM
        yield from super().stream_csv(queryset)
