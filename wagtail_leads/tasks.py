"""Every background entry: three to five lines each, no arguments. They read the clock; nobody below does.

Each lane works until nothing is due or its time is over, so one wake does all, and a doubled wake finds nothing to do.
"""

import os
import socket
import time
import uuid

from django.db import close_old_connections, connection
from django.utils import timezone

from wagtail_leads import background, conf, pipeline, privacy

#: What one lane does makes work for the next (a step makes a mail, a mail a fact); a few rounds bring it to rest.
ROUNDS = 4
WORKER = f"{socket.gethostname()[:15]}-{os.getpid()}"


def run_river() -> int:
    return _drain("river", lambda: pipeline.process_waiting(now=timezone.now(), limit=conf.get("RIVER_BATCH")))


def run_mail() -> int:
    worker = f"{WORKER}-{uuid.uuid4().hex[:8]}"[:40]
    return _drain("mail", lambda: pipeline.deliver_mail(now=timezone.now(), worker=worker, clock=timezone.now))


def run_scenarios() -> int:
    return _drain("scenarios", lambda: pipeline.advance_scenarios(now=timezone.now()))


def run_imports() -> int:
    return _drain("imports", lambda: pipeline.take_imports(now=timezone.now()))


def run_clock() -> int:
    return _drain("clock", _clock)


def _clock() -> int:
    now = timezone.now()
    did = pipeline.collect_hits(now=now) + pipeline.settle_visits(now=now) + pipeline.ask_names(now=now)
    did += pipeline.forget(now=now) + pipeline.complete_leads(now=now)
    did += privacy.work_due(now=now)
    return did + pipeline.check_addresses(now=now)  # last: it asks the network


def run_all() -> int:
    """One pass of everything that is due, here and now (`leads_tick`). Returns how much was done."""
    done = 0
    for _round in range(ROUNDS):
        did = sum(lane() for lane in (run_clock, run_river, run_scenarios, run_mail, run_imports))
        done += did
        if not did:
            break
    background.begin("tick", now=timezone.now())
    return done


def run_tick() -> int:
    """Each minute, by the schedule: the net under every lost wake. Stays for steps that become due before the next."""
    deadline = time.monotonic() + conf.get("DRAIN_SECONDS")
    done = run_all()
    while due := pipeline.next_due(now=timezone.now()):
        pause = max((due - timezone.now()).total_seconds(), 0.2)
        if time.monotonic() + pause > deadline:
            break
        time.sleep(pause)
        done += run_all()
    return done


def _drain(lane: str, work) -> int:
    deadline = time.monotonic() + conf.get("DRAIN_SECONDS")
    background.begin(lane, now=timezone.now())
    done = 0
    while time.monotonic() < deadline:
        if not connection.in_atomic_block:  # a caller's transaction (a test's) keeps its connection
            close_old_connections()
        took = work()
        done += took
        if not took:
            break
    return done
