"""The lower sections of a lead's page: permissions, browsers, forms and files, merges, changes, who looked. Each function
gives the rows of one section in a constant number of queries."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from wagtail_leads import conf
from wagtail_leads.activity.models import Activity
from wagtail_leads.admin_ui.goals import money
from wagtail_leads.admin_ui.lead_columns import own_text
from wagtail_leads.admin_ui.lead_filters import user_name
from wagtail_leads.admin_ui.permissions import may_change_lead, visible_leads
from wagtail_leads.capture.models import Conversion, FormSubmission
from wagtail_leads.content.models import Topic
from wagtail_leads.identity import duplicates
from wagtail_leads.identity.changes import OWN
from wagtail_leads.identity.models import (
    BASIS_LABELS,
    CONTACT_WISH_LABELS,
    EVIDENCE_LABELS,
    STAGE_LABELS,
    Consent,
    Lead,
    LeadChange,
    LeadField,
    LeadMerge,
    LeadTag,
    LeadTagging,
    VisitorLink,
)
from wagtail_leads.logic.kinds import ActivityKind, ContactWish, Stage
from wagtail_leads.mailing.models import MailPreference, Message, Suppression
from wagtail_leads.reports import words
from wagtail_leads.tracking.models import Visit

#: Rows of a section; what is older is in the ledgers.
MOST = 30
MOST_CHANGES = 50
#: Columns shown read-only beside the contact details.
DETAILS = ("family_name", "given_name", "family_kana", "given_kana", "postal_code", "prefecture", "address", "language")
BY_WHAT = {
    "form": gettext_lazy("a form"),
    "import": gettext_lazy("an import"),
    "hand": gettext_lazy("by hand"),
    "merge": gettext_lazy("a merge"),
    "request": gettext_lazy("a request of the person"),
    "site": gettext_lazy("the site"),
}
REASONS = {
    duplicates.Shared.ADDRESS: gettext_lazy("the same mailbox"),
    duplicates.Shared.MOBILE: gettext_lazy("the same mobile number"),
    duplicates.Shared.PERSON: gettext_lazy("the same name and company"),
    duplicates.Shared.PHONE: gettext_lazy("the same telephone"),
}


# --- who ------------------------------------------------------------------------------------------------------------


def details(lead: Lead) -> list[tuple[str, str]]:
    """(label, value) of every column and own field that says something. One query."""
    found = [(capfirst(str(Lead._meta.get_field(name).verbose_name)), getattr(lead, name)) for name in DETAILS]
    if lead.contact_wish:
        found.append(
            (capfirst(str(Lead._meta.get_field("contact_wish").verbose_name)), str(lead.get_contact_wish_display()))
        )
    if lead.origin:
        found.append((capfirst(str(Lead._meta.get_field("origin").verbose_name)), lead.origin.name))
    extra = lead.extra or {}
    found += [(own.label, own_text(extra.get(own.key), most=2000)) for own in LeadField.objects.all()]
    return [(label, value) for label, value in found if value]


def tags(lead: Lead, *, may_change: bool) -> dict:
    """Those it has, and those it could get. Two queries."""
    has = [row.tag for row in LeadTagging.objects.filter(lead=lead).select_related("tag").order_by("tag__name")]
    others = LeadTag.objects.exclude(pk__in=[tag.pk for tag in has]) if may_change else LeadTag.objects.none()
    return {"tags": has, "other_tags": list(others)}


def same_people(lead: Lead, user) -> list[dict]:
    """Leads that may be the same person, strongest first."""
    if not may_change_lead(user, lead):
        return []
    pairs = duplicates.pairs_of(lead, visible_leads(user))[:5]
    ids = [pair.second_id if pair.first_id == lead.pk else pair.first_id for pair in pairs]
    others = Lead.objects.in_bulk(ids) if ids else {}
    return [
        {
            "lead": others[pk],
            "why": ", ".join(str(REASONS[reason]) for reason in pair.reasons),
            "url": reverse("wagtail_leads_compare", args=(pair.first_id, pair.second_id)),
        }
        for pk, pair in zip(ids, pairs, strict=True)
        if pk in others
    ]


def merges(reach) -> list[LeadMerge]:
    found = LeadMerge.objects.filter(survivor__in=reach.lead_ids).select_related("loser", "by", "undone_by")
    return list(found.order_by("-at", "-pk")[:MOST])


# --- permission -----------------------------------------------------------------------------------------------------


def consents(lead: Lead, reach) -> list[Consent]:
    """Answers to "may we write to you?", newest first: the first one holds."""
    mine = Q(lead__in=reach.lead_ids)
    if lead.email_key:
        mine |= Q(email_key=lead.email_key)
    found = list(Consent.objects.filter(mine, question=Consent.Question.MAIL.value).order_by("-pk")[:MOST])
    for consent in found:
        consent.basis_words = BASIS_LABELS.get(consent.basis, consent.basis)
        consent.source_words = words.consent_source(consent.source)
    return found


def suppressions(lead: Lead) -> list[Suppression]:
    return list(Suppression.objects.filter(address_key=lead.email_key)) if lead.email_key else []


def preference(lead: Lead, now: datetime) -> dict:
    """What the reader chose on the preference page; {} when nothing."""
    row = MailPreference.objects.filter(pk=lead.email_key).first() if lead.email_key else None
    if row is None:
        return {}
    refused = (
        list(Topic.objects.filter(slug__in=row.refused_topics).values_list("name", flat=True))
        if row.refused_topics
        else []
    )
    paused = row.paused_until if row.paused_until and row.paused_until > now else None
    return {"frequency": row.get_frequency_display(), "paused_until": paused, "refused": refused, "at": row.updated_at}


# --- browsers -------------------------------------------------------------------------------------------------------


def browsers(reach) -> list[VisitorLink]:
    """Links with browsers, newest first, with device, last visit and what is counted through it; then those taken back.

    The visits of a link's time are counted, as taking it back would remove them.
    """
    last = Visit.objects.filter(visitor=OuterRef("visitor")).order_by("-last_at")
    links = VisitorLink.objects.filter(lead__in=reach.lead_ids).select_related("visitor", "revoked_by", "created_by")
    links = links.annotate(device=Subquery(last.values("device")[:1]))
    links = links.order_by(F("revoked_at").desc(nulls_first=True), "-created_at")
    found = list(links)
    counts = _counts(found)
    for link in found:
        link.device_words = words.device(link.device or "")
        link.evidence_words = EVIDENCE_LABELS.get(link.evidence, link.evidence)
        link.visits, link.pages = counts[link.pk]
    return found


def _counts(links: list[VisitorLink]) -> dict[int, tuple[int, int]]:
    """Link -> (visits, pages) of its time. One query."""
    wanted = {f"v{link.pk}": Count("pk", filter=_time_of(link)) for link in links[:MOST]}
    wanted |= {f"p{link.pk}": Coalesce(Sum("page_count", filter=_time_of(link)), 0) for link in links[:MOST]}
    visitors = {link.visitor_id for link in links}
    told = Visit.objects.filter(visitor__in=visitors).aggregate(**wanted) if links else {}
    return {link.pk: (told.get(f"v{link.pk}", 0), told.get(f"p{link.pk}", 0)) for link in links}


def _time_of(link: VisitorLink) -> Q:
    wanted = Q(visitor=link.visitor_id)
    if link.from_at:
        wanted &= Q(started_at__gte=link.from_at)
    return wanted & Q(started_at__lt=link.to_at) if link.to_at else wanted


# --- what came in and went out --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A form as it was sent."""

    at: datetime
    form: str
    answers: list[tuple[str, str]]
    is_inquiry: bool
    is_held: bool
    held_why: str
    waits: bool
    url: str


