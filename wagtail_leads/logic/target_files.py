"""A CSV file of target accounts: the companies that one wants to hear of."""

from dataclasses import dataclass, field

from wagtail_leads.logic.addresses import is_free_mail, is_reserved, registrable_domain
from wagtail_leads.logic.corporate_number import BadCorporateNumber, WrongCheckDigit, parse_corporate_number
from wagtail_leads.logic.csv_tables import Row, read_table
from wagtail_leads.logic.japanese import company_match_key
from wagtail_leads.logic.network_files import RowError
from wagtail_leads.logic.networks import NotANetwork, TooWide, parse_written_networks

MOST_ROWS = 5_000
COLUMNS = {
    "name": (
        "company",
        "company name",
        "account",
        "organisation",
        "organization",
        "企業",
        "企業名",
        "会社",
        "会社名",
        "社名",
    ),
    "domain": ("web", "website", "url", "site", "e-mail", "email", "ドメイン", "サイト", "ホームページ", "メール"),
    "cidr": ("network", "ip", "ip address", "address", "ネットワーク", "ipアドレス", "帯域"),
    "corporate_number": ("number", "corporate no", "houjin", "hojin bango", "法人番号", "法人no", "登録番号"),
    "note": ("memo", "comment", "メモ", "備考", "コメント"),
}


@dataclass(frozen=True, kw_only=True)
class TargetRow:
    number: int
    name: str = ""
    domain: str = ""
    cidrs: tuple[str, ...] = ()
    corporate_number: str = ""
    note: str = ""

    @property
    def key(self) -> str:
        return company_match_key(self.name or self.domain)


@dataclass(kw_only=True)
class Reading:
    rows: list[TargetRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    unknown: tuple[str, ...] = ()


def read_targets(data: bytes) -> Reading:
    """Good rows and bad ones. UnreadableTable when it is no table at all."""
    table = read_table(data, COLUMNS, most=MOST_ROWS)
    reading = Reading(unknown=table.unknown)
    seen: dict[str, int] = {}
    for row in table.rows:
        found = _read(row, seen)
        (reading.rows if isinstance(found, TargetRow) else reading.errors).append(found)
    return reading


def _read(row: Row, seen: dict[str, int]) -> TargetRow | RowError:
    cells = row.cells
    try:
        found = TargetRow(
            number=row.number,
            name=cells["name"][:200],
            domain=domain_of(cells["domain"]),
            cidrs=tuple(str(network) for network in parse_written_networks(cells["cidr"])) if cells["cidr"] else (),
            corporate_number=parse_corporate_number(cells["corporate_number"]),
            note=cells["note"],
        )
    except (TooWide, NotANetwork, WrongCheckDigit, BadCorporateNumber) as error:
        return _wrong(row, _CODES[type(error)])
    if cells["domain"] and not found.domain:
        return _wrong(row, "not_a_domain")
    if not found.key and not found.corporate_number:
        return _wrong(row, "no_name")
    key = found.corporate_number or found.key
    if key in seen:
        return _wrong(row, "twice", seen[key])
    seen[key] = row.number
    return found


_CODES = {
    TooWide: "too_wide",
    NotANetwork: "not_a_network",
    WrongCheckDigit: "check_digit",
    BadCorporateNumber: "not_a_number",
}


def _wrong(row: Row, code: str, first: int = 0) -> RowError:
    return RowError(number=row.number, text=" · ".join(v for v in row.cells.values() if v), code=code, first=first)


def host_of(text: str) -> str:
    """The host in an address of the web or of mail, or in a bare name."""
    host = text.strip().lower().rpartition("@")[2]
    host = host.partition("//")[2] if "//" in host else host
    return host.partition("/")[0].partition(":")[0][:253]


def domain_of(text: str) -> str:
    """The company's domain in "https://www.mihon.co.jp/about", "taro@mihon.co.jp" or "mihon.co.jp"; '' for none."""
    domain = registrable_domain(host_of(text))
    return "" if "." not in domain or is_free_mail(domain) or is_reserved(domain) else domain
