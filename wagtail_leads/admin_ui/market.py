"""Screens about companies are left out where only people are sold to."""

from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail.admin import messages

from wagtail_leads.admin_ui.permissions import may_view
from wagtail_leads.companies.models import Company
from wagtail_leads.companies.queries import sells_to_companies


class AboutCompanies:
    """Put in front of a view: where companies do not apply it leads to Settings and says why."""

    def dispatch(self, request, *args, **kwargs):
        if may_view(request.user, Company) and not sells_to_companies():
            messages.info(
                request,
                _(
                    "You sell to people, so companies are left out. “Whom we sell to” brings them back; nothing is deleted."
                ),
            )
            return redirect("wagtail_leads_settings")
        return super().dispatch(request, *args, **kwargs)
