from django.core.management.base import BaseCommand
from django.utils import timezone

from example_site import content


class Command(BaseCommand):
    help = "Make the example site's content. Safe to run again: what exists is left alone."

    def add_arguments(self, parser):
        parser.add_argument(
            "--history", action="store_true", help="add six weeks of visits and leads that do not exist (for a look)"
        )

    def handle(self, **options):
        content.seed()
        if options["history"]:
            from example_site import history

            if not history.seed(timezone.now()):
                self.stdout.write("There are leads already; no history was added.")
        if options["verbosity"]:
            self.stdout.write("The example site has its content.")
