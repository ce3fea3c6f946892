"""Every template carries its example: the deliveries in `config/templates/examples`, one JSON file each."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from notbefore.errors import ConfigError, Mistake
from notbefore.rendering.words import TEMPLATES
from notbefore.schema import Delivery

_MARK = re.compile(r"\{#-? Example: (examples/[\w.-]+\.json)")


def examples() -> dict[str, Delivery]:
    """Name → delivery, in order of name. Raises: ConfigError for a file that is none."""
    return {path.stem: delivery_in(path) for path in sorted((TEMPLATES / "examples").glob("*.json"))}


def delivery_in(path: Path) -> Delivery:
    """The delivery a file holds. Raises: ConfigError."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Delivery)
    except (OSError, msgspec.DecodeError, ValueError) as problem:
        raise ConfigError((Mistake(str(path), 0, f"is no delivery: {problem}"),)) from problem


def example_of(template: str) -> Delivery:
    """The example a template names in its first line. Raises: ConfigError when it names none."""
    named = _MARK.match((TEMPLATES / template).read_text("utf-8"))
    if not named:
        raise ConfigError((Mistake(f"config/templates/{template}", 1, "names no example in its first line"),))
    return delivery_in(TEMPLATES / named[1])


def template_names() -> tuple[str, ...]:
    """The templates there are."""
    return tuple(sorted(path.name for path in TEMPLATES.iterdir() if path.is_file()))
