"""Who may see what: one rule, used by every listing, page, export and ledger screen.

Whoever may view (or change) leads sees every living lead, and changes their own and those of nobody; with the permission
to change leads of other owners, every one. `OWN_LEADS_ONLY` narrows the view in the same way. Everything below and every
screen asks `visible_leads`, and before a change `may_change_lead`.
"""

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404

from wagtail_leads import conf
from wagtail_leads.capture.models import LeadImport
from wagtail_leads.companies.models import Company
from wagtail_leads.identity.models import Lead

EXPORT_LEADS, EXPORT_COMPANIES = "wagtail_leads.export_lead", "wagtail_leads.export_company"
CHANGE_ANY = "wagtail_leads.change_any_lead"


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
    return Lead.objects.living() if _sees_all(user) else Lead.objects.living().filter(_own(user))


def _sees_all(user) -> bool:
    return not conf.get("OWN_LEADS_ONLY") or user.has_perm(CHANGE_ANY)


def _own(user) -> Q:
    """Their own leads, and those that nobody has taken yet."""
    return Q(owner=user.pk) | Q(owner__isnull=True)


def may_change_lead(user, lead: Lead) -> bool:
    """Its owner may, anybody who works with leads while it has none, and whoever may change leads of other owners."""
    if not may(user, "change", Lead):
        return False
    return lead.owner_id in (None, user.pk) or user.has_perm(CHANGE_ANY)


def changeable_leads(user) -> QuerySet[Lead]:
    """The visible leads this user may change (`may_change_lead` as a query)."""
    if not may(user, "change", Lead):
        return Lead.objects.none()
    return visible_leads(user) if user.has_perm(CHANGE_ANY) else visible_leads(user).filter(_own(user))


def visible_companies(user) -> QuerySet[Company]:
    """The companies this user may see. Those merged into another are shown as that one."""
    return Company.objects.living() if may_view(user, Company) else Company.objects.none()


def visible_rows(user, rows: QuerySet, lead: str = "lead") -> QuerySet:
    """Rows that name a lead: those of visible leads and of leads merged into them, and those that name nobody."""
    if may_view(user, Lead) and _sees_all(user):
        return rows
    visible, wanted = visible_leads(user).values("pk"), Q(**{f"{lead}__isnull": True})
    for path in (lead, f"{lead}__merged_into", f"{lead}__merged_into__merged_into"):
        wanted |= Q(**{f"{path}__in": visible})
    return rows.filter(wanted)


def lead_or_404(user, pk: int, *, action: str = "view") -> Lead:
    """The lead, or 403 without the right to `action`, or 404 for one that is not visible (or does not exist)."""
    if not (may_view(user, Lead) if action == "view" else may(user, action, Lead)):
        raise PermissionDenied
    lead = visible_leads(user).select_related("company__merged_into", "owner").filter(pk=pk).first()
    if lead is None:
        raise Http404
    if action == "change" and not may_change_lead(user, lead):
        raise PermissionDenied
    return lead


def may_export_leads(user) -> bool:
    return user.has_perm(EXPORT_LEADS) and may_view(user, Lead)


def may_export_companies(user) -> bool:
    return user.has_perm(EXPORT_COMPANIES) and may_view(user, Company)


HANDLE_REQUESTS = "wagtail_leads.handle_requests"


def may_handle_requests(user) -> bool:
    """Answers people's requests about their data: finds every lead, whoever owns it, and sees who looked at whom."""
    return user.has_perm(HANDLE_REQUESTS)


def visible_imports(user):
    """All of them; where colleagues see their own leads only, their own."""
    files = LeadImport.objects.all()
    if conf.get("OWN_LEADS_ONLY") and not user.has_perm("wagtail_leads.change_any_lead"):
        return files.filter(by=user)
    return files
