"""Ordinary form pages of the site as sources of leads, without any change to them.

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
from wagtail_leads.capture.forms import LEAD_FIELDS
from wagtail_leads.capture.models import FormPageSource, FormSubmission
from wagtail_leads.capture.operations import Sent
from wagtail_leads.logic.addresses import normalise_email
from wagtail_leads.logic.keys import dedupe_key

#: Seconds.
SAME_WITHIN = 600
logger = logging.getLogger(__name__)

#: (request, what to do with `Sent`) while a form page of the site takes a post.
_now_serving: ContextVar = ContextVar("leads_now_serving", default=None)


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
        source = FormPageSource.objects.select_related("reply", "owner").filter(pk=page.pk).first()
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
    return Sent(
        key=key_of(page, answers, submission.submit_time),
        email=email,
        fields={
            LEAD_FIELDS[ours]: answers[theirs]
            for ours, theirs in source.mapping.items()
            if ours in LEAD_FIELDS and answers.get(theirs)
        },
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


def _text(value) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(str(part) for part in value)
    return "" if value is None else str(value)
