"""The columns of the list of leads: all there are, which are shown, and in which order."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from wagtail.admin.ui.tables import Column, DateColumn, StatusTagColumn, TitleColumn

from wagtail_leads import conf
from wagtail_leads.admin_ui.lead_filters import SOURCES, user_name
from wagtail_leads.companies.queries import sells_to_companies, survivor_of
from wagtail_leads.identity.models import LeadField
from wagtail_leads.logic.kinds import Stage

#: Columns that a phone leaves out.
WIDE = "lx-wide"
#: So many columns besides the name a phone shows.
NARROW = 2
HOT_STAGES = {Stage.PROSPECT.value, Stage.OPPORTUNITY.value}
STANDARD = ("score", "stage", "owner", "last_seen_at", "todo", "connected")
OWN = "own."
MOST_COLUMNS = 20
PERMISSION_WORDS = {
    "yes": gettext_lazy("may write"),
    "none": gettext_lazy("no permission"),
    "suppressed": gettext_lazy("unsubscribed or undeliverable"),
    "stopped": gettext_lazy("use stopped"),
}
#: What the order of the list may be: name of the parameter -> column of the table; "-" in front turns it round.
ORDERS = {
    "rank": "rank",
    "name": "name",
    "stage": "stage",
    "last_seen_at": "last_seen_at",
    "created_at": "created_at",
    "company_name": "company_name",
    "prefecture": "prefecture",
}


def order_of(ordering: str) -> list:
    """For `order_by`: what is not known comes last, whichever way it is sorted."""
    wanted, down = ORDERS.get(ordering.lstrip("-"), "rank"), ordering.startswith("-")
    first = F(wanted).desc(nulls_last=True) if down else F(wanted).asc(nulls_last=True)
    return [first, "-pk"]


class NameColumn(TitleColumn):
    """Name, and beneath it company and job title."""

    cell_template_name = "wagtail_leads/admin/leads/name_cell.html"


class ScoreColumn(Column):
    cell_template_name = "wagtail_leads/admin/leads/score_cell.html"

    def get_value(self, instance):
        return round(getattr(instance, "score_now", 0.0))

    def get_cell_context_data(self, instance, parent_context):
        context = super().get_cell_context_data(instance, parent_context)
        context["is_hot"] = getattr(instance, "score_now", 0.0) >= conf.get("HOT_SCORE")
        return context


class TodoColumn(Column):
    """The next to-do with its day; red when it is late."""

    cell_template_name = "wagtail_leads/admin/leads/todo_cell.html"


@dataclass(frozen=True, kw_only=True)
class Choice:
    name: str
    label: str
    chosen: bool = False


def owner_name(lead) -> str:
    return user_name(lead.owner) if lead.owner else ""


def _company(lead) -> str:
    return survivor_of(lead.company).name if lead.company else lead.company_name


def own_text(value, *, most: int = 80) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return pgettext("between names", ", ").join(map(str, value))
    return "" if value is None else Truncator(str(value)).chars(most)


def _wish(lead) -> str:
    return str(lead.get_contact_wish_display()) if lead.contact_wish else ""


def _flag(lead) -> str:
    return str(lead.get_address_flag_display()) if lead.address_flag else ""


def _tags(lead) -> str:
    return pgettext("between names", ", ").join(getattr(lead, "tag_names", []))


#: Name -> (label, how the column is made).
_COLUMNS = {
    "score": (
        gettext_lazy("Score"),
        lambda name, label, **kw: ScoreColumn(
            name, label=label, sort_key="rank", ascending_title_text=_("Coldest first"),
            descending_title_text=_("Hottest first"), **kw,
        ),
    ),
    "stage": (
        gettext_lazy("Stage"),
        lambda name, label, **kw: StatusTagColumn(
            "get_stage_display", label=label, primary=lambda lead: lead.stage in HOT_STAGES, sort_key="stage", **kw
        ),
    ),
    "owner": (pgettext_lazy("leads", "Owner"), lambda name, label, **kw: Column(name, label=label, accessor=owner_name, **kw)),
    "last_seen_at": (
        gettext_lazy("Last visit"),
        lambda name, label, **kw: DateColumn(name, label=label, sort_key="last_seen_at", **kw),
    ),
    "todo": (gettext_lazy("Next to-do"), lambda name, label, **kw: TodoColumn(name, label=label, accessor="next_todo", **kw)),
    "connected": (
        gettext_lazy("Browser"),
        lambda name, label, **kw: StatusTagColumn(
            name, label=label, accessor=lambda lead: _("connected") if lead.is_connected else _("not connected"),
            primary=lambda lead: lead.is_connected, **kw,
        ),
    ),
    "company": (
        gettext_lazy("Company"),
        lambda name, label, **kw: Column(name, label=label, accessor=_company, sort_key="company_name", **kw),
    ),
    "department": (gettext_lazy("Department"), None),
    "job_title": (gettext_lazy("Job title"), None),
    "email": (gettext_lazy("E-mail"), None),
    "phone": (gettext_lazy("Phone"), None),
    "mobile": (pgettext_lazy("leads", "Mobile"), None),
    "prefecture": (
        gettext_lazy("Prefecture"),
        lambda name, label, **kw: Column(name, label=label, sort_key="prefecture", **kw),
    ),
    "permission": (
        gettext_lazy("Permission for mail"),
        lambda name, label, **kw: StatusTagColumn(
            name, label=label, accessor=lambda lead: PERMISSION_WORDS[lead.permission],
            primary=lambda lead: lead.permission == "yes", **kw,
        ),
    ),
    "contact_wish": (
        gettext_lazy("Wishes to be contacted"),
        lambda name, label, **kw: Column(name, label=label, accessor=_wish, **kw),
    ),
    "address_flag": (
        gettext_lazy("About the address"),
        lambda name, label, **kw: Column(name, label=label, accessor=_flag, **kw),
    ),
    "tags": (gettext_lazy("Tags"), lambda name, label, **kw: Column(name, label=label, accessor=_tags, **kw)),
    "origin": (
        gettext_lazy("Acquired at"),
        lambda name, label, **kw: Column(
            name, label=label, accessor=lambda lead: lead.origin.name if lead.origin else "", **kw
        ),
    ),
    "source": (
        gettext_lazy("Form or way"),
        lambda name, label, **kw: Column(
            name, label=label, accessor=lambda lead: SOURCES.get(lead.source, lead.source), **kw
        ),
    ),
    "created_at": (
        gettext_lazy("Known since"),
        lambda name, label, **kw: DateColumn(name, label=label, sort_key="created_at", **kw),
    ),
}  # fmt: skip
_FOR_COMPANIES = {"company", "department"}


def labels() -> dict[str, str]:
    """Name -> label of every column there is; own fields as `own.<key>`. Two queries."""
    hidden = set() if sells_to_companies() else _FOR_COMPANIES
    plain = {name: label for name, (label, _make) in _COLUMNS.items() if name not in hidden}
    return plain | {f"{OWN}{field.key}": field.label for field in LeadField.objects.all()}


def known(names: object) -> list[str]:
    """What of the stored or sent names is a column; each once, in their order."""
    every = labels()
    wanted = names if isinstance(names, (list, tuple)) else []
    return list(dict.fromkeys(name for name in wanted if isinstance(name, str) and name in every))[:MOST_COLUMNS]


def choices(chosen: Iterable[str]) -> list[Choice]:
    """For choosing: those shown first, in their order."""
    every, shown = labels(), known(list(chosen))
    rest = [name for name in every if name not in shown]
    return [Choice(name=name, label=str(every[name]), chosen=name in shown) for name in (*shown, *rest)]


def columns_of(names: Iterable[str]) -> list[Column]:
    """The columns besides the name. A phone shows the first two."""
    every = labels()
    made = []
    for place, name in enumerate(names):
        options = {} if place < NARROW else {"classname": WIDE}
        if name.startswith(OWN):
            made.append(_own_column(name, every[name], options))
            continue
        make = _COLUMNS[name][1] or Column
        made.append(make(name, label=every[name], **options))
    return made


def _own_column(name: str, label: str, options: dict) -> Column:
    key = name.removeprefix(OWN)
    return Column(name, label=label, accessor=lambda lead: own_text((lead.extra or {}).get(key)), **options)


def dress(leads: list, facts, *, without_company: bool) -> None:
    """Put on the leads of one page what their columns show (`reports.lead_lists.Beside`)."""
    for lead in leads:
        lead.score_now = facts.scores.get(lead.pk, 0.0)
        lead.tag_names = facts.tags.get(lead.pk, [])
        lead.permission = facts.permissions[lead.pk]
        lead.next_todo = facts.todos.get(lead.pk)
        lead.without_company = without_company
