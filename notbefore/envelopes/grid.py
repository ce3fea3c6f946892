"""Event Grid and CloudEvents, and the resource notifications inside them."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64

from notbefore.envelopes.known import is_ours, note_new_type, note_new_version
from notbefore.envelopes.record import Context, Inside, Opened
from notbefore.errors import MalformedSignal
from notbefore.reading import Fields, unwrapped

_NOTIFICATION = frozenset({"resourceinfo", "operationalinfo", "apiversion"})
"""What stands in the data of a resource notification."""


def is_grid(fields: Fields) -> bool:
    """Event Grid's schema or CloudEvents, live or dead-lettered."""
    if fields.key("data") is None and fields.key("data_base64") is None:
        return False
    return fields.get("eventType") is not None or (
        fields.get("type") is not None and (fields.has("specversion") or fields.get("source") is not None)
    )


def open_grid(fields: Fields, context: Context) -> list[Opened]:
    """What the event is about: its data, and of a resource notification the resource itself."""
    event_type = fields.text("eventType", "type") or ""
    note_new_type(fields, event_type)
    inner = context.within(
        event_type=event_type,
        time=fields.time("eventTime", "time"),
        subject=fields.text("subject"),
        topic=fields.text("topic", "source"),
    )
    said = unwrapped(_data_of(fields))
    if isinstance(said, dict):
        return _notified(Fields(said, fields.under("data", "data_base64"), fields.notes), inner)
    if is_ours(event_type):
        return [MalformedSignal(fields.at("data"), f"an object was expected, not a {type(said).__name__}")]
    return [Inside(said, fields.under("data"), inner)]


def _data_of(fields: Fields) -> object:
    if (encoded := fields.text("data_base64")) and fields.get("data") is None:
        try:
            return b64decode(encoded).decode("utf-8", "replace")
        except (NotBase64, ValueError):
            return encoded
    return fields.get("data")


def _notified(fields: Fields, context: Context) -> list[Opened]:
    """`resourceInfo`, or each `resources[].armResource`; else the data as it is."""
    info = fields.inner("resourceInfo")
    if info:
        note_new_version(fields)
    if info or (_NOTIFICATION.issuperset(fields.spelt) and "resourcenotifications" in context.event_type.lower()):
        return [Inside(info.raw, info.place, context)]
    notified: list[Opened] = [
        Inside(entry.raw, entry.place, context.within(correlation_id=resource.text("correlationId")))
        for resource in fields.inners("resources")
        if (entry := resource.inner("armResource"))
    ]
    return notified or [Inside(fields.raw, fields.place, context)]
