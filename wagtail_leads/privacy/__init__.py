"""A person's rights: export, erase, stop use, requests, retention; and a browser's: to be forgotten. Table of contents.

`exporting` what is stored about a person · `erasing` a person is gone, anonymous visits remain · `requests` the ledger of
what people ask · `retention` what goes when its time is over · `forgetting` a browser that refuses.
"""

from datetime import datetime

from wagtail_leads.privacy.erasing import BLANKED, CUT, DELETED, VISIT_BLANKED, erase
from wagtail_leads.privacy.exporting import export
from wagtail_leads.privacy.forgetting import (
    AT_ONCE,
    BROWSING,
    LET_GO,
    TOMBSTONE,
    forget_browser,
    forget_due,
    forget_waiting,
)
from wagtail_leads.privacy.requests import erase_due, stop_use, use_again
from wagtail_leads.privacy.retention import count_over, purge_due

__all__ = [
    "AT_ONCE",
    "BLANKED",
    "BROWSING",
    "CUT",
    "DELETED",
    "LET_GO",
    "TOMBSTONE",
    "VISIT_BLANKED",
    "count_over",
    "erase",
    "erase_due",
    "export",
    "forget_browser",
    "forget_due",
    "forget_waiting",
    "purge_due",
    "stop_use",
    "use_again",
    "work_due",
]


def work_due(*, now: datetime) -> int:
    """The clock: forgotten browsers, erasures that were ordered, retention once a day. Returns rows; 0: nothing is due."""
    return forget_due(now=now) or erase_due(now=now) or purge_due(now=now)
