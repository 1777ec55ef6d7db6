"""Marks on many pages at once: Wagtail's bulk action in the page listing."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin.views.pages.bulk_actions.page_bulk_action import PageBulkAction

from wagtail_leads.capture.models import LeadForm
from wagtail_leads.content.models import CONTENT_KIND_LABELS, Problem, Topic
from wagtail_leads.content.operations import change_marks
from wagtail_leads.content.stages import stage_choices
from wagtail_leads.logic.kinds import ContentKind

#: The choice that changes nothing, and the one that empties.
SAME, NONE = "", "-"
YES_NO = [
    (SAME, gettext_lazy("leave as it is")),
    ("yes", gettext_lazy("yes")),
    ("no", gettext_lazy("no")),
]


class BulkMarksForm(forms.Form):
    """Every field begins with "leave as it is"."""

    gated = forms.ChoiceField(label=gettext_lazy("Gated"), choices=YES_NO, required=False)
    high_intent = forms.ChoiceField(label=gettext_lazy("High intent"), choices=YES_NO, required=False)
    form_id = forms.ChoiceField(label=gettext_lazy("Form"), required=False)
    content_kind = forms.ChoiceField(label=gettext_lazy("Kind of content"), required=False)
    purchase_stage = forms.ChoiceField(label=gettext_lazy("Purchase stage"), required=False)
    problem = forms.ChoiceField(label=gettext_lazy("Problem it answers"), required=False)
    add_topics = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Add topics"),
        queryset=Topic.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    include_descendants = forms.BooleanField(
        label=gettext_lazy("Also the pages below, one by one"),
        required=False,
        help_text=gettext_lazy("Pages that are made there later are not meant; for those, mark the page above."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        leave, empty = (SAME, _("leave as it is")), (NONE, _("Not said"))
        kinds = [(kind.value, CONTENT_KIND_LABELS[kind]) for kind in ContentKind]
        self.fields["content_kind"].choices = [leave, empty, *kinds]
        self.fields["purchase_stage"].choices = [leave, empty, *stage_choices()]
        self.fields["problem"].choices = [leave, empty, *((p.name, p.name) for p in Problem.objects.all())]
        self.fields["form_id"].choices = [
            leave,
            (NONE, _("The default form")),
            *((str(pk), name) for pk, name in LeadForm.objects.values_list("pk", "name")),
        ]
        if not self.fields["add_topics"].queryset:
            del self.fields["add_topics"]
        if len(self.fields["problem"].choices) == 2:
            del self.fields["problem"]

    def clean(self):
        data = super().clean()
        told = {name: value for name, value in data.items() if name != "include_descendants" and value}
        if not self.errors and not told:
            raise forms.ValidationError(_("Choose at least one mark to change."))
        return data

    def changes(self) -> dict:
        """Arguments for `change_marks`; what stays as it is is absent."""
        data = self.cleaned_data
        found = {name: data[name] == "yes" for name in ("gated", "high_intent") if data.get(name)}
        for name in ("content_kind", "purchase_stage", "problem"):
            if data.get(name):
                found[name] = "" if data[name] == NONE else data[name]
        if data.get("form_id"):
            found["form_id"] = None if data["form_id"] == NONE else int(data["form_id"])
        if data.get("add_topics"):
            found["add_topics"] = [topic.name for topic in data["add_topics"]]
        return found


class MarksBulkAction(PageBulkAction):
    display_name = gettext_lazy("Leads marks")
    action_type = "leads_marks"
    aria_label = gettext_lazy("Change the Leads marks of the selected pages")
    template_name = "wagtail_leads/admin/page_marks/bulk.html"
    action_priority = 60
    form_class = BulkMarksForm

    def check_perm(self, page):
        is_marked_elsewhere = page.is_root() or page.alias_of_id is not None
        return not is_marked_elsewhere and page.permissions_for_user(self.request.user).can_publish()

    def get_execution_context(self):
        data = self.cleaned_form.cleaned_data
        return {
            **super().get_execution_context(),
            "changes": self.cleaned_form.changes(),
            "include_descendants": data["include_descendants"],
        }

    @classmethod
    def execute_action(cls, objects, *, user=None, changes=None, include_descendants=False, **kwargs):
        now = timezone.now()
        done = {page.pk: page for page in objects}
        chosen = len(done)
        if include_descendants:
            for page in objects:
                for below in page.get_descendants().filter(alias_of__isnull=True):
                    if below.permissions_for_user(user).can_publish():
                        done.setdefault(below.pk, below)
        for page in done.values():
            change_marks(page, user=user, now=now, **(changes or {}))
        return chosen, len(done) - chosen

    def get_success_message(self, num_parent_objects, num_child_objects):
        count = num_parent_objects + num_child_objects
        words = ngettext("%(count)d page is marked.", "%(count)d pages are marked.", count)
        return words % {"count": count}
