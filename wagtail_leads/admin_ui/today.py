"""Today: on a living site whom to call and why; on a new one how to begin."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.timesince import timesince
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_leads import conf
from wagtail_leads.admin_ui.checklist import checklist
from wagtail_leads.admin_ui.health import find_notices
from wagtail_leads.admin_ui.permissions import (
    may,
    may_change_lead,
    may_handle_requests,
    may_view,
    visible_leads,
)
from wagtail_leads.admin_ui.requests import open_requests
from wagtail_leads.admin_ui.screens import lead_url, menu_url
from wagtail_leads.companies.models import Company
from wagtail_leads.companies.queries import sells_to_companies, survivor_of
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.contact import may_call, may_mail
from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.reports.memo import day_ahead, duration
from wagtail_leads.reports.queries import Call, Number, Seen, find_calls, find_numbers, find_visits
from wagtail_leads.reports.reasons import reason
from wagtail_leads.reports.targets import find_targets_seen
from wagtail_leads.reports.words import contact_warning, tel
from wagtail_leads.sales.models import Todo

MOST_ROWS = 20
MOST_PAGES = 5


@dataclass(frozen=True, kw_only=True)
class Reason:
    text: str
    high_intent: bool


@dataclass(frozen=True, kw_only=True)
class CallRow:
    """A row of "whom to call", in words."""

    call: Call
    url: str
    reasons: list[Reason]
    hot: bool
    #: "overdue for 5 hours" or "until tomorrow 14:00"; empty without a to-do.
    due: str
    #: May this reader say what came of it?
    may_change: bool = False

    @property
    def phone(self) -> str:
        """What one may ring: '' where none is known, or the person wishes no call."""
        lead = self.call.lead
        return (tel(lead.mobile) or tel(lead.phone)) if may_call(lead.contact_wish) else ""

    @property
    def phone_shown(self) -> str:
        lead = self.call.lead
        return lead.mobile if tel(lead.mobile) else lead.phone

    @property
    def may_mail(self) -> bool:
        asked = any(fact.kind == ActivityKind.INQUIRY_MADE for fact in self.call.facts)
        return bool(self.call.lead.email) and may_mail(self.call.lead.contact_wish, asked=asked)

    @property
    def wish(self) -> str:
        return contact_warning(self.call.lead.contact_wish)

    @property
    def company(self) -> str:
        lead = self.call.lead
        return lead.company_name or (survivor_of(lead.company).name if lead.company else "")

    @property
    def guessed(self) -> bool:
        lead = self.call.lead
        return bool(not lead.company_name and lead.company and survivor_of(lead.company).is_guessed)


@dataclass(frozen=True, kw_only=True)
class VisitRow:
    seen: Seen
    url: str
    pages: list[tuple]
    more: int
    dwell: str
    company: str


@dataclass(frozen=True, kw_only=True)
class Tile:
    label: str
    help: str
    number: Number

    @property
    def trend(self) -> str:
        if not self.number.change:
            return "same"
        return "up" if self.number.change > 0 else "down"


class TodayView(WagtailAdminTemplateMixin, TemplateView):
    template_name = "wagtail_leads/admin/today/index.html"
    page_title = gettext_lazy("Today")
    header_icon = "calendar-check"
    http_method_names = ["get", "head", "options"]

    def dispatch(self, request, *args, **kwargs):
        if not may_view(request.user, Lead):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        return [*self.breadcrumbs_items, {"url": "", "label": _("Today")}]

    def get_context_data(self, **kwargs):
        now, user = timezone.now(), self.request.user
        visible = visible_leads(user)
        mine = self.request.GET.get("owner") == "me"
        steps = checklist(self.request, now=now)
        living = visible.exists()
        notices = find_notices(now=now)
        midnight = localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
        context = {
            "now": now,
            "date": _date(now),
            "living": living,
            "mine": mine,
            "may_change": may(user, "change", Lead),
            "checklist": steps,
            "results": [choice for choice in Todo.Result.choices if choice[0] != Todo.Result.NO_PROSPECT],
            "notices": notices,
            "requests": open_requests(localtime(now).date()) if may_handle_requests(user) else (0, 0),
            # On a living site the critical ones stand on top already.
            "later_notices": [notice for notice in notices if not living or notice.level != "critical"],
            "visits": [_visit_row(seen) for seen in find_visits(now=now, since=midnight, visible=visible, limit=MOST_ROWS)],
            "leads_url": menu_url("leads"),
            "with_companies": sells_to_companies(),
        }
        context["opens_companies"] = context["with_companies"] and may_view(user, Company)
        if context["opens_companies"]:
            context["targets"] = find_targets_seen(since=midnight, visible=visible)
        if living:
            calls = find_calls(now=now, visible=visible, owner=user if mine else None, limit=MOST_ROWS)
            context["calls"] = [_call_row(call, user, now) for call in calls]
            context["tiles"] = _tiles(find_numbers(now=now, visible=visible))
        return super().get_context_data(**kwargs) | context


def _date(now) -> str:
    """Sunday, November 22, 2026; the order and the length of the weekday are the language's."""
    # Translators: letter of Django's date filter: "l" writes the weekday out, "D" shortens it
    letter = pgettext("today's weekday", "l")
    at = localtime(now)
    words = {"weekday": date_format(at, letter), "date": date_format(at, "DATE_FORMAT")}
    return _("%(weekday)s, %(date)s") % words


def _call_row(call: Call, user, now) -> CallRow:
    reasons = [Reason(text=reason(fact, now), high_intent=fact.high_intent) for fact in call.facts]
    return CallRow(
        call=call,
        url=lead_url(call.lead),
        reasons=reasons,
        hot=call.score >= conf.get("HOT_SCORE"),
        due=_due(call, now) if call.todo else "",
        may_change=may_change_lead(user, call.lead) or (call.todo is not None and call.todo.owner_id == user.pk),
    )


def _due(call: Call, now) -> str:
    if call.overdue:
        return _("overdue for %(time)s") % {"time": timesince(call.todo.due_at, now, depth=1)}
    at = localtime(call.todo.due_at)
    return _("until %(day)s %(time)s") % {"day": day_ahead(at, now), "time": time_format(at, "H:i")}


def _visit_row(seen: Seen) -> VisitRow:
    pages = [(page, _dwell(page.dwell_ms)) for page in seen.pages[:MOST_PAGES]]
    lead = seen.lead
    company = ""
    if lead:
        company = lead.company_name or (survivor_of(lead.company).name if lead.company else "")
    return VisitRow(
        seen=seen,
        url=lead_url(lead) if lead else "",
        pages=pages,
        more=max(len(seen.pages) - MOST_PAGES, 0),
        dwell=_dwell(seen.dwell_ms),
        company=company,
    )


def _dwell(ms: int | None) -> str:
    return "" if ms is None else duration(ms)


def _tiles(numbers: dict[str, Number]) -> list[Tile]:
    return [
        Tile(
            label=_("New leads"), help=_("People whose name we learned in the last 7 days."), number=numbers["new_leads"]
        ),
        Tile(
            label=_("Active prospects"),
            help=_("Known by name, with a connected browser, seen in the last 30 days."),
            number=numbers["active_prospects"],
        ),
        Tile(label=_("Inquiries"), help=_("Inquiries in the last 7 days."), number=numbers["inquiries"]),
    ]
