"""A record as the table of forms looks at it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from notbefore.envelopes.record import Context
from notbefore.reading import Fields

TYPE = "type"
"""Stands in a row's keys for a record with an ARM type; the last part of one does after a slash: `/applyupdates`."""

CHANGED, ANNOTATED, EMITTED = "availabilitystatuschanged", "resourceannotated", "scheduledeventemitted"
RUN_EVENTS = ("premaintenanceevent", "postmaintenanceevent")
"""Last parts of event types that say what a record is when nothing else does; they stand in a row's keys too."""


class Seen(Struct, frozen=True):
    """A record as the table looks at it: its fields, its properties, its ARM type in lower case, its context."""

    top: Fields
    inner: Fields
    type: str
    context: Context
    event: str
    """The last part of the envelope's event type, in lower case: `premaintenanceevent`."""

    def said_around(self) -> Iterator[str]:
        """What stands in a row's keys for what its type and its envelopes say."""
        if self.type:
            yield TYPE
            yield self.type[self.type.rfind("/") :]
        if self.context.table:
            yield "table"
        if self.event:
            yield self.event
            if self.context.event_type.lower().startswith("notbefore."):
                yield "ours"

    def any(self, *names: str) -> bool:
        """One of the names has a value, at the top or in the properties."""
        return self.top.get(*names) is not None or self.inner.get(*names) is not None

    def all(self, *names: str) -> bool:
        """Each of the names has a value, at the top or in the properties."""
        return all(self.any(name) for name in names)

    def is_run_event(self) -> bool:
        """An event of a run, which only its envelope says: before, after, or of a type that Azure added."""
        if self.event in RUN_EVENTS:
            return True
        return self.context.event_type.lower().startswith("microsoft.maintenance.") and self.top.has("correlationId")
