"""The notice in the page, and the door its answers come in through."""

import json
import re
import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import trans_real
from wagtail.models import Locale

from tests.making import make_fact, make_visit
from tests.testsite.models import ArticlePage
from wagtail_leads import privacy
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.models import (
    Activity,
    Consent,
    DailySalt,
    DropCount,
    DropExample,
    Network,
    NoticeText,
    PageView,
    ParkedHit,
    PendingLookup,
    Refusal,
    TrackingSettings,
    Visit,
    Visitor,
)
from wagtail_leads.public import consent as door
from wagtail_leads.tracking import buffer, notice, operations, salts, site_rules
from wagtail_leads.tracking.injection import page_token

pytestmark = pytest.mark.django_db
SHIPPED = str(notice.SENTENCES["notice"])


@pytest.fixture
def ask(site):
    """Set the site's mode: `ask("opt_in", show_banner=False)`."""

    def ask(mode, *, texts=(), **values):
        row, _made = TrackingSettings.objects.update_or_create(site=site, defaults={"mode": mode, **values})
        for language, sentence in texts:
            NoticeText.objects.create(settings=row, language=language, sentence=sentence)
        site_rules.forget()
        return row

    return ask


def forget_html() -> None:
    door._html.cache_clear()
    door._placed.cache_clear()


def page(browser, path="/article/") -> str:
    return browser.get(path).content.decode()


def fields(html: str) -> dict:
    box = html[html.index('id="leads-notice"') :]
    return dict(re.findall(r'name="(said|page)" value="([^"]*)"', box))


def answer(browser, choice: str, html: str = "", **extra):
    headers = {name: extra.pop(name) for name in list(extra) if name.startswith("HTTP_")}
    told = {"answer": choice, **(fields(html) if html else {}), **extra}
    return browser.post("/leads/notice/", told, **headers)


# --- in the page ----------------------------------------------------------------------------------------------------------


def test_it_stands_first_in_the_body_as_a_region_with_two_like_buttons(browser, article):
    html = page(browser)
    assert '<body><div id="leads-notice" data-ask="" data-look="/static/wagtail_leads/notice.css"' in html
    assert 'data-state="/leads/notice.css" hidden>\n<div class="leads-topline" role="region"' in html
    assert 'role="region" lang="en" aria-label="Recording of visits"' in html and SHIPPED in html
    buttons = re.findall(r"<button [^>]*>", html)
    assert buttons == [f'<button type="submit" name="answer" value="{v}">' for v in ("yes", "no")]
    assert '<form class="leads-topline__answers" method="post" action="/leads/notice/">' in html
    assert 'href="/leads/privacy/?lang=en"' in html and "<script src=" in html
    assert "style=" not in html and "onclick" not in html, "a strict CSP works"


def test_nothing_of_it_stands_in_the_way_of_the_page(browser, article):
    """A stylesheet in a page holds back what follows it: those of the notice are the last things, and for no script."""
    html = page(browser)
    head, foot = html.split("<noscript>")
    assert "stylesheet" not in head and foot.count('rel="stylesheet"') == 2
    assert re.fullmatch(r"(<link [^>]*>){2}</noscript><script [^>]* async></script></body></html>\s*", foot)
    assert re.findall(r"<script (?![^>]* async>)", html) == []


@pytest.mark.parametrize(
    ("mode", "values", "shown"),
    [
        ("notice", {}, True),
        ("notice", {"show_banner": False}, False),
        ("opt_in", {}, True),
        ("opt_in", {"show_banner": False}, True),
        ("cookieless", {}, False),
        ("off", {}, False),
    ],
)
def test_which_modes_show_it(browser, article, ask, mode, values, shown):
    ask(mode, **values)
    assert ("leads-notice" in page(browser)) is shown


def test_asking_first_says_so_to_the_stylesheet_and_the_script(browser, article, ask):
    ask("opt_in")
    html = page(browser)
    assert 'href="/leads/notice.css?ask"' in html and '<div id="leads-notice" data-ask="1" ' in html
    assert ">Allow</button>" in html and ">Do not allow</button>" in html and "may we record" in html


