"""What is held, and above all what is not."""

import pytest

from wagtail_leads.logic import spam

INQUIRY = "御社の製品ページ https://www.works.example/product/a を拝見しました。見積もりをお願いします。"


@pytest.mark.parametrize(("names", "texts", "reason"), [
    ([], [], ""),
    (["株式会社見本", "山田 太郎"], [INQUIRY], ""),
    (["Booking.com"], ["Please call me."], ""),
    (["(株)A.B.C"], ["図面は https://a.example/1 と https://a.example/2 と https://a.example/3 にあります。"], ""),
    (["山田"], ["https://a.example/1 https://a.example/1 https://a.example/1/ https://A.example/1"], ""),
    (["山田"], ["当社サイト（www.mihon.example）をご覧ください。「https://mihon.example/会社」です。"], ""),
    (["Ольга"], ["Здравствуйте, пришлите каталог."], ""),
    (["山田"], ["<b>太字</b>で書きました。値段は[税込]ですか。"], ""),
    (["山田"], ["a https://a.example b https://b.example c https://c.example d https://d.example"], "many_links"),
    (["山田"], ["[url=https://a.example]cheap[/url]"], "link_code"),
    (["山田"], ['see <a class="x" href="https://a.example">this</a>'], "link_code"),
    (["Win https://a.example now"], ["Hello"], "link_in_name"),
    (["www.cheap.example"], [], "link_in_name"),
    (["Free money bit.ly.com/x"], [], "link_in_name"),
])
def test_reasons(names, texts, reason):
    assert spam.reason(names=names, texts=texts) == reason


def test_a_copy_with_other_widths_digits_and_spaces_is_the_same_text():
    text = "弊社では人材のご紹介を行っております。御社の採用課題をお聞かせください。" * 2
    assert spam.fingerprint([text]) == spam.fingerprint([text.replace("。", "。 ") + "123"]) != ""
    assert spam.fingerprint(["見積もりをお願いします。"]) == ""
