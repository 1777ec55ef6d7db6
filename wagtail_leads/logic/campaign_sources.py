"""What a campaign calls the place where its link stands (``utm_source``): names, short forms, and names of ads."""

import re
from functools import lru_cache

from .known_sites import DISPLAY, EMAIL, OTHER, SEARCH
from .referrers import as_text, bare, find, tables

#: Short forms and other spellings of known places.
ALIASES = {
    "fb": "facebook", "meta": "facebook", "messenger": "facebook", "ig": "instagram", "insta": "instagram",
    "x": "twitter", "tw": "twitter", "yt": "youtube", "li": "linkedin", "lnkd": "linkedin", "linked-in": "linkedin",
    "tt": "tiktok", "pin": "pinterest", "snap": "snapchat", "googleplus": "google+", "hatebu": "hatena",
    "vk": "vkontakte", "wa": "whatsapp", "tg": "telegram", "bsky": "bluesky", "rednote": "xiaohongshu",
    "producthunt": "product hunt", "linktree": "linktr.ee", "yahoo!": "yahoo", "yahoo! japan": "yahoo japan",
    "yahoojapan": "yahoo japan", "yahoojp": "yahoo japan", "yahoo jp": "yahoo japan", "yjp": "yahoo japan",
    "ヤフー": "yahoo japan", "グーグル": "google", "フェイスブック": "facebook", "インスタ": "instagram",
    "インスタグラム": "instagram", "ツイッター": "twitter", "ライン": "line", "ユーチューブ": "youtube",
    "はてな": "hatena", "はてブ": "hatena",
    "openai": "chatgpt", "bard": "gemini", "googlemybusiness": "google", "google my business": "google", "gmb": "google",
    "gbp": "google", "googlebusiness": "google", "google play": "google", "googlesearch": "google", "ddg": "duckduckgo",
    "auone": "au", "ycombinator": "hacker news", "hackernews": "hacker news", "hn": "hacker news", "hotmail": "outlook",
    "office365": "outlook", "igshopping": "google shopping", "googleshopping": "google shopping",
    "lineworks": "line works", "lineblog": "line blog", "msteams": "teams", "microsoft teams": "teams", "a8": "a8.net",
    "sendinblue": "brevo",
}  # fmt: skip
#: Words for ads and where they stand. Kind, and the place if it is a single one. All of them are advertisements.
AD_NAMES: dict[str, tuple[str, str]] = {
    "adwords": (SEARCH, "google"), "gads": (SEARCH, "google"),
    "yss": (SEARCH, "yahoo japan"), "ysa": (SEARCH, "yahoo japan"), "ysads": (SEARCH, "yahoo japan"),
    "スポンサードサーチ": (SEARCH, "yahoo japan"), "sponsoredsearch": (SEARCH, "yahoo japan"),
    "検索広告": (SEARCH, "search ads"), "リスティング": (SEARCH, "search ads"),
    "msads": (SEARCH, "bing"), "bingads": (SEARCH, "bing"), "adcenter": (SEARCH, "bing"),
    "gdn": (DISPLAY, "google display network"), "dv360": (DISPLAY, "google display network"),
    "ydn": (DISPLAY, "yahoo japan display"), "yda": (DISPLAY, "yahoo japan display"),
    "ydna": (DISPLAY, "yahoo japan display"), "ydaads": (DISPLAY, "yahoo japan display"),
    "msan": (DISPLAY, "microsoft audience network"),
    "ディスプレイ広告": (DISPLAY, "display ads"), "バナー広告": (DISPLAY, "display ads"),
}  # fmt: skip
#: Services that send mailings, by words that are no names of places ("hs_email" is HubSpot's).
MAILERS = frozenset(
    "sendgrid mailgun postmark sparkpost klaviyo marketo pardot activecampaign constantcontact campaignmonitor "
    "getresponse aweber omnisend drip customerio iterable braze mailerlite moosend convertkit beehiiv "
    "eloqua sfmc salesforcemc hs_email hs_automation hubspot_email cuenote blastmail blastengine haihaimail "
    "benchmarkemail wixshoutout satori synergymail".split()
)
#: Names of places that as a campaign's source more often mean something else ("stores": the shop in the street).
COMMON_WORDS = frozenset(
    "base stores mix pi signal eight free inbox orange karma holmes witch you crawler charter yep wish noon otto kit "
    "front hey exa merlin nova globe andi koo moj kick loom element lark komo sider monica venice minds tagged impact "
    "liner atlas neti eo torry opera petal janet luna quark".split()
)
#: Search engines of Google's list of sources that have no address in ours.
MORE_ENGINES = frozenset(
    "alice avg babylon cnn comcast conduit eniro globo incredimail najdi search-results terra virgilio".split()
)