def submissions(reach) -> list[Sent]:
    """Forms with all answers, as they were sent; those held as spam too."""
    rows = (
        FormSubmission.objects.filter(lead__in=reach.lead_ids).select_related("form", "version").order_by("-at")[:MOST]
    )
    return [
        Sent(
            at=row.at,
            form=row.form.name if row.form else str(row.data.get("form") or _("Form")),
            answers=answers_of(row),
            is_inquiry=row.is_inquiry,
            is_held=row.is_spam,
            held_why=words.spam_reason(row.spam_reason) if row.spam_reason else "",
            waits=row.awaits_confirmation,
            url=f"{reverse('leads_submissions_modeladmin_index')}inspect/{row.pk}/",
        )
        for row in rows
    ]


def answers_of(row: FormSubmission) -> list[tuple[str, str]]:
    """(question, answer), as the form asked; of an older row by the names of its fields."""
    told = row.data.get("answers")
    if isinstance(told, list):
        pairs = [(one.get("label", ""), one.get("value", "")) for one in told if isinstance(one, dict)]
    else:
        pairs = [(key, value) for key, value in row.data.items() if isinstance(value, (str, int, float, bool))]
    return [(str(label), str(value)) for label, value in pairs if value not in (None, "")]


def conversions(reach) -> dict:
    """Goals reached, newest first, and what they are worth together."""
    mine = Q(lead__in=reach.lead_ids)
    rows = list(Conversion.objects.filter(mine).select_related("goal").order_by("-at", "-pk")[:MOST])
    for row in rows:
        row.worth = money(row.value) if row.value else ""
    total = Conversion.objects.filter(mine).aggregate(total=Sum("value"))["total"] if rows else None
    return {"conversions": rows, "conversions_worth": money(total) if total else ""}


