"""From what a source has read to a `MaintenanceEvent`: id, severity, warnings and time, the same for all sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

import msgspec

from notbefore.envelopes import Record
from notbefore.reading import Fields
from notbefore.reading.arm import NIL_GUID
from notbefore.schema import (
    EventError,
    Impact,
    InitiatedBy,
    Kind,
    MaintenanceEvent,
    Phase,
    Resource,
    SelfServiceWindow,
    Source,
    Window,
)
from notbefore.severity import severity_of

Meaning = TypeVar("Meaning")

OWN_TIMES = (
    "occurredTime", "occuredTime", "EventCreationTime", "eventTimestamp", "time", "eventTime",
    "TimeGenerated", "lastUpdateTime", "lastModifiedDateTime",
)  # fmt: skip  # the order in which they are asked
"""Where a statement says when it was made."""

_NO_KEYS = frozenset({NIL_GUID, "0"})


class Observed(msgspec.Struct, kw_only=True):
    """What a source fills in; everything else of the event follows from it.

    `occurred` is the statement's own time; None falls back on the envelope's, then on the arrival.
    `version` tells two statements of one maintenance apart when their fields do not (a communication id, the raw
    status word); left empty, the own time does, and where there is none the envelope's. The arrival never counts,
    so that the same statement has the same id however often and however it came. `identity` stands for all but the
    version where reporters know different parts of one statement (their own resource's id, the subscription).
    """

    source: Source
    kind: Kind = Kind.UNKNOWN
    phase: Phase = Phase.UNKNOWN
    impact: Impact = Impact.UNKNOWN
    azure_level: str | None = None
    initiated_by: InitiatedBy = InitiatedBy.UNKNOWN
    subscription_id: str | None = None
    regions: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    resources: tuple[Resource, ...] = ()
    window: Window = Window()
    self_service_window: SelfServiceWindow | None = None
    duration_seconds: int | None = None
    keys: dict[str, str] = {}
    title: str = ""
    text: str = ""
    url: str | None = None
    error: EventError | None = None
    test: bool = False
    occurred: datetime | None = None
    version: tuple[object, ...] = ()
    identity: tuple[object, ...] = ()


_PORTAL = "https://portal.azure.com/#resource"


def observe(record: Record, seen: Observed) -> MaintenanceEvent:
    """The event, with its id and severity, and the warnings noted while the record was read."""
    said_at = seen.occurred or record.context.time
    notes = record.fields.notes
    event = MaintenanceEvent(
        id=_id_of(seen, said_at),
        source=seen.source,
        kind=seen.kind,
        phase=seen.phase,
        impact=seen.impact,
        azure_level=seen.azure_level,
        initiated_by=seen.initiated_by,
        subscription_id=seen.subscription_id,
        regions=seen.regions,
        services=seen.services,
        resources=seen.resources,
        window=seen.window,
        self_service_window=seen.self_service_window,
        duration_seconds=seen.duration_seconds,
        keys=seen.keys,
        title=seen.title if "\0" not in seen.title else seen.title.replace("\0", ""),
        text=seen.text if "\0" not in seen.text else seen.text.replace("\0", ""),  # databases refuse what carries one
        url=seen.url or _in_portal(seen.resources),
        error=seen.error,
        warnings=tuple(dict.fromkeys(notes)) if notes else (),
        test=seen.test,
        occurred_at=said_at or record.context.received,
    )
    msgspec.structs.force_setattr(event, "severity", severity_of(event))  # nobody has seen it yet
    return event


def _in_portal(resources: tuple[Resource, ...]) -> str | None:
    for resource in resources:
        if resource.id:
            return _PORTAL + resource.id
    return None


def _id_of(seen: Observed, said_at: datetime | None) -> str:
    """Source, identity and version of the statement, hashed; see `Observed.version`."""
    version = seen.version or (said_at.isoformat() if said_at else "",)
    if seen.identity:
        return _hashed(seen.source, (seen.identity, version))
    parts: tuple[object, ...] = (
        seen.source, seen.kind, seen.phase, seen.impact, seen.subscription_id,
        sorted([(name, value.lower()) for name, value in seen.keys.items()]),
        sorted([resource.key for resource in seen.resources]),
        seen.window, seen.self_service_window, seen.duration_seconds, version,
    )  # fmt: skip  # identity in rows
    return _hashed(seen.source, parts)


def _hashed(source: Source, parts: tuple[object, ...]) -> str:
    return f"{source}-{sha256(msgspec.json.encode(parts)).hexdigest()[:32]}"


def looked_up(fields: Fields, table: Mapping[str, Meaning], unknown: Meaning, *names: str) -> Meaning:
    """What the word under the first name with a value means; another word is noted and `unknown`, nothing is too."""
    word = fields.word(*names)
    if word not in table and fields.get(*names) is not None:
        fields.note(f"not a known word: {(fields.text(*names) or str(fields.get(*names)))[:80]!r}", *names)
    return table.get(word, unknown)


def keys_of(**named: str | None) -> dict[str, str]:
    """The keys that are known; the nil GUID, `0` (what Azure writes for no incident) and nothing are none."""
    return {name: value for name, value in named.items() if value and value not in _NO_KEYS}


def distinct(resources: Iterable[Resource | None]) -> tuple[Resource, ...]:
    """Each resource once, as it came first, in order; None is passed over."""
    found: dict[str, Resource] = {}
    for resource in resources:
        if resource is not None:
            found.setdefault(resource.key, resource)
    return tuple(found.values())


def window_of(record: Record | Fields, start: datetime | None, end: datetime | None, *end_names: str) -> Window:
    """The window; an end before its start is null, with a warning at the end's field."""
    if start is not None and end is not None and end < start:
        fields = record.fields if isinstance(record, Record) else record
        fields.note("the end lies before the start", *(end_names or ("",)))
        end = None
    return Window(start, end)
