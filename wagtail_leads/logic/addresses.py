"""E-mail addresses and domains: one form for one address, and what a domain says about its owner."""

import hashlib
import re
import unicodedata
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

MAX_LENGTH = 254
#: Carriers that gave out addresses with dots at wrong places until about 2009; they are still in use.
RELAXED_DOMAINS = ("docomo.ne.jp", "ezweb.ne.jp", "au.com")
_OLD_CARRIER_LOCAL = re.compile(r"^[a-z0-9][a-z0-9._+/?-]{0,63}$")


def normalise_email(raw: object) -> str | None:
    """The one form that an address is kept and compared in; None when no mail can go there.

    NFKC (full-width letters from Japanese input), trimmed, lower case: servers that tell Taro@ from taro@ do not exist
    in practice, doubled leads do.
    """
    if not isinstance(raw, str) or len(raw) > 1000 or _has_control(raw.strip(" \t\r\n\u3000")):
        return None
    text = unicodedata.normalize("NFKC", raw).strip().removeprefix("mailto:").casefold()
    local, _at, domain = text.rpartition("@")
    if not local or not domain or len(text) > MAX_LENGTH or not local.isascii():
        return None
    if domain in RELAXED_DOMAINS and _OLD_CARRIER_LOCAL.match(local):
        return f"{local}@{domain}"
    try:
        # test_environment lets ``.test`` through (RFC 2606): demos and tests live there.
        valid = validate_email(text, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except (EmailNotValidError, ValueError):
        return None
    address = valid.ascii_email or ""
    return address.lower() if 0 < len(address) <= MAX_LENGTH else None


def is_against_the_rfc(address: str) -> bool:
    """An old carrier address with dots at wrong places: kept, but mail may not arrive."""
    local, _, domain = address.rpartition("@")
    return domain in RELAXED_DOMAINS and (".." in local or local.startswith(".") or local.endswith("."))


def email_key(address: str) -> str:
    """64 hex digits of a normalised address: for unique columns (collations fold) and for suppression after erasure."""
    return hashlib.sha256(address.encode("utf-8", "replace")).hexdigest()


def domain_of(address: str) -> str:
    """``taro@mail.example.co.jp`` -> ``mail.example.co.jp``; '' without an @."""
    return address.rpartition("@")[2].lower() if "@" in address else ""


def registrable_domain(host: str) -> str:
    """``mail.example.co.jp`` -> ``example.co.jp`` by the public suffix list; '' for a suffix or an address."""
    text = host.strip().strip(".").lower() if isinstance(host, str) else ""
    if not text or len(text) > 253 or ":" in text or re.fullmatch(r"[\d.]+", text):
        return ""
    try:
        return _suffix_list().privatesuffix(text.encode("idna").decode("ascii")) or ""
    except (UnicodeError, ValueError):
        return ""


@lru_cache(maxsize=1)
def _suffix_list():
    """Bundled with the library, read at first use (about 20 ms); nothing is fetched."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=True)


# --- Whose domain is it? --------------------------------------------------------------------------------------------

#: Where anybody gets an address: such a domain never makes a company. Sub-domains included (xxx.ocn.ne.jp).
FREE_MAIL = frozenset(
    """
    gmail.com googlemail.com yahoo.co.jp yahoo.ne.jp ymail.ne.jp yahoo.com ymail.com rocketmail.com yahoo.co.uk
    yahoo.fr yahoo.de outlook.com outlook.jp hotmail.com hotmail.co.jp hotmail.co.uk hotmail.fr live.jp live.com
    msn.com icloud.com me.com mac.com aol.com aol.jp gmx.com gmx.de gmx.net web.de mail.com mail.ru yandex.ru yandex.com
    proton.me protonmail.com pm.me tutanota.com tuta.io fastmail.com zoho.com hey.com duck.com qq.com 163.com 126.com
    sina.com naver.com daum.net hanmail.net free.fr orange.fr laposte.net libero.it t-online.de
    docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp i.softbank.jp softbank.jp vodafone.ne.jp disney.ne.jp ymobile.ne.jp
    y-mobile.ne.jp ymobile1.ne.jp emobile.ne.jp willcom.com wcm.ne.jp pdx.ne.jp uqmobile.jp rakuten.jp rakumail.jp
    rakuten.ne.jp ido.ne.jp tu-ka.ne.jp mineo.jp
    ocn.ne.jp nifty.com nifty.ne.jp biglobe.ne.jp so-net.ne.jp so-net.jp plala.or.jp dion.ne.jp odn.ne.jp odn.ad.jp
    hi-ho.ne.jp eonet.ne.jp zaq.ne.jp zaq.jp jcom.home.ne.jp home.ne.jp jcom.zaq.ne.jp asahi-net.or.jp dti.ne.jp
    wakwak.com infoseek.jp infoseek.to excite.co.jp excite.jp goo.jp goo.ne.jp mail.goo.ne.jp livedoor.com ybb.ne.jp
    bbexcite.jp commufa.jp ctk.ne.jp tcp-ip.or.jp mopera.net mopera.ne.jp nttpc.ne.jp gol.com
    auone.jp auone-net.jp kcn.jp kcn.ne.jp cty-net.ne.jp tiki.ne.jp megaegg.ne.jp pikara.ne.jp bbiq.jp synapse.ne.jp
    mailinator.com guerrillamail.com 10minutemail.com tempmail.com temp-mail.org yopmail.com sharklasers.com
    trashmail.com dispostable.com sute.jp fuwamofu.com kuku.lu
    """.split()
)


def is_free_mail(domain: str) -> bool:
    """A mail provider's, carrier's or ISP's domain: says nothing about the employer."""
    labels = domain.strip(".").lower().split(".") if isinstance(domain, str) else []
    if not labels or labels[0] == "":
        return False
    return any(".".join(labels[at:]) in FREE_MAIL for at in range(len(labels) - 1))


#: Addresses of an office or a machine: a lead perhaps, but no person.
_ROLES = frozenset(
    """
    info contact office admin administrator webmaster postmaster hostmaster support help helpdesk sales eigyo soumu
    jinji keiri kouhou koho press pr marketing recruit saiyo saiyou service inquiry toiawase otoiawase mail email
    abuse noc security billing accounts accounting order orders shop customer cs hello team all everyone group
    daihyo jimu jimukyoku kanri system sys root staff news newsletter magazine
    """.split()
)
_PLACEHOLDERS = frozenset(
    """
    test tests tester testing test1 test123 testtest sample example dummy aaa aaaa abc asdf qwerty hoge hogehoge foo bar
    xxx xxxx none null undefined anonymous nobody guest user username name mailer-daemon daemon
    bounce bounces noreply no-reply no_reply donotreply do-not-reply donot-reply tesuto
    nan nil 0 true false object unknown distinct_id not_authenticated id
    """.split()
)
_PLACEHOLDER_DOMAIN = re.compile(r"(?:^|\.)(?:example(?:\.(?:com|net|org|jp|co\.jp))?|test|invalid|localhost|local)$")


def is_nobody(address: str) -> bool:
    """A word that stands for nobody, at whatever domain: ``test@...``, ``noreply@...``, ``undefined@...``."""
    word = address.lower().rpartition("@")[0].partition("+")[0]
    return word in _PLACEHOLDERS or bool(re.match(r"no[-_.]?reply", word))


def is_placeholder(address: str) -> bool:
    """Nobody: ``test@...``, ``noreply@...``, ``anything@example.com``."""
    return is_nobody(address) or bool(_PLACEHOLDER_DOMAIN.search(address.lower().rpartition("@")[2]))


def is_disposable(domain: str) -> bool:
    """A domain that gives out addresses for ten minutes; its sub-domains too. The list comes with the library."""
    labels = domain.strip(".").lower().split(".")
    return any(".".join(labels[at:]) in _disposable_domains() for at in range(len(labels) - 1))


@lru_cache(maxsize=1)
def _disposable_domains() -> frozenset[str]:
    """Read at first use (some ten thousand lines); nothing is fetched."""
    from disposable_email_domains import blocklist

    return frozenset(blocklist)


def is_role(address: str) -> bool:
    """An office, not a person: ``info@...``."""
    return address.lower().rpartition("@")[0].partition("+")[0] in _ROLES


def is_role_or_placeholder(address: str) -> bool:
    return is_role(address) or is_placeholder(address)


def _has_control(text: str) -> bool:
    return any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text)


def is_reserved(domain: str) -> bool:
    """Domains of documentation and tests (RFC 2606: example.com, example.jp …): nobody's company."""
    return domain.partition(".")[0] == "example" and "." in domain


_ADDRESS_IN_TEXT = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+", re.I)


def without_addresses(text: str) -> str:
    """The text with every mail address in it replaced: links in mails carry some, and they are nobody's campaign."""
    return _ADDRESS_IN_TEXT.sub("(e-mail)", text) if "@" in text or "%40" in text else text


def masked(address: str) -> str:
    """Enough to know one's own address by, too little for whoever follows a forwarded mail."""
    local, _at, domain = address.partition("@")
    return f"{local[:1]}…@{domain}"