@dataclass(kw_only=True)
class File:
    """A document: sent to the person, or fetched by them."""

    title: str
    sent_at: datetime | None = None
    #: Until when the link in the mail opens it.
    link_until: datetime | None = None
    fetched: int = 0
    last_fetched_at: datetime | None = None

    @property
    def latest(self) -> datetime:
        return max(at for at in (self.sent_at, self.last_fetched_at) if at)


def files(reach, now: datetime) -> list[File]:
    """Documents sent and fetched, the newest first. Two queries."""
    found: dict[str, File] = {}
    sent = Message.objects.filter(lead__in=reach.lead_ids, template="paper", sent_at__isnull=False).order_by(
        "-created_at"
    )
    days = timedelta(days=conf.get("DOCUMENT_LINK_DAYS"))
    for message in sent[:MOST]:
        title = str(message.context.get("title") or message.context.get("page_title") or words.subject(message))
        file = found.setdefault(title, File(title=title))
        if file.sent_at is None:
            file.sent_at = message.sent_at
            file.link_until = message.created_at + days if message.context.get("document_id") else None
    fetched = Activity.objects.filter(reach.activities(), kind=ActivityKind.ASSET_DOWNLOADED.value).order_by("-at")
    for title, path, at in fetched.values_list("title", "path", "at")[:200]:
        file = found.setdefault(title or path, File(title=title or path))
        file.fetched += 1
        file.last_fetched_at = file.last_fetched_at or at
    return sorted(found.values(), key=lambda file: file.latest, reverse=True)[:MOST]


# --- history --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Change:
    at: datetime
    label: str
    before: str
    after: str
    by: str


def changes(reach, wanted: str) -> dict:
    """What changed in the lead's own data, newest first; `wanted` is one field."""
    rows = LeadChange.objects.filter(lead__in=reach.lead_ids)
    names = list(rows.order_by("field").values_list("field", flat=True).distinct()[:100])
    labels = _labels(names)
    wanted = wanted if wanted in labels else ""
    shown = rows.filter(field=wanted) if wanted else rows
    found = list(shown.select_related("by").order_by("-at", "-pk")[:MOST_CHANGES])
    values = _values(found)
    told = [
        Change(
            at=row.at,
            label=labels.get(row.field, row.field),
            before=values(row.field, row.before),
            after=values(row.field, row.after),
            by=_by(row),
        )
        for row in found
    ]
    return {"changes": told, "change_fields": sorted(labels.items(), key=lambda pair: pair[1]), "change_field": wanted}


def _by(row: LeadChange) -> str:
    through = str(BY_WHAT.get(row.by_what, row.by_what))
    return f"{user_name(row.by)} ({through})" if row.by else through


#: Fields of a change that are no column of their own.
_OTHER_LABELS = {
    "tag": gettext_lazy("Tag"),
    "owner_id": pgettext_lazy("leads", "Owner"),
    "company_id": gettext_lazy("Company"),
    "origin_id": gettext_lazy("Acquired at"),
}


def _labels(names: list[str]) -> dict[str, str]:
    columns = {field.name: capfirst(str(field.verbose_name)) for field in Lead._meta.concrete_fields}
    own = dict(LeadField.objects.values_list("key", "label")) if any(name.startswith(OWN) for name in names) else {}
    plain = columns | {name: capfirst(str(label)) for name, label in _OTHER_LABELS.items()}
    return {
        name: own.get(name.removeprefix(OWN), name) if name.startswith(OWN) else plain.get(name, name) for name in names
    }


def _values(rows: list[LeadChange]):
    """Stored value -> words: names instead of keys. At most three queries."""
    stages = {stage.value: str(STAGE_LABELS[stage]) for stage in Stage}
    wishes = {wish.value: str(CONTACT_WISH_LABELS[wish]) for wish in ContactWish}
    named = {"stage": stages, "contact_wish": wishes}
    for field in ("owner_id", "company_id", "origin_id"):
        model = Lead._meta.get_field(field.removesuffix("_id")).related_model
        ids = {int(v) for row in rows if row.field == field for v in (row.before, row.after) if v.isdigit()}
        found = model.objects.in_bulk(ids) if ids else {}
        named[field] = {str(pk): user_name(one) if field == "owner_id" else str(one) for pk, one in found.items()}
    yes_no = {"yes": _("yes"), "no": _("no")}

    def words_of(field: str, value: str) -> str:
        if field == "stopped_at":
            return value[:10]
        return named.get(field, yes_no if field.startswith(OWN) else {}).get(value, value)

    return words_of
