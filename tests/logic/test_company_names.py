"""One company however it is written, two where they differ; and which two look alike."""

import itertools

import pytest

from wagtail_leads.logic.company_names import beginning, look_alike, same_site
from wagtail_leads.logic.japanese import company_match_key

SAME = [
    [
        "株式会社山田製作所", "山田製作所株式会社", "㈱山田製作所", "山田製作所㈱", "(株)山田製作所", "（株）山田製作所",
        "山田製作所（株）", "株式会社　山田製作所", "山田製作所 (株)", "カ)山田製作所", "( 株 ) 山田製作所", "山田製作所",
        "㍿山田製作所", "山田製作所㍿", " 株式会社\t山田製作所 ",
    ],
    ["有限会社フクダ精密", "フクダ精密有限会社", "㈲フクダ精密", "(有)フクダ精密", "ﾌｸﾀﾞ精密(有)", "フクダ精密"],
    ["合同会社サンプル", "サンプル(同)", "（同）サンプル", "サンプル合同会社"],
    [
        "Sample Works Co., Ltd.", "SAMPLE WORKS CO.,LTD.", "Sample Works Co.Ltd", "Sample Works Co Ltd", "SampleWorks Inc.",
        "Ｓａｍｐｌｅ　Ｗｏｒｋｓ　Ｃｏ．，Ｌｔｄ．", "sample works company limited", "Sample Works, Inc", "Sample Works K.K.",
        "Sample Works KK", "Kabushiki Kaisha Sample Works", "Sample Works Kabushiki-Kaisha", "Sample Works Corporation",
        "Sample Works Corp.", "Sample Works Ltd", "Sample Works LLC", "The Sample Works Company",
    ],
    ["医療法人社団 桜会", "医療法人社団桜会", "(医)桜会", "(医社)桜会", "医療法人 桜会"],
    ["学校法人東都学園", "(学)東都学園"],
    ["一般社団法人日本検査協会", "(一社)日本検査協会", "（一社） 日本検査協会", "㈳日本検査協会"],
    ["公益財団法人みらい", "(公財)みらい", "㈶みらい"],
    ["社会福祉法人ひかり", "(福)ひかり"],
    ["NPO法人みどり", "特定非営利活動法人みどり", "ＮＰＯ法人みどり"],
    ["株式会社髙島屋", "高島屋", "髙島屋㈱"],
    ["キヤノン株式会社", "ｷﾔﾉﾝ(株)"],
    ["株式会社A&B", "Ａ＆Ｂ", "A and B Co., Ltd."],
    ["㈱ＡＢＣホールディングス", "ABCホールディングス", "abcホ－ルディングス"],
    ["株式会社ﾔﾏﾀﾞ電機", "株式会社ヤマダ電機"],
    ["国立大学法人東京大学", "東京大学"],
    ["有限責任監査法人トーマツ", "監査法人トーマツ"],
    ["Muster GmbH", "Muster GmbH & Co. KG", "GmbH Muster"],
    ["Sample S.p.A.", "Sample SpA", "Sample S.A.", "Sample B.V.", "Sample NV", "sample"],
]  # fmt: skip
DIFFERENT = [
    ("山田製作所", "山田製作"),
    ("東京サンプル", "サンプル"),
    ("Sample Works", "Sample"),
    ("日本", "日本電気"),
    ("coop", "co"),
    ("sample.co.jp", "sample.jp"),
    ("A社", "B社"),
    ("ヤマダ電機", "ヤマダデンキ"),
]


@pytest.mark.parametrize("group", SAME, ids=lambda group: group[0])
def test_one_company_however_it_is_written(group):
    assert len({company_match_key(name) for name in group}) == 1
    assert company_match_key(group[0])


def test_no_two_groups_are_one_company():
    keys = [company_match_key(group[0]) for group in SAME if group[0] != "Sample S.p.A."]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_companies_are_two(one, other):
    assert company_match_key(one) != company_match_key(other)


@pytest.mark.parametrize("nothing", ["", " ", "-", "・", "()", None, 7, "\x00", "　"])
def test_a_name_without_letters_has_no_key(nothing):
    assert company_match_key(nothing) == ""


@pytest.mark.parametrize("form", ["株式会社", "㈱", "Co., Ltd.", "Inc.", "有限会社"])
def test_a_legal_form_alone_is_the_name(form):
    assert company_match_key(form)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("東洋精機", "株式会社東洋精機", True),
        ("東洋精機", "東洋精機東日本", True),
        ("Sample Works", "Sample Works Japan", True),
        ("Sample Works", "Sampel Works", True),
        ("東洋精機", "東洋化学", False),
        ("日立", "日立製作所", False),  # too short to say anything
        ("Acme", "Zeta", False),
        ("", "Acme", False),
    ],
)
def test_names_that_look_alike(one, other, alike):
    assert look_alike(one, other) is alike
    assert look_alike(other, one) is alike


def test_looking_alike_is_the_same_both_ways():
    names = [name for group in SAME for name in group[:2]]
    assert all(look_alike(a, b) == look_alike(b, a) for a, b in itertools.combinations(names, 2))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("mihon.co.jp", "mihon.com", True),
        ("mihon.co.jp", "Mihon.jp", True),
        ("mihon.co.jp", "mihon-works.jp", False),
        ("abc.co.jp", "abc.com", False),
        ("", "", False),
    ],
)
def test_one_site_under_two_endings(one, other, same):
    assert same_site(one, other) is same


def test_the_beginning_is_that_of_the_name_proper():
    assert beginning("株式会社東洋精機") == "東洋精"
    assert beginning("") == ""
