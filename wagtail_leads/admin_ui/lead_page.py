"""The page of a lead, in the order a salesperson needs it: what to do next, the memo with the note, contact details, the
timeline, the score with its reasons."""

from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import Button

from wagtail_leads import conf
from wagtail_leads.admin_ui import flow, lead_sections
from wagtail_leads.admin_ui.lead_actions import SNOOZE_DAYS
from wagtail_leads.admin_ui.lead_filters import SOURCES
from wagtail_leads.admin_ui.permissions import lead_or_404, may_change_lead, may_handle_requests, may_view
from wagtail_leads.capture.models import FormSubmission
from wagtail_leads.companies.models import Company
from wagtail_leads.companies.queries import sells_to_companies
from wagtail_leads.identity.access import note_look
from wagtail_leads.identity.models import AccessRecord, Lead
from wagtail_leads.logic.contact import may_call, may_mail
from wagtail_leads.logic.decay import decayed
from wagtail_leads.logic.kinds import EnrolmentState, Stage
from wagtail_leads.logic.programs import places
from wagtail_leads.mailing.models import Email
from wagtail_leads.reports import lead_facts, memo, timeline, touches, words
from wagtail_leads.reports.advice import advise
from wagtail_leads.reports.contacts import contacts_of
from wagtail_leads.sales.models import Todo
from wagtail_leads.sales.queries import todos_of
from wagtail_leads.scenarios.models import Enrolment, Scenario
from wagtail_leads.scoring.models import ScoreEntry
from wagtail_leads.scoring.queries import scores_of
from wagtail_leads.tracking.models import Visit

#: Entries of one rule that are shown one by one; the rest is one line.
SCORE_ROWS = 12
#: Entries that are read at all: older ones have decayed to little.
SCORE_READ = 2000
#: Sections of the site that are named.
SECTIONS = 8
#: Looks of colleagues that are listed.
LOOKED = 5


@dataclass(kw_only=True)
class ScoreRow:
    """What one rule gave: each entry with what it is worth now, the newest first."""

    name: str
    entries: list[tuple[ScoreEntry, float]] = field(default_factory=list)

    @property
    def now(self) -> float:
        return sum(now for _entry, now in self.entries)

    @property
    def shown(self) -> list[tuple[ScoreEntry, float]]:
        return self.entries[:SCORE_ROWS]

    @property
    def rest_count(self) -> int:
        return len(self.entries[SCORE_ROWS:])

    @property
    def rest_now(self) -> float:
        return sum(now for _entry, now in self.entries[SCORE_ROWS:])


