"""What was read of a text, kept for when it comes again: one maintenance says its words to each machine it hits."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

Text = TypeVar("Text", str, str | None)
Read = TypeVar("Read")


def remembered(longest: int, most: int = 2048) -> Callable[[Callable[[Text], Read]], Callable[[Text], Read]]:
    """Keeps what a pure function makes of texts under `longest` characters, of the `most` asked for last.

    A longer one is worked out each time: nobody fills the memory with what he sends.
    """

    def of(work: Callable[[Text], Read]) -> Callable[[Text], Read]:
        known = lru_cache(maxsize=most)(work)

        @wraps(work)
        def remembering(text: Text) -> Read:
            return known(text) if text and len(text) < longest else work(text)

        return remembering

    return of
