"""Our forms' door: the gate's page, and the post that makes a lead (POST-redirect-GET, works without JavaScript)."""

import logging
import time
from dataclasses import replace

from django.core.cache import cache
from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template import TemplateSyntaxError
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from wagtail.models import Site

from wagtail_leads import conf
from wagtail_leads.capture import forms, gate
from wagtail_leads.capture.models import LeadForm
from wagtail_leads.capture.operations import Sent, submit
from wagtail_leads.content.marks import marks_of
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.logic.errors import BadAddress
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.mailing.queries import sender_of
from wagtail_leads.public.doors import comes_from_us, never_cache, visitor_of
from wagtail_leads.public.layout import PLAIN, base_template
from wagtail_leads.tracking import cookies
from wagtail_leads.tracking.recording import hit_of
from wagtail_leads.tracking.sorting import client_of

logger = logging.getLogger(__name__)


def gate_page(request, page, policy: PagePolicy, *, bound=None, made_at: int = 0, status: int = 200) -> HttpResponse:
    """Teaser and form in the site's own layout. Never cached; the same for robots and people."""
    lead_form = forms.form_for(policy.form_id, language_of(page))
    form = bound or forms.build(lead_form, asks_history=conf.get("LINK_HISTORY") == "ask")
    context = {
        "policy": policy,
        "lead_form": lead_form,
        "form": form,
        "token": forms.token_for(lead_form, page, made_at=made_at or int(time.time())),
        "teaser": policy.teaser or page.search_description,
        "linked": forms.LINKED if conf.get("LINK_HISTORY") == "all" else "",
        "purpose": lead_form.purpose_text or forms.PURPOSE,
        "privacy_url": sender_of(Site.find_for_request(request)).privacy_url,
        "heading": lead_form.heading,
    }
    with translation.override(translation.get_language() or language_of(page)):
        html = render(request, "wagtail_leads/public/gate.html", context, page=page)
    return never_cache(HttpResponse(html, status=status))


def render(request, template: str, context: dict, *, page=None) -> str:
    """Render in the site's layout; a layout that cannot be used this way gives way to our plain one."""
    if page is not None:
        context = {**page.get_context(request), **context}
    base = base_template()
    try:
        return render_to_string(template, {**context, "leads_base": base}, request=request)
    except (TemplateSyntaxError, AttributeError, KeyError, ValueError, TypeError):
        if base == PLAIN:
            raise
        logger.exception("The site's %s could not be used for %s", base, template)
        return render_to_string(template, {**context, "leads_base": PLAIN}, request=request)


def language_of(page) -> str:
    return page.locale.language_code if getattr(page, "locale_id", None) else ""


@csrf_exempt
def post(request, token: str):
    """A form of ours was sent. Anything hostile gets a 4xx with a clear message."""
    if request.method != "POST":
        return _back_to_page(token) or HttpResponseNotAllowed(["POST"])
    shown = forms.read_token(token)
    if shown is None or not comes_from_us(request):
        return _message(request, gettext("This form is not valid any more. Please open the page again."), status=400)
    form_pk, page_pk, made_at = shown
    page = page_of(page_pk)
    if page is None:
        return _message(request, gettext("This page is no longer there."), status=410)
    with translation.override(language_of(page) or translation.get_language()):
        return _take(request, token, form_pk, page, made_at)


def _take(request, token: str, form_pk: int, page, made_at: int):
    policy = PagePolicy.objects.filter(pk=page.pk).first() or PagePolicy(page=page)
    lead_form = LeadForm.objects.filter(pk=form_pk).first() or forms.form_for(policy.form_id, language_of(page))
    form = forms.build(lead_form, request.POST, asks_history=conf.get("LINK_HISTORY") == "ask")
    if time.time() - made_at > forms.MAX_AGE:
        form.add_error(None, gettext("The page was open for a long time. Please send the form once more."))
        made_at = 0
    elif time.time() - made_at < conf.get("FORM_MIN_SECONDS"):
        # robots are this quick; a person presses once more, with all answers still there
        form.add_error(None, gettext("That was very quick. Please press the button once more."))
    if not form.is_valid():
        return gate_page(request, page, policy, bound=form, made_at=made_at, status=422)
    address, _client = client_of(hit_of(request, origin="page"))
    if not _is_within_rate(address):
        text = gettext("Too many forms came from your network. Please try again in an hour.")
        return _message(request, text, status=429)
    return _accept(request, token, form, lead_form, page)


