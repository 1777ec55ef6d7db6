"""The memo: what we know about a lead, in plain sentences; and what to do next, with the reason. Pure: facts in, words out.

It is written anew from the facts each time the page is opened, so it is never out of date, and it never touches the note
that people write.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import formats
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from wagtail_leads.logic.kinds import ActivityKind, ContentKind, Stage

#: After this long, interest is told in the past tense.
COLD = timedelta(days=60)
RECENT = timedelta(days=7)
MONTH = timedelta(days=30)
#: At most so many kinds of pages are named in one sentence.
MOST_DETAILS = 3

PAGE_NOUNS = {
    ContentKind.PRICE: gettext_lazy("price page"),
    ContentKind.ORDERING: gettext_lazy("ordering page"),
    ContentKind.CASE_STUDY: gettext_lazy("case study"),
    ContentKind.CATALOGUE: gettext_lazy("catalogue"),
    ContentKind.PRODUCT: gettext_lazy("product page"),
    ContentKind.TRACK_RECORD: gettext_lazy("track record"),
    ContentKind.REVIEW: gettext_lazy("review"),
    ContentKind.HOW_TO_USE: gettext_lazy("how-to page"),
    ContentKind.HOW_MADE: gettext_lazy("page on how it is made"),
    ContentKind.MAKER: gettext_lazy("page about the makers"),
    ContentKind.ARTICLE: gettext_lazy("article"),
    ContentKind.OTHER: gettext_lazy("other page"),
}
#: The order in which kinds of pages are named: what says most about buying first.
WEIGHT = {kind: number for number, kind in enumerate(PAGE_NOUNS)}
BUYING = (ContentKind.PRICE.value, ContentKind.ORDERING.value)


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How often one kind of thing happened about the same topics on the same kind of page."""

    kind: str
    count: int
    last: datetime
    #: Slugs of topics.
    topics: tuple[str, ...] = ()
    content_kind: str = ""
    high_intent: bool = False
    #: Milliseconds for PAGE_READ; None when nobody measured.
    value: int | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of one lead. Times are aware datetimes."""

    now: datetime
    tallies: tuple[Tally, ...] = ()
    #: Slug -> name.
    topic_names: dict[str, str] | None = None
    connected: bool = False
    known_at: datetime | None = None
    first_visit_at: datetime | None = None
    last_visit_at: datetime | None = None
    visits: int = 0
    visits_this_month: int = 0
    #: What was asked in the site's own search, the newest first.
    searched_for: tuple[str, ...] = ()
    #: How the first visit came, in words ("Google").
    first_source: str = ""
    score: float = 0.0
    hot_score: float = 50.0
    stage: str = Stage.LATENT.value
    has_phone: bool = False
    has_email: bool = True
    stopped: bool = False
    #: `ContactWish`.
    contact_wish: str = ""
    #: Suppressed or bounced: no mail can be sent.
    unreachable_by_mail: bool = False
    #: The newest answer to "may we write to you?" is yes.
    has_basis: bool = True
    last_contact_at: datetime | None = None
    last_contact_result: str = ""
    snoozed_until: datetime | None = None
    #: Name of a running scenario and when it goes on.
    scenario: str = ""
    scenario_due_at: datetime | None = None

    @property
    def waits_for_an_answer(self) -> bool:
        """Made an inquiry since somebody last spoke to them."""
        asked = self.last(ActivityKind.INQUIRY_MADE)
        return asked is not None and (self.last_contact_at is None or self.last_contact_at < asked)

    @property
    def may_be_written_to(self) -> bool:
        """Mail of our own accord; the answer to an inquiry was asked for and needs no permission of its own."""
        return self.has_email and self.has_basis and not self.unreachable_by_mail

    def of(self, *kinds: ActivityKind) -> list[Tally]:
        wanted = {kind.value for kind in kinds}
        return [tally for tally in self.tallies if tally.kind in wanted]

    def count(self, *kinds: ActivityKind) -> int:
        return sum(tally.count for tally in self.of(*kinds))

    def last(self, *kinds: ActivityKind) -> datetime | None:
        return max((tally.last for tally in self.of(*kinds)), default=None)


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """Where the facts of a sentence are: a topic and a group of `timeline.FACTS`; and how many there are."""

    topic: str = ""
    facts: str = ""
    count: int = 0


@dataclass(frozen=True, kw_only=True)
class Sentence:
    text: str
    anchors: tuple[Anchor, ...] = ()
    #: Name of the topic it is about, to group by; "" for the lead as a whole.
    topic: str = ""


# -- words ------------------------------------------------------------------------------------------------------------


def duration(ms: int) -> str:
    """Visible time as people say it: "40 s", "3 min", "1 h 5 min"."""
    seconds = round(ms / 1000)
    if seconds < 60:
        return _("%(count)d s") % {"count": seconds}
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("%(count)d min") % {"count": minutes}
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}


def times(count: int) -> str:
    if count == 1:
        return _("once")
    if count == 2:
        return _("twice")
    return ngettext("%(count)d time", "%(count)d times", count) % {"count": count}


def day(at: datetime, now: datetime) -> str:
    """A date near the reader: today, yesterday, 3 June (with the year when it is another one)."""
    at, now = localtime(at), localtime(now)
    gap = (now.date() - at.date()).days
    if gap == 0:
        return _("today")
    if gap == 1:
        return _("yesterday")
    if 1 < gap < 7:
        return ngettext("%(count)d day ago", "%(count)d days ago", gap) % {"count": gap}
    return formats.date_format(at, "MONTH_DAY_FORMAT" if at.year == now.year else "DATE_FORMAT")


def day_ahead(at: datetime, now: datetime) -> str:
    """A coming date as people say it."""
    gap = (localtime(at).date() - localtime(now).date()).days
    if gap <= 0:
        return _("today")
    if gap == 1:
        return _("tomorrow")
    return _("on %(date)s") % {"date": formats.date_format(localtime(at), "MONTH_DAY_FORMAT")}


def start(text: str) -> str:
    """With a capital letter (Japanese has none)."""
    return text[:1].upper() + text[1:]


# -- the memo ---------------------------------------------------------------------------------------------------------


def sentences(facts: Facts) -> list[Sentence]:
    """The memo, most telling first: what was asked, topics by strength, mail, visits, contacts."""
    found = [
        *_inquiries(facts),
        *_topics(facts),
        *_forms(facts),
        *_left_forms(facts),
        *_searches(facts),
        *_other_pages(facts),
        *_clicks(facts),
        *_mail(facts),
        *_visits(facts),
        *_contacts(facts),
    ]
    if not found:
        return [Sentence(text=_("Nothing is known yet apart from what stands in the contact details."))]
    return found


def _inquiries(facts: Facts) -> list[Sentence]:
    inquiries = facts.count(ActivityKind.INQUIRY_MADE)
    if not inquiries:
        return []
    when = day(facts.last(ActivityKind.INQUIRY_MADE), facts.now)
    text = ngettext("Made an inquiry (%(when)s).", "Made %(count)d inquiries (the last %(when)s).", inquiries)
    text = text % {"count": inquiries, "when": when}
    return [Sentence(text=text, anchors=(Anchor(facts="forms", count=inquiries),))]


def _forms(facts: Facts) -> list[Sentence]:
    found = []
    forms = facts.count(ActivityKind.FORM_SUBMITTED)
    if forms:
        when = day(facts.last(ActivityKind.FORM_SUBMITTED), facts.now)
        text = ngettext("Sent a form (%(when)s).", "Sent %(count)d forms (the last %(when)s).", forms) % {
            "count": forms,
            "when": when,
        }
        found.append(Sentence(text=text, anchors=(Anchor(facts="forms", count=forms),)))
    documents = facts.count(ActivityKind.ASSET_DOWNLOADED)
    if documents:
        when = day(facts.last(ActivityKind.ASSET_DOWNLOADED), facts.now)
        text = ngettext(
            "Downloaded a document (%(when)s).", "Downloaded documents %(count)d times (the last %(when)s).", documents
        ) % {"count": documents, "when": when}
        found.append(Sentence(text=text, anchors=(Anchor(facts="documents", count=documents),)))
    return found


def _left_forms(facts: Facts) -> list[Sentence]:
    """Worth a call while nothing was sent since: somebody wanted to, and something stopped them."""
    left = facts.last(ActivityKind.FORM_LEFT)
    sent = facts.last(ActivityKind.FORM_SUBMITTED, ActivityKind.INQUIRY_MADE)
    if left is None or (sent is not None and sent >= left):
        return []
    text = _("Began to fill in a form and left it (%(when)s).") % {"when": day(left, facts.now)}
    return [Sentence(text=text, anchors=(Anchor(facts="left_forms", count=facts.count(ActivityKind.FORM_LEFT)),))]


def _searches(facts: Facts) -> list[Sentence]:
    count = facts.count(ActivityKind.SITE_SEARCHED)
    if not (count and facts.searched_for):
        return []
    words = pgettext("between searched words", ", ").join(_("“%(words)s”") % {"words": w} for w in facts.searched_for)
    text = _("Searched the site for %(words)s (the last %(when)s).")
    text = text % {"words": words, "when": day(facts.last(ActivityKind.SITE_SEARCHED), facts.now)}
    return [Sentence(text=text, anchors=(Anchor(facts="searches", count=count),))]


def _clicks(facts: Facts) -> list[Sentence]:
    """Files, shares and links to other sites that the beacon told of."""
    found = []
    files, shares = facts.count(ActivityKind.FILE_CLICKED), facts.count(ActivityKind.SHARED)
    links = facts.count(ActivityKind.LINK_CLICKED)
    if files:
        text = ngettext("Opened a file.", "Opened files %(count)d times.", files) % {"count": files}
        found.append(Sentence(text=text, anchors=(Anchor(facts="files", count=files),)))
    if shares:
        text = ngettext("Shared a page.", "Shared pages %(count)d times.", shares) % {"count": shares}
        found.append(Sentence(text=text, anchors=(Anchor(facts="shares", count=shares),)))
    if links:
        text = ngettext("Followed a link to another site.", "Followed %(count)d links to other sites.", links) % {
            "count": links
        }
        found.append(Sentence(text=text, anchors=(Anchor(facts="links", count=links),)))
    return found


def without_gates(tallies: tuple[Tally, ...]) -> tuple[Tally, ...]:
    """A gated page that showed its form was opened, not read: such openings do not count, nor does their time.

    Each has a PAGE_VIEWED and a GATE_SHOWN with the same marks. Time is only known in sum: it goes when every opening of
    that kind of page was a gate.
    """
    gates: dict[tuple, int] = {}
    for tally in tallies:
        if tally.kind == ActivityKind.GATE_SHOWN:
            gates[_marks(tally)] = gates.get(_marks(tally), 0) + tally.count
    if not gates:
        return tallies
    viewed = {_marks(t): t.count - gates.get(_marks(t), 0) for t in tallies if t.kind == ActivityKind.PAGE_VIEWED}
    found = []
    for tally in tallies:
        left = viewed.get(_marks(tally), 0)
        if tally.kind == ActivityKind.PAGE_VIEWED and left > 0:
            found.append(replace(tally, count=left))
        elif tally.kind == ActivityKind.PAGE_READ and (left > 0 or _marks(tally) not in gates):
            found.append(tally)
        elif tally.kind not in (ActivityKind.PAGE_VIEWED, ActivityKind.PAGE_READ, ActivityKind.GATE_SHOWN):
            found.append(tally)
    return tuple(found)


def _marks(tally: Tally) -> tuple:
    return (tally.topics, tally.content_kind, tally.high_intent)


@dataclass(frozen=True, kw_only=True)
class Interest:
    """What a lead did about one topic."""

    slug: str
    name: str
    tallies: tuple[Tally, ...]

    def of(self, *kinds: ActivityKind) -> list[Tally]:
        wanted = {kind.value for kind in kinds}
        return [tally for tally in self.tallies if tally.kind in wanted]

    @property
    def read(self) -> tuple[Tally, ...]:
        return without_gates(self.tallies)

    @property
    def views(self) -> int:
        """Openings of pages that could be read."""
        return sum(tally.count for tally in self.read if tally.kind == ActivityKind.PAGE_VIEWED)

    @property
    def facts_count(self) -> int:
        shown = self.of(ActivityKind.PAGE_VIEWED, ActivityKind.ASSET_DOWNLOADED, ActivityKind.GATE_SHOWN)
        return sum(tally.count for tally in shown)

    @property
    def acts(self) -> int:
        acted = (
            ActivityKind.FORM_SUBMITTED,
            ActivityKind.INQUIRY_MADE,
            ActivityKind.ASSET_DOWNLOADED,
            ActivityKind.EMAIL_CLICKED,
        )
        return sum(tally.count for tally in self.of(*acted))

    @property
    def is_strong(self) -> bool:
        enough = self.seconds >= STRONG_SECONDS or self.views >= STRONG_VIEWS or self.acts
        return bool(enough and self.strength >= STRONG)

    @property
    def seconds(self) -> float:
        return sum(tally.value or 0 for tally in self.read if tally.kind == ActivityKind.PAGE_READ) / 1000

    @property
    def last(self) -> datetime:
        return max(tally.last for tally in self.tallies)

    @property
    def strength(self) -> float:
        """Only for telling strong, some and slight interest apart; the score is made elsewhere."""
        viewed = [tally for tally in self.read if tally.kind == ActivityKind.PAGE_VIEWED]
        serious = sum(t.count for t in viewed if t.high_intent or t.content_kind in BUYING)
        asked = sum(t.count for t in self.of(ActivityKind.FORM_SUBMITTED, ActivityKind.INQUIRY_MADE))
        fetched = sum(t.count for t in self.of(ActivityKind.ASSET_DOWNLOADED))
        return 2 * min(serious, 5) + 4 * asked + 2 * fetched + min(self.seconds / 60, 6) + 0.4 * min(self.views, 10)


STRONG, SOME = 4.0, 1.5
#: Strong interest shows in reading this long, this many openings, or an act (a form, a document, a click in a mail).
STRONG_SECONDS, STRONG_VIEWS = 60, 3


def interests(facts: Facts) -> list[Interest]:
    """One for each topic, strongest first."""
    slugs = dict.fromkeys(slug for tally in facts.tallies for slug in tally.topics)
    names = facts.topic_names or {}
    found = [
        Interest(slug=slug, name=names.get(slug, slug), tallies=tuple(t for t in facts.tallies if slug in t.topics))
        for slug in slugs
    ]
    return sorted(found, key=lambda interest: (-interest.strength, interest.name))


def _topics(facts: Facts) -> list[Sentence]:
    found = []
    for interest in interests(facts):
        if interest.facts_count:
            found.append(_interest(interest, facts.now))
        found += _topic_mail(interest)
    return found


def _interest(interest: Interest, now: datetime) -> Sentence:
    told = details(interest.tallies)
    words = {"topic": interest.name, "details": told, "when": day(interest.last, now)}
    if now - interest.last > COLD:
        text = _("%(topic)s: was of interest until %(when)s (%(details)s).") % words
    elif interest.is_strong:
        text = _("%(topic)s: strong interest (%(details)s).") % words
    elif interest.strength >= SOME:
        text = _("%(topic)s: some interest (%(details)s).") % words
    else:
        text = _("%(topic)s: a first look (%(details)s).") % words
    anchor = Anchor(topic=interest.slug, facts="pages", count=interest.facts_count)
    return Sentence(text=text, anchors=(anchor,), topic=interest.name)


def details(tallies: tuple[Tally, ...]) -> str:
    """ "price page 3 min, twice; case study 40 s": by kind of page, what says most first."""
    viewed: dict[str, int] = {}
    read: dict[str, int | None] = {}
    fetched = 0
    for tally in without_gates(tallies):
        if tally.kind == ActivityKind.PAGE_VIEWED:
            viewed[tally.content_kind] = viewed.get(tally.content_kind, 0) + tally.count
        elif tally.kind == ActivityKind.PAGE_READ and tally.value is not None:
            read[tally.content_kind] = (read.get(tally.content_kind) or 0) + tally.value
        elif tally.kind == ActivityKind.ASSET_DOWNLOADED:
            fetched += tally.count
    kinds = sorted(viewed, key=lambda kind: WEIGHT.get(kind, len(WEIGHT)))
    parts = [_detail(kind, viewed[kind], read.get(kind)) for kind in kinds[:MOST_DETAILS]]
    if fetched:
        parts.insert(0, ngettext("document downloaded", "%(count)d downloads", fetched) % {"count": fetched})
    rest = sum(viewed[kind] for kind in kinds[MOST_DETAILS:])
    if rest:
        parts.append(ngettext("%(count)d other page", "%(count)d other pages", rest) % {"count": rest})
    gates = sum(tally.count for tally in tallies if tally.kind == ActivityKind.GATE_SHOWN)
    if gates:
        parts.append(_("form of a gated page seen, %(times)s") % {"times": times(gates)})
    return pgettext("between facts", "; ").join(parts)


def _detail(kind: str, count: int, ms: int | None) -> str:
    noun = str(PAGE_NOUNS[kind]) if kind in PAGE_NOUNS else ngettext("other page", "other pages", count)
    if ms is None and count == 1:
        return noun
    if ms is None:
        return _("%(page)s, %(times)s") % {"page": noun, "times": times(count)}
    if count == 1:
        return _("%(page)s %(time)s") % {"page": noun, "time": duration(ms)}
    return _("%(page)s %(time)s, %(times)s") % {"page": noun, "time": duration(ms), "times": times(count)}


def _topic_mail(interest: Interest) -> list[Sentence]:
    sent = sum(t.count for t in interest.of(ActivityKind.EMAIL_SENT))
    clicked = sum(t.count for t in interest.of(ActivityKind.EMAIL_CLICKED))
    opened = sum(t.count for t in interest.of(ActivityKind.EMAIL_OPENED))
    if not sent:
        return []
    text = _("%(topic)s: %(mails)s.") % {"topic": interest.name, "mails": _mails(sent, opened, clicked)}
    return [Sentence(text=text, anchors=(Anchor(topic=interest.slug, facts="mail", count=sent),), topic=interest.name)]


def _mails(sent: int, opened: int, clicked: int) -> str:
    if clicked:
        return ngettext("%(count)d mail, clicked %(times)s", "%(count)d mails, clicked %(times)s", sent) % {
            "count": sent,
            "times": times(clicked),
        }
    if opened:
        return ngettext(
            "%(count)d mail, opened but nothing clicked", "%(count)d mails, opened but nothing clicked", sent
        ) % {"count": sent}
    return ngettext("%(count)d mail without reaction", "%(count)d mails without reaction", sent) % {"count": sent}


def _other_pages(facts: Facts) -> list[Sentence]:
    bare = tuple(tally for tally in facts.tallies if not tally.topics)
    views = sum(tally.count for tally in bare if tally.kind == ActivityKind.PAGE_VIEWED)
    if not views:
        return []
    has_topics = any(tally.topics for tally in facts.tallies)
    text = _("Besides: %(details)s.") if has_topics else _("Looked at: %(details)s.")
    return [Sentence(text=text % {"details": details(bare)}, anchors=(Anchor(facts="pages", count=views),))]


def _mail(facts: Facts) -> list[Sentence]:
    found = []
    bare = [tally for tally in facts.tallies if not tally.topics]
    count = {
        kind: sum(t.count for t in bare if t.kind == kind)
        for kind in (ActivityKind.EMAIL_SENT, ActivityKind.EMAIL_OPENED, ActivityKind.EMAIL_CLICKED)
    }
    sent, opened, clicked = count.values()
    anchor = Anchor(facts="mail", count=sent)
    if sent:
        text = _("Mail: %(mails)s.") % {"mails": _mails(sent, opened, clicked)}
        found.append(Sentence(text=text, anchors=(anchor,)))
    elif clicked:
        text = _("Clicked links in mails %(times)s.") % {"times": times(clicked)}
        found.append(Sentence(text=text, anchors=(Anchor(facts="mail", count=clicked),)))
    if facts.last(ActivityKind.EMAIL_UNSUBSCRIBED):
        when = day(facts.last(ActivityKind.EMAIL_UNSUBSCRIBED), facts.now)
        text = _("Unsubscribed from mail (%(when)s).") % {"when": when}
        found.append(Sentence(text=text, anchors=(Anchor(facts="mail", count=1),)))
    elif facts.last(ActivityKind.EMAIL_BOUNCED):
        text = _("Mail to this address came back.")
        found.append(Sentence(text=text, anchors=(Anchor(facts="mail", count=1),)))
    return found


def _visits(facts: Facts) -> list[Sentence]:
    if not facts.connected:
        if facts.count(ActivityKind.PAGE_VIEWED):
            return []
        return [Sentence(text=_("Not connected: no browser is known yet, so we do not see any visits."))] * bool(
            facts.tallies
        )
    found = []
    if facts.last_visit_at and facts.now - facts.last_visit_at > MONTH:
        gone = (facts.now - facts.last_visit_at).days
        text = ngettext("Not seen for %(count)d day.", "Not seen for %(count)d days.", gone) % {"count": gone}
        found.append(Sentence(text=text, anchors=(Anchor(facts="pages", count=facts.count(ActivityKind.PAGE_VIEWED)),)))
    elif facts.visits_this_month:
        text = ngettext(
            "%(count)d visit in the last 30 days (the last %(when)s).",
            "%(count)d visits in the last 30 days (the last %(when)s).",
            facts.visits_this_month,
        ) % {"count": facts.visits_this_month, "when": day(facts.last_visit_at or facts.now, facts.now)}
        found.append(Sentence(text=text, anchors=(Anchor(facts="pages", count=facts.count(ActivityKind.PAGE_VIEWED)),)))
    found += _first_visit(facts)
    return found


def _first_visit(facts: Facts) -> list[Sentence]:
    if not (facts.first_visit_at and facts.known_at) or facts.first_visit_at >= facts.known_at:
        return []
    words = {"when": day(facts.first_visit_at, facts.now), "source": facts.first_source}
    before = (facts.known_at - facts.first_visit_at).days
    if before < 1 and not facts.first_source:
        return []
    if before < 1:
        text = _("Came through %(source)s and left the name on the same day.") % words
    elif facts.first_source:
        text = ngettext(
            "First came %(when)s through %(source)s, %(count)d day before leaving the name.",
            "First came %(when)s through %(source)s, %(count)d days before leaving the name.",
            before,
        ) % {**words, "count": before}
    else:
        text = ngettext(
            "First came %(when)s, %(count)d day before leaving the name.",
            "First came %(when)s, %(count)d days before leaving the name.",
            before,
        ) % {**words, "count": before}
    return [Sentence(text=text, anchors=())]


def _contacts(facts: Facts) -> list[Sentence]:
    count = facts.count(ActivityKind.SALES_CONTACT)
    if not (count and facts.last_contact_at):
        return []
    text = _("Last contact %(when)s: %(result)s.") % {
        "when": day(facts.last_contact_at, facts.now),
        "result": facts.last_contact_result or _("no result noted"),
    }
    return [Sentence(text=text, anchors=(Anchor(facts="contacts", count=count),))]
