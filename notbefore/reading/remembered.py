"""What was read of a text, kept for when it comes again: one maintenance says its words to each machine it hits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Read = TypeVar("Read")


class Remembered(dict[str, Read]):
    """A text → what a pure function makes of it.

    A text of `longest` characters or more is worked out each time, and when there are `most`, all are forgotten:
    nobody fills the memory with what he sends.
    """

    __slots__ = ("_longest", "_most", "_work")

    def __init__(self, work: Callable[[str], Read], *, longest: int, most: int = 2048) -> None:
        super().__init__()
        self._work = work
        self._longest = longest
        self._most = most

    def __missing__(self, text: str) -> Read:
        read = self._work(text)
        if len(text) < self._longest:
            if len(self) >= self._most:
                self.clear()
            self[text] = read
        return read
