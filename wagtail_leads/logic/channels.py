"""How did a visit come? Google Analytics' default channels.

Rules and their order: https://support.google.com/analytics/answer/9756891 (manual traffic; "AI Assistant" since May
2026). What we add is marked "own": kinds of source that Google's list lacks, and what an ad's click id proves.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from . import campaign_sources, referrers
from .addresses import registrable_domain
from .kinds import Kind
from .known_sites import AFFILIATE, AI, DISPLAY, EMAIL, NONE, OTHER, SEARCH, SHOPPING, SOCIAL, VIDEO
from .referrers import URL_LENGTH, Referrer


class Channel(Kind):
    DIRECT = "direct"  #: No referrer and no campaign.
    ORGANIC_SEARCH = "organic_search"
    PAID_SEARCH = "paid_search"
    ORGANIC_SHOPPING = "organic_shopping"
    PAID_SHOPPING = "paid_shopping"
    ORGANIC_SOCIAL = "organic_social"
    PAID_SOCIAL = "paid_social"
    ORGANIC_VIDEO = "organic_video"
    PAID_VIDEO = "paid_video"
    DISPLAY = "display"
    EMAIL = "email"
    AFFILIATES = "affiliates"
    REFERRAL = "referral"  #: A link on some other site; also a campaign that no rule knows.
    AI_ASSISTANT = "ai_assistant"
    AUDIO = "audio"
    SMS = "sms"
    PUSH = "push"
    CROSS_NETWORK = "cross_network"
    PAID_OTHER = "paid_other"
    INTERNAL = "internal"  #: From a page of our own: no new touch.


@dataclass(frozen=True, kw_only=True, slots=True)
class Touch:
    """How a visit came. All text; empty is none. Lengths fit the columns (LENGTHS)."""

    channel: str
    #: utm_source, or the referrer's name ("google"), or its host.
    source: str = ""
    #: utm_medium, or what GA would say: organic, cpc, social, video, email, ai, referral.
    medium: str = ""
    campaign: str = ""
    term: str = ""
    content: str = ""
    #: Name and value of the ad's click id ("gclid=Cj0..."): what offline conversions are reported with.
    click_id: str = ""
    referrer_host: str = ""
    keyword: str = ""


LENGTHS = {
    "channel": 20, "source": 100, "medium": 100, "campaign": 100, "term": 100, "content": 100, "click_id": 200,
    "referrer_host": 253, "keyword": 100,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class ClickId:
    parameter: str
    #: Who adds it.
    source: str
    #: What it proves when no utm_medium is there; empty proves nothing (fbclid is on organic links too).
    medium: str
    kind: str


CLICK_IDS: tuple[ClickId, ...] = tuple(
    ClickId(parameter=parameter, source=source, medium=medium, kind=kind)
    for parameter, source, medium, kind in (
        ("gclid", "google", "cpc", SEARCH),
        ("gbraid", "google", "cpc", SEARCH),
        ("wbraid", "google", "cpc", SEARCH),
        ("gad_source", "google", "cpc", SEARCH),  # also where the browser took the id away
        ("dclid", "google", "display", DISPLAY),
        ("msclkid", "bing", "cpc", SEARCH),
        ("yclid", "yahoo japan", "cpc", SEARCH),  # Yandex uses the same name: the referrer tells them apart
        ("ttclid", "tiktok", "cpc", SOCIAL),
        ("twclid", "twitter", "cpc", SOCIAL),
        ("li_fat_id", "linkedin", "cpc", SOCIAL),
        ("ldtag_cl", "line", "cpc", SOCIAL),
        ("sccid", "snapchat", "cpc", SOCIAL),
        ("rdt_cid", "reddit", "cpc", SOCIAL),
        ("qclid", "quora", "cpc", SOCIAL),
        ("epik", "pinterest", "cpc", SOCIAL),
        ("tblci", "taboola", "display", DISPLAY),
        ("dicbo", "outbrain", "display", DISPLAY),
        ("a8", "a8.net", "affiliate", OTHER),
        ("irclickid", "impact", "affiliate", OTHER),
        ("awc", "awin", "affiliate", OTHER),
        ("cjevent", "cj", "affiliate", OTHER),
        ("fbclid", "facebook", "", SOCIAL),
        ("igshid", "instagram", "", SOCIAL),
        ("igsh", "instagram", "", SOCIAL),
        ("srsltid", "google", "", SEARCH),
        ("ysclid", "yandex", "", SEARCH),
        ("mc_cid", "mailchimp", "email", EMAIL),
        ("mc_eid", "mailchimp", "email", EMAIL),
        ("_hsenc", "hubspot", "email", EMAIL),
        ("mkt_tok", "marketo", "email", EMAIL),
        ("_kx", "klaviyo", "email", EMAIL),
        ("vero_id", "vero", "email", EMAIL),
        ("ml_subscriber", "mailerlite", "email", EMAIL),
        ("ck_subscriber_id", "kit", "email", EMAIL),
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """All that the rules look at, in lower case."""

    source: str
    medium: str
    campaign: str
    #: Of the source: search, social, video, email, ai, display, affiliate, shopping, other, none.
    kind: str
    tagged: bool = False
    has_referrer: bool = False
    internal: bool = False
    #: A search engine's ad was clicked, or the source says itself that it is an ad ("google-ads").
    advertised: bool = False


def classify(*, url: object, referrer: object, own_hosts: frozenset[str]) -> Touch:
    """The touch of a visit that began at ``url`` (with or without scheme and host). Never raises.

    ``own_hosts`` are the site's host names; they, their sub-domains and the host of ``url`` are internal.
    """
    here, parameters = _read_url(url)
    came_from = referrers.read(referrer)
    own = {referrers.bare(host) for host in own_hosts} | ({here} if here else set())
    internal = is_own(came_from.host, own)
    if internal:
        came_from = Referrer()  # our own page is no source; a campaign on an own link still counts
    click = next((click for click in CLICK_IDS if parameters.get(click.parameter)), None)
    return _capped(_touch(parameters, click, came_from, internal))


def is_own(host: str, own: Collection[str]) -> bool:
    """One of our hosts, below one, or beside one on the same registrable domain (blog.example.co.jp and
    www.example.co.jp); not another customer of a shared suffix (other.github.io, other.co.jp).
    """
    if not host:
        return False
    domain = _domain(host)
    return any(host == mine or (domain and domain == _domain(mine)) or _is_below(host, mine) for mine in own if mine)


def _is_below(host: str, mine: str) -> bool:
    """For hosts without a registrable domain ("intranet"): sub-domains are ours, too."""
    return host.endswith("." + mine) and "." not in mine


@lru_cache(maxsize=4096)
def _domain(host: str) -> str:
    return registrable_domain(host)


def _touch(parameters: dict[str, str], click: ClickId | None, came_from: Referrer, internal: bool) -> dict[str, str]:
    source, medium, kind = _source_and_medium(parameters, click, came_from)
    campaign = parameters.get("utm_campaign") or parameters.get("utm_id") or ""
    evidence = Evidence(
        source=source.lower(),
        medium=medium.lower(),
        campaign=campaign.lower(),
        kind=kind,
        tagged=bool(click) or _is_tagged(parameters),
        has_referrer=bool(came_from.host),
        internal=internal,
        advertised=_is_search_ad(click, source, kind) or campaign_sources.is_advertising(source),
    )
    return {
        "channel": next(channel for channel, applies in CHANNEL_RULES if applies(evidence)).value,
        "source": source,
        "medium": medium,
        "campaign": campaign,
        "term": parameters.get("utm_term", ""),
        "content": parameters.get("utm_content", ""),
        "click_id": f"{click.parameter}={parameters[click.parameter]}" if click else "",
        "referrer_host": came_from.host,
        "keyword": came_from.keyword or parameters.get("utm_term", ""),
    }


_MEDIUM_OF_KIND = {
    SEARCH: "organic", SOCIAL: "social", VIDEO: "video", EMAIL: "email", AI: "ai", DISPLAY: "display",
    AFFILIATE: "affiliate",
}  # fmt: skip


def _source_and_medium(parameters: dict[str, str], click: ClickId | None, came_from: Referrer) -> tuple[str, str, str]:
    """(source, medium, kind): what the link says, else what its click id proves, else the referrer."""
    source, medium = parameters.get("utm_source", ""), parameters.get("utm_medium", "")
    if source:
        medium = medium or (click.medium if click else "")
        kind, _name = campaign_sources.kind_of_source(source)
        if kind == OTHER and click:
            kind = click.kind
        elif kind == OTHER and (not medium or _PAID.match(medium.lower())) and came_from.kind != NONE:
            kind = came_from.kind  # own: a name that nobody knows, on a link that stood at a place everybody knows
        return source, medium, kind
    if click and not _was_passed_on(click, came_from):
        known = came_from if _says_more(came_from, click) else None
        kind = known.kind if known else click.kind
        fallback = click.medium or _MEDIUM_OF_KIND.get(kind, "")
        return known.name if known else click.source, medium or fallback, kind
    if came_from.kind == NONE:
        return "", medium, NONE
    return came_from.name, medium or _MEDIUM_OF_KIND.get(came_from.kind, "referral"), came_from.kind


#: Which referrers say more than a click id: "yclid" from Yandex, Google's ad on YouTube or on a partner's search,
#: Facebook's id on Instagram.
_KNOWS_BETTER = {SEARCH: (SEARCH, VIDEO), SOCIAL: (SOCIAL, VIDEO)}
#: Engines that never show the ads of the other: an id of Google's on a page of DuckDuckGo's is still Google's ad.
_RIVALS = {
    "google": frozenset("bing msn duckduckgo yahoo qwant brave kagi yandex baidu naver startsiden".split()),
    "bing": frozenset(("google", "yahoo japan", "yandex", "baidu", "naver", "goo", "biglobe", "nifty", "docomo", "au")),
    "yahoo japan": frozenset(("google", "bing", "msn", "duckduckgo", "yahoo", "baidu", "naver")),
}


def _says_more(came_from: Referrer, click: ClickId) -> bool:
    return came_from.kind in _KNOWS_BETTER.get(click.kind, ()) and came_from.name not in _RIVALS.get(click.source, ())


def _was_passed_on(click: ClickId, came_from: Referrer) -> bool:
    """A search ad's id on a link in a social network, a mail or an assistant's answer: somebody copied the address."""
    return click.kind == SEARCH and came_from.kind in (SOCIAL, EMAIL, AI)


def _is_search_ad(click: ClickId | None, source: str, kind: str) -> bool:
    """The id of an ad on Google or Bing outweighs what the tags say, as in Google Analytics."""
    return click is not None and click.kind == kind == SEARCH and click.medium == "cpc" and bool(source)


# --- The rules ------------------------------------------------------------------------------------------------------

_PAID = re.compile(r"^(.*cp.*|ppc|retargeting|paid.*)$")
#: A campaign of a shop; not a "workshop" and no "bishop".
_SHOP_CAMPAIGN = re.compile(r"^(.*(([^a-df-z]|^)shop|shopping).*)$")
_DISPLAY_MEDIA = ("display", "banner", "expandable", "interstitial", "cpm")
_SOCIAL_MEDIA = ("social", "social-network", "social-media", "sm", "social network", "social media")
#: Own: other spellings that are seen in tags.
_OWN_SOCIAL_MEDIA = ("sns", "social_media", "social_network", "socialmedia")
_EMAIL_WORDS = ("email", "e-mail", "e_mail", "e mail")
#: Own: how Japanese newsletters and mailings are tagged.
_OWN_EMAIL_WORDS = ("mail", "newsletter", "mailmagazine", "mail_magazine", "mailmag", "melmaga", "メルマガ", "メール")


def is_paid(e: Evidence) -> bool:
    """The medium says so; own: an ad's click id or the source does, and no medium says something else."""
    if _PAID.match(e.medium):
        return True
    return e.advertised and e.medium not in _DISPLAY_MEDIA and not _names_another_channel(e.medium)


