"""Leads, as Wagtail's menu and URLs know them: the list (`lead_list`), entering and changing (`lead_edit`), the page of
one (`lead_page`)."""

from django.urls import path
from django.utils.translation import gettext_lazy
from wagtail.admin.viewsets.model import ModelViewSet

from wagtail_leads.admin_ui.lead_actions import NoteView, ResultView, SnoozeView, StartView, TagsView
from wagtail_leads.admin_ui.lead_edit import URLS, LeadCreate, LeadEdit, LeadHistory
from wagtail_leads.admin_ui.lead_filters import LeadFilters
from wagtail_leads.admin_ui.lead_forms import EditForm, QuickForm
from wagtail_leads.admin_ui.lead_list import LeadIndex
from wagtail_leads.admin_ui.lead_page import LeadPage
from wagtail_leads.identity.models import Lead


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
    #: That there are some shows the search; what it does is `lead_filters.search_leads`.
    search_fields = ["name"]
    search_backend_name = None
    ordering = "-rank"
    list_per_page = 25
    export_filename = "leads"
    list_export = LeadIndex.list_export
    inspect_template_name = "wagtail_leads/admin/leads/page.html"
    index_template_name = LeadIndex.template_name
    index_results_template_name = LeadIndex.results_template_name
    create_template_name = edit_template_name = LeadEdit.template_name

    def get_form_class(self, for_update=False):
        return EditForm if for_update else QuickForm

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
            path("<int:pk>/start/", StartView.as_view(), name="start"),
            path("<int:pk>/tags/", TagsView.as_view(), name="tags"),
        ]
