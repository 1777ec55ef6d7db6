"""The notice as HTML: the template `wagtail_leads/public/banner.html`, which a site may replace."""

from functools import lru_cache

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils import translation
from django.utils.html import format_html

from wagtail_leads.tracking import notice
from wagtail_leads.tracking.notice import Notice
from wagtail_leads.tracking.site_rules import SiteRules


def addresses() -> tuple[str, ...]:
    """Of the stylesheet that hides the notice, of the door for answers, of the page that tells more; () without them."""
    return _addresses(settings.ROOT_URLCONF, get_urlconf(), get_script_prefix(), translation.get_language())


@lru_cache(maxsize=64)
def _addresses(_root: str, _urlconf: str | None, _prefix: str, _language: str | None) -> tuple[str, ...]:
    """Looked up once (50 µs each). By language: the include may stand in i18n_patterns."""
    try:
        return tuple(reverse(f"wagtail_leads:{name}") for name in ("notice_state", "answer", "privacy"))
    except NoReverseMatch:  # the URL include is missing: a system check says so
        return ()


def notice_html(shown: Notice, *, page: str, found: tuple[str, ...]) -> str:
    """No request goes in: it is the same for all visitors. ``page`` is the page's token, ``found`` the addresses."""
    _state, door, more = found
    ours = notice.spoken(shown.language)  # the site's own sentence may be in a language that we do not have
    with translation.override(ours):
        yes, no = notice.ANSWERS[shown.mode]
        context = {
            "notice": shown,
            "sentence": shown.sentence,
            "language": ours,
            "sentence_language": shown.language,
            "yes": yes,
            "no": no,
            "action": door,
            "more_url": f"{more}?lang={ours}",
            "fields": fields_of(shown, page=page),
        }
        return render_to_string("wagtail_leads/public/banner.html", context)


def fields_of(shown: Notice, *, page: str = "") -> str:
    """Hidden fields that go with an answer: which words were shown, and on which page."""
    fields = '<input type="hidden" name="said" value="{}"><input type="hidden" name="page" value="{}">'
    return format_html(fields, notice.sign(shown), page)


def preview_of(rules: SiteRules, *, language: str) -> str:
    """The notice of a site for its editors; '' where nothing is recorded or the URL include is missing."""
    shown = notice.notice_of(rules, site_id=None, language=language)
    found = addresses()
    return notice_html(shown, page="", found=found) if shown and found else ""
