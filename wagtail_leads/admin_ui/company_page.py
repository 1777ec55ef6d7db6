"""One company: who came from there, what they read, its leads, what is open, why we think so, and its other names."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View
from wagtail.admin import messages
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.log_actions import log

from wagtail_leads.admin_ui.company_tabs import tabs
from wagtail_leads.admin_ui.market import AboutCompanies
from wagtail_leads.admin_ui.permissions import may, may_view, visible_companies, visible_leads
from wagtail_leads.companies.credits import present_credits
from wagtail_leads.companies.models import Company, CompanyMerge
from wagtail_leads.companies.operations import CannotMerge, merge, undo_merge
from wagtail_leads.companies.queries import family_of, living_keys
from wagtail_leads.companies.taking_back import StillNamed, delete_company, is_named
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.corporate_number import formatted
from wagtail_leads.reports import company_facts, words
from wagtail_leads.reports.memo import duration
from wagtail_leads.reports.visits import find_who
from wagtail_leads.sales.models import Todo
from wagtail_leads.scoring.queries import scores_of
from wagtail_leads.tracking.models import Visit

MONTH = timedelta(days=30)
#: Rows of each list on a company's page.
ROWS = company_facts.ROWS
#: Companies that the search for a merge shows.
FOUND = 20


def company_url(company) -> str:
    return reverse("wagtail_leads_companies:inspect", args=[company.pk])


def company_or_404(user, pk) -> Company:
    """A living company that this user may see."""
    company = visible_companies(user).filter(pk=pk).first()
    if company is None:
        raise Http404
    return company


class CompanyPage(AboutCompanies, generic.InspectView):
    """`wagtail_leads_companies:inspect`; a merged company leads on to the one it is part of."""

    any_permission_required = ["change", "view"]
    template_name = "wagtail_leads/admin/companies/page.html"
    page_title = gettext_lazy("Company")

    def dispatch(self, request, *args, **kwargs):
        if self.object.pk not in (None, kwargs["pk"]):
            return redirect(company_url(self.object))
        return super().dispatch(request, *args, **kwargs)

    def get_fields(self):
        return []

    def get_object(self, queryset=None):
        if not may_view(self.request.user, Company):
            return Company()
        merged = Company.objects.filter(pk=self.pk, merged_into__isnull=False).first()
        return company_or_404(self.request.user, merged.merged_into_id if merged else self.pk)

    def get_page_subtitle(self):
        return str(self.object)

    def get_breadcrumbs_items(self):
        index = {"url": reverse(self.index_url_name), "label": _("Companies")}
        return self.breadcrumbs_items + [index, {"url": "", "label": str(self.object)}]

    def get_context_data(self, **kwargs):
        company, now, user = self.object, timezone.now(), self.request.user
        family = list(family_of(company).values_list("pk", flat=True))
        visible = visible_leads(user)
        leads = visible.filter(company__in=family)
        visits = company_facts.visits_of(family, visible)
        domains = company_facts.domains_of(family)
        may_change = may(user, "change", Company)
        return super().get_context_data(**kwargs) | {
            "company": company,
            "number": formatted(company.corporate_number),
            "domains": domains,
            "visit_count": visits.filter(started_at__gte=now - MONTH).count(),
            "visits": visit_rows(visits, user),
            "pages": company_facts.pages_of(visits),
            "leads": lead_rows(leads, now),
            "lead_count": leads.count(),
            "todos": list(
                Todo.objects.open().filter(lead__in=leads).select_related("lead", "owner").order_by("due_at")[:ROWS]
            ),
            "places": company_facts.places_of(family),
            "own_networks": company_facts.own_networks_of(family),
            "aliases": company_facts.aliases_of(company),
            "twins": company_facts.twins_of(company, domains) if may_change else [],
            "now": now,
            "opens_visits": may_view(user, Lead),
            "may_change": may_change,
            "may_delete": may(user, "delete", Company) and not is_named(company),
            "credits": present_credits(),
        }


def visit_rows(visits, user) -> list[Visit]:
    """The latest, each with the name that the list of visits gives it."""
    found = list(visits.select_related("company__merged_into").order_by("-started_at", "-pk")[:ROWS])
    who = find_who(found, visible_leads(user))
    for visit in found:
        visit.lead = who[visit.pk].lead
        visit.came_through = words.came_through(visit)
        visit.reason_words = words.guess_reason(visit.company_reason)
        visit.dwell = duration(visit.engaged_ms) if visit.engaged_ms is not None else ""
        visit.device_words = words.device(visit.device)
        visit.place = " ".join(part for part in (visit.region, visit.country) if part)
    return found


def lead_rows(leads, now) -> list[Lead]:
    found = list(leads.select_related("owner").order_by("-last_seen_at", "-pk")[:ROWS])
    scores = scores_of([lead.pk for lead in found], now=now)
    for lead in found:
        lead.score_now = round(scores.get(lead.pk, 0.0))
    return sorted(found, key=lambda lead: -lead.score_now)


# --- What can be done with it ---------------------------------------------------------------------------------------


def may_change_or_403(user) -> None:
    if not may(user, "change", Company):
        raise PermissionDenied


class TargetView(AboutCompanies, View):
    """POST: mark as a target account, or no longer."""

    http_method_names = ["post"]

    def post(self, request, pk):
        may_change_or_403(request.user)
        company = company_or_404(request.user, pk)
        company.is_target = request.POST.get("target") == "1"
        company.save(update_fields=["is_target"])
        log(instance=company, action="wagtail.edit", user=request.user, content_changed=True)
        if company.is_target:
            messages.success(
                request, _("%(company)s is a target account: staff hear of its visits.") % {"company": company}
            )
        else:
            messages.success(request, _("%(company)s is no target account any more.") % {"company": company})
        return redirect(company_url(company))


class MergeView(AboutCompanies, WagtailAdminTemplateMixin, TemplateView):
    """Which company is the same? A search, suggestions, and one click that says which name stays."""

    template_name = "wagtail_leads/admin/companies/merge.html"
    header_icon = "site"
    page_title = gettext_lazy("Same company")
    http_method_names = ["get", "post"]

    def dispatch(self, request, *args, **kwargs):
        may_change_or_403(request.user)
        self.company = company_or_404(request.user, kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self):
        return str(self.company)

    def get_breadcrumbs_items(self):
        return [
            *self.breadcrumbs_items,
            {"url": reverse("wagtail_leads_companies:index"), "label": _("Companies")},
            {"url": company_url(self.company), "label": str(self.company)},
            {"url": "", "label": _("Same company")},
        ]

    def get_context_data(self, **kwargs):
        query = self.request.GET.get("q", "").strip()[:100].replace("\x00", "")
        others = visible_companies(self.request.user).exclude(pk=self.company.pk)
        family = list(family_of(self.company).values_list("pk", flat=True))
        return super().get_context_data(
            **kwargs,
            company=self.company,
            query=query,
            found=list(others.filter(pk__in=living_keys(query)).order_by("name")[:FOUND]) if query else [],
            twins=company_facts.twins_of(self.company, company_facts.domains_of(family)),
            tabs=tabs(self.request.user, "companies"),
        )

    def post(self, request, pk):
        other = company_or_404(request.user, _number(request.POST.get("other")))
        survivor, loser = (self.company, other) if request.POST.get("keep") != "other" else (other, self.company)
        try:
            merge(loser, survivor, by=request.user, now=timezone.now())
        except CannotMerge:
            messages.error(request, _("These two cannot be merged: one of them was merged already."))
            return redirect(company_url(self.company))
        log(
            instance=survivor,
            action="wagtail.edit",
            user=request.user,
            data={"merged": str(loser)},
            content_changed=True,
        )
        messages.success(
            request,
            _("%(loser)s is part of %(survivor)s now. You can take that back below, at “Also known as”.")
            % {"loser": loser, "survivor": survivor},
        )
        return redirect(company_url(survivor))


def _number(text) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0


class UndoMergeView(AboutCompanies, View):
    """POST: two companies again."""

    http_method_names = ["post"]

    def post(self, request, pk):
        may_change_or_403(request.user)
        done = CompanyMerge.objects.select_related("loser", "survivor").filter(pk=pk).first()
        if done is None:
            raise Http404
        if undo_merge(done, now=timezone.now()):
            messages.success(request, _("%(company)s is a company of its own again.") % {"company": done.loser})
        elif done.undone_at is not None:
            messages.info(
                request,
                _("That has been taken back already: %(company)s is a company of its own.") % {"company": done.loser},
            )
        else:
            messages.error(request, _("This cannot be taken back any more: the company was merged on since."))
        return redirect(company_url(done.loser if done.loser.merged_into_id is None else done.survivor))


class DeleteView(AboutCompanies, WagtailAdminTemplateMixin, TemplateView):
    """A company that nothing names: mistyped, or made by a mistake. POST takes it away."""

    template_name = "wagtail_leads/admin/companies/delete.html"
    header_icon = "bin"
    page_title = gettext_lazy("Delete")
    http_method_names = ["get", "post"]

    def dispatch(self, request, *args, **kwargs):
        if not may(request.user, "delete", Company):
            raise PermissionDenied
        self.company = company_or_404(request.user, kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self):
        return str(self.company)

    def get_breadcrumbs_items(self):
        return [
            *self.breadcrumbs_items,
            {"url": reverse("wagtail_leads_companies:index"), "label": _("Companies")},
            {"url": company_url(self.company), "label": str(self.company)},
            {"url": "", "label": _("Delete")},
        ]

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            **kwargs,
            company=self.company,
            company_url=company_url(self.company),
            is_named=is_named(self.company),
            tabs=tabs(self.request.user, "companies"),
        )

    def post(self, request, pk):
        try:
            with transaction.atomic():
                log(instance=self.company, action="wagtail.delete", user=request.user, deleted=True)
                delete_company(self.company)
        except StillNamed:
            messages.error(request, _("%(company)s stays: something names it.") % {"company": self.company})
            return redirect(company_url(self.company))
        messages.success(request, _("%(company)s is deleted.") % {"company": self.company})
        return redirect("wagtail_leads_companies:index")
