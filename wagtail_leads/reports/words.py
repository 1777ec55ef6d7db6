"""Codes in words, for people who sell: how a visit came, why a company was guessed, on what it was read."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from wagtail_leads.logic.channels import Channel

CHANNEL_LABELS = {
    Channel.DIRECT: _("direct"),
    Channel.ORGANIC_SEARCH: _("search"),
    Channel.PAID_SEARCH: _("paid search"),
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
GUESS_REASONS = {
    "company_file": _("the network is registered to this company"),
    "company_file_own_network": _("the company runs this network itself"),
    "isp_file": _("the provider gave this network to the company"),
    "isp_file_residential": _("the provider names the company, but the line looks private"),
    "own_network_type": _("the organisation runs this network itself"),
    "own_network_name": _("the network carries the organisation's name"),
    "network_only": _("only the provider is known"),
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


def guess_reason(code: str) -> str:
    return str(GUESS_REASONS.get(code, code))


def device(code: str) -> str:
    return str(DEVICES.get(code, code))
