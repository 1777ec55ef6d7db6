"""Is this user agent a person's browser?

Three questions in this order: does the agent say itself that it is a machine; has it the shape of a browser's agent;
do the two public lists (crawlerdetect, crawler-user-agents, both MIT) know it? An agent that is made of nothing but
well-known parts is a browser whatever the lists say, so that a too wide pattern in a list cannot lose a real visitor.

Figures and sources: research/tracking.md section 4. A cached answer costs about 0.1 us; the first one loads the lists.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from .kinds import DropReason

#: Longer agents are cut: no browser needs more to show what it is, and the cache keeps the key.
AGENT_LENGTH = 512

# --- 1. What says of itself that it is a machine -------------------------------------------------------------------

#: An address to complain to, or the site's name as a product's ("Criticalcss.com/2.0"). No browser sends one.
_CONTACT = re.compile(
    r"https?:|\bwww\.[a-z0-9-]|[\w.+-]+(?:@| at |\[at\])[a-z][\w-]*(?:\.| dot )[a-z]{2}|"
    r"\b[a-z][\w-]*\.(?:com|io|ai|net|org|eu|fr|de|uk|ru|jp)(?=[/);,\s]|$)",
    re.I,
)
#: ``... Safari/537.36; Name``: in a browser's agent no semicolon follows the last product.
_SIGNED_AT_THE_END = re.compile(r"Safari/[\d.]+ ?;")

# The three longest patterns know lower case only and are given lower case: five times as fast as `re.I` (measured).

#: Words for the trade, wherever they stand. ``cubot`` makes telephones; ``M bot 60`` is handled below.
_TRADE = re.compile(
    r"(?<!cu)bots?(?![a-z])|bot[/_-]|robot|crawl|spider|scrap(?:e|y|ing)|slurp|harvest|archiv(?:e|ing)|"
    r"fetch|sniff|\bprobe\b|inspect|analy[sz]er|optimi[sz]er|preview|monitor|uptime|pingdom|validator|unfurl|screenshot|favicon|"
    r"headless|phantomjs|slimer|selenium|webdriver|puppeteer|playwright|cypress|lighthouse|pagespeed|ptst/|gtmetrix|"
    r"prerender|synthetic|nikto|sqlmap|nmap|masscan|zgrab|nessus|acunetix|w3c[-_]|webzip|httrack|"
    r"backlink|link ?check|\bseo\b|read-aloud|externalhit|externalagent|mediapartners|adwords|adsense|"
    r"[-_]agent\b|-user/|ms-office|msoffice",
)
#: Words that a telephone's app may have in its name too ("QRScanner/2.1", "NewsReader/3"): they count on desktops.
#: An agent without a browser's shape needs no words.
_TRADE_ON_DESKTOP = re.compile(
    r"scan(?:ner|ning)?\b|survey|research|audit|index(?:er|ing)|watch(?:er|dog|mouse)|check(?!box)|validat|"
    r"verif(?:y|ier|ication)|thumb|snapshot|proxy|mirror|download|simulat|\bfeed|feed\b|\brss|"
    r"aggregat|podcast|newsletter|syndicat|subscriber|search(?:engine|er)|extract|collector|gather|intelligence|"
    r"vulnerab|security|library|transcoder|translat(?:or|ion)|readability|offline|teleport|link(?:dex|walk)|"
    r"\bping\b|\btest(?:er|s|ing)?\b|loader|catalog|classif|categor|discover|explorer(?! \d)|\bsplash\b|kendra",
)

#: Software that fetches addresses, and the languages it is written in.
_TOOL = re.compile(
    r"\b(?:curl|wget|libwww|lwp|python|perl|ruby|java|php|golang|go-http|node|nodejs|deno|bun|rust|swift|dart|"
    r"okhttp|axios|got|undici|guzzle|reqwest|aiohttp|httpx|requests|urllib|mechanize|jakarta|cfnetwork|dalvik|"
    r"postman\w*|insomnia|httpie|winhttp|powershell|jmeter|nutch|heritrix|wpull|libcurl|typhoeus|faraday|resty)"
    r"(?:[/ (;_-]|$)|"
    r"http[-_.]?(?:client|request|get|lib|unit|kit)|httpurl|(?:^|[ /])http/|\bhttp\.rb|webclient|urlconnection|"
    r"web-?capture",
)

#: Google's own machines have "Google" in the name; its telephones, televisions and apps do too.
_GOOGLE = re.compile(
    r"google(?!(?: ?(?:pixel|nexus|tv|home|chrome|play|app|cast|glass)|tv|app\b|\.android|/google|map))(?:[-/; ][a-z(]|"
    r"[a-z]|\)|$)|[a-z]-google\b",
    re.I,
)

#: ``(compatible; Name ...)`` is how machines sign; only Internet Explorer and Konqueror did so too.
_COMPATIBLE = re.compile(r"compatible\b(?![;,] ?(?:MSIE|Konqueror))", re.I)

#: Placeholders that only a configuration file holds.
_PLACEHOLDER = re.compile(r"W\.X\.Y\.Z|\bX\.X\.X\b|\{\{|\{\w+\}|\$\{|%s\b|<[a-z/!?]", re.I)

#: Versions that no browser had or will have for decades (Chrome makes about 12 a year).
_NO_SUCH_VERSION = re.compile(r"\b(?:Chrome|Firefox)(?:$|/(?:0\.0|[5-9]\d\d\.|\d{4,}\.|\D|$))")
#: WebKit on Windows is always somebody's product: Chrome, Edge, Safari of old ("Version/5"), Qt.
_NAMELESS = re.compile(r"Mozilla/5\.0 \(Windows[^)]*\) AppleWebKit/[\d.+]+ \(KHTML, like Gecko\)(?: Safari/[\d.]+)?$")

#: A telephone's model may be called "M bot 60" or "Scanner": what stands before ``Build/`` is a device.
_ANDROID_MODEL = re.compile(r"(Android[^;)]*;(?: [a-z]{2}[-_][a-zA-Z]{2};)?)[^;)/]* Build/", re.I)
#: Words of real browsers that look like words of the trade.
_HARMLESS = re.compile(
    r"Java/Jbed|Nintendo Browser|DuckDuckGo/|Search(?:Craft|App)|Cubot|POWER BOT|"
    r"\b(?:M|B|ID) ?bot\b|OCTOPUS-CORE|SecurityBrowser|Norton (?:Secure|Private) Browser|AvastSecureBrowser|"
    r"Google ?Search|com\.google\.[\w.]+|UCWEB/[\d.]+ \(Java|;KAKAOTALK|(?<= )aweme\.snssdk\.com(?=/)",
    re.I,
)

SIGNS_IN_LOWER_CASE = (_TRADE, _TOOL)
MACHINE_SIGNS = (
    _CONTACT,
    _GOOGLE,
    _COMPATIBLE,
    _PLACEHOLDER,
    _SIGNED_AT_THE_END,
    _NO_SUCH_VERSION,
    _NAMELESS,
)

# --- 2. The shape of a browser's agent -----------------------------------------------------------------------------

_SYSTEM = (
    r"Windows|Macintosh|X11|Linux|Android|iPhone|iPad|iPod|CrOS|Wayland|"
    r"Tizen|SMART-TV|SmartHub|Web0S|webOS|hpwOS|NetCast|NETTV|VIDAA|HbbTV|Roku|AppleTV|"
    r"PlayStation|PLAYSTATION|Nintendo|Xbox|New Nintendo|"
    r"BlackBerry|BB10|PlayBook|Symbian|SymbOS|Series[346]0|S60|Maemo|MeeGo|KAIOS|Mobile; |Tablet; |TV; |"
    r"FreeBSD|OpenBSD|NetBSD|SunOS|Haiku|BeOS|OS/2|AmigaOS|RISC OS|Darwin|Fuchsia|OpenHarmony|HarmonyOS|"
    r"Apple Vision|Watch|CrKey|Bada|QtCarBrowser|Quest|Unknown; Linux|Ubuntu|Fedora|Debian|J2ME|BREW|MIDP"
)
#: A page inside an app, on a telephone: what follows is the app's name, whatever it means elsewhere.
_IN_AN_APP = re.compile(r"; wv\)|\((?:iPhone|iPad|iPod)\b[^)]*\)(?!.*\bSafari/).*\bMobile/\w")
#: Text in round brackets, one level of nesting allowed: ``(Linux; Android 13; Fire (7th) Build/X; wv)``.
_BRACKET = r"\((?:[^()]|\([^()]*\))*\)"

#: How browsers present themselves. The first is nearly everybody.
BROWSER_SHAPES: tuple[tuple[str, re.Pattern], ...] = (
    (
        "WebKit or Blink",
        re.compile(
            rf"Mozilla/5\.0 (?=\([^)]*(?:{_SYSTEM})){_BRACKET} (?:\S+ )*?Apple ?Web[Kk]it/[\d.+]+ ?\(KHTML, ?like Gecko"
        ),
    ),
    ("Gecko", re.compile(rf"Mozilla/5\.0 (?=\([^)]*(?:{_SYSTEM})){_BRACKET} (?:Gecko|Goanna)/[\d.]+ \w[\w ]*/\d")),
    (
        "Internet Explorer 11",
        re.compile(rf"Mozilla/5\.0 (?=\([^)]*Windows){_BRACKET} like Gecko|Mozilla/5\.0 \([^)]*IE 11\.\d+; Windows"),
    ),
    (
        "Internet Explorer",
        re.compile(r"Mozilla/[45]\.0 \(compatible; ?MSIE \d+\.\d+\w?; [^)]*(?:Windows (?:NT \d|9|CE|ME|Phone)|Mac_)"),
    ),
    ("Konqueror", re.compile(r"Mozilla/5\.0 \((?:compatible; Konqueror/|[^)]*(?:Linux|BSD)[^)]*\) KHTML/)")),
    ("Opera", re.compile(rf"Opera/\d+\.\d+ (?=\([^)]*(?:{_SYSTEM}|Opera Mini)){_BRACKET}")),
    ("Opera, masked", re.compile(rf"Mozilla/[45]\.0 (?=\([^)]*(?:{_SYSTEM})){_BRACKET} Opera[ /]\d")),
    ("Outlook on a telephone", re.compile(r"Outlook-(?:iOS|Android)/\d")),
    ("UC Browser", re.compile(r"UCWEB/\d[\w.]* ?\(|.{0,200}\bUC ?Browser/?\d")),
    # Feature phones: the maker and the model come first, the profile or the micro browser later.
    ("Japanese phone", re.compile(r"DoCoMo/[12]\.0[/ ]\w|KDDI-\w+ UP\.Browser/|(?:SoftBank|Vodafone|J-PHONE)/\d")),
    (
        "phone",
        re.compile(r"(?!Mozilla)[\w+ .-]{2,40}/?\S* .*(?:Profile/MIDP|UP\.Browser|NetFront|Obigo|Teleca|Dolfin)"),
    ),
    ("PlayStation", re.compile(r"Mozilla/[45]\.0 \((?:PLAYSTATION 3|PSP \(PlayStation Portable\)); ?\d")),
    ("PHS", re.compile(r"Mozilla/[345]\.\d ?\([^)]*(?:WILLCOM|DDIPOCKET|Symbian|Series60|NetFront|Nintendo 3DS)")),
)

# --- 3. The parts that browsers are made of ------------------------------------------------------------------------

#: Products of engines, browsers and the apps that show pages inside. Only for agents that have the shape already.
KNOWN_PARTS = frozenset(
    """
    mozilla applewebkit khtml gecko safari version mobile chrome chromium crios crmo firefox fxios focus klar edg edge
    edga edgios edgw opr opt opx opios opt oprgx operatouch opera presto vivaldi brave yabrowser yasearchbrowser yowser
    whale samsungbrowser ucbrowser ubrowser silk-accelerated silk miuibrowser miui huaweibrowser heytapbrowser
    vivobrowser oppobrowser realmebrowser duckduckgo ddg ecosia quark baidubrowser bidubrowser baiduboxapp mqqbrowser
    qqbrowser qq micromessenger maxthon mxios mxbrowser puffin sleipnir lunascape kinza iron iridium seamonkey waterfox
    palemoon goanna k-meleon basilisk librewolf floorp midori epiphany falkon konqueror qutebrowser otter
    qtwebengine dolphin jiosphere aloha alohabrowser phoenix mint kiwi gsa electron nwjs cef slack teams teamsmobile-ios
    teamsmobile-android msteams skype outlook-ios outlook-android microsoftedge snapchat pinterest twitter
    twitterandroid instagram line kakaotalk naver barcelona musical_ly bytedancewebview bytelocale
    trill tiktok linkedinapp fban fb_iab
    discord notion figma obsidian whatsapp telegram telegram-android viber yjapp-ios yjapp-android smartnews nettype
    code tumblr feedly instapaper hatena-bookmark hatenabookmark hatena-bookmark-ios hatenabookmark-ios newsblur mattermost
    slack_ssb crkey tv smart-tv hbbtv webappmanager lg tizen tizenbrowser sony netcast playstation nintendobrowser nf
    ubuntu fedora debian thunderbird postbox avast avg ccleaner norton gls applenews mxnitro konqueror trident
    android windows macintosh build
    """.split()
)
#: Parts that stand without a version.
KNOWN_WORDS = frozenset("hatenabookmark-ios mobile safari like gecko tv wv brave tablet applesilicon sonic".split())
_IN_BRACKETS = re.compile(rf"{_BRACKET}|\[[^\]]*\]")
#: What stands in the first brackets of a desktop's browser; telephones put their model there, so anything goes.
_DESKTOP_PLATFORM = re.compile(
    r"\((?:(?:Windows NT [\d.]+|Win64|WOW64|x64|ARM(?:64)?|Macintosh|(?:Intel|PPC) Mac OS X[ \d._]*|X11|Wayland|U|"
    r"(?:Ubuntu|Fedora|Debian|GNU/Linux|Mint)|(?:Linux|FreeBSD|OpenBSD|NetBSD)(?: \w+)*|CrOS [\w .]+|rv:[\d.a-z]+|"
    r"[a-z]{2}(?:-[A-Za-z]{2,4})?|Trident/[\d.]+|Touch|Tablet PC [\d.]+|\.NET[\w .]*|SLCC\d|Media Center PC [\d.]+|"
    r"InfoPath\.\d|MSIE [\d.]+|compatible|Xbox|Xbox [\w ]+|M[A-Z]{3,5}JS|like Gecko)(?:; ?|(?=\))))+\)"
)
_ENGINE_NOTE = re.compile(r"\(KHTML, ?like Gecko\)")
_DESKTOP = re.compile(r"^Mozilla/\S+ \([^)]*(?:Windows NT|Macintosh|X11|Wayland)")


def is_bot(user_agent: str) -> bool:
    """True when no person's browser sends this agent."""
    return _reason(user_agent[:AGENT_LENGTH]) is not None


