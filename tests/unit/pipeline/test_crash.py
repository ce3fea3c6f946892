"""What a crash leaves behind is taken up: signals that nobody finished, deliveries that nobody sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from memory_house import House

from notbefore.pipeline.accept import accept
from notbefore.pipeline.deliver import deliver
from notbefore.pipeline.process import process
from notbefore.schema import DeliveryState, Message, Receipt

ALERT = b"""{"schemaId": "azureMonitorCommonAlertSchema", "data": {"essentials": {"monitoringService": "ServiceHealth"},
"alertContext": {"eventSource": "ServiceHealth", "eventTimestamp": "2026-11-24T11:59:00Z", "status": "Active",
"subscriptionId": "11111111-1111-4111-8111-111111111111", "properties": {"title": "t", "incidentType": "Maintenance",
"stage": "Planned", "trackingId": "ABCD-1", "communication": "will be rebooted",
"impactStartTime": "2026-12-24T12:00:00Z"}}}}"""


async def test_a_signal_whose_message_is_lost_is_told_a_minute_later() -> None:
    """The archive has it, the queue does not: the sweeper puts it there again."""
    house = House()
    await accept(house.outside, ALERT, "test")
    house.signals.due(house.at)
    await house.runs()
    assert house.mail.got == []
    await house.waits(timedelta(minutes=3), timedelta(seconds=30))
    assert len(house.mail.got) == 1


async def test_a_finished_signal_is_left_alone() -> None:
    """The sweeper looks, and finds nothing to do."""
    house = House()
    await house.takes(ALERT)
    await house.waits(timedelta(hours=2), timedelta(minutes=5))
    assert len(house.mail.got) == 1


async def test_a_delivery_whose_message_is_lost_is_sent_a_minute_later() -> None:
    """The ledger and the outbox have it: the sweeper enqueues it, once."""
    house = House()
    await accept(house.outside, ALERT, "test")
    for body in house.signals.due(house.at):
        await process(house.outside, body)
    house.deliveries.due(house.at)
    await house.waits(timedelta(minutes=3), timedelta(seconds=30))
    assert len(house.mail.got) == len(house.webhook.got) == 1


async def test_a_crash_between_claim_and_send_costs_a_minute() -> None:
    """What was claimed by a process that died is sent by another when the claim has run out, under the same id."""
    house = House()
    await accept(house.outside, ALERT, "test")
    for body in house.signals.due(house.at):
        await process(house.outside, body)

    class Killed(BaseException):
        """The process is gone in the middle of a send."""

    class Dying:
        """A channel in which the process dies."""

        async def send(self, message: Message) -> Receipt:
            """Does not come back."""
            raise Killed(message.delivery_id)

    dying = replace(house.outside, channels={"email": Dying(), "webhook": Dying()})
    for body in house.deliveries.due(house.at):
        with pytest.raises(Killed):
            await deliver(dying, body)
    assert {d.state for d in await house.ledger()} == {DeliveryState.SENDING}
    await house.waits(timedelta(minutes=4), timedelta(seconds=30))
    assert {d.state for d in await house.ledger()} == {DeliveryState.SENT}
    assert len(house.mail.got) == 1
