"""What licences of free files want to be shown where their answers are shown."""

from dataclasses import dataclass

from wagtail_leads.companies.queries import mmdb_health


@dataclass(frozen=True, kw_only=True)
class Credit:
    #: As the licence words it; not translated.
    text: str
    link: str
    url: str


#: Beginning of the type that a file gives itself (in lower case) -> its credit.
CREDITS = {
    "geolite2": Credit(
        text="This product includes GeoLite2 data created by MaxMind, available from",
        link="maxmind.com",
        url="https://www.maxmind.com",
    ),
    "ipinfo": Credit(text="IP address data powered by", link="IPinfo", url="https://ipinfo.io"),
    "dbip": Credit(text="IP geolocation by", link="DB-IP", url="https://db-ip.com"),
}


def credits_of(database_types: list[str]) -> list[Credit]:
    """One for each provider among the files; none for paid files of MaxMind, which want none."""
    plain = ["".join(c for c in kind.lower() if c.isalnum()) for kind in database_types]
    return [credit for start, credit in CREDITS.items() if any(kind.startswith(start) for kind in plain)]


def present_credits() -> list[Credit]:
    """Of the files that are in use."""
    return credits_of([file.database_type for file in mmdb_health() if file.database_type])
