"""A person is gone: what names or describes them is blanked, and the facts let go of the lead; anonymous visits remain.

The hash of a suppressed address stays, so that the address is never written to again. One line per table that points to
a lead or a visitor; what names a person without pointing to them is listed below (`_blank_*`).
"""

import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qsl

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from wagtail.models import ModelLogEntry, ReferenceIndex

from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.whose import activities_of
from wagtail_leads.capture.models import Conversion, FormSubmission, ImportPiece, ImportRow, LeadImport
from wagtail_leads.identity.models import (
    AccessRecord,
    Consent,
    Lead,
    LeadChange,
    LeadMerge,
    LeadTagging,
    PrivacyRequest,
    Visitor,
    VisitorLink,
    open_links,
)
from wagtail_leads.logic.kinds import ActivityKind, ImportState, MessageState, SkipReason
from wagtail_leads.mailing import rendering
from wagtail_leads.mailing.links import site_url
from wagtail_leads.mailing.models import MailPreference, Message, Reaction, Suppression
from wagtail_leads.mailing.operations import suppress
from wagtail_leads.privacy.exporting import held_back, while_linked
from wagtail_leads.sales.models import FollowUp, SavedView, Todo
from wagtail_leads.scenarios.models import Enrolment
from wagtail_leads.scoring.models import LeadScore, ScoreEntry
from wagtail_leads.segments.models import StageChange
from wagtail_leads.tracking.models import Visit

#: What erasing does to each reference: columns to blank (the row stays), or the row goes.
BLANKED = {
    "Activity.lead": (Activity, {"lead": None, "data": {}}),
    "AccessRecord.lead": (AccessRecord, {"lead": None, "detail": ""}),
    "Consent.lead": (Consent, {"lead": None}),
    "Conversion.lead": (Conversion, {"lead": None}),
    "ImportRow.lead": (ImportRow, {"lead": None, "cells": [], "notes": []}),
    "PrivacyRequest.lead": (PrivacyRequest, {"lead": None, "details": "", "identity_evidence": "", "answer": ""}),
    "FormSubmission.lead": (FormSubmission, {"lead": None, "visitor": None, "data": {}}),
    "Message.lead": (Message, {"lead": None, "to_address": "", "subject": "", "context": {}, "error": ""}),
}
DELETED = {
    "Enrolment.lead": Enrolment,
    "FollowUp.lead": FollowUp,
    "LeadChange.lead": LeadChange,
    "LeadTagging.lead": LeadTagging,
    "LeadScore.lead": LeadScore,
    "ScoreEntry.lead": ScoreEntry,
    "StageChange.lead": StageChange,
    "Todo.lead": Todo,
    "VisitorLink.lead": VisitorLink,
}
#: The browser's rows stay as anonymous statistics; its tie to the person is cut.
CUT = {
    "Visitor.lead": "the browser is nobody's again, and its cookie is forgotten",
    "Activity.visitor": "anonymous statistics",
    "Visit.visitor": "anonymous statistics; what may name a person in it is blanked (VISIT_BLANKED)",
    "Reaction.visitor": "goes with the message's address and agent (blanked)",
    "FormSubmission.visitor": "blanked with the submission",
    "Consent.visitor": "an answer about visits names no person",
    "VisitorLink.visitor": "goes with the link",
    "Lead.merged_into": "a lead merged into this one is erased with it",
    "LeadMerge.loser": "its log is blanked, and names two rows that are blank by then",
    "LeadMerge.survivor": "its log is blanked, and names two rows that are blank by then",
    "NotDuplicate.first": "names two rows that are blank by then",
    "NotDuplicate.second": "names two rows that are blank by then",
    "Conversion.visitor": "anonymous statistics",
}
#: Of a visit: an address in full, the click and words of an advertisement or a search, which a link's author filled in.
VISIT_BLANKED = {"full_address": "", "click_id": "", "term": "", "content": "", "keyword": ""}
#: Of a lead: everything but its pk and when it came.
LEAD_BLANKED = {
    "email": "",
    "email_key": None,
    "name": "",
    "family_name": "",
    "given_name": "",
    "family_kana": "",
    "given_kana": "",
    "company_name": "",
    "company": None,
    "department": "",
    "job_title": "",
    "phone": "",
    "mobile": "",
    "postal_code": "",
    "prefecture": "",
    "address": "",
    "extra": {},
    "language": "",
    "note": "",
    "owner": None,
    "source": "",
    "origin": None,
    "contact_wish": "",
    "address_flag": "",
    "address_key": "",
    "phone_key": "",
    "mobile_key": "",
    "person_key": "",
    "connected_at": None,
    "last_seen_at": None,
}
#: Facts whose title a person wrote, or that repeats what a mail or to-do is called.
TITLED_BY_PEOPLE = Q(object_kind__in=("message", "todo")) | Q(
    kind__in=(ActivityKind.SITE_SEARCHED.value, ActivityKind.SALES_CONTACT.value)
)
#: Rows of a lead that one transaction blanks (no write transaction over 250 ms).
CHUNK = 500


