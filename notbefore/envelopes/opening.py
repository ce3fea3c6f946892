"""From bytes to single records: one table of envelopes, opened until nothing is an envelope any more.

Order of what comes out is the order of the payload. An element that cannot be read is a `MalformedSignal` of its
own and does not spoil its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from notbefore.envelopes.alerts import has_search_rows, is_alert, is_legacy, open_alert, open_legacy, open_search
from notbefore.envelopes.forms import NOT_RECOGNISED, recognised
from notbefore.envelopes.grid import is_grid, open_grid
from notbefore.envelopes.lines import line_record, split_lines
from notbefore.envelopes.lists import is_graph, open_graph, open_otlp, open_records, open_tables, open_value
from notbefore.envelopes.record import Context, Opened, Passed, Record
from notbefore.envelopes.tables import is_table, open_table
from notbefore.envelopes.wrapping import in_unknown_wrapper, is_wrapped, open_wrapped
from notbefore.errors import MalformedSignal
from notbefore.reading import Fields, Place, spelt_out, unwrapped
from notbefore.reading.decoding import TOO_DEEP, NotJson, decode

Found = Record | Passed | MalformedSignal

Opener = Callable[[Fields, Context], list[Opened]]
Envelope = tuple[frozenset[str], Callable[[Fields], bool], Opener]


def _row(keys: str, fits: Callable[[Fields], bool], opener: Opener) -> Envelope:
    return frozenset(keys.lower().split()), fits, opener


ENVELOPES: tuple[Envelope, ...] = (
    # the common alert schema: essentials and alertContext under data, or at the top
    _row("schemaId alertContext data", is_alert, open_alert),
    # the legacy schema: data.context.activityLog
    _row("schemaId data context activityLog", is_legacy, open_legacy),
    # log alerts: SearchResult(s).tables, or condition.allOf[].dimensions
    _row("schemaId SearchResults SearchResult condition", has_search_rows, open_search),
    # Event Grid and CloudEvents; resource notifications down to the resource
    _row("data data_base64", is_grid, open_grid),
    # Resource Graph: {"data": [objects]} and {"data": {columns, rows}}
    _row("data", is_graph, open_graph),
    # Event Hubs and Storage exports
    _row("records", lambda _: True, open_records),
    # Logs query answers
    _row("tables", lambda _: True, open_tables),
    # one table by itself: {columns, rows}
    _row("columns", is_table, open_table),
    # OpenTelemetry: resourceLogs[].scopeLogs[].logRecords[]
    _row("resourceLogs", lambda _: True, open_otlp),
    # Automation's RequestBody, a logic app's body, pull delivery's event
    _row("RequestBody event body outputs $content ContentData", is_wrapped, open_wrapped),
    # REST lists
    _row("value", lambda fields: not fields.has("localizedValue"), open_value),
)
"""The keys without one of which an object is no such envelope, the test, and how it is opened."""


def _candidates(keys: frozenset[str]) -> tuple[Envelope, ...]:
    return tuple([row for row in ENVELOPES if not row[0].isdisjoint(keys)])


def opened(body: bytes, received: datetime) -> list[Found]:
    """Everything in the payload. What is neither JSON nor lines that we know is one malformed signal."""
    context, found = Context(received=received), list[Found]()
    try:
        value = decode(body)
    except NotJson as problem:
        return _opened_lines(body, context, str(problem))
    except MalformedSignal as problem:
        return [problem]
    _open(value, "$", context, found)
    return found


def _opened_lines(body: bytes, context: Context, problem: str) -> list[Found]:
    """JSON Lines and syslog lines, mixed or not. A line that is neither spoils only itself."""
    lines = split_lines(body)
    values = [line_record(line, context) for line in lines]
    if not lines or values[0] is None or not any(value is not None and value.telling for value in values):
        return [MalformedSignal("$", f"neither JSON nor a log line with an event: {problem}")]
    found: list[Found] = []
    for number, value in enumerate(values):
        path = f"$[{number}]" if len(lines) > 1 else "$"
        if value is None:
            found.append(MalformedSignal(path, "neither JSON nor a log line"))
        else:
            _open(value.value, path, value.context, found)
    return found


def _open(value: object, place: Place, context: Context, found: list[Found]) -> None:
    """What lies at the place goes to what was found. Nested too deeply, it spoils only itself."""
    try:
        if isinstance(value, dict) or isinstance(value := unwrapped(value), dict):
            _open_object(Fields(value, place, [*context.notes]), context, found)
        elif isinstance(value, list):
            path = spelt_out(place)
            for index, element in enumerate(value):
                _open(element, f"{path}[{index}]", context, found)
        elif isinstance(value, str) and (line := line_record(value, context)) and line.telling:
            _open(line.value, place, line.context, found)
        else:
            found.append(Passed(spelt_out(place), "null" if value is None else "a bare value, not recognised"))
    except RecursionError:
        found.append(MalformedSignal(spelt_out(place), TOO_DEEP))


def _open_object(fields: Fields, context: Context, found: list[Found]) -> None:
    for _, fits, opener in fields.spelling.derived(_candidates):
        if fits(fields):
            for inside in opener(fields, context):
                if isinstance(inside, MalformedSignal):
                    found.append(inside)
                else:
                    _open(inside.value, inside.place, inside.context.noting(fields.notes), found)
            return
    record = recognised(fields, context)
    unknown = isinstance(record, Passed) and record.reason == NOT_RECOGNISED
    if unknown and (carried := in_unknown_wrapper(fields, context)):
        _open(carried.value, carried.place, carried.context, found)
    else:
        found.append(record)