def test_the_sites_own_words_by_language(browser, article, ask, settings):
    ask("notice", texts=[("EN", " We look <b>on</b>. "), ("ja", "見ています。")])
    assert "We look &lt;b&gt;on&lt;/b&gt;. <a" in page(browser)
    article.locale = Locale.objects.create(language_code="ja")
    article.save()
    door._codes.cache_clear()
    html = page(browser)
    assert "見ています。" in html and 'lang="ja"' in html, "in the page's language, whatever the browser prefers"


@pytest.mark.parametrize(
    ("language", "of_site", "shown"),
    [
        ("en", "ja", "en"),
        ("en-gb", "ja", "en-gb"),
        ("ja", "en", "ja"),
        ("ja", "ja", "ja"),
        ("fr", "ja", "en"),
        ("fr", "en", "en"),
        ("de-ch", "ja", "en"),
        ("fr", "fr", "en"),
    ],
)
def test_where_our_words_are_not_translated_it_is_english_and_says_so(settings, monkeypatch, language, of_site, shown):
    """Not the site's own language in the place of the page's."""
    monkeypatch.setattr(trans_real, "_translations", {})  # each holds the site's language, for what it lacks
    notice._spoken.cache_clear()
    settings.LANGUAGE_CODE = of_site
    told = notice.notice_of(site_rules.SiteRules(), site_id=1, language=language)
    assert told.language == shown and notice.read(notice.sign(told)).language == shown
    assert (told.sentence == SHIPPED) is (shown.startswith("en"))


def test_the_sites_own_sentence_in_a_language_that_we_do_not_have(settings):
    settings.LANGUAGE_CODE = "ja"
    told = notice.notice_of(site_rules.SiteRules(sentences={"fr": "Nous notons."}), site_id=1, language="fr")
    html = door.rendering.notice_html(told, page="", found=("/s", "/a", "/p"))
    assert '<span lang="fr">Nous notons.</span>' in html and 'role="region" lang="en"' in html
    assert told.language == "fr" and "Do not record my visits" in html and "?lang=en" in html


def test_a_language_with_a_country_takes_the_languages_words(ask, site):
    rules = site_rules.SiteRules(sentences={"en": "Hello", "pt-br": "Oi"})
    assert notice.own_sentence(rules, "en-gb") == "Hello" and notice.own_sentence(rules, "pt-br") == "Oi"
    assert notice.own_sentence(rules, "pt") == ""


def test_a_gated_page_has_it_too(browser, paper, now):
    PagePolicy.objects.create(page_id=paper.pk, gated=True, updated_at=now)
    html = page(browser, "/paper/")
    assert html.index("leads-notice") < html.index("leads-gate")


def test_a_form_that_is_shown_again_after_a_post_has_both(browser, contact):
    response = browser.post("/contact/", {"email": "nonsense"})
    assert response.status_code == 200 and b"leads-notice" in response.content and b"data-page" in response.content


