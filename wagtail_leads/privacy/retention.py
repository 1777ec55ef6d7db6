"""How long each kind of data is kept, and what goes when its time is over: once a day, in pieces, safe to stop anywhere.

A kind is a line of `KINDS`: which rows are over, and how one piece of them goes. The screen, the command and the clock
read the same lines, so what the dry run lists is what is removed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.models import ModelLogEntry

from wagtail_leads.activity.models import Activity
from wagtail_leads.background import Lane
from wagtail_leads.capture.models import FormSubmission, ImportPiece, ImportRow, LeadImport
from wagtail_leads.identity.models import (
    AccessRecord,
    Consent,
    Lead,
    LeadChange,
    PrivacyRequest,
    Retention,
    Visitor,
    VisitorLink,
    open_links,
)
from wagtail_leads.logic.kinds import ActivityKind, ImportState, MailPurpose, Stage
from wagtail_leads.mailing.models import MailPreference, Message, Reaction
from wagtail_leads.privacy.erasing import erase
from wagtail_leads.sales.models import FollowUp, Todo
from wagtail_leads.scenarios.models import Enrolment
from wagtail_leads.scoring.models import ScoreEntry
from wagtail_leads.scoring.operations import refold
from wagtail_leads.tracking.models import PageView, Visit

#: Rows that one transaction removes (no write transaction over 250 ms).
CHUNK = 300
#: How often the clock looks.
EACH = timedelta(days=1)
#: When retention last came to its end, as a row beside those of the background lanes.
RUN = "retention"
#: What we did, not the person: it does not keep a lead from being idle.
OURS = (ActivityKind.EMAIL_SENT.value, ActivityKind.EMAIL_BOUNCED.value)
#: Idle leads that are over and are not erased yet, because nobody has looked at the times: a row beside those of the lanes.
WAITS = "retention_waits"
NOT_READ = (ImportState.WAITING.value, ImportState.RUNNING.value)


@dataclass(frozen=True, kw_only=True)
class Kind:
    #: In JSON and on the command line.
    name: str
    label: str
    #: What happens, in a sentence.
    sentence: str
    #: Field of `Retention` that holds the time.
    field: str
    #: (limit) -> querysets of what is over; each is emptied in turn.
    over: Callable[[datetime], list[QuerySet]]
    #: (rows of one piece, now): removes or blanks them.
    act: Callable[[QuerySet, datetime], None]
    #: Rows of one piece.
    chunk: int = CHUNK
    #: Does the clock leave it alone until somebody has saved the times? What a person told us does not go by a default
    #: that nobody read: a site that upgrades would lose leads overnight.
    asks_first: bool = False


def rules() -> Retention:
    return Retention.objects.first() or Retention()


def is_agreed(kept: Retention) -> bool:
    """Has somebody looked at the times: saved them in the admin, or set another time for idle leads by code?"""
    if kept.idle_leads_months != Retention._meta.get_field("idle_leads_months").default:
        return True
    kind = ContentType.objects.get_for_model(Retention)
    return ModelLogEntry.objects.filter(content_type=kind, action="wagtail.edit").exists()


def limit_of(kind: Kind, kept: Retention, now: datetime) -> datetime | None:
    """What is older is over; None: kept for ever."""
    number = getattr(kept, kind.field)
    if not number:
        return None
    return now - timedelta(days=number) if kind.field.endswith("_days") else months_before(now, number)


def months_before(now: datetime, months: int) -> datetime:
    """The same day so many months ago; the last day of a shorter month."""
    years, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    if years < 1:
        return now.replace(year=1, month=1, day=1)
    day = now.day
    while True:
        try:
            return now.replace(year=years, month=month + 1, day=day)
        except ValueError:
            day -= 1


def count_over(*, now: datetime) -> dict[str, int]:
    """Kind -> rows that the next run removes. Reads only: this is the dry run."""
    kept = rules()
    return {
        kind.name: sum(rows.count() for rows in kind.over(limit)) if (limit := limit_of(kind, kept, now)) else 0
        for kind in KINDS
    }


def purge_some(*, now: datetime, kinds: Iterable[Kind] | None = None) -> tuple[str, int]:
    """Remove one piece of the first kind that has something over: (kind, rows); ("", 0) when nothing is left."""
    kept = rules()
    for kind in KINDS if kinds is None else kinds:
        limit = limit_of(kind, kept, now)
        for rows in kind.over(limit) if limit else ():
            if done := _take(kind, rows, now):
                return kind.name, done
    return "", 0


def _take(kind: Kind, rows: QuerySet, now: datetime) -> int:
    pks = list(rows.order_by("pk").values_list("pk", flat=True)[: kind.chunk])
    if pks:
        kind.act(rows.model._default_manager.filter(pk__in=pks), now)
    return len(pks)


def purge_due(*, now: datetime) -> int:
    """The clock: once a day, piece by piece. Returns rows removed; 0: nothing is due.

    Kinds that ask first wait until somebody has saved the times; the command `leads_purge` is somebody's word by itself.
    """
    last = last_run()
    if last is not None and now - last < EACH:
        return 0
    agreed = is_agreed(rules())
    _kind, done = purge_some(now=now, kinds=[kind for kind in KINDS if agreed or not kind.asks_first])
    if not done:
        _note_waiting(agreed, now=now)
        note_run(now=now)
    return done


def _note_waiting(agreed: bool, *, now: datetime) -> None:
    """For Health, which shall not search through the leads at each look."""
    kept = rules()
    asking = [kind for kind in KINDS if kind.asks_first and not agreed and limit_of(kind, kept, now)]
    if any(rows.exists() for kind in asking for rows in kind.over(limit_of(kind, kept, now))):
        Lane.objects.update_or_create(name=WAITS, defaults={"ran_at": now})
    else:
        Lane.objects.filter(name=WAITS).delete()


def last_run() -> datetime | None:
    return Lane.objects.filter(name=RUN).values_list("ran_at", flat=True).first()


def note_run(*, now: datetime) -> None:
    Lane.objects.update_or_create(name=RUN, defaults={"ran_at": now})


# --- What is over ---------------------------------------------------------------------------------------------------


def _visits_over(limit: datetime) -> list[QuerySet]:
    """Views, visits, what nobody's browser did, the address of a click, and browsers of which nothing else is known."""
    used = (Visit.objects, VisitorLink.objects.filter(open_links()), Activity.objects)
    free = [~Exists(rows.filter(visitor=OuterRef("pk"))) for rows in used]
    return [
        # `started_at` has an index: a large table in which nothing is over is not read through
        PageView.objects.filter(visit__started_at__lt=limit, at__lt=limit),
        Activity.objects.filter(at__lt=limit, lead__isnull=True, processed_at__isnull=False),
        Visit.objects.filter(started_at__lt=limit, last_at__lt=limit),
        Reaction.objects.filter(at__lt=limit).exclude(address="", user_agent=""),
        Visitor.objects.filter(*free, last_seen_at__lt=limit, lead__isnull=True, forgotten_at__isnull=True),
    ]


