"""Pop-ups in the admin: which form comes up where and when, with a preview."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.ui.tables import BooleanColumn, Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets import AdminPageChooser
from wagtail.admin.widgets.button import HeaderButton

from wagtail_leads.admin_ui.permissions import may_view
from wagtail_leads.capture import pop_ups
from wagtail_leads.capture.models import LeadForm, PopUp

NAME = "wagtail_leads_pop_ups"


class PopUpForm(WagtailAdminModelForm):
    class Meta:
        model = PopUp
        fields = ["name", "form", "is_on", "below", "after_seconds", "after_scroll", "again_after_days"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["below"].widget = AdminPageChooser()
        self.fields["form"].queryset = LeadForm.objects.order_by("name")
        self.fields["form"].help_text = _("Short ones work best. On a page in another language its translation comes up.")
        self.fields["is_on"].help_text = _("Visitors see it within a minute.")
        self.fields["again_after_days"].help_text = _("Whoever has sent the form never sees it again.")

    def clean_after_scroll(self):
        per_cent = self.cleaned_data["after_scroll"]
        if per_cent > 100:
            raise forms.ValidationError(_("A page has no more than 100%."))
        return per_cent

    def clean(self):
        values = super().clean()
        chosen = values.get("form")
        if values.get("is_on") and chosen is not None and not chosen.live:
            self.add_error("form", _("This form is not published: visitors could not see it."))
        return values

    def save(self, commit=True):
        saved = super().save(commit)
        pop_ups.forget()
        return saved


def when(row: PopUp) -> str:
    """"After 20 seconds, or 60% of the page"."""
    words = {"count": row.after_seconds, "per_cent": row.after_scroll}
    if not row.after_scroll:
        return ngettext("After %(count)d second", "After %(count)d seconds", row.after_seconds) % words
    text = ngettext(
        "After %(count)d second, or %(per_cent)d%% of the page",
        "After %(count)d seconds, or %(per_cent)d%% of the page",
        row.after_seconds,
    )
    return text % words


class PopUpIndex(generic.IndexView):
    any_permission_required = ["change", "view"]
    template_name = "wagtail_leads/admin/leads/index.html"

    def get_base_queryset(self):
        return PopUp.objects.select_related("form", "below")

    @cached_property
    def columns(self):
        title = self._get_title_column_class(TitleColumn)
        return [
            title("name", label=_("Name"), accessor=str, get_url=self.get_edit_url, sort_key="name"),
            Column("form", label=_("Form"), accessor=lambda row: str(row.form), sort_key="form__name"),
            Column("below", label=_("Where it is"), accessor=_where),
            Column("when", label=pgettext("pop-up", "When"), accessor=when, classname="lx-wide"),
            BooleanColumn("is_on", label=_("Is shown"), sort_key="is_on"),
        ]


def _where(row: PopUp) -> str:
    return _("“%(page)s” and below") % {"page": row.below.title} if row.below is not None else _("every page")


class PopUpEdit(generic.EditView):
    @property
    def header_buttons(self):
        url = reverse(f"{NAME}:preview", args=[self.object.pk])
        attrs = {"target": "_blank", "rel": "noreferrer"}
        return [*super().header_buttons, HeaderButton(_("Preview"), url=url, icon_name="view", attrs=attrs)]


class PopUpDelete(generic.DeleteView):
    def delete_action(self):
        super().delete_action()
        pop_ups.forget()


@xframe_options_sameorigin
def preview(request, pk: int):
    """As visitors see it, from the form's latest published state."""
    if not may_view(request.user, PopUp):
        raise PermissionDenied
    found = get_object_or_404(PopUp.objects.select_related("form__locale"), pk=pk)
    # public pages are this stage's sibling: looked up by name
    return HttpResponse(import_string("wagtail_leads.public.pop_ups.preview_html")(request, found))


class PopUpViewSet(ModelViewSet):
    model = PopUp
    name = NAME
    url_prefix = "leads/pop-ups"
    icon = "comment"
    menu_label = gettext_lazy("Pop-ups")
    add_to_admin_menu = False
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = False
    index_view_class = PopUpIndex
    edit_view_class = PopUpEdit
    delete_view_class = PopUpDelete
    index_template_name = "wagtail_leads/admin/leads/index.html"
    ordering = ["name"]

    def get_form_class(self, for_update=False):
        return PopUpForm

    def get_urlpatterns(self):
        return [*super().get_urlpatterns(), path("preview/<int:pk>/", preview, name="preview")]
