"""Exits for the host site. Sent after the commit, so a receiver that fails undoes nothing.

lead_identified   sender=Lead, lead, visitor (or None), created: a name became known
stage_changed     sender=Lead, lead, from_stage, to_stage, reason
message_sent      sender=Message, message
"""

from functools import partial

from django.db import transaction
from django.dispatch import Signal

lead_identified = Signal()
stage_changed = Signal()
message_sent = Signal()


def send_after_commit(signal: Signal, **arguments) -> None:
    """`send_robust` once the transaction is through: receivers cannot break ours."""
    transaction.on_commit(partial(signal.send_robust, **arguments), robust=True)
