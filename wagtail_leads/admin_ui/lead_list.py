"""The list of leads: search, filters, chosen columns, saved lists, files of it. What is done with many is `lead_bulk`."""

from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.admin.forms.search import SearchForm
from wagtail.admin.ui.tables import BulkActionsCheckboxColumn
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import Button

from wagtail_leads.admin_ui import lead_bulk, lead_columns, lead_export, saved_views
from wagtail_leads.admin_ui.exports import SafeExport
from wagtail_leads.admin_ui.lead_columns import NameColumn
from wagtail_leads.admin_ui.lead_filters import LeadFilters, search_leads
from wagtail_leads.admin_ui.permissions import may, may_change_lead, may_export_leads, visible_leads
from wagtail_leads.companies.queries import sells_to_companies
from wagtail_leads.identity.models import Lead
from wagtail_leads.reports.lead_lists import beside
from wagtail_leads.scoring.models import LeadScore


class LeadSearchForm(SearchForm):
    """A search or a filter keeps the saved list and the order that one has."""

    view = forms.CharField(required=False, widget=forms.HiddenInput)
    ordering = forms.CharField(required=False, widget=forms.HiddenInput)


class LeadPaginator(generic.IndexView.paginator_class):
    """Sorts the keys alone and then reads the rows of one page: the last of 4000 pages is four times as fast.

    What takes long to find is found once, for the count and for the page.
    """

    is_slow = False

    @cached_property
    def keys(self):
        """Of all that match, in order; read only where finding them takes longer than sorting."""
        keys = self.object_list.values_list("pk", flat=True)
        return list(keys) if self.is_slow else keys

    @cached_property
    def count(self):
        return len(self.keys) if self.is_slow else super().count

    def page(self, number):
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        pks = list(self.keys[start : start + self.per_page])
        found = Lead.objects.select_related("company__merged_into", "owner", "origin").in_bulk(pks)
        return self._get_page([found[pk] for pk in pks if pk in found], number, self)


class LeadIndex(SafeExport, generic.IndexView):
    any_permission_required = ["change", "view"]
    template_name = "wagtail_leads/admin/leads/leads.html"
    results_template_name = "wagtail_leads/admin/leads/leads_results.html"
    paginator_class = LeadPaginator
    #: The columns are those of `lead_export`; that there is one shows the buttons.
    list_export = ["name"]
    FORMATS = lead_export.FORMATS

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.now = timezone.now()

    def dispatch(self, request, *args, **kwargs):
        if self.is_export and not may_export_leads(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    # --- what is shown ---

    @cached_property
    def current_view(self):
        """The saved list that is open; None for a ready one or none."""
        return saved_views.find_view(self.request.user, self.request.GET.get(saved_views.VIEW, ""))

    @cached_property
    def columns(self):
        name = self._get_title_column_class(NameColumn)(
            "name", label=_("Name"), accessor=str, get_url=self.page_url, sort_key="name"
        )
        chosen = saved_views.columns_for(self.request.user, self.current_view)
        boxes = (
            [BulkActionsCheckboxColumn("bulk_actions", obj_type="lead")]
            if lead_bulk.actions_for(self.request.user)
            else []
        )
        return [*boxes, name, *lead_columns.columns_of(chosen)]

    def page_url(self, lead):
        return reverse(self.inspect_url_name, args=(lead.pk,))

    def get_edit_url(self, instance):
        return super().get_edit_url(instance) if may_change_lead(self.request.user, instance) else None

    def get_table(self, object_list):
        leads = list(object_list)
        lead_columns.dress(leads, beside(leads, now=self.now), without_company=not sells_to_companies())
        return super().get_table(leads)

    # --- which ones, in which order ---

    def get_base_queryset(self):
        return ranked(visible_leads(self.request.user))

    def get_search_form(self):
        return (
            LeadSearchForm(self.request.GET) if self.search_kwarg in self.request.GET else LeadSearchForm(self._kept())
        )

    def _kept(self) -> dict:
        return {name: self.request.GET.get(name, "") for name in (saved_views.VIEW, "ordering")}

    def search_queryset(self, queryset):
        return search_leads(queryset, self.search_query) if self.is_searching else queryset

    def get_valid_orderings(self):
        """Of every column, shown or not: a saved list keeps its order."""
        return [f"{sign}{name}" for name in lead_columns.ORDERS for sign in ("", "-")]

    def order_queryset(self, queryset):
        return queryset.order_by(*lead_columns.order_of(self.ordering))

    def get_paginator(self, *args, **kwargs):
        paginator = super().get_paginator(*args, **kwargs)
        paginator.is_slow = self.is_searching or bool(self.request.GET.get("mail"))
        return paginator

    # --- around it ---

    def get_context_data(self, *args, **kwargs):
        context = super().get_context_data(*args, **kwargs)
        user, current = self.request.user, self.request.GET.get(saved_views.VIEW, "")
        query = saved_views.query_of(self.request.GET)
        save = urlencode({saved_views.VIEW: current}) if self.current_view else ""
        return context | {
            "now": self.now,
            "tabs": saved_views.tabs(user, current),
            "save_url": f"{reverse('wagtail_leads_save_view')}?{'&'.join(part for part in (query, save) if part)}",
            "columns_url": f"{reverse('wagtail_leads_columns')}?{query}",
            "bulk_actions": lead_bulk.actions_for(user),
            "is_narrowed": self.is_searching or self.is_filtering,
            "widen_url": self._url_without(self.search_kwarg) if self.is_searching and self.is_filtering else "",
            "search_words": self.search_query,
        }

    def _url_without(self, name: str) -> str:
        kept = self.request.GET.copy()
        kept.pop(name, None)
        return f"{self.index_url}?{kept.urlencode()}"

    @cached_property
    def no_results_message(self):
        if self.is_searching or self.is_filtering:
            return _("No lead matches this search.")
        return _("No leads yet. They come by themselves once a form is sent; or enter one by hand.")

    @property
    def show_export_buttons(self):
        return may_export_leads(self.request.user)

    @cached_property
    def header_more_buttons(self):
        buttons = super().header_more_buttons
        if self.show_export_buttons:
            url = f"{self.xlsx_export_url.replace('export=xlsx', 'export=cp932')}"
            buttons.append(Button(_("Download CSV (Shift-JIS)"), url=url, icon_name="download", priority=100))
        if self.request.user.has_perm("wagtail_leads.import_lead"):
            url = reverse("wagtail_leads_imports")
            buttons.append(Button(_("Import leads"), url=url, icon_name="upload", priority=50))
        if may(self.request.user, "change", Lead):
            url = reverse("wagtail_leads_duplicates")
            buttons.append(Button(_("Duplicates"), url=url, icon_name="group", priority=60))
        return buttons

    def as_spreadsheet(self, queryset, spreadsheet_format):
        detail = self.request.GET.copy()
        detail.pop("export", None)
        return lead_export.export_leads(
            queryset,
            form=spreadsheet_format,
            user=self.request.user,
            detail=f"leads?{detail.urlencode()}",
            now=self.now,
        )


def ranked(leads):
    """With `rank`, by which scores are ordered."""
    return leads.annotate(rank=Subquery(LeadScore.objects.filter(lead=OuterRef("pk")).values("rank")[:1]))


def find_leads(request, params):
    """The visible leads that a list with this query string shows, in no order. Used for "all that match"."""
    leads = visible_leads(request.user)
    words = params.get("q", "").strip()
    if words:
        leads = search_leads(leads, words)
    filters = LeadFilters(data=params, request=request, queryset=leads)
    return filters.filter_queryset(leads) if filters.is_valid() else leads.filter(Q(pk__in=[]))
