"""From StreamField blocks to a program, and publishing: a version that never changes."""

import hashlib
import json
from datetime import datetime

from django.db import transaction

from wagtail_leads import background
from wagtail_leads.logic import programs
from wagtail_leads.scenarios.models import Scenario, ScenarioVersion


def compile_program(scenario: Scenario) -> dict:
    """The scenario's blocks as a program (`logic.programs`); references are primary keys."""
    return {
        "triggers": [_trigger(child) for child in scenario.triggers],
        "steps": [_step(child) for child in scenario.steps],
        "ends_on_inquiry": scenario.ends_on_inquiry,
        "may_repeat": scenario.may_repeat,
    }


def _trigger(child) -> dict:
    value = child.value
    if child.block_type == "form":
        return {"kind": "form", "form": _pk(value.get("form"))}
    if child.block_type == "page":
        return {"kind": "page", "page": _pk(value.get("page"))}
    return {"kind": "score", "score": value.get("score")}


def _pk(chosen) -> int | None:
    return chosen.pk if chosen is not None else None


def _step(child) -> dict:
    value, step = child.value, {"key": str(child.id), "kind": child.block_type}
    if child.block_type == "mail":
        step["email"] = _pk(value["email"])
    elif child.block_type == "wait":
        step["days"] = float(value["days"])
    elif child.block_type == "todo":
        step.update(title=value["title"], due_days=float(value["due_days"]))
    elif child.block_type == "wait_for":
        step.update(event=value["event"], days=float(value["days"]), **_branches(value))
    elif child.block_type == "condition":
        step.update(all=[_condition(test) for test in value["condition"]], **_branches(value))
    return step


def _branches(value) -> dict:
    return {branch: [_step(child) for child in value[branch]] for branch in ("yes", "no")}


def _condition(test) -> dict:
    return {"kind": test.block_type, **{k: v for k, v in test.value.items() if v is not None}}


def publish(scenario: Scenario, *, now: datetime) -> ScenarioVersion:
    """A new immutable version of what is live; the same content is the same version. Runs keep theirs."""
    program = compile_program(scenario)
    text = json.dumps(program, sort_keys=True, ensure_ascii=True)
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    with transaction.atomic():
        Scenario.objects.select_for_update().get(pk=scenario.pk)
        newest = scenario.versions.order_by("-number").first()
        if newest is not None and newest.fingerprint == fingerprint:
            return newest
        made = ScenarioVersion.objects.create(
            scenario=scenario,
            number=newest.number + 1 if newest else 1,
            fingerprint=fingerprint,
            program=program,
            created_at=now,
        )
    background.wake("scenarios", now=now)
    return made


def problems(scenario: Scenario) -> list[str]:
    """Codes of what keeps a scenario from working (`logic.programs.validate`)."""
    return programs.validate(compile_program(scenario))
