"""Gating a document: a screen of its own, reached from the document's edit screen, the listing and the settings."""

from datetime import timedelta

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.ui.tables import BooleanColumn, Column, DateColumn, TitleColumn
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets import SwitchInput
from wagtail.admin.widgets.button import Button
from wagtail.documents import get_document_model
from wagtail.documents.views.bulk_actions.document_bulk_action import DocumentBulkAction
from wagtail.documents.views.documents import EditView
from wagtail.log_actions import log

from wagtail_leads.activity.models import Activity
from wagtail_leads.admin_ui.document_permissions import documents
from wagtail_leads.admin_ui.settings_hub import OwnReport, changes_documents
from wagtail_leads.capture.documents import mark_document, way_around
from wagtail_leads.capture.models import LeadForm
from wagtail_leads.content.models import DocumentPolicy, Topic
from wagtail_leads.content.operations import LOG_ACTION
from wagtail_leads.logic.kinds import ActivityKind

#: The list counts the downloads of so many days.
COUNTED_DAYS = 30


def may_change(user, document) -> bool:
    return documents().user_has_permission_for_instance(user, "change", document)


def offer_in_edit_screen() -> None:
    """The entry in the menu of Wagtail's own edit screen of documents, which has no hook; doing it twice is doing it once."""
    standard = EditView.get_header_more_buttons
    if getattr(standard, "_leads", False):
        return

    def get_header_more_buttons(view):
        return sorted([*standard(view), *_buttons(view)])

    get_header_more_buttons._leads = True
    EditView.get_header_more_buttons = get_header_more_buttons


def _buttons(view) -> list[Button]:
    document = getattr(view, "object", None)
    if document is None or not isinstance(document.pk, int) or not may_change(view.request.user, document):
        return []
    here = reverse("wagtaildocs:edit", args=[document.pk])
    url = f"{reverse('wagtail_leads_document_marks', args=[document.pk])}?{urlencode({'next': here})}"
    return [Button(_("Gate for leads"), url=url, icon_name="leads-funnel", priority=15)]


