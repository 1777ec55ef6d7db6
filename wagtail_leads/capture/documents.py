"""Gated documents: their marks, each person's own links to them, and the fact that one was fetched.

The document model is the site's, so a document is known by its primary key; only whole numbers can be gated.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.urls import NoReverseMatch, reverse
from wagtail.documents import get_document_model
from wagtail.models import Site

from wagtail_leads import conf
from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.operations import record
from wagtail_leads.content.marks import Marks, joined
from wagtail_leads.content.models import DocumentPolicy
from wagtail_leads.content.operations import find_or_create_topics
from wagtail_leads.identity.models import Lead, Visitor
from wagtail_leads.identity.operations import surviving
from wagtail_leads.logic import tokens
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.mailing.links import site_url
from wagtail_leads.mailing.operations import queue_template

#: Fetched again by the same person within this time (a reload, the pieces of a big file), it is one download.
SAME_WITHIN = timedelta(minutes=1)
PURPOSE = "download"
#: New links that one person is sent within an hour at the most.
NEW_LINKS_PER_HOUR = 3


# --- marks ----------------------------------------------------------------------------------------------------------


def policy_of(document) -> DocumentPolicy | None:
    """The marks of a document that is gated; one primary-key query."""
    if not isinstance(document.pk, int):
        return None
    return DocumentPolicy.objects.filter(pk=document.pk, gated=True).first()


def find_document(pk: int):
    """The document, or None when it is gone."""
    return get_document_model().objects.filter(pk=pk).first() if pk and pk < 2**63 else None


def mark_document(document, *, gated: bool, form_id: int | None, teaser: str, topics, now: datetime) -> DocumentPolicy:
    """Write a document's marks. `topics` are names; those that do not exist are made."""
    with transaction.atomic():
        policy, _made = DocumentPolicy.objects.update_or_create(
            document_id=document.pk,
            defaults={"gated": gated, "form_id": form_id, "teaser": teaser, "updated_at": now},
        )
        policy.topics.set(find_or_create_topics(topics))
    return policy


def forget_document(sender, instance, **kwargs) -> None:
    """Receiver of `post_delete` of the site's document model: marks do not pass to the next one with that number."""
    if isinstance(instance.pk, int):
        DocumentPolicy.objects.filter(pk=instance.pk).delete()


def way_around() -> str:
    """How the site's settings let anybody get a gated file past us: "direct", "redirect", "remote", "media"; '' for none.

    The file of a document has an address of its own wherever its storage gives it one.
    """
    method = getattr(settings, "WAGTAILDOCS_SERVE_METHOD", None)
    storage = get_document_model()._meta.get_field("file").storage
    try:
        storage.url("x")
    except (NotImplementedError, ValueError):
        return ""
    if method in ("direct", "redirect"):
        return method
    try:
        path = Path(storage.path("x"))
    except NotImplementedError:
        return "remote"
    return "media" if settings.MEDIA_ROOT and path.is_relative_to(settings.MEDIA_ROOT) else ""


def marks_of_document(policy: DocumentPolicy | None) -> Marks:
    if policy is None:
        return Marks()
    return Marks(gated=policy.gated, topics=joined([topic.slug for topic in policy.topics.all()]))


# --- each person's own link -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class OwnLink:
    """What a person's own link says. Signed, so nobody makes one for another document or person."""

    lead_pk: int
    document_pk: int
    made_at: datetime

    def is_over(self, now: datetime) -> bool:
        return now - self.made_at > timedelta(days=conf.get("DOCUMENT_LINK_DAYS"))


def link_of(lead: Lead, document_pk: int, *, site: Site | None, now: datetime) -> str:
    """The whole address under which this lead gets this document, for so many days (`DOCUMENT_LINK_DAYS`)."""
    token = tokens.sign_numbers(lead.pk, document_pk, int(now.timestamp()), purpose=PURPOSE, keys=conf.secrets())
    try:
        return site_url(site) + reverse("wagtail_leads:download", args=[token])
    except NoReverseMatch:  # the URL include is missing; a system check says so
        return site_url(site)


def read_link(token: str) -> OwnLink | None:
    """What we signed, or None."""
    numbers = tokens.unsign_numbers(token, 3, purpose=PURPOSE, keys=conf.secrets())
    if numbers is None or max(numbers) >= 2**62 or numbers[2] >= 2**40:
        return None
    made_at = datetime.fromtimestamp(numbers[2], tz=timezone.utc)
    return OwnLink(lead_pk=numbers[0], document_pk=numbers[1], made_at=made_at)


def lead_of(link: OwnLink) -> Lead | None:
    """Whose link it is; of a merged lead its survivor. None for one that was erased."""
    lead = Lead.objects.filter(pk=link.lead_pk).first()
    lead = surviving(lead) if lead is not None else None
    return lead if lead is not None and lead.erased_at is None else None


def send_new_link(link: OwnLink, *, site: Site | None, now: datetime) -> None:
    """The same document once more, to the address of whose link it was, whoever asks. Asked twice at once it is one mail."""
    lead, document = lead_of(link), find_document(link.document_pk)
    if lead is None or document is None or not lead.email:
        return
    slot = int(now.timestamp() // (3600 / NEW_LINKS_PER_HOUR))
    queue_template(
        "paper",
        to=lead.email,
        dedupe_key=dedupe_key("new-link", lead.pk, document.pk, slot),
        now=now,
        lead=lead,
        site=site,
        language=lead.language,
        context={
            "document_id": document.pk,
            "url": link_of(lead, document.pk, site=site, now=now),
            "title": document.title,
        },
    )


# --- the fact -------------------------------------------------------------------------------------------------------


def record_download(
    document,
    *,
    now: datetime,
    visitor: Visitor | None = None,
    lead: Lead | None = None,
    site: Site | None = None,
    path: str = "",
    is_weak: bool = False,
) -> Activity | None:
    """A person fetched a document: one line, written at once. None for the same again within a minute.

    `is_weak`: the lead is only whose link it was; mails are forwarded.
    """
    who = ("lead", lead.pk) if lead is not None else ("visitor", visitor.pk if visitor is not None else 0)
    minute = int(now.timestamp() // SAME_WITHIN.total_seconds())
    before, key = (dedupe_key(ActivityKind.ASSET_DOWNLOADED, document.pk, *who, slot) for slot in (minute - 1, minute))
    if Activity.objects.filter(dedupe_key=before, at__gt=now - SAME_WITHIN).exists():
        return None
    return record(
        ActivityKind.ASSET_DOWNLOADED,
        at=now,
        now=now,
        dedupe_key=key,
        lead=lead,
        visitor=visitor,
        site=site,
        object_kind="document",
        object_id=document.pk,
        title=document.title,
        path=path,
        marks=marks_of_document(DocumentPolicy.objects.filter(pk=document.pk).first()),
        data={"weak": True} if is_weak else {},
    )
