"""GA4's channels (https://support.google.com/analytics/answer/9756891), the AI channel, and Japanese sources."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_leads.logic.channels import LENGTHS, Channel, Touch, classify

OWN = frozenset({"example.jp", "www.other-own.com"})


def touch(url="/", referrer="") -> Touch:
    return classify(url=url, referrer=referrer, own_hosts=OWN)


@pytest.mark.parametrize(
    ("referrer", "channel", "source", "medium"),
    [
        ("", "direct", "", ""),
        ("about:blank", "direct", "", ""),
        ("https://www.google.co.jp/", "organic_search", "google", "organic"),
        ("https://www.google.com.au/", "organic_search", "google", "organic"),
        ("android-app://com.google.android.googlequicksearchbox/", "organic_search", "google", "organic"),
        ("https://search.yahoo.co.jp/search", "organic_search", "yahoo japan", "organic"),
        ("https://jp.search.yahoo.com/", "organic_search", "yahoo", "organic"),
        ("https://www.bing.com/", "organic_search", "bing", "organic"),
        ("https://cn.bing.com/", "organic_search", "bing", "organic"),
        ("https://search.goo.ne.jp/web.jsp", "organic_search", "goo", "organic"),
        ("https://search.biglobe.ne.jp/", "organic_search", "biglobe", "organic"),
        ("https://websearch.rakuten.co.jp/", "organic_search", "rakuten", "organic"),
        ("https://duckduckgo.com/", "organic_search", "duckduckgo", "organic"),
        ("https://l.facebook.com/l.php", "organic_social", "facebook", "social"),
        ("https://t.co/abc", "organic_social", "twitter", "social"),
        ("https://x.com/somebody", "organic_social", "twitter", "social"),
        ("https://jp.linkedin.com/", "organic_social", "linkedin", "social"),
        ("https://liff.line.me/", "organic_social", "line", "social"),
        ("android-app://jp.naver.line.android", "organic_social", "line", "social"),
        ("https://b.hatena.ne.jp/entry", "organic_social", "hatena", "social"),
        ("https://note.com/somebody/n/1", "organic_social", "note", "social"),
        ("https://www.youtube.com/", "organic_video", "youtube", "video"),
        ("https://www.nicovideo.jp/watch/1", "organic_video", "niconico", "video"),
        ("https://chatgpt.com/", "ai_assistant", "chatgpt", "ai"),
        ("https://gemini.google.com/app", "ai_assistant", "gemini", "ai"),
        ("https://x.com/i/grok", "ai_assistant", "grok", "ai"),
        ("https://www.perplexity.ai/", "ai_assistant", "perplexity", "ai"),
        ("https://copilot.microsoft.com/", "ai_assistant", "copilot", "ai"),
        ("https://mail.google.com/", "email", "gmail", "email"),
        ("android-app://com.google.android.gm/", "email", "gmail", "email"),
        ("https://mail.yahoo.co.jp/u/pc/", "email", "yahoo japan mail", "email"),
        ("https://outlook.office.com/", "email", "outlook", "email"),
        ("https://webmail.somebody.co.jp/", "email", "webmail.somebody.co.jp", "email"),
        ("https://googleads.g.doubleclick.net/", "display", "google ads", "display"),
        ("https://docs.google.com/document", "referral", "docs.google.com", "referral"),
        ("https://news.yahoo.co.jp/", "referral", "news.yahoo.co.jp", "referral"),
        ("https://partner.co.jp/links", "referral", "partner.co.jp", "referral"),
        ("https://日本語.jp/", "referral", "xn--wgv71a119e.jp", "referral"),
        ("https://example.jp/page/", "internal", "", ""),
        ("https://WWW.Example.jp:8000/page/", "internal", "", ""),
        ("https://shop.example.jp/", "internal", "", ""),
        ("https://other-own.com/", "internal", "", ""),
        ("https://notexample.jp/", "referral", "notexample.jp", "referral"),
        ("https://example.jp.evil.com/", "referral", "example.jp.evil.com", "referral"),
    ],
)
def test_the_referrer_tells_the_channel(referrer, channel, source, medium):
    found = touch(referrer=referrer)
    assert (found.channel, found.source, found.medium) == (channel, source, medium)


@pytest.mark.parametrize(
    ("query", "referrer", "channel", "source"),
    [
        ("gclid=a", "https://www.google.com/", "paid_search", "google"),
        ("gclid=a", "", "paid_search", "google"),
        ("gbraid=a", "", "paid_search", "google"),
        ("wbraid=a", "", "paid_search", "google"),
        ("gclid=a", "https://www.youtube.com/", "paid_video", "youtube"),
        ("dclid=a", "", "display", "google"),
        ("msclkid=a", "https://www.bing.com/", "paid_search", "bing"),
        ("yclid=a", "https://search.yahoo.co.jp/", "paid_search", "yahoo japan"),
        ("yclid=a", "https://yandex.ru/", "paid_search", "yandex"),
        ("ttclid=a", "", "paid_social", "tiktok"),
        ("twclid=a", "https://t.co/", "paid_social", "twitter"),
        ("li_fat_id=a", "", "paid_social", "linkedin"),
        ("ldtag_cl=a", "", "paid_social", "line"),
        ("fbclid=a", "", "organic_social", "facebook"),  # on organic links too
        ("fbclid=a", "https://l.facebook.com/", "organic_social", "facebook"),
        ("fbclid=a&utm_source=fb&utm_medium=cpc", "", "paid_social", "fb"),
        ("utm_source=google&utm_medium=cpc", "", "paid_search", "google"),
        ("UTM_SOURCE=google&UTM_MEDIUM=CPC", "", "paid_search", "google"),
        ("utm_source=yahoo&utm_medium=ppc", "", "paid_search", "yahoo"),
        ("utm_medium=cpc", "https://www.google.com/", "paid_search", "google"),
        ("utm_source=facebook&utm_medium=paid_social", "", "paid_social", "facebook"),
        ("utm_source=ig&utm_medium=retargeting", "", "paid_social", "ig"),
        ("utm_source=youtube&utm_medium=cpv", "", "paid_video", "youtube"),
        ("utm_source=portal&utm_medium=banner", "", "display", "portal"),
        ("utm_source=portal&utm_medium=cpc", "", "paid_other", "portal"),
        ("utm_source=google&utm_medium=cpc&utm_campaign=2026-cross-network", "", "cross_network", "google"),
        ("utm_source=line&utm_medium=social", "", "organic_social", "line"),
        ("utm_source=portal&utm_medium=sns", "", "organic_social", "portal"),
        ("utm_source=portal&utm_medium=video", "", "organic_video", "portal"),
        ("utm_source=chatgpt.com", "", "ai_assistant", "chatgpt.com"),
        ("utm_source=google&utm_medium=organic", "", "organic_search", "google"),
        ("utm_source=letter&utm_medium=email", "", "email", "letter"),
        ("utm_source=letter&utm_medium=email", "https://mail.google.com/", "email", "letter"),
        ("utm_source=letter&utm_medium=email", "https://example.jp/", "email", "letter"),
        ("utm_source=letter&utm_medium=メルマガ", "", "email", "letter"),
        ("utm_source=google&utm_medium=email", "", "email", "google"),
        ("mc_cid=1", "", "email", "mailchimp"),
        ("utm_source=asp&utm_medium=affiliate", "", "affiliates", "asp"),
        ("utm_source=radio&utm_medium=audio", "", "audio", "radio"),
        ("utm_source=shop&utm_medium=sms", "", "sms", "shop"),
        ("utm_source=app&utm_medium=webpush", "", "push", "app"),
        ("utm_source=firebase", "", "push", "firebase"),
        ("utm_source=flyer&utm_medium=qr", "", "referral", "flyer"),
        ("mtm_source=google&mtm_medium=cpc", "", "paid_search", "google"),
        ("page=2", "https://example.jp/", "internal", ""),
    ],
)
def test_the_link_tells_the_channel(query, referrer, channel, source):
    found = touch(url=f"https://example.jp/lp/?{query}", referrer=referrer)
    assert (found.channel, found.source) == (channel, source)


def test_all_tags_are_kept():
    found = touch("/?utm_source=S&utm_medium=M&utm_campaign=C%20c&utm_term=T&utm_content=O&gclid=G")
    assert found == Touch(
        channel="paid_search",
        source="S",
        medium="M",
        campaign="C c",
        term="T",
        content="O",
        click_id="gclid=G",
        keyword="T",
    )


@pytest.mark.parametrize(
    ("referrer", "keyword"),
    [
        ("https://www.google.com/search?q=%E5%9F%BA%E6%9D%BF+%E8%A9%A6%E4%BD%9C", "基板 試作"),
        ("https://search.yahoo.co.jp/search?p=%A5%C6%A5%B9%A5%C8&ei=EUC-JP", "テスト"),
        ("https://search.yahoo.co.jp/search?p=%83e%83X%83g", "テスト"),  # Shift_JIS that does not say so
        ("https://www.baidu.com/s?wd=abc", "abc"),
        ("https://partner.co.jp/?q=private", ""),
    ],
)
def test_the_search_words_are_read(referrer, keyword):
    assert touch(referrer=referrer).keyword == keyword


def test_the_host_of_the_page_is_our_own():
    found = classify(url="https://third.example.net/x", referrer="https://third.example.net/", own_hosts=frozenset())
    assert found.channel == "internal"


@pytest.mark.parametrize("junk", [None, 5, b"\xff\xfe", "http://[", "http://" + "a." * 5000, "\x00", "/?" + "&" * 5000])
def test_junk_does_not_raise(junk):
    assert classify(url=junk, referrer=junk, own_hosts=OWN).channel in set(Channel)


@given(st.text() | st.binary(), st.text() | st.binary())
def test_texts_fit_their_columns_whatever_comes(url, referrer):
    found = classify(url=url, referrer=referrer, own_hosts=OWN)
    assert all(len(getattr(found, name)) <= length for name, length in LENGTHS.items())
    found = classify(url=b"/?utm_source=" + b"x" * 3000, referrer="https://" + "x" * 300, own_hosts=OWN)
    assert all(len(getattr(found, name)) <= length for name, length in LENGTHS.items())


@given(st.text(), st.text(), st.text())
def test_tags_of_any_text_are_one_of_the_channels(source, medium, campaign):
    url = f"/?utm_source={source}&utm_medium={medium}&utm_campaign={campaign}"
    assert classify(url=url, referrer="", own_hosts=OWN).channel in {channel.value for channel in Channel}
