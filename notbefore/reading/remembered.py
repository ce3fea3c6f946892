"""What was read of a text, kept for when it comes again: one maintenance says its words to each machine it hits."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

Value = TypeVar("Value")
Read = TypeVar("Read")


def remembered(longest: int, most: int = 2048) -> Callable[[Callable[[Value], Read]], Callable[[Value], Read]]:
    """Keeps what a pure function makes of texts under `longest` characters, of the `most` asked for last.

    A longer one, and what is no text, is worked out each time: nobody fills the memory with what he sends.
    """

    def of(work: Callable[[Value], Read]) -> Callable[[Value], Read]:
        known = lru_cache(maxsize=most)(work)

        @wraps(work)
        def remembering(value: Value) -> Read:
            return known(value) if isinstance(value, str) and len(value) < longest else work(value)

        return remembering

    return of
