"""A document is fetched: one hit into the buffer, like a page. Registered as `before_serve_document`."""

import logging

from wagtail.models import Site

from wagtail_leads import conf
from wagtail_leads.tracking import buffer
from wagtail_leads.tracking.recording import hit_of

logger = logging.getLogger(__name__)


def note(document, request) -> None:
    """Record the download; never raises, never answers."""
    if not conf.get("TRACKING") or request.method != "GET" or request.META.get("HTTP_RANGE"):
        return
    try:
        site = Site.find_for_request(request)
        buffer.put(
            hit_of(
                request,
                origin="download",
                site_id=site.pk if site else None,
                title=document.title,
                object_id=document.pk,
            )
        )
    except Exception:  # a download works even when recording does not
        logger.exception("A download was not recorded")
