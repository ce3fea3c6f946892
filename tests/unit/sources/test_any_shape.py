"""A statement says the same in whatever envelope, case, order and type it is sent."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import asdict

from notbefore.normalization import normalize
from notbefore.schema import MaintenanceEvent

ARRIVAL = datetime(2026, 5, 4, 10, 0, 30, tzinfo=UTC)
EXAMPLES = [
    path
    for folder in ("scheduled_events", "compute", "maintenance_configuration", "update_management")
    for path in sorted((Path(__file__).parent / "examples" / folder).glob("*.json"))
]
INSIDE = frozenset(
    {
        "properties", "data", "instanceview", "maintenanceredeploystatus", "runningstatus", "error", "errordetails",
        "events", "event", "resources", "resourceinfo", "value", "document", "compute", "resourcesubscriptionids",
        "progress", "armresource",
    }
)  # fmt: skip  # keys of which the value may come as a string of JSON

Json = Any


def grid(value: Json) -> Json:
    """A relay's own topic and type, and the arrival's time."""
    topic = (
        "/subscriptions/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee/resourceGroups/o/providers/Microsoft.EventGrid/topics/t"
    )
    return [
        {"id": "1", "topic": topic, "subject": "s", "eventType": "Own", "eventTime": ARRIVAL.isoformat(), "data": value}
    ]


def cloud(value: Json) -> Json:
    """The same as a CloudEvent."""
    return {"specversion": "1.0", "id": "1", "source": "/x", "type": "own", "time": ARRIVAL.isoformat(), "data": value}


def encoded(value: Json) -> Json:
    """A CloudEvent whose data are bytes."""
    outer = cloud(value)
    return {**outer, "data_base64": base64.b64encode(json.dumps(outer.pop("data")).encode()).decode()}


def mapped(value: Json, change: Callable[[str, Json], tuple[str, Json]]) -> Json:
    """The value with every pair changed, the innermost first."""
    if isinstance(value, dict):
        return dict(change(name, mapped(inner, change)) for name, inner in value.items())
    return [mapped(inner, change) for inner in value] if isinstance(value, list) else value


def as_text(inner: Json) -> Json:
    """Numbers and flags as Python and Resource Graph print them."""
    return str(inner) if isinstance(inner, bool | int) else inner


def as_json(name: str, inner: Json) -> Json:
    """Objects and lists inside, as a string of JSON."""
    return json.dumps(inner) if isinstance(inner, dict | list) and name.lower() in INSIDE else inner


SHAPES: dict[str, Callable[[Json], Json]] = {
    "a string": json.dumps,
    "a string in a string": lambda value: json.dumps(json.dumps(value)),
    "a list": lambda value: [value],
    "an export": lambda value: {"records": [value]},
    "a REST list": lambda value: {"value": [value], "nextLink": ""},
    "Automation": lambda value: {"WebhookName": "w", "RequestHeader": {}, "RequestBody": json.dumps(value)},
    "a logic app": lambda value: {"headers": {}, "body": value},
    "Event Grid": grid,
    "a CloudEvent": cloud,
    "a CloudEvent of bytes": encoded,
    "pull delivery": lambda value: {"value": [{"brokerProperties": {"lockToken": "x"}, "event": cloud(value)}]},
    "upper keys": lambda value: mapped(value, lambda name, inner: (name.upper(), inner)),
    "lower keys": lambda value: mapped(value, lambda name, inner: (name.lower(), inner)),
    "nothing as a blank": lambda value: mapped(value, lambda name, inner: (name, "" if inner is None else inner)),
    "texts for numbers": lambda value: mapped(value, lambda name, inner: (name, as_text(inner))),
    "strings of JSON inside": lambda value: mapped(value, lambda name, inner: (name, as_json(name, inner))),
}


def said(event: MaintenanceEvent) -> str:
    """What the event says; its id may know the envelope's time, and so may a forwarder's message."""
    fields = asdict(event)
    for name in ("id", "warnings", "occurred_at"):
        del fields[name]
    return json.dumps(fields, default=str, sort_keys=True)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_example_says_the_same_in_every_shape(shape: str) -> None:
    """Events, and how many elements were broken, are those of the example as it lies there."""
    for path in EXAMPLES:
        body = path.read_bytes()
        plain = normalize(body, ARRIVAL)
        other = normalize(json.dumps(SHAPES[shape](json.loads(body))).encode(), ARRIVAL)
        assert sorted(map(said, other.events)) == sorted(map(said, plain.events)), path.name
        assert len(other.malformed) == len(plain.malformed), path.name
