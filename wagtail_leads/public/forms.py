"""Our forms' door: what a form shows, and the one post that makes a lead, wherever the form stood.

POST-redirect-GET; works without JavaScript. A new placement is a line in `_again` (the form with its errors) and in
`_answer` (where to afterwards); everything between is the same for all.
"""

import logging
import time
from dataclasses import replace

from django.http import HttpResponse, HttpResponseRedirect
from django.template import TemplateSyntaxError
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language, gettext
from django.views.decorators.csrf import csrf_exempt
from wagtail.models import Site

from wagtail_leads import conf
from wagtail_leads.capture import forms, versions
from wagtail_leads.capture.models import LeadForm, LeadFormVersion
from wagtail_leads.capture.operations import Sent, submit
from wagtail_leads.capture.placements import (
    Placement,
    Shown,
    Where,
    again_token,
    personal_token,
    read_old_token,
    read_token,
    thanks_token,
    token_for,
)
from wagtail_leads.capture.progressive import Known, at_most, mask_of
from wagtail_leads.content.gates import is_gated
from wagtail_leads.content.hollow import hollow
from wagtail_leads.content.marks import marks_of
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.logic import spam
from wagtail_leads.logic.errors import BadAddress
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ConsentMode
from wagtail_leads.mailing.queries import sender_of
from wagtail_leads.public.doors import comes_from_us, is_within_rate, never_cache, site_of, visitor_of
from wagtail_leads.public.known import WHOLE, known_here, known_of, lead_of
from wagtail_leads.public.layout import PLAIN, base_template
from wagtail_leads.tracking import cookies
from wagtail_leads.tracking.recording import hit_of
from wagtail_leads.tracking.site_rules import rules_of
from wagtail_leads.tracking.sorting import client_of

logger = logging.getLogger(__name__)


# --- showing a form -------------------------------------------------------------------------------------------------


def form_context(
    request,
    lead_form: LeadForm,
    placement: Placement,
    *,
    bound=None,
    made_at: int = 0,
    heading: str = "",
    is_personal: bool | None = None,
) -> dict:
    """What `wagtail_leads/public/form.html` needs, of a live form. A bound form stays the version that was shown.

    `is_personal`: may it be shortened for whoever is known? Left out: where nothing keeps the page.
    """
    now = timezone.now()
    version = bound.version if bound is not None else versions.version_for(lead_form, now=now, language=get_language() or "")
    if is_personal is None:
        is_personal = not placement.where.may_be_cached
    known = bound.known if bound is not None else (known_here(request, version, now=now) if is_personal else None)
    prefix = _prefix(version, placement)
    context = context_of_version(request, version, heading=heading, bound=bound, prefix=prefix, known=known)
    token = _token(version, placement, known, made_at=made_at or int(time.time()))
    action = reverse("wagtail_leads:form", args=[token])
    context |= {"lead_form": lead_form, "token": token, "action": action}
    return context | _other_ways(request, version, placement, token, known=known, is_bound=bound is not None)


def _token(version: LeadFormVersion, placement: Placement, known: Known | None, *, made_at: int) -> str:
    if known is None:
        return token_for(version.pk, placement, made_at=made_at)
    return personal_token(
        version.pk,
        placement,
        made_at=made_at,
        lead_id=known.lead_pk,
        mask=mask_of(version, known.asked),
        asks_consent=known.asks_consent,
    )


def _other_ways(request, version, placement: Placement, token: str, *, known: Known | None, is_bound: bool) -> dict:
    """Addresses beside the form: the whole one, a link by mail, and those of the script."""
    is_short_for_some = at_most(version) > 0
    offers_link = known is None and (placement.is_gate or (is_short_for_some and placement.where != Where.POP_UP))
    whole = reverse("wagtail_leads:form", args=[token]) if is_bound or request is None else request.path
    asks_mine = placement.where.may_be_cached and is_short_for_some and known is None and not is_bound
    return {
        "whole_url": f"{whole}?{WHOLE}=whole" if known is not None else "",
        "is_fragment": known is not None and placement.where.may_be_cached and not is_bound,
        "again_url": reverse("wagtail_leads:again", args=[again_token(version.pk, placement)]) if offers_link else "",
        "mine_url": reverse("wagtail_leads:form_mine", args=[token]) if asks_mine else "",
        "signal_url": _signal_url(request) if request is not None and conf.get("TRACKING") else "",
        "asks_first": request is not None and rules_of(site_of(request)).mode == ConsentMode.OPT_IN,
    }


