"""What a person or an instance's rule does to a ticket: always seen, always told to somebody, and to be mended."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from memory_house import SUBSCRIPTION, an_event
from ticket_house import TicketHouse

from local.receivers.receivers import Receivers, start
from local.receivers.set_up import SetUp
from notbefore.channels.local import LocalOutbound
from notbefore.pipeline.orders import acknowledge
from notbefore.pipeline.resend import Wish, resend
from notbefore.schema import DeliveryState, Phase


class World:
    """A house with tickets in an instance whose rules may change."""

    def __init__(self, root: Path, target: str) -> None:
        self.root, self.target = root, target
        self.receivers: Receivers | None = None
        self.way_out: LocalOutbound | None = None
        self.house: TicketHouse | None = None

    async def opens(self, set_up: SetUp | None = None) -> TicketHouse:
        """The instance starts, or starts again with other rules; the house goes on."""
        await self.close()
        self.receivers = await start(self.root, lambda _arrival: None, set_up=set_up)
        self.way_out = LocalOutbound(self.receivers.url, "itsm", keep_path=True)
        fresh = TicketHouse(self.way_out, self.target)
        if self.house is None:
            self.house = fresh
        else:
            self.house.tickets.channel = fresh.tickets.channel
        return self.house

    async def close(self) -> None:
        """Both ends."""
        if self.receivers and self.way_out:
            await self.way_out.close()
            await self.receivers.close()

    def files(self) -> list[Path]:
        """The tickets there are."""
        return sorted((self.root / "itsm").glob("*.json"))

    def record(self) -> dict[str, Any]:
        """The one ticket."""
        (path,) = self.files()
        found: dict[str, Any] = json.loads(path.read_text())["record"]
        return found


@pytest.fixture(params=["servicenow:incident", "jira:OPS"])
async def world(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """One for each system."""
    there = World(tmp_path, request.param)
    yield there
    await there.close()


async def dead(house: TicketHouse) -> list[str]:
    """Why deliveries are dead."""
    return [one.last_error or "" for one in await house.ledger(lambda one: one.state is DeliveryState.DEAD)]


async def test_a_refused_field_is_told_elsewhere_and_mended(world: World) -> None:
    """The fail-over channel has the message, the ledger the field; without the rule it makes the ticket."""
    house = await world.opens(SetUp(mandatory={"incident": ("u_team",), "OPS": ("customfield_10042",)}))
    await house.hears(an_event())
    (why,) = await dead(house)
    assert "u_team" in why or "customfield_10042" in why
    (told,) = house.told_instead.got
    assert "itsm could not be told" in told.subject
    await world.opens()
    await resend(house.outside, Wish())
    await house.runs()
    assert (await dead(house), len(world.files())) == ([], 1)


async def test_a_ticket_that_somebody_closed(world: World) -> None:
    """Where it takes no note, each news is told elsewhere; reopened, one that is sent again gets in."""
    house = await world.opens()
    await house.hears(an_event())
    close(world.files()[0])
    await world.opens(SetUp(read_only=("7", "Done")))
    house.at += timedelta(hours=1)
    await house.hears(an_event(id="2", phase=Phase.STARTED, occurred_at=house.at))
    (why,) = await dead(house)
    assert "reopen" in why
    assert len(house.told_instead.got) == 1
    await world.opens()
    await resend(house.outside, Wish())
    await house.runs()
    assert await dead(house) == []
    assert "revision 2" in json.dumps(world.record())


async def test_a_ticket_that_somebody_deleted(world: World) -> None:
    """The next news opens a new one; nobody is told elsewhere, since nothing was lost."""
    house = await world.opens()
    await house.hears(an_event())
    world.files()[0].unlink()
    await world.opens()
    house.at += timedelta(hours=1)
    await house.hears(an_event(id="2", phase=Phase.STARTED, occurred_at=house.at))
    assert (await dead(house), house.told_instead.got) == ([], [])
    assert "revision 2" in json.dumps(world.record())


async def test_an_end_that_the_workflow_forbids(world: World) -> None:
    """The note is there, the ticket is not: that is told elsewhere, and done by sending it again."""
    strict = SetUp(moves={"incident": {"1": ("2",)}}, workflow={"To Do": ("In Progress",), "In Progress": ()})
    house = await world.opens(strict)
    await house.hears(an_event())
    house.at += timedelta(hours=1)
    await house.hears(an_event(id="2", phase=Phase.CANCELED, occurred_at=house.at))
    (why,) = await dead(house)
    assert "has the note, but may not go to" in why
    assert len(house.told_instead.got) == 1
    await world.opens()
    await resend(house.outside, Wish())
    await house.runs()
    record = world.record()
    assert (record.get("state") or record["fields"]["status"]["name"]) in ("6", "Done")
    assert len(record.get("comments", [0])) == 1


async def test_who_has_it_is_written_on_the_ticket(world: World) -> None:
    """Whoever presses the button in a mail stands in a note of the ticket, once; its state stays."""
    house = await world.opens()
    await house.hears(an_event())
    before = world.record()
    (story,) = await house.stories()
    for name in ("ann, by link", "bob"):
        await acknowledge(house.outside, SUBSCRIPTION, story.id, name)
        await house.runs()
    after = world.record()
    notes = json.dumps(after.get("comments", after.get("work_notes")))
    assert notes.count("ann, by link") == 1
    assert "bob" not in json.dumps(after)
    assert (after.get("state"), after.get("fields", {}).get("status")) == (
        before.get("state"),
        before.get("fields", {}).get("status"),
    )


def close(path: Path) -> None:
    """As a person does."""
    whole = json.loads(path.read_text())
    if "fields" in whole["record"]:
        whole["record"]["fields"]["status"] = {"name": "Done", "statusCategory": {"key": "done"}}
    else:
        whole["record"]["state"] = "7"
    path.write_text(json.dumps(whole))
