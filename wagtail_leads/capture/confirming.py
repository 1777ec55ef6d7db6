"""The reader of an address says yes in the browser: the permission counts from now on, with its proof."""

from datetime import datetime

from django.db import transaction
from wagtail.models import Site

from wagtail_leads.activity.operations import record
from wagtail_leads.capture import opt_in
from wagtail_leads.capture.connecting import connect
from wagtail_leads.capture.models import FormSubmission
from wagtail_leads.capture.operations import reply_later
from wagtail_leads.identity.models import Lead, Visitor
from wagtail_leads.identity.operations import record_consent
from wagtail_leads.identity.queries import surviving
from wagtail_leads.logic.addresses import email_key
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ActivityKind, Evidence
from wagtail_leads.mailing.models import Suppression


def find_submission(link: opt_in.ConfirmLink) -> FormSubmission | None:
    """What a link was sent for; None when it is gone, held as spam, or its person was erased."""
    rows = FormSubmission.objects.select_related("lead", "version", "form", "form__reply", "form__locale")
    found = rows.filter(pk=link.submission_pk, is_spam=False).first()
    return found if found is not None and lead_of(found) is not None and found.data.get("email") else None


def lead_of(submission: FormSubmission) -> Lead | None:
    """Whose submission it is; of a merged lead its survivor. None for one that was erased."""
    lead = surviving(submission.lead) if submission.lead is not None else None
    return lead if lead is not None and lead.erased_at is None else None


def confirm(submission: FormSubmission, *, visitor: Visitor | None, now: datetime) -> bool:
    """The permission counts. False when it was confirmed before (or waits for nothing)."""
    with transaction.atomic():
        if visitor is not None:  # browser before lead, as in the river: no two can wait for each other
            visitor = Visitor.objects.select_for_update().get(pk=visitor.pk)
        held = FormSubmission.objects.select_for_update().get(pk=submission.pk)
        if not held.awaits_confirmation:
            return False
        FormSubmission.objects.filter(pk=held.pk).update(awaits_confirmation=False, confirmed_at=now)
        lead, site = lead_of(submission), Site.objects.filter(pk=held.data.get("site")).first()
        fields = {"lead": lead, "visitor": visitor, "site": site, "page_id": held.page_id}
        record(
            ActivityKind.ADDRESS_CONFIRMED,
            at=now,
            now=now,
            dedupe_key=dedupe_key("confirmed", held.pk),
            title=held.data.get("form", ""),
            object_kind="form",
            object_id=held.form_id,
            **fields,
        )
        _allow_mail(submission, lead, site, now=now)
        if visitor is not None and _is_theirs_or_nobodys(visitor, lead):
            connect(
                visitor,
                lead,
                evidence=Evidence.CONFIRMED,
                with_history=held.data.get("with_history", False),
                now=now,
                site=site,
                page_id=held.page_id,
                title=held.data.get("form", ""),
            )
        if opt_in.answers_afterwards(submission.form):
            reply_later(submission, lead, now=now)
    return True


def _allow_mail(submission: FormSubmission, lead: Lead, site: Site | None, *, now: datetime) -> None:
    """The consent with its proof. Who had unsubscribed before has changed their mind, and shown that it is they."""
    data, key = submission.data, email_key(submission.data["email"])
    consent = record_consent(
        lead,
        key=key,
        granted=True,
        now=now,
        wording=data.get("wording", ""),
        source=data.get("form", ""),
        page_id=submission.page_id,
        page_url=data.get("page_url", ""),
        version=dedupe_key(data.get("wording", ""))[:8],
        form_version=submission.version.number if submission.version is not None else None,
        confirmed_at=now,
    )
    Suppression.objects.filter(
        address_key=key, scope=Suppression.Scope.MARKETING, reason=Suppression.Reason.UNSUBSCRIBED
    ).delete()
    record(
        ActivityKind.CONSENT_GIVEN,
        at=now,
        now=now,
        dedupe_key=dedupe_key("consent", consent.pk),
        lead=lead,
        site=site,
        object_kind="consent",
        object_id=consent.pk,
    )


def _is_theirs_or_nobodys(visitor: Visitor, lead: Lead) -> bool:
    """A mail that was forwarded takes nobody's browser."""
    return visitor.lead_id is None or surviving(visitor.lead).pk == lead.pk


def send_again(submission: FormSubmission, *, now: datetime) -> None:
    """A new link to the address that was given, whoever asks."""
    if not submission.awaits_confirmation:
        return
    opt_in.ask(
        submission,
        lead_of(submission),
        to=submission.data["email"],
        wording=submission.data.get("wording", ""),
        site=Site.objects.filter(pk=submission.data.get("site")).first(),
        now=now,
        language=submission.version.language if submission.version is not None else "",
    )