def erase(lead: Lead, *, now: datetime) -> None:
    """The person is gone; anonymous visits and the suppression stay. In chunks, so that nobody waits; safe to repeat."""
    for merged in Lead.objects.filter(merged_into=lead):
        erase(merged, now=now)
    known = Lead.objects.get(pk=lead.pk)  # what is searched for below, before it is blank
    _keep_the_stop(known, now=now)
    _blank_reactions(known)
    _blank_held_back(known)
    _blank_proofs(known)
    _blank_notices(known)
    _remove_links(known)
    _blank_mails_to(known)
    _blank_files(known)
    _blank_searches(known)
    _blank_form_pages(known)
    _blank_admin(known)
    _blank_activities(known)
    _blank_visits(known)
    for model, blank in BLANKED.values():
        _in_chunks(model.objects.filter(lead=lead), lambda rows, blank=blank: rows.update(**blank))
    for model in DELETED.values():
        _delete_in_chunks(model, lead)
    LeadMerge.objects.filter(Q(loser=lead) | Q(survivor=lead)).update(log={})
    MailPreference.objects.filter(address_key=known.email_key or "-").delete()
    _close(lead, now=now)


def _close(lead: Lead, *, now: datetime) -> None:
    """From here on nobody finds the lead. A form that came in between took it in its own transaction and holds its row:
    what it left is blanked here once more, and one that comes later makes a new lead."""
    with transaction.atomic():
        # browser before lead, as in the river and in a form: no two can wait for each other
        browsers = list(
            Visitor.objects.select_for_update().filter(lead=lead).order_by("pk").values_list("pk", flat=True)
        )
        Lead.objects.select_for_update().get(pk=lead.pk)
        for model, blank in BLANKED.values():
            model.objects.filter(lead=lead).update(**blank)
        for model in DELETED.values():
            model.objects.filter(lead=lead).delete()
        Visitor.objects.filter(Q(pk__in=browsers) | Q(lead=lead)).update(lead=None, key=None)
        Lead.objects.filter(pk=lead.pk).update(**LEAD_BLANKED, erased_at=now)


def rows_to_erase(lead: Lead) -> int:
    """About how many rows an erasure touches: few are done while the colleague waits."""
    return activities_of(lead).count() + Message.objects.filter(lead=lead).count()


def _in_chunks(rows, act: Callable) -> None:
    """`act` on the rows by pk, so many in one transaction."""
    pks = list(rows.values_list("pk", flat=True))
    for start in range(0, len(pks), CHUNK):
        act(rows.model._default_manager.filter(pk__in=pks[start : start + CHUNK]))


def _delete_in_chunks(model, lead: Lead) -> None:
    while pks := list(model.objects.filter(lead=lead).values_list("pk", flat=True)[:CHUNK]):
        model.objects.filter(pk__in=pks).delete()


def _keep_the_stop(lead: Lead, *, now: datetime) -> None:
    """Who had us stop, and is erased then, is not written to when the address comes again in a file."""
    if lead.stopped_at is not None and lead.email_key:
        suppress(lead.email_key, scope=Suppression.Scope.MARKETING, reason=Suppression.Reason.UNSUBSCRIBED, now=now)


def _blank_reactions(lead: Lead) -> None:
    rows = Reaction.objects.filter(message__lead=lead)
    _in_chunks(rows, lambda some: some.update(visitor=None, address="", user_agent=""))


def _blank_held_back(lead: Lead) -> None:
    FormSubmission.objects.filter(held_back(Lead.objects.filter(pk=lead.pk))).update(visitor=None, data={})


def _blank_proofs(lead: Lead) -> None:
    """Proof of consent and the ledger of requests are found by the address's hash; they stay without what was written."""
    own = Q(lead=lead) | Q(email_key=lead.email_key or "-")
    for consent in Consent.objects.filter(own, page_url__contains="?"):
        Consent.objects.filter(pk=consent.pk).update(page_url=consent.page_url.partition("?")[0])
    PrivacyRequest.objects.filter(own).update(details="", identity_evidence="", answer="")


def _blank_activities(lead: Lead) -> None:
    def blank(rows) -> None:
        rows.filter(TITLED_BY_PEOPLE).update(title="")
        rows.exclude(problem="").update(problem="erased")
        rows.update(**BLANKED["Activity.lead"][1])

    _in_chunks(activities_of(lead), blank)


def _blank_visits(lead: Lead) -> None:
    """While the links are there; what stays is a visit of nobody's browser. A link that was taken back covers nothing."""
    links = VisitorLink.objects.filter(open_links(), lead=lead)
    visits = Visit.objects.filter(while_linked(links, begins="started_at", ends="last_at")).exclude(**VISIT_BLANKED)
    _in_chunks(visits, lambda rows: rows.update(**VISIT_BLANKED))


def _stop_waiting(rows) -> None:
    waiting = rows.filter(state__in=[MessageState.QUEUED.value, MessageState.DEFERRED.value])
    waiting.update(state=MessageState.SKIPPED.value, skip_reason=SkipReason.ERASED.value)


