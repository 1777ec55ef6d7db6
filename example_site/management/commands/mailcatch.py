import signal
import threading

from django.conf import settings
from django.core.management.base import BaseCommand

from example_site import mailcatcher


class Command(BaseCommand):
    help = "A local SMTP server that keeps every mail in var/mail, and a page to read them. Never sends anything."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--smtp-port", type=int, default=settings.EMAIL_PORT)
        parser.add_argument("--port", type=int, default=8025, help="Port of the page.")

    def handle(self, **options):
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        folder = mailcatcher.MailFolder(settings.VAR_DIR / "mail")
        smtp = mailcatcher.start_smtp(folder, options["smtp_port"])
        pages = mailcatcher.start_pages(folder, options["port"], smtp_port=options["smtp_port"])
        self.stdout.write(f"SMTP on 127.0.0.1:{options['smtp_port']}, page on http://127.0.0.1:{options['port']}/")
        stop.wait()
        pages.shutdown()
        smtp.stop()
