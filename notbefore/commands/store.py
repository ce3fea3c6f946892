"""Commands that look into the running store: one house, built for the command and closed after it."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from notbefore.pipeline.dependencies import Dependencies

if TYPE_CHECKING:
    from notbefore.bootstrap import Wired


def in_store(work: Callable[[Dependencies], Awaitable[int]]) -> int:
    """Runs the work on the store that the settings name. Raises: ConfigError, StorageUnavailable."""
    return in_house(lambda house: work(house.outside))


def in_house(work: Callable[[Wired], Awaitable[int]]) -> int:
    """The same for work that also asks Azure. Raises: ConfigError, StorageUnavailable."""
    return asyncio.run(_run(work))


async def _run(work: Callable[[Wired], Awaitable[int]]) -> int:
    from notbefore import bootstrap

    house = await bootstrap.build(bootstrap.settings(), sends=False)
    try:
        return await work(house)
    finally:
        await house.close()


def whoever() -> str:
    """Who runs the command, for the audit."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody at the command line"
