"""Signals played through a routing file in memory: `explain`, the tests in the file, `what-if`.

It is the pipeline itself with memory adapters and a clock of its own, so it decides as the running system does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.adapters.memory import MemoryQueue, MemoryRows, MemorySignals
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.due import run_due
from notbefore.pipeline.partition import Work, advance_partition
from notbefore.pipeline.process import Processed, process_signal
from notbefore.ports import Signal
from notbefore.rules import Rules
from notbefore.schema import (
    UNKNOWN_SUBSCRIPTION,
    Decision,
    Delivery,
    MaintenanceEvent,
    Message,
    ResourceFacts,
    Story,
    Verdict,
)


class Player:
    """A house in memory whose clock stands where it is put."""

    def __init__(self, rules: Rules, at: datetime) -> None:
        self.rules = rules
        self.at = at
        self.outside = Dependencies(
            stories=MemoryRows(),
            signals=MemoryRows(),
            quarantine=MemoryRows(),
            control=MemoryRows(),
            archive=MemorySignals(),
            signal_queue=MemoryQueue(self._now),
            delivery_queue=MemoryQueue(self._now),
            channels={},
            render=unsent,
            rules=lambda: self.rules,
            clock=self._now,
        )
        self._played = 0

    def _now(self) -> datetime:
        return self.at

    async def signal(self, body: bytes) -> Processed:
        """Takes a payload in, as if it arrived now."""
        return await process_signal(self.outside, self._signal(body))

    async def event(self, event: MaintenanceEvent, facts: Sequence[ResourceFacts] = ()) -> list[Decision]:
        """Takes an event in, as if a source had just made it."""
        work = Work(events=[event], facts=list(facts))
        partition = event.subscription_id or UNKNOWN_SUBSCRIPTION
        tellings = await advance_partition(self.outside, partition, work, self._signal(b""))
        return [decision for telling in tellings for decision in telling.decisions]

    async def due(self, until: datetime) -> None:
        """Lets time pass: what is due by then is run."""
        self.at = max(self.at, until)
        await run_due(self.outside)

    async def everybody(self, decisions: list[Decision]) -> list[Decision]:
        """The decisions, and for each story the audiences that are not told because no route leads to them."""
        told = {(decision.story, decision.audience) for decision in decisions}
        first = {decision.story: decision for decision in decisions}
        return decisions + [
            _unrouted(like, name, await self._silence(story))
            for story, like in first.items()
            for name in self.rules.config.audiences
            if (story, name) not in told
        ]

    async def nobody(self, processed: Processed) -> list[Decision]:
        """For stories of which no audience was even considered: everybody, not routed."""
        named = {decision.story for decision in processed.decisions}
        stories = [await self._story(name) for name in processed.outcome.stories if name not in named]
        return [
            _unrouted(_like(story, self), name, await self._silence(story.id))
            for story in stories
            if story is not None
            for name in self.rules.config.audiences
        ]

    async def _silence(self, story_id: str) -> str:
        story = await self._story(story_id)
        if story is not None:
            silent = self.rules.router.route(story, [(state, None) for state in story.resources]).silent
            if silent:
                return f"route {silent[0]} tells nobody, on purpose"
        return "no route leads to this audience"

    async def _story(self, story_id: str) -> Story | None:
        key = rowkeys.head(story_id)
        async for partition in self.outside.stories.partitions():
            row = (await self.outside.stories.get(partition, [key])).get(key)
            if row is not None:
                return msgspec.json.decode(row.body, type=Story)
        return None

    def _signal(self, body: bytes) -> Signal:
        self._played += 1
        return Signal(id=f"played-{self._played}", received_at=self.at, origin="play", body=body)


def _like(story: Story, player: Player) -> Decision:
    return Decision(
        audience="",
        decision=Verdict.NOT_ROUTED,
        reason="",
        story=story.id,
        revision=story.revision,
        severity=story.severity,
        routes_version=player.rules.config.version_id,
        at=player.at,
    )


def _unrouted(like: Decision, audience: str, reason: str) -> Decision:
    return replace(
        like, audience=audience, decision=Verdict.NOT_ROUTED, reason=reason, due=None, channels=(), route=None
    )


def unsent(delivery: Delivery, audience: object) -> Message:
    """A message that nobody will send."""
    del audience
    return Message(delivery_id=delivery.id, channel=delivery.channel, target=delivery.target, at=delivery.created_at)
