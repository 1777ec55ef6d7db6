"""What `exporting.export` found, as tables in words: for the person to read, on the site or as one file to print."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from wagtail_leads.activity.models import KIND_LABELS
from wagtail_leads.identity.changes import OWN, text_of
from wagtail_leads.identity.models import (
    BASIS_LABELS,
    EVIDENCE_LABELS,
    STAGE_LABELS,
    AccessRecord,
    Lead,
    LeadField,
    LeadSource,
    PrivacyRequest,
)
from wagtail_leads.logic.kinds import ActivityKind, Basis, Evidence, MessageState, Stage
from wagtail_leads.mailing.models import STATE_LABELS, MailPreference, Suppression
from wagtail_leads.mailing.queries import sender_of
from wagtail_leads.privacy.exporting import export
from wagtail_leads.reports import words
from wagtail_leads.reports.memo import duration
from wagtail_leads.sales.models import Todo

#: Columns of a lead that are for machines.
FOR_MACHINES = (
    "id",
    "email_key",
    "address_key",
    "phone_key",
    "mobile_key",
    "person_key",
    "extra",
    "merged_into",
    "erased_at",
)


@dataclass(frozen=True, kw_only=True)
class Table:
    heading: str
    columns: list[str]
    rows: list[list[str]]
    #: A sentence below the heading.
    note: str = ""

    @property
    def labelled(self) -> list[list[tuple[str, str]]]:
        """Rows of (heading of the column, text): a phone shows one below the other."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


def as_json(data: Mapping) -> str:
    return json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)


def as_file(lead: Lead, *, now: datetime, site=None) -> str:
    """One self-contained HTML file in the person's language, to be printed or handed over."""
    with translation.override(lead.language or translation.get_language()):
        context = {
            "tables": tables(export(lead)),
            "now": now,
            "sender": sender_of(site),
            "language": translation.get_language(),
        }
        return render_to_string("wagtail_leads/privacy/sheet.html", context)


def tables(data: Mapping) -> list[Table]:
    """Tables with something in them, in the active language; what one knows best first."""
    return [table for make in TABLES if (table := make(data)).rows]


def _when(value: datetime | None) -> str:
    return date_format(localtime(value), "SHORT_DATETIME_FORMAT") if value else ""


def _show(value: object) -> str:
    if isinstance(value, datetime):
        return _when(value)
    if isinstance(value, date):
        return date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else text_of(value)


def _label(labels: Mapping, kind: Callable, value: str) -> str:
    """The word for a stored value; the value itself when it is none of ours."""
    try:
        return str(labels[kind(value)])
    except (ValueError, KeyError):
        return str(value or "")


def _profile(data: Mapping) -> Table:
    own = {field.key: field.label for field in LeadField.objects.all()}
    rows = []
    for person in (data["lead"], *data["merged"]):
        rows += [[name, text] for name, text in _columns(person) if text]
        rows += [[own.get(key, key), _show(value)] for key, value in (person["extra"] or {}).items()]
    tags = ", ".join(sorted({row["tag__name"] for row in data["tags"]}))
    rows += [[_("Tags"), tags]] if tags else []
    return Table(heading=_("About you"), columns=[pgettext("personal data", "what"), _("value")], rows=rows)


def _columns(person: Mapping):
    for field in Lead._meta.concrete_fields:
        if field.name in FOR_MACHINES:
            continue
        yield capfirst(str(field.verbose_name)), _value(field, person[field.name])


def _value(field, value) -> str:
    if value in (None, ""):
        return ""
    if field.name == "owner":
        return _("one of our colleagues")
    if field.name in ("company", "origin"):
        model = field.related_model if field.name == "company" else LeadSource
        return str(model.objects.filter(pk=value).first() or "")
    return str(dict(field.flatchoices).get(value, "")) or _show(value)


def _consents(data: Mapping) -> Table:
    questions = {"mail": _("May we write to you?"), "tracking": _("May we record visits?")}
    rows = [
        [
            _when(row["at"]),
            questions.get(row["question"], row["question"]),
            _("yes") if row["granted"] else _("no"),
            _label(BASIS_LABELS, Basis, row["basis"]) if row["question"] == "mail" else "",
            row["wording"],
        ]
        for row in data["consents"]
    ]
    columns = [_("when"), _("question"), _("answer"), _("why we may write"), _("wording shown")]
    return Table(heading=_("What you allowed"), columns=columns, rows=rows)


