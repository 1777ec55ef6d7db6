import json
import time

from django.core.management.base import BaseCommand

from wagtail_leads import tasks


class Command(BaseCommand):
    help = "Sends the mail that is due; with --loop it goes on, for sites without a django-q2 worker."

    def add_arguments(self, parser):
        parser.add_argument("--loop", action="store_true", help="go on until stopped")
        parser.add_argument("--pause", type=float, default=2.0, help="seconds between looks with --loop (2)")
        parser.add_argument("--json", action="store_true", help="print one JSON object a pass")

    def handle(self, *args, **options):
        while True:
            done = tasks.run_mail()
            if options["json"]:
                self.stdout.write(json.dumps({"sent": done}))
            if not options["loop"]:
                return
            time.sleep(options["pause"])
