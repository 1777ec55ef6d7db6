"""Referrers that are made up so that somebody looks at them in a report: known hosts, and families of names.

The hosts are ``data/referrer_spam.json`` (public domain, made by .ci/refresh_referrers.py) and what was seen since. A host
is only there while it lives, so families catch the next one: they are phrases that no company calls itself. A word alone
("casino", "pharmacy", "seo", "traffic") is never enough: honest sites have it, too.
"""

import json
import re
from functools import lru_cache
from importlib import resources

from .referrers import bare

#: Seen in logs, and on no list that we may use. Sub-domains included.
SEEN = frozenset(
    # Google Analytics, 2024: one sender with many names
    "grets.store seders.website rida.tokyo razas.site bartikus.site mantero.online dertus.site fertuk.site "
    # who sells visits of robots
    "trafficbot.life bot-traffic.icu xtraffic.plus traffic2cash.xyz traffic2cash.org trafficgenius.xyz "
    # letters that look like others: "lifehacker", "google"
    "xn--lifehacer-1rb.com xn--oogle-wmc.com "
    # others
    "hosting-tracker.com monetizationking.net ghostvisitor.com rankings-analytics.com website-analyzer.info "
    "site-auditor.online speedup-my.site sitevaluation.org responsive-test.net snip.to snip.tw net-profits.xyz "
    "justprofit.xyz eyes-on-you.ga abcdefh.xyz abcdeg.xyz increasewwwtraffic.info luckybull.io pops.foundation "
    "drugspowerstore.com sofit-dmd.ru blackwitchcraft.ru danceuniverse.ru avtoads.net "
    "xn--90adhhccf5aeewt7j.xn--p1ai".split()
)

