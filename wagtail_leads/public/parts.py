"""Gated parts of pages: what of a `GatedBlock` is shown to whom.

Outside a request (a mail, a command) and outside a page there is nobody to let in: the teaser only.
"""

from contextlib import contextmanager
from contextvars import ContextVar

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from wagtail_leads.capture import forms as lead_forms
from wagtail_leads.capture import gate
from wagtail_leads.capture.gated_block import GatedBlock, key_of
from wagtail_leads.capture.placements import Placement, Where
from wagtail_leads.content.gates import PAGE
from wagtail_leads.public.forms import form_html, language_of
from wagtail_leads.public.gates import anchor_of, places_of

#: (request, page) while a page is served: `{{ page.body }}` renders blocks without the template's context.
_now_serving: ContextVar = ContextVar("leads_page_being_served", default=None)


@contextmanager
def serving(request, page):
    """While inside, and while the response of `hand_over` is rendered, blocks know whom they are rendered for."""
    _now_serving.set((request, page))
    kept = []
    try:
        yield kept.append
    finally:
        response = kept[0] if kept else None
        if response is None or getattr(response, "is_rendered", True):
            _now_serving.set(None)
        else:
            response.add_post_render_callback(_done)


def _done(rendered) -> None:
    _now_serving.set(None)


def render_part(context: dict) -> SafeString:
    """The HTML of the gated part that is `value` in a block's context. Marks the request: its page is nobody else's."""
    value = context.get("value")
    if not isinstance(getattr(value, "block", None), GatedBlock):
        return SafeString("")
    now = _now_serving.get() or (None, None)
    request = context.get("request") or now[0]
    page = context.get("page") if isinstance(context.get("page"), PAGE) else now[1]
    if request is not None and getattr(request, "is_preview", False):
        return _preview(value, page, context)
    if request is None or page is None or page.pk is None:
        return _closed(value)
    request._leads_gated_part = True
    # Django's cache stands below our middleware: of a view of the site's own it takes no copy either
    request._cache_update_cache = False
    placement = Placement(where=Where.PART, page_id=page.pk, block=key_of(value, page))
    anchor = anchor_of(placement.block)
    if not set(places_of(placement, page)).isdisjoint(gate.passes(request.COOKIES)):
        return _rendered(state="open", anchor=anchor, inside=_inside(value, context))
    return _closed(value, anchor=anchor, form=form_html(request, _form_of(value, page, request), placement))


def _form_of(value, page, request):
    """The form that the editor chose while it is published; else the default one of the page's language, read once a request."""
    chosen = value.get("form")
    if chosen is not None and chosen.live:
        return chosen
    language, held = language_of(page), request.__dict__.setdefault("_leads_default_forms", {})
    if language not in held:
        held[language] = lead_forms.form_for(None, language)
    return held[language]


def _closed(value, **told) -> SafeString:
    return _rendered(state="closed", teaser=value.get("teaser") or "", **told)


def _preview(value, page, context: dict) -> SafeString:
    """For editors: what everybody sees, and what opens, told apart."""
    form = value.get("form") or lead_forms.form_for(None, language_of(page) if page is not None else "")
    return _rendered(
        state="preview", teaser=value.get("teaser") or "", form_name=form.name, inside=_inside(value, context)
    )


def _inside(value, context: dict) -> str:
    return value.bound_blocks["inside"].render(context={k: v for k, v in context.items() if k not in ("self", "value")})


def _rendered(**told) -> SafeString:
    return SafeString(render_to_string("wagtail_leads/public/gated_part_shown.html", told))
