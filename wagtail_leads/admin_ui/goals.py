"""Goals: what counts as a conversion and what one is worth; with how often each was reached."""

from datetime import timedelta

from django import forms
from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.ui.tables import BooleanColumn, Column, NumberColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.documents import get_document_model
from wagtail.documents.widgets import AdminDocumentChooser

from wagtail_leads import conf
from wagtail_leads.capture.models import Conversion, Goal
from wagtail_leads.logic.kinds import GoalKind

#: Days that the list counts.
RECENT = 30
#: The field that each kind needs.
NEEDS = {GoalKind.PAGE: "page", GoalKind.EVENT: "event"}
#: Fields that belong to one kind only; of another kind they are emptied.
BELONGS = {"form": GoalKind.FORM, "page": GoalKind.PAGE, "document": GoalKind.DOCUMENT, "event": GoalKind.EVENT}


def goal_sentence(goal: Goal) -> str:
    """What the goal waits for, in words."""
    if goal.kind == GoalKind.FORM:
        return _("The form “%(name)s” is sent.") % {"name": goal.form} if goal.form else _("Any form is sent.")
    if goal.kind == GoalKind.PAGE:
        return _("The page “%(name)s” is opened.") % {"name": goal.page}
    if goal.kind == GoalKind.DOCUMENT:
        document = get_document_model().objects.filter(pk=goal.document_id or 0).first()
        return _("The document “%(name)s” is fetched.") % {"name": document} if document else _("Any document is fetched.")
    if goal.kind == GoalKind.EVENT:
        return _("The site tells the event “%(name)s”.") % {"name": goal.event}
    return _("Somebody makes an inquiry, by whatever form.")


def money(amount) -> str:
    """An amount in the installation's currency: whole yen, two digits elsewhere."""
    currency = conf.get("CURRENCY")
    if currency == "JPY":
        return _("¥%(amount)s") % {"amount": f"{amount:,.0f}"}
    return f"{amount:,.2f} {currency}"


class GoalForm(WagtailAdminModelForm):
    document = forms.ModelChoiceField(
        label=pgettext_lazy("leads", "Document"),
        queryset=get_document_model().objects.all(),
        required=False,
        widget=AdminDocumentChooser,
        help_text=gettext_lazy("Empty: any document."),
    )

    class Meta:
        model = Goal
        fields = ["name", "kind", "form", "page", "event", "value", "is_main", "is_on"]
        help_texts = {
            "kind": gettext_lazy("What has to happen. Only the field below that belongs to it counts."),
            "form": gettext_lazy("Empty: any form."),
            "page": gettext_lazy("A thank-you page, for example. Its translations count too."),
            "value": gettext_lazy("What one is worth to you on average. Earlier conversions keep what they were worth."),
            "is_main": gettext_lazy("The reports lead with main goals."),
        }

    field_order = ["name", "kind", "form", "page", "document", "event", "value", "is_main", "is_on"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["value"].label = _("Worth (%(currency)s)") % {"currency": conf.get("CURRENCY")}
        self.fields["value"].min_value = 0
        self.fields["value"].widget.attrs["min"] = 0
        if self.instance.pk:
            self.initial["name"] = str(self.instance)
            self.initial["document"] = self.instance.document_id

    def clean_name(self):
        name = self.cleaned_data["name"]
        is_shipped = self.instance.pk and self.instance.name == Goal.INQUIRY and name == str(self.instance)
        return Goal.INQUIRY if is_shipped else name

    def clean_value(self):
        value = self.cleaned_data["value"]
        if value is not None and value < 0:
            raise forms.ValidationError(_("What a goal is worth cannot be less than nothing."))
        return value

    def clean(self):
        values = super().clean()
        needed = NEEDS.get(values.get("kind"))
        if needed and not values.get(needed):
            self.add_error(needed, _("This kind of goal needs it."))
        return values

    def save(self, commit=True):
        goal = self.instance
        document = self.cleaned_data.get("document")
        goal.document_id = document.pk if document else None
        for field, kind in BELONGS.items():
            if goal.kind != kind:
                setattr(goal, {"document": "document_id"}.get(field, field), "" if field == "event" else None)
        goal.created_at = goal.created_at or timezone.now()
        return super().save(commit)


class GoalIndex(generic.IndexView):
    any_permission_required = ["change", "view"]
    template_name = "wagtail_leads/admin/leads/index.html"

    def get_base_queryset(self):
        recent = Conversion.objects.filter(goal=OuterRef("pk"), at__gte=timezone.now() - timedelta(days=RECENT))
        grouped = recent.order_by().values("goal")
        return Goal.objects.select_related("form", "page").annotate(
            reached=Coalesce(Subquery(grouped.annotate(n=Count("pk")).values("n")), 0),
            brought=Subquery(grouped.annotate(total=Sum("value")).values("total")),
        )

    @cached_property
    def columns(self):
        title = self._get_title_column_class(TitleColumn)
        return [
            title("name", label=_("Name"), accessor=str, get_url=self.get_edit_url, sort_key="name"),
            Column("sentence", label=_("Reached when"), accessor=goal_sentence, classname="lx-wide"),
            Column("value", label=_("Worth"), accessor=lambda goal: money(goal.value), sort_key="value"),
            NumberColumn(
                "reached", label=_("Reached in %(days)d days") % {"days": RECENT}, sort_key="reached", width="10%"
            ),
            Column("brought", label=_("Together"), accessor=lambda goal: money(goal.brought or 0), classname="lx-wide"),
            BooleanColumn("is_on", label=_("Counts"), sort_key="is_on"),
        ]


class GoalViewSet(ModelViewSet):
    model = Goal
    name = "wagtail_leads_goals"
    url_prefix = "leads/goals"
    icon = "pick"
    menu_label = gettext_lazy("Goals")
    add_to_admin_menu = False
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = False
    index_view_class = GoalIndex
    index_template_name = "wagtail_leads/admin/leads/index.html"
    ordering = ["-is_main", "name"]

    def get_form_class(self, for_update=False):
        return GoalForm
