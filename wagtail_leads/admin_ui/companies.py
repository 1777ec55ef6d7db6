"""Companies: who came, from leads' addresses or guessed from the network."""

from datetime import timedelta

import django_filters
from django import forms
from django.db.models import Count, F, IntegerField, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, StatusTagColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic import history
from wagtail.admin.viewsets.model import ModelViewSet

from wagtail_leads.activity.models import Activity
from wagtail_leads.admin_ui.permissions import may, may_view, visible_companies, visible_leads
from wagtail_leads.companies.models import Company
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.reports import words
from wagtail_leads.sales.models import Todo
from wagtail_leads.scoring.queries import scores_of
from wagtail_leads.tracking.models import PageView, Visit

MONTH = timedelta(days=30)
#: Rows of each list on a company's page.
ROWS = 20


class CompanyFilters(WagtailFilterSet):
    kind = django_filters.ChoiceFilter(
        label=gettext_lazy("Kind"),
        choices=[("guessed", gettext_lazy("guessed company")), ("known", gettext_lazy("known by a lead"))],
        empty_label=gettext_lazy("All"),
        method="by_kind",
        widget=forms.RadioSelect,
    )
    is_target = django_filters.ChoiceFilter(
        label=gettext_lazy("Target account"),
        choices=[("1", gettext_lazy("Yes")), ("0", gettext_lazy("No"))],
        empty_label=gettext_lazy("All"),
        method="by_target",
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Company
        fields = []

    def by_kind(self, companies, name, value):
        return companies.filter(is_guessed=value == "guessed")

    def by_target(self, companies, name, value):
        return companies.filter(is_target=value == "1")


def counted(model, **conditions) -> Coalesce:
    """How many rows of `model` belong to a company, as a subquery: no join multiplies another."""
    rows = model.objects.filter(company=OuterRef("pk"), **conditions).order_by().values("company")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)


class NameColumn(TitleColumn):
    cell_template_name = "wagtail_leads/admin/companies/name_cell.html"


