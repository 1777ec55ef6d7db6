"""Visits: who was here, how they came, what they read. A ledger of its own: names are those that the reader may know."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.models import Site
from wagtail_modeladmin.helpers import DjangoORMSearchHandler

from wagtail_leads.admin_ui.ledgers import LABELS, LedgerAdmin, LedgerIndex, LedgerInspect, LedgerPermissions
from wagtail_leads.admin_ui.permissions import may_view, visible_companies, visible_leads
from wagtail_leads.companies.models import Company
from wagtail_leads.companies.queries import family_of, sells_to_companies
from wagtail_leads.companies.words import OWN_COMPANY, guess_reason, sureness
from wagtail_leads.identity.models import Lead
from wagtail_leads.reports import company_facts, words
from wagtail_leads.reports.company_facts import lines_of
from wagtail_leads.reports.memo import duration
from wagtail_leads.reports.timeline import topic_names
from wagtail_leads.reports.visits import Who, find_course, find_who, shown_visits
from wagtail_leads.tracking.models import Visit

#: Visits named at a time in an export.
CHUNK = 500
#: Columns of an export that are left out where only people are sold to.
OF_COMPANIES = ("company_name", "company_kind", "operator")


# --- Filters: fixed choices, so that no list has to be read out of the visits -----------------------------------------


class PeriodFilter(SimpleListFilter):
    title = _("period")
    parameter_name = "period"

    def lookups(self, request, model_admin):
        return [
            ("1", _("since yesterday")),
            ("7", _("last 7 days")),
            ("30", _("last 30 days")),
            ("90", _("last 90 days")),
        ]

    def queryset(self, request, rows):
        if self.value() not in ("1", "7", "30", "90"):
            return rows
        midnight = localtime(timezone.now()).replace(hour=0, minute=0, second=0, microsecond=0)
        return rows.filter(started_at__gte=midnight - timedelta(days=int(self.value())))


class WhoFilter(SimpleListFilter):
    title = _("who")
    parameter_name = "who"

    def lookups(self, request, model_admin):
        self.with_companies = sells_to_companies()
        company = [("company", _("company known"))] if self.with_companies else []
        return [("lead", _("connected leads")), *company, ("anonymous", _("nobody we know"))]

    def queryset(self, request, rows):
        named = Q(visitor__lead__in=visible_leads(request.user))
        if self.value() == "lead":
            return rows.filter(named)
        if self.value() == "company" and self.with_companies:
            return rows.filter(company__isnull=False)
        if self.value() != "anonymous":
            return rows
        return rows.exclude(named).filter(company__isnull=True) if self.with_companies else rows.exclude(named)


class CompanyFilter(SimpleListFilter):
    """The visits of one company; offered by its page only."""

    title = _("company")
    parameter_name = "company"

    def lookups(self, request, model_admin):
        company = company_asked_for(request)
        return [(str(company.pk), str(company))] if company else []

    def queryset(self, request, rows):
        company = company_asked_for(request)
        if company is None:
            return rows
        visits = company_facts.visits_of(
            list(family_of(company).values_list("pk", flat=True)), visible_leads(request.user)
        )
        return rows.filter(pk__in=visits.values("pk"))


def company_asked_for(request) -> Company | None:
    """The living company in the query, for who may see it."""
    text = request.GET.get("company", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19 and sells_to_companies()):
        return None
    return visible_companies(request.user).filter(pk=int(text)).first()


class ChannelFilter(SimpleListFilter):
    title = _("channel")
    parameter_name = "channel"

    def lookups(self, request, model_admin):
        return [(channel.value, label) for channel, label in words.CHANNEL_LABELS.items()]

    def queryset(self, request, rows):
        return rows.filter(channel=self.value()) if self.value() else rows


class DeviceFilter(SimpleListFilter):
    title = _("device")
    parameter_name = "device"

    def lookups(self, request, model_admin):
        return list(words.DEVICES.items())

    def queryset(self, request, rows):
        return rows.filter(device=self.value()) if self.value() in words.DEVICES else rows


class SiteFilter(SimpleListFilter):
    title = _("site")
    parameter_name = "site"

    def lookups(self, request, model_admin):
        sites = [(str(site.pk), str(site)) for site in Site.objects.order_by("pk")[:50]]
        return sites if len(sites) > 1 else []

    def queryset(self, request, rows):
        value = self.value() or ""
        return rows.filter(site_id=int(value)) if value.isascii() and value.isdigit() and len(value) < 10 else rows


# --- The list -----------------------------------------------------------------------------------------------------------


class VisitPermissions(LedgerPermissions):
    """Whoever sees leads sees visits: Today shows them too."""

    def user_can_list(self, user):
        return may_view(user, Lead)

    def user_can_inspect_obj(self, user, obj):
        return may_view(user, Lead)


class VisitSearch(DjangoORMSearchHandler):
    """Names of leads that the reader may see, companies, pages, sources. A hidden person's company finds nothing."""

    def search_queryset(self, queryset, search_term, *, user=None, **kwargs):
        leads, with_companies = visible_leads(user), sells_to_companies()
        for word in search_term.split():
            found = Q(visitor__lead__in=leads.filter(Q(name__icontains=word) | Q(email__icontains=word)))
            if with_companies:
                found |= Q(company__name__icontains=word) & ~Q(company_reason=OWN_COMPANY)
                found |= Q(visitor__lead__in=leads, company__name__icontains=word)
            for name in self.search_fields:
                found |= Q(**{f"{name}__icontains": word})
            queryset = queryset.filter(found)
        return queryset


