"""R6: events late, repeated and out of order leave the same story, and no message twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from memory_house import START, House, a_machine, an_event

from notbefore.schema import DeliveryState, MaintenanceEvent, Phase, Severity, Source, Window

MOVED = Window(START + timedelta(days=3), START + timedelta(days=3, hours=2))


def a_life() -> list[MaintenanceEvent]:
    """Announced, rescheduled, a machine's own notice, its start and end, and the end of all."""

    def at(minute: int, **changes: object) -> MaintenanceEvent:
        return an_event(id=f"e{minute}", occurred_at=START + timedelta(minutes=minute), **changes)

    vm = {
        "source": Source.SCHEDULED_EVENTS,
        "resources": (a_machine("vm1"),),
        "keys": {"event_id": "E", "tracking_id": "ABCD-123"},
    }
    over = {"severity": Severity.INFORMATIONAL}
    return [
        at(0),
        at(1, phase=Phase.RESCHEDULED, window=MOVED),
        at(2, **vm, phase=Phase.SCHEDULED, severity=Severity.CRITICAL, window=Window(MOVED.not_before)),
        at(3, **vm, phase=Phase.STARTED, severity=Severity.CRITICAL, window=Window()),
        at(4, **vm, phase=Phase.COMPLETED, **over, window=Window()),
        at(5, phase=Phase.COMPLETED, window=MOVED, **over),
    ]


async def told(events: Sequence[MaintenanceEvent]) -> House:
    """A house that has heard the events, each in a signal of its own, and has waited for what was folded."""
    house = House()
    house.at = START + timedelta(minutes=10)
    for event in events:
        await house.hears(event)
    await house.waits(timedelta(minutes=30), timedelta(minutes=5))
    return house


async def what_stands(house: House) -> tuple[object, ...]:
    """What a person would say of the only story."""
    (story,) = await house.stories()
    return (
        story.phase, story.over, story.window, story.severity, story.highest_severity, story.kind,
        story.resources_total, story.resources_by_phase, story.open_by_severity,
        {kind: sorted(values) for kind, values in story.keys.items()},
    )  # fmt: skip # a list of facts


@settings(max_examples=60, deadline=None)
@given(st.permutations(list(range(6))), st.lists(st.integers(0, 5), max_size=10))
def test_any_order_and_any_repetition_leave_the_same_story(order: list[int], again: list[int]) -> None:
    """Whatever came when, the story in the end is the one that came in order."""
    life = a_life()

    async def both() -> None:
        expected = await what_stands(await told(life))
        house = await told([life[n] for n in (*order, *again)])
        assert await what_stands(house) == expected

    asyncio.run(both())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=20))
def test_repeats_send_nothing(again: list[int]) -> None:
    """Ten times the same news is told once: the same deliveries, with the same ids."""
    life = a_life()

    async def both() -> None:
        once = await told(life)
        with_repeats = [
            event for number, event in enumerate(life) for event in (event, *(life[n] for n in again if n <= number))
        ]
        often = await told(with_repeats)
        assert {d.id for d in await often.ledger()} == {d.id for d in await once.ledger()}
        ids = [message.delivery_id for message in often.mail.got]
        assert len(ids) == len(set(ids))

    asyncio.run(both())


@settings(max_examples=30, deadline=None)
@given(st.permutations(list(range(6)) * 10))
def test_ten_times_in_any_order_sends_what_that_order_would_send_once(order: list[int]) -> None:
    """Each event ten times, shuffled: the same story and deliveries as when each had come the first time only."""
    life = a_life()

    async def both() -> None:
        once = await told([life[n] for n in dict.fromkeys(order)])
        often = await told([life[n] for n in order])
        assert await what_stands(often) == await what_stands(once)
        assert {d.id for d in await often.ledger()} == {d.id for d in await once.ledger()}

    asyncio.run(both())


@settings(max_examples=40, deadline=None)
@given(st.permutations(list(range(6))))
def test_in_one_signal_the_order_of_events_does_not_matter(order: list[int]) -> None:
    """Events that come together are told together, whatever their order in the payload."""
    life = a_life()[:4]

    async def both() -> None:
        expected, house = House(), House()
        expected.at = house.at = START + timedelta(minutes=10)
        await expected.hears(*life)
        await house.hears(*[life[n] for n in order if n < len(life)])
        assert {d.id for d in await house.ledger()} == {d.id for d in await expected.ledger()}

    asyncio.run(both())


async def test_an_older_revision_never_arrives_after_a_newer_one() -> None:
    """What waits for another try is replaced by what is newer, and the ledger says so."""
    from notbefore.errors import Transient

    house = House()
    house.webhook.fails = [Transient("busy"), Transient("busy")]
    await house.hears(an_event())
    house.at += timedelta(seconds=1)
    await house.hears(an_event(id="b", phase=Phase.STARTED, occurred_at=house.at, severity=Severity.CRITICAL))
    await house.waits(timedelta(minutes=5), timedelta(seconds=5))
    assert [house.said[m.delivery_id].revision for m in house.webhook.got] == [2]
    replaced = await house.ledger(lambda d: d.state is DeliveryState.REPLACED)
    assert [d.revision for d in replaced] == [1]
