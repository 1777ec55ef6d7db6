from dataclasses import replace
from ipaddress import ip_network

import pytest

from wagtail_leads.logic.judging import Drop, JudgeSettings, Keep, RequestFacts, judge
from wagtail_leads.logic.kinds import DropReason

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Safari/605.1.15"
)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
WEB_VIEW = (
    "Mozilla/5.0 (Linux; Android 14; SO-51D Build/67.2; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/126.0.6478.122 Mobile Safari/537.36 Line/14.10.0/IAB"
)
VIEW = RequestFacts(
    path="/products/",
    status=200,
    content_type="text/html; charset=utf-8",
    user_agent=CHROME,
    accept_language="ja",
    sec_fetch_mode="navigate",
    sec_fetch_dest="document",
    client_ip="198.51.100.7",
)
SETTINGS = JudgeSettings(
    own_networks=(ip_network("203.0.113.0/24"), ip_network("2001:db8:1::/48")),
    ignored_paths=("/health",),
    ignored_agents=("OurMonitor",),
)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"method": "POST"}, DropReason.METHOD),
        ({"method": "HEAD"}, DropReason.METHOD),
        ({"status": 301}, DropReason.STATUS),
        ({"status": 404}, DropReason.STATUS),
        ({"status": 500}, DropReason.STATUS),
        ({"status": 206}, DropReason.STATUS),
        ({"content_type": "application/json"}, DropReason.NOT_HTML),
        ({"content_type": "", "path": "/media/a.PDF"}, DropReason.NOT_HTML),
        ({"content_type": "", "sec_fetch_dest": "image"}, DropReason.NOT_HTML),
        ({"purpose": "prefetch;prerender"}, DropReason.PREFETCH),
        ({"purpose": "x,prefetch"}, DropReason.PREFETCH),
        ({"purpose": "preview"}, DropReason.PREFETCH),
        ({"purpose": "x prefetch"}, DropReason.PREFETCH),
        ({"is_staff": True}, DropReason.STAFF),
        ({"client_ip": "203.0.113.9"}, DropReason.OWN_NETWORK),
        ({"client_ip": "2001:db8:1::9"}, DropReason.OWN_NETWORK),
        ({"path": "/health/live"}, DropReason.IGNORED_PATH),
        ({"user_agent": CHROME + " ourmonitor/1"}, DropReason.IGNORED_AGENT),
        ({"path": "/wp-login.php", "status": 404}, DropReason.PROBE_PATH),
        ({"user_agent": ""}, DropReason.EMPTY_AGENT),
        ({"user_agent": "Googlebot/2.1"}, DropReason.BOT_AGENT),
        ({"user_agent": "Something/1"}, DropReason.NOT_A_BROWSER),
        ({"accept_language": "", "sec_fetch_mode": ""}, DropReason.MISSING_HEADERS),
        ({"referrer": "http://site.semalt.com/crawler"}, DropReason.REFERRER_SPAM),
        ({"refused": DropReason.OPTED_OUT}, DropReason.OPTED_OUT),
        ({"refused": DropReason.NO_CONSENT}, DropReason.NO_CONSENT),
        ({"refused": DropReason.SITE_OFF}, DropReason.SITE_OFF),
        # a library under the name of Firefox or Safari
        (
            {"accept_language": "", "sec_fetch_mode": "", "accept": "*/*", "user_agent": FIREFOX},
            DropReason.MISSING_HEADERS,
        ),
        ({"accept_language": "", "sec_fetch_mode": "", "accept": "", "user_agent": SAFARI}, DropReason.MISSING_HEADERS),
    ],
)
def test_each_drop_has_its_reason(change, reason):
    assert judge(replace(VIEW, **change), SETTINGS) == Drop(reason)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"status": None},
        {"status": 304},
        {"content_type": "application/xhtml+xml"},
        {"content_type": "", "path": "/news/2026.html"},
        {"sec_fetch_mode": ""},  # plain http
        {"accept_language": ""},
        {"accept_language": "", "sec_fetch_mode": "", "has_headers": False},  # a line of a log
        {"accept_language": "", "sec_fetch_mode": "", "user_agent": SAFARI, "accept": "text/html"},  # not Chromium
        {"accept": "*/*", "sec_fetch_mode": "", "user_agent": SAFARI},  # it names a language
        {"accept": "*/*", "accept_language": "", "sec_fetch_mode": "", "user_agent": WEB_VIEW},  # asks as its app says
        {"user_agent": "", "agent_known": False, "has_headers": False},  # a log without agents
        {"client_ip": "not an address"},
        {"purpose": "x"},
        {"path": "/old/page.php", "status": 200},  # the log of an older site
    ],
)
def test_a_page_view_is_kept(change):
    assert judge(replace(VIEW, **change), SETTINGS) == Keep()