def bot_reason(user_agent: str) -> DropReason | None:
    """EMPTY_AGENT, BOT_AGENT, NOT_A_BROWSER, or None for a browser."""
    return _reason(user_agent[:AGENT_LENGTH])


def is_empty(agent: str) -> bool:
    return agent.strip() in ("", "-", '""', "null", "undefined", "None")


def says_it_is_a_machine(agent: str) -> bool:
    plain = _HARMLESS.sub("", _ANDROID_MODEL.sub(r"\1 Build/", agent))
    lower = plain.lower()
    words = SIGNS_IN_LOWER_CASE + ((_TRADE_ON_DESKTOP,) if _DESKTOP.match(agent) else ())
    return any(sign.search(lower) for sign in words) or any(sign.search(plain) for sign in MACHINE_SIGNS)


def has_no_browser_shape(agent: str) -> bool:
    return not any(shape.match(agent) for _name, shape in BROWSER_SHAPES)


def is_on_a_public_list(agent: str) -> bool:
    if is_made_of_known_parts(agent) or _IN_AN_APP.search(agent):
        return False
    known_to_crawlerdetect, known_to_crawler_user_agents = _public_lists()
    # crawlerdetect's patterns are general words; on a telephone they would meet the names of apps.
    return known_to_crawler_user_agents(agent) or (bool(_DESKTOP.match(agent)) and known_to_crawlerdetect(agent))