def is_marked_direct(e: Evidence) -> bool:
    return e.source in ("(direct)", "direct") and e.medium in ("", "(none)", "(not set)", "none")


def is_cross_network(e: Evidence) -> bool:
    return "cross-network" in e.campaign


def _is_of_a_shop(e: Evidence) -> bool:
    return e.kind == SHOPPING or bool(_SHOP_CAMPAIGN.match(e.campaign))


def is_paid_shopping(e: Evidence) -> bool:
    return _is_of_a_shop(e) and is_paid(e)


def is_paid_search(e: Evidence) -> bool:
    return e.kind == SEARCH and is_paid(e)


def is_paid_social(e: Evidence) -> bool:
    return e.kind == SOCIAL and is_paid(e)


def is_paid_video(e: Evidence) -> bool:
    return e.kind == VIDEO and is_paid(e)


def is_display(e: Evidence) -> bool:
    """GA's list of media; own: an ad server as referrer."""
    return e.medium in _DISPLAY_MEDIA or (e.kind == DISPLAY and not e.medium)


def is_organic_shopping(e: Evidence) -> bool:
    return _is_of_a_shop(e)


def is_organic_social(e: Evidence) -> bool:
    """Own: not a mail or a message that says so ("line", "sms")."""
    if e.kind == SOCIAL:
        return not _names_another_channel(e.medium)
    return e.medium in _SOCIAL_MEDIA or e.medium in _OWN_SOCIAL_MEDIA


