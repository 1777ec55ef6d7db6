"""What is really recorded of visitors, sent to whom, kept how long: rows for the page that tells them.

Made from the settings and from what is in use, so that the page never says more or less than what happens
(外部送信規律, Telecommunications Business Act of Japan, art. 27-12: what, to whom, what for).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _
from wagtail.models import Site

from wagtail_leads import conf
from wagtail_leads.companies.credits import Credit, present_credits
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.identity.models import Retention
from wagtail_leads.logic.kinds import ConsentMode
from wagtail_leads.mailing.models import Message, SenderDetails
from wagtail_leads.mailing.queries import sender_of
from wagtail_leads.tracking import cookies, salts
from wagtail_leads.tracking.models import OutsideService
from wagtail_leads.tracking.site_rules import SiteRules, rules_of


@dataclass(frozen=True, kw_only=True)
class Sending:
    what: str
    purpose: str
    #: Who gets it, and the recipient's privacy page; '' for ourselves.
    to: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class CookieRow:
    name: str
    purpose: str
    life: str


@dataclass(frozen=True, kw_only=True)
class Keeping:
    what: str
    how_long: str


@dataclass(frozen=True, kw_only=True)
class Disclosure:
    """Everything in the reader's language; empty tuples for what is not in use."""

    #: False: the site records nothing.
    is_recording: bool
    #: The recipient of all that is sent to us.
    us: str
    company: str
    contact: str
    policy_url: str
    sendings: tuple[Sending, ...] = ()
    outside: tuple[Sending, ...] = ()
    #: Sentences about how it is done.
    remarks: tuple[str, ...] = ()
    cookies: tuple[CookieRow, ...] = ()
    keepings: tuple[Keeping, ...] = ()
    #: (sentence, address)
    #: What licences of files with addresses want to be shown.
    credits: tuple[Credit, ...] = field(default=())


def disclosure_of(
    site: Site | None, *, pass_cookie: str = "", pop_ups: Mapping[str, int] | None = None
) -> Disclosure:
    """What holds for a site now, in the active language. About six queries.

    ``pass_cookie`` is the gate's; ``pop_ups`` are the names under which browsers note that one came up, with its days.
    """
    rules = rules_of(site.pk if site else None)
    sender = sender_of(site)
    is_recording = bool(conf.get("TRACKING")) and rules.mode != ConsentMode.OFF
    return Disclosure(
        is_recording=is_recording,
        us=_us(sender, site),
        company=sender.company_name,
        contact=sender.contact,
        policy_url=sender.privacy_url,
        sendings=tuple(_sendings(rules, is_recording)),
        outside=tuple(_outside(site, is_recording)),
        remarks=tuple(_remarks(rules)) if is_recording else (),
        cookies=tuple(_cookies(rules, pass_cookie, pop_ups or {}, is_recording)),
        keepings=tuple(_keepings(rules)) if is_recording else (),
        credits=tuple(present_credits()) if is_recording else (),
    )


def _us(sender: SenderDetails, site: Site | None) -> str:
    name = sender.company_name or (site.site_name if site else "") or _("the operator of this site")
    if not site:
        return name
    return _("%(company)s (our own server, %(host)s)") % {"company": name, "host": site.hostname}


def _sendings(rules: SiteRules, is_recording: bool):
    if is_recording:
        yield Sending(
            what=_(
                "Address of each page you open, time, the page you came from, kind of browser, network address (IP)"
            ),
            purpose=_("To see which pages are read and how visitors find them, and to improve them"),
        )
        yield Sending(what=_measured(rules.measures), purpose=_("To see which contents are of interest"))
        if conf.get("SEARCH_PATHS"):
            yield Sending(what=_("The words you search for on this site"), purpose=_("To see what visitors look for"))
    yield Sending(what=_("What you write into a form"), purpose=_form_purpose(rules, is_recording))
    if is_recording:
        yield Sending(
            what=_("That a form was seen, begun or left half filled in, and its last field; never what is in it"),
            purpose=_("To make forms shorter and clearer"),
        )
    if Message.objects.exists():
        yield Sending(
            what=_(
                "Whether you open a mail from us and which of its links you click, time, kind of mail program, network "
                "address (IP), shortened"
            ),
            purpose=_("To send you what interests you, and no more than that"),
        )


def _measured(measures: str) -> str:
    """What the script tells, by the letters that are on."""
    words = {
        "s": _("how far it is scrolled"),
        "l": _("links to other sites that are clicked"),
        "f": _("files that are opened"),
        "h": _("share buttons that are used"),
    }
    parts = [_("How long a page is visible"), *(word for letter, word in words.items() if letter in measures)]
    return pgettext("between names", ", ").join(parts)


def _form_purpose(rules: SiteRules, is_recording: bool) -> str:
    if not is_recording or rules.mode == ConsentMode.COOKIELESS:
        return _("To answer you")
    if conf.get("LINK_HISTORY") == "all":
        return _("To answer you; your visits with this browser, earlier ones too, are linked with your name for this")
    return _("To answer you; your visits with this browser are linked with your name for this")