#: Says by itself that it is an advertisement.
_AD_WORDS = frozenset(
    "ad ads adv advert adverts advertising advertisement 広告 有料広告 paid cpc ppc cpm sem sea sponsored promoted retargeting "
    "remarketing rtg rmkt lookalike rlsa dsa lap vda".split()
)
_DISPLAY_WORDS = frozenset("display banner gdn ydn yda dsp native infeed ディスプレイ バナー".split())
#: What stands beside a place's name, and says where on it or what for.
_PLACEMENTS = frozenset(
    "story stories reel reels feed feeds timeline post posts page pages group groups profile bio dm message messages "
    "messenger inbox explore marketplace instream in stream column right video videos short shorts live channel "
    "description comment comments event events company official account app apps mobile desktop pc sp web site www com "
    "social sns organic search listing brand branded nonbrand generic keyword kw lead leads leadgen leadads form forms "
    "pmax performance max discovery discover demand gen demandgen shopping business local maps map network audience "
    "campaign promo promotion traffic conversion awareness test uk us jp en ja de fr eu apac japan tokyo osaka "
    "ストーリー ストーリーズ リール 投稿 公式 プロフィール 検索 動画".split()
)
_BETWEEN = re.compile(r"[\s._\-/+|&:,~()\[\]・／＿－　]+")
#: "Yahoo!検索広告": Japanese has no spaces.
_JAPANESE_WORD = re.compile("(広告|検索|ディスプレイ|バナー|動画|ストーリーズ|リール|投稿|公式)")
#: "fbads", "googlead", "LINE広告": without anything between.
_GLUED = re.compile(r"^(?P<place>.{2,}?)(?:ads?|advert(?:s|ising|isement)?|adwords|広告)$")
_MAIL_WORDS = frozenset(
    "email emails newsletter newsletters mailmagazine mailmag melmaga mailing mailings edm merumaga メルマガ メール "
    "メールマガジン ニュースレター ステップメール".split()
)
_E_MAIL = re.compile(r"\be[-_ ]mail(?=s?\b|_)")
#: "direct_mail" is on paper, "mail order" is a shop.
_NO_ELECTRONIC_MAIL = frozenset("direct dm post postal order snail paper".split())


def kind_of_source(source: str) -> tuple[str, str]:
    """(kind, name) of a utm_source: a name ("google"), an alias ("fb"), a host ("chatgpt.com") or a name with words
    that say more ("ig_story", "yahoo_ydn", "Google Ads"); OTHER if unknown.
    """
    return _read(as_text(source).strip().lower()[:200])[:2]


def is_advertising(source: str) -> bool:
    """Does a utm_source say by itself that it is an advertisement of a known place ("google-ads", "fb_ad", "yss")?"""
    return _read(as_text(source).strip().lower()[:200])[2]


def speaks_of_mail(text: str) -> bool:
    """ "newsletter-uk", "email_campaign", "e-mail", "mail_202607": a word for mailings is among the words."""
    return _speaks_of_mail(text.lower()[:200])


@lru_cache(maxsize=2048)
def _speaks_of_mail(text: str) -> bool:
    words = {word.rstrip("0123456789") or word for word in _BETWEEN.split(_E_MAIL.sub("email", text))}
    if not _MAIL_WORDS.isdisjoint(words):
        return True
    return "mail" in words and _NO_ELECTRONIC_MAIL.isdisjoint(words)


@lru_cache(maxsize=2048)
def _read(word: str) -> tuple[str, str, bool]:
    """(kind, name, is an advertisement)."""
    if word in AD_NAMES:
        return (*AD_NAMES[word], True)
    if found := _place(word):
        return (*found, False)
    glued = _GLUED.match(word)
    return _in_words(word) or (glued and _of_glued(glued["place"].rstrip(" ._-"))) or (OTHER, word, False)


def _of_glued(place: str) -> tuple[str, str, bool] | None:
    found = AD_NAMES.get(place) or _place(place)
    return (*found, True) if found else None


def _in_words(word: str) -> tuple[str, str, bool] | None:
    """ "yahoo japan display ads": each word is a place, an ad or a placement, and one at least is a place or an ad."""
    words = [part for part in _BETWEEN.split(_JAPANESE_WORD.sub(r" \1 ", word)) if part][:8]
    found: tuple[str, str] | None = None
    advertised = display = False
    while words:
        taken, known = _longest_place(words)
        first = words[0]
        if known is None and first not in _AD_WORDS | _DISPLAY_WORDS | _PLACEMENTS:
            return None
        advertised |= first in _AD_WORDS or first in AD_NAMES
        display |= first in _DISPLAY_WORDS
        found = _stronger(found, known)
        words = words[taken:]
    if found is None:
        return None
    kind, name = found
    return (DISPLAY if display and kind == SEARCH else kind), name, advertised


def _longest_place(words: list[str]) -> tuple[int, tuple[str, str] | None]:
    """How many of the first words are one place ("yahoo japan", "product hunt"), and which; (1, None) if none is."""
    for count in (3, 2, 1):
        joined = " ".join(words[:count])
        if len(words) >= count and (known := _ad_place(joined, words) or _named(joined)):
            return count, known
    return 1, None


def _ad_place(word: str, words: list[str]) -> tuple[str, str] | None:
    if word == "microsoft" and any(other in _AD_WORDS for other in words):
        return SEARCH, "bing"
    return AD_NAMES.get(word)


def _stronger(found: tuple[str, str] | None, known: tuple[str, str] | None) -> tuple[str, str] | None:
    """The first place counts; the name of an ad says more than the place it stands at ("yahoo_ydn")."""
    if known and (found is None or known in AD_NAMES.values()):
        return known
    return found


def _place(word: str) -> tuple[str, str] | None:
    if found := _named(word):
        return found
    found = find(bare(word)) if "." in word and " " not in word else None
    return found[:2] if found else None


def _named(word: str) -> tuple[str, str] | None:
    if word in MAILERS:
        return EMAIL, word
    spaced = word.replace("_", " ").replace("-", " ")
    names = tables().names
    name = ALIASES.get(word) or ALIASES.get(spaced) or (word if word in names else spaced)
    if name in names and name not in COMMON_WORDS:
        return names[name], name
    return (SEARCH, word) if word in MORE_ENGINES else None
