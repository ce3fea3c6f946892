"""The ledger of deliveries, page by page: what is dead and what waits by their own short lists, all else by scan."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.board.board import Board, first, gathered
from notbefore.board.brief import DeliveryBrief, shown_target
from notbefore.board.paging import Page, bookmark, read_bookmark
from notbefore.config.model import RoutingConfig
from notbefore.pipeline.outbox import Promise
from notbefore.schema import DeliveryState, Kind, Severity

PAGE = 50
READ = 1_000
"""Rows of the ledger that one page looks at; with a rare filter a page may be short and still have a next."""

LISTED = 200
"""Dead or waiting deliveries that are looked at in one partition."""

WAITING = frozenset({DeliveryState.PENDING, DeliveryState.SENDING})


STATES = ("waiting", *DeliveryState)
"""What a list can be narrowed down to; `waiting`: pending or sending."""


class DeliveryItem(Struct, frozen=True, kw_only=True):
    """One delivery, as lists show it."""

    id: str
    partition: str
    story_id: str
    """Of a folded delivery its most urgent story; `group` says what it is kept under."""
    group: str | None
    story_title: str
    story_kind: Kind
    subscription: str
    folded_total: int
    revision: int
    audience: str
    channel: str
    target: str
    occasion: str
    route: str
    reason: str
    changes: tuple[str, ...]
    severity: Severity
    state: DeliveryState
    attempts: int
    created_at: datetime
    due_at: datetime
    give_up_at: datetime
    sent_at: datetime | None
    last_error: str | None
    receipt: dict[str, str]


class Wanted(Struct, frozen=True, kw_only=True):
    """Which deliveries a list is to show; empty asks nothing."""

    state: str = ""
    """A word of `STATES`."""
    audience: str = ""
    channel: str = ""
    target: str = ""


async def deliveries(board: Board, wanted: Wanted, after: str = "", limit: int = PAGE) -> Page[DeliveryItem]:
    """One page. Raises: StorageUnavailable."""
    if wanted.state in {"dead", "waiting", "pending", "sending"}:
        return await _listed(board, wanted, after, limit)
    return await _scanned(board, wanted, after, limit)


async def _listed(board: Board, wanted: Wanted, after: str, limit: int) -> Page[DeliveryItem]:
    found, complete = await listed(board, wanted.state)
    start = read_bookmark(after, tuple[float, str])
    fitting = [one for one in found if _fits(one, wanted)]
    fitting.sort(key=_newest)
    rest = [one for one in fitting if start is None or _newest(one) > start]
    following = bookmark(_newest(rest[limit - 1])) if len(rest) > limit else None
    config = board.config
    return Page(tuple(item(one, config) for one in rest[:limit]), following, complete)


async def listed(board: Board, state: str) -> tuple[list[DeliveryBrief], bool]:
    """Deliveries that are dead, or that wait; and whether these are all. Raises: StorageUnavailable."""
    read = _dead_keys if state == "dead" else _waiting_keys
    names = await partitions(board)
    keys = await gathered(read(board, name) for name in names)
    found = await gathered(_get(board, name, some) for name, some in zip(names, keys, strict=True) if some)
    return [one for part in found for one in part], all(len(some) < LISTED for some in keys)


async def partitions(board: Board) -> list[str]:
    """Every partition that has a ledger. Raises: StorageUnavailable."""
    heads = await board.heads()
    return [*heads.subscriptions, *map(rowkeys.audience, heads.audiences)]


async def _dead_keys(board: Board, partition: str) -> list[str]:
    rows = await first(board.outside.stories.scan(partition, *rowkeys.span("x|")), LISTED)
    return [msgspec.json.decode(row.body, type=str) for row in rows]


async def _waiting_keys(board: Board, partition: str) -> list[str]:
    rows = await first(board.outside.stories.scan(partition, *rowkeys.span("o|")), LISTED)
    promises = (msgspec.json.decode(row.body, type=Promise) for row in rows)
    return list(dict.fromkeys(promise.delivery for promise in promises if promise.delivery))


async def _get(board: Board, partition: str, keys: Iterable[str]) -> list[DeliveryBrief]:
    rows = await board.outside.stories.get(partition, list(keys))
    return [msgspec.json.decode(row.body, type=DeliveryBrief) for row in rows.values()]


async def _scanned(board: Board, wanted: Wanted, after: str, limit: int) -> Page[DeliveryItem]:
    """By partition and story. A page ends when it is full, or when enough was read."""
    place = read_bookmark(after, tuple[str, str]) or ("", "")
    chosen: list[DeliveryBrief] = []
    read, config = 0, board.config
    for partition in [name for name in sorted(await partitions(board)) if name >= place[0]]:
        start, stop = rowkeys.span("d|")
        start = f"{place[1]}!" if partition == place[0] else start
        async for row in board.outside.stories.scan(partition, start, stop):
            one = msgspec.json.decode(row.body, type=DeliveryBrief)
            read += 1
            if _fits(one, wanted):
                chosen.append(one)
            if len(chosen) == limit or read == READ:
                chosen.sort(key=_newest)
                return Page(tuple(item(one, config) for one in chosen), bookmark((partition, row.key)))
    chosen.sort(key=_newest)
    return Page(tuple(item(one, config) for one in chosen))


def _newest(delivery: DeliveryBrief) -> tuple[float, str]:
    return -delivery.created_at.timestamp(), delivery.id


def _fits(delivery: DeliveryBrief, wanted: Wanted) -> bool:
    waiting = wanted.state == "waiting" and delivery.state in WAITING
    return (
        (waiting or wanted.state in {"", delivery.state})
        and wanted.audience in {"", delivery.audience}
        and wanted.channel in {"", delivery.channel}
        and wanted.target in {"", delivery.target, shown_target(delivery.target)}
    )


def item(one: DeliveryBrief, config: RoutingConfig) -> DeliveryItem:
    """A delivery as lists show it."""
    return DeliveryItem(
        id=one.id,
        partition=one.partition,
        story_id=one.story.id,
        group=one.story_id if one.folded_total else None,
        story_title=one.story.name,
        story_kind=one.story.kind,
        subscription=config.subscription_name(one.story.subscription_id),
        folded_total=one.folded_total,
        revision=one.revision,
        audience=one.audience,
        channel=one.channel,
        target=shown_target(one.target),
        occasion=one.occasion,
        route=one.route,
        reason=one.reason,
        changes=one.changes,
        severity=one.severity,
        state=one.state,
        attempts=one.attempts,
        created_at=one.created_at,
        due_at=one.due_at,
        give_up_at=one.give_up_at,
        sent_at=one.sent_at,
        last_error=one.last_error,
        receipt=one.receipt,
    )
