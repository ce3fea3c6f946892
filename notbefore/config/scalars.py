"""Single values of the routing file: how each is written, read, and described in the JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from notbefore.config.report import Report, nearest, shown

if TYPE_CHECKING:
    from yaml import Node

Schema = dict[str, Any]
T_co = TypeVar("T_co", covariant=True)
E = TypeVar("E", bound=StrEnum)


class Shape(Protocol[T_co]):
    """How one value is written. `read` answers None after it has noted a mistake."""

    def read(self, node: Node, report: Report) -> T_co | None:
        """The value, or None when it is wrong, which the report then says."""
        ...

    def schema(self, defs: Schema) -> Schema:
        """JSON Schema of the value; what is used by name goes into `defs`."""
        ...


_TYPES = {
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
    "timestamp": "a date",
    "seq": "a list",
    "map": "a mapping",
}


def type_of(node: Node) -> str:
    """What YAML makes of a node: `str`, `int`, `map` and so on."""
    return str(node.tag).rpartition(":")[2]


def wrong_type(node: Node, report: Report, wanted: str) -> None:
    """Notes that something else was wanted, and that quotes would help if they would."""
    found = type_of(node)
    quote = wanted.startswith("a text") and found in ("int", "float", "bool", "timestamp")
    said = _TYPES.get(found, f"`{shown(node.tag)}`" if found != "str" else "a text")
    report.at(node, f"{wanted} is wanted here, not {said}", f'quote it: "{shown(node.value)}"' if quote else "")


def text_of(node: Node, report: Report, wanted: str = "a text") -> str | None:
    """The text of a node, not blank and without control characters."""
    if type_of(node) != "str" or not isinstance(node.value, str):
        wrong_type(node, report, wanted)
        return None
    if not node.value.strip():
        report.at(node, f"{wanted} is wanted here, not an empty one")
        return None
    if not node.value.replace("\n", "").isprintable():
        report.at(node, "a control character", "write visible characters only")
        return None
    return node.value


@dataclass(frozen=True, slots=True)
class Text:
    """Free text, at most `longest` characters. Nothing is interpolated in it."""

    about: str = "text"
    longest: int = 500

    def read(self, node: Node, report: Report) -> str | None:
        """The text as written."""
        text = text_of(node, report)
        if text is None:
            return None
        if len(text) > self.longest:
            report.at(node, f"{len(text)} characters are too many", f"{self.longest} at most")
            return None
        if "${" in text:
            report.at(node, "nothing is interpolated here", "${env:NAME} is for addresses and secrets of channels")
            return None
        return text

    def schema(self, _defs: Schema) -> Schema:
        """Any text."""
        return {"type": "string", "minLength": 1, "maxLength": self.longest, "description": self.about}


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    def read(self, node: Node, report: Report) -> bool | None:
        """The flag."""
        if type_of(node) != "bool":
            wrong_type(node, report, "true or false")
            return None
        word = node.value.lower()
        if word not in ("true", "false"):
            report.at(node, f"`{shown(node.value)}` for true or false", "write true or false: others read it as a text")
            return None
        return bool(word == "true")

    def schema(self, _defs: Schema) -> Schema:
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number between two others."""

    low: int
    high: int

    def read(self, node: Node, report: Report) -> int | None:
        """The number."""
        if type_of(node) not in ("int", "float"):
            wrong_type(node, report, "a whole number")
            return None
        if not re.fullmatch(r"-?[0-9]{1,12}", node.value):
            report.at(node, f"{shown(node.value)} is no whole number")
            return None
        if self.low == self.high != int(node.value):
            report.at(node, f"{node.value} is not known", f"only {self.low} is")
            return None
        if not self.low <= int(node.value) <= self.high:
            report.at(node, f"{node.value} is out of bounds", f"from {self.low} to {self.high}")
            return None
        return int(node.value)

    def schema(self, _defs: Schema) -> Schema:
        """An integer within the bounds."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class Choice(Generic[E]):
    """One word of a closed set."""

    words: type[E]

    def read(self, node: Node, report: Report) -> E | None:
        """The word."""
        text = text_of(node, report)
        if text is None:
            return None
        if text not in set(self.words):
            report.at(node, f"`{shown(text)}` is no {said(self.words)}", nearest(text, self.words))
            return None
        return self.words(text)

    def schema(self, _defs: Schema) -> Schema:
        """One of the words."""
        return {"enum": [str(word) for word in self.words]}


def said(words: Iterable[StrEnum]) -> str:
    """The name of a closed set in a sentence: `InitiatedBy` → `initiated by`."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", getattr(words, "__name__", "word")).lower()
    return "decision" if name == "verdict" else name


_YEARS = range(2000, 2200)
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
"""How a date begins; the library reads weeks and days of the year as well."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Duration:
    """30s, 15m, 2h, 7d. `zero` when nothing is a length too."""

    zero: bool = False

    def read(self, node: Node, report: Report) -> timedelta | None:
        """The length of time."""
        text = node.value if isinstance(node.value, str) else ""
        found = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
        length = timedelta(seconds=int(found[1]) * _UNITS[found[2]]) if found else None
        if length is None:
            report.at(node, f"`{shown(text)}` is no duration", "write 30s, 15m, 2h or 7d")
        elif not length and not self.zero:
            report.at(node, "a duration of nothing", "longer than zero")
            return None
        elif length > timedelta(days=3650):
            report.at(node, f"`{shown(text)}` is longer than ten years")
            return None
        return length

    def schema(self, _defs: Schema) -> Schema:
        """A number and its unit."""
        return {"type": "string", "pattern": "^[0-9]{1,6}[smhd]$", "examples": ["30s", "15m", "2h", "7d"]}


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time with its offset."""

    def read(self, node: Node, report: Report) -> datetime | None:
        """The time, in UTC."""
        text = node.value.strip() if isinstance(node.value, str) else ""
        try:
            moment = datetime.fromisoformat(text.replace("z", "Z") if _DATED.match(text) else "")
            aware = None if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            report.at(node, f"`{shown(text)}` is no time", "write it as 2026-12-01T08:00:00Z, or with +01:00")
            return None
        if aware is None:
            report.at(node, f"`{shown(text)}` does not say its zone", "add Z for UTC, or an offset such as +01:00")
        elif aware.year not in _YEARS:
            report.at(node, f"`{shown(text)}` is too far away", f"from {_YEARS[0]} to {_YEARS[-1]}")
            return None
        return aware

    def schema(self, _defs: Schema) -> Schema:
        """A date and time of RFC 3339."""
        return {"type": "string", "format": "date-time"}
