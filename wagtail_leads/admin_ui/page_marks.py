"""The "Leads" button on any page, and the dialog behind it: gated, high intent, and the rest."""

import swapper
from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets import SwitchInput
from wagtail.admin.widgets.button import Button
from wagtail.log_actions import LogFormatter

from wagtail_leads.admin_ui.form_pages import FormPageForm, fields_of, is_form_page, makes_leads_by_class
from wagtail_leads.capture.form_pages import source_of
from wagtail_leads.capture.models import LeadForm
from wagtail_leads.content.guesses import guess_content_kind, guess_purchase_stage
from wagtail_leads.content.inheritance import source_above
from wagtail_leads.content.models import CONTENT_KIND_LABELS, PagePolicy, Problem, Topic
from wagtail_leads.content.operations import LOG_ACTION, mark_page, publishable_translations, unmark_page
from wagtail_leads.content.queries import topic_names
from wagtail_leads.content.stages import stage_choices, stage_names
from wagtail_leads.identity.models import STAGE_LABELS
from wagtail_leads.logic.kinds import ContentKind, GateBy, Stage

Page = swapper.load_model("wagtailcore", "Page")


def header_buttons(page, user, view_name, next_url=None):
    yield from _button(page, user, next_url)


def listing_buttons(page, user, next_url=None):
    yield from _button(page, user, next_url)


def _button(page, user, next_url):
    if page.is_root() or not page.permissions_for_user(user).can_publish():
        return
    url = reverse("wagtail_leads_page_marks", args=[page.pk])
    if next_url:
        url += "?" + urlencode({"next": next_url})
    yield Button(_("Leads"), url, icon_name="leads-funnel", priority=95)


def register_log_actions(actions):
    @actions.register_action(LOG_ACTION)
    class MarksChanged(LogFormatter):
        label = gettext_lazy("Change Leads marks")

        def format_message(self, log_entry):
            return marks_in_words(log_entry.data)

    @actions.register_action("wagtail_leads.form_source")
    class FormSourceChanged(LogFormatter):
        label = gettext_lazy("Change what a form does for Leads")

        def format_message(self, log_entry):
            if log_entry.data.get("makes_leads"):
                return _("This form makes leads now")
            return _("This form makes no leads any more")


def marks_in_words(data: dict) -> str:
    """One line for the page's history."""
    if data.get("unmarked"):
        return _("Leads: no marks of its own any more")
    words = [
        _gate_in_words(data),
        _("high intent") if data.get("high_intent") else "",
        str(CONTENT_KIND_LABELS.get(_kind(data.get("content_kind")), "")),
        stage_names().get(data.get("purchase_stage"), ""),
        data.get("problem", ""),
        *data.get("topics", []),
        _("also for the pages below") if data.get("applies_below") else "",
    ]
    return _("Leads: %(marks)s") % {"marks": pgettext("between names", ", ").join(word for word in words if word)}


def _gate_in_words(data: dict) -> str:
    if not data.get("gated"):
        return _("open to everyone")
    if data.get("gate_by") != GateBy.STAGE:
        return _("gated")
    stages = pgettext("between names", ", ").join(
        str(STAGE_LABELS[stage]) for stage in Stage if stage.value in data.get("gate_stages", "").split()
    )
    return _("only for leads of these stages: %(stages)s") % {"stages": stages}


def _kind(value):
    return ContentKind(value) if value in set(map(str, ContentKind)) else None


