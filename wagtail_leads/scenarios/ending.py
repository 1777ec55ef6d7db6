"""Runs of a lead that is merged into another end at once, and go on where they were when the merge is taken back."""

from datetime import datetime

from wagtail_leads.logic.kinds import EnrolmentState
from wagtail_leads.scenarios.advancing import end
from wagtail_leads.scenarios.models import Enrolment

#: What ending a run clears (`advancing.end`), as kept in the log of the merge.
_CLEARED = ("state", "due_at", "waits_for", "active_key")
GONE = "lead_gone"


def end_runs(lead_id: int, *, now: datetime) -> list[dict]:
    """End all open runs of a lead; returns, as JSON holds it, what `resume_runs` needs."""
    ended = []
    for run in Enrolment.objects.select_for_update().filter(lead_id=lead_id, ended_at__isnull=True).order_by("pk"):
        kept = {name: getattr(run, name) for name in _CLEARED} | {"pk": run.pk, "sequence": run.sequence + 1}
        if end(run, EnrolmentState.EXITED, GONE, now=now):
            kept["due_at"] = kept["due_at"].isoformat() if kept["due_at"] else None
            ended.append(kept)
    return ended


def resume_runs(ended: list[dict]) -> int:
    """Let runs go on that `end_runs` ended and nobody touched since. Returns how many."""
    resumed = 0
    for kept in ended:
        taken = Enrolment.objects.filter(active_key=kept["active_key"]).exists() if kept["active_key"] else False
        untouched = Enrolment.objects.filter(pk=kept["pk"], sequence=kept["sequence"], end_reason=GONE)
        if not taken:
            due = datetime.fromisoformat(kept["due_at"]) if kept["due_at"] else None
            resumed += untouched.update(
                state=kept["state"],
                due_at=due,
                waits_for=kept["waits_for"],
                active_key=kept["active_key"],
                sequence=kept["sequence"] + 1,
                ended_at=None,
                end_reason="",
            )
    return resumed
