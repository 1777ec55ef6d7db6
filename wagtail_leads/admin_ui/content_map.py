"""Which content is there, for whom, and what is missing: the matrix of purchase stages and problems, and the kinds of content
that we guess and a person confirms."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_leads.admin_ui.permissions import may, may_view
from wagtail_leads.content.models import CONTENT_KIND_LABELS, PagePolicy, Problem
from wagtail_leads.content.operations import change_marks
from wagtail_leads.content.queries import find_without_kind, guess_kind, matrix_of
from wagtail_leads.content.stages import stage_list
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.kinds import ContentKind

#: Pages of one sheet of guesses.
SHEET = 50


def may_see_marks(user) -> bool:
    return may_view(user, PagePolicy) or may_view(user, Lead)


class InSettings(WagtailAdminTemplateMixin, TemplateView):
    """A page of our own below the settings hub."""

    def may_open(self, user) -> bool:
        return may_see_marks(user)

    def dispatch(self, request, *args, **kwargs):
        if not self.may_open(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        hub = {"url": reverse("wagtail_leads_settings"), "label": _("Leads settings")}
        return [*self.breadcrumbs_items, hub, {"url": "", "label": self.page_title}]


@dataclass(frozen=True, kw_only=True)
class Cell:
    count: int
    url: str
    stage: str
    is_missing: bool


class MatrixView(InSettings):
    """Purchase stage x problem: how many pages answer it, and where there is none."""

    template_name = "wagtail_leads/admin/content_map/matrix.html"
    page_title = gettext_lazy("Content map")
    header_icon = "table"
    http_method_names = ["get", "head", "options"]

    def get_context_data(self, **kwargs):
        stages, problems, counts = stage_list(), list(Problem.objects.all()), matrix_of()
        keys = [stage.key for stage in stages]
        rows = [(problem, [_cell(counts, stage, problem) for stage in stages]) for problem in problems]
        off_list = sum(n for (key, _problem), n in counts.items() if key and key not in keys)
        return super().get_context_data(
            **kwargs,
            stages=stages,
            rows=rows,
            without_problem=[_cell(counts, stage, None) for stage in stages],
            has_without_problem=any(key in keys and problem is None for key, problem in counts),
            missing=sum(cell.is_missing for _problem, cells in rows for cell in cells),
            without_stage=sum(n for (key, problem), n in counts.items() if not key and problem is not None),
            off_list=off_list,
            marked_url=reverse("wagtail_leads_marked_pages"),
            unknown_kinds=find_without_kind().count(),
            may_change_problems=may(self.request.user, "add", Problem),
        )


def _cell(counts: dict, stage, problem: Problem | None) -> Cell:
    count = counts.get((stage.key, problem.pk if problem else None), 0)
    wanted = {"purchase_stage": stage.key, "problem": problem.pk if problem else "none"}
    return Cell(
        count=count,
        url=f"{reverse('wagtail_leads_marked_pages')}?{urlencode(wanted)}",
        stage=stage.name,
        is_missing=problem is not None and not count,
    )


class KindsView(InSettings):
    """Pages of which nobody said what kind of content they are: our guesses, confirmed or corrected many at a time."""

    template_name = "wagtail_leads/admin/content_map/kinds.html"
    page_title = gettext_lazy("Kinds of content")
    header_icon = "tag"
    http_method_names = ["get", "head", "post", "options"]

    def post(self, request, *args, **kwargs):
        known = {kind.value for kind in ContentKind}
        chosen = {
            name[5:]: value
            for name, value in request.POST.items()
            if name.startswith("kind-") and name[5:].isdecimal() and value in known
        }
        pages = find_without_kind().filter(pk__in=[pk for pk in chosen if len(pk) < 10])
        may_publish = [page for page in pages if page.permissions_for_user(request.user).can_publish()]
        now = timezone.now()
        for page in may_publish:
            change_marks(page, user=request.user, now=now, content_kind=chosen[str(page.pk)])
        done = len(may_publish)
        words = ngettext("%(count)d page is marked.", "%(count)d pages are marked.", done) % {"count": done}
        (messages.success if done else messages.warning)(request, words if done else _("No page was marked."))
        return redirect("wagtail_leads_kinds")

    def get_context_data(self, **kwargs):
        pages = find_without_kind()
        sheet = Paginator(pages, SHEET).get_page(self.request.GET.get("p"))
        user = self.request.user
        return super().get_context_data(
            **kwargs,
            sheet=sheet,
            rows=[(page, guess_kind(page).value) for page in sheet if page.permissions_for_user(user).can_publish()],
            kinds=[(kind.value, CONTENT_KIND_LABELS[kind]) for kind in ContentKind],
        )