def _blank_notices(lead: Lead) -> None:
    """Mails to colleagues about the person: what is written in them goes, and they are sent no more."""
    notices = Message.objects.filter(lead__isnull=True, context__lead=lead.pk)
    _stop_waiting(notices)
    notices.update(subject="", context={}, error="")


def _remove_links(lead: Lead) -> None:
    """Destinations of the person's own mails (a page with what they typed behind a question mark, a signed document) that
    are in nobody else's mail."""
    for message in Message.objects.filter(lead=lead).exclude(template="").select_related("site"):
        url = message.context.get("url")
        if isinstance(url, str) and not Message.objects.exclude(lead=lead).filter(context__url=url).exists():
            rendering.rows_of_link(url, site_url(message.site)).delete()


def _blank_mails_to(lead: Lead) -> None:
    """Mails to the address that name no lead: a link to the person's own data."""
    if lead.email_key:
        mails = Message.objects.filter(lead__isnull=True, address_key=lead.email_key)
        _stop_waiting(mails)
        mails.update(**BLANKED["Message.lead"][1])


def _holding(model, field: str, word: str):
    """Rows whose JSON column holds a word; it is ASCII (an address), so it is stored as it is written."""
    rows = model._default_manager.annotate(as_text=Cast(field, TextField()))
    return rows.filter(as_text__icontains=word)


def _blank_files(lead: Lead) -> None:
    """Rows of files that made no lead (bad, left out) but hold the address, and the raw pieces of files that are in."""
    files = set(ImportRow.objects.filter(lead=lead).values_list("file", flat=True))
    if lead.email:
        rows = _holding(ImportRow, "cells", lead.email).filter(lead__isnull=True)
        # taro@… is in kentaro@… too, whose row it is not
        whole = re.compile(rf"(?<![\w.+-]){re.escape(lead.email)}(?![\w-]|\.\w)", re.IGNORECASE)
        found = rows.values_list("pk", "file", "cells").iterator(chunk_size=200)
        own = [(pk, file) for pk, file, cells in found if any(whole.search(str(cell)) for cell in cells)]
        pks = [pk for pk, _file in own]
        files |= {file for _pk, file in own}
        ImportRow.objects.filter(pk__in=pks).update(cells=[], notes=[])
    done = (ImportState.DONE.value, ImportState.FAILED.value)
    read = LeadImport.objects.filter(pk__in=files, state__in=done).values("pk")
    pieces = ImportPiece.objects.filter(file__in=read)
    while pks := list(pieces.values_list("pk", flat=True)[:20]):
        ImportPiece.objects.filter(pk__in=pks).delete()


def _blank_searches(lead: Lead) -> None:
    """A colleague searched for the person and kept the search, or exported what it found."""
    named = _naming(lead.email, lead.name, lead.phone, lead.mobile)
    views = SavedView.objects.values_list("pk", "name", "query")
    SavedView.objects.filter(pk__in=[pk for pk, name, query in views if named(name, *_typed(query))]).delete()
    exports = AccessRecord.objects.exclude(detail="").values_list("pk", "detail")
    AccessRecord.objects.filter(pk__in=[pk for pk, detail in exports if named(*_typed(detail))]).update(detail="")


def _typed(text: str) -> list[str]:
    """What was typed into the search, of "csv; leads?stage=prospect&q=taro" or a query string. The rest are our own words: a
    person who calls themselves "stage" must not take everybody's lists along."""
    return [value for key, value in parse_qsl(re.split(r"[?;]\s*", text)[-1]) if key == "q"]


def _naming(*words: str) -> Callable[..., bool]:
    """Does one of these texts hold one of the words, as a whole word where words are divided by spaces?"""
    wanted = [re.compile(_whole(word), re.IGNORECASE) for word in words if len(word.strip()) > 1]
    return lambda *texts: any(word.search(text) for word in wanted for text in texts)


def _whole(word: str) -> str:
    pattern = re.escape(word.strip())
    return rf"(?<!\w){pattern}(?!\w)" if word.isascii() else pattern


def _blank_form_pages(lead: Lead) -> None:
    """What the site's own form pages keep of the address (Wagtail's table, when it is installed)."""
    if lead.email and apps.is_installed("wagtail.contrib.forms"):
        model = apps.get_model("wagtailforms", "FormSubmission")
        pks = list(_holding(model, "form_data", f'"{lead.email}"').values_list("pk", flat=True))
        model.objects.filter(pk__in=pks).delete()


def _blank_admin(lead: Lead) -> None:
    """Wagtail's history and index of references know a lead by its name."""
    kind = ContentType.objects.get_for_model(Lead)
    ModelLogEntry.objects.filter(content_type=kind, object_id=str(lead.pk)).update(label="", data={})
    references = Q(content_type=kind, object_id=str(lead.pk)) | Q(to_content_type=kind, to_object_id=str(lead.pk))
    ReferenceIndex.objects.filter(references).delete()
