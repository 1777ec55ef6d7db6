"""A long run: visits, forms, river, scenarios and mail, round after round. `make soak`; LEADS_SOAK_SECONDS (600).

What it prints at the end is kept in docs/soak.md.
"""

import hashlib
import os
import random
import time
from datetime import timedelta
from pathlib import Path
from statistics import median

import pytest
from django.core import mail
from django.utils import timezone

from tests.conftest import BROWSER
from wagtail_leads import tasks
from wagtail_leads.capture.operations import Sent, submit
from wagtail_leads.identity.models import Visitor
from wagtail_leads.logic.hits import Hit
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.models import Activity, FormSubmission, Lead, Message, PageView
from wagtail_leads.tracking.operations import store

pytestmark = [pytest.mark.soak, pytest.mark.django_db(transaction=True)]
VIEWS, FORMS, BROWSERS = 200, 5, 500


def memory_mb() -> float:
    """Resident memory of this process; 0 where the system does not tell."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6 if status.exists() else 0.0


def key(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()[:32]


def one_round(number: int, chance, site, page) -> None:
    now = timezone.now()
    hits = []
    for view in range(VIEWS):
        seen = {
            "at": (now - timedelta(seconds=chance.uniform(2, 60))).timestamp(),
            "host": "http://localhost",
            "path": page.get_url(),
            "remote_addr": "203.0.113.9",
            "user_agent": BROWSER,
            "accept_language": "ja",
            "sec_fetch_mode": "navigate",
            "visitor_key": key(chance.randrange(BROWSERS)),
            "site_id": site.pk,
            "page_id": page.pk,
            "title": page.title,
        }
        name = dedupe_key(number, view)
        hits.append(Hit(origin="page", hit_id=name[:32], **seen))
        hits.append(Hit(origin="beacon", hit_id=name[32:], view_id=name[:16], dwell_ms=5000, final=True, **seen))
    store(hits, now=now)
    for form in range(FORMS):
        visitor = Visitor.objects.get(key=chance.choice(hits).visitor_key)
        address = f"p{number}-{form}@mihon{form}.example"
        submit(Sent(key=dedupe_key("soak", number, form), email=address, site=site, form_name="Soak"), visitor=visitor, now=now)
    tasks.run_all()


def test_hours_on_end(article, site, sender, capsys):
    seconds = float(os.environ.get("LEADS_SOAK_SECONDS", "600"))
    chance, begun, times, memory = random.Random(1), time.monotonic(), [], []
    left_us = 0
    while time.monotonic() - begun < seconds or len(times) < 10:
        started = time.monotonic()
        one_round(len(times), chance, site, article)
        times.append(time.monotonic() - started)
        memory.append(memory_mb())
        left_us += len(mail.outbox)
        mail.outbox.clear()
        assert left_us == Message.objects.filter(state="sent").count()
    rounds, tenth = len(times), max(len(times) // 10, 3)
    early, late = median(times[1 : tenth + 1]), median(times[-tenth:])
    growth = max(memory[-tenth:]) - max(memory[: tenth + 1])
    with capsys.disabled():
        print(
            f"\n{rounds} rounds in {time.monotonic() - begun:.0f} s: {rounds * VIEWS} page views, {rounds * FORMS} forms, "
            f"{Message.objects.count()} mails.\nA round at the end against one at the beginning: {late / early:.2f}. "
            f"Memory grew by {growth:.1f} MB."
        )
    assert FormSubmission.objects.count() == Lead.objects.count() == rounds * FORMS
    assert PageView.objects.count() == Activity.objects.filter(kind="page_viewed").count() == rounds * VIEWS
    assert Message.objects.filter(state="sent").count() == rounds * FORMS
    assert not Activity.objects.waiting().exists() and not Activity.objects.exclude(problem="").exists()
    assert growth < 64 and late < 3 * early
