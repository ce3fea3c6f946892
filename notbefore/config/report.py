"""What is found while a file is read: mistakes with their lines, and what the file declares."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from notbefore.errors import ConfigError, Mistake

if TYPE_CHECKING:
    from yaml import Node

Lookup = Callable[[str], str | None]
"""The value of `${env:NAME}`, or None when it is not set."""

ENV = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}")
_OTHER = re.compile(r"\$\{[^}]*\}?")
_SHOWN = 60
_MOST = 1000
"""Mistakes after which a file is not read on."""


@dataclass(frozen=True, slots=True)
class Unset(Mistake):
    """A variable that the file names and the environment does not have. The file itself may be right."""


class Report:
    """Gathers every mistake of one file. Values of secrets never come near it."""

    def __init__(self, file: str, lookup: Lookup | None = None) -> None:
        self.file = file
        self.lookup = lookup
        self.subscriptions: Mapping[str, str] = {}
        """Folded name → lower-case id, as the file declares them."""
        self.audiences: tuple[str, ...] = ()
        """Every audience the file declares, the wrong ones too."""
        self.owned = False
        """The file has `owners`."""
        self._found: dict[Mistake, None] = {}

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """What was found, in the order in which it was."""
        return tuple(self._found)

    def at(self, node: Node, problem: str, advice: str = "") -> None:
        """Notes what is wrong with a node."""
        self.at_line(node.start_mark.line + 1, problem, advice)

    def at_line(self, line: int, problem: str, advice: str = "") -> None:
        """Notes what is wrong in a line."""
        self.add(Mistake(self.file, line, problem, advice))

    def add(self, mistake: Mistake) -> None:
        """Keeps a mistake; the same is kept once, however many aliases lead there. Raises: ConfigError for too many."""
        self._found[mistake] = None
        if len(self._found) > _MOST:
            raise ConfigError((*in_order(self.mistakes[:_MOST]), Mistake(self.file, mistake.line, "and more: stopped")))

    def resolve(self, node: Node, text: str) -> str | None:
        """The text with its `${env:NAME}` resolved, to be judged and forgotten; None when that is not possible."""
        names = ENV.findall(text)
        other = _OTHER.search(ENV.sub("", text))
        if other is not None:
            self.at(node, f"`{shown(other[0])}` is no interpolation", "only ${env:NAME} is")
            return None
        if self.lookup is None and names:
            return None
        lookup = self.lookup or (lambda _: None)
        missing = [name for name in names if not lookup(name)]
        for name in missing:
            problem = f"${{env:{name}}} is not set"
            self.add(Unset(self.file, node.start_mark.line + 1, problem, "an app setting, or the environment"))
        return None if missing else ENV.sub(lambda found: lookup(found[1]) or "", text)


def in_order(mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
    """Mistakes as they stand in the file."""
    return tuple(sorted(mistakes, key=lambda one: one.line))


def shown(text: str) -> str:
    """A value as a message may repeat it: short, on one line."""
    plain = "".join(sign if sign.isprintable() else "·" for sign in text)
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 1] + "…"


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean …?`, or all that is known when nothing is near."""
    choices = {choice.casefold(): choice for choice in known}
    near = get_close_matches(word.casefold(), choices, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{choices[near[0]]}`?"
    return "known: " + ", ".join(choices.values()) if choices else ""
