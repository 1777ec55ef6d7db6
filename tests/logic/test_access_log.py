"""Lines of access logs, whole and broken."""

import timeit
from datetime import datetime, timezone

import pytest

from wagtail_leads.logic.access_log import MAX_LINE, parse

AT = int(datetime(2025, 10, 10, 4, 55, 36, tzinfo=timezone.utc).timestamp())
WHEN = "[10/Oct/2025:13:55:36 +0900]"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
COMBINED = f'203.0.113.5 - - {WHEN} "GET /a/?b=c HTTP/1.1" 200 1234 "https://www.google.com/" "{CHROME}"'


def read(text: str):
    return parse(text.encode())


def test_a_combined_line():
    line = read(COMBINED)
    assert line == ("203.0.113.5", "", AT, "GET", "/a/?b=c", 200, "https://www.google.com/", CHROME)


def test_a_common_line_holds_no_agent():
    line = read(f'203.0.113.5 - - {WHEN} "GET / HTTP/1.0" 304 -')
    assert (line.status, line.referrer, line.user_agent) == (304, "", None)


def test_an_agent_that_was_not_sent_is_not_an_agent_that_was_not_logged():
    assert read(f'203.0.113.5 - - {WHEN} "GET / HTTP/1.1" 200 5 "-" "-"').user_agent == "-"
    assert read(f'203.0.113.5 - - {WHEN} "GET / HTTP/1.1" 200 5 "" ""').user_agent == "-"


@pytest.mark.parametrize(
    ("head", "client", "host"),
    [
        ("203.0.113.5 - -", "203.0.113.5", ""),
        ("203.0.113.5 - taro", "203.0.113.5", ""),
        ("203.0.113.5 - Taro Yamada", "203.0.113.5", ""),
        ("203.0.113.5 - -  ", "203.0.113.5", ""),
        ("2001:db8::5 - -", "2001:db8::5", ""),
        ("::ffff:203.0.113.5 - -", "::ffff:203.0.113.5", ""),
        ("www.Example.com:443 203.0.113.5 - -", "203.0.113.5", "www.example.com"),
        ("example.com 2001:db8::5 - -", "2001:db8::5", "example.com"),
        ("198.51.100.1:80 203.0.113.5 - -", "203.0.113.5", "198.51.100.1"),
        ("[::1]:80 203.0.113.5 - -", "203.0.113.5", "[::1]"),
        ("203.0.113.5, 10.0.0.1 - -", "203.0.113.5", ""),  # X-Forwarded-For first
        ("pc7.example.org - -", "", ""),  # names instead of addresses
        ("-", "", ""),
    ],
)
def test_who_asked_and_of_which_host(head, client, host):
    line = read(f'{head} {WHEN} "GET / HTTP/1.1" 200 5 "-" "x"')
    assert (line.client, line.host) == (client, host)


@pytest.mark.parametrize(
    ("request_", "method", "target"),
    [
        ("GET / HTTP/1.1", "GET", "/"),
        ("GET /a HTTP/2.0", "GET", "/a"),
        ("GET /a HTTP/3", "GET", "/a"),
        ("GET /old", "GET", "/old"),  # HTTP/0.9
        ("POST /form/ HTTP/1.1", "POST", "/form/"),
        ("GET /with space/ HTTP/1.1", "GET", "/with space/"),
        ("GET /%E8%A3%BD%E5%93%81/ HTTP/1.1", "GET", "/%E8%A3%BD%E5%93%81/"),
        ("-", "", ""),
        (r"\x16\x03\x01\x00", "", ""),
        (r"GET /\x22quoted\x22/ HTTP/1.1", "GET", '/"quoted"/'),
        (r"GET /\"quoted\"/ HTTP/1.1", "GET", '/"quoted"/'),
        ("OPTIONS * HTTP/1.1", "OPTIONS", "*"),
        ("CONNECT example.com:443 HTTP/1.1", "CONNECT", "example.com:443"),
        ("", "", ""),
    ],
)
def test_what_was_asked(request_, method, target):
    line = read(f'203.0.113.5 - - {WHEN} "{request_}" 200 5 "-" "x"')
    assert (line.method, line.target) == (method, target)