def test_a_head_request_says_the_length_of_the_page(browser, article, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.common.CommonMiddleware"]
    browser.get("/article/")
    length = browser.get("/article/").headers["Content-Length"]
    assert browser.head("/article/").headers["Content-Length"] == length


def test_previews_and_foreign_pages_have_none(article, browser, admin_client):
    assert b"leads-notice" not in article.make_preview_request(original_request=None).content
    assert b"leads-notice" not in admin_client.get("/cms/").content
    assert b"leads-notice" not in browser.get("/leads/privacy/").content


def test_without_tracking_there_is_nothing_to_tell(browser, article, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "TRACKING": False}
    assert "leads-notice" not in page(browser)


def test_it_does_not_depend_on_the_beacon(browser, article, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "INJECT_BEACON": False}
    html = page(browser)
    assert "leads-notice" in html and "data-page" not in html


def test_placed_by_hand_it_is_not_put_in_again(browser, article, rf, site, ask):
    browser.get("/article/")
    request = rf.get("/article/")
    template = Template("{% load wagtail_leads_tags %}{% leads_consent %}")
    assert template.render(Context({"request": request})) == ""
    from wagtail_leads.tracking.injection import inject
    from wagtail_leads.tracking.recording import Served

    request._leads_served = Served(page_id=article.pk, title="x", site_id=site.pk)
    html = template.render(Context({"request": request, "page": article}))
    top, foot = door.banner_of(article, site.pk)
    assert html == top
    from django.http import HttpResponse

    whole = HttpResponse(f"<body><main>{html}</main></body>")
    made = inject(whole, top=top, foot=foot).content.decode()
    assert made.count('id="leads-notice"') == 1 and made.endswith(f"{foot}</body>"), (
        "what it needs at the end is put in"
    )
    ask("notice", show_banner=False)
    assert template.render(Context({"request": request, "page": article})) == ""


def test_a_site_may_replace_the_template_and_a_broken_one_costs_no_page(browser, article, settings, tmp_path):
    folder = tmp_path / "wagtail_leads/public"
    folder.mkdir(parents=True)
    own = folder / "banner.html"
    own.write_text('<p class="mine">{{ sentence }}</p><form method="post" action="{{ action }}">{{ fields }}</form>')
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)]}]
    forget_html()
    html = page(browser)
    assert f'<p class="mine">{SHIPPED}</p>' in html and fields(html)["said"] and "notice.js" in html
    own.write_text("{% broken %}")
    settings.TEMPLATES = [*settings.TEMPLATES]  # the loader has kept the good one
    forget_html()
    response = browser.get("/article/")
    assert response.status_code == 200 and b"leads-notice" not in response.content
    assert b"data-page" not in response.content, "nobody is followed untold"
    forget_html()


def test_it_costs_no_query_and_is_made_once(browser, article, ask, monkeypatch):
    browser.get("/article/")
    with CaptureQueriesContext(connection) as with_it:
        browser.get("/article/")
    ask("notice", show_banner=False)
    browser.get("/article/")
    with CaptureQueriesContext(connection) as without:
        browser.get("/article/")
    assert len(with_it) == len(without)
    ask("notice", show_banner=True)
    browser.get("/article/")
    monkeypatch.setattr(door.rendering, "notice_html", lambda *a, **k: pytest.fail("made again"))
    assert "leads-notice" in page(browser)


# --- hidden from who has answered -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cookie", "query", "hidden"),
    [
        ("", "", False),
        ("", "?ask", False),
        ("ok", "", True),
        ("ok", "?ask", False),  # was told, not asked
        ("yes", "?ask", True),
        ("no", "", True),
        ("no", "?ask", True),
        ("nonsense", "", False),
    ],
)
def test_the_stylesheet_hides_it_from_who_has_answered(browser, cookie, query, hidden):
    if cookie:
        browser.cookies["leads_consent"] = cookie
    response = browser.get(f"/leads/notice.css{query}")
    assert response.headers["Content-Type"] == "text/css; charset=utf-8" and "Cookie" in response.headers["Vary"]
    assert (response.content == b"#leads-notice{display:none!important}") is hidden
    assert (b"[hidden]{display:block!important" in response.content) is not hidden, "without script it is shown by this"
    expected = "private, max-age=600" if hidden else "private, no-store"
    assert response.headers["Cache-Control"] == expected and not response.cookies


def test_who_refused_and_still_has_a_cookie_loses_it_there(browser, article, now):
    """A beacon that was on its way brought it back."""
    answer(browser, "yes", page(browser))
    visitor = Visitor.objects.get()
    browser.cookies["leads_consent"] = "no"
    response = browser.get("/leads/notice.css")
    assert response.cookies["leads_visitor"]["max-age"] == 0
    assert response.headers["Cache-Control"] == "private, no-store"
    visitor.refresh_from_db()
    assert visitor.forgotten_at is not None


# --- yes ------------------------------------------------------------------------------------------------------------------


def test_an_ok_to_the_notice_is_proof_of_the_words_shown(browser, article):
    html = page(browser)
    response = answer(browser, "yes", html, HTTP_REFERER="http://localhost/article/?a=1&b=%E3%81%82")
    assert response.status_code == 303 and response.headers["Location"] == "/article/?a=1&b=%E3%81%82"
    assert response.headers["Cache-Control"] == "private, no-store"
    given = response.cookies["leads_consent"]
    assert given.value == "ok" and int(given["max-age"]) == 183 * 86400, "not asked again for six months"
    assert not given["httponly"] and given["samesite"] == "Lax"
    proof = Consent.objects.get()
    assert (proof.question, proof.source, proof.page_id) == ("tracking", "notice", article.pk)
    assert (proof.answer, proof.granted, proof.basis) == ("ok", False, ""), "who was told has not agreed"
    assert proof.wording == SHIPPED and re.fullmatch("[0-9a-f]{8}", proof.version) and proof.lead is None
    assert proof.visitor == Visitor.objects.get() and "leads_visitor" in response.cookies


