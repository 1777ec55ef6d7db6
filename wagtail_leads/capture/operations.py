"""A visitor becomes a lead. Written in the request's transaction: acknowledged means durable."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import get_language, override
from wagtail.models import Site

from wagtail_leads.activity.operations import record
from wagtail_leads.capture import opt_in
from wagtail_leads.capture.connecting import connect
from wagtail_leads.capture.documents import find_document, link_of
from wagtail_leads.capture.models import FormSubmission, LeadForm, LeadFormVersion
from wagtail_leads.content.marks import Marks, marks_of
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.identity.models import Lead, Visitor
from wagtail_leads.identity.operations import identify, record_consent
from wagtail_leads.logic.addresses import email_key
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ActivityKind, Evidence, GateBy, MailPurpose
from wagtail_leads.mailing.models import Email, MailPreference
from wagtail_leads.mailing.operations import queue_email, queue_template

#: What of `Sent` a submission keeps beside its columns, so that a held one can be released.
KEPT = (
    "answers",
    "fields",
    "extra",
    "topics",
    "consent",
    "wording",
    "with_history",
    "links_browser",
    "page_title",
    "page_url",
    "path",
    "placement",
    "block",
    "document_id",
)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What a person sent through a form of ours or of the site."""

    #: Names this submission: a double click or a reload is the same one.
    key: str
    email: str
    fields: dict[str, str] = field(default_factory=dict)
    #: Values of the site's own fields of leads by their key.
    extra: dict[str, object] = field(default_factory=dict)
    #: {"wanted": [slug, …], "offered": [slug, …]}; {} when nothing was asked about topics.
    topics: dict[str, list[str]] = field(default_factory=dict)
    answers: list[dict] = field(default_factory=list)
    site: Site | None = None
    page_id: int | None = None
    page_title: str = ""
    page_url: str = ""
    path: str = ""
    marks: Marks | None = None
    form: LeadForm | None = None
    #: What of the form was shown.
    version: LeadFormVersion | None = None
    #: Where it stood ("gate", "block", "own_page" …; `placements.Where`).
    placement: str = ""
    #: Of a gated part of a page: its block.
    block: str = ""
    #: Primary key of the document that was asked for.
    document_id: int | None = None
    form_name: str = ""
    is_inquiry: bool = False
    #: None: no box was shown.
    consent: bool | None = None
    wording: str = ""
    with_history: bool = True
    #: False on a device that many use.
    links_browser: bool = True
    reply: Email | None = None
    owner: object = None
    opens_todo: bool = False
    spam_reason: str = ""


def submit(sent: Sent, *, visitor: Visitor | None, now: datetime) -> FormSubmission | None:
    """Make the lead, the facts, the mails and the to-do. None when this very submission came before.

    Raises `BadAddress`. Spam is stored and held back: no lead, no mail, until a person releases it.
    """
    with transaction.atomic():
        if visitor is not None:  # browser before lead, as in the river: no two can wait for each other
            Visitor.objects.select_for_update().get(pk=visitor.pk)
        submission = _store(sent, visitor, now=now)
        if submission is not None and not sent.spam_reason:
            _take_in(submission, sent, visitor, now=now)
        return submission


def release(submission: FormSubmission, *, now: datetime) -> None:
    """A colleague says: this was a person. What was held back happens now. ValueError when it is not held."""
    with transaction.atomic():
        held = FormSubmission.objects.select_for_update().get(pk=submission.pk)
        if not held.is_spam:
            raise ValueError("This submission is not held back.")
        FormSubmission.objects.filter(pk=held.pk).update(is_spam=False, spam_reason="")
        language = held.version.language if held.version is not None else ""
        with override(language or get_language()):  # the sender's, not the colleague's
            _take_in(held, _sent_of(held), held.visitor, now=now)