class LeadPage(generic.InspectView):
    """`wagtail_leads_leads:inspect`; query string: `topic`, `facts` (see `timeline.Show`), `before` (a cursor)."""

    any_permission_required = ["change", "view"]
    template_name = "wagtail_leads/admin/leads/page.html"
    page_title = gettext_lazy("Lead")

    def get_fields(self):
        return []

    def get_object(self, queryset=None):
        return lead_or_404(self.request.user, self.pk)

    def get_page_subtitle(self):
        return str(self.object)

    def get_edit_url(self):
        return super().get_edit_url() if may_change_lead(self.request.user, self.object) else None

    @cached_property
    def header_more_buttons(self):
        buttons = super().header_more_buttons
        if may_change_lead(self.request.user, self.object):
            url = reverse("wagtail_leads_same_person", args=(self.object.pk,))
            buttons.append(Button(_("Same person as …"), url=url, icon_name="group", priority=40))
        if may_handle_requests(self.request.user):
            url = f"{reverse('wagtail_leads_request_new')}?lead={self.object.pk}"
            buttons.append(Button(_("Request about their data"), url=url, icon_name="clipboard-list", priority=50))
        return buttons

    def get_breadcrumbs_items(self):
        index = {"url": reverse(self.index_url_name), "label": _("Leads")}
        return self.breadcrumbs_items + [index, {"url": "", "label": str(self.object)}]

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        lead, now = self.object, timezone.now()
        reach = timeline.reach_of(lead)
        score = scores_of([lead.pk], now=now).get(lead.pk, 0.0)
        facts = lead_facts.gather(lead, reach, score=score, now=now)
        show = timeline.Show.read(self.request.GET)
        todos = [todo for todo in todos_of(lead) if todo.status != Todo.Status.DONE]
        may_change = may_change_lead(self.request.user, lead)
        return context | {
            "lead": lead,
            "now": now,
            "page_path": reverse("wagtail_leads_leads:inspect", args=(lead.pk,)),
            "tel": words.tel(lead.mobile) or words.tel(lead.phone),
            "tel_shown": lead.mobile if words.tel(lead.mobile) else lead.phone,
            "tel_mobile": words.tel(lead.mobile),
            "tel_phone": words.tel(lead.phone),
            **wishes(lead, facts),
            "score": round(score),
            "is_hot": score >= conf.get("HOT_SCORE"),
            "hot_score": conf.get("HOT_SCORE"),
            "todos": todos,
            "advice": advise(facts),
            "results": Todo.Result.choices,
            "snooze_days": SNOOZE_DAYS,
            "may_change": may_change,
            "may_see_company": may_view(self.request.user, Company),
            "with_companies": sells_to_companies(),
            "may_see_mail": may_view(self.request.user, Email),
            "may_see_scenario": may_view(self.request.user, Scenario),
            "memo": self._memo(memo.sentences(facts)),
            "stage_primary": lead.stage in (Stage.PROSPECT.value, Stage.OPPORTUNITY.value),
            "lead_source": SOURCES.get(lead.source, lead.source),
            "scenario_url": "wagtail_leads_scenarios:inspect",
            **guess_of(reach),
            **self._timeline(lead, reach, show, facts),
            **score_rows(lead, now),
            "touches": touches.touches_of(reach),
            "sections": touches.sections_of(reach)[:SECTIONS],
            "contacts": contacts_of(reach),
            "details": lead_sections.details(lead),
            **lead_sections.tags(lead, may_change=may_change),
            "same_people": lead_sections.same_people(lead, self.request.user),
            "merges": lead_sections.merges(reach),
            "browsers": lead_sections.browsers(reach),
            "consents": lead_sections.consents(lead, reach),
            "suppressions": lead_sections.suppressions(lead),
            "preference": lead_sections.preference(lead, now),
            "submissions": lead_sections.submissions(reach),
            "may_see_forms": may_view(self.request.user, FormSubmission),
            **lead_sections.conversions(reach),
            "files": lead_sections.files(reach, now),
            **lead_sections.changes(reach, self.request.GET.get("change", "")),
            "looked": self._looked(lead, now),
            "runs": runs(reach, now),
        }

    def _looked(self, lead, now) -> list[AccessRecord]:
        """Note this look, and show the last ones to whoever answers people's requests."""
        note_look(user=self.request.user, lead_id=lead.pk, now=now)
        if not may_handle_requests(self.request.user):
            return []
        return list(AccessRecord.objects.filter(lead=lead).select_related("user").order_by("-at", "-pk")[:LOOKED])

    def _memo(self, sentences):
        """(sentence, [(href, count)]): each sentence leads to its facts."""
        return [
            (one, [(self._show_url(anchor), anchor.count) for anchor in one.anchors if anchor.count])
            for one in sentences
        ]

    def _show_url(self, anchor) -> str:
        wanted = {"topic": anchor.topic, "facts": anchor.facts}
        return f"?{urlencode({name: value for name, value in wanted.items() if value})}#timeline"

    def _timeline(self, lead, reach, show, facts):
        after = timeline.Cursor.read(self.request.GET.get("before"))
        page = timeline.page(lead, reach, show=show, after=after)
        older = ""
        if page.older:
            wanted = {"topic": show.topic, "facts": show.facts, "before": str(page.older)}
            older = f"?{urlencode({name: value for name, value in wanted.items() if value})}#timeline"
        names = facts.topic_names or {}
        return {
            "days": timeline.days(page.entries),
            "older_url": older,
            "is_first_page": after is None,
            "show": show,
            "show_topic": names.get(show.topic, show.topic),
            "show_facts": SHOWN.get(show.facts, ""),
        }


