"""``manage.py leads_explain``: what would tracking make of these requests?"""

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from typing import BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from wagtail.models import Site

from wagtail_leads import conf
from wagtail_leads.logic.client_address import parse_networks
from wagtail_leads.logic.judging import JudgeSettings
from wagtail_leads.tracking.explain import ExplainSettings, explain

logger = logging.getLogger(__name__)

#: Bytes. A longer line is one malformed request, not a reason to fill the memory.
MAX_LINE = 1 << 20
#: Bytes read at a time. What was asked so far is answered before more is waited for.
BLOCK = 1 << 16


class Command(BaseCommand):
    help = (
        'Reads requests as JSON lines {"ip", "user_agent", "referrer", "url", "method", "headers"} and answers, per '
        "line, whether tracking would keep it, which client, channel and company it sees, and why."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", default="-", help="File with one JSON object per line; - reads stdin.")
        parser.add_argument("--json", action="store_true", default=True, help="One JSON object per line (the default).")
        parser.add_argument("--text", dest="json", action="store_false", help="One readable line per request.")

    def handle(self, *args, file, json: bool, **options):
        settings = read_settings()
        try:
            source = nullcontext(sys.stdin.buffer) if file == "-" else open(file, "rb")
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        tell = as_json if json else as_text
        try:
            with source as stream:
                for values in read_blocks(stream):
                    self.stdout.write("".join(f"{tell(answer_to(value, settings))}\n" for value in values), ending="")
                    self.stdout.flush()
        except BrokenPipeError:  # whoever read the answers has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def answer_to(value: object, settings: ExplainSettings) -> dict:
    """The answer to one line. What nobody thought of must not cost the lines after it."""
    try:
        return explain(value, settings=settings)
    except Exception:  # per item of a batch
        logger.exception("A line could not be explained")
        return explain(None, settings=settings)


def read_settings() -> ExplainSettings:
    """WAGTAIL_LEADS as the rules want it; CommandError names a setting that cannot be read."""
    return ExplainSettings(
        judging=JudgeSettings(
            own_networks=_networks("OWN_NETWORKS"),
            ignored_paths=_texts("IGNORE_PATHS"),
            ignored_agents=_texts("SITE_USER_AGENTS_IGNORED"),
        ),
        trusted_proxies=_networks("TRUSTED_PROXIES"),
        proxy_header=conf.get("PROXY_HEADER"),
        trust_unix_socket=conf.get("TRUST_UNIX_SOCKET"),
        company_threshold=conf.get("COMPANY_THRESHOLD"),
        guess_private_addresses=conf.get("GUESS_PRIVATE_ADDRESSES"),
        own_hosts=_own_hosts(),
    )


def _own_hosts() -> frozenset[str]:
    """Also without a database (in an image that is being built, for example)."""
    try:
        hosts = frozenset(Site.objects.values_list("hostname", flat=True))
    except DatabaseError:
        return frozenset()
    return hosts | frozenset(_texts("IGNORED_REFERRERS"))


def read_blocks(stream: BinaryIO) -> Iterator[list[object]]:
    """For each block that comes, one value per whole line in it that is not blank; None for what is no JSON."""
    rest, too_long = b"", False
    while block := stream.read1(BLOCK):
        *lines, rest = (rest + block).split(b"\n")
        if too_long and lines:
            lines[0], too_long = b"-", False
        if len(rest) > MAX_LINE or too_long:
            rest, too_long = b"", True
        yield [_value(line) for line in lines if line.strip()]
    if rest.strip() or too_long:
        yield [None if too_long else _value(rest)]


def as_json(answer: dict) -> str:
    """ASCII: whoever reads it need not know our terminal's encoding."""
    return json.dumps(answer)


def as_text(answer: dict) -> str:
    verdict = "keep" if answer["keep"] else f"drop ({answer['drop_reason']})"
    company = answer["company"] or answer["company_reason"]
    campaign = " ".join(str(answer[key]) for key in ("source", "medium", "campaign") if answer[key])
    return f"{verdict}  {answer['client_ip']}  {answer['channel']}  {campaign}  {company}"


def _value(line: bytes) -> object:
    try:
        return json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def _networks(name: str):
    try:
        return parse_networks(_texts(name))
    except ValueError as error:
        raise CommandError(f"WAGTAIL_LEADS[{name!r}]: {error}") from error


def _texts(name: str) -> tuple[str, ...]:
    value = conf.get(name)
    return (value,) if isinstance(value, str) else tuple(str(each) for each in value)
