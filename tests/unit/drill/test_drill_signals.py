"""What a drill sends: each of Azure's tests is read as one drill that is over, and no drill repeats another."""

from __future__ import annotations

from uuid import UUID, uuid4

import memory_house
import msgspec
import pytest
from memory_house import START

from notbefore.drill.signals import azures_tests
from notbefore.normalization import normalize
from notbefore.schema import DRILL_SUBSCRIPTION, OVER

MARK = UUID("0a1b2c3d-0000-4000-8000-000000000001")
SOURCES = {
    "Service Health": "service_health",
    "Resource Health": "resource_health",
    "Administrative": "activity_log",
}


def bodies(mark: UUID = MARK, subscription: str = DRILL_SUBSCRIPTION) -> dict[str, bytes]:
    """Name → what is posted."""
    return {one.name: msgspec.json.encode(one.body) for one in azures_tests(START, mark, subscription)}


@pytest.mark.parametrize("name", SOURCES)
def test_each_is_one_marked_event_that_is_over(name: str) -> None:
    """Nothing stays open on the board after a drill."""
    read = normalize(bodies()[name], START)
    (event,) = read.events
    assert (event.source, event.test, event.subscription_id) == (SOURCES[name], True, DRILL_SUBSCRIPTION)
    assert event.phase in OVER
    assert event.warnings == ()


@pytest.mark.parametrize("name", SOURCES)
def test_another_drill_is_another_event(name: str) -> None:
    """Two drills in one minute are two."""
    first, second = (normalize(bodies(mark)[name], START).events[0] for mark in (uuid4(), uuid4()))
    assert first.id != second.id


async def test_every_signal_is_told_although_it_is_over() -> None:
    """A drill is a whole story in one signal; the same in the same minute again is told no second time."""
    there = memory_house.House()
    for body in [*bodies().values(), *bodies(uuid4()).values(), *bodies().values()]:
        await there.takes(body)
    stories = await there.stories(DRILL_SUBSCRIPTION)
    assert len(stories) == len(there.mail.got) == len(there.webhook.got) == 6
    assert all(story.test and story.over for story in stories)


async def test_a_drill_in_the_name_of_a_subscription_is_routed_as_its() -> None:
    """So the routes of that subscription are tried."""
    there = memory_house.House()
    for body in bodies(subscription=memory_house.SUBSCRIPTION).values():
        await there.takes(body)
    assert len(await there.stories(memory_house.SUBSCRIPTION)) == 3
