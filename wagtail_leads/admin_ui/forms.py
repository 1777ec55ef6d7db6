"""Forms in the admin: the list with what each brought, ready forms by one click, and the editor."""

from datetime import timedelta

import swapper
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Cast, Coalesce
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, StatusTagColumn
from wagtail.models import Locale, ReferenceIndex
from wagtail.snippets.views.snippets import CopyView, CreateView, EditView, IndexView, SnippetViewSet

from wagtail_leads.activity.models import Activity
from wagtail_leads.admin_ui.drafts import DraftColumn, with_schedule
from wagtail_leads.admin_ui.permissions import may
from wagtail_leads.capture.blocks import FIELD_LABELS
from wagtail_leads.capture.models import FormSubmission, LeadForm, PopUp
from wagtail_leads.capture.presets import PURPOSES, put_preset
from wagtail_leads.content.models import DocumentPolicy, PagePolicy
from wagtail_leads.logic.kinds import ActivityKind

URLS = "wagtail_leads_forms"
#: Days that the list looks back for what was seen and sent.
RECENT = 90
SENT = (ActivityKind.FORM_SUBMITTED, ActivityKind.INQUIRY_MADE)
SENTENCES = {
    LeadForm.Purpose.DOCUMENT: gettext_lazy("Company, name and address for a paper or a catalogue."),
    LeadForm.Purpose.INQUIRY: gettext_lazy("What is it about? Opens a to-do for sales, and answers by mail."),
    LeadForm.Purpose.SEMINAR: gettext_lazy("Who comes, and what do they want to ask?"),
    LeadForm.Purpose.NEWSLETTER: gettext_lazy("The mail address and the permission, and hardly more."),
}
ICONS = {
    LeadForm.Purpose.DOCUMENT: "doc-full",
    LeadForm.Purpose.INQUIRY: "comment",
    LeadForm.Purpose.SEMINAR: "calendar-alt",
    LeadForm.Purpose.NEWSLETTER: "mail",
}


def counted(rows, key: str) -> Coalesce:
    """How many rows name this form; a subquery, so nothing is multiplied."""
    rows = rows.order_by().values(key).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(rows, output_field=IntegerField()), 0)


def presets() -> list[dict]:
    """The ready forms, each in every language of the site."""
    languages = [(locale.pk, locale.get_display_name()) for locale in Locale.objects.all()]
    return [
        {
            "label": LeadForm.Purpose(purpose).label,
            "sentence": SENTENCES[purpose],
            "icon": ICONS[purpose],
            "ways": [{"url": reverse(f"{URLS}:preset", args=(purpose, pk)), "language": name} for pk, name in languages],
        }
        for purpose in PURPOSES
    ]


def make_preset(request, purpose: str, locale_pk: int):
    """One click makes a whole form as a draft; its editor opens."""
    if not may(request.user, "add", LeadForm):
        raise PermissionDenied
    locale = Locale.objects.filter(pk=locale_pk).first()
    if purpose not in PURPOSES or locale is None or request.method != "POST":
        raise Http404
    made = put_preset(purpose, locale, user=request.user)
    messages.success(request, _("“%(name)s” is ready as a draft. Look it over and publish it.") % {"name": made.name})
    return redirect(f"{URLS}:edit", made.pk)


def asks(form: LeadForm) -> str:
    """The questions of a form in one line."""
    words = (
        child.value.get("label") or child.value.get("text") or str(FIELD_LABELS.get(child.block_type, child.block_type))
        for child in form.fields
    )
    return pgettext("between names", ", ").join(words)


def pages_that_hold() -> Coalesce:
    """How many pages hold this form as a block, or around a gated part: Wagtail's index of references knows."""
    kinds = [ContentType.objects.get_for_model(model).pk for model in (LeadForm, swapper.load_model("wagtailcore", "Page"))]
    held = ReferenceIndex.objects.filter(
        to_content_type=kinds[0], to_object_id=Cast(OuterRef("pk"), CharField()), base_content_type=kinds[1]
    )
    many = held.order_by().values("to_object_id").annotate(n=Count("object_id", distinct=True)).values("n")
    return Coalesce(Subquery(many, output_field=IntegerField()), 0)


