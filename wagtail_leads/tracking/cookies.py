"""Our cookies: the visitor's id, the staff marker, the answer to the notice. All Lax, signed where it matters."""

import secrets

from wagtail_leads import conf
from wagtail_leads.logic import tokens

STAFF_COOKIE = "leads_staff"
#: The answer to the notice: "yes", "no", or "ok" (a notice was read, which is no consent). The script reads it, so it is
#: not HttpOnly; it names nobody.
ANSWER_COOKIE = "leads_consent"
#: Six months.
ASKED_AGAIN_DAYS = 183
STAFF_DAYS = 90
DAY = 86_400


def new_key() -> str:
    """128 random bits as 32 hex digits."""
    return secrets.token_hex(16)


def visitor_key(cookies: dict) -> tuple[str, bool]:
    """(key or '', was there a cookie that we did not sign?)"""
    value = cookies.get(conf.get("COOKIE_NAME"))
    if not value:
        return "", False
    payload = tokens.unsign(value, purpose="visitor", keys=conf.secrets())
    if payload is None or len(payload) != 16:
        return "", True
    return payload.hex(), False


def is_staff(cookies: dict) -> bool:
    value = cookies.get(STAFF_COOKIE)
    return bool(value) and tokens.unsign(value, purpose="staff", keys=conf.secrets()) is not None


def answer(cookies: dict) -> str:
    """One of "yes", "no", "ok"; '' for a browser that has not answered (or whose answer is none)."""
    value = cookies.get(ANSWER_COOKIE, "")
    return value if value in ("yes", "no", "ok") else ""


def has_answered(cookies: dict, *, asks: bool) -> bool:
    """Who was only told has not answered a question."""
    given = answer(cookies)
    return given in ("yes", "no") if asks else bool(given)


def set_visitor(response, key: str, *, secure: bool) -> None:
    value = tokens.sign(bytes.fromhex(key), purpose="visitor", keys=conf.secrets())
    put(response, conf.get("COOKIE_NAME"), value, days=conf.get("COOKIE_DAYS"), secure=secure)


def set_staff(response, *, secure: bool) -> None:
    value = tokens.sign(secrets.token_bytes(8), purpose="staff", keys=conf.secrets())
    put(response, STAFF_COOKIE, value, days=STAFF_DAYS, secure=secure)


def set_answer(response, value: str, *, secure: bool) -> None:
    """Asked again after six months; a no holds longer."""
    days = refusal_days() if value == "no" else ASKED_AGAIN_DAYS
    put(response, ANSWER_COOKIE, value, days=days, secure=secure, httponly=False)


def refusal_days() -> int:
    """As long as a visitor cookie would live."""
    return max(conf.get("COOKIE_DAYS"), ASKED_AGAIN_DAYS)


def forget_visitor(response) -> None:
    response.delete_cookie(conf.get("COOKIE_NAME"), samesite="Lax")


def put(response, name: str, value: str, *, days: float, secure: bool, httponly: bool = True) -> None:
    chosen = conf.get("COOKIE_SECURE")
    response.set_cookie(
        name,
        value,
        max_age=int(days * DAY),
        httponly=httponly,
        samesite="Lax",
        secure=secure if chosen is None else chosen,
    )
