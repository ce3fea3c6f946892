"""A transaction that somebody came between is made again, of what is there by then."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Generic, NamedTuple, TypeVar

from notbefore.errors import Conflict
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.unit import Unit

Result = TypeVar("Result")

TRIES = 8
_SPREAD = 0.01
"""Seconds within which the second try comes; each later one waits up to twice as long."""


class Committed(NamedTuple, Generic[Result]):
    """What was decided, and what was written of it: etag and body by key."""

    result: Result
    etags: dict[str, str]
    encoded: dict[str, bytes]


async def committed(
    outside: Dependencies, partition: str, decide: Callable[[Unit], Awaitable[Result]], *, trusting: bool = False
) -> Committed[Result]:
    """Decides and writes at once. `trusting`: the first try believes what this process remembers of rows.

    Raises: Conflict after many tries, StorageUnavailable.
    """
    for attempt in range(TRIES):
        unit = Unit(outside.stories, partition, outside.memory, certain=attempt > 0 or not trusting)
        try:
            result = await decide(unit)
            return Committed(result, await unit.commit(), unit.encoded)
        except Conflict:
            if attempt == TRIES - 1:
                raise
        await asyncio.sleep(random.random() * _SPREAD * 2**attempt)  # noqa: S311 # spreads tries, keeps no secret
    raise AssertionError("the last try returns or raises")
