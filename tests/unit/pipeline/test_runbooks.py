"""A runbook that was started is heard of again: it is done, it failed, or it is overdue; none of it passes unseen."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from memory_house import START, SUBSCRIPTION, House, Receiver, a_config, an_audience, an_event

from notbefore.config.model import ChannelConfig
from notbefore.errors import Conflict, Permanent
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.reporters import runbooks
from notbefore.pipeline.reporters.spoken import Said, Spoken
from notbefore.schema import Delivery, DeliveryState

TARGET = "${env:RUNBOOK}"


class RunbookHouse(House):
    """Its audience has a runbook that is to be done within half an hour, and a mail for what goes wrong."""

    def __init__(self, **options: str) -> None:
        self.jobs = Receiver()
        runbook = ChannelConfig(kind="runbook", targets=(TARGET,), options={"done_within": "1800.0"} | options)
        mail = ChannelConfig(kind="email", targets=("a@example.com",), failover=True)
        super().__init__(a_config(an_audience("ops", channels=(runbook, mail))))

    def started(self) -> Dependencies:
        """With the runbook's channel."""
        return replace(super().started(), channels={"runbook": self.jobs, "email": self.mail})

    async def start(self) -> Delivery:
        """A maintenance starts the runbook."""
        await self.hears(an_event())
        return await self.delivery()

    async def delivery(self) -> Delivery:
        """The one that started it."""
        (found,) = await self.ledger(lambda one: one.channel == "runbook")
        return found

    async def says(self, delivery: Delivery, state: str, text: str = "") -> None:
        """The runbook calls the door for signals."""
        told = {"runbook": "drain", "step": "job", "state": state, "text": text, "story": delivery.story_id}
        told |= {"delivery": delivery.id, "subscriptionId": SUBSCRIPTION}
        event = {"specversion": "1.0", "type": "notbefore.runbook.progress", "id": f"{state}-1", "source": "runbook"}
        await self.takes(json.dumps(event | {"time": self.at.isoformat(), "data": told}).encode())


async def test_a_runbook_that_is_done_is_not_overdue() -> None:
    """It says that it began and that it is done: the ledger has its end, and nobody is told elsewhere."""
    house = RunbookHouse()
    delivery = await house.start()
    await house.says(delivery, "started")
    await house.says(delivery, "done", "two machines drained")
    await house.waits(timedelta(hours=1))
    ended = await house.delivery()
    assert (ended.state, ended.receipt["ended"], ended.receipt["says"]) == (DeliveryState.SENT, "done", "done")
    assert house.mail.got == []


async def test_a_runbook_that_failed_is_told_elsewhere() -> None:
    """Its words stand in the ledger, and the fail-over channel has them; a repeat of the call tells nobody twice."""
    house = RunbookHouse()
    delivery = await house.start()
    for _ in range(2):
        await house.says(delivery, "failed", "no rights\non nic-1")
    dead = await house.delivery()
    assert dead.state is DeliveryState.DEAD
    assert "failed: no rights on nic-1" in (dead.last_error or "")
    (told,) = house.mail.got
    assert "runbook did not end well" in told.subject
    await house.waits(timedelta(hours=1))
    assert len(house.mail.got) == 1


async def test_a_runbook_that_does_not_call_is_overdue() -> None:
    """After its time it is dead and told elsewhere; if it is done after all, it is dead no more."""
    house = RunbookHouse()
    delivery = await house.start()
    await house.says(delivery, "started")
    await house.waits(timedelta(minutes=29))
    assert house.mail.got == []
    await house.waits(timedelta(minutes=2))
    assert "has not said within 30 minutes" in ((await house.delivery()).last_error or "")
    assert len(house.mail.got) == 1
    await house.says(delivery, "done")
    ended = await house.delivery()
    assert (ended.state, ended.receipt["ended"]) == (DeliveryState.SENT, "done")


async def test_without_a_time_nothing_is_awaited() -> None:
    """A runbook that never calls back is no alarm where the routing file does not say so."""
    house = RunbookHouse(done_within="")
    await house.start()
    await house.waits(timedelta(hours=3))
    assert ((await house.delivery()).state, house.mail.got) == (DeliveryState.SENT, [])


async def test_an_expired_webhook_is_an_alarm() -> None:
    """400 and 404 are for good: the delivery is dead, and told elsewhere."""
    house = RunbookHouse()
    house.jobs.fails = [Permanent("the runbook's webhook has expired, is disabled or is another one")]
    await house.start()
    assert (await house.delivery()).state is DeliveryState.DEAD
    assert "expired" in house.mail.got[0].subject


async def test_a_call_before_the_start_is_confirmed_comes_again() -> None:
    """A runbook may be faster than the ledger."""
    house = RunbookHouse()
    delivery = await house.start()
    key = f"d|{delivery.story_id}|{delivery.id}"
    row = (await house.outside.stories.get(SUBSCRIPTION, [key]))[key]
    from msgspec import json as packed
    from msgspec.structs import replace as changed

    from notbefore.ports import Put, Write

    sending = changed(delivery, state=DeliveryState.SENDING, claimed_until=START + timedelta(minutes=1))
    await house.outside.stories.commit(SUBSCRIPTION, [Write(Put.REPLACE, key, packed.encode(sending), row.etag)])
    said = Said(story=delivery.story_id, delivery=delivery.id, state="done", subscription_id=SUBSCRIPTION)
    with pytest.raises(Conflict):
        await runbooks.answered(house.outside, Spoken(type="notbefore.runbook.progress", data=said))


@pytest.mark.parametrize("wrong", ["", "no-such-delivery"])
async def test_a_call_about_nothing_of_ours_is_a_step_and_no_more(wrong: str) -> None:
    """A hook in a machine names no delivery; a foreign one changes nothing."""
    house = RunbookHouse()
    delivery = await house.start()
    from msgspec.structs import replace as changed

    await house.says(changed(delivery, id=wrong), "failed")
    assert (await house.delivery()).state is DeliveryState.SENT
