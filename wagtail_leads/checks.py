"""System checks: each mistake of an installation has an id and its cure.

E001 middleware missing · W002 middleware in the wrong place · E003 URL include missing · W004 sender details missing
W005 django-q2 runs tasks twice · W006 uWSGI without threads · W007 cookies not secure · W008 SQLite without IMMEDIATE
E009 a network that is none · W010 unknown setting · E011 spool without folder · E012 unreadable company file setting
W013 a resolver that cannot be made · W014 URL include in i18n_patterns · W015 W016 ways around the gate of documents
"""

import sys

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.db import DatabaseError
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.module_loading import import_string

from wagtail_leads import background, conf
from wagtail_leads.capture.documents import way_around
from wagtail_leads.companies.resolvers.mmdb import entries
from wagtail_leads.content.models import DocumentPolicy
from wagtail_leads.logic.client_address import parse_networks
from wagtail_leads.logic.company_guess import FILE_KINDS
from wagtail_leads.mailing.models import SenderDetails

MIDDLEWARE = "wagtail_leads.middleware.LeadsMiddleware"
#: These change the page after it was made; ours has to see the page that leaves, so it stands above them.
BELOW_US = (
    "django.middleware.cache.UpdateCacheMiddleware",
    "django.middleware.cache.FetchFromCacheMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
)


@register("wagtail_leads")
def middleware(app_configs, **kwargs):
    listed = list(settings.MIDDLEWARE)
    if MIDDLEWARE not in listed:
        return [
            Error(
                "The middleware of wagtail-leads is missing: no visit is recorded.",
                hint=f'Add "{MIDDLEWARE}" to MIDDLEWARE, right below SecurityMiddleware.',
                id="wagtail_leads.E001",
            )
        ]
    above = [name for name in listed[: listed.index(MIDDLEWARE)] if name in BELOW_US]
    if not above:
        return []
    return [
        Warning(
            f"The middleware of wagtail-leads stands below {above[0]}.",
            hint="Move it up, right below SecurityMiddleware.",
            id="wagtail_leads.W002",
        )
    ]


@register("wagtail_leads")
def url_include(app_configs, **kwargs):
    try:
        addresses = set()
        for language in ("en", "ja"):
            with translation.override(language):
                addresses.add(reverse("wagtail_leads:beacon"))
    except NoReverseMatch:
        return [
            Error(
                "The URLs of wagtail-leads are missing: forms, links in mails and the beacon lead nowhere.",
                hint='Add path("leads/", include("wagtail_leads.urls")) to the URLconf, above Wagtail\'s own include '
                "and outside i18n_patterns.",
                id="wagtail_leads.E003",
            )
        ]
    if len(addresses) == 1:
        return []
    return [
        Warning(
            "The URLs of wagtail-leads stand in i18n_patterns: each address of theirs is another one in each language.",
            hint='Move path("leads/", include("wagtail_leads.urls")) out of i18n_patterns. Until then a link in a mail leads '
            "nowhere when its language is removed, and rules for caches and proxies are needed for each language.",
            id="wagtail_leads.W014",
        )
    ]


@register(Tags.database)
def sender_details(app_configs, databases=None, **kwargs):
    if not databases:
        return []
    try:
        complete = any(not sender.missing() for sender in SenderDetails.objects.all())
    except DatabaseError:  # before the first migrate
        return []
    if complete:
        return []
    return [
        Warning(
            "The sender details are not complete: no marketing mail will leave.",
            hint="Fill them in: Wagtail admin, Leads, Settings, Sender details.",
            id="wagtail_leads.W004",
        )
    ]


#: (id, what it is, cure) by what `way_around` says.
DOCUMENT_WAYS = {
    "media": (
        "wagtail_leads.W016",
        "Documents are gated, and their files lie below MEDIA_ROOT: whoever knows a file's address there gets it without "
        "the form.",
        "Let the web server refuse MEDIA_URL + 'documents/', or keep documents in a storage outside of MEDIA_ROOT. Then "
        "add the id of this warning to SILENCED_SYSTEM_CHECKS if it still comes.",
    ),
    "remote": (
        "wagtail_leads.W015",
        "Documents are gated, and their storage is a remote one with addresses of its own: those lead past the form.",
        "Make the bucket private (signed addresses that expire), and set WAGTAILDOCS_SERVE_METHOD = 'serve_view'.",
    ),
}
DOCUMENT_WAYS["direct"] = DOCUMENT_WAYS["redirect"] = (
    "wagtail_leads.W015",
    "Documents are gated, but WAGTAILDOCS_SERVE_METHOD hands out the storage's own addresses: they lead past the form.",
    "Set WAGTAILDOCS_SERVE_METHOD = 'serve_view'.",
)


@register(Tags.database)
def document_gates(app_configs, databases=None, **kwargs):
    way = way_around() if databases else ""
    if not way:
        return []
    try:
        if not DocumentPolicy.objects.filter(gated=True).exists():
            return []
    except DatabaseError:  # before the first migrate
        return []
    check_id, message, hint = DOCUMENT_WAYS[way]
    return [Warning(message, hint=hint + " See docs/how-to/gate-documents.md.", id=check_id)]