def _mail_choices(data: Mapping) -> Table:
    rows = [
        [_("No more mail"), f"{Suppression.Scope(row['scope']).label}: {Suppression.Reason(row['reason']).label}"]
        for row in data["suppressions"]
    ]
    for row in data["preferences"]:
        rows.append([pgettext("mail", "How often"), str(MailPreference.Frequency(row["frequency"]).label)])
        rows += [[_("Paused until"), _when(row["paused_until"])]] if row["paused_until"] else []
        rows += [[_("Topics you do not want"), ", ".join(row["refused_topics"])]] if row["refused_topics"] else []
    return Table(
        heading=_("What you chose for mail"), columns=[pgettext("personal data", "what"), _("value")], rows=rows
    )


def _submissions(data: Mapping) -> Table:
    rows = [[_when(row["at"]), _answers(row["data"])] for row in data["submissions"]]
    return Table(heading=_("Forms you sent"), columns=[_("when"), _("answers")], rows=rows)


def _answers(sent: object) -> str:
    answers = sent.get("answers") if isinstance(sent, dict) else None
    if not isinstance(answers, list):
        return _show(sent.get("email", "")) if isinstance(sent, dict) else ""
    pairs = [(one.get("label", ""), one.get("value", "")) for one in answers if isinstance(one, dict)]
    return "\n".join(f"{label}: {_show(value)}" for label, value in pairs)


def _visits(data: Mapping) -> Table:
    titles = {row["id"]: row["title"] for row in data["activities"]}
    seen: dict[int, list[str]] = {}
    for view in sorted(data["views"], key=lambda one: one["at"]):
        page = titles.get(view["activity"]) or view["path"]
        if view["dwell_ms"]:
            page = pgettext("a page and how long it was read", "%(page)s (%(time)s)") % {
                "page": page,
                "time": duration(view["dwell_ms"]),
            }
        seen.setdefault(view["visit"], []).append(page)
    rows = [
        [
            _when(row["started_at"]),
            " · ".join(
                part for part in (row["source"] or row["referrer_host"], row["campaign"], row["keyword"]) if part
            ),
            words.device(row["device"] or ""),
            row["region"] or row["country"],
            "\n".join(seen.get(row["id"], [row["entry_path"]])),
        ]
        for row in sorted(data["visits"], key=lambda one: one["started_at"])
    ]
    columns = [_("when"), _("came from"), _("device"), _("region"), _("pages, and how long they were read")]
    return Table(heading=_("Your visits"), columns=columns, rows=rows)


def _activities(data: Mapping) -> Table:
    rows = [
        [_when(row["at"]), _label(KIND_LABELS, ActivityKind, row["kind"]), row["title"] or "", row["path"] or ""]
        for row in data["activities"]
        if row["kind"] not in (ActivityKind.PAGE_VIEWED, ActivityKind.PAGE_READ)
    ]
    columns = [_("when"), pgettext("personal data", "what"), _("title"), _("page")]
    return Table(heading=_("What else happened"), columns=columns, rows=rows)


def _mails(data: Mapping) -> Table:
    rows = [
        [
            row["subject"] or "",
            _label(STATE_LABELS, MessageState, row["state"]),
            _when(row["sent_at"]),
            _when(row["opened_at"]),
            _when(row["clicked_at"]),
        ]
        for row in sorted(data["mails"], key=lambda one: one["created_at"])
    ]
    columns = [_("subject"), _("state"), _("sent"), _("opened"), _("clicked")]
    return Table(heading=_("Mail to you"), columns=columns, rows=rows)


def _score(data: Mapping) -> Table:
    rows = [[_when(row["at"]), row["reason"], f"{row['points']:+d}"] for row in data["score"]]
    note = _(
        "Points help our staff to see whom to call first; older points weigh less. No decision is made by them alone."
    )
    return Table(heading=_("Your score"), columns=[_("when"), _("reason"), _("points")], rows=rows, note=note)


