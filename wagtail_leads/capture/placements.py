"""Where a form stands, in its signed token: so that one door takes the post, wherever the form was shown.

A token needs no CSRF cookie, so the page sets none. It holds nothing of the visitor: a page with a form is the same for
all and may be cached.
"""

import struct
import uuid
from dataclasses import dataclass
from enum import IntEnum

from wagtail_leads import conf
from wagtail_leads.logic import tokens

#: Seconds. A form that was open longer is sent once more; on a page that caches keep, a month is nothing unusual.
MAX_AGE, MAX_AGE_CACHED = 60 * 60 * 24, 60 * 60 * 24 * 45
_DAY = 60 * 60 * 24
_FORMAT = ">BQQ"


class Where(IntEnum):
    """What a form is part of. Numbers are in tokens: never change one."""

    GATE = 1
    BLOCK = 2
    OWN_PAGE = 3
    TAG = 4
    DOCUMENT = 5
    POP_UP = 6
    #: A gated part of a page.
    PART = 7

    @property
    def may_be_cached(self) -> bool:
        return self in (Where.BLOCK, Where.TAG, Where.POP_UP)


@dataclass(frozen=True, kw_only=True)
class Placement:
    where: Where
    #: The page it stands on; 0: none.
    page_id: int = 0
    #: The document or the pop-up; 0: none.
    object_id: int = 0
    #: The gated part's block: a UUID as 32 hex digits; '' without.
    block: str = ""

    def __post_init__(self):
        if self.block:
            object.__setattr__(self, "block", uuid.UUID(str(self.block)).hex)

    @property
    def is_gate(self) -> bool:
        """Something opens when the form was sent."""
        return self.where in (Where.GATE, Where.PART, Where.DOCUMENT)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a token says."""

    #: Primary key of the `LeadFormVersion`; 0: our standard form.
    version_id: int
    placement: Placement
    #: Seconds since the epoch; of a form on a page that may be cached the day only.
    made_at: int
    #: A form of the package before versions: which one it was.
    form_id: int = 0
    #: Of a form that was shortened for one person: the lead, the questions that were put (`progressive.mask_of`), and
    #: whether permission was asked for. 0: the whole form.
    lead_id: int = 0
    mask: int = 0
    asks_consent: bool = True

    @property
    def is_from_a_cache(self) -> bool:
        return self.placement.where.may_be_cached and not self.lead_id

    def is_too_old(self, now: float) -> bool:
        return now - self.made_at > (MAX_AGE_CACHED if self.is_from_a_cache else MAX_AGE)

    def is_too_quick(self, now: float, least: float) -> bool:
        """A robot is this quick. Of a page that may be cached nobody knows when it was opened; one click is quick."""
        return not self.is_from_a_cache and not self.lead_id and now - self.made_at < least


def token_for(version_id: int | None, placement: Placement, *, made_at: int) -> str:
    """Signs which version was shown where and when."""
    if placement.where.may_be_cached:
        made_at -= made_at % _DAY  # the page has the same bytes all day
    return tokens.sign(
        struct.pack(">QQ", version_id or 0, made_at) + _packed(placement), purpose="lead-form", keys=conf.secrets()
    )


def personal_token(
    version_id: int | None, placement: Placement, *, made_at: int, lead_id: int, mask: int, asks_consent: bool
) -> str:
    """The same for a form that was shortened for one person: what was not asked is not missing, and nothing is skipped."""
    asked = mask.to_bytes((mask.bit_length() + 7) // 8, "big")
    told = struct.pack(">QQQBB", version_id or 0, made_at, lead_id, asks_consent, len(asked)) + asked
    return tokens.sign(told + _packed(placement), purpose="own-lead-form", keys=conf.secrets())


def _read_personal(token: str) -> Shown | None:
    payload = tokens.unsign(token, purpose="own-lead-form", keys=conf.secrets())
    size = struct.calcsize(">QQQBB")
    if payload is None or len(payload) < size:
        return None
    version_id, made_at, lead_id, asks_consent, length = struct.unpack(">QQQBB", payload[:size])
    placement = _unpacked(payload[size + length :])
    if placement is None:
        return None
    mask = int.from_bytes(payload[size : size + length], "big")
    return Shown(
        version_id=version_id,
        placement=placement,
        made_at=made_at,
        lead_id=lead_id,
        mask=mask,
        asks_consent=bool(asks_consent),
    )


def again_token(version_id: int | None, placement: Placement) -> str:
    """Names the page "already registered?" of a form. Holds nothing of anybody."""
    payload = struct.pack(">Q", version_id or 0) + _packed(placement)
    return tokens.sign(payload, purpose="again", keys=conf.secrets())


def read_again_token(token: str) -> tuple[int, Placement] | None:
    """(pk of the version or 0, placement), or None."""
    payload = tokens.unsign(token, purpose="again", keys=conf.secrets())
    placement = _unpacked(payload[8:]) if payload is not None and len(payload) > 8 else None
    return (struct.unpack(">Q", payload[:8])[0], placement) if placement is not None else None


def way_in_token(lead_id: int, version_id: int | None, placement: Placement, *, made_at: int) -> str:
    """Opens what a known lead had opened, on another device; sent to their own address only."""
    payload = struct.pack(">QQQ", lead_id, version_id or 0, made_at) + _packed(placement)
    return tokens.sign(payload, purpose="way-in", keys=conf.secrets())


def read_way_in_token(token: str) -> tuple[int, int, int, Placement] | None:
    """(pk of the lead, pk of the version or 0, when it was made in seconds, placement), or None."""
    payload = tokens.unsign(token, purpose="way-in", keys=conf.secrets())
    placement = _unpacked(payload[24:]) if payload is not None and len(payload) > 24 else None
    return (*struct.unpack(">QQQ", payload[:24]), placement) if placement is not None else None


def read_token(token: str) -> Shown | None:
    """What we signed, or None."""
    payload = tokens.unsign(token, purpose="lead-form", keys=conf.secrets())
    if payload is None:
        return _read_personal(token)
    placement = _unpacked(payload[16:]) if payload is not None and len(payload) > 16 else None
    if placement is None:
        return None
    version_id, made_at = struct.unpack(">QQ", payload[:16])
    return Shown(version_id=version_id, placement=placement, made_at=made_at)


def read_old_token(token: str) -> Shown | None:
    """A token of before forms had versions (0.1), still out in a page that somebody has open."""
    payload = tokens.unsign(token, purpose="form", keys=conf.secrets())
    if payload is None or len(payload) != 16:
        return None
    form_id, page_id, made_at = struct.unpack(">IIQ", payload)
    placement = Placement(where=Where.GATE, page_id=page_id)
    return Shown(version_id=0, placement=placement, made_at=made_at, form_id=form_id)


def thanks_token(version_id: int | None, placement: Placement) -> str:
    """Names the thank-you page. Holds nothing of the person, so it may be opened by anybody."""
    payload = struct.pack(">Q", version_id or 0) + _packed(placement)
    return tokens.sign(payload, purpose="thanks", keys=conf.secrets())


def read_thanks_token(token: str) -> tuple[int, Placement] | None:
    """(pk of the version or 0, placement), or None."""
    payload = tokens.unsign(token, purpose="thanks", keys=conf.secrets())
    placement = _unpacked(payload[8:]) if payload is not None and len(payload) > 8 else None
    return (struct.unpack(">Q", payload[:8])[0], placement) if placement is not None else None


def _packed(placement: Placement) -> bytes:
    plain = struct.pack(_FORMAT, placement.where, placement.page_id, placement.object_id)
    return plain + (uuid.UUID(placement.block).bytes if placement.block else b"")


def _unpacked(payload: bytes) -> Placement | None:
    size = struct.calcsize(_FORMAT)
    plain, block = payload[:size], payload[size:]
    if len(plain) != size or len(block) not in (0, 16):
        return None
    where, page_id, object_id = struct.unpack(_FORMAT, plain)
    if where not in Where._value2member_map_:
        return None
    named = uuid.UUID(bytes=block).hex if block else ""
    return Placement(where=Where(where), page_id=page_id, object_id=object_id, block=named)
