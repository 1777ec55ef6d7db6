"""Own networks as a file: in with a preview, out as the file that the import reads."""

import csv

from django.core.exceptions import PermissionDenied
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import View

from wagtail_leads.admin_ui.csv_import import Column, CsvImport, Preview
from wagtail_leads.admin_ui.exports import BOM, harmless
from wagtail_leads.admin_ui.permissions import may_export_companies
from wagtail_leads.companies.imports import import_networks
from wagtail_leads.companies.models import NETWORK_ACTION_LABELS, CompanyNetwork
from wagtail_leads.companies.queries import sells_to_companies
from wagtail_leads.logic.network_files import read_networks
from wagtail_leads.tracking.naming import settle_visits


def error_words(error) -> str:
    """What is wrong with a row of a file."""
    if error.code == "twice":
        return _("the same as row %(row)d") % {"row": error.first}
    return str(ERRORS[error.code])


def earlier_words(visits: int) -> str:
    """What became of the visits from before; '' when there were none."""
    if not visits:
        return ""
    text = ngettext("%(count)d earlier visit follows.", "%(count)d earlier visits follow.", visits)
    return text % {"count": visits}


ERRORS = {
    "not_a_network": gettext_lazy("no address, range or network"),
    "too_wide": gettext_lazy("too wide: /8 (IPv4) or /16 (IPv6) is the widest"),
    "no_company": gettext_lazy("no company is named"),
    "unknown_action": gettext_lazy("unknown word for what it is; use company, ignore or never"),
    "no_name": gettext_lazy("neither a name nor a domain nor a corporate number"),
    "not_a_domain": gettext_lazy("no domain of a company (a mail provider's, perhaps)"),
    "not_a_number": gettext_lazy("a corporate number has 13 digits (a spreadsheet may have shortened it)"),
    "check_digit": gettext_lazy("a digit of the corporate number is wrong"),
}


class NetworksImport(CsvImport):
    page_title = gettext_lazy("Import own networks")
    tab = "own"
    done_url_name = "wagtail_leads_own_networks"
    parent = ("wagtail_leads_own_networks", gettext_lazy("Own networks"))
    about = gettext_lazy("A list of networks and whose they are. It overrules every company file.")
    columns = (
        Column(name="cidr", about=gettext_lazy("203.0.113.0/24, an address, or a range a-b; IPv4 and IPv6")),
        Column(name="company", about=gettext_lazy("the company's name; a new one is made")),
        Column(name="domain", about=gettext_lazy("its domain, if you like")),
        Column(
            name="action",
            about=gettext_lazy("company, ignore (our own: left out) or never (never a company); empty means company"),
        ),
        Column(name="note", about=gettext_lazy("what you want to remember")),
    )
    sample = (
        "cidr,company,domain,action,note\r\n203.0.113.0/24,Sample Works Ltd.,sample.co.jp,company,\r\n"
        "198.51.100.8-198.51.100.15,,,ignore,our office\r\n"
    )

    @property
    def shown_columns(self) -> tuple[Column, ...]:
        """Where only people are sold to, one's own offices are all there is to list."""
        if sells_to_companies():
            return self.columns
        return tuple(column for column in self.columns if column.name not in ("company", "domain"))

    def preview(self, data: bytes) -> Preview:
        reading = read_networks(data)
        actions = {action.value: label for action, label in NETWORK_ACTION_LABELS.items()}
        return Preview(
            headings=[_("Row"), _("Network"), _("What it is"), _("Company"), _("Note")],
            rows=[
                [row.number, ", ".join(row.cidrs), actions[row.action.value], row.company, row.note]
                for row in reading.rows[: self.shown]
            ],
            good=len(reading.rows),
            errors=[(error.number, error.text, error_words(error)) for error in reading.errors],
            unknown=reading.unknown,
        )

    def take(self, data: bytes) -> str:
        now = timezone.now()
        rows = read_networks(data).rows
        cidrs = import_networks(rows, by=self.request.user, now=now)
        visits = settle_visits(cidrs, now=now)
        text = ngettext("%(count)d network is in the list.", "%(count)d networks are in the list.", len(cidrs))
        return " ".join(part for part in (text % {"count": len(cidrs)}, earlier_words(visits)) if part)


class NetworksExport(View):
    """All own networks as the file that the import reads."""

    http_method_names = ["get", "head", "options"]

    def get(self, request):
        if not may_export_companies(request.user):
            raise PermissionDenied
        response = StreamingHttpResponse(_lines(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="networks.csv"'
        return response


class _Echo:
    """A file that gives back what is written: the CSV goes out line by line."""

    def write(self, text: str) -> str:
        return text


def _lines():
    writer = csv.writer(_Echo())
    yield BOM + writer.writerow(["cidr", "company", "domain", "action", "note"])
    rows = CompanyNetwork.objects.select_related("company__merged_into").order_by("cidr")
    for row in rows.iterator(chunk_size=1000):
        company = row.company and (row.company.merged_into or row.company)
        cells = [row.cidr, company.name if company else "", company.domain if company else "", row.action, row.note]
        yield writer.writerow([harmless(cell) for cell in cells])
