"""Where the list of each model is, and who may open it: read off the registered viewsets."""

from dataclasses import dataclass

from django.urls import reverse

from wagtail_leads.admin_ui.permissions import may_view
from wagtail_leads.admin_ui.viewsets import MENU_URLS, MODELADMINS, SNIPPET_VIEWSETS, VIEWSETS


@dataclass(frozen=True, kw_only=True)
class Screen:
    url: str
    model: type
    #: A ledger's own permission helper; None: `may_view`.
    helper: object = None

    def may(self, user) -> bool:
        return self.helper.user_can_list(user) if self.helper else may_view(user, self.model)


def screens() -> dict[type, Screen]:
    """Model -> its list."""
    lists = [
        *(Screen(url=reverse(viewset.get_url_name("index")), model=viewset.model) for viewset in VIEWSETS),
        *(Screen(url=_snippet_list(viewset.model), model=viewset.model) for viewset in SNIPPET_VIEWSETS),
        *(
            Screen(url=ledger.url_helper.index_url, model=ledger.model, helper=ledger.permission_helper)
            for ledger in MODELADMINS
        ),
    ]
    return {screen.model: screen for screen in lists}


def _snippet_list(model) -> str:
    return reverse(model.snippet_viewset.get_url_name("list"))


def menu_url(name: str) -> str:
    """Where a menu entry leads: `MENU_URLS` holds a URL name or something that makes the URL."""
    target = MENU_URLS[name]
    return target() if callable(target) else reverse(target)


def lead_url(lead) -> str:
    return reverse("wagtail_leads_leads:inspect", args=[lead.pk])