def _accept(request, token: str, form, lead_form: LeadForm, page):
    now = timezone.now()
    visitor, new_key = visitor_of(request, now=now)
    sent = placed(
        Sent(
            # a double click and a reload say the same again; a correction does not
            key=dedupe_key("form", token, *sorted(form.cleaned_data.items())),
            email=form.cleaned_data["email"],
            fields=form.lead_fields(),
            answers=form.answers(),
            page_id=page.pk,
            page_title=page.title,
            page_url=page.get_full_url(request) or "",
            form=lead_form,
            form_name=lead_form.name or page.title,
            is_inquiry=lead_form.purpose == LeadForm.Purpose.INQUIRY,
            consent=form.cleaned_data["consent"],
            wording=str(form.fields["consent"].label),
            with_history=_with_history(form),
            reply=lead_form.reply,
            owner=lead_form.owner,
            opens_todo=lead_form.opens_todo,
            spam_reason="trap" if form.is_trapped() else "",
        ),
        site=Site.find_for_request(request),
        path=page.get_url(request) or "",
        marks=marks_of([page.pk]).get(page.pk),
    )
    try:
        submit(sent, visitor=visitor, now=now)
    except BadAddress:
        return _message(request, gettext("Please enter a mail address, such as name@example.com."), status=422)
    if sent.spam_reason:
        return _message(request, gettext("Thank you. A colleague will look at your entry first."), status=200)
    response = never_cache(HttpResponseRedirect(page.get_url(request) or "/"))
    response.status_code = 303
    if new_key:
        cookies.set_visitor(response, new_key, secure=request.is_secure())
    give_pass(request, response, page)
    return response


def give_pass(request, response, page) -> None:
    """From now on this browser may open the page (and what it is an alias of)."""
    pages = {page.pk} | ({page.alias_of_id} if page.alias_of_id else set())
    value = gate.pass_value(request.COOKIES, pages)
    cookies.put(response, gate.PASS_COOKIE, value, days=conf.get("PASS_DAYS"), secure=request.is_secure())


def _with_history(form) -> bool:
    return {"all": True, "from_now": False}.get(conf.get("LINK_HISTORY"), form.cleaned_data.get("history", False))


def _is_within_rate(address: str) -> bool:
    """At most so many posts an hour from one network; counted in the site's cache."""
    key = f"leads-posts-{dedupe_key(address)[:16]}"
    cache.add(key, 0, timeout=3600)
    try:
        return cache.incr(key) <= conf.get("FORM_POSTS_PER_HOUR")
    except ValueError:  # the cache forgot it in between
        return True


def placed(sent: Sent, *, site, path: str, marks) -> Sent:
    """The same submission with where it was made."""
    return replace(sent, site=site, path=path, marks=marks)


def page_of(pk: int):
    """A live page as its own type, or None."""
    model = PagePolicy._meta.get_field("page").related_model
    page = model.objects.live().filter(pk=pk).first()
    return page.specific if page is not None else None


def _back_to_page(token: str):
    """Somebody reloaded the address of the post: back to the page with the form."""
    shown = forms.read_token(token)
    page = page_of(shown[1]) if shown else None
    return HttpResponseRedirect(page.get_url()) if page is not None and page.get_url() else None


def _message(request, text: str, *, status: int) -> HttpResponse:
    return never_cache(
        HttpResponse(render(request, "wagtail_leads/public/message.html", {"text": text}), status=status)
    )
