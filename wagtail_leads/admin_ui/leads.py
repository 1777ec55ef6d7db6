"""Leads: the listing, and the short form to enter one by hand. The page of one lead is `lead_page`."""

import django_filters
from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, StatusTagColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic import history
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button
from wagtail.log_actions import log

from wagtail_leads import conf
from wagtail_leads.admin_ui import lead_export
from wagtail_leads.admin_ui.exports import SafeExport
from wagtail_leads.admin_ui.lead_page import LeadPage, NoteView, ResultView, SnoozeView
from wagtail_leads.admin_ui.permissions import lead_or_404, may, may_change_lead, may_export_leads, visible_leads
from wagtail_leads.companies.queries import sells_to_companies
from wagtail_leads.identity.models import STAGE_LABELS, Lead
from wagtail_leads.identity.operations import save_lead
from wagtail_leads.logic.errors import AddressTaken, BadAddress
from wagtail_leads.logic.kinds import Stage
from wagtail_leads.scoring.models import LeadScore
from wagtail_leads.scoring.queries import scores_of

#: Columns that a phone leaves out.
WIDE = "lx-wide"
HOT_STAGES = {Stage.PROSPECT.value, Stage.OPPORTUNITY.value}


class LeadFilters(WagtailFilterSet):
    stage = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("Stage"),
        choices=[(stage.value, STAGE_LABELS[stage]) for stage in Stage],
        widget=forms.CheckboxSelectMultiple,
    )
    owner = django_filters.ModelChoiceFilter(
        label=pgettext_lazy("leads", "Owner"),
        queryset=lambda request: get_user_model().objects.filter(pk__in=Lead.objects.living().values("owner")),
        empty_label=gettext_lazy("All"),
    )
    company = django_filters.CharFilter(label=gettext_lazy("Company contains"), method="by_company")
    connected = django_filters.ChoiceFilter(
        label=gettext_lazy("Browser"),
        choices=[("yes", gettext_lazy("connected")), ("no", gettext_lazy("not connected"))],
        empty_label=gettext_lazy("All"),
        method="by_connection",
        widget=forms.RadioSelect,
    )
    created_at = django_filters.DateFromToRangeFilter(label=gettext_lazy("Created"), widget=DateRangePickerWidget)

    class Meta:
        model = Lead
        fields = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not sells_to_companies():
            self.filters.pop("company")

    def by_company(self, leads, name, value):
        named = Q(company__name__icontains=value) | Q(company__merged_into__name__icontains=value)
        return leads.filter(named | Q(company_name__icontains=value))

    def by_connection(self, leads, name, value):
        return leads.filter(connected_at__isnull=value == "no")


class NameColumn(TitleColumn):
    """Name, and beneath it company and job title."""

    cell_template_name = "wagtail_leads/admin/leads/name_cell.html"


class ScoreColumn(Column):
    cell_template_name = "wagtail_leads/admin/leads/score_cell.html"

    def get_value(self, instance):
        return round(getattr(instance, "score_now", 0.0))

    def get_cell_context_data(self, instance, parent_context):
        context = super().get_cell_context_data(instance, parent_context)
        context["is_hot"] = getattr(instance, "score_now", 0.0) >= conf.get("HOT_SCORE")
        return context


def owner_name(lead) -> str:
    return (lead.owner.get_full_name() or lead.owner.get_username()) if lead.owner else ""


class LeadIndex(SafeExport, generic.IndexView):
    any_permission_required = ["change", "view"]
    template_name = "wagtail_leads/admin/leads/index.html"
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

    def get_edit_url(self, instance):
        return super().get_edit_url(instance) if may_change_lead(self.request.user, instance) else None

    def get_base_queryset(self):
        rank = LeadScore.objects.filter(lead=OuterRef("pk")).values("rank")[:1]
        return visible_leads(self.request.user).select_related("company__merged_into", "owner").annotate(rank=Subquery(rank))

    def order_queryset(self, queryset):
        """Leads without a score come last, whichever way the score is sorted."""
        last = {"rank": F("rank").asc(nulls_last=True), "-rank": F("rank").desc(nulls_last=True)}
        seen = {
            "last_seen_at": F("last_seen_at").asc(nulls_last=True),
            "-last_seen_at": F("last_seen_at").desc(nulls_last=True),
        }
        order = {**last, **seen}.get(self.ordering, self.ordering)
        return queryset.order_by(order, "-pk")

    @cached_property
    def columns(self):
        return [
            self._get_title_column_class(NameColumn)(
                "name", label=_("Name"), accessor=str, get_url=self.page_url, sort_key="name"
            ),
            ScoreColumn(
                "score_now",
                label=_("Score"),
                sort_key="rank",
                ascending_title_text=_("Coldest first"),
                descending_title_text=_("Hottest first"),
            ),
            StatusTagColumn(
                "get_stage_display", label=_("Stage"), primary=lambda lead: lead.stage in HOT_STAGES, sort_key="stage"
            ),
            Column("owner", label=pgettext_lazy("leads", "Owner"), accessor=owner_name, classname=WIDE),
            DateColumn("last_seen_at", label=_("Last visit"), sort_key="last_seen_at", classname=WIDE),
            StatusTagColumn(
                "is_connected",
                label=_("Browser"),
                accessor=lambda lead: _("connected") if lead.is_connected else _("not connected"),
                primary=lambda lead: lead.is_connected,
                classname=WIDE,
            ),
        ]

    def page_url(self, lead):
        return reverse(self.inspect_url_name, args=(lead.pk,))

    def get_table(self, object_list):
        leads, without_company = list(object_list), not sells_to_companies()
        scores = scores_of([lead.pk for lead in leads], now=self.now)
        for lead in leads:
            lead.score_now, lead.without_company = scores.get(lead.pk, 0.0), without_company
        return super().get_table(leads)

    def as_spreadsheet(self, queryset, spreadsheet_format):
        detail = self.request.GET.copy()
        detail.pop("export", None)
        return lead_export.export_leads(
            queryset, form=spreadsheet_format, user=self.request.user, detail=f"leads?{detail.urlencode()}", now=self.now
        )

    @cached_property
    def no_results_message(self):
        if self.is_searching or self.is_filtering:
            return _("No lead matches this search.")
        return _("No leads yet. They come by themselves once a form is sent; or enter one by hand.")


