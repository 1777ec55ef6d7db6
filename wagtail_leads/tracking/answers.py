"""Answers to the notice become rows of the ledger of consents: what was answered, to which words, when."""

from datetime import datetime, timedelta

from wagtail_leads.identity.models import Consent, Visitor
from wagtail_leads.logic.kinds import Basis
from wagtail_leads.tracking.notice import Notice

#: The same answer of the same browser within this time is one answer (a double click, a reload, a replay).
SAME = timedelta(minutes=1)
#: Where it was given; `reports.words` has them in words.
NOTICE, PRIVACY_PAGE = "notice", "privacy page"


def record_answer(
    *,
    answer: str,
    now: datetime,
    notice: Notice | None = None,
    visitor: Visitor | None = None,
    source: str = NOTICE,
    page_id: int | None = None,
) -> Consent | None:
    """Append one answer ("yes", "ok": read the notice, or "no") with the wording shown; only a yes is granted.

    None when this browser gave this answer a moment ago.
    """
    version = notice.version if notice else ""
    told = {"question": Consent.Question.TRACKING.value, "answer": answer, "version": version}
    if visitor is not None and Consent.objects.filter(**told, visitor=visitor, at__gt=now - SAME).exists():
        return None
    return Consent.objects.create(
        **told,
        granted=answer == Consent.Answer.YES,
        basis=Basis.CONSENT.value if answer == Consent.Answer.YES else "",
        visitor=visitor,
        wording=notice.sentence if notice else "",
        source=source,
        page_id=page_id,
        at=now,
    )