def test_a_yes_where_the_site_asks_makes_the_visitor_known_at_once(browser, article, ask):
    ask("opt_in")
    html = page(browser)
    assert not Visitor.objects.exists()
    response = answer(browser, "yes", html)
    assert response.cookies["leads_consent"].value == "yes" and Visitor.objects.get() == Consent.objects.get().visitor
    proof = Consent.objects.get()
    assert (proof.answer, proof.granted, proof.basis) == ("yes", True, "consent")
    browser.get("/article/")
    assert Visit.objects.get().visitor == Visitor.objects.get() and PageView.objects.count() == 1


def test_a_click_on_an_old_page_proves_the_old_words(browser, article, ask):
    ask("notice", texts=[("en", "The old words.")])
    old = page(browser)
    NoticeText.objects.update(sentence="The new words.")
    site_rules.forget()
    answer(browser, "yes", old)
    first = Consent.objects.get()
    assert first.wording == "The old words."
    browser.cookies.clear()
    answer(browser, "yes", page(browser))
    second = Consent.objects.latest("pk")
    assert second.wording == "The new words." and second.version != first.version


def test_an_ok_from_before_is_no_yes_where_the_site_asks_now(browser, article, ask):
    told = page(browser)
    ask("opt_in")
    response = answer(browser, "yes", told)
    assert response.cookies["leads_consent"].value == "ok" and "leads_visitor" not in response.cookies
    assert (Consent.objects.get().answer, Consent.objects.get().granted) == ("ok", False)
    browser.get("/article/")
    assert not Visitor.objects.exists() and not Visit.objects.exists()
    assert b"none" in browser.get("/leads/notice.css").content
    assert b"[hidden]" in browser.get("/leads/notice.css?ask").content, "it is asked"


@pytest.mark.parametrize("said", ["", "nonsense", "x" * 5000, None])
def test_a_yes_without_proof_changes_nothing(browser, article, said):
    token = notice.sign(notice.Notice(mode="notice", language="en", site_id=1, sentence="Words"))
    for value in [said] if said is not None else [token[:-1] + ("A" if token[-1] != "A" else "B"), page_token(1, 1)]:
        response = browser.post("/leads/notice/", {"answer": "yes", "said": value})
        assert response.status_code == 400 and not response.cookies and b"not valid any more" in response.content
    assert not Consent.objects.exists() and not Visitor.objects.exists()


def test_the_longest_sentence_in_the_widest_letters_still_fits_its_token():
    shown = notice.Notice(mode="notice", language="zh-hant", site_id=2**31, sentence="𠮷" * 300)
    assert notice.read(notice.sign(shown)) == shown


def test_words_survive_a_change_of_the_key(browser, article, settings):
    html = page(browser)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert answer(browser, "yes", html).status_code == 303


@pytest.mark.parametrize("header", [{"HTTP_SEC_GPC": "1"}, {"HTTP_DNT": "1"}])
def test_a_browser_that_wants_no_cookie_gets_none_with_its_yes(browser, article, ask, header):
    ask("opt_in", do_not_track="cookieless")
    response = answer(browser, "yes", page(browser), **header)
    assert response.cookies["leads_consent"].value == "yes" and "leads_visitor" not in response.cookies
    assert Consent.objects.get().visitor is None and not Visitor.objects.exists()


def test_a_colleague_is_not_made_a_visitor(browser, admin_client, article):
    admin_client.get("/cms/")
    browser.cookies["leads_staff"] = admin_client.cookies["leads_staff"].value
    assert "leads_visitor" not in answer(browser, "yes", page(browser)).cookies and not Visitor.objects.exists()


