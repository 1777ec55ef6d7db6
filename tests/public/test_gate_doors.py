"""A gate does not leak through Wagtail's own doors: each of them is tried here."""

import importlib.util
import os
import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from wagtail.models import Page, PageViewRestriction

from tests.testsite.models import ArticlePage, HandbookPage
from wagtail_leads import exclude_gated
from wagtail_leads.content.gates import is_gated, without_gated
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.content.operations import mark_page
from wagtail_leads.logic.addresses import email_key
from wagtail_leads.models import Lead, Message, PageView, Visitor, VisitorLink
from wagtail_leads.tracking import buffer

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.public.door_urls")]
SECRET = "the secret chapter"
#: Tables made without migrations have no index to search in.
SEARCH = pytest.param(
    "?search=Handbook", marks=pytest.mark.skipif("LEADS_TEST_VARIATION" in os.environ, reason="no index")
)
LATER = "Mon, 02 Nov 2026 12:00:00 GMT"
HAS_V3 = importlib.util.find_spec("wagtail.api.v3") is not None


@pytest.fixture
def handbook(home):
    page = HandbookPage(title="Handbook", slug="handbook", body=f"<p>{SECRET}</p>", search_description="In short.")
    return home.add_child(instance=page)


@pytest.fixture
def gated(handbook, now):
    PagePolicy.objects.create(page_id=handbook.pk, gated=True, updated_at=now)
    return handbook


@pytest.fixture
def editor(db):
    people = get_user_model()
    return people.objects.create_superuser(
        **{people.USERNAME_FIELD: "editor@works.example", "email": "editor@works.example", "password": "x"}
    )


def opened(browser, page):
    from wagtail_leads.capture import gate

    browser.cookies[gate.PASS_COOKIE] = gate.pass_value({}, {page.pk})
    return browser


# --- requests of every kind -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/handbook/", "/handbook/?amp=1", "/handbook/?utm_source=x&preview=1", "/handbook/chapter/7/"]
)
def test_every_address_of_the_page_shows_the_teaser(browser, gated, path):
    response = browser.get(path)
    assert response.status_code == 200 and SECRET not in response.content.decode()
    assert response.headers["Cache-Control"] == "private, no-store"
    assert not {"ETag", "Last-Modified", "Expires"} & set(response.headers)


def test_the_pass_opens_sub_addresses_too_and_nothing_of_it_is_kept(browser, gated):
    for path in ("/handbook/", "/handbook/chapter/7/"):
        response = opened(browser, gated).get(path)
        assert SECRET in response.content.decode() and response.headers["Cache-Control"] == "private, no-store"
        assert not {"ETag", "Last-Modified"} & set(response.headers)


def test_a_browser_that_had_the_whole_page_is_not_told_that_it_is_unchanged(browser, handbook, now):
    known = browser.get("/handbook/").headers["ETag"]
    assert known.startswith('"whole'), "open to all: the site's own headers stay"
    PagePolicy.objects.create(page_id=handbook.pk, gated=True, updated_at=now)
    response = browser.get("/handbook/", HTTP_IF_NONE_MATCH=known, HTTP_IF_MODIFIED_SINCE=LATER)
    assert response.status_code == 200 and SECRET not in response.content.decode()


def test_head_says_what_get_says_without_body_and_nothing_is_recorded(browser, gated, monkeypatch):
    taken = []
    monkeypatch.setattr(buffer, "put", taken.append)
    told, asked = browser.get("/handbook/"), browser.head("/handbook/")
    names = ("Cache-Control", "Content-Type", "Content-Language")
    assert [asked.headers.get(name) for name in names] == [told.headers.get(name) for name in names]
    assert asked.status_code == 200 and not asked.content
    assert [(hit.method, hit.gate_shown) for hit in taken] == [("GET", True), ("HEAD", False)], "HEAD is left out later"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options", "trace"])
def test_other_methods_run_nothing_of_the_page(browser, gated, method):
    response = getattr(browser, method)("/handbook/")
    assert SECRET not in response.content.decode() and response.status_code in (200, 403, 405)
    assert response.status_code == 405 or method in ("options",)


def test_the_layout_knows_nothing_of_the_body(browser, gated, settings, tmp_path):
    """`og:description` made of the body, and a context that sums it up."""
    (tmp_path / "base.html").write_text(
        "<html><head><title>{{ page.title }}</title>"
        '<meta property="og:description" content="{{ page.body|striptags }}|{{ summary|striptags }}|'
        '{{ page.search_description }}">'
        "</head><body>{% block content %}{% endblock %}</body></html>"
    )
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    html = browser.get("/handbook/").content.decode()
    assert SECRET not in html and 'content="||In short."' in html
    assert 'itemprop="isAccessibleForFree" content="False"' in html