class MarksForm(forms.Form):
    """Two switches; everything else is folded under "More" and has a good default."""

    gated = forms.BooleanField(label=gettext_lazy("Gated"), required=False, widget=SwitchInput)
    high_intent = forms.BooleanField(label=gettext_lazy("High intent"), required=False, widget=SwitchInput)
    gate_by = forms.ChoiceField(
        label=gettext_lazy("Who gets in"),
        choices=[
            (GateBy.FORM.value, gettext_lazy("Whoever fills in the form")),
            (GateBy.STAGE.value, gettext_lazy("Only leads of the stages below: a page for customers, say")),
        ],
        required=False,
        widget=forms.RadioSelect,
    )
    gate_stages = forms.MultipleChoiceField(
        label=gettext_lazy("Stages that get in"),
        choices=[(stage.value, STAGE_LABELS[stage]) for stage in Stage],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("A visitor is known by the form sent, or the link confirmed, in this browser."),
    )
    show_teaser = forms.BooleanField(
        label=gettext_lazy("Show a teaser above the form"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Off: only the title and the form. Search engines see what visitors see."),
    )
    content_kind = forms.ChoiceField(
        label=gettext_lazy("Kind of content"),
        required=False,
        help_text=gettext_lazy("Our guess from title and page type; change it if it is wrong."),
    )
    purchase_stage = forms.ChoiceField(
        label=gettext_lazy("Purchase stage"),
        required=False,
        help_text=gettext_lazy("Where somebody who reads this usually stands on the way to buying."),
    )
    problem = forms.ModelChoiceField(
        label=gettext_lazy("Problem it answers"),
        queryset=Problem.objects.all(),
        required=False,
        empty_label=gettext_lazy("Not said"),
        help_text=gettext_lazy("What troubles a customer who needs this page."),
    )
    new_problem = forms.CharField(
        label=gettext_lazy("New problem"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("In the customer's words: “Machines stand still for lack of parts”."),
    )
    topics = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Topics"),
        queryset=Topic.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Products or themes; a lead's interest is counted by them."),
    )
    new_topics = forms.CharField(
        label=gettext_lazy("New topics"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Several are separated by commas."),
    )
    form_id = forms.ChoiceField(label=gettext_lazy("Form"), required=False)
    teaser = forms.CharField(
        label=gettext_lazy("Teaser"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=5000,
        help_text=gettext_lazy("Shown above the form. Empty: the page's search description."),
    )
    applies_below = forms.BooleanField(
        label=gettext_lazy("Also for the pages below"),
        required=False,
        help_text=gettext_lazy("Pages below that are not marked themselves get these marks, new ones too."),
    )
    translations = forms.BooleanField(
        label=gettext_lazy("Also for the translations of this page"), required=False, initial=True
    )

    def __init__(self, *args, translated: int, **kwargs):
        super().__init__(*args, **kwargs)
        kinds = PagePolicy._meta.get_field("content_kind").choices
        self.fields["content_kind"].choices = [("", _("Not said")), *kinds]
        self.fields["purchase_stage"].choices = [("", _("Not said")), *stage_choices()]
        self.fields["form_id"].choices = [("", _("The default form")), *LeadForm.objects.values_list("pk", "name")]
        self.fields["topics"].queryset = Topic.objects.all()
        if not translated:
            del self.fields["translations"]

    def clean(self):
        data = super().clean()
        if data.get("gated") and data.get("gate_by") == GateBy.STAGE and not data.get("gate_stages"):
            self.add_error("gate_stages", _("Choose at least one stage; nobody would get in."))
        return data

    def marks(self) -> dict:
        """Arguments for `mark_page`."""
        data = self.cleaned_data
        new = data["new_topics"].replace("、", ",").replace("，", ",").replace("\n", ",").split(",")
        return {
            "gated": data["gated"],
            "high_intent": data["high_intent"],
            "teaser": data["teaser"],
            "show_teaser": data["show_teaser"],
            "gate_by": data["gate_by"] or GateBy.FORM.value,
            "gate_stages": data["gate_stages"],
            "problem": data["new_problem"] or (data["problem"].name if data["problem"] else ""),
            "applies_below": data["applies_below"],
            "form_id": int(data["form_id"]) if data["form_id"] else None,
            "topics": [*(topic.name for topic in data["topics"]), *new],
            "purchase_stage": data["purchase_stage"],
            "content_kind": data["content_kind"],
            "translations": data.get("translations", False),
        }

    @property
    def folded(self):
        """What the page is about."""
        names = ("content_kind", "purchase_stage", "problem", "new_problem", "topics", "new_topics")
        empty = {name for name in ("topics", "problem") if not self.fields[name].queryset and not self[name].errors}
        return [self[name] for name in names if name not in empty]

    @property
    def about_the_gate(self):
        """How the gate looks and who passes."""
        return [self[name] for name in ("form_id", "show_teaser", "teaser", "gate_by", "gate_stages")]

    @property
    def folded_has_errors(self) -> bool:
        return any(field.errors for field in self.folded)

    @property
    def gate_has_errors(self) -> bool:
        return any(field.errors for field in self.about_the_gate)


class PageMarksView(WagtailAdminTemplateMixin, TemplateView):
    template_name = "wagtail_leads/admin/page_marks/edit.html"
    page_title = gettext_lazy("Leads")
    header_icon = "leads-funnel"
    http_method_names = ["get", "head", "post", "options"]

    def dispatch(self, request, *args, **kwargs):
        self.page = get_object_or_404(Page, pk=kwargs["page_id"]).specific
        if self.page.is_root():
            raise Http404
        if not self.page.permissions_for_user(request.user).can_publish():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def policy(self) -> PagePolicy | None:
        return PagePolicy.objects.filter(pk=self.page.pk).first()

    @cached_property
    def translations(self) -> list:
        return publishable_translations(self.page, self.request.user)

    @cached_property
    def next_url(self) -> str:
        return get_valid_next_url_from_request(self.request) or reverse("wagtailadmin_pages:edit", args=[self.page.pk])

    @property
    def posted(self):
        """What was sent; all switches off is an empty form, and a form all the same."""
        return self.request.POST if self.request.method == "POST" else None

    @cached_property
    def form(self) -> MarksForm:
        return MarksForm(self.posted, initial=self.get_initial(), translated=len(self.translations))

    @cached_property
    def form_page_form(self) -> FormPageForm | None:
        if not is_form_page(self.page):
            return None
        source, fields = source_of(self.page), fields_of(self.page)
        by_class = makes_leads_by_class(self.page)
        return FormPageForm(self.posted, prefix="source", source=source, fields=fields, by_class=by_class)

    def get_initial(self) -> dict:
        if self.policy:
            return self._held()
        kind = guess_content_kind(type(self.page).__name__, self.page.title, self.page.slug)
        return {
            "gated": self.request.GET.get("gated") == "1",
            "high_intent": kind == ContentKind.PRICE,
            "content_kind": str(kind),
            "purchase_stage": guess_purchase_stage(kind),
        }

    def _held(self) -> dict:
        policy = self.policy
        same = ("gated", "high_intent", "teaser", "show_teaser", "gate_by", "form_id", "purchase_stage", "content_kind")
        return {name: getattr(policy, name) for name in (*same, "problem")} | {
            "gate_stages": policy.gate_stages.split(),
            "applies_below": policy.applies_below and policy.inherited_from_id is None,
            "topics": Topic.objects.filter(name__in=topic_names(self.page.pk)),
        }

    def post(self, request, *args, **kwargs):
        if self.page.alias_of_id is not None:
            raise PermissionDenied  # an alias has its original's marks
        if request.POST.get("unmark"):
            unmark_page(self.page, user=request.user, now=timezone.now())
            messages.success(request, _("This page has no marks of its own any more."))
            return redirect(self.next_url)
        forms_ = [form for form in (self.form, self.form_page_form) if form is not None]
        valid = [form.is_valid() for form in forms_]  # each, so that every error is shown at once
        if not all(valid):
            messages.error(request, _("The marks could not be saved. Please look at the fields below."))
            return self.render_to_response(self.get_context_data())
        now = timezone.now()
        mark_page(self.page, user=request.user, now=now, **self.form.marks())
        if self.form_page_form:
            self.form_page_form.save(self.page, user=request.user, now=now)
        messages.success(request, _("Saved: “%(page)s”.") % {"page": self.page.get_admin_display_title()})
        return redirect(self.next_url)

    def _inherited_url(self) -> str:
        source = self.policy.inherited_from_id if self.policy else None
        return reverse("wagtail_leads_page_marks", args=[source]) if source else ""

    def get_page_subtitle(self):
        return self.page.get_admin_display_title()

    def get_breadcrumbs_items(self):
        edit = reverse("wagtailadmin_pages:edit", args=[self.page.pk])
        return [
            *self.breadcrumbs_items,
            {"url": edit, "label": self.page.get_admin_display_title()},
            {"url": "", "label": _("Leads")},
        ]

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            **kwargs,
            page=self.page,
            policy=self.policy,
            inherited_from=self.policy.inherited_from if self.policy else None,
            inherited_url=self._inherited_url(),
            is_alias=self.page.alias_of_id is not None,
            may_unmark=self.policy is not None and self.policy.inherited_from_id is None,
            above=source_above(self.page),
            pages_below=self.page.get_descendant_count() if hasattr(self.page, "get_descendant_count") else 0,
            form=self.form,
            form_page_form=self.form_page_form,
            translations=self.translations,
            next_url=self.next_url,
            is_start_page=self.page.sites_rooted_here.exists(),
            has_lead_form=LeadForm.objects.exists(),
            media=self.form.media,
        )