def used_in(form: LeadForm) -> str:
    """Where it is placed, in words; pages that hold it are a link to their list."""
    places = []
    if form.is_default:
        places.append(_("all gated pages without a form of their own"))
    if form.page_count:
        places.append(ngettext("%(count)d gated page", "%(count)d gated pages", form.page_count) % {"count": form.page_count})
    if form.document_count:
        text = ngettext("%(count)d document", "%(count)d documents", form.document_count)
        places.append(text % {"count": form.document_count})
    if form.block_count:
        text = ngettext("%(count)d page that holds it", "%(count)d pages that hold it", form.block_count)
        places.append(_link(reverse(f"{URLS}:usage", args=[form.pk]), text % {"count": form.block_count}))
    if form.pop_up_count:
        text = ngettext("%(count)d pop-up", "%(count)d pop-ups", form.pop_up_count)
        places.append(text % {"count": form.pop_up_count})
    if form.slug and form.live:
        places.append(_link(reverse("wagtail_leads:own_form", args=[form.slug]), _("its own address")))
    return format_html_join(pgettext("between names", ", "), "{}", ((place,) for place in places)) or "–"


def _link(url: str, words: str) -> str:
    return format_html('<a href="{}">{}</a>', url, words)


def conversion(form: LeadForm) -> str:
    """ "120 → 6 (5 %)": seen and sent of the last days; a dash while nobody saw it."""
    if not form.seen_lately:
        return "–"
    sent = min(form.sent_lately, form.seen_lately)
    return f"{form.seen_lately} → {sent} ({round(100 * sent / form.seen_lately)} %)"


class WithPresets:
    """Adds the ready forms to a page of the admin."""

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        may_add = may(self.request.user, "add", LeadForm)
        return context | {"presets": presets() if may_add and self.shows_presets(context) else []}

    def shows_presets(self, context) -> bool:
        return True


class FormIndex(WithPresets, IndexView):
    def shows_presets(self, context) -> bool:
        """A site that has no form yet begins with them; later they are on the page that adds one."""
        return not context["object_list"] and not self.is_searching and not self.is_filtering

    def get_base_queryset(self):
        sent = FormSubmission.objects.filter(form=OuterRef("pk"), is_spam=False)
        since = timezone.now() - timedelta(days=RECENT)
        lately = Activity.objects.filter(object_kind="form", object_id=OuterRef("pk"), at__gte=since)
        rows = LeadForm.objects.select_related("locale").annotate(
            sent_count=counted(sent, "form"),
            page_count=counted(PagePolicy.objects.filter(form_id=OuterRef("pk"), gated=True), "form_id"),
            seen_lately=counted(lately.filter(kind=ActivityKind.FORM_SEEN), "object_id"),
            sent_lately=counted(lately.filter(kind__in=SENT), "object_id"),
            block_count=pages_that_hold(),
            pop_up_count=counted(PopUp.objects.filter(form=OuterRef("pk")), "form"),
            document_count=counted(DocumentPolicy.objects.filter(form_id=OuterRef("pk"), gated=True), "form_id"),
        )
        return with_schedule(rows)


class FormCreate(WithPresets, CreateView):
    pass


class FormCopy(CopyView):
    """An address leads to one form, and one is the default: a copy has neither."""

    def get_object(self, queryset=None):
        form = super().get_object(queryset)
        form.slug, form.is_default = "", False
        return form


class FormEdit(EditView):
    def get_context_data(self, **kwargs):
        form = self.object
        address = reverse("wagtail_leads:own_form", args=[form.slug]) if form.slug and form.live else ""
        return super().get_context_data(**kwargs) | {"own_address": address, "tag": f'{{% lead_form "{form.slug or form.pk}" %}}'}


class LeadFormViewSet(SnippetViewSet):
    model = LeadForm
    icon = "form"
    base_url_path = "leads/forms"
    admin_url_namespace = URLS
    menu_label = gettext_lazy("Forms")
    add_to_admin_menu = False
    menu_item_is_registered = True
    index_view_class = FormIndex
    add_view_class = FormCreate
    edit_view_class = FormEdit
    copy_view_class = FormCopy
    index_template_name = "wagtail_leads/admin/forms/index.html"
    create_template_name = "wagtail_leads/admin/forms/create.html"
    edit_template_name = "wagtail_leads/admin/forms/edit.html"
    search_fields = ["name", "heading"]
    search_backend_name = None
    list_filter = ["purpose"]
    list_display = [
        "name",
        StatusTagColumn("get_purpose_display", label=gettext_lazy("Purpose"), sort_key="purpose"),
        Column("locale", label=gettext_lazy("Language"), accessor=lambda form: form.locale.get_display_name()),
        DraftColumn(),
        Column("asks", label=gettext_lazy("Asks for"), accessor=asks),
        Column("used_in", label=gettext_lazy("Where it is"), accessor=used_in),
        Column("conversion", label=gettext_lazy("Seen and sent, 90 days"), accessor=conversion),
        Column("sent_count", label=gettext_lazy("Sent"), sort_key="sent_count"),
    ]

    def get_urlpatterns(self):
        return [*super().get_urlpatterns(), path("ready/<str:purpose>/<int:locale_pk>/", make_preset, name="preset")]
