"""Who sends visitors: a host or an app of each kind, and what campaigns call their places."""

import pytest

from wagtail_leads.logic.channels import classify
from wagtail_leads.logic.known_engines import PORTALS
from wagtail_leads.logic.known_sites import OWN_SITES

#: Channel -> hosts that come as it.
HOSTS = {
    "organic_search": """
        it.images.search.yahoo.com tw.search.yahoo.com tw.images.search.yahoo.com s3-us3.ixquick.com www.aolsearch.com
        dalesearch.com html.duckduckgo.com lite.duckduckgo.com noai.duckduckgo.com start.duckduckgo.com
        safe.duckduckgo.com metager.org lilo.org searx.be andisearch.com wap.baidu.com lens.google.com image.baidu.com
        search.infoseek.co.jp fresheye.com search.fresheye.com search.ocn.ne.jp search.myjcom.jp search.plala.or.jp
        websearch.excite.co.jp kids.yahoo.co.jp search.kids.yahoo.co.jp search.mobile.yahoo.co.jp search.livedoor.com
        uk.search-results.com search.tb.ask.com uk.ask.com search.ke.voila.fr isearch.avg.com www.google.fr/imgres
        images.google.co.uk news.google.com www.bing.com/images/search go.mail.ru images.yandex.ru video.yandex.ru
        yandex.com.tr ya.ru m.search.naver.com search.zum.com m.search.daum.net so.com m.so.com m.sogou.com
        wap.sogou.com pic.sogou.com image.so.com priv.searx.xyz searx.tiekoetter.com search.brave.com
        images.search.brave.com boards.qwant.com lite.qwant.com www.qwant.com images.ecosia.org s1-eu4.startpage.com
        eu.startpage.com www.ixquick.com kagi.com presearch.com engine.presearch.org swisscows.com mojeek.com
        www.mojeek.co.uk search.lycos.com search.aol.co.uk suche.aol.de recherche.aol.fr nova.rambler.ru
        search.seznam.cz szukaj.onet.pl www.startsiden.no hp.myway.com int.search.myway.com home.mywebsearch.com
        search.conduit.com search.smt.docomo.ne.jp sp-search.auone.jp websearch.rakuten.co.jp search.fenrir-inc.com
        r.search.yahoo.com search.yahoo.com mx.search.yahoo.com malaysia.search.yahoo.com uk.yahoo.com www.yahoo.com
        search.yahoo.com.tw cse.google.com www.google.com.vn encrypted.google.com maps.google.com translate.google.com
        scholar.google.co.jp petalsearch.com coccoc.com search.app.goo.gl search.app search.xfinity.com suche.web.de
        suche.gmx.net suche.t-online.de search.gmx.com search.free.fr lemoteur.orange.fr busca.uol.com.br
        pesquisa.sapo.pt arama.mynet.com search.auone.jp image.search.yahoo.co.jp search.nifty.com search.eonet.jp
        dogpile.com www.webcrawler.com info.com www.info.com aolsearch.aol.co.uk search.comcast.net m.baidu.com
        m.yandex.ru yandex.kz yandex.by bing.com www2.bing.com cn.bing.com duckduckgo.com oceanhero.today ntp.msn.com
        seznam.cz naver.com daum.net ecosia.org so.toutiao.com quark.sm.cn m.sm.cn www.bing.com/search
        www.baidu.com/link search.goo.ne.jp ocnsearch.goo.ne.jp cgi.search.biglobe.ne.jp www.excite.co.jp jp.hao123.com
        home.kingsoft.jp isearch.babylon.com search.naver.com blogsearch.google.com
    """,
    "organic_social": """
        ok.ru m.ok.ru producthunt.com www.producthunt.com steamcommunity.com xiaohongshu.com zhihu.com www.zhihu.com
        d.hatena.ne.jp q.hatena.ne.jp b.hatena.ne.jp anond.hatelabo.jp togetter.com threads.net www.threads.com
        l.threads.com bsky.app mastodon.social mstdn.jp mastodon.example.org vk.com m.vk.com away.vk.com weibo.com
        m.weibo.cn line.me liff.line.me timeline.line.me page.line.me mixi.jp note.com lnkd.in www.linkedin.com
        out.reddit.com old.reddit.com l.instagram.com lm.facebook.com l.facebook.com m.facebook.com mobile.facebook.com
        web.facebook.com apps.facebook.com mobile.twitter.com nitter.net pawoo.net discord.com ptb.discord.com
        canary.discord.com discordapp.com t.me web.telegram.org webtelegram.org github.com www.quora.com jp.quora.com
        medium.com kufli.blogspot.de kufli.blogspot.com.es pinterest.jp www.pinterest.at pinterest.com.mx tumblr.com
        x.tumblr.com t.umblr.com twoo.com www.twoo.com plurk.com slashdot.org news.ycombinator.com lobste.rs dev.to
        statics.teams.cdn.office.net app.slack.com tripadvisor.co.uk yelp.de band.us pikabu.ru dzen.ru douban.com
        flickr.com deviantart.com www.xing.com yammer.com gutefrage.net meneame.net
    """,
    "email": """
        3c.gmx.net navigator.web.de app.hey.com hushmail.com messagerie.sfr.fr imp.free.fr webmail1m.orange.fr
        mail.google.com mail2.daum.net email.seznam.cz mail.naver.com mail.qq.com mail.163.com cwebmail.mail.163.com
        mail.126.com exmail.qq.com mail.rambler.ru mail.ukr.net co106w.col106.mail.live.com blu184.mail.live.com
        us-mg6.mail.yahoo.com 36ohk6dgmcd1n-c.c.yom.mail.yahoo.net webmail.freenet.de webmail2.bigpond.com
        webmail.optuszoo.com.au mail.iinet.net.au mail.virgilio.it mail.e1.ru sibmail.com mail.mynet.com luukku.com
        inbox.com www.inbox.com mail.zoho.com deref-gmx.net deref-web-02.de roundcube.firma.de mail.firma.co.jp
        owa.firma.de outlook.office365.com outlook.office.com mail.aol.com app.fastmail.com mail.proton.me
        mail.tutanota.com app.tuta.com poczta.wp.pl poczta.onet.pl e.mail.ru mail.yandex.ru mail.yahoo.co.jp
        jp.mg5.mail.yahoo.co.jp mail.ocn.ne.jp webmail.plala.or.jp mail.goo.ne.jp mail.excite.co.jp mail.infoseek.co.jp
        secure.sakura.ad.jp/rscontrol/main/webmail/ webmail.sso.biglobe.ne.jp mail.nifty.com
    """,
    "referral": """
        docs.google.com sites.google.com accounts.google.com calendar.google.com meet.google.com classroom.google.com
        drive.google.com news.yahoo.co.jp finance.yahoo.com news.yahoo.com mail.ru news.mail.ru linktr.ee www.linktr.ee
        en.wikipedia.org ja.wikipedia.org prtimes.jp behance.net www.behance.net help.duckduckgo.com
        support.startpage.com mailorder.co.jp email-marketing.com search.example.com searchengineland.com partner.co.jp
        baike.baidu.com pan.baidu.com support.google.com developers.google.com weather.yahoo.co.jp transit.yahoo.co.jp
        snowplowanalytics.com
    """,
    "organic_shopping": """
        flipkart.com www.flipkart.com allegro.pl shopee.co.th shopee.com.my shopee.tw lazada.com.ph zalando.de
        www.zalando.co.uk amazon.nl amazon.com.tr ebay.at etsy.com walmart.com store.shopping.yahoo.co.jp
        mercadolibre.com.co taobao.com www.pricerunner.co.uk checkout.stripe.com checkout.shopify.com uk.shopping.net
    """,
    "ai_assistant": """
        chatgpt.com claude.ai chat.deepseek.com grok.com x.com/i/grok www.perplexity.ai copilot.microsoft.com
        gemini.google.com chat.qwen.ai www.kimi.com poe.com duck.ai you.com phind.com chat.mistral.ai meta.ai
        notebooklm.google.com felo.ai genspark.ai doubao.com yuanbao.tencent.com
    """,
    "organic_video": """
        youtube.com m.youtube.com youtu.be music.youtube.com vimeo.com player.vimeo.com www.nicovideo.jp twitch.tv
        m.twitch.tv v.qq.com dailymotion.com tver.jp
    """,
    "display": """
        254a.com bid.254a.com ad.doubleclick.net googleads.g.doubleclick.net tpc.googlesyndication.com trc.taboola.com
        paid.outbrain.com ib.adnxs.com cas.jp.as.criteo.com s0.2mdn.net farm.plista.com
    """,
    "affiliates": """
        px.a8.net ck.jp.ap.valuecommerce.com af.moshimo.com t.afi-b.com h.accesstrade.net hb.afl.rakuten.co.jp
        www.awin1.com clkuk.tradedoubler.com
    """,
}
#: Channel -> apps, as Android and iOS name them.
APPS = {
    "organic_social": """
        com.tumblr xyz.blueskyweb.app com.tencent.mm com.reddit.frontpage com.andrewshu.android.reddit
        com.laurencedawson.reddit_sync io.github.hidroh.materialistic com.linkedin.android com.twitter.android
        com.facebook.katana com.pinterest com.vkontakte.android ru.ok.android com.instagram.barcelona
        jp.naver.line.android com.Slack org.telegram.messenger com.discord com.snapchat.android
    """,
    "email": """
        com.fsck.k9 ch.protonmail.android com.my.mail ru.mail.mailapp me.bluemail.mail com.apple.mobilemail
        org.kman.AquaMail com.easilydo.mail com.google.android.gm com.microsoft.office.outlook
        com.yahoo.mobile.client.android.mail jp.co.yahoo.android.ymail com.samsung.android.email.provider
    """,
    "ai_assistant": """
        com.deepseek.chat ai.x.grok com.openai.chatgpt com.anthropic.claude com.google.android.apps.bard
        ai.perplexity.app.android com.microsoft.copilot ai.mistral.chat
    """,
    "organic_search": """
        com.google.android.googlequicksearchbox com.duckduckgo.mobile.android com.microsoft.bing
        jp.co.yahoo.android.yjtop com.android.chrome com.baidu.searchbox com.ecosia.android com.qwant.liberty
        com.brave.browser
    """,
    "organic_shopping": "com.amazon.mshop.android.shopping",
    "organic_video": "com.google.android.youtube",
    "referral": "com.random.app com.android.settings",
}