class DocumentMarksForm(forms.Form):
    gated = forms.BooleanField(label=gettext_lazy("Gated"), required=False, widget=SwitchInput)
    form_id = forms.ChoiceField(label=gettext_lazy("Form"), required=False)
    teaser = forms.CharField(
        label=gettext_lazy("Teaser"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=5000,
        help_text=gettext_lazy("Shown above the form: what is in the document, and for whom."),
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

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["form_id"].choices = [("", _("The default form")), *LeadForm.objects.values_list("pk", "name")]
        self.fields["topics"].queryset = Topic.objects.all()

    def marks(self) -> dict:
        """Arguments for `mark_document`."""
        data = self.cleaned_data
        new = data["new_topics"].replace("、", ",").replace("，", ",").split(",")
        return {
            "gated": data["gated"],
            "form_id": int(data["form_id"]) if data["form_id"] else None,
            "teaser": data["teaser"],
            "topics": [*(topic.name for topic in data["topics"]), *new],
        }

    @property
    def more(self) -> list:
        """Without a list of topics when there is none to choose from."""
        names = ("form_id", "teaser", "topics", "new_topics")
        return [self[name] for name in names if name != "topics" or self.fields["topics"].queryset]


class DocumentMarksView(WagtailAdminTemplateMixin, TemplateView):
    template_name = "wagtail_leads/admin/document_marks/edit.html"
    page_title = gettext_lazy("Gate for leads")
    header_icon = "leads-funnel"
    http_method_names = ["get", "head", "post", "options"]

    def dispatch(self, request, *args, **kwargs):
        self.document = get_object_or_404(get_document_model(), pk=kwargs["pk"])
        if not may_change(request.user, self.document):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def policy(self) -> DocumentPolicy | None:
        return DocumentPolicy.objects.filter(pk=self.document.pk).first()

    @cached_property
    def next_url(self) -> str:
        return get_valid_next_url_from_request(self.request) or reverse("wagtaildocs:edit", args=[self.document.pk])

    @cached_property
    def form(self) -> DocumentMarksForm:
        posted = self.request.POST if self.request.method == "POST" else None
        initial = {}
        if self.policy is not None:
            names = ("gated", "form_id", "teaser")
            initial = {name: getattr(self.policy, name) for name in names} | {"topics": self.policy.topics.all()}
        return DocumentMarksForm(posted, initial=initial)

    def post(self, request, *args, **kwargs):
        if not self.form.is_valid():
            messages.error(request, _("The marks could not be saved. Please look at the fields below."))
            return self.render_to_response(self.get_context_data())
        save_marks(self.document, user=request.user, **self.form.marks())
        messages.success(request, _("Saved: “%(page)s”.") % {"page": self.document.title})
        return redirect(self.next_url)

    def get_page_subtitle(self):
        return self.document.title

    def get_breadcrumbs_items(self):
        edit = reverse("wagtaildocs:edit", args=[self.document.pk])
        return [
            *self.breadcrumbs_items,
            {"url": reverse("wagtaildocs:index"), "label": _("Documents")},
            {"url": edit, "label": self.document.title},
            {"url": "", "label": self.page_title},
        ]

    def get_context_data(self, **kwargs):
        way = way_around()
        download = reverse("wagtail_leads:document", args=[self.document.pk])
        return super().get_context_data(
            **kwargs,
            document=self.document,
            policy=self.policy,
            form=self.form,
            next_url=self.next_url,
            download_url=self.request.build_absolute_uri(download),
            way_around=way,
            check_id="wagtail_leads.W016" if way == "media" else "wagtail_leads.W015",
            has_lead_form=LeadForm.objects.exists(),
            media=self.form.media,
        )


def save_marks(document, *, user, **marks) -> None:
    """Write the marks and note it in the document's history."""
    mark_document(document, now=timezone.now(), **marks)
    log(instance=document, action=LOG_ACTION, user=user, title=document.title, data={"gated": marks["gated"]})


class GateForm(forms.Form):
    gated = forms.ChoiceField(
        label=gettext_lazy("Gate"),
        choices=[
            ("on", gettext_lazy("Gate: the file is given for a name only")),
            ("off", gettext_lazy("Open to everyone")),
        ],
        widget=forms.RadioSelect,
        initial="on",
    )


class GateBulkAction(DocumentBulkAction):
    """From the listing: many documents at once; what they have besides stays."""

    display_name = gettext_lazy("Gate for leads")
    action_type = "leads_gate"
    aria_label = gettext_lazy("Gate the selected documents, or open them")
    template_name = "wagtail_leads/admin/document_marks/bulk.html"
    action_priority = 40
    form_class = GateForm

    def check_perm(self, document):
        return may_change(self.request.user, document)

    def get_execution_context(self):
        return {"gated": self.cleaned_form.cleaned_data["gated"] == "on", "user": self.request.user}

    @classmethod
    def execute_action(cls, objects, gated=True, user=None, **kwargs):
        known = DocumentPolicy.objects.prefetch_related("topics").in_bulk([document.pk for document in objects])
        for document in objects:
            policy = known.get(document.pk) or DocumentPolicy(pk=document.pk)
            topics = [topic.name for topic in policy.topics.all()] if document.pk in known else []
            save_marks(document, user=user, gated=gated, form_id=policy.form_id, teaser=policy.teaser, topics=topics)
        return len(objects), 0

    def get_success_message(self, num_parent_objects, num_child_objects):
        return ngettext(
            "The gate of %(number)d document has been set.",
            "The gates of %(number)d documents have been set.",
            num_parent_objects,
        ) % {"number": num_parent_objects}


class GatedDocumentsView(OwnReport):
    page_title = gettext_lazy("Gated documents")
    header_icon = "doc-full-inverse"
    index_url_name = "wagtail_leads_gated_documents"
    index_results_url_name = "wagtail_leads_gated_documents_results"
    is_searchable = False
    list_export = ["title", "gated", "downloads", "updated_at"]
    export_headings = {
        "title": gettext_lazy("Document"),
        "gated": gettext_lazy("Gated"),
        "downloads": gettext_lazy("Downloads in 30 days"),
        "updated_at": gettext_lazy("Changed"),
    }
    columns = [
        TitleColumn(
            "title",
            label=gettext_lazy("Document"),
            get_url=lambda policy: reverse("wagtail_leads_document_marks", args=[policy.pk]),
        ),
        BooleanColumn("gated", label=gettext_lazy("Gated")),
        Column("downloads", label=gettext_lazy("Downloads in 30 days")),
        DateColumn("updated_at", label=gettext_lazy("Changed")),
    ]

    def may_open(self, user) -> bool:
        return changes_documents(user)

    def get_queryset(self):
        """Of the documents that this colleague may change; title and downloads come in the same query."""
        changeable = documents().instances_user_has_permission_for(self.request.user, "change")
        titles = get_document_model().objects.filter(pk=OuterRef("pk")).values("title")[:1]
        fetched = Activity.objects.filter(
            kind=ActivityKind.ASSET_DOWNLOADED.value,
            at__gte=timezone.now() - timedelta(days=COUNTED_DAYS),
            object_kind="document",
            object_id=OuterRef("pk"),
        )
        counted = fetched.order_by().values("object_id").annotate(number=Count("pk")).values("number")
        return (
            DocumentPolicy.objects.filter(pk__in=changeable.order_by().values("pk"))
            .annotate(
                title=Subquery(titles),
                downloads=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
            )
            .order_by("-gated", "-updated_at", "pk")
        )
