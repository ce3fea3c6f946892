"""`MaintenanceEvent`: one normalised observation, schema v1. All times are aware and UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from notbefore.schema.words import SCHEMA_VERSION, Impact, InitiatedBy, Kind, Phase, Severity, Source


def require_utc(name: str, value: datetime | None) -> None:
    """Refuses a naive or shifted datetime where it is made. Raises: ValueError, a bug of ours."""
    if value is not None and value.tzinfo is not UTC and value.utcoffset() != timedelta(0):
        raise ValueError(f"{name} must be an aware UTC datetime, not {value!r}")


class Resource(Struct, frozen=True, gc=False):
    """What is affected: a lower-case ARM id, or only a name."""

    id: str | None = None
    name: str | None = None
    type: str | None = None

    @property
    def key(self) -> str:
        """The resource's identity within a story: its id, else its name, lower case."""
        return self.id or (self.name or "").lower()


class Window(Struct, frozen=True, gc=False):
    """What was announced; either side may be unknown."""

    not_before: datetime | None = None
    not_after: datetime | None = None

    def __post_init__(self) -> None:
        start, end = self.not_before, self.not_after
        if start is not None and start.tzinfo is not UTC:
            require_utc("window.not_before", start)
        if end is not None:
            require_utc("window.not_after", end)
            if start is not None and end < start:
                raise ValueError("a window must not end before it starts")


class SelfServiceWindow(Struct, frozen=True, gc=False):
    """When the customer may start the maintenance at a time of their own."""

    start: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        require_utc("self_service_window.start", self.start)
        require_utc("self_service_window.end", self.end)


class EventError(Struct, frozen=True, gc=False):
    """What failed, in Azure's words."""

    code: str | None = None
    message: str | None = None


class FieldWarning(Struct, frozen=True, gc=False):
    """What could not be read, or was resolved."""

    path: str
    problem: str


class MaintenanceEvent(Struct, frozen=True, gc=False, kw_only=True):
    """One normalised observation, schema v1. Field order here is the order printed."""

    schema_version: str = SCHEMA_VERSION
    id: str
    source: Source
    kind: Kind = Kind.UNKNOWN
    phase: Phase = Phase.UNKNOWN
    impact: Impact = Impact.UNKNOWN
    severity: Severity = Severity.WARNING
    azure_level: str | None = None
    initiated_by: InitiatedBy = InitiatedBy.UNKNOWN
    subscription_id: str | None = None
    regions: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    resources: tuple[Resource, ...] = ()
    window: Window = Window()
    self_service_window: SelfServiceWindow | None = None
    duration_seconds: int | None = None
    keys: dict[str, str] = msgspec.field(default_factory=dict)
    title: str = ""
    text: str = ""
    url: str | None = None
    error: EventError | None = None
    warnings: tuple[FieldWarning, ...] = ()
    test: bool = False
    occurred_at: datetime

    def __post_init__(self) -> None:
        require_utc("occurred_at", self.occurred_at)
