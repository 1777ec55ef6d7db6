"""Referrers that are made up so that somebody looks at them in a report: known hosts, and families of names.

The hosts are ``data/referrer_spam.json`` (public domain, made by .ci/refresh_referrers.py). A host is only there while
it lives, so families catch the next one: they are phrases that no company calls itself.
"""

import json
import re
from functools import lru_cache
from importlib import resources

from .referrers import bare

#: Each is looked for in the whole host; hyphens and digits vary from one domain to the next.
FAMILIES: tuple[re.Pattern, ...] = tuple(
    re.compile(pattern)
    for pattern in (
        # one spammer, many endings
        r"(?:^|\.)(?:semalt\w*|darodar|ilovev?italy|priceg|hulfingtonpost|blackhatworth|cenoval|ranksonic|kambasoft|"
        r"savetubevideo|guardlink|theguardlan|o-o-\d+-o-o|humanorightswatch|darkseo|trafficmonetiz\w+|traffic2money|"
        r"webmonetizer|4webmasters)\.[a-z]{2,6}$",
        # buttons for your website
        r"(?:^|[.-])(?:(?:free|get-your|simple|floating|best|top\d*)-)*(?:social|share|sharing)-?buttons?"
        r"(?:-(?:free|\w{2}|\d+))?\.[a-z]{2,6}$",
        r"(?:^|\.)(?:free-floating|website)-buttons\.|(?:^|\.)buttons?-for-(?:(?:your|free)-)?(?:web)?sites?",
        # traffic for nothing
        r"(?:^|[.-])(?:free|buy|cheap|targeted)-(?:\w+-){0,3}traffic|(?:website|webmaster)s?-traffic|traffic-cash\.",
        # search engine optimisation
        r"(?:^|\.)(?:\d+dollars?|success|anti-crisis|every-\w+|keyword-\w+)-seo\.[a-z]{2,6}$",
        r"(?:^|\.)(?:best|free|cheap|top\d*|ecommerce)-seo-(?:offers?|solutions?|reports?|software|services?|package)\.",
        r"(?:^|[.-])rank-?checker\.online|keywords?-monitoring-|google-?liar|googlsucks|search-error\.",
        r"(?:^|\.)(?:websites?-reviews?|best-?websites?-?awards?|biglistofwebsites|fix-website-errors|makemoneyonline)\.",
        # threats and false authorities
        r"(?:copyrights?-?claims?|law-(?:check|enforcement)(?:-\w+)*|eu-?cookie-?law(?:-\w+)*|"
        r"cookie-law-enforcement(?:-\w+)*|compliance-\w+(?:-\w+)*)\.(?:xyz|top)$",
        r"stop-?referr?[ae]l-?spam|(?:^|\.)event-tracking\.com$|videos?-for-your-business",
        # adult and casino farms on free endings
        r"(?:porn|xxx|sexy|casino|viagra|cialis)[\w-]*\.(?:ga|tk|ml|cf|gq|xyz|top|hol\.es|uni\.me)$",
    )
)


def is_spam(host: str) -> bool:
    """``host`` in lower case and ASCII, as `referrers.split` gives it."""
    return bool(host) and _is_spam(host[:253])


@lru_cache(maxsize=2048)
def _is_spam(host: str) -> bool:
    labels = host.split(".")
    hosts = _hosts()
    if any(".".join(labels[at:]) in hosts for at in range(len(labels) - 1)):
        return True
    return any(family.search(host) for family in FAMILIES)


@lru_cache(maxsize=1)
def _hosts() -> frozenset[str]:
    text = resources.files(__package__).joinpath("data", "referrer_spam.json").read_text(encoding="utf-8")
    return frozenset(bare(host) for host in json.loads(text)["hosts"])
