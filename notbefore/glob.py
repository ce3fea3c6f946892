"""Texts of a routing file: `*` any run of characters, `?` any one, everything else itself; case is ignored.

Matching never goes back over what it has passed, so a text of many stars costs no more than a plain one:
regular expressions made from such texts can take forever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

Fold = Callable[[str], str]


def is_glob(pattern: str) -> bool:
    """True when the text has a wildcard."""
    return "*" in pattern or "?" in pattern


def glob_fits(pattern: str, text: str) -> bool:
    """Whether the whole text fits the pattern; both are already folded to one case."""
    first, *rest = pattern.split("*")
    if not rest:
        return len(first) == len(text) and _same(first, text, 0)
    if not _same(first, text, 0):
        return False
    *middle, last = rest
    at = len(first)
    for part in middle:
        found = _find(part, text, at)
        if found < 0:
            return False
        at = found + len(part)
    tail = len(text) - len(last)
    return tail >= at and _same(last, text, tail)


def _same(part: str, text: str, at: int) -> bool:
    """The text has this part at this place."""
    if "?" not in part:
        return text.startswith(part, at)
    if at + len(part) > len(text):
        return False
    return all(want in ("?", is_) for want, is_ in zip(part, text[at : at + len(part)], strict=True))


def _find(part: str, text: str, start: int) -> int:
    """The first place from `start` on that has this part; -1 when there is none."""
    if "?" not in part:
        return text.find(part, start)
    return next((at for at in range(start, len(text) - len(part) + 1) if _same(part, text, at)), -1)


class Patterns:
    """Any of several texts. Plain ones are looked up, beginnings and endings compared at once, others one by one."""

    __slots__ = ("_begins", "_ends", "_fold", "_globs", "_plain")

    def __init__(self, patterns: Iterable[str], fold: Fold = str.casefold) -> None:
        folded = dict.fromkeys(fold(pattern) for pattern in patterns)
        self._fold = fold
        self._plain = frozenset(text for text in folded if not is_glob(text))
        self._begins = tuple(text[:-1] for text in folded if text.endswith("*") and not is_glob(text[:-1]))
        self._ends = tuple(
            text[1:] for text in folded if text.startswith("*") and text != "*" and not is_glob(text[1:])
        )
        known = {*self._plain, *(f"{text}*" for text in self._begins), *(f"*{text}" for text in self._ends)}
        self._globs = tuple(text for text in folded if text not in known)

    def fit(self, text: str) -> bool:
        """Whether the text fits any of them."""
        folded = self._fold(text)
        if folded in self._plain or folded.startswith(self._begins) or folded.endswith(self._ends):
            return True
        for pattern in self._globs:  # noqa: SIM110 - twice as fast as any(), and asked for every route
            if glob_fits(pattern, folded):
                return True
        return False

    def fit_any(self, texts: Iterable[str]) -> bool:
        """Whether any of the texts fits any of them."""
        return any(map(self.fit, texts))