@dataclass(frozen=True, kw_only=True)
class Reader:
    """What the one who looks may see."""

    leads: QuerySet
    #: Companies apply at all; and their pages may be opened.
    with_companies: bool
    opens_companies: bool

    @classmethod
    def of(cls, user) -> "Reader":
        with_companies = sells_to_companies()
        opens = with_companies and may_view(user, Company)
        return cls(leads=visible_leads(user), with_companies=with_companies, opens_companies=opens)


class NamedVisits:
    """Rows for a spreadsheet, each with `who`; named by the chunk, so that an export of any size holds one chunk."""

    def __init__(self, rows: QuerySet, reader: Reader) -> None:
        self.rows, self.reader, self.model = rows, reader, rows.model

    def __iter__(self) -> Iterator[Visit]:
        rows = self.rows.iterator(chunk_size=CHUNK)
        while chunk := list(islice(rows, CHUNK)):
            yield from name(chunk, self.reader)


def name(visits: list[Visit], reader: Reader) -> list[Visit]:
    """Each visit gets `who`, and the `reader` for the templates."""
    who = find_who(visits, reader.leads)
    for visit in visits:
        known = who[visit.pk]
        visit.who = known if reader.with_companies else replace(known, company=None, network="")
        visit.reader = reader
    return visits


class VisitIndex(LedgerIndex):
    body_class = "lx-visits"
    #: For who has no visits yet.
    command = "manage.py leads_import_log --dry-run /var/log/nginx/access.log*"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context["object_list"] = name(list(context["object_list"]), Reader.of(self.request.user))
        context["company"] = company_asked_for(self.request)
        return context

    def as_spreadsheet(self, queryset, spreadsheet_format):
        return super().as_spreadsheet(NamedVisits(queryset, Reader.of(self.request.user)), spreadsheet_format)


class VisitInspect(LedgerInspect):
    page_title = _("Visit")

    def get_page_title(self):
        return gettext("Visit")

    def get_meta_title(self):
        return gettext("Visit")

    def get_page_subtitle(self):
        return ""  # the page says it under the name

    def get_fields_dict(self):
        return []  # the page is laid out by its own template

    def get_context_data(self, **kwargs):
        user = self.request.user
        visit = Visit.objects.select_related("company__merged_into", "network", "site", "visitor").get(
            pk=self.instance.pk
        )
        reader = Reader.of(user)
        (visit,) = name([visit], reader)
        course = find_course(visit, with_facts=not visit.who.hidden)
        return super().get_context_data(
            **kwargs,
            visit=visit,
            who=visit.who,
            when=moment(visit),
            reader=reader,
            course=[_shown(line) for line in course.lines],
            course_cut=course.cut,
            touch=list(touch_of(visit)),
            place=place_of(visit),
            device=words.device(visit.device) if visit.device else "",
            dwell=_dwell(visit.engaged_ms),
            network=None if visit.who.hidden else network_of(visit),
        )


def moment(visit: Visit) -> str:
    begun, ended = localtime(visit.started_at), localtime(visit.last_at)
    first = date_format(begun, "SHORT_DATETIME_FORMAT")
    if begun.date() != ended.date():
        return f"{first} – {date_format(ended, 'SHORT_DATETIME_FORMAT')}"
    last = time_format(ended, "TIME_FORMAT")
    return first if last == time_format(begun, "TIME_FORMAT") else f"{first} – {last}"


def touch_of(visit: Visit) -> Iterator[tuple[str, str]]:
    """(label, value) of how the visit came; what is empty is left out."""
    yield gettext("channel"), words.channel(visit.channel) if visit.channel else gettext("unknown")
    pairs = (
        (pgettext("of a campaign", "source"), visit.source),
        (pgettext("of a campaign", "medium"), visit.medium),
        (gettext("campaign"), visit.campaign),
        (pgettext("of a campaign", "term"), visit.term),
        (pgettext("of a campaign", "content"), visit.content),
        (gettext("came from"), visit.referrer_host),
        (gettext("click ID of the ad"), visit.click_id),
        (gettext("searched for"), visit.keyword),
    )
    yield from ((label, value) for label, value in pairs if value)
    topics = visit.landing_topics.split()
    if topics and not visit.keyword:
        # Translators: search engines do not say any more what was searched; the first page's topic hints at it
        yield gettext("topic of the first page"), pgettext("between names", ", ").join(topic_names(topics).values())


def place_of(visit: Visit) -> str:
    return " ".join(part for part in (visit.region, visit.country) if part)


