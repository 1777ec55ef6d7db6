"""What is set up once: scoring rules in plain words, and topics."""

import re

from django import forms
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin.ui.tables import BooleanColumn, Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.log_actions import log

from wagtail_leads.activity.models import KIND_LABELS
from wagtail_leads.content.models import CONTENT_KIND_LABELS, PagePolicy, Topic
from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.scoring.models import ScoreRule
from wagtail_leads.scoring.operations import save_rule

WITHOUT = ("delete_url_name", "usage_url_name", "copy_url_name")


def sentence(rule: ScoreRule) -> str:
    """What a rule does: "The lead opened a page (high intent only): +10 points, at most 3 times a day."."""
    limits = []
    if rule.high_intent_only:
        limits.append(_("high-intent pages only"))
    if rule.content_kind:
        limits.append(str(CONTENT_KIND_LABELS.get(rule.content_kind, rule.content_kind)))
    if rule.min_seconds and rule.activity_kind == ActivityKind.PAGE_READ:
        text = ngettext("from %(count)d second", "from %(count)d seconds", rule.min_seconds)
        limits.append(text % {"count": rule.min_seconds})
    points = ngettext("%(count)+d point", "%(count)+d points", abs(rule.points)) % {"count": rule.points}
    words = {
        "does": KIND_LABELS.get(rule.activity_kind, rule.activity_kind),
        "limits": f" ({', '.join(limits)})" if limits else "",
        "points": points,
    }
    if not rule.max_per_day:
        return _("The lead %(does)s%(limits)s: %(points)s.") % words
    words["often"] = ngettext("at most once a day", "at most %(count)d times a day", rule.max_per_day) % {
        "count": rule.max_per_day
    }
    return _("The lead %(does)s%(limits)s: %(points)s, %(often)s.") % words


class RuleForm(forms.ModelForm):
    class Meta:
        model = ScoreRule
        fields = [
            "name",
            "activity_kind",
            "high_intent_only",
            "content_kind",
            "min_seconds",
            "max_per_day",
            "points",
            "active",
        ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["name"] = self.instance.plain_name

    def clean_name(self):
        """A shipped rule keeps its translated name until somebody really renames it."""
        name = self.cleaned_data["name"]
        if self.instance.pk and name == self.instance.plain_name:
            return self.instance.name
        return name


class SavesRule:
    """Through `scoring.operations.save_rule`, which counts the version up."""

    def save_instance(self):
        rule = self.form.save(commit=False)
        creating = rule.pk is None
        save_rule(rule, now=timezone.now())
        log(
            instance=rule,
            action="wagtail.create" if creating else "wagtail.edit",
            user=self.request.user,
            content_changed=self.form.has_changed(),
        )
        return rule


class RuleCreate(SavesRule, generic.CreateView):
    pass


class RuleEdit(SavesRule, generic.EditView):
    pass


class RuleIndex(generic.IndexView):
    any_permission_required = ["change", "view"]
    template_name = "wagtail_leads/admin/leads/index.html"

    @cached_property
    def columns(self):
        title = self._get_title_column_class(TitleColumn)
        return [
            title("name", label=_("In plain words"), accessor="plain_name", get_url=self.get_edit_url),
            Column("points", label=_("Points"), accessor=lambda rule: f"{rule.points:+d}", sort_key="points"),
            Column("sentence", label=_("What it does"), accessor=sentence),
            BooleanColumn("active", label=_("Active"), sort_key="active"),
        ]


class RuleViewSet(ModelViewSet):
    """Rules are switched off, not deleted: points that were given keep their reason."""

    model = ScoreRule
    name = "wagtail_leads_rules"
    url_prefix = "leads/rules"
    icon = "order-up"
    menu_label = gettext_lazy("Scoring rules")
    add_to_admin_menu = False
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = False
    index_view_class = RuleIndex
    add_view_class = RuleCreate
    edit_view_class = RuleEdit
    index_template_name = "wagtail_leads/admin/leads/index.html"
    ordering = ["order", "pk"]
    list_per_page = 100

    def get_form_class(self, for_update=False):
        return RuleForm

    def get_common_view_kwargs(self, **kwargs):
        return super().get_common_view_kwargs(**kwargs) | dict.fromkeys(WITHOUT)

    def get_permissions_to_register(self):
        from django.contrib.auth.models import Permission

        return Permission.objects.filter(content_type__app_label="wagtail_leads", content_type__model="scorerule")

    def get_urlpatterns(self):
        left_out = ("delete", "usage", "copy")
        return [one for one in super().get_urlpatterns() if one.name not in left_out]


class TopicForm(forms.ModelForm):
    class Meta:
        model = Topic
        fields = ["name", "slug"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        slug = self.fields["slug"]
        slug.required = False
        slug.help_text = _(
            "Letters, digits and hyphens. Empty: we make one. It stays as it is, since facts are kept under it."
        )
        slug.disabled = bool(self.instance.pk)

    def clean_slug(self):
        slug = self.cleaned_data["slug"] or slugify(self.cleaned_data.get("name", ""))[:40]
        if slug or not self.cleaned_data.get("name"):
            return slug if self.instance.pk or self.data.get("slug") else free_slug(slug)
        return free_slug("topic")


def free_slug(wanted: str) -> str:
    """`wanted`, or `wanted-2` … when it is taken; a Japanese name gives no slug, so those are numbered."""
    taken = set(Topic.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    if wanted and wanted not in taken and not re.fullmatch("topic", wanted):
        return wanted
    number = 2 if wanted != "topic" else 1
    while f"{wanted}-{number}" in taken:
        number += 1
    return f"{wanted}-{number}"


class TopicIndex(generic.IndexView):
    template_name = "wagtail_leads/admin/leads/index.html"

    def get_base_queryset(self):
        pages = PagePolicy.topics.through.objects.filter(topic=OuterRef("pk")).order_by().values("topic")
        return Topic.objects.annotate(page_count=Coalesce(Subquery(pages.annotate(n=Count("pk")).values("n")), 0))

    @cached_property
    def columns(self):
        title = self._get_title_column_class(TitleColumn)
        return [
            title("name", label=_("Name"), accessor="name", get_url=self.get_edit_url, sort_key="name"),
            Column("page_count", label=_("Pages"), sort_key="page_count"),
            Column("slug", label=_("Short name")),
        ]


class TopicViewSet(ModelViewSet):
    model = Topic
    name = "wagtail_leads_topics"
    url_prefix = "leads/topics"
    icon = "tag"
    menu_label = gettext_lazy("Topics")
    add_to_admin_menu = False
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = TopicIndex
    index_template_name = "wagtail_leads/admin/leads/index.html"
    ordering = "name"
    search_fields = ["name", "slug"]
    search_backend_name = None

    def get_form_class(self, for_update=False):
        return TopicForm
