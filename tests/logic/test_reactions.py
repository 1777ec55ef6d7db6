from datetime import datetime, timedelta, timezone

import pytest

from wagtail_leads.logic.kinds import Verdict
from wagtail_leads.logic.reactions import Raw, in_burst, is_scanner, verdict

T = datetime(2026, 11, 20, tzinfo=timezone.utc)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


def click(link=1, seconds=0.0, agent=CHROME, **more):
    return Raw(**{"kind": "click", "at": T + timedelta(seconds=seconds), "link_id": link, "user_agent": agent, **more})


def opened(agent=CHROME, **more):
    return Raw(**{"kind": "open", "at": T, "user_agent": agent, **more})


@pytest.mark.parametrize(
    ("one", "others", "decided", "reason"),
    [
        (click(), [], Verdict.HUMAN, "alone"),
        (opened(), [], Verdict.HUMAN, "alone"),
        # Google's and Yahoo's proxies fetch a picture when the mail is read; bot lists name them bots
        (opened(GMAIL, is_bot_agent=True), [], Verdict.HUMAN, "image_proxy"),
        (opened("YahooMailProxy; https://help.yahoo.com/", is_bot_agent=True), [], Verdict.HUMAN, "image_proxy"),
        (click(agent=GMAIL, is_bot_agent=True), [], Verdict.MACHINE, "agent"),
        # Apple's mail privacy protection loads every picture, read or not
        (opened("Mozilla/5.0"), [], Verdict.MACHINE, "no_agent"),
        (opened(""), [], Verdict.MACHINE, "no_agent"),
        (click(agent=""), [], Verdict.MACHINE, "no_agent"),
        (click(is_bot_agent=True), [], Verdict.MACHINE, "agent"),
        (click(agent="Mozilla/5.0 (compatible; Barracuda Sentinel)"), [], Verdict.MACHINE, "agent"),
        # a gateway follows every link of the mail at once
        (click(1), [click(2, 0.4), click(3, 1.1)], Verdict.MACHINE, "burst"),
        (click(3, 1.1), [click(1), click(2, 0.4)], Verdict.MACHINE, "burst"),
        (click(1), [click(2, 0.4)], Verdict.HUMAN, "alone"),
        (click(1), [click(2, 30), click(3, 60)], Verdict.HUMAN, "alone"),
        # the same link pressed again and again is an impatient person
        (click(1), [click(1, 0.3), click(1, 0.6), click(1, 0.9)], Verdict.HUMAN, "alone"),
        # opens beside it are no clicks
        (click(1), [opened(), opened(), opened()], Verdict.HUMAN, "alone"),
        (opened(), [click(1), click(2), click(3)], Verdict.HUMAN, "alone"),
        # a visit that somebody looked at proves a person, whatever the rest looks like
        (click(1, visit_followed=True), [click(2, 0.4), click(3, 1.1)], Verdict.HUMAN, "visit_followed"),
        (click(agent="", visit_followed=True), [], Verdict.HUMAN, "visit_followed"),
    ],
)
def test_people_are_told_from_machines(one, others, decided, reason):
    assert verdict(one, [one, *others]) == (decided, reason)


@pytest.mark.parametrize(
    "agent",
    ["Barracuda", "ProofPoint URL Defense", "mimecast", "MessageLabs", "Trendmicro", "CiscoSecure", "SafeLinks"],
)
def test_scanners_are_known_by_name_in_any_case(agent):
    assert is_scanner(f"Mozilla/5.0 {agent.upper()}/2") and not is_scanner(CHROME)


@pytest.mark.parametrize(("gap", "burst"), [(0.9, True), (1.0, True), (1.01, False)])
def test_a_burst_is_three_links_within_two_seconds(gap, burst):
    way = [click(1), click(2, gap), click(3, 2 * gap)]
    assert in_burst(way[0], way) is burst


def test_links_that_are_gone_make_no_burst():
    way = [click(None), click(None, 0.1), click(None, 0.2)]
    assert not in_burst(way[0], way)
