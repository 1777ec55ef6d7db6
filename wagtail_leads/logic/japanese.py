"""Japanese names: of companies (for matching), of people (tidy), of positions (rank).

Facts and sources: research/japan-market-law-requirements.md section 5.
"""

import hashlib
import re
import unicodedata

# --- Companies ------------------------------------------------------------------------------------------------------

#: Characters that mean the same in a name and that NFKC keeps apart; about the most common of some 800.
_SAME_CHARACTER = str.maketrans(
    {
        **dict.fromkeys("髙", "高"),
        **dict.fromkeys("﨑", "崎"),
        **dict.fromkeys("齋斎齊", "斉"),
        **dict.fromkeys("邊邉", "辺"),
        **dict.fromkeys("濵濱", "浜"),
        **dict.fromkeys("澤", "沢"),
        **dict.fromkeys("嶋嶌", "島"),
        **dict.fromkeys("廣", "広"),
        **dict.fromkeys("國", "国"),
        **dict.fromkeys("櫻", "桜"),
        **dict.fromkeys("德", "徳"),
        **dict.fromkeys("惠", "恵"),
        **dict.fromkeys("眞", "真"),
        **dict.fromkeys("龍", "竜"),
        **dict.fromkeys("淺", "浅"),
        **dict.fromkeys("瀨", "瀬"),
        **dict.fromkeys("𠮷", "吉"),
        **dict.fromkeys("舘", "館"),
        **dict.fromkeys("會", "会"),
        **dict.fromkeys("學", "学"),
        **dict.fromkeys("驛", "駅"),
        **dict.fromkeys("鐵", "鉄"),
        **dict.fromkeys("ヶヵケ", "ケ"),
        **dict.fromkeys("ヴ", "ブ"),
        # All that looks like a line: hyphens, minus, dashes, the Japanese length mark, wave dashes.
        **dict.fromkeys("-‐‑‒–—―−─━ー〜~", "-"),
    }
)

#: Before or after the name. Longest first: 一般社団法人 before 社団法人.
_FORMS_JA = (
    "特定非営利活動法人 公益社団法人 公益財団法人 一般社団法人 一般財団法人 独立行政法人 地方独立行政法人 国立大学法人 "
    "社会福祉法人 特定目的会社 税理士法人 弁護士法人 司法書士法人 行政書士法人 社会保険労務士法人 有限責任監査法人 監査法人 "
    "医療法人社団 医療法人財団 医療法人 学校法人 宗教法人 社団法人 財団法人 農事組合法人 協同組合 企業組合 "
    "有限責任事業組合 npo法人 株式会社 有限会社 合同会社 合資会社 合名会社 相互会社 特例有限会社"
).split()
#: As they are written on forms and in bank data, after NFKC.
_FORMS_SHORT = "株 有 合 資 名 同 一社 一財 公社 公財 社 財 医社 医財 医 学 福 特非 独 カブ カ ユ ド".split()
_FORM_JA = re.compile("|".join(sorted(map(re.escape, _FORMS_JA), key=len, reverse=True)))
_FORM_IN_BRACKETS = re.compile(rf"[(]\s*({'|'.join(map(re.escape, _FORMS_SHORT))})\s*[)]|^(?:カ|ユ|ド)\)|\((?:カ|ユ|ド)$")
_FORM_LATIN = re.compile(
    r"(?:^|[\s,.(])(?:kabushiki\s?-?(?:kaisha|gaisha)|yugen\s?-?(?:kaisha|gaisha)|godo\s?-?(?:kaisha|gaisha)|"
    r"incorporated|inc|corporation|corp|company|co|limited|ltd|llc|llp|lp|plc|k\.?\s?k|y\.?\s?k|g\.?\s?k|"
    r"gmbh(?:\s?&\s?co\.?\s?kg)?|mbh|kg|ohg|ag|se|s\.?a\.?s|s\.?a|s\.?r\.?l|s\.?p\.?a|b\.?v|n\.?v|pty|pte|"
    r"a/s|aps|ab|oy|oyj|sdn\.?\s?bhd|bhd|co\.?\s?,\s?ltd|the)(?=$|[\s,.)])\.?"
)
#: A company that is known by its domain only.
_DOMAIN_AS_NAME = re.compile(r"[a-z0-9-]+\.(?:ac|co|ed|go|gr|lg|ne|or)\.[a-z]{2}")


def company_match_key(name: object) -> str:
    """32 hex digits that two ways of writing one company share; '' when nothing is left of the name.

    For suggesting, not for merging: companies of one name exist in different prefectures.
    """
    plain = company_plain_name(name)
    return hashlib.sha256(plain.encode()).hexdigest()[:32] if plain else ""


def company_plain_name(name: object) -> str:
    """The name without legal form, spaces and marks, in one way of writing."""
    text = _clean(name).casefold()
    if _DOMAIN_AS_NAME.fullmatch(text):  # "sample.co.jp": its "co" is no legal form
        return text
    without = _FORM_IN_BRACKETS.sub(" ", _FORM_JA.sub(" ", text))
    without = _without_latin_forms(without)
    # "The Company Inc." and 株式会社 alone have nothing else: then the form is the name.
    return _letters(without) or _letters(text)