class CompanyIndex(generic.IndexView):
    any_permission_required = ["change", "view"]
    template_name = "wagtail_leads/admin/leads/index.html"

    def get_base_queryset(self):
        now = timezone.now()
        # guessed companies come from visits alone and never get a last_seen_at of their leads
        seen = Visit.objects.filter(company=OuterRef("pk")).order_by().values("company").annotate(at=Max("last_at"))
        leads = visible_leads(self.request.user).filter(company=OuterRef("pk")).order_by().values("company")
        return visible_companies(self.request.user).annotate(
            lead_count=Coalesce(Subquery(leads.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0),
            visit_count=counted(Visit, started_at__gte=now - MONTH),
            seen_at=Coalesce(Subquery(seen.values("at")), F("last_seen_at")),
        )

    def order_queryset(self, queryset):
        order = {"seen_at": F("seen_at").asc(nulls_last=True), "-seen_at": F("seen_at").desc(nulls_last=True)}
        return queryset.order_by(order.get(self.ordering, self.ordering), "-pk")

    @cached_property
    def columns(self):
        return [
            self._get_title_column_class(NameColumn)(
                "name", label=_("Name"), accessor="name", get_url=self.page_url, sort_key="name"
            ),
            StatusTagColumn(
                "kind",
                label=_("Kind"),
                accessor=kind_words,
                primary=lambda company: not company.is_guessed,
                classname="lx-wide",
            ),
            Column("lead_count", label=_("Leads"), sort_key="lead_count"),
            Column("visit_count", label=_("Visits in 30 days"), sort_key="visit_count"),
            DateColumn("seen_at", label=_("Last seen"), sort_key="seen_at", classname="lx-wide"),
        ]

    def page_url(self, company):
        return reverse(self.inspect_url_name, args=(company.pk,))

    @cached_property
    def no_results_message(self):
        if self.is_searching or self.is_filtering:
            return _("No company matches this search.")
        return _(
            "No companies yet. They come with the first lead who has a company's address, or the first visit from its network."
        )


def kind_words(company: Company) -> str:
    return _("guessed company") if company.is_guessed else _("company")


def company_or_404(user, pk) -> Company:
    company = visible_companies(user).filter(pk=pk).first()
    if company is None:
        raise Http404
    return company


class CompanyPage(generic.InspectView):
    """`wagtail_leads_companies:inspect`: who came from there, what they read, its leads, what is open."""

    any_permission_required = ["change", "view"]
    template_name = "wagtail_leads/admin/companies/page.html"
    page_title = gettext_lazy("Company")

    def get_fields(self):
        return []

    def get_object(self, queryset=None):
        return company_or_404(self.request.user, self.pk) if may_view(self.request.user, Company) else Company()

    def get_page_subtitle(self):
        return str(self.object)

    def get_breadcrumbs_items(self):
        index = {"url": reverse(self.index_url_name), "label": _("Companies")}
        return self.breadcrumbs_items + [index, {"url": "", "label": str(self.object)}]

    def get_context_data(self, **kwargs):
        company, now, user = self.object, timezone.now(), self.request.user
        leads = visible_leads(user).filter(company=company)
        visits = visits_from(company, leads)
        return super().get_context_data(**kwargs) | {
            "company": company,
            "domains": list(company.domains.order_by("domain").values_list("domain", flat=True)),
            "visit_count": visits.filter(started_at__gte=now - MONTH).count(),
            "visits": visit_rows(visits, user),
            "pages": page_rows(visits),
            "leads": lead_rows(leads, now),
            "lead_count": leads.count(),
            "todos": list(
                Todo.objects.open().filter(lead__in=leads).select_related("lead", "owner").order_by("due_at")[:ROWS]
            ),
            "now": now,
            "may_change": may(user, "change", Company),
        }


def visits_from(company: Company, leads):
    """Visits from its network, and those of its leads' browsers."""
    return Visit.objects.filter(Q(company=company) | Q(visitor__lead__in=leads))


def visit_rows(visits, user) -> list[Visit]:
    found = list(visits.select_related("visitor__lead").order_by("-started_at")[:ROWS])
    shown = set(visible_leads(user).filter(pk__in=[v.visitor.lead_id for v in found]).values_list("pk", flat=True))
    for visit in found:
        visit.came_through = words.came_through(visit)
        visit.reason_words = words.guess_reason(visit.company_reason)
        visit.lead = visit.visitor.lead if visit.visitor.lead_id in shown else None
    return found


def page_rows(visits) -> list[dict]:
    """Most read pages: title, views, visible time, latest view."""
    views = PageView.objects.filter(visit__in=visits.order_by().values("pk"))
    rows = (
        Activity.objects.filter(pk__in=views.values("activity"), kind=ActivityKind.PAGE_VIEWED.value)
        .values("title", "path", "high_intent")
        .annotate(count=Count("pk"), last=Max("at"))
        .order_by("-count", "-last")
    )
    return list(rows[:ROWS])


def lead_rows(leads, now) -> list[Lead]:
    found = list(leads.select_related("owner").order_by("-last_seen_at", "-pk")[:ROWS])
    scores = scores_of([lead.pk for lead in found], now=now)
    for lead in found:
        lead.score_now = round(scores.get(lead.pk, 0.0))
    return sorted(found, key=lambda lead: -lead.score_now)


class CompanyEdit(generic.EditView):
    def get_object(self, queryset=None):
        return company_or_404(self.request.user, self.kwargs["pk"])

    def get_success_url(self):
        return reverse("wagtail_leads_companies:inspect", args=(self.object.pk,))


class CompanyHistory(history.HistoryView):
    any_permission_required = ["change", "view"]


class CompanyForm(forms.ModelForm):
    class Meta:
        model = Company
        fields = ["name", "domain", "is_target", "note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 4})}


class CompanyViewSet(ModelViewSet):
    """Companies come by themselves, from addresses and networks; here they are looked at and put right."""

    model = Company
    name = "wagtail_leads_companies"
    url_prefix = "leads/companies"
    icon = "site"
    menu_label = gettext_lazy("Companies")
    add_to_admin_menu = False
    add_to_reference_index = False
    inspect_view_enabled = True
    copy_view_enabled = False
    index_view_class = CompanyIndex
    edit_view_class = CompanyEdit
    inspect_view_class = CompanyPage
    history_view_class = CompanyHistory
    filterset_class = CompanyFilters
    search_fields = ["name", "domain", "domains__domain"]
    search_backend_name = None
    ordering = "-seen_at"
    list_per_page = 25
    index_template_name = "wagtail_leads/admin/leads/index.html"
    inspect_template_name = "wagtail_leads/admin/companies/page.html"

    def get_form_class(self, for_update=False):
        return CompanyForm

    def get_common_view_kwargs(self, **kwargs):
        kwargs = super().get_common_view_kwargs(**kwargs)
        for name in ("delete_url_name", "usage_url_name", "copy_url_name", "add_url_name"):
            kwargs[name] = None
        return kwargs

    def get_urlpatterns(self):
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("<int:pk>/", self.inspect_view, name="inspect"),
            path("<int:pk>/edit/", self.edit_view, name="edit"),
            path("<int:pk>/history/", self.history_view, name="history"),
            path("<int:pk>/history/results/", self.history_results_view, name="history_results"),
        ]
