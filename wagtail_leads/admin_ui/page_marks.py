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

from wagtail_leads.admin_ui.form_pages import FormPageForm, fields_of, is_form_page, source_of
from wagtail_leads.capture.models import LeadForm
from wagtail_leads.content.guesses import guess_content_kind, guess_purchase_stage
from wagtail_leads.content.models import CONTENT_KIND_LABELS, PagePolicy, Topic
from wagtail_leads.content.operations import LOG_ACTION, mark_page, publishable_translations
from wagtail_leads.content.queries import topic_names
from wagtail_leads.content.stages import stage_choices
from wagtail_leads.logic.kinds import ContentKind

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
    words = [
        _("gated") if data.get("gated") else _("open to everyone"),
        _("high intent") if data.get("high_intent") else "",
        str(CONTENT_KIND_LABELS.get(_kind(data.get("content_kind")), "")),
        *data.get("topics", []),
    ]
    return _("Leads: %(marks)s") % {"marks": pgettext("between names", ", ").join(word for word in words if word)}


def _kind(value):
    return ContentKind(value) if value in set(map(str, ContentKind)) else None


class MarksForm(forms.Form):
    """Two switches; everything else is folded under "More" and has a good default."""

    gated = forms.BooleanField(label=gettext_lazy("Gated"), required=False, widget=SwitchInput)
    high_intent = forms.BooleanField(label=gettext_lazy("High intent"), required=False, widget=SwitchInput)
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

    def marks(self) -> dict:
        """Arguments for `mark_page`."""
        data = self.cleaned_data
        new = data["new_topics"].replace("、", ",").replace("，", ",").replace("\n", ",").split(",")
        return {
            "gated": data["gated"],
            "high_intent": data["high_intent"],
            "teaser": data["teaser"],
            "form_id": int(data["form_id"]) if data["form_id"] else None,
            "topics": [*(topic.name for topic in data["topics"]), *new],
            "purchase_stage": data["purchase_stage"],
            "content_kind": data["content_kind"],
            "translations": data.get("translations", False),
        }

    @property
    def folded(self):
        names = ("content_kind", "purchase_stage", "topics", "new_topics", "form_id", "teaser")
        nothing_to_choose = not self.fields["topics"].queryset and not self["topics"].errors
        return [self[name] for name in names if not (name == "topics" and nothing_to_choose)]

    @property
    def folded_has_errors(self) -> bool:
        return any(field.errors for field in self.folded)


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
        return FormPageForm(self.posted, prefix="source", source=source, fields=fields)

    def get_initial(self) -> dict:
        if self.policy:
            names = ("gated", "high_intent", "teaser", "form_id", "purchase_stage", "content_kind")
            names_of_topics = topic_names(self.page.pk)
            initial = {name: getattr(self.policy, name) for name in names}
            return initial | {"topics": Topic.objects.filter(name__in=names_of_topics)}
        kind = guess_content_kind(type(self.page).__name__, self.page.title, self.page.slug)
        return {
            "gated": self.request.GET.get("gated") == "1",
            "high_intent": kind == ContentKind.PRICE,
            "content_kind": str(kind),
            "purchase_stage": guess_purchase_stage(kind),
        }

    def post(self, request, *args, **kwargs):
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
            form=self.form,
            form_page_form=self.form_page_form,
            translations=self.translations,
            next_url=self.next_url,
            is_start_page=self.page.sites_rooted_here.exists(),
            has_lead_form=LeadForm.objects.exists(),
            media=self.form.media,
        )

