"""What would an import bring? The same rules as storing (`visits.py`), on a log in the order of time, without a write."""

from collections.abc import Callable
from dataclasses import dataclass, field

from wagtail_leads import conf
from wagtail_leads.companies.queries import guess_company, is_company
from wagtail_leads.logic.channels import Channel
from wagtail_leads.logic.hits import Hit
from wagtail_leads.logic.kinds import DropReason
from wagtail_leads.tracking.sorting import address_of, touch_of

#: Clients after which those that are long gone are forgotten.
MOST_CLIENTS = 20_000
#: (campaign, click id), and when it was seen last.
Open = dict[tuple[str, str], float]


@dataclass(kw_only=True)
class Forecast:
    """Counts into the summary of an import."""

    summary: object
    #: Is this the first time that the client of a day is asked for?
    is_new: Callable[[int], bool]
    #: (address, agent) -> its open visits; a visit goes on over midnight.
    open: dict[tuple[str, str], Open] = field(default_factory=dict)

    def take(self, views: list[tuple[int, Hit]]) -> None:
        """(client of the day, hit) by time, none of them in the ledger."""
        gap = conf.get("VISIT_GAP_MINUTES") * 60
        for client, hit in views:
            ip = address_of(hit)
            found = guess_company(ip)
            if found.is_ignored:
                self.summary.left_out[DropReason.OWN_NETWORK.value] += 1
                continue
            self.summary.views += 1
            browser = (str(ip or ""), hit.user_agent)
            known = {key: at for key, at in self.open.get(browser, {}).items() if hit.at - at <= gap}
            if not known and self.is_new(client):  # who is still here after midnight is no new one
                self.summary.visitors += 1
            self.open[browser] = self._visits_after(hit, known)
            if len(self.open[browser]) > len(known) and is_company(found):
                self.summary.companies.add(found.name)
        if len(self.open) > MOST_CLIENTS and views:
            self._forget(views[-1][1].at - gap)

    def _visits_after(self, hit: Hit, known: Open) -> Open:
        """The browser's open visits with this hit in one of them; counts a new one."""
        touch = touch_of(hit) if hit.query else None
        anew = touch and (touch.campaign or touch.click_id) and touch.channel != Channel.INTERNAL
        key = (touch.campaign, touch.click_id) if anew else None
        begins = key not in known if anew else not known
        if begins:
            self.summary.visits += 1
            first = touch or touch_of(hit)
            key = (first.campaign, first.click_id)
        elif key is None:
            key = next(reversed(known))  # the visit that began last goes on
        return {**known, key: hit.at}

    def _forget(self, before: float) -> None:
        gone = [client for client, visits in self.open.items() if max(visits.values()) < before]
        for client in gone:
            del self.open[client]
