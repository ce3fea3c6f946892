"""The past through two routing files at once: who would have been told more, less, earlier or later.

Both houses are in memory and keep what decisions look at, nothing else: no events, no ledger, no messages. A story
that is over is compared and forgotten after a few days, so memory grows with what is open, not with what came in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from notbefore import rowkeys
from notbefore.adapters.memory import MemoryRows, MemorySignals
from notbefore.muting import Silence
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.holds import SILENCES
from notbefore.pipeline.past.play import unsent
from notbefore.pipeline.past.replay import Moving, Nowhere, Replay, Watched
from notbefore.ports import Put, Signal, Write
from notbefore.rules import Rules
from notbefore.schema import Decision, Story, Verdict

FORGOTTEN = timedelta(days=3)
"""How long after its last news a story that is over is kept."""

EXAMPLES = 20
"""Stories that are named for each audience and difference; all of them are counted."""

_UNREAD = ("e|", "h|", "d|", "x|", "o|")


class Difference(StrEnum):
    """What another routing file would have meant for an audience and a story."""

    MORE = "more"
    LESS = "less"
    EARLIER = "earlier"
    LATER = "later"
    OTHERWISE = "on other channels"


class Told(msgspec.Struct, frozen=True):
    """One telling: when, and on what; a digest or group says no channels."""

    at: datetime
    channels: tuple[str, ...] = ()


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One story that an audience would have heard of differently."""

    story: str
    title: str
    subscription: str
    now: tuple[Told, ...]
    then: tuple[Told, ...]


@dataclass(slots=True)
class Different:
    """How often, and some of the stories."""

    count: int = 0
    examples: list[Example] = field(default_factory=list)


Tellings = dict[str, dict[str, list[Told]]]
"""Story → audience → when it was told."""


@dataclass(slots=True)
class Side:
    """One of the two houses."""

    rules: Rules
    clock: Moving
    stories: MemoryRows = field(default_factory=MemoryRows)
    told: Tellings = field(default_factory=dict)
    replay: Replay = field(init=False)

    def __post_init__(self) -> None:
        watched = Watched(self.stories, _worth_keeping, self._folded)
        outside = Dependencies(
            stories=watched,
            signals=_Blank(),
            quarantine=_Blank(),
            control=MemoryRows(),
            archive=MemorySignals(),
            signal_queue=Nowhere(),
            delivery_queue=Nowhere(),
            channels={},
            render=unsent,
            rules=lambda: self.rules,
            clock=self.clock,
            told=self._decided,
        )
        self.replay = Replay(outside, watched, self.clock)

    def _decided(self, decisions: Sequence[Decision]) -> None:
        for one in decisions:
            if one.decision is Verdict.SENT:
                self._note(one.audience, one.story, Told(one.at, one.channels))

    def _folded(self, audience: str, story: str) -> None:
        self._note(audience, story, Told(self.clock.at))

    def _note(self, audience: str, story: str, told: Told) -> None:
        self.told.setdefault(story, {}).setdefault(audience, []).append(told)

    async def head(self, story: str) -> tuple[str, Story] | None:
        """The story's head as it is now, and its partition."""
        key = rowkeys.head(story)
        async for partition in self.stories.partitions():
            row = (await self.stories.get(partition, [key])).get(key)
            if row is not None:
                return partition, msgspec.json.decode(row.body, type=Story)
        return None

    async def forget(self, story: str) -> None:
        """Drops what is known of a story that is over."""
        self.told.pop(story, None)
        found = await self.head(story)
        if found is None:
            return
        partition = found[0]
        keys = [row.key async for row in self.stories.scan(partition, *rowkeys.span(f"r|{story}|"))]
        for key in (*keys, rowkeys.head(story)):
            await self.stories.commit(partition, [Write(Put.DELETE, key)])
        self.replay.outside.memory.forget(partition, [*keys, rowkeys.head(story)])


class WhatIf:
    """Feeds both houses the same signals, and compares what they told."""

    def __init__(self, present: Rules, other: Rules, at: datetime) -> None:
        self.present = Side(present, Moving(at))
        self.other = Side(other, Moving(at))
        self.differences: dict[str, dict[Difference, Different]] = {}
        self.stories = 0
        self._tidied = at

    async def heed(self, silences: Sequence[Silence]) -> None:
        """Orders of persons hold in both houses as they held in fact."""
        for side in (self.present, self.other):
            for order in silences:
                write = Write(Put.UPSERT, order.id, msgspec.json.encode(order))
                await side.replay.outside.control.commit(SILENCES, [write])

    async def take(self, signal: Signal) -> None:
        """One signal, through both."""
        for side in (self.present, self.other):
            await side.replay.take(signal)
        if signal.received_at - self._tidied >= timedelta(days=1):
            self._tidied = signal.received_at
            await self._settle(signal.received_at - FORGOTTEN)

    async def end(self, until: datetime) -> None:
        """What is due until then still happens; then the rest is compared."""
        for side in (self.present, self.other):
            await side.replay.passes(until)
        await self._settle(None)

    async def _settle(self, before: datetime | None) -> None:
        for story in list(self.present.told | self.other.told):
            found = await self.present.head(story) or await self.other.head(story)
            head = found[1] if found else None
            if before is not None and head is not None and not (head.over and head.updated_at < before):
                continue
            self._compare(story, head)
            for side in (self.present, self.other):
                await side.forget(story)

    def _compare(self, story: str, head: Story | None) -> None:
        self.stories += 1
        now, then = self.present.told.get(story, {}), self.other.told.get(story, {})
        for audience in dict.fromkeys((*now, *then)):
            mine = tuple(now.get(audience, ())), tuple(then.get(audience, ()))
            difference = compare(*mine)
            if difference is None:
                continue
            known = self.differences.setdefault(audience, {}).setdefault(difference, Different())
            known.count += 1
            if len(known.examples) < EXAMPLES:
                title, subscription = (head.title, head.subscription_id) if head else ("", "")
                known.examples.append(
                    Example(story=story, title=title, subscription=subscription, now=mine[0], then=mine[1])
                )


def compare(now: Sequence[Told], then: Sequence[Told]) -> Difference | None:
    """By the number of tellings; when that is the same, by the first that differs in time, then by the channels."""
    if len(now) != len(then):
        return Difference.MORE if len(then) > len(now) else Difference.LESS
    for mine, other in zip(now, then, strict=True):
        if mine.at != other.at:
            return Difference.EARLIER if other.at < mine.at else Difference.LATER
    here, there = ({channel for told in side for channel in told.channels} for side in (now, then))
    if here == there:
        return None
    if here < there:
        return Difference.MORE
    return Difference.LESS if there < here else Difference.OTHERWISE


def _worth_keeping(write: Write) -> Write | None:
    return None if write.key.startswith(_UNREAD) else write


class _Blank(MemoryRows):
    """A table that nobody reads."""

    async def commit(self, partition: str, writes: Sequence[Write]) -> dict[str, str]:
        """Nothing is kept."""
        del partition
        return {write.key: "" for write in writes}
