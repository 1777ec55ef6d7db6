"""Everything stored about a person, readable by them and by machines. One line per table."""

from django.db.models import Q, QuerySet

from wagtail_leads.activity.whose import activities_of
from wagtail_leads.capture.models import Conversion, FormSubmission, ImportRow
from wagtail_leads.identity.models import (
    AccessRecord,
    Consent,
    Lead,
    LeadChange,
    LeadMerge,
    LeadTagging,
    PrivacyRequest,
    VisitorLink,
    open_links,
)
from wagtail_leads.identity.queries import family_of
from wagtail_leads.mailing.models import MailPreference, Message, Reaction, Suppression
from wagtail_leads.sales.models import FollowUp, Todo
from wagtail_leads.scenarios.models import Enrolment, StepRun
from wagtail_leads.scoring.models import ScoreEntry
from wagtail_leads.segments.models import StageChange
from wagtail_leads.tracking.models import PageView, Visit


def export(lead: Lead) -> dict:
    """Everything stored about a person, and about the leads merged into theirs; keys are names of tables."""
    family = family_of(lead)
    leads = Lead.objects.filter(pk__in=family)
    keys = [key for key in leads.values_list("email_key", flat=True) if key]
    # a link that a colleague took back says that the browser was somebody else's
    links = VisitorLink.objects.filter(lead__in=family)
    theirs = links.filter(open_links())
    visits = Visit.objects.filter(while_linked(theirs, begins="started_at", ends="last_at"))
    return {
        "lead": _plain(lead),
        "merged": _rows(leads.exclude(pk=lead.pk)),
        "links": _rows(links),
        "visits": _rows(visits),
        "views": _rows(PageView.objects.filter(visit__in=visits.values("pk"))),
        "activities": _rows(activities_of(lead).order_by("at", "pk")),
        "consents": _rows(Consent.objects.filter(Q(email_key__in=keys) | Q(lead__in=family) | while_linked(theirs))),
        "suppressions": _rows(Suppression.objects.filter(address_key__in=keys)),
        "preferences": _rows(MailPreference.objects.filter(address_key__in=keys)),
        "submissions": _rows(FormSubmission.objects.filter(Q(lead__in=family) | held_back(leads))),
        "conversions": _rows(Conversion.objects.filter(lead__in=family)),
        "mails": _rows(mails_of(family, keys)),
        "reactions": _rows(Reaction.objects.filter(message__lead__in=family)),
        "score": _score(family),
        "stages": _rows(StageChange.objects.filter(lead__in=family)),
        "changes": _rows(LeadChange.objects.filter(lead__in=family)),
        "merges": _rows(LeadMerge.objects.filter(Q(survivor__in=family) | Q(loser__in=family)), without=("log",)),
        "tags": list(LeadTagging.objects.filter(lead__in=family).values("tag__name", "at")),
        "imports": _imports(family),
        "todos": _rows(Todo.objects.filter(lead__in=family)),
        "follow_ups": _rows(FollowUp.objects.filter(lead__in=family)),
        "scenarios": _rows(Enrolment.objects.filter(lead__in=family)),
        "steps": _rows(StepRun.objects.filter(enrolment__lead__in=family)),
        "requests": _rows(PrivacyRequest.objects.filter(Q(lead__in=family) | Q(email_key__in=keys))),
        # who passed it on: without the pks of the others in the same list
        "accesses": _rows(accesses_to(family), without=("leads", "detail")),
    }


def _rows(rows: QuerySet, *, without: tuple[str, ...] = ()) -> list[dict]:
    return [_plain(row, without=without) for row in rows]


def _plain(row, *, without: tuple[str, ...] = ()) -> dict:
    fields = [field for field in row._meta.concrete_fields if field.name not in without]
    return {"id": row.pk, **{field.name: getattr(row, field.attname) for field in fields}}


def _score(family: list[int]) -> list[dict]:
    """Each entry with the rule that gave it, in words."""
    entries = ScoreEntry.objects.filter(lead__in=family).select_related("rule").order_by("at", "pk")
    return [_plain(entry) | {"reason": str(entry.rule.plain_name)} for entry in entries]


def _imports(family: list[int]) -> list[dict]:
    """Rows of files, with the basis that was stated for the file."""
    rows = ImportRow.objects.filter(lead__in=family).select_related("file").order_by("pk")
    return [
        _plain(row) | {"file_name": row.file.name, "basis": row.file.basis, "at": row.file.created_at} for row in rows
    ]


def accesses_to(family: list[int]) -> QuerySet[AccessRecord]:
    """Who looked at these leads, and exports that held them. Exports are lists of pks: compared here, newest first."""
    exports = AccessRecord.objects.filter(what=AccessRecord.What.EXPORTED.value, lead__isnull=True)
    wanted = set(family)
    held = [
        pk for pk, leads in exports.values_list("pk", "leads").iterator(chunk_size=200) if wanted & set(leads or ())
    ]
    return AccessRecord.objects.filter(Q(lead__in=family) | Q(pk__in=held)).order_by("-at", "-pk")


def mails_of(family: list[int], keys: list[str]) -> QuerySet[Message]:
    """Mails to the person; some name no lead (a link to their own data), only the address."""
    return Message.objects.filter(Q(lead__in=family) | Q(lead__isnull=True, address_key__in=keys))


def while_linked(links, *, begins: str = "at", ends: str = "at") -> Q:
    """Rows of browsers while they were this person's: the same browser may have been another's before or after."""
    covered = Q(pk__in=[])
    for one in links:
        mine = Q(visitor=one.visitor_id)
        mine &= Q(**{f"{ends}__gte": one.from_at}) if one.from_at else Q()
        mine &= Q(**{f"{begins}__lte": one.to_at}) if one.to_at else Q()
        covered |= mine
    return covered


def held_back(leads) -> Q:
    """Submissions held as spam name no lead, only the address that was typed."""
    addresses = [address for address in leads.values_list("email", flat=True) if address]
    return Q(lead__isnull=True, data__email__in=addresses) if addresses else Q(pk__in=[])
