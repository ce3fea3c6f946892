"""What a story as a whole is at: phase, impact, severity, and whether it is over.

The phase is Service Health's when it has spoken; otherwise it follows from the resources.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from notbefore.schema import (
    IMPACT_RANK,
    OVER,
    Impact,
    MaintenanceEvent,
    Phase,
    ResourceState,
    Severity,
    Source,
    Story,
)

_OPEN_FIRST = (Phase.STARTED, Phase.RESCHEDULED, Phase.SCHEDULED, Phase.ANNOUNCED, Phase.UPDATED, Phase.UNKNOWN)
_OVER_FIRST = (Phase.COMPLETED, Phase.CANCELED)
_SAY_NOTHING = frozenset({None, Phase.UNKNOWN, Phase.UPDATED})


def judged(story: Story, rows: Mapping[str, ResourceState], event: MaintenanceEvent) -> Story:
    """Phase, impact, severity and whether it is over, from the whole and its resources."""
    state = dict(story.state)
    if not event.resources:
        state["whole"] = rows[""].phase
        if event.source is Source.SERVICE_HEALTH:
            state["said"] = rows[""].phase
    said = Phase(state["said"]) if "said" in state else None
    phase = said if said not in _SAY_NOTHING else _derived(story, state.get("whole"))
    over = phase in OVER if said in OVER else not story.open_by_severity
    severity = max(story.open_by_severity, key=lambda one: one.rank, default=Severity.INFORMATIONAL)
    if phase is Phase.FAILED:
        severity = max(severity, Severity.ERROR, key=lambda one: one.rank)
    elif over:
        severity = Severity.INFORMATIONAL
    impact = max(story.impact, event.impact, key=IMPACT_RANK.__getitem__)
    if not event.resources and event.impact is not Impact.UNKNOWN:
        impact = max((one.impact for one in (rows[""], *story.resources)), key=IMPACT_RANK.__getitem__)
    return replace(story, phase=phase or Phase.UNKNOWN, impact=impact, severity=severity, over=over, state=state)


def _derived(story: Story, whole: str | None) -> Phase:
    phases = {*story.resources_by_phase, whole}
    if Phase.FAILED in phases:
        return Phase.FAILED
    return next((phase for phase in _OPEN_FIRST + _OVER_FIRST if phase in phases), Phase.UNKNOWN)
