"""What the site's own people make for their leads: fields, tags, and sources with what they cost."""

import re

from django import forms
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column, DateColumn, NumberColumn, StatusTagColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from wagtail_leads import conf
from wagtail_leads.admin_ui.goals import money
from wagtail_leads.capture.blocks import list_of
from wagtail_leads.identity.models import Lead, LeadField, LeadSource, LeadTag, LeadTagging

TEMPLATE = "wagtail_leads/admin/leads/index.html"
LISTS = (LeadField.Kind.CHOICE, LeadField.Kind.CHOICES)


def counted(rows, key: str) -> Coalesce:
    rows = rows.order_by().values(key).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(rows, output_field=IntegerField()), 0)


def free_key(label: str) -> str:
    """A key from the label; a Japanese label gives none, so those are numbered: `field-1`, `field-2` …"""
    wanted = slugify(label)[:34].strip("-_")
    taken = set(LeadField.objects.values_list("key", flat=True))
    if wanted and wanted not in taken:
        return wanted
    stem, number = (wanted, 2) if wanted else ("field", 1)
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"


class LeadFieldForm(WagtailAdminModelForm):
    class Meta:
        model = LeadField
        fields = ["label", "kind", "choices", "help_text", "position"]
        help_texts = {
            "kind": gettext_lazy("Cannot be changed once it is made, since leads hold values of this kind."),
            "help_text": gettext_lazy("Stands under the field, in forms and for your colleagues."),
            "position": gettext_lazy("Fields with a low number come first."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["kind"].disabled = True

    def clean_label(self):
        label = " ".join(self.cleaned_data["label"].split())
        if LeadField.objects.filter(label=label).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is a field of this name already."))
        return label

    def clean(self):
        data = super().clean()
        is_list = data.get("kind") in LISTS
        choices = list_of(data.get("choices", ""))
        data["choices"] = "\n".join(choices) if is_list else ""
        if is_list and len(choices) < 2:
            self.add_error("choices", _("Give at least two choices, one a line."))
        return data

    def save(self, commit=True):
        if not self.instance.key:
            self.instance.key = free_key(self.cleaned_data["label"])
        return super().save(commit)


class FieldIndex(generic.IndexView):
    template_name = TEMPLATE

    @cached_property
    def columns(self):
        title = self._get_title_column_class(TitleColumn)
        return [
            title("label", label=_("Label"), accessor="label", get_url=self.get_edit_url, sort_key="label"),
            StatusTagColumn("get_kind_display", label=_("Kind"), sort_key="kind"),
            Column("choices", label=_("Choices"), accessor=lambda f: pgettext("between names", ", ").join(f.choice_list())),
            NumberColumn("position", label=_("Position"), sort_key="position"),
            Column("key", label=_("Short name")),
        ]


class FieldDelete(generic.DeleteView):
    def get_confirmation_message(self):
        return _("Forms will not ask for it any more. What leads hold of it stays stored, but is not shown.")

    confirmation_message = property(get_confirmation_message)


class LeadFieldViewSet(ModelViewSet):
    model = LeadField
    name = "wagtail_leads_fields"
    url_prefix = "leads/fields"
    icon = "list-ul"
    menu_label = gettext_lazy("Own fields of leads")
    add_to_admin_menu = False
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = False
    index_view_class = FieldIndex
    delete_view_class = FieldDelete
    index_template_name = TEMPLATE
    ordering = ["position", "label"]
    search_fields = ["label", "key"]
    search_backend_name = None

    def get_form_class(self, for_update=False):
        return LeadFieldForm


class LeadTagForm(WagtailAdminModelForm):
    class Meta:
        model = LeadTag
        fields = ["name"]

    def clean_name(self):
        return re.sub(r"\s+", " ", self.cleaned_data["name"]).strip()


class TagIndex(generic.IndexView):
    template_name = TEMPLATE

    def get_base_queryset(self):
        return LeadTag.objects.annotate(lead_count=counted(LeadTagging.objects.filter(tag=OuterRef("pk")), "tag"))

    @cached_property
    def columns(self):
        title = self._get_title_column_class(TitleColumn)
        return [
            title("name", label=_("Tag"), accessor="name", get_url=self.get_edit_url, sort_key="name"),
            NumberColumn("lead_count", label=_("Leads"), sort_key="lead_count"),
        ]


class LeadTagViewSet(ModelViewSet):
    model = LeadTag
    name = "wagtail_leads_tags"
    url_prefix = "leads/tags"
    icon = "tag"
    menu_label = gettext_lazy("Tags")
    add_to_admin_menu = False
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = False
    index_view_class = TagIndex
    index_template_name = TEMPLATE
    ordering = "name"
    search_fields = ["name"]
    search_backend_name = None

    def get_form_class(self, for_update=False):
        return LeadTagForm


class LeadSourceForm(WagtailAdminModelForm):
    class Meta:
        model = LeadSource
        fields = ["name", "kind", "happened_on", "cost", "campaign", "note"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["cost"].label = _("Cost (%(currency)s)") % {"currency": conf.get("CURRENCY")}
        self.fields["cost"].help_text = _("Reports show what one lead, and one order, of it did cost.")
        self.fields["cost"].widget.attrs["min"] = 0

    def clean_cost(self):
        cost = self.cleaned_data["cost"]
        if cost is not None and cost < 0:
            raise forms.ValidationError(_("A cost is not below zero."))
        return cost

    def save(self, commit=True):
        self.instance.created_at = self.instance.created_at or timezone.now()
        return super().save(commit)


class SourceIndex(generic.IndexView):
    template_name = TEMPLATE

    def get_base_queryset(self):
        return LeadSource.objects.annotate(lead_count=counted(Lead.objects.living().filter(origin=OuterRef("pk")), "origin"))

    @cached_property
    def columns(self):
        title = self._get_title_column_class(TitleColumn)
        return [
            title("name", label=_("Name"), accessor="name", get_url=self.get_edit_url, sort_key="name"),
            StatusTagColumn("get_kind_display", label=_("Kind"), sort_key="kind"),
            DateColumn("happened_on", label=_("Date"), sort_key="happened_on"),
            Column("cost", label=_("Cost"), accessor=lambda s: "–" if s.cost is None else money(s.cost), sort_key="cost"),
            NumberColumn("lead_count", label=_("Leads"), sort_key="lead_count"),
            Column("each", label=_("Per lead"), accessor=cost_each),
        ]


def cost_each(source: LeadSource) -> str:
    """What one lead of it cost; a dash while there is nothing to divide."""
    return money(source.cost / source.lead_count) if source.cost and source.lead_count else "–"


class LeadSourceViewSet(ModelViewSet):
    model = LeadSource
    name = "wagtail_leads_sources"
    url_prefix = "leads/sources"
    icon = "tag"
    menu_label = gettext_lazy("Sources of leads")
    add_to_admin_menu = False
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = False
    index_view_class = SourceIndex
    index_template_name = TEMPLATE
    ordering = ["-happened_on", "name"]
    search_fields = ["name", "campaign"]
    search_backend_name = None

    def get_form_class(self, for_update=False):
        return LeadSourceForm
