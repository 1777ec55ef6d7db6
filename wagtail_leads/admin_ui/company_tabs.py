"""The row of links above the screens about companies."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from wagtail_leads.admin_ui.permissions import may, may_view
from wagtail_leads.companies.models import Company
from wagtail_leads.companies.queries import sells_to_companies


@dataclass(frozen=True, kw_only=True)
class Tab:
    label: str
    url: str
    here: bool


def tabs(user, here: str) -> list[Tab]:
    """What this user may open; `here` is the name of the screen that is shown."""
    if not may_view(user, Company):
        return []
    own = ("own", _("Own networks"), reverse("wagtail_leads_own_networks"))
    address = ("address", _("Your address"), reverse("wagtail_leads_your_address"))
    known = [own, address]
    if sells_to_companies():
        known = [
            ("companies", _("Companies"), reverse("wagtail_leads_companies:index")),
            ("networks", _("Unknown networks"), reverse("wagtail_leads_networks")),
            own,
            address,
        ]
        if may(user, "change", Company):
            known.insert(3, ("targets", _("Target accounts"), reverse("wagtail_leads_targets")))
    return [Tab(label=label, url=url, here=name == here) for name, label, url in known]


def above(with_companies: bool) -> dict:
    """The crumb above a screen about networks: the companies, or Settings where those are left out."""
    if with_companies:
        return {"url": reverse("wagtail_leads_companies:index"), "label": _("Companies")}
    return {"url": reverse("wagtail_leads_settings"), "label": _("Leads settings")}
