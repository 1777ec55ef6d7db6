"""A page without its content: what a site's layout may know of a gated page, whatever it takes from it."""

from functools import partial

from modelcluster.models import get_all_child_relations

from wagtail_leads.content.models import PagePolicy

PAGE = PagePolicy._meta.get_field("page").related_model


def hollow(page, *, with_description: bool = True):
    """A copy that holds the tree's fields only (title, address, language …); the page type's own fields are empty.

    Layouts take titles, menus and `og:` tags from the page that is shown; of this one they cannot take the body.
    Not to be saved.
    """
    model = type(page)
    empty = model()
    kept = {*PAGE._meta.concrete_fields, *(field for field in model._meta.concrete_fields if _is_pointer(field))}
    for field in kept:
        setattr(empty, field.attname, getattr(page, field.attname))
    empty._state.adding, empty._state.db = False, page._state.db
    # children of the page's own (galleries, authors) would be read from the database by its key
    empty._cluster_related_objects = {name: [] for name in _child_relations(model)}
    if not with_description and hasattr(empty, "search_description"):
        empty.search_description = ""
    empty.get_context = partial(_context_of, empty)
    empty.save = _refuse
    return empty


def _is_pointer(field) -> bool:
    return bool(field.remote_field and field.remote_field.parent_link)


def _child_relations(model) -> list[str]:
    return [relation.get_accessor_name() for relation in get_all_child_relations(model)]


def _context_of(page, request, *args, **kwargs) -> dict:
    """The page type's own context, made from nothing; a type that cannot do that gets the plain one."""
    try:
        return type(page).get_context(page, request, *args, **kwargs)
    except Exception:  # code of the site that counts on its content: the gate must stand all the same
        return PAGE.get_context(page, request)


def _refuse(*args, **kwargs):
    raise TypeError("A page without its content is not saved.")
