import json

from django.core.management.base import BaseCommand
from django.utils import timezone

from wagtail_leads.privacy.retention import count_over, note_run, purge_some


class Command(BaseCommand):
    help = "Retention: removes what is kept longer than Leads settings, “How long data is kept”, say. Safe to stop and repeat."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="count what would be removed, and change nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args, **options):
        now = timezone.now()
        counts = count_over(now=now) if options["dry_run"] else self._purge(now)
        if options["json"]:
            self.stdout.write(
                json.dumps({"dry_run": options["dry_run"], "kinds": counts, "total": sum(counts.values())})
            )
            return
        verb = "would be removed" if options["dry_run"] else "removed"
        for name, count in counts.items():
            self.stdout.write(f"{name}: {count} {verb}")

    def _purge(self, now) -> dict[str, int]:
        """Piece by piece, each in a transaction of its own."""
        counts = dict.fromkeys(count_over(now=now), 0)
        while True:
            name, done = purge_some(now=now)
            if not done:
                note_run(now=now)
                return counts
            counts[name] += done