def test_the_same_answer_of_a_browser_within_a_minute_is_one_row(browser, article):
    html = page(browser)
    for _time in range(5):
        answer(browser, "yes", html)
    assert Consent.objects.count() == 1
    Consent.objects.update(at=timezone.now() - timedelta(minutes=2))
    answer(browser, "yes", html)
    assert Consent.objects.count() == 2


def test_a_robot_does_not_fill_the_table_and_an_office_may_agree(browser, article, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "FORM_POSTS_PER_HOUR": 2}
    html = page(browser)
    for _time in range(25):
        browser.cookies.clear()
        response = answer(browser, "yes", html)
        assert response.status_code == 303 and response.cookies["leads_consent"].value == "ok"
    assert Consent.objects.count() == 20
    assert DropCount.objects.get(reason="unnoted").count == 5


@pytest.mark.parametrize("mode", ["notice", "opt_in"])
def test_an_answer_beyond_what_one_network_may_send_holds_and_is_counted(browser, article, ask, settings, mode):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "FORM_POSTS_PER_HOUR": 0}
    ask(mode)
    response = answer(browser, "yes", page(browser))
    assert response.status_code == 303 and response.cookies["leads_consent"].value == (
        "yes" if mode == "opt_in" else "ok"
    )
    assert answer(browser, "no").cookies["leads_consent"].value == "no"
    assert not Consent.objects.exists() and DropCount.objects.get(reason="unnoted").count == 2
    assert DropExample.objects.filter(reason="unnoted").count() == 0, "who it was is kept nowhere"


# --- no -------------------------------------------------------------------------------------------------------------------


def test_a_no_is_kept_stops_everything_and_removes_what_was_recorded(browser, article):
    answer(browser, "yes", page(browser))
    browser.get("/article/")
    assert PageView.objects.count() == 1 and Activity.objects.filter(kind="page_viewed").count() == 1
    response = answer(browser, "no", page(browser))
    assert response.status_code == 303 and response.cookies["leads_visitor"]["max-age"] == 0
    assert response.cookies["leads_consent"].value == "no"
    assert int(response.cookies["leads_consent"]["max-age"]) == 395 * 86400
    browser.get("/article/")
    assert not Visit.objects.exists() and not PageView.objects.exists() and not Activity.objects.exists()
    refusal = Consent.objects.latest("pk")
    assert not refusal.granted and refusal.visitor is None and refusal.wording == SHIPPED
    assert Consent.objects.count() == 2 and not Consent.objects.exclude(visitor=None).exists()


@pytest.mark.parametrize("said", ["", "tampered", None])
def test_a_refusal_needs_no_proof(browser, article, said):
    response = browser.post("/leads/notice/", {"answer": "no", **({"said": said} if said is not None else {})})
    assert response.status_code == 303 and response.cookies["leads_consent"].value == "no"
    assert Consent.objects.get().wording == "" and Consent.objects.get().version == ""


def test_a_refusal_holds_though_the_database_is_away(browser, article, monkeypatch):
    answer(browser, "yes", page(browser))

    def away(*args, **kwargs):
        raise DatabaseError("away")

    monkeypatch.setattr(privacy, "forget_browser", away)
    monkeypatch.setattr(door, "record_answer", away)
    response = answer(browser, "no")
    assert response.status_code == 303 and response.cookies["leads_consent"].value == "no"
    assert "leads_visitor" not in response.cookies, "the cookie stays, so that it is tried again"
    monkeypatch.undo()
    assert browser.get("/leads/notice.css").cookies["leads_visitor"]["max-age"] == 0
    assert Visitor.objects.get().forgotten_at is not None


def test_every_refusal_is_a_row_up_to_what_one_network_may_send(browser, article, settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "FORM_POSTS_PER_HOUR": 3}
    for _time in range(5):
        assert answer(browser, "no", page(browser)).cookies["leads_consent"].value == "no"
    assert Consent.objects.filter(answer="no", granted=False).count() == 3
    assert DropCount.objects.get(reason="unnoted").count == 2
    cache.clear()


