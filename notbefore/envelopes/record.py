"""`Record`: one statement, taken out of whatever it came in, with what it inherits from there."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from notbefore.errors import MalformedSignal
from notbefore.reading import Fields, Place
from notbefore.schema import FieldWarning


class Form(StrEnum):
    """What a record looks like, and so whose it is. The text says what `Record.fields` is."""

    SERVICE_HEALTH_ENTRY = "an activity-log record of category ServiceHealth, in any of its spellings"
    SERVICE_HEALTH_EVENT = "an element of the events REST answer or of servicehealthresources (an ARM resource)"
    IMPACTED_RESOURCE = "a row of impacted resources (an ARM resource)"

    RESOURCE_HEALTH_ENTRY = "an activity-log record of category ResourceHealth"
    AVAILABILITY = "an availability status (an ARM resource; Event Grid's resourceInfo, REST, Resource Graph)"
    ANNOTATION = "a resource annotation (an ARM resource; Event Grid's resourceInfo, Resource Graph)"

    OPERATION_ENTRY = "an administrative activity-log record or an Event Grid ResourceAction's data"

    SCHEDULED_DOCUMENT = "an object with `Events` and/or `DocumentIncarnation`, as IMDS answers"
    SCHEDULED_AGENT = "the agent's `{document, compute, agent}`"
    SCHEDULED_EVENT = "one event object: EventId, EventType, … at the top, or one under `Event` with facts beside it"
    SCHEDULED_RESOURCE = "an ARM resource {id, name, type, location, properties{EventId, …}}; AKS bodies too"
    SCHEDULED_ROW = "a row of Event or Syslog, a syslog line as such a row, or a query's columns with an EventId"

    MAINTENANCE_RUN_EVENT = "the data of a pre or post maintenance event (`context.event_type` says which)"
    MAINTENANCE_UPDATE = "an element of Microsoft.Maintenance updates, or the Graph row that lists them"
    APPLY_UPDATE = "an applyUpdate (an ARM resource)"

    INSTANCE_VIEW = "a VM (or only its instance view) with maintenanceRedeployStatus"
    UPGRADE = "an element of the OS upgrade history, or a rolling upgrade status"
    PATCH_RUN = "the result of installPatches, or a row of patchinstallationresources"

    UPDATE_RUN_ROW = "a row of UpdateRunProgress"


class Context(Struct, frozen=True):
    """What a record inherits from its envelopes; the innermost envelope that says something wins."""

    ACTIVITY_LOG: ClassVar[str] = "Microsoft.Insights/activityLogs"
    """`event_type` of what comes out of the legacy activity-log alert, whatever the record itself says."""

    received: datetime
    """The arrival, aware UTC; what `occurred_at` falls back on last."""
    time: datetime | None = None
    """The envelope's time: submissionTimestamp, firedDateTime, Event Grid's time, the forwarder's."""
    event_type: str = ""
    """Event Grid's `eventType`, CloudEvents' `type`, an alert's `monitoringService`, as sent."""
    subject: str = ""
    """Event Grid's subject, as sent: a resource where its source is one."""
    topic: str = ""
    """Event Grid's topic or CloudEvents' source, as sent. A relay's topic is nobody's subscription."""
    correlation_id: str = ""
    """That of a resource provider's notification, beside the resource it is about."""
    targets: tuple[str, ...] = ()
    """An alert's alertTargetIDs, as sent: the resources (or only the subscription) it fired for."""
    table: str = ""
    """The log table a row is of, when that is said."""
    notes: tuple[FieldWarning, ...] = ()
    """What could not be read of the envelopes, or was not known; every event out of them carries it."""

    def within(self, **said: object) -> Context:
        """The same context, with what an inner envelope says over it; None and "" say nothing."""
        news = {name: value for name, value in said.items() if value}
        return replace(self, **news) if news else self

    def noting(self, notes: list[FieldWarning]) -> Context:
        """The same context, with what an envelope noted, and those around it before."""
        return replace(self, notes=tuple(notes)) if notes else self


class Record(Struct, frozen=True):
    """One single record: its form, its fields (with JSON path and the notes taken so far), what it inherits."""

    form: Form
    fields: Fields
    context: Context

    @property
    def path(self) -> str:
        """Where in the payload the record lies: `$`, `$.data.alertContext`, `$[0].data` and so on."""
        return self.fields.path


class Inside(Struct, frozen=True):
    """What an opened envelope holds: a value still to be looked at, its place, and what it inherits."""

    value: object
    place: Place
    context: Context


Opened = Inside | MalformedSignal
"""What is in an envelope; an element that cannot be opened spoils only itself."""


class Passed(Struct, frozen=True):
    """What is no event: where it lies and why it is passed over."""

    path: str
    reason: str
