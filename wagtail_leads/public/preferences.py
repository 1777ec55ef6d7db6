"""The reader's own page: topics, how often, a pause, stop all. GET shows, POST changes; no name, and a masked address."""

from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt

from wagtail_leads.logic.addresses import masked
from wagtail_leads.mailing import links, preferences
from wagtail_leads.mailing.models import MailPreference, Suppression
from wagtail_leads.mailing.operations import resubscribe, unsubscribe
from wagtail_leads.public.doors import comes_from_us, never_cache
from wagtail_leads.public.forms import render

SOURCE = "preference page"
#: What a post did, for the page that it leads to.
DONE = ("saved", "stopped", "again")


@csrf_exempt
def page(request, token: str):
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    message = links.message_of(token, purpose="preferences")
    if message is None:
        return _answer(request, "message", {"text": gettext("This link is not valid any more.")}, status=410)
    with translation.override(message.language or translation.get_language()):
        if request.method == "POST":
            if not comes_from_us(request):
                return _answer(
                    request, "message", {"text": gettext("Please use the form on our own page.")}, status=403
                )
            done = _change(request, message) if message.to_address else _stop_only(request, message)
            response = never_cache(HttpResponseRedirect(f"{request.path}?{urlencode({'done': done})}"))
            response.status_code = 303
            return response
        if not message.to_address:
            return _answer(request, "message", {"text": gettext("Nothing is stored about this address.")})
        return _answer(request, "preferences", _context(request, message))


def _stop_only(request, message) -> str:
    """Of who was erased nothing is kept but a stop."""
    if request.POST.get("do") == "stop":
        unsubscribe(message, now=timezone.now(), source=SOURCE)
    return "stopped"


def _change(request, message) -> str:
    now = timezone.now()
    what = request.POST.get("do", "")
    if what == "stop":
        unsubscribe(message, now=now, source=SOURCE)
        return "stopped"
    if what == "again":
        resubscribe(message, now=now, source=SOURCE)
        return "again"
    pause = request.POST.get("pause", "")
    offered = {str(months): months for months in (0, *preferences.PAUSES)}
    wanted = set(request.POST.getlist("topic"))
    preferences.save_preference(
        message.address_key,
        frequency=request.POST.get("frequency", ""),
        refused=_refused(message.address_key, wanted),
        now=now,
        pause_months=offered.get(pause),
    )
    return "saved"


def _refused(key: str, wanted: set[str]) -> list[str]:
    """Topics that were offered and not ticked, and those refused before that are not offered now."""
    offered = {topic.slug for topic in preferences.topics_of_mails()}
    row = preferences.preference_of(key)
    before = set(row.refused_topics) if row else set()
    return sorted((offered - wanted) | (before - offered))


def _context(request, message) -> dict:
    key, now = message.address_key, timezone.now()
    row = preferences.preference_of(key)
    refused = set(row.refused_topics) if row else set()
    gone = set(Suppression.objects.filter(address_key=key).values_list("scope", "reason"))
    frequency = row.frequency if row else MailPreference.Frequency.ALL.value
    done = request.GET.get("done", "")
    return {
        "address": masked(message.to_address),
        "topics": [(topic, topic.slug not in refused) for topic in preferences.topics_of_mails()],
        "frequencies": [(value, label, value == frequency) for value, label in MailPreference.Frequency.choices],
        "pauses": preferences.PAUSES,
        "paused_until": row.paused_until if preferences.is_paused(row, now=now) else None,
        "stopped": bool(gone),
        # an address that does not exist, or that a colleague entered, is not set free by whoever has the link
        "may_again": gone == {(Suppression.Scope.MARKETING.value, Suppression.Reason.UNSUBSCRIBED.value)},
        "done": done if done in DONE else "",
    }


def _answer(request, name: str, context: dict, *, status: int = 200) -> HttpResponse:
    html = render(request, f"wagtail_leads/public/{name}.html", context)
    response = never_cache(HttpResponse(html, status=status))
    response.headers["Referrer-Policy"] = "same-origin"
    return response
