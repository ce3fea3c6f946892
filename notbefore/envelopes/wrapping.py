"""What forwarders put around a payload: Automation, logic apps, pull delivery."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64

from notbefore.envelopes.record import Context, Inside, Opened
from notbefore.reading import Fields, unwrapped


def is_wrapped(fields: Fields) -> bool:
    """One payload in a wrapper whose own fields say nothing about it."""
    return _wrapped(fields) is not None


def open_wrapped(fields: Fields, context: Context) -> list[Opened]:
    """The payload inside."""
    name = _wrapped(fields)
    if name is None:
        return []
    value = fields.get(name)
    inner = context.within(time=fields.time("time", "timestamp"))
    return [Inside(_from_base64(value) if name in _ENCODED else value, fields.under(name), inner)]


def in_unknown_wrapper(fields: Fields, context: Context) -> Inside | None:
    """What an object that nobody recognises may carry: a forwarder's message, an Event Hub client's body."""
    for key in fields.keys(*_CARRIED):
        if isinstance(value := unwrapped(fields.raw[key]), dict | list):
            return Inside(value, fields.under(key), context)
    return None


_CARRIED = ("WebhookData", "body", "payload", "custom_details", "message", "event", "original", "data")
_ENCODED = ("$content", "ContentData")
"""Where logic apps put a body of a type they do not know, in base64."""
_WRAPPERS = (
    ("RequestBody", ("RequestBody",)),
    ("event", ("brokerProperties", "sourcetype")),
    ("body", ("headers", "statusCode", "queries")),
    ("outputs", ("inputs", "name")),
    *((name, (name,)) for name in _ENCODED),
)
"""Key of the payload, and the keys of which one must stand beside it unless it stands alone."""


def _wrapped(fields: Fields) -> str | None:
    for name, beside in _WRAPPERS:
        if fields.key(name) is None or not (len(fields.raw) == 1 or any(fields.key(key) for key in beside)):
            continue
        if name in _ENCODED or isinstance(unwrapped(fields.get(name)), dict | list):
            return name
    return None


def _from_base64(value: object) -> object:
    try:
        return b64decode(str(value)).decode("utf-8", "replace")
    except (NotBase64, ValueError):
        return value
