"""The eight rules that ship, in plain words, and their translated names."""

from django.utils.translation import gettext, gettext_noop

from wagtail_leads.logic.kinds import ActivityKind, ContentKind

#: key, name, activity kind, high intent only, content kind, from seconds, points, at most a day
SHIPPED = (
    ("inquiry", gettext_noop("Made an inquiry"), ActivityKind.INQUIRY_MADE, False, "", 0, 40, 0),
    (
        "form",
        gettext_noop("Sent a form (for a document, for example)"),
        ActivityKind.FORM_SUBMITTED,
        False,
        "",
        0,
        15,
        2,
    ),
    ("high_intent", gettext_noop("Opened a high-intent page"), ActivityKind.PAGE_VIEWED, True, "", 0, 10, 3),
    (
        "high_intent_read",
        gettext_noop("Read a high-intent page for a minute or longer"),
        ActivityKind.PAGE_READ,
        True,
        "",
        60,
        10,
        2,
    ),
    (
        "case_read",
        gettext_noop("Read a case study for half a minute or longer"),
        ActivityKind.PAGE_READ,
        False,
        ContentKind.CASE_STUDY,
        30,
        5,
        3,
    ),
    ("page", gettext_noop("Opened any page"), ActivityKind.PAGE_VIEWED, False, "", 0, 1, 10),
    ("click", gettext_noop("Clicked a link in a mail"), ActivityKind.EMAIL_CLICKED, False, "", 0, 5, 3),
    ("unsubscribed", gettext_noop("Unsubscribed from mail"), ActivityKind.EMAIL_UNSUBSCRIBED, False, "", 0, -20, 1),
)
NAMES = {rule[0]: rule[1] for rule in SHIPPED}


def shipped_name(key: str | None, name: str) -> str:
    """A shipped rule's name in the reader's language, until somebody renames it."""
    return gettext(name) if key and NAMES.get(key) == name else name
