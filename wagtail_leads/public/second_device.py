""""Already registered? Get a link by mail": on another device a known lead needs no form.

What the page answers is the same for every address. Only a POST sends a mail, and only a POST in the other browser opens.
"""

from django.http import HttpResponse, HttpResponseNotAllowed
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language, gettext
from django.views.decorators.csrf import csrf_exempt
from wagtail.models import Site

from wagtail_leads import conf
from wagtail_leads.capture import second_device, versions
from wagtail_leads.capture.forms import TRAP
from wagtail_leads.capture.placements import Placement, again_token, read_again_token, read_way_in_token
from wagtail_leads.logic.addresses import email_key, normalise_email
from wagtail_leads.public.doors import comes_from_us, is_within_rate, never_cache, visitor_of
from wagtail_leads.public.forms import form_url, message, object_of, render, see_other
from wagtail_leads.public.known import known_lead
from wagtail_leads.tracking import cookies
from wagtail_leads.tracking.recording import hit_of
from wagtail_leads.tracking.sorting import client_of

#: Links that one address is sent within an hour at the most.
LINKS_PER_HOUR = 3


@csrf_exempt
def again(request, token: str) -> HttpResponse:
    """The page that asks for the address, and what it answers: always the same."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    told = read_again_token(token)
    if told is None:
        return message(request, gettext("This page is no longer there."), status=410)
    version = versions.find_version(told[0]) if told[0] else None
    placed_on = object_of(told[1])
    with translation.override((version.language if version is not None else "") or get_language()):
        if request.method == "POST":
            return _asked(request, token, version, told[1], placed_on)
        return _page(request, told[1], placed_on, is_sent=request.GET.get("sent") == "1")


def _page(request, placement, placed_on, *, is_sent=False, typed="", error="", status=200) -> HttpResponse:
    context = {
        "is_sent": is_sent,
        "typed": typed,
        "error": error,
        "days": conf.get("CONFIRM_DAYS"),
        "back_url": (placed_on.get_url(request) if placed_on is not None else "") or "",
    }
    return never_cache(HttpResponse(render(request, "wagtail_leads/public/again.html", context), status=status))


def _asked(request, token: str, version, placement: Placement, placed_on) -> HttpResponse:
    if not comes_from_us(request):
        return message(request, gettext("This form is not valid any more. Please open the page again."), status=400)
    typed = request.POST.get("email", "")[:254].replace("\0", "")
    address = normalise_email(typed)
    if address is None:
        error = gettext("Please enter a mail address, such as name@example.com.")
        return _page(request, placement, placed_on, typed=typed, error=error, status=422)
    if not request.POST.get(TRAP) and _is_within_rate(request, address):
        second_device.send_way_in(
            address,
            version_id=version.pk if version is not None else None,
            placement=placement,
            title=_title(version, placed_on),
            site=Site.find_for_request(request),
            now=timezone.now(),
        )
    return see_other(f"{reverse('wagtail_leads:again', args=[token])}?sent=1")


def _is_within_rate(request, address: str) -> bool:
    """Beyond it nothing is sent, and nothing said: whoever tries addresses learns nothing."""
    network, _client = client_of(hit_of(request, origin="page"))
    is_fine = is_within_rate("again", network, conf.get("FORM_POSTS_PER_HOUR"))
    return is_within_rate("again-to", email_key(address), LINKS_PER_HOUR) and is_fine


def _title(version, placed_on) -> str:
    if placed_on is not None:
        return placed_on.title
    form = version.form if version is not None else None
    return (version.definition.get("heading") if version is not None else "") or (form.name if form else "")


@csrf_exempt
def way_in(request, token: str) -> HttpResponse:
    """The link of the mail. GET asks, POST opens: scanners of mail follow every link, and press none."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    told, now = read_way_in_token(token), timezone.now()
    if told is None:
        return message(request, gettext("This link is not valid. Please use the link as it stands in the mail."), status=410)
    lead_pk, version_pk, made_at, placement = told
    version = versions.find_version(version_pk) if version_pk else None
    lead, placed_on = second_device.lead_of(lead_pk), object_of(placement)
    with translation.override((version.language if version is not None else "") or get_language()):
        if placement.is_gate and placed_on is None:
            return message(request, gettext("This page is no longer there."), status=410)
        if second_device.was_used(token):
            return _used(request, lead, version, placement, placed_on)
        if lead is None or second_device.is_over(made_at, now=now):
            return _over(request, version, placement)
        if request.method == "POST":
            return _opened(request, token, lead, version, placement, placed_on)
        return _confirm_page(request, _title(version, placed_on))


def _confirm_page(request, title: str) -> HttpResponse:
    context = {"title": title, "asks_history": conf.get("LINK_HISTORY") == "ask"}
    response = HttpResponse(render(request, "wagtail_leads/public/way_in.html", context))
    response.headers["Referrer-Policy"] = "no-referrer"  # the address of this page is a key
    return never_cache(response)


def _over(request, version, placement: Placement) -> HttpResponse:
    url = reverse("wagtail_leads:again", args=[again_token(version.pk if version is not None else None, placement)])
    context = {"again_url": url}
    return never_cache(HttpResponse(render(request, "wagtail_leads/public/way_in_over.html", context), status=410))


def _used(request, lead, version, placement: Placement, placed_on) -> HttpResponse:
    """In the browser that it was used in it leads on; anywhere else it is over."""
    here = known_lead(request, now=timezone.now())
    if lead is not None and here is not None and here.pk == lead.pk:
        return see_other(_target(request, version, placement, placed_on))
    return _over(request, version, placement)


def _opened(request, token: str, lead, version, placement: Placement, placed_on) -> HttpResponse:
    if not comes_from_us(request):
        return message(request, gettext("Please open the link of the mail again."), status=400)
    now = timezone.now()
    visitor, new_key = visitor_of(request, now=now)
    mode = conf.get("LINK_HISTORY")
    is_new = second_device.use_way_in(
        token,
        lead,
        placement=placement,
        visitor=visitor,
        with_history=mode == "all" or (mode == "ask" and request.POST.get("history") == "on"),
        title=_title(version, placed_on),
        site=Site.find_for_request(request),
        now=now,
    )
    if not is_new:
        return _used(request, lead, version, placement, placed_on)
    response = see_other(_target(request, version, placement, placed_on))
    if placement.is_gate:
        from wagtail_leads.public.gates import open_for

        open_for(request, response, placement, lead)
    if new_key:
        cookies.set_visitor(response, new_key, secure=request.is_secure())
    return response


def _target(request, version, placement: Placement, placed_on) -> str:
    if placement.is_gate:
        from wagtail_leads.public.gates import where_to

        return where_to(placement, request)
    page_url = placed_on.get_url(request) if placed_on is not None else ""
    return page_url or (form_url(request, version.form) if version is not None and version.form is not None else "") or "/"
