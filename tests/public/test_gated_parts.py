"""A gated part of a page: teaser and form for everybody, the inside for whoever has sent the form."""

import json
import re

import pytest
from django.template import Context, Template

from tests.testsite.models import PartsPage
from wagtail_leads import GatedBlock
from wagtail_leads.models import FormSubmission

pytestmark = pytest.mark.django_db
FIRST, SECOND, THIRD = "the first secret", "the second secret", "the third secret"
UUIDS = (
    "11111111-1111-4111-8111-111111111111",
    "22222222-2222-4222-8222-222222222222",
    "33333333-3333-4333-8333-333333333333",
)


def gated(text, teaser):
    return {"teaser": teaser, "form": None, "inside": [{"type": "text", "value": f"<p>{text}</p>", "id": UUIDS[0]}]}


BODY = [
    {"type": "text", "value": "<p>For all.</p>", "id": "00000000-0000-4000-8000-000000000000"},
    {"type": "gated", "value": gated(FIRST, "Teaser <one>"), "id": UUIDS[0]},
    {"type": "gated", "value": gated(SECOND, "Teaser two"), "id": UUIDS[1]},
    {"type": "section", "value": {"heading": "Nested", "part": gated(THIRD, "Teaser three")}, "id": UUIDS[2]},
]


@pytest.fixture
def page(home):
    made = home.add_child(instance=PartsPage(title="Parts", slug="parts", body=json.dumps(BODY)))
    return PartsPage.objects.get(pk=made.pk)


def secrets_in(html: str) -> list[str]:
    return [text for text in (FIRST, SECOND, THIRD) if text in html]


def send(browser, html: str, number: int):
    action = re.findall(r'action="(/leads/f/[^"]+)"', html)[number]
    return browser.post(action, {"company": "見本", "name": "山田", "email": "taro@mihon.example"})


@pytest.mark.parametrize("query", ["", "?plain=1"])
def test_everybody_sees_teasers_and_forms_and_nothing_of_the_inside(browser, page, query):
    """Also where the site's template says `{{ page.body }}`, which tells blocks nothing of the request."""
    response = browser.get(f"/parts/{query}")
    html = response.content.decode()
    assert not secrets_in(html) and html.count('<form class="leads-form"') == 3
    assert "For all." in html and "Teaser &lt;one&gt;" in html and "Nested" in html
    assert response.headers["Cache-Control"] == "private, no-store"


def test_a_page_without_a_gated_part_stays_as_the_site_made_it(browser, home):
    body = '[{"type": "text", "value": "<p>x</p>"}]'
    home.add_child(instance=PartsPage(title="Plain", slug="plain", body=body))
    assert "no-store" not in browser.get("/plain/").headers.get("Cache-Control", "")


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_form_opens_its_own_part_only(browser, page, number):
    response = send(browser, browser.get("/parts/").content.decode(), number)
    assert response.status_code == 303 and response.headers["Location"].startswith("/parts/#leads-")
    opened = browser.get("/parts/")
    html = opened.content.decode()
    assert secrets_in(html) == [(FIRST, SECOND, THIRD)[number]] and html.count('<form class="leads-form"') == 2
    assert opened.headers["Cache-Control"] == "private, no-store"
    anchor = response.headers["Location"].partition("#")[2]
    assert f'id="{anchor}"' in html, "the browser goes to what has opened"
    assert FormSubmission.objects.get().page_id == page.pk


def test_wrong_answers_come_back_with_what_was_typed_and_without_the_inside(browser, page):
    action = re.findall(r'action="(/leads/f/[^"]+)"', browser.get("/parts/").content.decode())[0]
    response = browser.post(action, {"company": "株式会社見本", "name": "", "email": "nonsense"})
    html = response.content.decode()
    assert response.status_code == 422 and "株式会社見本" in html and not secrets_in(html)


def test_a_part_keeps_its_name_while_it_is_edited_and_a_copy_of_the_page_has_its_own(browser, page, home):
    send(browser, browser.get("/parts/").content.decode(), 0)
    edited = [BODY[1] | {"value": gated(FIRST, "Another teaser")}, *BODY[2:]]
    PartsPage.objects.filter(pk=page.pk).update(body=json.dumps(edited))
    assert secrets_in(browser.get("/parts/").content.decode()) == [FIRST]
    page.refresh_from_db()
    page.copy(update_attrs={"slug": "copy", "title": "Copy"}, recursive=False)
    assert not secrets_in(browser.get("/copy/").content.decode())


