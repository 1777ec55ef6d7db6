"""The notice on each page, and the door its answers come in through.

The page is the same for all visitors, so that it can be cached, and waits for none of this: the notice stands in it
hidden. A small script shows it to who has not answered; without JavaScript a stylesheet that depends on the cookie does.
"""

import logging
import time
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from wagtail.models import Locale

from wagtail_leads import conf, privacy
from wagtail_leads.background import wake
from wagtail_leads.identity.models import Visitor
from wagtail_leads.identity.operations import visitor_of_key
from wagtail_leads.logic.client_address import truncate
from wagtail_leads.logic.kinds import ConsentMode, DropReason
from wagtail_leads.public.doors import comes_from_us, is_within_rate, never_cache, site_here, visitor_of
from wagtail_leads.public.forms import page_of, render
from wagtail_leads.tracking import buffer, cookies, notice, rendering
from wagtail_leads.tracking.answers import NOTICE, PRIVACY_PAGE, record_answer
from wagtail_leads.tracking.injection import NOTICE_MARK, page_token, read_page_token
from wagtail_leads.tracking.notice import Notice
from wagtail_leads.tracking.recording import hit_of
from wagtail_leads.tracking.salts import Salts
from wagtail_leads.tracking.site_rules import SiteRules, rules_of
from wagtail_leads.tracking.sorting import address_of, client_of, cookieless_key
from wagtail_leads.tracking.sorting import client_keys as client_keys_of

logger = logging.getLogger(__name__)

#: Stands in the held HTML for the page's token.
PAGE = "leads-page-token"
LOOK = "wagtail_leads/notice.css"
HIDING = "#leads-notice{display:none!important}"
#: Above a header that is fixed there: no script makes room for it.
SHOWING = "#leads-notice[hidden]{display:block!important;z-index:2147483647}"
#: Seconds for which a browser that has answered need not ask for the stylesheet again.
HIDDEN_SECONDS = 600
#: A whole office may agree within an hour; robots may not fill the table.
AGREEMENTS_PER_FORM_POST = 10
#: Of one network, of which hits that wait are looked for: each is two rows for two days.
REFUSALS_PER_HOUR = 3_000


# --- the notice in the page ---------------------------------------------------------------------------------------------


def banner_of(page, site_id: int | None) -> tuple[str, str]:
    """The notice's HTML for a served page, and what it needs at the page's end; ("", "") where none is to be shown.

    Never raises: a page is worth more.
    """
    try:
        top = banner(page_id=page.pk, site_id=site_id, language=language_of(page))
        return (top, _foot(rules_of(site_id).mode, rendering.addresses()[0])) if top else ("", "")
    except Exception:  # the site's own template may be broken
        logger.exception("The notice could not be made")
        return "", ""


def banner(*, page_id: int, site_id: int | None, language: str) -> str:
    """The same for all visitors of a page; '' when the site shows no notice."""
    rules = rules_of(site_id)
    if not rules.asks:
        return ""
    found = rendering.addresses()
    if not found:
        return ""
    own = notice.own_sentence(rules, language) if rules.sentences else ""
    make = _placed.__wrapped__ if settings.DEBUG else _placed
    return make(page_id, site_id, rules.mode, own, language, found, conf.secrets())


@lru_cache(maxsize=16)
def _foot(mode: str, state: str) -> str:
    """For browsers without JavaScript. At the end, because what follows a stylesheet waits for it."""
    links = '<noscript><link rel="stylesheet" href="{}"><link rel="stylesheet" href="{}{}"></noscript>'
    return format_html(links, static(LOOK), state, "?ask" if mode == ConsentMode.OPT_IN else "")


@lru_cache(maxsize=1024)
def _placed(page_id: int, site_id: int | None, *told) -> str:
    make = _html.__wrapped__ if settings.DEBUG else _html
    return mark_safe(make(site_id, *told).replace(PAGE, page_token(page_id, site_id)))  # noqa: S308  (base64url)


