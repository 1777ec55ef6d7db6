"""Where did the visitor stand before? A referrer's address, told apart by kind and name.

The public part of the lists is ``data/referrers.json`` (matomo's searchengine-and-social-list, CC0); below stands
what it lacks: webmail, video, apps and the Japanese services.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from urllib.parse import parse_qsl, urlsplit

#: Longer addresses are cut: nothing behind this is looked at.
URL_LENGTH = 2000

SEARCH, SOCIAL, VIDEO, EMAIL, AI, DISPLAY, OTHER, NONE = "search social video email ai display other none".split()


@dataclass(frozen=True, kw_only=True, slots=True)
class Referrer:
    #: ``search``, ``social``, ``video``, ``email``, ``ai``, ``display``, ``other`` (some page) or ``none``.
    kind: str = NONE
    #: Lower case and without variants ("google", "yahoo japan"); of an ``other`` the host.
    name: str = ""
    #: Lower case, ASCII, without ``www.``; of an app its package name.
    host: str = ""
    #: What was searched for, where the engine still tells.
    keyword: str = ""


#: Sites and apps that the public list lacks or counts elsewhere. Each name covers its sub-domains.
OWN_SITES: dict[str, dict[str, str]] = {
    EMAIL: {
        "gmail": "mail.google.com com.google.android.gm",
        "outlook": "outlook.live.com outlook.office.com outlook.office365.com mail.live.com hotmail.com "
        "outlook.cloud.microsoft com.microsoft.office.outlook",
        "yahoo japan mail": "mail.yahoo.co.jp jp.co.yahoo.android.ymail",
        "yahoo mail": "mail.yahoo.com mail.yahoo.net com.yahoo.mobile.client.android.mail",
        "icloud mail": "mail.icloud.com icloud.com/mail",
        "aol mail": "mail.aol.com",
        "docomo mail": "mail.smt.docomo.ne.jp",
        "au mail": "mail.auone.jp",
        "ocn mail": "mail.ocn.ne.jp ocn.ne.jp/mail",
        "nifty mail": "mail.nifty.com",
        "biglobe mail": "webmail.biglobe.ne.jp",
        "so-net mail": "webmail.so-net.ne.jp",
        "plala mail": "mail.plala.or.jp",
        "sakura mail": "secure.sakura.ad.jp/rscontrol/main/webmail",
        "cybozu": "cybozu.com/o cybozu.com/m",
        "zoho mail": "mail.zoho.com mail.zoho.jp",
        "proton mail": "mail.proton.me mail.protonmail.com",
        "fastmail": "app.fastmail.com",
        "gmx": "navigator.gmx.net deref-gmx.net deref-gmx.com",
        "web.de": "deref-web-02.de deref-web.de",
        "orange mail": "messagerie.orange.fr",
    },
    VIDEO: {
        "youtube": "youtube.com youtu.be youtube-nocookie.com com.google.android.youtube",
        "vimeo": "vimeo.com",
        "dailymotion": "dailymotion.com",
        "twitch": "twitch.tv",
        "niconico": "nicovideo.jp nico.ms",
        "bilibili": "bilibili.com",
        "youku": "youku.com",
        "iqiyi": "iqiyi.com",
        "twitcasting": "twitcasting.tv",
        "openrec": "openrec.tv",
        "abema": "abema.tv",
        "tver": "tver.jp",
        "ted": "ted.com",
        "wistia": "wistia.com wistia.net",
        "netflix": "netflix.com",
        "hulu": "hulu.com hulu.jp",
    },
    AI: {
        "chatgpt": "chat.com com.openai.chatgpt openai.com",
        "claude": "com.anthropic.claude",
        "gemini": "aistudio.google.com com.google.android.apps.bard",
        "copilot": "copilot.cloud.microsoft m365.cloud.microsoft copilot.com com.microsoft.copilot bing.com/chat "
        "edgeservices.bing.com",
        "perplexity": "ai.perplexity.app.android pplx.ai",
        "grok": "x.ai",
        "deepseek": "deepseek.com",
        "mistral": "mistral.ai",
        "felo": "felo.ai",
        "genspark": "genspark.ai",
        "phind": "phind.com",
        "poe": "poe.com",
        "character.ai": "character.ai",
        "kimi": "kimi.com kimi.moonshot.cn",
        "doubao": "doubao.com",
        "liner": "liner.com",
    },
    SOCIAL: {
        "facebook": "facebook.com fb.com fb.me m.me messenger.com com.facebook.katana com.facebook.lite "
        "com.facebook.orca",
        "instagram": "instagram.com com.instagram.android com.instagram.barcelona",
        "twitter": "com.twitter.android twitter.com x.com t.co",
        "linkedin": "com.linkedin.android",
        "line": "line.me lin.ee line.naver.jp jp.naver.line.android com.linecorp.timeline",
        "tiktok": "tiktok.com com.zhiliaoapp.musically com.ss.android.ugc.trill",
        "pinterest": "pin.it com.pinterest",
        "hatena": "b.hatena.ne.jp hatena.blog hatenablog.com hatenablog.jp hatenadiary.com hatenadiary.jp",
        "note": "note.com note.mu",
        "ameba": "ameblo.jp ameba.jp",
        "qiita": "qiita.com",
        "zenn": "zenn.dev",
        "misskey": "misskey.io",
        "5ch": "5ch.net 2ch.net 5ch.io",
        "okwave": "okwave.jp",
        "yahoo chiebukuro": "chiebukuro.yahoo.co.jp detail.chiebukuro.yahoo.co.jp",
        "wantedly": "wantedly.com",
        "eight": "8card.net",
        "whatsapp": "com.whatsapp whatsapp.com wa.me",
        "telegram": "t.me telegram.org",
        "kakao": "kakao.com com.kakao.talk",
        "discord": "com.discord",
        "quora": "quora.com",
        "medium": "medium.com",
        "hacker news": "news.ycombinator.com",
        "lnk.bio": "lnk.bio",
    },
    SEARCH: {
        "google": "syndicatedsearch.goog com.google.android.googlequicksearchbox com.android.chrome",
        "yahoo japan": "chiebukuro.search.yahoo.co.jp realtime.search.yahoo.co.jp",
        "biglobe": "search.biglobe.ne.jp cgi.search.biglobe.ne.jp",
        "nifty": "search.nifty.com search.azby.fmworld.net",
        "docomo": "search.smt.docomo.ne.jp",
        "au": "search.auone.jp sp-search.auone.jp",
        "rakuten": "websearch.rakuten.co.jp",
        "excite japan": "search.excite.co.jp",
        "so-net": "search.so-net.ne.jp",
        "naver": "search.naver.com m.search.naver.com",
        "luna": "search.luna.tv s.luna.tv",
        "jword": "search.jword.jp",
        "brave": "search.brave.com",
        "kagi": "kagi.com",
        "bing": "cn.bing.com com.microsoft.bing",
        "duckduckgo": "com.duckduckgo.mobile.android",
    },
    DISPLAY: {
        "google ads": "doubleclick.net googlesyndication.com googleadservices.com",
        "yahoo japan ads": "yjtag.yahoo.co.jp yads.yahoo.co.jp",
        "criteo": "criteo.com criteo.net",
        "outbrain": "paid.outbrain.com",
        "taboola": "trc.taboola.com",
    },
}
#: Words that a campaign's utm_source has for the same places.
ALIASES = {
    "fb": "facebook", "meta": "facebook", "ig": "instagram", "x": "twitter", "yt": "youtube", "li": "linkedin",
    "tt": "tiktok", "yahoo.co.jp": "yahoo japan", "yahoo!": "yahoo", "yahoo_japan": "yahoo japan", "yjp": "yahoo japan",
    "openai": "chatgpt", "bing.com": "bing", "googleads": "google", "adwords": "google", "google_ads": "google",
    "yahoo! japan": "yahoo japan", "yahoojapan": "yahoo japan", "line_ads": "line", "lineads": "line",
    "twitter.com": "twitter",
}  # fmt: skip

#: Any webmail: the host says it.
_WEBMAIL_HOST = re.compile(r"^(?:webmail|roundcube|zimbra|owa|squirrelmail)\d*\.")
_COUNTRY_ENDING = re.compile(r"^(?:[a-z]{2}|com?\.[a-z]{2}|com|net|org|cat)$")
_KEYWORD_PARAMETERS = ("q", "p", "query", "search", "keyword", "MT", "wd", "text")


def read(referrer: object) -> Referrer:
    """What the header says; anything unreadable is ``none``."""
    return _read(as_text(referrer).strip()[:URL_LENGTH])


@lru_cache(maxsize=2048)
def _read(text: str) -> Referrer:
    """Cached: a site has few referrers, most of them only a host (browsers send no more to other sites)."""
    host, path, query = split(text)
    if not host:
        return Referrer()
    found = find(host, path)
    if found is None:
        return Referrer(kind=OTHER, name=host, host=host)
    kind, name, parameters = found
    return Referrer(kind=kind, name=name, host=host, keyword=_keyword(query, parameters) if kind == SEARCH else "")


def find(host: str, path: str = "") -> tuple[str, str, tuple[str, ...]] | None:
    """(kind, name, parameters with the search words) of a known host. More special entries go first.

    Search engines are matched as a whole (docs.google.com is no search), all others with their sub-domains.
    """
    tables = _tables()
    for candidate in _with_parents(host):
        for key in _with_paths(candidate, path):
            if found := tables.sites.get(key):
                return (*found, ())
    if _WEBMAIL_HOST.match(host):
        return EMAIL, host, ()
    for pattern in _engine_patterns(host):
        for key in _with_paths(pattern, path):
            if found := tables.engines.get(key):
                return (SEARCH, *found)
    return None


def kind_of_source(source: str) -> tuple[str, str]:
    """(kind, name) of a utm_source: a name ("google"), an alias ("fb") or a host ("chatgpt.com"); OTHER if unknown."""
    word = as_text(source).strip().lower()
    name = ALIASES.get(word, word)
    if kind := _tables().names.get(name):
        return kind, name
    found = find(bare(word)) if "." in word else None
    return found[:2] if found else (OTHER, word)


def split(url: str) -> tuple[str, str, str]:
    """(host, path, query): host in ASCII lower case without ``www.``; empty when the text is no address."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:  # "http://[", for example
        return "", "", ""
    if parts.scheme == "android-app":
        return host[:253], parts.path, parts.query
    if parts.scheme not in ("http", "https", "ios-app") or not host:
        return "", "", ""
    return bare(_ascii(host)), parts.path, parts.query