def test_without_a_teaser_there_are_title_and_form_only(browser, gated):
    PagePolicy.objects.update(show_teaser=False, teaser="About chapters")
    html = browser.get("/handbook/").content.decode()
    assert "Handbook" in html and "<form" in html and "In short." not in html and "About chapters" not in html


# --- other pages of the same content --------------------------------------------------------------------------------


def test_aliases_of_aliases_in_another_tree_are_gated_and_open_with_the_original(browser, gated, home):
    other = home.add_child(instance=ArticlePage(title="Other", slug="other"))
    alias = gated.create_alias(update_slug="alias", parent=other)
    second = alias.create_alias(update_slug="second", parent=home)
    third = second.create_alias(update_slug="third", parent=home)
    paths = ("/other/alias/", "/second/", "/third/")
    assert all(SECRET not in browser.get(path).content.decode() for path in paths)
    assert not {gated.pk, alias.pk, second.pk, third.pk} & set(
        exclude_gated(Page.objects.all()).values_list("pk", flat=True)
    )
    opened(browser, gated)
    assert all(SECRET in browser.get(path).content.decode() for path in paths)


def test_an_alias_that_is_marked_itself_is_gated_though_its_original_is_open(browser, handbook, home, now):
    alias = handbook.create_alias(update_slug="alias", parent=home)
    PagePolicy.objects.create(page_id=handbook.pk, gated=False, high_intent=True, updated_at=now)
    PagePolicy.objects.create(page_id=alias.pk, gated=True, updated_at=now)
    assert SECRET in browser.get("/handbook/").content.decode()
    assert SECRET not in browser.get("/alias/").content.decode()


def test_a_page_with_a_password_asks_for_it_first(browser, gated):
    PageViewRestriction.objects.create(page=gated, restriction_type="password", password="x")
    html = browser.get("/handbook/").content.decode()
    assert SECRET not in html and "leads-gate" not in html and 'type="password"' in html


def test_a_draft_is_not_there(browser, gated):
    gated.unpublish()
    assert browser.get("/handbook/").status_code == 404


def test_the_preview_of_an_editor_is_whole_and_counts_as_nothing(gated, editor):
    from django.test import RequestFactory

    request = RequestFactory().get("/handbook/", HTTP_HOST="localhost")
    request.user = editor
    response = gated.make_preview_request(original_request=request)
    assert SECRET in response.content.decode() and not PageView.objects.exists()


def test_the_sitemap_keeps_the_teasers_address(gated, rf):
    from wagtail.contrib.sitemaps import Sitemap

    pages = Sitemap(rf.get("/", HTTP_HOST="localhost")).items()
    assert gated.pk in [page.pk for page in pages]


def test_the_frontend_cache_forgets_the_page_when_it_is_marked(
    handbook, now, settings, monkeypatch, django_capture_on_commit_callbacks
):
    from wagtail.contrib.frontend_cache import utils

    from wagtail_leads.content import operations

    purged = []
    monkeypatch.setattr(utils.PurgeBatch, "purge", lambda batch, *args, **kwargs: purged.extend(batch.urls))
    monkeypatch.setattr(operations.apps, "is_installed", lambda name: True)
    settings.WAGTAILFRONTENDCACHE = {
        "varnish": {"BACKEND": "wagtail.contrib.frontend_cache.backends.HTTPBackend", "LOCATION": "http://127.0.0.1:1"}
    }
    with django_capture_on_commit_callbacks(execute=True):
        mark_page(handbook, user=None, now=now, gated=True, high_intent=False)
    assert any(url.endswith("/handbook/") for url in purged)


# --- the content API ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", "?fields=*", SEARCH, "?child_of=root", "?type=testsite.HandbookPage&fields=*"])
def test_the_api_lists_no_gated_page(client, gated, article, query):
    answer = client.get(f"/api/v2/pages/{query}", HTTP_HOST="localhost")
    assert answer.status_code == 200 and SECRET not in answer.content.decode()
    assert gated.pk not in [item["id"] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    "where",
    [
        "pages/{pk}/",
        "pages/{pk}/?fields=*",
        "pages/find/?html_path=/handbook/",
        "pages/find/?id={pk}",
        "handbooks/{pk}/",
        "handbooks/find/?id={pk}",
    ],
)
def test_the_api_has_no_details_of_a_gated_page(client, gated, where):
    assert client.get("/api/v2/" + where.format(pk=gated.pk), HTTP_HOST="localhost", follow=True).status_code == 404


def test_an_endpoint_of_the_sites_own_is_held_too(client, gated, home):
    other = home.add_child(instance=HandbookPage(title="Open", slug="open", body="for all"))
    items = client.get("/api/v2/handbooks/?fields=*", HTTP_HOST="localhost").json()["items"]
    assert [item["id"] for item in items] == [other.pk]