def _remove_visits(rows: QuerySet, now: datetime) -> None:
    """The points that old browsing brought go with it, and the scores are what the rest makes of them."""
    with transaction.atomic():
        if rows.model is Reaction:
            rows.update(address="", user_agent="")
            return
        leads = set()
        if rows.model is Activity:
            leads = set(ScoreEntry.objects.filter(activity__in=rows).values_list("lead_id", flat=True))
        rows.delete()
        refold(leads)


def idle_leads(limit: datetime) -> QuerySet[Lead]:
    """Nothing was heard of them since: no visit, form, answer to a mail, contact, change or import. Never a customer,
    never one that somebody has to do something about."""
    theirs = [Q(lead=OuterRef("pk")), Q(lead__merged_into=OuterRef("pk"))]
    said = Activity.objects.filter(at__gte=limit).exclude(kind__in=OURS)
    keeps = [Exists(said.filter(who)) for who in theirs]
    keeps += [
        Exists(Todo.objects.filter(lead=OuterRef("pk")).exclude(status=Todo.Status.DONE.value)),
        Exists(Enrolment.objects.filter(lead=OuterRef("pk"), ended_at__isnull=True)),
        Exists(FollowUp.objects.filter(Q(contacted_at__gte=limit) | Q(snoozed_until__gte=limit), lead=OuterRef("pk"))),
        Exists(Consent.objects.filter(lead=OuterRef("pk"), at__gte=limit)),
        Exists(FormSubmission.objects.filter(lead=OuterRef("pk"), at__gte=limit)),
        Exists(PrivacyRequest.objects.filter(lead=OuterRef("pk"), state=PrivacyRequest.State.OPEN.value)),
        Exists(Lead.objects.filter(_heard(limit), merged_into=OuterRef("pk"))),
    ]
    quiet = Lead.objects.living().exclude(_heard(limit)).exclude(stage=Stage.CUSTOMER.value)
    return quiet.filter(*[~kept for kept in keeps])


