"""What do you know about me? The answer goes by mail only, to the address that was typed; the same words for everybody.

The link opens once, for whoever types the address that it was sent to: who follows it later, or has it forwarded, sees
nothing. The browser that opened it reads on for an hour (a signed cookie), may take the data along, and may ask for
correction, stop and erasure.
"""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from wagtail.models import Site

from wagtail_leads import conf
from wagtail_leads.identity.models import Lead
from wagtail_leads.identity.queries import surviving
from wagtail_leads.logic import tokens
from wagtail_leads.logic.addresses import email_key, normalise_email
from wagtail_leads.logic.kinds import RequestKind
from wagtail_leads.mailing import links
from wagtail_leads.mailing.models import Message
from wagtail_leads.privacy import requests, sheet
from wagtail_leads.privacy.exporting import export
from wagtail_leads.public.doors import comes_from_us, is_within_rate, never_cache
from wagtail_leads.public.forms import render
from wagtail_leads.tracking.recording import hit_of
from wagtail_leads.tracking.sorting import client_of

#: Links that one network, and one address, may ask for in an hour.
PER_NETWORK, PER_ADDRESS = 10, 3
#: Addresses that may be tried on one link in an hour.
TRIES = 10
#: How long the browser that opened the link reads on.
OPEN_FOR = timedelta(hours=1)
COOKIE, PURPOSE = "leads_my_data", "my-data-open"
#: What can be asked for on the page, and what was asked is told by.
ASKED = {kind.value: kind for kind in (RequestKind.CORRECT, RequestKind.STOP, RequestKind.ERASE)}


@csrf_exempt
def ask(request):
    """The form, and always the same answer."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    if request.method != "POST":
        return _answer(
            request, "my_data_ask", {"sent": request.GET.get("sent") == "1", "days": conf.get("CONFIRM_DAYS")}
        )
    if not comes_from_us(request):
        return _told(request, gettext("Please use the form on our own page."), status=403)
    address = normalise_email(request.POST.get("email", "")[:254].replace("\0", ""))
    if address is None:
        wrong = {"wrong": True, "typed": request.POST.get("email", "")[:254].replace("\0", "")}
        return _answer(request, "my_data_ask", wrong, status=422)
    _send_link(request, address)
    return _see_other(f"{request.path}?sent=1")


def _send_link(request, address: str) -> None:
    """Known or not: the same look-ups and the same insert, which is taken back for an address that we do not know."""
    now, key = timezone.now(), email_key(address)
    network = client_of(hit_of(request, origin="page"))[0]
    if not is_within_rate("my-data", network, PER_NETWORK) or not is_within_rate("my-data-to", key, PER_ADDRESS):
        return
    lead = lead_of(key)
    with transaction.atomic():
        stranger = Lead(email=address, language="")
        requests.send_data_link(
            lead or stranger,
            now=now,
            cause=("asked", key, now.isoformat()),
            site=Site.find_for_request(request),
            language=translation.get_language(),
            to=address,
        )
        if lead is None:
            transaction.set_rollback(True)


def lead_of(key: str) -> Lead | None:
    found = Lead.objects.filter(email_key=key, erased_at__isnull=True).first() if key else None
    found = surviving(found) if found else None
    return found if found is not None and found.erased_at is None else None


@csrf_exempt
def page(request, token: str):
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    message, now = links.message_of(token, purpose="my-data"), timezone.now()
    with translation.override((message.language if message else "") or translation.get_language()):
        if message is None or message.created_at < now - timedelta(days=conf.get("CONFIRM_DAYS")):
            return _over(request)
        if request.method == "POST" and not comes_from_us(request):
            return _told(request, gettext("Please use the form on our own page."), status=403)
        if is_open(request, message, now=now):
            return _ask_for(request, message, now=now) if request.method == "POST" else _shown(request, message)
        if message.clicked_at is not None:
            return _over(request)
        if request.method == "POST" and request.POST.get("do") == "open":
            return (
                _open(request, message, now=now) if _knows_address(request, message) else _closed(request, wrong=True)
            )
        return _closed(request)


def _closed(request, *, wrong: bool = False) -> HttpResponse:
    """No name and no address, masked or not: the link may have been forwarded."""
    return _answer(request, "my_data_closed", {"wrong": wrong}, status=422 if wrong else 200)


def _knows_address(request, message: Message) -> bool:
    """Who has the link by another way than the mail seldom knows the address; guessing is soon over."""
    typed = normalise_email(request.POST.get("email", "")[:254].replace("\0", ""))
    if not is_within_rate("my-data-open", str(message.pk), TRIES):
        return False
    return typed is not None and email_key(typed) == message.address_key


def download(request, token: str):
    """The same as JSON, for the browser that opened the link."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    message, now = links.message_of(token, purpose="my-data"), timezone.now()
    lead = lead_of(message.address_key) if message else None
    if lead is None or not is_open(request, message, now=now):
        return _over(request)
    response = never_cache(HttpResponse(sheet.as_json(export(lead)), content_type="application/json; charset=utf-8"))
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def is_open(request, message: Message, *, now: datetime) -> bool:
    """Is this the browser that opened the link, within the hour?"""
    numbers = tokens.unsign_numbers(request.COOKIES.get(COOKIE, ""), 2, purpose=PURPOSE, keys=conf.secrets())
    if numbers is None or numbers[0] != message.pk or message.clicked_at is None:
        return False
    return 0 <= now.timestamp() - numbers[1] < OPEN_FOR.total_seconds()


