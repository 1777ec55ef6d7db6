"""The ledgers: what was recorded, read-only, with inspect and export. The one place that uses wagtail-modeladmin.

modeladmin trusts its query string: any unknown parameter is a 500 (M1), any ORM path filters the list and so tells what
is in columns that are not shown (M2), and any permission on the model opens list, inspect and export (M3). Everything
here goes through `LedgerAdmin`, which closes the three.
"""

import json

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, Model
from django.http import Http404, QueryDict
from django.urls import re_path, reverse
from django.utils.encoding import force_str
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext_lazy as _
from wagtail_modeladmin.helpers import PermissionHelper
from wagtail_modeladmin.options import ModelAdmin
from wagtail_modeladmin.views import IndexView, InspectView

from wagtail_leads.activity.models import Activity
from wagtail_leads.admin_ui.exports import SafeExport, with_zone
from wagtail_leads.admin_ui.permissions import may, may_export_leads, may_view, visible_rows
from wagtail_leads.capture.models import FormSubmission
from wagtail_leads.content.marks import titles_of
from wagtail_leads.content.models import CONTENT_KIND_LABELS
from wagtail_leads.content.stages import stage_names
from wagtail_leads.identity.filling import flag_of
from wagtail_leads.identity.models import ADDRESS_FLAG_LABELS, Consent
from wagtail_leads.logic.kinds import ActivityKind, AddressFlag
from wagtail_leads.mailing.models import Message, Suppression
from wagtail_leads.reports import words
from wagtail_leads.reports.memo import duration
from wagtail_leads.segments.models import StageChange

#: Words for columns, filters and lines whose model field has none (the migrations stay as they are).
LABELS = {
    "address_key": _("Fingerprint"),
    "at": _("time"),
    "attempts": _("attempts"),
    "content_kind": _("kind of content"),
    "created_at": _("created"),
    "data": _("details"),
    "form": _("form"),
    "from_stage": _("from stage"),
    "high_intent": _("high intent"),
    "is_inquiry": _("is an inquiry"),
    "lead": _("lead"),
    "message_id": _("message ID"),
    "path": _("path"),
    "problem": _("problem"),
    "processed_at": _("processed"),
    "purchase_stage": _("purchase stage"),
    "purpose": _("purpose"),
    "reason": _("reason"),
    "recorded_at": _("recorded"),
    "spam_reason": _("why held"),
    "to_stage": _("to stage"),
    "topics": _("topics"),
    "value": _("value"),
    "visitor": _("browser"),
}
PURPOSES = {"marketing": _("marketing mail"), "transactional": _("mail that was asked for")}
#: What may follow a filter's field name in the query string.
SUFFIXES = ("", "__exact", "__isnull", "__gte", "__lt")
#: Enough for any listing, and no number that a database cannot count to.
LAST_PAGE = 1_000_000


class LedgerPermissions(PermissionHelper):
    """M3: to see needs the permission to view; nothing is made, changed or deleted here."""

    def user_can_list(self, user):
        return may_view(user, self.model)

    def user_can_inspect_obj(self, user, obj):
        return may_view(user, self.model)

    def user_can_create(self, user):
        return False

    def user_can_edit_obj(self, user, obj):
        return False

    def user_can_delete_obj(self, user, obj):
        return False


def allowed_query(query: QueryDict, filters) -> QueryDict:
    """M1, M2: what a listing understands, and nothing else. Lookups come from an allow-list."""
    own = {entry.parameter_name for entry in filters if isinstance(entry, type)}
    fields = [entry if isinstance(entry, str) else entry[0] for entry in filters if not isinstance(entry, type)]
    known = {field + suffix for field in fields for suffix in SUFFIXES} | own | {"o", "ot", "p", "q", "export"}
    clean = QueryDict(mutable=True)
    for name, values in query.lists():
        values = [value[:200] for value in values if "\0" not in value]
        if name in known and values:
            clean.setlist(name, values[-1:])
    page = clean.get("p", "")
    if page and not (page.isascii() and page.isdigit() and int(page[:9]) <= LAST_PAGE and len(page) < 9):
        del clean["p"]
    return clean