def is_organic_video(e: Evidence) -> bool:
    return e.kind == VIDEO or "video" in e.medium


def is_ai_assistant(e: Evidence) -> bool:
    """GA: medium "ai-assistant", which it gives to known assistants. ChatGPT tags its links utm_source=chatgpt.com."""
    return e.kind == AI or e.medium in ("ai-assistant", "ai_assistant", "ai", "llm")


def is_organic_search(e: Evidence) -> bool:
    """Own: a mail that names a search engine as its source is a mail."""
    return e.medium == "organic" or (e.kind == SEARCH and not _names_another_channel(e.medium))


def is_email(e: Evidence) -> bool:
    """GA: source or medium is a word for mail. Own: one of its words is ("newsletter-uk", "email_campaign")."""
    words = _EMAIL_WORDS + _OWN_EMAIL_WORDS
    if e.kind == EMAIL or e.source in words or e.medium in words or campaign_sources.speaks_of_mail(e.medium):
        return True
    return campaign_sources.speaks_of_mail(e.source) and not _is_a_later_channel(e)


def _is_a_later_channel(e: Evidence) -> bool:
    return any(applies(e) for applies in (is_affiliate, is_referral, is_audio, is_sms, is_push))


def is_affiliate(e: Evidence) -> bool:
    """Own: a network of affiliates as the source that names no medium."""
    return e.medium in ("affiliate", "affiliates") or (e.kind == AFFILIATE and not e.medium)


