"""At the same time: forms in one browser, colleagues merging, the river working on both. Needs row locks: PostgreSQL."""

from threading import Barrier, Thread

import pytest
from django.db import OperationalError, connection

from tests.making import DAY, flow, make_fact, make_lead, make_visitor
from wagtail_leads.capture.operations import Sent, submit
from wagtail_leads.identity.models import Lead, LeadMerge, Visitor, VisitorLink
from wagtail_leads.merging import NotMergeable, NotUndoable, merge, unmerge
from wagtail_leads.pipeline import process_waiting
from wagtail_leads.scoring.models import LeadScore, ScoreEntry, ScoreRule
from wagtail_leads.scoring.operations import ensure_shipped_rules

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def row_locks(db):
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL: SQLite writes one after the other anyway")


def at_once(*jobs) -> list:
    """Run them in threads that start together; what each returned, or its error."""
    start, results = Barrier(len(jobs)), [None] * len(jobs)

    def run(number, job):
        start.wait()
        try:
            results[number] = job()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


def form(visitor, name, now):
    return lambda: submit(Sent(key=f"{name}{now}", email=f"{name}@mihon.example"), visitor=visitor, now=now)


def test_two_forms_at_once_in_one_browser_leave_one_open_link(now):
    visitor = make_visitor(now - DAY)
    for round_number in range(5):
        results = at_once(form(visitor, f"a{round_number}", now), form(visitor, f"b{round_number}", now))
        assert not [one for one in results if isinstance(one, Exception)]
    open_links = VisitorLink.objects.filter(open_key__isnull=False)
    assert open_links.get().lead_id == Visitor.objects.get().lead_id and VisitorLink.objects.count() == 10


def test_two_colleagues_merge_the_same_two_leads(now):
    for number in range(5):
        one, other = make_lead(now, f"a{number}@mihon.example"), make_lead(now, f"b{number}@mihon.example")
        results = at_once(lambda: merge(one, other, now=now), lambda: merge(other, one, now=now))
        assert sorted(type(result).__name__ for result in results) == ["LeadMerge", "NotMergeable"], results
        assert any(isinstance(result, NotMergeable) for result in results)
    assert Lead.objects.living().count() == LeadMerge.objects.count() == 5


def test_a_merge_is_taken_back_once(now):
    done = merge(make_lead(now, "a@mihon.example"), make_lead(now, "b@mihon.example"), now=now)
    results = at_once(*[lambda: unmerge(done, now=now)] * 3)
    assert sum(isinstance(result, NotUndoable) for result in results) == 2 and results.count(None) == 1


def test_the_river_works_on_both_while_they_are_merged_and_parted(now):
    """Each fact is in one score, whichever came first; then the scores are what the ledger says."""
    ScoreRule.objects.all().delete()
    ensure_shipped_rules()
    one, other = make_lead(now, "a@mihon.example"), make_lead(now, "b@mihon.example")
    for lead in (one, other):
        visitor = make_visitor(now - DAY)
        for _n in range(15):
            make_fact("inquiry_made", now, lead=lead, visitor=visitor)

    def river():
        for _n in range(40):
            try:
                process_waiting(now=now, limit=2)
            except OperationalError:  # a deadlock is tried again, as the worker does
                continue

    def colleague():
        for _n in range(5):
            unmerge(merge(one, other, now=now), now=now)
        return merge(one, other, now=now)

    results = at_once(river, colleague, river)
    assert isinstance(results[1], LeadMerge), results
    flow(now)
    inquiries = ScoreEntry.objects.filter(lead=other).values("activity").distinct().count()
    assert inquiries == ScoreEntry.objects.filter(lead=other).count() == 30
    assert LeadScore.objects.get(lead=other).value == pytest.approx(30 * 40)
    unmerge(LeadMerge.objects.latest("pk"), now=now)
    assert [LeadScore.objects.get(lead=lead).value for lead in (one, other)] == pytest.approx([600, 600])
