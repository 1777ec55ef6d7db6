"""How each site wants its visitors recorded, held in the process: a page view asks no database for it.

The flusher reads them anew with each batch, so what is *stored* follows the settings at once; what pages *show* follows
within a minute.
"""

import time
from dataclasses import dataclass, field

from django.db import DatabaseError, InterfaceError

from wagtail_leads.logic.consent import Decision, decide
from wagtail_leads.logic.hits import Hit
from wagtail_leads.logic.kinds import ConsentMode
from wagtail_leads.tracking.models import NoticeText, TrackingSettings

#: Seconds after which a page view reads the rules anew (in a process whose flusher does not).
MAX_AGE = 60.0
#: Seconds after which a database that was away is asked again.
RETRY = 5.0


@dataclass(frozen=True, kw_only=True)
class SiteRules:
    mode: str = ConsentMode.NOTICE.value
    show_banner: bool = True
    do_not_track: str = "ignore"
    #: One letter for each thing the beacon measures besides visible time: (l)inks, (f)iles, s(h)ares, (s)croll.
    measures: str = "lfhs"
    #: The site's own sentence by language.
    sentences: dict[str, str] = field(default_factory=dict)

    def decide(self, hit: Hit) -> Decision:
        return decide(mode=self.mode, answer=hit.answer, gpc=hit.gpc, dnt=hit.dnt, do_not_track=self.do_not_track)

    @property
    def asks(self) -> bool:
        """Does a page show the notice until it is answered?"""
        return self.mode == ConsentMode.OPT_IN or (self.mode == ConsentMode.NOTICE and self.show_banner)


_DEFAULT = SiteRules()
_held: dict = {"rules": {}, "until": 0.0}


def rules_of(site_id: int | None) -> SiteRules:
    """The rules of a site; the defaults for one that has none, or for no site."""
    if time.monotonic() > _held["until"]:
        try:
            refresh()
        except (DatabaseError, InterfaceError):  # away: what was held goes on, and is asked for again soon
            _held["until"] = time.monotonic() + RETRY
    return _held["rules"].get(site_id, _DEFAULT)


def refresh() -> None:
    """Read all sites' rules: two queries."""
    sentences: dict[int, dict[str, str]] = {}
    for owner, language, sentence in NoticeText.objects.values_list("settings_id", "language", "sentence"):
        sentences.setdefault(owner, {})[language] = sentence
    rules = {row.site_id: _rules(row, sentences.get(row.pk, {})) for row in TrackingSettings.objects.all()}
    _held.update(rules=rules, until=time.monotonic() + MAX_AGE)


def forget() -> None:
    """The next look reads anew (after a change in this process)."""
    _held["until"] = 0.0


def _rules(row: TrackingSettings, sentences: dict[str, str]) -> SiteRules:
    letters = (("l", row.measure_links), ("f", row.measure_files), ("h", row.measure_shares), ("s", row.measure_scroll))
    return SiteRules(
        mode=row.mode,
        show_banner=row.show_banner,
        do_not_track=row.do_not_track,
        measures="".join(letter for letter, on in letters if on),
        sentences=sentences,
    )
