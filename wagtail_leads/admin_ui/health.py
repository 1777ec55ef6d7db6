"""Is everything running? Problems in plain words first, then what each part last did."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_leads import conf
from wagtail_leads.activity.models import Activity
from wagtail_leads.admin_ui.company_files import EXAMPLE, FILE_KINDS
from wagtail_leads.admin_ui.settings_hub import sees_leads
from wagtail_leads.background import LANES, Lane
from wagtail_leads.companies.credits import present_credits
from wagtail_leads.companies.queries import mmdb_health, sells_to_companies
from wagtail_leads.logic.kinds import DropReason
from wagtail_leads.mailing.models import STATE_LABELS, Message
from wagtail_leads.reports import health
from wagtail_leads.reports.queries import last_hit
from wagtail_leads.tracking.models import DropCount, ParkedHit

LANE_LABELS = {
    "tick": gettext_lazy("Clock (each minute)"),
    "river": gettext_lazy("Activities: companies, scores, stages"),
    "mail": gettext_lazy("Sending mail"),
    "scenarios": gettext_lazy("Scenarios"),
    "clock": gettext_lazy("What is due by date"),
    "imports": gettext_lazy("Imports of leads"),
    "retention": gettext_lazy("Removing what is kept too long (once a day)"),
}
LOST_REASONS = (DropReason.BUFFER_FULL.value, DropReason.STORE_FAILED.value)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A problem as `reports.health` tells it, with the page on which it can be mended."""

    message: str
    level: str
    url: str


def find_notices(*, now: datetime) -> list[Notice]:
    """All problems, the worst first."""
    found = [
        Notice(message=str(problem.message), level=_level(problem.level), url=_where(problem.url_name, problem.query))
        for problem in health.problems(now)
    ]
    return sorted(found, key=lambda notice: notice.level != "critical")


def _level(level) -> str:
    return "critical" if str(level) in {"error", "critical"} else "warning"


def _where(url_name: str, query: str = "") -> str:
    """Empty when it has no page, or one that the site has left out."""
    if not url_name:
        return ""
    try:
        return f"{reverse(url_name)}?{query}" if query else reverse(url_name)
    except NoReverseMatch:
        return ""


class HealthView(WagtailAdminTemplateMixin, TemplateView):
    template_name = "wagtail_leads/admin/settings_hub/health.html"
    page_title = gettext_lazy("Health")
    header_icon = "circle-check"
    http_method_names = ["get", "head", "options"]

    def dispatch(self, request, *args, **kwargs):
        if not sees_leads(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        hub = {"url": reverse("wagtail_leads_settings"), "label": _("Leads settings")}
        return [*self.breadcrumbs_items, hub, {"url": "", "label": _("Health")}]

    def get_context_data(self, **kwargs):
        now = timezone.now()
        visit, staff = last_hit(since=timezone.localdate(now))
        with_companies = sells_to_companies()
        return super().get_context_data(
            **kwargs,
            notices=find_notices(now=now),
            lanes=_lanes(with_companies),
            with_companies=with_companies,
            files=mmdb_health(),
            file_kinds=FILE_KINDS,
            file_example=EXAMPLE,
            old_before=now - health.OLD_FILE,
            credits=present_credits(),
            mails=_mails(),
            visit=visit,
            staff=staff,
            buffer=conf.get("BUFFER"),
            parked=ParkedHit.objects.count(),
            waiting=Activity.objects.waiting().filter(problem="").count(),
            poisonous=Activity.objects.exclude(problem="").count(),
            lost=_lost(now),
        )


def _lanes(with_companies: bool) -> list[tuple[str, Lane | None]]:
    known = {lane.name: lane for lane in Lane.objects.all()}
    labels = LANE_LABELS if with_companies else {**LANE_LABELS, "river": _("Activities: scores, stages")}
    return [(labels[name], known.get(name)) for name in ("tick", *LANES, "retention")]


def _mails() -> list[tuple[str, int]]:
    counts = dict(Message.objects.order_by().values_list("state").annotate(count=Count("pk")))
    return [(label, counts.get(state.value, 0)) for state, label in STATE_LABELS.items()]


def _lost(now: datetime) -> int:
    """Hits of the last seven days that could not be written."""
    week = timezone.localdate(now - timedelta(days=7))
    rows = DropCount.objects.filter(day__gte=week, reason__in=LOST_REASONS)
    return sum(rows.values_list("count", flat=True))
