"""A form at its own address, and the page that thanks. Both in the site's layout."""

from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe
from wagtail.models import Site

from wagtail_leads import conf
from wagtail_leads.capture import gate, versions
from wagtail_leads.capture.documents import find_document
from wagtail_leads.capture.forms import find_live_form
from wagtail_leads.capture.models import LeadForm
from wagtail_leads.capture.placements import Placement, Where, read_thanks_token
from wagtail_leads.public import consent
from wagtail_leads.public.documents import serve_url
from wagtail_leads.public.doors import never_cache
from wagtail_leads.public.forms import form_context, form_page, message, render, shell_of
from wagtail_leads.tracking import injection
from wagtail_leads.tracking.recording import Served
from wagtail_leads.tracking.site_rules import rules_of

#: A form's own address is no page of the tree; its visits are counted all the same.
NO_PAGE = 0


@require_safe
def own_form(request, slug: str) -> HttpResponse:
    """The form of this address. Its visit is counted like a page's."""
    lead_form = find_live_form(slug) if not slug.isdigit() else None
    if lead_form is None:
        return message(request, gettext("This form is not open."), status=404)
    with translation.override(versions.language_of(lead_form)):
        context = form_context(request, lead_form, Placement(where=Where.OWN_PAGE))
        title = context["heading"] or lead_form.name
        response = form_page(request, context | {"title": title})
        return _counted(request, response, title)


def _counted(request, response: HttpResponse, title: str) -> HttpResponse:
    """With notice and beacon, as `serving` does it for pages."""
    if not conf.get("TRACKING"):
        return response
    site = Site.find_for_request(request)
    site_id = site.pk if site else None
    request._leads_served = Served(page_id=NO_PAGE, title=title, site_id=site_id)
    top = consent.banner(page_id=NO_PAGE, site_id=site_id, language=get_language())
    is_told = bool(top) or not rules_of(site_id).asks
    beacon = injection.script_tag(NO_PAGE, site_id) if is_told and conf.get("INJECT_BEACON") else ""
    return injection.inject_later(response, top=top, end=beacon)


@require_safe
def thanks(request, token: str) -> HttpResponse:
    """Says thank you, as often as it is opened; nothing of the person is on it."""
    told = read_thanks_token(token)
    if told is None:
        return message(request, gettext("This page is no longer there."), status=404)
    version_id, placement = told
    page = shell_of(placement.page_id)
    version = versions.find_version(version_id) if version_id else None
    version = version or versions.standard_version(get_language())
    with translation.override(version.language or get_language()):
        context = thanks_context(version) | {"file_url": _file_url(request, version)}
        context["back_url"] = page.get_url(request) if page is not None else ""
        html = render(request, "wagtail_leads/public/thanks.html", context, page=page)
        headers = {"Content-Language": get_language(), "X-Robots-Tag": "noindex"}
        return never_cache(HttpResponse(html, headers=headers))


def _file_url(request, version) -> str:
    """The form's document, for the browser that has just sent it; '' where it comes by mail only, and for anybody else."""
    pk = version.form.document_id if version.form is not None else None
    if not pk or gate.document_place(pk) not in gate.passes(request.COOKIES):
        return ""
    document = find_document(pk)
    return serve_url(document) if document is not None else ""


def thanks_context(version) -> dict:
    """Heading and text of the thank-you page: the editor's, or ours for this purpose."""
    purpose = version.definition.get("purpose", "")
    return {
        "thanks_heading": version.definition.get("thanks_heading") or gettext("Thank you"),
        "thanks_text": version.definition.get("thanks_text") or _standard_text(purpose),
    }


def _standard_text(purpose: str) -> str:
    texts = {
        LeadForm.Purpose.INQUIRY: gettext("We have received your inquiry. A colleague will answer you shortly."),
        LeadForm.Purpose.SEMINAR: gettext("You are registered. We have sent you a mail that says so."),
        LeadForm.Purpose.NEWSLETTER: gettext("You will get our next newsletter. We have sent you a mail that says so."),
    }
    return texts.get(purpose) or gettext("We have sent you a mail with the link to what you asked for.")
