"""What would tracking make of this request, and why? Values in, values out.

The tool for "why is this visit missing?": it runs the rules that the flusher runs, on one line. The command
``leads_explain`` reads and prints.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from wagtail_leads.companies.queries import guess_company
from wagtail_leads.logic.channels import classify
from wagtail_leads.logic.client_address import Address, Network, client_address, is_lookup_worthy
from wagtail_leads.logic.company_guess import CompanyGuess
from wagtail_leads.logic.judging import Drop, JudgeSettings, RequestFacts, judge
from wagtail_leads.logic.kinds import DropReason

#: Longer values of a line are cut, as the middleware cuts a request's.
VALUE_LENGTH = 4096


@dataclass(frozen=True, kw_only=True)
class ExplainSettings:
    judging: JudgeSettings = field(default_factory=JudgeSettings)
    trusted_proxies: Sequence[Network] = ()
    #: Name of the one header that a trusted proxy writes the client into.
    proxy_header: str = "X-Forwarded-For"
    trust_unix_socket: bool = False
    #: Who is behind an address: the very function that the flusher asks.
    guess: Callable[[Address | None], CompanyGuess] = guess_company
    #: Confidence from which a company is named.
    company_threshold: int = 60
    #: Look up private and documentation addresses too.
    guess_private_addresses: bool = False
    #: Hosts of the installation's sites, and referrers that are no source.
    own_hosts: frozenset[str] = frozenset()


def explain(line: object, *, settings: ExplainSettings) -> dict[str, object]:
    """One request as ``{"ip", "user_agent", "referrer", "url", "method", "headers"}`` -> what becomes of it.

    ``ip`` is REMOTE_ADDR. Every key may be left out; a value of the wrong type makes the line malformed. Never raises.
    Keys of the answer: keep, drop_reason, client_ip, channel, source, medium, campaign, company, company_reason,
    company_confidence.
    """
    try:
        request = _read(line)
    except (TypeError, ValueError):
        return _answer(drop_reason=DropReason.MALFORMED)
    headers = request.headers
    client = client_address(
        remote_addr=request.ip,
        header=headers.get(settings.proxy_header.lower()),
        trusted=settings.trusted_proxies,
        trust_unix_socket=settings.trust_unix_socket,
    )
    verdict = judge(_facts(request, str(client.ip or "")), settings.judging)
    touch = classify(url=request.url, referrer=request.referrer, own_hosts=settings.own_hosts | _host_of(headers))
    company = find_company(client.ip, settings)
    is_named = bool(company.name) and company.confidence >= settings.company_threshold
    reason = verdict.reason if isinstance(verdict, Drop) else None
    return _answer(
        drop_reason=reason or (DropReason.OWN_NETWORK if company.is_ignored else None),
        client_ip=str(client.ip or ""),
        channel=touch.channel,
        source=touch.source,
        medium=touch.medium,
        campaign=touch.campaign,
        company=company.name if is_named else "",
        company_reason=company.reason if is_named or not company.label else f"{company.reason}: {company.label}",
        company_confidence=company.confidence,
    )


def find_company(ip: Address | None, settings: ExplainSettings) -> CompanyGuess:
    """The guess for an address; reason ``no_address``, ``private_address`` or ``unknown`` when there is none."""
    if ip is None:
        return CompanyGuess(reason="no_address")
    found = settings.guess(ip)
    if found == CompanyGuess() and not settings.guess_private_addresses and not is_lookup_worthy(ip):
        return CompanyGuess(reason="private_address")
    return found


@dataclass(frozen=True, kw_only=True)
class _Request:
    ip: str
    user_agent: str
    referrer: str
    url: str
    method: str
    #: Names in lower case.
    headers: Mapping[str, str]


def _read(line: object) -> _Request:
    if not isinstance(line, Mapping):
        raise TypeError("a line is an object")
    headers = _headers(line.get("headers"))
    url = _text(line, "url") or "/"
    urlsplit(url)  # ValueError for "http://["
    return _Request(
        ip=_text(line, "ip"),
        user_agent=_text(line, "user_agent") or headers.get("user-agent", ""),
        referrer=_text(line, "referrer") or headers.get("referer", ""),
        url=url,
        method=_text(line, "method") or "GET",
        headers=headers,
    )


def _text(line: Mapping, key: str) -> str:
    value = line.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"{key} is no text")
    return value[:VALUE_LENGTH]


def _headers(value: object) -> dict[str, str]:
    """Names in lower case; a header that came several times (a list) is joined by commas."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError("headers are no object")
    return {str(name).lower().replace("_", "-"): _header(each) for name, each in value.items()}


def _header(value: object) -> str:
    parts = value if isinstance(value, list | tuple) else [value]
    if not all(part is None or isinstance(part, str | int) for part in parts):
        raise TypeError("a header is no text")
    return ", ".join(str(part) for part in parts if part is not None)[:VALUE_LENGTH]


def _facts(request: _Request, client_ip: str) -> RequestFacts:
    headers = request.headers
    purposes = (headers.get(name, "") for name in ("sec-purpose", "x-sec-purpose", "purpose", "x-purpose", "x-moz"))
    return RequestFacts(
        method=request.method,
        path=unquote(urlsplit(request.url).path) or "/",
        user_agent=request.user_agent,
        referrer=request.referrer,
        accept=headers.get("accept", ""),
        accept_language=headers.get("accept-language", ""),
        sec_fetch_mode=headers.get("sec-fetch-mode", ""),
        sec_fetch_dest=headers.get("sec-fetch-dest", ""),
        purpose=",".join(purpose for purpose in purposes if purpose),
        # A line with some headers only, a proxy's for example, does not say what the browser left out.
        has_headers="accept" in headers and "accept-encoding" in headers,
        client_ip=client_ip,
    )


def _host_of(headers: Mapping[str, str]) -> frozenset[str]:
    """The host of the url counts as own anyway (see `classify`); a url without one has the Host header."""
    host = headers.get("host", "").partition(":")[0].strip()
    return frozenset({host} if host else ())


def _answer(*, drop_reason: DropReason | None, **known: object) -> dict[str, object]:
    answer = {
        "keep": drop_reason is None,
        "drop_reason": drop_reason.value if drop_reason else "",
        "client_ip": "",
        "channel": "",
        "source": "",
        "medium": "",
        "campaign": "",
        "company": "",
        "company_reason": "",
        "company_confidence": 0,
    }
    return {**answer, **known}