def test_hits_of_before_that_wait_do_not_bring_the_browser_back(browser, article, settings):
    answer(browser, "yes", page(browser))
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "BUFFER": "memory", "FLUSH_SECONDS": 3600}
    buffer._buffer = made = buffer.Buffer()
    made.ensure_thread = lambda: None
    browser.get("/article/")
    assert len(made.hits) == 1
    answer(browser, "no")
    made.flush()
    buffer._buffer = None
    assert not Visit.objects.exists() and not Activity.objects.exists()
    assert Visitor.objects.get().forgotten_at is not None


def test_a_browser_the_flusher_has_not_met_stays_unknown(browser, article, settings):
    """Its cookie came with a beacon whose hit still waits."""
    from wagtail_leads.tracking import cookies as made_by_us
    from wagtail_leads.tracking.recording import hit_of

    key = made_by_us.new_key()
    response = browser.get("/leads/notice.css")
    made_by_us.set_visitor(response, key, secure=False)
    browser.cookies["leads_visitor"] = response.cookies["leads_visitor"].value
    request = browser.get("/article/").wsgi_request
    Visitor.objects.all().delete()
    waiting = hit_of(request, origin="page", page_id=article.pk)
    answer(browser, "no")
    operations.store([waiting], now=timezone.now())
    assert not Visit.objects.exists() and Visitor.objects.get().forgotten_at is not None


@pytest.fixture
def waiting(settings):
    """A buffer that is written when the test says so."""
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "BUFFER": "memory", "FLUSH_SECONDS": 3600}
    buffer._buffer = made = buffer.Buffer()
    made.ensure_thread = lambda: None
    yield made
    buffer._buffer = None


def settle(minutes: int = 60) -> int:
    return operations.settle_parked(now=timezone.now() + timedelta(minutes=minutes))


@pytest.mark.parametrize("mode", ["notice", "cookieless"])
def test_a_hit_without_cookie_that_waited_in_the_buffer_is_not_stored_after_the_no(
    browser, article, ask, waiting, mode
):
    ask(mode)
    browser.get("/article/")
    answer(browser, "no")
    waiting.flush()
    assert settle() == 0
    assert not PageView.objects.exists() and not ParkedHit.objects.exists() and not Visitor.objects.exists()
    assert DropCount.objects.get(reason="opted_out").count == 1 and not DropExample.objects.exists()


def test_nor_one_that_was_being_parked_while_the_no_came(browser, article):
    browser.get("/article/")
    held = list(ParkedHit.objects.all())
    answer(browser, "no")
    ParkedHit.objects.bulk_create(held)
    settle()
    assert not PageView.objects.exists() and not Visitor.objects.exists()


def test_a_beacon_without_cookie_that_waited_is_not_stored_either(browser, article, ask, waiting):
    ask("cookieless")
    body = {"v": "a" * 16, "t": 10, "p": page_token(article.pk, None), "u": "/article/", "r": "", "e": 0}
    browser.post("/leads/b", json.dumps(body), content_type="text/plain")
    answer(browser, "no")
    waiting.flush()
    assert not PageView.objects.exists() and not Visitor.objects.exists()


def test_a_colleague_behind_the_same_address_counts_from_then_on(browser, article, waiting):
    answer(browser, "no")
    del browser.cookies["leads_consent"]
    time.sleep(0.01)
    browser.get("/article/")
    waiting.flush()
    assert settle() == 1 and PageView.objects.count() == 1


def test_a_hit_from_before_midnight_is_refused_after_it(browser, article, waiting, time_machine):
    time_machine.move_to("2026-11-20T23:59:59+00:00", tick=False)
    browser.get("/article/")
    time_machine.move_to("2026-11-21T00:00:01+00:00", tick=False)
    answer(browser, "no")
    waiting.flush()
    assert not ParkedHit.objects.exists() and Refusal.objects.count() == 2


def test_a_refusal_without_cookie_goes_with_the_salt_that_made_its_key(browser, article):
    answer(browser, "no")
    now = timezone.now()
    salts.destroy_salts(now=now + timedelta(hours=47))
    assert Refusal.objects.exists()
    salts.destroy_salts(now=now + timedelta(hours=49))
    assert not Refusal.objects.exists() and not DailySalt.objects.exists()


