"""Which rules give points for a fact. A score is a fold of rules over the ledger, an entry for every point."""

from dataclasses import dataclass

from wagtail_leads.logic.kinds import ActivityKind


@dataclass(frozen=True, kw_only=True)
class Rule:
    id: int
    version: int
    activity_kind: str
    points: int
    high_intent_only: bool = False
    content_kind: str = ""
    #: Seconds of visible time; looked at for PAGE_READ only (DESIGN rule 7).
    min_seconds: int = 0
    #: 0: as often as it happens.
    max_per_day: int = 0


@dataclass(frozen=True, kw_only=True)
class Fact:
    kind: str
    high_intent: bool = False
    content_kind: str = ""
    #: Milliseconds for PAGE_READ; None when nobody measured (which is not 0).
    value: int | None = None


def applies(rule: Rule, fact: Fact) -> bool:
    return all(
        (
            rule.activity_kind == fact.kind,
            fact.high_intent or not rule.high_intent_only,
            not rule.content_kind or rule.content_kind == fact.content_kind,
            _long_enough(rule, fact),
        )
    )


def _long_enough(rule: Rule, fact: Fact) -> bool:
    if fact.kind != ActivityKind.PAGE_READ:
        return True
    return fact.value is not None and fact.value >= rule.min_seconds * 1000


def matching(rules: list[Rule], fact: Fact) -> list[Rule]:
    return [rule for rule in rules if applies(rule, fact)]
