from django.core.management.base import BaseCommand

from example_site import content


class Command(BaseCommand):
    help = "Make the example site's content. Safe to run again: what exists is left alone."

    def handle(self, **options):
        content.seed()
        if options["verbosity"]:
            self.stdout.write("The example site has its content.")
