"""The test site for real processes: a database of its own, real SMTP, short leases. Made without migrations (quick)."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS, Q_CLUSTER, WAGTAIL_LEADS, database

DATABASES = {"default": database(os.environ["LEADS_DB_URL"])}
if not os.environ["LEADS_DB_URL"]:
    DATABASES["default"]["NAME"] = os.environ["LEADS_DB_FILE"]
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = "127.0.0.1"
EMAIL_PORT = int(os.environ["LEADS_SMTP_PORT"])
EMAIL_TIMEOUT = 10
WAGTAIL_LEADS = {
    **WAGTAIL_LEADS,
    "BUFFER": "memory",
    "MAIL_LEASE_SECONDS": float(os.environ.get("LEADS_LEASE", "60")),
    "DRAIN_SECONDS": 60,
}
if os.environ.get("LEADS_REDIS"):
    Q_CLUSTER = {**{k: v for k, v in Q_CLUSTER.items() if k != "orm"}, "redis": os.environ["LEADS_REDIS"]}
    Q_CLUSTER["name"] = f"leads-tests-{os.environ['LEADS_SMTP_PORT']}"
MIGRATION_MODULES = dict.fromkeys(
    [name.rpartition(".")[2] for name in INSTALLED_APPS] + ["wagtailcore", "wagtailadmin"]
)
for label in ("wagtailforms", "wagtailembeds", "wagtailsites", "wagtailusers", "wagtailsnippets", "wagtaildocs"):
    MIGRATION_MODULES[label] = None
for label in ("wagtailimages", "wagtailsearch", "wagtailredirects", "modeladmin"):
    MIGRATION_MODULES[label] = None