def touch(url="/", referrer=""):
    return classify(url=url, referrer=referrer, own_hosts=frozenset({"example.jp"}))


@pytest.mark.parametrize("channel", HOSTS)
def test_each_host_comes_as_its_channel(channel):
    found = {host: touch(referrer=f"https://{host}").channel for host in HOSTS[channel].split()}
    assert {host: value for host, value in found.items() if value != channel} == {}


@pytest.mark.parametrize("channel", APPS)
def test_each_app_comes_as_its_channel(channel):
    found = {app: touch(referrer=f"android-app://{app}/").channel for app in APPS[channel].split()}
    assert {app: value for app, value in found.items() if value != channel} == {}


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("linktr.ee", "linktr.ee"),
        ("it.images.search.yahoo.com", "yahoo"),
        ("s3-us3.ixquick.com", "ixquick"),
        ("html.duckduckgo.com", "duckduckgo"),
        ("wap.baidu.com", "baidu"),
        ("lens.google.com", "google"),
        ("search.mobile.yahoo.co.jp", "yahoo japan"),
        ("search.kids.yahoo.co.jp", "yahoo japan"),
        ("search.livedoor.com", "livedoor search"),
        ("search.infoseek.co.jp", "infoseek"),
        ("websearch.excite.co.jp", "excite japan"),
        ("ok.ru", "odnoklassniki"),
        ("d.hatena.ne.jp", "hatena"),
        ("kufli.blogspot.com.es", "blogger"),
        ("cwebmail.mail.163.com", "163 mail"),
        ("co106w.col106.mail.live.com", "outlook"),
        ("3c.gmx.net", "gmx"),
        ("www.zalando.co.uk", "zalando"),
        ("mastodon.example.org", "mastodon.example.org"),
    ],
)
def test_sub_domains_have_the_name_of_their_place(host, name):
    assert touch(referrer=f"https://{host}/").source == name


