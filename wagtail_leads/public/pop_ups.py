"""Pop-ups at the door. The page holds only the tag of a script, the same for all visitors, so it stays cacheable; the form
is fetched when its time has come. Without JavaScript nothing comes up."""

from functools import lru_cache

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from wagtail_leads.capture import pop_ups
from wagtail_leads.capture.forms import in_language
from wagtail_leads.capture.models import FormSubmission, PopUp
from wagtail_leads.capture.placements import Placement, Where
from wagtail_leads.capture.versions import unsaved_version
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.identity.queries import family_of
from wagtail_leads.public.doors import never_cache
from wagtail_leads.public.forms import context_of_version, form_context, language_of, page_of
from wagtail_leads.public.known import known_lead


def tag_for(page) -> str:
    """What goes into a page that has a pop-up; '' for most."""
    offer = pop_ups.offer_for(page)
    if offer is None:
        return ""
    return _tag(offer, page.pk, settings.ROOT_URLCONF, get_urlconf(), get_script_prefix(), get_language())


@lru_cache(maxsize=1024)
def _tag(offer, page_pk: int, _root, _urlconf, _prefix, _language) -> str:
    try:
        source = reverse("wagtail_leads:pop_up", args=[offer.pk])
    except NoReverseMatch:  # the URL include is missing; a system check says so
        return ""
    return format_html(
        '<script src="{}" data-from="{}?page={}" data-look="{}" data-form="{}" data-form-look="{}" data-name="{}" '
        'data-seconds="{}" data-scroll="{}" data-days="{}" async></script>',
        static("wagtail_leads/pop_up.js"),
        source,
        page_pk,
        static("wagtail_leads/pop_up.css"),
        static("wagtail_leads/forms.js"),
        static("wagtail_leads/public.css"),
        offer.pk,
        offer.after_seconds,
        offer.after_scroll,
        offer.again_after_days,
    )


@require_safe
def pop_up(request, pk: int) -> HttpResponse:
    """The dialog of a page. 204: this person has sent it already; 410: it is not shown (any more)."""
    found = pop_ups.find_on(pk)
    page = _page(request)
    if found is None or page is None or not pop_ups.covers(found, page) or _is_gated(page):
        return never_cache(HttpResponse(status=410))
    if _has_sent(request, found):
        return never_cache(HttpResponse(status=204))
    lead_form = in_language(found.form, language_of(page))
    placement = Placement(where=Where.POP_UP, page_id=page.pk, object_id=found.pk)
    with translation.override(language_of(page) or get_language()):
        context = form_context(request, lead_form, placement, is_personal=True) | {"is_fragment": True}
        html = render_to_string("wagtail_leads/public/pop_up.html", context)
    return never_cache(HttpResponse(html))


def _page(request):
    told = request.GET.get("page", "")
    return page_of(int(told)) if told.isascii() and told.isdigit() and len(told) < 10 else None


def _is_gated(page) -> bool:
    return PagePolicy.objects.filter(pk__in=[page.pk, page.alias_of_id or page.pk], gated=True).exists()


def _has_sent(request, found: PopUp) -> bool:
    """On this or another device, in whatever language and place."""
    lead = known_lead(request, now=timezone.now())
    if lead is None:
        return False
    forms = type(found.form).objects.filter(translation_key=found.form.translation_key)
    return FormSubmission.objects.filter(form__in=forms, lead__in=family_of(lead), is_spam=False).exists()


def preview_html(request, found: PopUp) -> str:
    """The dialog as visitors see it, without an address to send it to."""
    version = unsaved_version(found.form, now=timezone.now())
    with translation.override(version.language or get_language()):
        context = context_of_version(request, version) | {"is_preview": True}
        return render_to_string("wagtail_leads/public/pop_up_preview.html", context, request=request)
