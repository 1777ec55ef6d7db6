"""One reader's copy: MIME, headers, personal links."""

import hashlib
import hmac
from email.utils import formataddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from wagtail_leads import conf
from wagtail_leads.logic.kinds import MailPurpose
from wagtail_leads.mailing import links, rendering
from wagtail_leads.mailing.models import Message
from wagtail_leads.mailing.queries import sender_of


def compose(message: Message) -> EmailMultiAlternatives:
    """The mail of an outbox row; the same row always makes the same Message-ID."""
    sender = sender_of(message.site)
    with translation.override(message.language or translation.get_language()):
        subject, html, text = _filled(message, sender) if message.version_id else _from_template(message, sender)
    mail = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=text,
        from_email=_from(sender),
        to=[message.to_address],
        reply_to=_reply_to(message, sender),
        headers=_headers(message, sender),
    )
    mail.attach_alternative(html, "text/html")
    return mail


def _reply_to(message: Message, sender) -> list[str] | None:
    """A notice to staff is answered to the person it is about."""
    address = message.context.get("reply_to") or sender.reply_to
    return [address] if address else None


def _from(sender) -> str:
    if not sender.from_address:
        return settings.DEFAULT_FROM_EMAIL
    name = sender.from_name or sender.company_name
    return formataddr((" ".join(name.split()), sender.from_address))


def _headers(message: Message, sender) -> dict[str, str]:
    headers = {"Message-ID": message_id(message, sender), "Auto-Submitted": "auto-generated"}
    if message.purpose == MailPurpose.MARKETING:
        headers["List-Unsubscribe"] = f"<{links.unsubscribe_url(message)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        headers["Precedence"] = "bulk"
    return headers


def message_id(message: Message, sender) -> str:
    """Deterministic, so a bounce or a server's log can be joined to the row."""
    domain = (sender.from_address or settings.DEFAULT_FROM_EMAIL).rpartition("@")[2].strip(" >") or "localhost"
    mac = hmac.new(conf.secrets()[0], f"message-id {message.pk}".encode(), hashlib.sha256).hexdigest()[:16]
    return f"<leads.{message.pk}.{mac}@{domain}>"


def _filling(message: Message, sender) -> rendering.Filling:
    is_marketing = message.purpose == MailPurpose.MARKETING
    footer_html, footer_text = rendering.footer(
        sender=sender,
        unsubscribe_url=links.unsubscribe_url(message) if is_marketing else "",
        preferences_url=links.preferences_url(message) if is_marketing else "",
        language=message.language,
    )
    lead = message.lead
    sample = message.context.get("sample")
    return rendering.Filling(
        name=str(rendering.SAMPLE_NAME) if sample else rendering.greeting_name(lead),
        company=str(rendering.SAMPLE_COMPANY) if sample else rendering.company_name(lead),
        link=lambda pk: links.click_url(message, pk),
        pixel=_pixel(message) if lead is not None else "",
        footer_html=footer_html,
        footer_text=footer_text,
    )


def _pixel(message: Message) -> str:
    return f'<img src="{links.open_url(message)}" width="1" height="1" alt="">'


def _filled(message: Message, sender) -> tuple[str, str, str]:
    filling = _filling(message, sender)
    version = message.version
    return (
        rendering.fill(version.subject, filling, html=False),
        rendering.fill(version.html, filling, html=True),
        rendering.fill(version.text, filling, html=False),
    )


def _from_template(message: Message, sender) -> tuple[str, str, str]:
    """A mail that ships with the package; its links are counted when it goes to a lead."""
    context = {**message.context, "sender": sender, "message": message, "name": rendering.greeting_name(message.lead)}
    context["my_data_url"] = lambda: links.my_data_url(message)
    subject = render_to_string(f"wagtail_leads/mail/{message.template}_subject.txt", context).strip()
    body = render_to_string(f"wagtail_leads/mail/{message.template}.html", context)
    # what a visitor wrote must not be taken for one of our placeholders
    html = rendering.wrap(body=rendering.without_tokens(body), language=message.language)
    if message.lead_id is not None:
        html, found = rendering.number_links(html, links.site_url(message.site))
        pks = [rendering.link_row(url).pk for url in found]
        html = rendering.LINK.sub(lambda match: f"%%link:{pks[int(match[1])]}%%", html)
    text = rendering.to_text(html)
    filling = _filling(message, sender)
    return subject, rendering.fill(html, filling, html=True), rendering.fill(text, filling, html=False)
