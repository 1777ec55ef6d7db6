"""The purchase stages as an editable list with presets, and the problems of customers."""

from django import forms
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, NumberColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from wagtail_leads.admin_ui.content_map import InSettings
from wagtail_leads.admin_ui.permissions import may
from wagtail_leads.content.models import BuyingStage, PagePolicy, Problem
from wagtail_leads.content.stages import PRESETS, StageWords, save_stages, shipped, stage_list, take_preset

#: Empty lines for new stages.
NEW_LINES = 2
#: More stages than anybody can tell apart.
MOST = 20
PRESET_NAMES = {
    "seven": gettext_lazy("Seven stages of buying psychology"),
    "aidma": gettext_lazy("AIDMA"),
}


class StageForm(forms.Form):
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)
    position = forms.IntegerField(
        label=gettext_lazy("Order"), required=False, min_value=0, max_value=999, widget=forms.NumberInput(attrs={"min": 0})
    )
    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=60)
    explanation = forms.CharField(label=gettext_lazy("Explanation"), required=False, max_length=200)
    remove = forms.BooleanField(label=gettext_lazy("Remove"), required=False)

    def clean(self):
        data = super().clean()
        if data.get("key") and not data.get("name") and not data.get("remove"):
            self.add_error("name", _("Give it a name, or remove it."))
        return data


class StageSet(forms.BaseFormSet):
    def clean(self):
        if any(self.errors):
            return
        names = [row.name for row in self.rows()]
        if not names:
            raise forms.ValidationError(_("Keep at least one stage."))
        if len(set(names)) < len(names):
            raise forms.ValidationError(_("Two stages have the same name."))

    def rows(self) -> list[StageWords]:
        """What is to be the list, in its order."""
        told = [form.cleaned_data for form in self.forms if form.cleaned_data.get("name")]
        kept = [data for data in told if not data.get("remove")]
        kept.sort(key=lambda data: 1000 if data.get("position") is None else data["position"])
        return [StageWords(key=data["key"], name=data["name"], explanation=data["explanation"]) for data in kept]


Stages = forms.formset_factory(StageForm, formset=StageSet, extra=NEW_LINES, max_num=MOST, validate_max=True)


class StagesView(InSettings):
    template_name = "wagtail_leads/admin/content_map/stages.html"
    page_title = gettext_lazy("Purchase stages")
    header_icon = "list-ol"
    http_method_names = ["get", "head", "post", "options"]

    def may_open(self, user) -> bool:
        return may(user, "change", BuyingStage)

    def post(self, request, *args, **kwargs):
        preset = request.POST.get("preset")
        if preset in PRESETS:
            take_preset(preset)
            messages.success(request, _("The list is now: %(name)s.") % {"name": PRESET_NAMES[preset]})
            return redirect("wagtail_leads_stages")
        if not self.stages.is_valid():
            messages.error(request, _("The list could not be saved. Please look below."))
            return self.render_to_response(self.get_context_data())
        save_stages(self.stages.rows())
        messages.success(request, _("The purchase stages are saved."))
        return redirect("wagtail_leads_stages")

    @cached_property
    def stages(self) -> StageSet:
        if self.request.method == "POST":
            return Stages(self.request.POST)
        rows = [
            {"key": stage.key, "position": 10 * number, "name": stage.name, "explanation": stage.explanation}
            for number, stage in enumerate(stage_list(), 1)
        ]
        return Stages(initial=rows)

    def get_context_data(self, **kwargs):
        presets = [
            (name, PRESET_NAMES[name], [shipped(key.value).name for key in keys]) for name, keys in PRESETS.items()
        ]
        used = PagePolicy.objects.exclude(purchase_stage="").order_by().values_list("purchase_stage")
        return super().get_context_data(
            **kwargs, stages=self.stages, presets=presets, used=dict(used.annotate(n=Count("pk")))
        )


class ProblemIndex(generic.IndexView):
    any_permission_required = ["change", "view"]
    template_name = "wagtail_leads/admin/leads/index.html"

    def get_base_queryset(self):
        pages = PagePolicy.objects.filter(problem=OuterRef("pk")).order_by().values("problem")
        return Problem.objects.annotate(page_count=Coalesce(Subquery(pages.annotate(n=Count("pk")).values("n")), 0))

    @cached_property
    def columns(self):
        title = self._get_title_column_class(TitleColumn)
        return [
            title("name", label=_("Problem"), accessor="name", get_url=self.get_edit_url, sort_key="name"),
            NumberColumn("page_count", label=_("Pages"), sort_key="page_count"),
            Column("position", label=_("Order"), sort_key="position"),
        ]


class ProblemForm(forms.ModelForm):
    class Meta:
        model = Problem
        fields = ["name", "position"]
        help_texts = {
            "name": gettext_lazy("In the customer's words: “Machines stand still for lack of parts”."),
            "position": gettext_lazy("Lower comes first in lists and in the content map."),
        }


class ProblemViewSet(ModelViewSet):
    """What troubles customers: the list that content is mapped to."""

    model = Problem
    name = "wagtail_leads_problems"
    url_prefix = "leads/problems"
    icon = "help"
    menu_label = gettext_lazy("Problems of customers")
    add_to_admin_menu = False
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = ProblemIndex
    index_template_name = "wagtail_leads/admin/leads/index.html"
    ordering = ["position", "name"]
    search_fields = ["name"]
    search_backend_name = None

    def get_form_class(self, for_update=False):
        return ProblemForm
