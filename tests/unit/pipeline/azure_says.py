"""Azure as a fake behind the ports: it lists what a test puts on the list, and can be slow, partial or forbidding."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from azure_rows import Row
from memory_house import SUBSCRIPTION, House

from notbefore.adapters.memory import MemorySignals
from notbefore.errors import DeliveryError
from notbefore.pipeline import questions
from notbefore.pipeline.polls.asking import Asking
from notbefore.pipeline.polls.poll import run_polls
from notbefore.ports import Found, Signal


@dataclass
class Graph:
    """Resource Graph, by the question it is asked."""

    health: list[Row] = field(default_factory=list)
    maintenance: list[Row] = field(default_factory=list)
    patches: list[Row] = field(default_factory=list)
    subscriptions: list[str] = field(default_factory=lambda: [SUBSCRIPTION])
    scale_sets: list[str] = field(default_factory=list)
    resources: list[Row] = field(default_factory=list)
    containers: list[Row] = field(default_factory=list)
    running: list[Row] = field(default_factory=list)
    """Machines, for the question who of them is blind."""
    complete: bool = True
    fails: DeliveryError | None = None
    asked: list[str] = field(default_factory=list)

    async def ask(self, query: str) -> Found:
        """The rows of the table that the question names."""
        self.asked.append(query)
        if self.fails is not None:
            raise self.fails
        if query == questions.SUBSCRIPTIONS:
            return Found(tuple({"subscriptionId": one} for one in self.subscriptions))
        if query in {questions.MACHINES, questions.INSTANCES}:
            of_a_set = query == questions.INSTANCES
            rows = (row for row in self.running if ("scalesets/" in row["id"].lower()) == of_a_set)
            return Found(tuple(rows), self.complete)
        if query == questions.SCALE_SETS:
            return Found(tuple({"id": one} for one in self.scale_sets), self.complete)
        if query.startswith("resource"):
            wanted = re.findall(r"'(/[^']+)'", query)
            table = self.containers if query.startswith("resourcecontainers") else self.resources
            return Found(tuple(row for row in table if row["id"].lower() in wanted))
        lists = {questions.SERVICE_HEALTH: self.health, questions.MAINTENANCE: self.maintenance}
        return Found(tuple(lists.get(query, self.patches)), self.complete)


@dataclass
class Machines:
    """Instance views."""

    rows: list[Row] = field(default_factory=list)
    views: dict[str, Row] = field(default_factory=dict)
    complete: bool = True
    refused: dict[str, DeliveryError] = field(default_factory=dict)
    sets_asked: list[str] = field(default_factory=list)

    async def instance_views(self, subscription: str) -> Found:
        """Those of the subscription; the instances of scale sets are not among them."""
        found = self._listed(subscription)
        return Found(tuple(row for row in found.rows if "virtualmachinescalesets" not in row["id"]), found.complete)

    async def scale_set_views(self, scale_set: str) -> Found:
        """Those of the scale set."""
        self.sets_asked.append(scale_set)
        return self._listed(scale_set)

    def _listed(self, part: str) -> Found:
        if part in self.refused:
            raise self.refused[part]
        return Found(tuple(row for row in self.rows if part in row["id"]), self.complete)

    async def instance_view(self, resource_id: str) -> Row | None:
        """One view."""
        return self.views.get(resource_id)


@dataclass
class Logs:
    """A workspace: rows with a time of ingestion, each seen from a later time on."""

    house: House
    rows: list[tuple[datetime, datetime, Row]] = field(default_factory=list)
    most: int = 10**9
    """Rows that fit in an answer; of more only a part is given."""

    def takes_in(self, row: Row, at: datetime, seen: datetime) -> None:
        """A row with its time of ingestion, visible from `seen` on."""
        self.rows.append((at, seen, row))

    async def ask(self, query: str, since: datetime, until: datetime) -> Found:
        """What the question asks for: ingested since then, the oldest first, so many."""
        del since, until
        start = re.search(r"ingestion_time\(\) >= datetime\(([^)]+)\)", query)
        take = re.search(r"take (\d+)", query)
        assert start is not None
        assert take is not None
        begin, count = datetime.fromisoformat(start[1]), int(take[1])
        visible = [one for one in self.rows if one[0] >= begin and one[1] <= self.house.now()]
        chosen = sorted(visible, key=lambda one: one[0])[:count]
        rows = [{"Ingested": f"{at:%Y-%m-%dT%H:%M:%S.%fZ}", **row} for at, _, row in chosen]
        if len(rows) > self.most:
            return Found(tuple(rows[:: len(rows) // self.most + 1]), complete=False)
        return Found(tuple(rows))


class Asker:
    """A house that asks this Azure."""

    def __init__(self, house: House) -> None:
        self.house, self.graph, self.machines, self.logs = house, Graph(), Machines(), Logs(house)

    async def polls(self, times: int = 1) -> dict[str, int]:
        """The timer, so often; each time everything is due again."""
        sent: dict[str, int] = {}
        asking = Asking(graph=self.graph, machines=self.machines, logs=self.logs)
        for _ in range(times):
            sent = await run_polls(self.house.outside, asking)
            await self.house.runs()
            self.house.at += timedelta(minutes=16)
        return sent

    def signals(self) -> list[Signal]:
        """Everything that came through the door, in order."""
        archive = self.house.outside.archive
        assert isinstance(archive, MemorySignals)
        return list(archive._signals.values())  # ids of one moment have no order
