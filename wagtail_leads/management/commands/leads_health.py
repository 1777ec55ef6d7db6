import json

from django.core.management.base import BaseCommand
from django.utils import timezone

from wagtail_leads.reports.health import problems


class Command(BaseCommand):
    help = "Says what stands still (worker, queue, buffer, mail, scenarios); exits with 1 when something does."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args, **options):
        found = problems(timezone.now())
        broken = [problem for problem in found if problem.level == "error"]
        if options["json"]:
            rows = [{"code": p.code, "level": p.level, "message": p.message} for p in found]
            self.stdout.write(json.dumps({"ok": not broken, "problems": rows}, ensure_ascii=False))
        else:
            for problem in found:
                self.stdout.write(f"{problem.level}: {problem.message}")
            if not found:
                self.stdout.write("All is well.")
        if broken:
            raise SystemExit(1)
