"""How a person wishes to be spoken to, and what that leaves us. Pure."""

from wagtail_leads.logic.kinds import ContactWish


def may_call(wish: str, *, is_stopped: bool = False) -> bool:
    """May a colleague ring them up? Not who wants mail only or no contact, nor who stopped the use of their data."""
    return not is_stopped and wish not in (ContactWish.MAIL_ONLY.value, ContactWish.NO_CONTACT.value)


def may_mail(wish: str, *, is_stopped: bool = False, asked: bool = False) -> bool:
    """May a colleague write of their own accord? Who asked something (`asked`) wants the answer, whatever the wish."""
    return asked or not (is_stopped or wish == ContactWish.NO_CONTACT.value)