#: Endings that cost nothing or next to nothing; a brand is at home on none of them.
_CHEAP = r"(?:ga|tk|ml|cf|gq|xyz|top|icu|online|site|website|space|fun|host|club|win|bid|date|pw|su|hol\.es|uni\.me)"
_DRUG = r"(?:viagra|cialis|levitra|kamagra|vardenafil|tadalafil|sildenafil|tramadol|xanax|phentermine|modafinil)"
_CASINO = r"(?:casinos?|cazinos?|kazino|kasyna)"
#: Brands of gambling that are found with other words before or behind them; their own sites are the bare name.
_GAMBLING = r"(?:1x-?bet|1x-?slots?|1win|mostbet|melbet|vavada|joycasino|azino-?777|superslotz?)"
#: Each is looked for in the whole host; hyphens and digits vary from one domain to the next.
FAMILIES: tuple[re.Pattern, ...] = tuple(
    re.compile(pattern)
    for pattern in (
        # one spammer, many endings
        r"(?:^|\.)(?:semalt\w*|darodar|ilovev?italy|priceg|hulfingtonpost|blackhatworth|cenoval|ranksonic|kambasoft|"
        r"savetubevideo|guardlink|theguardlan|o-o-\d+-o-o|humanorightswatch|darkseo|trafficmonetiz\w+|traffic2money|"
        r"webmonetizer|4webmasters|compliance-check|seocheckupx|sharebutton)\.[a-z]{2,6}$",
        # buttons for your website
        r"(?:^|[.-])(?:(?:free|get-your|simple|floating|best|top\d*|\d+)-)*(?:social|share|sharing)-?buttons?"
        r"(?:-(?:free|for-free|ii|\w{2}|\d+)|\d+)?\.[a-z]{2,6}$",
        r"(?:^|\.)(?:free-floating|website)-buttons\.|(?:^|\.)buttons?-for-(?:(?:your|free)-)?(?:web)?sites?",
        # traffic for nothing
        r"(?:^|[.-])(?:free|buy|cheap|targeted)-(?:\w+-){0,3}traffic|(?:website|webmaster)s?-traffic\.|"
        r"traffic-?(?:2|to|4|for)?-?cash\.|(?:^|[.-])social-(?:traffic-?\d+|widget\.xyz$)|mycheaptraffic",
        # visits of robots
        r"(?:^|[.-])(?:web-?sites?-?|free-?|seo-?)?(?:bot-?traffic|traffic-?bots?)(?:-?(?:4|for)?-?free|-?\d+)?\.",
        r"get-(?:more-)?free\w*-(?:visitors|traffic|clicks)",
        # search engine optimisation
        r"(?:^|\.)(?:\d+dollars?|success|anti-crisis|every-\w+|keyword-\w+)-seo\.[a-z]{2,6}$",
        r"(?:^|\.)(?:best|free|cheap|top\d+|ecommerce)-seo-(?:offers?|solutions?|reports?|software|services?|package)\.",
        r"(?:^|\.)\d{1,3}-(?:\d+|best-?|reasons-for-|\w+-for-)?seo\.|(?:^|\.)\d{1,3}-reasons-for-seo\.",
        r"(?:^|\.)(?:auto-?(?:\w{2,4}-)?seo-(?:service|traffic|tips)|resell-seo-services?|"
        r"seo-services-(?:b2b|wordpress)|seo-services?20\d\d|(?:e-)?commerce-seo\d*)\.",
        r"(?:^|[.-])rank-?checker\.online|track-rankings\.|keywords?-monitoring-|google-?liar|googlsucks|search-error\.",
        r"(?:^|[.-])(?:cheap|trusted|fast|buy)-(?:\w+-)?backlinks?|(?:^|\.)backlinks-(?:\w+-)*top\.",
        r"(?:^|\.)(?:websites?-reviews?|best-?websites?-?awards?|biglistofwebsites|fix-website-errors|makemoneyonline)\.|"
        r"(?:^|\.)(?:web)?site-(?:speed-check(?:er)?|analytics)\.(?:site|online)$",
        # threats and false authorities
        r"(?:copyrights?-?(?:claims?|institute)|law-(?:check|enforcement)(?:-\w+)*|law-(?:one|two|three|four|five|six)|"
        r"eu-?cookie-?law(?:-\w+)*|cookie-law-enforcement(?:-\w+)*|compliance-\w+(?:-\w+)*)\.(?:xyz|top)$",
        r"stop-?referr?[ae]l-?spam|(?:^|\.)event-tracking\.com$|videos?-for-your-business",
        # false log-in pages of Russian banks and offices
        r"(?:^|\.)kabinet-(?:online|login|card|karta|click|esia|ipoteka)-[\w-]+\.ru$",
        r"(?:^|\.)(?:kabinet|online|login|bonus)-(?:\w+-)?(?:sberbank|sbank|vtb\d*|tinkoff|alfabank|gosuslugi|binbank)\.ru$",
        # medicine without a prescription
        rf"(?:^|[.-])(?:buy|order|cheap|generic|discount|online|get|best)-?(?:online-?)?{_DRUG}(?:[.\d-]|online|shop|store)",
        rf"(?:^|[.-]){_DRUG}(?:-(?:online|shop|store|soft|generic|cheap|pills?|rx|price|buy)|\d+)[\w-]*\.",
        r"(?:^|\.)(?:buy|order|cheap|purchase)-?(?:cheap-?)?(?:pills|meds)-?(?:online|order|norx|no-?rx|24)[\w-]*\.",
        r"(?:^|\.)(?:pills|meds)-?(?:online)?-?24h?\.|(?:^|[.-])(?:buy|order)-cheap-(?:pills|meds|drugs)|"
        r"(?:^|[.-])(?:drugs-)?no-?rx\.(?:info|com|net|biz)$|(?:without|no)-(?:a-)?prescription\.",
        r"(?:^|\.)(?:drugs|pills|meds)-?(?:power|mega|super|cheap)-?(?:store|shop|market|mall)\.",
        r"(?:^|\.)(?:apteka-(?:doc|pharm)|pharm--shop)\.",
        # gambling
        rf"(?:^|[.-])[\w-]*{_CASINO}[\w-]*\.(?!fun\.)(?:ga|tk|ml|cf|gq|xyz|icu|site|website|space|fun|host|win|bid|su)$",
        rf"(?:^|[.-])(?:\w+-)*(?:x|v|gk|royal|online|bonus|top\d*|obzor|trex|vip|play|best|\d+)-?{_CASINO}[\w-]*\.(?:ru|online|top|club)$",
        rf"(?:^|[.-]){_CASINO}-?(?:x|v|top\d*|online|bonus|vip|vulkane?|\d+)(?:-\w+)*\.(?:ru|online|top|club)$",
        rf"(?:^|\.)(?:\w+-)?{_GAMBLING}(?:-\w+|\d+|cc|{_CASINO}\w*|\w*(?:entry|zerkalo|mirror|portugal|online)\w*)\.[a-z]{{2,8}}$",
        rf"(?:^|\.)(?:in|my|new|vhod|zerkalo|official|bonus|play)-{_GAMBLING}\.[a-z]{{2,8}}$",
        rf"(?:^|\.)(?:vulkan-?(?:vegas|russia|oficial|nadengi|{_CASINO})|pin-?up-?{_CASINO})[\w-]*\.",
        r"(?:^|\.)(?:azart|stavki|bukmeker)-?(?:club|zerkalo|online)\.(?:ru|org|su|xyz|top)$",
        # the dark net for everybody
        r"hydra-?(?:ruz|onion|zerkal|vhod|20[12]\d(?:gate|market|onion|zerkal|ru|zahod))|(?:^|[.-])onion-?\d*hydra|"
        r"(?:^|\.)(?:empire|hydra)-?market-?(?:link|url|onion)|(?:cc-?fullz|dumps-?cc|cards-?dumps|cvv-?dumps)",
        # flats and girls
        r"(?:^|\.)[a-z]+-apartments?\.(?:ru|ua|com\.ua|in\.ua|kiev\.ua|od\.ua)$|(?:^|[.-])escort-(?:russian?|moscow|kiev)\.",
        r"(?:^|[.-])(?:sex\w*|porno?|ero\w*|gays?|transs?ex|adult|devochki|intim|virtual-sex)-?(?:girl-)?video-?(?:chat|dating)",
        r"(?:^|[.-])prostitutki[.-]|(?:^|\.)porno-?[\w-]*\.(?:ru|su|club|online|site|xyz|top)$",
        r"(?:^|\.)(?:youporn|pornhub|rapidgator|xvideos)-(?:forum|ru|porn)\.",
        rf"(?:^|[.-])(?:porn|xxx|sexyteens|sexygirls|{_DRUG})(?:[-.\d]|hub|tube|teens|girls)[\w-]*\.{_CHEAP}$",
        # others by the dozen
        r"(?:^|\.)(?:how-?to-?)?(?:earn|make)-(?:easy-)?money-(?:online|fast|now|from-home)\.|7makemoney",
        r"(?:^|\.)get-?rich-?quick(?:ly)?\.|money-for-placing-articles",
        rf"(?:^|\.)(?:free|crypto|btc|bitcoin)-(?:(?:doubler|generator)\.[a-z]+|mining\.{_CHEAP})$",
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
    return SEEN | frozenset(bare(host) for host in json.loads(text)["hosts"])
