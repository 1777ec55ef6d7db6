"""A browser that refused to be recorded. Its `Visitor` row stays for a while as a tombstone: hits that it made before
it said no may still wait in a buffer or a spool, and must not make it anew."""

from collections.abc import Mapping

from wagtail_leads.identity.models import Visitor
from wagtail_leads.logic.kinds import DropReason
from wagtail_leads.tracking.sorting import LeftOut, Sighting


def without_forgotten(
    sightings: list[Sighting], visitors: Mapping[str, Visitor]
) -> tuple[list[Sighting], list[LeftOut]]:
    """(what counts, what is refused): hits of browsers that were forgotten are counted and nothing more. No query."""
    forgotten = {key for key, visitor in visitors.items() if visitor.forgotten_at is not None}
    kept = [s for s in sightings if s.key not in forgotten]
    refused = [LeftOut(reason=DropReason.OPTED_OUT, at=s.at) for s in sightings if s.key in forgotten]
    return kept, refused
