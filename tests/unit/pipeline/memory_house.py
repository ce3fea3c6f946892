"""The whole pipeline on memory adapters, with a clock that is pushed forward and channels that keep what they get."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from notbefore import rowkeys
from notbefore.adapters.memory import MemoryQueue, MemoryRows, MemorySignals
from notbefore.config.model import Audience, ChannelConfig, RoutingConfig
from notbefore.config.model import Route as ConfigRoute
from notbefore.errors import DeliveryError
from notbefore.pipeline.accept import accept
from notbefore.pipeline.deliver import deliver
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.due import run_due
from notbefore.pipeline.partition import Work, advance_partition
from notbefore.pipeline.process import process
from notbefore.pipeline.sweep import sweep
from notbefore.ports import Signal
from notbefore.rules import compile_rules
from notbefore.schema import (
    Decision,
    Delivery,
    Impact,
    InitiatedBy,
    Kind,
    MaintenanceEvent,
    Message,
    Phase,
    Receipt,
    Resource,
    Severity,
    Source,
    Story,
    Window,
)

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"


def an_event(**changes: object) -> MaintenanceEvent:
    """A planned maintenance by Service Health, announced two days ahead."""
    event: dict[str, object] = {
        "id": "event-1",
        "source": Source.SERVICE_HEALTH,
        "kind": Kind.PLANNED_MAINTENANCE,
        "phase": Phase.ANNOUNCED,
        "impact": Impact.REBOOT,
        "severity": Severity.WARNING,
        "initiated_by": InitiatedBy.PLATFORM,
        "subscription_id": SUBSCRIPTION,
        "keys": {"tracking_id": "ABCD-123"},
        "title": "Maintenance of hosts",
        "text": "Your virtual machines will be rebooted.",
        "window": Window(START + timedelta(days=2), START + timedelta(days=2, hours=4)),
        "occurred_at": START,
    }
    return MaintenanceEvent(**(event | changes))  # type: ignore[arg-type] # a test may say anything


def a_machine(name: str) -> Resource:
    """A virtual machine of the test subscription."""
    group = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg/providers/microsoft.compute/virtualmachines"
    return Resource(id=f"{group}/{name}", name=name, type="microsoft.compute/virtualmachines")


def an_audience(name: str = "ops", **changes: object) -> Audience:
    """An audience with one mail address and one webhook."""
    channels = (
        ChannelConfig(kind="email", targets=(f"{name}@example.com",)),
        ChannelConfig(kind="webhook", targets=(f"https://hooks.example.com/{name}",)),
    )
    return msgspec.structs.replace(Audience(name=name, channels=channels), **changes)


def a_config(*audiences: Audience, **changes: object) -> RoutingConfig:
    """Everything goes to the first audience, unless the routes are given."""
    known = audiences or (an_audience(),)
    config = RoutingConfig(
        version_id="test",
        audiences={audience.name: audience for audience in known},
        routes=(ConfigRoute(name="everything", to=(known[0].name,)),),
    )
    return msgspec.structs.replace(config, **changes)


class Receiver:
    """A channel that keeps what it gets, and fails as it is told."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.fails: list[DeliveryError] = []

    async def send(self, message: Message) -> Receipt:
        """Keeps the message."""
        if self.fails:
            raise self.fails.pop(0)
        self.got.append(message)
        return Receipt({"status": "200"})


class House:
    """A running NotBefore in memory."""

    def __init__(self, config: RoutingConfig | None = None, at: datetime = START) -> None:
        self.at = at
        self.rules = compile_rules(config or a_config())
        self.mail, self.webhook = Receiver(), Receiver()
        self.signals: MemoryQueue = MemoryQueue(self.now)
        self.deliveries: MemoryQueue = MemoryQueue(self.now)
        self.decided: list[Decision] = []
        self.outside = self.started()
        self.said: dict[str, Delivery] = {}

    def now(self) -> datetime:
        """The time in this house."""
        return self.at

    def started(self) -> Dependencies:
        """A fresh process on new stores."""
        return Dependencies(
            stories=MemoryRows(),
            signals=MemoryRows(),
            quarantine=MemoryRows(),
            control=MemoryRows(),
            archive=MemorySignals(),
            signal_queue=self.signals,
            delivery_queue=self.deliveries,
            channels={"email": self.mail, "webhook": self.webhook},
            render=self._render,
            rules=lambda: self.rules,
            clock=self.now,
            told=self.decided.extend,
        )

    def restarted(self) -> None:
        """The process dies and comes back: what it remembered is gone, the stores and queues are there."""
        old = self.outside
        self.outside = Dependencies(
            stories=old.stories,
            signals=old.signals,
            quarantine=old.quarantine,
            control=old.control,
            archive=old.archive,
            signal_queue=old.signal_queue,
            delivery_queue=old.delivery_queue,
            channels=old.channels,
            render=old.render,
            rules=old.rules,
            clock=old.clock,
            told=old.told,
        )

    def _render(self, delivery: Delivery, audience: Audience) -> Message:
        del audience
        self.said[delivery.id] = delivery
        return Message(
            delivery_id=delivery.id,
            channel=delivery.channel,
            target=delivery.target,
            subject=delivery.reason,
            at=self.at,
        )

    async def hears(self, *events: MaintenanceEvent) -> list[Decision]:
        """One signal with these events; its deliveries are sent."""
        signal = Signal(id=f"s-{self.at.timestamp()}", received_at=self.at, origin="test", body=b"")
        partition = events[0].subscription_id or "unknown"
        tellings = await advance_partition(self.outside, partition, Work(events=list(events)), signal)
        await self.runs()
        return [decision for telling in tellings for decision in telling.decisions]

    async def takes(self, body: bytes) -> str:
        """A payload at the door, brought to its end."""
        name = await accept(self.outside, body, "test")
        await self.runs()
        return name

    async def runs(self) -> None:
        """Everything that is on the queues now."""
        while True:
            signals, deliveries = self.signals.due(self.at), self.deliveries.due(self.at)
            if not signals and not deliveries:
                return
            await asyncio.gather(*(process(self.outside, body) for body in signals))
            await asyncio.gather(*(deliver(self.outside, body) for body in deliveries))

    async def waits(self, span: timedelta, step: timedelta = timedelta(minutes=1)) -> None:
        """Time passes, with its timers."""
        until = self.at + span
        while self.at < until:
            self.at = min(self.at + step, until)
            await run_due(self.outside)
            await sweep(self.outside)
            await self.runs()

    async def stories(self, partition: str = SUBSCRIPTION) -> list[Story]:
        """Heads of the stories that are not merged away."""
        rows = self.outside.stories.scan(partition, *rowkeys.span("s|"))
        found = [msgspec.json.decode(row.body, type=Story) async for row in rows]
        return [story for story in found if story.merged_into is None]

    async def ledger(self, keep: Callable[[Delivery], bool] = lambda _: True) -> list[Delivery]:
        """Every delivery, in every partition."""
        found: list[Delivery] = []
        async for partition in self.outside.stories.partitions():
            rows = self.outside.stories.scan(partition, *rowkeys.span("d|"))
            found += [msgspec.json.decode(row.body, type=Delivery) async for row in rows]
        return [delivery for delivery in found if keep(delivery)]
