"""A small live site of its own for the beacon: made, served, read and stopped by the test."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.journeys.demo import CHROMIUM, FLAGS, ROOT, free_port, until

LINKS = """
<p><a id="out" href="http://partner.example/shop/?token=secret#top">Partner</a>
<a id="tab" href="http://other.example/new-tab/" target="_blank" rel="noopener">Other</a>
<a id="file" href="/files/part.dxf">Drawing</a>
<a id="paper" href="{document}">Paper</a>
<a id="line" href="https://social-plugins.line.me/lineit/share?url=x">LINE</a>
<a id="mail" href="mailto:?subject=Look&amp;body=x">Mail</a>
<a id="ours" href="/article/">Ours</a></p>
"""
SEED = """
import django; django.setup()
from django.core.files.base import ContentFile
from django.core.management import call_command
from wagtail.models import Locale, Page, Site
from wagtail.documents import get_document_model
from tests.testsite.models import ArticlePage
call_command("migrate", verbosity=0)
Page.objects.filter(depth__gt=1).delete()
Site.objects.all().delete()
root = Page.objects.get(depth=1)
home = root.add_child(instance=Page(title="Home", slug="home"))
Site.objects.create(hostname="127.0.0.1", port=80, root_page=home, is_default_site=True)
paper = get_document_model().objects.create(title="Paper", file=ContentFile(b"%PDF-1.4", name="paper.pdf"))
long = "<p>All about cameras.</p>" * 200
for slug, body in (("article", long), ("second", "<p>Short.</p>"), ("links", LINKS.format(document=paper.url) + long)):
    home.add_child(instance=ArticlePage(title=slug.title(), slug=slug, body=body))
"""


class Site:
    """The running site. Times of its settings are short: a view is claimed within three seconds."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.journeys.beacon_settings",
            "LEADS_BEACON_FOLDER": str(folder),
            "LEADS_TEST_VAR": str(folder),
            "DATABASE_URL": "",
            "LEADS_TEST_VARIATION": "",
            "PYTHONPATH": str(ROOT),
        }
        self._python("-c", f"LINKS = {LINKS!r}\n{SEED}")
        self.log = (folder / "site.log").open("w")
        command = ["-m", "django", "runserver", "--noreload", "--insecure", f"127.0.0.1:{self.port}"]
        self.process = subprocess.Popen(
            [sys.executable, *command], env=self.environment, cwd=ROOT, stdout=self.log, stderr=subprocess.STDOUT
        )
        until(self._answers, seconds=60, what="the site")

    def _answers(self) -> bool:
        try:
            # a robot's agent: this is nobody's visit
            request = urllib.request.Request(f"{self.url}/leads/page.js", headers={"User-Agent": "curl/8"})
            return urllib.request.urlopen(request, timeout=2).status == 200
        except OSError:
            assert self.process.poll() is None, (self.folder / "site.log").read_text()
            return False

    def _python(self, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, *arguments], env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def tick(self) -> None:
        self._python("-m", "django", "leads_tick", "--verbosity", "0")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.log.close()

    # --- what was stored --------------------------------------------------------------------------------------------

    def rows(self, sql: str, *values) -> list[tuple]:
        with closing(sqlite3.connect(f"file:{self.folder}/site.sqlite3?mode=ro", uri=True, timeout=20)) as connection:
            return connection.execute(sql, values).fetchall()

    def forget(self) -> None:
        """Begin anew: each test counts from nothing."""
        self.forget_visits()
        self._empty("trackingsettings")

    def forget_visits(self) -> None:
        time.sleep(0.6)  # what is still on its way to the database
        self._empty("pageview", "parkedhit", "activity", "visit", "visitor", "dropcount", "dropexample", "consent")

    def _empty(self, *tables: str) -> None:
        with closing(sqlite3.connect(f"{self.folder}/site.sqlite3", timeout=20)) as connection:
            for table in tables:
                connection.execute(f"DELETE FROM wagtail_leads_{table}")
            connection.commit()

    def ask_first(self) -> None:
        """The site asks before it records."""
        with closing(sqlite3.connect(f"{self.folder}/site.sqlite3", timeout=20)) as connection:
            (site,) = connection.execute("SELECT id FROM wagtailcore_site").fetchone()
            connection.execute(
                "INSERT INTO wagtail_leads_trackingsettings (site_id, mode, show_banner, do_not_track, measure_links,"
                " measure_files, measure_shares, measure_scroll) VALUES (?, 'opt_in', 1, 'ignore', 1, 1, 1, 1)",
                (site,),
            )
            connection.commit()

    def counts(self) -> tuple[int, int, int]:
        """(page views, visits, lines "page viewed" of the ledger)."""
        (found,) = self.rows(
            "SELECT (SELECT COUNT(*) FROM wagtail_leads_pageview), (SELECT COUNT(*) FROM wagtail_leads_visit),"
            " (SELECT COUNT(*) FROM wagtail_leads_activity WHERE kind = 'page_viewed')"
        )
        return found

    def views(self) -> list[tuple]:
        """(path, seen by the server, seen by the beacon, visible ms), in order."""
        return self.rows(
            "SELECT path, server_seen, view_id IS NOT NULL, dwell_ms FROM wagtail_leads_pageview ORDER BY at, id"
        )

    def told(self, *kinds: str) -> list[tuple[str, str]]:
        """(kind, title) of the ledger's lines of these kinds, in order."""
        marks = ",".join("?" * len(kinds))
        sql = f"SELECT kind, title FROM wagtail_leads_activity WHERE kind IN ({marks}) ORDER BY at, id"
        return self.rows(sql, *kinds)

    def drops(self) -> dict[str, int]:
        return dict(self.rows("SELECT reason, SUM(count) FROM wagtail_leads_dropcount GROUP BY reason"))


class Elsewhere:
    """All other sites of the world: every `*.example` leads here."""

    def __init__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def rules(self) -> str:
        return f"MAP *.example 127.0.0.1:{self.server.server_port}, MAP social-plugins.line.me ~NOTFOUND"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>elsewhere</title>")

    def log_message(self, *arguments):
        """Nothing on the terminal."""


class Browser:
    """Chromium as a person starts it: with the back/forward cache, and a process that can be killed."""

    def __init__(self, playwright, folder: Path, elsewhere: Elsewhere):
        self.port = free_port()
        folder.mkdir()
        rules = f"--host-resolver-rules={elsewhere.rules}"
        flags = ["--headless=new", rules, f"--remote-debugging-port={self.port}", f"--user-data-dir={folder}", *FLAGS]
        self.process = subprocess.Popen(
            [CHROMIUM, *flags, "--disable-dev-shm-usage", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until(self._answers, seconds=40, what="Chromium")
        self.remote = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{self.port}")
        major = self.remote.version.split(".")[0]
        #: A person's: headless Chromium says that it is a robot.
        self.agent = (
            f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"
        )

    def _answers(self) -> bool:
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/json/version", timeout=2).status == 200
        except OSError:
            assert self.process.poll() is None, "Chromium did not start"
            return False

    def visitor(self, **options):
        return self.remote.new_context(user_agent=self.agent, locale="ja-JP", **options)

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)
