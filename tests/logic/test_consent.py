"""The strictest of what site, visitor and browser say holds."""

import pytest

from wagtail_leads.logic.consent import Handling, decide
from wagtail_leads.logic.kinds import ConsentMode, DropReason

K, A = Handling.KNOWN, Handling.ANONYMOUS
OFF, OUT, ASK = DropReason.SITE_OFF, DropReason.OPTED_OUT, DropReason.NO_CONSENT


@pytest.mark.parametrize(
    ("mode", "answer", "browser", "expected"),
    [
        # mode        answer  what the browser sends
        ("off", "", {}, OFF),
        ("off", "yes", {}, OFF),
        ("cookieless", "", {}, A),
        ("cookieless", "yes", {}, A),
        ("cookieless", "no", {}, OUT),
        ("notice", "", {}, K),
        ("notice", "ok", {}, K),
        ("notice", "yes", {}, K),
        ("notice", "no", {}, OUT),
        ("opt_in", "", {}, ASK),
        ("opt_in", "ok", {}, ASK),  # a notice was read: that is no consent
        ("opt_in", "yes", {}, K),
        ("opt_in", "no", {}, OUT),
        ("opt_in", "maybe", {}, ASK),
        # Global Privacy Control: as without cookie, in each mode
        ("off", "", {"gpc": True}, OFF),
        ("notice", "", {"gpc": True}, A),
        ("notice", "yes", {"gpc": True}, A),
        ("notice", "no", {"gpc": True}, OUT),
        ("opt_in", "", {"gpc": True}, ASK),
        ("opt_in", "yes", {"gpc": True}, A),
        # Do Not Track: as the site sets
        ("notice", "", {"dnt": True}, K),
        ("notice", "", {"dnt": True, "do_not_track": "cookieless"}, A),
        ("notice", "yes", {"dnt": True, "do_not_track": "off"}, OUT),
        ("opt_in", "yes", {"dnt": True, "do_not_track": "cookieless"}, A),
        ("notice", "", {"do_not_track": "off"}, K),
        ("off", "", {"dnt": True, "do_not_track": "off"}, OFF),
    ],
)
def test_what_may_be_recorded(mode, answer, browser, expected):
    decision = decide(mode=mode, answer=answer, **browser)
    if isinstance(expected, DropReason):
        assert (decision.handling, decision.reason) == (Handling.NOTHING, expected)
    else:
        assert (decision.handling, decision.reason) == (expected, None)


def test_a_mode_of_the_closed_list_and_its_text_are_the_same():
    assert all(decide(mode=mode) == decide(mode=mode.value) for mode in ConsentMode)
