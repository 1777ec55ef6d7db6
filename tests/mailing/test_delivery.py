"""Every state and edge of the outbox (the diagram in delivery.py), and each reason for which a mail does not leave."""

import smtplib
from datetime import timedelta

import pytest

from tests.making import DAY, HOUR, MINUTE, SECOND, make_email, make_lead, make_message
from wagtail_leads import signals
from wagtail_leads.activity.models import Activity
from wagtail_leads.identity.models import Consent, Lead
from wagtail_leads.logic.kinds import MessageState
from wagtail_leads.logic.pacing import RETRY_MINUTES
from wagtail_leads.mailing import composing, delivery
from wagtail_leads.mailing.delivery import claim, deliver_due, reap
from wagtail_leads.mailing.models import Message, SenderDetails, Suppression, Switches
from wagtail_leads.mailing.operations import queue_email, suppress, unsubscribe
from wagtail_leads.privacy import erase, stop_use

pytestmark = pytest.mark.django_db


def deliver(now, worker="w1"):
    return deliver_due(now=now, worker=worker, clock=lambda: now + SECOND)


def fresh(message):
    return Message.objects.get(pk=message.pk)


def refused(code, text):
    return smtplib.SMTPRecipientsRefused({"taro@mihon.example": (code, text.encode())})


# --- queued -> claimed -> sending -> sent ---------------------------------------------------------------------------------


def test_a_mail_leaves_and_the_ledger_knows(lead, sender, server, now, django_capture_on_commit_callbacks):
    heard = []
    signals.message_sent.connect(lambda sender, message, **k: heard.append(message.pk), weak=False, dispatch_uid="t")
    message = queue_email(make_email(), lead=lead, dedupe_key="k", now=now)
    assert message.state == "queued" and message.subject == "News for 山田 太郎"
    with django_capture_on_commit_callbacks(execute=True):
        assert deliver(now) == 1 and deliver(now) == 0
    signals.message_sent.disconnect(dispatch_uid="t")
    sent = fresh(message)
    assert (sent.state, sent.attempts, sent.sent_at, sent.lease_until, sent.error) == (
        "sent",
        1,
        now + SECOND,
        None,
        "",
    )
    assert [m.subject for m in server.delivered] == ["News for 山田 太郎"] and heard == [message.pk]
    fact = Activity.objects.get(kind="email_sent")
    assert fact.lead == lead and fact.title == "News for 山田 太郎" and fact.data == {"message_key": "k"}
    assert server.closed == 1, "one connection a batch"


def test_what_is_sending_is_committed_before_smtp(lead, sender, server, now):
    message = make_message(now, lead)
    seen = []
    server.reset(
        lambda backend, mail: seen.append(
            (fresh(message).state, fresh(message).message_id, mail.extra_headers["Message-ID"])
        )
    )
    deliver(now)
    assert seen[0][0] == "sending" and seen[0][1] == seen[0][2]


def test_a_mail_is_not_due_before_its_time(lead, sender, server, now):
    make_message(now + HOUR, lead)
    assert deliver(now) == 0 and deliver(now + HOUR) == 1


@pytest.mark.parametrize("state", [s for s in MessageState if s not in (MessageState.QUEUED, MessageState.DEFERRED)])
def test_only_what_waits_is_claimed(lead, sender, server, now, state):
    make_message(now, lead, state=state.value)
    assert deliver(now) == 0 and server.delivered == []


def test_the_same_cause_is_one_mail(lead, now):
    email = make_email()
    assert queue_email(email, lead=lead, dedupe_key="k", now=now) is not None
    assert queue_email(email, lead=lead, dedupe_key="k", now=now) is None


# --- why not: asked in the step to `sending` ------------------------------------------------------------------------------


def forget(lead, message, now):
    Consent.objects.all().delete()


