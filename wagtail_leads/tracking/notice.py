"""The notice: the one sentence that tells visitors (or asks them), and the signed proof of what was shown.

A page may stay in caches for days, so what a visitor saw is what the form carries, not what the settings say now.
"""

import json
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from wagtail_leads import conf
from wagtail_leads.logic import tokens
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.kinds import ConsentMode
from wagtail_leads.tracking.site_rules import SiteRules

#: Used where the site has no wording of its own in the page's language.
SENTENCES = {
    ConsentMode.NOTICE: _(
        "So that we can offer you what helps you, we record with a cookie which pages you open and for how long."
    ),
    ConsentMode.OPT_IN: _(
        "So that we can offer you what helps you: may we record with a cookie which pages you open and for how long, and "
        "link it with your name when you give it in a form?"
    ),
    #: On the page about privacy only: nothing is asked in this mode.
    ConsentMode.COOKIELESS: _("We record without a cookie which pages are opened and for how long, to improve them."),
}
#: (agree, refuse) by mode.
ANSWERS = {
    ConsentMode.NOTICE: (pgettext_lazy("answer to the notice", "OK"), _("Do not record my visits")),
    ConsentMode.OPT_IN: (_("Allow"), _("Do not allow")),
    ConsentMode.COOKIELESS: (pgettext_lazy("answer to the notice", "OK"), _("Do not record my visits")),
}


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What a visitor is shown: the same for all visitors of a site and language."""

    #: NOTICE (tells), OPT_IN (asks) or COOKIELESS.
    mode: str
    language: str
    site_id: int
    sentence: str

    @property
    def version(self) -> str:
        """Eight hex digits that change with the wording."""
        return dedupe_key(self.sentence)[:8]

    @property
    def asks(self) -> bool:
        """Is nothing recorded before a yes?"""
        return self.mode == ConsentMode.OPT_IN


def notice_of(rules: SiteRules, *, site_id: int | None, language: str) -> Notice | None:
    """What a site tells or asks in a language; None when nothing is recorded."""
    if rules.mode not in SENTENCES:
        return None
    # words written for a cookie do not fit where there is none
    sentence = own_sentence(rules, language) if rules.mode != ConsentMode.COOKIELESS else ""
    if not sentence:
        language = spoken(language)
        with translation.override(language):
            sentence = str(SENTENCES[ConsentMode(rules.mode)])
    return Notice(mode=str(rules.mode), language=language, site_id=site_id or 0, sentence=sentence)


def spoken(language: str) -> str:
    """The language in which our words are really there (the site may have translated them): it, or English.

    Django would take the site's language for what is not translated, and say it is the other.
    """
    return _spoken(language, settings.LANGUAGE_CODE)


@lru_cache(maxsize=64)
def _spoken(language: str, of_site: str) -> str:
    if _base(language) == "en":
        return language
    with translation.override(None):
        source = str(SENTENCES[ConsentMode.NOTICE])
    with translation.override(language):
        said = str(SENTENCES[ConsentMode.NOTICE])
    with translation.override(of_site):
        sites = str(SENTENCES[ConsentMode.NOTICE])
    is_theirs = said == sites and _base(language) != _base(of_site)
    return "en" if said == source or is_theirs else language


def _base(language: str) -> str:
    return language.lower().partition("-")[0]


def own_sentence(rules: SiteRules, language: str) -> str:
    """The site's own wording for this language, or for the language without its country; '' without one."""
    own = {code.strip().lower(): sentence.strip() for code, sentence in rules.sentences.items()}
    language = language.lower()
    return own.get(language) or own.get(_base(language), "")


def sign(notice: Notice) -> str:
    """Goes with each answer, and proves which words were on the screen."""
    told = [notice.mode, notice.language, notice.site_id, notice.sentence]
    return tokens.sign(json.dumps(told, ensure_ascii=False).encode(), purpose="notice", keys=conf.secrets())


def read(token: str) -> Notice | None:
    """The notice of a token that we signed, or None."""
    payload = tokens.unsign(token, purpose="notice", keys=conf.secrets())
    if payload is None:
        return None
    mode, language, site_id, sentence = json.loads(payload)
    return Notice(mode=mode, language=language, site_id=site_id, sentence=sentence)