def test_an_absolute_target_names_its_host():
    line = read(f'203.0.113.5 - - {WHEN} "GET http://User@Shop.example:80/a?b HTTP/1.1" 200 5 "-" "x"')
    assert (line.host, line.target) == ("shop.example", "/a?b")
    assert read(f'203.0.113.5 - - {WHEN} "GET http://shop.example HTTP/1.1" 200 5 "-" "x"').target == "/"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"Mozilla \"x\"", 'Mozilla "x"'),
        (r"Mozilla \x22x\x22", 'Mozilla "x"'),
        (r"\xE3\x81\x82", "あ"),
        (r"\xe3\x81\x82", "あ"),
        (r"a\\b", "a\\b"),
        (r"a\tb", "a\tb"),
        (r"\xff", "\ufffd"),
        ("あ", "あ"),
    ],
)
def test_escapes_are_undone(written, meant):
    assert read(f'203.0.113.5 - - {WHEN} "GET / HTTP/1.1" 200 5 "-" "{written}"').user_agent == meant


@pytest.mark.parametrize(
    "more", ['"203.0.113.9, 10.0.0.1"', "0.123 0.120 .", '"-" rt=0.002 uct="0.000"', "443 TLSv1.3", "\r", " \t"]
)
def test_fields_after_the_agent_are_tolerated(more):
    assert read(f"{COMBINED} {more}").user_agent == CHROME


@pytest.mark.parametrize(
    ("when", "at"),
    [
        ("10/Oct/2025:13:55:36 +0900", AT),
        ("10/Oct/2025:04:55:36 +0000", AT),
        ("09/Oct/2025:21:55:36 -0700", AT),
        ("10/Oct/2025:10:25:36 +0530", AT),
        ("10/Oct/2025:04:55:36.123 +0000", AT),
        ("31/Dec/2024:23:59:60 +0000", 1735689600),  # a leap second
    ],
)
def test_time_zones(when, at):
    assert read(f'203.0.113.5 - - [{when}] "GET / HTTP/1.1" 200 5').at == at


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"nonsense",
        b"{}",
        b'{"remote_addr": "203.0.113.5", "request": "GET / HTTP/1.1"}',
        b"#Fields: date time c-ip cs-method",
        COMBINED[:40].encode(),
        COMBINED[:80].encode(),
        COMBINED[:100].encode(),  # within the referrer
        COMBINED[:-5].encode(),  # within the agent
        COMBINED.replace("Oct", "Foo").encode(),
        COMBINED.replace("10/Oct", "31/Feb").encode(),
        COMBINED.replace("13:55", "25:55").encode(),
        COMBINED.replace("13:55", "13:61").encode(),
        COMBINED.replace("+0900", "+9900").encode(),
        COMBINED.replace(" 200 ", " twohundred ").encode(),
        COMBINED.encode().replace(b"Chrome", b"Chr\0me"),
        COMBINED.encode().replace(b"Chrome", b"Chr\xffme"),
        b"\x80" * 50,
        b"\0" * 50,
        COMBINED.encode() + b" " * MAX_LINE,
        b'"' * 60_000,
        b"[" * 60_000,
        b"\\" * 60_000,
    ],
)
def test_what_is_no_line_is_none(line):
    assert parse(line) is None


def test_a_line_without_a_status():
    assert read(COMBINED.replace(" 200 ", " - ")).status is None


def test_a_long_target_is_read():
    assert len(read(COMBINED.replace("/a/", "/" + "a" * 20_000)).target) > 20_000


def test_hostile_lines_cost_little():
    lines = [
        b'203.0.113.5 - - [10/Oct/2025:13:55:36 +0900] "' + b"\\" * 60_000,
        b'203.0.113.5 - - [10/Oct/2025:13:55:36 +0900] "' + b'\\"' * 30_000 + b'" 200 5 "' + b'\\"' * 500,
        b"[" * 30_000 + b"]" * 30_000,
        b"a " * 30_000 + b"[",
    ]
    assert timeit.timeit(lambda: [parse(line) for line in lines], number=1) < 0.5