class LeadForm(forms.ModelForm):
    """Short enough for a phone and a minute."""

    class Meta:
        model = Lead
        fields = ["email", "name", "company_name", "phone", "job_title", "owner", "note"]
        labels = {"company_name": gettext_lazy("Company")}
        widgets = {
            "email": forms.EmailInput(attrs={"inputmode": "email", "autocomplete": "off"}),
            "phone": forms.TextInput(attrs={"inputmode": "tel", "type": "tel", "autocomplete": "off"}),
            "note": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        staff = get_user_model().objects.filter(is_active=True)
        self.fields["owner"].queryset = staff.filter(
            Q(is_superuser=True) | Q(is_staff=True) | Q(groups__isnull=False)
        ).distinct()
        self.fields["note"].help_text = ""
        if not sells_to_companies():
            self.fields.pop("company_name")

    def clean(self):
        values = super().clean()
        if not any(values.get(name) for name in ("email", "name", "phone")) and not self.errors:
            raise forms.ValidationError(_("Enter at least an e-mail address, a name or a phone number."))
        return values


class SavesLead:
    """Create and edit go through `identity.operations.save_lead`, which knows addresses and companies."""

    def save_instance(self):
        lead = self.form.save(commit=False)
        if {"email", "company_name"} & set(self.form.changed_data):
            lead.company = None  # save_lead finds it anew from the domain or the written name
        creating = lead.pk is None
        if creating:
            lead.source = "by_hand"
            lead.owner = lead.owner or self.request.user
        with transaction.atomic():
            save_lead(lead, now=timezone.now(), by=self.request.user)
        log(
            instance=lead,
            action="wagtail.create" if creating else "wagtail.edit",
            user=self.request.user,
            content_changed=self.form.has_changed(),
        )
        return lead

    def form_valid(self, form):
        try:
            return super().form_valid(form)
        except AddressTaken as error:
            form.add_error("email", self._taken(error))
        except BadAddress:
            form.add_error("email", _("This is not a valid e-mail address."))
        self.produced_error_code = "validation_error"
        self.produced_error_message = self.get_error_message()
        return self.form_invalid(form)

    def _taken(self, error: AddressTaken):
        there = visible_leads(self.request.user).filter(pk=error.lead_id).first()
        if there is None:
            return _("Another lead has this address.")
        url = reverse(f"{URLS}:inspect", args=(there.pk,))
        return format_html('{} <a href="{}">{}</a>', _("There is a lead with this address:"), url, there)

    def get_success_url(self):
        return reverse(f"{URLS}:inspect", args=(self.object.pk,))

    def get_success_buttons(self):
        return []


class LeadCreate(SavesLead, generic.CreateView):
    page_title = gettext_lazy("New lead")
    success_message = gettext_lazy("%(object)s is saved.")


class LeadEdit(SavesLead, generic.EditView):
    success_message = gettext_lazy("%(object)s is saved.")

    def get_object(self, queryset=None):
        return lead_or_404(self.request.user, self.kwargs["pk"], action="change")


class LeadHistory(history.HistoryView):
    any_permission_required = ["change", "view"]

    def get_object(self):
        return lead_or_404(self.request.user, self.pk)


URLS = "wagtail_leads_leads"


class LeadViewSet(ModelViewSet):
    """People are not deleted here: erasing a person is an operation of its own (`leads_erase`)."""

    model = Lead
    name = URLS
    url_prefix = "leads"
    icon = "group"
    menu_label = gettext_lazy("Leads")
    add_to_admin_menu = False
    add_to_reference_index = False
    inspect_view_enabled = True
    copy_view_enabled = False
    index_view_class = LeadIndex
    add_view_class = LeadCreate
    edit_view_class = LeadEdit
    history_view_class = LeadHistory
    inspect_view_class = LeadPage
    filterset_class = LeadFilters
    search_fields = ["name", "email", "company_name", "company__name", "company__merged_into__name", "phone", "job_title"]
    search_backend_name = None
    ordering = "-rank"
    list_per_page = 25
    export_filename = "leads"
    list_export = LeadIndex.list_export
    inspect_template_name = "wagtail_leads/admin/leads/page.html"
    index_template_name = "wagtail_leads/admin/leads/index.html"

    def get_form_class(self, for_update=False):
        return LeadForm

    def get_common_view_kwargs(self, **kwargs):
        kwargs = super().get_common_view_kwargs(**kwargs)
        for name in ("delete_url_name", "usage_url_name", "copy_url_name"):
            kwargs[name] = None
        return kwargs

    def get_urlpatterns(self):
        return [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
            path("new/", self.add_view, name="add"),
            path("<int:pk>/", self.inspect_view, name="inspect"),
            path("<int:pk>/edit/", self.edit_view, name="edit"),
            path("<int:pk>/history/", self.history_view, name="history"),
            path("<int:pk>/history/results/", self.history_results_view, name="history_results"),
            path("<int:pk>/note/", NoteView.as_view(), name="note"),
            path("<int:pk>/result/", ResultView.as_view(), name="result"),
            path("<int:pk>/snooze/", SnoozeView.as_view(), name="snooze"),
        ]
