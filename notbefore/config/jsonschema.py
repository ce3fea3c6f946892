"""The JSON Schema of the routing file, for editors: made from the same shapes that check it."""

from __future__ import annotations

import json

from notbefore.config.loading import ROUTING_FILE
from notbefore.config.scalars import Schema


def json_schema() -> Schema:
    """JSON Schema, draft 2020-12. What needs the whole file (names, the catch-all) only `check` can say."""
    defs: Schema = {}
    root = ROUTING_FILE.schema(defs)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "NotBefore routing file",
        **root,
        "$defs": defs,
    }


def json_schema_text() -> str:
    """The file `config/routes.schema.json` as it must be."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
