"""What came in and could not be read: the newest first, with the path and the problem."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.board.board import Board
from notbefore.board.paging import Page, bookmark, read_bookmark
from notbefore.pipeline.process import Quarantined
from notbefore.ports import Signal

PAGE = 50
PARTITION = "quarantine"


class QuarantineItem(Struct, frozen=True, kw_only=True):
    """One problem of one signal. `raw` is where its bytes are."""

    signal: str
    origin: str
    path: str
    problem: str
    at: datetime
    raw: str


async def quarantine(board: Board, after: str = "", limit: int = PAGE) -> Page[QuarantineItem]:
    """One page. Raises: StorageUnavailable."""
    place = read_bookmark(after, tuple[str])
    start, stop = rowkeys.span("")
    start = f"{place[0]}!" if place else start
    chosen: list[QuarantineItem] = []
    last = ""
    async for row in board.outside.quarantine.scan(PARTITION, start, stop):
        if len(chosen) == limit:
            return Page(tuple(chosen), bookmark([last]))
        chosen.append(_item(msgspec.json.decode(row.body, type=Quarantined)))
        last = row.key
    return Page(tuple(chosen))


def _item(one: Quarantined) -> QuarantineItem:
    return QuarantineItem(
        signal=one.signal,
        origin=one.origin,
        path=one.path,
        problem=one.problem,
        at=one.at,
        raw=f"/signals/{one.signal}",
    )


async def raw(board: Board, signal_id: str) -> Signal | None:
    """The signal as it came, as long as it is kept. Raises: StorageUnavailable."""
    if not all(sign.isalnum() or sign in "-_" for sign in signal_id):
        return None
    return await board.outside.archive.get(signal_id)