def test_the_defaults_are_a_page_view():
    assert judge(RequestFacts(user_agent=CHROME, accept_language="ja"), JudgeSettings()) == Keep()


@pytest.mark.parametrize(
    "path",
    [
        "/.env", "/.env.local", "/app/.git/config", "/wp-admin/", "/blog/wp-includes/wlwmanifest.xml", "/xmlrpc.php",
        "/phpmyadmin/", "/phpMyAdmin-5.1/index.php", "/cgi-bin/luci", "/shell.php", "/vendor/phpunit/x",
        "/actuator/health", "/server-status", "/a/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/%252eenv",
        "/?x=<script", "/index.php?s=/union select (", "/HNAP1/", "/boaform/admin/formLogin", "/_ignition/execute",
        "/.aws/credentials", "/x.aspx", "/owa/auth/logon.aspx", "/backup.zip", "/api/actuator/env",
        "//actuator/gateway/routes", "/remote/login", "/owa/auth", "/ecp/default.aspx",
        "/autodiscover/autodiscover.xml", "/manager/html", "/goform/set", "/proc/self/environ", "/etc/passwd",
        "/%2e%2e/etc/passwd%00.jpg", "/database.sql.gz", "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    ],
)  # fmt: skip
def test_a_probe_is_seen(path):
    assert judge(replace(VIEW, path=path, status=404), SETTINGS) == Drop(DropReason.PROBE_PATH)


@pytest.mark.parametrize(
    "path",
    [
        "/", "/製品/", "/blog/wordpress-migration/", "/products/actuator/", "/sslvpn/", "/union-and-selection/",
        "/credentials/", "/environment/", "/gitlab/", "/blog/php/", "/phpmyadmin-alternatives/", "/a.b/", "/node.js/",
        "/wp-report/", "/.well-known/security/", "/products/actuator/info-sheet/", "/products/actuator/info/",
        "/actuator/health-check/", "/support/remote/login-guide/", "/support/remote/login/", "/owa/auth-solutions/",
        "/remote/login-guide/", "/ecp/default-values/", "/manager/html-basics/", "/case/manager/html/", "/solr/administration/",
        "/goformation/", "/goforms/", "/boaforms/", "/blog/eval-stdin-explained/", "/vendor/phpunit-alternatives/",
        "/docs/etc/passwd/", "/docs/etc/passwd-file/", "/docs/proc/self/", "/support/server-status", "/server-status-page/",
        "/docs/id_rsa-keys/", "/windows/win.ini/", "/telescope/requests-for-quotation/", "/autodiscover/autodiscovery/",
        "/jmx-console-guide/", "/docs/web.config/", "/backup.zipper/", "/hnap10/", "/gponformat/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, None])
def test_a_page_with_a_similar_name_is_no_probe(path, status):
    assert judge(replace(VIEW, path=path, status=status), SETTINGS) == Keep()


@pytest.mark.parametrize(
    "path", ["/actuator/info/", "/remote/login/", "/owa/auth/", "/manager/html/", "/server-status"]
)
def test_a_door_of_other_software_that_was_found_is_a_page_of_ours(path):
    assert judge(replace(VIEW, path=path, status=200), SETTINGS) == Keep()
    assert judge(replace(VIEW, path=path, status=404), SETTINGS) == Drop(DropReason.PROBE_PATH)
    assert judge(replace(VIEW, path=path, status=None), SETTINGS) == Drop(DropReason.PROBE_PATH)


def test_what_the_site_served_as_its_page_is_no_probe_whatever_it_is_called():
    view = replace(VIEW, path="/blog/wp-admin/")
    assert judge(view, SETTINGS) == Drop(DropReason.PROBE_PATH)
    assert judge(replace(view, is_a_page_of_the_site=True), SETTINGS) == Keep()
