"""A story whose subscription is not known is shown as such, and moves when a later key tells."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from memory_house import START, SUBSCRIPTION, House, a_config, a_machine, an_audience, an_event

from notbefore.config.model import QuietHours
from notbefore.schema import Phase, Resource, Source

OTHER = "33333333-3333-4333-8333-333333333333"


def an_alert(subscription: str | None, stage: str, minute: int) -> bytes:
    """An activity-log alert about one maintenance; its subscription may be missing."""
    context: dict[str, object] = {
        "eventSource": "ServiceHealth",
        "eventTimestamp": (START + timedelta(minutes=minute)).isoformat(),
        "status": "Active",
        "properties": {
            "title": "Maintenance", "incidentType": "Maintenance", "stage": stage, "trackingId": "MOVE-1",
            "communication": "Your virtual machines will be rebooted.", "impactStartTime": "2026-12-24T12:00:00Z",
        },
    }  # fmt: skip # one payload
    if subscription:
        context["subscriptionId"] = subscription
    essentials = {"monitoringService": "ServiceHealth"}
    return msgspec.json.encode(
        {"schemaId": "azureMonitorCommonAlertSchema", "data": {"essentials": essentials, "alertContext": context}}
    )


async def test_it_moves_with_what_its_listeners_know() -> None:
    """The same story goes on in its subscription: nobody is told twice, and the end is heard."""
    house = House()
    await house.takes(an_alert(None, "Planned", 0))
    (unknown,) = await house.stories("unknown")
    house.at += timedelta(minutes=5)
    await house.takes(an_alert(SUBSCRIPTION, "Planned", 0))
    (story,) = await house.stories()
    assert story.id == unknown.id
    assert len(house.mail.got) == 1
    house.at += timedelta(minutes=5)
    await house.takes(an_alert(SUBSCRIPTION, "Complete", 10))
    (story,) = await house.stories()
    assert story.phase is Phase.COMPLETED
    assert len(house.mail.got) == 2


async def test_later_news_without_a_subscription_follows_it() -> None:
    """Once it has moved, its keys lead to where it lives, also after a restart."""
    house = House()
    await house.takes(an_alert(None, "Planned", 0))
    house.at += timedelta(minutes=5)
    await house.takes(an_alert(SUBSCRIPTION, "Planned", 0))
    house.restarted()
    house.at += timedelta(minutes=5)
    await house.takes(an_alert(None, "InProgress", 9))
    (story,) = await house.stories()
    assert story.phase is Phase.STARTED
    assert [one.moved_to for one in await house.stories("unknown")] == [SUBSCRIPTION]


async def test_what_was_deferred_before_it_moved_is_told_after() -> None:
    """A due row that names the old place finds the story in the new one."""
    house = House(a_config(an_audience(quiet_hours=(QuietHours(start=11 * 60, end=14 * 60),))))
    await house.takes(an_alert(None, "Planned", 0))
    house.at += timedelta(minutes=5)
    await house.takes(an_alert(SUBSCRIPTION, "Planned", 0))
    assert house.mail.got == []
    await house.waits(timedelta(hours=3), timedelta(minutes=15))
    (message,) = house.mail.got
    assert house.said[message.delivery_id].story.subscription_id == SUBSCRIPTION


async def test_news_without_a_subscription_finds_the_story_that_came_first() -> None:
    """A key that only one subscription knows tells whose it is, also after a restart."""
    house = House()
    await house.takes(an_alert(SUBSCRIPTION, "Planned", 0))
    house.at += timedelta(minutes=5)
    await house.takes(an_alert(None, "InProgress", 4))
    house.restarted()
    house.at += timedelta(minutes=5)
    await house.takes(an_alert(None, "Complete", 9))
    (story,) = await house.stories()
    assert story.phase is Phase.COMPLETED
    assert await house.stories("unknown") == []


async def test_a_key_that_several_subscriptions_know_tells_nothing() -> None:
    """A wave has one tracking id everywhere: nobody guesses whose news it is."""
    house = House()
    for subscription in (SUBSCRIPTION, OTHER):
        await house.takes(an_alert(subscription, "Planned", 0))
    await house.takes(an_alert(None, "InProgress", 4))
    assert [one.phase for one in await house.stories()] == [Phase.ANNOUNCED]
    assert [one.phase for one in await house.stories("unknown")] == [Phase.STARTED]


async def test_a_story_that_moves_to_where_its_key_is_known_becomes_one_with_it() -> None:
    """Nothing is left behind that would never end."""
    house = House()
    for subscription in (SUBSCRIPTION, OTHER):
        await house.takes(an_alert(subscription, "Planned", 0))
    await house.takes(an_alert(None, "InProgress", 4))
    house.at += timedelta(minutes=5)
    await house.takes(an_alert(SUBSCRIPTION, "InProgress", 5))
    assert [one.phase for one in await house.stories()] == [Phase.STARTED]
    house.at += timedelta(minutes=5)
    await house.takes(an_alert(SUBSCRIPTION, "Complete", 9))
    assert [one.over for one in await house.stories()] == [True]


async def test_a_machine_that_was_known_by_name_is_known_by_it_after_the_move() -> None:
    """What calls it by its name alone means the same machine: nothing is counted twice, nothing stays open."""
    house = House()
    for number, known in enumerate((Resource(name="web-1"), a_machine("web-1"))):
        await house.hears(
            an_event(
                id=f"seen-{number}",
                source=Source.SCHEDULED_EVENTS,
                subscription_id=None,
                keys={"event_id": "E-1", "tracking_id": "MOVE-1"},
                resources=(known,),
                occurred_at=START + timedelta(minutes=number),
            )
        )
    house.at += timedelta(minutes=5)
    await house.takes(an_alert(SUBSCRIPTION, "Planned", 2))
    await house.hears(
        an_event(
            id="ended",
            source=Source.SCHEDULED_EVENTS,
            phase=Phase.COMPLETED,
            keys={"event_id": "E-1"},
            resources=(Resource(name="web-1"),),
            occurred_at=START + timedelta(minutes=9),
        )
    )
    (story,) = await house.stories()
    assert (story.resources_total, story.resources_by_phase) == (1, {Phase.COMPLETED: 1})
