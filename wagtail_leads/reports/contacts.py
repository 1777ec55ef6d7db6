"""Each contact with a lead and what it brought: mails, displays of forms, calls and meetings, and what followed within a
week. Read only; four queries, however much the lead did.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_leads.activity.models import Activity
from wagtail_leads.logic.kinds import ActivityKind, MessageState
from wagtail_leads.mailing.models import Message
from wagtail_leads.reports import words
from wagtail_leads.reports.timeline import Reach
from wagtail_leads.sales.models import Todo

#: What comes later is nobody's merit.
WITHIN = timedelta(days=7)
#: Contacts of each kind that are read; the newest are shown.
MOST = 40
#: Facts that are read at all.
MOST_FACTS = 5000
SHOWN_TO = (ActivityKind.GATE_SHOWN.value, ActivityKind.FORM_SEEN.value)
ANSWERS = (
    ActivityKind.PAGE_VIEWED.value,
    ActivityKind.FORM_SUBMITTED.value,
    ActivityKind.INQUIRY_MADE.value,
    ActivityKind.ASSET_DOWNLOADED.value,
    ActivityKind.EMAIL_UNSUBSCRIBED.value,
)


@dataclass(kw_only=True)
class Contact:
    """One contact. What followed counts for the last contact before it, so that nothing is told twice."""

    at: datetime
    #: "mail", "display" or "talk".
    kind: str
    title: str
    #: The same display again within the week is one line.
    times: int = 1
    result: str = ""
    note: str = ""
    opened_at: datetime | None = None
    clicked_at: datetime | None = None
    counts: dict[str, int] = field(default_factory=dict)
    #: What was asked for: titles of forms and documents.
    titles: list[str] = field(default_factory=list)

    @property
    def icon(self) -> str:
        return {"mail": "mail", "display": "form", "talk": "user"}[self.kind]

    @property
    def kind_words(self) -> str:
        return {"mail": _("Mail"), "display": _("Form shown"), "talk": _("Talk")}[self.kind]

    @property
    def brought(self) -> list[str]:
        """In words, what tells most first; empty: nothing within the week."""
        said = []
        if self.counts.get("inquiry_made"):
            said.append(_("made an inquiry"))
        forms = self.counts.get("form_submitted", 0)
        if forms:
            said.append(ngettext("sent %(count)d form", "sent %(count)d forms", forms) % {"count": forms})
        files = self.counts.get("asset_downloaded", 0)
        if files:
            said.append(ngettext("fetched a document", "fetched %(count)d documents", files) % {"count": files})
        if self.clicked_at:
            said.append(_("clicked"))
        elif self.opened_at:
            said.append(_("opened"))
        pages = self.counts.get("page_viewed", 0)
        if pages:
            said.append(ngettext("opened %(count)d page", "opened %(count)d pages", pages) % {"count": pages})
        if self.counts.get("email_unsubscribed"):
            said.append(_("unsubscribed"))
        return said


def contacts_of(reach: Reach, *, limit: int = MOST) -> list[Contact]:
    """The newest contacts, newest first."""
    found = [*_mails(reach), *_displays(reach), *_talks(reach)]
    found = sorted(found, key=lambda one: one.at, reverse=True)[:limit]
    if found:
        _credit(found, _facts(reach, since=found[-1].at))
    return found


def _mails(reach: Reach) -> list[Contact]:
    sent = Message.objects.filter(lead__in=reach.lead_ids, state=MessageState.SENT.value, sent_at__isnull=False)
    rows = sent.select_related("version").order_by("-created_at")[:MOST]
    return [
        Contact(
            at=row.sent_at, kind="mail", title=words.subject(row), opened_at=row.opened_at, clicked_at=row.clicked_at
        )
        for row in rows
    ]


def _displays(reach: Reach) -> list[Contact]:
    """Gates, blocks and pop-ups; the same one within a week is told once."""
    rows = Activity.objects.filter(reach.activities(), kind__in=SHOWN_TO).order_by("-at")[: 5 * MOST]
    found: list[Contact] = []
    last: dict[str, Contact] = {}
    for row in rows:
        title = row.title or row.path
        newer = last.get(title)
        if newer is not None and newer.at - row.at <= WITHIN:
            newer.times += 1
            continue
        last[title] = Contact(at=row.at, kind="display", title=title)
        found.append(last[title])
    return found[:MOST]


def _talks(reach: Reach) -> list[Contact]:
    rows = Activity.objects.filter(reach.activities(), kind=ActivityKind.SALES_CONTACT.value).order_by("-at")[:MOST]
    results = dict(Todo.Result.choices)
    return [
        Contact(
            at=row.at, kind="talk", title=row.title or _("Contact by a colleague"),
            result=str(results.get(row.data.get("result"), "")), note=str(row.data.get("note") or "")[:300],
        )
        for row in rows
    ]  # fmt: skip


def _facts(reach: Reach, *, since: datetime) -> Iterable[tuple[str, datetime, str]]:
    facts = Activity.objects.filter(reach.activities(), kind__in=ANSWERS, at__gte=since).order_by("-at")
    return facts.values_list("kind", "at", "title")[:MOST_FACTS]


def _credit(contacts: list[Contact], facts: Iterable[tuple[str, datetime, str]]) -> None:
    """Newest first, both: each fact goes to the first contact that is older than it."""
    waiting = iter(contacts)
    current = next(waiting, None)
    for kind, at, title in facts:
        while current is not None and current.at > at:
            current = next(waiting, None)
        if current is None:
            return
        if at - current.at <= WITHIN:
            current.counts[kind] = current.counts.get(kind, 0) + 1
            if kind != "page_viewed" and title and title not in current.titles:
                current.titles.append(title)
