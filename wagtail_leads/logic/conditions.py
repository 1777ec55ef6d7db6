"""Conditions: a list of tests that must all hold, evaluated against facts that the caller gathers.

Stored form: ``[{"kind": "score", "score": 50}, {"kind": "stage", "stage": "prospect"},
{"kind": "did", "what": "high_intent", "days": 30}]``. A kind that nobody knows does not hold.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of one lead."""

    now: datetime
    score: float = 0.0
    hot_score: float = 50.0
    stage: str = ""
    #: What was done -> when last ("high_intent", "click", "open", "download", "inquiry").
    last_did: dict[str, datetime] = field(default_factory=dict)


def holds(tests: list[dict], facts: Facts) -> bool:
    return all(_holds(test, facts) for test in tests)


def _holds(test: dict, facts: Facts) -> bool:
    kind = test.get("kind")
    if kind == "score":
        # to the tenth that screens show, so that a score shown as 50.0 is 50
        return round(facts.score, 1) >= (test.get("score") or facts.hot_score)
    if kind == "stage":
        return facts.stage == test.get("stage")
    if kind == "did":
        last = facts.last_did.get(test.get("what", ""))
        return last is not None and last >= facts.now - timedelta(days=test.get("days") or 30)
    return False


def needs(tests: list[dict]) -> set[str]:
    """Which kinds of facts have to be gathered, so that nothing is read in vain."""
    return {test.get("kind", "") for test in tests}