FORBIDDEN = {
    "no_basis": forget,
    "suppressed": lambda lead, message, now: unsubscribe(message, now=now, source="one click"),
    "bounced": lambda lead, message, now: suppress(message.address_key, scope="all", reason="bounced", now=now),
    "no_sender": lambda lead, message, now: SenderDetails.objects.update(postal_address=" "),
    "stopped_use": lambda lead, message, now: stop_use(lead, now=now),
    "erased": lambda lead, message, now: erase(lead, now=now),
}


@pytest.mark.parametrize("reason", FORBIDDEN)
def test_each_reason_not_to_send_before_the_claim(lead, sender, server, now, reason):
    message = make_message(now, lead)
    FORBIDDEN[reason](lead, message, now)
    assert deliver(now) == 1 and server.delivered == []
    assert (fresh(message).state, fresh(message).skip_reason, fresh(message).lease_until) == ("skipped", reason, None)


@pytest.mark.parametrize("reason", FORBIDDEN)
def test_each_reason_not_to_send_between_claim_and_sending(lead, sender, server, now, reason, monkeypatch):
    message = make_message(now, lead)
    real = composing.compose

    def compose(row):
        mail = real(row)
        FORBIDDEN[reason](lead, message, now)
        return mail

    monkeypatch.setattr(composing, "compose", compose)
    deliver(now)
    assert server.delivered == [] and (fresh(message).state, fresh(message).skip_reason) == ("skipped", reason)


def test_a_withdrawn_permission_is_none(lead, sender, server, now):
    message = make_message(now, lead)
    Consent.objects.create(lead=lead, email_key=lead.email_key, granted=False, at=now)
    deliver(now)
    assert fresh(message).skip_reason == "no_basis"


@pytest.mark.parametrize("field", SenderDetails.LEGAL_FIELDS)
def test_every_legal_detail_of_the_sender_is_needed(lead, sender, server, now, field):
    SenderDetails.objects.update(**{field: ""})
    message = make_message(now, lead)
    deliver(now)
    assert fresh(message).skip_reason == "no_sender"


def test_without_any_sender_details_marketing_mail_stays(lead, site, server, now):
    message = make_message(now, lead)
    deliver(now)
    assert fresh(message).skip_reason == "no_sender"


@pytest.mark.parametrize("purpose", ["marketing", "transactional"])
def test_what_is_no_address_is_skipped(lead, sender, server, now, purpose):
    message = make_message(now, lead, to_address="not an address", address_key="", purpose=purpose)
    deliver(now)
    assert fresh(message).skip_reason == "bad_address"


def test_who_said_stop_as_the_survivor_of_a_merge_gets_nothing(lead, sender, server, now):
    message = make_message(now, lead)
    survivor = make_lead(now, "b@mihon.example", stopped_at=now)
    Lead.objects.filter(pk=lead.pk).update(merged_into=survivor)
    deliver(now)
    assert fresh(message).skip_reason == "stopped_use"


@pytest.mark.parametrize("reason", ["no_basis", "suppressed", "no_sender", "stopped_use"])
def test_mail_that_was_asked_for_needs_none_of_it(lead, sender, server, now, reason, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "SEND_WINDOW": (3, 4), "MAIL_CAP_PER_WEEK": 1}
    make_message(now, lead, state="sent", sent_at=now - HOUR)
    message = make_message(now, lead, purpose="transactional")
    FORBIDDEN[reason](lead, message, now)
    deliver(now)
    assert fresh(message).state == "sent" and len(server.delivered) == 1


@pytest.mark.parametrize("reason", ["bounced", "erased"])
def test_mail_that_was_asked_for_is_stopped_by_a_hard_bounce_and_an_erased_person(lead, sender, server, now, reason):
    message = make_message(now, lead, purpose="transactional")
    FORBIDDEN[reason](lead, message, now)
    deliver(now)
    assert (fresh(message).state, fresh(message).skip_reason) == ("skipped", reason) and server.delivered == []


