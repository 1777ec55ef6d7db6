"""Double opt-in: a permission waits until the reader of the address has confirmed it. The link, and the mail with it."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from django.urls import NoReverseMatch, reverse
from wagtail.models import Site

from wagtail_leads import conf
from wagtail_leads.capture.models import FormSubmission, LeadForm
from wagtail_leads.identity.models import Consent, Lead
from wagtail_leads.logic import tokens
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.mailing.links import site_url
from wagtail_leads.mailing.operations import queue_template

PURPOSE = "confirm"
#: New links that one submission is sent within an hour at the most.
LINKS_PER_HOUR = 3


@dataclass(frozen=True, kw_only=True)
class ConfirmLink:
    """What a link says. Signed, so nobody makes one for another submission."""

    submission_pk: int
    made_at: datetime

    def is_over(self, now: datetime) -> bool:
        return now - self.made_at > timedelta(days=conf.get("CONFIRM_DAYS"))


def must_wait(form: LeadForm | None, *, consent: bool | None, key: str) -> bool:
    """Does this yes need a confirmation? Not where the newest answer of the address is a confirmed yes already."""
    if form is None or not form.double_opt_in or not consent:
        return False
    newest = Consent.objects.filter(question=Consent.Question.MAIL.value, email_key=key).order_by("-pk").first()
    return newest is None or not newest.granted or newest.confirmed_at is None


def answers_afterwards(form: LeadForm | None) -> bool:
    """Does the automatic reply wait, too? A newsletter begins with the confirmation; what was asked for is sent at once."""
    return form is not None and form.purpose == LeadForm.Purpose.NEWSLETTER


def url_of(submission_pk: int, *, site: Site | None, now: datetime) -> str:
    token = tokens.sign_numbers(submission_pk, int(now.timestamp()), purpose=PURPOSE, keys=conf.secrets())
    try:
        return site_url(site) + reverse("wagtail_leads:confirm", args=[token])
    except NoReverseMatch:  # the URL include is missing; a system check says so
        return site_url(site)


def read_link(token: str) -> ConfirmLink | None:
    """What we signed, or None."""
    numbers = tokens.unsign_numbers(token, 2, purpose=PURPOSE, keys=conf.secrets())
    if numbers is None or numbers[0] >= 2**62 or numbers[1] >= 2**40:
        return None
    return ConfirmLink(submission_pk=numbers[0], made_at=datetime.fromtimestamp(numbers[1], tz=timezone.utc))


def ask(
    submission: FormSubmission, lead: Lead, *, to: str, wording: str, site: Site | None, now: datetime, language: str = ""
) -> None:
    """The mail with the link. Asked for several times at once it is one mail; no reminder is ever sent."""
    FormSubmission.objects.filter(pk=submission.pk).update(awaits_confirmation=True)
    submission.awaits_confirmation = True
    slot = int(now.timestamp() // (3600 / LINKS_PER_HOUR))
    queue_template(
        "confirm",
        to=to,
        dedupe_key=dedupe_key("confirm", submission.pk, slot),
        now=now,
        lead=lead,
        site=site,
        language=language,
        context={
            "url": url_of(submission.pk, site=site, now=now),
            "wording": wording,
            "days": conf.get("CONFIRM_DAYS"),
        },
    )
