"""R2 for the whole pipeline: every call to a store may fail, before it is done or after, and the process may die."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta

import pytest
from memory_house import START, SUBSCRIPTION
from shaky_house import ShakyHouse, Weather

SIGNALS = 40
HALF = 300


def an_alert(number: int, stage: str) -> bytes:
    """Service Health about one maintenance."""
    properties = {
        "title": f"Maintenance {number}",
        "incidentType": "Maintenance",
        "stage": stage,
        "trackingId": f"F{number:03}-AAA",
        "communication": "Your virtual machines will be rebooted.",
        "impactStartTime": "2026-12-24T12:00:00Z",
    }
    context = {
        "eventSource": "ServiceHealth",
        "eventTimestamp": "2026-11-24T12:00:00Z" if stage == "Planned" else "2026-11-24T12:05:00Z",
        "status": "Active" if stage == "Planned" else "Resolved",
        "subscriptionId": SUBSCRIPTION,
        "properties": properties,
    }
    essentials = {"monitoringService": "ServiceHealth", "firedDateTime": "2026-11-24T12:00:00Z"}
    alert = {
        "schemaId": "azureMonitorCommonAlertSchema",
        "data": {"essentials": essentials, "alertContext": context},
    }
    return json.dumps(alert).encode()


async def played(seed: int, share: float, restarts: int, *, ends: bool = False) -> ShakyHouse:
    """Every maintenance is announced and, amid ten minutes of bad weather and restarts, done; then an hour without."""
    house = ShakyHouse(Weather(seed, share))
    for number in range(SIGNALS):
        await house.door(an_alert(number, "Planned"))
    for second in range(600):
        await house.step()
        if ends and second >= HALF and (second - HALF) % 5 == 0 and (second - HALF) // 5 < SIGNALS:
            await house.door(an_alert((second - HALF) // 5, "Complete"))
        if restarts and second % (600 // restarts) == 0:
            house.restarted()
    house.weather.share = 0.0
    while house.at < START + timedelta(hours=1, minutes=10):
        await house.step()
    return house


@pytest.mark.parametrize("seed", range(4))
async def test_bad_weather_loses_nothing_and_says_nothing_else(seed: int) -> None:
    """A fifth of all calls fail, half of them after they were done: the same messages arrive as in good weather."""
    calm, rough = await played(seed, 0.0, 0), await played(seed, 0.1, 6)
    assert min(rough.weather.met["before"], rough.weather.met["after"]) > SIGNALS
    for before, after in ((calm.mail, rough.mail), (calm.webhook, rough.webhook)):
        expected = {message.delivery_id for message in before.got}
        assert len(expected) == SIGNALS
        assert {message.delivery_id for message in after.got} == expected
    assert [story.revision for story in await rough.stories()] == [1] * SIGNALS


@pytest.mark.parametrize("seed", range(4))
async def test_in_bad_weather_the_end_is_told_last(seed: int) -> None:
    """Of each story everybody hears the end, and nobody hears an older revision after it."""
    rough = await played(seed, 0.1, 6, ends=True)
    stories = {story.id: story for story in await rough.stories()}
    assert len(stories) == SIGNALS
    assert all(story.over for story in stories.values())
    for receiver in (rough.mail, rough.webhook):
        heard = defaultdict(list)
        for message in receiver.got:
            delivery = rough.said[message.delivery_id]
            heard[delivery.story_id].append(delivery.revision)
        assert all(revisions == sorted(revisions) for revisions in heard.values())
        assert {name: revisions[-1] for name, revisions in heard.items()} == {
            name: story.revision for name, story in stories.items()
        }
