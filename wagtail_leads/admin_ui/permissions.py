"""Who may see what: one rule, used by every listing, page, export and ledger screen.

Whoever may view (or change) leads sees every living lead. To narrow it (only one's own, say), change `visible_leads`:
everything below and every screen asks it.
"""

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404

from wagtail_leads.companies.models import Company
from wagtail_leads.identity.models import Lead

EXPORT_LEADS, EXPORT_COMPANIES = "wagtail_leads.export_lead", "wagtail_leads.export_company"


def may(user, action: str, model) -> bool:
    """Has the user Django's permission `action` ("view", "change" …) on this model?"""
    return user.has_perm(f"{model._meta.app_label}.{action}_{model._meta.model_name}")


def may_view(user, model) -> bool:
    """Viewing is included in changing, as everywhere in Django; adding alone is not enough (M3)."""
    return may(user, "view", model) or may(user, "change", model)


def visible_leads(user) -> QuerySet[Lead]:
    """The leads this user may see. Merged and erased ones are nobody's."""
    if not may_view(user, Lead):
        return Lead.objects.none()
    return Lead.objects.living()


def visible_companies(user) -> QuerySet[Company]:
    """The companies this user may see. Those merged into another are shown as that one."""
    return Company.objects.living() if may_view(user, Company) else Company.objects.none()


def visible_rows(user, rows: QuerySet, lead: str = "lead") -> QuerySet:
    """Rows that name a lead: those of visible leads, and those that name nobody."""
    if may_view(user, Lead):
        return rows
    return rows.filter(Q(**{f"{lead}__isnull": True}) | Q(**{f"{lead}__in": visible_leads(user)}))


def lead_or_404(user, pk: int, *, action: str = "view") -> Lead:
    """The lead, or 403 without the right to `action`, or 404 for one that is not visible (or does not exist)."""
    if not (may_view(user, Lead) if action == "view" else may(user, action, Lead)):
        raise PermissionDenied
    lead = visible_leads(user).select_related("company__merged_into", "owner").filter(pk=pk).first()
    if lead is None:
        raise Http404
    return lead


def may_export_leads(user) -> bool:
    return user.has_perm(EXPORT_LEADS) and may_view(user, Lead)


def may_export_companies(user) -> bool:
    return user.has_perm(EXPORT_COMPANIES) and may_view(user, Company)