def language_of(page) -> str:
    """The page's language, without a query (its locale is a foreign key)."""
    code = _codes(int(time.monotonic() // 60)).get(getattr(page, "locale_id", None))
    return code or translation.get_language() or settings.LANGUAGE_CODE


@lru_cache(maxsize=1)
def _codes(_minute: int) -> dict[int, str]:
    return dict(Locale.objects.values_list("pk", "language_code"))


@lru_cache(maxsize=256)
def _html(site_id: int | None, mode: str, own: str, language: str, found: tuple[str, ...], _keys: tuple) -> str:
    """For all pages of a site and language, with `PAGE` where a page's token goes."""
    rules = SiteRules(mode=mode, sentences={language: own} if own else {})
    state, _door, _more = found
    shown = notice.notice_of(rules, site_id=site_id, language=language)
    return format_html(
        '<div {} data-ask="{}" data-look="{}" data-state="{}" hidden>{}</div><script src="{}" async></script>',
        mark_safe(NOTICE_MARK),  # noqa: S308
        "1" if shown.asks else "",
        static(LOOK),
        state,
        rendering.notice_html(shown, page=PAGE, found=found),
        static("wagtail_leads/notice.js"),
    )


@transaction.non_atomic_requests
def state(request):
    """The stylesheet that shows the notice without JavaScript, or hides it from who has answered.

    The one thing of a page that is not for all alike.
    """
    hides = cookies.has_answered(request.COOKIES, asks="ask" in request.GET)
    response = HttpResponse(HIDING if hides else SHOWING, content_type="text/css; charset=utf-8")
    response.headers["Vary"] = "Cookie"
    response.headers["Cache-Control"] = f"private, max-age={HIDDEN_SECONDS}" if hides else "private, no-store"
    sweep(request, response)
    return response


def sweep(request, response) -> None:
    """Who refused and still has a cookie loses it: a beacon on its way brought it back, or forgetting failed before."""
    if cookies.answer(request.COOKIES) == "no" and cookies.visitor_key(request.COOKIES)[0]:
        never_cache(response)
        _forget(request, response)


# --- the door -----------------------------------------------------------------------------------------------------------


@transaction.non_atomic_requests
@csrf_exempt
def answer(request):
    """An answer to the notice, or to the same question on the page about privacy. A refusal never fails.

    POST `answer` (yes, no), `said` and `page` (signed); `from=privacy` leads back to that page, `quiet` is the script.
    """
    if request.method != "POST":
        return HttpResponseRedirect(reverse("wagtail_leads:privacy"))
    choice = request.POST.get("answer")
    shown = notice.read(request.POST.get("said", ""))
    if shown is not None and shown.site_id and site_here(request, shown.site_id) != shown.site_id:
        shown = None  # another site's words
    may = comes_from_us(request) or (choice == "no" and shown is not None and _hides_its_origin(request))
    if not may or choice not in ("yes", "no"):
        return _not_valid(request)
    response = _back(request)
    if choice == "no":
        return _refuse(request, response, shown)
    return _agree(request, response, shown) if shown is not None else _not_valid(request)


def _hides_its_origin(request) -> bool:
    """A page with `Referrer-Policy: no-referrer`, in a browser that says nothing better: its no is heard."""
    return request.META.get("HTTP_ORIGIN") == "null" and "HTTP_SEC_FETCH_SITE" not in request.META


def _agree(request, response, shown: Notice):
    """Who was only told is known as far as the site's mode allows without a yes.

    Who cannot be a row any more is answered all the same: the cookie holds.
    """
    value = "yes" if shown.asks else "ok"
    now = timezone.now()
    if not _may_become_a_row(request, "yes", AGREEMENTS_PER_FORM_POST):
        return _with_answer(request, response, value)
    page_id, site_id = _page(request)
    with transaction.atomic():
        visitor, new_key = visitor_of(request, now=now, site_id=site_id, answer=value)
        record_answer(
            answer=value, now=now, notice=shown, visitor=visitor, source=_source(request), page_id=page_id or None
        )
    if new_key:
        cookies.set_visitor(response, new_key, secure=request.is_secure())
    return _with_answer(request, response, value)


def _refuse(request, response, shown: Notice | None):
    """From now on nothing is recorded, and what was recorded of this browser goes."""
    _with_answer(request, response, "no")
    _forget(request, response)
    try:
        if _may_become_a_row(request, "no", 1):
            page_id, _site = _page(request)
            record_answer(
                answer="no", now=timezone.now(), notice=shown, source=_source(request), page_id=page_id or None
            )
    except (DatabaseError, InterfaceError):
        logger.exception("A refusal could not be noted; it holds")
    return response


def _forget(request, response) -> None:
    """What is stored of this browser, and its cookie. When the database is away the cookie stays for the next try."""
    now = timezone.now()
    key, _forged = cookies.visitor_key(request.COOKIES)
    try:
        hit = hit_of(request, origin="page")
        ip = address_of(hit)
        # yesterday's too: a hit from before midnight may wait, and a visit goes on under yesterday's key
        client_keys = client_keys_of(hit, ip, now, Salts(now=now), with_yesterday=True)
        may_be_rows = is_within_rate("refused", truncate(ip) if ip else "", REFUSALS_PER_HOUR)
        privacy.forget_waiting(client_keys, ip, now=now, remember=may_be_rows)
        if key:
            # made when the flusher has not met it yet: its hits that wait must find that it refused
            if not privacy.forget_browser(visitor_of_key(key, client_key=client_keys[0], now=now), now=now):
                wake("clock", now=now)
        for of_the_day in Visitor.objects.filter(key__in=[cookieless_key(one) for one in client_keys]):
            privacy.forget_browser(of_the_day, now=now)
    except (DatabaseError, InterfaceError):
        logger.exception("A browser could not be forgotten; it is tried again")
        return
    cookies.forget_visitor(response)


def _with_answer(request, response, value: str):
    cookies.set_answer(response, value, secure=request.is_secure())
    return response


def _may_become_a_row(request, choice: str, times: int) -> bool:
    """Within so many times what one network may send in forms? What is beyond holds too, and is counted."""
    address, _client = client_of(hit_of(request, origin="page"))
    if is_within_rate(f"answer-{choice}", address, times * conf.get("FORM_POSTS_PER_HOUR")):
        return True
    buffer.count(DropReason.UNNOTED, "")
    return False


def _page(request) -> tuple[int, int]:
    """(page id, site id) of the page with the notice; zeros when it is not ours. The site is the host's where it has one."""
    page_id, site_id = read_page_token(request.POST.get("page", "")) or (0, 0)
    return page_id, site_here(request, site_id) or 0


def _source(request) -> str:
    return PRIVACY_PAGE if request.POST.get("from") == "privacy" else NOTICE


def _back(request) -> HttpResponse:
    """To where the question was asked: nothing for the script, else a page of this host."""
    if request.POST.get("quiet"):
        return never_cache(HttpResponse(status=204))
    response = never_cache(HttpResponseRedirect(_target(request)))
    response.status_code = 303
    return response


def _target(request) -> str:
    if _source(request) == PRIVACY_PAGE:
        return _privacy_page(request)
    try:
        came = urlsplit(request.META.get("HTTP_REFERER", ""))
    except ValueError:
        came = urlsplit("")
    path = f"{came.path}?{came.query}" if came.query else came.path
    # a path such as //evil.example would lead away
    if came.netloc.lower() == request.get_host().lower() and url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        return path
    page = page_of(_page(request)[0])
    return (page.get_url(request) if page is not None else None) or "/"


def _privacy_page(request) -> str:
    language = request.POST.get("lang", "")
    known = translation.check_for_language(language)
    return reverse("wagtail_leads:privacy") + (f"?lang={language}" if known else "")


def _not_valid(request) -> HttpResponse:
    return _message(request, gettext("This form is not valid any more. Please open the page again."), status=400)


def _message(request, text: str, *, status: int) -> HttpResponse:
    html = render(request, "wagtail_leads/public/message.html", {"text": text})
    return never_cache(HttpResponse(html, status=status))
