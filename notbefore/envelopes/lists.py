"""Envelopes that are lists with something around them: exports, query answers, REST lists, OpenTelemetry."""

from __future__ import annotations

from notbefore.envelopes.otlp import flat, plain
from notbefore.envelopes.record import Context, Inside, Opened
from notbefore.envelopes.tables import is_table
from notbefore.errors import MalformedSignal
from notbefore.reading import Fields, is_nothing, unwrapped


def _elements(fields: Fields, name: str, context: Context) -> list[Opened]:
    """Each element of a list, or one malformed when it is no list."""
    value = unwrapped(fields.get(name))
    if isinstance(value, list):
        path = fields.at(name)
        return [Inside(element, f"{path}[{index}]", context) for index, element in enumerate(value)]
    if is_nothing(value):
        return []
    return [MalformedSignal(fields.at(name), f"a list was expected, not a {type(value).__name__}")]


def open_records(fields: Fields, context: Context) -> list[Opened]:
    """Event Hubs and Storage: `{"records": […]}`."""
    return _elements(fields, "records", context)


def open_tables(fields: Fields, context: Context) -> list[Opened]:
    """A Logs answer: `{"tables": [{name, columns, rows}]}`."""
    return _elements(fields, "tables", context)


def open_value(fields: Fields, context: Context) -> list[Opened]:
    """A REST list `{"value": […], "nextLink"}`. A bare text there (an approval's answer) is no list of ours."""
    value = unwrapped(fields.get("value"))
    if isinstance(value, list):
        return _elements(fields, "value", context)
    return [Inside(value, fields.under("value"), context)]


def is_graph(fields: Fields) -> bool:
    """Resource Graph: `data` is a list of objects, or columns and rows."""
    if fields.key("data") is None:
        return False
    rows = unwrapped(fields.get("data"))
    return isinstance(rows, list) or (isinstance(rows, dict) and is_table(Fields(rows)))


def open_graph(fields: Fields, context: Context) -> list[Opened]:
    """The rows, as objects or as a table."""
    if isinstance(unwrapped(fields.get("data")), list):
        return _elements(fields, "data", context)
    return [Inside(fields.get("data"), fields.under("data"), context)]


def open_otlp(fields: Fields, context: Context) -> list[Opened]:
    """Each log record as the activity-log record (or the log row) it was before the collector took it apart."""
    if not isinstance(unwrapped(fields.get("resourceLogs")), list):
        return [MalformedSignal(fields.at("resourceLogs"), "not a list")]
    return [
        Inside(plain(record, shared), record.place, context)
        for resource in fields.inners("resourceLogs")
        for shared in [flat(resource.inner("resource").get("attributes"))]
        for scope in resource.inners("scopeLogs", "instrumentationLibraryLogs")
        for record in scope.inners("logRecords", "logs")
    ]
