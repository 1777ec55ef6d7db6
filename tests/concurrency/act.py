"""What the processes of these tests do: ``python -m tests.concurrency.act WHAT ...`` prints one JSON line."""

import json
import os
import sys
import time
from collections import Counter
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.concurrency.settings")


def setup() -> None:
    import django

    django.setup()


def prepare(count: str, wake: str = "") -> dict:
    """Tables, a site, a published mail, and so many leads whose run is due now."""
    from django.core.management import call_command
    from django.utils import timezone
    from wagtail.models import Locale, Page, Site

    from wagtail_leads import background
    from wagtail_leads.logic.addresses import email_key
    from wagtail_leads.models import Consent, Email, Enrolment, Lead, Scenario, ScenarioVersion, SenderDetails

    call_command("migrate", run_syncdb=True, verbosity=0)
    now = timezone.now()
    Locale.objects.create(language_code="en")
    home = Page.add_root(title="Home", slug="home")
    site = Site.objects.create(hostname="localhost", root_page=home, is_default_site=True)
    SenderDetails.objects.create(
        site=site,
        company_name="Works",
        from_address="info@works.example",
        postal_address="Tokyo",
        contact="03-0000-0000",
    )
    email = Email.objects.create(name="News", subject="For {name}", body=[("heading", "News")])
    program = {
        "triggers": [],
        "steps": [{"key": "a", "kind": "mail", "email": email.pk}],
        "ends_on_inquiry": True,
        "may_repeat": False,
    }
    scenario = Scenario.objects.create(name="Welcome", triggers=[], steps=[])
    version = ScenarioVersion.objects.create(
        scenario=scenario, number=1, fingerprint="f", program=program, created_at=now
    )
    addresses = [f"reader{n}@mihon.example" for n in range(int(count))]
    Lead.objects.bulk_create(
        [Lead(email=a, email_key=email_key(a), name=a.partition("@")[0], created_at=now) for a in addresses],
        batch_size=200,
    )
    leads = list(Lead.objects.all())
    Consent.objects.bulk_create(
        [Consent(lead=lead, email_key=lead.email_key, granted=True, at=now) for lead in leads], batch_size=200
    )
    Enrolment.objects.bulk_create(
        [
            Enrolment(
                scenario=scenario,
                version=version,
                lead=lead,
                step="a",
                due_at=now,
                active_key=f"{scenario.pk}:{lead.pk}",
                started_at=now,
            )
            for lead in leads
        ],
        batch_size=200,
    )
    if wake:
        background.wake("scenarios", now=now)
    return {"enrolments": Enrolment.objects.count()}


def work(seconds: str, lease: str = "60") -> dict:
    """A worker: passes of all lanes until nothing is open, or the time is over."""
    from django.db import OperationalError

    from wagtail_leads import tasks
    from wagtail_leads.scenarios import advancing

    advancing.LEASE = timedelta(seconds=float(lease))
    deadline, passes, busy = time.monotonic() + float(seconds), 0, 0
    while time.monotonic() < deadline:
        try:
            done = tasks.run_all()
        except OperationalError as error:  # a deadlock or a lock time-out: a queue would try again, and so do we
            busy += 1
            print(repr(error), file=sys.stderr)
            continue
        passes += 1
        if not done:
            if not left_open():
                break
            time.sleep(0.1)
    return {"passes": passes, "busy": busy}


def left_open() -> int:
    from wagtail_leads.models import Enrolment, Message

    runs = Enrolment.objects.filter(ended_at__isnull=True).count()
    return runs + Message.objects.filter(state__in=["queued", "claimed", "sending", "deferred"]).count()


def tick() -> dict:
    from django.core.management import call_command

    call_command("leads_tick", verbosity=0)
    return report()


def report() -> dict:
    from wagtail_leads.models import Activity, Enrolment, Message, StepRun

    return {
        "messages": Message.objects.count(),
        "states": dict(Counter(Message.objects.values_list("state", flat=True))),
        "unknown": list(Message.objects.filter(state="unknown").values_list("to_address", flat=True)),
        "runs": dict(Counter(Enrolment.objects.values_list("state", flat=True))),
        "steps": StepRun.objects.count(),
        "sent_facts": Activity.objects.filter(kind="email_sent").count(),
        "waiting": Activity.objects.waiting().count(),
        "set_aside": Activity.objects.exclude(problem="").count(),
    }


def post_forms(count: str) -> dict:
    """So many forms one after the other, as visitors post them; how long each took, in seconds."""
    from django.utils import timezone

    from wagtail_leads.capture.operations import Sent, submit

    times = []
    for number in range(int(count)):
        began = time.perf_counter()
        submit(Sent(key=f"{number:064x}", email=f"poster{number}@mihon.example"), visitor=None, now=timezone.now())
        times.append(time.perf_counter() - began)
        time.sleep(0.02)
    return {"times": sorted(times)}


if __name__ == "__main__":
    setup()
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])), flush=True)