def as_text(value: object) -> str:
    """Headers come as text, bytes or worse. Control characters and lone surrogates go."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else value
    if not isinstance(text, str):
        return ""
    text = text[: URL_LENGTH * 2]
    if text.isprintable():
        return text
    return "".join(char for char in text if char.isprintable() or char == " ")


# --- The tables -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tables:
    #: host or host/path -> (kind, name); sub-domains included.
    sites: dict[str, tuple[str, str]]
    #: host or pattern with ``{}``, perhaps with a path -> (name, parameters).
    engines: dict[str, tuple[str, tuple[str, ...]]]
    #: name -> kind.
    names: dict[str, str]


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    """Read once. Our own entries overrule the list's, AI overrules social, social search (facebook.com is in both)."""
    text = resources.files(__package__).joinpath("data", "referrers.json").read_text(encoding="utf-8")
    data = json.loads(text)
    sites = {bare(host): (SOCIAL, plain_name(name)) for host, name in data["social"].items()}
    sites |= {bare(host): (AI, plain_name(name)) for host, name in data["ai"].items()}
    engines = {bare(url).rstrip("/"): (plain_name(name), tuple(keys)) for url, (name, keys) in data["search"].items()}
    for kind, names in OWN_SITES.items():
        for name, hosts in names.items():
            for host in hosts.split():
                if kind == SEARCH:
                    engines[host] = (name, _KEYWORD_PARAMETERS)
                else:
                    sites[host] = (kind, name)
    names = {name: SEARCH for name, _keys in engines.values()} | {name: kind for kind, name in sites.values()}
    names |= {"google": SEARCH, "yahoo": SEARCH, "yahoo japan": SEARCH, "bing": SEARCH}
    return _Tables(sites=sites, engines=engines, names=names)


