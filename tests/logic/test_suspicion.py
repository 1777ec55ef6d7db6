"""What a client did, or left undone. A single odd thing never decides."""

from dataclasses import replace

import pytest

from wagtail_leads.logic.company_guess import NetworkKind
from wagtail_leads.logic.kinds import DropReason
from wagtail_leads.logic.suspicion import ClientDay, LogHabits, Traces, suspect, suspect_in_log

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
OLD_CHROME = CHROME.replace("142", "49")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Safari/605.1.15"
)
IN_APP = CHROME.replace("Windows NT 10.0; Win64; x64", "Linux; Android 14; SO-51D Build/1; wv")
#: A person who runs no script.
PERSON = Traces(user_agent=CHROME, accept="text/html,*/*;q=0.8", accept_language="ja", sec_fetch_mode="navigate")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"network_kind": NetworkKind.HOSTING}, DropReason.DATA_CENTRE),
        ({"views_in_minute": 61}, DropReason.TOO_FAST),
        ({"views_in_minute": 61, "site_has_beacon": False}, DropReason.TOO_FAST),
        ({"accept": "*/*", "accept_language": ""}, DropReason.MISSING_HEADERS),
        ({"accept": "*/*", "sec_fetch_mode": ""}, DropReason.MISSING_HEADERS),
        ({"accept_language": "", "sec_fetch_mode": ""}, DropReason.MISSING_HEADERS),
        ({"accept_language": "", "sec_fetch_mode": "", "user_agent": FIREFOX}, DropReason.MISSING_HEADERS),
        ({"accept_language": "", "sec_fetch_mode": "", "user_agent": SAFARI}, DropReason.MISSING_HEADERS),
        ({"accept": "", "user_agent": OLD_CHROME}, DropReason.MISSING_HEADERS),
        ({"accept_language": "", "user_agent": OLD_CHROME}, DropReason.MISSING_HEADERS),
    ],
)
def test_a_machine_shows_by(change, reason):
    assert suspect(replace(PERSON, **change)) is reason


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"network_kind": NetworkKind.COMPANY},
        {"network_kind": NetworkKind.ISP},
        {"network_kind": NetworkKind.VPN},  # people use them
        {"network_kind": NetworkKind.HOSTING, "had_beacon": True},  # a company's cloud proxy
        {"network_kind": NetworkKind.HOSTING, "has_cookie": True},
        {"network_kind": NetworkKind.HOSTING, "site_has_beacon": False},  # silence says nothing there
        {"views_in_minute": 60},
        {"views_in_minute": 500, "had_beacon": True},  # an office behind one address
        {"accept": "*/*"},
        {"accept_language": ""},  # a privacy tool
        {"sec_fetch_mode": ""},
        {"sec_fetch_mode": "", "accept_language": "", "is_secure": False},  # plain http has no Sec-Fetch-*
        {"sec_fetch_mode": "", "accept_language": "", "user_agent": IN_APP},
        {"user_agent": OLD_CHROME},  # somebody changed the agent
        {"user_agent": OLD_CHROME, "sec_fetch_mode": "", "accept_language": ""},  # really old
        {"accept": "*/*", "accept_language": "", "sec_fetch_mode": "", "site_has_beacon": False},
    ],
)
def test_a_person_without_script_is_kept(change):
    assert suspect(replace(PERSON, **change)) is None


def test_a_line_of_a_log_has_no_headers_to_miss():
    bare = Traces(user_agent=CHROME)
    assert suspect(bare) is DropReason.MISSING_HEADERS and suspect(bare, has_headers=False) is None


def test_how_fast_is_too_fast_can_be_set():
    assert suspect(replace(PERSON, views_in_minute=11), max_views_per_minute=10) is DropReason.TOO_FAST


@pytest.mark.parametrize(
    ("day", "habits", "reason"),
    [
        (ClientDay(views=1, read_robots_txt=True), LogHabits(), DropReason.BEHAVIOUR),
        (ClientDay(views=50, assets=3, read_robots_txt=True), LogHabits(), DropReason.BEHAVIOUR),
        (ClientDay(views=1, probes=1), LogHabits(), DropReason.BEHAVIOUR),
        (ClientDay(views=61, busiest_minute=61), LogHabits(), DropReason.TOO_FAST),
        (ClientDay(views=61, busiest_minute=61), LogHabits(has_assets=False), DropReason.TOO_FAST),
        (ClientDay(views=20), LogHabits(), DropReason.BEHAVIOUR),
        # people
        (ClientDay(views=1), LogHabits(), None),
        (ClientDay(views=5, assets=90), LogHabits(), None),
        (ClientDay(views=19), LogHabits(), None),
        (ClientDay(views=40, followed_links=30), LogHabits(), None),  # all images are in the cache
        (ClientDay(views=40, assets=1), LogHabits(), None),
        (ClientDay(views=40), LogHabits(has_assets=False), None),  # images lie elsewhere
        (ClientDay(views=40), LogHabits(has_links=False), None),  # the site hides its referrers
        # an office behind one address, with a robot of the same agent among its people
        (ClientDay(views=300, assets=4000, busiest_minute=80, read_robots_txt=True, probes=1), LogHabits(), None),
    ],
)
def test_a_day_in_a_log(day, habits, reason):
    assert suspect_in_log(day, habits) is reason
