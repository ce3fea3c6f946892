"""Bicep as the tests read it: each file parsed by pycep-parser, and walked as plain dicts, lists and strings.

What the parser says of an expression's operators is not relied on: it does not know their precedence. Names are told
from texts by its own class.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pycep import BicepParser
from pycep.models import BicepElement

from local.cache import ROOT

INFRA = ROOT / "infra"
_HOLE = re.compile(r"(?<!\\)\$\{((?:[^{}']|'(?:\\.|[^'\\])*')*)\}")
_WORD = re.compile(r"'(?:\\.|[^'\\])*'|(?<![\w.])[A-Za-z_]\w*\b(?!\s*\()")


class Resource(NamedTuple):
    """One resource that a file deploys, or refers to."""

    file: Path
    name: str
    type: str
    version: str
    body: Mapping[str, Any]
    existing: bool


@cache
def _parser() -> BicepParser:
    return BicepParser()


@cache
def files() -> tuple[Path, ...]:
    """Every Bicep file."""
    return tuple(sorted(INFRA.rglob("*.bicep")))


@cache
def parsed(file: Path) -> Mapping[str, Any]:
    """The tree of one file. Raises: lark's errors when it is no Bicep."""
    return _parser().parse(text=file.read_text(encoding="utf-8"))


def resources(kind: str = "") -> Iterator[Resource]:
    """Every resource of every file, or those of one type."""
    for file in files():
        for name, one in parsed(file).get("resources", {}).items():
            if not kind or one["type"] == kind:
                yield Resource(file, name, one["type"], one["api_version"], body(one["config"]), one["existing"])


def body(config: Any) -> Any:  # noqa: ANN401 # any tree
    """What is inside a loop or a condition."""
    while isinstance(config, dict) and "config" in config and {"loop_type", "condition"} & set(config):
        config = config["config"]
    return config


def walk(tree: Any) -> Iterator[Any]:  # noqa: ANN401 # any tree
    """The tree and everything under it."""
    yield tree
    if isinstance(tree, Mapping):
        for value in tree.values():
            yield from walk(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from walk(value)


def texts(tree: Any) -> Iterator[str]:  # noqa: ANN401 # any tree
    """Every text under it; names are none."""
    return (one for one in walk(tree) if isinstance(one, str) and not isinstance(one, BicepElement))


def names(tree: Any) -> Iterator[str]:  # noqa: ANN401 # any tree
    """Every name under it, those inside `${…}` too; not what stands after a dot."""
    if isinstance(tree, BicepElement):
        yield re.split(r"[.\[!?]", str(tree), maxsplit=1)[0]
    elif isinstance(tree, str):
        for hole in _HOLE.findall(tree):
            yield from (word for word in _WORD.findall(hole) if not word.startswith("'"))
    elif isinstance(tree, Mapping):
        after_a_dot = tree.get("type") == "property_accessor"
        inner = [tree["operands"]["operand_1"]] if after_a_dot else [*tree, *tree.values()]
        yield from (name for one in inner for name in names(one))
    elif isinstance(tree, list | tuple):
        yield from (name for one in tree for name in names(one))


def variable(file: Path, name: str) -> Any:  # noqa: ANN401 # any tree
    """The value of a variable."""
    return parsed(file)["variables"][name]["value"]


def keys(tree: Mapping[str, Any]) -> set[str]:
    """The keys of an object, without the quotes that some need."""
    return {key.strip("'") for key in tree}
