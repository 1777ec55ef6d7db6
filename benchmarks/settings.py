"""The test site without migrations, with the buffer in memory as in production."""

import os
from pathlib import Path

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, MIDDLEWARE, TEMPLATES, WAGTAIL_LEADS

if not os.environ.get("DATABASE_URL"):  # another database is made by `stage.database_of_its_own`
    DATABASES["default"]["NAME"] = os.environ["LEADS_BENCH_DB"]
if os.environ["LEADS_BENCH_DB"] == ":memory:":
    DATABASES["default"]["OPTIONS"] = {}
TEMPLATES[0]["DIRS"] = [Path(__file__).resolve().parent / "templates"]
WAGTAIL_LEADS = {**WAGTAIL_LEADS, "BUFFER": "memory", "BUFFER_SIZE": 1_000_000, "FLUSH_ROWS": 1_000_000}
if "LEADS_BENCH_BUFFER" in os.environ:  # a server of its own, with the buffer as sites have it (bench_buffer.py)
    WAGTAIL_LEADS |= {
        "BUFFER": os.environ["LEADS_BENCH_BUFFER"],
        "BUFFER_SIZE": int(os.environ.get("LEADS_BENCH_SIZE", "20000")),
        "FLUSH_ROWS": 500,
        "TRUSTED_PROXIES": ["127.0.0.1"],
        "SPOOL_DIR": os.environ.get("LEADS_BENCH_SPOOL", ""),
    }
    ALLOWED_HOSTS = ["*"]
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
LEADS = "wagtail_leads.middleware.LeadsMiddleware"
WITHOUT_LEADS = [name for name in MIDDLEWARE if name != LEADS]


class NoMigrations(dict):
    def __contains__(self, label):
        return True

    def __getitem__(self, label):
        return None


MIGRATION_MODULES = NoMigrations()
