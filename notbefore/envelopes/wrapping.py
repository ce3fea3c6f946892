"""What forwarders put around a payload: Automation, logic apps, pull delivery."""

from __future__ import annotations

from collections.abc import Iterator

from notbefore.envelopes.record import Context, Inside
from notbefore.errors import MalformedSignal
from notbefore.reading import Fields, unwrapped


def is_wrapped(fields: Fields) -> bool:
    """One payload in a wrapper whose own fields say nothing about it."""
    return _wrapped(fields) is not None


def open_wrapped(fields: Fields, context: Context) -> Iterator[Inside | MalformedSignal]:
    """The payload inside."""
    if name := _wrapped(fields):
        yield Inside(fields.get(name), fields.at(name), context)


def _wrapped(fields: Fields) -> str | None:
    if fields.key("RequestBody"):
        return "RequestBody"
    if fields.has("brokerProperties", "event"):
        return "event"
    for name, beside in (("body", ("headers", "statusCode", "queries")), ("outputs", ("inputs", "name"))):
        value = unwrapped(fields.get(name))
        alone = len(fields.raw) == 1 or any(fields.key(key) for key in beside)
        if isinstance(value, dict | list) and alone:
            return name
    return None
