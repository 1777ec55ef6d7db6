"""The test site as it stands on the web: Django's cache in front of the pages, our middleware above it, a strict CSP."""

import os

from tests.settings import *  # noqa: F403

FOLDER = os.environ["LEADS_BEACON_FOLDER"]
DATABASES["default"]["NAME"] = f"{FOLDER}/site.sqlite3"  # noqa: F405
ROOT_URLCONF = "tests.journeys.beacon_urls"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "wagtail_leads.middleware.LeadsMiddleware",
    "tests.testsite.variant.csp.StrictCSP",
    "django.middleware.cache.UpdateCacheMiddleware",
    *MIDDLEWARE[2:],  # noqa: F405
    "django.middleware.cache.FetchFromCacheMiddleware",
    "tests.journeys.beacon_urls.CountRenders",
]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CACHE_MIDDLEWARE_SECONDS = 600
WAGTAIL_LEADS = {
    "BUFFER": "memory",
    "FLUSH_SECONDS": 0.1,
    "CLAIM_SECONDS": 3,
    "GUESS_PRIVATE_ADDRESSES": False,
}
