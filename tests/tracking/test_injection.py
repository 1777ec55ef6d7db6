"""The script tag goes only into complete, uncompressed, non-streaming HTML of a served page."""

import gzip
import time

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.template import Context, Template
from django.template.response import TemplateResponse
from django.test import RequestFactory
from django.utils import translation

from wagtail_leads.models import TrackingSettings
from wagtail_leads.tracking import rendering, site_rules
from wagtail_leads.tracking.injection import (
    beginning_of_body,
    inject,
    inject_later,
    page_token,
    read_page_token,
    script_tag,
)
from wagtail_leads.tracking.recording import Served

HTML = "<html><body><p>x</p></body></html>"
TAG = '<script src="/leads/page.js" data-page="x" async></script>'
BANNER = '<div id="leads-notice">日本</div>'


def test_the_tag_stands_before_the_end_of_the_body():
    assert inject(HttpResponse(HTML), end=TAG).content.decode() == f"<html><body><p>x</p>{TAG}</body></html>"


def test_the_last_closing_tag_counts_in_any_case():
    html = "<body><code>&lt;/body></code></BODY ></html>"
    assert inject(HttpResponse(html), end=TAG).content.decode().endswith(f"{TAG}</BODY ></html>")


@pytest.mark.parametrize(
    ("why", "response"),
    [
        ("no end of a body", lambda: HttpResponse("<p>a part of a page</p>")),
        ("not found", lambda: HttpResponse(HTML, status=404)),
        ("a redirect", lambda: HttpResponse(HTML, status=302)),
        ("JSON", lambda: HttpResponse(HTML, content_type="application/json")),
        ("XHTML may not hold a bare attribute", lambda: HttpResponse(HTML, content_type="application/xhtml+xml")),
        ("compressed", lambda: HttpResponse(HTML, headers={"Content-Encoding": "gzip"})),
        ("a part", lambda: HttpResponse(HTML, status=206, headers={"Content-Range": "bytes 0-3/9"})),
        ("its author forbids it", lambda: HttpResponse(HTML, headers={"Cache-Control": "public, no-transform"})),
        ("placed by hand", lambda: HttpResponse(HTML.replace("<body>", f"<body>{TAG}"))),
    ],
)
def test_left_as_it_is(why, response):
    made = response()
    before = made.content
    assert inject(made, end=TAG).content == before, why


# --- the notice, right after <body> ---------------------------------------------------------------------------------------

HEAD = "<!DOCTYPE html><html lang='ja'><head><meta charset=utf-8><title>A <body> of work</title></head>"


@pytest.mark.parametrize(
    "before",
    [
        f"{HEAD}<body>",
        f"{HEAD}<BODY CLASS='x'>",
        f"{HEAD}<body\n  data-a='a > b' data-b=\"<body>\">",
        f"{HEAD}<body data-x=it's class=y>",
        f"{HEAD}<body class = 'a>b' hidden>",
        "<!-- <body> -->\n<body>",
        "<script>document.write('<body>')</script><body>",
        "<SCRIPT type='a>b'>'<body>'</SCRIPT ><body>",
        "<style>/* <body> */</style><body>",
        "<noscript><body></noscript><template><body></template><textarea><body></textarea><body>",
        '<meta content="<body>"><body>',
        "<bodyguard><body>",
        "<body/>",
    ],
)
def test_the_notice_stands_right_after_the_body_begins(before):
    page = f"{before}<p>x</p></body></html>"
    found = inject(HttpResponse(page), top=BANNER).content.decode()
    assert found == f"{before}{BANNER}<p>x</p></body></html>"


@pytest.mark.parametrize(
    "page",
    [
        "<p>no body</p>",
        "<p>a part</p></body>",
        "<!-- <body> ",
        "<script> <body>",
        "<body class='x",
        "<!DOCTYPE html><body class='x",
        "<title><body>",
        "<!DOCTYPE html><title>x</title><frameset><frame></frameset></html>",
        "<!DOCTYPE html><!-- never closed",
        "<!DOCTYPE html",
        "<meta charset=utf-8><p>x",
        "",
        "<",
        "<body",
        "{}",
    ],
)
def test_what_is_no_whole_page_has_neither_notice_nor_beacon(page):
    assert inject(HttpResponse(page), top=BANNER, foot="<!-- f -->", end=TAG).content.decode() == page
    assert inject(HttpResponse(page), end=TAG).content.decode() == page


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{HEAD}", "<p>x</p></body></html>"),
        ("<!DOCTYPE html>\n<title>x</title >\n", "<p>x"),
        ("<!doctype html><html lang=ja><head><meta charset=utf-8></head>\n", "text first</html>"),
        ("\ufeff<!-- made by --><!DOCTYPE html><meta a='>'><link><script>'</p><p>'</script>", "<main>x</main>"),
        ("<?xml version='1.0'?><html><head><style>p>b{}</style><noscript><img></noscript>", "<header>x</header>"),
        ("<html>", "<p>x</p>"),
        ("<title>x</title><base href=/>", "<p>x</p></html>"),
        ("<!DOCTYPE html><title></title>", ""),
    ],
)
def test_a_page_that_leaves_the_bodys_tags_out_has_both_where_it_begins_and_ends(before, after):
    found = inject(HttpResponse(before + after), top=BANNER, foot="<!-- f -->", end=TAG).content.decode()
    rest, closing = after, ""
    for tag in ("</body>", "</html>"):
        rest, mark, behind = rest.partition(tag)
        closing = mark + behind + closing
    assert found == f"{before}{BANNER}{rest}<!-- f -->{TAG}{closing}"


def test_the_notice_is_not_put_in_a_second_time():
    page = f"<body><main>{BANNER}</main></body>"
    assert inject(HttpResponse(page), top=BANNER.replace("日本", "another")).content.decode() == page


