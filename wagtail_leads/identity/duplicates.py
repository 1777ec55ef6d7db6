"""名寄せ: pairs of leads that may be one person, found by what they share. Suggestions only: a person merges, or says that
they are two.

Each key of `identity.keys` is one pass over its index; pairs are made inside the groups only, so the work grows with
the number of duplicates, not with the square of the leads.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import combinations

from django.db.models import Count, F, Q, QuerySet, Window

from wagtail_leads.identity.models import Lead, NotDuplicate
from wagtail_leads.logic.japanese import person_match_name

#: In larger groups each is paired with the oldest only.
ALL_PAIRS_UP_TO = 6
#: More leads than this on one telephone: a switchboard. On one mobile number: an office's.
MOST_ON_ONE = {"phone_key": 5, "mobile_key": 5}
#: Pairs that are looked at, at all. Who has more has a wrong import to take back.
MOST_PAIRS = 20_000


class Shared(str, Enum):
    """What two leads share, the most telling first."""

    ADDRESS = "address"  #: One mailbox, written in two ways.
    MOBILE = "mobile"
    PERSON = "person"  #: Name and company.
    PHONE = "phone"  #: Alone it tells little: colleagues share it.

    __str__ = str.__str__


_KEY_OF = {
    Shared.ADDRESS: "address_key",
    Shared.MOBILE: "mobile_key",
    Shared.PERSON: "person_key",
    Shared.PHONE: "phone_key",
}
#: Out of ten. Reasons add up; a different name takes away.
_WEIGHTS = {Shared.ADDRESS: 7, Shared.MOBILE: 5, Shared.PERSON: 5, Shared.PHONE: 2}
_SAME_NAME, _OTHER_NAME = 2, -2
#: From this strength on it is hardly anybody else; below the second it is not suggested.
STRONG, LEAST = 8, 3


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two leads that may be one. `first` has the lower pk."""

    first_id: int
    second_id: int
    reasons: tuple[Shared, ...]
    #: `LEAST` to 10.
    strength: int

    @property
    def is_strong(self) -> bool:
        return self.strength >= STRONG


def find_pairs(leads: QuerySet[Lead]) -> list[Pair]:
    """All suggestions among these leads, strongest first, then the newest. Five queries, whatever their number.

    Pairs of which a person said that they are two are left out.
    """
    names: dict[int, tuple[str, str]] = {}
    shared: dict[tuple[int, int], list[Shared]] = {}
    for reason, key in _KEY_OF.items():
        for one, other in _pairs_by(leads, key, names):
            shared.setdefault((one, other), []).append(reason)
            if len(shared) >= MOST_PAIRS:
                break
    two_people = set(NotDuplicate.objects.values_list("first_id", "second_id")) if shared else set()
    found = [
        Pair(first_id=one, second_id=other, reasons=tuple(reasons), strength=strength)
        for (one, other), reasons in shared.items()
        if (one, other) not in two_people and (strength := _strength(reasons, names[one], names[other])) >= LEAST
    ]
    return sorted(found, key=lambda pair: (-pair.strength, -pair.second_id, -pair.first_id))


def _pairs_by(leads: QuerySet[Lead], key: str, names: dict) -> Iterator[tuple[int, int]]:
    """Pairs (lower pk first) of leads that share this key. One query; learns their names on the way."""
    # counted in one pass: with "key IN (GROUP BY …)" a database without fresh statistics looks each lead up anew (a minute
    # for 100,000 leads on PostgreSQL)
    held = leads.exclude(**{key: ""}).annotate(many=Window(Count("pk"), partition_by=[F(key)])).filter(many__gt=1)
    if key in MOST_ON_ONE:
        held = held.filter(many__lte=MOST_ON_ONE[key])
    rows = held.order_by(key, "pk")
    group: list[int] = []
    current = None
    for pk, value, name, family in rows.values_list("pk", key, "name", "family_name").iterator(chunk_size=2000):
        names[pk] = (name, family)
        if value != current:
            yield from _within(group)
            group, current = [], value
        group.append(pk)
    yield from _within(group)


def _within(group: list[int]) -> Iterator[tuple[int, int]]:
    if len(group) <= ALL_PAIRS_UP_TO:
        return combinations(group, 2)
    return ((group[0], other) for other in group[1:])


def _strength(reasons: list[Shared], one: tuple[str, str], other: tuple[str, str]) -> int:
    total = sum(_WEIGHTS[reason] for reason in reasons)
    if Shared.PHONE in reasons and Shared.MOBILE in reasons:
        total -= _WEIGHTS[Shared.PHONE]  # one number, told twice
    first, second = (person_match_name(name) for name, _family in (one, other))
    if first and second and Shared.PERSON not in reasons:
        total += _SAME_NAME if first == second else _OTHER_NAME
    return min(total, 10)


def pairs_of(lead: Lead, leads: QuerySet[Lead]) -> list[Pair]:
    """Suggestions for one lead, strongest first. Two queries."""
    keys = {key: getattr(lead, key) for key in _KEY_OF.values() if getattr(lead, key)}
    if not keys:
        return []
    wanted = Q()
    for key, value in keys.items():
        wanted |= Q(**{key: value})
    others = list(leads.filter(wanted).exclude(pk=lead.pk).order_by("pk")[:50])
    said = NotDuplicate.objects.filter(Q(first=lead) | Q(second=lead)).values_list("first_id", "second_id")
    two_people = set(said) if others else set()
    crowded = {
        key for key, most in MOST_ON_ONE.items()
        if key in keys and 1 + sum(getattr(other, key) == keys[key] for other in others) > most
    }  # fmt: skip
    found = []
    for other in others:
        pair = (min(lead.pk, other.pk), max(lead.pk, other.pk))
        reasons = [
            reason
            for reason, key in _KEY_OF.items()
            if key in keys and key not in crowded and getattr(other, key) == keys[key]
        ]
        strength = _strength(reasons, (lead.name, lead.family_name), (other.name, other.family_name))
        if reasons and pair not in two_people and strength >= LEAST:
            found.append(Pair(first_id=pair[0], second_id=pair[1], reasons=tuple(reasons), strength=strength))
    return sorted(found, key=lambda pair: (-pair.strength, -pair.second_id, -pair.first_id))


def say_two_people(one: Lead, other: Lead, *, now: datetime, by=None) -> bool:
    """A person says that these two are two; they are not suggested again. False: somebody said so before."""
    if one.pk == other.pk:
        raise ValueError("One lead is no pair.")
    first, second = sorted((one.pk, other.pk))
    _row, made = NotDuplicate.objects.get_or_create(
        first_id=first, second_id=second, defaults={"by": by, "at": now}
    )
    return made


def take_back_two_people(row: NotDuplicate) -> None:
    """They may be one after all: they are suggested again."""
    NotDuplicate.objects.filter(pk=row.pk).delete()