def _signal_url(request) -> str:
    """Where the script tells that a form was seen; '' where nothing is recorded."""
    return "" if rules_of(site_of(request)).mode == ConsentMode.OFF else reverse("wagtail_leads:form_signal")


def context_of_version(
    request, version: LeadFormVersion, *, heading: str = "", bound=None, prefix="leads", known: Known | None = None
) -> dict:
    """The same without an address to send it to: what a preview shows."""
    with translation.override(version.language or get_language()):
        form = bound or _unbound(version, prefix, known)
        asks_nothing = known is not None and not any(asked.layout != "hidden" for asked in form.asked)
        button = version.definition.get("submit_label") or button_of(version.definition.get("purpose", ""))
        return {
            "version": version,
            "form": form,
            "known": known,
            "asks_nothing": asks_nothing,
            "heading": version.definition.get("heading") or heading,
            "intro": version.definition.get("intro", ""),
            "button": gettext("Continue") if asks_nothing else button,
            "linked": forms.LINKED if conf.get("LINK_HISTORY") == "all" and known is None else "",
            "purpose": version.purpose_text,
            "privacy_url": sender_of(Site.find_for_request(request) if request is not None else None).privacy_url,
        }


def _unbound(version: LeadFormVersion, prefix: str, known: Known | None):
    if known is None:
        return forms.build(version, asks_history=conf.get("LINK_HISTORY") == "ask", prefix=prefix)
    return forms.build(version, asked=known.asked, asks_consent=known.asks_consent, prefix=prefix)


def button_of(purpose: str) -> str:
    words = {
        LeadForm.Purpose.INQUIRY: gettext("Send the inquiry"),
        LeadForm.Purpose.SEMINAR: gettext("Register"),
        LeadForm.Purpose.NEWSLETTER: gettext("Subscribe"),
    }
    return words.get(purpose) or gettext("Get the document")


def _prefix(version: LeadFormVersion, placement: Placement) -> str:
    """Ids of fields: of two forms on one page they differ, and they say nothing of the visitor."""
    return f"leads-{version.form_id or 0}{placement.block[:8]}"


def form_html(request, lead_form: LeadForm, placement: Placement) -> str:
    """A form as a part of somebody's page: the same for all visitors."""
    context = form_context(request, lead_form, placement)
    return render_to_string("wagtail_leads/public/form_part.html", context)


def form_page(request, context: dict, *, status: int = 200, page=None) -> HttpResponse:
    """A page that holds nothing but the form, in the site's own layout."""
    with translation.override(context["version"].language or get_language()):
        html = render(request, "wagtail_leads/public/form_page.html", context, page=page)
        return never_cache(HttpResponse(html, status=status, headers={"Content-Language": get_language()}))


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


# --- the post -------------------------------------------------------------------------------------------------------


@csrf_exempt
def post(request, token: str):
    """A form of ours was sent. Anything hostile gets a 4xx with a clear message."""
    shown = read_token(token) or read_old_token(token)
    if request.method != "POST":
        return _back_to_the_form(request, shown) or _not_here(request)
    if shown is None or not comes_from_us(request):
        return message(request, gettext("This form is not valid any more. Please open the page again."), status=400)
    version = _version_of(shown)
    if version is None:
        return _renewed(request, shown)
    with translation.override(version.language or get_language()):
        return _take(request, token, shown, version)


def _version_of(shown: Shown) -> LeadFormVersion | None:
    """What was shown; None when that is not known (any more)."""
    if shown.version_id:
        return versions.find_version(shown.version_id)
    if shown.form_id:
        return None
    page = page_of(shown.placement.page_id)
    return versions.standard_version((language_of(page) if page is not None else "") or get_language())


