"""Whatever a hostile client sends to a public door: a normal page or a 4xx, never a 500, and nothing accepted is lost."""

import json
import os
import time
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wagtail_leads import conf
from wagtail_leads.capture.placements import Placement, Where, token_for
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.logic import tokens
from wagtail_leads.mailing.links import click_url, open_url, unsubscribe_url
from wagtail_leads.models import Consent, FormSubmission, Lead, Message, Suppression
from wagtail_leads.tracking.injection import page_token

pytestmark = pytest.mark.django_db
hostile = settings(
    deadline=None,
    max_examples=int(os.environ.get("LEADS_EXAMPLES", "30")),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

METHODS = st.sampled_from(
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "X" * 300]
)
TEXT = st.text(max_size=40) | st.sampled_from(
    ["\x00", "\ud7ff", "\\u0000", "%00", "%", "A" * 3000, "../../etc/passwd", "{{7*7}}"]
)
HEADER = st.text(st.characters(max_codepoint=255), max_size=60) | st.sampled_from(["\x00", "a" * 9000, "é", "null"])
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "HTTP_HOST", "HTTP_ORIGIN", "HTTP_REFERER", "HTTP_USER_AGENT", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE",
            "HTTP_X_FORWARDED_FOR", "HTTP_SEC_FETCH_SITE", "HTTP_SEC_FETCH_MODE", "HTTP_PURPOSE", "HTTP_COOKIE",
            "HTTP_RANGE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "REMOTE_ADDR", "CONTENT_LENGTH",
            "QUERY_STRING", "HTTP_X_REQUESTED_WITH", "HTTP_ACCEPT_ENCODING",
        ]
    ),
    HEADER,
    max_size=6,
)  # fmt: skip
COOKIE_NAMES = ["leads_visitor", "leads_staff", "leads_optout", "leads_pass"]
COOKIES = st.dictionaries(
    st.sampled_from(COOKIE_NAMES), st.text(st.characters(max_codepoint=126, min_codepoint=33), max_size=80)
)
BODIES = st.binary(max_size=300)
TYPES = st.sampled_from(
    [
        "text/plain", "application/json", "application/x-www-form-urlencoded", "multipart/form-data",
        "multipart/form-data; boundary=x", "multipart/form-data; boundary=" + "é", "text/plain; charset=no-such", "", "\x00",
    ]
)  # fmt: skip


def ask(method, path, body=b"", content_type="text/plain", headers=None, cookies=None):
    client = Client(raise_request_exception=True)
    headers = dict(headers or {})
    if cookies and "HTTP_COOKIE" not in headers:
        headers["HTTP_COOKIE"] = "; ".join(f"{k}={v}" for k, v in cookies.items())
    response = client.generic(method, path, body, content_type=content_type, **headers)
    assert response.status_code < 500, f"{method} {path!r} {headers!r} -> {response.status_code}"
    return response


@pytest.fixture
def accepted(message, paper, link, now):
    """What was accepted before the attack, and the addresses that were given out."""
    PagePolicy.objects.create(page_id=paper.pk, gated=True, updated_at=now)
    submission = FormSubmission.objects.create(dedupe_key="s" * 64, lead=message.lead, data={}, at=now)
    Consent.objects.create(lead=message.lead, email_key=message.address_key, granted=True, at=now)
    good = {
        "f": token_for(None, Placement(where=Where.GATE, page_id=paper.pk), made_at=int(time.time())),
        "l": click_url(message, link.pk).rpartition("/")[2],
        "o": open_url(message).rpartition("/")[2],
        "u": unsubscribe_url(message).rpartition("/")[2],
    }
    yield good
    assert FormSubmission.objects.filter(pk=submission.pk, data={}).exists()
    assert Lead.objects.filter(pk=message.lead_id, email="taro@mihon.example").exists()
    assert Message.objects.filter(pk=message.pk, state="sent").exists()
    assert Consent.objects.filter(granted=True).exists()


@hostile
@given(
    METHODS,
    st.sampled_from(["/leads/page.js", "/leads/b", "/leads/privacy/", "/paper/", "/"]),
    BODIES,
    TYPES,
    HEADERS,
    COOKIES,
)
def test_any_request_to_a_fixed_address(accepted, method, path, body, content_type, headers, cookies):
    ask(method, path, body, content_type, headers, cookies)


