"""What the columns of a file of leads mean: by their headings, in Japanese and English, else by what stands in them.

The words are those of Excel lists and of what Sansan, Eight, HubSpot, Salesforce, Mailchimp and Google Contacts write.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from wagtail_leads.logic.prefectures import prefecture_of

#: field -> headings; compared without case, width, spaces and signs. The first one that fits counts.
HEADINGS: dict[str, tuple[str, ...]] = {
    "email": (
        "email", "e-mail", "mail", "email address", "e-mail address", "mail address", "e-mail 1 - value", "email 1",
        "メール", "メールアドレス", "eメール", "電子メール", "メアド", "アドレス", "連絡先メールアドレス",
        "会社メールアドレス",
        "ご連絡先メール", "work email", "primary email", "メールアドレス1", "e-mail1",
    ),
    "name": (
        "name", "full name", "contact name", "fullname", "氏名", "お名前", "名前", "姓名", "ご氏名",
        "担当者名", "ご担当者名",
        "ご担当者", "ご担当者様", "先方担当者", "お客様名", "顧客名", "担当者氏名", "display name", "person",
    ),
    "family_name": (
        "family name", "last name", "lastname", "surname", "姓", "名字", "苗字", "氏", "氏名姓", "お名前姓",
    ),
    "given_name": ("given name", "first name", "firstname", "名", "下の名前", "氏名名", "お名前名"),
    "kana": (
        "kana", "フリガナ", "ふりがな", "カナ", "かな", "氏名カナ", "氏名かな", "氏名フリガナ",
        "氏名ふりがな", "カナ氏名",
        "お名前フリガナ", "お名前カナ", "ヨミガナ", "よみがな", "読み仮名", "name kana", "phonetic name",
    ),
    "family_kana": (
        "セイ", "せい", "姓カナ", "姓かな", "姓フリガナ", "姓ふりがな", "カナ姓", "フリガナ姓",
        "last name kana", "family name kana",
        "ヨミガナ姓", "姓ヨミガナ", "phonetic last name", "family name yomi",
    ),
    "given_kana": (
        "メイ", "めい", "名カナ", "名かな", "名フリガナ", "名ふりがな", "カナ名", "フリガナ名",
        "first name kana", "given name kana",
        "ヨミガナ名", "名ヨミガナ", "phonetic first name", "given name yomi",
    ),
    "company_name": (
        "company", "company name", "organization", "organisation", "organization name", "account name", "account",
        "会社", "会社名", "貴社名", "御社名", "法人名", "企業名", "勤務先", "勤務先名", "所属", "所属名",
        "団体名", "社名", "組織名",
        "取引先名", "取引先", "会社名団体名", "学校名", "organization 1 - name", "employer",
    ),
    "department": (
        "department", "division", "部署", "部署名", "所属部署", "部門", "部課", "部課名", "所属部課",
        "organization 1 - department",
    ),
    "job_title": (
        "job title", "title", "position", "role", "役職", "役職名", "肩書", "肩書き", "職位",
        "organization 1 - title",
    ),
    "phone": (
        "phone", "phone number", "telephone", "tel", "tel no", "business phone", "work phone",
        "office phone", "電話", "電話番号",
        "tel会社", "tel直通", "tel部門", "会社電話番号", "連絡先電話番号", "代表電話", "代表電話番号",
        "直通電話番号", "tel1", "tel2",
        "phone 1 - value", "固定電話", "勤務先電話番号", "お電話番号", "連絡先", "電話番号1", "電話番号2",
    ),
    "mobile": (
        "mobile", "mobile phone", "mobile phone number", "mobilephone", "cell", "cell phone", "cellphone",
        "携帯", "携帯電話",
        "携帯電話番号", "携帯番号", "モバイル", "tel携帯", "ケータイ", "スマートフォン",
    ),
    "postal_code": (
        "postal code", "postcode", "zip", "zip code", "zipcode", "zip/postal code", "postalcode",
        "郵便番号", "〒", "郵便",
        "mailing zip/postal code", "billing zip/postal code", "address 1 - postal code",
    ),
    "prefecture": (
        "prefecture", "state", "state/region", "state/province", "region", "都道府県", "県", "都道府県名", "地域",
        "mailing state/province", "address 1 - region",
    ),
    "address": (
        "address", "street", "street address", "address 1", "address 2", "address line 1", "address line 2",
        "city", "住所",
        "住所1", "住所2", "住所3", "所在地", "会社住所", "勤務先住所", "市区町村", "市区郡", "市町村",
        "番地", "町名番地", "建物名", "建物",
        "ビル名", "丁目番地", "ご住所", "mailing street", "mailing city", "address 1 - formatted",
    ),
    "note": (
        "note", "notes", "memo", "comment", "comments", "remarks", "description", "message", "備考", "メモ",
        "コメント", "摘要",
        "特記事項", "説明", "ご質問", "ご要望", "お問い合わせ内容", "問合せ内容", "名刺メモ",
    ),
    "tags": ("tags", "tag", "label", "labels", "タグ", "ラベル", "グループ", "group membership", "分類"),
    "owner": (
        "owner", "contact owner", "lead owner", "owner name", "sales rep", "担当", "担当者", "営業担当",
        "営業担当者", "自社担当",
        "自社担当者", "弊社担当", "弊社担当者", "社内担当者", "リード所有者", "所有者", "名刺所有者",
    ),
    "contact_wish": (
        "contact wish", "contact preference", "preferred contact method", "wishes to be contacted",
        "連絡方法", "希望連絡方法",
        "ご希望の連絡方法", "連絡の希望", "連絡希望",
    ),
    "stage": (
        "stage", "lifecycle stage", "lead status", "status", "購買段階", "リード状況", "ステージ",
        "ステータス", "状況", "状態",
    ),
    "may_mail": (
        "may we write", "opt in", "opted in", "email opt in", "email consent", "marketing consent", "mail consent",
        "accepts marketing", "accepts email marketing", "subscribed", "newsletter",
        "メール配信", "メール配信可否", "メール配信の可否", "メール配信希望", "メール配信同意", "配信可否",
        "配信希望", "配信同意",
        "メール可否", "メール希望", "メール同意", "案内メール", "案内メール希望", "ご案内メール", "案内希望",
        "メルマガ", "メルマガ希望", "メルマガ登録", "メールマガジン", "メールマガジン希望", "dm可否", "dm希望",
        "同意", "同意の有無", "オプトイン", "メール送信の可否",
    ),
    "opted_out": (
        "unsubscribed", "opted out", "opt out", "email opt out", "hasoptedoutofemail", "unsubscribed from all email",
        "do not email", "email marketing status", "配信停止", "メール配信停止", "メール送信除外",
        "配信不可", "メール不可", "dm不可",
        "オプトアウト",
    ),
}  # fmt: skip
#: The order in which a screen offers them.
FIELDS = tuple(HEADINGS)
#: Fields that several columns may go to: parts of an address, notes, tags, numbers. Of others the first counts.
SEVERAL = ("address", "note", "tags", "phone", "email", "may_mail", "opted_out")
OWN = "extra."
_SIGNS = re.compile(r"[^\w〒]|_")
_IN_BRACKETS = re.compile(r"[(（【\[].*?[)）】\]]")
#: "required", "half-width only" and the like; a form's heading carries them.
_DECORATION = re.compile(r"(?:必須|任意|全角|半角|required|optional)$|^(?:必須|任意)")


def plain(text: str) -> str:
    """A heading in one way of writing."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text).casefold())


