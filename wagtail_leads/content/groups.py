"""The section of the site that a page belongs to: the page directly below its site's root. From the tree, never from URLs.

Translations are one group ("Products" and 「製品」), and so are the aliases that a synchronised language tree is made of.
"""

from collections.abc import Iterable

import swapper
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from wagtail.models import Site


def groups_of(page_ids: Iterable[int | None]) -> dict[int, tuple[int, str]]:
    """Page id -> (id of the group's page, title). The root itself is "Home"; a page outside every site is left out.

    Two queries for any number of pages.
    """
    Page = swapper.load_model("wagtailcore", "Page")
    wanted = {page_id for page_id in page_ids if page_id is not None}
    paths = dict(Page.objects.filter(pk__in=wanted).values_list("pk", "path")) if wanted else {}
    if not paths:
        return {}
    # a translated home page is the root of its language
    is_root = Exists(Site.objects.filter(root_page__translation_key=OuterRef("translation_key")))
    lines = {page_id: _line(path, Page.steplen) for page_id, path in paths.items()}
    above = {path for line in lines.values() for path in line}
    rows = Page.objects.filter(path__in=above).annotate(is_root=is_root).order_by("pk")
    found = {row["path"]: row for row in rows.values("pk", "path", "title", "translation_key", "is_root")}
    first: dict = {}
    for row in found.values():  # by pk: the oldest of the translations names the group
        first.setdefault(row["translation_key"], row)
    groups = {page_id: _group(line, found) for page_id, line in lines.items()}
    return {page_id: _named(first[row["translation_key"]]) for page_id, row in groups.items() if row is not None}


def _line(path: str, step: int) -> list[str]:
    """The materialised paths from the top of the tree down to a page."""
    return [path[:end] for end in range(step, len(path) + 1, step)]


def _group(line: list[str], found: dict) -> dict | None:
    """The row below the deepest site root on the way down; the root's own row for the root."""
    roots = [at for at, path in enumerate(line) if path in found and found[path]["is_root"]]
    if not roots:
        return None
    return found.get(line[min(roots[-1] + 1, len(line) - 1)])


def _named(row: dict) -> tuple[int, str]:
    return row["pk"], _("Home") if row["is_root"] else row["title"]
