"""Which pages are gated: for the site's own search, feeds, lists and templates, and for Wagtail's API."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from wagtail_leads.content.models import PagePolicy

PAGE = PagePolicy._meta.get_field("page").related_model


def exclude_gated(pages: QuerySet) -> QuerySet:
    """The same queryset of pages (of any type) without the gated ones, their aliases, and what is gated with a page above.

    One more condition, no query of its own; apply it before `search()` and before slicing.
    """
    # by the name of the key, not `pk`: search engines ignore conditions on a page type's pointer to its parent
    return pages.exclude(**{f"{PAGE._meta.pk.name}__in": gated_ids()})


def gated_ids() -> QuerySet:
    """Primary keys of all gated pages; an alias is gated with its original, and an alias of an alias, too."""
    marked = PagePolicy.objects.filter(gated=True).values("pk")
    steps = ("pk", "alias_of_id", "alias_of__alias_of_id", "alias_of__alias_of__alias_of_id")
    found = Q()
    for step in steps:
        found |= Q(**{f"{step}__in": marked})
    return PAGE.objects.filter(found).order_by().values(PAGE._meta.pk.name)


def is_gated(page) -> bool:
    """Is this page gated? One query."""
    return page.pk is not None and gated_ids().filter(pk=page.pk).exists()


def without_gated(pages: Iterable):
    """The pages that are open to everyone: of a queryset a queryset, of anything else a list. One query."""
    if isinstance(pages, QuerySet) and not pages.query.is_sliced:
        return exclude_gated(pages)
    listed = list(pages)
    gated = set(gated_ids().filter(pk__in=[page.pk for page in listed]).values_list("pk", flat=True))
    return [page for page in listed if page.pk not in gated]
