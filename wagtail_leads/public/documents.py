"""Gated documents at the door: their download page, their own address, and each person's own link.

Wagtail's own restrictions (a private collection) come first. Colleagues with access to the admin always pass. The file is
never to be kept by a cache, and never handed out as an address of the storage.
"""

import logging
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.http import FileResponse, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation
from django.utils.translation import get_language, gettext, gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from wagtail.documents.models import document_served
from wagtail.models import Site
from wagtail.utils.sendfile import sendfile

from wagtail_leads import conf
from wagtail_leads.capture import documents, forms, gate
from wagtail_leads.capture.comes_with import comes_with
from wagtail_leads.capture.placements import Placement, Where
from wagtail_leads.content.models import DocumentPolicy
from wagtail_leads.identity.browsers import stage_of_browser
from wagtail_leads.identity.models import Visitor
from wagtail_leads.identity.operations import surviving
from wagtail_leads.public.doors import comes_from_us, known_visitor_of, never_cache, seal
from wagtail_leads.public.forms import form_context, message, render
from wagtail_leads.tracking import buffer, cookies
from wagtail_leads.tracking.recording import hit_of
from wagtail_leads.tracking.sorting import sort_out

logger = logging.getLogger(__name__)

#: With these a browser asks whether its copy is still good.
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE", "HTTP_IF_RANGE")


# --- the document's own address -------------------------------------------------------------------------------------


def hold(document, request) -> HttpResponse | None:
    """Wagtail's hook `before_serve_document`, behind its own restrictions: the form instead of a gated file."""
    policy = documents.policy_of(document)
    if policy is None:
        return None
    request._leads_gated_part = True  # Wagtail before 7.4.3 puts the file's ETag on whatever leaves: the middleware takes it off
    if request.method not in ("GET", "HEAD"):
        return seal(HttpResponseNotAllowed(["GET", "HEAD"]))
    if not passes(request, document):
        return seal(HttpResponseRedirect(page_url(document.pk)))
    _note(document, request)
    return file_of(document, request)


def ask_anew(request) -> None:
    """Wagtail before 7.4.3 answers "304" before anybody asks whether the file is gated: that would tell whether a copy is
    the right one. Called by the middleware; asks the database only for a document that is asked for with a condition."""
    asked = [name for name in CONDITIONS if name in request.META]
    match = request.resolver_match
    if not asked or match is None or match.view_name != "wagtaildocs_serve":
        return
    pk = match.kwargs.get("document_id") or match.args[0]  # the address has no names for its parts
    if DocumentPolicy.objects.filter(pk=pk, gated=True).exists():
        for name in asked:
            del request.META[name]


def passes(request, document) -> bool:
    """By this browser's pass for the document, as a colleague, or with a page or part that links it and is open here."""
    passed = gate.passes(request.COOKIES)
    if gate.document_place(document.pk) in passed or is_colleague(request):
        return True
    return comes_with(document, passed, lambda: stage_of_browser(cookies.visitor_key(request.COOKIES)[0]))


def is_colleague(request) -> bool:
    user = getattr(request, "user", None)
    return user is not None and user.is_active and user.has_perm("wagtailadmin.access_admin")


def give_pass(request, response, document_pk: int) -> None:
    """From now on this browser gets the document."""
    value = gate.pass_with(request.COOKIES, [gate.document_place(document_pk)])
    cookies.put(response, gate.PASS_COOKIE, value, days=conf.get("PASS_DAYS"), secure=request.is_secure())


def page_url(document_pk: int) -> str:
    return reverse("wagtail_leads:document", args=[document_pk])


class WholeFile(FileResponse, HttpResponse):
    """A streamed file that Wagtail takes for the hook's answer: it asks for an `HttpResponse`, and a stream is none."""

    def _no_content(self):
        raise AttributeError("A streamed file has no content; iterate over streaming_content.")

    content = property(_no_content, lambda self, nothing: None)