SHOWN = {
    "pages": gettext_lazy("pages"),
    "mail": gettext_lazy("mail"),
    "forms": gettext_lazy("forms"),
    "documents": gettext_lazy("documents"),
    "left_forms": gettext_lazy("forms left half filled in"),
    "searches": gettext_lazy("searches of the site"),
    "files": gettext_lazy("opened files"),
    "shares": gettext_lazy("shared pages"),
    "links": gettext_lazy("links to other sites"),
    "contacts": gettext_lazy("contacts by colleagues"),
}


def wishes(lead: Lead, facts) -> dict:
    """Which of the buttons the person's wishes leave, and what to say about them."""
    asked = facts.waits_for_an_answer
    return {
        "may_call": may_call(lead.contact_wish, is_stopped=facts.stopped),
        "may_mail": may_mail(lead.contact_wish, is_stopped=facts.stopped, asked=asked),
        "wish": words.contact_warning(lead.contact_wish),
        "flag": lead.get_address_flag_display() if lead.address_flag else "",
    }


def guess_of(reach) -> dict:
    """The newest visit from the network of a company, with the reason in words."""
    visits = Visit.objects.filter(reach.visits(), company__isnull=False).exclude(company_reason=words.OWN_COMPANY)
    visit = visits.select_related("company__merged_into").order_by("-started_at").first() if reach.links else None
    return {"guess": visit, "guess_reason": words.guess_reason(visit.company_reason) if visit else ""}


def score_rows(lead: Lead, now) -> dict:
    """The reason of each point, by rule, what counts most first. One query."""
    half_life = timedelta(days=conf.get("HALF_LIFE_DAYS"))
    entries = (
        ScoreEntry.objects.filter(lead=lead).select_related("rule", "activity").order_by("-at", "-pk")[:SCORE_READ]
    )
    rows: dict[int, ScoreRow] = {}
    for entry in entries:
        row = rows.setdefault(entry.rule_id, ScoreRow(name=entry.rule.plain_name))
        row.entries.append((entry, decayed(entry.points, entry.at, now, half_life)))
    ordered = sorted(rows.values(), key=lambda row: abs(row.now), reverse=True)
    return {"score_rows": ordered, "half_life": conf.get("HALF_LIFE_DAYS")}


def runs(reach, now) -> list[Enrolment]:
    """Scenarios that run for the lead, with the step in words."""
    active = (EnrolmentState.RUNNING.value, EnrolmentState.WAITING.value, EnrolmentState.FAILED.value)
    found = list(
        Enrolment.objects.filter(lead__in=reach.lead_ids, state__in=active)
        .select_related("scenario", "version")
        .order_by("due_at", "pk")
    )
    steps = {run.pk: step_of(run) for run in found}
    emails = {step.get("email") for step in steps.values() if step.get("kind") == "mail"} - {None}
    names = flow.Names(emails=dict(Email.objects.filter(pk__in=emails).values_list("pk", "name")) if emails else {})
    for run in found:
        step = steps[run.pk]
        run.step_words = flow.title_of(step, names) if step else ""
        run.step_kind = flow.KIND_NAMES.get(step.get("kind"), "") if step else ""
        run.due_words = memo.day_ahead(run.due_at, now) if run.due_at else ""
    return found


def step_of(run: Enrolment) -> dict:
    """The step a run stands at; {} when its program does not know it."""
    place = places(run.version.program).get(run.step)
    return place.step if place else {}
