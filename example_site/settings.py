"""The whole configuration of the example site; everything that varies comes from the environment.

``DATABASE_URL``   sqlite:///path, postgres://…, mysql://…; default: SQLite in ``example_site/var/``
``REDIS_URL``      the broker of django-q2; default: the database
``LEADS_MMDB``     paths of MMDB files, joined by the system's path separator (`make demo`: companies that do not exist)
``EMAIL_HOST``, ``EMAIL_PORT``   the SMTP server; default: the local mail catcher on 127.0.0.1:1025
``LEADS_DAY``      seconds that a day of a scenario lasts; default 86400
``PORT``           port of the web server, for links in mails; default 8000
``LEADS_OFF``      1 runs the same site without wagtail-leads (the yardstick of the benchmarks)
"""

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parent
VAR_DIR = Path(os.environ.get("EXAMPLE_VAR") or BASE_DIR / "var")
VAR_DIR.mkdir(parents=True, exist_ok=True)
PORT = int(os.environ.get("PORT") or 8000)
LEADS_ON = os.environ.get("LEADS_OFF", "") in {"", "0"}

ENGINES = {"postgres": "postgresql", "postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql"}

# IMMEDIATE takes the write lock when a transaction begins, so that two writers wait instead of failing half way;
# FULL makes a commit survive a power cut: what we have acknowledged to a visitor must not be lost.
SQLITE_OPTIONS = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
}


def read_secret_key(path: Path) -> str:
    """The key in ``path``; made on first use, so that no two installations share one."""
    try:
        with path.open("x", encoding="ascii") as new_file:
            path.chmod(0o600)
            new_file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii")


def database_from_url(url: str) -> dict:
    """Django's DATABASES entry for a URL; an empty URL is SQLite in the site's own folder."""
    parts = urlsplit(url or f"sqlite:///{VAR_DIR / 'db.sqlite3'}")
    if parts.scheme == "sqlite":
        path = unquote(parts.path.removeprefix("/")) if not parts.path.startswith("//") else unquote(parts.path[1:])
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": path or ":memory:", "OPTIONS": SQLITE_OPTIONS}
    if parts.scheme not in ENGINES:
        raise ValueError(f"DATABASE_URL: unknown scheme {parts.scheme!r}; use sqlite, postgres or mysql")
    options = dict(parse_qsl(parts.query))
    if ENGINES[parts.scheme] == "mysql":
        options.setdefault("charset", "utf8mb4")
    return {
        "ENGINE": f"django.db.backends.{ENGINES[parts.scheme]}",
        "NAME": unquote(parts.path.removeprefix("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
    }


SECRET_KEY = os.environ.get("SECRET_KEY") or read_secret_key(VAR_DIR / "secret_key")
DEBUG = os.environ.get("DEBUG", "1") not in {"", "0"}
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver", *os.environ.get("ALLOWED_HOSTS", "").split()]

INSTALLED_APPS = [
    *(["wagtail_leads"] if LEADS_ON else []),
    "example_site",
    "wagtail_modeladmin",
    "django_q",
    "wagtail.contrib.settings",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.simple_translation",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail.locales",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    *(["wagtail_leads.middleware.LeadsMiddleware"] if LEADS_ON else []),
    "example_site.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "example_site.urls"
WSGI_APPLICATION = "example_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": database_from_url(os.environ.get("DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "ja"
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = WAGTAILADMIN_PERMITTED_LANGUAGES = [("ja", "日本語"), ("en", "English")]
USE_I18N = WAGTAIL_I18N_ENABLED = True
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"

# The demo's password is "changeme": validators would only stop the one person who wants to try it.
AUTH_PASSWORD_VALIDATORS = []
LOGIN_URL = "wagtailadmin_login"

SILENCED_SYSTEM_CHECKS = ["security.W001"]
X_FRAME_OPTIONS = "SAMEORIGIN"

WAGTAIL_SITE_NAME = "ナギサワ光機"
WAGTAILADMIN_BASE_URL = os.environ.get("BASE_URL") or f"http://127.0.0.1:{PORT}"
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_EXTENSIONS = ["pdf", "docx", "xlsx", "pptx", "csv", "zip"]
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = os.environ.get("EMAIL_HOST") or "127.0.0.1"
EMAIL_PORT = int(os.environ.get("EMAIL_PORT") or 1025)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = "ナギサワ光機株式会社 <info@nagisawa.example.jp>"
SERVER_EMAIL = "server@nagisawa.example.jp"

# retry > timeout x (queue_limit / workers + 1): a task's lock begins when it is pulled, not when it is run.
Q_CLUSTER = {
    "name": "example",
    **({"redis": os.environ["REDIS_URL"]} if os.environ.get("REDIS_URL") else {"orm": "default"}),
    "workers": 2,
    "queue_limit": 2,
    "bulk": 1,
    "timeout": 120,
    "retry": 600,
    "max_attempts": 5,
    "ack_failures": False,
    "catch_up": False,
    "save_limit": 250,
    "poll": 1,
    "label": "Django Q",
}

WAGTAIL_LEADS = {
    "DAY_SECONDS": int(os.environ.get("LEADS_DAY") or 86_400),
    "MMDB": [path for path in os.environ.get("LEADS_MMDB", "").split(os.pathsep) if path],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
}
