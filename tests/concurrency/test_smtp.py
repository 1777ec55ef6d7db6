"""A mail server that is down, refuses, or hangs up in the middle; wakes that are lost or doubled."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.concurrency.conftest import Server
from wagtail_leads import background, tasks
from wagtail_leads.logic.addresses import email_key
from wagtail_leads.mailing.operations import queue_template
from wagtail_leads.models import Lane, Lead, Message, Suppression, Switches
from wagtail_leads.reports.health import problems

pytestmark = pytest.mark.django_db(transaction=True)
PAPER = {"title": "White paper", "url": "http://localhost/paper/"}


@pytest.fixture
def outside(settings, smtp, sender):
    """Real SMTP from this process."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", smtp.port, 5
    return smtp


def queue(*addresses: str) -> list[Message]:
    now = timezone.now()
    for address in addresses:
        lead = Lead.objects.create(email=address, email_key=email_key(address), created_at=now)
        queue_template("paper", to=address, dedupe_key=address.ljust(64, "x"), now=now, lead=lead, context=PAPER)
    return list(Message.objects.order_by("pk"))


def states() -> dict:
    return {m.to_address.partition("@")[0]: m.state for m in Message.objects.all()}


def later(minutes: int = 5) -> None:
    """As if that time had passed for all mail that waits."""
    Message.objects.filter(state="deferred").update(due_at=timezone.now() - timedelta(minutes=minutes))


def health() -> tuple[bool, set[str]]:
    out = StringIO()
    try:
        call_command("leads_health", "--json", stdout=out)
    except SystemExit as ended:
        assert ended.code == 1
    told = json.loads(out.getvalue())
    return told["ok"], {problem["code"] for problem in told["problems"]}


def test_a_server_that_is_down_loses_nothing(outside, mailbox):
    tasks.run_all()
    outside.stop()
    queue("taro@mihon.example", "hanako@mihon.example")
    tasks.run_all()
    assert set(states().values()) == {"deferred"} and not mailbox.got
    waits = [m.due_at - timezone.now() for m in Message.objects.all()]
    assert all(timedelta(seconds=30) < wait <= timedelta(minutes=1) for wait in waits)
    assert Switches.objects.get().smtp_problem
    assert health() == (False, {"smtp"})

    later()
    tasks.run_all()
    message = Message.objects.first()
    assert message.attempts == 2 and message.due_at - timezone.now() > timedelta(minutes=4), "longer each time"

    again = Server(mailbox, port=outside.port)
    again.start()
    later()
    tasks.run_all()
    again.stop()
    assert set(states().values()) == {"sent"} and set(mailbox.got.values()) == {1}
    assert health() == (True, set()) and Switches.objects.get().smtp_problem == ""


def test_what_each_answer_of_a_server_leads_to(outside, mailbox):
    mailbox.moods = {
        ("DATA", "later@mihon.example"): ["451 4.3.0 Try again later"],
        ("DATA", "spam@mihon.example"): ["554 5.7.1 Looks like spam"],
        ("DATA", "lost@mihon.example"): ["hang up"],
        ("RCPT", "gone@mihon.example"): "550 5.1.1 No such user",
        ("RCPT", "full@mihon.example"): "452 4.2.2 Mailbox full",
    }
    queue(*(f"{name}@mihon.example" for name in ("first", "later", "spam", "lost", "gone", "full", "last")))
    tasks.run_all()
    assert states() == {
        "first": "sent",
        "later": "deferred",
        "spam": "failed",
        "lost": "unknown",
        "gone": "failed",
        "full": "deferred",
        "last": "sent",
    }, "one that hangs up costs the others nothing"
    assert "451 4.3.0" in Message.objects.get(to_address__startswith="later").error
    assert [s.reason for s in Suppression.objects.all()] == ["bounced"], (
        "only who does not exist is never written to again"
    )
    assert any(problem.code == "mail_unknown" for problem in problems(timezone.now()))

    mailbox.moods.clear()
    later()
    tasks.run_all()
    assert states()["later"] == "sent" and states()["full"] == "sent" and states()["lost"] == "unknown"
    assert set(mailbox.got.values()) == {1}, "the lost one arrived and is not sent again"


def test_a_mail_that_is_deferred_for_days_is_given_up(outside, mailbox):
    mailbox.moods = {("RCPT", "full@mihon.example"): "452 4.2.2 Mailbox full"}
    queue("full@mihon.example")
    for _try in range(12):
        tasks.run_mail()
        later()
    assert states() == {"full": "failed"} and Message.objects.get().attempts == 10


def test_a_worker_that_died_before_smtp_is_made_up_for(outside, mailbox):
    (message,) = queue("taro@mihon.example")
    past = timezone.now() - timedelta(seconds=1)
    Message.objects.update(state="claimed", worker="dead", lease_until=past)
    call_command("leads_tick", verbosity=0)
    assert states() == {"taro": "sent"} and mailbox.got["taro@mihon.example"] == 1


def test_a_worker_that_died_in_smtp_leaves_a_doubt_that_is_shown(outside, mailbox):
    queue("taro@mihon.example")
    Message.objects.update(state="sending", worker="dead", lease_until=timezone.now() - timedelta(seconds=1))
    call_command("leads_tick", verbosity=0)
    call_command("leads_tick", verbosity=0)
    assert states() == {"taro": "unknown"} and not mailbox.got


def test_a_living_lease_is_left_alone(outside, mailbox):
    queue("taro@mihon.example")
    Message.objects.update(state="claimed", worker="alive", lease_until=timezone.now() + timedelta(seconds=60))
    tasks.run_all()
    assert states() == {"taro": "claimed"}


def test_the_emergency_stop_holds_everything_back(outside, mailbox):
    switches = Switches.load()
    switches.sending_stopped = True
    switches.save()
    queue("taro@mihon.example")
    tasks.run_all()
    assert states() == {"taro": "queued"}
    Switches.objects.update(sending_stopped=False)
    tasks.run_all()
    assert states() == {"taro": "sent"}


def test_lost_and_doubled_wakes_change_nothing(outside, mailbox):
    from django_q.models import OrmQ

    queue("taro@mihon.example", "hanako@mihon.example")
    assert OrmQ.objects.count() >= 1, "one wake is pending for the lane, not one a mail"
    assert Lane.objects.get(name="mail").pending_since is not None
    OrmQ.objects.all().delete()  # lost
    call_command("leads_tick", verbosity=0)
    for _time in range(3):  # doubled
        tasks.run_mail()
    assert set(mailbox.got.values()) == {1} and len(mailbox.got) == 2


def test_at_most_one_wake_of_a_lane_is_pending(outside):
    from django_q.models import OrmQ

    queue(*(f"reader{n}@mihon.example" for n in range(10)))
    mail_wakes = [task for task in OrmQ.objects.all() if task.func() == "wagtail_leads.tasks.run_mail"]
    assert len(mail_wakes) == 1


def test_a_wake_that_was_lost_is_made_anew_after_a_minute(outside):
    from django_q.models import OrmQ

    now = timezone.now()
    background.wake("mail", now=now - timedelta(minutes=3))
    OrmQ.objects.all().delete()
    background.wake("mail", now=now)
    assert OrmQ.objects.count() == 1


def test_a_queue_that_is_down_does_not_break_the_request(outside, monkeypatch, mailbox):
    def down(path):
        raise ConnectionError("no broker")

    monkeypatch.setattr(background, "_enqueue", down)
    queue("taro@mihon.example")
    assert Message.objects.count() == 1
    tasks.run_all()
    assert mailbox.got["taro@mihon.example"] == 1
