"""The gate: is this page, block or document open to this visitor? One primary-key query a page, no copy in any process."""

import hashlib
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.db import connections
from django.db.models import Q

from wagtail_leads import conf
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.identity.browsers import stage_of_browser
from wagtail_leads.logic import tokens
from wagtail_leads.logic.kinds import GateBy

PASS_COOKIE = "leads_pass"  # noqa: S105
#: Things that one pass cookie names; the oldest make room (a cookie holds 4 kB at most).
PASS_PAGES = 100
#: What the signature is for. The first kind of pass held pages only and is still read.
FIRST_PASS, PASS = "pass", "pass-2"


class Place(NamedTuple):
    """What a pass opens: a page, a document, or a block of a page."""

    kind: str
    #: Primary key of the page or document.
    pk: int
    #: Of a block: its own id, in short.
    block: bytes = b""


def page_place(pk: int) -> Place:
    return Place("page", int(pk))


def document_place(pk: int) -> Place:
    return Place("document", int(pk))


def block_place(page_pk: int, block_id: str) -> Place:
    """A copy of a page keeps the ids of its blocks, so the page is part of the name."""
    return Place("block", int(page_pk), hashlib.sha256(str(block_id).encode()).digest()[:8])


#: Kind of place -> (its letter in the cookie, shape of what follows).
SHAPES = {"page": (b"p", ">I"), "document": (b"d", ">Q"), "block": (b"b", ">I8s")}
KINDS = {letter: (kind, shape) for kind, (letter, shape) in SHAPES.items()}

#: In the order of the model.
FIELDS = ("page_id", "gated", "teaser", "show_teaser", "gate_by", "gate_stages", "form_id")


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What the gate says about one request."""

    policy: PagePolicy | None
    is_open: bool

    @property
    def is_gated(self) -> bool:
        return self.policy is not None and self.policy.gated


def gate_of(page, cookies: dict, visitor_key: Callable[[], str] = str) -> Gate:
    """Look up the page's marks (an alias stands for its original) and whether this browser passes.

    `visitor_key` is asked only where the lead's stage decides.
    """
    policies = _policies([page.pk]) if not page.alias_of_id else _policies_of_alias(page)
    gated = [policy for policy in policies if policy.gated]
    if not gated:
        return Gate(policy=policies[0] if policies else None, is_open=True)
    policy = gated[0]
    if policy.gate_by == GateBy.STAGE:
        return Gate(policy=policy, is_open=is_stage_in(policy, stage_of_browser(visitor_key())))
    ids = {page.pk, page.alias_of_id, *(one.pk for one in policies)}
    return Gate(policy=policy, is_open=not ids.isdisjoint(pass_pages(cookies)))


def is_stage_in(policy: PagePolicy, stage: str) -> bool:
    return bool(stage) and stage in policy.gate_stages.split()


def _policies(ids: list[int]) -> list[PagePolicy]:
    """The one query of each page view; what the gate does not ask for is deferred. 50 µs, a QuerySet takes 350."""
    with connections[PagePolicy.objects.db].cursor() as cursor:
        cursor.execute(_statement(len(ids)), ids)
        rows = cursor.fetchall()
    return [_policy(row) for row in rows]


def _policy(row: tuple) -> PagePolicy:
    pk, gated, teaser, show_teaser, *more = row  # SQLite and MySQL say 0 and 1
    return PagePolicy.from_db(PagePolicy.objects.db, FIELDS, (pk, bool(gated), teaser, bool(show_teaser), *more))


@lru_cache(maxsize=2)
def _statement(count: int) -> str:
    return PagePolicy.objects.filter(pk__in=range(count)).only(*FIELDS).query.sql_with_params()[0]


def _policies_of_alias(page) -> list[PagePolicy]:
    """The original's marks first, then the alias's own. An alias may be of an alias, which names no original itself."""
    pages = PagePolicy._meta.get_field("page").related_model.objects
    first = pages.filter(pk=page.alias_of_id)
    wanted = Q(pk__in=[page.pk, page.alias_of_id])
    wanted |= Q(pk__in=first.values("alias_of_id")) | Q(pk__in=first.values("alias_of__alias_of_id"))
    found = list(PagePolicy.objects.filter(wanted).only(*FIELDS))
    nearness = {page.pk: 2, page.alias_of_id: 1}
    return sorted(found, key=lambda policy: (nearness.get(policy.pk, 0), policy.pk))


def passes(cookies: dict) -> list[Place]:
    """What this browser's signed pass opens, the oldest first."""
    value = cookies.get(PASS_COOKIE, "")
    payload = tokens.unsign(value, purpose=PASS, keys=conf.secrets())
    if payload is not None:
        return _unpacked(payload)
    payload = tokens.unsign(value, purpose=FIRST_PASS, keys=conf.secrets())
    if payload is None or len(payload) % 4:
        return []
    return [page_place(pk) for pk in struct.unpack(f">{len(payload) // 4}I", payload)]


def _unpacked(payload: bytes) -> list[Place]:
    found, at = [], 0
    while at < len(payload):
        known = KINDS.get(payload[at : at + 1])
        size = struct.calcsize(known[1]) if known else 0
        if known is None or at + 1 + size > len(payload):
            break  # written by a newer release: what comes before still counts
        found.append(Place(known[0], *struct.unpack_from(known[1], payload, at + 1)))
        at += 1 + size
    return found


def pass_pages(cookies: dict) -> list[int]:
    """The pages that this browser's signed pass opens, the oldest first."""
    return [place.pk for place in passes(cookies) if place.kind == "page"]


def pass_with(cookies: dict, places: Iterable[Place]) -> str:
    """The pass cookie with more places on it."""
    more = sorted(set(places))
    earlier = [place for place in passes(cookies) if place not in more]
    packed = b"".join(_packed(place) for place in [*earlier, *more][-PASS_PAGES:])
    return tokens.sign(packed, purpose=PASS, keys=conf.secrets())


def _packed(place: Place) -> bytes:
    letter, shape = SHAPES[place.kind]
    values = (place.pk, place.block) if place.kind == "block" else (place.pk,)
    return letter + struct.pack(shape, *values)


def pass_value(cookies: dict, page_ids: set[int]) -> str:
    """The pass cookie with more pages on it."""
    return pass_with(cookies, map(page_place, page_ids))