@hostile
@given(METHODS, st.sampled_from("flou"), TEXT | BODIES, BODIES, TYPES, HEADERS, COOKIES)
def test_any_token(accepted, method, door, token, body, content_type, headers, cookies):
    response = ask(method, f"/leads/{door}/{quote(token, safe='')}", body, content_type, headers, cookies)
    assert response.status_code != 200 or door == "o"


@hostile
@given(METHODS, st.sampled_from("flou"), BODIES, TYPES, HEADERS, COOKIES)
def test_any_request_with_a_good_token(accepted, method, door, body, content_type, headers, cookies):
    ask(method, f"/leads/{door}/{accepted[door]}", body, content_type, headers, cookies)


@hostile
@given(st.sampled_from("flou"), st.integers(0, 200), st.integers(0, 255))
def test_a_token_with_one_changed_byte_is_refused(accepted, door, place, byte):
    raw = bytearray(accepted[door].encode())
    place %= len(raw)
    if raw[place] == byte or byte == ord("/"):  # a slash makes it another path, which is the site's to answer
        return
    raw[place] = byte
    status = ask("GET", f"/leads/{door}/{quote(bytes(raw), safe='')}").status_code
    assert status == 200 if door == "o" else status in (404, 405, 410)


@hostile
@given(st.sampled_from("flou"), st.binary(max_size=64))
def test_a_token_that_was_signed_for_something_else(accepted, door, payload):
    """Right key, any payload: numbers too large for a column, wrong lengths."""
    purpose = {"f": "form", "l": "click", "o": "open", "u": "unsubscribe"}[door]
    token = tokens.sign(payload, purpose=purpose, keys=conf.secrets())
    for method in ("GET", "POST"):
        ask(method, f"/leads/{door}/{token}", b"email=a%40b.example", "application/x-www-form-urlencoded")


@hostile
@given(
    st.dictionaries(
        st.sampled_from(["email", "name", "company", "consent", "website", "history", "csrfmiddlewaretoken", "x"]),
        TEXT | st.sampled_from(["taro@mihon.example", "a..b@docomo.ne.jp", "a@b", "日本@例え.テスト"]),
        max_size=6,
    ),
    st.booleans(),
)
def test_any_form_value(accepted, values, multipart):
    cache.clear()
    client = Client(raise_request_exception=True)
    if multipart:
        response = client.post(f"/leads/f/{accepted['f']}", values)
    else:
        body = "&".join(f"{quote(k)}={quote(v, errors='replace')}" for k, v in values.items())
        response = client.post(f"/leads/f/{accepted['f']}", body, content_type="application/x-www-form-urlencoded")
    is_trapped = bool(values.get("website"))  # held, and said so: 200
    assert response.status_code in ((200, 422, 429) if is_trapped else (303, 422, 429))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@hostile
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "v": JSON | st.just("a" * 16),
            "t": JSON | st.integers(),
            "s": JSON,
            "p": JSON,
            "u": JSON | st.text(max_size=60).map(lambda text: "/" + text),
            "r": JSON | st.text(max_size=60).map(lambda text: "http://" + text),
            "e": JSON,
        },
    ),
    st.booleans(),
    COOKIES,
)
def test_any_message_of_a_beacon(accepted, paper, site, told, good_page, cookies):
    if good_page:
        told = {"v": "b" * 16, "u": "/paper/", **told, "p": page_token(paper.pk, site.pk)}
    agent = {
        "HTTP_USER_AGENT": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"
    }
    body = json.dumps(told).encode()
    assert ask("POST", "/leads/b", body, headers=agent, cookies=cookies).status_code == 204


def test_a_hostile_page_of_json_is_refused_before_it_is_read(db):
    for body in (b"[" * 100_000, b'{"v":' + b"9" * 5000 + b"}", b"\xff\xfe", b'{"v":"\\ud800"}', b"{}" * 9000):
        assert ask("POST", "/leads/b", body).status_code == 204


@pytest.mark.parametrize("door", "fou")
def test_get_changes_nothing(accepted, door):
    ask("GET", f"/leads/{door}/{accepted[door]}")
    ask("HEAD", f"/leads/{door}/{accepted[door]}")
    assert not Suppression.objects.exists() and FormSubmission.objects.count() == 1 and Consent.objects.count() == 1
