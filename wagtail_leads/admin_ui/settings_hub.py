"""Settings: one page of cards with a sentence each, so that the menu stays at six entries."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.reports import ReportView

from wagtail_leads.activity.models import Activity
from wagtail_leads.admin_ui.content_map import may_see_marks
from wagtail_leads.admin_ui.document_permissions import documents
from wagtail_leads.admin_ui.exports import SafeExport
from wagtail_leads.admin_ui.permissions import may, may_handle_requests, may_view
from wagtail_leads.admin_ui.retention import may_see_retention
from wagtail_leads.admin_ui.screens import Screen, screens
from wagtail_leads.capture.models import FormSubmission, Goal, LeadForm, PopUp
from wagtail_leads.companies.models import Company, Market
from wagtail_leads.companies.queries import sells_to_companies
from wagtail_leads.content.models import BuyingStage, Problem, Topic
from wagtail_leads.identity.models import AccessRecord, Consent, Lead, LeadField, LeadSource, LeadTag
from wagtail_leads.mailing.models import Message, SenderDetails, Suppression, Switches
from wagtail_leads.scoring.models import ScoreRule
from wagtail_leads.segments.models import StageChange
from wagtail_leads.tracking.models import TrackingSettings, Visit


@dataclass(frozen=True, kw_only=True)
class Card:
    label: str
    sentence: str
    icon: str
    #: Where it leads: of a model its list, of a setting its form, otherwise a page of our own.
    model: type | None = None
    setting: type | None = None
    url_name: str = ""
    #: Who may open a page of our own.
    may: Callable | None = None
    #: What it says where only people are sold to; empty: the same.
    for_people: str = ""


@dataclass(frozen=True, kw_only=True)
class Group:
    label: str
    cards: tuple[Card, ...]
    #: As with cards.
    for_people: str = ""


def sees_submissions(user) -> bool:
    return may_view(user, FormSubmission)


def sees_leads(user) -> bool:
    return may_view(user, Lead)


def sees_networks(user) -> bool:
    """Own offices are left out, and addresses looked at, whomever one sells to."""
    return may_view(user, Company)


def sees_companies(user) -> bool:
    return may_view(user, Company) and sells_to_companies()


def changes_companies(user) -> bool:
    return may(user, "change", Company) and sells_to_companies()


def changes_stages(user) -> bool:
    return may(user, "change", BuyingStage)


def changes_leads(user) -> bool:
    return may(user, "change", Lead)


def changes_documents(user) -> bool:
    return documents().user_has_any_permission(user, ["change"])


def may_see_notice(user) -> bool:
    return may(user, "change", TrackingSettings)


GROUPS = (
    Group(
        label=gettext_lazy("Writing to people"),
        cards=(
            Card(
                label=gettext_lazy("Sender details"),
                sentence=gettext_lazy("Who writes, and the address and contact that the law wants in every mail."),
                icon="mail",
                setting=SenderDetails,
            ),
            Card(
                label=gettext_lazy("Emergency stop"),
                sentence=gettext_lazy("One switch stops all mail and all scenarios; nothing is lost."),
                icon="warning",
                setting=Switches,
            ),
            Card(
                label=gettext_lazy("Sent mail"),
                sentence=gettext_lazy("Every mail to every person: sent, waiting or refused, and why."),
                icon="history",
                model=Message,
            ),
            Card(
                label=gettext_lazy("Suppressions"),
                sentence=gettext_lazy("Addresses that must not be written to any more."),
                icon="no-view",
                model=Suppression,
            ),
        ),
    ),
    Group(
        label=gettext_lazy("Winning leads"),
        cards=(
            Card(
                label=gettext_lazy("Forms"),
                sentence=gettext_lazy(
                    "What visitors are asked: before a gated page opens, in a page, or at an address of their own."
                ),
                icon="form",
                model=LeadForm,
            ),
            Card(
                label=gettext_lazy("Pop-ups"),
                sentence=gettext_lazy("A form that comes up by itself, once the reader has had time to read."),
                icon="comment",
                model=PopUp,
            ),
            Card(
                label=gettext_lazy("Marked pages"),
                sentence=gettext_lazy("Which pages are gated, and which speak of a wish to buy."),
                icon="tag",
                url_name="wagtail_leads_marked_pages",
                may=may_see_marks,
            ),
            Card(
                label=gettext_lazy("Content map"),
                sentence=gettext_lazy("Purchase stage by problem: which content is there, and which is missing."),
                icon="table",
                url_name="wagtail_leads_content_map",
                may=may_see_marks,
            ),
            Card(
                label=gettext_lazy("Purchase stages"),
                sentence=gettext_lazy("The way to buying, in your own words; seven stages or AIDMA to begin with."),
                icon="list-ol",
                url_name="wagtail_leads_stages",
                may=changes_stages,
            ),
            Card(
                label=gettext_lazy("Problems of customers"),
                sentence=gettext_lazy("What makes people look for you, and which page answers it."),
                icon="help",
                model=Problem,
            ),
            Card(
                label=gettext_lazy("Gated documents"),
                sentence=gettext_lazy("Files that are given for a name only, and how often each was fetched."),
                icon="doc-full-inverse",
                url_name="wagtail_leads_gated_documents",
                may=changes_documents,
            ),
            Card(
                label=gettext_lazy("Topics"),
                sentence=gettext_lazy("Products and themes by which a lead's interest is counted."),
                icon="list-ul",
                model=Topic,
            ),
            Card(
                label=gettext_lazy("Goals"),
                sentence=gettext_lazy("What counts as a success: an inquiry, a form, a page, an event; and what it is worth."),
                icon="pick",
                model=Goal,
            ),
            Card(
                label=gettext_lazy("Own fields of leads"),
                sentence=gettext_lazy("What you want to know of your leads besides name and address."),
                icon="list-ul",
                model=LeadField,
            ),
            Card(
                label=gettext_lazy("Tags of leads"),
                sentence=gettext_lazy("Words that you put on leads, by hand or by a form."),
                icon="tag",
                model=LeadTag,
            ),
            Card(
                label=gettext_lazy("Sources of leads"),
                sentence=gettext_lazy("Exhibitions, seminars and campaigns: when they were, and what they cost."),
                icon="calendar-alt",
                model=LeadSource,
            ),
            Card(
                label=gettext_lazy("Scoring rules"),
                sentence=gettext_lazy("How many points a visit, a form or a click is worth."),
                icon="order-up",
                model=ScoreRule,
            ),
            Card(
                label=gettext_lazy("Duplicates"),
                sentence=gettext_lazy("Leads that may be one person: compare, merge, and take that back."),
                icon="group",
                url_name="wagtail_leads_duplicates",
                may=changes_leads,
            ),
        ),
    ),
    Group(
        label=gettext_lazy("Visits and consent"),
        cards=(
            Card(
                label=gettext_lazy("Visitors and privacy"),
                sentence=gettext_lazy(
                    "What is recorded of visitors, how they are told or asked, and what else your site sends."
                ),
                icon="view",
                setting=TrackingSettings,
            ),
            Card(
                label=gettext_lazy("The notice as visitors see it"),
                sentence=gettext_lazy("The one sentence at the top of each page, in every language of the site."),
                icon="desktop",
                url_name="wagtail_leads_notice",
                may=may_see_notice,
            ),
            Card(
                label=gettext_lazy("Consents"),
                sentence=gettext_lazy("Who allowed mail or visits, when, and with which wording: your proof."),
                icon="check",
                model=Consent,
            ),
            Card(
                label=gettext_lazy("Requests about personal data"),
                sentence=gettext_lazy("Somebody wants to know what is stored, or wants it corrected, unused or erased."),
                icon="clipboard-list",
                url_name="wagtail_leads_requests",
                may=may_handle_requests,
            ),
            Card(
                label=gettext_lazy("Who looked at whom"),
                sentence=gettext_lazy("Which colleague opened or exported whose data."),
                icon="view",
                model=AccessRecord,
            ),
            Card(
                label=gettext_lazy("How long data is kept"),
                sentence=gettext_lazy("How long each kind stays, and what the next run removes."),
                icon="history",
                url_name="wagtail_leads_retention",
                may=may_see_retention,
            ),
        ),
    ),
    Group(
        label=gettext_lazy("Companies and networks"),
        for_people=gettext_lazy("Market and networks"),
        cards=(
            Card(
                label=gettext_lazy("Whom we sell to"),
                sentence=gettext_lazy("Companies, people or both: what does not apply is left out everywhere."),
                icon="group",
                setting=Market,
            ),
            Card(
                label=gettext_lazy("Own networks"),
                sentence=gettext_lazy("Whose network it is, said by you: customers, providers, your own offices."),
                for_people=gettext_lazy("Your own offices: their visits are left out."),
                icon="site",
                url_name="wagtail_leads_own_networks",
                may=sees_networks,
            ),
            Card(
                label=gettext_lazy("Unknown networks"),
                sentence=gettext_lazy("Visits came from there, and no file names a company. Do you know it?"),
                icon="help",
                url_name="wagtail_leads_networks",
                may=sees_companies,
            ),
            Card(
                label=gettext_lazy("Target accounts"),
                sentence=gettext_lazy("Companies you want to hear of when somebody from there is on the site."),
                icon="tick-inverse",
                url_name="wagtail_leads_targets",
                may=changes_companies,
            ),
            Card(
                label=gettext_lazy("Your address as we see it"),
                sentence=gettext_lazy("Do visitors' addresses arrive right? And what would we say of any address?"),
                for_people=gettext_lazy("Do visitors' addresses arrive right?"),
                icon="globe",
                url_name="wagtail_leads_your_address",
                may=sees_networks,
            ),
        ),
    ),
    Group(
        label=gettext_lazy("Looking things up"),
        cards=(
            Card(
                label=gettext_lazy("Visits"),
                sentence=gettext_lazy("Who was on the site, how they came, and what they read."),
                icon="globe",
                model=Visit,
            ),
            Card(
                label=gettext_lazy("Activities"),
                sentence=gettext_lazy("The ledger: everything that happened, line by line."),
                icon="list-ol",
                model=Activity,
            ),
            Card(
                label=gettext_lazy("Form submissions"),
                sentence=gettext_lazy("What people wrote into forms, as they sent it."),
                icon="clipboard-list",
                model=FormSubmission,
            ),
            Card(
                label=gettext_lazy("Held forms"),
                sentence=gettext_lazy("Forms that look like advertising: release what a person wrote, delete the rest."),
                icon="warning",
                url_name="wagtail_leads_held_forms",
                may=sees_submissions,
            ),
            Card(
                label=gettext_lazy("Changes of stage"),
                sentence=gettext_lazy("When a lead became a prospect, a customer or fell asleep, and why."),
                icon="resubmit",
                model=StageChange,
            ),
            Card(
                label=gettext_lazy("Left-out hits"),
                sentence=gettext_lazy("What was not counted as a visit – robots, colleagues – and why."),
                icon="bin",
                url_name="wagtail_leads_left_out",
                may=sees_leads,
            ),
            Card(
                label=gettext_lazy("Health"),
                sentence=gettext_lazy("Is everything running? Worker, mail, company files and buffers."),
                for_people=gettext_lazy("Is everything running? Worker, mail and buffers."),
                icon="circle-check",
                url_name="wagtail_leads_health",
                may=sees_leads,
            ),
        ),
    ),
)


@dataclass(frozen=True, kw_only=True)
class ShownCard:
    label: str
    sentence: str
    icon: str
    url: str


def find_groups(user) -> list[tuple[str, list[ShownCard]]]:
    """(label, cards) of what this user may open."""
    known, people = screens(), not sells_to_companies()
    found = [(_words(group, "label", people), _shown(group, user, known, people)) for group in GROUPS]
    return [(label, cards) for label, cards in found if cards]


def _shown(group: Group, user, known: dict[type, Screen], people: bool) -> list[ShownCard]:
    return [
        ShownCard(label=card.label, sentence=_words(card, "sentence", people), icon=card.icon, url=_url(card, known))
        for card in group.cards
        if _may(card, user, known)
    ]


def _words(entry: Card | Group, name: str, people: bool) -> str:
    return (people and entry.for_people) or getattr(entry, name)


def _may(card: Card, user, known: dict[type, Screen]) -> bool:
    """As the screen itself says: no card without a screen, no screen without a card."""
    if card.setting:
        return may(user, "change", card.setting)
    if card.model:
        return card.model in known and known[card.model].may(user)
    return card.may(user)


def _url(card: Card, known: dict[type, Screen]) -> str:
    if card.setting:
        return reverse("wagtailsettings:edit", args=[card.setting._meta.app_label, card.setting._meta.model_name])
    return known[card.model].url if card.model else reverse(card.url_name)


def may_see_hub(user) -> bool:
    """Whoever may open one of its cards."""
    known = screens()
    return any(_may(card, user, known) for group in GROUPS for card in group.cards)


class SettingsHubView(WagtailAdminTemplateMixin, TemplateView):
    template_name = "wagtail_leads/admin/settings_hub/index.html"
    page_title = gettext_lazy("Leads settings")
    header_icon = "cog"
    http_method_names = ["get", "head", "options"]

    def dispatch(self, request, *args, **kwargs):
        if not may_see_hub(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        return [*self.breadcrumbs_items, {"url": "", "label": _("Leads settings")}]

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs, groups=find_groups(self.request.user))


class OwnReport(SafeExport, ReportView):
    """A table inside Settings, behind a rule of ours instead of a permission policy."""

    def may_open(self, user) -> bool:
        return sees_leads(user)

    def dispatch(self, request, *args, **kwargs):
        if not self.may_open(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        hub = {"url": reverse("wagtail_leads_settings"), "label": _("Leads settings")}
        base = [item for item in self.breadcrumbs_items if "reports" not in str(item["url"])]
        return [*base, hub, {"url": "", "label": self.page_title}]
