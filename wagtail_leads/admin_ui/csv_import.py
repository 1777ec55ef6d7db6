"""A file goes in: it is shown what would happen, then it happens. Nothing is kept on the server in between."""

import base64
import binascii
import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_leads.admin_ui.company_tabs import above, tabs
from wagtail_leads.admin_ui.exports import BOM
from wagtail_leads.admin_ui.permissions import may
from wagtail_leads.companies.models import Company
from wagtail_leads.companies.queries import sells_to_companies
from wagtail_leads.logic.csv_tables import NoKnownColumn, TooManyRows, UnreadableTable

#: The largest file, and the largest it may be on its way back (Django refuses forms above 2.5 MB).
MOST_BYTES, MOST_PACKED = 8_000_000, 2_000_000


@dataclass(kw_only=True)
class Preview:
    """What would happen; `rows` are the first few."""

    headings: list[str]
    rows: list[list]
    good: int
    #: (row, what stands there, what is wrong)
    errors: list[tuple[int, str, str]]
    unknown: tuple[str, ...] = ()
    #: More to know before it happens.
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Column:
    name: str
    about: str


class CsvImport(ABC, WagtailAdminTemplateMixin, TemplateView):
    template_name = "wagtail_leads/admin/companies/import.html"
    header_icon = "upload"
    http_method_names = ["get", "head", "options", "post"]
    #: Rows and errors that the preview shows.
    shown, shown_errors = 20, 50
    errors_slice = ":50"
    tab = ""
    #: Where to go afterwards, and the crumb before this page.
    done_url_name = ""
    parent = ("", "")
    about = ""
    columns = ()
    sample = ""

    @property
    def shown_columns(self) -> tuple[Column, ...]:
        return self.columns

    @abstractmethod
    def preview(self, data: bytes) -> Preview:
        """What the file holds, without writing anything."""

    @abstractmethod
    def take(self, data: bytes) -> str:
        """Do it; returns what to tell."""

    def dispatch(self, request, *args, **kwargs):
        if not may(request.user, "change", Company):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, *args, **kwargs):
        if "sample" in request.GET:
            response = HttpResponse(BOM + self.sample, content_type="text/csv; charset=utf-8")
            response["Content-Disposition"] = 'attachment; filename="sample.csv"'
            return response
        return super().get(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        name, label = self.parent
        return [
            *self.breadcrumbs_items,
            above(sells_to_companies()),
            {"url": reverse(name), "label": label},
            {"url": "", "label": self.page_title},
        ]

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs, tabs=tabs(self.request.user, self.tab), view=self)

    def post(self, request, *args, **kwargs):
        try:
            if "packed" in request.POST:
                messages.success(request, self.take(unpacked(request.POST["packed"])))
                return redirect(self.done_url_name)
            data = _uploaded(request)
            preview = self.preview(data)
            packed = packed_for_later(data)
        except UnreadableTable as error:
            messages.error(request, _words(error))
            return self.render_to_response(self.get_context_data())
        return self.render_to_response(self.get_context_data(preview=preview, packed=packed))


class TooLarge(UnreadableTable):
    """The file is too large."""


class NoFile(UnreadableTable):
    """No file was chosen."""


def _uploaded(request) -> bytes:
    file = request.FILES.get("file")
    if file is None:
        raise NoFile
    if file.size > MOST_BYTES:
        raise TooLarge
    return file.read()


def packed_for_later(data: bytes) -> str:
    packed = base64.b64encode(zlib.compress(data, 9)).decode()
    if len(packed) > MOST_PACKED:
        raise TooLarge
    return packed


def unpacked(text: str) -> bytes:
    """UnreadableTable for anything that we did not pack; never more than a file may be large."""
    try:
        engine = zlib.decompressobj()
        data = engine.decompress(base64.b64decode(text, validate=True), MOST_BYTES + 1)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise UnreadableTable from error
    if len(data) > MOST_BYTES:
        raise TooLarge
    return data


def _words(error: UnreadableTable) -> str:
    if isinstance(error, NoFile):
        return _("Choose a file.")
    if isinstance(error, TooLarge | TooManyRows):
        return _("The file is too large. Split it and import the parts one after the other.")
    if isinstance(error, NoKnownColumn):
        return _("No column of the file is known. The headings below are understood, in English or Japanese.")
    return _("This is no CSV file that can be read. Save it as “CSV UTF-8” in your spreadsheet program.")
