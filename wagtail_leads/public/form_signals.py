"""What happens to a form before it is sent: seen, begun, left. Told by `static/wagtail_leads/forms.js`, never with a value.

Only forms that we showed (signed tokens), of browsers that may be recorded; each fact once a view.
"""

import json
import logging
import re
import time

from django.db import transaction
from django.http import HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt

from wagtail_leads.activity.operations import record
from wagtail_leads.capture import versions
from wagtail_leads.capture.forms import CONSENT
from wagtail_leads.capture.models import LeadFormVersion
from wagtail_leads.capture.placements import Shown, read_token
from wagtail_leads.capture.questions import PART_LABELS
from wagtail_leads.content.marks import marks_of
from wagtail_leads.identity.models import Visitor
from wagtail_leads.logic.beacon import Allowance
from wagtail_leads.logic.client_address import truncate
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ActivityKind, DropReason
from wagtail_leads.public.doors import comes_from_us, site_of
from wagtail_leads.tracking import buffer
from wagtail_leads.tracking.recording import hit_of
from wagtail_leads.tracking.sorting import address_of, sort_out

logger = logging.getLogger(__name__)

KINDS = {
    "seen": ActivityKind.FORM_SEEN,
    "begun": ActivityKind.FORM_BEGUN,
    "left": ActivityKind.FORM_LEFT,
}
MAX_BODY = 4096
VIEW_ID = re.compile(r"[0-9a-f]{16}\Z")
#: Messages a minute from one network and process: an office that fills in forms tells three each.
PER_MINUTE = 300
_allowance = Allowance(per_minute=PER_MINUTE)


@csrf_exempt
def signal(request):
    """One message of the script: always 204. Never raises: nobody's form suffers."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        _take(request)
    except Exception:  # a public door; the visitor has no use for our trouble
        logger.exception("A form's signal was lost")
    response = HttpResponse(status=204)
    response.headers["Cache-Control"] = "no-store"
    return response


def _take(request) -> None:
    told = _body(request) if comes_from_us(request) else None
    shown = read_token(told["t"]) if told is not None else None
    if shown is None:
        buffer.count(DropReason.MALFORMED, "beacon")
        return
    hit = hit_of(request, origin="beacon", path=told["p"], site_id=site_of(request))
    ip = address_of(hit)
    if not _allowance.takes(truncate(ip) if ip else "", now=time.monotonic()):
        buffer.count(DropReason.TOO_FAST, "beacon")
        return
    now = timezone.now()
    kept, left_out = sort_out([hit], now=now)
    for one in left_out:
        buffer.count(one.reason, "beacon")
    version = _version_of(shown)
    if kept and version is not None:
        _put(kept[0], shown, version, told, now=now)


def _body(request) -> dict | None:
    """The fields of a message that our script wrote, or None."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        told = json.loads(request.read(MAX_BODY + 1)) if length <= MAX_BODY else None
    except (ValueError, RecursionError, OSError):
        return None
    if not isinstance(told, dict) or not all(isinstance(told.get(key), str) for key in "tkvfp"):
        return None
    is_ours = told["k"] in KINDS and VIEW_ID.match(told["v"]) and told["p"].startswith("/")
    return {**told, "p": told["p"][:500]} if is_ours else None


def _version_of(shown: Shown) -> LeadFormVersion | None:
    if shown.version_id:
        return versions.find_version(shown.version_id)
    return versions.standard_version("") if shown.version_id == 0 else None


def _put(sighting, shown: Shown, version: LeadFormVersion, told: dict, *, now) -> None:
    kind, placement = KINDS[told["k"]], shown.placement
    field = field_label(version, told["f"]) if kind == ActivityKind.FORM_LEFT else ""
    page_id = placement.page_id or None
    named = [shown.version_id, placement.where.value, placement.page_id, placement.object_id, placement.block]
    with transaction.atomic():
        record(
            kind,
            at=now,
            now=now,
            dedupe_key=dedupe_key("form-signal", kind, told["v"], *named),
            visitor=_visitor_of(sighting),
            site_id=sighting.hit.site_id,
            page_id=page_id,
            title=version.definition.get("heading") or version.definition.get("name") or "",
            path=told["p"],
            object_kind="form",
            object_id=version.form_id,
            marks=marks_of([page_id]).get(page_id) if page_id else None,
            data={"placement": placement.where.name.lower(), **({"field": field} if field else {})},
        )


def _visitor_of(sighting) -> Visitor | None:
    """The browser, when it may be known and has been met; else the fact counts for the form alone."""
    key = "" if sighting.is_anonymous else sighting.hit.visitor_key
    return Visitor.objects.filter(key=key, forgotten_at__isnull=True).first() if key else None


def field_label(version: LeadFormVersion, name: str) -> str:
    """The label of a field as its form shows it; '' for a name that the form has not. Never text from outside."""
    if name in PART_LABELS:
        return str(PART_LABELS[name])
    if name == CONSENT:
        return gettext("Permission to write")
    questions = version.definition.get("questions", [])
    return next((str(one["label"])[:200] for one in questions if one["name"] == name), "")
