"""Delivered, or visibly not: circuits, limits, fail-over, endpoints that are gone, reports."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import cast

import msgspec
import pytest
from memory_house import START, House, a_config, an_audience, an_event
from msgspec.structs import replace

from notbefore.adapters.memory import MemoryRows
from notbefore.config.model import ChannelConfig, Limit
from notbefore.errors import Busy, Gone, Permanent, Transient
from notbefore.pipeline.accept import accept
from notbefore.pipeline.failover import kept
from notbefore.pipeline.limits import Counter, Counters
from notbefore.pipeline.process import process
from notbefore.pipeline.resend import Wish, resend
from notbefore.pipeline.tried import Tried, all_tried, note
from notbefore.ports import Put, Row, Rows, Write
from notbefore.rules import compile_rules
from notbefore.schema import Delivery, DeliveryState, Message, Phase, Receipt, Severity

SECOND = timedelta(seconds=1)
HOOK = ChannelConfig(kind="webhook", targets=("https://hooks.example.com/ops",))
MAIL = ChannelConfig(kind="email", targets=("spare@example.com",), failover=True)


def house_with(*channels: ChannelConfig) -> House:
    """A house whose only audience has these channels."""
    return House(a_config(replace(an_audience(), channels=channels)))


async def several(
    house: House, count: int, severity: Severity = Severity.WARNING, apart: timedelta = timedelta(milliseconds=1)
) -> None:
    """Stories, each its own."""
    for number in range(count):
        name = f"{severity}-{number}"
        await house.hears(an_event(id=name, keys={"tracking_id": name}, severity=severity, occurred_at=house.at))
        house.at += apart


async def test_behind_a_dead_endpoint_no_attempt_is_burnt() -> None:
    """After three failures in a row what is due waits, with its reason, and only the oldest that waits tries."""
    house = house_with(HOOK)
    house.webhook.fails = [Transient("the receiver answered 503")] * 4
    await several(house, 10)
    tried = [one.attempts for one in await house.ledger()]
    assert sum(tried) == 3
    waiting = await house.ledger(lambda one: one.attempts == 0)
    assert len(waiting) == 7
    assert all("waits for the receiver, which failed 3 times in a row" in (one.last_error or "") for one in waiting)
    await house.waits(timedelta(seconds=8), SECOND)
    assert sum(one.attempts for one in await house.ledger()) == 4
    await house.waits(timedelta(minutes=10), SECOND)
    assert {one.state for one in await house.ledger()} == {DeliveryState.SENT}
    ids = [message.delivery_id for message in house.webhook.got]
    assert len(ids) == len(set(ids)) == 10


async def test_one_instance_learns_for_all_that_an_endpoint_is_dead_and_that_it_is_back() -> None:
    """A new instance burns no attempt of its own; when one has got through, the others go on within ten seconds."""
    house = house_with(HOOK)
    house.webhook.fails = [Transient("the receiver answered 503")] * 3
    await several(house, 3)
    first = house.outside
    house.restarted()
    await several(house, 5, Severity.ERROR)
    assert sum(one.attempts for one in await house.ledger()) == 3
    second, house.outside = house.outside, first
    await house.waits(timedelta(seconds=30), SECOND)
    assert house.webhook.got
    house.outside = second
    await house.waits(timedelta(seconds=60), SECOND)
    assert {one.state for one in await house.ledger()} == {DeliveryState.SENT}
    assert sum(one.attempts for one in await house.ledger()) == 3 + 8


async def test_retry_after_is_obeyed_by_all_that_goes_there() -> None:
    """One answer with a wish is enough: nothing is sent there before its time is over."""
    house = house_with(HOOK)
    house.webhook.fails = [Transient("the receiver answered 429", 90.0)]
    await several(house, 3)
    await house.waits(timedelta(seconds=80), SECOND)
    assert house.webhook.got == []
    await house.waits(timedelta(minutes=2), SECOND)
    assert len(house.webhook.got) == 3


async def test_one_bad_mailbox_does_not_stop_the_mails_of_others() -> None:
    """A failure of one recipient says nothing about the server."""
    house = house_with(ChannelConfig(kind="email", targets=("ops@example.com",)))
    house.mail.fails = [Transient("full", alone=True)] * 5
    await several(house, 8)
    assert len(house.mail.got) == 3


async def test_busy_counts_no_attempt() -> None:
    """What found no turn goes back into the queue as it was."""
    house = house_with(HOOK)
    house.webhook.fails = [Busy("the receiver is busy with earlier messages", 1.0)] * 5
    await several(house, 1)
    (delivery,) = await house.ledger()
    assert (delivery.attempts, delivery.state) == (0, DeliveryState.PENDING)
    await house.waits(timedelta(seconds=15), SECOND)
    (delivery,) = await house.ledger()
    assert (delivery.attempts, delivery.state) == (1, DeliveryState.SENT)


async def test_a_receiver_that_is_down_for_a_day_is_tried_by_the_schedule_then_visible_then_resent() -> None:
    """R4: nine tries in the first two hours, then hourly; dead when window and day are over; one order sends it."""
    house = house_with(HOOK)
    house.webhook.fails = [Transient("no connection")] * 500
    await house.hears(an_event(window=replace(an_event().window, not_before=None, not_after=None)))
    await house.waits(timedelta(hours=2), timedelta(seconds=10))
    (delivery,) = await house.ledger()
    assert 8 <= delivery.attempts <= 10
    await house.waits(timedelta(hours=25), timedelta(minutes=5))
    (delivery,) = await house.ledger()
    assert delivery.state is DeliveryState.DEAD
    assert delivery.last_error == "given up after the last try: no connection"
    assert 27 <= delivery.attempts <= 38
    house.webhook.fails.clear()
    await resend(house.outside, Wish(story=delivery.story_id))
    await house.runs()
    await house.waits(timedelta(minutes=6))
    assert [message.delivery_id for message in house.webhook.got] == [delivery.id]


async def test_a_limit_spreads_and_what_is_critical_goes_first() -> None:
    """Ten a minute: the rest comes later, says until when it waits, and a critical one does not queue behind it."""
    house = house_with(replace(HOOK, limit=Limit(messages=10, per=timedelta(minutes=1))))
    await several(house, 20)
    assert len(house.webhook.got) == 8
    delayed = await house.ledger(lambda one: one.state is DeliveryState.PENDING)
    assert all((one.last_error or "").startswith("delayed by the rate limit until 2026-11-24 12:0") for one in delayed)
    assert {one.attempts for one in delayed} == {0}
    await several(house, 1, Severity.CRITICAL)
    assert house.said[house.webhook.got[-1].delivery_id].severity is Severity.CRITICAL
    sent = [message.at for message in house.webhook.got]
    for _ in range(240):
        await house.waits(SECOND, SECOND)
    sent = [message.at for message in house.webhook.got]
    assert len(sent) == 21
    assert all(sum(at <= one < at + timedelta(minutes=1) for one in sent) <= 10 for at in sent)


async def test_a_limit_holds_however_many_instances_send() -> None:
    """Each message by an instance of its own that has counted nothing: they share the count, and none is lost."""
    house = house_with(replace(HOOK, limit=Limit(messages=10, per=timedelta(minutes=1))))
    for number in range(25):
        await house.hears(an_event(id=f"e{number}", keys={"tracking_id": f"T{number}"}))
        house.restarted()
    assert len(house.webhook.got) == 8
    for _ in range(240):
        await house.waits(SECOND, SECOND)
        house.restarted()
    sent = [message.at for message in house.webhook.got]
    assert len(sent) == 25
    assert all(sum(at <= one < at + timedelta(minutes=1) for one in sent) <= 10 for at in sent)


class Elsewhere:
    """A table to which another instance writes whenever we have just read."""

    def __init__(self, inner: Rows, times: int) -> None:
        self.inner = inner
        self.times = times

    async def get(self, partition: str, keys: list[str]) -> dict[str, Row]:
        """What there was before the other one wrote."""
        found = await self.inner.get(partition, keys)
        if self.times:
            self.times -= 1
            (key,) = keys
            row = found.get(key)
            body = msgspec.json.encode(Counter(sent=(START,)))
            how = Write(Put.REPLACE, key, body, row.etag) if row else Write(Put.INSERT, key, body)
            await self.inner.commit(partition, [how])
        return found

    async def commit(self, partition: str, writes: list[Write]) -> dict[str, str]:
        """To the table itself."""
        return await self.inner.commit(partition, writes)


@pytest.mark.parametrize(
    ("others", "expected"), [(0, None), (3, START + timedelta(minutes=1)), (9, START + 2 * SECOND)]
)
async def test_who_counts_at_the_same_moment_counts_again(others: int, expected: datetime | None) -> None:
    """A count that another instance has changed meanwhile is read anew; after five it comes again a little later."""
    house = house_with(replace(HOOK, limit=Limit(messages=1, per=timedelta(minutes=1))))
    await several(house, 1)
    (delivery,) = await house.ledger()
    table = Elsewhere(MemoryRows(), others)
    audience = house.rules.config.audiences[delivery.audience]
    assert await Counters().delayed(cast("Rows", table), delivery, audience, (), START) == expected


async def test_what_is_dead_is_told_on_the_failover_channel_once() -> None:
    """Two channels die over one message: the spare one says so once, and nothing when all is well."""
    chat = ChannelConfig(kind="webhook", targets=("https://a.example.com/", "https://b.example.com/"))
    house = house_with(chat, MAIL)
    await house.hears(an_event())
    assert house.mail.got == []
    house.webhook.fails = [Permanent("the receiver answered 404")] * 2
    house.at += timedelta(hours=1)
    await house.hears(an_event(id="b", phase=Phase.STARTED, occurred_at=house.at))
    (told,) = house.mail.got
    assert told.target == "spare@example.com"
    assert house.said[told.delivery_id].reason.startswith("webhook could not be told (the receiver answered 404); ")
    assert len(await house.ledger(lambda one: one.state is DeliveryState.DEAD)) == 2


async def test_a_dead_failover_channel_ends_it() -> None:
    """What dies on the fail-over channel is dead and visible; nothing goes round in a circle."""
    house = house_with(HOOK, MAIL)
    house.webhook.fails, house.mail.fails = [Permanent("no")], [Permanent("neither")]
    await house.hears(an_event())
    assert len(await house.ledger(lambda one: one.state is DeliveryState.DEAD)) == 2


async def test_a_webhook_that_is_gone_is_left_alone_until_a_person_says_otherwise() -> None:
    """After 410 nothing more is sent there; a changed routing file or a resend asks it anew."""
    house = house_with(HOOK)
    house.webhook.fails = [Gone("the receiver answered 410")]
    await several(house, 2)
    assert house.webhook.got == []
    dead = await house.ledger(lambda one: one.state is DeliveryState.DEAD)
    assert len(dead) == 2
    assert any("said 410 at 2026-11-24 12:00 UTC" in (one.last_error or "") for one in dead)
    house.restarted()
    await several(house, 1, Severity.ERROR)
    assert house.webhook.got == []
    await resend(house.outside, Wish(delivery=dead[0].id))
    await house.runs()
    assert [message.delivery_id for message in house.webhook.got] == [dead[0].id]


async def test_a_changed_routing_file_asks_a_gone_endpoint_anew() -> None:
    """The mark belongs to the file under which it was made."""
    house = house_with(HOOK)
    house.webhook.fails = [Gone("the receiver answered 410")]
    await several(house, 1)
    house.rules = compile_rules(replace(house.rules.config, version_id="another"))
    await several(house, 1, Severity.ERROR)
    assert len(house.webhook.got) == 1


async def test_the_ledger_holds_names_of_secrets_and_no_secrets() -> None:
    """Options travel with a delivery; a secret that is written out is left behind."""
    options = {"secrets": "${env:NEW} ${env:OLD}", "key": "plain", "token": "${env:A}x", "reply_to": "a@example.com"}
    assert kept(options) == {"secrets": "${env:NEW} ${env:OLD}", "reply_to": "a@example.com"}


async def test_an_audience_that_is_removed_meanwhile_is_still_told_what_waits() -> None:
    """The delivery keeps what it needs: the routing file no longer has it, and it arrives."""
    house = house_with(HOOK)
    house.webhook.fails = [Transient("busy")]
    await house.hears(an_event())
    house.rules = compile_rules(a_config(an_audience("others")))
    await house.waits(timedelta(minutes=1), SECOND)
    assert len(house.webhook.got) == 1


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


async def test_the_newest_try_of_each_target_is_kept() -> None:
    """A second test message to a target takes the place of the first; another target has its own line."""
    house = House()
    first = Tried(audience="ops", channel="email", target="a@example.com", told=False, said="no", at=START)
    second = replace(first, told=True, said="sent", at=START + SECOND)
    for tried in (first, second, replace(first, target="b@example.com")):
        await note(house.outside.control, tried)
    kept_ = sorted([one async for one in all_tried(house.outside.control)], key=lambda one: one.target)
    assert [(one.target, one.told) for one in kept_] == [("a@example.com", True), ("b@example.com", False)]
