"""Mail's doors: clicks, opens, unsubscribing. GET never changes what a reader gets; scanners follow every link.

A link that we did not sign is 410: a 404 would be turned into a redirect to the language's prefix by LocaleMiddleware.
"""

import base64
from datetime import timedelta

from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt

from wagtail_leads import conf
from wagtail_leads.background import wake
from wagtail_leads.capture.placements import Placement, Where
from wagtail_leads.logic.addresses import masked
from wagtail_leads.logic.kinds import ReactionKind
from wagtail_leads.mailing import links
from wagtail_leads.mailing.models import Suppression
from wagtail_leads.mailing.operations import resubscribe
from wagtail_leads.mailing.operations import unsubscribe as take_out
from wagtail_leads.mailing.reactions import record_reaction
from wagtail_leads.public import documents
from wagtail_leads.public.doors import never_cache, visitor_of
from wagtail_leads.public.forms import page_of, render
from wagtail_leads.public.gates import give_pass, open_for
from wagtail_leads.tracking import cookies
from wagtail_leads.tracking.recording import hit_of
from wagtail_leads.tracking.sorting import client_of

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


class Elsewhere(HttpResponseRedirect):
    """A redirect to where a mail leads; web addresses only."""

    allowed_schemes = ["http", "https"]


def click(request, token: str):
    """Count the click raw and lead on. The destination comes from the database, so this is no open redirect."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    found = links.click_of(token)
    if found is None or not found[1].url.startswith(("http://", "https://")):
        return _message(request, gettext("This link is not valid any more."), status=410)
    message, link = found
    response = never_cache(Elsewhere(documents.for_reader(link.url, message)))
    response.headers["Referrer-Policy"] = "no-referrer"
    now = timezone.now()
    is_old = message.created_at < now - timedelta(days=conf.get("LINK_DAYS"))
    if request.method == "HEAD" or message.lead_id is None or is_old:
        return response
    visitor, new_key = visitor_of(request, now=now)
    hit = hit_of(request, origin="page")
    record_reaction(
        message,
        ReactionKind.CLICK,
        now=now,
        link=link,
        visitor=visitor,
        user_agent=hit.user_agent,
        address=client_of(hit)[0],
    )
    wake("clock", now=now)
    if new_key:
        cookies.set_visitor(response, new_key, secure=request.is_secure())
    _open_what_was_asked_for(request, response, message)
    return response


def _open_what_was_asked_for(request, response, message) -> None:
    """The mail that brings a requested page opens its gate in the browser that follows it."""
    page_id, block = message.context.get("page_id"), message.context.get("block")
    page = page_of(page_id) if isinstance(page_id, int) else None
    if page is not None and block:
        open_for(request, response, Placement(where=Where.PART, page_id=page.pk, block=block))
    elif page is not None:
        give_pass(request, response, page)


def opened(request, token: str):
    """The pixel. Whatever happens, it is an image."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    message = links.message_of(token, purpose="open")
    if message is not None and request.method == "GET":
        hit = hit_of(request, origin="page")
        record_reaction(
            message,
            ReactionKind.OPEN,
            now=timezone.now(),
            user_agent=hit.user_agent,
            address=client_of(hit)[0],
        )
    response = HttpResponse(PIXEL, content_type="image/gif")
    response.headers["Cache-Control"] = "no-store"
    return response


@csrf_exempt
def unsubscribe(request, token: str):
    """GET asks, POST does (a button, or RFC 8058's one click, which must not be answered by a redirect)."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    message = links.message_of(token, purpose="unsubscribe")
    if message is None:
        return _message(request, gettext("This link is not valid any more."), status=410)
    with translation.override(message.language or translation.get_language()):
        if request.method == "POST":
            _decide(request, message)
        if not message.to_address:  # erased since: there is nobody to name, and nothing to take back
            return _message(request, gettext("Nothing is stored about this address."), status=200)
        return never_cache(HttpResponse(_page(request, message)))


def _decide(request, message) -> None:
    now = timezone.now()
    if request.POST.get("again") == "1":
        resubscribe(message, now=now, source="unsubscribe page")
        return
    one_click = request.POST.get("List-Unsubscribe") == "One-Click"
    take_out(message, now=now, source="one click" if one_click else "unsubscribe page")


def _page(request, message) -> str:
    gone = Suppression.objects.filter(
        address_key=message.address_key, scope__in=[Suppression.Scope.MARKETING, Suppression.Scope.ALL]
    ).exists()
    context = {"gone": gone, "address": masked(message.to_address), "asked": request.method != "POST"}
    return render(request, "wagtail_leads/public/unsubscribe.html", context)


def _message(request, text: str, *, status: int) -> HttpResponse:
    return never_cache(
        HttpResponse(render(request, "wagtail_leads/public/message.html", {"text": text}), status=status)
    )
