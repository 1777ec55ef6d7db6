"""The row of links above the screens about companies."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from wagtail_leads.admin_ui.permissions import may, may_view
from wagtail_leads.companies.models import Company


@dataclass(frozen=True, kw_only=True)
class Tab:
    label: str
    url: str
    here: bool


def tabs(user, here: str) -> list[Tab]:
    """What this user may open; `here` is the name of the screen that is shown."""
    if not may_view(user, Company):
        return []
    known = [
        ("companies", _("Companies"), reverse("wagtail_leads_companies:index")),
        ("networks", _("Unknown networks"), reverse("wagtail_leads_networks")),
        ("own", _("Own networks"), reverse("wagtail_leads_own_networks")),
    ]
    if may(user, "change", Company):
        known.append(("targets", _("Target accounts"), reverse("wagtail_leads_targets")))
    known.append(("address", _("Your address"), reverse("wagtail_leads_your_address")))
    return [Tab(label=label, url=url, here=name == here) for name, label, url in known]
