"""The script tag goes only into complete, uncompressed, non-streaming HTML of a served page."""

import gzip

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.template import Context, Template
from django.template.response import TemplateResponse
from django.test import RequestFactory

from wagtail_leads.tracking.injection import inject, inject_later, page_token, read_page_token, script_tag
from wagtail_leads.tracking.recording import Served

HTML = "<html><body><p>x</p></body></html>"
TAG = script_tag(1, 1)


def test_the_tag_stands_before_the_end_of_the_body():
    assert inject(HttpResponse(HTML), 1, 1).content.decode() == f"<html><body><p>x</p>{TAG}</body></html>"
    assert 'src="/leads/page.js" data-to="/leads/b"' in TAG and "async" in TAG


def test_the_last_closing_tag_counts_in_any_case():
    html = "<body><code>&lt;/body></code></BODY ></html>"
    assert inject(HttpResponse(html), 1, 1).content.decode().endswith(f"{TAG}</BODY ></html>")


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
    assert inject(made, 1, 1).content == before, why


def test_a_stream_is_not_touched():
    response = StreamingHttpResponse([HTML.encode()])
    assert b"".join(inject(response, 1, 1).streaming_content) == HTML.encode()


def test_length_and_etag_are_corrected():
    response = inject(HttpResponse(HTML, headers={"Content-Length": str(len(HTML)), "ETag": '"abc"'}), 1, 1)
    assert response.headers["Content-Length"] == str(len(response.content))
    assert response.headers["ETag"] == '"abc-l"'


def test_another_charset():
    response = HttpResponse(f"<body>日本{'語' * 9}</body>", content_type="text/html; charset=shift_jis")
    assert TAG in inject(response, 1, 1).content.decode("shift_jis")


def test_a_template_response_gets_it_once_rendered(article):
    response = TemplateResponse(RequestFactory().get("/"), "base.html", {"page": article})
    assert inject_later(response, 1, 1) is response and not response.is_rendered
    assert response.render().content.decode().count("data-page") == 1


def test_the_page_token_is_ours_alone():
    assert read_page_token(page_token(7, 3)) == (7, 3) and read_page_token(page_token(7, None)) == (7, 0)
    assert read_page_token("") is None and read_page_token(page_token(7, 3)[:-1] + "x") is None


@pytest.mark.django_db
class TestServed:
    def test_every_page_of_the_site_has_it(self, browser, article):
        assert browser.get("/article/").content.count(b"data-page") == 1

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
        assert inject(whole, article.pk, site.pk).content.count(b"data-page") == 1, "not a second time"

    def test_a_hostile_search_is_not_echoed_into_the_tag(self, browser, article):
        html = browser.get("/article/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").content.decode()
        assert "alert(1)" not in html
