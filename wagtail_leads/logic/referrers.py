"""Where did the visitor stand before? A referrer's address, told apart by kind and name.

The public part of the lists is ``data/referrers.json`` (matomo's searchengine-and-social-list, CC0); `known_sites` has
what it lacks.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from urllib.parse import parse_qsl, urlsplit

from .addresses import registrable_domain
from .known_engines import NOT_THE_ENGINE, PARTS_OF_ENGINES, PORTALS, PURE_ENGINES
from .known_sites import AI, DISPLAY, EMAIL, NONE, OTHER, OWN_SITES, SEARCH, SOCIAL

#: Longer addresses are cut: nothing behind this is looked at.
URL_LENGTH = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Referrer:
    #: ``search``, ``social``, ``video``, ``email``, ``ai``, ``display``, ``affiliate``, ``shopping``, ``other`` (some page)
    #: or ``none``.
    kind: str = NONE
    #: Lower case and without variants ("google", "yahoo japan"); of an ``other`` the host.
    name: str = ""
    #: Lower case, ASCII, without ``www.``; of an app its package name.
    host: str = ""
    #: What was searched for, where the engine still tells.
    keyword: str = ""


#: Engines with many services under one name.
FAMILIES = ("google", "yahoo japan", "yahoo", "bing", "baidu", "yandex", "naver", "ask", "duckduckgo")
#: Any webmail: a sub-domain says it ("webmail.provider.example", "mail2.firma.example"), the domain itself does not.
_WEBMAIL_LABEL = re.compile(
    r"^(?:(?:[a-z-]*web-?mail|(?:e-?)?mail|mymail|roundcube|zimbra|owa|squirrelmail|rainloop|snappymail|horde|exmail|hanmail|"
    r"poczta|pochta|posta|correo|correio|messagerie|messaging)[0-9]*|webmail[a-z0-9-]*|mail[0-9]+-?[a-z0-9]*)$"
)
#: A sub-domain that a portal's engine has.
_SEARCH_LABEL = re.compile(
    r"^(?:[a-z]*search(?:es|results?|-dyn)?|suche|recherche|ricerca|busca|buscador|busqueda|pesquisa|szukaj|hledani|hledej|"
    r"arama|otsing|sok|lemoteur|so|searchassist)[0-9]*$"
)
#: Software that anybody runs under a name of his own ("mastodon.firma.example"), and metasearch the same way.
_FEDIVERSE = re.compile(r"^(?:mastodon|masto|mstdn|misskey|pleroma|pixelfed|lemmy|akkoma|friendica)[.-]")
_METASEARCH = re.compile(r"^(?:searxng|searx|whoogle|4get|librex)(?=\.)|(?<=\.)(?:searxng|searx)(?=\.)")
_COUNTRY_ENDING = re.compile(r"^(?:[a-z]{2}|com?\.[a-z]{2}|com|net|org|cat)$")
_KEYWORD_PARAMETERS = ("q", "p", "query", "search", "keyword", "MT", "wd", "text", "qt", "kw", "searchfor")


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

    Search engines are matched as a whole or with the parts that they are known to have (docs.google.com is no search),
    all others with their sub-domains.
    """
    if found := _site(host, path) or _engine(host, path) or _searches_of_a_portal(host) or _webmail(host):
        return found
    if found := next(filter(None, (_site(parent, path) for parent in _with_parents(host)[1:])), None):
        return found
    if found := next(filter(None, (_engine(pattern, path) for pattern in _engine_patterns(host))), None):
        return found
    return _site_of_a_country(host, path) or _part_of_an_engine(host, path) or _by_software(host)


def _site(host: str, path: str) -> tuple[str, str, tuple[str, ...]] | None:
    sites = tables().sites
    found = next((sites[key] for key in _with_paths(host, path) if key in sites), None)
    return (*found, ()) if found else None


def _engine(pattern: str, path: str) -> tuple[str, str, tuple[str, ...]] | None:
    engines = tables().engines
    found = next((engines[key] for key in _with_paths(pattern, path) if key in engines), None)
    return (SEARCH, *found) if found else None