# --- a better time: window and cap ----------------------------------------------------------------------------------------


def test_marketing_mail_waits_for_the_window_in_the_sites_time(lead, sender, server, now, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "SEND_WINDOW": (13, 18)}  # now is 12 o'clock in Tokyo
    message = make_message(now, lead)
    deliver(now)
    assert (fresh(message).state, fresh(message).due_at) == ("queued", now + HOUR) and fresh(message).worker == ""
    assert deliver(now + HOUR) == 1 and fresh(message).state == "sent"


def test_the_cap_holds_back_until_the_week_is_over(lead, sender, server, now, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "MAIL_CAP_PER_WEEK": 2}
    for days in (1, 3):
        make_message(now, lead, state="sent", sent_at=now - days * DAY)
    message = make_message(now, lead)
    deliver(now)
    assert (fresh(message).state, fresh(message).due_at) == ("queued", now + 4 * DAY)


def test_the_cap_holds_within_one_batch(lead, sender, server, now, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "MAIL_CAP_PER_WEEK": 1}
    messages = [make_message(now, lead) for _n in range(3)]
    deliver(now)
    assert sorted(fresh(m).state for m in messages) == ["queued", "queued", "sent"] and len(server.delivered) == 1


def test_cap_and_window_together(lead, sender, server, now, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "MAIL_CAP_PER_WEEK": 1, "SEND_WINDOW": (9, 12)}
    make_message(now, lead, state="sent", sent_at=now - 7 * DAY + 5 * HOUR)  # free at 17 o'clock
    message = make_message(now, lead)
    deliver(now)
    assert fresh(message).due_at == now + 21 * HOUR


def test_asked_for_mail_and_other_addresses_do_not_count(lead, sender, server, now, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "MAIL_CAP_PER_WEEK": 1}
    make_message(now, lead, state="sent", sent_at=now - DAY, purpose="transactional")
    make_message(now, make_lead(now, "b@mihon.example"), state="sent", sent_at=now - DAY)
    message = make_message(now, lead)
    deliver(now)
    assert fresh(message).state == "sent"


# --- the server's answers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        refused(450, "4.2.1 greylisted"),
        refused(421, "busy"),
        smtplib.SMTPDataError(451, b"4.3.0 later"),
        smtplib.SMTPSenderRefused(452, b"too many", "info@works.example"),
    ],
)
def test_4xx_is_tried_again_and_the_others_of_the_batch_go_on(lead, sender, server, now, error):
    first, second = make_message(now, lead), make_message(now, lead)
    server.reset(error)
    deliver(now)
    row = fresh(first)
    assert (row.state, row.due_at, row.attempts) == ("deferred", now + SECOND + MINUTE, 1)
    assert row.error and row.lease_until is None and fresh(second).state == "sent"
    deliver(now + HOUR)
    assert fresh(first).state == "sent" and fresh(first).error == ""


def test_4xx_for_ever_is_given_up_after_the_ladder(lead, sender, server, now):
    message, at = make_message(now, lead), now
    for minutes in RETRY_MINUTES:
        server.reset(refused(450, "4.2.1 greylisted"))
        deliver(at)
        assert fresh(message).due_at == at + SECOND + minutes * MINUTE
        at = fresh(message).due_at
    server.reset(refused(450, "4.2.1 greylisted"))
    deliver(at)
    assert fresh(message).state == "failed" and fresh(message).attempts == len(RETRY_MINUTES) + 1
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("5.1.1 User unknown", True),
        ("5.1.10 Null MX", True),
        ("<taro> 5.1.1.", True),
        ("5.7.1 Blocked", False),
        ("Mailbox unavailable", False),
        ("5.1.15 what is that", False),
        ("5.7.1 client host 195.1.1.20 blocked", False),
        ("5.7.1 listed: 45.1.1.2", False),
        ("5.7.1 see 5.1.1.7", False),
    ],
)
def test_5xx_is_for_ever_and_an_address_that_does_not_exist_is_never_written_to_again(
    lead, sender, server, now, text, gone
):
    message = make_message(now, lead)
    server.reset(refused(550, text))
    deliver(now)
    row = fresh(message)
    assert (row.state, row.lease_until) == ("failed", None) and row.error == f"550 {text}"
    assert list(Suppression.objects.values_list("scope", "reason")) == ([("all", "bounced")] if gone else [])
    assert Activity.objects.filter(kind="email_bounced", lead=lead).count() == int(gone)


