import json

from django.core.management.base import BaseCommand

from wagtail_leads import tasks


class Command(BaseCommand):
    help = "One pass of all due work: visits, activities, scenarios, mail. For cron, or where no worker runs."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args, **options):
        done = tasks.run_all()
        if options["json"]:
            self.stdout.write(json.dumps({"done": done}))
        elif options["verbosity"]:
            self.stdout.write(f"{done} things done.")
