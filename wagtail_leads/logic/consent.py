"""What may be recorded of a browser: the site's mode, the visitor's answer, and what the browser itself says.

Sec-GPC (Global Privacy Control, https://w3c.github.io/gpc/) always acts as "no cookie"; DNT (obsolete) as the site sets.
"""

from dataclasses import dataclass

from .kinds import ConsentMode, DropReason, Kind

YES, NO, UNANSWERED = "yes", "no", ""


class Handling(Kind):
    KNOWN = "known"  #: With the visitor cookie: known again, may be linked with a lead.
    ANONYMOUS = "anonymous"  #: Without cookie: known for the day by a salted hash, never linked.
    NOTHING = "nothing"  #: Not stored at all.


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    handling: Handling
    #: Why nothing is stored; None otherwise.
    reason: DropReason | None = None


KNOWN = Decision(handling=Handling.KNOWN)
ANONYMOUS = Decision(handling=Handling.ANONYMOUS)


def _nothing(reason: DropReason) -> Decision:
    return Decision(handling=Handling.NOTHING, reason=reason)


def decide(
    *, mode: str, answer: str = UNANSWERED, gpc: bool = False, dnt: bool = False, do_not_track: str = "ignore"
) -> Decision:
    """The strictest of what site, visitor and browser say. ``answer`` is YES, NO or UNANSWERED."""
    if mode == ConsentMode.OFF:
        return _nothing(DropReason.SITE_OFF)
    if answer == NO or (dnt and do_not_track == "off"):
        return _nothing(DropReason.OPTED_OUT)
    if mode == ConsentMode.OPT_IN and answer != YES:
        return _nothing(DropReason.NO_CONSENT)
    if mode == ConsentMode.COOKIELESS or gpc or (dnt and do_not_track == "cookieless"):
        return ANONYMOUS
    return KNOWN