def test_children_below_a_gated_page_are_not_told_by_it(client, gated):
    answer = client.get(f"/api/v2/pages/?child_of={gated.pk}", HTTP_HOST="localhost")
    assert answer.status_code == 400, "for the API there is no such page"


def test_a_page_that_names_a_gated_one_tells_nothing_of_its_content(client, gated, home):
    other = home.add_child(instance=HandbookPage(title="Open", slug="open", body="for all", related=gated))
    answer = client.get(f"/api/v2/handbooks/{other.pk}/?fields=*,related(*)", HTTP_HOST="localhost")
    assert answer.status_code == 200 and answer.json()["related"]["id"] == gated.pk
    assert SECRET not in answer.content.decode()


def test_the_api_is_whole_where_the_site_wants_it(client, gated, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "GATE_API": False}
    assert SECRET in client.get(f"/api/v2/pages/{gated.pk}/", HTTP_HOST="localhost").content.decode()


def test_wagtails_own_admin_still_finds_the_page(client, gated, editor):
    client.force_login(editor)
    assert client.get(f"/cms/api/main/pages/{gated.pk}/", HTTP_HOST="localhost").status_code == 200


@pytest.mark.skipif(not HAS_V3, reason="this Wagtail has no API v3")
@pytest.mark.parametrize("query", ["", SEARCH, "?child_of=root", "?type=testsite.HandbookPage"])
def test_api_v3_lists_no_gated_page(client, gated, article, query):
    answer = client.get(f"/api/v3/pages/{query}", HTTP_HOST="localhost")
    assert answer.status_code == 200 and gated.pk not in [item["id"] for item in answer.json()["items"]]


@pytest.mark.skipif(not HAS_V3, reason="this Wagtail has no API v3")
@pytest.mark.parametrize("where", ["{pk}/", "find/?html_path=/handbook/", "find/?id={pk}"])
def test_api_v3_has_no_details_of_a_gated_page(client, gated, where):
    answer = client.get("/api/v3/pages/" + where.format(pk=gated.pk), HTTP_HOST="localhost", follow=True)
    assert answer.status_code == 404 and SECRET not in answer.content.decode()


@pytest.mark.skipif(not HAS_V3, reason="this Wagtail has no API v3")
def test_api_v3_gives_an_editor_with_a_token_all_pages(client, gated, editor):
    from wagtail.models import APIToken

    token = APIToken.generate_token()
    APIToken.objects.create(user=editor, name="x", key_hash=APIToken.candidate_key_hashes(token)[0])
    answer = client.get(f"/api/v3/pages/{gated.pk}/", HTTP_HOST="localhost", HTTP_AUTHORIZATION=f"Bearer {token}")
    assert answer.status_code == 200


# --- the site's own lists -------------------------------------------------------------------------------------------


def test_gated_pages_are_left_out_of_the_sites_own_lists(gated, article, home, django_assert_num_queries):
    alias = gated.create_alias(update_slug="alias", parent=home)
    for pages in (Page.objects.child_of(home), Page.objects.child_of(home).specific(), HandbookPage.objects.all()):
        found = {page.pk for page in exclude_gated(pages)}
        assert not {gated.pk, alias.pk} & found
    with django_assert_num_queries(1):
        assert article.pk in [page.pk for page in exclude_gated(Page.objects.child_of(home))]
    assert is_gated(alias) and not is_gated(article) and not is_gated(Page())


@pytest.mark.skipif("LEADS_TEST_VARIATION" in os.environ, reason="no index")
def test_gated_pages_are_left_out_of_the_sites_own_search(gated):
    assert [page.pk for page in exclude_gated(Page.objects.live()).search("Handbook")] == []
    assert [page.pk for page in exclude_gated(HandbookPage.objects.live()).search("Handbook")] == []


def test_templates_leave_gated_pages_out(gated, article):
    from django.template import Context, Template

    pages = [gated, article]
    text = "{% load wagtail_leads_tags %}{% for page in pages|without_gated %}{{ page.slug }} {% endfor %}"
    text += "{{ gated|is_gated }}{{ nothing|without_gated }}"
    assert Template(text).render(Context({"pages": pages, "gated": gated})) == "article True[]"
    assert [page.pk for page in without_gated(Page.objects.filter(pk__in=[gated.pk, article.pk])[:5])] == [article.pk]


# --- members' pages -------------------------------------------------------------------------------------------------


@pytest.fixture
def members(gated):
    PagePolicy.objects.update(gate_by="stage", gate_stages="customer opportunity")
    return gated


