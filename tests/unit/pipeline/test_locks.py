"""Signals about one story wait for each other, and for nobody else."""

from __future__ import annotations

import asyncio

import pytest

from notbefore.pipeline.locks import Locks


async def test_those_that_share_a_name_go_one_after_the_other() -> None:
    """Whatever else they hold, and in whatever order they name it."""
    locks, inside, seen = Locks(), 0, []

    async def work(*names: str) -> None:
        nonlocal inside
        async with locks.held(names):
            inside += 1
            seen.append(inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(work("a", "b"), work("b", "a"), work("c", "b", "b"))
    assert seen == [1, 1, 1]


async def test_who_gives_up_while_waiting_holds_nothing() -> None:
    """What it had taken is free at once, and so is what it failed with."""
    locks = Locks()
    async with locks.held(["b"]):
        waiting = asyncio.create_task(_hold(locks, ["a", "b"]))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        async with asyncio.timeout(1), locks.held(["a"]):
            pass
    with pytest.raises(ZeroDivisionError):
        async with locks.held(["a", "b"]):
            raise ZeroDivisionError
    async with asyncio.timeout(1), locks.held(["a", "b"]):
        pass


async def _hold(locks: Locks, names: list[str]) -> None:
    async with locks.held(names):
        await asyncio.sleep(60)
