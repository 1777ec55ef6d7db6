"""Scenarios: the listing, the editor with the picture beside it, and the page with counts and current runs."""

from collections.abc import Mapping

import swapper
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.components import MediaContainer
from wagtail.admin.ui.side_panels import BaseSidePanel
from wagtail.admin.ui.tables import Column
from wagtail.snippets.views.snippets import EditView, IndexView, InspectView, SnippetViewSet

from wagtail_leads.admin_ui import flow
from wagtail_leads.admin_ui.deleting import DeleteUnused
from wagtail_leads.admin_ui.drafts import DraftColumn, with_schedule
from wagtail_leads.admin_ui.lead_page import step_of
from wagtail_leads.admin_ui.permissions import may, may_view, visible_leads
from wagtail_leads.capture.models import LeadForm
from wagtail_leads.logic.kinds import EnrolmentState
from wagtail_leads.mailing.models import Email
from wagtail_leads.mailing.queries import is_stopped
from wagtail_leads.reports import memo
from wagtail_leads.scenarios.models import Enrolment, Scenario, StepRun
from wagtail_leads.scenarios.programs import compile_program

URLS = "wagtail_leads_scenarios"
ACTIVE = (EnrolmentState.RUNNING.value, EnrolmentState.WAITING.value)
#: Runs listed on a scenario's page.
ROWS = 50
NO_PROGRAM: Mapping = {"triggers": [], "steps": []}
EXIT_REASONS = {
    "inquiry": gettext_lazy("made an inquiry"),
    "unsubscribed": gettext_lazy("unsubscribed"),
    "no_prospect": gettext_lazy("no prospect, said a colleague"),
    "lead_gone": gettext_lazy("the lead was merged, erased or stopped"),
    "finished": gettext_lazy("finished"),
}


# -- reading ----------------------------------------------------------------------------------------------------------


def draft_of(scenario: Scenario) -> Scenario:
    """The latest draft, or what is live when there is none."""
    if scenario.has_unpublished_changes and scenario.latest_revision_id:
        return scenario.get_latest_revision_as_object()
    return scenario


def program_of(scenario: Scenario, *, draft: bool) -> tuple[Mapping, bool]:
    """(program, is it the live one?). A draft may be unfinished: then what can be read of it, which may be nothing."""
    if not draft:
        version = scenario.versions.order_by("-number").first()
        if version is not None:
            return version.program, True
    try:
        return compile_program(draft_of(scenario)), False
    except (TypeError, ValueError, KeyError, AttributeError):  # a required value is still empty
        return NO_PROGRAM, False


def names_in(program: Mapping) -> flow.Names:
    """What the program's numbers stand for. At most three queries."""
    emails, forms, pages = set(), set(), set()
    _collect(program.get("steps") or [], emails)
    for trigger in program.get("triggers") or []:
        {"form": forms, "page": pages}.get(trigger.get("kind"), set()).add(trigger.get(trigger.get("kind")))
    page_model = swapper.load_model("wagtailcore", "Page")
    return flow.Names(
        emails=_names(Email, emails, "name"),
        forms=_names(LeadForm, forms, "name"),
        pages=_names(page_model, pages, "title"),
    )


def _collect(steps, emails: set) -> None:
    for step in steps:
        if step.get("kind") == "mail":
            emails.add(step.get("email"))
        for branch in ("yes", "no"):
            _collect(step.get(branch) or [], emails)


def _names(model, pks: set, field: str) -> dict:
    pks = pks - {None}
    return dict(model.objects.filter(pk__in=pks).values_list("pk", field)) if pks else {}


def counts_of(scenario: Scenario) -> flow.Counts:
    """Three queries, over all versions: a step keeps its key when a scenario is published again."""
    states = dict(scenario.enrolments.order_by().values_list("state").annotate(n=Count("pk")))
    waiting = scenario.enrolments.filter(state__in=ACTIVE).order_by().values_list("step").annotate(n=Count("pk"))
    passed = (
        StepRun.objects.filter(enrolment__scenario=scenario)
        .order_by()
        .values_list("step", "outcome")
        .annotate(n=Count("pk"))
    )
    return flow.Counts(
        started=sum(states.values()),
        done=states.get(EnrolmentState.DONE.value, 0),
        ended_early=states.get(EnrolmentState.EXITED.value, 0),
        stuck=states.get(EnrolmentState.FAILED.value, 0),
        waiting=dict(waiting),
        passed={(step, outcome): number for step, outcome, number in passed},
    )


def picture(scenario: Scenario, *, draft: bool) -> dict:
    """Everything the templates of the flow need."""
    program, is_live = program_of(scenario, draft=draft)
    counts = counts_of(scenario)
    nodes = flow.tree(program, names_in(program), counts)
    elsewhere = sum(number for step, number in counts.waiting.items() if step not in flow.keys(nodes))
    return {
        "drawing": flow.layout(nodes),
        "nodes": nodes,
        "counts": counts,
        "is_live_program": is_live,
        "has_steps": bool(program.get("steps")),
        "elsewhere": elsewhere,
        "active_count": sum(counts.waiting.values()),
    }


