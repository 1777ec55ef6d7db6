"""From blocks to mail: compiled once a version (CSS inlined, links numbered, text made), filled in for each reader.

Takes data as arguments. Placeholders in compiled mail: ``%%link:PK%%`` ``%%pixel%%`` ``%%footer%%`` ``%%name%%``
``%%company%%``; editors write ``{name}`` and ``{company}``.
"""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from html import escape, unescape

import css_inline
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext, gettext_lazy
from inscriptis import get_text
from inscriptis.model.config import ParserConfig
from wagtail.models import Site
from wagtail.rich_text import expand_db_html

from wagtail_leads.content.marks import joined, marks_of
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.mailing.models import Email, EmailVersion, Link

LINK = re.compile(r"%%link:(\d+)%%")
#: A page chosen in rich text, as Wagtail stores it.
PAGE_LINK = re.compile(r'<a id="(\d+)" linktype="page"')
HREF = re.compile(r'href="([^"]*)"')
#: These are never counted: they are not ways into the site.
UNCOUNTED = ("mailto:", "tel:", "sms:", "#", "%%")
SAMPLE_NAME, SAMPLE_COMPANY = gettext_lazy("Taro Yamada"), gettext_lazy("Sample Inc.")
TOKENS = {"{name}": "%%name%%", "{company}": "%%company%%"}


@dataclass(frozen=True, kw_only=True)
class Compiled:
    subject: str
    #: With ``%%link:N%%``, N an index into `links`.
    html: str
    text: str
    links: tuple[str, ...]


def compile_email(email: Email, *, base_url: str = "") -> Compiled:
    """Compile what an editor wrote; writes nothing. Relative addresses become absolute on `base_url`."""
    base_url = base_url or _default_base()
    body = without_tokens("".join(_block(child, base_url) for child in email.body))
    html = wrap(body=body, preheader=without_tokens(email.preheader), language=email.language)
    html, links = number_links(_tokens(html), base_url)
    return Compiled(subject=_tokens(without_tokens(email.subject)), html=html, text=to_text(html), links=links)


def _default_base() -> str:
    site = Site.objects.filter(is_default_site=True).first() or Site.objects.first()
    return site.root_url if site else ""


def wrap(*, body: str, preheader: str = "", language: str = "") -> str:
    """The layout around a body, CSS inlined."""
    with translation.override(language or translation.get_language()):
        html = render_to_string(
            "wagtail_leads/mail/layout.html",
            {"body": body, "preheader": preheader, "language": language or translation.get_language()},
        )
    return css_inline.inline(html, keep_style_tags=True, load_remote_stylesheets=False)


def _block(child, base_url: str) -> str:
    context = {"value": child.value, "base_url": base_url}
    if child.block_type == "text":
        context["html"] = expand_db_html(child.value.source)
    elif child.block_type == "button":
        context["url"] = _button_url(child.value)
    elif child.block_type == "image":
        rendition = child.value.get_rendition("max-1040x1600|format-jpeg")
        context.update(url=_absolute(rendition.url, base_url), alt=child.value.default_alt_text, rendition=rendition)
    return render_to_string(f"wagtail_leads/mail/blocks/{child.block_type}.html", context)


def _button_url(value) -> str:
    if value.get("page"):
        return value["page"].get_full_url() or ""
    if value.get("document"):
        return value["document"].url
    return value.get("url") or ""


def _absolute(url: str, base_url: str) -> str:
    if url.startswith("//"):
        return f"{base_url.partition('//')[0]}{url}"
    return f"{base_url}{url}" if url.startswith("/") else url


def without_tokens(text: str) -> str:
    """Text from people in which nothing reads like a placeholder; it looks the same (a word joiner between two %)."""
    return re.sub("%(?=%)", "%\u2060", text)


def _tokens(text: str) -> str:
    for written, token in TOKENS.items():
        text = text.replace(written, token)
    return text


def number_links(html: str, base_url: str) -> tuple[str, tuple[str, ...]]:
    links: list[str] = []

    def number(match: re.Match) -> str:
        url = _absolute(unescape(match[1]).strip(), base_url)
        if not url or url.lower().startswith(UNCOUNTED):
            return match[0]
        if url not in links:
            links.append(url)
        return f'href="%%link:{links.index(url)}%%"'

    return HREF.sub(number, html), tuple(links)


