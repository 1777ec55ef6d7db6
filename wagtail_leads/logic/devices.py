"""Which kind of device a user agent speaks of. For display and for segments; nothing is decided by it."""

import re
from functools import lru_cache

#: First match wins. Tablets come before telephones: Android tablets are Android without "Mobile".
DEVICE_RULES: tuple[tuple[str, re.Pattern], ...] = (
    ("other", re.compile(r"SMART-?TV|\bTV\b|BRAVIA|Web0S|HbbTV|CrKey|\bAFT[A-Z]|PlayStation|Nintendo|Xbox", re.I)),
    ("tablet", re.compile(r"iPad|Tablet(?! PC)|PlayBook|Kindle|\bKF[A-Z]{3,}|Silk/(?!.*Mobile)", re.I)),
    ("tablet", re.compile(r"Android(?!.*\bMobile\b)")),
    ("phone", re.compile(r"iPhone|iPod|Android|Windows Phone|BB10|BlackBerry|KAIOS|Mobile|Harmony", re.I)),
    ("phone", re.compile(r"^DoCoMo|^KDDI-|^SoftBank|UP\.Browser|MIDP|Symbian|Opera Mini|UCWEB", re.I)),
    ("desktop", re.compile(r"Windows|Macintosh|X11|CrOS|Linux|Wayland", re.I)),
)


@lru_cache(maxsize=4096)
def _kind(agent: str) -> str:
    return next((kind for kind, pattern in DEVICE_RULES if pattern.search(agent)), "other")


def device_kind(user_agent: str) -> str:
    """``desktop``, ``phone``, ``tablet`` or ``other``. An iPad that asks for desktop pages says it is a Macintosh."""
    return _kind(user_agent[:512])
