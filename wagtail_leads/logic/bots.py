"""Is this user agent a person's browser?

Three questions in this order: does the agent say itself that it is a machine; has it the shape of a browser's agent;
do the two public lists (crawlerdetect, crawler-user-agents, both MIT) know it? An agent that is made of nothing but
well-known parts is a browser whatever the lists say, so that a too wide pattern in a list cannot lose a real visitor.

Figures and sources: research/tracking.md section 4. A cached answer costs about 0.1 us; the first one loads the lists.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from .kinds import DropReason

#: Longer agents are cut: no browser needs more to show what it is, and the cache keeps the key.
AGENT_LENGTH = 512

# --- 1. What says of itself that it is a machine -------------------------------------------------------------------

# What may stand in the name of a telephone, a tablet or an app is asked only where there is none: on desktops, and of
# agents that are no browser's anyway. Makers call their devices Spider, Swift, GOT-W09 and Smart Monitor.

#: An address to complain to. No browser sends one.
_ADDRESS = re.compile(r"https?:|\bwww\.[a-z0-9-]|[\w.+-]+(?:@| at |\[at\])[a-z][\w-]*(?:\.| dot )[a-z]{2}", re.I)
#: A site's name as a product's ("Criticalcss.com/2.0"). Apps and carriers have such names too.
_SITE = re.compile(r"\b[a-z][\w-]*\.(?:com|io|ai|net|org|eu|fr|de|uk|ru|jp)(?=[/);,\s]|$)", re.I)
#: ``... Safari/537.36; Name``: in a desktop's agent no semicolon follows the last product.
_SIGNED_AT_THE_END = re.compile(r"Safari/[\d.]+ ?;")

# The longest patterns know lower case only and are given lower case: five times as fast as `re.I` (measured).

#: Words for the trade that no device and no app is called by.
_TRADE = re.compile(
    r"(?<!cu)bots?(?![a-z])|bot[/_-]|robot|crawl|spider|(?<!sky)scrap(?:e|y|ing)|slurp|unfurl|favicon|pingdom|"
    r"headless|phantomjs|slimer|selenium|webdriver|puppeteer|playwright|lighthouse|pagespeed|ptst/|gtmetrix|"
    r"prerender|synthetic|nikto|sqlmap|nmap|masscan|zgrab|nessus|acunetix|webzip|httrack|bingpreview|"
    r"backlink|link ?check|read-aloud|externalhit|externalagent|mediapartners|adwords|adsense|-user/|ms-office|msoffice|"
    r"optimizer-agent",
)
#: Words for the trade that an app may be called by ("Monitor-App/3", "Box/8.1 preview").
_TRADE_OR_AN_APP = re.compile(
    r"harvest|archiv(?:e|ing)|fetch|sniff|\bprobe\b|inspect|analy[sz]er|optimi[sz]er|preview|monitor|uptime|validator|"
    r"screenshot|cypress|w3c[-_]|\bseo\b|[-_]agent\b",
)
#: Words that count in a whole desktop's agent. An agent without a browser's shape needs no words.
_TRADE_ON_DESKTOP = re.compile(
    r"scan(?:ner|ning)?\b|survey|research|audit|index(?:er|ing)|watch(?:er|dog|mouse)|check(?!box)|validat|"
    r"verif(?:y|ier|ication)|thumb|snapshot|proxy|mirror|download|simulat|\bfeed|feed\b|\brss|"
    r"aggregat|podcast|newsletter|syndicat|subscriber|search(?:engine|er)|extract|collector|gather|intelligence|"
    r"vulnerab|security|library|transcoder|translat(?:or|ion)|readability|offline|teleport|link(?:dex|walk)|"
    r"\bping\b|\btest(?:er|s|ing)?\b|loader|catalog|classif|categor|discover|explorer(?! \d)|\bsplash\b|kendra|"
    r"measurement|diagnostics|observatory|prospecting",
)
#: Services that sign a whole browser's agent with a name that says nothing: what reads links in mails and looks for
#: malware, measures speed, drives pages, reads sites for sale. There is no rule for any unknown name: extensions,
#: companies' own browsers and apps on desktops sign too, and one person lost is worse than one machine kept.
_MACHINES_BY_NAME = re.compile(
    r"(?<![a-z])(?:mimecast|virustotal|fireeye|urlscan|netcraft|hardenize|foregenix|watchtowr|assetnote|cybaa[a-z]*|detectify|"
    r"qualys|tenable|netsparker|invicti|sucuri|sitelock|shodan|censys|checkphish|"
    r"speedcurve|catchpoint|thousandeyes|statuscake|site24x7|appinsights|dareboost|debugbear|sitespeed|yellowlab|ylt/?|"
    r"uptrends|checkly|newrelic|datadog|dynatrace|ruxit|appdynamics|alertsite|hetrixtools|freshping|iplabel|"
    r"yunjiankong|webpagetest|"
    r"mabl|nintex|functionize|testlocally|testcafe|katalon|applitools|ghost inspector|uipath|"
    r"collapsify|browserless|browserbase|wkhtmlto[a-z]*|weasyprint|"
    r"silktide|siteimprove|sitebulb|sitechecker|contentking|deepcrawl|oncrawl|botify|linktiger|marketgoo|woorank|monsido|"
    r"dlc/|readable/|datanyze|builtwith|wappalyzer|whatruns|hotjar|convertify|sindup|newsai|meltwater|brandwatch|"
    r"cookiebot|onetrust|usercentrics|karno[a-z]*|webmoney advisor|pwabuilder[a-z]*|tsm-turingos|"
    r"apify|diffbot|octoparse|parsehub|zyte|firecrawl|tavily|brightdata|import\.io)(?![a-z])|"
    r"cloudflare(?=diagnostics|observatory)|y!j-br|duplexweb",
)

#: Software that fetches addresses.
_TOOL = re.compile(
    r"\b(?:curl|wget|libwww|lwp|python|golang|go-http|nodejs|okhttp|axios|undici|guzzle|reqwest|aiohttp|httpx|urllib|"
    r"mechanize|jakarta|cfnetwork|dalvik|postman\w*|httpie|winhttp|powershell|jmeter|nutch|heritrix|wpull|libcurl|"
    r"typhoeus)(?:[/ (;_-]|$)|"
    r"http[-_.]?(?:client|request|get|lib|unit|kit)|httpurl|(?:^|[ /])http/|\bhttp\.rb|jsdom|webclient|urlconnection|"
    r"web-?capture",
)
#: Software, or a word that names other things as well.
_TOOL_OR_A_WORD = re.compile(
    r"\b(?:perl|ruby|java|php|node|deno|bun|rust|swift|dart|got|requests|insomnia|faraday|resty)(?:[/ (;_-]|$)"
)

#: Google's own machines, which call themselves so on telephones too.
_GOOGLE_MACHINE = re.compile(
    r"\b[A-Za-z]+-Google\b|\bGoogle(?:Other|Producer|AdSense|Agent)|\bGoogle-[A-Z]|Google (?:Favicon|Web Preview|Page Speed)|"
    r"like Gecko[;,] ?Google"
)
#: Google's own machines have "Google" in the name; its telephones, televisions and apps do too.
_GOOGLE = re.compile(
    r"google(?!(?: ?(?:pixel|nexus|tv|home|chrome|play|app|cast|glass)|tv|t\d|app\b|\.android|/google|map))(?:[-/; ][a-z(]|"
    r"[a-z]|\)|$)|[a-z]-google\b",
    re.I,
)

#: ``(compatible; Name ...)`` is how machines sign; only Internet Explorer and Konqueror did so too. LG's televisions
#: end with the bare word.
_COMPATIBLE = re.compile(r"compatible\b(?! ?\()(?![;,] ?(?:MSIE|Konqueror))", re.I)

#: Placeholders that only a configuration file holds.
_PLACEHOLDER = re.compile(r"W\.X\.Y\.Z|\bX\.X\.X\b|\{\{|\{\w+\}|\$\{|%s\b|<[a-z/!?]", re.I)

#: Versions that no browser had or will have for decades (Chrome makes about 12 a year).
_NO_SUCH_VERSION = re.compile(r"\b(?:Chrome|Firefox)(?:$|/(?:0\.0|[5-9]\d\d\.|\d{4,}\.|\D|$))")
#: WebKit on Windows is always somebody's product: Chrome, Edge, Safari of old ("Version/5"), Qt.
_NAMELESS = re.compile(r"Mozilla/5\.0 \(Windows[^)]*\) AppleWebKit/[\d.+]+ \(KHTML, like Gecko\)(?: Safari/[\d.]+)?$")
#: 537.36 is the number at which Chrome's engine stopped to count: only Chrome and what is made of it has it.
_CHROME_WITHOUT_CHROME = re.compile(
    r"AppleWebKit/537\.36 \(KHTML, like Gecko\)(?!.*(?:Chrom|CriOS|Version/|Edge/|Tizen|TV))"
)
#: Chrome on a desktop writes its version in four parts ("Chrome/124.0" is what the few who shorten it make of it).
_CHROME_WITHOUT_PARTS = re.compile(r"\bChrome/\d+ Safari/")
#: Nothing follows in the engine's own brackets.
_SIGNED_IN_THE_ENGINE = re.compile(r"like Gecko[;,] ?(?!Safari|Opera)[A-Za-z]")

#: Words of real browsers that look like words of the trade.
_HARMLESS = re.compile(
    r"Java/Jbed|Nintendo Browser|DuckDuckGo/|Search(?:Craft|App)|Cubot|POWER BOT|Chat ?Bot|\biRobot|"
    r"\b(?:M|B|ID) ?bot\b|OCTOPUS-CORE|SecurityBrowser|Norton (?:Secure|Private) Browser|AvastSecureBrowser|"
    r"Google ?Search(?! Console)|com\.google\.[\w.]+|UCWEB/[\d.]+ ?\(Java|;KAKAOTALK|(?:WEB|GMX|T-Online)\.DE|"
    r"Sogou(?:MSE|Search|MobileBrowser)|(?<= )aweme\.snssdk\.com(?=/)",
    re.I,
)
#: What an app says of the device it runs on: Facebook's ``[FBAN/...;FBCR/Telekom.de;...]`` (which may be cut off),
#: Instagram's ``(31/12; 320dpi; 800x1280; HUAWEI; GOT-W09; ...)``.
_TOLD_BY_AN_APP = re.compile(r"\[?\bFB(?:AN|AV|_IAB)/[^\]]*\]?|\(\d+/[^;()]*; ?\d+dpi;[^)]*\)?")

#: The first brackets of a telephone, tablet, television or console: what stands there is the device's name. Some who
#: pass agents on take all brackets away.
_DEVICE = re.compile(
    r"[^(]{0,60}(\((?=[^()]*\b(?:Android|iPhone|iPad|iPod|Windows Phone|HarmonyOS|OpenHarmony|KAIOS|Mobile;|Tablet;|TV;|"
    r"BB10|BlackBerry|Symbian|SymbianOS|Cloud Phone|Tizen|Web0S|WebOS|webOS|SMART-TV|PlayStation|Nintendo)\b)"
    r"(?![^()]*(?:Windows NT|Macintosh|X11|Wayland|compatible))(?:[^()]|\([^()]*\))*\))|"
    r"Mozilla/5\.0 (Linux; (?:U; )?Android [^()]*) AppleWebKit"
)
#: Some machines sign even there: "; Storebot-Google/1.0)".
_SIGNED_IN_THE_DEVICE = re.compile(r"https?:|(?:bot|spider)[\w-]*/\d|-google/\d", re.I)


class Signs(NamedTuple):
    """Patterns that are searched in an agent as it is written, and patterns that are given lower case."""

    as_written: tuple[re.Pattern, ...]
    in_lower_case: tuple[re.Pattern, ...]

    def are_in(self, agent: str, lower: str) -> bool:
        return any(sign.search(lower) for sign in self.in_lower_case) or any(
            sign.search(agent) for sign in self.as_written
        )


ALWAYS = Signs(
    (_ADDRESS, _GOOGLE_MACHINE, _COMPATIBLE, _PLACEHOLDER, _NO_SUCH_VERSION), (_TRADE, _TOOL, _MACHINES_BY_NAME)
)
WHERE_NO_DEVICE_IS_MEANT = Signs((_SITE, _GOOGLE, _SIGNED_AT_THE_END), (_TRADE_OR_AN_APP, _TOOL_OR_A_WORD))
ON_DESKTOPS = Signs(
    (_NAMELESS, _CHROME_WITHOUT_CHROME, _CHROME_WITHOUT_PARTS, _SIGNED_IN_THE_ENGINE), (_TRADE_ON_DESKTOP,)
)

# --- 2. The shape of a browser's agent -----------------------------------------------------------------------------

_SYSTEM = (
    r"Windows|Macintosh|X11|[Ll]inux|Android|iPhone|iPad|iPod|CrOS|Wayland|Cloud Phone|Astro;|DirectFB|DTV|"
    r"Tizen|SMART-TV|SmartHub|Web0S|webOS|hpwOS|NetCast|NETTV|VIDAA|HbbTV|Roku|AppleTV|"
    r"PlayStation|PLAYSTATION|Nintendo|Xbox|New Nintendo|"
    r"BlackBerry|BB10|PlayBook|Symbian|SymbOS|Series[346]0|S60|Maemo|MeeGo|KAIOS|Mobile;|Tablet;|TV;|"
    r"FreeBSD|OpenBSD|NetBSD|SunOS|Haiku|BeOS|OS/2|AmigaOS|RISC OS|Darwin|Fuchsia|OpenHarmony|HarmonyOS|"
    r"Apple Vision|Watch|CrKey|Bada|QtCarBrowser|Quest|Unknown; Linux|Ubuntu|Fedora|Debian|J2ME|BREW|MIDP"
)
#: A page inside an app, on a telephone: what follows is the app's name, whatever it means elsewhere. The browsers of
#: iPhones name their version and Safari; an app's page lacks one of the two.
_IN_AN_APP = re.compile(
    r"; wv\)|\((?:iPhone|iPad|iPod)\b[^)]*\)(?!(?=.*\bSafari/)(?=.*\b(?:Version|CriOS|FxiOS|EdgiOS|OPiOS|GSA)/)).*\bMobile/\w"
)
#: Text in round brackets, one level of nesting allowed: ``(Linux; Android 13; Fire (7th) Build/X; wv)``.
_BRACKET = r"\((?:[^()]|\([^()]*\))*\)"
#: ``AppleWebKit/537.36 (KHTML, like Gecko``, and how the makers of cheap telephones write it.
_ENGINE = r"(?:Appl\w*)?Web[Kk]it ?/[\d.+]+;? *\(KHTML[,.]? ?(?:\w+ ?)?(?i:gecko)"

#: How browsers present themselves. The first is nearly everybody.
BROWSER_SHAPES: tuple[tuple[str, re.Pattern], ...] = (
    (
        "WebKit or Blink",
        re.compile(rf"Mozilla/5\.0 ?(?=\([^)]*(?:{_SYSTEM})){_BRACKET};? ?(?:\S+ )*?{_ENGINE}"),
    ),
    (
        "Gecko",
        re.compile(rf"Mozilla/5\.0 (?=\([^)]*(?:{_SYSTEM})){_BRACKET} (?:Gecko|Goanna|Servo)/[\d.]+ \w[\w -]*/\d"),
    ),
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
    (
        "Japanese phone",
        re.compile(
            r"DoCoMo/[12]\.0[/ ]\w|KDDI-\w+ UP\.Browser/|(?:SoftBank|Vodafone|J-PHONE)/\d|"
            r"Mozilla/[45]\.\d+ \([^)]*(?:;FOMA;|jig browser|KDDI-\w)"
        ),
    ),
    ("Japanese television", re.compile(r"Mozilla/5\.0 \([^)]*\) NetFront/\d.* InettvBrowser/\d")),
    ("television", re.compile(r".{0,250}\b(?:HbbTV|NETTV)/\d")),
    # Written or passed on carelessly: no brackets, no capitals, brackets that do not close, an app's name in front.
    (
        "phone, carelessly",
        re.compile(
            r"(?i:.{0,80}Mozilla[/ ]5\.0.{0,60}?\b(?:linux|iphone|ipad|ipod)\b)(?=.{0,250}(?i:android|iphone|ipad|ipod))"
            r".{5,250}?(?i:webkit.{1,20}khtml.{1,10}gecko|Version/\d.{0,12} Safari/\d)"
        ),
    ),
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
_ENGINE_NOTE = re.compile(r"\(KHTML[,.]? ?like ?Gecko\)", re.I)
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
    plain = said_of_the_program(agent)
    lower = plain.lower()
    if ALWAYS.are_in(plain, lower):
        return True
    if is_on_a_device(agent):
        return False
    return WHERE_NO_DEVICE_IS_MEANT.are_in(plain, lower) or (
        bool(_DESKTOP.match(agent)) and ON_DESKTOPS.are_in(plain, lower)
    )


def is_on_a_device(agent: str) -> bool:
    """A browser on a telephone, a tablet, a television or a console, which says so in its first brackets."""
    device = _DEVICE.match(agent)
    return (
        bool(device) and not _SIGNED_IN_THE_DEVICE.search(device[device.lastindex]) and not has_no_browser_shape(agent)
    )


def said_of_the_program(agent: str) -> str:
    """The agent without the names of devices and what only looks like a word of the trade."""
    device = _DEVICE.match(agent) if is_on_a_device(agent) else None
    program = f"{agent[: device.start(device.lastindex)]}(){agent[device.end(device.lastindex) :]}" if device else agent
    return _HARMLESS.sub("", _TOLD_BY_AN_APP.sub("", program))


def has_no_browser_shape(agent: str) -> bool:
    return not any(shape.match(agent) for _name, shape in BROWSER_SHAPES)


def is_on_a_public_list(agent: str) -> bool:
    if is_made_of_known_parts(agent) or _IN_AN_APP.search(agent):
        return False
    program = said_of_the_program(agent)
    known_to_crawlerdetect, known_to_crawler_user_agents = _public_lists()
    # crawlerdetect's patterns are general words; on a telephone they would meet the names of apps.
    return known_to_crawler_user_agents(program) or (bool(_DESKTOP.match(agent)) and known_to_crawlerdetect(program))


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