def _sent_of(held: FormSubmission) -> Sent:
    """What was sent, as it is kept with the submission."""
    form = held.form
    return Sent(
        key=held.dedupe_key,
        email=held.data["email"],
        form_name=held.data.get("form", ""),
        site=Site.objects.filter(pk=held.data.get("site")).first(),
        page_id=held.page_id,
        form=form,
        version=held.version,
        is_inquiry=held.is_inquiry,
        reply=form.reply if form else None,
        owner=form.owner if form else None,
        opens_todo=form.opens_todo if form else False,
        marks=marks_of([held.page_id]).get(held.page_id),
        **{name: held.data[name] for name in KEPT if name in held.data},
    )


def reply_later(submission: FormSubmission, lead: Lead, *, now: datetime) -> None:
    """The automatic reply that waited for a confirmation."""
    language = submission.version.language if submission.version is not None else ""
    with override(language or get_language()):
        _reply(submission, lead, _sent_of(submission), now=now)


def _take_in(submission: FormSubmission, sent: Sent, visitor: Visitor | None, *, now: datetime) -> None:
    """What a submission brings about: lead, link, consent, facts, the answer by mail."""
    form = sent.form
    lead, _created = identify(
        email=sent.email,
        now=now,
        fields=_with_language(sent),
        extra=sent.extra,
        source=sent.form_name,
        owner=sent.owner,
        origin=form.origin if form is not None else None,
        tags=[form.tag] if form is not None and form.tag is not None else (),
    )
    FormSubmission.objects.filter(pk=submission.pk).update(lead=lead)
    submission.lead = lead
    if visitor is not None and sent.links_browser:
        _connect(visitor, lead, sent, now=now)
    waits = opt_in.must_wait(form, consent=sent.consent, key=email_key(sent.email))
    if waits:
        opt_in.ask(submission, lead, to=sent.email, wording=sent.wording, site=sent.site, now=now)
    else:
        _answer_on_mail(lead, sent, now=now)
    _answer_on_topics(sent, now=now)
    _record_facts(submission, lead, visitor, sent, now=now)
    if not (waits and opt_in.answers_afterwards(form)):
        _reply(submission, lead, sent, now=now)


def _with_language(sent: Sent) -> dict[str, str]:
    return {"language": (get_language() or "")[:10], **sent.fields}


def _store(sent: Sent, visitor: Visitor | None, *, now: datetime) -> FormSubmission | None:
    try:
        with transaction.atomic():
            return FormSubmission.objects.create(
                dedupe_key=sent.key,
                form=sent.form if sent.form is not None and sent.form.pk else None,
                version=sent.version,
                visitor=visitor,
                page_id=sent.page_id,
                data={
                    "email": sent.email,
                    "form": sent.form_name,
                    "site": sent.site.pk if sent.site else None,
                    **{name: getattr(sent, name) for name in KEPT},
                },
                is_inquiry=sent.is_inquiry,
                is_spam=bool(sent.spam_reason),
                spam_reason=sent.spam_reason,
                at=now,
            )
    except IntegrityError:
        if FormSubmission.objects.filter(dedupe_key=sent.key).exists():
            return None
        raise


def _connect(visitor: Visitor, lead: Lead, sent: Sent, *, now: datetime) -> None:
    connect(
        visitor,
        lead,
        evidence=Evidence.FORM,
        with_history=sent.with_history,
        now=now,
        site=sent.site,
        page_id=sent.page_id,
        title=sent.form_name,
    )


def _answer_on_mail(lead: Lead, sent: Sent, *, now: datetime) -> None:
    """An unticked box is no withdrawal of an earlier yes; a ticked one is proof, with the wording shown."""
    if not sent.consent:
        return
    consent = record_consent(
        lead,
        key=email_key(sent.email),
        granted=True,
        now=now,
        wording=sent.wording,
        source=sent.form_name,
        page_id=sent.page_id,
        page_url=sent.page_url,
        version=dedupe_key(sent.wording)[:8],
        form_version=sent.version.number if sent.version is not None else None,
    )
    record(
        ActivityKind.CONSENT_GIVEN,
        at=now,
        now=now,
        dedupe_key=dedupe_key("consent", consent.pk),
        lead=lead,
        site=sent.site,
        object_kind="consent",
        object_id=consent.pk,
    )


