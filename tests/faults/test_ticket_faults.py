"""Tickets in bad weather, through the whole pipeline: one a story, its state right, each note there once."""

import asyncio
import json
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from memory_house import START, an_event
from ticket_house import Died, TicketHouse, Weather

from local.receivers.receivers import start
from local.receivers.set_up import SetUp
from notbefore.schema import DeliveryState, MaintenanceEvent, Phase, Window

PHASES = (Phase.ANNOUNCED, Phase.RESCHEDULED, Phase.STARTED, Phase.COMPLETED)
TOGETHER = 20
"""Stories that go on at the same time."""
LAG = 45
"""Seconds in which the search does not know a new issue: longer than a retry waits by itself, within a claim."""


def news(house: TicketHouse, story: int, number: int) -> MaintenanceEvent:
    """The story's next step."""
    begins = START + timedelta(days=2, hours=number if number < 2 else 1)
    return an_event(
        id=f"{story}-{number}",
        keys={"tracking_id": f"TRACK-{story}"},
        phase=PHASES[number],
        window=Window(begins, begins + timedelta(hours=4)),
        occurred_at=house.at,
        title=f"Maintenance {story}",
    )


async def lived(house: TicketHouse, *events: MaintenanceEvent, patient: bool) -> None:
    """The events are heard, and time passes until all is told, or half a minute; who dies is started again."""
    for event in events:
        try:
            await house.hears(event)
        except Died:
            await killed(house)
    while True:
        try:
            await house.waits(timedelta(seconds=30), timedelta(seconds=30 if patient else 3))
        except Died:
            await killed(house)
        if not patient or not await house.ledger(lambda one: not one.is_over):
            return


async def killed(house: TicketHouse) -> None:
    """What the process was sending at the time has arrived, and is confirmed by nobody; it is started again."""
    sending = [task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__name__", "") == "deliver"]
    await asyncio.gather(*sending, return_exceptions=True)
    house.tickets.dead = False
    house.restarted()


async def some_live(here: Path, target: str, numbers: range) -> tuple[int, int]:
    """The lives of some stories, in one house; how many updates were told, and how many calls went wrong."""
    houses: list[TicketHouse] = []

    def clock() -> float:
        return houses[0].at.timestamp()

    set_up = SetUp(index_lag=LAG, clock=clock)
    receivers = await start(here, lambda _arrival: None, set_up=set_up)
    way_out = Weather(receivers.url, seed=numbers.start + 7)
    house = TicketHouse(way_out, target)
    houses.append(house)
    house.tickets.deaths = random.Random(numbers.start).sample(range(2, 3 * len(numbers)), 3)  # noqa: S311 - no secret
    for number in range(len(PHASES)):
        events = [news(house, story, number) for story in numbers]
        await lived(house, *events, patient=number > 0)  # the second news comes while the first may still be tried
    await way_out.close()
    await receivers.close()
    assert house.tickets.deaths == []
    return await judged(house, here, target, len(numbers)), way_out.faults


@pytest.mark.parametrize("target", ["servicenow:incident", "jira:OPS"])
async def test_one_ticket_a_story_whatever_the_weather(tmp_path: Path, target: str, *, all_seeds: bool) -> None:
    """A fault in five calls, three deaths, a search that lags: one ticket a story, closed, no note lost, none twice."""
    stories = 2_500 if all_seeds else TOGETHER
    updates = faults = 0
    for first in range(0, stories, TOGETHER):
        numbers = range(first, min(first + TOGETHER, stories))
        told, wrong = await some_live(tmp_path / str(first), target, numbers)
        updates, faults = updates + told, faults + wrong
    print(f"{target}: {updates} updates told of {stories * len(PHASES)}, {faults} faults")  # noqa: T201 - the measure
    assert faults > stories


async def judged(house: TicketHouse, here: Path, target: str, stories: int) -> int:
    """What the ledger says was told stands in the tickets once, what was replaced at most once; how many were told."""
    ledger = await house.ledger(lambda one: one.channel == "itsm")
    kept = [json.loads(path.read_text()) for path in sorted((here / "itsm").glob("*.json"))]
    assert len(kept) == stories
    for ticket in kept:
        record = ticket["record"]
        assert (record["state"] == "6") if target.startswith("servicenow") else (status(record) == "Done")
    written = [note for ticket in kept for note in notes(ticket)]
    for one in ledger:
        times = sum(one.id in note for note in written)
        assert times == 1 if one.state is DeliveryState.SENT else times <= 1
    assert {one.state for one in ledger} <= {DeliveryState.SENT, DeliveryState.REPLACED}
    assert house.told_instead.got == []
    return sum(one.state is DeliveryState.SENT for one in ledger)


def status(record: dict[str, Any]) -> str:
    """Jira's word for where it is."""
    return str(record["fields"]["status"]["name"])


def notes(ticket: dict[str, Any]) -> list[str]:
    """What was written: the description, then each note; each names its delivery."""
    sent = [one["sent"] for one in ticket["history"]]
    if "fields" in ticket["record"]:
        texts = [json.dumps(one.get("body") or one["fields"].get("description")) for one in sent
                 if "body" in one or "description" in one.get("fields", {})]  # fmt: skip
    else:
        texts = [
            one.get("work_notes") or one["description"] for one in sent if {"work_notes", "description"} & one.keys()
        ]
    return texts