def test_an_answer_of_any_length_and_writing_is_kept(lead, sender, server, now):
    message = make_message(now, lead)
    server.reset(smtplib.SMTPDataError(554, b"\xff\xfe" + "拒否".encode() * 500))
    deliver(now)
    assert fresh(message).state == "failed" and len(fresh(message).error) == 255


# --- the server is away ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError("refused"),
        TimeoutError("timed out"),
        smtplib.SMTPAuthenticationError(535, b"no"),
        OSError(""),
    ],
)
def test_a_server_that_is_down_keeps_all_waiting_longer_each_time_and_the_admin_says_so(
    lead, sender, server, now, error
):
    messages = [make_message(now, lead) for _n in range(3)]
    server.reset(connects=[error])
    deliver(now)
    assert {fresh(m).state for m in messages} == {"deferred"} and {fresh(m).attempts for m in messages} == {1}
    assert fresh(messages[0]).due_at == now + SECOND + MINUTE
    assert Switches.load().smtp_problem and Switches.load().smtp_problem_at == now + SECOND
    deliver(now + HOUR)
    assert {fresh(m).state for m in messages} == {"sent"} and Switches.load().smtp_problem == ""


def test_a_long_outage_gives_no_mail_up(lead, sender, server, now):
    message, at = make_message(now, lead), now
    for _time in range(20):
        server.reset(connects=[OSError("down")])
        deliver(at)
        at = fresh(message).due_at
    assert fresh(message).state == "deferred" and at <= now + 30 * DAY


def test_after_an_outage_a_busy_server_gets_its_tries_too(lead, sender, server, now):
    message, at = make_message(now, lead), now
    for _time in range(20):
        server.reset(connects=[OSError("down")])
        deliver(at)
        at = fresh(message).due_at
    server.reset(refused(450, "4.2.1 greylisted"))
    deliver(at)
    assert fresh(message).state == "deferred"


def lose(backend, mail):
    backend.connection.lost = True


def test_a_line_lost_between_two_mails_loses_no_mail(lead, sender, server, now):
    messages = [make_message(now, lead) for _n in range(3)]
    server.reset(lose)
    deliver(now)
    assert [fresh(m).state for m in messages] == ["sent"] * 3, "a new connection was made"


def test_a_server_that_does_not_come_back_leaves_the_rest_waiting(lead, sender, server, now):
    messages = [make_message(now, lead) for _n in range(3)]
    server.reset(lose, connects=[None, OSError("gone")])
    deliver(now)
    assert [fresh(m).state for m in messages] == ["sent", "deferred", "deferred"]


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPServerDisconnected("Connection unexpectedly closed"),
        ConnectionResetError(),
        TimeoutError("timed out"),
    ],
)
def test_a_line_lost_in_the_middle_of_a_mail_is_unknown_and_never_sent_again_by_itself(
    lead, sender, server, now, error
):
    first, second = make_message(now, lead), make_message(now, lead)
    server.reset(error)
    deliver(now)
    assert (fresh(first).state, fresh(first).lease_until) == ("unknown", None) and fresh(first).error
    assert fresh(second).state == "sent"
    assert deliver(now + 9 * DAY) == 0 and not Activity.objects.filter(kind="email_sent", object_id=first.pk).exists()