def _stages(data: Mapping) -> Table:
    rows = [
        [
            _when(row["at"]),
            f"{_label(STAGE_LABELS, Stage, row['from_stage'])} → {_label(STAGE_LABELS, Stage, row['to_stage'])}",
            words.stage_reason(row["reason"]) or "",
        ]
        for row in data["stages"]
    ]
    return Table(heading=_("How we sorted you"), columns=[_("when"), _("stage"), _("reason")], rows=rows)


def _todos(data: Mapping) -> Table:
    results = dict(Todo.Result.choices)
    rows = [
        [_when(row["created_at"]), row["title"], str(results.get(row["result"], "")), row["result_note"]]
        for row in data["todos"]
    ]
    columns = [_("when"), _("what to do"), _("result"), _("note")]
    return Table(heading=_("What our staff had to do about you"), columns=columns, rows=rows)


def _changes(data: Mapping) -> Table:
    def name(row) -> str:
        field = row["field"].removesuffix("_id")
        if field.startswith(OWN):
            return field[len(OWN) :]
        known = {one.name: one for one in Lead._meta.concrete_fields}
        return capfirst(str(known[field].verbose_name)) if field in known else field

    rows = [[_when(row["at"]), name(row), row["before"], row["after"]] for row in data["changes"]]
    columns = [_("when"), _("field"), _("before"), _("after")]
    return Table(heading=_("Changes of your data"), columns=columns, rows=rows)


def _browsers(data: Mapping) -> Table:
    rows = [
        [_when(row["created_at"]), _label(EVIDENCE_LABELS, Evidence, row["evidence"]), _when(row["revoked_at"])]
        for row in data["links"]
    ]
    columns = [_("linked"), _("why we think that it is yours"), _("taken back")]
    return Table(heading=_("Your browsers"), columns=columns, rows=rows)


def _imports(data: Mapping) -> Table:
    rows = [
        [_when(row["at"]), _label(BASIS_LABELS, Basis, row["basis"]), _show(row["cells"])] for row in data["imports"]
    ]
    columns = [_("when"), _("why we may write"), _("what the row held")]
    return Table(heading=_("Lists you were on"), columns=columns, rows=rows)


def _accesses(data: Mapping) -> Table:
    labels = dict(AccessRecord.What.choices)
    rows = [[_when(row["at"]), str(labels.get(row["what"], row["what"]))] for row in data["accesses"]]
    note = _("Looked at or taken out by our own staff. An export may have been passed on.")
    return Table(
        heading=_("Who used your data"), columns=[_("when"), pgettext("personal data", "what")], rows=rows, note=note
    )


def _requests(data: Mapping) -> Table:
    kinds, states = dict(PrivacyRequest._meta.get_field("kind").flatchoices), dict(PrivacyRequest.State.choices)
    rows = [
        [
            _when(row["received_at"]),
            str(kinds.get(row["kind"], "")),
            row["details"],
            str(states.get(row["state"], "")),
            row["answer"],
        ]
        for row in data["requests"]
    ]
    columns = [_("when"), _("request"), _("what exactly"), _("state"), _("answer")]
    return Table(heading=_("What you asked of us"), columns=columns, rows=rows)


def _kept(data: Mapping) -> Table:
    """How long: the person's right to know, in the same words as the screen of the admin."""
    from wagtail_leads.privacy import retention

    kept = retention.rules()
    rows = [[str(kind.label), _for_how_long(kind, getattr(kept, kind.field))] for kind in retention.KINDS]
    return Table(
        heading=_("How long we keep it"), columns=[pgettext("personal data", "what"), _("how long")], rows=rows
    )


def _for_how_long(kind, number: int) -> str:
    if not number:
        return _("until you ask us to erase it")
    words = _("%(number)d days") if kind.field.endswith("_days") else _("%(number)d months")
    return words % {"number": number}


TABLES: tuple[Callable[[Mapping], Table], ...] = (
    _profile,
    _consents,
    _mail_choices,
    _submissions,
    _mails,
    _visits,
    _activities,
    _score,
    _stages,
    _todos,
    _browsers,
    _imports,
    _changes,
    _accesses,
    _requests,
    _kept,
)
