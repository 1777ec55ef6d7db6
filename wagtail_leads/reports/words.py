"""Codes in words, for people who sell: how a visit came, why a company was guessed, on what it was read."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from wagtail_leads.companies.held import OWN
from wagtail_leads.companies.queries import survivor_of
from wagtail_leads.companies.words import OWN_COMPANY
from wagtail_leads.companies.words import guess_reason as guess_reason
from wagtail_leads.logic.channels import Channel
from wagtail_leads.logic.kinds import ActivityKind

CHANNEL_LABELS = {
    Channel.DIRECT: _("direct"),
    Channel.ORGANIC_SEARCH: _("search"),
    Channel.PAID_SEARCH: _("paid search"),
    Channel.ORGANIC_SHOPPING: _("shopping site"),
    Channel.PAID_SHOPPING: _("paid shopping"),
    Channel.ORGANIC_SOCIAL: _("social media"),
    Channel.PAID_SOCIAL: _("paid social media"),
    Channel.ORGANIC_VIDEO: _("video"),
    Channel.PAID_VIDEO: _("paid video"),
    Channel.DISPLAY: _("banner"),
    Channel.EMAIL: _("mail"),
    Channel.AFFILIATES: _("partner programme"),
    Channel.REFERRAL: _("link on another site"),
    Channel.AI_ASSISTANT: _("AI assistant"),
    Channel.AUDIO: _("audio"),
    Channel.SMS: _("SMS"),
    Channel.PUSH: _("push message"),
    Channel.CROSS_NETWORK: _("advertisement"),
    Channel.PAID_OTHER: _("advertisement"),
    Channel.INTERNAL: _("own page"),
}
#: Where share buttons lead (`logic.beacon`).
NETWORKS = {
    "line": "LINE",
    "x": "X",
    "facebook": "Facebook",
    "hatena": _("Hatena Bookmark"),
    "linkedin": "LinkedIn",
    "note": "note",
    "threads": "Threads",
    "bluesky": "Bluesky",
    "pinterest": "Pinterest",
    "reddit": "Reddit",
    "whatsapp": "WhatsApp",
    "telegram": "Telegram",
    "tumblr": "Tumblr",
    "pocket": "Pocket",
    "mail": _("mail"),
}
#: What `segments` writes beside a change of stage; anything else was written by a person.
STAGE_REASONS = {
    "score for a call reached": _("score for a call reached"),
    "made an inquiry": _("made an inquiry"),
    "showed interest": _("showed interest"),
    "said by a colleague": _("said by a colleague"),
}
SPAM_REASONS = {
    "trap": _("a field that people do not see was filled in"),
    "too_fast": _("sent faster than a person types"),
    "link_code": _("code of a link in the text"),
    "many_links": _("many links in the text"),
    "link_in_name": _("a web address where a name belongs"),
    "same_text": _("the same text came several times within an hour"),
}
CONSENT_SOURCES = {
    "unsubscribe page": _("unsubscribe page"),
    "one click": _("unsubscribe button of the mail program"),
    "notice": _("notice on a page"),
    "privacy page": _("page about privacy"),
}
#: Fewer are no telephone number.
FEWEST_DIGITS = 6
#: Mails that ship with the package, by the name of their template.
TEMPLATES = {
    "notice": _("Notice of a new inquiry"),
    "paper": _("Link to the document"),
    "reply": _("Thanks for the inquiry"),
    "test": _("Test mail"),
    "target_visit": _("A target account was on the site"),
    "confirm": _("Link to confirm the address"),
    "way_in": _("Link for another device"),
}
DEVICES = {
    "desktop": _("computer"),
    "phone": pgettext_lazy("device", "phone"),
    "tablet": _("tablet"),
    "other": _("other device"),
}


def channel(code: str) -> str:
    return str(CHANNEL_LABELS.get(code, code))


def came_through(visit) -> str:
    """How a visit came, in one or two words: "search (google)"."""
    words = channel(visit.channel) if visit.channel else ""
    source = visit.source or visit.referrer_host
    if words and source and visit.channel != Channel.DIRECT:
        return f"{words} ({source})"
    return words or source


def about(activity) -> str:
    """What a line of the ledger is about: the page, the searched words, where a link led."""
    if activity.kind == ActivityKind.SITE_SEARCHED:
        return str(_("“%(words)s”")) % {"words": activity.title}
    if activity.kind in (ActivityKind.LINK_CLICKED, ActivityKind.FILE_CLICKED):
        return activity.title.partition("://")[2] or activity.title
    if activity.kind == ActivityKind.FORM_LEFT and activity.data.get("field"):
        words = {"form": activity.title or activity.path, "field": activity.data["field"]}
        return str(_("%(form)s (last field: %(field)s)")) % words
    if activity.kind == ActivityKind.SHARED:
        return f"{network(activity.title)} ({activity.path})"
    return activity.title or activity.path


def network(code: str) -> str:
    return str(NETWORKS.get(code, code))


def guessed_company(visit):
    """The company that the network points to; None where there is none, or where it is the lead's own."""
    if visit.company_id is None or visit.company_reason == OWN_COMPANY:
        return None
    return survivor_of(visit.company)


def is_guess(visit) -> bool:
    """Is the company of this visit a guess? Not when a person said so, of the network or of themselves."""
    said = visit.company_reason in (OWN, OWN_COMPANY)
    return survivor_of(visit.company).is_guessed or bool(visit.company_confidence and not said)


def stage_reason(text: str) -> str:
    return str(STAGE_REASONS.get(text, text))


def spam_reason(code: str) -> str:
    return str(SPAM_REASONS.get(code, code))


def consent_source(text: str) -> str:
    return str(CONSENT_SOURCES.get(text, text))


def subject(message) -> str:
    """What a mail is about, also while it waits: its subject is filled in when it is sent."""
    if message.subject:
        return message.subject
    if message.version is not None:
        return message.version.subject
    return str(TEMPLATES.get(message.template, message.template)) or "–"


def tel(phone: str) -> str:
    """For a tel: link: digits and a leading plus; "" for what is too short to be dialled ("-", "ext. 12")."""
    digits = "".join(c for c in phone if c.isascii() and c.isdigit())
    plus = "+" if phone.strip().startswith("+") else ""
    return f"{plus}{digits}" if len(digits) >= FEWEST_DIGITS else ""


#: Where somebody would call or write.
CONTACT_WARNINGS = {
    "mail_only": _("Wishes to be contacted by mail only: please do not call."),
    "no_contact": _("Wishes no contact. Only answer what the person asks."),
}


def contact_warning(wish: str) -> str:
    """A sentence; '' where nothing stands in the way."""
    return str(CONTACT_WARNINGS.get(wish, ""))


def device(code: str) -> str:
    return str(DEVICES.get(code, code))
