"""The closed sets of schema v1. A value that Azure adds tomorrow reads as `unknown`, never as something harmless."""

from __future__ import annotations

from enum import StrEnum

SCHEMA_VERSION = "1"

STORED_VERSION = 1
"""In which form rows and queue messages are written."""
READABLE_VERSION = 1
"""The newest form that is read. A release that is to write a new form comes after one that reads it: while an update
runs both are at work side by side, and there is a way back. What is only added, with a default, is no new form."""
UNKNOWN_SUBSCRIPTION = "unknown"

DRILL_SUBSCRIPTION = "00000000-0000-4000-8000-000000000000"
"""Nobody's: a drill that names no subscription is kept there, and proves no subscription's alert rules."""


class Source(StrEnum):
    """Whose statement an event is, not the pipe it came through."""

    SERVICE_HEALTH = "service_health"
    RESOURCE_HEALTH = "resource_health"
    SCHEDULED_EVENTS = "scheduled_events"
    MAINTENANCE_CONFIGURATION = "maintenance_configuration"
    COMPUTE = "compute"
    ACTIVITY_LOG = "activity_log"
    UPDATE_MANAGEMENT = "update_management"


class Kind(StrEnum):
    """What is going on."""

    PLANNED_MAINTENANCE = "planned_maintenance"
    HOST_MAINTENANCE = "host_maintenance"
    MAINTENANCE_RUN = "maintenance_run"
    OS_IMAGE_UPGRADE = "os_image_upgrade"
    GUEST_PATCHING = "guest_patching"
    EXTENSION_UPGRADE = "extension_upgrade"
    SELF_SERVICE_MAINTENANCE = "self_service_maintenance"
    VM_OPERATION = "vm_operation"
    CLUSTER_UPGRADE = "cluster_upgrade"
    RESOURCE_HEALTH = "resource_health"
    SERVICE_ISSUE = "service_issue"
    HEALTH_ADVISORY = "health_advisory"
    SECURITY_ADVISORY = "security_advisory"
    EVICTION = "eviction"
    TERMINATION = "termination"
    UNKNOWN = "unknown"


class Phase(StrEnum):
    """How far it has come."""

    ANNOUNCED = "announced"
    SCHEDULED = "scheduled"
    STARTED = "started"
    UPDATED = "updated"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"
    RESCHEDULED = "rescheduled"
    UNKNOWN = "unknown"


class Impact(StrEnum):
    """What it does to a resource."""

    NONE = "none"
    FREEZE = "freeze"
    REBOOT = "reboot"
    REDEPLOY = "redeploy"
    REIMAGE = "reimage"
    PREEMPT = "preempt"
    TERMINATE = "terminate"
    DEGRADED = "degraded"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """Ours, never Azure's. Compare by `rank`, from low to high."""

    INFORMATIONAL = "informational"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    rank: int
    """0 for informational up to 3 for critical."""


for _rank, _severity in enumerate(Severity):
    _severity.rank = _rank


class InitiatedBy(StrEnum):
    """Who set it going."""

    PLATFORM = "platform"
    CUSTOMER = "customer"
    UNKNOWN = "unknown"


REBOOT_CLASS = frozenset(
    {Impact.REBOOT, Impact.REDEPLOY, Impact.REIMAGE, Impact.PREEMPT, Impact.TERMINATE, Impact.UNAVAILABLE}
)
"""Impacts that stop a machine."""

_WORSE = (
    Impact.UNKNOWN, Impact.NONE, Impact.FREEZE, Impact.DEGRADED, Impact.UNAVAILABLE,
    Impact.REBOOT, Impact.REIMAGE, Impact.REDEPLOY, Impact.PREEMPT, Impact.TERMINATE,
)  # fmt: skip  # a scale reads best in rows
IMPACT_RANK = {impact: rank for rank, impact in enumerate(_WORSE)}
"""The worse stands; unknown ranks lowest so that anything known replaces it."""

PROGRESS = {
    Phase.UNKNOWN: 0, Phase.UPDATED: 0, Phase.ANNOUNCED: 1, Phase.RESCHEDULED: 1, Phase.SCHEDULED: 1,
    Phase.STARTED: 2, Phase.COMPLETED: 3, Phase.FAILED: 3, Phase.CANCELED: 3,
}  # fmt: skip  # a scale reads best in rows
"""How far a phase is; what says nothing of it is nowhere."""

OVER = frozenset({Phase.COMPLETED, Phase.CANCELED, Phase.FAILED})
"""Phases after which nothing more is expected of a resource."""