def _renewed(request, shown: Shown):
    """The form of a token from before versions, or one that is gone: its present state, with all that was typed."""
    page = page_of(shown.placement.page_id)
    if page is None or shown.placement.where != Where.GATE:
        return message(request, gettext("This form is not valid any more. Please open the page again."), status=410)
    policy = PagePolicy.objects.filter(pk=page.pk).first()
    lead_form = forms.form_for(shown.form_id or (policy.form_id if policy else None), language_of(page))
    version = versions.version_for(lead_form, now=timezone.now(), language=language_of(page))
    form = _bound(request, version, shown.placement)
    with translation.override(version.language or get_language()):
        form.add_error(None, gettext("This form has changed meanwhile. Please look it over and send it once more."))
        return _again(request, shown.placement, form, version.form, made_at=0)


def _bound(request, version: LeadFormVersion, placement: Placement, known: Known | None = None):
    prefix = _prefix(version, placement)
    if known is None:
        return forms.build(version, request.POST, asks_history=conf.get("LINK_HISTORY") == "ask", prefix=prefix)
    form = forms.build(
        version, request.POST, asked=known.asked, asks_consent=known.asks_consent, prefix=prefix
    )
    form.known = known
    return form


def _take(request, token: str, shown: Shown, version: LeadFormVersion):
    known = known_of(shown, version)
    form = _bound(request, version, shown.placement, known)
    placed_on = object_of(shown.placement)
    if shown.placement.is_gate and placed_on is None:
        return message(request, gettext("This page is no longer there."), status=410, typed=form.typed())
    if shown.version_id and not shown.placement.is_gate and not (version.form is not None and version.form.live):
        text = gettext("This form has been closed meanwhile; what you entered was not sent.")
        return message(request, text, status=410, typed=form.typed())
    lead = lead_of(known, request, now=timezone.now()) if known is not None else None
    if known is not None and lead is None:
        return _whole_again(request, shown, version)
    made_at = _judge_time(form, shown)
    if not form.is_valid():
        return _again(request, shown.placement, form, version.form, made_at=made_at)
    too_many = _beyond_rate(request, is_kiosk=version.form is not None and version.form.kiosk)
    if too_many:
        return message(request, too_many, status=429, typed=form.typed())
    form.address = form.cleaned_data.get("email") or lead.email
    return _accept(request, token, form, shown.placement, placed_on)


def _whole_again(request, shown: Shown, version: LeadFormVersion):
    """Between showing and sending the browser ceased to be surely that person's: everything is asked, nothing is lost."""
    form = _bound(request, version, shown.placement)
    form.add_error(None, gettext("Please fill in the whole form this time. What you entered is still there."))
    return _again(request, shown.placement, form, version.form, made_at=0)


#: On a tablet at an exhibition one browser sends the forms of all visitors: so many times more than a network's.
KIOSK_TIMES = 10


def _beyond_rate(request, *, is_kiosk: bool) -> str:
    """Why no more forms are taken for the moment; '' when they are."""
    hit = hit_of(request, origin="page")
    address, _client = client_of(hit)
    if is_kiosk:
        is_fine = is_within_rate("posts-kiosk", address, KIOSK_TIMES * conf.get("FORM_POSTS_PER_HOUR"))
        return "" if is_fine else gettext("Too many forms came from your network. Please try again in an hour.")
    if not is_within_rate("posts", address, conf.get("FORM_POSTS_PER_HOUR")):
        return gettext("Too many forms came from your network. Please try again in an hour.")
    # without a cookie a whole office looks like one browser: there only the network counts
    if hit.visitor_key and not is_within_rate("posts-of", hit.visitor_key, conf.get("FORM_POSTS_PER_VISITOR")):
        return gettext("Too many forms came from this browser. Please try again in an hour.")
    return ""


