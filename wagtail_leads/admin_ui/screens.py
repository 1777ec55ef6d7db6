"""Where the list of each model is, and who may open it: read off the registered viewsets."""

from dataclasses import dataclass
from functools import cache

from django.urls import reverse

from wagtail_leads.admin_ui.permissions import may_view


@dataclass(frozen=True, kw_only=True)
class Screen:
    url: str
    model: type
    #: A modeladmin's permission helper; None: `may_view`.
    helper: object = None

    def may(self, user) -> bool:
        return self.helper.user_can_list(user) if self.helper else may_view(user, self.model)


def screens() -> dict[type, Screen]:
    """Model -> its list. Imported late, since viewsets are heavy and import half of this package."""
    return {model: Screen(url=url(), model=model, helper=helper) for model, url, helper in _registered()}


@cache
def _registered() -> tuple:
    try:  # GUARD
        from wagtail_leads.admin_ui.viewsets import MODELADMINS, SNIPPET_VIEWSETS, VIEWSETS
    except ImportError:
        return ()

    found = []
    for viewset in VIEWSETS:
        model = getattr(viewset, "model", None)
        if model is not None:
            found.append((model, _reverser(viewset.get_url_name("index")), None))
    for viewset in SNIPPET_VIEWSETS:
        found.append((viewset.model, _snippet_list(viewset.model), None))
    for admin in MODELADMINS:
        found.append((admin.model, _ledger_list(admin), admin.permission_helper))
    return tuple(found)


def _reverser(name: str):
    return lambda: reverse(name)


def _snippet_list(model):
    return lambda: reverse(model.snippet_viewset.get_url_name("list"))


def _ledger_list(admin):
    return lambda: admin.url_helper.index_url


def menu_url(name: str) -> str:
    """Where a menu entry leads: `MENU_URLS` holds a URL name or something that makes the URL."""
    try:  # GUARD
        from wagtail_leads.admin_ui.viewsets import MENU_URLS
    except ImportError:
        return "/cms/"
    target = MENU_URLS[name]
    return target() if callable(target) else reverse(target)


def lead_url(lead) -> str:
    try:  # GUARD
        return reverse("wagtail_leads_leads:inspect", args=[lead.pk])
    except Exception:
        return "#"