def test_an_alias_opens_with_its_original(browser, page, home):
    page.create_alias(parent=home, update_slug="alias")
    assert not secrets_in(browser.get("/alias/").content.decode())
    send(browser, browser.get("/parts/").content.decode(), 1)
    assert secrets_in(browser.get("/alias/").content.decode()) == [SECOND]


def test_a_page_that_is_unpublished_meanwhile_says_so(browser, page):
    html = browser.get("/parts/").content.decode()
    page.unpublish()
    assert send(browser, html, 0).status_code == 410 and not FormSubmission.objects.exists()


def test_api_and_search_index_do_not_know_the_inside(page):
    told = str(page.body.stream_block.get_api_representation(page.body, {}))
    found = " ".join(map(str, page.body.stream_block.get_searchable_content(page.body)))
    assert not secrets_in(told) and "Teaser two" in told
    assert not secrets_in(found) and "Teaser two" in found


def test_outside_a_request_there_is_the_teaser_only(page):
    html = Template("{% load wagtailcore_tags %}{% include_block page.body %}").render(Context({"page": page}))
    assert not secrets_in(html + str(page.body)) and "Teaser two" in html and "<form" not in html


def test_an_editors_preview_shows_both_and_tells_them_apart(page, rf, browser):
    response = page.make_preview_request()
    html = response.content.decode()
    assert secrets_in(html) == [FIRST, SECOND, THIRD]
    assert html.count("visitors see this first") == 3 and html.count("leads-gated__inside") == 3


def test_a_further_part_costs_two_queries_at_the_most(browser, home, settings):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.making import form_block, make_form

    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "TRACKING": False}
    make_form(is_default=True, blocks=[form_block("email")])

    def queries(slug, parts):
        body = [{"type": "gated", "value": gated(FIRST, f"Teaser {n}"), "id": f"part-{n}"} for n in range(parts)]
        home.add_child(instance=PartsPage(title=slug, slug=slug, body=json.dumps(body)))
        browser.get(f"/{slug}/")
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(f"/{slug}/").content.decode().count("<form") == parts
        return len(asked)

    assert queries("six", 6) - queries("one", 1) <= 5 * 2


def test_a_view_of_the_sites_own_that_renders_a_part_is_kept_by_no_cache(page, rf):
    """Django's cache stands below our middleware; what it takes there, everybody gets."""
    from django.http import HttpResponse
    from django.middleware.cache import FetchFromCacheMiddleware, UpdateCacheMiddleware

    template = Template("{% load wagtailcore_tags %}{% include_block page.body %}")

    def view(request):
        return HttpResponse(template.render(Context({"request": request, "page": page})))

    request = rf.get("/own/")
    kept = UpdateCacheMiddleware(FetchFromCacheMiddleware(view))
    assert "Teaser two" in kept(request).content.decode()
    assert FetchFromCacheMiddleware(view).process_request(rf.get("/own/")) is None


def test_what_a_page_was_served_for_is_forgotten_with_it(browser, page):
    browser.get("/parts/?plain=1")
    assert "<form" not in str(PartsPage.objects.get(pk=page.pk).body), "the next to render is nobody's request"


def test_the_block_takes_the_sites_own_children_or_a_block():
    from wagtail import blocks

    own = GatedBlock([("line", blocks.CharBlock())])
    assert list(own.child_blocks["inside"].child_blocks) == ["line"]
    single = GatedBlock(blocks.RichTextBlock())
    assert isinstance(single.child_blocks["inside"], blocks.RichTextBlock)
    assert list(GatedBlock().child_blocks["inside"].child_blocks) == ["text", "image", "document"]
    for block in (own, single, GatedBlock()):
        path, args, kwargs = block.deconstruct()
        assert path == "wagtail_leads.GatedBlock"
        assert list(GatedBlock(*args, **kwargs).child_blocks) == ["teaser", "form", "inside"]
