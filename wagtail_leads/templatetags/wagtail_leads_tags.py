"""``{% load wagtail_leads_tags %}``: the beacon, the notice, the page about privacy, and which pages are gated."""

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from wagtail.models import Site

from wagtail_leads.capture.forms import find_live_form
from wagtail_leads.capture.gate import PASS_COOKIE
from wagtail_leads.capture.placements import Placement, Where
from wagtail_leads.capture.pop_ups import noted_in_browsers
from wagtail_leads.content import gates
from wagtail_leads.public.consent import banner, language_of
from wagtail_leads.public.forms import form_html
from wagtail_leads.public.parts import render_part
from wagtail_leads.tracking.disclosure import disclosure_of
from wagtail_leads.tracking.injection import script_tag

register = template.Library()


@register.simple_tag(takes_context=True)
def leads_beacon(context) -> str:
    """The tag of the page that is being served; '' in a preview and outside Wagtail pages."""
    served = getattr(context.get("request"), "_leads_served", None)
    return script_tag(served.page_id, served.site_id) if served is not None else ""


@register.simple_tag(takes_context=True)
def leads_consent(context) -> str:
    """The notice, for a place of your own; it is not put in a second time. '' where the site shows none."""
    served = getattr(context.get("request"), "_leads_served", None)
    if served is None:
        return ""
    page = context.get("page") or context.get("self")
    language = language_of(page) if page is not None else get_language()
    return banner(page_id=served.page_id, site_id=served.site_id, language=language)


@register.simple_tag(takes_context=True)
def leads_disclosure(context) -> str:
    """What is recorded, sent to whom, kept how long: for your own page about privacy. The same for all visitors."""
    request = context.get("request")
    site = Site.find_for_request(request) if request is not None else None
    told = {
        "told": disclosure_of(site, pass_cookie=PASS_COOKIE, pop_ups=noted_in_browsers()),
        "choice_url": f"{reverse('wagtail_leads:privacy')}?lang={get_language()}",
    }
    return render_to_string("wagtail_leads/public/disclosure.html", told)


@register.filter
def is_gated(page) -> bool:
    """``{% if page|is_gated %}``: do visitors see a teaser and a form first? For a lock beside a link. One query."""
    return hasattr(page, "alias_of_id") and gates.is_gated(page)


@register.filter
def without_gated(pages):
    """``{% for page in pages|without_gated %}``: the pages that are open to everyone; of a queryset no further query."""
    return gates.without_gated(pages or [])


@register.simple_tag(takes_context=True)
def lead_form(context, named) -> str:
    """`{% lead_form "newsletter" %}`: a form by its address or number, anywhere in a template. '' while it is not live."""
    page = context.get("page") or context.get("self")
    page_id = getattr(page, "pk", None) if getattr(page, "locale_id", None) else None
    language = language_of(page) if page_id else get_language()
    found = find_live_form(named, language or "")
    if found is None:
        return ""
    placement = Placement(where=Where.TAG, page_id=page_id or 0)
    return mark_safe(form_html(context.get("request"), found, placement))  # noqa: S308 (our own template made it)


@register.simple_tag(takes_context=True)
def leads_gated_part(context) -> str:
    """For the template of `GatedBlock` only: what the reader of this request may see of it."""
    return render_part(context.flatten())
