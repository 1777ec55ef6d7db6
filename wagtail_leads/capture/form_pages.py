"""Ordinary form pages of the site as sources of leads: by the mapping screen, without any change to them, or by a mixin.

While the site serves such a page, its request is known here; when the site stores a submission (Django's signal is the
door), the answers are read by the page's mapping. The site's own handling stays as it is.
"""

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from django.db import transaction
from wagtail.contrib.forms.models import AbstractFormSubmission, FormMixin

from wagtail_leads import conf
from wagtail_leads.capture.makes_leads import MakesLeads
from wagtail_leads.capture.models import FormPageSource, FormSubmission
from wagtail_leads.capture.operations import Sent
from wagtail_leads.capture.questions import KANA_PARTS, LEAD_FIELDS, NAME_PARTS
from wagtail_leads.identity.models import CONTACT_WISH_LABELS
from wagtail_leads.logic.addresses import normalise_email
from wagtail_leads.logic.japanese import compose_name
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ContactWish

#: Seconds.
SAME_WITHIN = 600
#: What a field of a form page may be: our name -> the lead's column. Own fields of leads are `extra.<key>`.
COLUMNS = LEAD_FIELDS | {part: part for part in (*NAME_PARTS, *KANA_PARTS)}
OWN = "extra."
#: Words in an answer to "how may we contact you?", by what they mean; the first that is found.
WISH_WORDS = (
    (ContactWish.NO_CONTACT, ("no contact", "do not contact", "don't contact", "不要", "希望しない", "連絡しない")),
    (ContactWish.PHONE_FINE, ("phone", "call", "電話")),
    (ContactWish.MAIL_ONLY, ("mail", "メール")),
)
#: What an unticked box of the site's may be stored as.
_UNTICKED = frozenset({"", "off", "false", "none", "0", "no", "いいえ"})
logger = logging.getLogger(__name__)

#: (request, what to do with `Sent`) while a form page of the site takes a post.
_now_serving: ContextVar = ContextVar("leads_now_serving", default=None)


def source_of(page) -> FormPageSource | None:
    """How this page makes leads: as the mapping screen says, or its class; None when it makes none. An alias as its original."""
    pks = [page.pk]
    original = page
    while original.alias_of_id and original.alias_of_id not in pks:  # an alias may be of an alias
        original = original.alias_of
        pks.insert(0, original.pk)
    found = {source.pk: source for source in FormPageSource.objects.select_related("reply", "owner").filter(pk__in=pks)}
    source = next((found[pk] for pk in pks if pk in found), None)
    if source is None and isinstance(page, MakesLeads):
        return page.leads_source()
    return source


def copy_source(page, copy, *, now: datetime) -> None:
    """A copied or translated form page makes leads as its original does; a reply in another language stays behind."""
    source = FormPageSource.objects.filter(pk=page.pk).first()
    if source is None or copy.alias_of_id is not None:
        return
    reply_id = source.reply_id if page.locale_id == copy.locale_id else None
    values = {"mapping": source.mapping, "is_inquiry": source.is_inquiry, "owner_id": source.owner_id}
    FormPageSource.objects.get_or_create(page_id=copy.pk, defaults=values | {"reply_id": reply_id, "updated_at": now})


@contextmanager
def watching(request, page, take):
    """While inside, a submission of this form page calls `take(sent)`."""
    if request.method != "POST" or not isinstance(page, FormMixin):
        yield
        return
    token = _now_serving.set((page, request, take))
    try:
        yield
    finally:
        _now_serving.reset(token)


def on_submission(sender, instance, created, **kwargs) -> None:
    """Receiver of `post_save`, connected in `apps.ready`: the site stored a form submission."""
    serving = _now_serving.get()
    if serving is None or not created or not isinstance(instance, AbstractFormSubmission):
        return
    page, request, take = serving
    if instance.page_id != page.pk:
        return
    try:
        source = source_of(page)
        sent = sent_of(source, page, instance) if source is not None else None
        if sent is not None:
            with transaction.atomic():
                take(sent)
    except Exception:  # the site's own form must work even when we fail
        logger.exception("The submission of form page %s made no lead", page.pk)


def key_of(page, answers: dict[str, str], at: datetime) -> str:
    """The same answers within ten minutes are one submission: a double click, a reload."""
    slice_now = int(at.timestamp() // SAME_WITHIN)
    keys = [dedupe_key("form-page", page.pk, part, *sorted(answers.items())) for part in (slice_now - 1, slice_now)]
    since = at - timedelta(seconds=SAME_WITHIN)
    known = FormSubmission.objects.filter(dedupe_key=keys[0], at__gte=since).exists()
    return keys[0] if known else keys[1]


def sent_of(source: FormPageSource, page, submission) -> Sent | None:
    """The answers in our words; None when there is no usable address among them."""
    answers = {name: _text(value) for name, value in submission.form_data.items()}
    email = normalise_email(answers.get(source.mapping.get("email", ""), ""))
    if email is None:
        return None
    labels = {field.clean_name: field.label for field in page.get_form_fields()}
    box = source.mapping.get("consent", "")
    return Sent(
        key=key_of(page, answers, submission.submit_time),
        email=email,
        fields=_fields(source.mapping, answers),
        extra={
            ours.removeprefix(OWN): _plain(submission.form_data[theirs])
            for ours, theirs in source.mapping.items()
            if ours.startswith(OWN) and answers.get(theirs)
        },
        # no box was shown where none is named, or the page has lost it
        consent=answers[box].casefold() not in _UNTICKED if box in answers else None,
        wording=labels.get(box, ""),
        answers=[{"label": labels.get(name, name), "value": value} for name, value in answers.items() if value],
        page_id=page.pk,
        page_title=page.title,
        page_url=page.get_full_url() or "",
        form_name=page.title,
        is_inquiry=source.is_inquiry,
        # the site's own form asks nothing about earlier visits, so "ask" means no
        with_history=conf.get("LINK_HISTORY") == "all",
        reply=source.reply,
        owner=source.owner,
        opens_todo=source.is_inquiry,
    )


def _fields(mapping: dict[str, str], answers: dict[str, str]) -> dict[str, str]:
    """What the answers say about the lead, by column."""
    found = {COLUMNS[ours]: answers[theirs] for ours, theirs in mapping.items() if ours in COLUMNS and answers.get(theirs)}
    if "contact_wish" in found:
        found["contact_wish"] = wish_of(found["contact_wish"])
    parts = [found.get(part, "") for part in NAME_PARTS]
    if any(parts) and "name" not in found:
        found["name"] = compose_name(*parts)
    return found


def wish_of(answer: str) -> str:
    """How somebody wishes to be contacted, from an answer in the site's own words; '' when it says nothing of it."""
    text = answer.casefold()
    exact = {str(label).casefold(): wish.value for wish, label in CONTACT_WISH_LABELS.items()}
    if text in exact:
        return exact[text]
    return next((wish.value for wish, words in WISH_WORDS if any(word in text for word in words)), "")


def _plain(value):
    """As JSON holds it; `identity.own_fields` reads it by the field's kind."""
    if isinstance(value, (list, tuple)):
        return [str(part) for part in value]
    return value if isinstance(value, bool) else _text(value)


def _text(value) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(str(part) for part in value)
    return "" if value is None else str(value)
