import json

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from wagtail_leads.identity.queries import find_by_address
from wagtail_leads.mailing.models import Suppression
from wagtail_leads.mailing.operations import suppress
from wagtail_leads.privacy import erase
from wagtail_leads.privacy.erasing import rows_to_erase


class Command(BaseCommand):
    help = "Erases a person: what names or describes them goes; anonymous visits and the hash of a suppressed address stay."

    def add_arguments(self, parser):
        parser.add_argument("address", help="mail address of the person")
        parser.add_argument("--yes", action="store_true", help="do not ask; it cannot be taken back")
        parser.add_argument("--dry-run", action="store_true", help="say what would be erased, and change nothing")
        parser.add_argument(
            "--never-again", action="store_true", help="also suppress the address, should it come again in a file"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args, **options):
        lead = find_by_address(options["address"])
        if lead is None:
            raise CommandError("No lead has this address.")
        told = {"lead": lead.pk, "rows": rows_to_erase(lead), "erased": False}
        if not options["dry_run"] and (options["yes"] or self._is_sure(options)):
            now, key = timezone.now(), lead.email_key
            if options["never_again"] and key:
                reason = Suppression.Reason.UNSUBSCRIBED
                suppress(key, scope=Suppression.Scope.MARKETING, reason=reason, now=now)
            erase(lead, now=now)
            told["erased"] = True
        if options["json"]:
            self.stdout.write(json.dumps(told))
        else:
            word = "Erased" if told["erased"] else "Not erased"
            self.stdout.write(f"{word}: lead {told['lead']}, about {told['rows']} activities and mails.")

    def _is_sure(self, options) -> bool:
        if options["json"]:
            raise CommandError("With --json say --yes or --dry-run: nobody can be asked.")
        return input("This cannot be taken back. Type 'erase' to go on: ").strip() == "erase"