def _answer_on_topics(sent: Sent, *, now: datetime) -> None:
    """Of the topics that were offered, those not chosen are not wanted; what was not offered stays as it was."""
    if not sent.topics.get("wanted"):
        return
    wanted, offered = set(sent.topics["wanted"]), set(sent.topics.get("offered", ()))
    key = email_key(sent.email)
    MailPreference.objects.get_or_create(address_key=key, defaults={"updated_at": now})
    kept = MailPreference.objects.select_for_update().get(address_key=key)
    kept.refused_topics = sorted((set(kept.refused_topics) - wanted) | (offered - wanted))
    kept.updated_at = now
    kept.save(update_fields=["refused_topics", "updated_at"])


def _record_facts(submission: FormSubmission, lead: Lead, visitor, sent: Sent, *, now: datetime) -> None:
    kinds = [ActivityKind.INQUIRY_MADE] if sent.is_inquiry else [ActivityKind.FORM_SUBMITTED]
    for kind in kinds:
        record(
            kind,
            at=now,
            now=now,
            dedupe_key=dedupe_key(kind, submission.pk),
            lead=lead,
            visitor=visitor,
            site=sent.site,
            page_id=sent.page_id,
            title=sent.page_title or sent.form_name,
            path=sent.path,
            object_kind="form",
            object_id=sent.form.pk if sent.form is not None else None,
            marks=sent.marks,
            # `sales` makes the to-do and the notice from this; it cannot look up here
            data={
                "submission": submission.pk,
                "form": sent.form_name,
                "todo": sent.is_inquiry or sent.opens_todo,
                "owner": getattr(sent.owner, "pk", None),
                "due_hours": sent.form.due_hours if sent.form is not None else None,
                "notify": sent.form.notify_list() if sent.form is not None else [],
                "answers": sent.answers,
            },
        )


def _reply(submission: FormSubmission, lead: Lead, sent: Sent, *, now: datetime) -> None:
    """The answer that was asked for: it needs no permission to advertise."""
    key = dedupe_key("reply", submission.pk)
    context = {"page_id": sent.page_id, "url": sent.page_url, "title": sent.page_title, "answers": sent.answers}
    if sent.block:
        context["block"] = sent.block
    document = find_document(sent.document_id) if sent.document_id else None
    if document is not None:
        url = link_of(lead, document.pk, site=sent.site, now=now)
        context |= {"document_id": document.pk, "url": url, "title": document.title}
    if sent.reply is not None and sent.reply.live:
        queue_email(
            sent.reply,
            lead=lead,
            dedupe_key=key,
            now=now,
            site=sent.site,
            context=context,
            purpose=MailPurpose.TRANSACTIONAL,
            to=sent.email,
        )
        return
    if _stays_closed(sent, lead):
        return  # our own mail would bring what it cannot open
    queue_template(
        _template_of(sent),
        to=sent.email,
        dedupe_key=key,
        now=now,
        lead=lead,
        site=sent.site,
        context=context,
    )


def _stays_closed(sent: Sent, lead: Lead) -> bool:
    """Was it the form before a page for leads of certain stages, and this is none?"""
    if sent.placement != "gate":
        return False
    policy = PagePolicy.objects.filter(pk=sent.page_id, gated=True, gate_by=GateBy.STAGE).first()
    return policy is not None and lead.stage not in policy.gate_stages.split()


def _template_of(sent: Sent) -> str:
    """Which of our own mails says that it has arrived."""
    if sent.is_inquiry:
        return "reply"
    purpose = sent.form.purpose if sent.form is not None else LeadForm.Purpose.DOCUMENT
    if sent.document_id:
        return "paper"
    return {LeadForm.Purpose.SEMINAR: "registered", LeadForm.Purpose.NEWSLETTER: "subscribed"}.get(purpose, "paper")
