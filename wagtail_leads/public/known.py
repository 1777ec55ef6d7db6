"""Forms for browsers that are surely a known lead's: fewer questions, never an answer. Read only.

Which questions were put is signed in the form's token, together with the lead: the post is judged by them, and by whether
the browser is still that lead's.
"""

from datetime import datetime

from django.db import transaction
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from wagtail_leads import conf
from wagtail_leads.capture import versions
from wagtail_leads.capture.models import LeadFormVersion
from wagtail_leads.capture.placements import Shown, read_token
from wagtail_leads.capture.progressive import Known, at_most, known_for, names_of
from wagtail_leads.identity.models import Lead, Visitor
from wagtail_leads.identity.queries import known_lead_of
from wagtail_leads.public.doors import may_be_known, never_cache
from wagtail_leads.tracking import cookies

#: `?leads-form=whole`: "not you? fill in the form".
WHOLE = "leads-form"


def known_lead(request, *, now: datetime) -> Lead | None:
    """The lead that this browser surely is. Nothing is written; no query without our cookie."""
    key = cookies.visitor_key(request.COOKIES)[0] if request is not None else ""
    if not key or not may_be_known(request):
        return None
    return known_lead_of(Visitor.objects.filter(key=key, forgotten_at__isnull=True).first(), now)


def known_here(request, version: LeadFormVersion, *, now: datetime) -> Known | None:
    """What to ask whoever sits at this browser; None: the whole form."""
    if request is None or not at_most(version) or request.GET.get(WHOLE) == "whole":
        return None
    lead = known_lead(request, now=now)
    return known_for(version, lead) if lead is not None else None


def known_of(shown: Shown, version: LeadFormVersion) -> Known | None:
    """What a shortened form had asked."""
    if not shown.lead_id:
        return None
    return Known(lead_pk=shown.lead_id, asked=names_of(version, shown.mask), asks_consent=shown.asks_consent)


def lead_of(known: Known, request, *, now: datetime) -> Lead | None:
    """The lead that a shortened form was for; None when the browser is no longer surely theirs (merged is theirs)."""
    lead = known_lead(request, now=now)
    if lead is None or not lead.email:
        return None
    if lead.pk == known.lead_pk:
        return lead
    shown_to = Lead.objects.filter(pk=known.lead_pk).only("pk", "merged_into").first()
    return lead if shown_to is not None and shown_to.merged_into_id == lead.pk else None


@transaction.non_atomic_requests
@require_safe
def mine(request, token: str) -> HttpResponse:
    """The form of a page that is the same for all, shortened for this browser. 204: the whole form stays as it is."""
    nothing = never_cache(HttpResponse(status=204))
    if not request.COOKIES.get(conf.get("COOKIE_NAME")):
        return nothing
    shown = read_token(token)
    version = _version_of(shown) if shown is not None and not shown.lead_id else None
    if version is None or version.form is None or not version.form.live:
        return nothing
    from wagtail_leads.public.forms import form_context  # it imports this module

    with translation.override(version.language or get_language()):
        context = form_context(request, version.form, shown.placement, is_personal=True)
        if context["known"] is None:
            return nothing
        return never_cache(HttpResponse(render_to_string("wagtail_leads/public/form.html", context)))


def _version_of(shown: Shown) -> LeadFormVersion | None:
    version = versions.find_version(shown.version_id) if shown.version_id else None
    return version if version is not None and not shown.is_too_old(timezone.now().timestamp()) else None
