import pytest

from wagtail_leads.content.guesses import guess_content_kind, guess_mapping, guess_purchase_stage
from wagtail_leads.logic.kinds import ContentKind, PurchaseStage

KINDS = [
    ("StandardPage", "料金プラン", "plans", "price"),
    ("PricePage", "What it is worth", "worth", "price"),
    ("ArticlePage", "The right price", "right-price", "article"),
    ("CaseIndexPage", "導入事例", "cases", "other"),
    ("WhitePaperPage", "Seals in practice", "seals", "catalogue"),
    ("StandardPage", "価格について", "kakaku", "price"),
    ("StandardPage", "Pricing", "pricing", "price"),
    ("StandardPage", "お見積もり", "mitsumori", "price"),
    ("StandardPage", "Our offer", "price-list", "price"),
    ("StandardPage", "導入事例：山田工業様", "yamada", "case_study"),
    ("StandardPage", "Yamada cuts waste by half", "case-yamada", "case_study"),
    ("CaseStudyPage", "Yamada cuts waste by half", "yamada", "case_study"),
    ("StandardPage", "In this case we win", "x", "other"),
    ("StandardPage", "Case studies", "x", "case_study"),
    ("CasePage", "Yamada", "yamada", "case_study"),
    ("BlogPage", "費用対効果の測り方", "roi", "article"),
    ("StandardPage", "How to cut cost", "cut-cost", "other"),
    ("StandardPage", "Whitepaper: seals", "x", "catalogue"),
    ("StandardPage", "About us", "about", "maker"),
    ("StandardPage", "Staircase lighting", "staircase", "other"),
    ("StandardPage", "Priceless moments", "priceless", "other"),
    ("StandardPage", "ホワイトペーパー：品質管理の基本", "wp", "catalogue"),
    ("StandardPage", "White paper on seals", "seals", "catalogue"),
    ("StandardPage", "製品資料ダウンロード", "dl", "catalogue"),
    ("StandardPage", "お客様の声", "voices", "review"),
    ("StandardPage", "お問い合わせ", "contact", "ordering"),
    ("StandardPage", "会社概要", "about", "maker"),
    ("ProductPage", "シール材A", "a", "product"),
    ("BlogPage", "Why seals fail", "why", "article"),
    ("ArticlePage", "Why seals fail", "why", "article"),
    ("StandardPage", "ｐｒｉｃｅ", "x", "price"),
    ("", "", "", "other"),
    ("HomePage", "Home", "home", "other"),
]


@pytest.mark.parametrize("page_type, title, slug, kind", KINDS)
def test_a_page_is_guessed_from_title_slug_and_type(page_type, title, slug, kind):
    assert guess_content_kind(page_type, title, slug) == ContentKind(kind)


def test_a_reader_of_a_price_page_compares():
    assert guess_purchase_stage(ContentKind.PRICE) == PurchaseStage.COMPARISON
    assert guess_purchase_stage(ContentKind.OTHER) == ""
    assert guess_purchase_stage("") == ""


FORMS = [
    (
        [("your_name", "singleline", "Your name"), ("e_mail", "email", "E-mail"), ("text", "multiline", "Text")],
        {"name": "your_name", "email": "e_mail", "message": "text"},
    ),
    (
        [
            ("会社名", "singleline", "会社名"),
            ("お名前", "singleline", "お名前（担当者）"),
            ("furigana", "singleline", "お名前（フリガナ）"),
            ("メール", "singleline", "メールアドレス"),
            ("メール確認", "singleline", "メールアドレス（確認）"),
            ("tel", "singleline", "電話番号"),
            ("yakushoku", "dropdown", "役職"),
            ("naiyo", "multiline", "お問い合わせ内容"),
        ],
        {
            "company": "会社名",
            "name": "お名前",
            "email": "メール",
            "phone": "tel",
            "job_title": "yakushoku",
            "message": "naiyo",
        },
    ),
    (
        [("company_name", "singleline", "Company name"), ("name", "singleline", "Name"), ("email", "email", "")],
        {"company": "company_name", "name": "name", "email": "email"},
    ),
    ([("agree", "checkbox", "E-mail me the news"), ("x", "hidden", "name")], {}),
    ([], {}),
]


@pytest.mark.parametrize("fields, mapping", FORMS)
def test_the_fields_of_a_form_are_recognised(fields, mapping):
    assert guess_mapping(fields) == mapping
