"""What comes out of an import: the rows that were not taken, as a file; and the first mail to those that were."""

import csv
from collections.abc import Iterator

from django.http import StreamingHttpResponse
from django.utils.html import escape
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from wagtail.models import Site

from wagtail_leads.admin_ui.exports import BOM, for_this_reader, harmless
from wagtail_leads.admin_ui.import_words import field_label, notes_words
from wagtail_leads.capture.imports import rows_handed_back
from wagtail_leads.capture.models import ImportRow, LeadImport
from wagtail_leads.identity.models import LeadSource
from wagtail_leads.logic.kinds import Basis, MailPurpose
from wagtail_leads.mailing.models import Email


class _Echo:
    def write(self, text: str) -> str:
        return text


def bad_rows(file: LeadImport, own: dict[str, str]) -> Iterator[str]:
    """The file's columns and one with the reason, as text of a CSV file. Memory stays flat."""
    writer = csv.writer(_Echo())
    rows = rows_handed_back(file)
    header = headings(file, max([len(file.header), *map(int, file.mapping)], default=0), own)
    width = max([len(header), *(len(cells) for cells in rows.values_list("cells", flat=True).iterator(chunk_size=500))])
    header += [""] * (width - len(header))
    yield BOM + writer.writerow([harmless(cell) for cell in [*header, _("Why it was not taken")]])
    for row in rows.iterator(chunk_size=500):
        cells = [*row.cells, *[""] * (width - len(row.cells))]
        yield writer.writerow([harmless(cell) for cell in [*cells, " / ".join(reasons(row, own))]])


def headings(file: LeadImport, width: int, own: dict[str, str]) -> list[str]:
    """The file's own; where it has none, our names of the fields, so that the corrected file is understood."""
    if file.header:
        return list(file.header)
    last = max([width - 1, *map(int, file.mapping)], default=0)
    return [
        field_label(file.mapping[str(number)], own) if str(number) in file.mapping else f"{number + 1}"
        for number in range(last + 1)
    ]


def reasons(row: ImportRow, own: dict[str, str]) -> list[str]:
    return [f"{pgettext('import', 'Row')} {row.number}", *notes_words(row.notes, own)]


def bad_rows_response(file: LeadImport, own: dict[str, str]) -> StreamingHttpResponse:
    parts = (part.encode("utf-8") for part in for_this_reader(bad_rows(file, own)))
    response = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
    stem = get_valid_filename(file.name.rpartition(".")[0] or file.name) or "leads"
    to_correct = _("to correct")
    name = f"{stem}-{to_correct}.csv".replace(" ", "_")
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


#: Where one met them in person; of others it would be wrong to say so.
_MET = (LeadSource.Kind.EXHIBITION.value, LeadSource.Kind.SEMINAR.value)


def put_first_mail(file: LeadImport, *, user) -> tuple[Email, bool]:
    """(a draft in the reader's language with a button to the site, was it made now?). Nothing is sent."""
    name = _("First mail: %(file)s") % {"file": file.origin.name if file.origin_id else file.name}
    there = Email.objects.filter(name=name[:200], live=False, first_published_at__isnull=True).order_by("pk").first()
    if there is not None:  # a second click
        return there, False
    made = Email(
        name=name[:200],
        subject=_subject(file)[:200],
        body=_body(file),
        purpose=MailPurpose.MARKETING.value,
        language=(get_language() or "")[:10],
        live=False,
    )
    made.save()
    made = Email.objects.get(pk=made.pk)  # the raw blocks become a StreamField's value
    made.save_revision(user=user)
    return made, True


def _where(file: LeadImport) -> str:
    """Without braces, which a mail would take for a field."""
    met = file.origin is not None and file.origin.kind in _MET
    return file.origin.name.replace("{", "(").replace("}", ")") if met else ""


def _subject(file: LeadImport) -> str:
    where = _where(file)
    return _("Thank you – %(where)s") % {"where": where} if where else _("News from our site")


def _body(file: LeadImport) -> list[dict]:
    """Says no more than is true of everybody in the file."""
    where = _where(file)
    if where:
        why = _("Thank you for visiting us at %(where)s.") % {"where": where}
        invitation = _("More about our products, and how others use them, is on our site.")
    else:
        why = {
            Basis.CUSTOMER.value: _("Thank you for your continued business."),
            Basis.BUSINESS_CARD.value: _("Thank you for giving us your card."),
            Basis.PUBLISHED.value: _("We found your address on your company's site, and would like to introduce ourselves."),
        }.get(file.basis, _("Thank you for allowing us to write to you."))
        invitation = _("On our site we show what we make, and how others use it. We would be glad if you had a look.")
    site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    button = {"text": _("Visit our site"), "page": None, "document": None, "url": site.root_url if site else ""}
    if site is not None:
        button |= {"page": site.root_page_id, "url": ""}
    dear = _("Dear {name},")
    return [
        {"type": "text", "value": f"<p>{dear}</p><p>{escape(why)}</p><p>{invitation}</p>"},
        {"type": "button", "value": button},
    ]
