"""GA4's channels (https://support.google.com/analytics/answer/9756891), the AI channel, and Japanese sources."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_leads.logic.channels import CHANNEL_RULES, CLICK_IDS, LENGTHS, Channel, Touch, classify

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
        # webmail of anybody: the sub-domain says it
        ("https://mail.somebody.co.jp/", "email", "mail.somebody.co.jp", "email"),
        ("https://webmail2.provider.com.au/x", "email", "webmail2.provider.com.au", "email"),
        ("https://us-mg5.mail.yahoo.com/neo", "email", "yahoo mail", "email"),
        ("https://e.mail.ru/", "email", "mail.ru", "email"),
        ("https://mail.ru/", "referral", "mail.ru", "referral"),
        ("https://mailorder.co.jp/", "referral", "mailorder.co.jp", "referral"),
        # search, as Google counts the portals' front pages
        ("https://www.google.co.jp/url?sa=t&q=x", "organic_search", "google", "organic"),
        ("https://www.ecosia.org/", "organic_search", "ecosia", "organic"),
        ("https://search.naver.com/search.naver", "organic_search", "naver", "organic"),
        ("https://www.yandex.com.tr/", "organic_search", "yandex", "organic"),
        ("https://www.yahoo.co.jp/", "organic_search", "yahoo japan", "organic"),
        ("https://m.yahoo.co.jp/", "organic_search", "yahoo japan", "organic"),
        ("https://www.msn.com/ja-jp/", "organic_search", "msn", "organic"),
        ("https://ntp.msn.com/", "organic_search", "msn", "organic"),
        ("https://www.goo.ne.jp/", "organic_search", "goo", "organic"),
        ("https://sp-web.search.auone.jp/", "organic_search", "au", "organic"),
        ("https://www.nifty.com/", "organic_search", "nifty", "organic"),
        # below a portal, and something else
        ("https://mail.goo.ne.jp/", "email", "goo mail", "email"),
        ("https://blog.goo.ne.jp/somebody", "organic_social", "goo blog", "social"),
        ("https://chiebukuro.yahoo.co.jp/", "organic_social", "yahoo chiebukuro", "social"),
        ("https://finance.yahoo.co.jp/", "referral", "finance.yahoo.co.jp", "referral"),
        ("https://aws.amazon.com/jp/", "referral", "aws.amazon.com", "referral"),
        # social
        ("https://lm.facebook.com/l.php", "organic_social", "facebook", "social"),
        ("https://out.reddit.com/t3", "organic_social", "reddit", "social"),
        ("https://away.vk.com/away.php", "organic_social", "vkontakte", "social"),
        ("https://l.threads.net/", "organic_social", "threads", "social"),
        ("https://teams.microsoft.com/", "organic_social", "teams", "social"),
        ("android-app://com.slack/", "organic_social", "slack", "social"),
        ("https://www.smartnews.com/", "organic_social", "smartnews", "social"),
        ("https://newspicks.com/news/1", "organic_social", "newspicks", "social"),
        ("https://gunosy.com/", "organic_social", "gunosy", "social"),
        ("https://qiita.com/x/items/1", "organic_social", "qiita", "social"),
        ("https://blog.livedoor.jp/somebody/", "organic_social", "livedoor blog", "social"),
        # shops
        ("https://www.amazon.co.jp/dp/1", "organic_shopping", "amazon", "referral"),
        ("https://store.shopping.yahoo.co.jp/x", "organic_shopping", "yahoo japan shopping", "referral"),
        ("https://item.rakuten.co.jp/x/1/", "organic_shopping", "rakuten ichiba", "referral"),
        ("https://www.monotaro.com/", "organic_shopping", "monotaro", "referral"),
        # assistants
        ("https://claude.ai/chat/1", "ai_assistant", "claude", "ai"),
        ("https://www.bing.com/chat", "ai_assistant", "copilot", "ai"),
        ("https://felo.ai/search", "ai_assistant", "felo", "ai"),
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
        ("gad_source=1", "", "paid_search", "google"),
        ("gclid=a", "https://search.goo.ne.jp/", "paid_search", "goo"),  # Google's ads on a partner's search
        ("gclid=a", "https://partner.example/", "paid_search", "google"),
        ("gclid=a&utm_source=google&utm_medium=organic", "", "paid_search", "google"),
        ("gclid=a&utm_source=google&utm_medium=display", "", "display", "google"),
        ("gclid=a&utm_source=spring_sale", "", "paid_search", "spring_sale"),
        # somebody copied the address of an ad
        ("gclid=a", "https://www.facebook.com/", "organic_social", "facebook"),
        ("gclid=a", "https://mail.google.com/", "email", "gmail"),
        ("gclid=a&utm_medium=email", "", "email", "google"),
        ("gclid=a&utm_source=letter&utm_medium=email", "", "email", "letter"),
        ("yclid=a", "", "paid_search", "yahoo japan"),
        ("yclid=a", "https://www.yahoo.co.jp/", "paid_search", "yahoo japan"),
        ("ysclid=a", "", "organic_search", "yandex"),
        ("srsltid=a", "", "organic_search", "google"),
        ("tblci=a", "", "display", "taboola"),
        ("a8=x", "", "affiliates", "a8.net"),
        ("irclickid=x", "", "affiliates", "impact"),
        ("mkt_tok=x", "", "email", "marketo"),
        ("fbclid=a", "https://l.instagram.com/", "organic_social", "instagram"),
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
        ("utm_source=portal&utm_medium=cpm", "", "display", "portal"),
        ("utm_source=portal&utm_medium=cpc", "", "paid_other", "portal"),
        ("utm_source=unknown&utm_medium=CPC", "", "paid_other", "unknown"),
        ("utm_source=unknown&utm_medium=cpc", "https://www.google.com/", "paid_search", "unknown"),
        ("utm_medium=cpc", "", "paid_other", ""),
        ("utm_source=chatgpt.com&utm_medium=cpc", "", "paid_other", "chatgpt.com"),
        # the source says itself that it is an ad
        ("utm_source=Adwords", "", "paid_search", "Adwords"),
        ("utm_source=google-ads", "", "paid_search", "google-ads"),
        ("utm_source=fb_ads", "", "paid_social", "fb_ads"),
        ("utm_source=tiktokads&utm_medium=video", "", "paid_social", "tiktokads"),
        ("utm_source=LINE%E5%BA%83%E5%91%8A", "", "paid_social", "LINE広告"),
        ("utm_source=google-ads&utm_medium=email", "", "email", "google-ads"),
        # shops: by name, or by the campaign's
        ("utm_source=amazon", "", "organic_shopping", "amazon"),
        ("utm_source=amazon&utm_medium=cpc", "", "paid_shopping", "amazon"),
        ("utm_source=google&utm_medium=cpc&utm_campaign=summer_shop", "", "paid_shopping", "google"),
        ("utm_source=google&utm_medium=cpc&utm_campaign=eshop", "", "paid_shopping", "google"),
        ("utm_source=google&utm_medium=cpc&utm_campaign=workshop", "", "paid_search", "google"),
        ("utm_source=letter&utm_medium=email&utm_campaign=workshop", "", "email", "letter"),
        ("utm_source=letter&utm_medium=email&utm_campaign=Shopping", "", "organic_shopping", "letter"),
        ("utm_source=(direct)&utm_medium=(none)", "", "direct", "(direct)"),
        ("utm_source=spring", "https://www.facebook.com/", "organic_social", "spring"),
        ("utm_source=spring&utm_medium=referral", "https://www.facebook.com/", "referral", "spring"),
        ("utm_source=stores&utm_medium=qr", "", "referral", "stores"),  # the shops in the street
        ("utm_medium=ai-assistant", "", "ai_assistant", ""),
        ("utm_source=perplexity", "", "ai_assistant", "perplexity"),
        ("utm_source=line&utm_medium=email", "", "email", "line"),
        ("utm_source=facebook&utm_medium=organic", "", "organic_social", "facebook"),
        ("utm_source=bing&utm_medium=referral", "", "organic_search", "bing"),
        ("utm_source=partner&utm_medium=app", "", "referral", "partner"),
        ("utm_source=app&utm_medium=mobile_banner", "", "push", "app"),
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
        ("https://search.yahoo.co.jp/search?p=%B4%F0%C8%C4", "基板"),  # nor does EUC-JP
        ("https://search.yahoo.co.jp/search?p=%B4%F0%C8%C4&ei=EUC-JP", "基板"),
        ("https://search.yahoo.co.jp/search?p=%E5%9F%BA%E6%9D%BF&ei=UTF-8", "基板"),
        ("https://www.baidu.com/s?wd=abc", "abc"),
        ("https://partner.co.jp/?q=private", ""),
    ],
)
def test_the_search_words_are_read(referrer, keyword):
    assert touch(referrer=referrer).keyword == keyword


def test_the_host_of_the_page_is_our_own():
    found = classify(url="https://third.example.net/x", referrer="https://third.example.net/", own_hosts=frozenset())
    assert found.channel == "internal"


@pytest.mark.parametrize(
    ("own", "host", "ours"),
    [
        ("www.example.co.jp", "example.co.jp", True),
        ("www.example.co.jp", "blog.example.co.jp", True),
        ("www.example.co.jp", "a.b.example.co.jp", True),
        ("www.example.co.jp", "other.co.jp", False),
        ("www.example.co.jp", "example.co.jp.evil.com", False),
        ("ours.github.io", "theirs.github.io", False),
        ("ours.github.io", "ours.github.io", True),
        ("ours.hatenablog.com", "theirs.hatenablog.com", False),
        ("www.city.chiba.jp", "www.city.chiba.jp", True),
        ("www.city.chiba.jp", "www.pref.chiba.jp", False),
        ("localhost", "localhost", True),
        ("intranet", "app.intranet", True),
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("xn--wgv71a119e.jp", "www.xn--wgv71a119e.jp", True),
    ],
)
def test_which_hosts_are_ours(own, host, ours):
    found = classify(url="/x", referrer=f"https://{host}/y", own_hosts=frozenset({own}))
    assert (found.channel == "internal") is ours


def test_payment_and_sign_on_are_no_source_when_they_are_named():
    own = OWN | {"checkout.stripe.com"}
    assert classify(url="/thanks/", referrer="https://checkout.stripe.com/pay", own_hosts=own).channel == "internal"
    assert touch(referrer="https://checkout.stripe.com/pay").channel == "organic_shopping", "as Google counts it"


@pytest.mark.parametrize("click", CLICK_IDS, ids=lambda click: click.parameter)
def test_each_click_id_is_kept_and_names_its_source(click):
    found = touch(f"/?{click.parameter.upper()}=Ab-1")
    assert found.click_id == f"{click.parameter}=Ab-1" and found.source == click.source
    assert found.channel not in ("direct", "internal", "referral")


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


def test_each_channel_has_a_rule_and_a_name_for_people():
    from wagtail_leads.reports.words import CHANNEL_LABELS

    assert {channel for channel, _applies in CHANNEL_RULES} == set(Channel) == set(CHANNEL_LABELS)