_KNOWN = {plain(word): field for field, words in HEADINGS.items() for word in (*words, field)}


def field_of(heading: str) -> str:
    """Our field for one heading; '' when nobody knows it. ``E-mail（必須）`` is ``email``, ``姓（カナ）`` is ``family_kana``."""
    whole = plain(heading)
    without = plain(_IN_BRACKETS.sub("", unicodedata.normalize("NFKC", heading)))
    for word in (whole, _DECORATION.sub("", whole), without, _DECORATION.sub("", without)):
        if word in _KNOWN:
            return _KNOWN[word]
    return ""


def known_headings(cells: Sequence[str], *, own: Mapping[str, str] | Sequence[str] = ()) -> dict[int, str]:
    """Number of the column -> our field. `own`: key of an own field -> its label (or labels alone).

    Of two columns with one meaning the first has it, unless the field takes several (`SEVERAL`).
    """
    names = dict(own) if isinstance(own, Mapping) else {label: label for label in own}
    labels = {plain(text): f"{OWN}{key}" for key, label in names.items() for text in (key, label) if plain(text)}
    found: dict[int, str] = {}
    for number, cell in enumerate(cells):
        field = labels.get(plain(cell)) or field_of(cell)
        if field and (field in SEVERAL or field not in found.values()):
            found[number] = field
    if not {"name", "family_name"} & set(found.values()):  # then "担当者" is the customer's person, not ours
        for number in [n for n, field in found.items() if field == "owner" and plain(cells[n]) in ("担当者", "担当")]:
            found[number] = "name"
    return found


