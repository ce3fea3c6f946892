"""For any routing file and any events: what is explained is what happens, and what waits is not lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from any_rules import Life, lives, quiet_hours, zones
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory_house import START, SUBSCRIPTION, House, a_config, an_audience, an_event

from notbefore.config.model import QuietHours
from notbefore.pipeline.due import run_due
from notbefore.pipeline.orders import silence
from notbefore.pipeline.partition import Work, advance_partition
from notbefore.pipeline.past.play import Player
from notbefore.ports import Signal
from notbefore.rules import compile_rules
from notbefore.schema import Decision, MaintenanceEvent, ResourceFacts, Severity, Verdict, Window
from notbefore.timing import never_ends

TICK = timedelta(minutes=7)
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def moments(life: Life, until: datetime) -> Iterator[tuple[datetime, list[MaintenanceEvent]]]:
    """When the timer runs, up to a time, with the events that came since the last time."""
    waiting, at = list(life.events), life.events[0].occurred_at
    while at < until:
        at = min(at + TICK, until)
        yield at, [event for event in waiting if event.occurred_at <= at]
        waiting = [event for event in waiting if event.occurred_at > at]


def known(life: Life, event: MaintenanceEvent) -> list[ResourceFacts]:
    """What is known of an event's machines when it comes."""
    return [life.facts[resource.name] for resource in event.resources if resource.name]


async def explained(life: Life, until: datetime) -> list[Decision]:
    """Every decision by the player."""
    player, said = Player(compile_rules(life.config), life.events[0].occurred_at), list[Decision]()
    player.outside = replace(player.outside, told=said.extend)
    if life.order:
        await silence(player.outside, life.order)
    for at, events in moments(life, until):
        for event in events:
            player.at = event.occurred_at
            await player.event(event, known(life, event))
        await player.due(at)
    return said


async def happened(life: Life, until: datetime) -> House:
    """The same in a house with queues and a ledger, whose process dies after every event."""
    house = House(life.config, at=life.events[0].occurred_at)
    if life.order:
        await silence(house.outside, life.order)
    for at, events in moments(life, until):
        for event in events:
            house.at = event.occurred_at
            signal = Signal(id=f"s-{event.id}", received_at=house.at, origin="test", body=b"")
            work = Work(events=[event], facts=known(life, event))
            await advance_partition(house.outside, SUBSCRIPTION, work, signal)
            await house.runs()
            house.restarted()
        house.at = at
        await run_due(house.outside)
        await house.runs()
    return house


def as_said(decisions: list[Decision]) -> list[tuple[object, ...]]:
    """In an order that does not depend on which audience came first.

    When a group goes out that waits already, a process knows only as long as it lives.
    """
    said = [
        (one.at, one.story, one.audience, one.occasion, one.decision, one.channels, one.route)
        + ((one.reason, one.due) if one.decision is not Verdict.GROUPED else ())
        for one in decisions
    ]
    return sorted(said, key=str)


@SLOW
@given(lives())
def test_what_is_explained_is_what_happens(life: Life) -> None:
    """Decision by decision, through restarts; and what was sent is what was decided to be sent."""

    async def both() -> None:
        until = life.events[-1].occurred_at + timedelta(hours=30)
        said = await explained(life, until)
        house = await happened(life, until)
        assert as_said(house.decided) == as_said(said)
        sent = {(one.story, one.audience, one.occasion) for one in said if one.decision is Verdict.SENT}
        ledger = await house.ledger(lambda one: not one.folded)
        assert {(one.story_id, one.audience, one.occasion) for one in ledger} == sent

    asyncio.run(both())


@SLOW
@given(lives())
def test_nobody_is_left_waiting(life: Life) -> None:
    """Ten days on, nothing is held, deferred or folded any more: told, or dropped with a reason on record."""

    async def through() -> None:
        house = await happened(life, life.events[-1].occurred_at + timedelta(hours=30))
        await house.waits(timedelta(days=10), timedelta(hours=1))
        last: dict[tuple[str, str], Decision] = {}
        for one in house.decided:
            if one.occasion == "news" and one.decision is not Verdict.DUPLICATE:
                last[one.story, one.audience] = one
        stories = {story.id: story for story in await house.stories()}
        for (name, audience), one in last.items():
            if name in stories and one.decision not in {Verdict.SENT, Verdict.NOT_ROUTED}:
                assert audience in stories[name].heard or one.decision is Verdict.INHIBITED, one
            assert one.reason
        folded = [row.key async for name in house.outside.stories.partitions() async for row in
                  house.outside.stories.scan(name, "i|", "i|~")]  # fmt: skip # one list
        assert folded == []

    asyncio.run(through())


@SLOW
@given(lives())
def test_an_older_word_never_comes_after_a_newer_one(life: Life) -> None:
    """By mail or in a group, each audience hears of a story in the order of its revisions."""

    async def through() -> None:
        house = await happened(life, life.events[-1].occurred_at + timedelta(hours=30))
        await house.waits(timedelta(days=8), timedelta(hours=1))
        newest: dict[tuple[str, str, str], int] = {}
        for message in (*house.mail.got, *house.webhook.got):
            delivery = house.said[message.delivery_id]
            for story in delivery.folded or (delivery.story,):
                lane = (delivery.audience, message.target, story.id)
                assert newest.get(lane, 0) <= story.revision, (delivery.occasion, lane)
                newest[lane] = story.revision

    asyncio.run(through())


@SLOW
@given(
    st.lists(quiet_hours, min_size=1, max_size=3).map(tuple).filter(lambda hours: not never_ends(hours)),
    zones,
    st.integers(0, 7 * 24 * 4),
)
def test_no_quiet_hours_hold_what_is_let_through_or_lose_what_is_not(
    hours: tuple[QuietHours, ...], zone: str, quarter: int
) -> None:
    """What is critical is sent at once, whatever the hour; all else is told within eight days, in no quiet hour."""
    at = START + quarter * timedelta(minutes=15)
    audience = an_audience(quiet_hours=hours, time_zone=zone, quiet_hours_let_through=Severity.CRITICAL)

    async def through() -> None:
        house = House(a_config(audience), at=at)
        far = Window(at + timedelta(days=30))
        (loud,) = await house.hears(
            an_event(severity=Severity.CRITICAL, occurred_at=at, window=far, keys={"tracking_id": "A"})
        )
        assert loud.decision is Verdict.SENT
        (low,) = await house.hears(an_event(id="b", occurred_at=at, window=far, keys={"tracking_id": "B"}))
        if low.decision is Verdict.DEFERRED:
            await house.waits(low.due - at if low.due else timedelta(), timedelta(hours=6))
        assert len(house.mail.got) == 2
        assert house.mail.got[-1].at - at < timedelta(days=8)

    asyncio.run(through())
