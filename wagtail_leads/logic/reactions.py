"""Was it a person? Opens and clicks of mail gateways, image proxies and link checkers are told from those of readers.

Sources: craft-campaign #546 (bursts: ten links within a second, 20 to 60 s after sending), Mautic #16263, Apple's mail
privacy protection (agent is exactly ``Mozilla/5.0``), Google's image proxy (fetches at the time of reading).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wagtail_leads.logic.kinds import ReactionKind, Verdict

BURST = timedelta(seconds=2)
BURST_LINKS = 3
SCANNERS = ("barracuda", "proofpoint", "mimecast", "messagelabs", "trendmicro", "ciscosecure", "safelinks", "preview")
IMAGE_PROXIES = ("googleimageproxy", "yahoomailproxy")


@dataclass(frozen=True, kw_only=True)
class Raw:
    """One stored reaction, with what is known beside it."""

    kind: str
    at: datetime
    link_id: int | None = None
    user_agent: str = ""
    is_bot_agent: bool = False
    #: A visit with visible time followed this click.
    visit_followed: bool = False


def verdict(one: Raw, all_of_message: Sequence[Raw]) -> tuple[Verdict, str]:
    """(verdict, reason) after the hold."""
    if one.visit_followed:
        return Verdict.HUMAN, "visit_followed"
    if not one.user_agent or one.user_agent == "Mozilla/5.0":
        return Verdict.MACHINE, "no_agent"
    if one.kind == ReactionKind.OPEN and is_image_proxy(one.user_agent):
        return Verdict.HUMAN, "image_proxy"
    if one.is_bot_agent or is_scanner(one.user_agent):
        return Verdict.MACHINE, "agent"
    if one.kind == ReactionKind.CLICK and in_burst(one, all_of_message):
        return Verdict.MACHINE, "burst"
    return Verdict.HUMAN, "alone"


def is_image_proxy(user_agent: str) -> bool:
    """Fetches a picture when the mail is read, so an open through it is a reader's (bot lists name it a bot)."""
    lowered = user_agent.lower()
    return any(word in lowered for word in IMAGE_PROXIES)


def is_scanner(user_agent: str) -> bool:
    lowered = user_agent.lower()
    return any(word in lowered for word in SCANNERS)


def in_burst(one: Raw, all_of_message: Sequence[Raw]) -> bool:
    """Three different links of one mail within two seconds: nobody reads so fast."""
    near = {
        other.link_id
        for other in all_of_message
        if other.kind == ReactionKind.CLICK and abs(other.at - one.at) <= BURST and other.link_id is not None
    }
    return len(near) >= BURST_LINKS
