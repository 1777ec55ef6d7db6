"""What this site records of its visitors, and the switch that stops it."""

from django.http import HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from wagtail_leads import conf
from wagtail_leads.public.doors import comes_from_us, never_cache
from wagtail_leads.public.forms import render
from wagtail_leads.tracking import cookies


@csrf_exempt
def page(request):
    """GET shows, POST with `choice` out or in decides for this browser."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    out = cookies.answer(request.COOKIES) == "no"
    if request.method == "POST" and comes_from_us(request):
        out = request.POST.get("choice") == "out"
    html = render(request, "wagtail_leads/public/privacy.html", {"out": out, "days": conf.get("COOKIE_DAYS")})
    response = never_cache(HttpResponse(html))
    if request.method == "POST":
        _remember(request, response, out)
    return response


def _remember(request, response, out: bool) -> None:
    if out:
        cookies.set_answer(response, "no", secure=request.is_secure())
        response.delete_cookie(conf.get("COOKIE_NAME"), samesite="Lax")
    else:
        cookies.set_answer(response, "yes", secure=request.is_secure())
