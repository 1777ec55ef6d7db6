"""``manage.py leads_explain``: what would tracking make of these requests?"""

import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from typing import BinaryIO

from django.core.management.base import BaseCommand, CommandError

from wagtail_leads import conf
from wagtail_leads.companies.resolvers.mmdb import MmdbFiles
from wagtail_leads.logic.client_address import parse_networks
from wagtail_leads.logic.judging import JudgeSettings
from wagtail_leads.tracking.explain import ExplainSettings, explain

#: Bytes. A longer line is one malformed request, not a reason to fill the memory.
MAX_LINE = 1 << 20


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
        with source as lines:
            for line in read_lines(lines):
                answer = explain(line, settings=settings)
                self.stdout.write(as_json(answer) if json else as_text(answer))


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
        resolvers=(MmdbFiles(_texts("MMDB")),),
        company_threshold=conf.get("COMPANY_THRESHOLD"),
        guess_private_addresses=conf.get("GUESS_PRIVATE_ADDRESSES"),
    )


def read_lines(lines: BinaryIO) -> Iterator[object]:
    """One value per line that is not blank; None (which is malformed) for what is no JSON."""
    while line := lines.readline(MAX_LINE):
        if not line.endswith(b"\n") and len(line) == MAX_LINE:
            while (rest := lines.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                pass
            yield None
        elif line.strip():
            yield _value(line)


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
