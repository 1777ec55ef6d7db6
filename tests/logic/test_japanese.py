import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_leads.logic.japanese import company_match_key, company_plain_name, job_rank, person_name


@pytest.mark.parametrize(
    "names",
    [
        "株式会社山田製作所|㈱山田製作所|(株)山田製作所|山田製作所（株）|山田製作所　株式会社|カ)山田製作所",
        "Acme Co., Ltd.|ACME|Acme K.K.|株式会社Acme|acme, inc.|Ａｃｍｅ Inc|The Acme Company|Acme Kabushiki Kaisha",
        "髙﨑商店|高崎商店|有限会社髙崎商店|㈲高﨑商店",
        "茨城ヶ丘工業|茨城ケ丘工業",
        "渡邊工業|渡邉工業|渡辺工業",
        "齋藤組|斎藤組|齊藤組|斉藤組",
        "コンピューターサービス|ｺﾝﾋﾟｭｰﾀｰｻｰﾋﾞｽ|コンピュータ−サ−ビス|コンピューター・サービス",
        "一般社団法人日本協会|(一社)日本協会|日本協会",
        "Johnson & Johnson K.K.|johnson and johnson",
    ],
)
def test_ways_of_writing_one_company_share_a_key(names):
    keys = {company_match_key(name) for name in names.split("|")}
    assert len(keys) == 1
    assert len(keys.pop()) == 32


def test_different_companies_have_different_keys():
    names = "山田製作所 山田商店 Costco Cole 株木建設 カカクコム 資生堂 合資商会 Acme Acmeco".split()
    assert len({company_match_key(name) for name in names}) == len(names)


@pytest.mark.parametrize("nothing", ["", "  ", None, 5, "---", "。"])
def test_nothing_has_no_key(nothing):
    assert company_match_key(nothing) == ""


def test_a_form_alone_is_a_name():
    assert company_plain_name("株式会社") == "株式会社"


@given(st.text())
def test_any_text_has_a_key_or_none(text):
    assert len(company_match_key(text)) in (0, 32)
    assert len(person_name(text)) <= 100
    assert 0 <= job_rank(text) <= 9


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("  山田　太郎 ", "山田 太郎"),
        ("山田太郎様", "山田太郎"),
        ("髙﨑 一郎", "髙﨑 一郎"),  # the person's own way of writing stays
        ("ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダ タロウ"),
        ("Mr. John  Smith", "John Smith"),
        ("山田\x00太郎", "山田 太郎"),
        ("様", "様"),
        (None, ""),
    ],
)
def test_a_name_is_tidied(raw, name):
    assert person_name(raw) == name


@pytest.mark.parametrize(
    ("rank", "titles"),
    [
        (0, "代表取締役社長 会長 代表取締役 CEO 理事長 院長 President 代表社員"),
        (1, "取締役 執行役員営業本部長 専務 常務取締役 副社長 CTO CFO Vice-President"),
        (2, "監査役 顧問 相談役"),
        (3, "本部長 事業部長 支社長 工場長"),
        (4, "部長 営業部長 次長 部長代理 副部長 本部長代理 Director"),
        (5, "課長 室長 マネージャー 店長 Manager"),
        (6, "係長 主任 課長代理 チームリーダー"),
        (7, "担当 一般社員 社長室 スタッフ 秘書"),
        (9, "元部長 博士 謎"),
    ],
)
def test_a_position_has_a_rank(rank, titles):
    assert {title: job_rank(title) for title in titles.split()} == dict.fromkeys(titles.split(), rank)
    assert job_rank("") == job_rank(None) == 9
