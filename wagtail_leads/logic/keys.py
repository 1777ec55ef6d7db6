"""Keys for deduplication: ASCII hex of a natural key (collations may take は for ハ)."""

import hashlib


def dedupe_key(*parts) -> str:
    """64 hex digits that name one cause; the parts are joined so that ("a", "bc") and ("ab", "c") differ."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode("utf-8", "replace")).hexdigest()
