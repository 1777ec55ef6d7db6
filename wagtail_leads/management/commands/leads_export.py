from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from wagtail_leads.identity.access import record_access
from wagtail_leads.identity.models import AccessRecord
from wagtail_leads.identity.queries import find_by_address
from wagtail_leads.privacy import export
from wagtail_leads.privacy.sheet import as_file, as_json


class Command(BaseCommand):
    help = (
        "Everything stored about a person, as JSON (for machines) or as one HTML file in their language (to be read)."
    )

    def add_arguments(self, parser):
        parser.add_argument("address", help="mail address of the person")
        parser.add_argument("--html", action="store_true", help="one self-contained HTML file instead of JSON")
        parser.add_argument("--output", metavar="FILE", help="write there instead of to standard output")
        parser.add_argument("--json", action="store_true", help="print JSON (the default)")

    def handle(self, *args, **options):
        lead, now = find_by_address(options["address"]), timezone.now()
        if lead is None:
            raise CommandError("No lead has this address.")
        text = as_file(lead, now=now) if options["html"] else as_json(export(lead))
        record_access(AccessRecord.What.EXPORTED, user=None, lead_id=lead.pk, now=now, detail="leads_export")
        if options["output"]:
            try:
                Path(options["output"]).write_text(text, encoding="utf-8")
            except OSError as error:
                raise CommandError(f"The file cannot be written: {error}") from error
            self.stderr.write(f"Written to {options['output']}.")
        else:
            self.stdout.write(text)