@register("wagtail_leads")
def queue(app_configs, **kwargs):
    q = background.queue_settings()
    timeout, retry = q["timeout"], q["retry"]
    if not timeout:
        message = "django-q2 has no timeout: a task that hangs blocks its worker for ever."
    elif retry <= timeout * (1 + -(-q["queue_limit"] // max(q["workers"], 1))):
        # the lock begins when a task is fetched ahead, not when it is run
        message = "django-q2 runs tasks twice: retry is not longer than timeout and waiting in the queue together."
    else:
        return []
    return [
        Warning(
            message,
            hint="For example: timeout 120, retry 600, queue_limit equal to workers, catch_up False. "
            "Doubled tasks do no harm to wagtail-leads, but to others perhaps.",
            id="wagtail_leads.W005",
        )
    ]


@register("wagtail_leads")
def uwsgi_threads(app_configs, **kwargs):
    uwsgi = sys.modules.get("uwsgi")
    if uwsgi is None or conf.get("BUFFER") != "memory":
        return []
    # uWSGI names its options in bytes
    options = {
        name.decode() if isinstance(name, bytes) else name for name, on in getattr(uwsgi, "opt", {}).items() if on
    }
    if options & {"enable-threads", "threads"}:
        return []
    return [
        Warning(
            "uWSGI runs without threads: the buffer of page views is never written.",
            hint="Start uWSGI with enable-threads = true, or use BUFFER = 'spool' and leads_tick.",
            id="wagtail_leads.W006",
        )
    ]


@register(Tags.security, deploy=True)
def secure_cookies(app_configs, **kwargs):
    if conf.get("COOKIE_SECURE") is not False:
        return []
    return [
        Warning(
            "The cookies of wagtail-leads are sent over plain http too.",
            hint="Remove COOKIE_SECURE from WAGTAIL_LEADS: then they are secure wherever the site is.",
            id="wagtail_leads.W007",
        )
    ]


@register("wagtail_leads")
def sqlite_transactions(app_configs, **kwargs):
    default = settings.DATABASES["default"]
    if not default["ENGINE"].endswith("sqlite3"):
        return []
    if default.get("OPTIONS", {}).get("transaction_mode", "").upper() in ("IMMEDIATE", "EXCLUSIVE"):
        return []
    return [
        Warning(
            "SQLite begins its transactions deferred: two writers at once get “database is locked”.",
            hint='Add to the database\'s OPTIONS: "transaction_mode": "IMMEDIATE", "timeout": 20, '
            '"init_command": "PRAGMA journal_mode=WAL;".',
            id="wagtail_leads.W008",
        )
    ]


@register("wagtail_leads")
def spool_folder(app_configs, **kwargs):
    if conf.get("BUFFER") != "spool" or conf.get("SPOOL_DIR"):
        return []
    return [
        Error(
            "The spool has no folder: page views would be written where the server happens to run.",
            hint='Add "SPOOL_DIR": BASE_DIR / "var/spool" to WAGTAIL_LEADS; on the same machine as the worker.',
            id="wagtail_leads.E011",
        )
    ]


@register("wagtail_leads")
def networks(app_configs, **kwargs):
    found = []
    for name in ("TRUSTED_PROXIES", "OWN_NETWORKS"):
        try:
            parse_networks(tuple(conf.get(name)))
        except (ValueError, TypeError) as error:
            found.append(
                Error(
                    f"WAGTAIL_LEADS[{name!r}] holds something that is no network: {error}",
                    hint='Write networks as "10.0.0.0/8".',
                    id="wagtail_leads.E009",
                )
            )
    return found


@register("wagtail_leads")
def company_files(app_configs, **kwargs):
    try:
        entries(conf.get("MMDB") or ())
    except (TypeError, ValueError) as error:
        return [
            Error(
                f"WAGTAIL_LEADS['MMDB'] cannot be read, so no company is looked up: {error}",
                hint=f'Write paths, or ("/path/to/file.mmdb", kind) with one of {", ".join(FILE_KINDS)}.',
                id="wagtail_leads.E012",
            )
        ]
    return []


@register("wagtail_leads")
def resolvers(app_configs, **kwargs):
    found = []
    for path in conf.get("RESOLVERS"):
        try:
            resolver = import_string(path)
            usable = callable(getattr(resolver, "lookup", None))
            problem = "" if usable else "it has no lookup()"
        except (ImportError, AttributeError, ValueError, TypeError) as error:
            problem = str(error)
        if problem:
            found.append(
                Warning(
                    f"The resolver {path!r} cannot be used and is skipped: {problem}",
                    hint="See docs/reference/python-api.md, Resolvers.",
                    id="wagtail_leads.W013",
                )
            )
    return found


@register("wagtail_leads")
def unknown_settings(app_configs, **kwargs):
    return [
        Warning(
            f"WAGTAIL_LEADS has no setting {name!r}.",
            hint="See docs/reference/settings.md for the names.",
            id="wagtail_leads.W010",
        )
        for name in getattr(settings, "WAGTAIL_LEADS", {})
        if name not in conf.SETTINGS
    ]
