"""Left-out hits: how many, why, what they looked like, and what to do when a reason hits the wrong ones."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import Max, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.ui.tables import Column, DateColumn, NumberColumn
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_leads.admin_ui.permissions import may_export_leads
from wagtail_leads.admin_ui.settings_hub import OwnReport, sees_leads
from wagtail_leads.logic.kinds import DropReason, Kind
from wagtail_leads.tracking.models import DROP_LABELS, DropCount, DropExample, ImportedLog

#: Widths of the bars, in steps that the style sheet has a class for (a strict CSP allows no style attribute).
STEPS = 20
#: Examples, and imported logs, shown.
EXAMPLES, IMPORTS = 40, 10
#: Why lines of a log were left out, besides the reasons of live hits.
IMPORT_LABELS = {
    DropReason.MALFORMED.value: _("cannot be read as lines of a log"),
    "outside": _("outside the time that was asked for"),
    "other_host": _("of another host"),
    "no_address": _("without the visitor's address"),
    "future": _("dated in the future"),
}


class Family(Kind):
    """What belongs together for a reader."""

    ROBOTS = "robots"
    OWN = "own"
    NO_PAGE = "no_page"
    WISH = "wish"
    TROUBLE = "trouble"


FAMILY_LABELS = {
    Family.ROBOTS: _("Robots and tools"),
    Family.OWN: _("Your own people"),
    Family.NO_PAGE: _("Not a look at a page"),
    Family.WISH: _("Visitors who do not want it, or were not asked"),
    Family.TROUBLE: _("Trouble"),
}


@dataclass(frozen=True, kw_only=True)
class Explanation:
    family: Family
    #: What it means.
    means: str
    #: What to do when it is wrong.
    if_wrong: str


EXPLANATIONS: dict[DropReason, Explanation] = {
    DropReason.BOT_AGENT: Explanation(
        family=Family.ROBOTS,
        means=_("The program says by its name that it is a search engine, an AI crawler, a link preview or a tool."),
        if_wrong=_("Please report the user agent from the examples: a browser must never be taken for a robot."),
    ),
    DropReason.NOT_A_BROWSER: Explanation(
        family=Family.ROBOTS,
        means=_("Its name has not the shape that every browser's has."),
        if_wrong=_(
            "Please report the user agent from the examples, with the name of the app that shows pages under it."
        ),
    ),
    DropReason.EMPTY_AGENT: Explanation(
        family=Family.ROBOTS,
        means=_("It does not say what it is. Every browser does."),
        if_wrong=_("Does a proxy in front of the site take the User-Agent header away? Let it pass."),
    ),
    DropReason.MISSING_HEADERS: Explanation(
        family=Family.ROBOTS,
        means=_("It calls itself a browser but does not send what such a browser always sends."),
        if_wrong=_("Does a proxy in front of the site take headers away (Accept, Accept-Language)? Let them pass."),
    ),
    DropReason.PROBE_PATH: Explanation(
        family=Family.ROBOTS,
        means=_("It tries addresses by which weak sites are broken into. Your site has no such pages."),
        if_wrong=_("Is one of the paths a page of yours? Give the page another slug."),
    ),
    DropReason.DATA_CENTRE: Explanation(
        family=Family.ROBOTS,
        means=_("It came from a data centre and did not run the page's script: a machine, almost certainly."),
        if_wrong=_("Is it a company's gateway? Enter its network under “Own networks” as that company's."),
    ),
    DropReason.TOO_FAST: Explanation(
        family=Family.ROBOTS,
        means=_("It opened more pages in a minute than anybody reads, and ran no script."),
        if_wrong=_(
            "A large office behind one address? Raise MAX_VIEWS_PER_MINUTE, or enter its network as a company's."
        ),
    ),
    DropReason.BEHAVIOUR: Explanation(
        family=Family.ROBOTS,
        means=_("It read robots.txt, looked for holes, or opened page after page without one image."),
        if_wrong=_("This reason is for imported logs only. Please report what the log shows of that visitor."),
    ),
    DropReason.REFERRER_SPAM: Explanation(
        family=Family.ROBOTS,
        means=_("The visit is made up so that somebody looks at the site it pretends to come from."),
        if_wrong=_("Is it a real site that links to you? Please report its name."),
    ),
    DropReason.STAFF: Explanation(
        family=Family.OWN,
        means=_("Somebody who is logged in to this admin, in the same browser."),
        if_wrong=_("Want to see yourself? Open the site in a private window."),
    ),
    DropReason.OWN_NETWORK: Explanation(
        family=Family.OWN,
        means=_("From one of the networks that are entered as your own."),
        if_wrong=_("Correct the entry under “Own networks”, or the setting OWN_NETWORKS."),
    ),
    DropReason.IGNORED_AGENT: Explanation(
        family=Family.OWN,
        means=_("Its name holds a word from the setting SITE_USER_AGENTS_IGNORED (your monitoring, for example)."),
        if_wrong=_("Take the word out of the setting, or make it longer."),
    ),
    DropReason.IGNORED_PATH: Explanation(
        family=Family.OWN,
        means=_("The path begins like one in the setting IGNORE_PATHS (health checks, for example)."),
        if_wrong=_("Take the path out of the setting."),
    ),
    DropReason.PREVIEW: Explanation(
        family=Family.OWN,
        means=_("An editor looked at a draft."),
        if_wrong=_("Nothing to do: drafts are not visited."),
    ),
    DropReason.METHOD: Explanation(
        family=Family.NO_PAGE,
        means=_("Not a request for a page: a form that is sent, or a check whether the page exists."),
        if_wrong=_("Nothing to do: forms are recorded in their own way."),
    ),
    DropReason.STATUS: Explanation(
        family=Family.NO_PAGE,
        means=_("The page does not exist, moved, or could not be shown."),
        if_wrong=_("Many of one path? Add a redirect for it: visitors follow an old link."),
    ),
    DropReason.NOT_HTML: Explanation(
        family=Family.NO_PAGE,
        means=_("An image, a file, a feed: not a page. Downloads are recorded in their own way."),
        if_wrong=_("Does a page answer with another type than text/html? Correct its Content-Type."),
    ),
    DropReason.PREFETCH: Explanation(
        family=Family.NO_PAGE,
        means=_("The browser loaded the page ahead. When somebody looks at it, it is counted."),
        if_wrong=_("Nothing to do: it counts as soon as the page is shown."),
    ),
    DropReason.OPTED_OUT: Explanation(
        family=Family.WISH,
        means=_("The visitor said no. Nothing more is kept of it than this number."),
        if_wrong=_("Nothing to do: the visitor may change the answer on the page about privacy."),
    ),
    DropReason.NO_CONSENT: Explanation(
        family=Family.WISH,
        means=_("The site asks first, and this visitor has not answered yet."),
        if_wrong=_("Too many? Look at the notice, or at the mode under “Visitors and privacy”."),
    ),
    DropReason.SITE_OFF: Explanation(
        family=Family.WISH,
        means=_("Recording is switched off for this site."),
        if_wrong=_("Switch it on under “Visitors and privacy”."),
    ),
    DropReason.FORGED: Explanation(
        family=Family.TROUBLE,
        means=_("A cookie that we did not sign, or news about somebody else's page view."),
        if_wrong=_("All at once? Was SECRET_KEY changed without SECRET_KEY_FALLBACKS? Then old cookies are unknown."),
    ),
    DropReason.MALFORMED: Explanation(
        family=Family.TROUBLE,
        means=_("Something that is no message of ours was sent to the address of the script."),
        if_wrong=_("Does a proxy change what is sent? Exempt that address from it."),
    ),
    DropReason.BUFFER_FULL: Explanation(
        family=Family.TROUBLE,
        means=_("More came than could be written. These visits are lost."),
        if_wrong=_("Is the database slow or away? See “Health”; raise BUFFER_SIZE, or use the spool."),
    ),
    DropReason.UNNOTED: Explanation(
        family=Family.WISH,
        means=_(
            "So many answers to the notice came from one network that not each of them is a row. They hold all the same."
        ),
        if_wrong=_("A big office behind one address? Raise FORM_POSTS_PER_HOUR."),
    ),
    DropReason.STORE_FAILED: Explanation(
        family=Family.TROUBLE,
        means=_("The database would not take it. These visits are lost."),
        if_wrong=_("The log of the server says why. Please report it: this must not happen."),
    ),
}


@dataclass(frozen=True, kw_only=True)
class ReasonRow:
    reason: DropReason
    label: str
    means: str
    if_wrong: str
    week: int
    month: int
    last_at: datetime | None
    #: 0 to STEPS, of the most frequent reason.
    bar: int
    here: bool


class LeftOutView(WagtailAdminTemplateMixin, TemplateView):
    template_name = "wagtail_leads/admin/left_out/index.html"
    page_title = _("Left-out hits")
    header_icon = "bin"
    http_method_names = ["get", "head", "options"]

    def dispatch(self, request, *args, **kwargs):
        if not sees_leads(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        hub = {"url": reverse("wagtail_leads_settings"), "label": gettext("Leads settings")}
        return [*self.breadcrumbs_items, hub, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs):
        chosen = _reason(self.request.GET.get("reason", ""))
        rows = find_reasons(now=timezone.now(), chosen=chosen)
        examples = DropExample.objects.filter(reason=chosen.value) if chosen else DropExample.objects.all()
        return super().get_context_data(
            **kwargs,
            families=_families(rows),
            week=sum(row.week for row in rows),
            month=sum(row.month for row in rows),
            chosen=next((row for row in rows if row.here), None),
            examples=list(examples.order_by("-pk")[:EXAMPLES]),
            imports=[] if chosen else imported_logs(),
            may_export=may_export_leads(self.request.user),
        )


def _reason(code: str) -> DropReason | None:
    try:
        return DropReason(code)
    except ValueError:
        return None


def find_reasons(*, now: datetime, chosen: DropReason | None = None) -> list[ReasonRow]:
    """Each reason of the last 30 days, most frequent first; the chosen one also with nothing. Two queries."""
    today = localtime(now).date()
    month = _sums(today - timedelta(days=29))
    week = {reason: count for reason, (count, _last) in _sums(today - timedelta(days=6)).items()}
    most = max((count for count, _last in month.values()), default=0)
    found = {reason for code in month if (reason := _reason(code))} | ({chosen} if chosen else set())
    rows = [_row(reason, *month.get(reason.value, (0, None)), week, most, chosen) for reason in found]
    return sorted(rows, key=lambda row: (-row.month, row.reason.value))


@dataclass(frozen=True, kw_only=True)
class ImportRow:
    """What an imported log left out; nothing of it is in the numbers of the live site."""

    log: ImportedLog
    left_out: int
    #: (label, lines), most first.
    reasons: list[tuple[str, int]]


def imported_logs() -> list[ImportRow]:
    """The latest imports. One query."""
    return [_import_row(log) for log in ImportedLog.objects.order_by("-at", "-pk")[:IMPORTS]]


def _import_row(log: ImportedLog) -> ImportRow:
    counts = {str(code): count for code, count in log.left_out.items() if isinstance(count, int) and count > 0}
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    reasons = [(_import_label(code), count) for code, count in ordered]
    return ImportRow(log=log, left_out=sum(counts.values()), reasons=reasons)


def _import_label(code: str) -> str:
    if code in IMPORT_LABELS:
        return str(IMPORT_LABELS[code])
    reason = _reason(code)
    return str(DROP_LABELS[reason]) if reason else code


def _sums(since) -> dict[str, tuple[int, datetime | None]]:
    rows = DropCount.objects.filter(day__gte=since).values_list("reason").annotate(n=Sum("count"), at=Max("last_at"))
    return {reason: (count, at) for reason, count, at in rows.order_by()}


def _row(reason: DropReason, month: int, last_at, week: dict, most: int, chosen) -> ReasonRow:
    why = EXPLANATIONS[reason]
    return ReasonRow(
        reason=reason,
        label=str(DROP_LABELS[reason]),
        means=str(why.means),
        if_wrong=str(why.if_wrong),
        week=week.get(reason.value, 0),
        month=month,
        last_at=last_at,
        bar=max(round(month * STEPS / most), 1) if month else 0,
        here=reason is chosen,
    )


def _families(rows: list[ReasonRow]) -> list[tuple[str, int, list[ReasonRow]]]:
    """(label, sum of the month, rows) of each family that has rows."""
    grouped = [(family, [row for row in rows if EXPLANATIONS[row.reason].family is family]) for family in Family]
    return [(FAMILY_LABELS[family], sum(row.month for row in some), some) for family, some in grouped if some]


class LeftOutDays(OwnReport):
    """The numbers day by day, for a spreadsheet."""

    page_title = _("Left-out hits by day")
    header_icon = "bin"
    index_url_name = "wagtail_leads_left_out_days"
    index_results_url_name = "wagtail_leads_left_out_days_results"
    is_searchable = False
    list_export = ["day", "get_reason_display", "count", "last_at", "example"]
    export_headings = {
        "day": _("Day"),
        "get_reason_display": _("Why"),
        "count": _("How often"),
        "last_at": _("Last"),
        "example": _("Last example"),
    }
    columns = [
        Column("day", label=_("Day")),
        Column("reason", label=_("Why"), accessor="get_reason_display"),
        NumberColumn("count", label=_("How often")),
        DateColumn("last_at", label=_("Last")),
        Column("example", label=_("Last example")),
    ]

    def get_queryset(self):
        return DropCount.objects.order_by("-day", "-count", "pk")


class LeftOutExamples(OwnReport):
    """The examples, for a spreadsheet; `?reason=` chooses."""

    page_title = _("Examples of left-out hits")
    header_icon = "bin"
    index_url_name = "wagtail_leads_left_out_examples"
    index_results_url_name = "wagtail_leads_left_out_examples_results"
    is_searchable = False
    list_export = ["at", "get_reason_display", "path", "user_agent", "network", "referrer_host"]
    export_headings = {
        "at": pgettext_lazy("moment", "Time"),
        "get_reason_display": _("Why"),
        "path": _("Path"),
        "user_agent": _("User agent"),
        "network": _("Network"),
        "referrer_host": _("Came from"),
    }
    columns = [
        DateColumn("at", label=pgettext_lazy("moment", "Time")),
        Column("reason", label=_("Why"), accessor="get_reason_display"),
        Column("path", label=_("Path")),
        Column("user_agent", label=_("User agent")),
        Column("network", label=_("Network")),
        Column("referrer_host", label=_("Came from")),
    ]

    def get_queryset(self):
        chosen = _reason(self.request.GET.get("reason", ""))
        rows = DropExample.objects.filter(reason=chosen.value) if chosen else DropExample.objects.all()
        return rows.order_by("-pk")
