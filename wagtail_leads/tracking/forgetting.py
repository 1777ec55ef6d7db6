"""A browser that refused to be recorded: hits that it made before it said no may still wait in a buffer or a spool, and
must not make it anew. Its `Visitor` row stays for a while as a tombstone; one without cookie has a `Refusal`."""

from collections.abc import Callable, Mapping

from wagtail_leads.identity.models import Visitor
from wagtail_leads.logic.kinds import DropReason
from wagtail_leads.tracking.models import Refusal
from wagtail_leads.tracking.sorting import LeftOut, Sighting


def without_forgotten(
    sightings: list[Sighting], visitors: Mapping[str, Visitor]
) -> tuple[list[Sighting], list[LeftOut]]:
    """(what counts, what is refused): hits of browsers that were forgotten are counted and nothing more. No query."""
    forgotten = {key for key, visitor in visitors.items() if visitor.forgotten_at is not None}
    return _parted(sightings, lambda s: s.key in forgotten)


def without_refused(sightings: list[Sighting]) -> tuple[list[Sighting], list[LeftOut]]:
    """The same for hits without cookie, from before the no of whoever has this address and agent. One query."""
    keys = {s.client_key for s in sightings if not s.hit.visitor_key}
    said = dict(Refusal.objects.filter(client_key__in=keys).values_list("client_key", "at")) if keys else {}
    if not said:
        return sightings, []
    return _parted(sightings, lambda s: not s.hit.visitor_key and s.client_key in said and s.at <= said[s.client_key])


def _parted(sightings: list[Sighting], is_refused: Callable[[Sighting], bool]) -> tuple[list[Sighting], list[LeftOut]]:
    refused = [s for s in sightings if is_refused(s)]
    gone = {id(s) for s in refused}
    return [s for s in sightings if id(s) not in gone], [LeftOut(reason=DropReason.OPTED_OUT, at=s.at) for s in refused]
