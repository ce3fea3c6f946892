"""Severity is ours: impact, notice, duration and phase decide; Azure's level only where it is a word.

One table, read from the top; the first line that fits. Pure.
"""

from __future__ import annotations

from datetime import timedelta

from notbefore.schema import REBOOT_CLASS, Impact, InitiatedBy, Kind, MaintenanceEvent, Phase, Severity, Source

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_SHORT_PAUSE = 30
"""Seconds; a freeze shorter than this is not worth waking anyone."""

_HEALTH_KINDS = frozenset({Kind.SERVICE_ISSUE, Kind.HEALTH_ADVISORY, Kind.SECURITY_ADVISORY})
_NEVER_UNDER_WARNING = frozenset({Kind.SERVICE_ISSUE, Kind.SECURITY_ADVISORY})
_AZURE_LEVELS = {"critical": Severity.CRITICAL, "error": Severity.ERROR, "warning": Severity.WARNING}
_SLOWED = frozenset({Impact.FREEZE, Impact.DEGRADED})
_ROUTINE = frozenset(
    {Kind.OS_IMAGE_UPGRADE, Kind.EXTENSION_UPGRADE, Kind.GUEST_PATCHING, Kind.MAINTENANCE_RUN, Kind.EVICTION}
)


def severity_of(event: MaintenanceEvent) -> Severity:
    """The severity of one observation. `event.severity` itself is not looked at."""
    severity = _first_line_that_fits(event)
    if event.phase is Phase.FAILED:
        return severity
    if event.initiated_by is InitiatedBy.CUSTOMER or event.kind in _ROUTINE:
        return Severity.INFORMATIONAL if severity is Severity.INFORMATIONAL else Severity.WARNING
    if event.kind is Kind.PLANNED_MAINTENANCE and not event.resources:
        return Severity.ERROR if severity is Severity.CRITICAL else severity
    return severity


def _first_line_that_fits(event: MaintenanceEvent) -> Severity:  # noqa: PLR0911 - one return a line of the table
    if event.phase in (Phase.COMPLETED, Phase.CANCELED):
        return Severity.INFORMATIONAL
    if event.phase is Phase.FAILED:
        return Severity.ERROR
    if event.kind is Kind.RESOURCE_HEALTH:
        return _of_resource_health(event)
    if event.kind in _HEALTH_KINDS:
        return _of_azure_level(event)
    if event.impact in REBOOT_CLASS:
        return _of_reboot(event)
    if event.impact in _SLOWED:
        short = event.duration_seconds is not None and event.duration_seconds < _SHORT_PAUSE
        return Severity.INFORMATIONAL if short else Severity.WARNING
    if event.impact is Impact.NONE:
        return Severity.INFORMATIONAL
    return Severity.WARNING


def _of_resource_health(event: MaintenanceEvent) -> Severity:
    if event.initiated_by is InitiatedBy.CUSTOMER:
        return Severity.INFORMATIONAL
    if event.impact in REBOOT_CLASS:
        return Severity.ERROR
    return Severity.WARNING if event.impact in _SLOWED else Severity.INFORMATIONAL


def _of_azure_level(event: MaintenanceEvent) -> Severity:
    """The level when it is a word; a number, `Information` or nothing counts as informational."""
    level = _AZURE_LEVELS.get((event.azure_level or "").strip().lower(), Severity.INFORMATIONAL)
    if event.kind in _NEVER_UNDER_WARNING:
        return Severity.WARNING if level is Severity.INFORMATIONAL else level
    return level


def _of_reboot(event: MaintenanceEvent) -> Severity:
    notice = notice_of(event)
    if event.phase is Phase.STARTED or (notice is not None and notice < _HOUR):
        return Severity.CRITICAL
    return Severity.ERROR if notice is not None and notice < _DAY else Severity.WARNING


def notice_of(event: MaintenanceEvent) -> timedelta | None:
    """Time between the statement and the window's start; below zero is none at all. None when unknown.

    A scheduled event that says Scheduled without a time may begin at any moment: zero.
    """
    if event.window.not_before is not None:
        return max(event.window.not_before - event.occurred_at, timedelta())
    if event.source is Source.SCHEDULED_EVENTS and event.phase is Phase.SCHEDULED:
        return timedelta()
    return None