class LedgerIndex(SafeExport, IndexView):
    def dispatch(self, request, *args, **kwargs):
        if not self.permission_helper.user_can_list(request.user):
            raise PermissionDenied
        request.GET = allowed_query(request.GET, self.model_admin.get_list_filter(request))
        if request.GET.get("export") in self.FORMATS and not may_export_leads(request.user):
            raise PermissionDenied
        try:
            return super().dispatch(request, *args, **kwargs)
        except IncorrectLookupParameters:  # a known filter with a senseless value: show the list unfiltered
            request.GET = QueryDict(mutable=True)
            return super().dispatch(request, *args, **kwargs)

    @property
    def page_num(self):
        return self._page_num

    @page_num.setter
    def page_num(self, number):
        """modeladmin asks its paginator for page links around any number, existing or not."""
        self._page_num = max(1, min(number, LAST_PAGE))

    def get_filters(self, request):
        found = super().get_filters(request)
        for spec in found[0]:
            spec.template = "wagtail_leads/admin/ledgers/filter.html"
            spec.title = LABELS.get(getattr(spec, "field_path", ""), spec.title)
        return found

    def get_context_data(self, **kwargs):
        pages = -(-self.queryset.count() // self.items_per_page) or 1
        self._page_num = min(self._page_num, pages)
        return super().get_context_data(**kwargs)

    def get_heading(self, queryset, field):
        label = self.model_admin.LABELS.get(field) or label_for_field(field, self.model, model_admin=self.model_admin)
        return with_zone(capfirst(force_str(label)), queryset.model, field)

    def to_row_dict(self, item):
        return {name: self._cell(item, name) for name in self.list_export}

    def _cell(self, item, name: str):
        """In words where there are some; what is not known stays empty."""
        if hasattr(self.model_admin, f"export_{name}"):
            return getattr(self.model_admin, f"export_{name}")(item)
        if hasattr(item, f"get_{name}_display"):
            return getattr(item, f"get_{name}_display")()
        _field, _attr, value = lookup_field(name, item, self.model_admin)
        return str(value) if isinstance(value, dict | Model) else value


class LedgerInspect(InspectView):
    def get_field_label(self, field_name, field=None):
        return self.model_admin.LABELS.get(field_name) or super().get_field_label(field_name, field)

    def get_field_display_value(self, field_name, field=None):
        special = getattr(self.model_admin, f"inspect_{field_name}", None)
        if special is not None:
            return special(self.instance)
        return super().get_field_display_value(field_name, field)


def column(name: str, label):
    """A column in our words for a field whose model has none: the label, and the value as the row's page shows it."""

    def shown(self, row):
        special = getattr(self, f"inspect_{name}", None)
        if special is not None:
            return special(row)
        display = getattr(row, f"get_{name}_display", None)
        return display() if display is not None else getattr(row, name)

    shown.short_description = label
    shown.admin_order_field = name
    return shown


class LedgerAdmin(ModelAdmin):
    """The hardened base: read-only, no menu entry, no create, edit, delete, history; rows of visible leads only."""

    add_to_admin_menu = False
    inspect_view_enabled = True
    history_view_enabled = False
    list_per_page = 50
    permission_helper_class = LedgerPermissions
    index_view_class = LedgerIndex
    inspect_view_class = LedgerInspect
    index_template_name = "wagtail_leads/admin/ledgers/index.html"
    inspect_template_name = "wagtail_leads/admin/ledgers/inspect.html"
    #: Path from a row to its lead; "" for a ledger that names nobody.
    lead_path = "lead"
    #: One sentence for the top of the listing.
    explanation = ""
    LABELS = LABELS

    def __init_subclass__(cls, **kwargs):
        """Columns of fields without words: `at` is shown by `at_column`."""
        super().__init_subclass__(**kwargs)
        fields = {field.name: field for field in cls.model._meta.get_fields() if field.concrete}
        shown = []
        for name in cls.list_display:
            if name in fields and name in cls.LABELS:
                made = column(name, cls.LABELS[name])
                made.boolean = isinstance(fields[name], BooleanField)
                setattr(cls, f"{name}_column", made)
                name = f"{name}_column"
            shown.append(name)
        cls.list_display = tuple(shown)

    @classmethod
    def url_name(cls, action: str = "index") -> str:
        return f"{cls.base_url_path.replace('/', '_')}_modeladmin_{action}"

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        if self.list_select_related:
            rows = rows.select_related(*self.list_select_related)
        return visible_rows(request.user, rows, self.lead_path) if self.lead_path else rows

    def get_list_export(self, request):
        return self.list_export if may_export_leads(request.user) else ()

    def inspect_view(self, request, instance_pk):
        """By id as in the list: the same rows, and an id that is no number is not found."""
        if not self.permission_helper.user_can_list(request.user):
            raise PermissionDenied
        is_number = instance_pk.isascii() and instance_pk.isdigit() and len(instance_pk) < 19
        if not is_number or not self.get_queryset(request).filter(pk=instance_pk).exists():
            raise Http404
        return super().inspect_view(request, instance_pk)

    def get_admin_urls_for_registration(self):
        views = {"index": self.index_view, "inspect": self.inspect_view}
        helper = self.url_helper
        return tuple(
            re_path(helper.get_action_url_pattern(action), view, name=helper.get_action_url_name(action))
            for action, view in views.items()
        )

    def register_admin_url_finders(self):
        """There is no edit view to find."""

    def register_indexing(self):
        """Ledgers are hot: no reference index."""

    def lead_link(self, row):
        lead = getattr(row, "lead", None)
        if lead is None:
            return "–"
        return format_html('<a href="{}">{}</a>', reverse("wagtail_leads_leads:inspect", args=(lead.pk,)), lead)

    lead_link.short_description = _("Lead")


def pretty(data) -> str:
    return format_html("<pre>{}</pre>", json.dumps(data, ensure_ascii=False, indent=2, default=str))


def answers(data) -> str:
    """Label and value of each answer; what is no list of answers as it was stored."""
    rows = data.get("answers") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return pretty(data)
    pairs = [(row.get("label", ""), row.get("value", "")) for row in rows]
    if data.get("email") and data["email"] not in [value for _label, value in pairs]:
        pairs.append((_("e-mail"), data["email"]))
    listed = format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>", pairs)
    return format_html('<dl class="lx-dl lx-dl--rows">{}</dl>', listed)


class MessageLedger(LedgerAdmin):
    model = Message
    base_url_path = "leads/sent-mail"
    menu_icon = "mail"
    explanation = _(
        "Every mail to every address. Opens are for orientation only: many mail programs hide or fake them."
    )
    list_display = ("about", "to_address", "lead_link", "outcome", "sent_at", "clicked_at", "opened_at")
    list_filter = ("state", "skip_reason", "sent_at")
    list_select_related = ("lead", "version")
    search_fields = ("subject", "to_address")
    ordering = ("-created_at",)
    list_export = (
        "subject",
        "to_address",
        "purpose",
        "state",
        "skip_reason",
        "created_at",
        "sent_at",
        "clicked_at",
        "opened_at",
    )
    export_filename = "sent-mail"
    inspect_view_fields = [
        "subject",
        "to_address",
        "lead",
        "purpose",
        "state",
        "skip_reason",
        "error",
        "created_at",
        "due_at",
        "sent_at",
        "clicked_at",
        "opened_at",
        "attempts",
        "message_id",
    ]

    def about(self, row):
        return words.subject(row)

    about.short_description = _("subject")
    about.admin_order_field = "subject"

    def inspect_subject(self, row):
        return words.subject(row)

    def inspect_purpose(self, row):
        return PURPOSES.get(row.purpose, row.purpose)

    def outcome(self, row):
        """The state, and why it was not sent."""
        reason = row.get_skip_reason_display() or row.error
        return f"{row.get_state_display()}: {reason}" if reason else row.get_state_display()

    outcome.short_description = _("State")
    outcome.admin_order_field = "state"


class ConsentLedger(LedgerAdmin):
    model = Consent
    base_url_path = "leads/consents"
    menu_icon = "check"
    explanation = _(
        "Every answer to the question whether we may write, or may record visits, with the wording shown. Of a person the "
        "newest one holds; of a browser what its cookie says holds, and the row is the proof. “Granted” is only who was asked "
        "and agreed, not who read a notice."
    )
    list_display = ("at", "question", "who", "answer_in_words", "version", "wording_in_short", "source_in_words")
    list_filter = ("question", "granted", "answer", "basis", "at")
    list_select_related = ("lead",)
    search_fields = ("lead__name", "lead__email", "source", "version")
    ordering = ("-at",)
    list_export = (
        "at",
        "question",
        "lead",
        "visitor_id",
        "granted",
        "answer",
        "basis",
        "version",
        "wording",
        "source",
        "page_id",
    )
    export_filename = "consents"
    inspect_view_fields = [
        "at",
        "question",
        "lead",
        "visitor",
        "granted",
        "answer",
        "basis",
        "wording",
        "version",
        "source",
        "page_id",
    ]
    LABELS = LABELS | {
        "answer": _("answer"),
        "source": _("source"),
        "page_id": _("page"),
        "visitor_id": _("browser"),
        "version": _("version of the wording"),
        "wording": _("wording shown"),
    }

    def who(self, row):
        """A lead, or the browser that answered."""
        return self.lead_link(row) if row.lead_id or not row.visitor_id else self.inspect_visitor(row)

    who.short_description = _("Lead or browser")

    def answer_in_words(self, row):
        """Whoever read a notice was told, and has not agreed."""
        answers = Consent.Answer
        return row.get_answer_display() or (answers.YES if row.granted else answers.NO).label

    answer_in_words.short_description = _("answer")
    answer_in_words.admin_order_field = "answer"

    def inspect_answer(self, row):
        return self.answer_in_words(row)

    def inspect_basis(self, row):
        return row.get_basis_display() or "–"

    def wording_in_short(self, row):
        return Truncator(row.wording).chars(40) or "–"

    wording_in_short.short_description = _("wording shown")

    def source_in_words(self, row):
        return words.consent_source(row.source) or "–"

    source_in_words.short_description = _("source")
    source_in_words.admin_order_field = "source"

    def inspect_source(self, row):
        return words.consent_source(row.source) or "–"

    def inspect_visitor(self, row):
        return _("Browser %(pk)s") % {"pk": row.visitor_id} if row.visitor_id else "–"

    def inspect_page_id(self, row):
        return titles_of({row.page_id}).get(row.page_id, row.page_id) if row.page_id else "–"


class ActivityLedger(LedgerAdmin):
    model = Activity
    base_url_path = "leads/activities"
    menu_icon = "history"
    explanation = _("Everything that was recorded, from outside, in the order of time. Nothing is changed afterwards.")
    list_display = ("at", "kind", "title", "path", "lead_link", "high_intent", "problem")
    list_filter = ("kind", "high_intent", "at")
    list_select_related = ("lead",)
    search_fields = ("title", "path", "lead__name", "lead__email")
    ordering = ("-at",)
    list_export = ("at", "kind", "title", "path", "lead", "value", "high_intent", "content_kind", "topics")
    export_filename = "activities"
    inspect_view_fields = [
        "at",
        "kind",
        "title",
        "path",
        "lead",
        "visitor",
        "value",
        "high_intent",
        "content_kind",
        "purchase_stage",
        "topics",
        "data",
        "recorded_at",
        "processed_at",
        "problem",
    ]

    def inspect_data(self, row):
        return pretty(row.data)

    def inspect_content_kind(self, row):
        return CONTENT_KIND_LABELS.get(row.content_kind, row.content_kind or "–")

    def inspect_purchase_stage(self, row):
        return stage_names().get(row.purchase_stage, row.purchase_stage or "–")

    def inspect_value(self, row):
        """Visible time in words for a reading; the bare number for anything else."""
        if row.kind == ActivityKind.PAGE_READ and row.value is not None:
            return duration(row.value)
        return "–" if row.value is None else row.value

    def inspect_visitor(self, row):
        return _("Browser %(pk)s") % {"pk": row.visitor_id} if row.visitor_id else "–"


class SuppressionLedger(LedgerAdmin):
    model = Suppression
    base_url_path = "leads/suppressions"
    menu_icon = "no-view"
    lead_path = ""
    explanation = _("Addresses that get no mail. They are kept as a fingerprint, so they outlive the person's data.")
    list_display = ("at", "fingerprint", "scope", "reason")
    list_filter = ("scope", "reason", "at")
    search_fields = ("address_key",)
    ordering = ("-at",)
    list_export = ("at", "address_key", "scope", "reason")
    export_filename = "suppressions"
    inspect_view_fields = ["at", "address_key", "scope", "reason"]

    def fingerprint(self, row):
        return row.address_key[:12]

    fingerprint.short_description = _("Fingerprint")


class SubmissionInspect(LedgerInspect):
    @property
    def may_release(self) -> bool:
        return self.instance.is_spam and may(self.request.user, "change", FormSubmission)


class SubmissionLedger(LedgerAdmin):
    model = FormSubmission
    inspect_view_class = SubmissionInspect
    base_url_path = "leads/submissions"
    menu_icon = "form"
    explanation = _("What visitors sent, as they sent it. Held as spam: kept, but nothing followed from it.")
    LABELS = LABELS | {"data": _("answers")}
    list_display = ("at", "lead_link", "form", "is_inquiry", "address_flag", "awaits_confirmation", "is_spam", "spam_reason")
    list_filter = ("is_spam", "is_inquiry", "awaits_confirmation", "at")
    list_select_related = ("lead", "form")
    search_fields = ("lead__name", "lead__email")
    ordering = ("-at",)
    list_export = ("at", "lead", "form", "is_inquiry", "is_spam", "spam_reason", "data")
    export_filename = "form-submissions"
    inspect_view_fields = [
        "at",
        "lead",
        "form",
        "data",
        "is_inquiry",
        "awaits_confirmation",
        "confirmed_at",
        "is_spam",
        "spam_reason",
    ]
    inspect_template_name = "wagtail_leads/admin/ledgers/submission.html"

    def inspect_data(self, row):
        return answers(row.data)

    def address_flag(self, row):
        """A throw-away address, a domain that takes no mail; nothing for most."""
        flag = AddressFlag(flag_of(str(row.data.get("email", ""))))
        known = row.lead.get_address_flag_display() if row.lead is not None and row.lead.address_flag else ""
        return known or ADDRESS_FLAG_LABELS[flag] or "–"

    address_flag.short_description = _("about the address")

    def inspect_spam_reason(self, row):
        return words.spam_reason(row.spam_reason) or "–"


class StageChangeLedger(LedgerAdmin):
    model = StageChange
    base_url_path = "leads/stage-changes"
    menu_icon = "tag"
    explanation = _("Every move of a lead from stage to stage, with its reason.")
    list_display = ("at", "lead_link", "from_stage", "to_stage", "reason")
    list_filter = ("to_stage", "at")
    list_select_related = ("lead",)
    search_fields = ("lead__name", "lead__email", "reason")
    ordering = ("-at",)
    list_export = ("at", "lead", "from_stage", "to_stage", "reason")
    export_filename = "stage-changes"
    inspect_view_fields = ["at", "lead", "from_stage", "to_stage", "reason"]

    def inspect_reason(self, row):
        return words.stage_reason(row.reason) or "–"


LEDGERS = (MessageLedger, ConsentLedger, ActivityLedger, SuppressionLedger, SubmissionLedger, StageChangeLedger)
