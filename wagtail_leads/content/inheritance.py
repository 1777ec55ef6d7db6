"""Marks that a page has from elsewhere: an alias those of its original, a page below a marked one its marks where that says so.

They are rows of their own (`inherited_from` names the page), so that the gate stays one look-up by primary key. Whatever
changes the tree calls `settle`: it writes what should be there, and doing it twice changes nothing.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import swapper
from django.db import transaction
from django.db.models import Q

from wagtail_leads.content.models import PagePolicy

#: What an heir gets, besides the topics.
HANDED_DOWN = (
    "gated",
    "high_intent",
    "teaser",
    "show_teaser",
    "gate_by",
    "gate_stages",
    "form_id",
    "problem_id",
    "purchase_stage",
    "content_kind",
)
#: Pages that one transaction writes.
CHUNK = 200


def settle(page, *, now: datetime) -> list[int]:
    """Give the page, those below and all their aliases the marks they should have. Returns the pks whose gate changed."""
    sources = _handing_down(page.path)
    changed = list(_settle_subtree(page.path, sources, now=now))
    return changed + _settle_aliases(page.path, now=now)


def source_above(page) -> PagePolicy | None:
    """The marks that a page gets from above: of the nearest page that hands its own down."""
    above = _handing_down(page.path)
    path = max((path for path in above if path != page.path), key=len, default=None)
    return above[path] if path else None


def _settle_subtree(path: str, sources: dict[str, PagePolicy], *, now: datetime) -> Iterator[int]:
    Page = swapper.load_model("wagtailcore", "Page")
    pages = Page.objects.filter(path__startswith=path, alias_of__isnull=True)
    if not sources:  # nothing is handed down: only who still has something loses it
        heirs = PagePolicy.objects.filter(inherited_from__isnull=False, page__path__startswith=path)
        pages = pages.filter(pk__in=heirs.values("pk"))
    rows = list(pages.order_by("path").values_list("pk", "path"))
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        wanted = {pk: _nearest(page_path, sources, Page.steplen) for pk, page_path in chunk}
        yield from _write(wanted, now=now)


def _settle_aliases(path: str, *, now: datetime) -> list[int]:
    """Aliases among these pages, and of them: each has the marks of its original, whether its own or from above."""
    Page = swapper.load_model("wagtailcore", "Page")
    among = Q(path__startswith=path, alias_of__isnull=False) | Q(alias_of__path__startswith=path)
    aliases = dict(Page.objects.filter(among).values_list("pk", "alias_of_id"))
    if not aliases:
        return []
    marked = {p.pk: p for p in PagePolicy.objects.filter(pk__in=set(aliases.values())).prefetch_related("topics")}
    changed = []
    for start in range(0, len(pks := sorted(aliases)), CHUNK):
        changed += _write({pk: marked.get(aliases[pk]) for pk in pks[start : start + CHUNK]}, now=now, are_aliases=True)
    return changed


def _handing_down(path: str) -> dict[str, PagePolicy]:
    """Path -> policy of each page above, at and below `path` that hands its marks down."""
    Page = swapper.load_model("wagtailcore", "Page")
    above = [path[:end] for end in range(Page.steplen, len(path), Page.steplen)]
    policies = PagePolicy.objects.filter(applies_below=True, inherited_from__isnull=True).select_related("page")
    found = policies.prefetch_related("topics")
    return {p.page.path: p for p in found if p.page.path in above or p.page.path.startswith(path)}


def _nearest(path: str, sources: dict[str, PagePolicy], step: int) -> PagePolicy | None:
    for end in range(len(path) - step, 0, -step):
        if path[:end] in sources:
            return sources[path[:end]]
    return None


def _write(wanted: dict[int, PagePolicy | None], *, now: datetime, are_aliases: bool = False) -> list[int]:
    """Make the heirs' rows what they should be; pages marked themselves stay as they are (an alias never is)."""
    with transaction.atomic():
        there = {p.pk: p for p in PagePolicy.objects.filter(pk__in=wanted).prefetch_related("topics")}
        own = {pk for pk, p in there.items() if p.inherited_from_id is None and not are_aliases}
        heirs = {pk: source for pk, source in wanted.items() if pk not in own}
        gone = [pk for pk, source in heirs.items() if source is None and pk in there]
        fresh = {pk: s for pk, s in heirs.items() if s is not None and not _same(there.get(pk), s)}
        was_gated = {pk for pk in (*gone, *fresh) if pk in there and there[pk].gated}
        PagePolicy.objects.filter(pk__in=[*gone, *fresh]).delete()
        PagePolicy.objects.bulk_create([_heir(pk, source, now=now) for pk, source in fresh.items()])
        through = PagePolicy.topics.through
        through.objects.bulk_create(
            [through(pagepolicy_id=pk, topic_id=t.pk) for pk, source in fresh.items() for t in source.topics.all()]
        )
    is_gated = {pk for pk, source in fresh.items() if source.gated}
    return sorted(was_gated ^ is_gated)


def _same(row: PagePolicy | None, source: PagePolicy) -> bool:
    if row is None or row.inherited_from_id != source.pk:
        return False
    alike = all(getattr(row, name) == getattr(source, name) for name in HANDED_DOWN)
    return alike and {t.pk for t in row.topics.all()} == {t.pk for t in source.topics.all()}


def _heir(pk: int, source: PagePolicy, *, now: datetime) -> PagePolicy:
    values = {name: getattr(source, name) for name in HANDED_DOWN}
    return PagePolicy(page_id=pk, inherited_from_id=source.pk, updated_at=now, **values)


def copy_marks(source, copy, *, now: datetime) -> None:
    """A copied page is marked as its original was; texts in another language stay behind. What came from above does not come
    along: the copy has what its own place gives it."""
    policy = PagePolicy.objects.filter(pk=source.pk, inherited_from__isnull=True).first()
    if policy is None or copy.alias_of_id is not None:
        return
    values = {name: getattr(policy, name) for name in HANDED_DOWN} | {"applies_below": policy.applies_below}
    if source.locale_id != copy.locale_id:
        values |= {"teaser": "", "form_id": None}
    with transaction.atomic():
        values |= {"inherited_from": None, "updated_at": now}
        made, _new = PagePolicy.objects.update_or_create(page_id=copy.pk, defaults=values)
        made.topics.set(policy.topics.all())


def keep(pks: Iterable[int]) -> None:
    """What these pages have from elsewhere becomes their own (an alias that is made a page of its own)."""
    PagePolicy.objects.filter(pk__in=list(pks)).update(inherited_from=None)
