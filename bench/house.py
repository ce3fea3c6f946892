"""The product on a bench's storage: its stores, a channel that only keeps count, payloads as Azure sends them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from notbefore.adapters import names
from notbefore.adapters.azure_storage import AzureStorage
from notbefore.adapters.memory import MemoryQueue, MemoryRows, MemorySignals
from notbefore.config.model import Audience, ChannelConfig, Route, RoutingConfig
from notbefore.pipeline.accept import accept
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.outbox import DeliveryMessage
from notbefore.pipeline.process import process
from notbefore.ports import Put, Queue, Rows, SignalArchive, Write
from notbefore.rendering import RenderContext, render
from notbefore.rules import compile_rules
from notbefore.schema import Delivery, Message, Receipt

SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"


def an_alert(tracking_id: str, minute: int = 0) -> dict[str, Any]:
    """A planned maintenance as an action group posts it; each minute is another update of it."""
    at = datetime.now(UTC).replace(microsecond=0)
    properties = {
        "title": "Virtual machine maintenance",
        "service": "Virtual Machines",
        "region": "West Europe",
        "communication": f"<p>Some of your virtual machines <strong>will be rebooted</strong>. Update {minute}.</p>",
        "communicationId": f"{tracking_id}-{minute}",
        "incidentType": "Maintenance",
        "stage": "Planned",
        "trackingId": tracking_id,
        "impactStartTime": (at + timedelta(days=5)).isoformat(),
        "impactedServices": '[{"ImpactedRegions":[{"RegionName":"West Europe"}],"ServiceName":"Virtual Machines"}]',
    }
    context = {
        "eventSource": "ServiceHealth",
        "eventTimestamp": (at - timedelta(minutes=200 - minute)).isoformat(),
        "eventDataId": f"{tracking_id}-{minute}",
        "status": "Active",
        "subscriptionId": SUBSCRIPTION,
        "properties": properties,
    }
    essentials = {"monitoringService": "ServiceHealth", "firedDateTime": at.isoformat()}
    return {"schemaId": "azureMonitorCommonAlertSchema", "data": {"essentials": essentials, "alertContext": context}}


def one(name: str) -> bytes:
    """A signal with one event."""
    return json.dumps(an_alert(name)).encode()


def of_one_story(name: str) -> bytes:
    """A signal with 100 events of one story."""
    return json.dumps([an_alert(name, minute) for minute in range(100)]).encode()


def of_many_stories(name: str) -> bytes:
    """A signal with 100 events of a story each."""
    return json.dumps([an_alert(f"{name}-{number}") for number in range(100)]).encode()


class Counting:
    """A channel that sends nothing."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    async def send(self, message: Message) -> Receipt:
        """Keeps the delivery's id."""
        self.ids.append(message.delivery_id)
        return Receipt({"status": "200"})


class Recording(MemoryRows):
    """A table in memory that keeps what was committed, for the bare calls to write the same."""

    def __init__(self) -> None:
        super().__init__()
        self.commits: list[list[Write]] = []

    async def commit(self, partition: str, writes: Any) -> dict[str, str]:  # noqa: ANN401 # as the port says
        """Keeps the writes."""
        self.commits.append(list(writes))
        return await super().commit(partition, writes)


def in_storage(storage: AzureStorage) -> tuple[Dependencies, Counting]:
    """The pipeline on this account, whose stores are there already."""
    channel = Counting()
    tables = [storage.rows(name) for name in names.TABLES]
    queues = storage.queue(names.SIGNAL_QUEUE), storage.queue(names.DELIVERY_QUEUE)
    return _house(tables, storage.signals(names.SIGNAL_CONTAINER), queues, channel), channel


@dataclass(frozen=True, slots=True)
class Stored:
    """What the product stores for one signal, and says to its queues."""

    signal: bytes
    rows: list[Write]
    outcome: Write
    messages: dict[str, bytes]
    """By the key of the delivery's row."""

    def delivery(self, key: str) -> tuple[Write, Write]:
        """Its row, and that of its promise in the outbox."""
        row = next(write for write in self.rows if write.key == key)
        return row, next(write for write in self.rows if write.key.endswith("|" + key[-36:]) and write.key[0] == "o")


async def stored(body: Callable[[str], bytes]) -> Stored:
    """Plays one signal on memory, and keeps what was written."""
    tables, signals, deliveries = [Recording() for _ in names.TABLES], MemoryQueue(_now), MemoryQueue(_now)
    outside = _house(tables, MemorySignals(), (signals, deliveries), Counting())
    await accept(outside, body("recorded"), "bench")
    (signal,) = signals.due(_now())
    await process(outside, signal)
    messages = {msgspec.json.decode(one, type=DeliveryMessage).key: one for one in deliveries.due(_now())}
    return Stored(signal, _inserted(tables[0].commits), tables[1].commits[-1][0], messages)


def _inserted(commits: Sequence[Sequence[Write]]) -> list[Write]:
    """Rows in the order in which they came; of one that was written twice the last."""
    rows = {write.key: write for commit in commits for write in commit if write.put is not Put.DELETE}
    return list(rows.values())


def _now() -> datetime:
    return datetime.now(UTC)


def _house(
    tables: Sequence[Rows], archive: SignalArchive, queues: tuple[Queue, Queue], channel: Counting
) -> Dependencies:
    hook = ChannelConfig(kind="webhook", targets=("https://hooks.example.com/",))
    config = RoutingConfig(
        version_id="bench",
        audiences={"ops": Audience(name="ops", channels=(hook,))},
        routes=(Route(name="everything", to=("ops",)),),
    )
    rules, context = compile_rules(config), RenderContext(clock=_now)

    def rendered(delivery: Delivery, audience: Audience) -> Message:
        return render(delivery, audience, context)

    stories, signals, quarantine, control = tables
    return Dependencies(
        stories=stories,
        signals=signals,
        quarantine=quarantine,
        control=control,
        archive=archive,
        signal_queue=queues[0],
        delivery_queue=queues[1],
        channels={"webhook": channel},
        render=rendered,
        rules=lambda: rules,
        clock=_now,
    )