def _without_latin_forms(text: str) -> str:
    """One after the other: "Co., Ltd." is two."""
    while (shorter := _FORM_LATIN.sub(" ", text)) != text:
        text = shorter
    return text


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text.replace("&", "and")).translate(_SAME_CHARACTER)
    return "".join(char for char in folded if char.isalnum() or char == "-").strip("-")


# --- People ---------------------------------------------------------------------------------------------------------

_HONORIFIC = re.compile(r"[\s(]*(?:様|さま|殿|さん|先生|御中|宛)\)?$")
_TITLE = re.compile(r"^(?:mr|mrs|ms|miss|dr|prof)\.?\s+", re.I)


def person_name(raw: object) -> str:
    """Tidy: one space between the parts, no honorific, no control characters; the way of writing stays (髙 is 髙)."""
    text = _clean(raw, keep=True)
    text = _TITLE.sub("", text)
    shorter = _HONORIFIC.sub("", text)
    return (shorter or text)[:100].strip()


def person_match_name(raw: object) -> str:
    """A person's name in one way of writing, for comparing only: no spaces, 髙 is 高, no capitals."""
    return _letters(person_name(raw).casefold())


#: Kanji (with 々 and compatibility ideographs), hiragana, katakana: names that are written family name first.
_FAMILY_FIRST = re.compile(
    "[\u3005-\u3007\u3041-\u30ff\u3400-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff\ufe00-\ufe0f\U000e0100-\U000e01ef]+"
)


def split_name(raw: object) -> tuple[str, str] | None:
    """(family name, given name) of a name whose one space makes it certain: 山田 太郎. None for any other.

    In Latin letters the order is anybody's guess: Taro Yamada, Yamada Taro.
    """
    parts = person_name(raw).split(" ")
    return (parts[0], parts[1]) if len(parts) == 2 and all(map(_FAMILY_FIRST.fullmatch, parts)) else None


def compose_name(family: str, given: str) -> str:
    """山田 太郎, and Taro Yamada: each as its own writing puts it."""
    if family and given and not _FAMILY_FIRST.search(family + given):
        return f"{given} {family}"
    return f"{family} {given}".strip()


# --- Positions ------------------------------------------------------------------------------------------------------

UNKNOWN_RANK = 9
#: (words, rank): 0 head of the firm ... 7 staff. Read from the top: special words before general ones.
JOB_RANKS: tuple[tuple[re.Pattern, int], ...] = tuple(
    (re.compile(words), rank)
    for words, rank in (
        # Deputies and assistants stand below the word that they assist.
        (r"社長室|会長室|役員室|取締役会事務局|秘書|secretary|assistant|アシスタント", 7),
        (r"執行役員|cxo|\bc[tfimorhlsd]o\b|最高\w+責任者|vice[- ]president|\bvp\b|\bevp\b|\bsvp\b", 1),
        (r"副(?:社長|会長|理事長)", 1),
        (r"代表|会長|(?<!支)社長|頭取|理事長|院長|園長|学長|校長|総長|所長代表|\bceo\b|president|chair(?:man|woman|person)?|"
         r"founder|\bowner\b|オーナー|店主|経営者", 0),
        (r"監査役|顧問|相談役|auditor|advisor|adviser", 2),
        (r"取締役|役員|専務|常務|理事|\bdirectors?\b(?=.*board)|board member|パートナー|\bpartner\b", 1),
        (r"(?:本部|事業部|支社|支店|工場|統括部|局)長(?:代理|補佐)", 4),
        (r"本部長|事業部長|支社長|支店長|工場長|統括部長|局長|general manager|head of|\bgm\b|division head", 3),
        (r"部長(?:代理|補佐)|次長|担当部長|副部長|deputy (?:director|manager)", 4),
        (r"部長|\bdirector\b|ディレクター|所長|館長|department (?:head|manager)", 4),
        (r"課長(?:代理|補佐)|副課長", 6),
        (r"課長|室長|店長|マネージャ|マネジャ|\bmanager\b|グループ長|\bgl\b|課長職", 5),
        (r"係長|主任|主査|リーダ|班長|職長|チーフ|\bleader\b|\bchief\b|supervisor|senior", 6),
        (r"一般|社員|スタッフ|担当|職員|\bstaff\b|メンバー|engineer|エンジニア|営業|事務|研究員", 7),
    )
)  # fmt: skip
_FORMER = re.compile(r"^(?:元|前|旧|ex-|former )")


def job_rank(title: object) -> int:
    """0 president, 1 board, 2 auditor or adviser, 3 division, 4 department, 5 section, 6 team, 7 staff, 9 unknown."""
    text = _clean(title).casefold()
    if not text or _FORMER.match(text):
        return UNKNOWN_RANK
    return next((rank for words, rank in JOB_RANKS if words.search(text)), UNKNOWN_RANK)


#: NFKC would replace some of them by another character, and a person's name has the one it has.
_COMPATIBILITY_IDEOGRAPH = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f]+)")


def _clean(value: object, *, keep: bool = False) -> str:
    """NFKC, no control characters, single spaces. ``keep`` leaves compatibility ideographs as they are written."""
    if not isinstance(value, str):
        return ""
    parts = _COMPATIBILITY_IDEOGRAPH.split(value[:400]) if keep else [value[:400]]
    text = "".join(part if keep and at % 2 else unicodedata.normalize("NFKC", part) for at, part in enumerate(parts))
    text = "".join(char if unicodedata.category(char)[0] != "C" else " " for char in text)
    return " ".join(text.split())
