"""Addresses in mails that lead back to us: signed, short, alive after a change of SECRET_KEY."""

from django.urls import NoReverseMatch, reverse
from wagtail.models import Site

from wagtail_leads import conf
from wagtail_leads.logic import tokens
from wagtail_leads.mailing.models import Link, Message


def site_url(site: Site | None) -> str:
    """Scheme and host of a site, without a slash at the end."""
    site = site or Site.objects.filter(is_default_site=True).first() or Site.objects.first()
    return site.root_url if site else "http://localhost"


def _url(name: str, token: str, site: Site | None) -> str:
    try:
        return site_url(site) + reverse(f"wagtail_leads:{name}", args=[token])
    except NoReverseMatch:  # the URL include is missing; a system check says so
        return site_url(site)


def click_url(message: Message, link_pk: int) -> str:
    token = tokens.sign_numbers(message.pk, link_pk, purpose="click", keys=conf.secrets())
    return _url("click", token, message.site)


def open_url(message: Message) -> str:
    return _url("open", _message_token(message, "open"), message.site)


def unsubscribe_url(message: Message) -> str:
    return _url("unsubscribe", _message_token(message, "unsubscribe"), message.site)


def preferences_url(message: Message) -> str:
    return _url("preferences", _message_token(message, "preferences"), message.site)


def my_data_url(message: Message) -> str:
    """Opens what is stored of the mail's reader, once. The token is in the mail only, in no table."""
    return _url("my_data", _message_token(message, "my-data"), message.site)


def _message_token(message: Message, purpose: str) -> str:
    return tokens.sign_numbers(message.pk, purpose=purpose, keys=conf.secrets())


def message_of(token: str, *, purpose: str) -> Message | None:
    """The message a token was made for, or None."""
    numbers = tokens.unsign_numbers(token, 1, purpose=purpose, keys=conf.secrets())
    return _message(numbers[0]) if numbers else None


def click_of(token: str) -> tuple[Message, Link] | None:
    """The message and the link a click token was made for, or None."""
    numbers = tokens.unsign_numbers(token, 2, purpose="click", keys=conf.secrets())
    if numbers is None:
        return None
    message, link = _message(numbers[0]), Link.objects.filter(pk=numbers[1]).first()
    return (message, link) if message and link else None


def _message(pk: int) -> Message | None:
    if pk >= 2**63:
        return None
    return Message.objects.select_related("lead", "site").filter(pk=pk).first()
