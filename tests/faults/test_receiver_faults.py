"""R3, R5: whatever receivers do, nothing is lost, nothing is told twice under two ids, and no worker is held."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from bad_receivers import Mood, answers, drips, hangs, opened, resets
from memory_house import House, a_config, an_audience, an_event

from notbefore.channels.webhook import Webhook
from notbefore.config.model import Audience, ChannelConfig
from notbefore.outbound import Outbound, networks
from notbefore.outbound.client import TIME_LIMIT
from notbefore.schema import Delivery, DeliveryState, Message

LOOPBACK = networks(["127.0.0.0/8"])
WORKER = 30.0
"""Seconds for which one send may hold a worker, at most."""


def house_to(url: str, outbound: Outbound) -> House:
    """A house in memory whose webhook is real."""
    channel = ChannelConfig(kind="webhook", targets=(url,))
    house = House(a_config(msgspec.structs.replace(an_audience(), channels=(channel,))))

    def render(delivery: Delivery, audience: Audience) -> Message:
        del audience
        return Message(
            delivery_id=delivery.id, channel="webhook", target=delivery.target, body=b"{}", at=house.at,
            content_type="application/json", options={"secrets": "a plain secret"},
        )  # fmt: skip # a list of facts

    house.outside = replace(house.outside, channels={"webhook": Webhook(outbound)}, render=render)
    return house


@pytest.mark.parametrize(
    "mood",
    [answers(500), answers(503), answers(429, "Retry-After: 60\r\n"), hangs, drips, resets],
    ids=["500", "503", "429", "hang", "drip", "reset"],
)
async def test_a_bad_day_loses_nothing(mood: Mood) -> None:
    """Ten bad answers, then good ones: each message arrives once, under one id."""
    outbound = Outbound(LOOPBACK, limit=0.3)
    async with opened() as receiver:
        receiver.moods = [mood] * 10
        house = house_to(receiver.url, outbound)
        for number in range(12):
            await house.hears(an_event(id=f"e{number}", keys={"tracking_id": f"T{number}"}))
        await house.waits(timedelta(hours=2), timedelta(seconds=20))
        ledger = await house.ledger()
        await outbound.close()
    assert {one.state for one in ledger} == {DeliveryState.SENT}
    assert Counter(receiver.took) == Counter(one.id for one in ledger)
    assert len(ledger) == 12


def test_no_send_holds_a_worker_over_thirty_seconds() -> None:
    """The limit of a whole send, its wait for a turn included, is under what a worker may be held."""
    from notbefore.outbound.turns import WAIT

    assert TIME_LIMIT + WAIT < WORKER


async def test_the_ledger_counts_what_the_receivers_counted(*, all_seeds: bool) -> None:
    """With a fifth of all answers bad, sends in the ledger are the messages that receivers took, one by one."""
    wanted = 10_000 if all_seeds else 600
    outbound = Outbound(LOOPBACK, limit=0.5)
    moods = (answers(500), answers(502), answers(429, "Retry-After: 1\r\n"), resets)
    async with opened() as receiver:
        dice = random.Random(7)  # noqa: S311 - repeatable, not secret
        house = house_to(receiver.url, outbound)
        receiver.moods = [dice.choice(moods) if dice.random() < 0.2 else None for _ in range(wanted * 2)]
        for start in range(0, wanted, 50):
            events = [an_event(id=f"e{n}", keys={"tracking_id": f"T{n}"}) for n in range(start, start + 50)]
            await house.hears(*events)
            await house.waits(timedelta(seconds=30), timedelta(seconds=10))
        await house.waits(timedelta(hours=3), timedelta(seconds=30))
        ledger = await house.ledger()
        await outbound.close()
    assert len(ledger) == wanted
    assert {one.state for one in ledger} == {DeliveryState.SENT}
    assert Counter(receiver.took) == Counter(one.id for one in ledger)
    assert sum(one.attempts for one in ledger) == receiver.asked


async def test_poison_among_good_signals_is_seen_and_harms_nobody() -> None:
    """One signal in a hundred cannot be read: the others are told, and each of it is in quarantine with its path."""
    house = House()
    for number in range(300):
        if number % 100 == 50:
            await house.takes(b'{"schemaId": "azureMonitorCommonAlertSchema", "data": {"essentials": ' + b"7" * number)
        else:
            await house.hears(an_event(id=f"e{number}", keys={"tracking_id": f"T{number}"}))
    assert len(house.webhook.got) == 297
    rows = [row async for row in house.outside.quarantine.scan("quarantine", "", "~")]
    kept = [json.loads(row.body) for row in rows]
    assert len(kept) == 3
    assert all(one["path"].startswith("$") and one["problem"] for one in kept)