def test_a_robot_does_not_fill_the_table_of_refusals(browser, article, monkeypatch):
    monkeypatch.setattr(door, "REFUSALS_PER_HOUR", 3)
    for number in range(5):
        browser.defaults["HTTP_USER_AGENT"] = f"Mozilla/5.0 ({number})"
        assert answer(browser, "no").cookies["leads_consent"].value == "no"
    assert Refusal.objects.count() == 6


def test_the_address_that_waits_for_its_name_goes_with_a_no(browser, article, now):
    for address in ("203.0.113.7", "198.51.100.9"):
        network = Network.objects.create(key=f"{address}/24", cidr=f"{address}/24", first_seen_at=now, last_seen_at=now)
        PendingLookup.objects.create(network=network, address=address, created_at=now, due_at=now)
    answer(browser, "no")
    assert PendingLookup.objects.get().address == "198.51.100.9", "of this browser only"


def test_parked_hits_of_the_same_address_and_agent_go(browser, article):
    browser.get("/article/")
    assert ParkedHit.objects.count() == 1
    answer(browser, "no")
    assert not ParkedHit.objects.exists()


def test_who_changes_her_mind_begins_anew(browser, article):
    answer(browser, "yes", page(browser))
    old = browser.cookies["leads_visitor"].value
    answer(browser, "no")
    browser.cookies["leads_visitor"] = old  # it was not deleted after all
    response = answer(browser, "yes", page(browser))
    assert response.cookies["leads_visitor"].value != old
    browser.get("/article/")
    assert Visit.objects.get().visitor == Visitor.objects.get(forgotten_at=None)


def test_without_a_cookie_what_the_days_hash_knows_goes_and_others_stay_countable(browser, article, ask):
    ask("cookieless")
    for _time in range(2):
        browser.get("/article/")
    settle()
    before = PageView.objects.count()
    answer(browser, "no")
    assert before and not PageView.objects.exists()
    assert not Visitor.objects.filter(forgotten_at__isnull=False).exists(), "the same hash may be a colleague's"


def test_a_long_history_is_removed_by_the_clock(browser, article, monkeypatch):
    from wagtail_leads import tasks

    answer(browser, "yes", page(browser))
    visitor = Visitor.objects.get()
    now = timezone.now()
    for _n in range(6):
        make_fact("page_viewed", now, visitor=visitor)
    make_visit(visitor, now)
    monkeypatch.setattr(privacy.forgetting, "CHUNK", 2)
    monkeypatch.setattr(privacy.forget_browser, "__kwdefaults__", {"limit": 2})
    answer(browser, "no")
    assert Activity.objects.exists() and Visitor.objects.get().forgotten_at
    tasks.run_clock()
    assert not Activity.objects.exists() and not Visit.objects.exists()


# --- the door -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("choice", ["yes", "no"])
@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_SEC_FETCH_SITE": "cross-site"},
        {"HTTP_SEC_FETCH_SITE": "same-site"},
        {"HTTP_SEC_FETCH_SITE": None, "HTTP_ORIGIN": "https://evil.example"},
        {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "null"},
    ],
)
def test_another_site_changes_nothing(browser, article, choice, headers):
    html = page(browser)
    headers = dict(headers)
    if headers.get("HTTP_SEC_FETCH_SITE", "") is None:
        browser.defaults.pop("HTTP_SEC_FETCH_SITE")
        headers.pop("HTTP_SEC_FETCH_SITE")
    response = answer(browser, choice, html, **headers)
    assert response.status_code == 400 and not response.cookies and not Consent.objects.exists()


def test_a_page_that_hides_its_origin_is_heard_when_it_says_no(browser, article):
    """`Referrer-Policy: no-referrer` makes the Origin "null"; the words that were shown prove that it is a page of ours."""
    html = page(browser)
    browser.defaults.pop("HTTP_SEC_FETCH_SITE")
    assert answer(browser, "yes", html, HTTP_ORIGIN="null").status_code == 400
    assert answer(browser, "no", HTTP_ORIGIN="null").status_code == 400, "without proof it may be anybody's"
    assert answer(browser, "no", html, HTTP_ORIGIN="https://evil.example").status_code == 400
    response = answer(browser, "no", html, HTTP_ORIGIN="null")
    assert response.status_code == 303 and response.cookies["leads_consent"].value == "no"


