"""Whether the house is well: storage answers, the routing file is good, nothing lies around, somebody sweeps."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.board.board import Board, first, gathered
from notbefore.errors import StorageError
from notbefore.pipeline.sweep import Mark

LATE = timedelta(minutes=10)
"""A promise that is due for so long and was neither kept nor put off: deliveries do not flow."""

UNSWEPT = timedelta(minutes=15)
"""The mark follows the clock by two minutes, unless nobody sweeps or a signal cannot be finished."""


class Check(Struct, frozen=True):
    """One thing looked at. `detail` holds no address and no secret: anybody may read it."""

    name: str
    ok: bool
    detail: str


class Health(Struct, frozen=True, kw_only=True):
    """All checks; `status` is `ok`, or `failing` when any is not."""

    status: str
    at: datetime
    checks: tuple[Check, ...]


async def health(board: Board, routes_problem: str | None = None) -> Health:
    """Never raises for a fault of storage or of the routing file: it says so.

    `routes_problem` is what is wrong with the file as it lies there, while the last good one is in force.
    """
    checks = [_routes(board, routes_problem)]
    try:
        checks += [await _swept(board), await _flowing(board)]
        checks.append(Check("storage", ok=True, detail="answers"))
    except StorageError:
        checks.append(Check("storage", ok=False, detail="does not answer"))
    good = all(check.ok for check in checks)
    return Health(status="ok" if good else "failing", at=board.now, checks=tuple(checks))


def _routes(board: Board, problem: str | None) -> Check:
    if problem is not None:
        mistakes = len(problem.splitlines())
        return Check("routes", ok=False, detail=f"{mistakes} lines of mistakes: the last good file is in force")
    return Check("routes", ok=True, detail=f"version {board.config.version_id}")


async def _swept(board: Board) -> Check:
    row = (await board.outside.control.get("sweep", ["signals"])).get("signals")
    if row is None:
        return Check("sweeper", ok=True, detail="has not run yet")
    behind = board.now - msgspec.json.decode(row.body, type=Mark).before
    detail = f"every signal is finished up to {int(behind.total_seconds() // 60)} minutes ago"
    return Check("sweeper", ok=behind <= UNSWEPT, detail=detail)


async def _flowing(board: Board) -> Check:
    """The oldest promise of each partition sorts first: one row read for each."""
    names = [name async for name in board.outside.stories.partitions()]
    oldest = await gathered(first(board.outside.stories.scan(name, *rowkeys.span("o|")), 1) for name in names)
    dues = [row.key.split("|")[1] for rows in oldest for row in rows]
    late = min(dues, default="") < rowkeys.stamp(board.now - LATE) if dues else False
    waiting = f"the oldest undelivered is due since {min(dues)} UTC" if dues else "nothing waits"
    return Check("deliveries", ok=not late, detail=waiting if late or not dues else "what waits is not late")
