"""Double opt-in at the door: GET shows what is confirmed, POST confirms it. Scanners of mail follow links, and press none."""

from django.http import HttpResponse, HttpResponseNotAllowed
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language, gettext
from django.views.decorators.csrf import csrf_exempt

from wagtail_leads.capture import confirming, opt_in
from wagtail_leads.capture.placements import Placement, Where
from wagtail_leads.public import gates
from wagtail_leads.public.doors import comes_from_us, never_cache, visitor_of
from wagtail_leads.public.forms import message, page_of, render, see_other
from wagtail_leads.tracking import cookies


@csrf_exempt
def confirm(request, token: str) -> HttpResponse:
    """The link of the mail."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    link = opt_in.read_link(token)
    if link is None:
        return message(request, gettext("This link is not valid. Please use the link as it stands in the mail."), status=410)
    submission = confirming.find_submission(link)
    if submission is None:
        return message(request, gettext("This link is not valid any more."), status=410)
    language = submission.version.language if submission.version is not None else ""
    with translation.override(language or get_language()):
        if request.method == "POST" and not comes_from_us(request):
            return message(request, gettext("Please open the link of the mail again."), status=400)
        if not submission.awaits_confirmation:
            return _page(request, submission, "done")
        if link.is_over(timezone.now()):
            return _sent_again(request, submission) if request.method == "POST" else _page(request, submission, "over", 410)
        if request.method == "POST":
            return _confirmed(request, token, submission)
        return _page(request, submission, "asks")


def _page(request, submission, state: str, status: int = 200) -> HttpResponse:
    """Nothing of the person is on it: mails are forwarded."""
    context = {"state": state, "wording": submission.data.get("wording", ""), "to_url": _target(request, submission)}
    response = HttpResponse(render(request, "wagtail_leads/public/confirm.html", context), status=status)
    response.headers["Referrer-Policy"] = "no-referrer"  # the address of this page is a key
    return never_cache(response)


def _sent_again(request, submission) -> HttpResponse:
    confirming.send_again(submission, now=timezone.now())
    return _page(request, submission, "sent")


def _confirmed(request, token: str, submission) -> HttpResponse:
    """POST-redirect-GET: a reload says the same."""
    now = timezone.now()
    visitor, new_key = visitor_of(request, now=now)
    confirming.confirm(submission, visitor=visitor, now=now)
    response = see_other(reverse("wagtail_leads:confirm", args=[token]))
    placement = _placement(submission)
    if placement is not None and gates.object_of(placement) is not None:
        gates.open_for(request, response, placement, submission.lead)
    if new_key:
        cookies.set_visitor(response, new_key, secure=request.is_secure())
    return response


def _placement(submission) -> Placement | None:
    """What was asked for with the form; it opens with the confirmation, too."""
    data, page_id = submission.data, submission.page_id or 0
    where = data.get("placement", "")
    if where == "document" and data.get("document_id"):
        return Placement(where=Where.DOCUMENT, object_id=data["document_id"])
    if where == "part" and page_id and data.get("block"):
        return Placement(where=Where.PART, page_id=page_id, block=data["block"])
    return Placement(where=Where.GATE, page_id=page_id) if where == "gate" and page_id else None


def _target(request, submission) -> str:
    placement = _placement(submission)
    if placement is not None and gates.object_of(placement) is not None:
        return gates.where_to(placement, request)
    page = page_of(submission.page_id or 0)
    return (page.get_url(request) if page is not None else "") or ""
