"""The nine steps of setting up, each ticked by what is true, never by a click on "done"."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.urls import NoReverseMatch, reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from wagtail.models import Site

from wagtail_leads import background, conf
from wagtail_leads.admin_ui.form_pages import find_form_pages, staff_users
from wagtail_leads.admin_ui.permissions import may
from wagtail_leads.admin_ui.screens import menu_url
from wagtail_leads.capture.models import FormPageSource
from wagtail_leads.companies.queries import mmdb_health, sells_to_companies
from wagtail_leads.content.models import CONTENT_KIND_LABELS, PagePolicy
from wagtail_leads.content.queries import find_unmarked
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.kinds import ContentKind, MessageState
from wagtail_leads.mailing.models import Message, SenderDetails
from wagtail_leads.reports.queries import last_hit
from wagtail_leads.scenarios.models import Scenario

#: From so many done steps the list folds into one line at the bottom of Today.
FOLDS_FROM = 7
MOST_GUESSES = 6
GUESSED_KINDS = (ContentKind.PRICE, ContentKind.CASE_STUDY)


@dataclass(kw_only=True)
class Step:
    """One line of the checklist; `code` names its template in `today/steps/`."""

    code: str
    title: str
    done: bool
    #: What is true now, in a few words.
    state: str = ""
    data: dict = field(default_factory=dict)

    @property
    def template(self) -> str:
        return f"wagtail_leads/admin/today/steps/{self.code}.html"


@dataclass(kw_only=True)
class Checklist:
    steps: list[Step]

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def folds(self) -> bool:
        return self.done >= FOLDS_FROM

    @property
    def next(self) -> Step | None:
        """The first that is open: shown unfolded."""
        return next((step for step in self.steps if not step.done), None)


def checklist(request, *, now) -> Checklist:
    """A constant number of queries; guesses only while their step is open."""
    user = request.user
    steps = [
        _sender(user),
        _tracking(request),
        _pages(user),
        _paper(user),
        _contact(user),
        _scenario(),
        _mail(user),
        _colleagues(),
        _engineer(request, now),
    ]
    return Checklist(steps=steps)


def _sender(user) -> Step:
    sites = list(Site.objects.order_by("-is_default_site", "pk"))
    known = {details.site_id: details for details in SenderDetails.objects.filter(site__in=sites)}
    missing = [(site, known.get(site.pk, SenderDetails()).missing()) for site in sites]
    open_ = [(site, names) for site, names in missing if names]
    state = (
        _("Still empty: %(fields)s") % {"fields": pgettext("between names", ", ").join(open_[0][1])} if open_ else ""
    )
    place = (open_ or missing or [(None, [])])[0][0]
    url = ""
    if place and may(user, "change", SenderDetails):
        url = _url("wagtailsettings:edit", "wagtail_leads", "senderdetails", place.pk)
    return Step(
        code="sender",
        title=_("Say who writes: the sender details"),
        done=bool(sites) and not open_,
        state=state,
        data={"url": url, "site": place if len(sites) > 1 else None},
    )


def _tracking(request) -> Step:
    visit, staff = last_hit(since=localdate())
    site = Site.find_for_request(request) or Site.objects.order_by("-is_default_site").first()
    return Step(
        code="tracking",
        title=_("See that visits arrive"),
        done=bool(visit or staff),
        data={"visit": visit, "staff": staff, "site_url": site.root_url if site else "", "on": conf.get("TRACKING")},
    )


def _pages(user) -> Step:
    kinds = [kind.value for kind in GUESSED_KINDS]
    marked = PagePolicy.objects.filter(high_intent=True) | PagePolicy.objects.filter(content_kind__in=kinds)
    count = marked.count()
    guesses = [
        {"page": page, "kind": kind, "label": CONTENT_KIND_LABELS[kind], "high_intent": kind == ContentKind.PRICE}
        for page, kind in find_unmarked(GUESSED_KINDS, limit=MOST_GUESSES)
        if page.permissions_for_user(user).can_publish()
    ]
    return Step(
        code="pages",
        title=_("Mark the price page and the case studies"),
        done=count > 0,
        state=_("Marked pages: %(count)d") % {"count": count} if count else "",
        data={"guesses": guesses},
    )


def _paper(user) -> Step:
    gated = PagePolicy.objects.filter(gated=True).count()
    guesses = [] if gated else find_unmarked((ContentKind.CATALOGUE,), limit=MOST_GUESSES)
    return Step(
        code="paper",
        title=_("Put your first paper behind a form"),
        done=gated > 0,
        state=_("Gated pages: %(count)d") % {"count": gated} if gated else "",
        data={
            "guesses": [page for page, _kind in guesses if page.permissions_for_user(user).can_publish()],
            "explore_url": reverse("wagtailadmin_explore_root"),
        },
    )


def _contact(user) -> Step:
    count = FormPageSource.objects.filter(is_inquiry=True).count()
    pages = [] if count else find_form_pages(user, limit=MOST_GUESSES)
    return Step(
        code="contact",
        title=_("Let the contact form make leads"),
        done=count > 0,
        data={"pages": pages, "any": bool(pages)},
    )


def _scenario() -> Step:
    live = Scenario.objects.filter(live=True).count()
    drafts = Scenario.objects.filter(live=False).count()
    return Step(
        code="scenario",
        title=_("Publish your first scenario"),
        done=live > 0,
        state=_("Drafts that wait for you: %(count)d") % {"count": drafts} if drafts and not live else "",
        data={"url": menu_url("scenarios"), "drafts": drafts},
    )


def _mail(user) -> Step:
    last = Message.objects.order_by("-pk").filter(template="test").first()
    sent = Message.objects.filter(state=MessageState.SENT.value).exists()
    return Step(
        code="mail",
        title=_("Send a test mail to yourself"),
        done=sent,
        state=str(last.get_state_display()) if last and not sent else "",
        data={"to": user.email, "last": last, "may": may(user, "change", Lead)},
    )


def _colleagues() -> Step:
    count = len(staff_users().values_list("pk", flat=True)[:2])
    return Step(
        code="colleagues",
        title=_("Invite your colleagues"),
        done=count > 1,
        data={"url": _url("wagtailusers_users:add")},
    )


def _engineer(request, now) -> Step:
    tick = background.last_tick()
    parts = {
        "worker": bool(tick and now - tick <= timedelta(minutes=5)),
        "address": not behind_unknown_proxy(request),
    }
    if sells_to_companies():
        parts["mmdb"] = any(file.ok for file in mmdb_health())
    return Step(
        code="engineer",
        title=_("Ask your engineer for what is missing"),
        done=all(parts.values()),
        data={"parts": parts, "text": engineer_text(request, parts)},
    )


def behind_unknown_proxy(request) -> bool:
    """The request came through a proxy that no setting names, so every visitor would seem to have its address."""
    forwarded = any(request.META.get(name) for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"))
    return forwarded and not conf.get("TRUSTED_PROXIES") and not conf.get("TRUST_UNIX_SOCKET")


def engineer_text(request, parts: dict[str, bool]) -> str:
    """What to ask for, ready to be copied into a mail; what is there already is left out."""
    address = request.META.get("REMOTE_ADDR", "")
    asks = []
    if not parts["worker"]:
        asks.append(
            _(
                "Keep a background worker running: `python manage.py qcluster` as a service. "
                "Without one, run `python manage.py leads_tick` from cron every minute."
            )
        )
    if not parts.get("mmdb", True):
        asks.append(
            _(
                "So that companies behind visits are recognised, put an MMDB file on the server (for example "
                "GeoLite2-ASN from MaxMind or IPinfo Lite, both free of charge) and name it in the settings: "
                'WAGTAIL_LEADS = {"MMDB": ["/path/to/file.mmdb"]}'
            )
        )
    if not parts["address"]:
        asks.append(
            _(
                "The site runs behind a proxy; its visits seem to come from %(address)s. Please name the proxy: "
                'WAGTAIL_LEADS = {"TRUSTED_PROXIES": ["%(address)s/%(bits)s"]}'
            )
            % {"address": address, "bits": 128 if ":" in address else 32}
        )
    asks.append(_mail_records())
    lines = [f"{number}. {ask}" for number, ask in enumerate(asks, 1)]
    return "\n\n".join([_("We use wagtail-leads on our site. Could you please set up the following?"), *lines])


def _mail_records() -> str:
    address = next(iter(SenderDetails.objects.exclude(from_address="").values_list("from_address", flat=True)), "")
    domain = address.rpartition("@")[2] or "example.com"
    return _(
        "So that our mail arrives, please set the DNS records of %(domain)s: SPF (allows the mail server to send for "
        "the domain), DKIM (a key from the mail provider) and DMARC, to begin with: "
        '_dmarc.%(domain)s TXT "v=DMARC1; p=none"'
    ) % {"domain": domain}


def _url(name: str, *args) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:  # the site has left that part of Wagtail out
        return ""