def run_rows(scenario: Scenario, user, now, *, states) -> list[Enrolment]:
    """Current runs, soonest first, with the step in words; it says what is waited for."""
    runs = list(
        scenario.enrolments.filter(state__in=states, lead__in=visible_leads(user))
        .select_related("lead", "lead__company", "version")
        .order_by("due_at", "pk")[:ROWS]
    )
    steps = {run.pk: step_of(run) for run in runs}
    names = names_in({"steps": [step for step in steps.values() if step.get("kind") == "mail"]})
    for run in runs:
        step = steps[run.pk]
        run.step_words = (
            f"{flow.KIND_NAMES.get(step['kind'], step['kind'])}: {flow.title_of(step, names)}" if step else "–"
        )
        run.due_words = memo.day_ahead(run.due_at, now) if run.due_at else ""
        run.since = run.waits_since or run.started_at
        run.reason_words = EXIT_REASONS.get(run.end_reason, run.end_reason)
    return runs


# -- views ------------------------------------------------------------------------------------------------------------


class ScenarioIndex(IndexView):
    any_permission_required = ["change", "view"]


class FlowPanel(BaseSidePanel):
    """The picture of the saved draft beside the editor."""

    class SidePanelToggle(BaseSidePanel.SidePanelToggle):
        aria_label = gettext_lazy("Toggle flow diagram")
        icon_name = "list-ul"

    name = "flow"
    title = gettext_lazy("Flow")
    template_name = "wagtail_leads/admin/scenarios/panel.html"
    order = 150

    def get_context_data(self, parent_context):
        page = {"page_url": reverse(f"{URLS}:inspect", args=(self.object.pk,))}
        return super().get_context_data(parent_context) | picture(self.object, draft=True) | page


class ScenarioEdit(EditView):
    def get_side_panels(self):
        panels = super().get_side_panels()
        if getattr(self, "expects_json_response", False):  # autosave (Wagtail 8) renders no panels
            return panels
        return MediaContainer([*panels, FlowPanel(self.get_object(), self.request)])


class ScenarioPage(InspectView):
    """`wagtail_leads_scenarios:inspect`; query string: `draft=1` draws the draft."""

    any_permission_required = ["change", "view"]
    template_name = "wagtail_leads/admin/scenarios/page.html"
    page_title = gettext_lazy("Scenario")

    def get_fields(self):
        return []

    def get_object(self, queryset=None):
        scenario = (
            Scenario.objects.filter(pk=self.pk).first() if str(self.pk).isdigit() and len(str(self.pk)) < 19 else None
        )
        if scenario is None:
            raise Http404
        return scenario

    def get_page_subtitle(self):
        return str(self.object)

    def get_context_data(self, **kwargs):
        scenario, now, user = self.object, timezone.now(), self.request.user
        is_draft = self.request.GET.get("draft") == "1"
        return (
            super().get_context_data(**kwargs)
            | picture(scenario, draft=is_draft)
            | {
                "scenario": scenario,
                "now": now,
                "is_draft": is_draft,
                "is_stopped": is_stopped(),
                "runs": run_rows(scenario, user, now, states=ACTIVE),
                "stuck": run_rows(scenario, user, now, states=(EnrolmentState.FAILED.value,)),
                "rows": ROWS,
                "may_change": may(user, "change", Scenario),
                "edit_url": reverse(f"{URLS}:edit", args=(scenario.pk,)),
            }
        )


def counted(*states) -> Coalesce:
    rows = Enrolment.objects.filter(scenario=OuterRef("pk"), state__in=states).order_by().values("scenario")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)


class ScenarioViewSet(SnippetViewSet):
    model = Scenario
    icon = "list-ul"
    base_url_path = "leads/scenarios"
    admin_url_namespace = URLS
    menu_label = gettext_lazy("Scenarios")
    add_to_admin_menu = False
    menu_item_is_registered = True
    inspect_view_enabled = True
    copy_view_enabled = True
    index_view_class = ScenarioIndex
    edit_view_class = ScenarioEdit
    delete_view_class = DeleteUnused
    inspect_view_class = ScenarioPage
    search_fields = ["name", "purpose"]
    search_backend_name = None
    list_filter = ["live"]
    list_display = [
        "name",
        DraftColumn(),
        Column("active_runs", label=gettext_lazy("Running now"), sort_key="active_runs"),
        Column("done_runs", label=gettext_lazy("Finished"), sort_key="done_runs"),
        Column("exited_runs", label=gettext_lazy("Ended early"), sort_key="exited_runs"),
        Column("stuck_runs", label=gettext_lazy("Stuck"), sort_key="stuck_runs"),
    ]

    def get_queryset(self, request):
        if not may_view(request.user, Scenario):
            return Scenario.objects.none()
        return with_schedule(Scenario.objects).annotate(
            active_runs=counted(*ACTIVE),
            done_runs=counted(EnrolmentState.DONE.value),
            exited_runs=counted(EnrolmentState.EXITED.value),
            stuck_runs=counted(EnrolmentState.FAILED.value),
        )

    @cached_property
    def inspect_template_name(self):
        return "wagtail_leads/admin/scenarios/page.html"

    @cached_property
    def index_template_name(self):
        return "wagtail_leads/admin/leads/index.html"

    @cached_property
    def edit_template_name(self):
        return "wagtail_leads/admin/scenarios/edit.html"