def _outside(site: Site | None, is_recording: bool):
    if is_recording and conf.get("REVERSE_DNS"):
        yield Sending(
            what=_("Network address (IP); sent by our server, not by your browser"),
            to=_("Name servers of whoever runs that network"),
            purpose=_("To learn which organisation's network a visit comes from"),
        )
    if site is None:
        return
    code = get_language() or ""
    spoken = Q(language="") | Q(language__in=[code, code.partition("-")[0]])
    for service in OutsideService.objects.filter(spoken, settings__site=site).order_by("sort_order"):
        recipient = f"{service.name} ({service.recipient})" if service.recipient != service.name else service.name
        yield Sending(what=service.what, to=recipient, purpose=service.purpose, url=service.url)


def _remarks(rules: SiteRules):
    yield _(
        "From the network address we guess which company or organisation a visit comes from, and its country and "
        "prefecture. It is looked up on our own server: in files, in our own lists of networks, and among the companies of "
        "those who have told us their name. It never tells us who you are."
    )
    days = conf.get("KEEP_FULL_ADDRESS_DAYS")
    if days:
        full = ngettext(
            "The network address is kept in full for %(days)s day, and shortened then.",
            "The network address is kept in full for %(days)s days, and shortened then.",
            days,
        )
        yield full % {"days": days}
    elif conf.get("REVERSE_DNS"):
        yield _(
            "The network address is shortened before it is stored. The full one is kept for up to a day, until the name of "
            "its network has been asked for."
        )
    else:
        yield _("The network address is shortened before it is stored; we do not keep the full one.")
    if rules.mode == ConsentMode.COOKIELESS:
        yield _("No cookie is used to record visits: a browser is known again on the same day only.")
    elif rules.mode == ConsentMode.OPT_IN:
        yield _("Nothing is recorded before you have agreed.")
    yield _browsers_that_say_no(rules)


def _browsers_that_say_no(rules: SiteRules) -> str:
    if rules.do_not_track == "off":
        return _(
            "Browsers that send “Global Privacy Control” get no cookie; of those that send “Do Not Track” nothing is recorded."
        )
    if rules.do_not_track == "cookieless":
        return _("Browsers that send “Global Privacy Control” or “Do Not Track” get no cookie.")
    return _("Browsers that send “Global Privacy Control” get no cookie.")


def _cookies(rules: SiteRules, pass_cookie: str, pop_ups: Mapping[str, int], is_recording: bool):
    if is_recording and rules.mode in (ConsentMode.NOTICE, ConsentMode.OPT_IN):
        purpose = _("To know the same browser again")
        if rules.mode == ConsentMode.OPT_IN:
            purpose = _("To know the same browser again; set only when you have agreed")
        yield CookieRow(name=conf.get("COOKIE_NAME"), purpose=purpose, life=days_long(conf.get("COOKIE_DAYS")))
    if is_recording:
        yield CookieRow(
            name=cookies.ANSWER_COOKIE,
            purpose=_("Your answer to the question whether visits may be recorded"),
            life=_("6 months; a refusal %(days)s") % {"days": days_long(cookies.refusal_days())},
        )
    if pass_cookie and PagePolicy.objects.filter(gated=True).exists():
        yield CookieRow(
            name=pass_cookie,
            purpose=_("Opens the documents you have asked for; needed for that"),
            life=days_long(conf.get("PASS_DAYS")),
        )
    for name, days in pop_ups.items():
        yield CookieRow(
            name=name,
            purpose=_(
                "Kept by your browser, and not sent to us: that a form has come up, so that it does not come up each time"
            ),
            life=_("%(days)s; until you delete it once the form is sent") % {"days": days_long(days)},
        )
    if is_recording:
        yield CookieRow(
            name=cookies.STAFF_COOKIE,
            purpose=_("Only for our own staff: leaves their visits out"),
            life=days_long(cookies.STAFF_DAYS),
        )


def days_long(days: int) -> str:
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}


def _how_long_visits() -> str:
    months = (Retention.objects.first() or Retention()).visits_months
    if not months:
        return _("Until you switch recording off for your browser, or ask us to delete them")
    words = ngettext(
        "At most %(months)s month; sooner when you switch recording off for your browser, or ask us to delete them",
        "At most %(months)s months; sooner when you switch recording off for your browser, or ask us to delete them",
        months,
    )
    return words % {"months": months}


def _keepings(rules: SiteRules):
    yield Keeping(what=_("Visits, pages and clicks"), how_long=_how_long_visits())
    if rules.mode == ConsentMode.COOKIELESS or rules.do_not_track == "cookieless":
        hours = int(salts.LIFE.total_seconds() // 3600)
        yield Keeping(
            what=_("What could tell two visits of one day are the same browser's, without cookie"),
            how_long=_("%(hours)s hours") % {"hours": hours},
        )
    yield Keeping(
        what=_("Your answer to the question whether visits may be recorded"),
        how_long=_("As long as we must be able to prove it; without your name"),
    )
