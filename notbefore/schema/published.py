"""The JSON Schema of schema v1, made from the types; published in docs/maintenance-event.schema.json."""

from __future__ import annotations

from typing import Any

import msgspec

from notbefore.schema.event import MaintenanceEvent


def event_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a `MaintenanceEvent` as it is printed: every field is there, nulls included."""
    schema = msgspec.json.schema(MaintenanceEvent)
    for definition in schema["$defs"].values():
        if "properties" in definition:
            definition["required"] = list(definition["properties"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "NotBefore maintenance event, schema v1",
        **schema,
    }
