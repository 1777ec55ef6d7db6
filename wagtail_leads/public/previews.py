"""A form as its editor sees it before it is published: in the site's own layout, with errors, and the page that thanks."""

from django.http import HttpResponse
from django.utils import timezone, translation

from wagtail_leads.capture import forms, versions
from wagtail_leads.capture.models import LeadForm
from wagtail_leads.public.doors import never_cache
from wagtail_leads.public.forms import context_of_version, form_page, render
from wagtail_leads.public.own_forms import thanks_context


def form_preview(request, lead_form: LeadForm, mode: str) -> HttpResponse:
    """The draft in one of `LeadForm.preview_modes`. Cannot be sent."""
    version = versions.unsaved_version(lead_form, now=timezone.now())
    with translation.override(version.language):
        if mode == "thanks":
            return never_cache(HttpResponse(render(request, "wagtail_leads/public/thanks.html", thanks_context(version))))
        bound = forms.build(version, {}) if mode == "errors" else None
        context = context_of_version(request, version, bound=bound)
        return form_page(request, context | {"title": lead_form.heading or lead_form.name, "action": "#"})