def network_of(visit: Visit) -> dict:
    """Whose network it was, and all that was said of it."""
    network = visit.network
    return {
        "address": visit.full_address or visit.address,
        "is_truncated": bool(visit.address and not visit.full_address),
        "label": (network.label or network.name if network else "") or visit.network_label,
        "kind": network.get_kind_display() if network else "",
        "reason": guess_reason(visit.company_reason),
        "confidence": visit.company_confidence if visit.who.company else 0,
        "sureness": sureness(visit.company_confidence),
        "names": bool(visit.who.company) or visit.company_reason == OWN_COMPANY,
        "lines": lines_of(network.evidence) if network else [],
    }


def _shown(line) -> dict:
    return {"line": line, "dwell": _dwell(line.dwell_ms)}


def _dwell(ms: int | None) -> str:
    return "" if ms is None else duration(ms)


class VisitLedger(LedgerAdmin):
    model = Visit
    base_url_path = "leads/visits"
    menu_icon = "globe"
    explanation = _(
        "Every visit: page views of one browser without a pause of half an hour. Robots, colleagues and your own offices "
        "are left out."
    )
    permission_helper_class = VisitPermissions
    index_view_class = VisitIndex
    inspect_view_class = VisitInspect
    index_template_name = "wagtail_leads/admin/visits/index.html"
    inspect_template_name = "wagtail_leads/admin/visits/inspect.html"
    search_handler_class = VisitSearch
    lead_path = ""  # a hidden person's visit is shown as nobody's
    list_display = ("when", "who", "came", "pages", "seen_on")
    list_filter = (CompanyFilter, PeriodFilter, WhoFilter, SiteFilter, DeviceFilter, ChannelFilter)
    list_select_related = ("company__merged_into",)
    search_fields = ("entry_path", "exit_path", "source", "campaign", "referrer_host", "keyword", "network_label")
    ordering = ("-started_at",)
    list_export = (
        "started_at", "last_at", "lead_name", "company_name", "company_kind", "operator", "channel", "source", "medium",
        "campaign", "term", "content", "keyword", "referrer_host", "click_id", "entry_path", "exit_path", "page_count",
        "visible_seconds", "device", "country", "region",
    )  # fmt: skip
    export_filename = "visits"
    inspect_view_fields = ["started_at"]
    LABELS = LABELS | {
        "started_at": pgettext_lazy("of a visit", "begin"),
        "last_at": pgettext_lazy("of a visit", "end"),
        "channel": _("channel"),
        "source": pgettext_lazy("of a campaign", "source"),
        "medium": pgettext_lazy("of a campaign", "medium"),
        "term": pgettext_lazy("of a campaign", "term"),
        "content": pgettext_lazy("of a campaign", "content"),
        "referrer_host": _("came from"),
        "click_id": _("click ID of the ad"),
        "page_count": pgettext_lazy("number", "pages"),
    }

    def get_queryset(self, request):
        return shown_visits(super().get_queryset(request))

    def get_list_export(self, request):
        columns = super().get_list_export(request)
        return columns if sells_to_companies() else tuple(name for name in columns if name not in OF_COMPANIES)

    def get_extra_search_kwargs(self, request, search_term):
        return {"user": request.user}

    def get_extra_class_names_for_field_col(self, obj, field_name):
        return [f"lx-visits__{field_name}"]

    def when(self, row):
        return moment(row)

    when.short_description = _("When")
    when.admin_order_field = "started_at"

    def who(self, row):
        return _cell("who", {"who": row.who, "reader": row.reader})

    who.short_description = _("Who")

    def came(self, row):
        return _cell("came", {"came": words.came_through(row), "campaign": row.campaign, "keyword": row.keyword})

    came.short_description = _("Came by")
    came.admin_order_field = "channel"

    def pages(self, row):
        return _cell("pages", {"visit": row, "dwell": _dwell(row.engaged_ms)})

    pages.short_description = _("Pages")
    pages.admin_order_field = "page_count"

    def seen_on(self, row):
        parts = (words.device(row.device) if row.device else "", place_of(row))
        return " · ".join(part for part in parts if part) or "–"

    seen_on.short_description = _("Device and place")

    # --- only in spreadsheets ---

    def export_channel(self, row):
        return words.channel(row.channel) if row.channel else ""

    def export_device(self, row):
        return words.device(row.device) if row.device else ""

    def lead_name(self, row):
        return str(row.who.lead) if row.who.lead else ""

    lead_name.short_description = _("Lead")

    def company_name(self, row):
        return str(_company_of(row.who) or "")

    company_name.short_description = _("Company")

    def company_kind(self, row):
        if not _company_of(row.who):
            return ""
        return gettext("guessed company") if row.who.is_guess else gettext("company")

    company_kind.short_description = _("Kind")

    def operator(self, row):
        return row.who.network

    operator.short_description = _("Network")

    def visible_seconds(self, row):
        return None if row.engaged_ms is None else round(row.engaged_ms / 1000)

    visible_seconds.short_description = _("Visible time in seconds")


def _company_of(who: Who):
    if who.lead:
        return who.lead.company_name or who.lead.company
    return who.company


def _cell(cell: str, context: dict) -> str:
    return render_to_string(f"wagtail_leads/admin/visits/{cell}_cell.html", context)
