"""The page about the routing file keeps up with the language."""

from __future__ import annotations

import re
from pathlib import Path

from notbefore.config.jsonschema import json_schema

PAGE = Path(__file__).parents[3] / "docs" / "routing.md"


def test_every_key_is_explained() -> None:
    """Each key that the schema knows stands in the page."""
    words = set(re.findall(r"[a-z_]+", PAGE.read_text()))
    keys = {key for record in json_schema()["$defs"].values() for key in record.get("properties", {})}
    assert keys - words == set()
