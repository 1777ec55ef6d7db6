"""The menu "Leads": exactly six entries; what is rarely used lives inside Settings."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem

from wagtail_leads.admin_ui.permissions import may_view
from wagtail_leads.admin_ui.screens import menu_url
from wagtail_leads.admin_ui.settings_hub import may_see_hub
from wagtail_leads.companies.models import Company
from wagtail_leads.companies.queries import sells_to_companies
from wagtail_leads.identity.models import Lead
from wagtail_leads.mailing.models import Email
from wagtail_leads.scenarios.models import Scenario

#: Other packages may add an entry here; ours are the six.
MENU_HOOK = "register_leads_menu_item"


class PermittedItem(MenuItem):
    """An entry for those who may see what is behind it."""

    def __init__(self, *args, may, **kwargs):
        super().__init__(*args, **kwargs)
        self.may = may

    def is_shown(self, request) -> bool:
        return self.may(request.user)


def leads_menu() -> SubmenuMenuItem:
    return SubmenuMenuItem(
        _("Leads"), Menu(register_hook_name=MENU_HOOK), name="leads", icon_name="leads-funnel", order=250
    )


def _sees(model):
    return lambda user: may_view(user, model)


def _sees_companies(user) -> bool:
    return may_view(user, Company) and sells_to_companies()


#: name, label, icon, URL, who may see it
ENTRIES = (
    ("leads-today", _("Today"), "calendar-check", lambda: reverse("wagtail_leads_today"), _sees(Lead)),
    ("leads-leads", _("Leads"), "group", lambda: menu_url("leads"), _sees(Lead)),
    ("leads-companies", _("Companies"), "leads-company", lambda: menu_url("companies"), _sees_companies),
    ("leads-mail", _("Mail"), "mail", lambda: menu_url("mail"), _sees(Email)),
    ("leads-scenarios", _("Scenarios"), "leads-flow", lambda: menu_url("scenarios"), _sees(Scenario)),
    ("leads-settings", _("Settings"), "cog", lambda: reverse("wagtail_leads_settings"), may_see_hub),
)


def entry(number: int) -> PermittedItem:
    name, label, icon, url, may = ENTRIES[number]
    return PermittedItem(label, url(), name=name, icon_name=icon, may=may, order=100 * (number + 1))
