"""Two processes store at the same moment: nothing is counted twice. On databases where writers meet (not SQLite)."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, connections

from tests.tracking.test_store import beacon, page
from wagtail_leads.models import PageView, Visit
from wagtail_leads.tracking.operations import settle_parked, store

pytestmark = [
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
    pytest.mark.django_db(transaction=True),
]


def at_once(*works) -> None:
    """Each in a thread with a connection of its own, from the same moment."""
    gate, errors = threading.Barrier(len(works)), []

    def run(work):
        try:
            gate.wait(timeout=10)
            work()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not errors, errors


def flush(hits, now) -> None:
    """As the buffer does: what the database would not take (MariaDB ends a deadlock so) waits and is written again."""
    for _try in range(5):
        try:
            return store(hits, now=now)
        except OperationalError:
            continue
    raise AssertionError("never written")


def key(number: int) -> str:
    return f"{number + 1:032x}"


@pytest.mark.parametrize("round_number", range(5))
def test_the_same_hits_in_two_processes(site, now, round_number):
    t = now.timestamp()
    hits = [page(n, t + n / 10, visitor_key=key(n % 20), path=f"/{n}/") for n in range(60)]
    later = now + timedelta(seconds=10)
    at_once(lambda: flush(hits, later), lambda: flush(hits, later))
    assert PageView.objects.count() == 60
    assert sum(Visit.objects.values_list("page_count", flat=True)) == 60


@pytest.mark.parametrize("round_number", range(5))
def test_a_page_without_cookie_and_its_beacon_in_two_processes(site, now, round_number):
    t = now.timestamp()
    pages = [page(n, t, visitor_key="", path=f"/{n}/", remote_addr=f"198.51.100.{n}") for n in range(40)]
    beacons = [
        beacon(100 + n, t + 0.2, view=f"{n:016x}", visitor_key=key(n), path=f"/{n}/", remote_addr=f"198.51.100.{n}")
        for n in range(40)
    ]
    later = now + timedelta(seconds=1)
    at_once(lambda: flush(pages, later), lambda: flush(beacons, later))
    settle_parked(now=now + timedelta(minutes=2))
    assert PageView.objects.count() == 40
