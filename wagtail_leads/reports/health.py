"""What is wrong right now: the worker, the queue, the buffer, mail, scenarios, the company files. Read only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_leads import background, conf
from wagtail_leads.activity.models import Activity
from wagtail_leads.capture.models import FormSubmission
from wagtail_leads.companies.queries import mmdb_health
from wagtail_leads.identity.models import PrivacyRequest
from wagtail_leads.logic.kinds import DropReason, EnrolmentState, MessageState
from wagtail_leads.mailing.models import Message, Switches
from wagtail_leads.scenarios.models import Enrolment
from wagtail_leads.tracking.models import DropCount

#: An activity or a mail that has been due this long should have been done.
LATE = timedelta(minutes=5)
#: MaxMind's licence wants older files gone after 30 days, and what they say goes stale.
OLD_FILE = timedelta(days=30)
#: Retention runs once a day.
RETENTION_LATE = timedelta(days=3)


@dataclass(frozen=True, kw_only=True)
class Problem:
    code: str
    #: "error": something stands still. "warning": something should be looked at.
    level: str
    message: str
    #: Name of the screen that helps, '' for none; and what it shall show.
    url_name: str = ""
    query: str = ""


def problems(now: datetime) -> list[Problem]:
    """Everything that is wrong, worst first. A handful of queries."""
    found = [problem for check in CHECKS for problem in check(now)]
    return sorted(found, key=lambda problem: problem.level != "error")


def silent_worker(now: datetime):
    last = background.last_tick()
    limit = timedelta(seconds=conf.get("WORKER_SILENT_SECONDS"))
    if last is None:
        text = _("No background worker has run yet. Start one (python manage.py qcluster) or run leads_tick from cron.")
        yield Problem(code="worker_never", level="error", message=text)
    elif now - last > limit:
        text = _("The background worker has been silent for %(minutes)d minutes. Mail and scenarios stand still.") % {
            "minutes": (now - last).total_seconds() // 60
        }
        yield Problem(code="worker_silent", level="error", message=text)


def stopped(now: datetime):
    if Switches.objects.filter(sending_stopped=True).exists():
        yield Problem(code="stopped", level="warning", message=_("The emergency stop is on: no mail, no scenarios."))


def river_stuck(now: datetime):
    late = Activity.objects.waiting().filter(recorded_at__lt=now - LATE).count()
    if late:
        text = _("%(count)d activities have been waiting for more than five minutes.") % {"count": late}
        yield Problem(code="river_stuck", level="error", message=text)
    aside = Activity.objects.exclude(problem="").count()
    if aside:
        text = _("%(count)d activities could not be processed and were set aside.") % {"count": aside}
        yield Problem(code="set_aside", level="warning", message=text)


def mail_stuck(now: datetime):
    switches = Switches.objects.exclude(smtp_problem="").first()
    if switches is not None:
        text = _("The mail server cannot be reached (%(answer)s). Mail waits and is tried again by itself.") % {
            "answer": switches.smtp_problem
        }
        yield Problem(code="smtp", level="error", message=text)
    unknown = Message.objects.filter(state=MessageState.UNKNOWN.value).count()
    if unknown:
        text = _("Of %(count)d mails nobody knows whether they left. They are not sent again by themselves.") % {
            "count": unknown
        }
        yield Problem(code="mail_unknown", level="warning", message=text)
    late = Message.objects.filter(state=MessageState.QUEUED.value, due_at__lt=now - LATE).count()
    if late and switches is None and not Switches.objects.filter(sending_stopped=True).exists():
        text = _("%(count)d mails have been due for more than five minutes.") % {"count": late}
        yield Problem(code="mail_late", level="error", message=text)


def scenarios_stuck(now: datetime):
    failed = Enrolment.objects.filter(state=EnrolmentState.FAILED.value).count()
    if failed:
        text = _("%(count)d runs of scenarios are stuck.") % {"count": failed}
        yield Problem(code="runs_failed", level="warning", message=text)
    late = Enrolment.objects.filter(ended_at__isnull=True, due_at__lt=now - LATE).count()
    if late and not Switches.objects.filter(sending_stopped=True).exists():
        text = _("%(count)d runs of scenarios have been due for more than five minutes.") % {"count": late}
        yield Problem(code="runs_late", level="error", message=text)


def forms_held(now: datetime):
    held = FormSubmission.objects.filter(is_spam=True).count()
    if held:
        text = ngettext(
            "%(count)d form is held as spam – please look.", "%(count)d forms are held as spam – please look.", held
        )
        yield Problem(
            code="forms_held",
            level="warning",
            message=text % {"count": held},
            url_name="wagtail_leads_held_forms",
        )


def requests_overdue(now: datetime):
    late = PrivacyRequest.objects.filter(state=PrivacyRequest.State.OPEN.value, due_on__lt=localdate(now)).count()
    if late:
        text = ngettext(
            "%(count)d request about personal data is overdue.", "%(count)d requests about personal data are overdue.", late
        )
        message = text % {"count": late}
        yield Problem(code="requests_overdue", level="warning", message=message, url_name="wagtail_leads_requests")


def retention_silent(now: datetime):
    """The clock works through what is over once a day; `privacy.retention` notes when it came to its end."""
    last = background.Lane.objects.filter(name="retention").values_list("ran_at", flat=True).first()
    if last is not None and now - last > RETENTION_LATE:
        text = _("What is kept too long has not been removed for %(days)d days.") % {"days": (now - last).days}
        yield Problem(code="retention_silent", level="warning", message=text, url_name="wagtail_leads_retention")


def idle_leads_wait(now: datetime):
    """Leads that are over are not erased by a default that nobody read (`privacy.retention`)."""
    wait = background.Lane.objects.filter(name="retention_waits").exists()
    if wait:
        text = _("Some leads have been idle for longer than leads are kept. They are erased once you have saved the times.")
        yield Problem(code="retention_waits", level="warning", message=text, url_name="wagtail_leads_retention")


def buffer_lost(now: datetime):
    lost = (DropReason.BUFFER_FULL.value, DropReason.STORE_FAILED.value)
    for row in DropCount.objects.filter(day=now.date(), reason__in=lost):
        text = _("%(count)d page views were lost today: %(why)s.") % {
            "count": row.count,
            "why": row.get_reason_display(),
        }
        yield Problem(code=row.reason, level="warning", message=text)


def company_files(now: datetime):
    for file in mmdb_health():
        if file.ok and file.build_date and now - file.build_date > OLD_FILE:
            text = _("The file %(path)s is %(days)d days old. Networks change hands; let a program renew it monthly.")
            words = {"path": file.path, "days": (now - file.build_date).days}
            yield Problem(code="mmdb_old", level="warning", message=text % words)
        if not file.ok:
            text = _("The file %(path)s cannot be used: %(why)s") % {"path": file.path, "why": file.message}
            yield Problem(code="mmdb", level="warning", message=text)


CHECKS: tuple[Callable, ...] = (
    silent_worker,
    stopped,
    river_stuck,
    mail_stuck,
    scenarios_stuck,
    forms_held,
    requests_overdue,
    retention_silent,
    idle_leads_wait,
    buffer_lost,
    company_files,
)
