"""A CSV file of own networks: what each row says, and what is wrong with it."""

import unicodedata
from dataclasses import dataclass, field

from wagtail_leads.logic.csv_tables import Row, read_table
from wagtail_leads.logic.japanese import company_match_key
from wagtail_leads.logic.kinds import NetworkAction
from wagtail_leads.logic.networks import NotANetwork, TooWide, parse_written_networks

MOST_ROWS = 100_000
COLUMNS = {
    "cidr": (
        "network",
        "ip",
        "ip address",
        "address",
        "range",
        "ネットワーク",
        "ipアドレス",
        "アドレス",
        "範囲",
        "帯域",
    ),
    "company": (
        "company name",
        "name",
        "organisation",
        "organization",
        "企業",
        "企業名",
        "会社",
        "会社名",
        "社名",
        "組織",
    ),
    "domain": ("web", "website", "ドメイン", "サイト"),
    "action": ("what", "kind", "type", "扱い", "種別", "区分", "アクション"),
    "note": ("memo", "comment", "remarks", "メモ", "備考", "コメント"),
}
_WORDS = {
    NetworkAction.COMPANY: ("company", "customer", "企業", "会社", "組織", "顧客"),
    NetworkAction.IGNORE: ("ignore", "own", "ours", "office", "self", "除外", "無視", "自社", "社内", "対象外"),
    NetworkAction.NEVER: (
        "never notcompany nocompany provider isp access accessprovider プロバイダ プロバイダー 通信事業者 企業ではない 非企業"
    ).split(),
}
_ACTIONS = {word: action for action, words in _WORDS.items() for word in words}


@dataclass(frozen=True, kw_only=True)
class NetworkRow:
    number: int
    cidrs: tuple[str, ...]
    action: NetworkAction
    company: str = ""
    domain: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class RowError:
    number: int
    #: What stands in the row.
    text: str
    #: not_a_network, too_wide, twice, no_company, unknown_action
    code: str
    #: For `twice`: the row that said it first.
    first: int = 0


@dataclass(kw_only=True)
class Reading:
    rows: list[NetworkRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    unknown: tuple[str, ...] = ()


def read_networks(data: bytes) -> Reading:
    """Good rows and bad ones. UnreadableTable when it is no table at all."""
    table = read_table(data, COLUMNS, most=MOST_ROWS)
    reading = Reading(unknown=table.unknown)
    seen: dict[str, int] = {}
    for row in table.rows:
        found = _read(row, seen)
        (reading.rows if isinstance(found, NetworkRow) else reading.errors).append(found)
    return reading


def _read(row: Row, seen: dict[str, int]) -> NetworkRow | RowError:
    cells = row.cells

    def wrong(code: str, first: int = 0) -> RowError:
        return RowError(number=row.number, text=" · ".join(v for v in cells.values() if v), code=code, first=first)

    try:
        cidrs = tuple(str(network) for network in parse_written_networks(cells["cidr"]))
    except TooWide:
        return wrong("too_wide")
    except NotANetwork:
        return wrong("not_a_network")
    action = action_of(cells["action"], has_company=bool(company_match_key(cells["company"])))
    if action is None:
        return wrong("unknown_action" if cells["action"] else "no_company")
    if action == NetworkAction.COMPANY and not company_match_key(cells["company"]):
        return wrong("no_company")
    if twice := next((cidr for cidr in cidrs if cidr in seen), None):
        return wrong("twice", seen[twice])
    seen.update(dict.fromkeys(cidrs, row.number))
    rest = {name: cells[name] for name in ("domain", "note")}
    company = cells["company"] if action == NetworkAction.COMPANY else ""
    return NetworkRow(number=row.number, cidrs=cidrs, action=action, company=company, **rest)


def action_of(text: str, *, has_company: bool) -> NetworkAction | None:
    """None for a word that is none of ours, or for nothing without a company."""
    word = "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum() or c == "ー")
    if not word:
        return NetworkAction.COMPANY if has_company else None
    return _ACTIONS.get(word)