def file_of(document, request) -> HttpResponse:
    """The file itself, through the site's SENDFILE_BACKEND where there is one; nothing of it is kept by caches."""
    document_served.send(sender=type(document), instance=document, request=request)
    try:
        response = _by_server(document, request) or _streamed(document, request)
    except FileNotFoundError:
        logger.exception("The file of document %s is not in the storage", document.pk)
        return _message(request, gettext("The file is not there at the moment. Please try again later."), status=404)
    if getattr(settings, "WAGTAILDOCS_BLOCK_EMBEDDED_CONTENT", True):
        response.headers["Content-Security-Policy"] = "default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Robots-Tag"] = "noindex"
    return seal(response)


def _streamed(document, request) -> HttpResponse:
    size = document.file.storage.size(document.file.name)
    if request.method == "HEAD":
        response = HttpResponse(content_type=document.content_type)
    else:
        stored = document.file.storage.open(document.file.name, "rb")
        # names of any script: FileResponse writes `filename*` (RFC 5987) where ASCII does not do
        response = WholeFile(
            stored,
            content_type=document.content_type,
            as_attachment=document.content_disposition != "inline",
            filename=document.filename,
        )
    response.headers["Content-Length"] = str(size)
    response.headers["Accept-Ranges"] = "none"
    return response


def _by_server(document, request) -> HttpResponse | None:
    """The web server hands it out (X-Sendfile, X-Accel-Redirect); None where the site has not set that up."""
    if not hasattr(settings, "SENDFILE_BACKEND") or not document.is_stored_locally():
        return None
    response = sendfile(
        request,
        document.file.path,
        attachment=document.content_disposition != "inline",
        attachment_filename=document.filename,
        mimetype=document.content_type,
    )
    return response if isinstance(response, HttpResponse) and response.status_code == 200 else None


# --- recording ------------------------------------------------------------------------------------------------------


def _note(document, request, lead=None) -> None:
    """The fact, written at once; what is no person's (a robot, a colleague) is counted as left out. Never breaks a download."""
    if request.method != "GET" or not conf.get("TRACKING"):
        return
    site, now = Site.find_for_request(request), timezone.now()
    hit = hit_of(
        request, origin="download", site_id=site.pk if site else None, title=document.title, object_id=document.pk
    )
    try:
        seen, _left_out = sort_out([hit], now=now)
        visitor = known_visitor_of(request, now=now) if seen else None
        if not seen or (visitor is None and lead is None):
            buffer.put(hit)
            return
        with transaction.atomic():
            documents.record_download(
                document,
                now=now,
                visitor=visitor if lead is None or _is_theirs(visitor, lead) else None,
                lead=lead,
                site=site,
                path=request.path if lead is None else "",  # a person's own link is nobody else's to read
                is_weak=lead is not None,
            )
    except Exception:  # whoever may have the file gets it
        logger.exception("The download of document %s was not recorded", document.pk)


def _is_theirs(visitor: Visitor | None, lead) -> bool:
    """A forwarded link says nothing of the browser that follows it: one that is somebody else's is left as it is."""
    if visitor is None or visitor.lead_id is None:
        return False
    return surviving(visitor.lead).pk == lead.pk


# --- the download page ----------------------------------------------------------------------------------------------