def known_as(browser, now, *, evidence="form", lead=None, **values):
    from wagtail_leads import conf
    from wagtail_leads.logic import tokens

    lead = lead or Lead.objects.create(email="taro@mihon.example", email_key="k" * 64, stage="customer", created_at=now)
    key = "ab" * 16
    visitor = Visitor.objects.create(key=key, client_key="c", first_seen_at=now, last_seen_at=now, lead=lead, **values)
    VisitorLink.objects.create(visitor=visitor, lead=lead, evidence=evidence, created_at=now, open_key=visitor.pk)
    browser.cookies["leads_visitor"] = tokens.sign(bytes.fromhex(key), purpose="visitor", keys=conf.secrets())
    return lead


def is_open(browser) -> bool:
    return SECRET in browser.get("/handbook/").content.decode()


def test_a_customer_gets_in_and_a_stage_that_changes_holds_at_once(browser, members, now):
    lead = known_as(browser, now)
    assert is_open(browser)
    Lead.objects.filter(pk=lead.pk).update(stage="latent")
    assert not is_open(browser)
    Lead.objects.filter(pk=lead.pk).update(stage="opportunity")
    assert is_open(browser)


@pytest.mark.parametrize("evidence", ["login", "confirmed", "form", "manual"])
def test_strong_evidence_opens_a_members_page(browser, members, now, evidence):
    known_as(browser, now, evidence=evidence)
    assert is_open(browser)


def test_a_mail_link_alone_opens_no_members_page(browser, members, now):
    known_as(browser, now, evidence="mail_link")
    assert not is_open(browser)


def test_a_shared_or_forgotten_browser_is_nobodys(browser, members, now):
    known_as(browser, now, shared_at=now)
    assert not is_open(browser)
    Visitor.objects.update(shared_at=None, forgotten_at=now)
    assert not is_open(browser)


def test_a_link_that_was_taken_back_opens_nothing(browser, members, now):
    known_as(browser, now)
    VisitorLink.objects.update(revoked_at=now)
    assert not is_open(browser)


def test_a_merged_lead_counts_as_its_survivor_and_an_erased_one_as_nobody(browser, members, now):
    survivor = Lead.objects.create(email="t@mihon.example", email_key="s" * 64, stage="customer", created_at=now)
    merged = Lead.objects.create(
        email="o@mihon.example", email_key="o" * 64, stage="latent", created_at=now, merged_into=survivor
    )
    known_as(browser, now, lead=merged)
    assert is_open(browser)
    Lead.objects.filter(pk=survivor.pk).update(erased_at=now)
    assert not is_open(browser)


def test_who_stays_outside_reads_why_and_finds_the_way_in(browser, members, now):
    html = browser.get("/handbook/").content.decode()
    assert "for certain readers" in html and "<form" in html
    assert "free of charge" not in html and "Get the document" not in html, "a form promises nothing here"
    opened(browser, members)
    assert not is_open(browser), "a pass of a form opens no members' page"


def test_who_filled_in_the_form_and_stays_outside_is_told_so_and_gets_no_mail_with_a_closed_page(browser, members, now):
    def send(email):
        html = browser.get("/handbook/").content.decode()
        action = re.search(r'action="(/leads/f/[^"]+)"', html)[1]
        browser.post(action, {"company": "Sample", "name": "Taro", "email": email})
        return browser.get("/handbook/").content.decode()

    html = send("stranger@mihon.example")
    assert "the page stays closed" in html and "<form" in html and SECRET not in html
    assert Lead.objects.filter(email="stranger@mihon.example").exists() and not Message.objects.exists()
    Lead.objects.create(email="c@mihon.example", email_key=email_key("c@mihon.example"), stage="customer", created_at=now)
    browser.cookies.clear()
    assert SECRET in send("c@mihon.example") and Message.objects.count() == 1


def test_only_members_pages_ask_for_the_stage(browser, article, members, django_assert_num_queries, now):
    from wagtail_leads.capture import gate

    with django_assert_num_queries(1):
        assert gate.gate_of(article, {}, lambda: "ab" * 16).is_open
    with django_assert_num_queries(2):
        assert not gate.gate_of(members, {}, lambda: "ab" * 16).is_open
    with django_assert_num_queries(1):
        assert not gate.gate_of(members, {}).is_open, "a browser without cookie is nobody"


def test_old_passes_keep_opening_their_pages(browser, gated):
    import struct

    from wagtail_leads import conf
    from wagtail_leads.capture import gate
    from wagtail_leads.logic import tokens

    old = tokens.sign(struct.pack(">2I", 7, gated.pk), purpose="pass", keys=conf.secrets())
    browser.cookies[gate.PASS_COOKIE] = old
    assert is_open(browser)
    more = gate.pass_with({gate.PASS_COOKIE: old}, [gate.document_place(9), gate.block_place(7, "x")])
    assert gate.pass_pages({gate.PASS_COOKIE: more}) == [7, gated.pk]
    assert {place.kind for place in gate.passes({gate.PASS_COOKIE: more})} == {"page", "document", "block"}
    assert Client().get("/handbook/").status_code == 200
