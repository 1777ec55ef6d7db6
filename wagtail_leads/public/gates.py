"""What opens when a form was sent: a page, a document, a gated part of a page. Asked by the forms' door (`public.forms`)."""

from urllib.parse import urlsplit, urlunsplit

from django.http import HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy

from wagtail_leads import conf
from wagtail_leads.capture import documents as marks
from wagtail_leads.capture import forms as lead_forms
from wagtail_leads.capture import gate
from wagtail_leads.capture.placements import Placement, Where
from wagtail_leads.content.hollow import hollow
from wagtail_leads.content.models import DocumentPolicy, PagePolicy
from wagtail_leads.logic.kinds import GateBy
from wagtail_leads.public import documents
from wagtail_leads.public.doors import seal
from wagtail_leads.public.forms import form_context, form_page, language_of, page_of, render
from wagtail_leads.tracking import cookies

#: Over a form that has no heading of its own.
HEADINGS = {
    GateBy.FORM: gettext_lazy("Read on – free of charge"),
    GateBy.STAGE: gettext_lazy("Tell us who you are"),
}


def gate_page(request, page, policy: PagePolicy, *, bound=None, made_at: int = 0, status: int = 200) -> HttpResponse:
    """Teaser and form in the site's own layout. Never cached; the same for robots and people."""
    page = hollow(page, with_description=policy.show_teaser)
    placement = Placement(where=Where.GATE, page_id=page.pk)
    with translation.override(translation.get_language() or language_of(page)):
        lead_form = lead_forms.form_for(policy.form_id, language_of(page))
        heading = HEADINGS.get(policy.gate_by, "")
        context = form_context(request, lead_form, placement, bound=bound, made_at=made_at, heading=heading)
        context |= {"policy": policy, "teaser": policy.teaser or getattr(page, "search_description", "")}
        if policy.gate_by == GateBy.STAGE:
            context |= _of_certain_readers(request, page, context)
        html = render(request, "wagtail_leads/public/gate.html", context, page=page)
    return seal(HttpResponse(html, status=status))


def _of_certain_readers(request, page, context: dict) -> dict:
    """A form promises nothing here; and whoever has sent it and still stands outside is told so."""
    told = {"stays_closed": context["form"].is_bound is False and page.pk in gate.pass_pages(request.COOKIES)}
    if not context["version"].definition.get("submit_label"):
        told["button"] = gettext_lazy("Continue")
    return told


def object_of(placement: Placement):
    """The page or document that a form was shown for; None when it is gone or unpublished."""
    if placement.where == Where.DOCUMENT:
        return documents.offered(placement.object_id)
    return page_of(placement.page_id)


def show_again(request, placement: Placement, *, bound, made_at: int, status: int) -> HttpResponse:
    """The form with what was typed, where it stood; that of a part of a page on a page of its own."""
    if placement.where == Where.DOCUMENT:
        offered = documents.offered(placement.object_id)
        policy = marks.policy_of(offered.document) or DocumentPolicy(document_id=placement.object_id, gated=False)
        return documents.closed_page(request, offered.document, policy, bound=bound, made_at=made_at, status=status)
    page = page_of(placement.page_id)
    if placement.where == Where.GATE:
        policy = PagePolicy.objects.filter(pk=page.pk).first() or PagePolicy(page=page)
        return gate_page(request, page, policy, bound=bound, made_at=made_at, status=status)
    lead_form = bound.version.form or lead_forms.form_for(None, language_of(page))
    context = form_context(request, lead_form, placement, bound=bound, made_at=made_at)
    return form_page(request, context, status=status, page=hollow(page))


def where_to(placement: Placement, request) -> str:
    """Where whoever sent the form goes next."""
    if placement.where == Where.DOCUMENT:
        return documents.page_url(placement.object_id)
    page = page_of(placement.page_id)
    url = (page.get_url(request) if page is not None else "") or "/"
    return f"{url}#{anchor_of(placement.block)}" if placement.where == Where.PART else url


def back_to(placement: Placement, request) -> str:
    """The same; of a page with addresses below its own (RoutablePage, `?page=2`) the one at which the form was sent."""
    url = where_to(placement, request)
    try:
        came, page = urlsplit(request.headers.get("Referer", "")), urlsplit(url)
    except ValueError:  # "http://["
        return url
    is_on_page = placement.where == Where.GATE and page.path.endswith("/") and came.path.startswith(page.path)
    if not is_on_page or came.netloc != request.get_host() or came.path.startswith(_our_addresses()):
        return url
    # written anew, relative to this host: nothing but a path and its query can come of it
    return urlunsplit(("", "", f"/{came.path.lstrip('/')}", came.query, ""))


def _our_addresses() -> str:
    return reverse("wagtail_leads:form_signal").removesuffix("fs")


def anchor_of(block: str) -> str:
    return f"leads-{block[:12]}"


def open_for(request, response: HttpResponse, placement: Placement, lead=None) -> None:
    """From now on this browser may open it."""
    page = page_of(placement.page_id) if placement.where != Where.DOCUMENT else None
    put_pass(request, response, places_of(placement, page))


def places_of(placement: Placement, page=None) -> list[gate.Place]:
    """What a pass for this placement opens: an alias opens with its original."""
    if placement.where == Where.DOCUMENT:
        return [gate.document_place(placement.object_id)]
    pages = [placement.page_id, *([page.alias_of_id] if page is not None and page.alias_of_id else [])]
    if placement.where == Where.PART:
        return [gate.block_place(pk, placement.block) for pk in pages]
    return [gate.page_place(pk) for pk in pages]


def give_pass(request, response: HttpResponse, page) -> None:
    """From now on this browser may open the page (and what it is an alias of)."""
    put_pass(request, response, places_of(Placement(where=Where.GATE, page_id=page.pk), page))


def put_pass(request, response: HttpResponse, places: list[gate.Place]) -> None:
    value = gate.pass_with(request.COOKIES, places)
    cookies.put(response, gate.PASS_COOKIE, value, days=conf.get("PASS_DAYS"), secure=request.is_secure())
