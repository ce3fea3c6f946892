"""The table of severities, line by line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notbefore.schema import Impact, InitiatedBy, Kind, MaintenanceEvent, Phase, Resource, Severity, Source, Window
from notbefore.severity import severity_of

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
MACHINE = (Resource("/subscriptions/s/resourcegroups/g/providers/microsoft.compute/virtualmachines/v", "v", None),)


def event(hours: float | None = None, **said: Any) -> MaintenanceEvent:  # noqa: ANN401 - fields of the event
    """An event of a machine, with a window that begins so many hours from now."""
    start = None if hours is None else NOW + timedelta(hours=hours)
    whole: dict[str, Any] = {
        "source": Source.SCHEDULED_EVENTS, "kind": Kind.HOST_MAINTENANCE, "phase": Phase.UPDATED,
        "resources": MACHINE, "window": Window(start),
    }  # fmt: skip  # defaults in rows
    return MaintenanceEvent(id="1", occurred_at=NOW, **(whole | said))


HEALTH: dict[str, Any] = {"kind": Kind.RESOURCE_HEALTH, "phase": Phase.STARTED}
ISSUE: dict[str, Any] = {"kind": Kind.SERVICE_ISSUE, "phase": Phase.STARTED}
ADVISORY: dict[str, Any] = {"kind": Kind.HEALTH_ADVISORY, "phase": Phase.STARTED}
CUSTOMER: dict[str, Any] = {"initiated_by": InitiatedBy.CUSTOMER}
WAVE: dict[str, Any] = {"kind": Kind.PLANNED_MAINTENANCE, "resources": ()}


@pytest.mark.parametrize(
    ("judged", "severity"),
    [
        (event(phase=Phase.COMPLETED, impact=Impact.REBOOT), Severity.INFORMATIONAL),
        (event(phase=Phase.CANCELED, impact=Impact.REBOOT), Severity.INFORMATIONAL),
        (event(phase=Phase.FAILED, impact=Impact.NONE), Severity.ERROR),
        (event(phase=Phase.FAILED, **CUSTOMER), Severity.ERROR),
        (event(impact=Impact.UNAVAILABLE, **HEALTH), Severity.ERROR),
        (event(impact=Impact.UNAVAILABLE, **HEALTH, **CUSTOMER), Severity.INFORMATIONAL),
        (event(impact=Impact.DEGRADED, **HEALTH), Severity.WARNING),
        (event(impact=Impact.UNKNOWN, **HEALTH), Severity.INFORMATIONAL),
        (event(azure_level="critical", **ISSUE), Severity.CRITICAL),
        (event(azure_level="Informational", **ISSUE), Severity.WARNING),
        (event(azure_level="1", **ISSUE), Severity.WARNING),
        (event(azure_level="Error", **ADVISORY), Severity.ERROR),
        (event(azure_level="Information", **ADVISORY), Severity.INFORMATIONAL),
        (event(azure_level=None, kind=Kind.SECURITY_ADVISORY), Severity.WARNING),
        (event(impact=Impact.REBOOT, phase=Phase.STARTED), Severity.CRITICAL),
        (event(0.9, impact=Impact.REDEPLOY), Severity.CRITICAL),
        (event(-5, impact=Impact.REDEPLOY), Severity.CRITICAL),
        (event(1, impact=Impact.REIMAGE), Severity.ERROR),
        (event(23.9, impact=Impact.PREEMPT), Severity.ERROR),
        (event(24, impact=Impact.TERMINATE), Severity.WARNING),
        (event(impact=Impact.UNAVAILABLE), Severity.WARNING),
        (event(impact=Impact.REBOOT, phase=Phase.SCHEDULED), Severity.CRITICAL),
        (event(impact=Impact.REBOOT, phase=Phase.SCHEDULED, source=Source.COMPUTE), Severity.WARNING),
        (event(impact=Impact.FREEZE, duration_seconds=29), Severity.INFORMATIONAL),
        (event(impact=Impact.FREEZE, duration_seconds=30), Severity.WARNING),
        (event(impact=Impact.DEGRADED), Severity.WARNING),
        (event(impact=Impact.NONE), Severity.INFORMATIONAL),
        (event(impact=Impact.UNKNOWN), Severity.WARNING),
        (event(impact=Impact.REBOOT, phase=Phase.STARTED, **CUSTOMER), Severity.WARNING),
        (event(impact=Impact.REIMAGE, phase=Phase.STARTED, kind=Kind.OS_IMAGE_UPGRADE), Severity.WARNING),
        (event(impact=Impact.PREEMPT, phase=Phase.SCHEDULED, kind=Kind.EVICTION), Severity.WARNING),
        (event(impact=Impact.REBOOT, phase=Phase.STARTED, **WAVE), Severity.ERROR),
        (event(0.5, impact=Impact.REBOOT, kind=Kind.PLANNED_MAINTENANCE), Severity.CRITICAL),
    ],
)
def test_the_first_line_that_fits(judged: MaintenanceEvent, severity: Severity) -> None:
    """Each line of the table, with its edges, and each cap after it."""
    assert severity_of(judged) is severity
