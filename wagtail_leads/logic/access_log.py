"""Reading one line of an access log: Apache's and nginx' "common" and "combined" formats, with what sites add to them.

Tolerated: a virtual host in front ("vhost_combined"), IPv6, users with spaces, fields after the agent (X-Forwarded-For,
times), escapes (``\\"``, ``\\x22``), "-" for a request, absolute request targets, HTTP/0.9 to 3. What is no line is None.
Formats: https://httpd.apache.org/docs/2.4/mod/mod_log_config.html , https://nginx.org/en/docs/http/ngx_http_log_module.html
"""

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple

from .client_address import parse_address

#: Bytes. A longer line is no line: servers cut requests at 8 kB a field.
MAX_LINE = 64 * 1024


class LogLine(NamedTuple):
    """One request as the server wrote it down. (A named tuple: a frozen dataclass costs three times as much to make.)"""

    #: As text; empty when the line holds none (names instead of addresses).
    client: str
    #: Of the virtual host or the request target, lower case without port; empty when the line names none.
    host: str
    #: Unix time, seconds.
    at: int
    #: Upper case; empty for "-" and for what is no HTTP.
    method: str
    #: Path with query, as it was asked for.
    target: str
    #: None when the server wrote none down.
    status: int | None
    referrer: str
    #: None when the format holds no agents (common); "-" when the client sent none.
    user_agent: str | None


_QUOTED = r'"([^"\\]*(?:\\.[^"\\]*)*)"'
_LINE = re.compile(
    r"([^\[]*|.{0,500}?) ?"
    r"\[(\d\d/[A-Z][a-z]{2}/\d{4}):(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})? ([+-]\d{4})\] "
    rf"{_QUOTED} (\d{{3}}|-) (?:\d+|-)"
    rf"(?: {_QUOTED} {_QUOTED})?"
)
_METHOD = re.compile(r"[A-Z][A-Z_-]{1,19}$")
_PROTOCOL = re.compile(r" HTTP/\d(?:\.\d)?$")
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*://([^/?#]*)", re.I)
_ESCAPES = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.))", re.S)
_CONTROLS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"b": b"\b"}
_MONTHS = {name: n for n, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}


def parse(line: bytes) -> LogLine | None:
    """The line, or None when it cannot be read: no log line, invalid UTF-8, a NUL, too long, no such date."""
    if len(line) > MAX_LINE or b"\0" in line:
        return None
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return None
    found = _LINE.match(text)
    if found is None or (found[10] is None and text.startswith(' "', found.end())):
        return None  # cut off within the referrer or the agent
    head, day, hour, minute, second, zone, request, status, referrer, agent = found.groups()
    midnight = _midnight(day, zone)
    if midnight is None or hour > "23" or minute > "59" or second > "60":
        return None
    client, host = _who(head)
    if "\\" in text:
        request, referrer, agent = _plain(request), referrer and _plain(referrer), agent and _plain(agent)
    method, target = _asked(request)
    if target[:1] != "/" and (absolute := _ABSOLUTE.match(target)):
        host, target = _bare(absolute[1]) or host, target[absolute.end() :] or "/"
    return LogLine(
        client,
        host,
        midnight + int(hour) * 3600 + int(minute) * 60 + int(second),
        method,
        target,
        None if status == "-" else int(status),
        "" if referrer is None or referrer == "-" else referrer,
        None if agent is None else agent or "-",
    )


@lru_cache(maxsize=4096)
def _who(head: str) -> tuple[str, str]:
    """(client, host) of ``client ident user``, with a virtual host before it or not. A user may have spaces.

    Some sites log X-Forwarded-For first: then the leftmost of its addresses is the client.
    """
    words = head.split()
    if len(words) > 3 and not words[0].endswith(",") and _is_address(words[1]):
        return words[1], _bare(words[0])
    first = words[0].rstrip(",") if words else ""
    return (first, "") if _is_address(first) else ("", "")


def _is_address(text: str) -> bool:
    return parse_address(text) is not None


@lru_cache(maxsize=256)
def _bare(host: str) -> str:
    """``user@Example.com:443`` -> ``example.com``; an IPv6 literal keeps its brackets."""
    host = host.rpartition("@")[2].lower()
    name, colon, port = host.rpartition(":")
    bare = name if colon and (port.isdigit() or not port) else host
    return bare.rstrip(".")[:253]


def _asked(request: str) -> tuple[str, str]:
    """(method, target); empty for "-", for the first bytes of TLS and for other noise. Targets may have spaces."""
    method, space, target = request.partition(" ")
    if not space or not _is_method(method):
        return "", ""
    if target.endswith((" HTTP/1.1", " HTTP/2.0", " HTTP/1.0")):
        return method, target[:-9]
    return method, _PROTOCOL.sub("", target)


@lru_cache(maxsize=256)
def _is_method(word: str) -> bool:
    return _METHOD.match(word) is not None


def _plain(text: str) -> str:
    """Without the server's escapes; bytes that are no UTF-8 become U+FFFD."""
    return _ESCAPES.sub(_unescape, text.encode()).decode("utf-8", "replace")


def _unescape(found: re.Match) -> bytes:
    return bytes([int(found[1], 16)]) if found[1] else _CONTROLS.get(found[2], found[2])


@lru_cache(maxsize=64)
def _midnight(day: str, zone: str) -> int | None:
    """Unix time of the day's begin in its zone; None for the 31st of February."""
    month = _MONTHS.get(day[3:6])
    minutes = int(zone[1:3]) * 60 + int(zone[3:])
    if month is None or minutes >= 24 * 60:
        return None
    try:
        offset = timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))
        return int(datetime(int(day[7:]), month, int(day[:2]), tzinfo=offset).timestamp())
    except (ValueError, OverflowError):
        return None