def _heard(limit: datetime) -> Q:
    return Q(created_at__gte=limit) | Q(last_seen_at__gte=limit) | Q(updated_at__gte=limit)


def _erase_leads(rows: QuerySet, now: datetime) -> None:
    for lead in rows:
        erase(lead, now=now)


def _consents_over(limit: datetime) -> list[QuerySet]:
    """Proof for addresses that are nobody's any more and got no mail since; answers about visits; refusals of topics."""
    mailed = Message.objects.filter(purpose=MailPurpose.MARKETING.value, sent_at__gte=limit)
    old = Consent.objects.filter(at__lt=limit)
    return [
        old.filter(question=Consent.Question.MAIL.value).exclude(
            Exists(mailed.filter(address_key=OuterRef("email_key")))
            | Exists(Lead.objects.filter(email_key=OuterRef("email_key")))
        ),
        old.filter(question=Consent.Question.TRACKING.value),
        MailPreference.objects.filter(updated_at__lt=limit).exclude(
            Exists(mailed.filter(address_key=OuterRef("pk"))) | Exists(Lead.objects.filter(email_key=OuterRef("pk")))
        ),
    ]


def _imports_over(limit: datetime) -> list[QuerySet]:
    """The raw file, and the cells of its rows; that a lead came in by it, and the basis, stays with the lead."""
    old = LeadImport.objects.filter(created_at__lt=limit).exclude(state__in=NOT_READ)
    return [
        ImportPiece.objects.filter(file__in=old.values("pk")),
        ImportRow.objects.filter(file__in=old.values("pk")).exclude(cells=[]),
        old.filter(state__in=(ImportState.DRAFT.value, ImportState.STOPPED.value)),
    ]


def _empty_imports(rows: QuerySet, now: datetime) -> None:
    if rows.model is ImportRow:
        rows.update(cells=[])
    elif rows.model is LeadImport:  # its pieces are gone: it cannot go on
        rows.update(state=ImportState.FAILED.value, problem=str(_("The file was removed when its time was over.")))
    else:
        rows.delete()


def _delete(rows: QuerySet, now: datetime) -> None:
    rows.delete()


def _rows(model: type[models.Model], **fixed) -> Callable[[datetime], list[QuerySet]]:
    return lambda limit: [model._default_manager.filter(at__lt=limit, **fixed)]


KINDS: tuple[Kind, ...] = (
    Kind(
        name="visits",
        label=_("Visits"),
        sentence=_(
            "Page views, visits and what anonymous browsers did; addresses of clicks in mails. The points they brought go too."
        ),
        field="visits_months",
        over=_visits_over,
        act=_remove_visits,
    ),
    Kind(
        name="idle_leads",
        label=_("Idle leads"),
        sentence=_(
            "Leads of whom nothing was heard are erased. Never customers, nor leads with an open to-do, a running scenario "
            "or an open request."
        ),
        field="idle_leads_months",
        over=lambda limit: [idle_leads(limit)],
        act=_erase_leads,
        chunk=5,
        asks_first=True,
    ),
    Kind(
        name="consents",
        label=_("Proof of consent"),
        sentence=_(
            "Kept with the lead; once the person is gone, so long after the last mail to that address (as a fingerprint)."
        ),
        field="consents_months",
        over=_consents_over,
        act=_delete,
    ),
    Kind(
        name="held_forms",
        label=_("Forms held as spam"),
        sentence=_("Forms that nobody released."),
        field="held_forms_days",
        over=_rows(FormSubmission, is_spam=True),
        act=_delete,
    ),
    Kind(
        name="accesses",
        label=_("Who looked at whom"),
        sentence=_("The record of which colleague opened or exported whose data."),
        field="accesses_months",
        over=_rows(AccessRecord),
        act=_delete,
    ),
    Kind(
        name="imports",
        label=_("Imported files"),
        sentence=_("The raw file and what stood in its rows. That a lead came by it, and why we may write, stays."),
        field="imports_days",
        over=_imports_over,
        act=_empty_imports,
    ),
    Kind(
        name="changes",
        label=_("History of changes"),
        sentence=_("What a field of a lead was before."),
        field="changes_months",
        over=_rows(LeadChange),
        act=_delete,
    ),
)
