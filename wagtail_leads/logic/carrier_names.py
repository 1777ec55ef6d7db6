"""Is this the name of somebody who runs a network for others, or of one of their customers?

"Asahi Net" is a provider, "Asahi Breweries" is not; "Hitachi Cable" makes cables. So words weigh: some say "carrier" by
themselves, some only in company, a brand only when nothing of its own follows; and the large Japanese providers are known.
"""

import re
import unicodedata

from wagtail_leads.logic.known_networks import JAPANESE_PROVIDERS

#: By itself a carrier's word.
_CARRIERS_WORD = re.compile(
    r"\b(?:internet|telecom\w*|telekom\w*|telefonica|tele\s?com|telephone|telco|broadband|isp|a?dsl|ftth|catv|wisp|"
    r"cable ?(?:vision|com|tv|television|net(?:work)?s?)|backbone|worldnet|hosting|vpn|data ?cent(?:er|re)|colo(?:cation)?|"
    r"satellite|dial-?up|dhcp|pppoe?|online services|network (?:services?|operations?))\b|"
    r"ケーブル(?:テレビ|ネット|ビジョン|メディア)|catv|テレコム|ブロードバンド|電信電話|有線(?:テレビ|放送)|通信(?:網|ネットワーク)",
    re.I,
)
#: Carriers have it in their names, and makers, agencies and shops too.
_A_WORD_OF_CARRIERS = re.compile(
    r"\b(?:communications?|comunicaciones|wireless|mobile|cellular|cable|fib(?:er|re)(?:net)?|host|cloud|"
    r"networks?|net|bb|carrier|servers?|dynamic|residential|customers?|pool|nat|infrastructure|online)\b",
    re.I,
)
#: Carriers by name. What follows may be a business of its own ("Telstra Health").
_BRAND = re.compile(
    r"\b(?:ntt|kddi|softbank|docomo|ocn|biglobe|so-net|iij|optage|arteria|nifty|plala|jcom|verizon|comcast|at&t|vodafone|"
    r"t-mobile|telstra|orange|centurylink|qwest|level 3|cogent|starlink|amazon|aws|azure|google|akamai|cloudflare)\b",
    re.I,
)
#: Says nothing on whose name it is.
_NEUTRAL = frozenset(
    """
    the and of for de a services service business enterprise enterprises solutions systems system technologies technology
    international global national world japan nippon nihon asia pacific europe america usa us uk inc. office division branch
    east west north south central higashi nishi com corporate tokyo osaka nagoya yokohama kyoto kobe fukuoka sapporo sendai
    hiroshima kansai kanto kyushu hokkaido tohoku chubu chugoku shikoku okinawa d b 3 4 ip llc
    """.split()
)
_LEGAL_FORM = re.compile(
    r"\b(?:inc|incorporated|corp|corporation|co|company|ltd|limited|llc|llp|plc|gmbh|ag|sa|s\.a|srl|bv|b\.v|nv|pty|ab|as|"
    r"oy|kk|k\.k|holdings?|group|public)\b\.?|株式会社|有限会社|合同会社",
    re.I,
)
_FIRST_TOKENS_THAT_SAY_NOTHING = frozenset("the first american national united new city university st san".split())
#: Words of carriers that mean nothing without another one.
_MEANS_NOTHING_ALONE = re.compile(r"\b(?:network|net|online|bb)\b", re.I)


def tokens(name: str) -> list[str]:
    """Words without legal forms, in lower case: "AT&T Services, Inc." is at&t, services."""
    return re.findall(r"[\w&]+", _LEGAL_FORM.sub(" ", unicodedata.normalize("NFKC", name).lower()))


def plain(name: str) -> str:
    """Letters and digits only, without legal forms: "So-net Corporation" is sonet."""
    return "".join(tokens(name)).replace("_", "").replace("&", "and")


def is_a_known_provider(name: str) -> bool:
    """One of Japan's access providers, or several names of one ("OCN NTT Communications"); a region may follow."""
    return _are_providers(tokens(name)[:10], begun=False)


def _are_providers(words: list[str], *, begun: bool) -> bool:
    if not words:
        return begun
    if begun and words[0] in _NEUTRAL and _are_providers(words[1:], begun=True):
        return True
    heads = (n for n in range(min(len(words), 5), 0, -1) if plain(" ".join(words[:n])) in JAPANESE_PROVIDERS)
    return any(_are_providers(words[n:], begun=True) for n in heads)


def sounds_like_a_carrier(name: str) -> bool:
    """One word is enough: for when nothing else is known of the name."""
    words = _MEANS_NOTHING_ALONE.sub(" ", name)
    return is_a_known_provider(name) or any(
        pattern.search(text) for pattern, text in ((_CARRIERS_WORD, name), (_A_WORD_OF_CARRIERS, words), (_BRAND, name))
    )


def is_a_carrier(name: str) -> bool:
    """The words weighed against what else is in the name: for when something else speaks for a company."""
    if is_a_known_provider(name):
        return True
    certain = len(_CARRIERS_WORD.findall(name))
    own = own_words(name)
    if not own:
        return bool(certain or _A_WORD_OF_CARRIERS.search(name) or _BRAND.search(name))
    maybe = len(_A_WORD_OF_CARRIERS.findall(_CARRIERS_WORD.sub(" ", name)))
    return certain + maybe >= 2 or (certain == 1 and len(own) == 1)


def own_words(name: str) -> list[str]:
    """What is left of a name without a carrier's words, brands, regions and legal forms."""
    text = unicodedata.normalize("NFKC", name)
    for pattern in (_BRAND, _CARRIERS_WORD, _A_WORD_OF_CARRIERS):
        text = pattern.sub(" ", text)
    return [word for word in tokens(text) if word not in _NEUTRAL]


def is_same_name(one: str, other: str) -> bool:
    """Without legal forms they are equal, or share the first word (AT&T Services, AT&T Worldnet Services)."""
    first, second = tokens(one), tokens(other)
    if not first or not second or first == second:
        return True
    return first[0] == second[0] and first[0] not in _FIRST_TOKENS_THAT_SAY_NOTHING


def is_same_carrier(name: str, carrier: str) -> bool:
    """Equal, or the same beginning with nothing of its own after it: not "Asahi Breweries" on "Asahi Net"."""
    first, second = tokens(name), tokens(carrier)
    if not first or not second or first == second or plain(name) == plain(carrier):
        return True
    if first[0] != second[0] or first[0] in _FIRST_TOKENS_THAT_SAY_NOTHING:
        return False
    return len(second) > 1 and first[: len(second)] == second or not own_words(" ".join(first[1:]))
