"""Signed tokens for cookies and links: short, unforgeable, and alive after the key was rotated.

A token is base64url of ``payload + mac``; the mac is the first 9 bytes (72 bits) of HMAC-SHA256 over purpose and
payload. Every function takes the keys as an argument: the first signs, all of them verify.
"""

import base64
import hashlib
import hmac
import struct
from collections.abc import Sequence
from functools import lru_cache

MAC_BYTES = 9


def sign(payload: bytes, *, purpose: str, keys: Sequence[bytes]) -> str:
    return _encode(payload + _mac(payload, purpose, keys[0]))


def unsign(token: str, *, purpose: str, keys: Sequence[bytes]) -> bytes | None:
    """The payload, or None for anything that we did not sign for this purpose."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)) if len(token) <= 2000 else b""
    except (ValueError, TypeError):
        return None
    # b64decode skips foreign characters; only the canonical spelling of a token is a token
    if len(raw) <= MAC_BYTES or _encode(raw) != token:
        return None
    payload, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    if any(hmac.compare_digest(mac, _mac(payload, purpose, key)) for key in keys):
        return payload
    return None


def sign_numbers(*numbers: int, purpose: str, keys: Sequence[bytes]) -> str:
    """A token that holds a few non-negative integers below 2**63."""
    return sign(struct.pack(f">{len(numbers)}Q", *numbers), purpose=purpose, keys=keys)


def unsign_numbers(token: str, count: int, *, purpose: str, keys: Sequence[bytes]) -> tuple[int, ...] | None:
    payload = unsign(token, purpose=purpose, keys=keys)
    if payload is None or len(payload) != 8 * count:
        return None
    return struct.unpack(f">{count}Q", payload)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _mac(payload: bytes, purpose: str, key: bytes) -> bytes:
    mac = _keyed(key, purpose).copy()
    mac.update(payload)
    return mac.digest()[:MAC_BYTES]


@lru_cache(maxsize=64)
def _keyed(key: bytes, purpose: str):
    """HMAC-SHA256 that has seen the key and the purpose; copied for each payload (the key's schedule is half the cost)."""
    return hmac.new(key, purpose.encode() + b"\x00", hashlib.sha256)
