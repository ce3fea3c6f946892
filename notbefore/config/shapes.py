"""Lists and mappings of the routing file. A shape reads and describes itself, so that schema and checks agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from notbefore.config.report import Report, nearest, shown
from notbefore.config.scalars import Schema, Shape, type_of, wrong_type

if TYPE_CHECKING:
    from yaml import Node

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a record. `stand_in` keeps a record that lacks it alive, so that the rest is checked too."""

    shape: Shape[Any]
    attribute: str = ""
    required: bool = False
    stand_in: Any = None
    about: str = ""


def entries(node: Node, report: Report) -> Iterator[tuple[str, Node, Node]]:
    """Keys as text, their nodes and values. Duplicates are noted; the first one counts."""
    first: dict[str, int] = {}
    for key_node, value in node.value:
        if not isinstance(key_node.value, str) or type_of(key_node) == "merge":
            advice = "`<<` is not part of this language" if type_of(key_node) == "merge" else ""
            report.at(key_node, "a key is a plain word", advice)
        elif key_node.value in first:
            report.at(key_node, f"`{shown(key_node.value)}` is written twice", f"first in line {first[key_node.value]}")
        else:
            first[key_node.value] = key_node.start_mark.line + 1
            yield key_node.value, key_node, value


@dataclass(frozen=True, slots=True)
class Record(Generic[T]):
    """A mapping with known keys, made into one of the model's words. Unknown keys are mistakes.

    `lined` hands the line to the model; `also` looks at the whole once its keys are read.
    """

    name: str
    make: Callable[..., T]
    keys: Mapping[str, Key]
    lined: bool = False
    also: Callable[[T, Node, Report], None] | None = None

    def read(self, node: Node, report: Report, **given: object) -> T | None:
        """The record; None when it is no mapping or lacks what nothing can stand in for."""
        if type_of(node) != "map":
            wrong_type(node, report, f"a mapping with {_named(self.keys)}")
            return None
        values = self._values(node, report)
        alive = True
        for word, key in self.keys.items():
            attribute = key.attribute or word
            if key.required and attribute not in values:
                values[attribute] = key.stand_in
                alive = alive and key.stand_in is not None
        if self.lined:
            given.setdefault("line", node.start_mark.line + 1)
        made = self.make(**values, **given) if alive else None
        if made is not None and self.also is not None:
            self.also(made, node, report)
        return made

    def _values(self, node: Node, report: Report) -> dict[str, Any]:
        values: dict[str, Any] = {}
        written = set()
        for word, key_node, value_node in entries(node, report):
            written.add(word)
            key = self.keys.get(word)
            if key is None:
                report.at(key_node, f"unknown key `{shown(word)}`", nearest(word, self.keys))
                continue
            value = key.shape.read(value_node, report)
            if value is not None:
                values[key.attribute or word] = value
        for word in (word for word, key in self.keys.items() if key.required and word not in written):
            report.at(node, f"`{word}` is missing", self.keys[word].about)
        return values

    def schema(self, defs: Schema) -> Schema:
        """A reference; the record itself goes into `defs`, once."""
        if self.name not in defs:
            defs[self.name] = {}
            properties = {}
            for word, key in self.keys.items():
                described = {"description": key.about} if key.about else {}
                properties[word] = key.shape.schema(defs) | described
            required = [word for word, key in self.keys.items() if key.required]
            defs[self.name] = {
                "type": "object",
                "additionalProperties": False,
                "properties": properties,
                **({"required": required} if required else {}),
            }
        return {"$ref": f"#/$defs/{self.name}"}


@dataclass(frozen=True, slots=True)
class ListOf(Generic[T]):
    """A list; `alone` when one without brackets is a list of one. Repetitions are mistakes where `once`."""

    item: Shape[T]
    alone: bool = False
    empty: bool = False
    once: bool = True

    def read(self, node: Node, report: Report) -> tuple[T, ...] | None:
        """The good ones of the list; those that are wrong are noted and left out. None when none is right."""
        if type_of(node) != "seq":
            if self.alone:
                one = self.item.read(node, report)
                return None if one is None else (one,)
            wrong_type(node, report, "a list")
            return None
        if not node.value and not self.empty:
            report.at(node, "an empty list", "leave the key out, or say what is meant")
            return None
        found: list[T] = []
        for child in node.value:
            item = self.item.read(child, report)
            if item is not None and self.once and item in found:
                report.at(child, "the same twice in one list")
            elif item is not None:
                found.append(item)
        return tuple(found) if found or not node.value else None

    def schema(self, defs: Schema) -> Schema:
        """An array, or one item where that is allowed."""
        item = self.item.schema(defs)
        several = {"type": "array", "items": item} | ({} if self.empty else {"minItems": 1})
        return {"anyOf": [item, several]} if self.alone else several


@dataclass(frozen=True, slots=True)
class Flat(Generic[T]):
    """A list of lists, as one: what several globs over a closed set come to."""

    item: ListOf[tuple[T, ...]]

    def read(self, node: Node, report: Report) -> tuple[T, ...] | None:
        """Everything in it, each once."""
        found = self.item.read(node, report)
        return None if found is None else tuple(dict.fromkeys(one for several in found for one in several))

    def schema(self, defs: Schema) -> Schema:
        """The list's own."""
        return self.item.schema(defs)


@dataclass(frozen=True, slots=True)
class MapOf(Generic[T]):
    """A mapping from names to one shape. Names that differ in case only are one."""

    item: Shape[T]
    name: Callable[[str, Node, Report], bool] = field(default=lambda *_: True)
    named: bool = False
    """The item is told its name, and the line of it."""

    def read(self, node: Node, report: Report) -> dict[str, T] | None:
        """Name → value, of those that are right."""
        if type_of(node) != "map":
            wrong_type(node, report, "a mapping from names")
            return None
        found: dict[str, T] = {}
        folded: dict[str, str] = {}
        for word, key_node, value_node in entries(node, report):
            twin = folded.setdefault(word.casefold(), word)
            if twin != word:
                report.at(key_node, f"`{shown(word)}` and `{shown(twin)}` differ in case only", "case is ignored")
            right = self.name(word, key_node, report)
            given = {"name": word, "line": key_node.start_mark.line + 1} if self.named else {}
            value = self.item.read(value_node, report, **given)
            if value is not None and right:
                found[word] = value
        return found

    def schema(self, defs: Schema) -> Schema:
        """An object with any names."""
        return {"type": "object", "additionalProperties": self.item.schema(defs)}


@dataclass(frozen=True, slots=True)
class Later(Generic[T]):
    """A shape that is defined further down, or within itself."""

    shape: Callable[[], Shape[T]]

    def read(self, node: Node, report: Report) -> T | None:
        """What that shape reads."""
        return self.shape().read(node, report)

    def schema(self, defs: Schema) -> Schema:
        """What that shape says."""
        return self.shape().schema(defs)


def _named(keys: Mapping[str, Key]) -> str:
    return ", ".join(f"`{word}`" for word in list(keys)[:4]) + (" …" if len(keys) > 4 else "")  # noqa: PLR2004
