"""The report of all marked pages, with filters."""

import django_filters
from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import BooleanColumn, Column, DateColumn, TitleColumn
from wagtail.coreutils import multigetattr

from wagtail_leads.admin_ui.content_map import may_see_marks
from wagtail_leads.admin_ui.settings_hub import OwnReport
from wagtail_leads.content.models import CONTENT_KIND_LABELS, PagePolicy, Problem, Topic
from wagtail_leads.content.queries import find_marked_pages
from wagtail_leads.content.stages import stage_choices, stage_names
from wagtail_leads.logic.kinds import ContentKind

YES_NO = [("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))]


def _yes_or_no(label):
    return django_filters.ChoiceFilter(label=label, choices=YES_NO, method="by_switch", empty_label=gettext_lazy("All"))


def problem_choices():
    """With the empty one that the content map links to."""
    return [("none", _("none")), *((str(p.pk), p.name) for p in Problem.objects.all())]


class MarkFilters(WagtailFilterSet):
    page = django_filters.CharFilter(label=gettext_lazy("Title contains"), field_name="page__title", lookup_expr="icontains")
    gated = _yes_or_no(gettext_lazy("Gated"))
    high_intent = _yes_or_no(gettext_lazy("High intent"))
    content_kind = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("Kind of content"),
        choices=[(kind.value, CONTENT_KIND_LABELS[kind]) for kind in ContentKind],
        widget=forms.CheckboxSelectMultiple,
    )
    purchase_stage = django_filters.ChoiceFilter(
        label=gettext_lazy("Purchase stage"), choices=stage_choices, empty_label=gettext_lazy("All")
    )
    problem = django_filters.ChoiceFilter(
        label=gettext_lazy("Problem it answers"),
        choices=problem_choices,
        method="by_problem",
        empty_label=gettext_lazy("All"),
    )
    topics = django_filters.ModelMultipleChoiceFilter(
        label=gettext_lazy("Topics"), queryset=Topic.objects.all(), widget=forms.CheckboxSelectMultiple
    )
    own = django_filters.ChoiceFilter(
        label=gettext_lazy("Marks"),
        choices=[("own", gettext_lazy("the page's own")), ("above", gettext_lazy("from above or of the original"))],
        method="by_origin",
        empty_label=gettext_lazy("All"),
    )

    class Meta:
        model = PagePolicy
        fields = []

    def by_switch(self, policies, name, value):
        return policies.filter(**{name: value == "yes"})

    def by_problem(self, policies, name, value):
        return policies.filter(problem__isnull=True) if value == "none" else policies.filter(problem=value)

    def by_origin(self, policies, name, value):
        return policies.filter(inherited_from__isnull=value == "own")


def _topics(policy) -> str:
    return pgettext("between names", ", ").join(topic.name for topic in policy.topics.all())


def _whose(policy) -> str:
    return policy.inherited_from.title if policy.inherited_from_id else ""


class MarkedPagesView(OwnReport):
    page_title = gettext_lazy("Marked pages")
    header_icon = "tag"
    index_url_name = "wagtail_leads_marked_pages"
    index_results_url_name = "wagtail_leads_marked_pages_results"
    is_searchable = False
    template_name = "wagtail_leads/admin/reports/report.html"
    filterset_class = MarkFilters
    list_export = [
        "page.title", "page.url_path", "gated", "high_intent", "get_content_kind_display", "purchase_stage", "problem",
        "topics", "inherited_from", "updated_at",
    ]  # fmt: skip
    export_headings = {
        "page.title": gettext_lazy("Page"),
        "page.url_path": gettext_lazy("Address"),
        "gated": gettext_lazy("Gated"),
        "high_intent": gettext_lazy("High intent"),
        "get_content_kind_display": gettext_lazy("Kind of content"),
        "purchase_stage": gettext_lazy("Purchase stage"),
        "problem": gettext_lazy("Problem it answers"),
        "topics": gettext_lazy("Topics"),
        "inherited_from": gettext_lazy("Marks come from"),
        "updated_at": gettext_lazy("Changed"),
    }

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.names = stage_names()

    @property
    def columns(self):
        return [
            TitleColumn(
                "page",
                label=_("Page"),
                accessor="page.title",
                get_url=lambda policy: reverse("wagtail_leads_page_marks", args=[policy.pk]),
            ),
            BooleanColumn("gated", label=_("Gated")),
            BooleanColumn("high_intent", label=_("High intent"), classname="lx-wide"),
            Column("content_kind", label=_("Kind of content"), accessor="get_content_kind_display", classname="lx-wide"),
            Column("purchase_stage", label=_("Purchase stage"), accessor=self._stage, classname="lx-wide"),
            Column("problem", label=_("Problem it answers"), accessor=lambda p: p.problem or "", classname="lx-wide"),
            Column("topics", label=_("Topics"), accessor=_topics, classname="lx-wide"),
            Column("inherited_from", label=_("Marks come from"), accessor=_whose, classname="lx-wide"),
            DateColumn("updated_at", label=_("Changed"), classname="lx-wide"),
        ]

    def _stage(self, policy) -> str:
        return self.names.get(policy.purchase_stage, policy.purchase_stage)

    def to_row_dict(self, item):
        ours = ("purchase_stage", "topics", "inherited_from")
        row = {name: "" if name in ours else multigetattr(item, name) for name in self.list_export}
        return row | {"purchase_stage": self._stage(item), "topics": _topics(item), "inherited_from": _whose(item)}

    def may_open(self, user) -> bool:
        return may_see_marks(user)

    def get_queryset(self):
        return self.filter_queryset(find_marked_pages())
