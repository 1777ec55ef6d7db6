"""A site that lives already, as small as it can be. Environment variables vary it (see tests/README.md)."""

import os
from pathlib import Path
from urllib.parse import urlparse

BASE = Path(__file__).resolve().parent
VAR = Path(os.environ.get("LEADS_TEST_VAR", BASE.parent / "var"))
SECRET_KEY = "tests only"
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
TIME_ZONE = "Asia/Tokyo"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ja", "Japanese")]
USE_I18N = True
WAGTAIL_I18N_ENABLED = True
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAIL_SITE_NAME = "Test site"
WAGTAILADMIN_BASE_URL = "http://testserver"
ROOT_URLCONF = "tests.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "tests.testsite",
    "wagtail_leads",
    "wagtail_modeladmin",
    "django_q",
    "wagtail.contrib.forms",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "wagtail_leads.middleware.LeadsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wagtail.contrib.settings.context_processors.settings",
            ]
        },
    }
]


def database(url: str) -> dict:
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR / "test.sqlite3",
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
            "TEST": {"NAME": os.environ.get("LEADS_TEST_DB") or None},
        }
    u = urlparse(url)
    engine = {"postgres": "postgresql", "postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql"}[u.scheme]
    return {
        "ENGINE": f"django.db.backends.{engine}",
        "NAME": u.path.lstrip("/"),
        "USER": u.username or "",
        "PASSWORD": u.password or "",
        "HOST": u.hostname or "",
        "PORT": str(u.port or ""),
        "OPTIONS": {"charset": "utf8mb4"} if engine == "mysql" else {},
    }


DATABASES = {"default": database(os.environ.get("DATABASE_URL", ""))}
DATABASES["default"]["ATOMIC_REQUESTS"] = os.environ.get("LEADS_TEST_ATOMIC") == "1"
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR / "media"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
Q_CLUSTER = {
    "name": "tests",
    "orm": "default",
    "workers": 2,
    "queue_limit": 2,
    "bulk": 1,
    "timeout": 120,
    "retry": 600,
    "max_attempts": 5,
    "ack_failures": False,
    "catch_up": False,
    "save_limit": 50,
    "poll": 0.3,
    "log_level": "WARNING",
}
WAGTAIL_LEADS = {
    "BUFFER": "sync",
    "SYNC_WAKE": False,
    "GUESS_PRIVATE_ADDRESSES": True,
    "FORM_MIN_SECONDS": 0,
    "CLICK_HOLD_SECONDS": 90,
}

if os.environ.get("LEADS_TEST_VARIATION"):  # a site where everything is different (tests/variations)

    class NoMigrations(dict):
        """Tables straight from the models: the variant's own have no migrations."""

        def __contains__(self, label):
            return True

        def __getitem__(self, label):
            return None

    INSTALLED_APPS = ["tests.testsite.variant", *INSTALLED_APPS]
    MIGRATION_MODULES = NoMigrations()
    AUTH_USER_MODEL = "variant.Person"
    WAGTAILIMAGES_IMAGE_MODEL = "variant.OwnImage"
    WAGTAILDOCS_DOCUMENT_MODEL = "variant.OwnDocument"
    ROOT_URLCONF = "tests.testsite.variant.urls"
    MIDDLEWARE = ["tests.testsite.variant.csp.StrictCSP", *MIDDLEWARE]
    DATABASES["default"]["ATOMIC_REQUESTS"] = True
