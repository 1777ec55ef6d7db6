"""Which company files there are and what each names honestly: for the screens of a site that has none."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wagtail_leads import conf


@dataclass(frozen=True, kw_only=True)
class FileKind:
    #: A product's name, the same in every language.
    name: str
    costs: str | Promise
    says: str | Promise
    #: Where to get it.
    url: str


FILE_KINDS = (
    FileKind(
        name="GeoLite2-ASN (MaxMind)",
        url="https://dev.maxmind.com/geoip/geolite2-free-geolocation-data/",
        costs=_("free, with an account"),
        says=_(
            "universities, authorities and large firms that run a network of their own; for all others only the access provider"
        ),
    ),
    FileKind(
        name="IPinfo Lite",
        url="https://ipinfo.io/lite",
        costs=_("free, with an account"),
        says=_("the same, and the country"),
    ),
    FileKind(
        name="DB-IP ASN / City Lite",
        url="https://db-ip.com/db/lite.php",
        costs=_("free; asks for a link"),
        says=_("the operator, or country and prefecture"),
    ),
    FileKind(
        name="GeoLite2-City",
        url="https://dev.maxmind.com/geoip/geolite2-free-geolocation-data/",
        costs=_("free, with an account"),
        says=_("country and prefecture, no company"),
    ),
    FileKind(
        name="GeoIP2 ISP, GeoIP2 Enterprise",
        url="https://www.maxmind.com/en/geoip-databases",
        costs=_("paid"),
        says=_("firms whose provider gave them a network under their name; also what is mobile, hosting or a VPN"),
    ),
    FileKind(
        name="IPinfo IP to Company",
        url="https://ipinfo.io/pricing",
        costs=_("paid"),
        says=_("the most firms, with their domain"),
    ),
)
EXAMPLE = 'WAGTAIL_LEADS = {"MMDB": ["/var/lib/GeoIP/GeoLite2-ASN.mmdb"]}'


def no_files() -> dict:
    """For a template: nothing but own networks can name a company yet."""
    return {
        "no_files": not conf.get("MMDB") and not conf.get("RESOLVERS"),
        "file_kinds": FILE_KINDS,
        "file_example": EXAMPLE,
    }