def page(request, pk: int):
    """Title, teaser and form of a gated document; whoever has left their name gets the file here."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    document = documents.find_document(pk)
    if document is None:
        return gone(request)
    policy = documents.policy_of(document)
    if policy is None or not _is_public(document, request):
        return seal(HttpResponseRedirect(document.url))  # open to all, or Wagtail asks for a password first
    if passes(request, document):
        return _open_page(request, document, policy)
    return closed_page(request, document, policy)


def _is_public(document, request) -> bool:
    return all(one.accept_request(request) for one in document.collection.get_view_restrictions())


def closed_page(request, document, policy, *, bound=None, made_at: int = 0, status: int = 200) -> HttpResponse:
    placement = Placement(where=Where.DOCUMENT, object_id=document.pk)
    lead_form = forms.form_for(policy.form_id, (get_language() or "").split("-")[0])
    context = form_context(
        request,
        lead_form,
        placement,
        bound=bound,
        made_at=made_at,
        heading=gettext_lazy("Get the document – free of charge"),
    )
    return _document_page(request, document, policy, context, status=status)


def _open_page(request, document, policy) -> HttpResponse:
    return _document_page(request, document, policy, {"is_open": True, "file_url": serve_url(document)})


def serve_url(document) -> str:
    """Through Wagtail's view, whatever WAGTAILDOCS_SERVE_METHOD says: `document.url` may be the storage's address."""
    return reverse("wagtaildocs_serve", args=[document.pk, document.filename])


def _document_page(request, document, policy, context: dict, *, status: int = 200) -> HttpResponse:
    context = {
        "document": document,
        "policy": policy,
        "teaser": policy.teaser,
        "kind": document.file_extension,
        **context,
    }
    html = render(request, "wagtail_leads/public/document.html", context)
    return seal(HttpResponse(html, status=status))


def gone(request) -> HttpResponse:
    # not 404: LocaleMiddleware would try the address with a language in front
    return _message(request, gettext("This document is no longer there."), status=410)


def _message(request, text: str, *, status: int) -> HttpResponse:
    return seal(message(request, text, status=status))


@dataclass(frozen=True, kw_only=True)
class Offered:
    """A gated document as the place where a form stands: it has a title and an address, and is no page."""

    document: object
    pk: None = None

    @property
    def title(self) -> str:
        return self.document.title

    def get_url(self, request=None) -> str:
        return page_url(self.document.pk)

    def get_full_url(self, request=None) -> str:
        return request.build_absolute_uri(self.get_url()) if request is not None else self.get_url()


def offered(document_pk: int) -> Offered | None:
    """The document that a form was shown for; None when it is gone. One that is open to all by now is still given."""
    document = documents.find_document(document_pk)
    return Offered(document=document) if document is not None else None


# --- a person's own link --------------------------------------------------------------------------------------------


@csrf_exempt
def own_link(request, token: str):
    """The document, for as long as the link lives; then the way to a new one. Never says whose link it is."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    link = documents.read_link(token)
    if link is None:
        return _message(
            request, gettext("This link is not valid. Please use the link as it stands in the mail."), status=410
        )
    document, lead = documents.find_document(link.document_pk), documents.lead_of(link)
    if document is None:
        return gone(request)
    if request.method == "POST":
        return _new_link(request, link)
    if lead is None or link.is_over(timezone.now()):
        return _expired(request, document, lead)
    if not _is_public(document, request):
        return seal(HttpResponseRedirect(document.url))
    _note(document, request, lead)
    return file_of(document, request)


def _expired(request, document, lead) -> HttpResponse:
    language = (lead.language if lead is not None else "") or get_language()
    with translation.override(language):
        context = {"document": document, "days": conf.get("DOCUMENT_LINK_DAYS"), "page_url": page_url(document.pk)}
        html = render(request, "wagtail_leads/public/document_expired.html", context)
    return seal(HttpResponse(html, status=410))


def _new_link(request, link) -> HttpResponse:
    """Asked for by a press of the button only: scanners of mail follow every link, and press none."""
    if not comes_from_us(request):
        return _message(request, gettext("Please open the link of the mail again."), status=400)
    documents.send_new_link(link, site=Site.find_for_request(request), now=timezone.now())
    text = gettext("A new link is on its way to the address that this one was sent to.")
    return never_cache(_message(request, text, status=200))


def for_reader(url: str, message) -> str:
    """Where a link of a mail leads: one to a gated document becomes its reader's own, as old as the mail."""
    document_pk = _document_in(url)
    if document_pk is None or message.lead is None:
        return url
    document = documents.find_document(document_pk)
    if document is None or documents.policy_of(document) is None:
        return url
    return documents.link_of(surviving(message.lead), document.pk, site=message.site, now=message.created_at)


def _document_in(url: str) -> int | None:
    """The document that an address of ours serves; None for every other address."""
    parts = urlsplit(url)
    try:
        match = resolve(parts.path)
    except Resolver404:
        return None
    if match.url_name != "wagtaildocs_serve" or not Site.objects.filter(hostname=parts.hostname).exists():
        return None
    return int(match.kwargs.get("document_id") or match.args[0])  # Wagtail's pattern has no names
