"""Signals played through a routing file in memory: `explain`, the tests in the file, `what-if`.

It is the pipeline itself with memory adapters and a clock of its own, so it decides as the running system does.
"""

from __future__ import annotations

from datetime import datetime

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
            render=_unsent,
            rules=lambda: self.rules,
            clock=self._now,
        )
        self._played = 0

    def _now(self) -> datetime:
        return self.at

    async def signal(self, body: bytes) -> Processed:
        """Takes a payload in, as if it arrived now."""
        return await process_signal(self.outside, self._signal(body))

    async def event(self, event: MaintenanceEvent, facts: ResourceFacts | None = None) -> list[Decision]:
        """Takes an event in, as if a source had just made it."""
        work = Work(events=[event], facts=[facts] if facts else [])
        partition = event.subscription_id or UNKNOWN_SUBSCRIPTION
        tellings = await advance_partition(self.outside, partition, work, self._signal(b""))
        return [decision for telling in tellings for decision in telling.decisions]

    async def due(self, until: datetime) -> None:
        """Lets time pass: what is due by then is run."""
        self.at = max(self.at, until)
        await run_due(self.outside)

    def everybody(self, decisions: list[Decision]) -> list[Decision]:
        """The decisions, and for each story the audiences that no route leads to."""
        told = {(decision.story, decision.audience) for decision in decisions}
        first = {decision.story: decision for decision in decisions}
        silent = [
            _unrouted(like, name)
            for story, like in first.items()
            for name in self.rules.config.audiences
            if (story, name) not in told
        ]
        return [*decisions, *silent]

    def _signal(self, body: bytes) -> Signal:
        self._played += 1
        return Signal(id=f"played-{self._played}", received_at=self.at, origin="play", body=body)


def _unrouted(like: Decision, audience: str) -> Decision:
    return Decision(
        audience=audience,
        decision=Verdict.NOT_ROUTED,
        reason="no route leads to this audience",
        story=like.story,
        revision=like.revision,
        severity=like.severity,
        routes_version=like.routes_version,
        at=like.at,
    )


def _unsent(delivery: Delivery, audience: object) -> Message:
    del audience
    return Message(delivery_id=delivery.id, channel=delivery.channel, target=delivery.target, at=delivery.created_at)
