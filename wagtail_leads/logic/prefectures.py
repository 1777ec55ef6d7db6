"""The 47 prefectures of Japan, by any way of writing them."""

import re
import unicodedata

#: Japanese name and the one in Latin letters, from north to south.
PREFECTURES: tuple[tuple[str, str], ...] = tuple(
    tuple(pair.split())
    for pair in """
    北海道 Hokkaido|青森県 Aomori|岩手県 Iwate|宮城県 Miyagi|秋田県 Akita|山形県 Yamagata|福島県 Fukushima|茨城県 Ibaraki
    栃木県 Tochigi|群馬県 Gunma|埼玉県 Saitama|千葉県 Chiba|東京都 Tokyo|神奈川県 Kanagawa|新潟県 Niigata|富山県 Toyama
    石川県 Ishikawa|福井県 Fukui|山梨県 Yamanashi|長野県 Nagano|岐阜県 Gifu|静岡県 Shizuoka|愛知県 Aichi|三重県 Mie
    滋賀県 Shiga|京都府 Kyoto|大阪府 Osaka|兵庫県 Hyogo|奈良県 Nara|和歌山県 Wakayama|鳥取県 Tottori|島根県 Shimane
    岡山県 Okayama|広島県 Hiroshima|山口県 Yamaguchi|徳島県 Tokushima|香川県 Kagawa|愛媛県 Ehime|高知県 Kochi|福岡県 Fukuoka
    佐賀県 Saga|長崎県 Nagasaki|熊本県 Kumamoto|大分県 Oita|宮崎県 Miyazaki|鹿児島県 Kagoshima|沖縄県 Okinawa
    """.replace("\n", "|").split("|")
    if pair.strip()
)
_BEHIND = re.compile(r"[\s-]*(?:-?(?:to|fu|ken|do)|prefecture|pref\.?|metropolis)$")
_BY_NAME = {japanese: japanese for japanese, _latin in PREFECTURES}
_BY_NAME |= {japanese[:-1]: japanese for japanese, _latin in PREFECTURES if japanese != "北海道"}
_BY_NAME |= {latin.casefold(): japanese for japanese, latin in PREFECTURES}
_VOWELS = str.maketrans("āīūēōâîûêô", "aiueoaiueo")


def prefecture_of(text: str) -> str:
    """``東京``, ``Tokyo-to``, ``Tōkyō`` -> ``東京都``; '' for what is no prefecture."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold().translate(_VOWELS)
    found = _BY_NAME.get(plain)
    if found is None:
        short = _BEHIND.sub("", plain).strip()
        found = _BY_NAME.get(short) or _BY_NAME.get(short.replace("ou", "o").replace("oh", "o"))
    return found or ""


def prefecture_in(address: str) -> str:
    """The prefecture with which an address in Japanese begins; ''."""
    plain = unicodedata.normalize("NFKC", address).lstrip("〒0123456789- ")
    return next((name for name, _latin in PREFECTURES if plain.startswith(name)), "")


def prefecture_choices(language: str) -> list[tuple[str, str]]:
    """(Japanese name, name in the reader's language) from north to south, for a choice."""
    in_japanese = language.split("-")[0] == "ja"
    return [(japanese, japanese if in_japanese else latin) for japanese, latin in PREFECTURES]