def _open(request, message: Message, *, now: datetime) -> HttpResponse:
    """The first press opens it, by a conditional update: of two at once one wins."""
    with transaction.atomic():
        if not Message.objects.filter(pk=message.pk, clicked_at__isnull=True).update(clicked_at=now):
            return _over(request)
        lead = lead_of(message.address_key)
        if lead is not None:
            requests.note_opened(lead, by_desk="request" in message.context, now=now)
    response = _see_other(request.path)
    response.set_cookie(
        COOKIE,
        tokens.sign_numbers(message.pk, int(now.timestamp()), purpose=PURPOSE, keys=conf.secrets()),
        max_age=int(OPEN_FOR.total_seconds()),
        path=reverse("wagtail_leads:my_data_ask"),
        secure=request.is_secure(),
        httponly=True,
        samesite="Strict",
    )
    return response


def _shown(request, message: Message) -> HttpResponse:
    lead = lead_of(message.address_key)
    if lead is None:
        return _told(request, gettext("Nothing is stored about this address."))
    context = {
        "tables": sheet.tables(export(lead)),
        "stopped": lead.stopped_at is not None,
        "asked": request.GET.get("asked", "") if request.GET.get("asked") in ASKED else "",
        "sure": request.GET.get("sure") == "erase",
        "download": reverse("wagtail_leads:my_data_download", args=[request.resolver_match.kwargs["token"]]),
        "days": conf.get("REQUEST_DUE_DAYS"),
    }
    return _answer(request, "my_data", context)


def _ask_for(request, message: Message, *, now: datetime) -> HttpResponse:
    """A request to the desk; that it is this person, the link has shown. Erasing is asked about twice."""
    kind, lead = ASKED.get(request.POST.get("do", "")), lead_of(message.address_key)
    details = request.POST.get("details", "").replace("\0", "").strip()[:2000]
    if kind is None or lead is None or (kind == RequestKind.CORRECT and not details):
        return _see_other(request.path)
    if kind == RequestKind.ERASE and request.POST.get("sure") != "1":
        return _see_other(f"{request.path}?sure=erase#leads-erase")
    requests.receive_from_page(kind, lead, details=details, now=now)
    return _see_other(f"{request.path}?{urlencode({'asked': kind.value})}")


def _over(request) -> HttpResponse:
    """Used, over or never ours: the same words."""
    text = gettext("This link is not valid any more. It opens once, and only for some days. Ask for a fresh one.")
    return _answer(request, "my_data_over", {"text": text}, status=410)


def _told(request, text: str, *, status: int = 200) -> HttpResponse:
    return _answer(request, "message", {"text": text}, status=status)


def _answer(request, name: str, context: dict, *, status: int = 200) -> HttpResponse:
    html = render(request, f"wagtail_leads/public/{name}.html", context)
    response = never_cache(HttpResponse(html, status=status))
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _see_other(url: str) -> HttpResponse:
    response = never_cache(HttpResponseRedirect(url))
    response.status_code = 303
    return response
