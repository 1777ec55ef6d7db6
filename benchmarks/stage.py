"""What all benchmarks share: the test site in memory, one Wagtail page, one request that looks like a browser's."""

import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
HEADERS = {
    "HTTP_USER_AGENT": AGENT,
    "HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8",
    "HTTP_ACCEPT_LANGUAGE": "ja,en;q=0.8",
    "HTTP_SEC_FETCH_MODE": "navigate",
    "HTTP_SEC_FETCH_DEST": "document",
    "HTTP_REFERER": "https://www.google.com/",
    "HTTP_HOST": "localhost",
    "REMOTE_ADDR": "203.0.113.7",
}


def setup(database: str = ":memory:") -> None:
    """Django with a database of its own, made without migrations."""
    os.environ.setdefault("LEADS_TEST_VAR", os.environ.get("TMPDIR", "/tmp"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    os.environ["LEADS_BENCH_DB"] = str(database)
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)


@contextmanager
def database_of_its_own(url: str):
    """An empty PostgreSQL database beside the one that the URL names, dropped at the end; '' is none (SQLite)."""
    if not url:
        yield
        return
    import psycopg

    name = f"leads_bench_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    os.environ["DATABASE_URL"] = url.rpartition("/")[0] + f"/{name}"
    try:
        yield
    finally:
        from django.db import connection as own

        own.close()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def make_page():
    from wagtail.models import Locale, Page, Site

    from tests.testsite.models import ArticlePage

    Locale.objects.create(language_code="en")
    home = Page.add_root(title="Home", slug="home")
    Site.objects.create(hostname="localhost", root_page=home, is_default_site=True)
    for number in range(6):
        home.add_child(instance=ArticlePage(title=f"Other {number}", slug=f"other-{number}"))
    return home.add_child(instance=ArticlePage(title="Article", slug="article", body="<p>All about cameras.</p>" * 40))


def still_buffer():
    """The memory buffer without its thread: what is measured is the request."""
    from wagtail_leads.tracking import buffer

    made = buffer.Buffer()
    made.ensure_thread = lambda: None
    buffer._buffer = made
    return made


def percentile(times: list[float], part: float) -> float:
    ordered = sorted(times)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def timed(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