@pytest.mark.parametrize(
    ("query", "channel"),
    [
        ("utm_source=Newsletter-UK", "email"),
        ("utm_source=ydn&utm_medium=cpc", "paid_other"),
        ("utm_source=ydn&utm_medium=display", "display"),
        ("utm_source=ydn", "display"),
        ("utm_source=yda&utm_medium=banner", "display"),
        ("utm_source=yss&utm_medium=cpc", "paid_search"),
        ("utm_source=yss", "paid_search"),
        ("utm_source=yahoo_ydn&utm_medium=cpc", "paid_other"),
        ("utm_source=yahoo_ydn&utm_medium=display", "display"),
        ("utm_source=yahoo_yss&utm_medium=cpc", "paid_search"),
        ("utm_source=fb_ig&utm_medium=cpc", "paid_social"),
        ("utm_source=fb_ig", "organic_social"),
        ("utm_source=ig_story", "organic_social"),
        ("utm_source=ig_story&utm_medium=cpc", "paid_social"),
        ("utm_source=lnkd&utm_medium=cpc", "paid_social"),
        ("utm_source=microsoft_ads&utm_medium=cpc", "paid_search"),
        ("utm_source=google_ads&utm_medium=cpc", "paid_search"),
        ("utm_source=line_ads&utm_medium=cpc", "paid_social"),
        ("utm_source=x_ads&utm_medium=cpc", "paid_social"),
        ("utm_source=meta_ads&utm_medium=cpc", "paid_social"),
        ("utm_source=Facebook_Mobile_Feed&utm_medium=cpc", "paid_social"),
        ("utm_source=Instagram_Stories&utm_medium=paid", "paid_social"),
        ("utm_source=google&amp;utm_medium=cpc", "paid_search"),
        ("utm_source=letter&amp;utm_medium=email&amp;utm_campaign=a", "email"),
        ("utm_source=fbad&utm_medium=cpc", "paid_social"),
        ("utm_source=fbads", "paid_social"),
        ("utm_source=gads", "paid_search"),
        ("utm_source=igads", "paid_social"),
        ("utm_source=Google-Ads", "paid_search"),
        ("utm_source=google_display&utm_medium=cpc", "paid_other"),
        ("utm_source=google_display&utm_medium=display", "display"),
        ("utm_source=yahoo_display", "display"),
        ("utm_source=yahoo japan ads&utm_medium=cpc", "paid_search"),
        ("utm_source=Yahoo!広告", "paid_search"),
        ("utm_source=Yahoo!検索広告&utm_medium=cpc", "paid_search"),
        ("utm_source=Yahoo!ディスプレイ広告", "display"),
        ("utm_source=Instagramストーリーズ広告", "paid_social"),
        ("utm_source=LINE公式", "organic_social"),
        ("utm_source=展示会広告&utm_medium=cpc", "paid_other"),
        ("utm_source=line_vda&utm_medium=cpc", "paid_social"),
        ("utm_source=Google広告", "paid_search"),
        ("utm_source=Facebook広告", "paid_social"),
        ("utm_source=リスティング", "paid_search"),
        ("utm_source=smartnews_ads&utm_medium=cpc", "paid_social"),
        ("utm_source=criteo&utm_medium=retargeting", "paid_other"),
        ("utm_source=taboola&utm_medium=native", "referral"),
        ("utm_source=hs_email&utm_medium=email", "email"),
        ("utm_source=klaviyo", "email"),
        ("utm_source=a8", "affiliates"),
        ("utm_source=a8net&utm_medium=affiliate", "affiliates"),
        ("utm_source=LI&utm_medium=paid", "paid_social"),
        ("utm_source=line_oa&utm_medium=message", "referral"),
        ("utm_source=inbox", "referral"),
        ("utm_source=free", "referral"),
        ("utm_source=directmail&utm_medium=direct_mail", "referral"),
        ("utm_source=exhibition&utm_medium=direct mail", "referral"),
        ("utm_source=newsletter_2026_07&utm_medium=referral", "referral"),
        ("utm_source=partner&utm_medium=email_campaign", "email"),
        ("utm_source=x&utm_medium=e_mail", "email"),
        ("utm_source=shop-mail", "email"),
        ("utm_source=prtimes&utm_medium=referral", "referral"),
        ("utm_source=seminar&utm_medium=email", "email"),
        ("utm_source=microsoft", "referral"),
        ("utm_source=bing_ads", "paid_search"),
        ("utm_source=msads&utm_medium=cpc", "paid_search"),
        ("utm_source=Yahoo!&utm_medium=cpc", "paid_search"),
        ("utm_source=yahoo_japan&utm_medium=cpc", "paid_search"),
        ("utm_source=YDA&utm_medium=cpc", "paid_other"),
        ("utm_source=gdn&utm_medium=display", "display"),
        ("utm_source=gdn&utm_medium=cpc", "paid_other"),
        ("utm_source=twitter_ads", "paid_social"),
        ("utm_source=tiktok_ads&utm_medium=cpc", "paid_social"),
        ("utm_source=youtube_ads", "paid_video"),
        ("utm_source=linkedin_ads&utm_medium=cpc", "paid_social"),
        ("utm_source=pinterest_ads&utm_medium=cpc", "paid_social"),
        ("utm_source=reddit-ads&utm_medium=cpc", "paid_social"),
        ("utm_source=quora_ads&utm_medium=cpc", "paid_social"),
        ("utm_source=google_search&utm_medium=cpc", "paid_search"),
        ("utm_source=google-maps", "organic_search"),
        ("utm_source=mail-magazine", "email"),
        ("utm_source=mail_202607", "email"),
        ("utm_source=mail%20order", "referral"),
        ("utm_source=downloads", "referral"),
        ("utm_source=threads", "organic_social"),
        ("utm_source=spring_ads", "referral"),
        ("utm_source=nomads", "referral"),
        ("utm_source=online_shop", "referral"),
        ("utm_source=line&utm_medium=rich_menu", "organic_social"),
    ],
)
def test_what_a_campaign_calls_its_place(query, channel):
    assert touch(f"https://example.jp/?{query}").channel == channel