def _searches_of_a_portal(host: str) -> tuple[str, str, tuple[str, ...]] | None:
    """search.ocn.ne.jp, suche.t-online.de: nearest to the domain stands the word for searching."""
    labels = host.split(".")
    for at in range(1, len(labels) - 1):
        portal = tables().portals.get(".".join(labels[at:]))
        if portal:
            return (SEARCH, portal, _KEYWORD_PARAMETERS) if any(map(_SEARCH_LABEL.match, labels[:at])) else None
    return None


def _webmail(host: str) -> tuple[str, str, tuple[str, ...]] | None:
    labels = host.split(".")
    if not any(map(_WEBMAIL_LABEL.match, labels[:-2])):
        return None
    below = host.removesuffix(registrable_domain(host) or host).strip(".").split(".")
    if not any(map(_WEBMAIL_LABEL.match, below)):
        return None
    known = (tables().sites.get(parent) for parent in _with_parents(host)[1:])
    name = next((site[1] for site in known if site and site[0] == EMAIL), host)
    return EMAIL, name, ()


def _site_of_a_country(host: str, path: str) -> tuple[str, str, tuple[str, ...]] | None:
    """somebody.blogspot.com.es, www.zalando.ch: entries with ``{}``."""
    labels = host.split(".")
    for at in range(len(labels) - 1):
        if _COUNTRY_ENDING.match(".".join(labels[at + 1 :])) and (found := _site(labels[at] + ".{}", path)):
            return found
    return None


def _part_of_an_engine(host: str, path: str) -> tuple[str, str, tuple[str, ...]] | None:
    """lens.google.com, wap.baidu.com, it.images.search.yahoo.com; of a pure engine any sub-domain (s3-us3.ixquick.com)."""
    labels = host.split(".")
    for at in range(1, min(len(labels) - 1, 5)):
        parent, below = ".".join(labels[at:]), labels[:at]
        pure = parent in PURE_ENGINES and NOT_THE_ENGINE.isdisjoint(below)
        part = all(label in PARTS_OF_ENGINES or len(label) == 2 for label in below)
        if pure or (part and not PARTS_OF_ENGINES.isdisjoint(below)):
            for pattern in (parent, *_engine_patterns(parent)):
                if found := _engine(pattern, path):
                    return found
            if pure:
                return SEARCH, parent.split(".")[0], _KEYWORD_PARAMETERS
    return None


def _by_software(host: str) -> tuple[str, str, tuple[str, ...]] | None:
    if _FEDIVERSE.match(host):
        return SOCIAL, host, ()
    return (SEARCH, "searx", _KEYWORD_PARAMETERS) if _METASEARCH.search(host) else None


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
class Tables:
    #: host or host/path -> (kind, name); sub-domains included.
    sites: dict[str, tuple[str, str]]
    #: host or pattern with ``{}``, perhaps with a path -> (name, parameters).
    engines: dict[str, tuple[str, tuple[str, ...]]]
    #: name -> kind.
    names: dict[str, str]
    #: domain of a portal -> name.
    portals: dict[str, str]


@lru_cache(maxsize=1)
def tables() -> Tables:
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
                    engines.pop(host, None)
    names = {name: SEARCH for name, _keys in engines.values()} | {name: kind for kind, name in sites.values()}
    # "Google Ads" as a campaign's source is Google, with an ad; as a referrer it is the ad server
    names = {name: kind for name, kind in names.items() if kind != DISPLAY or not name.endswith(" ads")}
    names |= dict.fromkeys(FAMILIES, SEARCH)  # also where one of the family is an assistant ("Baidu AI")
    portals = {domain: name for name, domains in PORTALS.items() for domain in domains.split()}
    return Tables(sites=sites, engines=engines, names=names, portals=portals)


def plain_name(name: str) -> str:
    """ "Yahoo! Japan Images" is Yahoo Japan, "Google Scholar" is Google: one source in the reports."""
    word = name.lower().replace("!", "")
    return next((family for family in FAMILIES if word == family or word.startswith(family + " ")), word)


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
    said = encoding.lower() if encoding.lower() in ("euc-jp", "shift_jis", "sjis") else "utf-8"
    # in Shift_JIS the first byte of a common character is below A1, in EUC-JP no byte is
    guessed = ("euc-jp", "cp932") if all(byte < 0x80 or byte > 0xA0 for byte in raw) else ("cp932", "euc-jp")
    for candidate in (said, "utf-8", *guessed):
        try:
            return raw.decode(candidate)
        except UnicodeError:
            continue
    return raw.decode("utf-8", "replace")
