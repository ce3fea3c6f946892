"""A message that could not be told goes to the channels that its audience keeps for that (`failover: true`).

It has an id of its own, made of the same occasion: two channels that die over one message are told of once.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.config.model import Audience, ChannelConfig
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.outbox import Promise, key_of, promise_key
from notbefore.pipeline.retries import give_up_at
from notbefore.ports import Put, Write
from notbefore.schema import Delivery, DeliveryState, delivery_id


class Lane(Struct, frozen=True):
    """What a fail-over channel was last told about a story."""

    last: str
    revision: int
    first: str


@dataclass(frozen=True, slots=True)
class Instead:
    """What is told on other channels, and the rows that say so. `channels`: there are any."""

    deliveries: tuple[Delivery, ...] = ()
    writes: tuple[Write, ...] = ()
    channels: bool = False


async def instead_of(outside: Dependencies, dead: Delivery, error: str) -> Instead:
    """The deliveries that take the place of a dead one, those that are not there yet. Raises: StorageUnavailable."""
    audience = outside.rules().config.audience(dead.audience)
    channels = _channels(audience, dead) if audience else []
    if not channels:
        return Instead()
    now = outside.clock()
    how = "did not end well" if dead.sent_at else "could not be told"
    wanted = [
        replace(
            dead,
            id=delivery_id(dead.story_id, dead.revision, dead.audience, one.kind, target, dead.occasion),
            channel=one.kind,
            target=target,
            options=kept(one.options),
            reason=f"{dead.channel} {how} ({error}); {dead.reason}",
            after=None,
            first_in_thread=None,
            created_at=now,
            due_at=now,
            give_up_at=give_up_at(dead.story, now),
            state=DeliveryState.PENDING,
            attempts=0,
            last_error=None,
            receipt={},
            sent_at=None,
        )
        for one in channels
        for target in one.targets
    ]
    return await _rows(outside, wanted)


async def _rows(outside: Dependencies, wanted: list[Delivery]) -> Instead:
    lanes = {one.id: rowkeys.failover_lane(one.story_id, one.audience, one.channel, one.target) for one in wanted}
    partition = wanted[0].partition
    found = await outside.stories.get(partition, [*map(key_of, wanted), *lanes.values()])
    deliveries, writes = [], []
    for one in wanted:
        row = found.get(lanes[one.id])
        lane = msgspec.json.decode(row.body, type=Lane) if row else None
        if key_of(one) in found or (lane is not None and lane.revision > one.revision):
            continue
        if lane is not None:
            one = replace(one, after=lane.last, first_in_thread=lane.first)  # noqa: PLW2901 - the same, in its lane
        key = key_of(one)
        mark = Lane(key, one.revision, lane.first if lane else one.id)
        writes += [
            Write(Put.INSERT, key, msgspec.json.encode(one)),
            Write(Put.UPSERT, promise_key(one), msgspec.json.encode(Promise(delivery=key))),
            Write(Put.UPSERT, lanes[one.id], msgspec.json.encode(mark)),
        ]
        deliveries.append(one)
    return Instead(tuple(deliveries), tuple(writes), channels=True)


def _channels(audience: Audience, dead: Delivery) -> list[ChannelConfig]:
    """None for what was itself on a fail-over channel: that would go round in a circle."""
    spare = [one for one in audience.channels if one.failover]
    if any(one.kind == dead.channel and dead.target in one.targets for one in spare):
        return []
    highest = max(story.highest_severity.rank for story in (dead.story, *dead.folded))
    return [one for one in spare if one.min_severity.rank <= highest]


def kept(options: dict[str, str]) -> dict[str, str]:
    """What the ledger may hold of a channel's settings: a secret only by the name of its variable."""
    return {name: value for name, value in options.items() if name not in _SECRET or _named(value)}


_SECRET = frozenset({"secret", "secrets", "key", "password", "token"})


def _named(value: str) -> bool:
    return all(word.startswith("${env:") and word.endswith("}") for word in value.split())