@pytest.mark.parametrize("stop", [SystemExit(), KeyboardInterrupt()])
def test_a_worker_told_to_stop_leaves_the_doubt_on_record(lead, sender, server, now, stop):
    first, second = make_message(now, lead), make_message(now, lead)
    server.reset(stop)
    with pytest.raises(type(stop)):
        deliver(now)
    assert fresh(first).state == "unknown" and fresh(second).state == "claimed"
    deliver(now + HOUR, worker="w2")
    assert fresh(second).state == "sent" and server.delivered and fresh(first).state == "unknown"


# --- leases and workers ---------------------------------------------------------------------------------------------------


def test_an_expired_claim_was_not_sent_and_an_expired_sending_may_have_been(lead, now):
    old, young = now - SECOND, now + SECOND
    rows = {
        (state, lease): make_message(now, lead, state=state, lease_until=lease, worker="dead")
        for state in ("claimed", "sending")
        for lease in (old, young)
    }
    reap(now=now)
    assert {key: fresh(row).state for key, row in rows.items()} == {
        ("claimed", old): "queued",
        ("claimed", young): "claimed",
        ("sending", old): "unknown",
        ("sending", young): "sending",
    }


def test_two_workers_never_claim_the_same_mail(lead, now):
    for _n in range(5):
        make_message(now, lead)
    first, second = claim(now=now, worker="w1"), claim(now=now, worker="w2")
    assert len(first) == 5 and second == []


def test_two_workers_that_saw_the_same_mails_share_them(lead, now, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "MAIL_BATCH": 2}
    for _n in range(5):
        make_message(now, lead)
    batches = [claim(now=now, worker=f"w{n}") for n in range(4)]
    assert [len(b) for b in batches] == [2, 2, 1, 0] and len({m.pk for b in batches for m in b}) == 5


def test_a_worker_that_lost_its_lease_sends_nothing(lead, sender, server, now, monkeypatch):
    """It slept; the row was taken back and another worker has it."""
    message = make_message(now, lead)
    real = composing.compose

    def compose(row):
        reap(now=now + DAY)
        assert claim(now=now + DAY, worker="w2")
        return real(row)

    monkeypatch.setattr(composing, "compose", compose)
    deliver(now)
    assert server.delivered == [] and (fresh(message).state, fresh(message).worker) == ("claimed", "w2")


def test_a_mail_sent_after_its_lease_was_reaped_stays_unknown(lead, sender, server, now):
    message = make_message(now, lead)
    server.reset(lambda backend, mail: reap(now=now + DAY))
    deliver(now)
    assert fresh(message).state == "unknown"


def test_a_mail_that_cannot_be_made_fails_and_the_others_go_on(lead, sender, server, now):
    bad = make_message(now, lead, template="there_is_no_such_template")
    good = make_message(now, lead)
    deliver(now)
    assert fresh(bad).state == "failed" and "TemplateDoesNotExist" in fresh(bad).error and fresh(good).state == "sent"


def test_what_cannot_be_put_into_mime_is_known_not_to_have_left(lead, sender, server, now, monkeypatch):
    message = make_message(now, lead)
    real = composing.compose

    def compose(row):
        mail = real(row)
        mail.extra_headers["X-Bad"] = "a\nBcc: all@example.com"
        return mail

    monkeypatch.setattr(composing, "compose", compose)
    deliver(now)
    assert fresh(message).state == "failed" and server.delivered == []


def test_a_batch_is_as_large_as_the_setting_says(lead, sender, server, now, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "MAIL_BATCH": 2, "MAIL_CAP_PER_WEEK": 0}
    for _n in range(5):
        make_message(now, lead)
    assert [deliver(now) for _time in range(4)] == [2, 2, 1, 0] and len(server.delivered) == 5


def test_the_lease_is_longer_than_a_batch_needs():
    assert timedelta(seconds=delivery.conf.get("MAIL_LEASE_SECONDS")) >= 5 * MINUTE