def test_both_go_in_and_length_and_etag_are_corrected_once():
    response = inject(HttpResponse(HTML, headers={"Content-Length": "1", "ETag": '"abc"'}), top=BANNER, end=TAG)
    assert response.content.decode() == f"<html><body>{BANNER}<p>x</p>{TAG}</body></html>"
    assert response.headers["Content-Length"] == str(len(response.content)) and response.headers["ETag"] == '"abc-l"'


def test_a_charset_that_lacks_the_characters_gets_references():
    response = HttpResponse("<body></body>", content_type="text/html; charset=latin-1")
    assert b"&#26085;&#26412;" in inject(response, top=BANNER).content


@pytest.mark.parametrize("piece", ['a="b" ', "a='", "<!--", "<script>", "<a ", "<a href=", "=", "<!", "<meta ", " "])
def test_no_page_makes_the_search_slow(piece):
    page = (f"<body {piece * 20_000}<body ").encode()
    began = time.perf_counter()
    beginning_of_body(page)
    beginning_of_body(page[6:])
    beginning_of_body(b"<!DOCTYPE html>" + page[6:-6])
    assert time.perf_counter() - began < 1


def test_a_stream_is_not_touched():
    response = StreamingHttpResponse([HTML.encode()])
    assert b"".join(inject(response, end=TAG).streaming_content) == HTML.encode()


def test_length_and_etag_are_corrected():
    response = inject(HttpResponse(HTML, headers={"Content-Length": str(len(HTML)), "ETag": '"abc"'}), end=TAG)
    assert response.headers["Content-Length"] == str(len(response.content))
    assert response.headers["ETag"] == '"abc-l"'


def test_another_charset():
    response = HttpResponse(f"<body>日本{'語' * 9}</body>", content_type="text/html; charset=shift_jis")
    assert TAG in inject(response, end=TAG).content.decode("shift_jis")


def test_a_template_response_gets_it_once_rendered(article):
    response = TemplateResponse(RequestFactory().get("/"), "base.html", {"page": article})
    assert inject_later(response, end=TAG) is response and not response.is_rendered
    assert response.render().content.decode().count("data-page") == 1


def test_the_page_token_is_ours_alone():
    assert read_page_token(page_token(7, 3)) == (7, 3) and read_page_token(page_token(7, None)) == (7, 0)
    assert read_page_token("") is None and read_page_token(page_token(7, 3)[:-1] + "x") is None


@pytest.mark.django_db
def test_addresses_are_those_of_the_active_language(settings):
    """The include may stand in i18n_patterns (a system check says what that breaks)."""
    settings.ROOT_URLCONF = "tests.tracking.urls_in_languages"
    for language in ("ja", "en", "ja"):
        with translation.override(language):
            assert f'src="/{language}/leads/page.js" data-to="/{language}/leads/b"' in script_tag(1, 1)
            assert rendering.addresses()[0] == f"/{language}/leads/notice.css"


@pytest.mark.django_db
class TestServed:
    def test_every_page_of_the_site_has_it(self, browser, article):
        assert browser.get("/article/").content.count(b"data-page") == 1

    def test_the_tag_says_what_to_do(self, browser, article, site):
        tag = script_tag(article.pk, site.pk)
        assert 'src="/leads/page.js" data-to="/leads/b"' in tag and 'data-on="lfhs"' in tag and "data-ask" not in tag
        TrackingSettings.objects.create(site=site, mode="opt_in", measure_files=False, measure_scroll=False)
        site_rules.forget()
        tag = script_tag(article.pk, site.pk)
        assert 'data-on="lh" data-ask="1"' in tag

    def test_switched_off(self, browser, article, settings):
        settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "INJECT_BEACON": False}
        assert b"data-page" not in browser.get("/article/").content

    def test_not_in_a_preview(self, article, admin_user):
        response = article.make_preview_request(original_request=None)
        assert response.status_code == 200 and b"data-page" not in response.content

    def test_not_in_the_admin(self, admin_client):
        assert b"data-page" not in admin_client.get("/cms/").content

    def test_compression_and_conditional_get_further_out(self, browser, article, settings):
        settings.MIDDLEWARE = [
            "django.middleware.gzip.GZipMiddleware",
            "django.middleware.http.ConditionalGetMiddleware",
            *settings.MIDDLEWARE,
        ]
        article.body = "<p>long</p>" * 200
        article.save_revision().publish()
        response = browser.get("/article/", HTTP_ACCEPT_ENCODING="gzip")
        assert response.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(response.content).count(b"data-page") == 1
        assert response.headers["Content-Length"] == str(len(response.content))
        etag = response.headers["ETag"]
        again = browser.get("/article/", HTTP_ACCEPT_ENCODING="gzip", HTTP_IF_NONE_MATCH=etag)
        assert again.status_code == 304, "the tag is the same for all, so the ETag is stable"

    def test_by_template_tag(self, rf, article, site):
        request = rf.get("/article/")
        template = Template("{% load wagtail_leads_tags %}<head>{% leads_beacon %}</head>")
        assert template.render(Context({"request": request})) == "<head></head>"
        request._leads_served = Served(page_id=article.pk, title="x", site_id=site.pk)
        html = template.render(Context({"request": request}))
        assert html == f"<head>{script_tag(article.pk, site.pk)}</head>"
        whole = HttpResponse(html + "<body></body>")
        assert inject(whole, end=script_tag(article.pk, site.pk)).content.count(b"data-page") == 1, "not a second time"

    def test_a_hostile_search_is_not_echoed_into_the_tag(self, browser, article):
        html = browser.get("/article/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").content.decode()
        assert "alert(1)" not in html
