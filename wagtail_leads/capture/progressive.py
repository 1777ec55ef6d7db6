"""Progressive profiling: who is known is not asked again. Decides *which* questions are put, never shows an answer.

Nothing of a lead leaves this module but names of questions: a cookie is no proof of who sits in front of the screen.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from wagtail_leads.capture.models import FormSubmission, LeadFormVersion
from wagtail_leads.capture.questions import KANA_PARTS, LEAD_FIELDS, NAME_PARTS
from wagtail_leads.identity.models import Lead
from wagtail_leads.identity.queries import family_of, may_write
from wagtail_leads.mailing.models import MailPreference, Suppression

#: New questions of our standard form, which has no editor who could say so.
STANDARD_AT_MOST = 3
#: Put each time: a word of agreement is given anew, an inquiry is about something else, a hidden field is no question.
ALWAYS = ("agreement", "message", "hidden")
#: Earlier submissions of the same form that are looked through for answers to the editor's own questions.
LOOKED_THROUGH = 20


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is put to somebody who is known: goes into the token, so the post is judged by what was asked."""

    lead_pk: int
    #: Names of the questions of the version, in its order.
    asked: tuple[str, ...]
    #: Is the permission to write asked for?
    asks_consent: bool


def at_most(version: LeadFormVersion) -> int:
    """New questions that this form puts to somebody who is known; 0: always the whole form."""
    if version.form is None:
        return STANDARD_AT_MOST if version.pk is None else 0
    return 0 if version.form.kiosk else version.form.ask_at_most


def known_for(version: LeadFormVersion, lead: Lead) -> Known | None:
    """What to ask this lead; None where it is the whole form. Up to four queries."""
    limit = at_most(version)
    questions = version.definition.get("questions", [])
    if not limit or not lead.email:
        return None
    answered = _answered_before(version, lead)
    open_ones = [one for one in questions if _is_open(one, lead, answered)]
    new = [one for one in open_ones if not _comes_always(one)]
    first = sorted(new, key=lambda one: not one.get("required"))[:limit]
    put = {one["name"] for one in [*first, *filter(_comes_always, questions)]}
    return Known(
        lead_pk=lead.pk,
        asked=tuple(one["name"] for one in questions if one["name"] in put),
        asks_consent=_asks_consent(version, lead),
    )


def _comes_always(question: dict) -> bool:
    return question["kind"] in ALWAYS or (_is_of_the_form(question) and question.get("required", False))


def _is_of_the_form(question: dict) -> bool:
    """The editor's own question: its answer is kept with the submission, not with the lead."""
    return question["name"].startswith("q-") and question["kind"] != "own_field"


def _is_open(question: dict, lead: Lead, answered: set[str]) -> bool:
    """Do we not know this yet?"""
    kind = question["kind"]
    if kind == "email":
        return not lead.email
    if kind == "names":
        parts = (*NAME_PARTS, *(KANA_PARTS if question.get("kana") else ()))
        return not all(getattr(lead, part) for part in parts)
    if kind in LEAD_FIELDS:
        return not getattr(lead, LEAD_FIELDS[kind])
    if kind == "own_field":
        return (lead.extra or {}).get(question.get("field")) in (None, "", [])
    if kind == "topics":
        return not MailPreference.objects.filter(address_key=lead.email_key).exists()
    return question["label"] not in answered


def _answered_before(version: LeadFormVersion, lead: Lead) -> set[str]:
    """Labels of the form's own questions that this person answered in it before."""
    if version.form_id is None:
        return set()
    earlier = FormSubmission.objects.filter(form=version.form_id, lead__in=family_of(lead), is_spam=False)
    rows = earlier.order_by("-pk").values_list("data", flat=True)[:LOOKED_THROUGH]
    return {answer.get("label", "") for data in rows for answer in data.get("answers", [])}


def _asks_consent(version: LeadFormVersion, lead: Lead) -> bool:
    """Not where the permission is given; a newsletter is asked for by it."""
    if version.definition.get("purpose") == "newsletter" or not may_write(lead.email_key):
        return True
    return Suppression.objects.filter(address_key=lead.email_key).exists()


def mask_of(version: LeadFormVersion, names: Iterable[str]) -> int:
    """The asked questions as bits by their place in the version, which never changes."""
    names = set(names)
    places = enumerate(version.definition.get("questions", []))
    return sum(1 << place for place, question in places if question["name"] in names)


def names_of(version: LeadFormVersion, mask: int) -> tuple[str, ...]:
    questions = version.definition.get("questions", [])
    return tuple(question["name"] for place, question in enumerate(questions) if mask >> place & 1)
