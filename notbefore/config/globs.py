"""Texts with wildcards in the routing file: what a person can have meant by one, and words of a closed set that fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from notbefore.config.model import Matcher
from notbefore.config.report import Report, nearest, shown
from notbefore.config.scalars import Schema, Text, said, text_of
from notbefore.glob import Patterns

if TYPE_CHECKING:
    from yaml import Node

_REGULAR = re.compile(r"^\^|\$$|\\|^\.[*+]|\[[^\]]+\]|\([^)]*\|")
"""What a person writes who thinks of regular expressions. A name may have it, so it is advised of and not refused."""
_TEXTS = ("subscription", "region", "service", "resource", "resource_group", "resource_type")
E = TypeVar("E", bound=StrEnum)
_MOST_STARS = 16
_GLOBS = "texts are globs: `*` is any run, `?` one"
_NO_GLOB = re.compile(r"[\^\\]|[)\]][+{]|[*+]\$$")
"""What only a regular expression has; no name or id of Azure does. Tags and services may have anything."""


def regular(matcher: Matcher | None) -> Iterator[str]:
    """What is to be said of each text of a match that looks like a regular expression, and so fits nothing."""
    if matcher is None:
        return
    texts = [(key, text) for key in _TEXTS for text in getattr(matcher, key)]
    texts += [(f"tag {name}", text) for name, values in matcher.tag.items() for text in values]
    for key, text in texts:
        if _REGULAR.search(text):
            yield f"`{shown(text)}` in `{key}` looks like a regular expression: {_GLOBS}"


@dataclass(frozen=True, slots=True)
class Glob:
    """A text in which `*` is any run of characters and `?` is one. `free`: it is matched with any text at all."""

    free: bool = False

    def read(self, node: Node, report: Report) -> str | None:
        """The text as written, if it is a glob that a person can have meant."""
        text = Text().read(node, report)
        if text is None:
            return None
        if text.count("*") > _MOST_STARS:
            report.at(node, f"a glob of {text.count('*')} stars", f"{_MOST_STARS} at most")
            return None
        if not self.free and _NO_GLOB.search(text):
            report.at(node, f"`{shown(text)}` looks like a regular expression", _GLOBS)
            return None
        return text

    def schema(self, defs: Schema) -> Schema:
        """A text."""
        return Text("a glob, compared without case").schema(defs)


@dataclass(frozen=True, slots=True)
class Fitting(Generic[E]):
    """A glob over a closed set: every word that fits it."""

    words: type[E]

    def read(self, node: Node, report: Report) -> tuple[E, ...] | None:
        """The words that fit; at least one."""
        text = text_of(node, report)
        if text is None:
            return None
        pattern = Patterns([text])
        fitting = tuple(word for word in self.words if pattern.fit(word))
        if not fitting:
            report.at(node, f"`{shown(text)}` is no {said(self.words)}", nearest(text, self.words))
        return fitting or None

    def schema(self, _defs: Schema) -> Schema:
        """One of the words, or a text with a wildcard."""
        return {"anyOf": [{"enum": [str(word) for word in self.words]}, {"type": "string", "pattern": "[*?]"}]}