def _judge_time(form, shown: Shown) -> int:
    """Too old or too quick is an error of the whole form; what is to be signed as its time when it is shown again."""
    now = time.time()
    if shown.is_too_old(now):
        form.add_error(None, gettext("The page was open for a long time. Please send the form once more."))
        return 0
    if shown.is_too_quick(now, conf.get("FORM_MIN_SECONDS")):
        # robots are this quick; a person presses once more, with all answers still there
        form.add_error(None, gettext("That was very quick. Please press the button once more."))
    return shown.made_at


def _again(request, placement: Placement, form, lead_form: LeadForm | None, *, made_at: int):
    """The form once more with all that was typed, in the place where it stood or on a page of its own."""
    lead_form = lead_form or LeadForm(name=gettext("Standard form"))
    if placement.is_gate:
        return _gates().show_again(request, placement, bound=form, made_at=made_at, status=422)
    context = form_context(request, lead_form, placement, bound=form, made_at=made_at)
    return form_page(request, context, status=422, page=shell_of(placement.page_id))


def _gates():
    """What opens afterwards shows forms itself, so it imports this module."""
    from wagtail_leads.public import gates

    return gates


def _accept(request, token: str, form, placement: Placement, placed_on):
    now = timezone.now()
    visitor, new_key = visitor_of(request, now=now)
    sent = sent_of(request, token, form, placement, placed_on)
    try:
        submission = submit(sent, visitor=visitor, now=now)
    except BadAddress:
        return message(request, gettext("Please enter a mail address, such as name@example.com."), status=422)
    if sent.spam_reason:
        return message(request, gettext("Thank you. A colleague will look at your entry first."), status=200)
    response = _answer(request, form.version, placement, submission.lead if submission is not None else None)
    if new_key:
        cookies.set_visitor(response, new_key, secure=request.is_secure())
    return response


def sent_of(request, token: str, form, placement: Placement, placed_on) -> Sent:
    """The post in the words of `submit`."""
    version, page = form.version, placed_on
    page_id = page.pk if page is not None else None
    lead_form = version.form or LeadForm(purpose=version.definition.get("purpose", LeadForm.Purpose.DOCUMENT))
    return Sent(
        # a double click and a reload say the same again; a correction does not
        key=dedupe_key("form", token, *sorted((name, str(value)) for name, value in form.cleaned_data.items())),
        email=form.address,
        fields=form.lead_fields(),
        extra=form.extra(),
        topics=form.topics(),
        answers=form.answers(),
        site=Site.find_for_request(request),
        page_id=page_id,
        page_title=page.title if page is not None else version.definition.get("heading") or lead_form.name,
        page_url=(page.get_full_url(request) if page is not None else form_url(request, lead_form)) or "",
        path=(page.get_url(request) if page is not None else request.path) or "",
        marks=marks_of([page_id]).get(page_id) if page_id else None,
        form=lead_form,
        version=version if version.pk else None,
        form_name=lead_form.name or (page.title if page is not None else ""),
        placement=placement.where.name.lower(),
        block=placement.block if placement.where == Where.PART else "",
        document_id=(placement.object_id if placement.where == Where.DOCUMENT else 0) or lead_form.document_id,
        is_inquiry=lead_form.purpose == LeadForm.Purpose.INQUIRY,
        consent=form.cleaned_data.get(forms.CONSENT),
        wording=version.consent_wording,
        with_history=_with_history(form),
        links_browser=not lead_form.kiosk,
        reply=lead_form.reply,
        owner=lead_form.owner,
        opens_todo=lead_form.opens_todo,
        spam_reason=_spam_reason(form),
    )


#: A text that came with this many different senders or forms within an hour is somebody's circular.
SAME_TEXT_AT_MOST = 3


def _spam_reason(form) -> str:
    """Why a form is held for a person to look at; '' for nearly all. A robot that was taken for a person is known, too."""
    if form.is_trapped():
        return spam.TRAP
    texts = form.texts()
    found = spam.reason(names=form.names(), texts=texts)
    told = spam.fingerprint(texts)
    if found or not told:
        return found
    # counted once for each sender and form: who presses twice, or corrects a word, has not sent it to many
    if is_within_rate("text-of", f"{told}{form.address}{form.version.form_id}", 1):
        return "" if is_within_rate("text", told, SAME_TEXT_AT_MOST) else spam.SAME_TEXT
    return ""