@pytest.mark.parametrize("choice", ["", "maybe", "YES", "1"])
def test_other_answers_are_none(browser, article, choice):
    response = answer(browser, choice, page(browser))
    assert response.status_code == 400 and not response.cookies


def test_a_get_leads_to_the_page_about_privacy(browser):
    response = browser.get("/leads/notice/?answer=no")
    assert response.status_code == 302 and response.headers["Location"] == "/leads/privacy/" and not response.cookies


@pytest.mark.parametrize(
    ("referer", "target"),
    [
        ("http://localhost/article/?x=1", "/article/?x=1"),
        ("http://localhost//evil.example/", "/article/"),
        ("http://localhost/\\evil.example/", "/article/"),
        ("https://evil.example/x", "/article/"),
        ("http://localhost:81/x", "/article/"),
        ("http://[broken", "/article/"),
        ("javascript:alert(1)", "/article/"),
        ("", "/article/"),
    ],
)
def test_it_leads_back_within_the_site_only(browser, article, referer, target):
    response = answer(browser, "yes", page(browser), HTTP_REFERER=referer)
    assert response.status_code == 303 and response.headers["Location"] == target


def test_without_page_and_referrer_it_leads_home(browser, article):
    assert browser.post("/leads/notice/", {"answer": "no"}).headers["Location"] == "/"


def test_the_script_gets_no_page_back(browser, article):
    response = answer(browser, "yes", page(browser), quiet="1")
    assert response.status_code == 204 and response.content == b"" and response.cookies["leads_consent"].value == "ok"


def test_the_cookies_are_secure_on_https(browser, article):
    html = page(browser)
    response = browser.post("/leads/notice/", {"answer": "yes", **fields(html)}, secure=True)
    assert response.cookies["leads_consent"]["secure"] and response.cookies["leads_visitor"]["secure"]


def test_no_session_and_no_csrf_cookie(browser, article):
    for choice in ("yes", "no"):
        names = set(answer(browser, choice, page(browser)).cookies)
        assert names <= {"leads_consent", "leads_visitor"}


def test_a_page_of_another_site_of_the_installation_has_its_own_mode(browser, home, site, ask):
    from wagtail.models import Page, Site

    root = Page.objects.get(depth=1).add_child(instance=ArticlePage(title="Second", slug="second", body="x"))
    Site.objects.create(hostname="second.example", port=80, root_page=root)
    Site.clear_site_root_paths_cache() if hasattr(Site, "clear_site_root_paths_cache") else None
    ask("opt_in")
    assert "may we record" not in browser.get("/", HTTP_HOST="second.example").content.decode()
    assert SHIPPED in browser.get("/", HTTP_HOST="second.example").content.decode()


@pytest.fixture
def second_site(home):
    from wagtail.models import Page, Site

    root = Page.objects.get(depth=1).add_child(instance=ArticlePage(title="Second", slug="second", body="x"))
    return Site.objects.create(hostname="second.example", port=80, root_page=root)


def test_words_of_another_site_are_no_proof_here(browser, article, ask, second_site):
    """A page token and a notice of a site that only tells, on a host that asks first."""
    told_here = page(browser)
    elsewhere = browser.get("/", HTTP_HOST="second.example").content.decode()
    ask("opt_in")
    response = answer(browser, "yes", elsewhere)
    assert response.status_code == 400 and not response.cookies and not Consent.objects.exists()
    refused = answer(browser, "no", elsewhere)
    assert refused.status_code == 303 and Consent.objects.get().wording == "", "a refusal holds"
    browser.cookies.clear()
    assert answer(browser, "yes", told_here).cookies["leads_consent"].value == "ok"


def test_a_page_token_of_another_site_does_not_make_a_visitor_here(browser, article, ask, second_site):
    ask("opt_in")
    token = page_token(second_site.root_page_id, second_site.pk)
    told = notice.sign(notice.Notice(mode="notice", language="en", site_id=0, sentence="Words"))
    response = browser.post("/leads/notice/", {"answer": "yes", "said": told, "page": token})
    assert response.cookies["leads_consent"].value == "ok" and "leads_visitor" not in response.cookies
