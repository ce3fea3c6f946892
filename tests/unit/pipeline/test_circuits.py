"""A dead endpoint delays nobody and burns no attempt, however many instances send."""

from __future__ import annotations

from datetime import timedelta

from delivery_house import HOOK, SECOND, house_with, several

from notbefore.config.model import ChannelConfig
from notbefore.errors import Busy, Transient
from notbefore.schema import DeliveryState, Severity


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