def placed(sent: Sent, *, site, path: str, marks) -> Sent:
    """The same submission with where it was made."""
    return replace(sent, site=site, path=path, marks=marks)


def form_url(request, lead_form: LeadForm) -> str:
    """The form's own address, where it has one."""
    if not lead_form.slug:
        return ""
    return request.build_absolute_uri(reverse("wagtail_leads:own_form", args=[lead_form.slug]))


def _answer(request, version: LeadFormVersion, placement: Placement, lead) -> HttpResponse:
    """Where to afterwards: what was asked for opens, or the thank-you page comes. Either way a GET that reloads well."""
    form = version.form
    # what opens on a device that many use would be open for the next of them
    by_mail = form is not None and (form.delivery == LeadForm.Delivery.BY_MAIL or form.kiosk)
    if placement.is_gate and not by_mail:
        response = see_other(_gates().back_to(placement, request))
        _gates().open_for(request, response, placement, lead)
        return response
    thanks = form.thanks_page if form is not None else None
    if thanks is not None and thanks.live and thanks.get_url(request):
        response = see_other(thanks.get_url(request))
    else:
        response = see_other(reverse("wagtail_leads:thanks", args=[thanks_token(version.pk, placement)]))
    if form is not None and form.document_id and not by_mail:
        _gates().documents.give_pass(request, response, form.document_id)  # the page that thanks offers it
    return response


def see_other(url: str) -> HttpResponse:
    response = never_cache(HttpResponseRedirect(url))
    response.status_code = 303
    return response


def _with_history(form) -> bool:
    asked = form.cleaned_data.get(forms.HISTORY, False)
    return {"all": True, "from_now": False}.get(conf.get("LINK_HISTORY"), asked)


# --- pages ----------------------------------------------------------------------------------------------------------


def object_of(placement: Placement):
    """The page or document that the form stands before; None where it stands on none, or it is gone."""
    if placement.is_gate:
        return _gates().object_of(placement)
    return page_of(placement.page_id)


def page_of(pk: int):
    """A live page as its own type, or None."""
    model = PagePolicy._meta.get_field("page").related_model
    page = model.objects.live().filter(pk=pk).first() if pk else None
    return page.specific if page is not None else None


def shell_of(pk: int):
    """The page for the layout of one of ours. Of a gated one without its content: layouts make `og:` tags of it."""
    page = page_of(pk)
    return hollow(page) if page is not None and is_gated(page) else page


def _back_to_the_form(request, shown: Shown | None):
    """Somebody reloaded the address of the post: back to where the form stands."""
    if shown is None:
        return None
    whole = f"?{WHOLE}=whole" if request.GET.get(WHOLE) == "whole" else ""
    if shown.placement.where == Where.DOCUMENT:
        return HttpResponseRedirect(_gates().where_to(shown.placement, request) + whole)
    page = page_of(shown.placement.page_id)
    if page is not None and page.get_url(request):
        return HttpResponseRedirect(page.get_url(request) + whole)
    version = versions.find_version(shown.version_id) if shown.version_id else None
    if version is not None and version.form is not None and version.form.slug:
        return HttpResponseRedirect(reverse("wagtail_leads:own_form", args=[version.form.slug]) + whole)
    return None


def _not_here(request) -> HttpResponse:
    """Nobody knows where the form stood (a template of the site's own): a sentence instead of an empty page."""
    response = message(request, gettext("This form is not valid any more. Please open the page again."), status=405)
    response.headers["Allow"] = "POST"
    return response


def message(request, text: str, *, status: int, typed=()) -> HttpResponse:
    """A page with one sentence; and what was typed, so that nobody has to write it a second time."""
    context = {"text": text, "typed": typed}
    return never_cache(HttpResponse(render(request, "wagtail_leads/public/message.html", context), status=status))