#: A column is what at least this part of its filled cells is.
_MOST = 0.6
_PHONE = re.compile(r"^[\d+()\s.-]{9,20}$")
_POSTAL = re.compile(r"^〒?\s?\d{3}-\d{4}$|^〒\s?\d{7}$")
_COMPANY = re.compile(r"株式会社|有限会社|合同会社|社団法人|財団法人|\((?:株|有|同)\)|\b(?:Inc|Ltd|LLC|Corp|GmbH|K\.K)\b", re.I)
_KANA = re.compile(r"^[ァ-ヺー\s]{2,30}$")
_PERSON = re.compile(r"^[\u4e00-\u9fff々ヶ]{1,4}\s[\u4e00-\u9fff々ぁ-んァ-ヶ]{1,4}$")


def guessed_by_content(columns: Sequence[Sequence[str]]) -> dict[int, str]:
    """The same for columns without a known heading, from cells that stand in them. The first of a kind has it."""
    found: dict[int, str] = {}
    for number, cells in enumerate(columns):
        field = _kind_of([unicodedata.normalize("NFKC", cell).strip() for cell in cells if cell.strip()])
        if field and field not in found.values():
            found[number] = field
    return found


def _kind_of(cells: list[str]) -> str:
    if not cells:
        return ""
    tests = (
        ("email", lambda cell: re.match(r"^(?:mailto:)?[^@\s]+@[^@\s]+\.[^@\s]+$", cell, re.I)),
        ("postal_code", _POSTAL.match),
        ("mobile", lambda cell: _PHONE.match(cell) and re.match(r"^(?:\+81\s?|0)?[789]0", cell)),
        ("phone", lambda cell: _PHONE.match(cell) and sum(map(str.isdigit, cell)) >= 9),
        ("prefecture", prefecture_of),
        ("address", lambda cell: re.match(r"^(?:東京都|北海道|(?:京都|大阪)府|.{2,3}県).+", cell)),
        ("company_name", _COMPANY.search),
        ("kana", _KANA.match),
        ("name", _PERSON.match),
    )
    return next((field for field, test in tests if sum(map(bool, map(test, cells))) / len(cells) >= _MOST), "")


def mapped(header: Sequence[str], samples: Sequence[Sequence[str]], *, own: Mapping[str, str]) -> dict[int, str]:
    """What each column probably is: by its heading, and where that says nothing, by the cells of the first rows."""
    found = known_headings(header, own=own)
    width = max([len(header), *map(len, samples)], default=0)
    columns = [[row[n] for row in samples if n < len(row)] for n in range(width)]
    silent = [n for n in range(width) if n not in found and (n >= len(header) or not header[n])]
    if not header or "email" not in found.values():
        silent = [n for n in range(width) if n not in found]
    guessed = guessed_by_content([columns[n] if n in silent else [] for n in range(width)])
    return found | {n: field for n, field in guessed.items() if field not in found.values()}
