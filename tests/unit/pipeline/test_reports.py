"""What became of a mail or an SMS after it was handed over."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from delivery_house import HOOK, MAIL, SECOND, house_with
from memory_house import START, House, an_event
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.config.model import ChannelConfig
from notbefore.errors import Accepted
from notbefore.pipeline.accept import accept
from notbefore.pipeline.process import process
from notbefore.pipeline.reports import AWAITED, PARTITION
from notbefore.pipeline.retention import forget
from notbefore.schema import Delivery, DeliveryState, Message, Receipt


class Acs:
    """Mail or SMS that was taken, under a name by which it is reported on later."""

    def __init__(self, **receipt: str) -> None:
        self.receipt = receipt

    async def send(self, message: Message) -> Receipt:
        """Takes it."""
        return Receipt({name: value or message.delivery_id for name, value in self.receipt.items()})


def a_report(kind: str, **told: str) -> dict[str, object]:
    """An event of Event Grid."""
    return {
        "id": "1", "topic": "/subscriptions/x", "subject": "sender", "eventType": f"Microsoft.Communication.{kind}",
        "eventTime": "2026-11-24T12:00:00Z", "data": told, "dataVersion": "1.0", "metadataVersion": "1",
    }  # fmt: skip # an envelope


async def reported(house: House, report: dict[str, object]) -> Delivery:
    """The delivery after its report."""
    await accept(house.outside, json.dumps([report]).encode(), "http")
    for body in house.signals.due(house.at):
        await process(house.outside, body)
    return (await house.ledger(lambda one: not one.target.startswith("spare")))[0]


@pytest.mark.parametrize("status", ["Suppressed", "Bounced", "Quarantined", "FilteredSpam", "Failed"])
async def test_a_mail_that_was_sent_but_not_delivered_is_not_told(status: str) -> None:
    """The report is found by the operation's id; the delivery is dead, and its fail-over channel is used."""
    house = house_with(replace(MAIL, targets=("ops@example.com",), failover=False), replace(HOOK, failover=True))
    house.outside.channels["email"] = Acs(operation="", status="Succeeded")  # type: ignore[index] # a dict in this house
    await house.hears(an_event())
    (delivery,) = await house.ledger()
    assert delivery.state is DeliveryState.SENT
    await accept(
        house.outside,
        json.dumps([a_report("EmailDeliveryReportReceived", messageId=delivery.id, status=status)]).encode(),
        "http",
    )
    await house.runs()
    (mail,) = await house.ledger(lambda one: one.channel == "email")
    assert (mail.state, mail.last_error, mail.receipt["told"]) == (DeliveryState.DEAD, f"not told: {status}", "no")
    assert len(house.webhook.got) == 1


@pytest.mark.parametrize(("status", "state"), [("Delivered", DeliveryState.SENT), ("Bounced", DeliveryState.DEAD)])
async def test_a_report_may_come_before_the_service_says_that_it_is_done(status: str, state: DeliveryState) -> None:
    """What the service has and works on is decided by the report; nobody asks any more."""
    house = house_with(replace(MAIL, targets=("ops@example.com",), failover=False))
    house.mail.fails = [
        Accepted("the mail service has it and says Running", {"operation": "op-1", "status": "Running"})
    ]
    await house.hears(an_event())
    (delivery,) = await house.ledger()
    assert (delivery.state, delivery.handed_over) == (DeliveryState.PENDING, True)
    told = await reported(house, a_report("EmailDeliveryReportReceived", messageId="op-1", status=status))
    assert (told.state, told.receipt["report"]) == (state, status)
    await house.waits(timedelta(minutes=5), SECOND)
    assert house.mail.got == []


@pytest.mark.parametrize("names", [("messageId", "deliveryStatus"), ("MessageId", "DeliveryStatus")])
async def test_an_sms_report_is_read_in_either_case(names: tuple[str, str]) -> None:
    """Delivered is told, and the ledger says by whom it was said; the signal itself is no maintenance."""
    house = house_with(ChannelConfig(kind="sms", targets=("+31201234567",)))
    house.outside.channels["sms"] = Acs(message_id="Outgoing_1_noam")  # type: ignore[index] # a dict in this house
    await house.hears(an_event())
    told = dict(zip(names, ("Outgoing_1_noam", "Delivered"), strict=True))
    delivery = await reported(house, a_report("SMSDeliveryReportReceived", **told))
    assert delivery.state is DeliveryState.SENT
    assert (delivery.receipt["report"], delivery.receipt["told"]) == ("Delivered", "yes")


async def test_an_unknown_report_is_kept_and_changes_nothing() -> None:
    """A status that Azure adds later is shown as it is; a report of somebody else's message is ignored."""
    house = house_with(replace(MAIL, targets=("ops@example.com",), failover=False))
    house.outside.channels["email"] = Acs(operation="")  # type: ignore[index] # a dict in this house
    await house.hears(an_event(occurred_at=START))
    (delivery,) = await house.ledger()
    kind = "EmailDeliveryReportReceived"
    unchanged = await reported(house, a_report(kind, messageId="somebody's", status="Bounced"))
    assert unchanged.receipt == {"operation": delivery.id}
    noted = await reported(house, a_report(kind, messageId=delivery.id, status="Teleported"))
    assert (noted.state, noted.receipt["report"]) == (DeliveryState.SENT, "Teleported")


async def test_where_a_report_belongs_is_kept_as_long_as_one_may_come() -> None:
    """The row by which a report finds its delivery goes after a month, and not before."""
    house = house_with(replace(MAIL, targets=("ops@example.com",), failover=False))
    house.outside.channels["email"] = Acs(operation="")  # type: ignore[index] # a dict in this house
    await house.hears(an_event())

    async def expected() -> int:
        return len([row async for row in house.outside.control.scan(PARTITION, *rowkeys.span(""))])

    house.at += AWAITED
    await forget(house.outside)
    assert await expected() == 1
    house.at += SECOND
    await forget(house.outside)
    assert await expected() == 0
