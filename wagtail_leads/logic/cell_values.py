"""What words and values in cells mean: yes and no, dates as people write them, our closed lists, values of own fields."""

import datetime
import re
import unicodedata
from dataclasses import dataclass

from wagtail_leads.logic.errors import LeadsError
from wagtail_leads.logic.kinds import ContactWish, Stage


class BadValue(LeadsError, ValueError):
    """The cell does not hold what the field needs."""


@dataclass(frozen=True, kw_only=True)
class OwnField:
    """A field of leads that the site's people made."""

    key: str
    label: str
    kind: str = "text"
    choices: tuple[str, ...] = ()


_YES = frozenset("yes y true t 1 on ok x ✓ ✔ ○ 〇 ◯ ● はい 有 有り あり 可 する 希望 希望する".split())
_NO = frozenset("no n false f 0 off × ✗ - いいえ 無 無し なし 否 しない 希望しない".split())
_REFUSED = frozenset(
    "停止 停止中 解除 解除済 配信停止 不可 配信不可 除外 unsubscribed opted-out opted_out opt-out cleaned bounced".split()
)
_ACCEPTED = frozenset(
    "配信 配信中 配信可 可 可能 ok subscribed opted-in opted_in opt-in pending nonsubscribed non-subscribed".split()
)
_STAGES: dict[str, Stage] = {
    **dict.fromkeys("latent lead subscriber new open 潜在 潜在客 潜在顧客 新規".split(), Stage.LATENT),
    **dict.fromkeys("interested mql marketingqualifiedlead 顕在 顕在客 顕在顧客".split(), Stage.INTERESTED),
    **dict.fromkeys("prospect sql salesqualifiedlead qualified working".split(), Stage.PROSPECT),
    **dict.fromkeys("見込み 見込 見込客 見込み客 見込顧客".split(), Stage.PROSPECT),
    **dict.fromkeys("opportunity deal 商談 商談中 案件".split(), Stage.OPPORTUNITY),
    **dict.fromkeys("customer won converted evangelist 受注 顧客 既存 既存顧客 成約 契約中".split(), Stage.CUSTOMER),
    **dict.fromkeys("dormant inactive 休眠 休眠客 休眠顧客".split(), Stage.DORMANT),
    **dict.fromkeys("disqualified unqualified noprospect 対象外 失注".split(), Stage.DISQUALIFIED),
}
_WISHES: dict[str, ContactWish] = {
    **dict.fromkeys("notsaid 指定なし".split(), ContactWish.NOT_SAID),
    **dict.fromkeys("mailonly mail_only bymailonly emailonly email mail".split(), ContactWish.MAIL_ONLY),
    **dict.fromkeys("メール メールのみ メールで 電話不可 電話ng".split(), ContactWish.MAIL_ONLY),
    **dict.fromkeys("phonefine phone_fine acallisfine phone call".split(), ContactWish.PHONE_FINE),
    **dict.fromkeys("電話 電話可 電話でも可 電話ok".split(), ContactWish.PHONE_FINE),
    **dict.fromkeys("nocontact no_contact nocontact,please none".split(), ContactWish.NO_CONTACT),
    **dict.fromkeys("連絡不要 連絡を希望しない 連絡不可".split(), ContactWish.NO_CONTACT),
}


def _word(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def yes_no(text: str) -> bool | None:
    """None for a word that nobody knows; an empty cell is no."""
    word = _word(text)
    if word in _YES:
        return True
    return False if word in _NO or not word else None


def refuses_mail(text: str) -> bool | None:
    """Of a column that says who wants no mail: ``停止``, ``TRUE``, ``unsubscribed``. None for an unknown word."""
    word = _word(text)
    if word in _REFUSED:
        return True
    return False if word in _ACCEPTED else yes_no(text)


def permits_mail(text: str) -> bool | None:
    """Of a column that says who agreed to mail: ``○``, ``希望する``, ``yes``. None: it does not say, or not in a known word."""
    word = _word(text)
    if word.startswith(("no:", "不可:")):  # as our own export writes it; without a reason to write is no refusal
        return None if word.endswith(("nopermission", "配信根拠なし")) else False
    if word in _REFUSED or word in _NO:
        return False
    return True if word in _ACCEPTED or word in _YES else None


def stage_of(text: str) -> str | None:
    found = _STAGES.get(_word(text)) or _STAGES.get(re.split(r"[-–(]", _word(text))[0])
    return found.value if found else None


def contact_wish_of(text: str) -> str | None:
    found = _WISHES.get(_word(text))
    return None if found is None else found.value


#: Eras of Japan: the year before their first.
_ERAS = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925, "大正": 1911, "t": 1911}
_ERA_DATE = re.compile(r"^(令和|平成|昭和|大正|[rhst])\.?\s*(元|\d{1,2})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})日?$", re.I)
_DATE = re.compile(r"^(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})日?(?:[ t].*)?$", re.I)
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")


def date_of(text: str) -> datetime.date:
    """``2026/11/5``, ``2026年11月5日``, ``令和8年11月5日``, ``R8.11.5``. BadValue."""
    plain = unicodedata.normalize("NFKC", text).strip()
    era, found = _ERA_DATE.match(plain), _DATE.match(plain) or _COMPACT.match(plain)
    try:
        if era:
            year = _ERAS[era[1].casefold()] + (1 if era[2] == "元" else int(era[2]))
            return datetime.date(year, int(era[3]), int(era[4]))
        if found:
            return datetime.date(*map(int, found.groups()))
    except ValueError as error:
        raise BadValue from error
    raise BadValue


def number_of(text: str) -> int | float:
    """``1,234``, ``１２``, ``¥3,000``, ``45%``. BadValue."""
    plain = unicodedata.normalize("NFKC", text).strip().strip("¥$€円%").replace(",", "").strip()
    if not re.fullmatch(r"[+-]?\d{1,15}(?:\.\d{1,10})?", plain):
        raise BadValue
    return float(plain) if "." in plain else int(plain)


def own_value(own: OwnField, text: str) -> object:
    """The value as `Lead.extra` holds it: text, number, "2026-11-05", true or false, a choice, a list of choices."""
    if own.kind == "number":
        return number_of(text)
    if own.kind == "date":
        return date_of(text).isoformat()
    if own.kind == "yes_no":
        return _certain(yes_no(text))
    if own.kind == "choice":
        return _choice(own, text)
    if own.kind == "choices":
        parts = [part for part in re.split(r"[,;、，；\n|/]+", text) if part.strip()]
        whole = _found(own, text)
        return [whole] if whole else list(dict.fromkeys(_choice(own, part) for part in parts))
    return text if own.kind == "long" else " ".join(text.split())


def _certain(value: bool | None) -> bool:
    if value is None:
        raise BadValue
    return value


def _found(own: OwnField, text: str) -> str | None:
    return next((choice for choice in own.choices if _word(choice) == _word(text)), None)


def _choice(own: OwnField, text: str) -> str:
    found = _found(own, text)
    if found is None:
        raise BadValue
    return found
