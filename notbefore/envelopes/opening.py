"""From bytes to single records: one table of envelopes, opened until nothing is an envelope any more.

Order of what comes out is the order of the payload. An element that cannot be read is a `MalformedSignal` of its
own and does not spoil its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from notbefore.envelopes.alerts import has_search_rows, is_alert, is_legacy, open_alert, open_legacy, open_search
from notbefore.envelopes.forms import NOT_RECOGNISED, recognised
from notbefore.envelopes.grid import is_grid, open_grid
from notbefore.envelopes.lines import line_record, split_lines
from notbefore.envelopes.lists import is_graph, open_graph, open_otlp, open_records, open_tables, open_value
from notbefore.envelopes.record import Context, Inside, Passed, Record
from notbefore.envelopes.tables import is_table, open_table
from notbefore.envelopes.wrapping import in_unknown_wrapper, is_wrapped, open_wrapped
from notbefore.errors import MalformedSignal
from notbefore.reading import Fields, Place, spelt_out, unwrapped
from notbefore.reading.decoding import NotJson, decode

Found = Record | Passed | MalformedSignal

Opener = Callable[[Fields, Context], Iterator[Inside | MalformedSignal]]
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


def opened(body: bytes, received: datetime) -> Iterator[Found]:
    """Everything in the payload. Raises: MalformedSignal when it is neither JSON nor lines that we know."""
    context = Context(received=received)
    try:
        value = decode(body)
    except NotJson as problem:
        yield from _opened_lines(body, context, str(problem))
        return
    yield from _walk(value, "$", context)


def _opened_lines(body: bytes, context: Context, problem: str) -> Iterator[Found]:
    """JSON Lines and syslog lines, mixed or not. A line that is neither spoils only itself."""
    lines = split_lines(body)
    values = [line_record(line, context) for line in lines]
    if not lines or values[0] is None or not any(value is not None and value.telling for value in values):
        raise MalformedSignal("$", f"neither JSON nor a log line with an event: {problem}")
    for number, value in enumerate(values):
        path = f"$[{number}]" if len(lines) > 1 else "$"
        if value is None:
            yield MalformedSignal(path, "neither JSON nor a log line")
        else:
            yield from _walk(value.value, path, value.context)


def _walk(value: object, place: Place, context: Context) -> Iterator[Found]:
    if isinstance(value, dict) or isinstance(value := unwrapped(value), dict):
        yield from _opened_object(Fields(value, place, [*context.notes]), context)
    elif isinstance(value, list):
        path = spelt_out(place)
        for index, element in enumerate(value):
            yield from _walk(element, f"{path}[{index}]", context)
    elif isinstance(value, str) and (line := line_record(value, context)) and line.telling:
        yield from _walk(line.value, place, line.context)
    else:
        yield Passed(spelt_out(place), "null" if value is None else "a bare value, not recognised")


def _opened_object(fields: Fields, context: Context) -> Iterator[Found]:
    for _, fits, opener in fields.by_keys(_candidates):
        if fits(fields):
            for inside in opener(fields, context):
                if isinstance(inside, MalformedSignal):
                    yield inside
                else:
                    yield from _walk(inside.value, inside.place, inside.context.noting(fields.notes))
            return
    found = recognised(fields, context)
    unknown = isinstance(found, Passed) and found.reason == NOT_RECOGNISED
    if unknown and (carried := in_unknown_wrapper(fields, context)):
        yield from _walk(carried.value, carried.place, carried.context)
    else:
        yield found
