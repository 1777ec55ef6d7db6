"""The only importer of django_q: wakes a lane of work, at most one pending wake a lane.

The database is the truth and the queue the alarm clock: a lost or doubled wake changes nothing, since every lane works
on rows that are due and `leads_tick` runs the same work from cron.
"""

import logging
from datetime import timedelta

from django.db import DatabaseError, IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from wagtail_leads import conf

logger = logging.getLogger(__name__)

#: A pending wake older than this is taken for lost, and the lane may be woken again.
WAKE_IS_LOST_AFTER = timedelta(seconds=60)
TICK_SCHEDULE = "wagtail_leads tick"


class Lane(models.Model):
    """One kind of background work: is a wake pending, and when did it last run?"""

    name = models.CharField(max_length=20, primary_key=True)
    pending_since = models.DateTimeField(null=True)
    ran_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("lane of background work")
        verbose_name_plural = _("lanes of background work")

    def __str__(self) -> str:
        return self.name


LANES = ("river", "mail", "scenarios", "clock", "imports")


def wake(lane: str, *, now) -> None:
    """Ask a worker to run `lane` after the commit; does nothing while a wake is pending."""
    transaction.on_commit(lambda: _wake(lane, now), robust=True)


def _wake(lane: str, now) -> None:
    if conf.get("SYNC_WAKE"):
        from django.utils.module_loading import import_string

        import_string(f"wagtail_leads.tasks.run_{lane}")()
        return
    free = models.Q(pending_since__isnull=True) | models.Q(pending_since__lt=now - WAKE_IS_LOST_AFTER)
    try:
        if Lane.objects.filter(free, name=lane).update(pending_since=now) or _first_wake(lane, now):
            _enqueue(f"wagtail_leads.tasks.run_{lane}")
    except Exception:  # a queue that is down must not break the request: the tick finds the work
        logger.exception("Could not wake %s", lane)


def _first_wake(lane: str, now) -> bool:
    if Lane.objects.filter(name=lane).exists():
        return False
    try:
        with transaction.atomic():
            Lane.objects.create(name=lane, pending_since=now)
    except IntegrityError:  # another process was first, and woke it
        return False
    return True


def _enqueue(path: str) -> None:
    from django_q.tasks import async_task

    cluster = conf.get("CLUSTER")
    async_task(path, **({"cluster": cluster} if cluster else {}))


def begin(lane: str, *, now) -> None:
    """A worker runs the lane now: whoever adds work from here on wakes it anew."""
    try:
        Lane.objects.update_or_create(name=lane, defaults={"pending_since": None, "ran_at": now})
    except DatabaseError:
        logger.exception("Could not note the run of %s", lane)


def last_tick():
    """When the tick last ran, or None."""
    return Lane.objects.filter(name="tick").values_list("ran_at", flat=True).first()


def ensure_schedule() -> None:
    """The one schedule, each minute. update_or_create by name: twice is once."""
    from django_q.models import Schedule

    cluster = conf.get("CLUSTER")
    Schedule.objects.update_or_create(
        name=TICK_SCHEDULE,
        defaults={
            "func": "wagtail_leads.tasks.run_tick",
            "schedule_type": Schedule.MINUTES,
            "minutes": 1,
            "repeats": -1,
            **({"cluster": cluster} if cluster else {}),
        },
    )


def queue_settings() -> dict:
    """django-q2's settings as it sees them, for the system checks."""
    from django_q.conf import Conf

    return {
        "timeout": Conf.TIMEOUT,
        "retry": Conf.RETRY,
        "workers": Conf.WORKERS,
        "queue_limit": Conf.QUEUE_LIMIT,
        "catch_up": Conf.CATCH_UP,
        "max_attempts": Conf.MAX_ATTEMPTS,
    }
