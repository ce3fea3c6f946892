"""What a scheduled event looks like, in its many forms (see `forms.TABLE`)."""

from __future__ import annotations

import re

from notbefore.envelopes.seen import EMITTED, Seen

_EVENT_IN_TEXT = re.compile(r"EventI[dD]|IsVmInMaint|Incoming VM", re.IGNORECASE)
_BESIDE = ("EventStatus", "EventCreationTime", "NotBefore", "Resources", "ResourceName", "scheduledTime")
_TYPES = frozenset({"freeze", "reboot", "redeploy", "preempt", "terminate"})
"""Windows log records have an `EventID` and an `EventType` (`INFO`) as well."""
_RESOURCE = "/scheduledevents"
_LOGS = ("event", "syslog")
MESSAGES = (
    "message", "msg", "log", "syslogmessage", "rendereddescription", "rawdata", "body", "eventdata", "parameterxml",
)  # fmt: skip  # the keys that may hold an event as text


def is_agent(seen: Seen) -> bool:
    """Our agent's report, by its type or by what is in it."""
    said = seen.context.event_type.lower()
    if said.startswith("notbefore."):
        return said == "notbefore.vm.scheduled-events"
    return seen.top.has("document", "compute")


def is_scheduled_event(seen: Seen) -> bool:
    """One event object: of a forwarder, of an alert's dimensions, or under `Event`."""
    top = seen.top
    if (inside := top.inner("Event")).has("EventId") or inside.has("EventStatus", "EventType"):
        return True
    if _is_log_row(seen) or top.get("TimeGenerated") is not None or seen.type.endswith(_RESOURCE):
        return False
    if top.get("EventId") is not None:
        return len(top.raw) == 1 or top.get(*_BESIDE) is not None or top.word("EventType") in _TYPES
    return top.has("EventStatus") and (top.has("EventType") or top.has("NotBefore"))


def _is_log_row(seen: Seen) -> bool:
    top = seen.top
    if top.get("RenderedDescription", "SyslogMessage") is not None or top.has("EventLog") or top.has("SeverityLevel"):
        return True
    return seen.context.table.lower() in _LOGS or seen.type in _LOGS


def is_scheduled_row(seen: Seen) -> bool:
    """A log row or message whose text may hold an event."""
    top = seen.top
    if _is_log_row(seen):
        return True
    if top.get("TimeGenerated") is not None and top.has("EventStatus"):
        return True
    if seen.type:
        return False
    return any(isinstance(text := top.get(name), str) and _EVENT_IN_TEXT.search(text) for name in MESSAGES)


def is_scheduled_resource(seen: Seen) -> bool:
    """An event as an ARM resource."""
    if seen.type:
        return seen.type.endswith(_RESOURCE)
    return seen.event == EMITTED or seen.inner.has("EventId", "EventStatus")


def is_document(seen: Seen) -> bool:
    """What IMDS answers."""
    top = seen.top
    if top.has("DocumentIncarnation"):
        return True
    return any(event.has("EventId") or event.has("EventStatus", "EventType") for event in top.inners("Events"))
