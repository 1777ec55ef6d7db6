"""Wagtail's content API (v2, and v3 of Wagtail 8): gated pages are left out, for every reader and every endpoint of a site.

Switched on in `apps.ready`, off by `GATE_API`. v2 is met where each of its requests begins, so a site's own subclass of
`PagesAPIViewSet` is held, too, whatever it overrides. Editors reach all pages through Wagtail's admin API and, on
v3, with their token; both are left alone.
"""

import sys
from functools import wraps

from wagtail_leads import conf
from wagtail_leads.content.gates import PAGE, exclude_gated, gated_ids
from wagtail_leads.content.hollow import hollow


def hold() -> None:
    """Hold Wagtail's API against the gates; doing it twice is doing it once."""
    from wagtail.api.v2.serializers import BaseSerializer
    from wagtail.api.v2.views import PagesAPIViewSet

    if not getattr(PagesAPIViewSet, "_leads_held", False):
        PagesAPIViewSet._leads_held = True
        PagesAPIViewSet.initial = _initial_of(PagesAPIViewSet)
        BaseSerializer.to_representation = _without_content(BaseSerializer.to_representation)
    _hold_v3()


def _initial_of(view_class):
    def initial(self, request, *args, **kwargs):
        super(view_class, self).initial(request, *args, **kwargs)
        if conf.get("GATE_API") and not _is_admin(self):
            _narrow(self)

    return initial


def _narrow(view) -> None:
    """This request's view sees no gated page: neither in lists and details, nor as the page that others are asked below."""
    base, listed = view.get_base_queryset, view.get_queryset
    inside = []

    def get_base_queryset():
        return base() if inside else exclude_gated(base())

    def get_queryset():
        inside.append(True)
        try:
            return exclude_gated(listed())
        finally:
            inside.pop()

    view.get_base_queryset, view.get_queryset = get_base_queryset, get_queryset


def _is_admin(view) -> bool:
    """Wagtail's own admin asks through subclasses of the same views."""
    admin = sys.modules.get("wagtail.admin.api.views")
    return admin is not None and isinstance(view, admin.PagesAdminAPIViewSet)


def _without_content(to_representation):
    """A gated page that another one names (`?fields=related_page(*)`) is told without its content."""

    @wraps(to_representation)
    def represent(self, instance):
        # what a view shows itself was narrowed already; a related one has neither instance nor parent
        if isinstance(instance, PAGE) and self.instance is None and self.parent is None and _is_gated(self, instance):
            instance = hollow(instance)
        return to_representation(self, instance)

    return represent


def _is_gated(serializer, page) -> bool:
    view, request = serializer.context.get("view"), serializer.context.get("request")
    if not conf.get("GATE_API") or request is None or _is_admin(view):
        return False
    if not hasattr(request, "_leads_gated_ids"):
        request._leads_gated_ids = set(gated_ids().values_list("pk", flat=True))
    return page.pk in request._leads_gated_ids


def _hold_v3() -> None:
    """v3 asks one function for what anonymous readers may see (Wagtail 8); with a token it asks for an editor's rights."""
    try:
        from wagtail.api import querysets
    except ImportError:  # Wagtail 7.4
        return
    if getattr(querysets.get_public_pages_queryset, "_leads_held", False):
        return
    querysets.get_public_pages_queryset = _open_only(querysets.get_public_pages_queryset)
    v3 = sys.modules.get("wagtail.api.v3.querysets")
    if v3 is not None:  # imported before us: it holds the function by name
        v3.get_public_pages_queryset = querysets.get_public_pages_queryset


def _open_only(find_pages):
    @wraps(find_pages)
    def get_public_pages_queryset(*args, **kwargs):
        found = find_pages(*args, **kwargs)
        return exclude_gated(found) if conf.get("GATE_API") else found

    get_public_pages_queryset._leads_held = True
    return get_public_pages_queryset