def is_made_of_known_parts(agent: str) -> bool:
    if _DESKTOP.match(agent) and not _DESKTOP_PLATFORM.search(agent):
        return False
    if "(KHTML" in agent and not _ENGINE_NOTE.search(agent):
        return False
    return all(_is_known(part) for part in _IN_BRACKETS.sub(" ", agent).split())


def _is_known(part: str) -> bool:
    name, slash, version = part.partition("/")
    if not slash:
        return name.lower().rstrip(";,") in KNOWN_WORDS
    return name.lower() in KNOWN_PARTS and version[:1].isalnum()


#: Read aloud: an empty agent; one that says what it is; one that has not the shape; and so on.
RULES: tuple[tuple[Callable[[str], bool], DropReason], ...] = (
    (is_empty, DropReason.EMPTY_AGENT),
    (says_it_is_a_machine, DropReason.BOT_AGENT),
    (has_no_browser_shape, DropReason.NOT_A_BROWSER),
    (is_on_a_public_list, DropReason.BOT_AGENT),
)


@lru_cache(maxsize=4096)
def _reason(agent: str) -> DropReason | None:
    return next((reason for applies, reason in RULES if applies(agent)), None)


@lru_cache(maxsize=1)
def _public_lists() -> tuple[Callable[[str], bool], ...]:
    """Loaded at the first doubtful agent: reading and compiling both takes about a third of a second."""
    from crawlerdetect import CrawlerDetect
    from crawleruseragents import is_crawler

    return (CrawlerDetect().is_crawler, is_crawler)
