"""Which page was this path of a log? One table for all sites and languages, so that a line costs a look into a dict."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import swapper
from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from wagtail.models import Site

from wagtail_leads.logic.channels import is_own
from wagtail_leads.logic.referrers import bare


@dataclass(frozen=True, kw_only=True)
class SitePages:
    #: Host name (without www.) -> site.
    sites: Mapping[str, int]
    default_site_id: int | None
    default_host: str
    #: (site, path without the last slash) -> page.
    pages: Mapping[tuple[int | None, str], int] = field(repr=False)
    #: Where editors work; log-in pages there prove nothing.
    admin: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()
    #: Documents, images, style sheets, and what this package answers itself.
    no_pages: tuple[str, ...] = ()

    @cached_property
    def paths(self) -> frozenset[str]:
        return frozenset(path for _site, path in self.pages)

    @classmethod
    def load(cls) -> "SitePages":
        """Three queries and one for each tree; about 200 bytes a page."""
        rows = list(Site.objects.order_by("is_default_site").values_list("pk", "hostname", "is_default_site"))
        default = next((row for row in rows if row[2]), rows[0] if len(rows) == 1 else (None, "", False))
        admin = tuple(filter(None, (_path("wagtailadmin_home"), _path("admin:index"))))
        return cls(
            sites={bare(hostname): pk for pk, hostname, _is_default in rows},
            default_site_id=default[0],
            default_host=default[1],
            pages=_pages(),
            admin=admin,
            logins=tuple(f"{path}{word}" for path in admin for word in ("login", "password_reset", "logout")),
            no_pages=_no_pages(),
        )

    def site_of(self, host: str) -> int | None:
        """The site of a line's host. A host that no site has belongs to the default site, as in Wagtail."""
        return self.sites.get(bare(host), self.default_site_id)

    def is_ours(self, host: str) -> bool:
        """Is it one of the sites (or a sub-domain)? Where the default site has no real name yet, any host is."""
        return is_own(bare(host), set(self.sites)) or not _is_real(self.default_host)

    def page_of(self, site_id: int | None, path: str) -> int | None:
        return self.pages.get((site_id, path.rstrip("/")))

    def has_page(self, path: str) -> bool:
        """On any site: a log does not always say on which."""
        return path.rstrip("/") in self.paths

    def is_admin(self, path: str) -> bool:
        return path.startswith(self.admin) and not path.startswith(self.logins)

    def is_no_page(self, path: str) -> bool:
        return path.startswith(self.no_pages) or path.startswith(self.logins)


@lru_cache(maxsize=64)
def _is_real(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".test"))
    return False


def _pages() -> dict[tuple[int | None, str], int]:
    Page = swapper.load_model("wagtailcore", "Page")
    found: dict[tuple[int | None, str], int] = {}
    for root in Site.get_site_root_paths():
        prefix = _prefix(root.language_code)
        if prefix is None:
            continue
        rows = Page.objects.filter(url_path__startswith=root.root_path).order_by("live", "-pk")
        for pk, url_path in rows.values_list("pk", "url_path").iterator():  # live ones last: they win
            found[(root.site_id, (prefix + url_path[len(root.root_path) :]).rstrip("/"))] = pk
    return found


def _prefix(language: str) -> str | None:
    """Where the pages of a language begin ("/ja/"); None when no page is served by this URL configuration."""
    if not getattr(settings, "WAGTAIL_I18N_ENABLED", False):
        return _path("wagtail_serve", "")
    with translation.override(language):
        return _path("wagtail_serve", "")


def _path(name: str, *args) -> str | None:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return None


def _no_pages() -> tuple[str, ...]:
    documents, ours = _path("wagtaildocs_serve", 1, "x"), _path("wagtail_leads:privacy")
    prefixes = [
        documents and documents.removesuffix("1/x"),
        ours and ours.removesuffix("privacy/"),
        *(urlsplit(url or "").path for url in (settings.STATIC_URL, settings.MEDIA_URL)),
    ]
    return tuple(prefix for prefix in prefixes if prefix and prefix.strip("/"))