def is_referral(e: Evidence) -> bool:
    return e.medium in ("referral", "app", "link")


def is_audio(e: Evidence) -> bool:
    return e.medium == "audio"


def is_sms(e: Evidence) -> bool:
    return e.source == "sms" or e.medium == "sms"


def is_push(e: Evidence) -> bool:
    return e.medium.endswith("push") or "mobile" in e.medium or "notification" in e.medium or e.source == "firebase"


def is_some_link(e: Evidence) -> bool:
    """Own: whatever else has a referrer or a tag (GA says "unassigned")."""
    return e.has_referrer or e.tagged


def is_internal(e: Evidence) -> bool:
    return e.internal and not e.tagged


def is_direct(e: Evidence) -> bool:
    return True


def _names_another_channel(medium: str) -> bool:
    e = Evidence(source="", medium=medium, campaign="", kind=NONE)
    return any(applies(e) for applies in (is_email, is_affiliate, is_audio, is_sms, is_push))


CHANNEL_RULES: tuple[tuple[Channel, Callable[[Evidence], bool]], ...] = (
    (Channel.INTERNAL, is_internal),
    (Channel.DIRECT, is_marked_direct),
    (Channel.CROSS_NETWORK, is_cross_network),
    (Channel.PAID_SHOPPING, is_paid_shopping),
    (Channel.PAID_SEARCH, is_paid_search),
    (Channel.PAID_SOCIAL, is_paid_social),
    (Channel.PAID_VIDEO, is_paid_video),
    (Channel.DISPLAY, is_display),
    (Channel.PAID_OTHER, is_paid),
    (Channel.ORGANIC_SHOPPING, is_organic_shopping),
    (Channel.ORGANIC_SOCIAL, is_organic_social),
    (Channel.ORGANIC_VIDEO, is_organic_video),
    (Channel.AI_ASSISTANT, is_ai_assistant),
    (Channel.ORGANIC_SEARCH, is_organic_search),
    (Channel.EMAIL, is_email),
    (Channel.AFFILIATES, is_affiliate),
    (Channel.REFERRAL, is_referral),
    (Channel.AUDIO, is_audio),
    (Channel.SMS, is_sms),
    (Channel.PUSH, is_push),
    (Channel.REFERRAL, is_some_link),
    (Channel.DIRECT, is_direct),
)

# --- Reading the address --------------------------------------------------------------------------------------------

_TAGS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id")
#: Matomo's names for the same tags.
_SAME_AS = {
    "mtm_source": "utm_source", "mtm_medium": "utm_medium", "mtm_campaign": "utm_campaign", "mtm_kwd": "utm_term",
    "mtm_keyword": "utm_term", "mtm_content": "utm_content", "mtm_cid": "utm_id", "pk_source": "utm_source",
    "pk_medium": "utm_medium", "pk_campaign": "utm_campaign", "pk_kwd": "utm_term", "pk_content": "utm_content",
    "pk_cid": "utm_id",
}  # fmt: skip
#: A mail's "&amp;utm_medium=" that nobody took for what it is: the name begins with the rest of the ampersand.
_ESCAPED_AMPERSAND = re.compile(r"^(?:amp;|#0*38;)+")


def _read_url(url: object) -> tuple[str, dict[str, str]]:
    """(own host, parameters): names in lower case, the first value of each, texts capped."""
    text = referrers.as_text(url)[:URL_LENGTH]
    host = referrers.split(text)[0]
    try:
        query = urlsplit(text).query
        pairs = parse_qsl(query, errors="replace", max_num_fields=100)
    except ValueError:
        return host, {}
    parameters: dict[str, str] = {}
    for name, value in pairs:
        name = _ESCAPED_AMPERSAND.sub("", name.lower())
        value = " ".join(referrers.as_text(value).split())[:200]
        if value:
            parameters.setdefault(_SAME_AS.get(name, name), value)
    return host, parameters


def _is_tagged(parameters: dict[str, str]) -> bool:
    return any(parameters.get(tag) for tag in _TAGS)


def _capped(texts: dict[str, str]) -> Touch:
    return Touch(**{name: text[: LENGTHS[name]] for name, text in texts.items()})