def to_text(html: str) -> str:
    """The text part: as a reader would copy it, with the addresses of links."""
    text = get_text(re.sub(r"(?s)<head>.*?</head>", "", html), ParserConfig(display_links=True))
    text = re.sub(r"\[([^\]\n]*)\]\((%%link:\d+%%|https?://[^)\s]+)\)", r"\1\n\2", text)
    lines = [line.strip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def version_of(email: Email, *, now: datetime) -> EmailVersion:
    """The compiled version of a mail as it is now; made once a content."""
    compiled = compile_email(email)
    fingerprint = hashlib.sha256(repr(compiled).encode()).hexdigest()
    found = EmailVersion.objects.filter(email=email, fingerprint=fingerprint).first()
    if found is not None:
        return found
    pks = [link_row(url).pk for url in compiled.links]

    def with_pk(text: str) -> str:
        return LINK.sub(lambda match: f"%%link:{pks[int(match[1])]}%%", text)

    try:
        with transaction.atomic():
            return EmailVersion.objects.create(
                email=email,
                fingerprint=fingerprint,
                subject=compiled.subject,
                html=with_pk(compiled.html),
                text=with_pk(compiled.text),
                topics=topics_of(email),
                created_at=now,
            )
    except IntegrityError:
        return EmailVersion.objects.get(email=email, fingerprint=fingerprint)


def topics_of(email: Email) -> str:
    """What a mail is about: the topics of the pages that its buttons and texts lead to, most named first."""
    pages = [child.value["page"].pk for child in email.body if child.block_type == "button" and child.value.get("page")]
    texts = " ".join(child.value.source for child in email.body if child.block_type == "text")
    pages += [int(pk) for pk in PAGE_LINK.findall(texts)]
    marks = marks_of(pages)
    named = Counter(slug for page in pages if page in marks for slug in marks[page].topics.split())
    return joined([slug for slug, _count in named.most_common()])


def link_row(url: str) -> Link:
    """The numbered destination; web addresses only, so a click can lead nowhere else."""
    if not url.startswith(("http://", "https://")):
        url = "about:blank"
    row, _made = Link.objects.get_or_create(url_key=dedupe_key(url), defaults={"url": url})
    return row


def rows_of_link(url: str, base_url: str):
    """The destination that a mail's link became, as a queryset of one row or none."""
    return Link.objects.filter(url_key=dedupe_key(_absolute(url.strip(), base_url)))


@dataclass(frozen=True, kw_only=True)
class Filling:
    """What one reader's copy is filled with."""

    name: str
    company: str
    #: Link pk -> the address that counts the click (or the plain address).
    link: object
    pixel: str
    footer_html: str
    footer_text: str


def fill(text: str, filling: Filling, *, html: bool) -> str:
    def value(match: re.Match) -> str:
        word = match[1]
        if word.startswith("link:"):
            return filling.link(int(word[5:]))
        if word == "footer":
            return filling.footer_html if html else filling.footer_text
        if word == "pixel":
            return filling.pixel if html else ""
        found = {"name": filling.name, "company": filling.company}.get(word, "")
        return escape(found) if html else found

    return re.sub(r"%%(link:\d+|footer|pixel|name|company)%%", value, text)


def footer(*, sender, unsubscribe_url: str, language: str, preferences_url: str = "") -> tuple[str, str]:
    """(html, text) of what the law wants, and the way out."""
    context = {"sender": sender, "unsubscribe_url": unsubscribe_url, "preferences_url": preferences_url}
    with translation.override(language or translation.get_language()):
        html = render_to_string("wagtail_leads/mail/footer.html", context)
        text = render_to_string("wagtail_leads/mail/footer.txt", context)
    return html, text


def greeting_name(lead) -> str:
    """How a mail calls its reader; an address without a name gets a polite stand-in."""
    if lead is not None and lead.name:
        return lead.name
    return gettext("reader")


def company_name(lead) -> str:
    """The reader's company as they wrote it, or as we know it."""
    if lead is None:
        return ""
    return lead.company_name or (lead.company.name if lead.company_id else "")


def fill_subject(subject: str, lead) -> str:
    """The subject as its reader will see it (the outbox shows it before the mail is made)."""
    words = {"name": greeting_name(lead), "company": company_name(lead)}
    return re.sub(r"%%(name|company)%%", lambda match: words[match[1]], subject)


def fill_sample(compiled: Compiled, sender) -> tuple[str, str]:
    """(html, text) for the preview in the admin: plain links, a sample reader."""
    html, text = footer(sender=sender, unsubscribe_url="#", language="")
    filling = Filling(
        name=str(SAMPLE_NAME),
        company=str(SAMPLE_COMPANY),
        link=lambda number: compiled.links[number],
        pixel="",
        footer_html=html,
        footer_text=text,
    )
    return fill(compiled.html, filling, html=True), fill(compiled.text, filling, html=False)
