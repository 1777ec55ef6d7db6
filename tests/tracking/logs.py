"""Lines of access logs for tests."""

from datetime import datetime, timedelta, timezone

from tests.conftest import BROWSER

BEGIN = datetime(2026, 9, 1, tzinfo=timezone.utc)
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=int(seconds))


def line(
    seconds: float,
    target: str = "/",
    *,
    client: str = "203.0.113.7",
    method: str = "GET",
    status: int = 200,
    referrer: str = "-",
    agent: str | None = BROWSER,
) -> str:
    """A line in the combined format; without agent in the common one."""
    text = f'{client} - - [{at(seconds):%d/%b/%Y:%H:%M:%S %z}] "{method} {target} HTTP/1.1" {status} 512'
    return text if agent is None else f'{text} "{referrer}" "{agent}"'
