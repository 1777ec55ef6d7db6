"""Educated guesses from words, in Japanese and English, so that an editor only has to agree. Pure: values in, values out."""

import re
import unicodedata

from wagtail_leads.logic.kinds import ContentKind, PurchaseStage

#: First match wins, so the narrow kinds stand before the broad ones. Latin words match whole, Japanese anywhere.
KIND_WORDS: tuple[tuple[ContentKind, tuple[str, ...]], ...] = (
    (
        ContentKind.PRICE,
        ("price", "prices", "pricing", "plans", "fees", "quotation") + ("料金", "価格", "費用", "値段", "見積", "プラン"),
    ),
    (
        ContentKind.CASE_STUDY,
        ("case-study", "case-studies", "cases", "success-story", "success-stories", "customer-story")
        + ("事例", "導入例", "活用例", "採用例", "ケーススタディ"),
    ),
    (
        ContentKind.CATALOGUE,
        ("catalogue", "catalog", "brochure", "white-paper", "ebook", "datasheet")
        + ("カタログ", "パンフレット", "ホワイトペーパー", "資料", "ガイドブック", "電子ブック"),
    ),
    (
        ContentKind.REVIEW,
        ("review", "reviews", "testimonial", "testimonials") + ("お客様の声", "口コミ", "評判", "レビュー"),
    ),
    (
        ContentKind.ORDERING,
        ("how-to-order", "ordering", "checkout", "contact", "inquiry", "enquiry")
        + ("注文", "購入", "申込", "申し込み", "問い合わせ", "問合せ", "問合わせ"),
    ),
    (
        ContentKind.HOW_TO_USE,
        ("how-to-use", "usage", "manual", "tutorial", "getting-started")
        + ("使い方", "使いかた", "活用方法", "利用方法", "マニュアル"),
    ),
    (
        ContentKind.HOW_MADE,
        ("how-it-is-made", "how-we-make", "manufacturing", "our-factory") + ("製造工程", "品質保証", "工場", "作り方"),
    ),
    (
        ContentKind.TRACK_RECORD,
        ("track-record", "our-clients", "references") + ("実績", "導入企業", "取引先"),
    ),
    (
        ContentKind.MAKER,
        ("about-us", "our-company", "our-team", "company-profile")
        + ("会社概要", "会社案内", "企業情報", "私たちについて", "代表挨拶"),
    ),
    (
        ContentKind.PRODUCT,
        ("product", "products", "service", "services", "solution", "solutions", "features")
        + ("製品", "商品", "サービス", "ソリューション", "機能"),
    ),
    (
        ContentKind.ARTICLE,
        ("blog", "article", "articles", "news", "column", "insights") + ("ブログ", "記事", "コラム", "お知らせ", "ニュース"),
    ),
)
#: Words that look like one of those above and mean something else.
FALSE_FRIENDS = ("費用対効果", "工場長")

#: Where a reader of such a page usually stands; an editor may say otherwise.
STAGE_OF_KIND = {
    ContentKind.ARTICLE: PurchaseStage.ATTENTION,
    ContentKind.PRODUCT: PurchaseStage.INTEREST,
    ContentKind.HOW_TO_USE: PurchaseStage.IMAGINATION,
    ContentKind.CATALOGUE: PurchaseStage.INTEREST,
    ContentKind.REVIEW: PurchaseStage.COMPARISON,
    ContentKind.PRICE: PurchaseStage.COMPARISON,
    ContentKind.CASE_STUDY: PurchaseStage.CONVICTION,
    ContentKind.TRACK_RECORD: PurchaseStage.CONVICTION,
    ContentKind.ORDERING: PurchaseStage.ACTION,
}

#: Our field -> words in a form field's label or name. Narrow before broad ("company name" before "name").
FIELD_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("email", ("email", "e-mail", "mail", "メール", "mailaddress")),
    ("mobile", ("mobile", "cell phone", "cellphone", "携帯")),
    ("phone", ("phone", "telephone", "tel", "電話")),
    ("job_title", ("job title", "jobtitle", "position", "role", "役職", "職位", "肩書")),
    ("department", ("department", "division", "部署", "所属")),
    ("postal_code", ("postal code", "postcode", "zip", "zip code", "郵便番号")),
    ("prefecture", ("prefecture", "都道府県")),
    ("family_name", ("family name", "last name", "surname", "苗字", "名字")),
    ("given_name", ("given name", "first name")),
    (
        "company",
        ("company", "organisation", "organization", "employer", "firm")
        + ("会社", "企業", "御社", "貴社", "法人", "団体", "勤務先"),
    ),
    (
        "message",
        ("message", "inquiry", "enquiry", "question", "comment", "comments", "details")
        + ("内容", "本文", "ご質問", "メッセージ", "ご要望"),
    ),
    ("address", ("address", "street", "住所", "所在地")),
    ("name", ("name", "full name", "your name", "氏名", "お名前", "名前", "担当者")),
)
#: Words that speak against: the reading of a name, a second address field.
NOT_THIS = ("フリガナ", "ふりがな", "カナ", "確認", "confirm", "repeat", "again")
FIELD_TYPES = {"email": "email", "multiline": "message"}


def guess_content_kind(page_type: str, title: str, slug: str) -> ContentKind:
    """What a page is probably about: from the name of its type, then from title and slug.

    A developer who made a `PricePage` said it already. An index of pages is none of them.
    """
    if "index" in page_type.casefold():
        return ContentKind.OTHER
    for text in (_spaced(page_type), title, slug):
        kind = _kind_in(text)
        if kind:
            return kind
        if text is not title and _normal(text).startswith("case"):  # CasePage, /case-yamada/; too vague in a title
            return ContentKind.CASE_STUDY
    return ContentKind.OTHER


def _kind_in(text: str) -> ContentKind | None:
    norm = _normal(text)
    for friend in FALSE_FRIENDS:
        norm = norm.replace(friend, "")
    for kind, words in KIND_WORDS:
        if any(_has(norm, word) for word in words):
            return kind
    return None


def guess_purchase_stage(kind: str) -> str:
    """Where a reader of such a page usually stands; empty when that cannot be said."""
    return str(STAGE_OF_KIND.get(kind, ""))


def words_of(kind: ContentKind) -> tuple[str, ...]:
    """The words that make a page look like this kind (for a first, coarse search in the database)."""
    return dict(KIND_WORDS)[kind]


def guess_mapping(fields) -> dict[str, str]:
    """Our field -> the form's field name, each used once.

    `fields` are (name, type, label) of the form page's fields in their order. An e-mail type is believed over words.
    """
    fields = [(name, kind, _normal(f"{label} {name.replace('_', ' ')}")) for name, kind, label in fields]
    mapping: dict[str, str] = {}
    for name, kind, _label in fields:
        ours = FIELD_TYPES.get(kind)
        if ours and ours not in mapping:
            mapping[ours] = name
    for ours, words in FIELD_WORDS:
        if ours in mapping:
            continue
        for name, kind, label in fields:
            if name in mapping.values() or kind in {"hidden", "checkbox"} or any(w in label for w in NOT_THIS):
                continue
            if any(_has(label, word) for word in words):
                mapping[ours] = name
                break
    return mapping


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text or "").casefold()


def _spaced(camel: str) -> str:
    """`CaseStudyPage` -> `Case Study`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", camel or "").replace("Page", "")


def _has(text: str, word: str) -> bool:
    if not word.isascii():
        return word in text
    pattern = re.escape(word).replace(r"\-", "[-_ ]?").replace(r"\ ", "[-_ ]?")
    return re.search(rf"(?<![a-z]){pattern}(?![a-z])", text) is not None
