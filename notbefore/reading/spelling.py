"""How an object spells its keys. Objects of one form spell them alike, so it is worked out once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Derived = TypeVar("Derived")

_MOST = 512
"""Spellings that are remembered; when there are more, all are forgotten."""
_LONGEST = 4096
"""Characters in all keys of one; a longer one is no form that anybody sends twice."""


class Spelling(dict[tuple[str, ...], tuple[str, ...]]):
    """Names that are asked for together → the keys here that stand for them, in the order of the names.

    A name's key is the one spelt exactly so, else the one that differs in case and outer blanks only.
    """

    __slots__ = ("_derived", "_keys", "folded")

    def __init__(self, keys: Iterable[str]) -> None:
        super().__init__()
        self._keys = frozenset(keys)
        self.folded = {key.strip().lower(): key for key in keys}
        """Lower-case key without outer blanks → the key as it is spelt; of two that are alike the last."""
        self._derived: dict[Callable[[frozenset[str]], object], object] = {}

    def __missing__(self, names: tuple[str, ...]) -> tuple[str, ...]:
        own, folded = self._keys, self.folded
        keys = [name if name in own else folded.get(name.strip().lower()) for name in names]
        found = self[names] = tuple([key for key in keys if key is not None])
        return found

    def derived(self, work: Callable[[frozenset[str]], Derived]) -> Derived:
        """What `work` makes of the folded keys alone."""
        found = self._derived.get(work)
        if found is None:
            found = self._derived[work] = work(frozenset(self.folded))
        return found  # type: ignore[return-value]  # it was put there under the work that made it


class _Spellings(dict[tuple[str, ...], Spelling]):
    """Keys in their order → their spelling. What somebody else sends cannot make it grow without end."""

    def __missing__(self, keys: tuple[str, ...]) -> Spelling:
        spelling = Spelling(keys)
        if sum(map(len, keys)) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()
            self[keys] = spelling
        return spelling


SPELLINGS = _Spellings()