@pytest.mark.parametrize(
    ("click_id", "host", "source"),
    [
        ("gclid", "duckduckgo.com", "google"),  # Google's ads are never on DuckDuckGo: the address was passed on
        ("gclid", "www.bing.com", "google"),
        ("gclid", "search.yahoo.co.jp", "yahoo japan"),
        ("gclid", "search.goo.ne.jp", "goo"),
        ("msclkid", "duckduckgo.com", "duckduckgo"),  # Microsoft's are
        ("msclkid", "www.yahoo.com", "yahoo"),
        ("msclkid", "www.google.com", "bing"),
        ("yclid", "yandex.ru", "yandex"),
        ("yclid", "www.google.co.jp", "yahoo japan"),
    ],
)
def test_a_search_ad_is_named_by_an_engine_that_shows_it(click_id, host, source):
    found = touch(f"https://example.jp/?{click_id}=a", f"https://{host}/")
    assert (found.channel, found.source) == ("paid_search", source)


def test_the_escaped_ampersands_of_mails_are_read():
    found = touch("https://example.jp/?utm_source=letter&amp;utm_medium=email&amp;amp;utm_campaign=July&#38;gclid=")
    assert (found.source, found.medium, found.campaign) == ("letter", "email", "July")


def test_no_host_stands_under_two_names():
    hosts = [host for names in OWN_SITES.values() for hosts in names.values() for host in hosts.split()]
    assert len(hosts) == len(set(hosts))
    assert [host for host in hosts if host != host.lower() or host.startswith("www.")] == []
    domains = [domain for domains in PORTALS.values() for domain in domains.split()]
    assert len(domains) == len(set(domains))