def plain_name(name: str) -> str:
    """ "Yahoo! Japan Images" is Yahoo Japan, "Google Scholar" is Google: one source in the reports."""
    word = name.lower().replace("!", "")
    families = ("google", "yahoo japan", "yahoo", "bing", "baidu", "yandex", "naver", "ask", "duckduckgo")
    return next((family for family in families if word == family or word.startswith(family + " ")), word)


def _with_parents(host: str) -> list[str]:
    labels = host.split(".")[-8:]
    return [".".join(labels[at:]) for at in range(len(labels) - 1)] or [host]


def _with_paths(host: str, path: str) -> list[str]:
    parts = [part for part in path.split("/")[:4] if part]
    return [f"{host}/{'/'.join(parts[:n])}" for n in range(len(parts), 0, -1)] + [host]


def _engine_patterns(host: str) -> list[str]:
    """google.co.jp -> google.co.jp, google.{}; jp.search.yahoo.com -> {}.search.yahoo.com."""
    rest = host.partition(".")[2]
    patterns = [host, "{}." + rest]
    if host.startswith("m."):
        patterns, host = [*patterns, rest], rest
    labels = host.split(".")
    patterns.append(".".join([labels[0], "{}", *labels[2:]]))
    for at in (1, 2, 3):
        if len(labels) > at and _COUNTRY_ENDING.match(".".join(labels[at:])):
            patterns.append(".".join(labels[:at]) + ".{}")
    return patterns


def bare(host: str) -> str:
    return host.lower().strip(".").removeprefix("www.")


def _ascii(host: str) -> str:
    if host.isascii():
        return host[:253]
    try:
        return host.encode("idna").decode("ascii")[:253]
    except UnicodeError:  # too long a label, an underscore after a dot ...
        return host.encode("ascii", "ignore").decode("ascii")[:253]


def _keyword(query: str, parameters: tuple[str, ...]) -> str:
    try:
        given = dict(parse_qsl(query, encoding="latin-1", max_num_fields=100))
    except ValueError:
        return ""
    value = next((given[name] for name in parameters or _KEYWORD_PARAMETERS if given.get(name)), "")
    return as_text(_decoded(value, given.get("ei") or given.get("ie") or ""))[:100].strip()


def _decoded(value: str, encoding: str) -> str:
    """Old Japanese engines send EUC-JP or Shift_JIS and say so in ``ei``, or do not."""
    try:
        raw = value.encode("latin-1")
    except UnicodeError:
        return value
    for candidate in (encoding if encoding.lower() in ("euc-jp", "shift_jis", "sjis") else "utf-8", "utf-8", "cp932"):
        try:
            return raw.decode(candidate)
        except UnicodeError:
            continue
    return raw.decode("utf-8", "replace")
